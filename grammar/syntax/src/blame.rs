//! From "the parser cannot go on at this token" to what is wrong.
//!
//! The grammar only says which terminals it could have read. What the reader did wrong is told by
//! what stands on both sides of the place, and by the brackets that are open there.

use std::ops::Range;

use crate::keyword::{Keyword, Shape, head_from_word};
use crate::lexer::operator_word;
use crate::lexical::{exact_operator, nearest_operator};
use crate::problem::{
    Expected, Found, Inside, RelatedRole, SyntaxProblem, SyntaxProblemKind as Kind,
};
use crate::significant::Significant;
use crate::terminal::{Feed, Island, Terminal};
use crate::token::TokenKind;

/// The island that could not be read.
pub(crate) struct Spot {
    pub(crate) island: Island,
    pub(crate) keyword: Option<Keyword>,
    pub(crate) range: Range<usize>,
    pub(crate) inside: Inside,
}

/// What is wrong at the token `at`, or at the end of the island.
pub(crate) fn blame(
    tokens: &Significant<'_>,
    spot: &Spot,
    at: usize,
    expected: &[String],
) -> SyntaxProblem {
    let scene = Scene::new(tokens, spot, at, expected);
    scene
        .end_of_island()
        .or_else(|| scene.closing_bracket())
        .or_else(|| scene.expression())
        .unwrap_or_else(|| scene.unexpected())
}

/// A terminal and the tokens that it is made of.
#[derive(Clone)]
struct Placed {
    terminal: Terminal,
    range: Range<usize>,
}

/// The place and what is known about it.
struct Scene<'a, 't> {
    tokens: &'a Significant<'t>,
    spot: &'a Spot,
    at: usize,
    expected: &'a [String],
    before: Option<Placed>,
    found: Option<Placed>,
    /// Tokens with the brackets that are open here, the innermost last.
    open: Vec<usize>,
}

impl<'a, 't> Scene<'a, 't> {
    fn new(tokens: &'a Significant<'t>, spot: &'a Spot, at: usize, expected: &'a [String]) -> Self {
        let mut scene = Scene {
            tokens,
            spot,
            at,
            expected,
            before: None,
            found: None,
            open: Vec::new(),
        };
        let feed = Feed::new(tokens, spot.island, spot.keyword, spot.range.clone());
        for (start, terminal, end) in feed.filter_map(Result::ok) {
            if start == end {
                continue;
            }
            let first = tokens.at_byte(start);
            let placed = Placed {
                terminal,
                range: first..tokens.at_byte(end - 1) + 1,
            };
            if first >= at {
                scene.found = Some(placed);
                break;
            }
            match tokens.kind(first).and_then(bracket) {
                Some((_, true)) => scene.open.push(first),
                Some((_, false)) => {
                    scene.open.pop();
                }
                None => {}
            }
            scene.before = Some(placed);
        }
        scene
    }

    fn is_expected(&self, terminal: &str) -> bool {
        self.expected
            .iter()
            .any(|name| name.trim_matches('"') == terminal)
    }

    fn problem(&self, kind: Kind) -> SyntaxProblem {
        let span = match &self.found {
            Some(found) => self.tokens.span_between(found.range.clone()),
            None => self.tokens.gap_before(self.at),
        };
        SyntaxProblem::new(kind, span, self.spot.inside)
    }

    fn problem_at(&self, kind: Kind, place: &Placed) -> SyntaxProblem {
        let span = self.tokens.span_between(place.range.clone());
        SyntaxProblem::new(kind, span, self.spot.inside)
    }

    fn gap(&self, kind: Kind) -> SyntaxProblem {
        SyntaxProblem::new(kind, self.tokens.gap_before(self.at), self.spot.inside)
    }

    fn written(&self, place: &Placed) -> String {
        self.tokens.slice(place.range.start).to_owned()
    }

    fn unclosed(&self, opened: usize) -> SyntaxProblem {
        let open = self.tokens.slice(opened).chars().next().unwrap_or('(');
        self.gap(Kind::UnclosedBracket {
            open,
            close: partner(open),
        })
        .with(RelatedRole::Opened, self.tokens.span(opened))
    }

