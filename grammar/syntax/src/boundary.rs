//! Where declarations start and end, told from a few tokens on either side of a place.
//!
//! Two questions are kept apart. Where no declaration is open, a line that starts with a keyword
//! and a name is the next one. Inside an open body much less is certain; there only what no body
//! may hold counts, such as `policy "name" {` at the start of a line.

use crate::keyword::{Keyword, Shape, head_from_word};
use crate::significant::Significant;
use crate::spelling::nearest;
use crate::token::TokenKind;

/// How a declaration starts.
#[derive(Clone, Copy)]
pub(crate) struct Starter {
    pub(crate) keyword: Keyword,
    pub(crate) is_misspelt: bool,
}

/// Whether the text has as many opening braces as closing ones.
pub(crate) fn is_balanced(tokens: &Significant<'_>) -> bool {
    let (mut opened, mut closed) = (0_usize, 0_usize);
    for at in 0..tokens.len() {
        match tokens.kind(at) {
            Some(TokenKind::OpenBrace) => opened += 1,
            Some(TokenKind::CloseBrace) => closed += 1,
            _ => {}
        }
    }
    opened == closed
}

fn is_text(tokens: &Significant<'_>, at: usize) -> bool {
    matches!(
        tokens.kind(at),
        Some(TokenKind::String | TokenKind::UnterminatedString)
    )
}

/// The declaration that starts at a place where one may start.
pub(crate) fn starter(tokens: &Significant<'_>, at: usize, in_scope: bool) -> Option<Starter> {
    let word = tokens.word(at)?;
    if tokens.is(at + 1, TokenKind::Dot) {
        return None;
    }
    if let Some(keyword) = Keyword::from_word(word) {
        let is_allowed = !in_scope || keyword.is_member();
        return is_allowed.then_some(Starter {
            keyword,
            is_misspelt: false,
        });
    }
    let is_head = head_from_word(word).is_some();
    if (in_scope || is_head) && !has_declaration_shape(tokens, at) {
        return None;
    }
    let is_titled = is_text(tokens, at + 1);
    if !is_titled && !tokens.is(at + 1, TokenKind::Word) {
        return None;
    }
    let is_assigned = tokens.is(at + 2, TokenKind::Equals);
    let fits = |keyword: &&Keyword| match keyword.shape() {
        Shape::Titled => is_titled,
        Shape::Assigned => !is_titled,
        Shape::Braced | Shape::Line => !is_titled && !is_assigned && !in_scope,
    };
    let words = Keyword::ALL
        .iter()
        .filter(fits)
        .map(|keyword| keyword.word());
    let keyword = nearest(word, words).and_then(Keyword::from_word)?;
    Some(Starter {
        keyword,
        is_misspelt: true,
    })
}

/// Whether the tokens have the shape of a declaration, whatever the first word is:
/// `word "name" {`, `word Name =`.
fn has_declaration_shape(tokens: &Significant<'_>, at: usize) -> bool {
    if !tokens.is(at, TokenKind::Word) {
        return false;
    }
    let is_word = |at| tokens.is(at, TokenKind::Word);
    (is_text(tokens, at + 1) && tokens.is(at + 2, TokenKind::OpenBrace))
        || (is_word(at + 1) && tokens.is(at + 2, TokenKind::Equals))
}

/// Whether a declaration certainly starts here, even inside an open body: nothing that may stand in
/// a body looks like it.
fn is_certain_start(tokens: &Significant<'_>, at: usize) -> bool {
    use TokenKind::{Equals, OpenBrace, OpenParen, Word};
    let Some(word) = tokens.word(at) else {
        return false;
    };
    if tokens.kind_before(at) == Some(TokenKind::Dot) {
        return false;
    }
    let is = |offset: usize, kind| tokens.is(at + offset, kind);
    let Some(keyword) = Keyword::from_word(word) else {
        return has_declaration_shape(tokens, at) && starter(tokens, at, false).is_some();
    };
    let brace_follows = |from: usize| {
        (at + from..at + from + 6)
            .find(|at| !tokens.is(*at, Word))
            .is_some_and(|at| tokens.is(at, OpenBrace))
    };
    match keyword {
        Keyword::Schema => is_text(tokens, at + 1),
        Keyword::Template => is(1, Word) && (is(2, OpenBrace) || is(2, OpenParen)),
        Keyword::Use => is(1, Word) && is(2, OpenParen),
        Keyword::Rule => is(1, Word) && (is(2, Equals) || is(2, OpenParen)),
        Keyword::Object(_) => is(1, Word) && is(2, Equals),
        Keyword::Entity | Keyword::Enum => is(1, Word) && brace_follows(2),
        Keyword::Dialect => (is_text(tokens, at + 1) || is(1, Word)) && brace_follows(2),
        _ if keyword.shape() == Shape::Titled => {
            let is_open = is(1, TokenKind::UnterminatedString);
            is_open || (is_text(tokens, at + 1) && (is(2, OpenBrace) || is_for(tokens, at + 2)))
        }
        _ => false,
    }
}

