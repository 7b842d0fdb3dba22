//! From bytes to what is written: the manifest, the tables, trees of policy text, Graph JSON.

use std::borrow::Cow;
use std::sync::Arc;

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir::data::Data;
use gatewright_hir::syntax_diagnostic;
use gatewright_interop::{self as interop, Assembled, Document};
use gatewright_source::{SourceId, SourceMap, Span, decode};
use gatewright_syntax::ast::{DeclarationKind, File};
use gatewright_syntax::{PROBLEMS_MAX, parse_file};

use crate::export::with_context;
use crate::manifest::{self, Manifest};
use crate::session::{Texts, Tree};
use crate::{Input, SourceFile};

/// What was read, and what there is to say of it so far.
pub(crate) struct Reading {
    /// Every text, for places.
    pub(crate) sources: SourceMap,
    /// What the manifest says, with what the caller says instead.
    pub(crate) manifest: Manifest,
    /// What is known of every tenant, with what the project adds to it.
    pub(crate) data: Cow<'static, Data>,
    /// Policy text, libraries last.
    pub(crate) trees: Vec<(SourceId, Arc<File>)>,
    /// Which of the trees are libraries.
    pub(crate) libraries: Vec<SourceId>,
    /// What is wrong so far.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Read everything that the caller brings: the text apart from Graph JSON and directories, which
/// are put together.
pub(crate) fn read(input: &Input, texts: Option<&mut Texts>) -> (Reading, Assembled) {
    let mut reader = Reader {
        texts,
        sources: SourceMap::new(),
        trees: Vec::new(),
        libraries: Vec::new(),
        diagnostics: Vec::new(),
    };
    let mut manifest = reader.manifest(input);
    manifest.edition = input.edition.unwrap_or(manifest.edition);
    let data = reader.tables(input);
    let mut json = with_context(&data, |cx| {
        let documents = reader.files(input, cx);
        if let Some(file) = &input.manifest {
            let found = schema_file(&manifest, &file.path, &reader.trees, &reader.sources);
            reader.diagnostics.extend(found);
        }
        reader.libraries(input);
        interop::assemble(documents, manifest.edition, cx)
    });
    reader.diagnostics.append(&mut json.diagnostics);
    let reading = Reading {
        sources: reader.sources,
        manifest,
        data,
        trees: reader.trees,
        libraries: reader.libraries,
        diagnostics: reader.diagnostics,
    };
    (reading, json)
}

struct Reader<'t> {
    texts: Option<&'t mut Texts>,
    sources: SourceMap,
    trees: Vec<(SourceId, Arc<File>)>,
    libraries: Vec<SourceId>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn manifest(&mut self, input: &Input) -> Manifest {
        let file = input.manifest.as_ref();
        let Some((source, text)) = file.and_then(|file| self.add(file)) else {
            return Manifest::default();
        };
        let (manifest, problems) = manifest::read(source, &text);
        self.diagnostics.extend(problems);
        let missing = input.missing.iter();
        let missing = missing.map(|missing| manifest::missing(source, &text, missing));
        self.diagnostics.extend(missing);
        manifest
    }

    /// What is known of every tenant, with what the project adds to it.
    fn tables(&mut self, input: &Input) -> Cow<'static, Data> {
        let mut data = Cow::Borrowed(Data::built_in());
        for (table, file) in &input.data {
            if let Some((source, text)) = self.add(file) {
                let found = data.to_mut().extend(*table, source, &text);
                self.diagnostics.extend(found);
            }
        }
        data
    }

    /// Policy text and Graph JSON, the directory last.
    fn files(&mut self, input: &Input, cx: &interop::Context<'_>) -> Vec<Document> {
        let mut documents = Vec::new();
        let files = input.files.iter().map(|file| (file, false));
        for (file, is_directory) in files.chain(input.directory.iter().map(|file| (file, true))) {
            let Some((source, text)) = self.add(file) else {
                continue;
            };
            if !is_json(&file.path, &text) {
                self.parse(source, &text);
                continue;
            }
            let read = || {
                if is_directory {
                    interop::read_directory(source, &text, cx)
                } else {
                    interop::read(source, &text, cx)
                }
            };
            let document = match &mut self.texts {
                Some(texts) => texts.document(source, &text, read),
                None => read(),
            };
            self.diagnostics
                .extend(document.diagnostics.iter().cloned());
            documents.push(document);
        }
        documents
    }

    fn libraries(&mut self, input: &Input) {
        for file in &input.libraries {
            if let Some((source, text)) = self.add(file) {
                self.parse(source, &text);
                self.libraries.push(source);
            }
        }
    }

    fn parse(&mut self, source: SourceId, text: &Arc<str>) {
        let parse = || Tree::from(parse_file(source, text));
        let read = match &mut self.texts {
            Some(texts) => texts.tree(source, text, parse),
            None => parse(),
        };
        self.diagnostics
            .extend(read.problems.iter().map(syntax_diagnostic));
        self.diagnostics
            .extend(cut_off(source, read.problems.len()));
        self.trees.push((source, read.file));
    }

    /// Decode a file and add it to the sources; what is no text, or too large, is reported.
    fn add(&mut self, file: &SourceFile) -> Option<(SourceId, Arc<str>)> {
        match decode(&file.bytes) {
            Ok(decoded) => {
                let text: Arc<str> = decoded.text.into();
                Some((self.sources.add(file.path.clone(), Arc::clone(&text)), text))
            }
            Err(error) => {
                let source = self.sources.add(file.path.clone(), "");
                let message = format!("`{}` is {error}", file.path);
                self.diagnostics.push(
                    Diagnostic::new(codes::GW0802, Span::new(source, 0, 0), message)
                        .help("save the file as UTF-8"),
                );
                None
            }
        }
    }
}

/// Say that a text has more mistakes than reading it lists.
fn cut_off(source: SourceId, count: usize) -> Option<Diagnostic> {
    (count >= PROBLEMS_MAX).then(|| {
        let message = format!("reading stops after {PROBLEMS_MAX} mistakes in one file");
        Diagnostic::new(codes::GW0631, Span::new(source, 0, 0), message)
            .because("further ones are not shown")
            .help("mend what is shown, and run again")
    })
}

/// Whether the manifest names the file that declares the schema.
fn schema_file(
    manifest: &Manifest,
    path: &str,
    trees: &[(SourceId, Arc<File>)],
    sources: &SourceMap,
) -> Option<Diagnostic> {
    let is_schema = |kind: &DeclarationKind| {
        use DeclarationKind as K;
        matches!(kind, K::Schema { .. } | K::Entity { .. } | K::Effect { .. })
    };
    let declares = |tree: &File| tree.declarations.iter().any(|d| is_schema(&d.kind));
    let files: Vec<(&str, bool)> = trees
        .iter()
        .map(|(source, tree)| (sources.name(*source), declares(tree)))
        .collect();
    manifest::check_schema(manifest, path, &files)
}

/// Policy text says so by its name; what comes without a name is JSON if it begins like JSON.
fn is_json(path: &str, text: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    match extension.as_deref() {
        Some("gate") => false,
        Some("json") => true,
        _ => text.trim_start().starts_with(['{', '[']),
    }
}
