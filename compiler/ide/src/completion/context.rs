//! Where in an unfinished text a place is: found from the tokens before it.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::Head;

use super::around::{annotation, behind_annotation, taken};
use super::declarations::{is_declaration, is_member};
use crate::Snapshot;

/// What is around a place, and what has been typed there.
pub(super) struct Context<'s> {
    /// The word that is being typed, up to the place and behind it.
    pub(super) replaced: Span,
    /// The text in quotes that is being typed, if it is one.
    pub(super) quoted: Option<Quoted>,
    /// What kind of braces the place is in.
    pub(super) body: Body,
    /// What may stand there.
    pub(super) place: Place<'s>,
    /// What the list around has already, each a word or a text without its quotes.
    pub(super) taken: Vec<&'s str>,
}

/// A text in quotes that is being typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted {
    /// With its quotes.
    pub(super) whole: Span,
    /// Whether the last quote is there.
    pub(super) is_closed: bool,
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
    Given,
    Expect,
    Invariant,
    /// Attributes of a schema.
    Entity,
    /// The operators of one of them.
    Operators,
    /// Rows of a dialect.
    Dialect,
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
    /// What stands in the parentheses of an annotation.
    AnnotationValue {
        name: &'s str,
        tokens: Vec<Token<'s>>,
    },
    /// Something in a declaration, before its braces.
    Declaration(Written<'s>),
    /// A fact.
    Given { tokens: Vec<Token<'s>> },
    /// An expectation.
    Expect { tokens: Vec<Token<'s>> },
    /// Something in an entity of a schema.
    Attribute { tokens: Vec<Token<'s>> },
    /// An operator of an attribute of a schema.
    Operators,
    /// Something in a dialect of a schema.
    Row { tokens: Vec<Token<'s>> },
}

/// A declaration as far as it has been written.
pub(super) struct Written<'s> {
    pub(super) keyword: &'s str,
    /// What follows the keyword.
    pub(super) tokens: Vec<Token<'s>>,
    /// Whether the line of the place has nothing before it.
    pub(super) is_new_line: bool,
}

/// A clause as far as it has been written.
pub(super) struct Clause<'s> {
    pub(super) head: Head,
    /// What follows the head.
    pub(super) tokens: Vec<Token<'s>>,
    /// Whether the line of the place has nothing before it.
    pub(super) is_new_line: bool,
}

impl<'s> Context<'s> {
    /// The context of an offset; `None` in comments and in texts where nothing is known to stand.
    pub(super) fn of(snapshot: &'s Snapshot, source: SourceId, offset: u32) -> Option<Context<'s>> {
        let text = snapshot.text(source);
        let offset = (offset as usize).min(text.len());
        let mut before = Vec::new();
        let mut after = Vec::new();
        let mut typed = Typed::nothing(offset);
        for (kind, range) in snapshot.tokens(source).iter() {
            let piece = text.get(range.clone())?;
            let token = Token {
                kind,
                text: piece,
                start: range.start,
            };
            if range.start >= offset {
                if matches!(kind, TokenKind::OpenBrace | TokenKind::CloseBrace) {
                    break;
                }
                after.extend((!kind.is_trivia()).then_some(token));
                continue;
            }
            if range.end >= offset {
                if is_comment(kind) {
                    return None;
                }
                if let Some(found) = Typed::of(text, token, offset) {
                    typed = found;
                    continue;
                }
            }
            before.extend((!kind.is_trivia()).then_some(token));
        }
        let line = text.get(..typed.start())?.rsplit('\n').next()?;
        let is_touched = typed.is_touched(&after);
        let scan = Scan::of(text, before);
        let place = scan.place(line.trim().is_empty())?;
        let at = |offset: usize| u32::try_from(offset).ok();
        let quoted = match typed.quoted {
            Some((start, end, is_closed)) => Some(Quoted {
                whole: Span::new(source, at(start)?, at(end)?),
                is_closed,
            }),
            None => None,
        };
        Some(Context {
            replaced: Span::new(source, at(typed.replaced.start)?, at(typed.replaced.end)?),
            quoted,
            body: scan.body,
            taken: taken(&scan.tokens, &after, is_touched),
            place,
        })
    }
}

fn is_comment(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Comment | TokenKind::Doc | TokenKind::FileDoc
    )
}

/// What has been typed at a place.
struct Typed {
    replaced: std::ops::Range<usize>,
    /// A text with its quotes, and whether it has both.
    quoted: Option<(usize, usize, bool)>,
}

/// Whether a token is one that grows while it is typed.
pub(super) fn grows(kind: TokenKind, text: &str) -> bool {
    text == "-"
        || matches!(
            kind,
            TokenKind::Word
                | TokenKind::Literal
                | TokenKind::UnknownOperator
                | TokenKind::Compare
                | TokenKind::And
                | TokenKind::Or
                | TokenKind::Not
                | TokenKind::Quantifier
        )
}

impl Typed {
    fn nothing(offset: usize) -> Typed {
        Typed {
            replaced: offset..offset,
            quoted: None,
        }
    }

    /// What is typed of a token that the place is in or right behind; `None` where it is whole.
    fn of(text: &str, token: Token<'_>, offset: usize) -> Option<Typed> {
        let end = token.start + token.text.len();
        match token.kind {
            TokenKind::String if end == offset => None,
            TokenKind::String => Some(Typed {
                replaced: token.start + 1..(end - 1).max(offset),
                quoted: Some((token.start, end, true)),
            }),
            // The line may go on with what is no part of the text.
            TokenKind::UnterminatedString => {
                let rest = text.get(offset..end).unwrap_or_default();
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
                let word = rest.len() - rest.trim_start_matches(is_part).len();
                Some(Typed {
                    replaced: token.start + 1..offset + word,
                    quoted: Some((token.start, offset + word, false)),
                })
            }
            kind => grows(kind, token.text).then_some(Typed {
                replaced: token.start..end,
                quoted: None,
            }),
        }
    }

    fn start(&self) -> usize {
        self.quoted
            .map_or(self.replaced.start, |(start, _, _)| start)
    }

    /// Whether the first of the tokens behind is right at the place, and so what would be replaced.
    fn is_touched(&self, after: &[Token<'_>]) -> bool {
        let is_at = |token: &Token<'_>| token.start == self.replaced.end;
        self.replaced.is_empty() && self.quoted.is_none() && after.first().is_some_and(is_at)
    }
}

/// The tokens of the innermost piece around a place.
struct Scan<'s> {
    body: Body,
    /// Since the brace that opens the body, or since the last piece in braces in it.
    tokens: Vec<Token<'s>>,
}

impl<'s> Scan<'s> {
    fn of(text: &'s str, all: Vec<Token<'s>>) -> Scan<'s> {
        let mut stack: Vec<Body> = Vec::new();
        let mut tokens: Vec<Token<'s>> = Vec::new();
        for token in all {
            let is_first = token.start == 0 || text.as_bytes().get(token.start - 1) == Some(&b'\n');
            // A declaration at the start of a line ends whatever was left open before it.
            if is_first && starts_declaration(&token) && head(token.text).is_none() {
                stack.clear();
                tokens.clear();
            }
            match token.kind {
                TokenKind::OpenBrace => {
                    let around = stack.last().map_or(Body::File, |body| *body);
                    stack.push(opened(around, &tokens));
                    tokens.clear();
                }
                TokenKind::CloseBrace => {
                    let closed = stack.pop();
                    if closed != Some(Body::Operators) {
                        tokens.clear();
                    }
                }
                _ => tokens.push(token),
            }
        }
        Scan {
            body: stack.last().map_or(Body::File, |body| *body),
            tokens,
        }
    }

    fn place(&self, is_new_line: bool) -> Option<Place<'s>> {
        if let Some(place) = annotation(&self.tokens) {
            return Some(place);
        }
        let (from, is_annotated) = match behind_annotation(&self.tokens) {
            Some(from) => (from, true),
            None => (0, false),
        };
        let tokens = self.tokens.get(from..).unwrap_or_default();
        let owned = || tokens.to_vec();
        Some(match self.body {
            Body::Given => Place::Given { tokens: owned() },
            Body::Expect => Place::Expect { tokens: owned() },
            Body::Entity => Place::Attribute { tokens: owned() },
            Body::Dialect => Place::Row { tokens: owned() },
            Body::Operators => Place::Operators,
            Body::Other => return None,
            Body::Policy | Body::Invariant | Body::Compliance => match head_place(tokens) {
                Some((at, head)) => self.in_clause(tokens, at, head, is_new_line),
                None => Place::Start(self.body),
            },
            Body::Test => Place::Start(self.body),
            Body::File | Body::Scope | Body::Template => {
                if let Some(at) = declaration(self.body, tokens) {
                    return Some(Place::Declaration(Written {
                        keyword: tokens.get(at)?.text,
                        tokens: tokens.iter().skip(at + 1).copied().collect(),
                        is_new_line,
                    }));
                }
                match head_place(tokens) {
                    Some((at, head)) if self.body == Body::Scope => {
                        self.in_clause(tokens, at, head, is_new_line)
                    }
                    // An annotation belongs to a declaration, and not to a clause.
                    _ if is_annotated && self.body == Body::Scope => Place::Start(Body::Template),
                    _ => Place::Start(self.body),
                }
            }
        })
    }

    fn in_clause(
        &self,
        tokens: &[Token<'s>],
        at: usize,
        head: Head,
        is_new_line: bool,
    ) -> Place<'s> {
        let tokens: Vec<Token<'s>> = tokens.iter().skip(at + 1).copied().collect();
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
            return Place::Expression { dialect, tokens };
        }
        Place::Clause(Clause {
            head,
            tokens,
            is_new_line,
        })
    }
}

