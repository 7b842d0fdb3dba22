//! Results as text: for people, for programs, for build servers.

mod json;
mod junit;

use std::fmt::Write as _;

use gatewright_source::SourceMap;

use crate::coverage::{Coverage, Seen};
use crate::run::Run;

pub use json::json;
pub use junit::{Suite, junit};

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
    if let Some(coverage) = &run.coverage {
        text.push('\n');
        text.push_str(&human_coverage(coverage, sources));
    }
    text
}

fn human_coverage(coverage: &Coverage, sources: &SourceMap) -> String {
    let (seen, total) = coverage.count();
    let percentage = coverage.percentage();
    let mut text = format!("coverage: {percentage:.1} % ({seen} of {total} outcomes)\n");
    let lists = [
        (&coverage.policies, "applies", "does not apply"),
        (&coverage.conditions, "holds", "fails"),
    ];
    for (list, held, failed) in lists {
        for seen in list.iter().filter(|seen| !seen.is_complete()) {
            let lacking = match (seen.outcomes.held, seen.outcomes.failed) {
                (true, _) => format!("no test in which it {failed}"),
                (_, true) => format!("no test in which it {held}"),
                _ => "no test decides it".to_owned(),
            };
            let _ = writeln!(text, "  {}: {lacking}", described(seen, sources));
        }
    }
    text
}

fn described(seen: &Seen, sources: &SourceMap) -> String {
    let (file, line, column) = place(seen.span, sources);
    format!("{file}:{line}:{column}: `{}`: {}", seen.policy, seen.what)
}

/// File, line and column of the start of a span.
fn place(span: gatewright_source::Span, sources: &SourceMap) -> (String, u32, u32) {
    let position = sources
        .get(span.source)
        .map(|source| source.position(span.start));
    let (line, column) = position.map_or((0, 0), |position| (position.line, position.column));
    (sources.name(span.source).to_owned(), line, column)
}
