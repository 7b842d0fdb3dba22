//! Semantic tokens: whole, of a range, and as changes.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{Client, partial, policy, uri};
use crate::marked::{Session, both};
use crate::same_as_fresh::{PIECES, boundary, place};

const FULL: &str = "textDocument/semanticTokens/full";

const TEXT: &str =
    "// 😀 a comment\npolicy \"😀 P\" { users groups [Fin] } // é\ngroup Fin = \"x\"\n";

fn numbers(answer: &Value) -> Vec<u64> {
    let data = answer["data"].as_array().unwrap();
    data.iter().map(|number| number.as_u64().unwrap()).collect()
}

/// Make the old numbers the new ones.
fn apply(known: &mut Vec<u64>, delta: &Value) {
    for edit in delta["edits"].as_array().unwrap() {
        let at = |name: &str| usize::try_from(edit[name].as_u64().unwrap()).unwrap();
        let (start, count) = (at("start"), at("deleteCount"));
        known.splice(start..start + count, numbers(edit));
    }
}

/// What each token covers, and its type.
fn words(session: &Session, answer: &Value) -> Vec<(String, String)> {
    let legend = &session.client.server["capabilities"]["semanticTokensProvider"]["legend"];
    let (mut line, mut character) = (0, 0);
    let each = numbers(answer);
    let tokens = each.chunks(5).map(|token| {
        character = if token[0] == 0 {
            character + token[1]
        } else {
            token[1]
        };
        line += token[0];
        let range = json!({ "start": { "line": line, "character": character },
            "end": { "line": line, "character": character + token[2] } });
        let kind = &legend["tokenTypes"][usize::try_from(token[3]).unwrap()];
        let text = session.covered("/p/a.gate", &range).to_owned();
        (text, kind.as_str().unwrap().to_owned())
    });
    tokens.collect()
}

fn has(words: &[(String, String)], text: &str, kind: &str) -> bool {
    words.iter().any(|(word, its)| word == text && its == kind)
}

#[test]
fn each_word_is_what_it_is() {
    for text in [
        TEXT.to_owned(),
        format!("{TEXT}policy \"😀 {{ users [\n@ ⁂"),
    ] {
        both(&text, |session| {
            let answer = session.ask_of("/p/a.gate", FULL, &json!({}));
            let words = words(session, &answer);
            assert!(has(&words, "// 😀 a comment", "comment"), "{words:?}");
            assert!(has(&words, "policy", "keyword"), "{words:?}");
            assert!(has(&words, "\"😀 P\"", "class"), "{words:?}");
            assert!(has(&words, "Fin", "variable"), "{words:?}");
            assert!(has(&words, "// é", "comment"), "{words:?}");
        });
    }
}

#[test]
fn the_tokens_of_a_range_are_those_of_the_whole_that_touch_it() {
    both(TEXT, |session| {
        let all = session.ask_of("/p/a.gate", FULL, &json!({}));
        let all = words(session, &all);
        let method = "textDocument/semanticTokens/range";
        let range = json!({ "range": { "start": { "line": 1, "character": 0 },
            "end": { "line": 1, "character": 9 } } });
        let part = session.ask_of("/p/a.gate", method, &range);
        let part = words(session, &part);
        assert_eq!(part, all[1..3]);
        let range = json!({ "range": { "start": { "line": 0, "character": 0 },
            "end": { "line": 99, "character": 0 } } });
        let answer = session.ask_of("/p/a.gate", method, &range);
        assert_eq!(words(session, &answer), all);
    });
}

#[test]
fn a_change_applied_to_the_old_numbers_gives_the_new_ones() {
    both(TEXT, |session| {
        let first = session.ask_of("/p/a.gate", FULL, &json!({}));
        let mut known = numbers(&first);
        let mut id = first["resultId"].clone();
        for text in [
            TEXT.to_owned(),
            format!("// 😀\n{TEXT}"),
            TEXT.replace("users", "apps"),
            TEXT.replace('}', ""),
            String::new(),
            TEXT.to_owned(),
        ] {
            session.client.replace("/p/a.gate", &text);
            let params = json!({ "previousResultId": id });
            let delta = session.ask_of("/p/a.gate", &format!("{FULL}/delta"), &params);
            apply(&mut known, &delta);
            id = delta["resultId"].clone();
            let all = json!({ "range": { "start": { "line": 0, "character": 0 },
                "end": { "line": 99, "character": 0 } } });
            let all = session.ask_of("/p/a.gate", "textDocument/semanticTokens/range", &all);
            assert_eq!(known, numbers(&all), "{text}");
        }
        // What was told long ago is not known any more.
        let params = json!({ "textDocument": { "uri": uri("/p/a.gate") },
            "previousResultId": first["resultId"] });
        let all = session
            .client
            .ask(&format!("{FULL}/delta"), params)
            .unwrap();
        assert_eq!(numbers(&all), known);
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn changes_after_any_edits_lead_to_what_a_fresh_look_sees(
        edits in prop::collection::vec(
            (any::<u16>(), 0..8_000_u16, 0..PIECES.len(), any::<bool>()),
            1..25,
        )
    ) {
        let mut text = format!("{TEXT}{}", policy("B"));
        let mut client = Client::start(&[]);
        client.open("/p/a.gate", &text);
        let document = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
        let first = client.ask(FULL, document.clone()).unwrap();
        let (mut known, mut id) = (numbers(&first), first["resultId"].clone());
        for (from, length, piece, is_looked_at) in edits {
            let start = boundary(&text, usize::from(from));
            let end = boundary(&text, usize::from(from.saturating_add(length))).max(start);
            let ([line, column], [end_line, end_column]) = (place(&text, start), place(&text, end));
            let change = partial([line, column, end_line, end_column], PIECES[piece]);
            client.change_all("/p/a.gate", vec![change]);
            text.replace_range(start..end, PIECES[piece]);
            if is_looked_at {
                let mut params = document.clone();
                params["previousResultId"] = id;
                let delta = client.ask(&format!("{FULL}/delta"), params).unwrap();
                apply(&mut known, &delta);
                id = delta["resultId"].clone();
                let mut fresh = Client::start(&[]);
                fresh.open("/p/a.gate", &text);
                prop_assert_eq!(&known, &numbers(&fresh.ask(FULL, document.clone()).unwrap()));
            }
        }
    }
}
