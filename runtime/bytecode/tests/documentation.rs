//! The pages say what the code does.
#![allow(
    clippy::panic,
    reason = "a check that cannot be made should fail the test"
)]

use gatewright_bytecode::{FORMAT_VERSION, Op};

const BYTECODE: &str = include_str!("../../../docs/bytecode.md");
const BUNDLE: &str = include_str!("../../../docs/bundle.md");
const WRITER: &str = include_str!("../src/bundle.rs");
const SECTIONS: &str = include_str!("../src/sections.rs");

#[test]
fn every_operation_is_in_the_table() {
    let operations = (0..=u32::from(u8::MAX)).filter_map(Op::decode);
    let rows: Vec<String> = operations
        .map(|op| format!("| {} | `{}` |", op as u32, op.name()))
        .collect();
    assert!(rows.len() >= 5);
    for row in rows {
        assert!(
            BYTECODE.contains(&row),
            "docs/bytecode.md has no row `{row}`"
        );
    }
}

#[test]
fn the_version_has_a_line_on_the_page_and_beside_the_writer() {
    assert!(
        BUNDLE.contains(&format!("\n| {FORMAT_VERSION} | ")),
        "docs/bundle.md"
    );
    assert!(
        WRITER.contains(&format!("\n//! - {FORMAT_VERSION}: ")),
        "bundle.rs"
    );
}

#[test]
fn every_section_is_on_the_page() {
    let rows = SECTIONS
        .lines()
        .filter_map(|line| line.trim().strip_prefix("row(")?.split_once(','));
    let names: Vec<&str> = rows
        .map(|(_, rest)| rest.trim().trim_end_matches("),").trim_matches('"'))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(
            BUNDLE.contains(&format!("| {name} |")),
            "docs/bundle.md has no row for {name}"
        );
    }
}
