//! Something is said of every word: measured on the examples and on the language's pages.

use std::collections::BTreeMap;

use gatewright_ide::hover;
use gatewright_syntax::TokenKind;

use crate::examples::{Asked, asked, examples};

/// Whether a word is of a kind.
type Is = fn(&Asked<'_>) -> bool;

/// What nothing is said of, and why.
const NOT_SAID: &[(&str, Is)] = &[
    ("a text of the author says itself what it means", |asked| {
        asked.kind == TokenKind::String && !asked.is_known_text()
    }),
    ("members of Graph objects are the service's", |asked| {
        asked.kind == TokenKind::Json || asked.is_in_annotation("graph") && asked.is_in_list()
    }),
    (
        "another name of an attribute stands beside the attribute",
        |asked| asked.before.first() == Some(&"as") || asked.follows(&[".", "*", "as"]),
    ),
];

#[test]
fn something_is_said_of_every_word() {
    let mut missed = Vec::new();
    let mut count = 0;
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    for example in examples() {
        for asked in asked(&example.snapshot) {
            let offset = u32::try_from(asked.start).unwrap();
            if let Some(found) = hover(asked.snapshot, asked.source, offset) {
                let flaw = flaw(&found.markdown);
                assert_eq!(flaw, None, "{}: {}", asked.says(), found.markdown);
                count += 1;
                continue;
            }
            match NOT_SAID.iter().find(|(_, is_it)| is_it(&asked)) {
                Some((why, _)) => *excused.entry(*why).or_default() += 1,
                None => missed.push(format!("{}, {}", example.name, asked.says())),
            }
        }
    }
    assert!(
        missed.is_empty(),
        "nothing is said of:\n{}",
        missed.join("\n")
    );
    assert!(count > 4000, "{count} words are explained");
    for (why, _) in NOT_SAID {
        assert!(excused.contains_key(why), "no word needs this: {why}");
    }
}

/// What is wrong with the form of Markdown, if anything.
fn flaw(markdown: &str) -> Option<&'static str> {
    let paragraphs: Vec<&str> = markdown.split("\n\n").collect();
    let is_again = |at: usize| paragraphs.iter().skip(at + 1).any(|p| *p == paragraphs[at]);
    let flaws = [
        (
            "blanks around it",
            markdown.trim() != markdown || markdown.is_empty(),
        ),
        ("a fence is open", markdown.matches("```").count() % 2 == 1),
        (
            "an empty paragraph",
            paragraphs.iter().any(|p| p.trim().is_empty()),
        ),
        (
            "a blank at the end of a line",
            markdown.lines().any(|line| line.ends_with(' ')),
        ),
        ("a paragraph twice", (0..paragraphs.len()).any(is_again)),
        ("it ends in a colon", markdown.ends_with(':')),
        (
            "two stops",
            markdown.contains("..") && !markdown.contains("..."),
        ),
    ];
    flaws
        .into_iter()
        .find(|(_, is_there)| *is_there)
        .map(|(flaw, _)| flaw)
}
