//! Text to a [`TokenTable`], in one pass, for the parser and the editor tools alike.
//!
//! What needs more than a regular expression is done here: telling operators apart, and taking the
//! JSON object after the word `graph` as one token, because a backslash escapes in JSON and nowhere
//! else.
//!
//! INVARIANT: there is no error; a byte that fits nowhere becomes a [`TokenKind::Stray`] token.

use logos::Logos;

use crate::ast::{CompareOperator, Quote};
use crate::token::{TokenKind, TokenTable};

/// Whether the text is a whole file or the text of one rule, which has no `graph` clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextKind {
    File,
    Rule,
}

/// All tokens of a file, trivia included.
#[must_use]
pub fn lex_file(text: &str) -> TokenTable {
    lex(text, TextKind::File)
}

/// All tokens of a rule on its own, trivia included.
#[must_use]
pub fn lex_rule(text: &str) -> TokenTable {
    lex(text, TextKind::Rule)
}

/// LIMIT: past this many open brackets the rest of the text is one token. No such text can be read,
/// and its reader should not wait to be told so.
const OPEN_BRACKETS_MAX: usize = 1 << 18;

pub(crate) fn lex(text: &str, text_kind: TextKind) -> TokenTable {
    let mut table = TokenTable::default();
    let mut lexer = TokenKind::lexer(text);
    let mut graph = GraphWatch::default();
    let mut open_brackets = 0_usize;
    while let Some(lexed) = lexer.next() {
        let mut kind = lexed.unwrap_or(TokenKind::Stray);
        if kind == TokenKind::UnknownOperator {
            kind = classify_operator(lexer.slice());
        } else if text_kind == TextKind::File && graph.is_object_start(kind, lexer.slice()) {
            let (length, is_closed) = json_length(lexer.remainder());
            lexer.bump(length);
            kind = if is_closed {
                TokenKind::Json
            } else {
                TokenKind::UnterminatedJson
            };
        }
        match kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => {
                open_brackets += 1;
            }
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                open_brackets = open_brackets.saturating_sub(1);
            }
            _ => {}
        }
        if open_brackets > OPEN_BRACKETS_MAX {
            kind = TokenKind::Unread;
            lexer.bump(lexer.remainder().len());
        }
        table.push(kind, u32::try_from(lexer.span().end).unwrap_or(u32::MAX));
    }
    table
}

/// Follows the significant tokens, to know when a brace opens the object of a `graph` clause: after
/// that word where it is neither part of a path nor the name of something.
#[derive(Default)]
struct GraphWatch {
    before_names: bool,
    is_armed: bool,
}

impl GraphWatch {
    fn is_object_start(&mut self, kind: TokenKind, slice: &str) -> bool {
        if kind.is_trivia() {
            return false;
        }
        if kind == TokenKind::OpenBrace && self.is_armed {
            *self = GraphWatch::default();
            return true;
        }
        self.is_armed = kind == TokenKind::Word && slice == "graph" && !self.before_names;
        let names = ["entity", "enum", "dialect", "template"];
        self.before_names =
            kind == TokenKind::Dot || (kind == TokenKind::Word && names.contains(&slice));
        false
    }
}

/// Length of the rest of a JSON object whose first brace has been read, and whether it is closed.
/// An object that is not closed ends before the next line that starts a declaration.
fn json_length(rest: &str) -> (usize, bool) {
    let mut depth = 1_usize;
    let mut in_string = false;
    let mut is_escaped = false;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'\n' => {
                in_string = false;
                is_escaped = false;
                if starts_declaration(rest.get(at + 1..).unwrap_or_default()) {
                    return (at, false);
                }
            }
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return (at + 1, true);
                }
            }
            _ => {}
        }
    }
    (rest.len(), false)
}

/// Whether a line is the first of a block: JSON has no bare words, so it cannot be one of its
/// lines.
fn starts_declaration(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    ["policy", "scope", "test", "invariant", "compliance"]
        .iter()
        .any(|keyword| {
            line.strip_prefix(keyword)
                .is_some_and(|rest| rest.trim_start().starts_with('"'))
        })
}

/// The kind of an operator with its hyphen.
fn classify_operator(written: &str) -> TokenKind {
    let word = operator_word(written);
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if CompareOperator::from_word(word).is_some() {
        TokenKind::Compare
    } else if is("and") {
        TokenKind::And
    } else if is("or") {
        TokenKind::Or
    } else if is("not") {
        TokenKind::Not
    } else if is("any") || is("all") {
        TokenKind::Quantifier
    } else if is("plus") || is("minus") {
        TokenKind::Offset
    } else {
        TokenKind::UnknownOperator
    }
}

