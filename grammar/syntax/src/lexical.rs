//! Tokens that are wrong wherever they stand, and what to say about each.

use std::ops::Range;

use crate::island::NESTING_MAX;
use crate::keyword::Keyword;
use crate::lexer::{operator_word, quote_of};
use crate::problem::{Inside, RelatedRole, SyntaxProblem, SyntaxProblemKind};
use crate::significant::Significant;
use crate::spelling::nearest;
use crate::terminal::word_operator;
use crate::token::TokenKind;

/// The first token of the range that is wrong by itself, and the problem with it.
pub(crate) fn first_bad_token(
    tokens: &Significant<'_>,
    range: Range<usize>,
    inside: Inside,
    keyword: Option<Keyword>,
) -> Option<(usize, SyntaxProblem)> {
    let end = range.end;
    let is_hyphen_name =
        |kind| kind == TokenKind::UnknownOperator && keyword == Some(Keyword::Dialect);
    range
        .filter(|at| {
            tokens
                .kind(*at)
                .is_some_and(|kind| is_bad(kind) && !is_hyphen_name(kind))
        })
        .find_map(|at| Some((at, bad_token(tokens, at, end, inside)?)))
}

fn is_bad(kind: TokenKind) -> bool {
    use TokenKind as K;
    matches!(
        kind,
        K::Stray
            | K::ForeignOperator
            | K::UnknownOperator
            | K::UnterminatedJson
            | K::UnterminatedString
            | K::Unread
    )
}

/// What is wrong with this token by itself, if anything is. Tokens from `end` on are not looked at.
pub(crate) fn bad_token(
    tokens: &Significant<'_>,
    at: usize,
    end: usize,
    inside: Inside,
) -> Option<SyntaxProblem> {
    let slice = tokens.slice(at);
    let span = tokens.span(at);
    let bytes = tokens.bytes(at);
    Some(match tokens.kind(at)? {
        TokenKind::UnterminatedString => {
            let kind = SyntaxProblemKind::UnterminatedString {
                quote: quote_of(slice),
            };
            SyntaxProblem::new(kind, span, inside)
        }
        TokenKind::UnterminatedJson => {
            let kind = SyntaxProblemKind::UnclosedBracket {
                open: '{',
                close: '}',
            };
            let missing = tokens.span_of(bytes.end..bytes.end);
            let opened = tokens.span_of(bytes.start..bytes.start + 1);
            SyntaxProblem::new(kind, missing, inside).with(RelatedRole::Opened, opened)
        }
        TokenKind::UnknownOperator => {
            let candidate = nearest_operator(operator_word(slice));
            let kind = SyntaxProblemKind::UnknownOperator {
                written: slice.to_owned(),
                candidate,
            };
            let problem = SyntaxProblem::new(kind, span, inside);
            let is_glued = at > 0 && tokens.bytes(at - 1).end == bytes.start;
            if is_glued && tokens.kind_before(at) == Some(TokenKind::Word) {
                problem.with(RelatedRole::Before, tokens.span(at - 1))
            } else {
                problem
            }
        }
        TokenKind::ForeignOperator => {
            let candidate = foreign_meaning(slice);
            let written = slice.to_owned();
            let kind = SyntaxProblemKind::ForeignOperator { written, candidate };
            SyntaxProblem::new(kind, span, inside)
        }
        TokenKind::Unread => {
            let kind = SyntaxProblemKind::TooDeep { limit: NESTING_MAX };
            SyntaxProblem::new(kind, tokens.span_of(bytes.start..bytes.start), inside)
        }
        TokenKind::Stray => stray(tokens, at, end, inside),
        _ => return None,
    })
}

fn stray(tokens: &Significant<'_>, at: usize, end: usize, inside: Inside) -> SyntaxProblem {
    let character = tokens.slice(at).chars().next().unwrap_or(' ');
    let span = tokens.span(at);
    let next = at + 1;
    let operator = tokens
        .word(next)
        .filter(|word| next < end && word_operator(word).is_some());
    if let Some(word) = operator.filter(|_| character == '-') {
        let kind = SyntaxProblemKind::DetachedHyphen {
            word: word.to_owned(),
        };
        return SyntaxProblem::new(kind, span.to(tokens.span(next)), inside);
    }
    let quoted = if character == '`' && next < end {
        escaped_quotes(tokens, at, end)
    } else {
        None
    };
    if let Some((value, length)) = quoted {
        let start = tokens.bytes(at).start;
        let kind = SyntaxProblemKind::EscapedQuotes { value };
        return SyntaxProblem::new(kind, tokens.span_of(start..start + length), inside);
    }
    SyntaxProblem::new(
        SyntaxProblemKind::StrayCharacter { character },
        span,
        inside,
    )
}

