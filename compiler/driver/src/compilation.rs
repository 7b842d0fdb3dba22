//! From bytes to typed policies, and from there to a program.

use std::borrow::Cow;
use std::sync::Arc;

use gatewright_bytecode::{BundleError, Program, SourceFile as SourceHash};
use gatewright_codegen::{Options, emit};
use gatewright_decision::{Decisions, OptimiseOptions, Report, build_optimised};
use gatewright_diagnostics::{Diagnostic, render, sort};
use gatewright_hir::Reference;
use gatewright_hir::data::Data;
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::PolicySet;
use gatewright_hir::scenario::Scenario;
use gatewright_interop::Directory;
use gatewright_source::{Source, SourceId, SourceMap};
use gatewright_syntax::ast::File;

use crate::Input;
use crate::bundling::{self, Names};
use crate::finding;
use crate::joining;
use crate::manifest::Manifest;
use crate::reading;
use crate::session::Session;

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
    /// The invariants of the project, in the same order.
    pub invariants: Vec<Invariant>,
    /// Which names of the text stand for what, in order of the sources.
    pub references: Vec<Reference>,
    /// The trees of policy text, libraries included.
    pub trees: Vec<(SourceId, Arc<File>)>,
    /// What is known of every tenant, with what the project adds to it.
    pub data: Cow<'static, Data>,
    /// People and groups, from a directory or from Graph JSON.
    pub directory: Directory,
    /// Everything there is to say, in order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// What programs call the files.
    pub(crate) names: Names,
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

    /// The decision DAG, optimised. Cost: the main part of a compilation.
    #[must_use]
    pub fn decisions(&self) -> Decisions {
        self.optimised(&OptimiseOptions::default()).0
    }

    /// The decision DAG after these passes, and what they did.
    #[must_use]
    pub fn optimised(&self, options: &OptimiseOptions) -> (Decisions, Report) {
        build_optimised(&self.set, options)
    }

    /// The bytecode. It calls files by their paths in the project, so that it is the same wherever
    /// that lies; [`Compilation::shown_file`] is the way back.
    #[must_use]
    pub fn program(&self, decisions: &Decisions) -> Program {
        let mut program = emit(&self.set, decisions, &self.sources, &Options::default());
        for file in &mut program.files {
            *file = self.names.stored(file).to_owned();
        }
        program
    }

    /// What the caller calls a file of the program.
    #[must_use]
    pub fn shown_file<'n>(&'n self, file: &'n str) -> &'n str {
        self.names.shown(file)
    }

    /// The bundle, sources' names and hashes included.
    ///
    /// # Errors
    /// The limit of the format that the program is beyond.
    pub fn bundle(&self, program: &Program) -> Result<Vec<u8>, BundleError> {
        gatewright_bytecode::write(program, &self.hashes())
    }

    /// The bundle with the sources themselves, from which [`unpack`](crate::unpack) makes the input
    /// again. `input` is what was compiled.
    ///
    /// # Errors
    /// The limit of the format that the program or the sources are beyond.
    pub fn bundle_with_sources(
        &self,
        program: &Program,
        input: &Input,
    ) -> Result<Vec<u8>, BundleError> {
        let files = bundling::pack(input, &self.names);
        gatewright_bytecode::write_with(program, &self.hashes(), &files)
    }

    fn hashes(&self) -> Vec<SourceHash> {
        let sources = self.sources.iter();
        let hash = |source: &Source| {
            SourceHash::new(self.names.stored(&source.name), source.text.as_bytes())
        };
        sources.map(|(_, source)| hash(source)).collect()
    }
}

/// Compile.
///
/// Never fails: what cannot be understood is reported and missing from the set. Equal inputs give
/// equal results. Cost: linear in the sources.
#[must_use]
pub fn compile(input: &Input) -> Compilation {
    compile_in(input, None)
}

/// Compile with what a session remembers, if there is one.
pub(crate) fn compile_in(input: &Input, session: Option<&mut Session>) -> Compilation {
    let (texts, memo, redundancies) = match session {
        Some(session) => (
            Some(&mut session.texts),
            Some(&mut session.memo),
            Some(&mut session.redundancies),
        ),
        None => (None, None, None),
    };
    let (mut reading, json) = reading::read(input, texts);
    let joined = joining::join(&mut reading, json, input, memo);
    let found = finding::find(&mut reading, &joined, redundancies);
    let mut diagnostics = reading.manifest.levels.apply(found);
    sort(&mut diagnostics);
    Compilation {
        sources: reading.sources,
        manifest: reading.manifest,
        set: joined.set,
        security_defaults: joined.security_defaults,
        scenarios: joined.scenarios,
        invariants: joined.invariants,
        references: joined.references,
        trees: reading.trees,
        data: reading.data,
        directory: joined.directory,
        diagnostics,
        names: Names::of(input),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;

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
