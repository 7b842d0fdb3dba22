//! Moving policies into scopes: what they have in common is said once.

use gatewright_diagnostics::Edit;
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, Declaration, DeclarationKind};

use super::{Action, ActionKind, has_comment, policy_around, touches};
use crate::Snapshot;
use crate::position::Position;

/// Put the selected policies, neighbours of each other, into a new scope.
pub(super) fn into_new(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let siblings = siblings(snapshot, part)?;
    let selected: Vec<&Declaration> = siblings
        .iter()
        .filter(|one| touches(one.span, part) && matches!(one.kind, DeclarationKind::Policy { .. }))
        .collect();
    let (first, last) = (selected.first()?, selected.last()?);
    let whole = first.span.to(last.span);
    let between = siblings
        .iter()
        .filter(|one| whole.start <= one.span.start && one.span.end <= whole.end);
    if selected.len() < 2 || between.count() != selected.len() || has_comment(snapshot, whole) {
        return None;
    }
    let common: Vec<String> = clauses(first)
        .iter()
        .map(|clause| words(snapshot, clause))
        .filter(|words| selected.iter().all(|policy| has(snapshot, policy, words)))
        .collect();
    if common.is_empty() || selected.iter().any(|policy| policy.is_broken) {
        return None;
    }
    let mut text = "scope \"New scope\" {\n".to_owned();
    for clause in &common {
        text.push_str(clause);
        text.push('\n');
    }
    for policy in &selected {
        text.push('\n');
        text.push_str(&without(snapshot, policy, &common));
        text.push('\n');
    }
    text.push('}');
    Some(Action {
        title: format!("Put {} policies into a new scope", selected.len()),
        kind: ActionKind::Extract,
        edits: vec![Edit {
            span: whole,
            text: laid_out(&text),
        }],
        mends: None,
        is_preferred: false,
        claims_same: true,
    })
}

/// Move a policy into a scope beside it whose clauses it repeats.
pub(super) fn into_neighbour(snapshot: &Snapshot, part: Span) -> Vec<Action> {
    let (Some(policy), Some(siblings)) = (policy_around(snapshot, part), siblings(snapshot, part))
    else {
        return Vec::new();
    };
    if policy.is_broken || has_comment(snapshot, policy.span) {
        return Vec::new();
    }
    let scopes = siblings.iter().filter_map(|one| match &one.kind {
        DeclarationKind::Scope { name, clauses, .. } => Some((one, name, clauses)),
        _ => None,
    });
    let mut found = Vec::new();
    for (scope, name, clauses) in scopes {
        let common: Vec<String> = clauses
            .iter()
            .map(|clause| words(snapshot, clause))
            .collect();
        let is_fit = !common.is_empty()
            && !scope.is_broken
            && common.iter().all(|words| has(snapshot, policy, words));
        let text = snapshot.compilation().sources.text(scope.span);
        if !is_fit || !text.ends_with('}') {
            continue;
        }
        let inside = scope.span.end - 1;
        let moved = laid_out(&without(snapshot, policy, &common));
        let lines: Vec<String> = moved.lines().map(|line| format!("    {line}")).collect();
        found.push(Action {
            title: format!("Move into the scope \"{}\"", name.value),
            kind: ActionKind::Rewrite,
            edits: vec![
                Edit {
                    span: Span::new(scope.span.source, inside, inside),
                    text: format!("\n{}\n", lines.join("\n")),
                },
                Edit {
                    span: policy.span,
                    text: String::new(),
                },
            ],
            mends: None,
            is_preferred: false,
            claims_same: true,
        });
    }
    found
}

/// The declarations beside the one that a part starts in.
fn siblings(snapshot: &Snapshot, part: Span) -> Option<&[Declaration]> {
    let tree = snapshot.tree(part.source)?;
    let position = Position::of(snapshot, part.source, part.start);
    let around = position.declarations.iter().rev();
    let is_around = |one: &&&Declaration| {
        let is_scope = matches!(one.kind, DeclarationKind::Scope { .. });
        is_scope && part.end <= one.span.end && one.span.start < part.start
    };
    Some(match around.clone().find(is_around).map(|one| &one.kind) {
        Some(DeclarationKind::Scope { members, .. }) => members,
        _ => &tree.declarations,
    })
}

fn clauses(declaration: &Declaration) -> &[Clause] {
    match &declaration.kind {
        DeclarationKind::Policy { clauses, .. } => clauses,
        _ => &[],
    }
}

/// A clause with one blank between words.
fn words(snapshot: &Snapshot, clause: &Clause) -> String {
    let text = snapshot.compilation().sources.text(clause.span);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

fn has(snapshot: &Snapshot, policy: &Declaration, wanted: &str) -> bool {
    let mut all = clauses(policy).iter();
    all.any(|clause| words(snapshot, clause) == wanted)
}

/// A policy as it is written, but for these clauses.
fn without(snapshot: &Snapshot, policy: &Declaration, left_out: &[String]) -> String {
    let sources = &snapshot.compilation().sources;
    let mut text = String::new();
    let mut done = policy.span.start;
    for clause in clauses(policy) {
        if left_out.contains(&words(snapshot, clause)) {
            let before = Span::new(policy.span.source, done, clause.span.start);
            text.push_str(sources.text(before));
            done = clause.span.end;
        }
    }
    text.push_str(sources.text(Span::new(policy.span.source, done, policy.span.end)));
    text
}

/// In the one style, without the line end behind it.
fn laid_out(text: &str) -> String {
    let formatted = gatewright_format::format(text);
    let text = formatted.map_or_else(|_| text.to_owned(), |formatted| formatted.text);
    text.trim_end().to_owned()
}
