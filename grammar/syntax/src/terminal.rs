//! What the grammar calls a token: a [`TokenKind`] and what its place makes of it.
//!
//! Words are contextual. The same `eq` is a value in a list and an operator after an attribute; a
//! keyword is one at the start of its declaration alone. A [`Feed`] walks the tokens of one island,
//! decides this from the token before and the token after, and hands the result to the parser. The
//! first thing that it hands over is a synthetic token that names the island.

use std::convert::Infallible;
use std::ops::Range;

use crate::ast::{CompareOperator, ObjectKind};
use crate::island::NESTING_MAX;
use crate::keyword::Keyword;
use crate::significant::Significant;
use crate::token::TokenKind;

/// A terminal of the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terminal {
    /// The synthetic first token of an island.
    Start(Island),
    /// Before the subject of a row of a dialect.
    RowStart,
    /// The keyword that starts a declaration.
    Keyword(Keyword),
    Object(ObjectKind),
    Word,
    /// A word right before the colon of an attribute.
    AttributeName,
    /// A unit of time after a number.
    Unit,
    String,
    /// A string after the name of a member of an enumeration.
    Title,
    Literal,
    Except,
    For,
    Otherwise,
    DirectReports,
    Compare,
    And,
    Or,
    Not,
    Quantifier {
        is_all: bool,
    },
    Offset {
        is_minus: bool,
    },
    OpenParen,
    CloseParen,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Dot,
    Colon,
    Equals,
    Question,
    At,
    /// Never accepted.
    Bad,
}

/// The kinds of island: each has its own production under the one start symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Island {
    /// A rule, or the expression of a clause.
    Expression,
    /// A declaration up to its `=` or `{`, or all of it where it has neither.
    Declaration,
    /// A clause after its head.
    Clause,
    /// The value of a group, app and so on, after `=`.
    Value,
    /// The facts of a test.
    Facts,
    /// `@name(…)`
    Annotation,
    /// What stands in the braces of an entity.
    Attributes,
    /// What stands in the braces of an enumeration.
    Members,
    /// What stands in the braces of a dialect.
    Rows,
}

/// One terminal between two byte offsets, as the parser wants it; there is no error in it.
pub(crate) type Fed = Result<(usize, Terminal, usize), Infallible>;

/// The terminals of one island, in order.
pub(crate) struct Feed<'a, 't> {
    tokens: &'a Significant<'t>,
    island: Island,
    /// What the first word is, in a declaration.
    keyword: Option<Keyword>,
    at: usize,
    end: usize,
    is_started: bool,
    /// In an expression: whether an operand has just ended; in an enumeration: a name.
    after_operand: bool,
    /// Open brackets of all kinds.
    depth: usize,
    /// Negations and quantifiers that wait for their operand between the innermost open bracket and
    /// here, and outside it for each open bracket.
    prefixes: usize,
    outer_prefixes: Vec<usize>,
    nesting: usize,
    too_deep: Option<usize>,
    /// In a dialect: where the subject ends whose start has been announced.
    row: Option<usize>,
}

impl<'a, 't> Feed<'a, 't> {
    pub(crate) fn new(
        tokens: &'a Significant<'t>,
        island: Island,
        keyword: Option<Keyword>,
        range: Range<usize>,
    ) -> Self {
        Feed {
            tokens,
            island,
            keyword,
            at: range.start,
            end: range.end,
            is_started: false,
            after_operand: false,
            depth: 0,
            prefixes: 0,
            outer_prefixes: Vec::new(),
            nesting: 0,
            too_deep: None,
            row: None,
        }
    }

    /// The token that goes beyond [`NESTING_MAX`]; nothing is fed from there on.
    pub(crate) fn too_deep(&self) -> Option<usize> {
        self.too_deep
    }

    fn punctuation(&self, kind: TokenKind) -> Terminal {
        match kind {
            TokenKind::OpenParen => Terminal::OpenParen,
            TokenKind::CloseParen => Terminal::CloseParen,
            TokenKind::OpenBracket => Terminal::OpenBracket,
            TokenKind::CloseBracket => Terminal::CloseBracket,
            TokenKind::OpenBrace => Terminal::OpenBrace,
            TokenKind::CloseBrace => Terminal::CloseBrace,
            TokenKind::Comma => Terminal::Comma,
            TokenKind::Dot => Terminal::Dot,
            TokenKind::Colon => Terminal::Colon,
            TokenKind::Equals => Terminal::Equals,
            TokenKind::Question => Terminal::Question,
            TokenKind::At => Terminal::At,
            // The problem has been reported; the value is good enough to go on with.
            TokenKind::String | TokenKind::UnterminatedString => Terminal::String,
            TokenKind::Literal => Terminal::Literal,
            _ => Terminal::Bad,
        }
    }

