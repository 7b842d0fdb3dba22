//! The documents speak the language as it is: every block of policy text and every rule is run.
//!
//! | fence | is |
//! |---|---|
//! | `gate` | a project of one file |
//! | `gate names` | the same; the other blocks of the page, and of its folder's other pages, may use its names |
//! | `clauses` | clauses of one Conditional Access policy |
//! | `rule` | a rule of the device filter |
//! | `rule dyn-user` | a rule of that dialect |
//!
//! A block can be read, warnings and what the service would refuse apart. Where `error=GW0302`
//! follows instead, it yields that finding. Pages of diagnostics have a form and a test of their
//! own, Rust is run as documentation of its crate, and other fences are shown.
#![allow(clippy::panic, reason = "a test may fail")]

use std::collections::BTreeMap;

use gatewright_compiler::{Input, SourceFile, check_rule, compile};
use gatewright_diagnostics::Diagnostic;
use gatewright_tests::pages::{Fence, fences};
use gatewright_tests::repository::{File, files};

fn project(files: &[(&str, &str)]) -> Vec<Diagnostic> {
    let source = |(path, text): &(&str, &str)| SourceFile {
        path: (*path).to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    let files = files.iter().map(source).collect();
    compile(&Input {
        files,
        ..Input::default()
    })
    .diagnostics
}

/// The dialect of a rule: that of the device filter where the fence names none.
fn dialect(fence: &Fence) -> &str {
    let named = fence.argument.as_deref().unwrap_or_default();
    named
        .split(' ')
        .find(|word| word.contains('-'))
        .unwrap_or("ca-device")
}

/// The findings of a block; `None` where it is not of the language.
fn findings(fence: &Fence, names: &str) -> Option<Vec<Diagnostic>> {
    let text = fence.text.as_str();
    Some(match fence.kind.as_str() {
        "gate" if fence.argument.as_deref() == Some("names") => project(&[("names.gate", names)]),
        "gate" if text.contains("schema \"") => project(&[("block.gate", text)]),
        "gate" => project(&[("names.gate", names), ("block.gate", text)]),
        "clauses" => {
            let policy = format!("policy \"Block\" {{\n{text}}}\n");
            project(&[("names.gate", names), ("block.gate", &policy)])
        }
        "rule" => match check_rule(dialect(fence), text.trim_end()) {
            Ok(rule) => rule.diagnostics,
            Err(error) => panic!("the device filter is {error:?}"),
        },
        _ => return None,
    })
}

fn blocks(page: &File) -> Vec<Fence> {
    fences(&page.text).unwrap_or_else(|why| panic!("{}: {why}", page.path))
}

fn folder(page: &File) -> &str {
    page.path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What is wrong with the blocks of a page, and how many of them were run.
fn run(page: &File, names: &str) -> (Vec<String>, usize) {
    let blocks = blocks(page);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for block in &blocks {
        let Some(found) = findings(block, names) else {
            continue;
        };
        count += 1;
        let expected = block
            .argument
            .as_deref()
            .and_then(|a| a.split(' ').find_map(|word| word.strip_prefix("error=")));
        let is_right = match expected {
            Some(code) => found.iter().any(|d| d.code.name() == code),
            None => !found.iter().any(Diagnostic::is_unreadable),
        };
        if !is_right {
            let found: Vec<String> = found
                .iter()
                .map(|d| format!("{}: {}", d.code.name(), d.message))
                .collect();
            let expected = expected.unwrap_or("to be readable");
            wrong.push(format!(
                "{}: expected {expected}, found {found:#?} in\n{}",
                page.path, block.text
            ));
        }
    }
    (wrong, count)
}

#[test]
fn what_documents_show_can_be_run() {
    let is_page =
        |file: &File| file.path.ends_with(".md") && !file.path.starts_with("docs/diagnostics/GW");
    let (mut wrong, mut count) = (Vec::new(), 0);
    let pages: Vec<File> = files().into_iter().filter(is_page).collect();
    let mut names: BTreeMap<&str, String> = BTreeMap::new();
    for page in &pages {
        let is_names = |fence: &Fence| fence.argument.as_deref() == Some("names");
        for block in blocks(page).into_iter().filter(is_names) {
            names.entry(folder(page)).or_default().push_str(&block.text);
        }
    }
    for page in &pages {
        let names = names.get(folder(page)).map_or("", String::as_str);
        let (found, blocks) = run(page, names);
        wrong.extend(found);
        count += blocks;
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(count > 35, "only {count} blocks were found");
}
