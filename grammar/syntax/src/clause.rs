//! Bodies of declarations to clauses.
//!
//! A clause starts with its head and ends where the next head starts. Whether a word is a head
//! depends on what stands around it alone, so that a clause that cannot be read never takes the
//! next one with it:
//!
//! - never after a comma, `except`, an opening bracket, or right before a dot; after a dot only at
//!   the start of a line that is indented like the clause, because the dot waits for a name then;
//! - never inside brackets, unless a line starts with it, which means that a bracket is open;
//! - after an operator, or right after the head of a clause that needs something, only at the start
//!   of a line (`always block` is one clause, `-eq never` one comparison);
//! - `always` and `never` are also values, and start a clause only at the start of a line or where
//!   an invariant has one clause after another, never right after `persistentBrowser`.
//!
//! A line that starts like a clause, but with a word that is no head, is reported, and read as the
//! clause that was probably meant.

use std::ops::Range;

use crate::ast::{Clause, ClauseBody, CompareOperator, Head};
use crate::blame::found_at;
use crate::island::Session;
use crate::keyword::head_from_word;
use crate::lexical::bad_token;
use crate::problem::{Expected, Inside, RelatedRole, SyntaxProblem, SyntaxProblemKind as Kind};
use crate::significant::Significant;
use crate::spelling::nearest;
use crate::terminal::{Island, word_operator};
use crate::token::TokenKind;
use crate::tree::Piece;

/// Which body the clauses are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Policy,
    Scope,
    Compliance,
    Invariant,
}

/// A stretch of a body.
struct Stretch {
    start: Start,
    /// Where its first token is, the head if it has one.
    at: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Start {
    Head(Head),
    /// A word in the place of a head, and the head that it is taken for.
    Unknown(Option<Head>),
    /// What stands before the first head.
    Leading,
}

/// Read the clauses in `range`; a problem with one leaves the others alone.
pub(crate) fn read_clauses(
    session: &mut Session<'_>,
    range: Range<usize>,
    body: Body,
) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for stretch in split(&session.tokens, range, body) {
        match stretch.start {
            Start::Head(head) => clauses.push(read_clause(session, &stretch, head, body)),
            Start::Unknown(candidate) => {
                report_unknown(session, &stretch, candidate, body);
                match candidate {
                    Some(head) => clauses.push(read_clause(session, &stretch, head, body)),
                    None => session.give_up(stretch.at..stretch.end),
                }
            }
            Start::Leading => {
                report_unknown(session, &stretch, None, body);
                session.give_up(stretch.at..stretch.end);
            }
        }
    }
    clauses
}

fn report_unknown(
    session: &mut Session<'_>,
    stretch: &Stretch,
    candidate: Option<Head>,
    body: Body,
) {
    let inside = match body {
        Body::Policy => Inside::Declaration("policy"),
        Body::Scope => Inside::Declaration("scope"),
        Body::Compliance => Inside::Declaration("compliance"),
        Body::Invariant => Inside::Declaration("invariant"),
    };
    let at = stretch.at;
    let tokens = &session.tokens;
    let problem = bad_token(tokens, at, stretch.end, inside).unwrap_or_else(|| {
        let kind = match tokens.word(at) {
            Some(word) => Kind::UnknownClause {
                word: word.to_owned(),
                candidate,
            },
            None => Kind::Unexpected {
                found: found_at(tokens, at),
                expected: vec![Expected::Clause],
            },
        };
        SyntaxProblem::new(kind, tokens.span(at), inside)
    });
    session.report(problem);
}

// Where clauses start.

struct Splitter<'a, 't> {
    tokens: &'a Significant<'t>,
    range: Range<usize>,
    body: Body,
    /// The stretch that is being read.
    start: Start,
    at: usize,
    /// Open brackets since its start.
    depth: usize,
}

