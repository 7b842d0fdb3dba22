//! Lists of tests, running them, pictures and explanations.

use serde_json::{Value, json};

use crate::client::{Client, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");

fn scenario(name: &str, expected: &str) -> String {
    format!(
        "test \"{name}\" {{ given {{ user app \"0\" client browser }} expect {{ {expected} }} }}\n"
    )
}

fn start() -> Client {
    let a = policy("Ü😀") + &scenario("First", "require mfa") + &scenario("Second", "block");
    let b = format!(
        "\ninvariant \"Always\" {{ always require mfa }}\n{}",
        scenario("Third", "require mfa")
    );
    Client::start(&[MANIFEST, ("/p/a.gate", &a), ("/p/b.gate", &b)])
}

fn listed(client: &mut Client, params: Value) -> Vec<Value> {
    let found = client.ask("gatewright/tests", params).unwrap();
    found["items"].as_array().unwrap().clone()
}

/// Which tests have which outcome.
fn ran(client: &mut Client, params: Value) -> Vec<(String, String)> {
    let found = client.ask("gatewright/runTests", params).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = found["results"].as_array().unwrap().iter();
    found
        .map(|one| (text(&one["id"]), text(&one["outcome"])))
        .collect()
}

#[test]
fn tests_and_invariants_are_listed_with_their_places() {
    let mut client = start();
    let all = listed(&mut client, json!({}));
    let labels: Vec<_> = all
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["First", "Second", "Always", "Third"]);
    assert_eq!(all[2]["kind"], "invariant");
    assert_eq!(all[2]["uri"], uri("/p/b.gate"));
    assert_eq!(
        all[2]["range"]["start"],
        json!({ "line": 1, "character": 0 })
    );
    assert_eq!(all[2]["project"], uri("/p"));
    let file = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
    assert_eq!(listed(&mut client, file), all[..2]);
}

#[test]
fn ids_stay_when_other_tests_come_and_go() {
    let mut client = start();
    let before = listed(&mut client, json!({}));
    let more = format!(
        "// note\n{}{}",
        scenario("New", "block"),
        scenario("First", "block")
    );
    client.open("/p/b.gate", &more);
    let after = listed(&mut client, json!({}));
    assert_eq!(after[..2], before[..2]);
    let ids: Vec<_> = after
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect();
    assert!(ids[3].starts_with(ids[0]) && ids[3] != ids[0], "{ids:?}");
}

#[test]
fn all_some_or_those_of_a_file_are_run() {
    let mut client = start();
    let all = listed(&mut client, json!({}));
    let id = |at: usize| all[at]["id"].as_str().unwrap().to_owned();
    let outcome = |at: usize, outcome: &str| (id(at), outcome.to_owned());
    let expected = [
        outcome(0, "passed"),
        outcome(1, "failed"),
        outcome(2, "passed"),
        outcome(3, "passed"),
    ];
    assert_eq!(ran(&mut client, json!({})), expected);
    assert_eq!(ran(&mut client, json!({ "uri": uri("/p") })), expected);
    let of_b = ran(&mut client, json!({ "uri": uri("/p/b.gate") }));
    assert_eq!(of_b, expected[2..]);
    let one = ran(&mut client, json!({ "ids": [id(1), "gone"] }));
    assert_eq!(one, expected[1..2]);
    assert!(ran(&mut client, json!({ "ids": [] })).is_empty());
}

#[test]
fn a_failure_is_told_with_its_place_and_its_time() {
    let mut client = start();
    let found = client
        .ask("gatewright/runTests", json!({ "uri": uri("/p/a.gate") }))
        .unwrap();
    let failed = &found["results"][1];
    let message = failed["message"].as_str().unwrap();
    assert!(message.starts_with("expected "), "{message}");
    assert_eq!(failed["uri"], uri("/p/a.gate"));
    assert_eq!(failed["range"]["start"]["line"], 2);
    assert!(failed["durationMs"].as_f64().unwrap() >= 0.0);
}

#[test]
fn a_broken_project_runs_nothing_and_keeps_its_list() {
    let mut client = start();
    client.open("/p/c.gate", "policy \"C\" {");
    assert_eq!(listed(&mut client, json!({})).len(), 4);
    let outcomes = ran(&mut client, json!({}));
    assert!(outcomes.iter().all(|(_, outcome)| outcome == "errored"));
}

#[test]
fn the_decision_graph_is_drawn() {
    let mut client = start();
    let method = "gatewright/decisionGraph";
    let all = client
        .ask(method, json!({ "uri": uri("/p/b.gate") }))
        .unwrap();
    assert!(all["svg"].as_str().unwrap().contains("Ü😀"));
    let one = json!({ "uri": uri("/p"), "policy": "Ü😀" });
    assert_eq!(
        client.ask(method, one).unwrap()["title"],
        "When `Ü😀` applies"
    );
    for params in [
        json!({ "uri": uri("/p"), "policy": "None" }),
        json!({ "uri": uri("/elsewhere/x.gate") }),
    ] {
        let error = client.ask(method, params).unwrap_err();
        assert_eq!(error.code, -32803, "{}", error.message);
    }
}

#[test]
fn a_sign_in_is_explained() {
    let mut client = start();
    let request = json!({ "signInIdentity": { "userId": "u" },
        "signInContext": { "includeApplications": ["a"] },
        "signInConditions": { "clientAppType": "browser" } });
    let ask = |client: &mut Client, text: &str| {
        let params = json!({ "uri": uri("/p/a.gate"), "request": text });
        client.ask("gatewright/explain", params)
    };
    let found = ask(&mut client, &request.to_string()).unwrap();
    assert_eq!(found["verdict"], "interrupt");
    let markdown = found["markdown"].as_str().unwrap();
    assert!(
        markdown.contains("### Because") && markdown.contains("`Ü😀`"),
        "{markdown}"
    );
    let error = ask(&mut client, "{\n5").unwrap_err();
    assert_eq!(error.code, -32803);
    assert!(error.message.contains("line 2"), "{}", error.message);
    client.open("/p/c.gate", "policy \"C\" {");
    let error = ask(&mut client, &request.to_string()).unwrap_err();
    assert!(error.message.contains("/p/c.gate:1"), "{}", error.message);
}
