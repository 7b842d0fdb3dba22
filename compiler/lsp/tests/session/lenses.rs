//! What stands above tests, invariants and policies, and the commands behind it.

use gatewright_lsp::End;
use serde_json::{Value, json};

use crate::client::{Client, abilities, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");
const SCENARIO: &str = "test \"Calm\" { given { user app \"0\" client browser signInRisk none } expect { require mfa } }\n";

/// A policy that leaves a gap, an invariant that it refutes, and a test that fails.
fn project() -> String {
    let risky = policy("Ü😀").replace("apps all", "apps all signInRisk [high]");
    format!("{risky}invariant \"Always\" {{ always require mfa }}\n{SCENARIO}")
}

fn file(path: &str) -> Value {
    json!({ "textDocument": { "uri": uri(path) } })
}

/// The lenses of a file.
fn lenses(client: &mut Client, path: &str) -> Vec<Value> {
    let found = client.ask("textDocument/codeLens", file(path)).unwrap();
    found.as_array().cloned().unwrap_or_default()
}

/// What lenses say, by line; those that are not resolved say nothing.
fn titles(lenses: &[Value]) -> Vec<(u64, &str)> {
    let title = |lens: &'_ Value| lens["range"]["start"]["line"].as_u64().unwrap();
    let titles = lenses.iter();
    titles
        .map(|lens| (title(lens), lens["command"]["title"].as_str().unwrap_or("")))
        .collect()
}

fn shown(client: &Client) -> String {
    let told = client.told("window/showMessage");
    told.last().unwrap()["message"].as_str().unwrap().to_owned()
}

/// A client that knows no command of ours.
fn plain(files: &[(&str, &str)]) -> Client {
    let mut client = Client::connect(files);
    let params = json!({ "capabilities": abilities(), "rootUri": "file:///p",
        "initializationOptions": { "settings": { "invariants": "off", "pauseMs": 0 } } });
    client.server = client.ask("initialize", params).unwrap();
    client.settings = json!({ "invariants": "off", "pauseMs": 0 });
    client.tell("initialized", json!({}));
    client
}

#[test]
fn a_test_says_what_became_of_it_until_the_next_edit() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &project())]);
    let found = lenses(&mut client, "/p/a.gate");
    let expected = [
        (0, ""),
        (0, "Show graph"),
        (1, "not decided yet"),
        (2, "Run test"),
    ];
    assert_eq!(titles(&found), expected);
    assert_eq!(found[1]["command"]["command"], "gatewright.openGraph");
    assert_eq!(found[1]["command"]["arguments"][1], "Ü😀");
    let id = found[3]["command"]["arguments"][0].clone();
    let ran = client.ask("gatewright/runTests", json!({ "ids": [id] }));
    assert_eq!(ran.unwrap()["results"][0]["outcome"], "failed");
    let found = lenses(&mut client, "/p/a.gate");
    assert!(titles(&found)[4].1.starts_with("failed: expected "));
    let command = &found[4]["command"];
    assert_eq!(command["command"], "gatewright.showWitness");
    let request = command["arguments"][0]["request"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(request).unwrap().is_object());
    client.open("/p/a.gate", &format!("{}\n", project()));
    assert_eq!(lenses(&mut client, "/p/a.gate").len(), 4);
}

#[test]
fn an_invariant_says_how_it_was_decided() {
    let settings = json!({ "pauseMs": 0 });
    let text = project();
    let mut client = Client::start_with(&[MANIFEST, ("/p/a.gate", &text)], abilities(), settings);
    client.wait("the refutation", |client| {
        let told = client.told("gatewright/status");
        told.last()
            .is_some_and(|told| told["invariants"]["refuted"] == 1)
    });
    let found = lenses(&mut client, "/p/a.gate");
    assert_eq!(titles(&found)[2], (1, "refuted: show the sign-in"));
    let argument = &found[2]["command"]["arguments"][0];
    let markdown = argument["markdown"].as_str().unwrap();
    assert!(markdown.contains("`Ü😀` does not apply"), "{markdown}");
}

