//! Both examples of every page of the `GW06xx` codes.

use std::path::Path;

use gatewright_diagnostics::codes;

use crate::common::*;

/// The JSON blocks of a section.
fn blocks<'p>(page: &'p str, section: &str) -> Vec<&'p str> {
    let start = page.find(&format!("## {section}\n")).unwrap();
    let body = &page[start + 3..];
    let body = &body[..body.find("\n## ").unwrap_or(body.len())];
    body.split("\n```")
        .filter(|block| block.starts_with("json") || block.starts_with("directory"))
        .map(|block| block.split_once('\n').unwrap().1)
        .collect()
}

fn found(page: &str, section: &str) -> Vec<&'static str> {
    let texts = blocks(page, section);
    assert!(!texts.is_empty(), "{section}");
    let world = World::new();
    let mut all = world.with(|cx| {
        let read = |text: &&str| gatewright_interop::read(Default::default(), text, cx).diagnostics;
        texts.iter().flat_map(read).collect::<Vec<_>>()
    });
    all.extend(assemble_all(&texts).diagnostics);
    codes(&all)
}

#[test]
fn wrong_examples_yield_their_code_alone_and_right_ones_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnostics");
    let mine: Vec<_> = codes::all()
        .filter(|code| code.name().starts_with("GW06"))
        .collect();
    assert!(mine.len() >= 28);
    for code in mine {
        let page = std::fs::read_to_string(folder.join(format!("{}.md", code.name()))).unwrap();
        assert_eq!(found(&page, "Erroneous example"), [code.name()]);
        assert_eq!(found(&page, "Fix"), Vec::<&str>::new(), "{code:?}");
    }
}
