//! What the tests of this crate share: a context without a compiler around it, and the corpus.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_hir::data::Data;
use gatewright_hir::entra_schema;
use gatewright_hir::model::{Edition, ObjectName, Strength};
use gatewright_hir::rule::check_rule_of;
use gatewright_hir::schema::Schema;
use gatewright_interop::{Assembled, Context, Document, RuleReading, assemble, read};
use gatewright_source::{SourceId, decode};

/// What a context borrows from.
pub(crate) struct World {
    schema: Arc<Schema>,
    strengths: Vec<Strength>,
    names: Vec<ObjectName>,
}

impl World {
    pub(crate) fn new() -> World {
        let data = Data::built_in();
        World {
            schema: entra_schema(),
            strengths: data.built_in_strengths(),
            names: data.names(),
        }
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        let read_rule = |dialect: &str, source: SourceId, text: &str| {
            let (expr, diagnostics) = check_rule_of(&self.schema, dialect, text, source, 0);
            RuleReading { expr, diagnostics }
        };
        work(&Context {
            schema: &self.schema,
            rule: &read_rule,
            strengths: &self.strengths,
            names: &self.names,
            app_groups: &Data::built_in().app_groups,
        })
    }
}

pub(crate) fn read_one(text: &str) -> Document {
    World::new().with(|cx| read(SourceId(0), text, cx))
}

pub(crate) fn assemble_all(texts: &[&str]) -> Assembled {
    World::new().with(|cx| {
        let documents = (0..)
            .zip(texts)
            .map(|(at, text)| read(SourceId(at), text, cx))
            .collect();
        assemble(documents, Edition::NEWEST, cx)
    })
}

/// The names of the codes, sorted, without repetition.
pub(crate) fn codes(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    let mut codes: Vec<_> = diagnostics.iter().map(|d| d.code.name()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

pub(crate) fn errors(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    diagnostics
        .iter()
        .filter(|d| d.severity == Severity::Error)
        .collect()
}

pub(crate) fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus")
}

/// Every file with this ending below a folder, in order of the paths.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub(crate) fn text_of(path: &Path) -> String {
    decode(&std::fs::read(path).unwrap()).unwrap().text
}
