//! Graph JSON and manifests, end to end.

use serde_json::{Value, json};

use crate::client::{Client, abilities, policy, uri};

const ADMIN: &str = "62e90394-69f5-4237-9190-012177145e10";
const OFFICE: &str = "6d0a7c36-0000-4000-8000-00000000000a";

/// A policy on one line behind the name, with a location.
fn graph(name: &str) -> String {
    format!(
        "{{ \"displayName\": \"{name}\", \"state\": \"enabled\",\n\
         \"grantControls\": {{ \"operator\": \"OR\", \"builtInControls\": [\"block\"] }},\n\
         \"conditions\": {{ \"clientAppTypes\": [\"all\"],\n\
         \"users\": {{ \"includeUsers\": [\"All\"], \"excludeRoles\": [\"{ADMIN}\"] }},\n\
         \"applications\": {{ \"includeApplications\": [\"All\"] }},\n\
         \"locations\": {{ \"includeLocations\": [\"All\"],\n\
         \"excludeLocations\": [\"{OFFICE}\"] }} }} }}\n"
    )
}

fn location() -> String {
    format!(
        "{{ \"id\": \"{OFFICE}\", \"displayName\": \"Å\", \"isTrusted\": true,\n\
         \"ipRanges\": [{{ \"cidrAddress\": \"203.0.113.0/24\" }}] }}\n"
    )
}

/// Where a piece stands in a text, in UTF-16, a character in.
fn place(path: &str, text: &str, piece: &str) -> Value {
    let first = piece.chars().next().unwrap();
    let before = &text[..text.find(piece).unwrap() + first.len_utf8()];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    json!({ "textDocument": { "uri": uri(path) },
        "position": { "line": line, "character": column } })
}

fn document(path: &str) -> Value {
    json!({ "textDocument": { "uri": uri(path) } })
}

#[test]
fn sign_ins_in_a_project_are_no_policies() {
    let sign_in = json!([{ "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn" },
        "signInContext": { "includeApplications": ["a"] } }]);
    let sign_in = sign_in.to_string();
    let policies = policy("A");
    let files = [("/p/a.gate", &*policies), ("/p/signins.json", &*sign_in)];
    let mut client = Client::start(&files);
    client.open("/p/signins.json", &sign_in);
    assert!(client.diagnostics("/p/signins.json").is_empty());
}

#[test]
fn a_folder_of_json_is_a_project() {
    let (a, b) = (graph("😀 A"), location());
    let files = [
        ("/p/a.json", &*a),
        ("/p/places/b.json", &*b),
        ("/p/package.json", "{ \"name\": 1 }"),
    ];
    let mut client = Client::start(&files);
    client.open("/p/a.json", &a);
    let errors = client.diagnostics("/p/a.json");
    assert!(
        errors
            .iter()
            .all(|one| one.severity != Some(gen_lsp_types::DiagnosticSeverity::Error))
    );
    assert!(client.diagnostics("/p/package.json").is_empty());

    let found = client.ask("textDocument/hover", place("/p/a.json", &a, "excludeRoles"));
    assert!(
        found.unwrap()["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("Directory roles")
    );
    let found = client.ask("textDocument/hover", place("/p/a.json", &a, "😀"));
    assert!(
        found.unwrap()["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("Blocks for all users")
    );

    let found = client
        .ask("textDocument/definition", place("/p/a.json", &a, OFFICE))
        .unwrap();
    assert_eq!(found[0]["uri"], uri("/p/places/b.json"));
    let mut params = place("/p/places/b.json", &b, OFFICE);
    params["context"] = json!({ "includeDeclaration": false });
    let found = client.ask("textDocument/references", params).unwrap();
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["uri"], uri("/p/a.json"));

    let found = client
        .ask("textDocument/documentSymbol", document("/p/a.json"))
        .unwrap();
    assert_eq!(found[0]["name"], "😀 A");
    let found = client
        .ask("workspace/symbol", json!({ "query": "😀" }))
        .unwrap();
    assert_eq!(found[0]["location"]["uri"], uri("/p/a.json"));
    let mut params = document("/p/a.json");
    params["range"] =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let found = client.ask("textDocument/inlayHint", params).unwrap();
    let labels = found
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| &hint["label"][0]["value"]);
    assert_eq!(labels.collect::<Vec<_>>(), ["Global Administrator", "Å"]);
    let found = client
        .ask("textDocument/foldingRange", document("/p/a.json"))
        .unwrap();
    assert_eq!(found[0]["startLine"], 0);
}

#[test]
fn what_is_being_typed_is_completed_and_complained_about() {
    let a = graph("A");
    let mut client = Client::start(&[("/p/a.json", &a)]);
    client.open("/p/a.json", &a);
    let broken = a.replace("\"state\": \"enabled\"", "\"state\": \"");
    client.replace("/p/a.json", &broken);
    assert!(!client.codes("/p/a.json").is_empty());
    let mut at = place("/p/a.json", &broken, "state\": \"");
    let column = at["position"]["character"].as_u64().unwrap() + 8;
    at["position"]["character"] = json!(column);
    let found = client.ask("textDocument/completion", at).unwrap();
    let labels = found
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["label"].as_str().unwrap());
    assert!(
        labels
            .clone()
            .any(|label| label == "enabledForReportingButNotEnforced"),
        "{found}"
    );
    client.replace("/p/a.json", &a);
    let errors = client.diagnostics("/p/a.json");
    assert!(
        errors
            .iter()
            .all(|one| one.severity != Some(gen_lsp_types::DiagnosticSeverity::Error))
    );
}

