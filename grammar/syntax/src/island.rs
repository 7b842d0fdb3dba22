//! Parsing one island: a short run of tokens that the grammar reads on its own.
//!
//! Islands are how one mistake stays one mistake. Each gives a piece of tree or exactly one
//! problem, the first of it, and whatever stands in one island, the next one is read from a fresh
//! start.

use std::ops::Range;

use gatewright_source::Span;
use lalrpop_util::ParseError;

use crate::ast::{ExprId, Exprs, Term};
use crate::blame::{Spot, blame};
use crate::grammar::PieceParser;
use crate::keyword::Keyword;
use crate::layout::Layout;
use crate::lexical::first_bad_token;
use crate::problem::{Found, Inside, RelatedRole, SyntaxProblem, SyntaxProblemKind};
use crate::significant::Significant;
use crate::terminal::{Feed, Island};
use crate::token::TokenKind;
use crate::tree::{Builder, Piece};

/// LIMIT: brackets, negations, quantifiers and scopes nested deeper are a problem, so that whoever
/// walks a tree may recurse.
pub const NESTING_MAX: usize = 256;

/// LIMIT: problems past this many are not kept; a text with so many has one cause.
pub const PROBLEMS_MAX: usize = 1000;

/// Everything that reading one text works on.
pub(crate) struct Session<'t> {
    pub(crate) tokens: Significant<'t>,
    pub(crate) exprs: Exprs,
    pub(crate) layout: Layout,
    problems: Vec<SyntaxProblem>,
    /// Also counts the problems that are not kept.
    problem_count: usize,
    unread: Vec<Term>,
}

impl<'t> Session<'t> {
    pub(crate) fn new(tokens: Significant<'t>) -> Self {
        Session {
            layout: Layout::of(&tokens),
            tokens,
            exprs: Exprs::default(),
            problems: Vec::new(),
            problem_count: 0,
            unread: Vec::new(),
        }
    }

