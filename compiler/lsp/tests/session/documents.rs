//! Texts in step with the client.

use serde_json::{Value, json};

use crate::client::{Client, abilities, partial, policy};

#[test]
fn what_is_typed_is_judged_and_what_is_mended_is_cleared() {
    let mut client = Client::start(&[("/p/gatewright.toml", ""), ("/p/a.gate", &policy("A"))]);
    client.open("/p/a.gate", &policy("A"));
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    client.change("/p/a.gate", [0, 13, 0, 18], "stat");
    let found = client.diagnostics("/p/a.gate");
    assert_eq!(client.codes("/p/a.gate")[0], "GW0113");
    assert_eq!(
        (found[0].range.start.line, found[0].range.start.character),
        (0, 13)
    );
    client.change("/p/a.gate", [0, 17, 0, 17], "e");
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    let version = client.pushed["file:///p/a.gate"].0;
    assert_eq!(version, Some(3));
}

#[test]
fn columns_are_counted_in_what_was_agreed_on() {
    for (offered, agreed, column) in [
        (json!(["utf-16", "utf-8"]), "utf-8", 21),
        (json!(["utf-16"]), "utf-16", 16),
        (json!(null), "utf-16", 16),
        (json!(["utf-32"]), "utf-16", 16),
    ] {
        let mut abilities = abilities();
        abilities["general"]["positionEncodings"] = offered;
        let files = [("/p/gatewright.toml", "")];
        let mut client = Client::start_with(&files, abilities, json!({ "invariants": "off" }));
        assert_eq!(client.server["capabilities"]["positionEncoding"], agreed);
        client.open("/p/a.gate", "policy \"å😀日\" { stat enabled }\n");
        let found = client.diagnostics("/p/a.gate");
        let found = found
            .iter()
            .find(|one| crate::client::code(one) == "GW0113");
        assert_eq!(found.unwrap().range.start.character, column);
        // The word is mended where the server said that it is.
        client.change("/p/a.gate", [0, column + 4, 0, column + 4], "e");
        assert!(!client.codes("/p/a.gate").contains(&"GW0113".to_owned()));
    }
}

#[test]
fn several_changes_apply_in_their_order() {
    let mut client = Client::start(&[("/p/gatewright.toml", "")]);
    client.open("/p/a.gate", "");
    let changes = vec![
        json!({ "text": "x" }),
        json!({ "text": format!("{}\r\nrule", policy("😀")) }),
        partial([1, 0, 7, 0], ""),
    ];
    client.change_all("/p/a.gate", changes);
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
}

#[test]
fn a_change_that_cannot_be_applied_corrupts_nothing() {
    let mut client = Client::start(&[("/p/gatewright.toml", "")]);
    client.open("/p/a.gate", &policy("A"));
    client.change("/p/a.gate", [0, 9, 0, 2], "?");
    client.change("/p/a.gate", [0, 0, 0, 0], "?");
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    let shown = client.told("window/showMessage");
    assert!(
        shown[0]["message"]
            .as_str()
            .unwrap()
            .contains("ends before it starts")
    );
    // Once, not at every key.
    assert_eq!(shown.len(), 1);
    // The whole text brings both together again.
    client.replace("/p/a.gate", "?");
    assert_eq!(client.codes("/p/a.gate")[0], "GW0101");
    client.change("/p/a.gate", [0, 0, 0, 1], "");
    assert!(!client.codes("/p/a.gate").contains(&"GW0101".to_owned()));
}

#[test]
fn changes_that_are_none_are_said_and_passed_over() {
    let mut client = Client::start(&[("/p/gatewright.toml", "")]);
    client.open("/p/a.gate", &policy("A"));
    client.change_all("/p/a.gate", vec![json!({ "range": [1, 2], "text": 7 })]);
    client.change("/p/b.gate", [0, 0, 0, 0], "never opened");
    client.tell("textDocument/didChange", json!("nonsense"));
    client.tell("textDocument/didOpen", json!({ "textDocument": {} }));
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    assert!(client.told("window/logMessage").len() >= 4);
}

#[test]
fn a_text_that_looks_like_another_encoding_is_what_it_is() {
    let mut client = Client::start(&[("/p/gatewright.toml", "")]);
    client.open("/p/a.gate", &format!("a\0b\0{}", policy("A")));
    let found = client.diagnostics("/p/a.gate");
    assert!(
        found.iter().all(|one| one.range.start.line == 0),
        "{found:?}"
    );
    assert!(!found.is_empty());
}

#[test]
fn a_change_that_was_lost_is_not_passed_over() {
    let mut client = Client::start(&[("/p/gatewright.toml", "")]);
    client.open("/p/a.gate", &policy("A"));
    client.open("/p/b.gate", &policy("B"));
    client.tell("textDocument/didChange", Value::Null);
    for path in ["/p/a.gate", "/p/b.gate"] {
        let before = client.codes(path);
        client.change(path, [0, 0, 0, 0], "?");
        assert_eq!(client.codes(path), before);
    }
    assert_eq!(client.told("window/showMessage").len(), 2);
    client.replace("/p/a.gate", "?");
    assert_eq!(client.codes("/p/a.gate")[0], "GW0101");
    client.close("/p/b.gate");
    client.open("/p/b.gate", "");
    client.change("/p/b.gate", [0, 0, 0, 0], "?");
    assert_eq!(client.codes("/p/b.gate")[0], "GW0101");
    assert_eq!(client.told("window/showMessage").len(), 2);
}

#[test]
fn every_kind_of_line_end_is_counted_as_editors_count_it() {
    // Behind each of them the next line starts, but for `\r` alone, which stays in its line.
    let text = "// a\r\n// b\n// c\r// d\n\u{FEFF}policy \"😀\" { stat enabled }\r\n";
    let mut client = Client::start(&[("/p/gatewright.toml", "")]);
    client.open("/p/a.gate", text);
    let found = client.diagnostics("/p/a.gate");
    let found = found
        .iter()
        .find(|one| crate::client::code(one) == "GW0113");
    let start = found.unwrap().range.start;
    assert_eq!((start.line, start.character), (3, 15));
    client.change("/p/a.gate", [3, 19, 3, 19], "e");
    // Places inside of a pair and behind the end of a line are moved to the one before.
    client.change("/p/a.gate", [3, 10, 3, 99], "P\" { state enabled");
    client.change("/p/a.gate", [0, 5, 0, 5], " }");
    client.change("/p/a.gate", [3, 27, 3, 27], " users all apps all block }");
    let symbols = json!({ "textDocument": { "uri": "file:///p/a.gate" } });
    let symbols = client.ask("textDocument/documentSymbol", symbols).unwrap();
    assert_eq!(symbols[0]["name"], "P");
}

#[test]
fn a_byte_order_mark_is_a_character_of_a_text_that_has_it() {
    let mut client = Client::start(&[("/p/gatewright.toml", "")]);
    client.open(
        "/p/a.gate",
        &format!("\u{FEFF}{}", policy("A").replace("state", "stat")),
    );
    let start = client.diagnostics("/p/a.gate")[0].range.start;
    assert_eq!((start.line, start.character), (0, 14));
    client.change("/p/a.gate", [0, 18, 0, 18], "e");
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
}
