//! One declaration: its header, its value or what stands in its braces.
//!
//! Where a header cannot be read, the name is saved all the same, so that whoever refers to it is
//! not told that it does not exist.

use std::ops::Range;

use crate::ast::{DeclarationKind as Decl, Name, Quote, TestBlock, Text};
use crate::blame::found_at;
use crate::clause::{Body, read_clauses};
use crate::island::Session;
use crate::keyword::{Keyword, Shape};
use crate::layout::Layout;
use crate::problem::{Expected, Found, Inside, SyntaxProblem, SyntaxProblemKind as Kind};
use crate::significant::Significant;
use crate::spelling::nearest;
use crate::terminal::Island;
use crate::token::TokenKind;
use crate::tree::{Builder, Piece};

/// Read a declaration from its keyword up to its brace or `=`.
pub(crate) fn read_header(
    session: &mut Session<'_>,
    keyword: Keyword,
    range: Range<usize>,
) -> Decl {
    let inside = Inside::Declaration(keyword.word());
    match session.parse(Island::Declaration, Some(keyword), range.clone(), inside) {
        Some(Piece::Declaration(kind)) => kind,
        _ => saved(session, keyword, range),
    }
}

/// Read a declaration without braces.
pub(crate) fn read_value(session: &mut Session<'_>, keyword: Keyword, range: Range<usize>) -> Decl {
    let (equals, is_certain) = equals_sign(&session.tokens, range.clone());
    let header_end = match keyword.shape() {
        Shape::Assigned => equals.map_or(range.end, |at| at + 1),
        _ => range.end,
    };
    let before = session.problem_count();
    let mut kind = read_header(session, keyword, range.start..header_end);
    let is_read = session.problem_count() == before;
    let value = header_end..range.end;
    if equals.is_none() || !(is_read || is_certain) {
        session.give_up(value);
        return kind;
    }
    match &mut kind {
        Decl::Rule { body, .. } => *body = session.expression(value, Inside::Rule),
        Decl::Object { value: phrases, .. } => {
            let inside = Inside::Declaration(keyword.word());
            if value.is_empty() {
                let kind = Kind::Unexpected {
                    found: Found::End,
                    expected: vec![Expected::Value],
                };
                let gap = session.tokens.gap_before(value.start);
                session.report_at(kind, gap, inside);
            } else if let Some(Piece::Value(read)) =
                session.parse(Island::Value, None, value, inside)
            {
                *phrases = read;
            }
        }
        _ => {}
    }
    kind
}

/// The `=` before the value: the first one, and with certainty the first one outside of
/// parentheses.
fn equals_sign(tokens: &Significant<'_>, range: Range<usize>) -> (Option<usize>, bool) {
    let mut depth = 0_usize;
    let mut first = None;
    for at in range {
        match tokens.kind(at) {
            Some(TokenKind::OpenParen) => depth += 1,
            Some(TokenKind::CloseParen) => depth = depth.saturating_sub(1),
            Some(TokenKind::Equals) if depth == 0 => return (Some(at), true),
            Some(TokenKind::Equals) => first = first.or(Some(at)),
            _ => {}
        }
    }
    (first, false)
}

/// What can be told of a declaration whose header cannot be read: its name.
fn saved(session: &mut Session<'_>, keyword: Keyword, range: Range<usize>) -> Decl {
    let tokens = &session.tokens;
    let mut exprs = crate::ast::Exprs::default();
    let builder = Builder {
        tokens,
        exprs: &mut exprs,
    };
    let first = |kinds: &[TokenKind]| {
        (range.start + 1..range.end)
            .find(|at| tokens.kind(*at).is_some_and(|kind| kinds.contains(&kind)))
            .map(|at| tokens.bytes(at))
    };
    use TokenKind::{String, UnterminatedString, Word};
    let gap = tokens.gap_before(range.start + 1);
    let name = || match (first(&[Word]), first(&[String, UnterminatedString])) {
        (_, Some(bytes)) if tokens.bytes(range.start + 1) == bytes => {
            let text = builder.text(bytes.start, bytes.end);
            Name {
                text: text.value,
                span: text.span,
            }
        }
        (Some(bytes), _) => builder.name(bytes.start, bytes.end),
        _ => Name {
            span: gap,
            ..Name::default()
        },
    };
    let text = || match (first(&[String, UnterminatedString]), first(&[Word])) {
        (Some(bytes), _) => builder.text(bytes.start, bytes.end),
        (None, Some(bytes)) => builder.bare_text(bytes.start, bytes.end),
        (None, None) => Text {
            value: Default::default(),
            quote: Quote::Double,
            span: gap,
        },
    };
    named(keyword, name, text)
}