fn split(tokens: &Significant<'_>, range: Range<usize>, body: Body) -> Vec<Stretch> {
    let first = range.start;
    let mut splitter = Splitter {
        tokens,
        range: range.clone(),
        body,
        start: Start::Leading,
        at: first,
        depth: 0,
    };
    let mut stretches = Vec::new();
    for at in range.clone() {
        if let Some(start) = splitter.start_at(at) {
            if at > splitter.at {
                stretches.push(Stretch {
                    start: splitter.start,
                    at: splitter.at,
                    end: at,
                });
            }
            (splitter.start, splitter.at, splitter.depth) = (start, at, 0);
        }
        match tokens.kind(at) {
            Some(TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace) => {
                splitter.depth += 1;
            }
            Some(TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace) => {
                splitter.depth = splitter.depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    if range.end > splitter.at {
        stretches.push(Stretch {
            start: splitter.start,
            at: splitter.at,
            end: range.end,
        });
    }
    stretches
}

impl Splitter<'_, '_> {
    fn start_at(&self, at: usize) -> Option<Start> {
        let word = self.tokens.word(at)?;
        if at + 1 < self.range.end && self.tokens.is(at + 1, TokenKind::Dot) {
            return None;
        }
        match head_from_word(word) {
            Some(head) => self.is_head(at, head).then_some(Start::Head(head)),
            None => self.unknown_head(at, word),
        }
    }

    fn is_head(&self, at: usize, head: Head) -> bool {
        use TokenKind::{Comma, Dot, OpenBracket, OpenParen};
        // What stands before the first clause is a slip.
        let is_after_slip = self.start == Start::Leading && at == self.range.start + 1;
        if at == self.range.start || is_after_slip {
            return true;
        }
        let before = self.tokens.kind_before(at);
        let is_after_except = self.tokens.is_word(at - 1, "except");
        if before == Some(Dot) {
            return self.is_aligned(at) && !self.is_before_operator(at);
        }
        if matches!(before, Some(Comma | OpenBracket | OpenParen)) || is_after_except {
            return false;
        }
        let is_line_start = self.tokens.is_line_start(at);
        let is_after_operator = self.is_operator(at - 1);
        if self.depth > 0 {
            return is_line_start && !is_after_operator;
        }
        let is_after_head = at == self.at + 1 && self.needs_something();
        if is_after_operator || is_after_head {
            return is_line_start;
        }
        if matches!(head, Head::Always | Head::Never) {
            let holds_values = self.start == Start::Head(Head::Session)
                || self.tokens.is_word(self.at + 1, "session")
                || self.tokens.is_word(at - 1, "persistentBrowser");
            return is_line_start || (self.body == Body::Invariant && !holds_values);
        }
        true
    }

    fn needs_something(&self) -> bool {
        matches!(self.start, Start::Head(head) if head != Head::Block)
    }

    /// Whether the token is an operator of the expression that is being read.
    fn is_operator(&self, at: usize) -> bool {
        let Some(kind) = self.tokens.kind(at) else {
            return false;
        };
        let is_word_operator = || {
            let is_expression = matches!(self.start, Start::Head(head)
                if is_expression(head, self.body) || can_filter(head));
            is_expression
                && at > self.at + 1
                && self
                    .tokens
                    .word(at)
                    .is_some_and(|word| word_operator(word).is_some())
        };
        kind.is_operator() || is_word_operator()
    }

    /// Whether a line starts here that looks like a clause.
    fn unknown_head(&self, at: usize, word: &str) -> Option<Start> {
        use TokenKind as K;
        let is_first = at == self.range.start;
        let is_line_start = is_first || self.tokens.is_line_start(at);
        if self.depth > 0 || !is_line_start {
            return None;
        }
        let heads = || Head::ALL.iter().map(|head| head.word());
        let candidate = || nearest(word, heads()).and_then(head_from_word);
        if is_first {
            return Some(Start::Unknown(candidate()));
        }
        let ends_clause = matches!(
            self.tokens.kind_before(at),
            Some(
                K::Word
                    | K::String
                    | K::UnterminatedString
                    | K::Literal
                    | K::CloseBracket
                    | K::CloseParen
                    | K::Json
                    | K::UnterminatedJson
            )
        );
        let continues = |word: &str| matches!(word, "except" | "or" | "and" | "where");
        let is_bare_head = at == self.at + 1 && self.needs_something();
        let is_continued = continues(word)
            || self.tokens.word(at - 1).is_some_and(continues)
            || word_operator(word).is_some()
            || self.is_operator(at - 1)
            || self.is_before_operator(at);
        if !ends_clause || is_bare_head || is_continued {
            return None;
        }
        let is_aligned = self.is_aligned(at);
        let candidate = candidate();
        (is_aligned || candidate.is_some()).then_some(Start::Unknown(candidate))
    }

    /// Whether a line starts here that is indented no deeper than that of the stretch being read.
    fn is_aligned(&self, at: usize) -> bool {
        let own = self.tokens.indent(self.at);
        own.is_some() && self.tokens.indent(at).is_some_and(|here| Some(here) <= own)
    }

    /// Whether the word is compared with something: then a connector is missing, not a head.
    fn is_before_operator(&self, at: usize) -> bool {
        self.tokens.kind(at + 1).is_some_and(TokenKind::is_operator)
            || self
                .tokens
                .word(at + 1)
                .is_some_and(|w| CompareOperator::from_word(w).is_some())
    }
}

// What follows the head.

/// Whether an expression follows the head.
fn is_expression(head: Head, body: Body) -> bool {
    matches!(head, Head::When | Head::Unless) || (head == Head::Require && body == Body::Compliance)
}

/// Whether `where` and a rule may follow the head.
fn can_filter(head: Head) -> bool {
    matches!(
        head,
        Head::Devices | Head::Apps | Head::Workloads | Head::Agents
    )
}

fn read_clause(session: &mut Session<'_>, stretch: &Stretch, head: Head, body: Body) -> Clause {
    let range = stretch.at + 1..stretch.end;
    let head_span = session.tokens.span(stretch.at);
    let span = session.tokens.span_between(stretch.at..stretch.end);
    let read = if range.is_empty() && head != Head::Block {
        let kind = Kind::EmptyClause { head };
        session.report_at(kind, head_span, Inside::Clause(head));
        ClauseBody::Broken
    } else if head == Head::Graph {
        read_graph(session, range)
    } else if is_expression(head, body) {
        let expression = session.expression(range, Inside::ClauseExpression(head));
        expression.map_or(ClauseBody::Broken, ClauseBody::Expression)
    } else if let Some(filter) = read_filter(session, &range, head) {
        filter
    } else {
        read_phrases(session, range, head)
    };
    Clause {
        head,
        head_span,
        body: read,
        span,
    }
}

fn read_phrases(session: &mut Session<'_>, range: Range<usize>, head: Head) -> ClauseBody {
    match session.parse(Island::Clause, None, range, Inside::Clause(head)) {
        Some(Piece::Clause { include, except }) => ClauseBody::Phrases { include, except },
        _ => ClauseBody::Broken,
    }
}

fn read_graph(session: &mut Session<'_>, range: Range<usize>) -> ClauseBody {
    let inside = Inside::Clause(Head::Graph);
    let tokens = &session.tokens;
    let is_object = |at: usize| {
        matches!(
            tokens.kind(at),
            Some(TokenKind::Json | TokenKind::UnterminatedJson)
        )
    };
    let at = if is_object(range.start) {
        range.start + 1
    } else {
        range.start
    };
    let problem = bad_token(tokens, range.start, range.end, inside).or_else(|| {
        (at < range.end).then(|| {
            let wanted = if at == range.start {
                Expected::Json
            } else {
                Expected::Clause
            };
            let found = found_at(tokens, at);
            let kind = Kind::Unexpected {
                found,
                expected: vec![wanted],
            };
            SyntaxProblem::new(kind, tokens.span(at), inside)
        })
    });
    let object = tokens.span(range.start);
    match problem {
        Some(problem) => {
            session.report(problem);
            ClauseBody::Broken
        }
        None => ClauseBody::Graph(object),
    }
}

/// `where R`, `except where R`, and `except R` after `devices`; nothing where the clause is no
/// filter.
fn read_filter(session: &mut Session<'_>, range: &Range<usize>, head: Head) -> Option<ClauseBody> {
    if !can_filter(head) {
        return None;
    }
    let tokens = &session.tokens;
    let at = range.start;
    let is_where = |at: usize| at < range.end && tokens.is_word(at, "where");
    let is_except = tokens.is_word(at, "except");
    let inside = Inside::ClauseExpression(head);
    let start = if is_where(at) {
        at + 1
    } else if is_except && is_where(at + 1) {
        at + 2
    } else if head != Head::Devices {
        return None;
    } else if is_except {
        at + 1
    } else {
        let expected = vec![Expected::FilterMode];
        let kind = Kind::Unexpected {
            found: found_at(tokens, at),
            expected,
        };
        let problem = bad_token(tokens, at, range.end, inside).unwrap_or_else(|| {
            SyntaxProblem::new(kind, tokens.span(at), inside)
                .with(RelatedRole::Owner, tokens.span(at - 1))
        });
        session.report(problem);
        session.give_up(range.clone());
        return Some(ClauseBody::Broken);
    };
    let mode = tokens.span(at);
    let text = tokens.span_between(start..range.end);
    let Some(rule) = session.expression(start..range.end, inside) else {
        session.give_up(at..start);
        return Some(ClauseBody::Broken);
    };
    Some(ClauseBody::Filter {
        filled: Vec::new(),
        is_exclude: is_except,
        mode,
        rule,
        text,
    })
}
