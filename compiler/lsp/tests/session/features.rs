//! Requests of the protocol, end to end.

use serde_json::{Value, json};

use crate::client::{Client, abilities, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");
const GROUP: &str = "group Å = \"5b0c0de0-0000-4000-8000-000000000001\"\n";

fn place(path: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri(path) },
        "position": { "line": line, "character": character } })
}

fn document(path: &str) -> Value {
    json!({ "textDocument": { "uri": uri(path) } })
}

#[test]
fn a_definition_is_found_in_another_file() {
    let uses = "policy \"😀\" { state enabled users groups [Å] apps all require mfa }\n";
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", GROUP), ("/p/b.gate", uses)]);
    let column = u32::try_from(uses[..uses.find('Å').unwrap()].encode_utf16().count()).unwrap();
    let found = client
        .ask("textDocument/definition", place("/p/b.gate", 0, column))
        .unwrap();
    assert_eq!(found[0]["uri"], uri("/p/a.gate"));
    assert_eq!(
        found[0]["range"]["start"],
        json!({ "line": 0, "character": 6 })
    );
    assert_eq!(
        found[0]["range"]["end"],
        json!({ "line": 0, "character": 7 })
    );
    let nothing = client
        .ask("textDocument/definition", place("/p/b.gate", 0, 1))
        .unwrap();
    assert_eq!(nothing, json!([]));
}

#[test]
fn symbols_are_nested_or_flat_as_the_client_wants_them() {
    let text = "scope \"S\" { policy \"P\" { block } }\ngroup";
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", text)]);
    let method = "textDocument/documentSymbol";
    let found = client.ask(method, document("/p/a.gate")).unwrap();
    assert_eq!(found[0]["children"][0]["name"], "P");
    let mut abilities = abilities();
    abilities["textDocument"]["documentSymbol"] = json!({});
    let files = [MANIFEST, ("/p/a.gate", text)];
    let mut client = Client::start_with(&files, abilities, Value::Null);
    let found = client.ask(method, document("/p/a.gate")).unwrap();
    assert_eq!(
        (&found[1]["name"], &found[1]["containerName"]),
        (&json!("P"), &json!("S"))
    );
}

#[test]
fn bodies_and_comments_fold() {
    let text = "// one\n// two\npolicy \"P\" {\n  block\n}\n";
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", text)]);
    let found = client
        .ask("textDocument/foldingRange", document("/p/a.gate"))
        .unwrap();
    let lines = |fold: &Value| (fold["startLine"].as_u64(), fold["endLine"].as_u64());
    assert_eq!(found[0]["kind"], "comment");
    assert_eq!(lines(&found[0]), (Some(0), Some(1)));
    assert_eq!(lines(&found[1]), (Some(2), Some(4)));
}

#[test]
fn a_file_is_written_in_the_one_style() {
    let mut client = Client::start(&[MANIFEST]);
    client.open("/p/a.gate", &policy("😀"));
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    let params = json!({ "textDocument": { "uri": uri("/p/a.gate") }, "options": options });
    let edits = client
        .ask("textDocument/formatting", params.clone())
        .unwrap();
    let changes: Vec<Value> = edits
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|edit| json!({ "range": edit["range"], "text": edit["newText"] }))
        .collect();
    assert!(!changes.is_empty());
    client.change_all("/p/a.gate", changes);
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    let again = client.ask("textDocument/formatting", params).unwrap();
    assert_eq!(again, json!([]));
}

#[test]
fn the_page_of_a_code_is_told() {
    let mut client = Client::start(&[]);
    let page = client
        .ask("gatewright/page", json!({ "code": "gw0302" }))
        .unwrap();
    assert!(page["markdown"].as_str().unwrap().contains("GW0302"));
    let error = client
        .ask("gatewright/page", json!({ "code": "GW9999" }))
        .unwrap_err();
    assert_eq!(error.code, -32803);
}