/// LIMIT: the second quote is looked for in this many bytes, lest many first quotes on one long
/// line cost much.
const ESCAPED_BYTES_MAX: usize = 4096;

/// What stands between `` `" `` and `` `" ``, and the length of all of it.
fn escaped_quotes(tokens: &Significant<'_>, at: usize, end: usize) -> Option<(String, usize)> {
    let rest = tokens
        .text
        .get(tokens.bytes(at).start..tokens.bytes(end - 1).end)?;
    let near = rest.get(..rest.floor_char_boundary(ESCAPED_BYTES_MAX))?;
    let line = near.split(['\r', '\n']).next()?;
    ["`\"", "`'"].iter().find_map(|mark| {
        let (value, _) = line.strip_prefix(mark)?.split_once(mark)?;
        Some((value.to_owned(), value.len() + 2 * mark.len()))
    })
}

/// The operator that another language's operator is here.
fn foreign_meaning(written: &str) -> &'static str {
    match written {
        "!=" | "!==" | "<>" => "-ne",
        "<=" => "-le",
        ">=" => "-ge",
        "<" => "-lt",
        ">" => "-gt",
        "&" | "&&" => "-and",
        "|" | "||" => "-or",
        "!" => "-not",
        _ => "-eq",
    }
}

/// All operators with their hyphen.
const OPERATORS: [&str; 23] = [
    "-eq",
    "-ne",
    "-startsWith",
    "-notStartsWith",
    "-endsWith",
    "-notEndsWith",
    "-contains",
    "-notContains",
    "-in",
    "-notIn",
    "-match",
    "-notMatch",
    "-le",
    "-ge",
    "-lt",
    "-gt",
    "-and",
    "-or",
    "-not",
    "-any",
    "-all",
    "-plus",
    "-minus",
];

/// Names that other languages have for an operator.
const SYNONYMS: [(&str, &str); 14] = [
    ("equals", "-eq"),
    ("equal", "-eq"),
    ("is", "-eq"),
    ("neq", "-ne"),
    ("notEquals", "-ne"),
    ("notEqual", "-ne"),
    ("isNot", "-ne"),
    ("like", "-match"),
    ("notLike", "-notMatch"),
    ("gte", "-ge"),
    ("lte", "-le"),
    ("includes", "-contains"),
    ("begins", "-startsWith"),
    ("beginsWith", "-startsWith"),
];

/// The operator with this word, with its hyphen.
pub(crate) fn exact_operator(word: &str) -> Option<&'static str> {
    OPERATORS
        .iter()
        .copied()
        .find(|operator| operator_word(operator).eq_ignore_ascii_case(word))
}

/// The operator that an unknown word after a hyphen probably means: one with another name, one that
/// is nearly spelt so, or one that lacks a space before its value (`-eqTrue`).
pub(crate) fn nearest_operator(word: &str) -> Option<&'static str> {
    if let Some((_, operator)) = SYNONYMS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
    {
        return Some(operator);
    }
    let bare = |operator: &'static str| operator.get(1..).unwrap_or_default();
    if let Some(found) = nearest(word, OPERATORS.iter().map(|operator| bare(operator))) {
        return OPERATORS
            .iter()
            .copied()
            .find(|operator| bare(operator) == found);
    }
    let starts = |operator: &&str| {
        let name = operator.get(1..).unwrap_or_default();
        word.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    OPERATORS
        .iter()
        .copied()
        .filter(starts)
        .max_by_key(|operator| operator.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::CompareOperator;

    #[test]
    fn every_comparison_is_among_the_operators() {
        for operator in CompareOperator::ALL {
            assert!(OPERATORS.contains(&format!("-{}", operator.word()).as_str()));
        }
    }

    #[test]
    fn unknown_operators_have_a_likely_meaning() {
        assert_eq!(nearest_operator("equals"), Some("-eq"));
        assert_eq!(nearest_operator("contain"), Some("-contains"));
        assert_eq!(nearest_operator("notstartwith"), Some("-notStartsWith"));
        assert_eq!(nearest_operator("eqTrue"), Some("-eq"));
        assert_eq!(nearest_operator("notInList"), Some("-notIn"));
        assert_eq!(nearest_operator("glass"), None);
    }
}
