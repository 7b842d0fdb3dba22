//! From bytes to typed policies, and from there to a program.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use gatewright_bytecode::{BundleError, Program};
use gatewright_codegen::{Options, emit};
use gatewright_decision::{Decisions, Limits, build};
use gatewright_diagnostics::{Diagnostic, codes, render, sort};
use gatewright_hir::data::Data;
use gatewright_hir::model::PolicySet;
use gatewright_hir::scenario::Scenario;
use gatewright_hir::{self as hir, entra_schema, rule, syntax_diagnostic};
use gatewright_interop::{self as interop, Directory, RuleReading};
use gatewright_source::{SourceId, SourceMap, Span, decode};
use gatewright_syntax::ast::{DeclarationKind, File, ObjectKind};
use gatewright_syntax::{PROBLEMS_MAX, parse_file};
use gatewright_value::{fold, folded_eq};

use crate::consequences::drop_consequences;
use crate::effectless::{effectless, targetless};
use crate::export::with_context;
use crate::locations;
use crate::manifest::{self, Manifest};
use crate::redundant;
use crate::tenant;
use crate::{Input, SourceFile};

/// What became of an [`Input`].
#[derive(Clone, Debug)]
pub struct Compilation {
    /// Every text, for places.
    pub sources: SourceMap,
    /// What the manifest says.
    pub manifest: Manifest,
    /// The typed policies; what could not be understood is missing.
    pub set: PolicySet,
    /// Whether security defaults are on, where the manifest or Graph JSON says so.
    pub security_defaults: Option<bool>,
    /// The scenario tests of the project.
    pub scenarios: Vec<Scenario>,
    /// People and groups, from a directory or from Graph JSON.
    pub directory: Directory,
    /// Everything there is to say, in order of the sources.
    pub diagnostics: Vec<Diagnostic>,
}

impl Compilation {
    /// Whether the set may be decided: nothing in the sources was unreadable.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_unreadable)
    }

    /// The findings as people read them, without colour.
    #[must_use]
    pub fn render(&self) -> String {
        render::human(&self.diagnostics, &self.sources, false)
    }

    /// The decision DAG. Cost: the main part of a compilation.
    #[must_use]
    pub fn decisions(&self) -> Decisions {
        build(&self.set, &Limits::default())
    }

    /// The bytecode.
    #[must_use]
    pub fn program(&self, decisions: &Decisions) -> Program {
        emit(&self.set, decisions, &self.sources, &Options::default())
    }

    /// The bundle, sources' names and hashes included.
    ///
    /// # Errors
    /// The limit of the format that the program is beyond.
    pub fn bundle(&self, program: &Program) -> Result<Vec<u8>, BundleError> {
        let sources: Vec<_> = self
            .sources
            .iter()
            .map(|(_, s)| gatewright_bytecode::SourceFile::new(s.name.clone(), s.text.as_bytes()))
            .collect();
        gatewright_bytecode::write(program, &sources)
    }
}

