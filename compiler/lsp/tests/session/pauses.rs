//! What takes long neither holds up typing nor outlives it.

use crossbeam_channel::unbounded;
use serde_json::{Value, json};

use crate::client::{Client, abilities, code, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");
const PROGRESS: &str = "$/progress";

/// Many invariants: deciding all of them takes longer than progress is silent.
fn slow() -> String {
    let risky = policy("Risky").replace("apps all", "apps all signInRisk [high]");
    let invariants = (0..4000).map(|number| {
        let group = format!("users groups [\"5b0c0de0-0000-4000-8000-{number:012}\"]");
        format!("invariant \"I{number}\" {{ {group} always require mfa }}\n")
    });
    risky + &invariants.collect::<String>()
}

fn kinds(client: &Client) -> Vec<&str> {
    let told = client.told(PROGRESS);
    told.iter()
        .filter_map(|one| one["value"]["kind"].as_str())
        .collect()
}

fn pending(client: &Client) -> Option<u64> {
    let told = client.told("gatewright/status");
    told.last()?["invariants"]["pending"].as_u64()
}

#[test]
fn an_edit_cancels_what_is_being_decided_and_requests_are_answered_meanwhile() {
    let text = slow();
    let settings = json!({ "pauseMs": 1 });
    let mut client = Client::start_with(&[MANIFEST, ("/p/a.gate", &text)], abilities(), settings);
    client.open("/p/a.gate", &text);
    client.wait("progress", |client| kinds(client).contains(&"report"));
    // It goes on while requests are answered.
    let document = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
    let symbols = client.ask("textDocument/documentSymbol", document).unwrap();
    assert_eq!(symbols.as_array().unwrap().len(), 4001);
    assert!(
        !kinds(&client).contains(&"end"),
        "it was over before it was asked"
    );
    // An edit ends it before it is done: nothing is decided, and nothing is said to be.
    client.replace("/p/a.gate", &policy("Only"));
    client.wait("the end", |client| kinds(client).contains(&"end"));
    client.sync();
    assert_eq!(pending(&client), Some(0));
    let refuted = client.pushed[&uri("/p/a.gate")]
        .1
        .iter()
        .filter(|one| code(one) == "GW0270");
    assert_eq!(refuted.count(), 0);
    let percentages = client.told(PROGRESS);
    let done = percentages
        .iter()
        .filter_map(|one| one["value"]["percentage"].as_u64());
    assert!(done.max() < Some(100));
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