/// A declaration with nothing but its name.
fn named(keyword: Keyword, name: impl Fn() -> Name, text: impl Fn() -> Text) -> Decl {
    match keyword {
        Keyword::Policy => Decl::Policy {
            name: text(),
            clauses: Vec::new(),
        },
        Keyword::Scope => Decl::Scope {
            name: text(),
            clauses: Vec::new(),
            members: Vec::new(),
        },
        Keyword::Invariant => Decl::Invariant {
            name: text(),
            clauses: Vec::new(),
        },
        Keyword::Compliance => {
            let name = text();
            let platform = Name {
                text: String::new(),
                span: name.span,
            };
            Decl::Compliance {
                name,
                platform,
                clauses: Vec::new(),
            }
        }
        Keyword::Test => Decl::Test {
            name: text(),
            blocks: Vec::new(),
        },
        Keyword::Schema => Decl::Schema {
            name: text(),
            modifiers: Vec::new(),
        },
        Keyword::Dialect => Decl::Dialect {
            name: text(),
            rows: Vec::new(),
        },
        _ => named_by_word(keyword, name()),
    }
}

/// The same for the declarations whose name has no quotes.
fn named_by_word(keyword: Keyword, name: Name) -> Decl {
    let (parameters, modifiers) = Default::default();
    match keyword {
        Keyword::Object(kind) => Decl::Object {
            kind,
            name,
            value: Vec::new(),
        },
        Keyword::Template => Decl::Template {
            name,
            parameters,
            members: Vec::new(),
        },
        Keyword::Use => Decl::Instance {
            template: name,
            arguments: Vec::new(),
            members: Vec::new(),
        },
        Keyword::Enum => Decl::Enum {
            name,
            members: Vec::new(),
        },
        Keyword::Entity => Decl::Entity {
            name,
            modifiers,
            attributes: Vec::new(),
        },
        Keyword::Control => Decl::Control {
            name,
            modifiers,
            title: None,
        },
        Keyword::Session => Decl::SessionControl {
            name,
            modifiers,
            title: None,
        },
        Keyword::Effect => Decl::Effect {
            name,
            modifiers,
            title: None,
        },
        Keyword::Combine => Decl::Combine {
            rule: name,
            otherwise: None,
        },
        _ => Decl::Rule {
            name,
            parameters,
            body: None,
        },
    }
}

/// Read what stands in the braces of a declaration.
pub(crate) fn read_members_of(session: &mut Session<'_>, kind: &mut Decl, range: Range<usize>) {
    let mut clauses = |body| read_clauses(session, range.clone(), body);
    match kind {
        Decl::Policy { clauses: own, .. } => *own = clauses(Body::Policy),
        Decl::Compliance { clauses: own, .. } => *own = clauses(Body::Compliance),
        Decl::Invariant { clauses: own, .. } => *own = clauses(Body::Invariant),
        Decl::Test { .. } => read_test(session, kind, range),
        Decl::Entity { attributes, .. } => {
            let inside = Inside::Declaration("entity");
            for piece in session.pieces(Island::Attributes, range, inside, starts_attribute) {
                if let Piece::Attributes(read) = piece {
                    attributes.extend(read);
                }
            }
        }
        Decl::Enum { members, .. } => {
            let inside = Inside::Declaration("enum");
            for piece in session.pieces(Island::Members, range, inside, |_, _| true) {
                if let Piece::Members(read) = piece {
                    members.extend(read);
                }
            }
        }
        Decl::Dialect { rows, .. } => {
            let inside = Inside::Declaration("dialect");
            for piece in session.pieces(Island::Rows, range, inside, |_, _| true) {
                if let Piece::Rows(read) = piece {
                    rows.extend(read);
                }
            }
        }
        _ => {}
    }
}

/// Whether an attribute starts with this token, which starts a line: it has annotations on lines of
/// their own before its name.
fn starts_attribute(tokens: &Significant<'_>, at: usize) -> bool {
    let is_annotated = tokens.kind_before(at) == Some(TokenKind::CloseParen)
        || (at >= 2 && tokens.is(at - 2, TokenKind::At));
    let is_start = tokens.is(at, TokenKind::At) || tokens.is(at + 1, TokenKind::Colon);
    is_start && !is_annotated
}

// Tests.

/// A `given` or `expect` block.
struct Block {
    is_given: bool,
    is_closed: bool,
    /// Where its word is.
    keyword: usize,
    body: Range<usize>,
}

