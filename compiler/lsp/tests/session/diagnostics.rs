//! What is said of files: pushed, pulled, cleared.

use gen_lsp_types as lsp;
use serde_json::{Value, json};

use crate::client::{Client, abilities, code, policy, uri};

const MANIFEST: (&str, &str) = ("/p/gatewright.toml", "");

#[test]
fn every_file_of_a_project_is_spoken_of_also_those_that_are_closed() {
    let files = [
        MANIFEST,
        ("/p/a.gate", &policy("A")),
        ("/p/b.gate", "policy { stat }"),
    ];
    let mut client = Client::start(&files);
    assert!(client.codes("/p/b.gate").contains(&"GW0113".to_owned()));
    assert_eq!(client.codes("/p/a.gate"), [""; 0]);
    // A name in one file that another one has.
    client.open("/p/b.gate", &policy("A"));
    assert_eq!(client.codes("/p/b.gate"), ["GW0205"]);
    client.replace("/p/b.gate", &policy("B").replace("require mfa", "block"));
    assert!(!client.codes("/p/b.gate").contains(&"GW0205".to_owned()));
    let about_a = &client.pushed[&uri("/p/a.gate")].1;
    assert!(
        about_a.iter().all(|one| code(one) != "GW0205"),
        "{about_a:?}"
    );
}

#[test]
fn only_what_has_changed_is_said_again() {
    let files = [
        MANIFEST,
        ("/p/a.gate", "policy { stat }"),
        ("/p/b.gate", &policy("B")),
    ];
    let mut client = Client::start(&files);
    client.open("/p/b.gate", &policy("B"));
    client.sync();
    client.pushed.clear();
    client.replace("/p/b.gate", &policy("C"));
    client.sync();
    let files: Vec<_> = client.pushed.keys().collect();
    assert_eq!(files, [&uri("/p/b.gate")]);
}

#[test]
fn a_file_that_is_gone_has_nothing_said_of_it() {
    let files = [
        MANIFEST,
        ("/p/a.gate", &policy("A")),
        ("/p/b.gate", "policy { stat }"),
    ];
    let mut client = Client::start(&files);
    assert!(!client.codes("/p/b.gate").is_empty());
    client.host.remove("/p/b.gate");
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(client.codes("/p/b.gate"), [""; 0]);
}

#[test]
fn a_finding_has_its_page_its_other_places_and_its_fixes() {
    let text = format!("{}{}", policy("A"), policy("A"));
    let mut client = Client::start(&[MANIFEST]);
    client.open("/p/a.gate", &text);
    let found = client.diagnostics("/p/a.gate");
    let twice = found.iter().find(|one| code(one) == "GW0205").unwrap();
    assert_eq!(twice.severity, Some(lsp::DiagnosticSeverity::Error));
    // A command of our own client: the page has no address.
    let href = &twice.code_description.as_ref().unwrap().href.0;
    assert_eq!(href, "command:gatewright.showPage?%5B%22GW0205%22%5D");
    let related = twice.related_information.as_ref().unwrap();
    assert_eq!(related[0].location.uri.0, uri("/p/a.gate"));
    assert_ne!(related[0].location.range, twice.range);

    client.replace("/p/a.gate", &policy("A").replace("mfa", "mfaa"));
    let found = client.diagnostics("/p/a.gate");
    let fixes = &found[0].data.as_ref().unwrap()["fixes"];
    assert_eq!(fixes[0]["edits"][0]["newText"], "mfa");
    assert_eq!(fixes[0]["edits"][0]["uri"], uri("/p/a.gate"));
}

#[test]
fn what_may_as_well_not_be_there_is_tagged() {
    let text = format!("@suppress(GW0407, \"none\")\n{}", policy("A"));
    let mut client = Client::start(&[MANIFEST]);
    client.open("/p/a.gate", &text);
    let found = client.diagnostics("/p/a.gate");
    let unused = found.iter().find(|one| code(one) == "GW0217").unwrap();
    assert_eq!(unused.tags, Some(vec![lsp::DiagnosticTag::Unnecessary]));
}

#[test]
fn a_client_is_told_only_what_it_can_show() {
    let mut abilities = abilities();
    abilities["textDocument"]["publishDiagnostics"] = json!({});
    let mut client = Client::start_with(&[MANIFEST], abilities, json!({ "invariants": "off" }));
    client.open("/p/a.gate", &format!("{}{}", policy("A"), policy("A")));
    for found in client.diagnostics("/p/a.gate") {
        assert_eq!(found.related_information, None);
        assert_eq!(found.code_description, None);
        assert_eq!(found.tags, None);
    }
}

fn pulling(files: &[(&str, &str)]) -> Client {
    let mut abilities = abilities();
    let document = abilities["textDocument"].as_object_mut().unwrap();
    document.remove("publishDiagnostics");
    document.insert(
        "diagnostic".to_owned(),
        json!({ "relatedInformation": true }),
    );
    abilities["workspace"]["diagnostics"] = json!({ "refreshSupport": true });
    Client::start_with(files, abilities, json!({ "invariants": "off" }))
}

