//! How pieces of text are put together. Where lines of declarations and clauses break is the
//! formatter's, which all of it goes through; it leaves annotations as they are written.

/// How long lines of annotations may be.
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
    /// Phrases with commas.
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

/// Clauses of one policy, a line each.
pub(super) fn clauses(clauses: &[Clause]) -> String {
    let mut text = String::new();
    for clause in clauses {
        text.push_str("    ");
        text.push_str(clause.head);
        let body = match &clause.body {
            Body::Verbatim(body) => body.clone(),
            Body::Phrases { include, except } if except.is_empty() => union(include),
            Body::Phrases { include, except } => {
                format!("{} except {}", union(include), union(except))
            }
        };
        if !body.is_empty() {
            text.push(' ');
            text.push_str(&body);
        }
        text.push('\n');
    }
    text
}

fn union(phrases: &[Phrase]) -> String {
    let phrases: Vec<String> = phrases.iter().map(phrase).collect();
    phrases.join(", ")
}

fn phrase(phrase: &Phrase) -> String {
    let Phrase {
        words,
        list: items,
        tail,
    } = phrase;
    match items {
        None => words.clone(),
        Some(items) if words.is_empty() => format!("{}{tail}", list(items)),
        Some(items) => format!("{words} {}{tail}", list(items)),
    }
}

/// A list.
pub(super) fn list(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

/// A list of an annotation, filled up to the width; `start` is the column after the bracket.
pub(super) fn filled_list(items: &[String], start: usize) -> String {
    let mut text = String::from("[");
    let mut column = start;
    for (at, item) in items.iter().enumerate() {
        let length = item.chars().count();
        if at > 0 && column + 2 + length + 2 > WIDTH {
            text.push_str(&format!(",\n{}", " ".repeat(start)));
            column = start;
        } else if at > 0 {
            text.push_str(", ");
            column += 2;
        }
        text.push_str(item);
        column += length;
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
        let text = format!("policy \"P\" {{\n{}}}\n", clauses(&[clause]));
        let text = gatewright_format::format(&text).unwrap().text;
        let text = text.lines().skip(1).collect::<Vec<_>>();
        let (brace, text) = text.split_last().unwrap();
        assert_eq!(*brace, "}");
        assert!(text.iter().all(|line| line.len() <= 100), "{text:#?}");
        assert_eq!(text.len(), 4, "{text:#?}");
        assert_eq!(text.last(), Some(&"          except groups [Group00]"));
    }
}
