//! How pieces of text are put together.

/// How long lines may be.
const WIDTH: usize = 100;

/// A string literal: a backtick escapes quotes and itself; line ends become spaces, because no
/// string of the language can hold one.
pub(super) fn string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for character in one_line(text).chars() {
        if matches!(character, '"' | '`') {
            literal.push('`');
        }
        literal.push(character);
    }
    literal.push('"');
    literal
}

/// The text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c })
        .collect()
}

/// A word where it is one, else a string.
pub(super) fn word_or_string(text: &str) -> String {
    let is_start = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_start && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        text.to_owned()
    } else {
        string(text)
    }
}

/// A way to a member: a dotted word where it is one, else a string.
pub(super) fn member_name(path: &[String]) -> String {
    let is_word = |part: &String| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let dotted = path.join(".");
    if path.iter().all(is_word) {
        dotted
    } else {
        string(&dotted)
    }
}

/// A path that every file system takes: lower case, digits, hyphens.
pub(crate) fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in title.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= 60 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// A clause before it is laid out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clause {
    pub(super) head: &'static str,
    pub(super) body: Body,
}

/// What follows a head.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// Kept as it is.
    Verbatim(String),
    /// Phrases with commas, broken over lines where they are long.
    Phrases {
        include: Vec<Phrase>,
        except: Vec<Phrase>,
    },
}

/// A word or several, and a list or none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phrase {
    pub(super) words: String,
    pub(super) list: Option<Vec<String>>,
    pub(super) tail: String,
}

impl Phrase {
    pub(super) fn words(words: impl Into<String>) -> Phrase {
        Phrase {
            words: words.into(),
            list: None,
            tail: String::new(),
        }
    }

    pub(super) fn list(words: impl Into<String>, list: Vec<String>) -> Phrase {
        Phrase {
            words: words.into(),
            list: Some(list),
            tail: String::new(),
        }
    }
}

/// Clauses of one policy, their bodies aligned.
pub(super) fn clauses(clauses: &[Clause]) -> String {
    let width = clauses
        .iter()
        .filter(|c| !matches!(&c.body, Body::Verbatim(body) if body.is_empty()))
        .map(|c| c.head.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for clause in clauses {
        text.push_str("    ");
        text.push_str(clause.head);
        let indent = 4 + width + 1;
        let pad = " ".repeat((width + 1).saturating_sub(clause.head.len()));
        match &clause.body {
            Body::Verbatim(body) if body.is_empty() => {}
            Body::Verbatim(body) => {
                text.push_str(&pad);
                text.push_str(body);
            }
            Body::Phrases { include, except } => {
                text.push_str(&pad);
                text.push_str(&phrases(include, except, indent));
            }
        }
        text.push('\n');
    }
    text
}

fn phrases(include: &[Phrase], except: &[Phrase], indent: usize) -> String {
    let mut text = union(include, indent);
    if except.is_empty() {
        return text;
    }
    let excluded = union(except, indent + "except ".len());
    let is_short = !text.contains('\n')
        && !excluded.contains('\n')
        && indent + text.len() + excluded.len() + 8 <= WIDTH;
    if is_short {
        text.push(' ');
    } else {
        text.push('\n');
        text.push_str(&" ".repeat(indent));
    }
    text.push_str("except ");
    text.push_str(&excluded);
    text
}

/// Phrases with commas; on one line where they fit, else one to a line.
fn union(phrases: &[Phrase], indent: usize) -> String {
    let lines: Vec<String> = phrases.iter().map(|p| phrase(p, indent)).collect();
    let line = lines.join(", ");
    if !line.contains('\n') && indent + line.len() <= WIDTH {
        return line;
    }
    lines.join(&format!(",\n{}", " ".repeat(indent)))
}

fn phrase(phrase: &Phrase, indent: usize) -> String {
    let Some(items) = &phrase.list else {
        return phrase.words.clone();
    };
    let mut text = phrase.words.clone();
    if !text.is_empty() {
        text.push(' ');
    }
    let start = indent + text.chars().count() + 1;
    text.push_str(&list(items, start));
    text.push_str(&phrase.tail);
    text
}

/// A list, filled up to the width; `start` is the column after the bracket.
pub(super) fn list(items: &[String], start: usize) -> String {
    let mut text = String::from("[");
    let mut column = start;
    for (at, item) in items.iter().enumerate() {
        let length = item.chars().count();
        let is_last = at + 1 == items.len();
        if at > 0 {
            if column + 1 + length + 2 > WIDTH {
                text.push('\n');
                text.push_str(&" ".repeat(start));
                column = start;
            } else {
                text.push(' ');
                column += 1;
            }
        }
        text.push_str(item);
        column += length;
        if !is_last {
            text.push(',');
            column += 1;
        }
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_escape_what_would_end_them() {
        assert_eq!(
            string("say \"hi\" `x`\r\nå\\"),
            "\"say `\"hi`\" ``x``  å\\\""
        );
    }

    #[test]
    fn long_unions_break_between_phrases_and_inside_lists() {
        let names = |n: usize| (0..n).map(|i| format!("Group{i:02}")).collect::<Vec<_>>();
        let clause = Clause {
            head: "users",
            body: Body::Phrases {
                include: vec![Phrase::words("all"), Phrase::list("groups", names(14))],
                except: vec![Phrase::list("groups", names(1))],
            },
        };
        let text = clauses(&[clause]);
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(text.lines().count(), 4, "{text}");
        assert!(
            text.ends_with("\n          except groups [Group00]\n"),
            "{text}"
        );
    }
}
