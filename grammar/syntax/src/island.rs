//! Parsing one island: a short run of tokens that the grammar reads on its own.
//!
//! Islands are how one mistake stays one mistake. Each gives a piece of tree or exactly one
//! problem, the first of it, and whatever stands in one island, the next one is read from a fresh
//! start.

use std::ops::Range;

use gatewright_source::Span;
use lalrpop_util::ParseError;

use crate::ast::{ExprId, Exprs};
use crate::blame::{Spot, blame};
use crate::grammar::PieceParser;
use crate::keyword::Keyword;
use crate::lexical::first_bad_token;
use crate::problem::{Inside, RelatedRole, SyntaxProblem, SyntaxProblemKind};
use crate::significant::Significant;
use crate::terminal::{Feed, Island};
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
    problems: Vec<SyntaxProblem>,
    /// Also counts the problems that are not kept.
    problem_count: usize,
}

impl<'t> Session<'t> {
    pub(crate) fn new(tokens: Significant<'t>) -> Self {
        Session {
            tokens,
            exprs: Exprs::default(),
            problems: Vec::new(),
            problem_count: 0,
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

    /// Whether since there were `count` problems a brace is known to be missing, or may be part of
    /// a string without end.
    pub(crate) fn has_open_bracket_since(&self, count: usize) -> bool {
        use SyntaxProblemKind::{TooDeep, UnclosedBracket, UnterminatedString};
        self.problems.iter().skip(count).any(|problem| {
            matches!(
                problem.kind,
                UnclosedBracket { open: '{', .. } | UnterminatedString { .. } | TooDeep { .. }
            )
        })
    }

    /// The tree's expressions, and the problems in order of the text.
    pub(crate) fn finish(self) -> (Exprs, Vec<SyntaxProblem>) {
        let mut problems = self.problems;
        problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
        (self.exprs, problems)
    }

    /// Read the tokens of `range`; where that fails, report why.
    pub(crate) fn parse(
        &mut self,
        island: Island,
        keyword: Option<Keyword>,
        range: Range<usize>,
        inside: Inside,
    ) -> Option<Piece> {
        let mut feed = Feed::new(&self.tokens, island, keyword, range.clone());
        let mut builder = Builder {
            tokens: &self.tokens,
            exprs: &mut self.exprs,
        };
        let result = PieceParser::new().parse(&mut builder, feed.by_ref());
        if self.problems.len() >= PROBLEMS_MAX {
            // Nobody would see the problem; finding it costs much more than counting it.
            let is_read = result.is_ok() && feed.too_deep().is_none();
            self.problem_count += usize::from(!is_read);
            return if is_read { result.ok() } else { None };
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
        let is_read = problem.is_none();
        let first = match (bad, problem) {
            (Some((bad_at, bad)), Some((at, _))) if bad_at <= at => Some(bad),
            (_, Some((_, problem))) => Some(problem),
            (Some((_, bad)), None) => Some(bad),
            (None, None) => None,
        };
        if let Some(problem) = first {
            self.report(problem);
        }
        if is_read { result.ok() } else { None }
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
