//! What there is to say of a project as a whole.

use std::collections::BTreeSet;

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir as hir;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::ObjectKind;

use crate::consequences::drop_consequences;
use crate::effectless::{effectless, targetless};
use crate::joining::Joined;
use crate::locations;
use crate::reading::Reading;
use crate::redundant;

/// Everything that was found, without what follows from other findings and without what the text
/// allows.
pub(crate) fn find(
    reading: &mut Reading,
    joined: &Joined,
    memo: Option<&mut redundant::Memo>,
) -> Vec<Diagnostic> {
    let mut found = std::mem::take(&mut reading.diagnostics);
    lint(reading, joined, &mut found, memo);
    found.retain(|problem| Some(problem.span().source) != joined.built_in);
    drop_consequences(&joined.set, &mut found);
    found.retain(|problem| !joined.unread.explains(problem, &reading.sources));
    hir::mark_instances(&joined.set, &mut found);
    let mut found = hir::suppress(&reading.sources, &reading.trees, &reading.libraries, found);
    found.extend(nothing(joined, &found));
    found
}

/// What is worth a word although it can be understood. Later steps look at what earlier ones found.
fn lint(
    reading: &Reading,
    joined: &Joined,
    found: &mut Vec<Diagnostic>,
    mut memo: Option<&mut redundant::Memo>,
) {
    let set = &joined.set;
    let texts: BTreeSet<SourceId> = reading.trees.iter().map(|(text, _)| *text).collect();
    let is_text = |source: SourceId| texts.contains(&source) || Some(source) == joined.built_in;
    let of_json = set
        .policies
        .iter()
        .filter(|policy| !is_text(policy.span.source));
    found.extend(targetless(of_json.clone()));
    found.extend(effectless(of_json, found));
    let is_complete = joined.directory.complete.contains(&ObjectKind::Location);
    let is_told = |policy: Span| is_complete && !is_text(policy.source);
    found.extend(locations::undefined(set, is_told));
    let notation = |source: SourceId| {
        if is_text(source) {
            hir::Notation::Text
        } else {
            hir::Notation::Graph
        }
    };
    found.extend(hir::lint(set, notation));
    if let Some(memo) = memo.as_deref_mut().filter(|_| !joined.is_remembered) {
        memo.forget();
    }
    found.extend(redundant::check(set, found, &reading.sources, memo));
}

/// Say that there is nothing to decide by, unless something could not be read.
fn nothing(joined: &Joined, found: &[Diagnostic]) -> Option<Diagnostic> {
    let set = &joined.set;
    // A project may hold invariants for other projects.
    let is_empty = set.policies.is_empty()
        && set.compliance.policies.is_empty()
        && joined.invariants.is_empty();
    let is_unread = found.iter().any(Diagnostic::is_unreadable);
    (is_empty && !is_unread).then(|| {
        let span = Span::new(SourceId(0), 0, 0);
        Diagnostic::new(codes::GW0803, span, "there is no policy in what was given")
            .help("every sign-in is let through by an empty set; check the path")
    })
}