    /// The token and how many tokens it takes.
    fn classify(&self, kind: TokenKind) -> (Terminal, usize) {
        if self.island == Island::Expression {
            return self.in_expression(kind);
        }
        if kind == TokenKind::UnknownOperator && self.keyword == Some(Keyword::Dialect) {
            return (Terminal::Word, 1);
        }
        if kind != TokenKind::Word {
            let terminal = match self.punctuation(kind) {
                // The title of a member stands on its line; a string on the next line is a member.
                Terminal::String
                    if self.island == Island::Members
                        && self.after_operand
                        && !self.tokens.is_line_start(self.at) =>
                {
                    Terminal::Title
                }
                terminal => terminal,
            };
            return (terminal, 1);
        }
        let word = self.tokens.slice(self.at);
        let terminal = match self.island {
            Island::Declaration => match (self.keyword, word) {
                (Some(Keyword::Object(kind)), _) if self.is_first() => Terminal::Object(kind),
                (Some(keyword), _) if self.is_first() => Terminal::Keyword(keyword),
                (Some(Keyword::Compliance), "for") => Terminal::For,
                (Some(Keyword::Combine), "otherwise") => Terminal::Otherwise,
                _ => Terminal::Word,
            },
            Island::Clause if self.depth == 0 && word == "except" && !self.is_after_dot() => {
                Terminal::Except
            }
            Island::Attributes if self.depth == 0 && self.starts_attribute() => {
                Terminal::AttributeName
            }
            _ => Terminal::Word,
        };
        (terminal, 1)
    }

    fn is_first(&self) -> bool {
        !self.is_started
    }

    fn is_after_dot(&self) -> bool {
        self.tokens.kind_before(self.at) == Some(TokenKind::Dot)
    }

    fn is_before(&self, kind: TokenKind) -> bool {
        self.at + 1 < self.end && self.tokens.is(self.at + 1, kind)
    }

    /// A word before a colon is the name of an attribute; so is the first word of a line, so that a
    /// missing colon is noticed there.
    fn starts_attribute(&self) -> bool {
        let is_after = |kind| self.tokens.kind_before(self.at) == Some(kind);
        let is_line = self.tokens.is_line_start(self.at)
            && !is_after(TokenKind::Colon)
            && !is_after(TokenKind::At);
        self.is_before(TokenKind::Colon) || (is_line && !self.is_after_dot())
    }

    fn in_expression(&self, kind: TokenKind) -> (Terminal, usize) {
        let slice = self.tokens.slice(self.at);
        let terminal = match kind {
            TokenKind::Compare => Terminal::Compare,
            TokenKind::And => Terminal::And,
            TokenKind::Or => Terminal::Or,
            TokenKind::Not => Terminal::Not,
            TokenKind::Quantifier => Terminal::Quantifier {
                is_all: ends_with(slice, "all"),
            },
            TokenKind::Offset => Terminal::Offset {
                is_minus: ends_with(slice, "minus"),
            },
            TokenKind::Word if self.is_after_dot() => Terminal::Word,
            TokenKind::Word if self.after_operand => self.word_after_operand(slice),
            TokenKind::Word => return self.word_for_operand(slice),
            _ => self.punctuation(kind),
        };
        (terminal, 1)
    }

    /// After an operand a word is an operator, if it can be one.
    fn word_after_operand(&self, word: &str) -> Terminal {
        if let Some(operator) = word_operator(word) {
            return operator;
        }
        let is_number = self.tokens.kind_before(self.at) == Some(TokenKind::Literal);
        if is_number && is_time_unit(word) {
            Terminal::Unit
        } else {
            Terminal::Word
        }
    }

    /// Where an operand has to start, a word is one, unless it is a connector without one.
    fn word_for_operand(&self, word: &str) -> (Terminal, usize) {
        let next = self.at + 1;
        let is_named = self.is_before(TokenKind::Dot) || self.is_before(TokenKind::Compare);
        let is_compared = next < self.end
            && self
                .tokens
                .word(next)
                .is_some_and(|w| CompareOperator::from_word(w).is_some());
        if !is_named && !is_compared {
            let connector = word_operator(word);
            if let Some(connector @ (Terminal::And | Terminal::Or | Terminal::Not)) = connector {
                return (connector, 1);
            }
        }
        let is_next = |at: usize, word: &str| {
            at < self.end
                && self
                    .tokens
                    .word(at)
                    .is_some_and(|w| w.eq_ignore_ascii_case(word))
        };
        let is_direct = word.eq_ignore_ascii_case("direct");
        if is_direct && is_next(next, "reports") && is_next(next + 1, "for") {
            return (Terminal::DirectReports, 3);
        }
        (Terminal::Word, 1)
    }

