//! What is decided in a pause.

use serde_json::{Value, json};

use crate::client::{Client, abilities, code, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");
const INVARIANT: &str = "invariant \"Everybody\" { always require mfa }\n";

fn start(text: &str, settings: Value) -> Client {
    Client::start_with(&[MANIFEST, ("/p/a.gate", text)], abilities(), settings)
}

fn refuted(client: &Client) -> bool {
    let pushed = client.pushed.get(&uri("/p/a.gate"));
    pushed.is_some_and(|(_, found)| found.iter().any(|one| code(one) == "GW0270"))
}

fn risky() -> String {
    policy("Risky").replace("apps all", "apps all signInRisk [high]") + INVARIANT
}

#[test]
fn a_refuted_invariant_is_said_with_its_witness_and_goes_with_its_cause() {
    let mut client = start(&risky(), json!({ "pauseMs": 1 }));
    client.wait("the refutation", refuted);
    let found = client.pushed[&uri("/p/a.gate")].1.clone();
    let found = found.iter().find(|one| code(one) == "GW0270").unwrap();
    assert!(format!("{:?}", found.message).contains("refuted: "));
    let related = found.related_information.as_ref().unwrap();
    assert!(related[0].message.contains("`Risky` does not apply"));
    let status = |client: &Client, name: &str| {
        let told = client.told("gatewright/status");
        told.last().map(|told| told["invariants"][name].clone())
    };
    client.wait("the status", |client| {
        status(client, "refuted") == Some(json!(1))
    });
    client.open("/p/a.gate", &(policy("All") + INVARIANT));
    client.wait("the proof", |client| {
        status(client, "proved") == Some(json!(1))
    });
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
}

#[test]
fn what_is_typed_meanwhile_counts() {
    let mut client = start(&risky(), json!({ "pauseMs": 1 }));
    client.open("/p/a.gate", &risky());
    for number in 0..30 {
        client.replace("/p/a.gate", &format!("{}// {number}\n", risky()));
    }
    client.replace("/p/a.gate", &(policy("All") + INVARIANT));
    client.wait("the proof", |client| {
        let told = client.told("gatewright/status");
        told.last()
            .is_some_and(|told| told["invariants"]["proved"] == 1)
    });
    assert!(!refuted(&client));
}

#[test]
fn invariants_are_decided_when_the_user_wants_it() {
    let mut client = start(&risky(), json!({ "invariants": "onSave", "pauseMs": 0 }));
    client.open("/p/a.gate", &risky());
    client.sync();
    client.save("/p/a.gate");
    client.wait("the refutation", refuted);
    let mut client = start(&risky(), json!({ "invariants": "off", "pauseMs": 0 }));
    client.open("/p/a.gate", &risky());
    client.save("/p/a.gate");
    std::thread::sleep(std::time::Duration::from_millis(50));
    client.sync();
    assert!(!refuted(&client));
    let pending = client.told("gatewright/status").last().unwrap()["invariants"]["pending"].clone();
    assert_eq!(pending, 1);
}

#[test]
fn what_was_found_stays_with_its_words_until_it_is_decided_again() {
    let mut client = start(&risky(), json!({ "invariants": "onSave" }));
    client.open("/p/a.gate", &risky());
    client.save("/p/a.gate");
    client.wait("the refutation", refuted);
    let line = |client: &mut Client| {
        let found = client.diagnostics("/p/a.gate");
        let found = found.iter().find(|one| code(one) == "GW0270");
        found.map(|one| one.range.start.line)
    };
    assert_eq!(line(&mut client), Some(1));
    client.change("/p/a.gate", [0, 0, 0, 0], "// a note\n\n");
    assert_eq!(line(&mut client), Some(3));
    client.change("/p/a.gate", [3, 11, 3, 12], "N");
    assert_eq!(line(&mut client), None);
}

#[test]
fn the_client_hears_when_there_are_other_tests() {
    let mut client = start(&policy("A"), json!({ "invariants": "off" }));
    let count = |client: &mut Client| {
        client.sync();
        client.told("gatewright/testsChanged").len()
    };
    client.open("/p/a.gate", &policy("A"));
    assert_eq!(count(&mut client), 0);
    client.replace("/p/a.gate", &risky());
    assert_eq!(count(&mut client), 1);
    client.replace("/p/a.gate", &format!("{}// the end", risky()));
    assert_eq!(count(&mut client), 1);
    client.replace("/p/a.gate", &policy("A"));
    assert_eq!(count(&mut client), 2);
}
