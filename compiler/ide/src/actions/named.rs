//! Giving an id a name.

use std::collections::BTreeSet;

use gatewright_diagnostics::Edit;
use gatewright_hir::model::{
    AppScope, LocationScope, Policy, PolicySet, Scoped, Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_syntax::ast::ObjectKind;

use super::{Action, ActionKind, touches};
use crate::{DeclaredKind, Snapshot, declarations, describe};

/// An id in a clause becomes a name: one that is declared or known, or a new one.
pub(super) fn name_for_id(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let set = &snapshot.compilation().set;
    let all: Vec<Used> = set.policies.iter().flat_map(used).collect();
    let here = all
        .iter()
        .find(|used| touches(used.span, part) && is_literal(snapshot, used.span))?;
    let places = all.iter().filter(|used| {
        used.kind == here.kind
            && used.id.eq_ignore_ascii_case(here.id)
            && is_literal(snapshot, used.span)
    });
    let places: BTreeSet<Span> = places.map(|used| used.span).collect();
    let (name, declaration) = match existing(snapshot, here) {
        Some(name) => (name, None),
        None => {
            let name = new_name(snapshot, set, here);
            let edit = declare(snapshot, here, &name);
            (name, Some(edit))
        }
    };
    let title = if declaration.is_some() {
        format!("Declare the {} `{name}` for this id", here.kind.keyword())
    } else {
        format!("Use the name `{name}`")
    };
    let edits = places.into_iter().map(|span| Edit {
        span,
        text: name.clone(),
    });
    Some(Action {
        title,
        kind: ActionKind::Extract,
        edits: declaration.into_iter().chain(edits).collect(),
        mends: None,
        is_preferred: false,
        claims_same: true,
    })
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

/// Whether an id is written there, in policy text.
fn is_literal(snapshot: &Snapshot, span: Span) -> bool {
    let text = snapshot.compilation().sources.text(span);
    snapshot.tree(span.source).is_some()
        && text.starts_with(|c: char| c == '"' || c == '\'' || c.is_ascii_hexdigit())
        && text.contains('-')
        && !text.contains(' ')
}

/// The name of an object that is declared, or that every tenant has.
fn existing(snapshot: &Snapshot, used: &Used<'_>) -> Option<String> {
    let compilation = snapshot.compilation();
    let mut named = compilation.set.names.iter();
    let declared = named.find(|object| {
        object.kind == used.kind && object.span.is_some() && object.id.eq_ignore_ascii_case(used.id)
    });
    let declared = declared.and_then(|object| object.span).or_else(|| {
        let mut locations = compilation.set.locations.iter();
        let is_kind = used.kind == ObjectKind::Location;
        let found = locations.find(|one| is_kind && one.id.eq_ignore_ascii_case(used.id))?;
        snapshot.tree(found.span.source).map(|_| found.span)
    });
    if let Some(span) = declared {
        let name = compilation.sources.text(span);
        return name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_')
            .then(|| name.to_owned());
    }
    let known = compilation.data.find_id(used.kind, used.id)?;
    Some(known.identifier.clone())
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
    let first = declarations(snapshot, source)
        .first()
        .map_or(0, |declared| {
            let start = declared.declaration.span.start as usize;
            start_with_documentation(snapshot.text(source), start)
        });
    let first = u32::try_from(first).unwrap_or_default();
    Edit {
        span: Span::new(source, first, first),
        text: format!("{line}\n\n"),
    }
}

/// Where the lines of comments right before a declaration start.
fn start_with_documentation(text: &str, start: usize) -> usize {
    let mut at = start;
    while let Some(before) = text.get(..at).and_then(|before| before.strip_suffix('\n')) {
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        let is_comment = before.get(line..).is_some_and(|line| {
            let line = line.trim_start();
            line.starts_with("//") && !line.starts_with("//!")
        });
        if !is_comment {
            break;
        }
        at = line;
    }
    at
}