    fn end_of_island(&self) -> Option<SyntaxProblem> {
        if self.found.is_some() {
            return None;
        }
        if let Some(problem) = self.lacks_right_side() {
            return Some(problem);
        }
        if let Some(opened) = self.open.last() {
            return Some(self.unclosed(*opened));
        }
        self.lacks_operator()
    }

    fn closing_bracket(&self) -> Option<SyntaxProblem> {
        let found = self.found.as_ref()?;
        let (close, false) = self.tokens.kind(found.range.start).and_then(bracket)? else {
            return None;
        };
        let opener = |at: &usize| self.tokens.slice(*at).chars().next().unwrap_or('(');
        let Some(opened) = self.open.last() else {
            return Some(self.problem(Kind::UnmatchedBracket { close }));
        };
        let wanted = partner(opener(opened));
        if wanted == close {
            return self.empty_or_unfinished(*opened);
        }
        if self.open.iter().any(|at| partner(opener(at)) == close) {
            return Some(
                self.lacks_right_side()
                    .unwrap_or_else(|| self.unclosed(*opened)),
            );
        }
        let kind = Kind::MismatchedBracket {
            found: close,
            wanted,
        };
        Some(
            self.problem(kind)
                .with(RelatedRole::Opened, self.tokens.span(*opened)),
        )
    }

    /// A bracket closes where it should not yet.
    fn empty_or_unfinished(&self, opened: usize) -> Option<SyntaxProblem> {
        if self.at == opened + 1 && self.tokens.is(opened, TokenKind::OpenParen) {
            let span = self.tokens.span_between(opened..self.at + 1);
            return Some(SyntaxProblem::new(
                Kind::EmptyParentheses,
                span,
                self.spot.inside,
            ));
        }
        self.lacks_right_side().or_else(|| self.lacks_operator())
    }

    /// Whether the operator before this place has nothing after it.
    fn lacks_right_side(&self) -> Option<SyntaxProblem> {
        if self.spot.island != Island::Expression {
            return None;
        }
        let before = self.before.as_ref()?;
        let span = self.tokens.span_between(before.range.clone());
        match before.terminal {
            Terminal::Compare => {
                let operator = self.written(before);
                let problem = self.gap(Kind::MissingValue { operator });
                Some(problem.with(RelatedRole::Operator, span))
            }
            Terminal::And | Terminal::Or | Terminal::Not => {
                let word = self.written(before);
                let kind = Kind::DanglingConnector {
                    word,
                    is_after: true,
                };
                Some(self.problem_at(kind, before))
            }
            _ => None,
        }
    }

    /// Whether what stands before this place is named and not compared.
    fn lacks_operator(&self) -> Option<SyntaxProblem> {
        let before = self.before.as_ref()?;
        let is_expression = self.spot.island == Island::Expression;
        let is_operand = ends_operand(before.terminal);
        if !is_expression || !is_operand || !self.is_expected("compare") {
            return None;
        }
        Some(
            self.gap(Kind::MissingOperator)
                .with(RelatedRole::Before, self.operand_span(before)),
        )
    }

    /// The operand that ends with this terminal; of a path, all words.
    fn operand_span(&self, last: &Placed) -> gatewright_source::Span {
        let mut start = last.range.start;
        let is = |at: usize, kind| at >= self.spot.range.start && self.tokens.is(at, kind);
        while start >= 2 && is(start - 1, TokenKind::Dot) && is(start - 2, TokenKind::Word) {
            start -= 2;
        }
        self.tokens.span_between(start..last.range.end)
    }

    fn expression(&self) -> Option<SyntaxProblem> {
        use Terminal as T;
        if self.spot.island != Island::Expression {
            return None;
        }
        let found = self.found.as_ref()?;
        match found.terminal {
            T::And | T::Or => self
                .lacks_right_side()
                .or_else(|| self.lacks_operator())
                .or_else(|| {
                    let kind = Kind::DanglingConnector {
                        word: self.written(found),
                        is_after: false,
                    };
                    self.is_expected("word").then(|| self.problem(kind))
                }),
            T::Compare if self.is_after_dot() => None,
            T::Compare => {
                if self
                    .before
                    .as_ref()
                    .is_some_and(|before| before.terminal == T::Compare)
                {
                    return self.lacks_right_side();
                }
                let operator = self.written(found);
                self.is_expected("word")
                    .then(|| self.problem(Kind::MissingLeftSide { operator }))
            }
            T::Equals if self.is_expected("compare") => {
                let kind = Kind::ForeignOperator {
                    written: "=".to_owned(),
                    candidate: "-eq",
                };
                Some(self.problem(kind))
            }
            T::Word
            | T::String
            | T::Literal
            | T::Not
            | T::OpenParen
            | T::OpenBracket
            | T::DirectReports
            | T::Unit => self.side_by_side(found),
            _ => None,
        }
    }

