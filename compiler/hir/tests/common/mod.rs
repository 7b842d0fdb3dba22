//! The only place that knows how to run the front end in a test.

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::data::Data;
use gatewright_hir::model::{Edition, Expr, PolicySet};
use gatewright_hir::{Context, check, entra_schema, lint, rule, syntax_diagnostic};
use gatewright_source::SourceMap;
use gatewright_syntax::parse_file;

/// What became of some files.
pub(crate) struct Checked {
    pub(crate) sources: SourceMap,
    pub(crate) set: PolicySet,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// The codes, in order of the text.
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.diagnostics.iter().map(|d| d.code.name()).collect()
    }
}

/// Check a project of these files.
pub(crate) fn project(texts: &[(&str, &str)]) -> Checked {
    let mut sources = SourceMap::new();
    let mut diagnostics = Vec::new();
    let mut files = Vec::new();
    for (name, text) in texts {
        let source = sources.add(*name, *text);
        let parsed = parse_file(source, text);
        diagnostics.extend(parsed.problems.iter().map(syntax_diagnostic));
        files.push((source, parsed.tree));
    }
    let cx = Context {
        sources: &sources,
        schema: entra_schema(),
        edition: Edition::NEWEST,
        data: Data::built_in(),
        names: &[],
    };
    let (set, found) = check(&files, &cx);
    diagnostics.extend(found);
    diagnostics.extend(lint(&set));
    Checked { sources, set, diagnostics }
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
