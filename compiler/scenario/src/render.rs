//! Results as text: for people, for programs, for build servers.

mod json;
mod junit;
mod mutation;
mod suggestions;

use std::fmt::Write as _;

use gatewright_source::SourceMap;

use crate::coverage::Coverage;
use crate::run::Run;

pub use json::json;
pub use junit::{Suite, junit};
pub use suggestions::suggested;

/// The results as people read them, without the findings of failures: those are rendered as all
/// findings are.
#[must_use]
pub fn human(run: &Run, sources: &SourceMap) -> String {
    let mut text = String::new();
    for test in &run.tests {
        let word = if test.failures.is_empty() {
            "ok    "
        } else {
            "FAILED"
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{word} {}", test.name);
    }
    for invariant in &run.invariants {
        let word = match invariant.outcome() {
            "passed" => "ok",
            "failed" => "FAILED",
            "unknown" => "?",
            other => other,
        };
        let _ = writeln!(text, "{word:<6} invariant {}", invariant.name);
    }
    if let Some(coverage) = &run.coverage {
        text.push('\n');
        text.push_str(&human_coverage(coverage, sources));
    }
    if let Some(mutation) = &run.mutation {
        text.push('\n');
        text.push_str(&mutation::human(mutation, sources));
    }
    text
}

/// Of each policy that is not covered, the edges that the tests came to and did not take. What lies
/// behind one of these is counted only: it takes another sign-in to come there at all.
fn human_coverage(coverage: &Coverage, sources: &SourceMap) -> String {
    // LIMIT: edges of a policy that are listed.
    const SHOWN: usize = 12;
    let (taken, total) = coverage.count();
    let percentage = coverage.percentage();
    let mut text = format!("coverage: {percentage:.1} % ({taken} of {total} edges");
    // Writing to a string cannot fail.
    let _ = match coverage.ruled_out {
        0 => writeln!(text, ")"),
        1 => writeln!(text, "; 1 more that no sign-in can take)"),
        more => writeln!(text, "; {more} more that no sign-in can take)"),
    };
    for seen in &coverage.policies {
        let (taken, total) = coverage.count_of(seen.place);
        if taken == total && seen.is_complete() {
            continue;
        }
        let lacking = match (seen.outcomes.held, seen.outcomes.failed) {
            // A policy without conditions applies always.
            (true, false) if total == 0 => continue,
            (true, true) => String::new(),
            (true, false) => "; no test in which it does not apply".to_owned(),
            (false, true) => "; no test in which it applies".to_owned(),
            (false, false) => "; no test decides whether it applies".to_owned(),
        };
        let (file, line, column) = place(seen.span, sources);
        let name = &seen.policy;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {file}:{line}:{column}: `{name}`: {taken} of {total} edges{lacking}"
        );
        let edges = coverage.edges_of(seen.place);
        let root = edges.first().map(|edge| edge.node);
        let open = edges.iter().filter(|edge| !edge.is_covered);
        let (open, behind): (Vec<_>, Vec<_>) =
            open.partition(|edge| edge.is_reached || Some(edge.node) == root);
        for edge in open.iter().take(SHOWN) {
            let (file, line, column) = place(edge.span, sources);
            let (reason, what) = (edge.reason, &edge.what);
            let _ = writeln!(
                text,
                "    {file}:{line}:{column}: {reason}: no test in which {what}"
            );
        }
        let more = open.len().saturating_sub(SHOWN) + behind.len();
        if more > 0 {
            let _ = writeln!(text, "    and {more} more, most of them behind these");
        }
    }
    text
}

/// File, line and column of the start of a span.
fn place(span: gatewright_source::Span, sources: &SourceMap) -> (String, u32, u32) {
    let position = sources
        .get(span.source)
        .map(|source| source.position(span.start));
    let (line, column) = position.map_or((0, 0), |position| (position.line, position.column));
    (sources.name(span.source).to_owned(), line, column)
}
