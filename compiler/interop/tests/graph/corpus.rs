//! Real files: every policy is read, and every error is one of the file's own.

use std::collections::BTreeMap;

use crate::common::*;
use gatewright_interop::read;
use gatewright_source::SourceId;

/// Policies by file, as the index of the corpus says.
fn index() -> BTreeMap<String, Vec<(String, Option<String>)>> {
    let mut rows: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let text = std::fs::read_to_string(corpus().join("policies/index.jsonl")).unwrap();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = row["displayName"].as_str().unwrap_or_default().to_owned();
        let state = row["state"].as_str().map(str::to_owned);
        rows.entry(row["file"].as_str().unwrap().to_owned())
            .or_default()
            .push((name, state));
    }
    rows
}

#[test]
fn every_policy_of_the_index_is_read_with_its_name_and_state() {
    let world = World::new();
    let mut count = 0;
    for (file, expected) in index() {
        let text = text_of(&corpus().join("policies").join(&file));
        let document = world.with(|cx| read(SourceId(0), &text, cx));
        let found: Vec<_> = document
            .policies
            .iter()
            .map(|p| {
                (
                    p.object.display_name.clone(),
                    p.object.state.name().to_owned(),
                )
            })
            .collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(name, state)| (name, state.unwrap_or_else(|| "enabled".to_owned())))
            .collect();
        count += found.len();
        // The index has no names for templates, whose name stands around the policy.
        let is_unnamed = |(at, (name, _)): (usize, &(String, String))| -> bool {
            name.is_empty() && found.get(at).is_some_and(|(name, _)| !name.is_empty())
        };
        if expected.iter().enumerate().all(is_unnamed) {
            assert_eq!(found.len(), expected.len(), "{file}");
            continue;
        }
        assert_eq!(found, expected, "{file}");
    }
    assert_eq!(count, 297);
}

#[test]
fn no_file_is_unreadable_but_for_reasons_of_its_own() {
    let world = World::new();
    let mut unreadable = Vec::new();
    for path in files(&corpus().join("policies"), ".json") {
        let text = text_of(&path);
        let document = world.with(|cx| read(SourceId(0), &text, cx));
        for problem in document.diagnostics.iter().filter(|d| d.is_unreadable()) {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            unreadable.push((file, problem.message.clone()));
        }
    }
    let expected = [
        // The two differ, and JSON does not say which one holds.
        (
            "209 - RING - Base protection",
            "the member `sessionControls` is there twice",
        ),
        // Graph never had a grant control of this name; a compliant network is a location.
        (
            "CA020-require-compliant-network-gsa",
            "`compliantNetwork` is no built-in control",
        ),
    ];
    assert_eq!(unreadable.len(), expected.len(), "{unreadable:?}");
    for ((file, message), (name, expected)) in unreadable.iter().zip(expected) {
        assert!(file.starts_with(name), "{file}");
        assert_eq!(message, expected);
    }
}

#[test]
fn every_named_location_is_read() {
    let world = World::new();
    let mut count = 0;
    for path in files(&corpus().join("locations"), ".json") {
        let text = text_of(&path);
        let document = world.with(|cx| read(SourceId(0), &text, cx));
        assert_eq!(
            errors(&document.diagnostics),
            Vec::<&_>::new(),
            "{}",
            path.display()
        );
        assert!(!document.locations.is_empty(), "{}", path.display());
        count += document.locations.len();
    }
    assert_eq!(count, 23);
}

#[test]
fn the_answers_of_the_what_if_call_hold_policies() {
    for path in files(&corpus().join("whatif/graph-evaluate"), ".json") {
        let document = read_one(&text_of(&path));
        assert!(!document.policies.is_empty(), "{}", path.display());
        assert!(
            errors(&document.diagnostics).is_empty(),
            "{:?}",
            document.diagnostics
        );
    }
}

#[test]
fn sign_in_logs_hold_no_policies() {
    for path in files(&corpus().join("signins"), ".repaired.json") {
        let document = read_one(&text_of(&path));
        assert_eq!(
            codes(&document.diagnostics),
            ["GW0621"],
            "{}",
            path.display()
        );
    }
}

#[test]
fn the_report_counts_every_policy_once() {
    let world = World::new();
    let folder = corpus().join("policies");
    let documents: Vec<_> = files(&folder, ".json")
        .into_iter()
        .map(|path| {
            (
                text_of(&path),
                path.strip_prefix(&folder).unwrap().to_path_buf(),
            )
        })
        .map(|(text, path)| (world.with(|cx| read(SourceId(0), &text, cx)), path))
        .collect();
    let paths: Vec<_> = documents
        .iter()
        .map(|(_, path)| path.to_str().unwrap().split_once('/').unwrap())
        .collect();
    let files: Vec<_> = documents
        .iter()
        .zip(&paths)
        .map(
            |((document, _), (origin, path))| gatewright_interop::corpus::CorpusFile {
                origin,
                path,
                document,
                later: &[],
            },
        )
        .collect();
    let report = gatewright_interop::corpus::report(&files);
    let last = report
        .lines()
        .find(|line| line.starts_with("| together"))
        .unwrap();
    let numbers: Vec<usize> = last
        .split('|')
        .filter_map(|cell| cell.trim().parse().ok())
        .collect();
    assert_eq!(numbers[..3], [250, 297, 0]);
    assert_eq!(numbers[3..].iter().sum::<usize>(), 297, "{report}");
    assert!(
        report.contains("GW0604, `compliantNetwork` is no built-in control"),
        "{report}"
    );
}