/// An operator without its hyphen or dash.
pub(crate) fn operator_word(written: &str) -> &str {
    written
        .strip_prefix(|c: char| c == '-' || is_dash(c))
        .unwrap_or(written)
}

/// Whether the character is one of the dashes that word processors put for a hyphen.
#[must_use]
pub fn is_dash(character: char) -> bool {
    matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The quote that a string token starts with.
pub(crate) fn quote_of(written: &str) -> Quote {
    match written.chars().next() {
        Some('"') => Quote::Double,
        Some('\'') => Quote::Single,
        _ => Quote::Typographic,
    }
}

/// The value of a string token: quotes taken away, escapes resolved.
pub(crate) fn string_value(written: &str, is_closed: bool) -> String {
    let mut characters = written.chars();
    characters.next();
    if is_closed {
        characters.next_back();
    }
    let is_single = quote_of(written) == Quote::Single;
    let mut value = String::with_capacity(written.len());
    while let Some(character) = characters.next() {
        match character {
            '`' => value.push(characters.next().unwrap_or('`')),
            '\'' if is_single => {
                characters.next();
                value.push('\'');
            }
            _ => value.push(character),
        }
    }
    value
}

/// A mark that a word processor put in the place of the plain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypographicMark {
    /// Quotes around a string; the range is the string.
    Quotes,
    /// A dash before an operator or number; the range is the dash.
    Dash,
}

