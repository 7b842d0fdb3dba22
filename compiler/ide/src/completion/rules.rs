//! What can be written in a rule that is no policy text: the filter of a policy in Graph JSON.

use gatewright_source::{SourceId, Span};
use gatewright_syntax::{TokenKind, lex_rule};

use super::context::{Quoted, Token, grows};
use super::{CompletionKind, Items, expressions};
use crate::{Completion, Snapshot};

/// What can be written at a byte of a rule of a dialect, best first; places are those of the rule.
pub(crate) fn in_rule(
    snapshot: &Snapshot,
    dialect: &str,
    rule: &str,
    at: usize,
) -> Vec<Completion> {
    let place = |start: usize, end: usize| {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(SourceId::default(), offset(start), offset(end))
    };
    let mut tokens = Vec::new();
    let (mut replaced, mut quoted) = (at..at, None);
    for (kind, range) in lex_rule(rule).iter() {
        let Some(text) = rule.get(range.clone()).filter(|_| range.start < at) else {
            break;
        };
        let is_text = matches!(kind, TokenKind::String | TokenKind::UnterminatedString);
        if is_text && (at < range.end || kind == TokenKind::UnterminatedString) {
            let is_closed = kind == TokenKind::String;
            // What goes on behind an open quote is the rest of the rule.
            let end = if is_closed { range.end - 1 } else { at };
            replaced = range.start + 1..end.max(at);
            quoted = Some(Quoted {
                whole: place(range.start, if is_closed { range.end } else { at }),
                is_closed,
            });
            break;
        }
        let is_being_typed = range.end >= at && !kind.is_trivia() && grows(kind, text);
        if is_being_typed {
            replaced = range;
            break;
        }
        if !kind.is_trivia() {
            let start = range.start;
            tokens.push(Token { kind, text, start });
        }
    }
    let mut items = Items {
        snapshot,
        typed: rule.get(replaced.start..at).unwrap_or_default(),
        replaced: place(replaced.start, replaced.end),
        quoted,
        found: Vec::new(),
    };
    expressions::expression(&mut items, dialect, &tokens);
    let mut found = items.finish(&[]);
    // Rules have names in policy text only.
    found.retain(|item| !matches!(item.kind, CompletionKind::Rule | CompletionKind::Parameter));
    found
}
