//! Giving an id a name.

use std::collections::BTreeSet;

use gatewright_diagnostics::Edit;
use gatewright_hir::model::{
    AppScope, LocationScope, Policy, PolicySet, Scoped, Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_syntax::TokenKind;
use gatewright_syntax::ast::{Clause, ClauseBody, DeclarationKind as K, ObjectKind};

use super::{Action, ActionKind, touches, with_comments_above};
use crate::hints::is_guid;
use crate::rename::is_identifier;
use crate::{DeclaredKind, Snapshot, declarations, describe};

/// An id in a clause becomes a name wherever it is written: one that is declared or known, or a new
/// one.
pub(super) fn name_for_id(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let set = &snapshot.compilation().set;
    let all = literals(snapshot);
    let (place, id) = all.iter().find(|(span, _)| touches(*span, part))?;
    let invariants = snapshot.compilation().invariants.iter();
    let invariants = invariants.map(|invariant| &invariant.policy);
    let mut uses = set.policies.iter().chain(invariants).flat_map(used);
    let here = uses.find(|used| used.span == *place);
    let places: BTreeSet<Span> = all
        .iter()
        .filter(|(_, other)| other.eq_ignore_ascii_case(id))
        .map(|(span, _)| *span)
        .collect();
    let everywhere = match places.len() {
        1 => String::new(),
        many => format!(", in {many} places"),
    };
    let kind = here.as_ref().map(|used| used.kind);
    let (title, name, declaration) = match (existing(snapshot, kind, id), here) {
        (Some(name), _) => (format!("Use the name `{name}`{everywhere}"), name, None),
        (None, Some(here)) => {
            let name = new_name(snapshot, set, &here);
            let kind = here.kind.keyword();
            let title = format!("Declare the {kind} `{name}` for this id, and use it{everywhere}");
            let edit = declare(snapshot, &here, &name);
            (title, name, Some(edit))
        }
        (None, None) => return None,
    };
    let edits = places.into_iter().map(|span| Edit {
        span,
        text: name.clone(),
    });
    let edits = declaration.into_iter().chain(edits).collect();
    Some(Action::same(title, ActionKind::Extract, edits))
}

/// Every id that is written where a name could be, in order.
fn literals(snapshot: &Snapshot) -> Vec<(Span, &str)> {
    let mut found = Vec::new();
    for (source, _) in &snapshot.compilation().trees {
        let mut parts: Vec<Span> = Vec::new();
        for declared in declarations(snapshot, *source) {
            let clauses: &[Clause] = match &declared.declaration.kind {
                K::Policy { clauses, .. }
                | K::Scope { clauses, .. }
                | K::Invariant { clauses, .. }
                | K::Compliance { clauses, .. } => clauses,
                K::Instance { .. } => {
                    parts.push(declared.declaration.span);
                    &[]
                }
                K::Test { blocks, .. } => {
                    parts.extend(blocks.iter().map(|block| block.span));
                    &[]
                }
                _ => &[],
            };
            let named = clauses
                .iter()
                .filter(|clause| matches!(clause.body, ClauseBody::Phrases { .. }));
            parts.extend(named.map(|clause| clause.span));
        }
        parts.sort_unstable();
        let mut parts = parts.into_iter().peekable();
        for (kind, range) in snapshot.tokens(*source).iter() {
            let (Ok(start), Ok(end)) = (u32::try_from(range.start), u32::try_from(range.end))
            else {
                continue;
            };
            while parts.next_if(|part| part.end <= start).is_some() {}
            let is_inside = parts.peek().is_some_and(|part| part.start <= start);
            if is_inside && matches!(kind, TokenKind::String | TokenKind::Literal) {
                let text = snapshot.text(*source).get(range).unwrap_or_default();
                let id = text.trim_matches(['"', '\'']);
                if is_guid(id) {
                    found.push((Span::new(*source, start, end), id));
                }
            }
        }
    }
    found
}

/// The use of an object in a policy.
struct Used<'s> {
    kind: ObjectKind,
    id: &'s str,
    span: Span,
}