    pub(crate) fn report(&mut self, problem: SyntaxProblem) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        }
    }

    pub(crate) fn report_at(&mut self, kind: SyntaxProblemKind, span: Span, inside: Inside) {
        self.report(SyntaxProblem::new(kind, span, inside));
    }

    /// How many problems there have been; to find out whether there are new ones.
    pub(crate) fn problem_count(&self) -> usize {
        self.problem_count
    }

    /// Whether since there were `count` problems a bracket is known to be missing or too much, or
    /// may be part of a string without end: a brace may be missing with it.
    pub(crate) fn has_open_bracket_since(&self, count: usize) -> bool {
        use SyntaxProblemKind::{TooDeep, UnclosedBracket, Unexpected, UnterminatedString};
        self.problems.iter().skip(count).any(|problem| {
            matches!(
                problem.kind,
                UnclosedBracket { .. }
                    | Unexpected {
                        found: Found::Mark('{'),
                        ..
                    }
                    | UnterminatedString { .. }
                    | TooDeep { .. }
            )
        })
    }

    /// The tree's expressions, the words that are in no tree, and the problems, both in order of
    /// the text.
    pub(crate) fn finish(self) -> (Exprs, Vec<Term>, Vec<SyntaxProblem>) {
        let (mut unread, mut problems) = (self.unread, self.problems);
        unread.sort_by_key(|term| term.span().start);
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        (self.exprs, unread, problems)
    }

    /// Keep the words of what cannot be read.
    pub(crate) fn give_up(&mut self, range: Range<usize>) {
        if self.problems.len() >= PROBLEMS_MAX {
            return;
        }
        let builder = Builder {
            tokens: &self.tokens,
            exprs: &mut self.exprs,
        };
        let mut at = range.start;
        while at < range.end {
            let last = self.tokens.path_end(at, range.end);
            let bytes = self.tokens.bytes(at).start..self.tokens.bytes(last).end;
            match self.tokens.kind(at) {
                Some(TokenKind::Word) => {
                    let name = builder.name(bytes.start, bytes.end);
                    self.unread.push(Term::Word(name));
                }
                Some(TokenKind::String | TokenKind::UnterminatedString) => {
                    let text = builder.text(bytes.start, bytes.end);
                    self.unread.push(Term::Text(text));
                }
                _ => {}
            }
            at = last + 1;
        }
    }

    /// Read the tokens of `range`; where that fails, report why.
    pub(crate) fn parse(
        &mut self,
        island: Island,
        keyword: Option<Keyword>,
        range: Range<usize>,
        inside: Inside,
    ) -> Option<Piece> {
        let (piece, problem) = self.attempt(island, keyword, range.clone(), inside);
        let is_read = piece.is_some();
        match problem {
            Some(problem) => self.report(problem),
            None => self.problem_count += usize::from(!is_read),
        }
        if !is_read {
            self.give_up(range);
        }
        piece
    }

    /// Read what may also be read piece by piece: where one piece cannot be read, the others are.
    /// `starts` says where a line starts a piece.
    pub(crate) fn pieces(
        &mut self,
        island: Island,
        range: Range<usize>,
        inside: Inside,
        starts: impl Fn(&Significant<'_>, usize) -> bool,
    ) -> Vec<Piece> {
        let (piece, problem) = self.attempt(island, None, range.clone(), inside);
        if let Some(piece) = piece {
            problem.into_iter().for_each(|problem| self.report(problem));
            return vec![piece];
        }
        let before = self.problem_count;
        let mut found = Vec::new();
        let mut start = range.start;
        for end in range.start + 1..=range.end {
            let is_start = self.tokens.is_line_start(end) && starts(&self.tokens, end);
            if is_start || end == range.end {
                found.extend(self.parse(island, None, start..end, inside));
                start = end;
            }
        }
        if self.problem_count == before {
            match problem {
                Some(problem) => self.report(problem),
                None => self.problem_count += 1,
            }
        }
        found
    }

    /// The tokens of `range` as a piece of tree, and what is wrong with them, if that is kept. A
    /// name is read although its text is not closed; elsewhere such a text may hold anything.
    fn attempt(
        &mut self,
        island: Island,
        keyword: Option<Keyword>,
        range: Range<usize>,
        inside: Inside,
    ) -> (Option<Piece>, Option<SyntaxProblem>) {
        let mut feed = Feed::new(&self.tokens, island, keyword, range.clone());
        let mut builder = Builder {
            tokens: &self.tokens,
            exprs: &mut self.exprs,
        };
        let result = PieceParser::new().parse(&mut builder, feed.by_ref());
        if self.problems.len() >= PROBLEMS_MAX {
            // Nobody would see the problem; finding it costs much more than counting it.
            return (result.ok().filter(|_| feed.too_deep().is_none()), None);
        }
        let bad = first_bad_token(&self.tokens, range.clone(), inside, keyword);
        let problem = if let Some(at) = feed.too_deep() {
            let span = self.tokens.span(at);
            let limit = NESTING_MAX;
            let deep = SyntaxProblem::new(SyntaxProblemKind::TooDeep { limit }, span, inside);
            Some((at, deep))
        } else {
            result.as_ref().err().map(|error| {
                let (at, expected) = place(error, &self.tokens, &range);
                let spot = Spot {
                    island,
                    keyword,
                    range: range.clone(),
                    inside,
                };
                (at, blame(&self.tokens, &spot, at, expected))
            })
        };
        let is_read = problem.is_none() && (bad.is_none() || island == Island::Declaration);
        let first = match (bad, problem) {
            (Some((bad_at, bad)), Some((at, _))) if bad_at <= at => Some(bad),
            (_, Some((_, problem))) => Some(problem),
            (Some((_, bad)), None) => Some(bad),
            (None, None) => None,
        };
        (result.ok().filter(|_| is_read), first)
    }

    /// Read an expression.
    pub(crate) fn expression(&mut self, range: Range<usize>, inside: Inside) -> Option<ExprId> {
        if range.is_empty() {
            let gap = self.tokens.gap_before(range.start);
            self.report_at(SyntaxProblemKind::EmptyExpression, gap, inside);
            return None;
        }
        match self.parse(Island::Expression, None, range, inside) {
            Some(Piece::Expression(id)) => Some(id),
            _ => None,
        }
    }

    /// Report a bracket without partner: it was opened at `open` and is missed before `at`.
    pub(crate) fn report_unclosed_brace(&mut self, open: usize, at: usize, inside: Inside) {
        let kind = SyntaxProblemKind::UnclosedBracket {
            open: '{',
            close: '}',
        };
        let problem = SyntaxProblem::new(kind, self.tokens.gap_before(at), inside)
            .with(RelatedRole::Opened, self.tokens.span(open));
        self.report(problem);
    }
}

type GrammarError = ParseError<usize, crate::terminal::Terminal, std::convert::Infallible>;

/// The token where the parser stopped, the end of the range for the end of input, and what the
/// parser could have read there.
fn place<'e>(
    error: &'e GrammarError,
    tokens: &Significant<'_>,
    range: &Range<usize>,
) -> (usize, &'e [String]) {
    match error {
        ParseError::UnrecognizedToken {
            token: (start, _, _),
            expected,
        } => (tokens.at_byte(*start), expected),
        ParseError::UnrecognizedEof { expected, .. } => (range.end, expected),
        ParseError::ExtraToken {
            token: (start, _, _),
        } => (tokens.at_byte(*start), &[]),
        ParseError::InvalidToken { location } => (tokens.at_byte(*location), &[]),
        ParseError::User { error } => match *error {},
    }
}
