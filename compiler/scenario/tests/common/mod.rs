//! A project from its text, and its tests run.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::sync::Arc;

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::data::Data;
use gatewright_hir::model::{Edition, PolicySet};
use gatewright_hir::scenario::{Scenario, check_names};
use gatewright_hir::schema::Schema;
use gatewright_hir::{Context, check, entra_schema, lower_schema};
use gatewright_scenario::{Options, Run, run};
use gatewright_source::{SourceId, SourceMap};
use gatewright_syntax::parse_file;

/// A project of one file.
pub(crate) struct Project {
    pub(crate) sources: SourceMap,
    pub(crate) set: PolicySet,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Policies for Entra, and their tests.
pub(crate) fn project(text: &str) -> Project {
    with_schema(entra_schema(), text)
}

/// Policies under a schema of one's own, and their tests.
pub(crate) fn own_project(schema: &str, text: &str) -> Project {
    let parsed = parse_file(SourceId(0), schema);
    let (schema, problems) = lower_schema(&parsed.tree);
    assert!(problems.is_empty(), "{problems:?}");
    with_schema(Arc::new(schema), text)
}

fn with_schema(schema: Arc<Schema>, text: &str) -> Project {
    let mut sources = SourceMap::new();
    let source = sources.add("main.gate", text);
    let parsed = parse_file(source, text);
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    let files = [(source, Arc::new(parsed.tree))];
    let cx = Context {
        sources: &sources,
        schema,
        edition: Edition::NEWEST,
        data: Data::built_in(),
        names: &[],
        libraries: &[],
        today: None,
    };
    let checked = check(&files, &cx);
    let mut diagnostics = checked.diagnostics;
    diagnostics.extend(check_names(&checked.scenarios, &checked.set));
    Project {
        sources,
        set: checked.set,
        scenarios: checked.scenarios,
        diagnostics,
    }
}

#[track_caller]
pub(crate) fn ran_with(project: &Project, options: &Options<'_>) -> Run {
    let codes: Vec<&str> = project.diagnostics.iter().map(|d| d.code.name()).collect();
    assert!(codes.is_empty(), "{:#?}", project.diagnostics);
    run(
        &project.set,
        &project.scenarios,
        &project.sources,
        options,
        &mut |_, _| {},
    )
    .unwrap()
}