/// Compile.
///
/// Never fails: what cannot be understood is reported and missing from the set. Equal inputs give
/// equal results. Cost: linear in the sources.
#[must_use]
pub fn compile(input: &Input) -> Compilation {
    let mut sources = SourceMap::new();
    let mut diagnostics = Vec::new();
    let mut manifest = match &input.manifest {
        Some(file) => match add(&mut sources, file, &mut diagnostics) {
            Some((source, text)) => {
                let (manifest, problems) = manifest::read(source, &text);
                diagnostics.extend(problems);
                manifest
            }
            None => Manifest::default(),
        },
        None => Manifest::default(),
    };
    manifest.edition = input.edition.unwrap_or(manifest.edition);
    let mut trees = Vec::new();
    let mut documents = Vec::new();
    let entra = entra_schema();
    let data = tables(input, &mut sources, &mut diagnostics);
    let data = data.as_ref();
    let (names, strengths) = (data.names(), data.built_in_strengths());
    let read_rule = |dialect: &str, source: SourceId, text: &str| {
        let (expr, diagnostics) = rule::check_rule_of(&entra, dialect, text, source, 0);
        RuleReading { expr, diagnostics }
    };
    let cx = interop::Context {
        schema: &entra,
        rule: &read_rule,
        strengths: &strengths,
        names: &names,
        app_groups: &data.app_groups,
    };
    let files = input.files.iter().map(|file| (file, false));
    for (file, is_directory) in files.chain(input.directory.iter().map(|file| (file, true))) {
        let Some((source, text)) = add(&mut sources, file, &mut diagnostics) else {
            continue;
        };
        if is_json(&file.path, &text) {
            let document = if is_directory {
                interop::read_directory(source, &text, &cx)
            } else {
                interop::read(source, &text, &cx)
            };
            diagnostics.extend(document.diagnostics.iter().cloned());
            documents.push(document);
        } else {
            let parsed = parse_file(source, &text);
            diagnostics.extend(parsed.problems.iter().map(syntax_diagnostic));
            diagnostics.extend(cut_off(source, parsed.problems.len()));
            trees.push((source, parsed.tree));
        }
    }
    if let Some(file) = &input.manifest {
        diagnostics.extend(schema_file(&manifest, &file.path, &trees, &sources));
    }
    let mut libraries = Vec::new();
    for file in &input.libraries {
        if let Some((source, text)) = add(&mut sources, file, &mut diagnostics) {
            let parsed = parse_file(source, &text);
            diagnostics.extend(parsed.problems.iter().map(syntax_diagnostic));
            diagnostics.extend(cut_off(source, parsed.problems.len()));
            trees.push((source, parsed.tree));
            libraries.push(source);
        }
    }
    let assembled = interop::assemble(documents, manifest.edition, &cx);
    diagnostics.extend(assembled.diagnostics);
    let mut set = assembled.set;
    let of_json = set.compliance.clone();
    let mut scenarios = Vec::new();
    if !trees.is_empty() {
        let cx = hir::Context {
            sources: &sources,
            schema: Arc::clone(&entra),
            edition: manifest.edition,
            data,
            names: &set.names,
            libraries: &libraries,
            today: input.today,
        };
        let checked = hir::check(&trees, &cx);
        diagnostics.extend(checked.diagnostics);
        scenarios = checked.scenarios;
        set = together(checked.set, set, &sources);
        diagnostics.extend(with_context(|cx| interop::contradictions(&set, cx)));
    }
    tenant::compliance(&mut set, &manifest, &of_json, &sources);
    let said = tenant::said(&manifest, assembled.security_defaults);
    let security_defaults = said.map(|(is_on, _)| is_on);
    let built_in = (security_defaults == Some(true))
        .then(|| tenant::security_defaults(&mut set, manifest.edition, &mut sources));
    if let Some((is_on, place)) = said {
        diagnostics.extend(tenant::check(&set, is_on, place));
    }
    diagnostics.extend(hir::scenario::check_names(&scenarios, &set));
    let texts: BTreeSet<SourceId> = trees.iter().map(|(text, _)| *text).collect();
    let is_text = |source: SourceId| texts.contains(&source) || Some(source) == built_in;
    let of_json = set.policies.iter().filter(|policy| !is_text(policy.span.source));
    diagnostics.extend(targetless(of_json.clone()));
    diagnostics.extend(effectless(of_json, &diagnostics));
    let is_complete = assembled.directory.complete.contains(&ObjectKind::Location);
    let is_told = |policy: Span| is_complete && !is_text(policy.source);
    diagnostics.extend(locations::undefined(&set, is_told));
    let notation = |source: SourceId| {
        if is_text(source) {
            hir::Notation::Text
        } else {
            hir::Notation::Graph
        }
    };
    diagnostics.extend(hir::lint(&set, notation));
    diagnostics.extend(redundant::check(&set, &diagnostics));
    diagnostics.retain(|found| Some(found.span().source) != built_in);
    drop_consequences(&set, &mut diagnostics);
    hir::mark_instances(&set, &mut diagnostics);
    diagnostics = hir::suppress(&trees, &libraries, diagnostics);
    let is_empty = set.policies.is_empty() && set.compliance.policies.is_empty();
    if is_empty && !diagnostics.iter().any(Diagnostic::is_unreadable) {
        let span = Span::new(SourceId(0), 0, 0);
        diagnostics.push(
            Diagnostic::new(codes::GW0803, span, "there is no policy in what was given")
                .help("every sign-in is let through by an empty set; check the path"),
        );
    }
    let mut diagnostics = manifest.levels.apply(diagnostics);
    sort(&mut diagnostics);
    Compilation {
        sources,
        manifest,
        set,
        security_defaults,
        scenarios,
        directory: assembled.directory,
        diagnostics,
    }
}

