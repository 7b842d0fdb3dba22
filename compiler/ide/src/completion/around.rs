//! Lists and annotations around a place: what stands between their brackets so far.

use gatewright_syntax::TokenKind;

use super::context::{Place, Token};

/// The elements of the list around a place, that at the place excepted: those before it, and those
/// behind it up to the bracket.
pub(super) fn taken<'s>(
    before: &[Token<'s>],
    after: &[Token<'s>],
    is_touched: bool,
) -> Vec<&'s str> {
    let mut depth = 0_usize;
    let mut start = None;
    for (at, token) in before.iter().enumerate().rev() {
        match token.kind {
            TokenKind::CloseBracket => depth += 1,
            TokenKind::OpenBracket if depth > 0 => depth -= 1,
            TokenKind::OpenBracket => {
                start = Some(at + 1);
                break;
            }
            _ => {}
        }
    }
    let Some(inside) = start.and_then(|start| before.get(start..)) else {
        return Vec::new();
    };
    let mut depth = 0_usize;
    let end = after.iter().position(|token| {
        match token.kind {
            TokenKind::OpenBracket => depth += 1,
            TokenKind::CloseBracket if depth > 0 => depth -= 1,
            TokenKind::CloseBracket => return true,
            _ => {}
        }
        false
    });
    // Without its bracket, what follows is no list for sure.
    let behind = after.get(..end.unwrap_or(0)).unwrap_or_default();
    let is_comma = |token: &Token<'_>| token.kind == TokenKind::Comma;
    let mut found = elements(inside.split(is_comma), true);
    let behind = behind.split(is_comma).skip(usize::from(is_touched));
    found.extend(elements(behind, false));
    found
}

/// The elements that are one word or text; of those before a place, the last is still written.
fn elements<'a, 's: 'a>(
    all: impl Iterator<Item = &'a [Token<'s>]>,
    is_before: bool,
) -> Vec<&'s str> {
    let mut all: Vec<&[Token<'s>]> = all.collect();
    if is_before {
        all.pop();
    }
    let single = all.iter().filter_map(|element| match element {
        [one] => Some(one.text.trim_matches(['"', '\''])),
        _ => None,
    });
    single.collect()
}

/// The annotation that is being written.
pub(super) fn annotation<'s>(tokens: &[Token<'s>]) -> Option<Place<'s>> {
    let at = tokens
        .iter()
        .rposition(|token| token.kind == TokenKind::At)?;
    let rest = tokens.get(at + 1..)?;
    match rest {
        [] => Some(Place::Annotation),
        [name, open, inside @ ..] if open.kind == TokenKind::OpenParen => {
            let is_open = close(rest).is_none();
            is_open.then(|| Place::AnnotationValue {
                name: name.text,
                tokens: inside.to_vec(),
            })
        }
        _ => None,
    }
}

/// The first token behind the last annotation, which is whole.
pub(super) fn behind_annotation(tokens: &[Token<'_>]) -> Option<usize> {
    let at = tokens
        .iter()
        .rposition(|token| token.kind == TokenKind::At)?;
    let rest = tokens.get(at + 1..)?;
    let is_open = rest
        .get(1)
        .is_some_and(|token| token.kind == TokenKind::OpenParen);
    let length = if is_open { close(rest)? + 1 } else { 1 };
    Some(at + 1 + length)
}

/// Where the first parenthesis is closed.
fn close(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    tokens.iter().position(|token| {
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => {
                depth = depth.saturating_sub(1);
                return depth == 0;
            }
            _ => {}
        }
        false
    })
}
