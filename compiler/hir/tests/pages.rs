//! The examples on the pages of diagnostics do what the pages say.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::path::Path;

mod common;

/// The fenced blocks of a section: what they are, and their text.
fn fences<'p>(page: &'p str, section: &str) -> Vec<(&'p str, &'p str)> {
    let start = page
        .find(&format!("## {section}\n"))
        .unwrap_or_else(|| panic!("no {section}"));
    let rest = &page[start + 3..];
    let rest = &rest[..rest.find("\n## ").unwrap_or(rest.len())];
    let mut found = Vec::new();
    let mut parts = rest.split("```").skip(1);
    while let (Some(block), _) = (parts.next(), parts.next()) {
        let (kind, text) = block.split_once('\n').unwrap();
        found.push((kind.trim(), text));
    }
    found
}

fn codes(page: &str, section: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut files = Vec::new();
    let mut has_examples = false;
    for (kind, text) in fences(page, section) {
        match kind.split_once(' ').unwrap_or((kind, "")) {
            ("gate", name) => {
                has_examples = true;
                files.push((if name.is_empty() { "main.gate" } else { name }, text));
            }
            ("rule", "" | "ca-device") => {
                has_examples = true;
                let (_, diagnostics, _) = common::device_rule(text.trim_end_matches('\n'));
                found.extend(diagnostics.iter().map(|d| d.code.name().to_owned()));
            }
            _ => {}
        }
    }
    if !files.is_empty() {
        let checked = common::project(&files);
        found.extend(checked.codes().into_iter().map(str::to_owned));
    }
    has_examples.then_some(found)
}

#[test]
fn every_example_yields_its_code_and_every_fix_yields_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics");
    let mut wrong = Vec::new();
    let mut count = 0;
    for code in gatewright_diagnostics::codes::all() {
        let name = code.name();
        if name >= "GW0600" {
            continue;
        }
        let page = std::fs::read_to_string(folder.join(format!("{name}.md"))).unwrap();
        assert!(
            page.starts_with(&format!("# {name}: {}\n", code.slug())),
            "{name}"
        );
        if let Some(found) = codes(&page, "Erroneous example") {
            count += 1;
            if !found.iter().any(|c| c == name) {
                wrong.push(format!("{name}: the example yields {found:?}"));
            }
            if found.iter().any(|c| c != name) {
                wrong.push(format!("{name}: the example also yields {found:?}"));
            }
        } else {
            assert!(
                page.contains("<!-- example: test "),
                "{name} has no example"
            );
        }
        match codes(&page, "Fix") {
            Some(found) if found.is_empty() => {}
            found => wrong.push(format!("{name}: the fix yields {found:?}")),
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(count > 60, "{count}");
}
