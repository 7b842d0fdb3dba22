//! Adding an exclusion that most other policies have.

use std::collections::BTreeMap;

use gatewright_diagnostics::Edit;
use gatewright_hir::model::{Policy, UserScope, Who};
use gatewright_source::Span;
use gatewright_syntax::ast::{ClauseBody, DeclarationKind, Head, ObjectKind, Term};
use gatewright_value::vocabulary::State;

use super::{Action, ActionKind, policy_around};
use crate::{Snapshot, describe};

/// Leave out those whom more than half of the policies leave out, and this one does not.
pub(super) fn missing(snapshot: &Snapshot, part: Span) -> Vec<Action> {
    let set = &snapshot.compilation().set;
    let Some(declaration) = policy_around(snapshot, part) else {
        return Vec::new();
    };
    let mut policies = set.policies.iter();
    let own = policies.find(|policy| {
        let span = policy.span;
        span.source == declaration.span.source && span.start == declaration.span.start
            || policy.name_span.source == part.source
                && declaration.span.start <= policy.name_span.start
                && policy.name_span.end <= declaration.span.end
    });
    let Some(own) = own else {
        return Vec::new();
    };
    let own_excluded = excluded(own);
    let mut counts: BTreeMap<(ObjectKind, &str), usize> = BTreeMap::new();
    let mut total = 0;
    for policy in set
        .policies
        .iter()
        .filter(|policy| policy.state != State::Disabled)
    {
        if !is_for_users(policy) {
            continue;
        }
        total += 1;
        for one in excluded(policy) {
            *counts.entry(one).or_default() += 1;
        }
    }
    if !is_for_users(own) {
        return Vec::new();
    }
    let usual = counts
        .into_iter()
        .filter(|(one, count)| count * 2 > total && total > 1 && !own_excluded.contains(one));
    usual
        .filter_map(|((kind, id), count)| {
            let edit = except(snapshot, declaration, kind, id)?;
            let name = describe::object(set, kind, id);
            Some(Action {
                title: format!(
                    "Except the {} {name}, as {count} of {total} policies do",
                    kind.keyword()
                ),
                kind: ActionKind::Fix,
                edits: vec![edit],
                mends: None,
                is_preferred: false,
                claims_same: false,
            })
        })
        .collect()
}

fn is_for_users(policy: &Policy) -> bool {
    let assignments = policy.assignments.as_ref();
    assignments.is_some_and(|assignments| matches!(assignments.who, Who::Users(_)))
}

fn excluded(policy: &Policy) -> Vec<(ObjectKind, &str)> {
    let Some(Who::Users(scope)) = policy.assignments.as_ref().map(|a| &a.who) else {
        return Vec::new();
    };
    let items = scope.exclude.iter().filter_map(|item| match &item.value {
        UserScope::Group(id) => Some((ObjectKind::Group, id.as_str())),
        UserScope::User(id) => Some((ObjectKind::User, id.as_str())),
        _ => None,
    });
    items.collect()
}

/// The edit: in the list that is there, behind the other exceptions, or as the first one.
fn except(
    snapshot: &Snapshot,
    declaration: &gatewright_syntax::ast::Declaration,
    kind: ObjectKind,
    id: &str,
) -> Option<Edit> {
    let DeclarationKind::Policy { clauses, .. } = &declaration.kind else {
        return None;
    };
    let users = clauses.iter().find(|clause| clause.head == Head::Users)?;
    let ClauseBody::Phrases { include, except } = &users.body else {
        return None;
    };
    let name = written(snapshot, kind, id);
    let word = format!("{}s", kind.keyword());
    let at = |offset: u32| Span::new(users.span.source, offset, offset);
    let Some((_, excluded)) = except else {
        let end = include
            .last()
            .map_or(users.span.end, |phrase| phrase.span.end);
        return Some(Edit {
            span: at(end),
            text: format!(" except {word} [{name}]"),
        });
    };
    let same = excluded
        .iter()
        .find_map(|phrase| match phrase.terms.as_slice() {
            [Term::Word(own), Term::List { span, items }]
                if own.text == word && !items.is_empty() =>
            {
                Some(*span)
            }
            _ => None,
        });
    Some(match same {
        Some(list) => Edit {
            span: at(list.end.saturating_sub(1)),
            text: format!(", {name}"),
        },
        None => Edit {
            span: at(excluded
                .last()
                .map_or(users.span.end, |phrase| phrase.span.end)),
            text: format!(", {word} [{name}]"),
        },
    })
}

/// The declared name of an object, else its id in quotes.
fn written(snapshot: &Snapshot, kind: ObjectKind, id: &str) -> String {
    let compilation = snapshot.compilation();
    let mut names = compilation.set.names.iter();
    let declared = names.find(|object| object.kind == kind && object.id.eq_ignore_ascii_case(id));
    let span = declared.and_then(|object| object.span);
    let name = span.map(|span| compilation.sources.text(span));
    let is_word =
        |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    name.filter(is_word)
        .map_or_else(|| format!("\"{id}\""), str::to_owned)
}
