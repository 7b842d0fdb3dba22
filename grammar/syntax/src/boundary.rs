//! Where declarations start and end, told from a few tokens on either side of a place.
//!
//! Two questions are kept apart. Where no declaration is open, a line that starts with a keyword
//! and a name is the next one. Inside an open body much less is certain; there only what no body
//! may hold counts, such as `policy "name" {` at the start of a line.

use crate::keyword::{Keyword, Shape, head_from_word};
use crate::layout::Layout;
use crate::significant::Significant;
use crate::spelling::nearest;
use crate::token::TokenKind;

/// How a declaration starts.
#[derive(Clone, Copy)]
pub(crate) struct Starter {
    pub(crate) keyword: Keyword,
    pub(crate) is_misspelt: bool,
}

/// LIMIT: shorter words are the start of too many keywords.
const PREFIX_BYTES_MIN: usize = 3;

fn is_text(tokens: &Significant<'_>, at: usize) -> bool {
    matches!(
        tokens.kind(at),
        Some(TokenKind::String | TokenKind::UnterminatedString)
    )
}

/// The declaration that starts at a place where one may start.
pub(crate) fn starter(tokens: &Significant<'_>, at: usize, in_scope: bool) -> Option<Starter> {
    let word = tokens.word(at)?;
    if tokens.is(at + 1, TokenKind::Dot) && !starts_certainly(tokens, at) {
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
    let started = || {
        let is_long = word.len() >= PREFIX_BYTES_MIN;
        let mut all = Keyword::ALL.iter().filter(fits);
        all.find(|keyword| is_long && keyword.word().starts_with(word))
    };
    let keyword = nearest(word, words).and_then(Keyword::from_word);
    let keyword = keyword.or_else(|| started().copied())?;
    Some(Starter {
        keyword,
        is_misspelt: true,
    })
}

/// Whether the tokens have the shape of a declaration, whatever the first word is:
/// `word "name" {`, `word Name =`.
pub(crate) fn has_declaration_shape(tokens: &Significant<'_>, at: usize) -> bool {
    if !tokens.is(at, TokenKind::Word) {
        return false;
    }
    let is_word = |at| tokens.is(at, TokenKind::Word);
    (is_text(tokens, at + 1) && tokens.is(at + 2, TokenKind::OpenBrace))
        || (is_word(at + 1) && tokens.is(at + 2, TokenKind::Equals))
}

/// Whether a line starts here whose first word certainly starts a declaration, but for a slip
/// before it: `{ policy "name" {`.
fn is_certain_line(tokens: &Significant<'_>, at: usize) -> bool {
    if !tokens.is_line_start(at) {
        return false;
    }
    let is_slip_only = is_slip(tokens, at) && !tokens.is_line_start(at + 1);
    starts_certainly(tokens, at)
        || (is_slip_only && starts_certainly(tokens, at + 1))
        || is_quoted_by_slip(tokens, at)
}

/// Whether a string starts like a declaration, because a quote slipped in before it.
pub(crate) fn is_quoted_by_slip(tokens: &Significant<'_>, at: usize) -> bool {
    if !is_text(tokens, at) {
        return false;
    }
    let mut words = tokens.slice(at).split_whitespace();
    let is_quote = words.next().is_some_and(|first| first.chars().count() == 1);
    let word = words.next().filter(|_| is_quote);
    let word = word.filter(|word| head_from_word(word).is_none());
    match word.and_then(Keyword::from_word).map(Keyword::shape) {
        Some(Shape::Assigned) => words.nth(1) == Some("="),
        found => found.is_some(),
    }
}

/// Whether the token may be a slip of the hand before a word: no word comes to mean anything else
/// by it.
fn is_slip(tokens: &Significant<'_>, at: usize) -> bool {
    use TokenKind as K;
    matches!(
        tokens.kind(at),
        Some(
            K::OpenParen
                | K::OpenBracket
                | K::OpenBrace
                | K::Comma
                | K::Dot
                | K::Colon
                | K::Question
                | K::At
                | K::Stray
                | K::ForeignOperator
                | K::UnknownOperator
        )
    )
}

/// Whether a declaration certainly starts here, even inside an open body: nothing that may stand in
/// a body looks like it.
pub(crate) fn starts_certainly(tokens: &Significant<'_>, at: usize) -> bool {
    let Some(word) = tokens.word(at) else {
        return false;
    };
    let is_path = tokens.kind_before(at) == Some(TokenKind::Dot);
    if is_path && !tokens.is_line_start(at) && !tokens.is_line_start(at - 1) {
        return false;
    }
    let Some(keyword) = Keyword::from_word(word) else {
        return has_declaration_shape(tokens, at) && starter(tokens, at, false).is_some();
    };
    let has_slip = tokens.is_line_start(at) && !tokens.is_line_start(at + 1);
    // `user . name =` is a comparison that is written as in other languages.
    let is_path = tokens.is(at + 1, TokenKind::Dot) && keyword.shape() == Shape::Assigned;
    let has_slip = has_slip && !is_path && is_slip_in_header(tokens, at + 1);
    is_named_as(tokens, keyword, at + 1) || (has_slip && is_named_as(tokens, keyword, at + 2))
}

/// Whether a name and what has to follow it stand here, behind the keyword.
fn is_named_as(tokens: &Significant<'_>, keyword: Keyword, at: usize) -> bool {
    use TokenKind::{Equals, OpenBrace, OpenParen, Word};
    let is_word = tokens.is(at, Word);
    let is_next = |kind| tokens.is(at + 1, kind);
    let brace_follows = || {
        (at + 1..at + 7)
            .find(|at| !tokens.is(*at, Word))
            .is_some_and(|at| tokens.is(at, OpenBrace))
    };
    match keyword {
        Keyword::Schema => is_text(tokens, at),
        Keyword::Template => is_word && (is_next(OpenBrace) || is_next(OpenParen)),
        Keyword::Use => is_word && is_next(OpenParen),
        Keyword::Rule => is_word && (is_next(Equals) || is_next(OpenParen)),
        Keyword::Object(_) => is_word && is_next(Equals),
        Keyword::Entity | Keyword::Enum => is_word && brace_follows(),
        Keyword::Dialect => (is_text(tokens, at) || is_word) && brace_follows(),
        _ if keyword.shape() == Shape::Titled => {
            let is_open = tokens.is(at, TokenKind::UnterminatedString);
            is_open || (is_text(tokens, at) && (is_next(OpenBrace) || is_for(tokens, at + 1)))
        }
        _ => false,
    }
}

/// Whether the token may be a slip of the hand between a keyword and a name.
fn is_slip_in_header(tokens: &Significant<'_>, at: usize) -> bool {
    use TokenKind::{CloseBrace, CloseBracket, CloseParen, String, UnterminatedString};
    let is_other = matches!(
        tokens.kind(at),
        Some(CloseBrace | CloseBracket | CloseParen | String | UnterminatedString)
    );
    is_other || is_slip(tokens, at)
}

fn is_for(tokens: &Significant<'_>, at: usize) -> bool {
    tokens.is_word(at, "for")
}

/// Whether a declaration starts here where none is open.
pub(crate) fn is_item_start(tokens: &Significant<'_>, at: usize, in_scope: bool) -> bool {
    if starts_certainly(tokens, at) {
        return true;
    }
    if tokens.is(at, TokenKind::At) {
        return annotates_something(tokens, at);
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

/// What has no brace of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    /// A declaration with a value.
    Value(Keyword),
    /// The clauses of a scope.
    Clauses,
    /// What is no declaration.
    Junk,
}

/// The end of a region that starts at `start`.
pub(crate) fn region_end(
    tokens: &Significant<'_>,
    start: usize,
    in_scope: bool,
    (region, layout): (Region, Layout),
) -> usize {
    use TokenKind as K;
    if !matches!(region, Region::Value(_))
        && is_slip(tokens, start)
        && starts_certainly(tokens, start + 1)
    {
        return start + 1;
    }
    let is_value = matches!(region, Region::Value(_));
    // Schemas declare most things on one line, without brackets.
    let is_flat = matches!(region, Region::Value(keyword)
        if keyword.shape() == Shape::Line && !matches!(keyword, Keyword::Use | Keyword::Schema));
    let (mut braces, mut brackets) = (0_usize, 0_usize);
    for at in start + 1..tokens.len() {
        let is_flat = is_flat && !tokens.is(at, K::At);
        let is_outside = is_flat || (braces == 0 && brackets == 0);
        let is_open_ended = matches!(tokens.kind_before(at), Some(K::Comma | K::Equals | K::Dot))
            || tokens.kind_before(at).is_some_and(K::is_operator);
        let is_inside = region == Region::Junk && tokens.indent(at) > tokens.indent(start);
        if is_certain_line(tokens, at) {
            return at;
        }
        if is_outside && !is_open_ended && !is_inside {
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
            Some(K::CloseBrace) if braces > 0 => braces -= 1,
            Some(K::CloseBrace) if !(is_value && layout.is_amid(tokens, at)) => return at,
            Some(K::OpenParen | K::OpenBracket) => brackets += 1,
            Some(K::CloseParen | K::CloseBracket) => {
                let is_slip = brackets == 0 && tokens.is_line_start(at);
                if is_slip && starts_certainly(tokens, at + 1) {
                    return at;
                }
                brackets = brackets.saturating_sub(1);
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Where the header of a block ends: at its brace, or where it should be.
pub(crate) fn header_end(tokens: &Significant<'_>, keyword: Keyword, start: usize) -> usize {
    use TokenKind as K;
    let mut parens = 0_usize;
    let is_slip = |at: usize| {
        let is_before_name = at == start + 1 && is_named_as(tokens, keyword, at + 1);
        let is_before_brace = tokens.is(at, K::CloseBrace) && tokens.is(at + 1, K::OpenBrace);
        (is_before_name || is_before_brace) && !tokens.is_line_start(at + 1)
    };
    for at in start + 1..tokens.len() {
        match tokens.kind(at) {
            Some(K::OpenBrace | K::CloseBrace) if is_slip(at) => {}
            Some(K::OpenBrace | K::CloseBrace) => return at,
            _ if tokens.is_line_start(at) && (parens == 0 || starts_certainly(tokens, at)) => {
                return at;
            }
            Some(K::OpenParen) => parens += 1,
            Some(K::CloseParen) => parens = parens.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// A body whose end is looked for.
pub(crate) struct Open {
    /// Where the declaration starts that it belongs to.
    pub(crate) owner: usize,
    pub(crate) start: usize,
    /// Whether its brace is there. Without it, the first line that may start a declaration ends it.
    pub(crate) has_brace: bool,
    /// Whether what is in it may have annotations.
    pub(crate) has_annotations: bool,
}

/// Where a body ends, and whether with its brace.
pub(crate) fn body_end(tokens: &Significant<'_>, body: &Open, layout: Layout) -> (usize, bool) {
    let mut depth = 1_usize;
    let is_inside = |at| tokens.indent(at) > tokens.indent(body.owner);
    for at in body.start..tokens.len() {
        if tokens.is_line_start(at) {
            let is_at = tokens.is(at, TokenKind::At);
            let is_annotation = is_at && !body.has_annotations && is_item_start(tokens, at, false);
            let is_next = !body.has_brace
                && depth == 1
                && !is_at
                && is_item_start(tokens, at, false)
                && !is_inside(at);
            if is_annotation || is_next || is_certain_line(tokens, at) {
                return (at, false);
            }
        }
        match tokens.kind(at) {
            Some(TokenKind::OpenBrace) => depth += 1,
            Some(TokenKind::CloseBrace) if depth > 1 => {
                if layout.closes_late(tokens, at, body.owner) {
                    return (at, true);
                }
                depth -= 1;
            }
            Some(TokenKind::CloseBrace) if !layout.closes_early(tokens, at, body.owner) => {
                return (at, !layout.closes_outer(tokens, at, body.owner));
            }
            _ => {}
        }
    }
    (tokens.len(), false)
}

/// LIMIT: annotations of one declaration that are looked behind.
const ANNOTATIONS_MAX: usize = 8;

/// Whether annotations start here, and after them a declaration.
fn annotates_something(tokens: &Significant<'_>, mut at: usize) -> bool {
    for _ in 0..ANNOTATIONS_MAX {
        if !tokens.is(at, TokenKind::At) {
            return is_item_start(tokens, at, false);
        }
        at = annotation_end(tokens, at);
    }
    true
}

/// Behind the annotation that starts at `at`.
pub(crate) fn annotation_end(tokens: &Significant<'_>, at: usize) -> usize {
    let name = at + 1;
    let is_name = tokens.is(name, TokenKind::Word) && !tokens.is_line_start(name);
    if !is_name || starts_certainly(tokens, name) {
        name
    } else if tokens.is(name + 1, TokenKind::OpenParen) {
        closing_paren(tokens, name + 1)
    } else {
        name + 1
    }
}

/// Behind the parenthesis that closes the one at `open`, or where the line of the annotation ends.
fn closing_paren(tokens: &Significant<'_>, open: usize) -> usize {
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
