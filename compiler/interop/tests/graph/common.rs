//! What the tests of this crate share: a context without a compiler around it, and the corpus.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_hir::model::{AppGroup, Edition, Expr, ObjectName, PolicySet, Strength};
use gatewright_hir::schema::Schema;
use gatewright_interop::{Assembled, Context, Document, RuleReading, assemble, read};
use gatewright_source::{SourceId, decode};
use gatewright_syntax::ast::ObjectKind;

/// What a context borrows from.
pub(crate) struct World {
    pub(crate) schema: Arc<Schema>,
    pub(crate) strengths: Vec<Strength>,
    pub(crate) names: Vec<ObjectName>,
    pub(crate) app_groups: Vec<AppGroup>,
}

impl World {
    pub(crate) fn new() -> World {
        let strength = |number: u8, name: &str| Strength {
            id: format!("00000000-0000-0000-0000-00000000000{number}"),
            display_name: name.to_owned(),
            combinations: Vec::new(),
            span: None,
        };
        let group = |name: &str| AppGroup { name: name.to_owned(), apps: Vec::new() };
        let name = |kind, id: &str, name: &str| ObjectName {
            kind,
            id: id.to_owned(),
            name: name.to_owned(),
            span: None,
        };
        World {
            schema: Arc::new(Schema { is_entra: true, ..Schema::default() }),
            strengths: vec![strength(2, "Mfa"), strength(4, "PhishingResistantMfa")],
            names: vec![name(
                ObjectKind::Role,
                "62e90394-69f5-4237-9190-012177145e10",
                "GlobalAdministrator",
            )],
            app_groups: vec![group("MicrosoftAdminPortals"), group("Office365")],
        }
    }

    pub(crate) fn with<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        let device_rule =
            |_: SourceId, _: &str| RuleReading { expr: Some(Expr::Constant(true)), diagnostics: vec![] };
        work(&Context {
            schema: &self.schema,
            device_rule: &device_rule,
            strengths: &self.strengths,
            names: &self.names,
            app_groups: &self.app_groups,
        })
    }
}

pub(crate) fn read_one(text: &str) -> Document {
    World::new().with(|cx| read(SourceId(0), text, cx))
}

pub(crate) fn assemble_all(texts: &[&str]) -> Assembled {
    World::new().with(|cx| {
        let documents = (0..).zip(texts).map(|(at, text)| read(SourceId(at), text, cx)).collect();
        assemble(documents, Edition::NEWEST, cx)
    })
}

pub(crate) fn set_of(text: &str) -> PolicySet {
    assemble_all(&[text]).set
}

/// The names of the codes, sorted, without repetition.
pub(crate) fn codes(diagnostics: &[Diagnostic]) -> Vec<&'static str> {
    let mut codes: Vec<_> = diagnostics.iter().map(|d| d.code.name()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

pub(crate) fn errors(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    diagnostics.iter().filter(|d| d.severity == Severity::Error).collect()
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