/// What a brace opens: told by the last keyword before it.
fn opened(around: Body, before: &[Token<'_>]) -> Body {
    match around {
        Body::Test => {
            let mut words = before.iter().rev().map(|token| token.text);
            match words.find(|word| matches!(*word, "given" | "expect")) {
                Some("given") => Body::Given,
                Some(_) => Body::Expect,
                None => Body::Other,
            }
        }
        Body::Entity => Body::Operators,
        Body::File | Body::Scope | Body::Template => {
            let keyword = declaration(around, before).and_then(|at| before.get(at));
            match keyword.map(|token| token.text) {
                Some("policy") => Body::Policy,
                Some("scope") => Body::Scope,
                Some("template") => Body::Template,
                Some("compliance") => Body::Compliance,
                Some("test") => Body::Test,
                Some("invariant") => Body::Invariant,
                Some("entity") => Body::Entity,
                Some("dialect") => Body::Dialect,
                _ => Body::Other,
            }
        }
        _ => Body::Other,
    }
}

fn starts_declaration(token: &Token<'_>) -> bool {
    token.kind == TokenKind::Word && is_declaration(token.text)
}

/// Where the keyword of the declaration is that is being written, up to its braces.
fn declaration(body: Body, tokens: &[Token<'_>]) -> Option<usize> {
    let mut all = tokens.iter().enumerate().rev();
    let found = all.find(|(at, token)| {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let is_start = before.is_none_or(|before| {
            let is_inside = matches!(
                before.kind,
                TokenKind::Dot
                    | TokenKind::Colon
                    | TokenKind::Comma
                    | TokenKind::OpenParen
                    | TokenKind::OpenBracket
                    | TokenKind::Equals
                    | TokenKind::Compare
                    | TokenKind::And
                    | TokenKind::Or
                    | TokenKind::Not
            );
            // A kind of objects in a type, and the name of what is declared.
            !is_inside && before.text != "of" && !starts_declaration(before)
        });
        let is_fit = body == Body::File || is_member(token.text);
        starts_declaration(token) && is_start && is_fit
    });
    found.map(|(at, _)| at)
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
                let Some(head) = head(token.text) else {
                    continue;
                };
                let around = found.map(|(_, head)| head);
                if before.is_none_or(|before| is_start(*before, head, around)) {
                    found = Some((at, head));
                    depth = 0;
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a word that is a head starts a clause here: `users users [A]` has one.
fn is_start(before: Token<'_>, head: Head, around: Option<Head>) -> bool {
    match before.kind {
        TokenKind::Comma | TokenKind::Dot | TokenKind::At | TokenKind::Compare => false,
        TokenKind::Word if around.is_some() => match before.text {
            "except" | "always" | "never" => false,
            "users" => !matches!(head, Head::Users | Head::Guests),
            "agents" => head != Head::Agents,
            _ => true,
        },
        _ => true,
    }
}

fn head(word: &str) -> Option<Head> {
    Head::ALL.iter().copied().find(|head| head.word() == word)
}