    fn is_after_dot(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| before.terminal == Terminal::Dot)
    }

    /// Two operands or comparisons with nothing between.
    fn side_by_side(&self, found: &Placed) -> Option<SyntaxProblem> {
        let before = self
            .before
            .as_ref()
            .filter(|before| ends_operand(before.terminal))?;
        if self
            .open
            .last()
            .is_some_and(|at| self.tokens.is(*at, TokenKind::OpenBracket))
        {
            return Some(self.gap(Kind::MissingComma));
        }
        let is_uncompared = self.is_expected("compare");
        if let Some(problem) = self.unknown_word_operator(found).filter(|_| is_uncompared) {
            return Some(problem);
        }
        if is_uncompared && !(self.is_expected("-and") && self.is_compared(found.range.start)) {
            let span = self.operand_span(before);
            return Some(
                self.gap(Kind::MissingOperator)
                    .with(RelatedRole::Before, span),
            );
        }
        if !self.is_expected("-and") {
            return None;
        }
        let rest = found.range.start..self.spot.range.end;
        let is_mere_word = |at: usize| {
            use TokenKind::{Dot, Literal, String, Word};
            matches!(self.tokens.kind(at), Some(Word | Dot | String | Literal))
        };
        if self.open.is_empty() && rest.clone().all(is_mere_word) {
            let span = self.tokens.span_between(rest);
            return Some(SyntaxProblem::new(
                Kind::TrailingWords,
                span,
                self.spot.inside,
            ));
        }
        if let Some(opened) = self.open.last().filter(|_| self.starts_something(found)) {
            return Some(self.unclosed(*opened));
        }
        Some(self.gap(Kind::MissingConnector))
    }

    /// Whether what is found would start a clause or declaration where no bracket is open.
    fn starts_something(&self, found: &Placed) -> bool {
        let is_named = self.tokens.is(found.range.end, TokenKind::Dot);
        let word = self.tokens.word(found.range.start).filter(|_| !is_named);
        word.is_some_and(|word| {
            head_from_word(word).is_some() || Keyword::from_word(word).is_some()
        })
    }

    /// Whether a path and an operator start at this token.
    fn is_compared(&self, mut at: usize) -> bool {
        let is = |at: usize, kind| at < self.spot.range.end && self.tokens.is(at, kind);
        if !is(at, TokenKind::Word) {
            return false;
        }
        while is(at + 1, TokenKind::Dot) && is(at + 2, TokenKind::Word) {
            at += 2;
        }
        let is_word = is(at + 1, TokenKind::Word)
            && crate::ast::CompareOperator::from_word(self.tokens.slice(at + 1)).is_some();
        is(at + 1, TokenKind::Compare) || is_word
    }

    /// `a not in b`, `a is b`: words in the place of an operator that are none.
    fn unknown_word_operator(&self, found: &Placed) -> Option<SyntaxProblem> {
        let next = found.range.end;
        if next >= self.spot.range.end {
            return None;
        }
        let mut range = found.range.clone();
        let candidate = if found.terminal == Terminal::Not {
            range.end += 1;
            exact_operator(&format!("not{}", operator_word(self.tokens.slice(next))))?
        } else {
            nearest_operator(self.tokens.word(found.range.start)?)?
        };
        let bytes = self.tokens.bytes(range.start).start..self.tokens.bytes(range.end - 1).end;
        let written = self.tokens.text.get(bytes).unwrap_or_default().to_owned();
        let kind = Kind::UnknownOperator {
            written,
            candidate: Some(candidate),
        };
        Some(SyntaxProblem::new(
            kind,
            self.tokens.span_between(range),
            self.spot.inside,
        ))
    }

    fn unexpected(&self) -> SyntaxProblem {
        let found = self
            .found
            .as_ref()
            .map_or(Found::End, |found| found_at(self.tokens, found.range.start));
        self.problem(Kind::Unexpected {
            found,
            expected: self.groups(),
        })
    }

    /// What the grammar could read here, as a reader thinks of it.
    fn groups(&self) -> Vec<Expected> {
        let mut groups = Vec::new();
        let is = |terminal: &str| self.is_expected(terminal);
        match self.spot.island {
            _ if self.is_after_dot() => groups.push(Expected::Name),
            Island::Expression if is("-not") => groups.push(Expected::Expression),
            Island::Expression if is("word") => groups.push(Expected::Value),
            Island::Expression if is("string") => groups.push(Expected::QuotedName),
            Island::Expression => {
                if is("compare") {
                    groups.push(Expected::Operator);
                }
                if is("-and") {
                    groups.push(Expected::Connector);
                }
            }
            Island::Declaration => self.declaration_groups(&mut groups),
            Island::Attributes if is("word") => groups.push(Expected::Type),
            Island::Attributes | Island::Members | Island::Annotation if is("word") => {
                groups.push(Expected::Name);
            }
            Island::Attributes if is("attribute") => groups.push(Expected::Name),
            _ if is("word") => groups.push(Expected::Phrase),
            _ => {}
        }
        if is(":") {
            groups.insert(0, Expected::Mark(':'));
        }
        if let Some(opened) = self.open.last() {
            if is(",") {
                groups.push(Expected::Mark(','));
            }
            let open = self.tokens.slice(*opened).chars().next().unwrap_or('(');
            let close = partner(open);
            if is(close.encode_utf8(&mut [0; 4])) {
                groups.push(Expected::Mark(close));
            }
        }
        if groups.is_empty() {
            groups.push(Expected::End);
        }
        groups
    }

    fn declaration_groups(&self, groups: &mut Vec<Expected>) {
        let is = |terminal: &str| self.is_expected(terminal);
        let is_first = self.at == self.spot.range.start + 1;
        let is_platform = self
            .before
            .as_ref()
            .is_some_and(|b| b.terminal == Terminal::For);
        if is("string") && is_first {
            groups.push(Expected::QuotedName);
        } else if is("word") {
            groups.push(if is_platform {
                Expected::Platform
            } else {
                Expected::Name
            });
        }
        for word in ["for", "otherwise"] {
            if is(word) {
                groups.push(Expected::Word(word));
            }
        }
        if is("=") {
            groups.push(Expected::Mark('='));
        }
        let has_body = self
            .spot
            .keyword
            .is_some_and(|keyword| matches!(keyword.shape(), Shape::Titled | Shape::Braced));
        if has_body && !is_first && self.open.is_empty() && !is("for") && !is_platform {
            groups.push(Expected::Mark('{'));
        }
    }
}

