//! What clients should not do, and mistakes of our own.

use crossbeam_channel::unbounded;
use gatewright_lsp::End;
use lsp_server::RequestId;
use serde_json::{Value, json};

use crate::client::{Client, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");
const SYMBOLS: &str = "textDocument/documentSymbol";

fn document(path: &str) -> Value {
    json!({ "textDocument": { "uri": uri(path) } })
}

#[test]
fn what_is_unknown_is_refused_or_passed_over() {
    let mut client = Client::start(&[MANIFEST]);
    assert_eq!(
        client
            .ask("textDocument/nothing", json!({}))
            .unwrap_err()
            .code,
        -32601
    );
    assert_eq!(client.ask("$/nothing", json!({})).unwrap_err().code, -32601);
    client.tell("$/nothing", json!({}));
    client.tell("gatewright/nothing", json!([1]));
    assert_eq!(client.ask(SYMBOLS, json!(3)).unwrap_err().code, -32602);
    let nobody = client.ask(SYMBOLS, document("/elsewhere/x.txt")).unwrap();
    assert_eq!(nobody, Value::Null);
    assert_eq!(client.leave(), End::Asked);
}

#[test]
fn a_panic_ends_one_request() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    *client.host.panics_at.lock().unwrap() = Some(SYMBOLS);
    for _ in 0..5 {
        let error = client.ask(SYMBOLS, document("/p/a.gate")).unwrap_err();
        assert_eq!(error.code, -32603);
        assert!(error.message.contains("the request panics"), "{error:?}");
    }
    *client.host.panics_at.lock().unwrap() = None;
    let symbols = client.ask(SYMBOLS, document("/p/a.gate")).unwrap();
    assert_eq!(symbols[0]["name"], "A");
}

#[test]
fn a_panic_of_the_compiler_is_said_and_the_next_edit_is_compiled() {
    let mut client = Client::start(&[MANIFEST]);
    client.open("/p/a.gate", &format!("{}// compiler, panic", policy("A")));
    assert_eq!(
        client.ask(SYMBOLS, document("/p/a.gate")).unwrap(),
        Value::Null
    );
    let shown = client.told("window/showMessage");
    assert!(
        shown[0]["message"]
            .as_str()
            .unwrap()
            .contains("as was asked")
    );
    client.change("/p/a.gate", [0, 0, 0, 0], " ");
    client.sync();
    assert_eq!(client.told("window/showMessage").len(), 1);
    client.replace("/p/a.gate", "policy { stat }");
    assert!(client.codes("/p/a.gate").contains(&"GW0113".to_owned()));
    assert_eq!(client.leave(), End::Asked);
}

#[test]
fn a_panic_of_the_host_is_said_and_what_is_open_is_judged() {
    let mut client = Client::start(&[MANIFEST]);
    client.sync();
    *client.host.panics_at.lock().unwrap() = Some("load");
    client.open("/p/a.gate", "policy { stat }");
    assert!(client.codes("/p/a.gate").contains(&"GW0113".to_owned()));
    let shown = client.told("window/showMessage");
    assert!(
        shown[0]["message"]
            .as_str()
            .unwrap()
            .contains("the host is broken")
    );
}

#[test]
fn a_request_can_be_cancelled_while_it_runs_and_while_it_waits() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    let (open, gate) = unbounded();
    *client.host.waits_at.lock().unwrap() = Some((SYMBOLS, gate));
    // More than there are threads.
    let asked: Vec<RequestId> = (0..12)
        .map(|_| client.begin(SYMBOLS, document("/p/a.gate")))
        .collect();
    for id in &asked {
        client.tell("$/cancelRequest", json!({ "id": id }));
        assert_eq!(client.answer(id).unwrap_err().code, -32800);
    }
    client.tell("$/cancelRequest", json!({ "id": 4711 }));
    client.tell("$/cancelRequest", json!({ "id": [] }));
    drop(open);
    // Nothing is answered twice: the client would say so.
    let symbols = client.ask(SYMBOLS, document("/p/a.gate")).unwrap();
    assert_eq!(symbols[0]["name"], "A");
    client.sync();
}

#[test]
fn a_slow_request_holds_up_neither_edits_nor_other_requests() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    client.sync();
    let (open, gate) = unbounded();
    *client.host.waits_at.lock().unwrap() = Some((SYMBOLS, gate));
    let slow = client.begin(SYMBOLS, document("/p/a.gate"));
    client.open("/p/a.gate", "policy { stat }");
    assert!(client.codes("/p/a.gate").contains(&"GW0113".to_owned()));
    open.send(()).unwrap();
    // It is answered from the project as it was when it was asked.
    assert_eq!(client.answer(&slow).unwrap()[0]["name"], "A");
}

#[test]
fn a_file_of_ten_megabytes_is_answered() {
    let mut client = Client::start(&[MANIFEST]);
    let line = format!("// {}\n", "å😀 ".repeat(20));
    let mut text = line.repeat(10_000_000 / line.len());
    text.push_str(&policy("A"));
    client.open("/p/a.gate", &text);
    let symbols = client.ask(SYMBOLS, document("/p/a.gate")).unwrap();
    assert_eq!(symbols[0]["name"], "A");
    let last = u32::try_from(text.lines().count()).unwrap() - 1;
    client.change("/p/a.gate", [last, 8, last, 9], "B");
    let symbols = client.ask(SYMBOLS, document("/p/a.gate")).unwrap();
    assert_eq!(symbols[0]["name"], "B");
    assert_eq!(symbols.as_array().unwrap().len(), 1);
    assert_eq!(client.leave(), End::Asked);
}

#[test]
fn a_project_that_cannot_be_read_is_said_where_it_can_be_seen() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    client.open("/p/gatewright.toml", "# unreadable");
    let found = client.diagnostics("/p/gatewright.toml");
    assert!(format!("{found:?}").contains("this project is unreadable"));
    client.replace("/p/gatewright.toml", "");
    assert_eq!(client.codes("/p/gatewright.toml"), [""; 0]);
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
}
