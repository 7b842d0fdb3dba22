//! A project as it was compiled at one moment.

use std::sync::Arc;

use gatewright_compiler::{Compilation, Input, Proof, SourceFile, compile};
use gatewright_diagnostics::Edit;
use gatewright_hir::Reference;
use gatewright_source::{SourceId, Span};
use gatewright_syntax::TokenTable;
use gatewright_syntax::ast::File;

use crate::json::Understood;

/// A project as it was compiled at one moment. Cheap to clone, never changes.
#[derive(Clone)]
pub struct Snapshot {
    input: Arc<Input>,
    compilation: Arc<Compilation>,
    proofs: Option<Arc<[Proof]>>,
    json: Understood,
}

/// What kind of text a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Policies, objects, rules, tests: the language itself.
    PolicyText,
    /// Graph JSON, or a directory of people and groups.
    Json,
    /// `gatewright.toml`.
    Manifest,
    /// A table of known objects.
    Table,
}

impl Snapshot {
    /// A snapshot of a compilation of this input, about whose invariants nothing is known yet.
    #[must_use]
    pub fn new(input: Arc<Input>, compilation: Compilation) -> Snapshot {
        Snapshot {
            input,
            json: Understood::new(compilation.sources.iter().count()),
            compilation: Arc::new(compilation),
            proofs: None,
        }
    }

    /// The same with what was found of its invariants.
    #[must_use]
    pub fn with_proofs(&self, proofs: Vec<Proof>) -> Snapshot {
        Snapshot {
            input: Arc::clone(&self.input),
            compilation: Arc::clone(&self.compilation),
            proofs: Some(proofs.into()),
            json: self.json.clone(),
        }
    }

    /// What the compiler made of the project.
    #[must_use]
    pub fn compilation(&self) -> &Compilation {
        &self.compilation
    }

    /// What it was compiled from.
    #[must_use]
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The project as it would be with these edits: how a feature finds out what an edit does.
    /// Edits of what is not among the sources are left out. Cost: a compilation.
    #[must_use]
    pub fn edited(&self, edits: &[Edit]) -> Snapshot {
        let mut input = (*self.input).clone();
        for file in files(&mut input) {
            let Some(source) = self.source(&file.path) else {
                continue;
            };
            let own = edits.iter().filter(|edit| edit.span.source == source);
            let mut own: Vec<&Edit> = own.collect();
            if own.is_empty() {
                continue;
            }
            own.sort_by_key(|edit| (edit.span.start, edit.span.end));
            file.bytes = apply(self.text(source), &own).into_bytes();
        }
        let compilation = compile(&input);
        Snapshot::new(Arc::new(input), compilation)
    }

    /// What was found of the invariants, where they have been decided.
    #[must_use]
    pub fn proofs(&self) -> Option<&[Proof]> {
        self.proofs.as_deref()
    }

    /// What was made of the JSON files.
    pub(crate) fn json(&self) -> &Understood {
        &self.json
    }

    /// The source with this name.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<SourceId> {
        let mut sources = self.compilation.sources.iter();
        sources.find(|(_, s)| s.name == name).map(|(id, _)| id)
    }

    /// The text of a source; empty for an id of another project.
    #[must_use]
    pub fn text(&self, source: SourceId) -> &str {
        let source = self.compilation.sources.get(source);
        source.map_or("", |source| &source.text)
    }

    /// What kind of text a source is.
    #[must_use]
    pub fn form(&self, source: SourceId) -> Form {
        let name = self.compilation.sources.name(source);
        if self.tree(source).is_some() {
            Form::PolicyText
        } else if name.ends_with(".toml") {
            Form::Manifest
        } else if name.ends_with(".txt") {
            Form::Table
        } else {
            Form::Json
        }
    }

    /// The tree of a source, if it is policy text.
    #[must_use]
    pub fn tree(&self, source: SourceId) -> Option<&File> {
        let mut trees = self.compilation.trees.iter();
        let (_, file) = trees.find(|(id, _)| *id == source)?;
        Some(file)
    }

    /// The tokens of a source, trivia included. Cost: linear in the text, some hundred megabytes a
    /// second.
    #[must_use]
    pub fn tokens(&self, source: SourceId) -> TokenTable {
        gatewright_syntax::lex_file(self.text(source))
    }

    /// The names that are used in a source and stand for something, in order of the text.
    #[must_use]
    pub fn references(&self, source: SourceId) -> &[Reference] {
        let all = &self.compilation.references;
        let start = all.partition_point(|reference| reference.span.source < source);
        let end = all.partition_point(|reference| reference.span.source <= source);
        all.get(start..end).unwrap_or_default()
    }

    /// The name that is used at an offset: the innermost one, a place right behind it included.
    #[must_use]
    pub fn reference_at(&self, source: SourceId, offset: u32) -> Option<&Reference> {
        let holds = |span: Span| span.start <= offset && offset <= span.end;
        let found = self.references(source).iter();
        found
            .filter(|reference| holds(reference.span))
            .min_by_key(|reference| (reference.span.len(), reference.span.start != offset))
    }
}

/// Every file of an input.
fn files(input: &mut Input) -> impl Iterator<Item = &mut SourceFile> {
    let files = input.files.iter_mut().chain(&mut input.manifest);
    let files = files.chain(&mut input.directory);
    let files = files.chain(&mut input.libraries);
    files.chain(input.data.iter_mut().map(|(_, file)| file))
}

/// A text with edits, which are in order; one that overlaps the one before is left out.
fn apply(text: &str, edits: &[&Edit]) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        let range = edit.span.range();
        let Some(before) = text.get(done..range.start) else {
            continue;
        };
        edited.push_str(before);
        edited.push_str(&edit.text);
        done = range.end;
    }
    edited.push_str(text.get(done..).unwrap_or_default());
    edited
}
