//! What takes long neither holds up typing nor outlives it.

use crossbeam_channel::{Receiver, unbounded};
use serde_json::{Value, json};

use crate::client::{Client, abilities, code, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");

/// A policy at a risk, and invariants of which it refutes the second.
fn with_invariants(count: usize) -> String {
    let risky = policy("Risky").replace("apps all", "apps all signInRisk [high]");
    let risks = ["high", "low"].iter().cycle();
    let invariants = risks.take(count).enumerate().map(|(number, risk)| {
        format!("invariant \"I{number}\" {{ signInRisk [{risk}] always require mfa }}\n")
    });
    risky + &invariants.collect::<String>()
}

fn pending(client: &Client) -> Option<u64> {
    let told = client.told("gatewright/status");
    told.last()?["invariants"]["pending"].as_u64()
}

fn refuted(client: &Client) -> usize {
    let said = &client.pushed[&uri("/p/a.gate")].1;
    said.iter().filter(|one| code(one) == "GW0270").count()
}

/// How far the thread behind says that it is.
fn heard(deciding: &Receiver<(usize, usize)>) -> (usize, usize) {
    let patience = std::time::Duration::from_secs(60);
    deciding
        .recv_timeout(patience)
        .expect("something is decided")
}

#[test]
fn an_edit_cancels_what_is_being_decided_and_requests_are_answered_meanwhile() {
    let text = with_invariants(3);
    let settings = json!({ "pauseMs": 1 });
    let mut client = Client::start_with(&[MANIFEST], abilities(), settings);
    let (tell, deciding) = unbounded();
    let (open, gate) = unbounded();
    *client.host.decides_at.lock().unwrap() = Some((tell, gate));
    client.open("/p/a.gate", &text);
    assert_eq!(heard(&deciding), (0, 3));
    // It is being decided, and requests are answered.
    let document = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
    let symbols = client.ask("textDocument/documentSymbol", document).unwrap();
    assert_eq!(symbols.as_array().unwrap().len(), 4);
    assert_eq!(pending(&client), Some(3));
    // One is decided, and nothing is said before all are.
    open.send(()).unwrap();
    assert_eq!(heard(&deciding), (1, 3));
    client.sync();
    assert_eq!((pending(&client), refuted(&client)), (Some(3), 0));
    // An edit cancels the others: the second one is begun, and never decided.
    client.replace("/p/a.gate", &with_invariants(2));
    client.sync();
    drop(open);
    assert_eq!(heard(&deciding), (0, 2));
    client.wait("what is left to be decided", |client| {
        refuted(client) == 1 && pending(client) == Some(0)
    });
    let rest: Vec<_> = deciding.try_iter().collect();
    assert_eq!(rest, [(1, 2), (2, 2)]);
}

#[test]
fn an_edit_is_answered_before_a_request_that_is_slow() {
    let mut client = Client::start_with(&[MANIFEST], abilities(), json!({ "pauseMs": 1 }));
    client.open("/p/a.gate", &policy("A"));
    client.sync();
    let method = "textDocument/completion";
    let (open, gate) = unbounded();
    *client.host.waits_at.lock().unwrap() = Some((method, gate));
    let params = json!({ "textDocument": { "uri": uri("/p/a.gate") },
        "position": { "line": 0, "character": 0 } });
    let slow = client.begin(method, params);
    for number in 0..20 {
        client.replace(
            "/p/a.gate",
            &format!("{}policy {{ // {number}", policy("A")),
        );
        assert!(!client.codes("/p/a.gate").is_empty());
    }
    client.tell("$/cancelRequest", json!({ "id": slow }));
    assert_eq!(client.answer(&slow).unwrap_err().code, -32800);
    drop(open);
    client.sync();
}

/// A client in whose server this method waits for the other end.
fn waiting_at(method: &'static str, abilities: Value) -> (Client, crossbeam_channel::Sender<()>) {
    let settings = json!({ "invariants": "off", "pauseMs": 1 });
    let mut client = Client::start_with(&[MANIFEST], abilities, settings);
    client.open("/p/a.gate", &with_invariants(2));
    client.sync();
    let (open, gate) = unbounded();
    *client.host.waits_at.lock().unwrap() = Some((method, gate));
    (client, open)
}

#[test]
fn whatever_takes_long_can_be_cancelled() {
    let document = uri("/p/a.gate");
    let effect = json!({ "uri": document, "policy": "Risky" });
    for (method, params) in [
        ("gatewright/runTests", json!({})),
        (
            "gatewright/explain",
            json!({ "uri": document, "request": "{}" }),
        ),
        ("gatewright/decisionGraph", json!({ "uri": document })),
        (
            "workspace/executeCommand",
            json!({ "command": "gatewright.showPolicyEffect", "arguments": [effect] }),
        ),
        (
            "codeAction/resolve",
            json!({ "title": "A", "data": { "uri": document, "title": "A" } }),
        ),
    ] {
        let (mut client, open) = waiting_at(method, abilities());
        let asked = client.begin(method, params);
        client.tell("$/cancelRequest", json!({ "id": asked }));
        let error = client.answer(&asked).unwrap_err();
        assert_eq!(error.code, -32800, "{method}");
        drop(open);
        client.sync();
        assert!(client.told("window/logMessage").is_empty(), "{method}");
    }
}

#[test]
fn what_is_about_a_text_ends_when_it_is_edited() {
    let (mut client, open) = waiting_at("codeLens/resolve", abilities());
    let document = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
    let lenses = client.ask("textDocument/codeLens", document).unwrap();
    let mut lenses = lenses.as_array().unwrap().iter();
    let lens = lenses.find(|lens| lens["data"]["policy"] == "Risky");
    let asked = client.begin("codeLens/resolve", lens.unwrap().clone());
    client.sync();
    client.replace("/p/a.gate", &with_invariants(1));
    drop(open);
    assert_eq!(client.answer(&asked).unwrap_err().code, -32801);
}

#[test]
fn of_what_is_asked_again_after_an_edit_the_latest_wins() {
    let method = "textDocument/documentSymbol";
    let (mut client, open) = waiting_at(method, abilities());
    let document = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
    let first: Vec<_> = (0..5)
        .map(|_| client.begin(method, document.clone()))
        .collect();
    client.replace("/p/a.gate", &policy("Only"));
    let last = client.begin(method, document);
    for asked in &first {
        assert_eq!(client.answer(asked).unwrap_err().code, -32801);
    }
    drop(open);
    let symbols = client.answer(&last).unwrap();
    assert_eq!(symbols.as_array().unwrap().len(), 1);
}

#[test]
fn typing_goes_on_while_files_are_read() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    client.open("/p/a.gate", &policy("A"));
    client.sync();
    let (open, gate) = unbounded();
    *client.host.reads_at.lock().unwrap() = Some(gate);
    let symbols = |path: &str| json!({ "textDocument": { "uri": uri(path) } });
    client.save("/p/a.gate");
    client.replace("/p/a.gate", "policy { stat }");
    client.wait("what is typed to be judged", |client| {
        let (version, said) = &client.pushed[&uri("/p/a.gate")];
        *version == Some(2) && !said.is_empty()
    });
    let found = client.ask("textDocument/documentSymbol", symbols("/p/a.gate"));
    assert_eq!(found.unwrap().as_array().unwrap().len(), 1);
    // What a new text is part of is not known yet: whoever asks about it waits.
    client.open("/p/b.gate", &policy("B"));
    let first = client.begin("textDocument/documentSymbol", symbols("/p/b.gate"));
    let second = client.begin("workspace/symbol", json!({ "query": "" }));
    let third = client.begin("workspace/symbol", json!({ "query": "B" }));
    client.tell("$/cancelRequest", json!({ "id": third }));
    assert_eq!(client.answer(&third).unwrap_err().code, -32800);
    client.replace("/p/b.gate", &policy("C"));
    assert_eq!(client.answer(&first).unwrap_err().code, -32801);
    let last = client.begin("textDocument/documentSymbol", symbols("/p/b.gate"));
    drop(open);
    assert_eq!(client.answer(&last).unwrap()[0]["name"], "C");
    assert!(
        !client
            .answer(&second)
            .unwrap()
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(client.codes("/p/b.gate"), [""; 0]);
}

#[test]
fn what_is_pending_is_decided_when_typing_stops() {
    let text = policy("A") + "invariant \"Everybody\" { always require mfa }\n";
    let settings: Value = json!({ "pauseMs": 20 });
    let mut client = Client::start_with(&[MANIFEST], abilities(), settings);
    client.open("/p/a.gate", &text);
    for character in 0..30 {
        client.change(
            "/p/a.gate",
            [0, 0, 0, 0],
            if character % 2 == 0 { "\n" } else { "// " },
        );
        client.sync();
    }
    client.wait("the proof", |client| {
        let told = client.told("gatewright/status");
        told.last()
            .is_some_and(|told| told["invariants"]["proved"] == 1)
    });
    assert_eq!(pending(&client), Some(0));
}
