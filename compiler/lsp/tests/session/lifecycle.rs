//! From `initialize` to `exit`, and what comes at the wrong time.

use gatewright_lsp::End;
use serde_json::{Value, json};

use crate::client::{Client, policy};

fn code(answer: Result<Value, lsp_server::ResponseError>) -> i32 {
    answer.unwrap_err().code
}

#[test]
fn nothing_is_answered_before_initialize() {
    let mut client = Client::connect(&[]);
    let params = json!({ "textDocument": { "uri": "file:///p/a.gate" } });
    assert_eq!(
        code(client.ask("textDocument/documentSymbol", params)),
        -32002
    );
    assert_eq!(code(client.ask("shutdown", Value::Null)), -32002);
    client.tell("textDocument/didOpen", json!({}));
    client
        .ask("initialize", json!({ "capabilities": {} }))
        .unwrap();
    assert_eq!(code(client.ask("initialize", json!({}))), -32600);
    assert_eq!(client.leave(), End::Asked);
}

#[test]
fn a_strange_client_is_served_all_the_same() {
    let mut client = Client::connect(&[("/p/a.gate", &policy("A"))]);
    let params = json!({ "capabilities": { "general": 7 }, "workspaceFolders": "none",
        "rootUri": "file:///p" });
    let answer = client.ask("initialize", params).unwrap();
    assert_eq!(answer["serverInfo"]["name"], "gatewright");
    client.open("/p/a.gate", &policy("A"));
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
}

#[test]
fn nothing_is_answered_after_shutdown() {
    let mut client = Client::start(&[]);
    client.ask("shutdown", Value::Null).unwrap();
    let params = json!({ "code": "GW0101" });
    assert_eq!(code(client.ask("gatewright/page", params)), -32600);
    client.tell("exit", Value::Null);
    assert_eq!(client.die(), End::Asked);
}

#[test]
fn leaving_without_a_word_is_told_from_leaving() {
    assert_eq!(Client::start(&[]).leave(), End::Asked);
    assert_eq!(Client::start(&[]).die(), End::Abrupt);
    assert_eq!(Client::connect(&[]).die(), End::Abrupt);
    let client = Client::start(&[]);
    client.tell("exit", Value::Null);
    assert_eq!(client.die(), End::Abrupt);
}

#[test]
fn settings_are_asked_for_and_heard_of() {
    let mut client = Client::start(&[]);
    client.sync();
    assert_eq!(client.told("workspace/configuration").len(), 1);
    client.tell(
        "workspace/didChangeConfiguration",
        json!({ "settings": null }),
    );
    client.sync();
    assert_eq!(client.told("workspace/configuration").len(), 2);
    let pushed = json!({ "settings": { "gatewright": { "pauseMs": 7 } } });
    client.tell("workspace/didChangeConfiguration", pushed);
    client.sync();
    assert_eq!(client.told("workspace/configuration").len(), 2);
}