/// What is known of every tenant, with what the project adds to it.
fn tables(
    input: &Input,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Cow<'static, Data> {
    let mut data = Cow::Borrowed(Data::built_in());
    for (table, file) in &input.data {
        if let Some((source, text)) = add(sources, file, diagnostics) {
            diagnostics.extend(data.to_mut().extend(*table, source, &text));
        }
    }
    data
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
    trees: &[(SourceId, File)],
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

/// What text and Graph JSON say, as one set; where both define an object, the text does.
fn together(mut text: PolicySet, json: PolicySet, sources: &SourceMap) -> PolicySet {
    text.policies.extend(json.policies);
    text.policies.sort_by_key(|policy| {
        (
            sources.name(policy.span.source).to_owned(),
            policy.span.source,
            policy.span.start,
        )
    });
    for location in json.locations {
        if !text
            .locations
            .iter()
            .any(|known| folded_eq(&known.id, &location.id))
        {
            text.locations.push(location);
        }
    }
    for strength in json.strengths {
        if !text
            .strengths
            .iter()
            .any(|known| folded_eq(&known.id, &strength.id))
        {
            text.strengths.push(strength);
        }
    }
    text.locations.sort_by(|a, b| fold(&a.id).cmp(&fold(&b.id)));
    text.strengths.sort_by(|a, b| fold(&a.id).cmp(&fold(&b.id)));
    text.names.extend(json.names);
    text.app_groups = json.app_groups;
    text.compliance.policies.extend(json.compliance.policies);
    text
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

/// Decode a file and add it to the sources; what is no text, or too large, is reported.
fn add(
    sources: &mut SourceMap,
    file: &SourceFile,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(SourceId, Arc<str>)> {
    match decode(&file.bytes) {
        Ok(decoded) => {
            let text: Arc<str> = decoded.text.into();
            Some((sources.add(file.path.clone(), Arc::clone(&text)), text))
        }
        Err(error) => {
            let source = sources.add(file.path.clone(), "");
            let message = format!("`{}` is {error}", file.path);
            diagnostics.push(
                Diagnostic::new(codes::GW0802, Span::new(source, 0, 0), message)
                    .help("save the file as UTF-8"),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_named_with_their_offset() {
        let file = SourceFile {
            path: "a.gate".to_owned(),
            bytes: b"// \xFF".to_vec(),
        };
        let compilation = compile(&Input {
            files: vec![file],
            ..Input::default()
        });
        assert!(!compilation.is_readable());
        assert!(
            compilation.render().contains("byte 3"),
            "{}",
            compilation.render()
        );
    }
    fn of_directory(text: &str) -> Compilation {
        let file = SourceFile {
            path: "directory.json".to_owned(),
            bytes: text.as_bytes().to_vec(),
        };
        compile(&Input {
            directory: Some(file),
            ..Input::default()
        })
    }

    #[test]
    fn a_slip_in_a_directory_file_is_an_error_with_a_suggestion() {
        for (text, words) in [
            (r#"{"users":[{"id":"u","group":["g"]}]}"#, "`groups`?"),
            (r#"{"user":[{"id":"u"}]}"#, "`users`?"),
            (r#"{"users":"x"}"#, "an array"),
            (r#"{"users":[{"displayName":"Ada"}]}"#, "no `id`"),
            (r#"{"groups":["g"]}"#, "an object"),
        ] {
            let compilation = of_directory(text);
            let said = compilation.render();
            assert!(!compilation.is_readable(), "{text}");
            assert!(said.contains(words), "{text}: {said}");
        }
        for text in [
            r#"{"users":[{"id":"u","givenName":"Ada"}], "devices": []}"#,
            r##"{"users":[{"@odata.type":"#microsoft.graph.user","id":"u","own":1}]}"##,
            r#"{"value":[{"id":"u","displayName":"A","userPrincipalName":"a@b","own":1}]}"#,
        ] {
            let compilation = of_directory(text);
            assert!(
                compilation.is_readable(),
                "{text}: {}",
                compilation.render()
            );
        }
    }
}
