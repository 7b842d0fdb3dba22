//! Compiling the same project again and again: an editor does, and `check --watch`.
//!
//! INVARIANT: a session compiles an input to what [`compile`](crate::compile) makes of it, whatever
//! was compiled before. What is kept is kept by what it was made from, never by time or by chance.

use std::sync::Arc;

use gatewright_interop::Document;
use gatewright_source::SourceId;
use gatewright_syntax::Parsed;
use gatewright_syntax::ast::File;
use rustc_hash::FxHashMap;

use crate::{Compilation, Input, SourceFile};
use crate::{Proof, joining, proving, redundant};

/// A compiler that remembers what it has read. An edit of one file costs what that file costs, and
/// what has to be looked at as a whole.
#[derive(Default)]
pub struct Session {
    /// All that was given last time but for policy text.
    surroundings: Option<Input>,
    pub(crate) texts: Texts,
    pub(crate) memo: joining::Memo,
    pub(crate) redundancies: redundant::Memo,
    proofs: proving::Memo,
}

/// What became of texts.
#[derive(Default)]
pub(crate) struct Texts {
    trees: FxHashMap<SourceId, Kept<Tree>>,
    documents: FxHashMap<SourceId, Kept<Document>>,
}

/// What was made of a text.
struct Kept<T> {
    text: Arc<str>,
    made: T,
}

/// A tree with what is wrong with its text.
#[derive(Clone)]
pub(crate) struct Tree {
    pub(crate) file: Arc<File>,
    pub(crate) problems: Arc<[gatewright_syntax::SyntaxProblem]>,
}

impl From<Parsed<File>> for Tree {
    fn from(parsed: Parsed<File>) -> Tree {
        Tree {
            file: Arc::new(parsed.tree),
            problems: parsed.problems.into(),
        }
    }
}

impl Session {
    /// A session that has read nothing.
    #[must_use]
    pub fn new() -> Session {
        Session::default()
    }

    /// Compile. Cost: as [`compile`](crate::compile) for what is new; for the rest, putting it
    /// together.
    #[must_use]
    pub fn compile(&mut self, input: &Input) -> Compilation {
        let is_same = self.surroundings.as_ref();
        if !is_same.is_some_and(|known| has_surroundings(input, known)) {
            self.memo = joining::Memo::default();
            self.texts.documents.clear();
            self.redundancies.forget();
            self.surroundings = Some(surroundings(input));
        }
        crate::compilation::compile_in(input, Some(self))
    }

    /// Decide the invariants of a compilation, as [`prove`](crate::prove()) does with its defaults;
    /// again only where something has changed that they depend on.
    #[must_use]
    pub fn prove(&mut self, compilation: &Compilation) -> Vec<Proof> {
        self.prove_with(compilation, &mut |_, _| {})
    }

    /// The same, where `progress` hears how many are decided. Where it is cancelled, nothing is
    /// remembered of what was begun.
    #[must_use]
    pub fn prove_with(
        &mut self,
        compilation: &Compilation,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Vec<Proof> {
        self.proofs.prove(compilation, progress)
    }
}

impl Texts {
    /// The tree of a text.
    pub(crate) fn tree(
        &mut self,
        source: SourceId,
        text: &Arc<str>,
        parse: impl FnOnce() -> Tree,
    ) -> Tree {
        recall(&mut self.trees, source, text, parse)
    }

    /// The objects of a text.
    pub(crate) fn document(
        &mut self,
        source: SourceId,
        text: &Arc<str>,
        read: impl FnOnce() -> Document,
    ) -> Document {
        recall(&mut self.documents, source, text, read)
    }
}

fn recall<T: Clone>(
    kept: &mut FxHashMap<SourceId, Kept<T>>,
    source: SourceId,
    text: &Arc<str>,
    make: impl FnOnce() -> T,
) -> T {
    if let Some(known) = kept.get(&source).filter(|known| known.text == *text) {
        return known.made.clone();
    }
    let made = make();
    let text = Arc::clone(text);
    let entry = Kept {
        text,
        made: made.clone(),
    };
    kept.insert(source, entry);
    made
}

/// Whether a file is policy text by its name alone.
fn is_text(file: &SourceFile) -> bool {
    file.path.ends_with(".gate")
}

/// The input without the bytes of policy text; its paths stay, as they say which text is which.
fn surroundings(input: &Input) -> Input {
    let keep = |file: &SourceFile| SourceFile {
        path: file.path.clone(),
        bytes: if is_text(file) {
            Vec::new()
        } else {
            file.bytes.clone()
        },
    };
    Input {
        files: input.files.iter().map(keep).collect(),
        ..input.clone()
    }
}

fn has_surroundings(input: &Input, known: &Input) -> bool {
    let is_same = |(new, old): (&SourceFile, &SourceFile)| {
        new.path == old.path && (is_text(new) || new.bytes == old.bytes)
    };
    input.files.len() == known.files.len()
        && input.files.iter().zip(&known.files).all(is_same)
        && input.manifest == known.manifest
        && input.directory == known.directory
        && input.libraries == known.libraries
        && input.data == known.data
        && input.missing == known.missing
        && input.today == known.today
        && input.edition == known.edition
}
