//! Where in an unfinished text a place is: found from the tokens before it.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::Head;

use crate::Snapshot;

/// What is around a place, and what has been typed there.
pub(super) struct Context<'s> {
    /// The word that is being typed, up to the place and behind it.
    pub(super) replaced: Span,
    /// What kind of braces the place is in.
    pub(super) body: Body,
    /// What may stand there.
    pub(super) place: Place<'s>,
}

/// What kinds of braces there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    File,
    Policy,
    Scope,
    Template,
    Compliance,
    Test,
    Invariant,
    /// Of a schema.
    Other,
}

/// A token that is no blank.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'s> {
    pub(super) kind: TokenKind,
    pub(super) text: &'s str,
    pub(super) start: usize,
}

/// What may stand at a place.
pub(super) enum Place<'s> {
    /// The start of a clause or declaration.
    Start(Body),
    /// Something in a clause that lists phrases.
    Clause(Clause<'s>),
    /// Something in an expression: the tokens since its start.
    Expression {
        dialect: &'static str,
        tokens: Vec<Token<'s>>,
    },
    /// The name after `@`.
    Annotation,
    /// What stands after `=`.
    Value {
        keyword: &'s str,
        tokens: Vec<Token<'s>>,
    },
    /// What stands after `use`.
    Instance { tokens: Vec<Token<'s>> },
    /// What stands after the colon of a parameter.
    ParameterType,
    /// What stands after `for`.
    Platform,
    /// A fact; in brackets, those after `word`.
    Given {
        tokens: Vec<Token<'s>>,
        word: Option<&'s str>,
    },
    /// An expectation.
    Expect {
        tokens: Vec<Token<'s>>,
        word: Option<&'s str>,
    },
    /// The name of a policy.
    PolicyName,
}

/// A clause as far as it has been written.
pub(super) struct Clause<'s> {
    pub(super) head: Head,
    /// What follows the head.
    pub(super) tokens: Vec<Token<'s>>,
    /// In brackets: the word before them, or nothing.
    pub(super) list: Option<Option<&'s str>>,
    /// Whether the line of the place has nothing before it.
    pub(super) is_new_line: bool,
}

impl<'s> Context<'s> {
    /// The context of an offset; `None` in comments and in texts where nothing is known to stand.
    pub(super) fn of(snapshot: &'s Snapshot, source: SourceId, offset: u32) -> Option<Context<'s>> {
        let text = snapshot.text(source);
        let offset = (offset as usize).min(text.len());
        let mut tokens = Vec::new();
        let mut replaced = offset..offset;
        let mut string = None;
        for (kind, range) in snapshot.tokens(source).iter() {
            if range.start >= offset {
                break;
            }
            let piece = text.get(range.clone())?;
            if range.end >= offset {
                match kind {
                    TokenKind::Comment | TokenKind::Doc | TokenKind::FileDoc => return None,
                    TokenKind::String | TokenKind::UnterminatedString => {
                        let is_behind = kind == TokenKind::String && range.end == offset;
                        if !is_behind {
                            let close = usize::from(kind == TokenKind::String);
                            replaced = range.start + 1..(range.end - close).max(offset);
                            string = Some(piece);
                            break;
                        }
                    }
                    TokenKind::Word
                    | TokenKind::Literal
                    | TokenKind::UnknownOperator
                    | TokenKind::Compare
                    | TokenKind::And
                    | TokenKind::Or
                    | TokenKind::Not
                    | TokenKind::Quantifier => {
                        replaced = range.start..range.end;
                        break;
                    }
                    TokenKind::Stray if piece == "-" => {
                        replaced = range.start..range.end;
                        break;
                    }
                    _ => {}
                }
            }
            if !kind.is_trivia() {
                tokens.push(Token {
                    kind,
                    text: piece,
                    start: range.start,
                });
            }
        }
        let line = text.get(..replaced.start)?.rsplit('\n').next()?;
        let scan = Scan::of(text, tokens);
        let place = scan.place(line.trim().is_empty(), string.is_some())?;
        let at = |offset: usize| u32::try_from(offset).ok();
        Some(Context {
            replaced: Span::new(source, at(replaced.start)?, at(replaced.end)?),
            body: scan.body,
            place,
        })
    }
}

/// The tokens of the innermost piece around a place.
struct Scan<'s> {
    body: Body,
    /// `given` or `expect`, inside of a test.
    block: Option<&'s str>,
    /// Since the brace that opens the body, or since the last piece in braces in it.
    tokens: Vec<Token<'s>>,
}

