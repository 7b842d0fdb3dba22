//! Which files belong together.

use serde_json::{Value, json};

use crate::client::{Client, abilities, policy};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");
const GRAPH: &str = r##"{ "@odata.type": "#microsoft.graph.conditionalAccessPolicy",
    "displayName": "J", "state": "enabled", "conditions": { "users": { "includeUsers": ["All"] },
    "applications": { "includeApplications": ["All"] } }, "grantControls": 7 }"##;

fn symbols(client: &mut Client, uri: &str) -> Value {
    let params = json!({ "textDocument": { "uri": uri } });
    client.ask("textDocument/documentSymbol", params).unwrap()
}

#[test]
fn what_is_open_goes_before_what_is_stored() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    client.open("/p/a.gate", &policy("Typed"));
    assert_eq!(symbols(&mut client, "file:///p/a.gate")[0]["name"], "Typed");
    client.host.write("/p/a.gate", &policy("Stored"));
    client.save("/p/a.gate");
    assert_eq!(symbols(&mut client, "file:///p/a.gate")[0]["name"], "Typed");
    client.close("/p/a.gate");
    assert_eq!(
        symbols(&mut client, "file:///p/a.gate")[0]["name"],
        "Stored"
    );
}

#[test]
fn a_new_file_is_part_of_its_project_before_it_is_stored() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    client.open("/p/deep/b.gate", &policy("A"));
    assert_eq!(client.codes("/p/deep/b.gate"), ["GW0205"]);
    client.close("/p/deep/b.gate");
    assert_eq!(client.codes("/p/deep/b.gate"), [""; 0]);
}

#[test]
fn a_file_is_known_by_any_spelling_and_spoken_of_as_the_client_does() {
    let mut client = Client::start(&[MANIFEST, ("/p/å b.gate", "policy { stat }")]);
    client.sync();
    assert!(client.pushed.contains_key("file:///p/%C3%A5%20b.gate"));
    client.pushed.clear();
    client.open_uri("file:///p/%c3%a5%20b.gate", "policy { stat }");
    client.sync();
    let uris: Vec<_> = client.pushed.keys().collect();
    assert_eq!(uris, ["file:///p/%c3%a5%20b.gate"]);
    assert!(symbols(&mut client, "file:///p/å b.gate").is_array());
}

#[test]
fn a_text_without_a_file_is_a_project_of_its_own() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    client.open_uri("untitled:Untitled-1", &policy("A"));
    assert_eq!(symbols(&mut client, "untitled:Untitled-1")[0]["name"], "A");
    assert_eq!(client.pushed["untitled:Untitled-1"].1.len(), 0);
}

#[test]
fn json_of_graph_is_judged_and_other_json_is_none_of_ours() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", &policy("A"))]);
    client.open("/p/tenant.json", GRAPH);
    assert!(!client.diagnostics("/p/tenant.json").is_empty());
    client.open("/p/package.json", r#"{ "name": "x", "version": 1 }"#);
    assert!(client.diagnostics("/p/package.json").is_empty());
    client.replace("/p/tenant.json", "{}");
    assert!(client.diagnostics("/p/tenant.json").is_empty());
}

#[test]
fn projects_side_by_side_do_not_see_each_other() {
    let files = [
        ("/p/one/gatewright.toml", ""),
        ("/p/one/a.gate", &policy("A")),
        ("/p/two/gatewright.toml", ""),
        ("/p/two/a.gate", &policy("A")),
    ];
    let mut client = Client::start(&files);
    client.open("/p/two/b.gate", &policy("A"));
    assert_eq!(client.codes("/p/two/b.gate"), ["GW0205"]);
    assert_eq!(client.codes("/p/one/a.gate"), [""; 0]);
}

#[test]
fn a_folder_that_leaves_the_workspace_is_forgotten() {
    let mut client = Client::start(&[MANIFEST, ("/p/a.gate", "policy { stat }")]);
    assert!(!client.codes("/p/a.gate").is_empty());
    let folder = json!([{ "uri": "file:///p", "name": "p" }]);
    let params = json!({ "event": { "added": [], "removed": folder } });
    client.tell("workspace/didChangeWorkspaceFolders", params);
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    let params = json!({ "event": { "added": folder, "removed": [] } });
    client.tell("workspace/didChangeWorkspaceFolders", params);
    assert!(!client.codes("/p/a.gate").is_empty());
}

#[test]
fn the_client_is_asked_to_watch_files_if_it_can() {
    let mut client = Client::start(&[MANIFEST]);
    client.sync();
    assert!(client.told("client/registerCapability").is_empty());
    let mut abilities = abilities();
    let watched = json!({ "dynamicRegistration": true });
    abilities["workspace"]["didChangeWatchedFiles"] = watched;
    let mut client = Client::start_with(&[MANIFEST], abilities, Value::Null);
    client.sync();
    let asked = client.told("client/registerCapability");
    let first = &asked[0]["registrations"][0];
    assert_eq!(first["method"], "workspace/didChangeWatchedFiles");
}

#[test]
fn what_is_shown_in_texts_is_shown_anew_when_files_are_changed_by_others() {
    let mut abilities = abilities();
    for what in ["inlayHint", "semanticTokens", "codeLens"] {
        abilities["workspace"][what] = json!({ "refreshSupport": true });
    }
    let files = [MANIFEST, ("/p/a.gate", &policy("A"))];
    let mut client = Client::start_with(&files, abilities, json!({ "invariants": "off" }));
    client.open("/p/a.gate", &policy("A"));
    client.replace("/p/a.gate", &policy("B"));
    client.save("/p/a.gate");
    client.sync();
    client.heard.clear();
    let changed = |client: &mut Client| {
        client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
        client.sync();
        let told = |what: &str| client.told(&format!("workspace/{what}/refresh")).len();
        (told("inlayHint"), told("semanticTokens"), told("codeLens"))
    };
    assert_eq!(changed(&mut client), (0, 0, 0));
    client.host.write("/p/b.gate", &policy("C"));
    assert_eq!(changed(&mut client), (1, 1, 1));
}