/// What stands at a token, for a message.
pub(crate) fn found_at(tokens: &Significant<'_>, at: usize) -> Found {
    use TokenKind as K;
    let slice = tokens.slice(at);
    match tokens.kind(at) {
        None => Found::End,
        Some(K::Word) => Found::Word(slice.to_owned()),
        Some(K::String | K::UnterminatedString) => Found::Text,
        Some(K::Literal) => Found::Literal(slice.to_owned()),
        Some(K::Json | K::UnterminatedJson) => Found::Json,
        Some(kind)
            if kind.is_operator() || matches!(kind, K::UnknownOperator | K::ForeignOperator) =>
        {
            Found::Operator(slice.to_owned())
        }
        Some(_) => Found::Mark(slice.chars().next().unwrap_or(' ')),
    }
}

fn ends_operand(terminal: Terminal) -> bool {
    use Terminal as T;
    matches!(
        terminal,
        T::Word | T::Unit | T::String | T::Literal | T::CloseParen | T::CloseBracket
    )
}

/// The bracket of a token, and whether it opens.
fn bracket(kind: TokenKind) -> Option<(char, bool)> {
    Some(match kind {
        TokenKind::OpenParen => ('(', true),
        TokenKind::OpenBracket => ('[', true),
        TokenKind::OpenBrace => ('{', true),
        TokenKind::CloseParen => (')', false),
        TokenKind::CloseBracket => (']', false),
        TokenKind::CloseBrace => ('}', false),
        _ => return None,
    })
}

fn partner(open: char) -> char {
    match open {
        '[' => ']',
        '{' => '}',
        _ => ')',
    }
}
