//! What is written next is offered: measured at every word of the examples and of the language's
//! pages.

use std::collections::BTreeMap;

use gatewright_syntax::TokenKind;

use crate::examples::{Asked, Example, asked, examples, projects};
use gatewright_ide::{Completion, completions, declarations};

/// Whether a word is of a kind.
type Is = fn(&Asked<'_>) -> bool;

/// What nobody can offer, and why.
const NOT_OFFERED: &[(&str, Is)] = &[
    (
        "what a declaration is called is up to its author",
        |asked| {
            asked.is_new_name
                || asked.before.first() == Some(&"as")
                || asked.follows(&[".", "*", "as"])
        },
    ),
    (
        "an id, a version, a title or a reason is up to its author",
        |asked| asked.kind == TokenKind::String && !asked.is_known_text(),
    ),
    (
        "attributes that no other rule names are the tenant's",
        |asked| asked.follows(&[".", "CustomSecurityAttribute"]),
    ),
    ("members of Graph objects are the service's", |asked| {
        asked.kind == TokenKind::Json || asked.is_in_annotation("graph") && asked.is_in_list()
    }),
];

fn offers(asked: &Asked<'_>) -> Vec<Completion> {
    let offset = u32::try_from(asked.start).unwrap();
    completions(asked.snapshot, asked.source, offset)
}

/// Whether what an item writes begins with this word or text.
fn writes(item: &Completion, token: &str) -> bool {
    let plain = item.insert.replace("$0", "");
    let tokens = gatewright_syntax::lex_file(&plain);
    let first = tokens.iter().find(|(kind, _)| !kind.is_trivia());
    let bare = |text: &str| text.trim_matches('"').to_ascii_lowercase();
    first.is_some_and(|(_, range)| bare(&plain[range]) == bare(token))
}

#[test]
fn what_is_written_next_is_offered() {
    let (mut missed, mut places) = (Vec::new(), Vec::new());
    let mut excused: BTreeMap<&str, usize> = BTreeMap::new();
    for example in examples() {
        for asked in asked(&example.snapshot) {
            let offers = offers(&asked);
            if let Some(place) = offers.iter().position(|item| writes(item, asked.token)) {
                places.push(place);
                continue;
            }
            match NOT_OFFERED.iter().find(|(_, is_it)| is_it(&asked)) {
                Some((why, _)) => *excused.entry(*why).or_default() += 1,
                None => missed.push(format!("{}, {}", example.name, asked.says())),
            }
        }
    }
    assert!(missed.is_empty(), "not offered:\n{}", missed.join("\n"));
    assert!(places.len() > 4000, "{} words are offered", places.len());
    for (why, _) in NOT_OFFERED {
        assert!(excused.contains_key(why), "no word needs this: {why}");
    }
    // What is meant is near the top.
    let near = places.iter().filter(|place| **place < 10).count();
    assert!(near * 4 > places.len() * 3, "{near} of {}", places.len());
}

/// The same where nothing has been written behind the place, for some of the words.
#[test]
fn what_is_written_next_is_offered_at_the_end_of_an_unfinished_text() {
    const EVERY: usize = 41;
    let mut missed = Vec::new();
    for example in projects() {
        let all = asked(&example.snapshot);
        let offered = all.iter().filter(|asked| {
            let offers = offers(asked);
            offers.iter().any(|item| writes(item, asked.token))
        });
        for asked in offered.step_by(EVERY) {
            missed.extend(missed_at_the_end(&example, asked));
        }
    }
    assert!(missed.is_empty(), "not offered:\n{}", missed.join("\n"));
}

/// What is said of a word that is not offered where the text ends before it.
fn missed_at_the_end(example: &Example, asked: &Asked<'_>) -> Option<String> {
    let path = asked.snapshot.compilation().sources.name(asked.source);
    let text = &asked.snapshot.text(asked.source)[..asked.start];
    let cut = example.with(path, text);
    let source = cut.source(path).unwrap();
    let offers = completions(&cut, source, u32::try_from(asked.start).unwrap());
    let is_offered = offers.iter().any(|item| writes(item, asked.token));
    // What the rest of the text declares or says is gone with it.
    (!is_offered && !is_said_behind(asked)).then(|| format!("{}, {}", example.name, asked.says()))
}

/// Whether a name is declared, or a text said, only behind the place in its file.
fn is_said_behind(asked: &Asked<'_>) -> bool {
    let behind = &asked.snapshot.text(asked.source)[asked.start + asked.token.len()..];
    let all = declarations(asked.snapshot, asked.source);
    let is_declared = all.iter().any(|declared| {
        declared.name == asked.token.trim_matches('"')
            && declared.name_span.start as usize > asked.start
    });
    is_declared || asked.kind == TokenKind::String && behind.contains(asked.token)
}
