//! The only place that knows how to run the front end in a test.
//!
//! What is expected stands in the source, under the line that it is about: `//^^^^ GW0302: message`.
//! The carets are under the primary place; the message may be left out or be only its start.

#![allow(dead_code, reason = "each test file uses a part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_diagnostics::{Diagnostic, Levels};
use gatewright_hir::data::Data;
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{Edition, Expr, PolicySet};
use gatewright_hir::{
    Context, Date, Notation, check, entra_schema, lint, mark_instances, rule, suppress,
    syntax_diagnostic,
};
use gatewright_source::{SourceMap, Span};
use gatewright_syntax::parse_file;

/// What became of some files.
pub(crate) struct Checked {
    pub(crate) sources: SourceMap,
    pub(crate) set: PolicySet,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// The codes, in order of the text.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.diagnostics.iter().map(|d| d.code.name()).collect()
    }

    /// The findings as people read them.
    pub(crate) fn render(&self) -> String {
        gatewright_diagnostics::render::human(&self.diagnostics, &self.sources, false)
    }
}

/// Check a project of these files.
pub(crate) fn project(texts: &[(&str, &str)]) -> Checked {
    project_on(None, texts)
}

/// The same on a day; files in `library/` are those of a library. Ids of tests are short, and what
/// is said of that is left out.
pub(crate) fn project_on(today: Option<Date>, texts: &[(&str, &str)]) -> Checked {
    let mut checked = project_in_full(today, texts);
    checked
        .diagnostics
        .retain(|found| found.code.name() != "GW0610");
    checked
}

fn project_in_full(today: Option<Date>, texts: &[(&str, &str)]) -> Checked {
    let mut sources = SourceMap::new();
    let mut diagnostics = Vec::new();
    let mut files = Vec::new();
    let mut libraries = Vec::new();
    for (name, text) in texts {
        let source = sources.add(*name, *text);
        if name.starts_with("library/") {
            libraries.push(source);
        }
        let parsed = parse_file(source, text);
        diagnostics.extend(parsed.problems.iter().map(syntax_diagnostic));
        files.push((source, std::sync::Arc::new(parsed.tree)));
    }
    let cx = Context {
        sources: &sources,
        schema: entra_schema(),
        edition: Edition::NEWEST,
        data: Data::built_in(),
        names: &[],
        libraries: &libraries,
        today,
    };
    let gatewright_hir::Checked {
        set,
        invariants,
        diagnostics: found,
        ..
    } = check(&files, &cx);
    diagnostics.extend(found);
    diagnostics.extend(lint(&set, |_| Notation::Text));
    mark_instances(&set, &mut diagnostics);
    let diagnostics = suppress(&sources, &files, &libraries, diagnostics);
    let diagnostics = Levels::default().apply(diagnostics);
    Checked {
        sources,
        set,
        invariants,
        diagnostics,
    }
}

/// The same with what is said of ids.
pub(crate) fn file_in_full(text: &str) -> Checked {
    project_in_full(None, &[("main.gate", text)])
}

/// Check a project of one file.
pub(crate) fn file(text: &str) -> Checked {
    project(&[("main.gate", text)])
}

/// Check the rule of a device filter on its own.
pub(crate) fn device_rule(text: &str) -> (Option<Expr>, Vec<Diagnostic>, SourceMap) {
    let mut sources = SourceMap::new();
    let source = sources.add("<rule>", text);
    let (expr, found) = rule::check_device_rule(&entra_schema(), text, source, 0);
    (expr, found, sources)
}

/// Check a file, and compare with what its comments expect.
#[track_caller]
pub(crate) fn expect(text: &str) {
    let checked = file(text);
    compare(text, &checked.diagnostics, &checked.render());
}

/// Check a rule, and compare with what its comments expect.
#[track_caller]
pub(crate) fn expect_rule(text: &str) {
    let (_, found, sources) = device_rule(text);
    let picture = gatewright_diagnostics::render::human(&found, &sources, false);
    compare(text, &found, &picture);
}

#[track_caller]
fn compare(text: &str, found: &[Diagnostic], picture: &str) {
    let mut wanted: Vec<(u32, u32, &str, &str)> = annotations(text);
    let mut extra = Vec::new();
    for diagnostic in found {
        let span: Span = diagnostic.span();
        let code = diagnostic.code.name();
        let at = wanted.iter().position(|(start, end, c, message)| {
            (*start, *end, *c) == (span.start, span.end, code)
                && diagnostic.message.starts_with(message)
        });
        match at {
            Some(at) => drop(wanted.remove(at)),
            None => {
                let place = text.get(span.range()).unwrap_or("");
                extra.push(format!(
                    "{code} at {}..{} `{place}`: {}",
                    span.start, span.end, diagnostic.message
                ));
            }
        }
    }
    assert!(
        wanted.is_empty() && extra.is_empty(),
        "missing: {wanted:?}\nnot expected: {extra:#?}\n{picture}"
    );
}

/// `//^^^^ GW0302: message` below a line: start, end, code, message.
fn annotations(text: &str) -> Vec<(u32, u32, &str, &str)> {
    let mut found = Vec::new();
    let mut line_start = 0;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        match trimmed
            .find("//")
            .filter(|at| trimmed[at + 2..].trim_start().starts_with('^'))
        {
            Some(_) => {
                let first = trimmed.find('^').unwrap();
                let length = trimmed[first..].chars().take_while(|c| *c == '^').count();
                // Columns count characters, as the carets do.
                let above = &text[line_start..];
                let offset = |column: usize| {
                    above
                        .char_indices()
                        .nth(column)
                        .map_or(above.len(), |(at, _)| at)
                        + line_start
                };
                let column = trimmed[..first].chars().count();
                let rest = trimmed[first + length..].trim();
                let (code, message) = rest.split_once(':').unwrap_or((rest, ""));
                found.push((
                    u32::try_from(offset(column)).unwrap(),
                    u32::try_from(offset(column + length)).unwrap(),
                    code.trim(),
                    message.trim(),
                ));
            }
            None => line_start = start,
        }
        start += line.len();
    }
    found
}
