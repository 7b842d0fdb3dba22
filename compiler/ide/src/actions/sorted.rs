//! Putting things in order: the elements of a list, the clauses of a policy.

use gatewright_diagnostics::Edit;
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, ClauseBody, DeclarationKind, Head, Phrase, Term};

use super::{Action, ActionKind, has_comment, policy_around};
use crate::Snapshot;
use crate::position::Position;

/// Sort the list around a place.
pub(super) fn list(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let position = Position::of(snapshot, part.source, part.start);
    let clause = position.clause?;
    let ClauseBody::Phrases { include, except } = &clause.body else {
        return None;
    };
    let excluded = except.iter().flat_map(|(_, phrases)| phrases);
    let (span, items) = include
        .iter()
        .chain(excluded)
        .find_map(|phrase| innermost(phrase, part))?;
    if has_comment(snapshot, span) {
        return None;
    }
    let sources = &snapshot.compilation().sources;
    let texts: Vec<&str> = items.iter().map(|item| sources.text(item.span)).collect();
    let mut ordered = texts.clone();
    ordered.sort_by_key(|text| (text.trim_matches('"').to_lowercase(), text.len()));
    (ordered != texts).then(|| {
        // What is between the elements stays where it is.
        let edits = items.iter().zip(&ordered).map(|(item, text)| Edit {
            span: item.span,
            text: (*text).to_owned(),
        });
        Action::same("Sort this list", ActionKind::Rewrite, edits.collect())
    })
}

/// The list in a phrase that a part is in.
fn innermost(phrase: &Phrase, part: Span) -> Option<(Span, &[Phrase])> {
    phrase.terms.iter().find_map(|term| match term {
        Term::List { items, span } if span.start <= part.start && part.end <= span.end => {
            let inner = items.iter().find_map(|item| innermost(item, part));
            inner.or(Some((*span, items.as_slice())))
        }
        _ => None,
    })
}

/// Put the clauses of a policy in the usual order.
pub(super) fn clauses(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let declaration = policy_around(snapshot, part)?;
    let DeclarationKind::Policy { clauses, .. } = &declaration.kind else {
        return None;
    };
    if declaration.is_broken || has_comment(snapshot, declaration.span) {
        return None;
    }
    let mut ordered: Vec<&Clause> = clauses.iter().collect();
    ordered.sort_by_key(|clause| place(clause.head));
    let is_ordered = ordered
        .iter()
        .zip(clauses)
        .all(|(one, other)| one.span == other.span);
    let sources = &snapshot.compilation().sources;
    let edits = clauses.iter().zip(&ordered).map(|(clause, wanted)| Edit {
        span: clause.span,
        text: sources.text(wanted.span).trim_end().to_owned(),
    });
    let title = "Put the clauses in the usual order";
    (!is_ordered).then(|| Action::same(title, ActionKind::Rewrite, edits.collect()))
}

/// The place of a clause in the usual order: an effect stands before what it asks for.
fn place(head: Head) -> (Option<usize>, bool) {
    let of = |wanted: Head| Head::ALL.iter().position(|head| *head == wanted);
    match head {
        Head::Then => (of(Head::Block), false),
        other => (of(other), true),
    }
}
