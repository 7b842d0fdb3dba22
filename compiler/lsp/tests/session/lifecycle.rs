//! From `initialize` to `exit`, and what comes at the wrong time.

use gatewright_lsp::End;
use serde_json::{Value, json};

use crate::client::{Client, abilities, policy};

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

#[test]
fn the_folder_may_be_named_in_any_way() {
    let folders = json!([{ "uri": "file:///p/x/..", "name": "p" }]);
    for params in [
        json!({ "workspaceFolders": folders }),
        json!({ "rootUri": "file:///p" }),
        json!({ "rootUri": "file:///p/", "workspaceFolders": null }),
        json!({ "rootUri": "file:///p", "workspaceFolders": [] }),
        json!({ "rootPath": "/p" }),
        json!({ "rootPath": "/p", "rootUri": null }),
    ] {
        let files = [("/p/gatewright.toml", ""), ("/p/a.gate", "policy { stat }")];
        let mut client = Client::connect(&files);
        client.ask("initialize", params.clone()).unwrap();
        assert!(!client.codes("/p/a.gate").is_empty(), "{params}");
    }
    // Without any, what is open is all there is.
    let mut client =
        Client::connect(&[("/p/gatewright.toml", ""), ("/p/a.gate", "policy { stat }")]);
    client.ask("initialize", json!({ "rootPath": "" })).unwrap();
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    client.open("/q/b.gate", "policy { stat }");
    assert!(!client.codes("/q/b.gate").is_empty());
}

#[test]
fn the_server_leaves_with_the_process_that_started_it() {
    let mut client = Client::connect(&[]);
    *client.host.running.lock().unwrap() = Some(7);
    client.ask("initialize", json!({ "processId": 7 })).unwrap();
    client.sync();
    *client.host.running.lock().unwrap() = None;
    assert_eq!(client.wait_for_end(), End::Abrupt);
}

#[test]
fn a_process_that_cannot_be_seen_is_not_waited_for() {
    for process in [json!(7), json!(null), json!(-1), json!("7")] {
        let mut client = Client::connect(&[]);
        client
            .ask("initialize", json!({ "processId": process }))
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1_200));
        client.sync();
        assert_eq!(client.leave(), End::Asked);
    }
}

#[test]
fn a_client_that_tells_only_what_it_was_asked_for_is_asked_for_settings() {
    let mut abilities = abilities();
    abilities["workspace"]["didChangeConfiguration"] = json!({ "dynamicRegistration": true });
    let mut client = Client::start_with(&[], abilities, Value::Null);
    client.sync();
    let asked = client.told("client/registerCapability");
    let first = &asked[0]["registrations"][0];
    assert_eq!(first["method"], "workspace/didChangeConfiguration");
    assert_eq!(first["registerOptions"]["section"], "gatewright");
}

#[test]
fn a_client_is_offered_only_what_it_knows() {
    let mut plain = Client::connect(&[]);
    let params = json!({ "capabilities": {} });
    let server = plain.ask("initialize", params).unwrap()["capabilities"].clone();
    assert_eq!(server["renameProvider"], true);
    assert_eq!(server["codeActionProvider"], true);
    assert_eq!(server["diagnosticProvider"], Value::Null);
    let mut able = abilities();
    able["textDocument"]["rename"] = json!({ "prepareSupport": true });
    let client = Client::start_with(&[], able, Value::Null);
    let server = &client.server["capabilities"];
    assert_eq!(server["renameProvider"]["prepareProvider"], true);
    assert_eq!(server["codeActionProvider"]["resolveProvider"], true);
}
