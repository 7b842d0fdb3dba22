//! Adding an exclusion that most other policies have.

use std::collections::BTreeMap;

use gatewright_diagnostics::Edit;
use gatewright_hir::model::{Policy, UserScope, Who};
use gatewright_source::Span;
use gatewright_syntax::ast::{
    Clause, ClauseBody, Declaration, DeclarationKind, Head, ObjectKind, Term,
};
use gatewright_value::vocabulary::State;

use super::{Action, ActionKind, policy_around, touches};
use crate::position::Position;
use crate::{Snapshot, describe};

/// Leave out those whom more than half of the policies leave out, and this one does not. Offered
/// where the policy says its name and for whom it is.
pub(super) fn missing(snapshot: &Snapshot, part: Span) -> Vec<Action> {
    let set = &snapshot.compilation().set;
    let Some(declaration) = policy_around(snapshot, part) else {
        return Vec::new();
    };
    let Some((users, scope)) = users(snapshot, declaration) else {
        return Vec::new();
    };
    let DeclarationKind::Policy { name, .. } = &declaration.kind else {
        return Vec::new();
    };
    let mut policies = set.policies.iter();
    let own = policies.find(|policy| policy.name_span == name.span);
    let Some(own) = own.filter(|own| meets_users(own)) else {
        return Vec::new();
    };
    let head = Span::new(name.span.source, declaration.span.start, name.span.end);
    if !touches(head, part) && !touches(users.span, part) {
        return Vec::new();
    }
    let own_excluded = excluded(own);
    let mut counts: BTreeMap<(ObjectKind, &str), usize> = BTreeMap::new();
    let policies = set.policies.iter();
    let counted = policies.filter(|policy| policy.state != State::Disabled && meets_users(policy));
    let mut total = 0;
    for policy in counted {
        total += 1;
        for one in excluded(policy) {
            *counts.entry(one).or_default() += 1;
        }
    }
    let usual = counts
        .into_iter()
        .filter(|(one, count)| count * 2 > total && total > 1 && !own_excluded.contains(one));
    usual
        .filter_map(|((kind, id), count)| {
            let edit = except(snapshot, users, kind, id)?;
            let name = describe::object(set, kind, id);
            let place =
                scope.map_or_else(String::new, |scope| format!(" in the scope \"{scope}\""));
            let kind = kind.keyword();
            let title =
                format!("Except the {kind} {name}{place}, as {count} of {total} policies do");
            Some(Action::change(title, ActionKind::Fix, vec![edit]))
        })
        .collect()
}

/// The clause that says for whom a policy is: its own, or that of a scope around it, by its name.
fn users<'s>(
    snapshot: &'s Snapshot,
    policy: &'s Declaration,
) -> Option<(&'s Clause, Option<&'s str>)> {
    let own = |clauses: &'s [Clause]| clauses.iter().find(|clause| clause.head == Head::Users);
    if let DeclarationKind::Policy { clauses, .. } = &policy.kind
        && let Some(clause) = own(clauses)
    {
        return Some((clause, None));
    }
    let position = Position::of(snapshot, policy.span.source, policy.span.start);
    let mut around = position.declarations.into_iter().rev();
    around.find_map(|one| match &one.kind {
        DeclarationKind::Scope { name, clauses, .. } => {
            Some((own(clauses)?, Some(name.value.as_str())))
        }
        _ => None,
    })
}

/// Whether a policy is for people of the organisation: guests and agents are nobody whom the others
/// leave out.
fn meets_users(policy: &Policy) -> bool {
    let Some(Who::Users(scope)) = policy.assignments.as_ref().map(|a| &a.who) else {
        return false;
    };
    scope.include.iter().any(|item| {
        matches!(
            item.value,
            UserScope::All | UserScope::User(_) | UserScope::Group(_) | UserScope::Role(_)
        )
    })
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
fn except(snapshot: &Snapshot, users: &Clause, kind: ObjectKind, id: &str) -> Option<Edit> {
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
