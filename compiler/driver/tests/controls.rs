//! The library of controls compiles without a finding, and says of each control why.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::path::Path;

use gatewright_compiler::{Compilation, Input, SourceFile, compile};

fn controls() -> Compilation {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/controls");
    let read = |name: &str| SourceFile {
        path: name.to_owned(),
        bytes: std::fs::read(folder.join(name)).unwrap(),
    };
    let names = ["administrators", "devices", "identities", "risk"];
    let files = names.map(|name| read(&format!("{name}.gate"))).to_vec();
    compile(&Input {
        files,
        manifest: Some(read("gatewright.toml")),
        ..Input::default()
    })
}

#[test]
fn every_control_is_an_invariant_with_its_reason() {
    let compilation = controls();
    assert!(
        compilation.diagnostics.is_empty(),
        "{}",
        compilation.render()
    );
    assert!(compilation.set.policies.is_empty());
    let names: BTreeSet<&str> = { compilation.invariants.iter() }
        .map(|invariant| invariant.name.as_str())
        .collect();
    assert!(names.len() >= 20, "{names:?}");
    for invariant in &compilation.invariants {
        assert!(!invariant.docs.is_empty(), "{}", invariant.name);
    }
}

#[test]
fn a_text_of_another_kind_than_invariants_is_still_told_that_it_has_no_policies() {
    let file = SourceFile {
        path: "names.gate".to_owned(),
        bytes: b"group G = \"8f6f3d0a-0000-4000-8000-0000000f1a0c\"".to_vec(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    let codes: Vec<&str> = compilation
        .diagnostics
        .iter()
        .map(|d| d.code.name())
        .collect();
    assert_eq!(codes, ["GW0803"]);
}