    fn follow(&mut self, terminal: Terminal) {
        use Terminal as T;
        match terminal {
            T::OpenParen | T::OpenBracket | T::OpenBrace => {
                self.depth += 1;
                self.nesting += 1;
                self.outer_prefixes.push(std::mem::take(&mut self.prefixes));
            }
            T::CloseParen | T::CloseBracket | T::CloseBrace if self.depth > 0 => {
                self.depth -= 1;
                self.nesting -= 1 + self.prefixes;
                self.prefixes = self.outer_prefixes.pop().unwrap_or_default();
            }
            T::Not | T::Quantifier { .. } => {
                self.nesting += 1;
                self.prefixes += 1;
            }
            T::And | T::Or | T::Comma => self.nesting -= std::mem::take(&mut self.prefixes),
            _ => {}
        }
        self.after_operand = matches!(
            terminal,
            T::Word | T::Unit | T::String | T::Literal | T::CloseParen | T::CloseBracket
        );
    }

    /// Whether the subject of a row starts here: with the first word, with a line, and where words
    /// on one line end before a colon.
    fn starts_row(&self) -> bool {
        if self.depth > 0 || self.row.is_some_and(|end| self.at < end) {
            return false;
        }
        let before = self.tokens.kind_before(self.at);
        let is_open_ended = matches!(before, Some(TokenKind::Comma | TokenKind::Colon));
        let is_line = self.tokens.is_line_start(self.at) && !is_open_ended;
        let may_start = matches!(before, Some(TokenKind::Comma | TokenKind::CloseBracket));
        self.row.is_none()
            || is_line
            || ((may_start || self.tokens.is_line_start(self.at)) && self.subject_end().is_some())
    }

    /// The colon that ends the subject which starts here.
    fn subject_end(&self) -> Option<usize> {
        (self.at..self.end)
            .take_while(|at| *at == self.at || !self.tokens.is_line_start(*at))
            .find(|at| {
                use TokenKind::{Dot, Literal, String, Word};
                !matches!(self.tokens.kind(*at), Some(Word | Dot | String | Literal))
            })
            .filter(|at| *at > self.at && self.tokens.is(*at, TokenKind::Colon))
    }
}

impl Iterator for Feed<'_, '_> {
    type Item = Fed;

    fn next(&mut self) -> Option<Fed> {
        if !self.is_started && self.island != Island::Declaration {
            self.is_started = true;
            let start = self.tokens.bytes(self.at).start;
            return Some(Ok((start, Terminal::Start(self.island), start)));
        }
        if self.at >= self.end || self.too_deep.is_some() {
            return None;
        }
        let bytes = self.tokens.bytes(self.at);
        if self.island == Island::Rows && self.starts_row() {
            self.row = Some(self.subject_end().unwrap_or(self.at) + 1);
            return Some(Ok((bytes.start, Terminal::RowStart, bytes.start)));
        }
        let kind = self.tokens.kind(self.at)?;
        let (terminal, count) = self.classify(kind);
        self.is_started = true;
        self.follow(terminal);
        if self.nesting > NESTING_MAX {
            self.too_deep = Some(self.at);
            return None;
        }
        let end = self.tokens.bytes(self.at + count - 1).end;
        self.at += count;
        Some(Ok((bytes.start, terminal, end)))
    }
}

fn ends_with(operator: &str, word: &str) -> bool {
    operator.len() >= word.len()
        && operator
            .get(operator.len() - word.len()..)
            .is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// The operator that a word without hyphen is where an operator may stand.
pub(crate) fn word_operator(word: &str) -> Option<Terminal> {
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if CompareOperator::from_word(word).is_some() {
        Some(Terminal::Compare)
    } else if is("and") {
        Some(Terminal::And)
    } else if is("or") {
        Some(Terminal::Or)
    } else if is("not") {
        Some(Terminal::Not)
    } else if is("any") || is("all") {
        Some(Terminal::Quantifier { is_all: is("all") })
    } else if is("plus") || is("minus") {
        Some(Terminal::Offset {
            is_minus: is("minus"),
        })
    } else {
        None
    }
}

/// Whether the word is an operator where one may stand without its hyphen.
#[must_use]
pub fn is_word_operator(word: &str) -> bool {
    word_operator(word).is_some()
}

fn is_time_unit(word: &str) -> bool {
    let units = ["second", "minute", "hour", "day", "week", "month", "year"];
    let folded = word.to_ascii_lowercase();
    units.contains(&folded.strip_suffix('s').unwrap_or(&folded))
}