/// Every typographic quote and dash that was read as the plain mark, in order of the text.
#[must_use]
pub fn typographic_marks(
    tokens: &TokenTable,
    text: &str,
) -> Vec<(TypographicMark, std::ops::Range<usize>)> {
    let mut marks = Vec::new();
    for (kind, range) in tokens.iter() {
        let first = text
            .get(range.clone())
            .and_then(|slice| slice.chars().next());
        let Some(first) = first.filter(|c| !c.is_ascii()) else {
            continue;
        };
        match kind {
            TokenKind::String | TokenKind::UnterminatedString => {
                marks.push((TypographicMark::Quotes, range));
            }
            TokenKind::Literal | TokenKind::UnknownOperator => {
                marks.push((
                    TypographicMark::Dash,
                    range.start..range.start + first.len_utf8(),
                ));
            }
            _ if kind.is_operator() => {
                marks.push((
                    TypographicMark::Dash,
                    range.start..range.start + first.len_utf8(),
                ));
            }
            _ => {}
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenKind::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        let table = lex_file(text);
        let all: Vec<_> = table
            .iter()
            .map(|(kind, range)| (kind, &text[range]))
            .collect();
        assert_eq!(
            all.iter()
                .map(|(_, slice)| *slice)
                .collect::<Vec<_>>()
                .concat(),
            text
        );
        all.into_iter()
            .filter(|(kind, _)| *kind != Whitespace)
            .collect()
    }

    #[track_caller]
    fn one(text: &str, kind: TokenKind) {
        assert_eq!(kinds(text), [(kind, text)]);
    }

    #[test]
    fn comments_and_docs_end_with_their_line() {
        assert_eq!(
            kinds("// a \"\n/// b\r\n//! c\n//// d\n//"),
            [
                (Comment, "// a \""),
                (Doc, "/// b"),
                (FileDoc, "//! c"),
                (Comment, "//// d"),
                (Comment, "//")
            ]
        );
    }

    #[test]
    fn strings_end_at_their_quote_whatever_stands_before_a_backslash() {
        one(r#""a\""#, String);
        one(r#""say `"hi`" now""#, String);
        one("'it''s'", String);
        one("'a`'b'", String);
        one("“smart”", String);
        one("„tief“", String);
        one("‘x’", String);
        one("«x»", String);
        assert_eq!(string_value("'it''s'", true), "it's");
        assert_eq!(string_value(r#""say `"hi`" ``""#, true), "say \"hi\" `");
        assert_eq!(string_value("“a\\”", true), "a\\");
    }

    #[test]
    fn an_unterminated_string_ends_with_its_line() {
        assert_eq!(
            kinds("\"abc\nx 'd`\r\n“e"),
            [
                (UnterminatedString, "\"abc"),
                (Word, "x"),
                (UnterminatedString, "'d`"),
                (UnterminatedString, "“e")
            ]
        );
        one("\"", UnterminatedString);
        one("\"a`\"", UnterminatedString);
    }

    #[test]
    fn operators_have_a_hyphen_or_a_dash_and_any_case() {
        for text in ["-eq", "-notStartsWith", "-NOTIN", "–ne", "—EQ", "−le"] {
            one(text, Compare);
        }
        one("-AND", And);
        one("–or", Or);
        one("-not", Not);
        one("-any", Quantifier);
        one("-minus", Offset);
        one("-equals", UnknownOperator);
        one("-", Stray);
    }

    #[test]
    fn a_missing_space_around_an_operator_does_not_hide_it() {
        assert_eq!(kinds("-eq5"), [(Compare, "-eq"), (Literal, "5")]);
        assert_eq!(kinds("a-eq"), [(Word, "a"), (Compare, "-eq")]);
        assert_eq!(kinds("-eq\"x\""), [(Compare, "-eq"), (String, "\"x\"")]);
        assert_eq!(kinds("5-eq"), [(Literal, "5"), (Compare, "-eq")]);
        assert_eq!(kinds("-in['a']")[0], (Compare, "-in"));
        assert_eq!(kinds(")-and(")[1], (And, "-and"));
        assert_eq!(kinds("-eqTrue"), [(UnknownOperator, "-eqTrue")]);
    }

    #[test]
    fn loose_literals_are_one_token() {
        for text in [
            "4",
            "-5",
            "10.5",
            "10.0.22631",
            "203.0.113.0/24",
            "2001:db8::/32",
            "2001:db8:40::/48",
            "fe80::1",
            "::1",
            "::",
            "::/0",
            "::ffff:10.0.0.1",
            "2026-06",
            "2026-06-01",
            "2020-06-10T18:13:20Z",
            "2020-06-10T18:13:20.5+02:00",
            "d1f3c0de-0000-4000-8000-00000000b6e1",
            "8f6f3d0a-0000-4000-8000-0000000f1a0c",
        ] {
            one(text, Literal);
        }
        one("p1d", Word);
        assert_eq!(kinds("4."), [(Literal, "4"), (Dot, ".")]);
        assert_eq!(kinds("4//c"), [(Literal, "4"), (Comment, "//c")]);
        assert_eq!(
            kinds("face: x"),
            [(Word, "face"), (Colon, ":"), (Word, "x")]
        );
    }

    #[test]
    fn words_may_be_of_any_script_and_never_hold_a_hyphen() {
        one("Büro_1", Word);
        one("$null", Word);
        one("_", Word);
        assert_eq!(kinds("a-b")[1], (UnknownOperator, "-b"));
        assert_eq!(
            kinds("*null*"),
            [(Stray, "*"), (Word, "null"), (Stray, "*")]
        );
        assert_eq!(
            kinds("a\u{A0}b\u{FEFF}"),
            [(Word, "a"), (Word, "b"), (Whitespace, "\u{FEFF}")][..2]
        );
    }

    #[test]
    fn foreign_operators_are_one_token() {
        for text in ["==", "!=", "<>", "<=", ">", "&&", "||", "!"] {
            one(text, ForeignOperator);
        }
        one("=", Equals);
    }

    #[test]
    fn the_object_of_a_graph_clause_is_one_token() {
        assert_eq!(
            kinds(r#"graph { "a\"}": {"b": [1]} } block"#),
            [
                (Word, "graph"),
                (Json, r#"{ "a\"}": {"b": [1]} }"#),
                (Word, "block")
            ]
        );
        assert_eq!(kinds("entity graph { a }")[2], (OpenBrace, "{"));
        assert_eq!(kinds("x.graph { a }")[3], (OpenBrace, "{"));
        assert_eq!(lex_rule("graph { }").kind(2), Some(OpenBrace));
    }

    #[test]
    fn an_open_object_ends_before_the_next_declaration() {
        let found = kinds("graph { \"a\": {\n  policy \"B\" { block }");
        assert_eq!(found[1], (UnterminatedJson, "{ \"a\": {"));
        assert_eq!(found[2], (Word, "policy"));
    }

    #[test]
    fn typographic_marks_are_listed() {
        let text = "a –eq “x” -and b -eq 'y'";
        let found = typographic_marks(&lex_rule(text), text);
        let found: Vec<_> = found
            .into_iter()
            .map(|(mark, range)| (mark, &text[range]))
            .collect();
        assert_eq!(
            found,
            [
                (TypographicMark::Dash, "–"),
                (TypographicMark::Quotes, "“x”")
            ]
        );
    }
}
