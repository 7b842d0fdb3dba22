//! What stands for an object in its declaration, behind the equals sign.

use gatewright_syntax::TokenKind;

use super::clauses::Follows;
use super::context::Token;
use super::{CompletionKind, Items};
use crate::{DeclaredKind, declarations};
use gatewright_syntax::ast::{DeclarationKind, ObjectKind};

/// What can stand for an object; whether the value may be over.
pub(super) fn value(items: &mut Items<'_>, keyword: &str, tokens: &[Token<'_>]) -> bool {
    match keyword {
        "location" => location(items, tokens),
        "strength" => strength(items, tokens),
        "context" => match tokens {
            [] => contexts(items),
            [_] => {
                let docs = "applications cannot choose it yet";
                items.add("unpublished", CompletionKind::Keyword, "", docs);
            }
            _ => {}
        },
        "terms" if tokens.len() == 1 => {
            let docs = "every device accepts them on its own";
            items.add("perDevice", CompletionKind::Keyword, "", docs);
        }
        _ if tokens.is_empty() => id(items),
        _ => {}
    }
    false
}

fn id(items: &mut Items<'_>) {
    items.snippet("\"id\"", "\"$0\"", "its id", 90);
}

fn location(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let has = |word: &str| tokens.iter().any(|token| token.text == word);
    match tokens.last().map(|token| token.text) {
        None => {
            let rows = [
                ("trusted ranges", "trusted ranges [$0]", "a trusted network"),
                ("ranges", "ranges [$0]", "a network that is not trusted"),
                ("countries", "countries [$0]", "countries, by address"),
                (
                    "compliantNetwork",
                    "compliantNetwork \"$0\"",
                    "the compliant network of Global Secure Access",
                ),
            ];
            for (at, (label, insert, docs)) in rows.iter().enumerate() {
                items.snippet(label, insert, docs, super::declarations::nth(10, at));
            }
            id(items);
        }
        Some("trusted") => items.snippet("ranges", "ranges [$0]", "a trusted network", 10),
        Some("[" | ",") if has("countries") => items.follow(Follows::Countries),
        Some("or") => items.add("unknown", CompletionKind::Keyword, "", UNKNOWN),
        Some("by") => items.add("gps", CompletionKind::Keyword, "", GPS),
        Some("]" | "unknown") if has("countries") => {
            if !has("unknown") {
                items.add("or unknown", CompletionKind::Keyword, "", UNKNOWN);
            }
            if !has("by") {
                items.add("by gps", CompletionKind::Keyword, "", GPS);
            }
        }
        Some(_) => {}
    }
}

const UNKNOWN: &str = "addresses that map to no country, too";
const GPS: &str = "by the position that the authenticator app tells, and not by address";

fn strength(items: &mut Items<'_>, tokens: &[Token<'_>]) {
    let depth = |kind: TokenKind| tokens.iter().filter(|token| token.kind == kind).count();
    let depth = depth(TokenKind::OpenBracket).saturating_sub(depth(TokenKind::CloseBracket));
    match tokens.last().map(|token| token.kind) {
        None => {
            let docs = "methods that are enough together";
            items.snippet("combinations", "combinations [[$0]]", docs, 10);
            id(items);
        }
        Some(TokenKind::OpenBracket | TokenKind::Comma) => {
            items.members("Method", CompletionKind::Member);
        }
        Some(TokenKind::CloseBracket) if depth == 1 => {
            let docs = "the service asks for more than a method, such as the model of a key";
            items.add("restricted", CompletionKind::Keyword, "", docs);
        }
        Some(_) => {}
    }
}

/// The first authentication contexts that have no name yet.
fn contexts(items: &mut Items<'_>) {
    const OFFERED: usize = 5;
    let snapshot = items.snapshot;
    let mut used: Vec<String> = Vec::new();
    for (source, _) in &snapshot.compilation().trees {
        for declared in declarations(snapshot, *source) {
            let is_context = declared.kind == DeclaredKind::Object(ObjectKind::Context);
            let is_here = declared.declaration.span.start <= items.replaced.start
                && items.replaced.end <= declared.declaration.span.end
                && declared.source == items.replaced.source;
            let DeclarationKind::Object { value, .. } = &declared.declaration.kind else {
                continue;
            };
            let words = value.iter().flat_map(|phrase| &phrase.terms);
            let words = words.filter_map(|term| term.as_word());
            if is_context && !is_here {
                used.extend(words.map(|word| word.text.clone()));
            }
        }
    }
    let free = (1..=99).map(|at| format!("c{at}"));
    let free = free.filter(|id| !used.contains(id)).take(OFFERED);
    for id in free {
        items.add(&id, CompletionKind::Value, "", "an authentication context");
    }
}