#[test]
fn what_a_policy_changes_is_found_out_when_it_comes_into_view() {
    let settings = json!({ "invariants": "off", "pauseMs": 0 });
    let text = policy("A") + &policy("B");
    let mut client = Client::start_with(&[MANIFEST, ("/p/a.gate", &text)], abilities(), settings);
    let found = lenses(&mut client, "/p/a.gate");
    assert_eq!(found[0]["command"], Value::Null);
    let resolved = client.ask("codeLens/resolve", found[0].clone()).unwrap();
    assert_eq!(resolved["range"], found[0]["range"]);
    let command = &resolved["command"];
    assert_eq!(command["title"], "Changes nothing: others demand the same");
    assert_eq!(command["command"], "gatewright.showPolicyEffect");
    let markdown = command["arguments"][0]["markdown"].as_str().unwrap();
    assert!(markdown.contains("`B` demands the same"), "{markdown}");
    client.open("/p/a.gate", &policy("C"));
    let error = client
        .ask("codeLens/resolve", found[0].clone())
        .unwrap_err();
    assert_eq!(error.code, -32801);
}

#[test]
fn of_two_policies_of_one_name_the_one_below_the_lens_is_meant() {
    let graph = |id: &str, control: &str| {
        json!({ "id": id, "displayName": "A", "state": "enabled",
            "conditions": { "clientAppTypes": ["all"],
                "applications": { "includeApplications": ["All"] },
                "users": { "includeUsers": ["All"] } },
            "grantControls": { "operator": "OR", "builtInControls": [control] } })
    };
    let text = json!({ "value": [graph("1", "block"), graph("2", "mfa")] });
    let text = serde_json::to_string_pretty(&text).unwrap();
    let settings = json!({ "invariants": "off", "pauseMs": 0 });
    let mut client = Client::start_with(&[], abilities(), settings);
    client.open("/q/a.json", &text);
    for (at, title) in [(0, "Without it: no longer blocks"), (2, "Changes nothing")] {
        let lens = lenses(&mut client, "/q/a.json").remove(at);
        let resolved = client.ask("codeLens/resolve", lens).unwrap();
        let found = resolved["command"]["title"].as_str().unwrap();
        assert!(found.starts_with(title), "{found}");
    }
}

#[test]
fn what_a_policy_changes_waits_for_a_pause_and_is_given_up_by_an_edit() {
    let settings = json!({ "invariants": "off", "pauseMs": 60_000 });
    let text = policy("A");
    let mut client = Client::start_with(&[MANIFEST, ("/p/a.gate", &text)], abilities(), settings);
    let lens = lenses(&mut client, "/p/a.gate").remove(0);
    let first = client.begin("codeLens/resolve", lens.clone());
    let second = client.begin("codeLens/resolve", lens);
    // Others do not wait for it.
    assert_eq!(lenses(&mut client, "/p/a.gate").len(), 2);
    client.tell("$/cancelRequest", json!({ "id": second }));
    assert_eq!(client.answer(&second).unwrap_err().code, -32800);
    client.open("/p/a.gate", &policy("B"));
    assert_eq!(client.answer(&first).unwrap_err().code, -32801);
    let log = client.told("window/logMessage");
    assert!(log.iter().all(|told| told["type"] != 1), "{log:?}");
    assert_eq!(client.leave(), End::Asked);
}

#[test]
fn a_broken_project_says_that_it_cannot_be_decided() {
    let settings = json!({ "invariants": "off", "pauseMs": 0 });
    let text = format!("{}policy \"Broken\" {{ users", project());
    let mut client = Client::start_with(&[MANIFEST, ("/p/a.gate", &text)], abilities(), settings);
    let found = lenses(&mut client, "/p/a.gate");
    let resolved = client.ask("codeLens/resolve", found[0].clone()).unwrap();
    let command = &resolved["command"];
    assert_eq!(command["title"], "What this policy changes is not known");
    let markdown = command["arguments"][0]["markdown"].as_str().unwrap();
    assert!(markdown.contains("/p/a.gate:4"), "{markdown}");
    let none = client.ask("textDocument/codeLens", file("/p/none.txt"));
    assert_eq!(none.unwrap(), Value::Null);
    let error = client.ask("codeLens/resolve", json!({ "range": found[0]["range"] }));
    assert_eq!(error.unwrap_err().code, -32602);
}

