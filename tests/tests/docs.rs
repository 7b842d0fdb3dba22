//! The documents speak the language as it is: every block of policy text and every rule is run.
//!
//! | fence | is |
//! |---|---|
//! | `gate` | a project of one file |
//! | `gate names` | the same; the other blocks of the page may use its names |
//! | `clauses` | clauses of one Conditional Access policy |
//! | `rule` | a rule of the device filter |
//!
//! A block can be read, warnings and what the service would refuse apart. Where `error=GW0302`
//! follows instead, it yields that finding. Pages of diagnostics have a form and a test of their
//! own, Rust is run as documentation of its crate, and other fences are shown.
#![allow(clippy::panic, reason = "a test may fail")]

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
        "rule" => match check_rule("ca-device", text.trim_end()) {
            Ok(rule) => rule.diagnostics,
            Err(error) => panic!("the device filter is {error:?}"),
        },
        _ => return None,
    })
}

/// What is wrong with the blocks of a page, and how many of them were run.
fn run(page: &File) -> (Vec<String>, usize) {
    let blocks = fences(&page.text).unwrap_or_else(|why| panic!("{}: {why}", page.path));
    let is_names = |fence: &&Fence| fence.argument.as_deref() == Some("names");
    let names: String = blocks
        .iter()
        .filter(is_names)
        .map(|f| f.text.as_str())
        .collect();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for block in &blocks {
        let Some(found) = findings(block, &names) else {
            continue;
        };
        count += 1;
        let expected = block
            .argument
            .as_deref()
            .and_then(|a| a.strip_prefix("error="));
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
    for page in files().iter().filter(|file| is_page(file)) {
        let (found, blocks) = run(page);
        wrong.extend(found);
        count += blocks;
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(count > 35, "only {count} blocks were found");
}