impl<'s> Scan<'s> {
    fn of(text: &'s str, all: Vec<Token<'s>>) -> Scan<'s> {
        let mut stack: Vec<(Body, Option<&'s str>)> = Vec::new();
        let mut tokens: Vec<Token<'s>> = Vec::new();
        for token in all {
            let is_first = token.start == 0 || text.as_bytes().get(token.start - 1) == Some(&b'\n');
            // A declaration at the start of a line ends whatever was left open before it.
            if is_first && token.kind == TokenKind::Word && is_declaration(token.text) {
                stack.clear();
                tokens.clear();
            }
            match token.kind {
                TokenKind::OpenBrace => {
                    let body = stack.last().map_or(Body::File, |(body, _)| *body);
                    stack.push(opened(body, &tokens));
                    tokens.clear();
                }
                TokenKind::CloseBrace => {
                    stack.pop();
                    tokens.clear();
                }
                _ => tokens.push(token),
            }
        }
        let (body, block) = stack.last().copied().unwrap_or((Body::File, None));
        Scan {
            body,
            block,
            tokens,
        }
    }

    fn place(&self, is_new_line: bool, is_text: bool) -> Option<Place<'s>> {
        if let Some(block) = self.block {
            return self.block(block, is_text);
        }
        let last = self.tokens.last();
        if last.is_some_and(|token| token.kind == TokenKind::At) {
            return Some(Place::Annotation);
        }
        if is_text {
            return None;
        }
        let declaration = self.declaration();
        if let Some((at, keyword)) = declaration {
            return self.in_declaration(at, keyword, is_new_line);
        }
        match self.body {
            Body::Policy | Body::Scope | Body::Invariant | Body::Compliance => {
                match head_place(&self.tokens) {
                    Some((at, head)) => self.in_clause(at, head, is_new_line),
                    None => Some(Place::Start(self.body)),
                }
            }
            body => Some(Place::Start(body)),
        }
    }

    fn block(&self, block: &'s str, is_text: bool) -> Option<Place<'s>> {
        let word = open_list(&self.tokens).flatten();
        let is_named = matches!(word, Some("applied"));
        if is_text {
            return is_named.then_some(Place::PolicyName);
        }
        let tokens = self.tokens.clone();
        Some(if is_named {
            Place::PolicyName
        } else if block == "given" {
            Place::Given { tokens, word }
        } else {
            Place::Expect { tokens, word }
        })
    }

    /// The keyword of the declaration that is being written, where its braces have not begun.
    fn declaration(&self) -> Option<(usize, &'s str)> {
        if matches!(
            self.body,
            Body::Policy | Body::Invariant | Body::Compliance | Body::Test
        ) {
            return None;
        }
        let found = self.tokens.iter().enumerate().rev().find(|(at, token)| {
            let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
            let is_keyword = token.kind == TokenKind::Word && is_declaration(token.text);
            let is_start = before.is_none_or(|token| {
                !matches!(
                    token.kind,
                    TokenKind::Dot
                        | TokenKind::Colon
                        | TokenKind::Comma
                        | TokenKind::OpenParen
                        | TokenKind::OpenBracket
                        | TokenKind::Equals
                        | TokenKind::Compare
                )
            });
            let is_kind = before.is_some_and(|token| matches!(token.text, "of" | "use"));
            is_keyword && is_start && !is_kind
        });
        let (at, token) = found?;
        let is_clause = self.body == Body::Scope && token.text == "session";
        (!is_clause).then_some((at, token.text))
    }

    fn in_declaration(&self, at: usize, keyword: &'s str, is_new_line: bool) -> Option<Place<'s>> {
        let after: Vec<Token<'s>> = self.tokens.iter().skip(at + 1).copied().collect();
        if keyword == "use" {
            return Some(Place::Instance { tokens: after });
        }
        if keyword == "compliance" {
            let is_for = after.last().is_some_and(|token| token.text == "for");
            return is_for.then_some(Place::Platform);
        }
        let in_parentheses = {
            let open = after
                .iter()
                .filter(|t| t.kind == TokenKind::OpenParen)
                .count();
            let close = after
                .iter()
                .filter(|t| t.kind == TokenKind::CloseParen)
                .count();
            open > close
        };
        let equals = after
            .iter()
            .position(|token| token.kind == TokenKind::Equals);
        match equals {
            Some(equals) if !in_parentheses || keyword == "rule" => {
                let tokens: Vec<Token<'s>> = after.iter().skip(equals + 1).copied().collect();
                if keyword == "rule" {
                    return Some(Place::Expression {
                        dialect: "gatewright",
                        tokens,
                    });
                }
                let is_done = is_new_line && !tokens.is_empty() && open_list(&tokens).is_none();
                Some(if is_done {
                    Place::Start(self.body)
                } else {
                    Place::Value { keyword, tokens }
                })
            }
            _ if in_parentheses => {
                let last = after.last()?;
                let is_type = last.kind == TokenKind::Colon || last.text == "of";
                is_type.then_some(Place::ParameterType)
            }
            // A name is the project's own business.
            _ => None,
        }
    }

    fn in_clause(&self, at: usize, head: Head, is_new_line: bool) -> Option<Place<'s>> {
        let tokens: Vec<Token<'s>> = self.tokens.iter().skip(at + 1).copied().collect();
        let is_filter = |token: &Token<'_>| matches!(token.text, "where" | "except");
        let dialect = match head {
            Head::When | Head::Unless => Some(("gatewright", 0)),
            Head::Require if self.body == Body::Compliance => Some(("compliance", 0)),
            Head::Devices => {
                let mode = tokens.iter().position(is_filter);
                mode.map(|mode| ("ca-device", mode + 1))
            }
            Head::Apps | Head::Workloads | Head::Agents => {
                let mode = tokens.iter().position(|token| token.text == "where");
                mode.map(|mode| ("ca-csa", mode + 1))
            }
            _ => None,
        };
        if let Some((dialect, skipped)) = dialect {
            let tokens = tokens.into_iter().skip(skipped).collect();
            return Some(Place::Expression { dialect, tokens });
        }
        Some(Place::Clause(Clause {
            head,
            list: open_list(&tokens),
            tokens,
            is_new_line,
        }))
    }
}