fn read_test(session: &mut Session<'_>, kind: &mut Decl, range: Range<usize>) {
    let Decl::Test { blocks, .. } = kind else {
        return;
    };
    let mut at = range.start;
    let mut open_count = 0_usize;
    while at < range.end {
        // The brace that a block lacks is left over at the end.
        if open_count > 0 && session.tokens.is(at, TokenKind::CloseBrace) {
            (at, open_count) = (at + 1, open_count - 1);
            continue;
        }
        let Some((block, next)) = test_block(session, at, range.end) else {
            let next = next_block(&session.tokens, at + 1, range.end);
            session.give_up(at..next);
            at = next;
            continue;
        };
        at = next;
        open_count += usize::from(!block.is_closed);
        let inside = if block.is_given {
            Inside::Given
        } else {
            Inside::Expect
        };
        let keyword = session.tokens.span(block.keyword);
        let span = session.tokens.span_between(block.keyword..at);
        let before = session.problem_count();
        let (open, end) = (block.body.start - 1, block.body.end);
        let terms = read_facts(session, block.body, inside);
        if !block.is_closed && !session.has_open_bracket_since(before) {
            session.report_unclosed_brace(open, end, inside);
        }
        blocks.push(TestBlock {
            is_given: block.is_given,
            keyword,
            terms,
            span,
        });
    }
}

fn read_facts(
    session: &mut Session<'_>,
    range: Range<usize>,
    inside: Inside,
) -> Vec<crate::ast::Term> {
    if range.is_empty() {
        return Vec::new();
    }
    match session.parse(Island::Facts, None, range, inside) {
        Some(Piece::Facts(terms)) => terms,
        _ => Vec::new(),
    }
}

/// The block that starts at `at`, and what follows it; a problem where there is none.
fn test_block(session: &mut Session<'_>, at: usize, end: usize) -> Option<(Block, usize)> {
    let tokens = &session.tokens;
    let inside = Inside::Declaration("test");
    let word = tokens.word(at);
    let is_open = at + 1 < end && tokens.is(at + 1, TokenKind::OpenBrace);
    let candidate = word
        .filter(|_| is_open)
        .and_then(|word| nearest(word, ["given", "expect"]));
    let Some(candidate) = candidate else {
        let is_block = matches!(word, Some("given" | "expect"));
        let (place, wanted) = if is_block {
            (at + 1, Expected::Mark('{'))
        } else {
            (at, Expected::TestBlock)
        };
        let found = if place < end {
            found_at(tokens, place)
        } else {
            Found::End
        };
        let kind = Kind::Unexpected {
            found,
            expected: vec![wanted],
        };
        let span = if place < end {
            tokens.span(place)
        } else {
            tokens.gap_before(place)
        };
        let problem = crate::lexical::bad_token(tokens, place, end, inside)
            .unwrap_or_else(|| SyntaxProblem::new(kind, span, inside));
        session.report(problem);
        return None;
    };
    if word != Some(candidate) {
        let found = found_at(tokens, at);
        let wanted = if candidate == "given" {
            "given"
        } else {
            "expect"
        };
        let kind = Kind::Unexpected {
            found,
            expected: vec![Expected::Word(wanted)],
        };
        let span = tokens.span(at);
        session.report_at(kind, span, inside);
    }
    let (body_end, is_closed) = block_end(&session.tokens, at + 2, end, session.layout);
    let block = Block {
        is_given: candidate == "given",
        is_closed,
        keyword: at,
        body: at + 2..body_end,
    };
    Some((block, if is_closed { body_end + 1 } else { body_end }))
}

fn is_block_start(tokens: &Significant<'_>, at: usize, end: usize) -> bool {
    let is_word = matches!(tokens.word(at), Some("given" | "expect"));
    is_word && at + 1 < end && tokens.is(at + 1, TokenKind::OpenBrace)
}

fn next_block(tokens: &Significant<'_>, at: usize, end: usize) -> usize {
    (at..end)
        .find(|at| is_block_start(tokens, *at, end))
        .unwrap_or(end)
}

/// Where the block whose body starts at `start` ends, and whether with its brace.
fn block_end(tokens: &Significant<'_>, start: usize, end: usize, layout: Layout) -> (usize, bool) {
    let mut depth = 1_usize;
    for at in start..end {
        match tokens.kind(at) {
            Some(TokenKind::OpenBrace) => depth += 1,
            Some(TokenKind::CloseBrace) if depth > 1 => depth -= 1,
            Some(TokenKind::CloseBrace)
                if !layout.is_amid(tokens, at) || is_block_start(tokens, at + 1, end) =>
            {
                return (at, true);
            }
            _ if tokens.is_line_start(at) && is_block_start(tokens, at, end) => {
                return (at, false);
            }
            _ => {}
        }
    }
    (end, false)
}