#[test]
fn what_a_policy_changed_before_an_error_is_remembered() {
    let settings = json!({ "invariants": "off", "pauseMs": 0 });
    let text = policy("A");
    let mut client = Client::start_with(&[MANIFEST, ("/p/a.gate", &text)], abilities(), settings);
    client.open("/p/a.gate", &text);
    let command = |client: &mut Client| {
        let lens = lenses(client, "/p/a.gate").remove(0);
        client.ask("codeLens/resolve", lens).unwrap()["command"].clone()
    };
    let whole = command(&mut client)["title"].as_str().unwrap().to_owned();
    client.replace("/p/a.gate", &format!("{text}policy \"Broken\" {{ users"));
    let broken = command(&mut client);
    assert_eq!(broken["title"], format!("{whole} (before the error)"));
    let markdown = broken["arguments"][0]["markdown"].as_str().unwrap();
    assert!(markdown.contains("/p/a.gate:2"), "{markdown}");
    client.replace("/p/a.gate", &text);
    assert_eq!(command(&mut client)["title"], whole);
}

#[test]
fn lenses_can_be_switched_off() {
    let settings = json!({ "invariants": "off", "lenses": false });
    let text = policy("A");
    let mut client = Client::start_with(&[MANIFEST, ("/p/a.gate", &text)], abilities(), settings);
    assert!(lenses(&mut client, "/p/a.gate").is_empty());
}

#[test]
fn a_client_without_our_commands_has_the_server_execute_them() {
    let mut client = plain(&[MANIFEST, ("/p/a.gate", &project())]);
    let known = &client.server["capabilities"]["executeCommandProvider"]["commands"];
    assert_eq!(known.as_array().unwrap().len(), 4);
    let found = lenses(&mut client, "/p/a.gate");
    assert_eq!(
        titles(&found),
        [(0, ""), (1, "not decided yet"), (2, "Run test")]
    );
    let mut execute = |lens: &Value| {
        let params = json!({ "command": lens["command"]["command"],
            "arguments": lens["command"]["arguments"] });
        let result = client.ask("workspace/executeCommand", params);
        result.map(|result| (result, shown(&client)))
    };
    let (result, message) = execute(&found[2]).unwrap();
    assert_eq!(result[0]["outcome"], "failed");
    assert!(message.starts_with("`Calm`: expected "), "{message}");
    let (result, message) = execute(&found[1]).unwrap();
    assert_eq!(result[0]["outcome"], "failed");
    assert!(message.starts_with("`Always`: refuted: "), "{message}");
    let found = lenses(&mut client, "/p/a.gate");
    let mut execute = |lens: &Value| {
        let params = json!({ "command": lens["command"]["command"],
            "arguments": lens["command"]["arguments"] });
        client.ask("workspace/executeCommand", params).unwrap();
        shown(&client)
    };
    let message = execute(&found[1]);
    assert!(message.starts_with("Invariant `Always`"), "{message}");
    assert_eq!(message.matches("\"signInIdentity\"").count(), 1);
    let resolved = client.ask("codeLens/resolve", found[0].clone()).unwrap();
    let by_lens = json!({ "command": "gatewright.showPolicyEffect",
        "arguments": resolved["command"]["arguments"] });
    let by_name = json!({ "command": "gatewright.showPolicyEffect",
        "arguments": [{ "uri": uri("/p/a.gate"), "policy": "Ü😀" }] });
    for params in [by_lens, by_name] {
        client.ask("workspace/executeCommand", params).unwrap();
        assert!(shown(&client).contains("no longer requires mfa"));
    }
}

#[test]
fn commands_that_make_no_sense_are_errors() {
    let mut client = plain(&[MANIFEST, ("/p/a.gate", &project())]);
    for (command, arguments, code) in [
        ("gatewright.openGraph", json!([]), -32602),
        ("gatewright.runTest", json!([]), -32602),
        ("gatewright.runTest", json!(["nowhere"]), -32803),
        ("gatewright.showWitness", json!([{ "markdown": 5 }]), -32602),
        ("gatewright.showPolicyEffect", json!([{ "uri": 1 }]), -32602),
    ] {
        let params = json!({ "command": command, "arguments": arguments });
        let error = client.ask("workspace/executeCommand", params).unwrap_err();
        assert_eq!(error.code, code, "{command}: {}", error.message);
    }
    let ours = Client::start(&[MANIFEST]);
    let provider = &ours.server["capabilities"]["executeCommandProvider"];
    assert_eq!(*provider, Value::Null);
}
