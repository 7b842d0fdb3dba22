//! Graph JSON as real tenants export it, in an editor: every member is explained and offered, and
//! a file that breaks off anywhere is understood as far as it goes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_diagnostics::Severity;
use gatewright_ide::{Snapshot, completions, hover, outline};
use gatewright_source::{SourceId, decode};
use gatewright_tests::corpus::origins;
use gatewright_tests::repository::root;

/// What is no member of an object that is read: lists around objects, what the service says of its
/// operations, and a member that Graph had before there was a reader.
const UNEXPLAINED: &[&str] = &[
    "includeProtectionLevels",
    "policies",
    "target",
    "title",
    "value",
];

/// Every file of the corpus, and of the example that is exported.
fn files() -> Vec<SourceFile> {
    let origins = origins();
    let mut files: Vec<SourceFile> = origins.iter().flat_map(|o| o.files().cloned()).collect();
    assert!(files.len() > 200, "{}", files.len());
    for name in ["policies.json", "locations.json"] {
        let path = format!("examples/exported/{name}");
        let bytes = std::fs::read(root().join(&path)).unwrap();
        files.push(SourceFile { path, bytes });
    }
    files
}

fn alone(path: &str, text: &str) -> Snapshot {
    let file = SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let input = Input {
        files: vec![file],
        ..Input::default()
    };
    let compilation = compile(&input);
    Snapshot::new(Arc::new(input), compilation)
}

/// A text in quotes, and whether a colon follows it.
struct Piece {
    range: Range<usize>,
    is_name: bool,
}

impl Piece {
    /// What is between the quotes, as it is written.
    fn inner<'t>(&self, text: &'t str) -> &'t str {
        &text[self.range.start + 1..self.range.end - 1]
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(open) = text[at..].find('"') {
        let start = at + open;
        let mut end = start + 1;
        while bytes.get(end).is_some_and(|byte| *byte != b'"') {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let end = (end + 1).min(text.len());
        found.push(Piece {
            range: start..end,
            is_name: text[end..].trim_start().starts_with(':'),
        });
        at = end;
    }
    found
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap()
}

#[test]
fn every_member_is_explained_and_offered_where_it_stands() {
    let mut unexplained = BTreeSet::new();
    let mut not_offered = BTreeSet::new();
    let mut count = 0;
    for file in files() {
        let text = decode(&file.bytes).unwrap().text;
        let snapshot = alone(&file.path, &text);
        for piece in pieces(&text).iter().filter(|piece| piece.is_name) {
            let name = piece.inner(&text);
            let place = offset(piece.range.start + 1);
            count += 1;
            if hover(&snapshot, SourceId(0), place).is_none() {
                unexplained.insert(name.to_owned());
            }
            let is_annotation = name.contains('@') || name.starts_with('#');
            let offered = completions(&snapshot, SourceId(0), place);
            let is_offered = offered
                .iter()
                .any(|item| item.label.eq_ignore_ascii_case(name));
            if !is_annotation && !is_offered {
                not_offered.insert(name.to_owned());
            }
        }
    }
    assert!(count > 10_000, "{count}");
    let known: BTreeSet<String> = UNEXPLAINED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(unexplained, known);
    // One file has it twice.
    assert!(not_offered.remove("sessionControls"));
    assert_eq!(not_offered, known);
}

#[test]
fn a_file_that_breaks_off_says_so_once_and_keeps_what_is_before() {
    let (mut told, mut kept) = (0, 0);
    for file in files().iter().step_by(9) {
        let text = decode(&file.bytes).unwrap().text;
        let whole = alone(&file.path, &text);
        if whole
            .compilation()
            .diagnostics
            .iter()
            .any(|found| found.code.name() == "GW0601")
        {
            continue;
        }
        let names = pieces(&text);
        let cuts = names.iter().filter(|piece| piece.is_name).step_by(7);
        for cut in cuts
            .map(|piece| piece.range.end)
            .filter(|cut| *cut > text.len() / 4)
        {
            let broken = alone(&file.path, &text[..cut]);
            let errors = broken.compilation().diagnostics.iter();
            let errors: Vec<_> = errors.filter(|d| d.severity == Severity::Error).collect();
            let [error] = errors.as_slice() else {
                panic!("{}: {cut}: {errors:?}", file.path);
            };
            assert_eq!(error.code.name(), "GW0601");
            assert!(error.span().end as usize <= cut);
            let before = names
                .iter()
                .filter(|piece| piece.is_name && piece.range.end <= cut);
            for piece in before {
                let place = offset(piece.range.start + 1);
                let both = [&whole, &broken].map(|one| hover(one, SourceId(0), place));
                let [Some(in_whole), in_broken] = both else {
                    continue;
                };
                told += 1;
                // What is written later can say what an object is.
                kept += usize::from(in_broken.is_some_and(|one| one.span == in_whole.span));
            }
            let first = |one: &Snapshot| outline(one, SourceId(0)).first().map(|one| one.kind);
            assert!(first(&broken).is_none_or(|kind| Some(kind) == first(&whole)));
        }
    }
    assert!(told > 1000 && kept * 100 > told * 95, "{kept} of {told}");
}
