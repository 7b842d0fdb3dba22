//! One policy as several: one for each group of users or resources, for each side of an `-or`, for
//! each thing that is required.

use gatewright_diagnostics::Edit;
use gatewright_source::Span;
use gatewright_syntax::ast::{
    Clause, ClauseBody, Declaration, DeclarationKind, Expr, Exprs, Head, Term,
};

use super::{Action, ActionKind, has_comment, indentation, policy_around, touches};
use crate::Snapshot;

/// LIMIT: policies that one becomes.
const PARTS_MAX: usize = 16;

/// The ways to split the policy around a part, by the clause that the part is in.
pub(super) fn policy(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let declaration = policy_around(snapshot, part)?;
    let DeclarationKind::Policy { name, clauses } = &declaration.kind else {
        return None;
    };
    if declaration.is_broken || has_comment(snapshot, declaration.span) {
        return None;
    }
    let clause = clauses.iter().find(|clause| touches(clause.span, part))?;
    let exprs = &snapshot.tree(part.source)?.exprs;
    let (what, place, texts) = alternatives(snapshot, exprs, clause)?;
    if !(2..=PARTS_MAX).contains(&texts.len()) {
        return None;
    }
    let inside = Span::new(name.span.source, name.span.end - 1, name.span.end - 1);
    let policies = texts.iter().enumerate().map(|(at, text)| {
        let number = format!(" ({})", at + 1);
        replaced(snapshot, declaration, [(inside, &number), (place, text)])
    });
    let indent = indentation(snapshot, part.source, declaration.span.start);
    let policies: Vec<String> = policies.collect();
    Some(Action {
        title: format!("Split into {} policies, one for each {what}", texts.len()),
        kind: ActionKind::Rewrite,
        edits: vec![Edit {
            span: declaration.span,
            text: policies.join(&format!("\n\n{indent}")),
        }],
        mends: None,
        is_preferred: false,
        claims_same: true,
    })
}

/// What each of several policies would have in place of a part of a clause.
fn alternatives(
    snapshot: &Snapshot,
    exprs: &Exprs,
    clause: &Clause,
) -> Option<(&'static str, Span, Vec<String>)> {
    let sources = &snapshot.compilation().sources;
    let text = |span: Span| sources.text(span).to_owned();
    match (&clause.body, clause.head) {
        (ClauseBody::Phrases { include, .. }, Head::Users | Head::Apps) => {
            let whole = include.first()?.span.to(include.last()?.span);
            let what = match clause.head {
                Head::Users => "kind of users",
                _ => "kind of resources",
            };
            let texts = include.iter().map(|phrase| text(phrase.span)).collect();
            Some((what, whole, texts))
        }
        (ClauseBody::Phrases { include, .. }, Head::Require) => {
            let [phrase] = include.as_slice() else {
                return None;
            };
            let [Term::Word(all), Term::List { items, .. }] = phrase.terms.as_slice() else {
                return None;
            };
            let texts = items.iter().map(|item| text(item.span)).collect();
            (all.text == "all").then_some(("control", phrase.span, texts))
        }
        (ClauseBody::Expression(root), Head::When) => {
            let Expr::Or(sides) = exprs.get(*root) else {
                return None;
            };
            let texts = sides.iter().map(|side| text(exprs.span(*side))).collect();
            Some(("side of the `-or`", exprs.span(*root), texts))
        }
        _ => None,
    }
}

/// A declaration as it is written, with other texts in two places of it.
fn replaced(snapshot: &Snapshot, of: &Declaration, mut places: [(Span, &String); 2]) -> String {
    places.sort_by_key(|(span, _)| span.start);
    let sources = &snapshot.compilation().sources;
    let mut text = String::new();
    let mut done = of.span.start;
    for (span, new) in places {
        text.push_str(sources.text(Span::new(of.span.source, done, span.start)));
        text.push_str(new);
        done = span.end;
    }
    text.push_str(sources.text(Span::new(of.span.source, done, of.span.end)));
    text
}