#[test]
fn a_client_that_pulls_is_not_pushed_at() {
    let mut client = pulling(&[MANIFEST, ("/p/a.gate", "policy { stat }")]);
    assert!(client.server["capabilities"]["diagnosticProvider"].is_object());
    client.sync();
    assert!(client.pushed.is_empty());
    assert_eq!(client.told("workspace/diagnostic/refresh").len(), 1);
    let pushing = Client::start(&[MANIFEST]);
    assert!(pushing.server["capabilities"]["diagnosticProvider"].is_null());
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let files = [
        MANIFEST,
        ("/p/a.gate", "policy { stat }"),
        ("/p/b.gate", ""),
    ];
    let mut client = pulling(&files);
    let method = "textDocument/diagnostic";
    let ask = |previous: &Value| json!({ "textDocument": { "uri": uri("/p/a.gate") }, "previousResultId": previous });
    let first = client.ask(method, ask(&Value::Null)).unwrap();
    assert_eq!(first["kind"], "full");
    assert!(!first["items"].as_array().unwrap().is_empty());
    let second = client.ask(method, ask(&first["resultId"])).unwrap();
    assert_eq!(
        second,
        json!({ "kind": "unchanged", "resultId": first["resultId"] })
    );
    client.open("/p/a.gate", &policy("A"));
    let third = client.ask(method, ask(&first["resultId"])).unwrap();
    assert_eq!(
        (&third["kind"], &third["items"]),
        (&json!("full"), &json!([]))
    );
}

#[test]
fn the_whole_workspace_can_be_pulled() {
    let files = [
        MANIFEST,
        ("/p/a.gate", "policy { stat }"),
        ("/p/b.gate", &policy("B")),
    ];
    let mut client = pulling(&files);
    let method = "workspace/diagnostic";
    let pull = |client: &mut Client, known: &Value| {
        let answer = client
            .ask(method, json!({ "previousResultIds": known }))
            .unwrap();
        answer["items"].as_array().unwrap().clone()
    };
    let first = pull(&mut client, &json!([]));
    let uris: Vec<_> = first.iter().map(|one| one["uri"].clone()).collect();
    assert_eq!(
        uris,
        [
            uri("/p/a.gate"),
            uri("/p/b.gate"),
            uri("/p/gatewright.toml")
        ]
    );
    let known: Vec<_> = first
        .iter()
        .map(|one| json!({ "uri": one["uri"], "value": one["resultId"] }))
        .collect();
    client.host.remove("/p/a.gate");
    client.open("/p/b.gate", "policy { stat }");
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    let second = pull(&mut client, &json!(known));
    let kinds: Vec<_> = second
        .iter()
        .map(|one| (one["uri"].as_str().unwrap(), one["kind"].as_str().unwrap()))
        .collect();
    let (a, b, manifest) = (
        uri("/p/a.gate"),
        uri("/p/b.gate"),
        uri("/p/gatewright.toml"),
    );
    let expected = [(b.as_str(), "full"), (&manifest, "unchanged"), (&a, "full")];
    assert_eq!(kinds, expected);
    assert_eq!(second[2]["items"], json!([]));
}

#[test]
fn a_client_that_pulls_hears_of_what_it_has_not_changed_itself() {
    let files = [MANIFEST, ("/p/a.gate", ""), ("/p/b.gate", &policy("A"))];
    let mut client = pulling(&files);
    let told = |client: &mut Client| {
        client.sync();
        client.told("workspace/diagnostic/refresh").len()
    };
    client.open("/p/a.gate", "");
    client.open("/p/b.gate", &policy("A"));
    assert_eq!(told(&mut client), 0);
    client.change("/p/b.gate", [0, 0, 0, 0], "?");
    assert_eq!(told(&mut client), 0);
    client.change("/p/b.gate", [0, 0, 0, 1], "");
    assert_eq!(told(&mut client), 0);
    // What is typed here changes what is said there: a name is there twice.
    client.replace("/p/a.gate", &policy("A"));
    assert_eq!(told(&mut client), 1);
    client.change("/p/a.gate", [1, 0, 1, 0], "\n");
    assert_eq!(told(&mut client), 1);
    client.host.write("/p/c.gate", "policy { stat }");
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(told(&mut client), 2);
    client.host.remove("/p/c.gate");
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [] }));
    assert_eq!(told(&mut client), 3);
}

#[test]
fn without_files_only_our_own_client_has_pages_to_open() {
    let mut client = Client::connect(&[MANIFEST]);
    client
        .ask("initialize", json!({ "capabilities": abilities() }))
        .unwrap();
    let text = format!(
        "// GW0302 and https://example.com/\n{}",
        policy("A").repeat(2)
    );
    client.open("/p/a.gate", &text);
    let found = client.diagnostics("/p/a.gate");
    assert!(!found.is_empty());
    assert!(
        found.iter().all(|one| one.code_description.is_none()),
        "{found:?}"
    );
    let params = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
    let links = client.ask("textDocument/documentLink", params).unwrap();
    assert_eq!(links[0]["target"], "https://example.com/");
    assert_eq!(links.as_array().unwrap().len(), 1);
}

#[test]
fn others_open_pages_as_files() {
    let mut client = Client::connect(&[MANIFEST]);
    *client.host.pages.lock().unwrap() = Some("/pages of GW".into());
    client
        .ask("initialize", json!({ "capabilities": abilities() }))
        .unwrap();
    client.open("/p/a.gate", "// GW0302\n@suppress(GW0302)\npolicy { stat }");
    let found = client.diagnostics("/p/a.gate");
    let page = found[0].code_description.clone().unwrap().href.0;
    assert!(page.starts_with("file:///pages%20of%20GW/GW"), "{page}");
    let params = json!({ "textDocument": { "uri": uri("/p/a.gate") } });
    let links = client.ask("textDocument/documentLink", params).unwrap();
    assert_eq!(links[0]["target"], "file:///pages%20of%20GW/GW0302.md");
    let place = json!({ "line": 1, "character": 12 });
    let params = json!({ "textDocument": { "uri": uri("/p/a.gate") }, "position": place });
    let hover = client.ask("textDocument/hover", params).unwrap();
    let link = "(file:///pages%20of%20GW/GW0302.md)";
    assert!(
        hover["contents"]["value"].as_str().unwrap().contains(link),
        "{hover}"
    );
}