fn is_for(tokens: &Significant<'_>, at: usize) -> bool {
    tokens.is_word(at, "for")
}

/// Whether a declaration starts here where none is open.
pub(crate) fn is_item_start(tokens: &Significant<'_>, at: usize, in_scope: bool) -> bool {
    if is_certain_start(tokens, at) || tokens.is(at, TokenKind::At) {
        return true;
    }
    if !tokens.is_line_start(at) {
        return false;
    }
    let is_keyword = tokens
        .word(at)
        .and_then(Keyword::from_word)
        .is_some_and(|keyword| !in_scope || keyword.is_member());
    let is_named = is_text(tokens, at + 1) || tokens.is(at + 1, TokenKind::Word);
    (is_keyword && is_named) || has_declaration_shape(tokens, at)
}

/// The end of something that has no brace of its own, starting at `at` behind its first token: a
/// declaration with a value, the clauses of a scope, or what is no declaration.
pub(crate) fn region_end(
    tokens: &Significant<'_>,
    at: usize,
    in_scope: bool,
    is_value: bool,
) -> usize {
    use TokenKind as K;
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for at in at..tokens.len() {
        let is_outside = braces == 0 && brackets == 0;
        let is_open_ended = matches!(tokens.kind_before(at), Some(K::Comma | K::Equals | K::Dot))
            || tokens.kind_before(at).is_some_and(K::is_operator);
        if tokens.is_line_start(at) && is_certain_start(tokens, at) {
            return at;
        }
        if is_outside && !is_open_ended {
            let is_clause = in_scope
                && is_value
                && tokens.word(at).is_some_and(|word| {
                    head_from_word(word).is_some() && !tokens.is(at + 1, K::Dot)
                });
            if is_clause || is_item_start(tokens, at, in_scope) {
                return at;
            }
        }
        match tokens.kind(at) {
            Some(K::OpenBrace) => braces += 1,
            Some(K::CloseBrace) if braces == 0 => return at,
            Some(K::CloseBrace) => braces -= 1,
            Some(K::OpenParen | K::OpenBracket) => brackets += 1,
            Some(K::CloseParen | K::CloseBracket) => brackets = brackets.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// Where the header of a block ends: at its brace, or where it should be.
pub(crate) fn header_end(tokens: &Significant<'_>, start: usize) -> usize {
    use TokenKind as K;
    let mut parens = 0_usize;
    for at in start + 1..tokens.len() {
        match tokens.kind(at) {
            Some(K::OpenBrace | K::CloseBrace) => return at,
            _ if tokens.is_line_start(at) && (parens == 0 || is_certain_start(tokens, at)) => {
                return at;
            }
            Some(K::OpenParen) => parens += 1,
            Some(K::CloseParen) => parens = parens.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// Where the body that starts at `start` ends, and whether with its brace. A body that has not been
/// opened ends at the first line that may start a declaration.
pub(crate) fn body_end(
    tokens: &Significant<'_>,
    start: usize,
    is_open: bool,
    has_annotations: bool,
) -> (usize, bool) {
    let mut depth = 1_usize;
    for at in start..tokens.len() {
        if tokens.is_line_start(at) {
            let is_annotation = tokens.is(at, TokenKind::At) && !has_annotations;
            let is_next = !is_open && depth == 1 && is_item_start(tokens, at, false);
            if is_annotation || is_next || is_certain_start(tokens, at) {
                return (at, false);
            }
        }
        match tokens.kind(at) {
            Some(TokenKind::OpenBrace) => depth += 1,
            Some(TokenKind::CloseBrace) => {
                depth -= 1;
                if depth == 0 {
                    return (at, true);
                }
            }
            _ => {}
        }
    }
    (tokens.len(), false)
}

/// Behind the parenthesis that closes the one at `open`, or where the line of the annotation ends.
pub(crate) fn closing_paren(tokens: &Significant<'_>, open: usize) -> usize {
    let mut depth = 0_usize;
    for at in open..tokens.len() {
        let is_over = tokens.is(at, TokenKind::OpenBrace)
            || tokens.is(at, TokenKind::CloseBrace)
            || (tokens.is_line_start(at)
                && (tokens.is(at, TokenKind::At) || is_item_start(tokens, at, false)));
        if is_over && at > open {
            return at;
        }
        match tokens.kind(at) {
            Some(TokenKind::OpenParen) => depth += 1,
            Some(TokenKind::CloseParen) => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}