#[test]
fn json_beside_a_project_is_a_project_of_its_folder() {
    let (a, b) = (graph("A"), location());
    let files = [
        ("/p/gatewright.toml", ""),
        ("/p/a.gate", &*policy("A")),
        ("/p/export/a.json", &*a),
        ("/p/export/b.json", &*b),
    ];
    let mut client = Client::start(&files);
    assert!(!client.pushed.contains_key(&uri("/p/export/a.json")));
    client.open("/p/export/a.json", &a);
    let found = client.ask(
        "textDocument/definition",
        place("/p/export/a.json", &a, OFFICE),
    );
    assert_eq!(found.unwrap()[0]["uri"], uri("/p/export/b.json"));
    assert!(
        !client.codes("/p/a.gate").contains(&"GW0205".to_owned()),
        "they are apart"
    );
    client.close("/p/export/a.json");
    let found = client.ask("textDocument/documentSymbol", document("/p/export/a.json"));
    assert_eq!(found.unwrap(), Value::Null);
}

#[test]
fn json_that_becomes_of_graph_is_looked_at_and_forgotten_again() {
    let mut client = Client::start(&[("/p/b.json", &location())]);
    client.open("/p/a.json", "{ \"name\": 1 }");
    assert_eq!(
        client
            .ask("textDocument/documentSymbol", document("/p/a.json"))
            .unwrap(),
        Value::Null
    );
    let a = graph("A");
    client.replace("/p/a.json", &a);
    let found = client.ask("textDocument/definition", place("/p/a.json", &a, OFFICE));
    assert_eq!(found.unwrap()[0]["uri"], uri("/p/b.json"));
    client.replace("/p/a.json", "{ \"name\": [1, }");
    assert!(client.diagnostics("/p/a.json").is_empty());
    assert_eq!(
        client
            .ask("textDocument/documentSymbol", document("/p/a.json"))
            .unwrap(),
        Value::Null
    );
}

#[test]
fn ten_megabytes_of_json_are_borne() {
    let mut text = graph("A");
    text.insert_str(
        text.len() - 2,
        &format!(", \"own\": [\"{}\"]", "å".repeat(5 << 20)),
    );
    let mut client = Client::start(&[]);
    client.open("/p/a.json", &text);
    let hover = client
        .ask("textDocument/hover", place("/p/a.json", &text, "state"))
        .unwrap();
    let said = hover["contents"]["value"].as_str().unwrap();
    assert!(said.contains("state"), "{said}");
    let folds = client
        .ask("textDocument/foldingRange", document("/p/a.json"))
        .unwrap();
    assert_eq!(folds[0]["startLine"], 0, "{folds}");
}

#[test]
fn a_manifest_explains_and_completes_itself() {
    let text = "name = \"Å\"\n[lints]\nGW0302 = \"deny\"\n";
    let files = [("/p/gatewright.toml", text), ("/p/a.gate", &policy("A"))];
    let mut client = Client::start_with(&files, abilities(), json!({ "invariants": "off" }));
    client.open("/p/gatewright.toml", text);
    let found = client.ask(
        "textDocument/hover",
        place("/p/gatewright.toml", text, "GW0302"),
    );
    assert!(
        found.unwrap()["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("The page of this finding")
    );
    let found = client
        .ask(
            "textDocument/documentSymbol",
            document("/p/gatewright.toml"),
        )
        .unwrap();
    assert_eq!(found[1]["children"][0]["name"], "GW0302");
    client.change("/p/gatewright.toml", [1, 0, 1, 0], "e");
    let mut at = document("/p/gatewright.toml");
    at["position"] = json!({ "line": 1, "character": 1 });
    client.replace("/p/gatewright.toml", "name = \"Å\"\ne\n");
    let found = client.ask("textDocument/completion", at).unwrap();
    let labels = found
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["label"].as_str().unwrap());
    assert!(labels.clone().any(|label| label == "edition"), "{found}");
}

#[test]
fn what_is_for_policy_text_alone_leaves_json_and_manifests_as_they_are() {
    let a = graph("A");
    let manifest = "name = \"Å\"\n";
    let files = [
        ("/j/a.json", &*a),
        ("/p/gatewright.toml", manifest),
        ("/p/a.gate", &*policy("A")),
    ];
    let mut client = Client::start(&files);
    client.open("/j/a.json", &a);
    client.open("/p/gatewright.toml", manifest);
    for path in ["/j/a.json", "/p/gatewright.toml"] {
        let mut params = document(path);
        params["options"] = json!({ "tabSize": 2, "insertSpaces": true });
        let found = client.ask("textDocument/formatting", params).unwrap();
        assert!(found == json!([]) || found == Value::Null, "{found}");
        let found = client
            .ask("textDocument/semanticTokens/full", document(path))
            .unwrap();
        assert!(
            found == Value::Null || found["data"] == json!([]),
            "{found}"
        );
        let mut at = document(path);
        at["position"] = json!({ "line": 0, "character": 3 });
        assert_eq!(
            client
                .ask("textDocument/signatureHelp", at.clone())
                .unwrap(),
            Value::Null
        );
        at["newName"] = json!("x");
        assert!(client.ask("textDocument/rename", at).is_err());
    }
}
