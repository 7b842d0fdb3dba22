//! Projects written into tests.
//!
//! `//- path` starts a file (without any, all of it is `main.gate`), `$0` is the cursor, and `⟦…⟧`
//! are ranges, in order. The marks are taken out before the project is compiled.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

use std::sync::Arc;

use gatewright_compiler::{Input, ProveOptions, SourceFile, compile, prove};
use gatewright_source::{SourceId, Span};

use crate::Snapshot;

/// A project with the places that its text marks.
pub(crate) struct Fixture {
    pub(crate) snapshot: Snapshot,
    /// Where `$0` stood.
    cursor: Option<(String, u32)>,
    /// What stood in `⟦…⟧`.
    ranges: Vec<(String, u32, u32)>,
}

impl Fixture {
    pub(crate) fn new(text: &str) -> Fixture {
        let mut input = Input::default();
        let (mut cursor, mut ranges) = (None, Vec::new());
        for (path, text) in files(text) {
            let text = marks(&path, &text, &mut cursor, &mut ranges);
            let file = SourceFile {
                path: path.clone(),
                bytes: text.into_bytes(),
            };
            if path.ends_with(".toml") {
                input.manifest = Some(file);
            } else {
                input.files.push(file);
            }
        }
        let compilation = compile(&input);
        let snapshot = Snapshot::new(Arc::new(input), compilation);
        Fixture {
            snapshot,
            cursor,
            ranges,
        }
    }

    /// The project with its invariants decided.
    pub(crate) fn proved(&self) -> Snapshot {
        let compilation = self.snapshot.compilation();
        let options = ProveOptions::default();
        let invariants = &compilation.invariants;
        let proofs = prove(compilation, invariants, &options, &mut |_, _| {});
        self.snapshot.with_proofs(proofs)
    }

    /// The cursor.
    #[track_caller]
    pub(crate) fn cursor(&self) -> (SourceId, u32) {
        let (path, offset) = self.cursor.as_ref().expect("the text has a `$0`");
        (self.snapshot.source(path).unwrap(), *offset)
    }

    /// What is marked by `⟦…⟧`, in order of the files as they are written.
    pub(crate) fn ranges(&self) -> Vec<Span> {
        let ranges = self.ranges.iter();
        ranges
            .map(|(path, start, end)| Span::new(self.snapshot.source(path).unwrap(), *start, *end))
            .collect()
    }

    /// The first file of policy text.
    pub(crate) fn only_source(&self) -> SourceId {
        self.snapshot.compilation().trees[0].0
    }

    /// A file by its path.
    #[track_caller]
    pub(crate) fn source(&self, path: &str) -> SourceId {
        self.snapshot.source(path).expect("the file is there")
    }
}

fn files(text: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    if text.is_empty() {
        files.push(("main.gate".to_owned(), String::new()));
    }
    for line in text.split_inclusive('\n') {
        if let Some(path) = line.strip_prefix("//- ") {
            files.push((path.trim().to_owned(), String::new()));
            continue;
        }
        if files.is_empty() {
            files.push(("main.gate".to_owned(), String::new()));
        }
        files.last_mut().unwrap().1.push_str(line);
    }
    files
}

fn marks(
    path: &str,
    text: &str,
    cursor: &mut Option<(String, u32)>,
    ranges: &mut Vec<(String, u32, u32)>,
) -> String {
    let mut plain = String::new();
    let mut starts = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = u32::try_from(plain.len()).unwrap();
        if let Some(after) = rest.strip_prefix("$0") {
            *cursor = Some((path.to_owned(), at));
            rest = after;
        } else if c == '⟦' {
            starts.push(ranges.len());
            ranges.push((path.to_owned(), at, at));
            rest = &rest[c.len_utf8()..];
        } else if c == '⟧' {
            let open = starts.pop().expect("`⟧` closes a range");
            ranges[open].2 = at;
            rest = &rest[c.len_utf8()..];
        } else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    plain
}
