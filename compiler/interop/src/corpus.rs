//! The report on how real files are read: `docs/corpus.md`.
//!
//! An object counts as accepted where nothing but hints is said about it, else with warnings or
//! with errors. A finding belongs to the object that it points into; one that points outside all
//! objects belongs to the file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gatewright_diagnostics::{Code, Diagnostic, Severity};
use gatewright_source::Span;

use crate::recognise::Document;

/// A file of the corpus.
#[derive(Clone, Copy, Debug)]
pub struct CorpusFile<'a> {
    /// Where it comes from: `owner/name` of a repository.
    pub origin: &'a str,
    /// Its path in that repository.
    pub path: &'a str,
    /// What was found in it.
    pub document: &'a Document,
    /// What is said later about the file on its own, by [`assemble`](crate::assemble()) and the
    /// checks that follow.
    pub later: &'a [Diagnostic],
}

#[derive(Default)]
struct Row {
    files: usize,
    policies: usize,
    locations: usize,
    accepted: usize,
    warned: usize,
    refused: usize,
}

/// Write the report, in Markdown; origins are in order of their names, files in the given order.
#[must_use]
pub fn report(files: &[CorpusFile<'_>]) -> String {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut codes: BTreeMap<&str, (Code, usize)> = BTreeMap::new();
    let mut errors: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for file in files {
        let row = rows.entry(file.origin).or_default();
        count(row, file);
        for finding in findings(file).filter(|f| f.severity != Severity::Hint) {
            codes
                .entry(finding.code.name())
                .or_insert((finding.code, 0))
                .1 += 1;
        }
        for finding in findings(file).filter(|f| f.severity == Severity::Error) {
            let (code, message) = (finding.code.name(), &finding.message);
            let line = format!("- `{}`: {code}, {message}", file.path);
            errors.entry(file.origin).or_default().push(line);
        }
    }
    let mut text = table(&rows);
    text.push_str("\n## Errors and why\n");
    if errors.is_empty() {
        text.push_str("\nThere are none.\n");
    }
    for (origin, mut lines) in errors {
        lines.dedup();
        let _ = write!(text, "\n### {origin}\n\n{}\n", lines.join("\n"));
    }
    text.push_str("\n## What is said\n\n| code | says that | times |\n|---|---|---:|\n");
    for (name, (code, times)) in codes {
        let link = format!("[{name}](diagnostics/{name}.md)");
        let _ = writeln!(text, "| {link} | {} | {times} |", code.summary());
    }
    text
}

fn findings<'a>(file: &CorpusFile<'a>) -> impl Iterator<Item = &'a Diagnostic> {
    file.document.diagnostics.iter().chain(file.later)
}

fn count(row: &mut Row, file: &CorpusFile<'_>) {
    let document = file.document;
    row.files += 1;
    row.policies += document.policies.len();
    row.locations += document.locations.len();
    let policies = document.policies.iter().map(|found| found.object.span);
    let spans: Vec<Span> = policies
        .chain(document.locations.iter().map(|found| found.object.span))
        .collect();
    let is_inside = |span: Span, whole: Span| {
        span.source == whole.source && whole.start <= span.start && span.end <= whole.end
    };
    let mut worst: Vec<Option<Severity>> = vec![None; spans.len()];
    for finding in findings(file) {
        let place = finding.span();
        let is_of_file = !spans.iter().any(|whole| is_inside(place, *whole));
        for (worst, whole) in worst.iter_mut().zip(&spans) {
            if is_of_file || is_inside(place, *whole) {
                *worst = (*worst).max(Some(finding.severity));
            }
        }
    }
    for severity in worst {
        match severity {
            None | Some(Severity::Hint) => row.accepted += 1,
            Some(Severity::Warning) => row.warned += 1,
            Some(Severity::Error) => row.refused += 1,
        }
    }
}

fn table(rows: &BTreeMap<&str, Row>) -> String {
    let mut text = String::from(
        "# The corpus\n\n\
         Real policies and named locations from public repositories, and how they are read.\n\
         This page is generated.\n\
         Accepted are those of which nothing is said; a policy with warnings is read and decided, \
         one with errors is what Microsoft would refuse or cannot be understood.\n\n\
         | source | files | policies | named locations | accepted | with warnings | with errors |\n\
         |---|---:|---:|---:|---:|---:|---:|\n",
    );
    let mut sum = Row::default();
    for (origin, row) in rows {
        push_row(&mut text, origin, row);
        sum.files += row.files;
        sum.policies += row.policies;
        sum.locations += row.locations;
        sum.accepted += row.accepted;
        sum.warned += row.warned;
        sum.refused += row.refused;
    }
    push_row(&mut text, "together", &sum);
    text
}

fn push_row(text: &mut String, name: &str, row: &Row) {
    let Row {
        files,
        policies,
        locations,
        accepted,
        warned,
        refused,
    } = row;
    let _ = writeln!(
        text,
        "| {name} | {files} | {policies} | {locations} | {accepted} | {warned} | {refused} |"
    );
}
