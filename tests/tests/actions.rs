//! The examples on the pages of diagnostics: what the compiler knows to mend is offered to an editor,
//! and mends.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::sync::Arc;

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_diagnostics::{Code, Severity, codes};
use gatewright_format::format;
use gatewright_hir::Date;
use gatewright_ide::{Action, ActionKind, Snapshot, actions};
use gatewright_tests::pages::{Example, parse};

/// A project of these files, as it is compiled on a day.
fn project(files: Vec<(&str, &str)>, directory: Option<&str>) -> Snapshot {
    let source = |(path, text): (&str, &str)| SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let mut input = Input {
        today: Date::parse("2026-11-22"),
        directory: directory.map(|text| source(("directory.json", text))),
        ..Input::default()
    };
    for file in files.into_iter().map(source) {
        if file.path == "gatewright.toml" {
            input.manifest = Some(file);
        } else {
            input.files.push(file);
        }
    }
    let compilation = compile(&input);
    Snapshot::new(Arc::new(input), compilation)
}

/// An example as a project; a rule for devices is put into a filter, and others are in no file.
fn snapshot(example: &Example) -> Option<Snapshot> {
    match example {
        Example::Project {
            files, directory, ..
        } => {
            let files = files.iter().map(|file| (&*file.name, &*file.text));
            Some(project(files.collect(), directory.as_deref()))
        }
        Example::Rule { dialect, text, .. } if dialect == "ca-device" => {
            let text = format!(
                "policy \"P\" {{\n    state   enabled\n    users   all\n    apps    all\n    \
                 devices where {text}\n    require mfa\n}}\n"
            );
            Some(project(vec![("main.gate", &text)], None))
        }
        Example::Rule { .. } => None,
    }
}

/// The policy text of a project that is in the one style.
fn styled(snapshot: &Snapshot) -> BTreeSet<String> {
    let sources = &snapshot.compilation().sources;
    let all = snapshot.compilation().trees.iter();
    let is_styled = |text: &str| format(text).unwrap().text == text;
    let all = all.filter(|(source, _)| is_styled(snapshot.text(*source)));
    all.map(|(source, _)| sources.name(*source).to_owned())
        .collect()
}

fn count(snapshot: &Snapshot, code: Code) -> usize {
    let all = snapshot.compilation().diagnostics.iter();
    all.filter(|one| one.code == code).count()
}

/// What is wrong with an action that mends a finding, if anything.
fn wrong(snapshot: &Snapshot, action: &Action, code: Code) -> Option<String> {
    let edited = snapshot.edited(&action.edits);
    if count(&edited, code) >= count(snapshot, code) {
        return Some("the finding is still there".to_owned());
    }
    let errors = |snapshot: &Snapshot| {
        let all = snapshot.compilation().diagnostics.iter();
        let errors = all.filter(|one| one.severity == Severity::Error);
        errors.map(|one| one.code).collect::<Vec<_>>()
    };
    let before = errors(snapshot);
    let mut new = errors(&edited).into_iter();
    // What could not be read hid that nothing is there.
    if let Some(new) = new.find(|one| !before.contains(one) && *one != codes::GW0803) {
        return Some(format!("it brings {}", new.name()));
    }
    let lost = styled(snapshot)
        .difference(&styled(&edited))
        .next()
        .cloned();
    lost.map(|file| format!("{file} is not in the style any more"))
}

#[test]
fn what_the_pages_can_mend_is_offered_and_mends() {
    let mut failures = Vec::new();
    let mut mended = BTreeSet::new();
    for code in codes::all() {
        let page = parse(code.page()).unwrap();
        for example in page.erroneous.iter().filter_map(snapshot) {
            let diagnostics = &example.compilation().diagnostics;
            for (at, diagnostic) in diagnostics.iter().enumerate() {
                let mut offered = actions(&example, diagnostic.span());
                offered.retain(|action| action.mends == Some(at) && action.kind == ActionKind::Fix);
                offered.retain(|action| !action.title.starts_with("Suppress"));
                if offered.len() != diagnostic.fixes.len() {
                    failures.push(format!("{}: a fix is not offered", diagnostic.code.name()));
                }
                if let [only] = offered.as_slice()
                    && !only.is_preferred
                {
                    failures.push(format!("{}: the only fix is not preferred", only.title));
                }
                for action in &offered {
                    mended.insert(diagnostic.code.name());
                    if let Some(why) = wrong(&example, action, diagnostic.code) {
                        let (code, title) = (diagnostic.code.name(), &action.title);
                        failures.push(format!("{code}, {title}: {why}"));
                    }
                }
            }
        }
    }
    println!("findings that can be mended: {mended:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(mended.len() > 30, "{mended:?}");
}