/// What a brace opens: told by the last keyword before it.
fn opened<'s>(around: Body, before: &[Token<'s>]) -> (Body, Option<&'s str>) {
    if around == Body::Test {
        let word = before
            .iter()
            .rev()
            .find(|t| matches!(t.text, "given" | "expect"));
        return (Body::Test, word.map(|token| token.text));
    }
    let keyword = before.iter().rev().find(|token| {
        token.kind == TokenKind::Word && is_declaration(token.text) && token.text != "session"
    });
    let body = match keyword.map(|token| token.text) {
        Some("policy") => Body::Policy,
        Some("scope") => Body::Scope,
        Some("template") => Body::Template,
        Some("compliance") => Body::Compliance,
        Some("test") => Body::Test,
        Some("invariant") => Body::Invariant,
        _ => Body::Other,
    };
    (body, None)
}

fn is_declaration(word: &str) -> bool {
    super::declarations::KEYWORDS
        .iter()
        .any(|(keyword, _)| *keyword == word)
}

/// The last head of a clause, and which token it is.
fn head_place(tokens: &[Token<'_>]) -> Option<(usize, Head)> {
    let mut depth = 0;
    let mut found: Option<(usize, Head)> = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::OpenBracket | TokenKind::OpenParen => depth += 1,
            TokenKind::CloseBracket | TokenKind::CloseParen => depth -= 1,
            TokenKind::Word if depth <= 0 => {
                let before = at.checked_sub(1).and_then(|at| tokens.get(at));
                let Some(head) = Head::ALL.iter().find(|head| head.word() == token.text) else {
                    continue;
                };
                if before.is_none_or(|before| is_start(*before, *head, found.is_some())) {
                    found = Some((at, *head));
                    depth = 0;
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a word that is a head starts a clause here: `users users [A]` has one.
fn is_start(before: Token<'_>, head: Head, has_clause: bool) -> bool {
    match before.kind {
        TokenKind::Comma | TokenKind::Dot | TokenKind::At | TokenKind::Compare => false,
        TokenKind::Word if has_clause => match before.text {
            "except" | "always" | "never" | "reportOnly" => before.text == "reportOnly",
            "users" => !matches!(head, Head::Users | Head::Guests),
            _ => true,
        },
        _ => true,
    }
}

/// In brackets: the word before them, or nothing.
fn open_list<'s>(tokens: &[Token<'s>]) -> Option<Option<&'s str>> {
    let mut open: Vec<Option<&'s str>> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::OpenBracket => {
                let before = at.checked_sub(1).and_then(|at| tokens.get(at));
                let word = before.filter(|token| token.kind == TokenKind::Word);
                open.push(word.map(|token| token.text));
            }
            TokenKind::CloseBracket => {
                open.pop();
            }
            _ => {}
        }
    }
    open.last().copied()
}
