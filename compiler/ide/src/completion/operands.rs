//! What an unfinished expression is waiting for: found from its tokens.

use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::CompareOperator;

use super::context::Token;
use super::expressions::whole;

/// What an expression is waiting for.
pub(super) enum State {
    /// An attribute, a rule, a parenthesis; what of a path is there already, dots included. In
    /// what is said of the elements of a set, that set.
    Operand {
        path: String,
        collection: Option<String>,
    },
    /// A comparison, after this attribute; after an element, the set that has it.
    Operator {
        attribute: String,
        collection: Option<String>,
    },
    /// What it is compared with.
    Value {
        attribute: String,
        operator: CompareOperator,
        is_list: bool,
    },
    /// The unit of a length of time, if this attribute is one; or a connective.
    Unit { attribute: String },
    /// What is filled in for a parameter of a rule.
    Argument { rule: String, at: usize },
    /// Something after a whole comparison.
    Connective,
}

/// What these tokens are waiting for.
pub(super) fn state(tokens: &[Token<'_>]) -> State {
    let operand = |path: String| State::Operand {
        path,
        collection: collection(tokens),
    };
    let Some(last) = tokens.last() else {
        return operand(String::new());
    };
    let operator = tokens
        .iter()
        .rposition(|token| token.kind == TokenKind::Compare);
    if let Some((rule, at, is_start)) = call(tokens) {
        return if is_start {
            State::Argument { rule, at }
        } else {
            State::Connective
        };
    }
    match last.kind {
        TokenKind::Dot => operand(path(tokens)),
        TokenKind::Word => {
            let attribute = path(tokens);
            let words = attribute.split('.').count();
            let from = tokens.len() - (2 * words - 1).min(tokens.len());
            let before = from.checked_sub(1).and_then(|at| tokens.get(at));
            let is_value = before
                .is_some_and(|token| matches!(token.kind, TokenKind::Compare | TokenKind::Literal));
            let is_operand = words >= 2 || attribute == "_" || whole(&attribute).is_some();
            if is_value || !is_operand || is_in_list(tokens) {
                State::Connective
            } else {
                let collection = collection(tokens).filter(|_| attribute == "_");
                State::Operator {
                    attribute,
                    collection,
                }
            }
        }
        TokenKind::Compare => value(tokens, tokens.len() - 1, false),
        TokenKind::OpenBracket | TokenKind::Comma if is_in_list(tokens) => match operator {
            Some(at) => value(tokens, at, true),
            None => State::Connective,
        },
        TokenKind::And
        | TokenKind::Or
        | TokenKind::Not
        | TokenKind::Quantifier
        | TokenKind::OpenParen => operand(String::new()),
        TokenKind::Literal if !is_in_list(tokens) => match operator {
            Some(at) => State::Unit {
                attribute: path(tokens.get(..at).unwrap_or_default()),
            },
            None => State::Connective,
        },
        _ => State::Connective,
    }
}

/// Whether a bracket is open.
fn is_in_list(tokens: &[Token<'_>]) -> bool {
    let count = |kind: TokenKind| tokens.iter().filter(|token| token.kind == kind).count();
    count(TokenKind::OpenBracket) > count(TokenKind::CloseBracket)
}

fn value(tokens: &[Token<'_>], at: usize, is_list: bool) -> State {
    let before = tokens.get(..at).unwrap_or_default();
    let attribute = match path(before) {
        element if element == "_" => collection(before).unwrap_or(element),
        attribute => attribute,
    };
    let word = tokens.get(at).map_or("", |token| token.text);
    let word = word.trim_start_matches(|c: char| !c.is_alphabetic());
    let operator = CompareOperator::from_word(word).unwrap_or(CompareOperator::Eq);
    State::Value {
        attribute,
        operator,
        is_list,
    }
}

/// The set of whose elements something is said: that before the quantifier whose body is open.
fn collection(tokens: &[Token<'_>]) -> Option<String> {
    let at = tokens
        .iter()
        .rposition(|token| token.kind == TokenKind::Quantifier)?;
    let mut depth = 0_usize;
    let body = tokens.get(at + 1..)?;
    for token in body {
        match token.kind {
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return None;
                }
            }
            // Without parentheses it is one comparison.
            TokenKind::And | TokenKind::Or if depth == 0 => return None,
            _ => {}
        }
    }
    Some(path(tokens.get(..at)?))
}

/// The rule whose parameters are being filled in, at which one, and whether that is still empty.
fn call(tokens: &[Token<'_>]) -> Option<(String, usize, bool)> {
    let (mut depth, mut at) = (0_usize, 0);
    for (place, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::CloseParen | TokenKind::CloseBracket => depth += 1,
            TokenKind::OpenBracket if depth == 0 => return None,
            TokenKind::OpenBracket => depth -= 1,
            TokenKind::OpenParen if depth > 0 => depth -= 1,
            TokenKind::OpenParen => {
                let name = tokens.get(place.checked_sub(1)?)?;
                let is_start = tokens.last().is_some_and(|last| {
                    matches!(last.kind, TokenKind::OpenParen | TokenKind::Comma)
                });
                let is_name = name.kind == TokenKind::Word;
                return is_name.then(|| (name.text.to_owned(), at, is_start));
            }
            TokenKind::Comma if depth == 0 => at += 1,
            TokenKind::And | TokenKind::Or if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The words and dots that these tokens end with.
fn path(tokens: &[Token<'_>]) -> String {
    let mut start = tokens.len();
    let mut wants_word = tokens.last().is_some_and(|t| t.kind != TokenKind::Dot);
    for (at, token) in tokens.iter().enumerate().rev() {
        let is_fit = match token.kind {
            TokenKind::Dot => !wants_word,
            TokenKind::Word => wants_word,
            _ => false,
        };
        if !is_fit {
            break;
        }
        wants_word = token.kind == TokenKind::Dot;
        start = at;
    }
    let parts = tokens.iter().skip(start).map(|token| token.text);
    parts.collect()
}