/// The objects that a policy uses by name or id, where each is written by itself.
fn used(policy: &Policy) -> Vec<Used<'_>> {
    let mut found = Vec::new();
    let Some(assignments) = &policy.assignments else {
        return found;
    };
    if let Who::Users(scope) = &assignments.who {
        each(scope, &mut found, |item| match item {
            UserScope::User(id) => Some((ObjectKind::User, id)),
            UserScope::Group(id) => Some((ObjectKind::Group, id)),
            UserScope::Role(id) => Some((ObjectKind::Role, id)),
            _ => None,
        });
    }
    if let Target::Apps(scope) = &assignments.target {
        each(scope, &mut found, |item| match item {
            AppScope::App(id) => Some((ObjectKind::App, id)),
            _ => None,
        });
    }
    if let Some(scope) = &assignments.locations {
        each(scope, &mut found, |item| match item {
            LocationScope::Named(id) => Some((ObjectKind::Location, id)),
            _ => None,
        });
    }
    found
}

fn each<'s, T>(
    scope: &'s Scoped<T>,
    found: &mut Vec<Used<'s>>,
    object: impl Fn(&'s T) -> Option<(ObjectKind, &'s String)>,
) {
    for item in scope.include.iter().chain(&scope.exclude) {
        if let Some((kind, id)) = object(&item.value) {
            found.push(Used {
                kind,
                id,
                span: item.span,
            });
        }
    }
}

/// The name of an object of a kind, or of any, that is declared, or that every tenant has.
fn existing(snapshot: &Snapshot, kind: Option<ObjectKind>, id: &str) -> Option<String> {
    let compilation = snapshot.compilation();
    let is_kind = |own: ObjectKind| kind.is_none_or(|kind| kind == own);
    let mut named = compilation.set.names.iter();
    let declared = named.find(|object| {
        is_kind(object.kind) && object.span.is_some() && object.id.eq_ignore_ascii_case(id)
    });
    let declared = declared.and_then(|object| object.span).or_else(|| {
        let mut locations = compilation.set.locations.iter();
        let is_location = is_kind(ObjectKind::Location);
        let found = locations.find(|one| is_location && one.id.eq_ignore_ascii_case(id))?;
        snapshot.tree(found.span.source).map(|_| found.span)
    });
    if let Some(span) = declared {
        let name = compilation.sources.text(span);
        return is_identifier(name).then(|| name.to_owned());
    }
    let kinds = ObjectKind::ALL.iter().filter(|kind| is_kind(**kind));
    let mut known = kinds.filter_map(|kind| compilation.data.find_id(*kind, id));
    known.next().map(|known| known.identifier.clone())
}

/// A name that nothing of its kind has: from what the directory calls it, or its kind.
fn new_name(snapshot: &Snapshot, set: &PolicySet, used: &Used<'_>) -> String {
    let called = describe::find(set, used.kind, used.id).unwrap_or_default();
    let mut name = String::new();
    let mut is_start = true;
    for c in called.chars() {
        if c.is_alphanumeric() {
            name.extend(if is_start {
                c.to_uppercase().next()
            } else {
                Some(c)
            });
        }
        is_start = !c.is_alphanumeric();
    }
    if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) {
        let keyword = used.kind.keyword();
        let mut chars = keyword.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        name = first.into_iter().chain(chars).collect();
    }
    let sources = snapshot.compilation().trees.iter();
    let taken: BTreeSet<&str> = sources
        .flat_map(|(source, _)| declarations(snapshot, *source))
        .filter(|declared| declared.kind == DeclaredKind::Object(used.kind))
        .map(|declared| declared.name)
        .collect();
    if !taken.contains(name.as_str()) {
        return name;
    }
    let mut numbers = (2..).map(|number| format!("{name}{number}"));
    numbers
        .find(|name| !taken.contains(name.as_str()))
        .unwrap_or(name)
}

/// The declaration, behind the last one of its kind, else before everything in the file.
fn declare(snapshot: &Snapshot, used: &Used<'_>, name: &str) -> Edit {
    let kind = DeclaredKind::Object(used.kind);
    let mut sources: Vec<_> = snapshot
        .compilation()
        .trees
        .iter()
        .map(|(id, _)| *id)
        .collect();
    sources.sort_by_key(|source| *source != used.span.source);
    let line = format!("{} {name} = \"{}\"", used.kind.keyword(), used.id);
    for source in sources {
        let all = declarations(snapshot, source);
        if let Some(last) = all.iter().rev().find(|declared| declared.kind == kind) {
            let end = last.declaration.span.end;
            return Edit {
                span: Span::new(source, end, end),
                text: format!("\n{line}"),
            };
        }
    }
    let source = used.span.source;
    let all = declarations(snapshot, source);
    let first = all.first().map_or(0, |declared| {
        with_comments_above(snapshot, source, declared.declaration.span.start)
    });
    Edit {
        span: Span::new(source, first, first),
        text: format!("{line}\n\n"),
    }
}
