//! Moving policies into scopes: what they have in common is said once.

use gatewright_diagnostics::Edit;
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, Declaration, DeclarationKind, Head};

use super::style::{laid_out, whole_lines};
use super::{
    Action, ActionKind, has_comment, indentation, policy_around, touches, with_comments_above,
};
use crate::Snapshot;
use crate::describe::list;
use crate::position::Position;

/// Put the selected policies, neighbours of each other, into a new scope.
pub(super) fn into_new(snapshot: &Snapshot, part: Span) -> Option<Action> {
    let siblings = siblings(snapshot, part)?;
    let selected: Vec<&Declaration> = siblings
        .iter()
        .filter(|one| touches(one.span, part) && matches!(one.kind, DeclarationKind::Policy { .. }))
        .collect();
    let (first, last) = (selected.first()?, selected.last()?);
    let whole = with_comments(snapshot, first).to(last.span);
    let between = siblings
        .iter()
        .filter(|one| whole.start <= one.span.start && one.span.end <= whole.end);
    if selected.len() < 2 || between.count() != selected.len() {
        return None;
    }
    let common: Vec<&Clause> = clauses(first)
        .iter()
        .filter(|clause| !is_outcome(clause.head))
        .filter(|clause| {
            let words = words(snapshot, clause);
            selected.iter().all(|policy| has(snapshot, policy, &words))
        })
        .collect();
    if common.is_empty() || selected.iter().any(|policy| policy.is_broken) {
        return None;
    }
    let mut text = "scope \"New scope\" {\n".to_owned();
    for clause in &common {
        text.push_str(&words(snapshot, clause));
        text.push('\n');
    }
    let mut done = whole.start;
    for policy in &selected {
        let piece = Span::new(whole.source, done, policy.span.end);
        text.push('\n');
        text.push_str(without(snapshot, piece, policy, &common)?.trim());
        text.push('\n');
        done = policy.span.end;
    }
    text.push('}');
    let edit = Edit {
        span: whole,
        text: indented(&text, &indentation(snapshot, whole.source, whole.start)),
    };
    let heads = common
        .iter()
        .map(|clause| format!("`{}`", clause.head.word()));
    let heads = list(heads.collect(), "and");
    let count = selected.len();
    let title = format!("Put {count} policies into a new scope with their {heads}");
    Some(Action::same(title, ActionKind::Extract, vec![edit]))
}

/// Move a policy into a scope beside it whose clauses it repeats.
pub(super) fn into_neighbour(snapshot: &Snapshot, part: Span) -> Vec<Action> {
    let (Some(policy), Some(siblings)) = (policy_around(snapshot, part), siblings(snapshot, part))
    else {
        return Vec::new();
    };
    if policy.is_broken {
        return Vec::new();
    }
    let scopes = siblings.iter().filter_map(|one| match &one.kind {
        DeclarationKind::Scope { name, clauses, .. } => Some((one, name, clauses)),
        _ => None,
    });
    let moved = scopes.filter_map(|(scope, name, clauses)| {
        let common: Vec<&Clause> = clauses.iter().collect();
        let repeats = |clause: &&Clause| has(snapshot, policy, &words(snapshot, clause));
        let is_fit = !common.is_empty() && !scope.is_broken && common.iter().all(repeats);
        let text = snapshot.compilation().sources.text(scope.span);
        if !is_fit || !text.ends_with('}') {
            return None;
        }
        let whole = with_comments(snapshot, policy);
        let moved = without(snapshot, whole, policy, &common)?;
        let indent = indentation(snapshot, scope.span.source, scope.span.start) + "    ";
        let moved = indented(&moved, &indent);
        // Before the closing brace, and before its line where it has one.
        let brace = Span::new(scope.span.source, scope.span.end - 1, scope.span.end);
        let brace = whole_lines(snapshot.text(brace.source), brace)
            .start
            .min(brace.start);
        let edits = vec![
            Edit {
                span: Span::new(scope.span.source, brace, brace),
                text: format!("\n{indent}{moved}\n"),
            },
            Edit {
                span: whole,
                text: String::new(),
            },
        ];
        let title = format!("Move into the scope \"{}\"", name.value);
        Some(Action::same(title, ActionKind::Rewrite, edits))
    });
    moved.collect()
}

/// Whether a clause says what a policy does. Policies keep that: a reader looks for it there.
fn is_outcome(head: Head) -> bool {
    matches!(
        head,
        Head::Block | Head::Require | Head::Session | Head::Then
    )
}

/// A policy with the comments above it.
fn with_comments(snapshot: &Snapshot, policy: &Declaration) -> Span {
    let Span { source, start, end } = policy.span;
    Span::new(source, with_comments_above(snapshot, source, start), end)
}

/// The declarations beside the one that a part starts in.
fn siblings(snapshot: &Snapshot, part: Span) -> Option<&[Declaration]> {
    let tree = snapshot.tree(part.source)?;
    let position = Position::of(snapshot, part.source, part.start);
    let around = position.declarations.iter().rev();
    let is_around = |one: &&&Declaration| {
        let has_members = matches!(
            one.kind,
            DeclarationKind::Scope { .. } | DeclarationKind::Template { .. }
        );
        has_members && part.end <= one.span.end && one.span.start < part.start
    };
    Some(match around.clone().find(is_around).map(|one| &one.kind) {
        Some(
            DeclarationKind::Scope { members, .. } | DeclarationKind::Template { members, .. },
        ) => members,
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

/// A part of a text as it is written, but for these clauses of the policy in it; none where a
/// comment speaks of one of them.
fn without(
    snapshot: &Snapshot,
    part: Span,
    policy: &Declaration,
    left_out: &[&Clause],
) -> Option<String> {
    let sources = &snapshot.compilation().sources;
    let left_out: Vec<String> = left_out
        .iter()
        .map(|clause| words(snapshot, clause))
        .collect();
    let mut text = String::new();
    let mut done = part.start;
    for clause in clauses(policy) {
        if !left_out.contains(&words(snapshot, clause)) {
            continue;
        }
        if has_comment(snapshot, clause.span) || is_spoken_of(snapshot, clause) {
            return None;
        }
        let gone = whole_lines(snapshot.text(part.source), clause.span);
        text.push_str(sources.text(Span::new(part.source, done, gone.start.max(done))));
        done = gone.end;
    }
    text.push_str(sources.text(Span::new(part.source, done, part.end)));
    Some(text)
}

/// Whether a comment stands on the line of a clause, or right above it.
fn is_spoken_of(snapshot: &Snapshot, clause: &Clause) -> bool {
    let text = snapshot.text(clause.span.source);
    let before = text.get(..clause.span.start as usize).unwrap_or_default();
    let after = text.get(clause.span.end as usize..).unwrap_or_default();
    let behind = after.lines().next().unwrap_or_default();
    let above = before.lines().rev().nth(1).unwrap_or_default();
    behind.trim_start().starts_with("//") || above.trim_start().starts_with("//")
}

/// In the one style, as it stands so far inside, but for the first line.
fn indented(text: &str, indent: &str) -> String {
    let text = laid_out(text).unwrap_or_else(|| text.to_owned());
    let lines = text.lines().enumerate().map(|(at, line)| match (at, line) {
        (0, line) => line.to_owned(),
        (_, "") => String::new(),
        (_, line) => format!("{indent}{line}"),
    });
    let lines: Vec<String> = lines.collect();
    lines.join("\n")
}
