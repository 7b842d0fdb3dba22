//! Everywhere a name stands: references, highlights, renaming, search, calls.

use serde_json::{Value, json};

use crate::client::{abilities, uri};
use crate::marked::{both, each, with};

const PROJECT: &str = r#"
//- /p/a.gate
scope "Tier 😀" { users groups [⟦Fin$0ance⟧] except groups [Sales]
    policy "One" { state enabled apps all block }
}
test "😀 they are blocked" { given { user "5b0c0de0-0000-4000-8000-000000000009" groups [⟦Finance⟧] app "5b0c0de0-0000-4000-8000-000000000003" } expect { verdict block } }
//- /p/names.gate
// 😀
group ⟦Finance⟧ = "5b0c0de0-0000-4000-8000-000000000001"
group Sales = "5b0c0de0-0000-4000-8000-000000000002"
"#;

/// The same with a declaration that nobody has closed.
fn broken() -> String {
    format!("{PROJECT}policy \"😀 {{ users [\n")
}

fn sorted(mut places: Vec<Value>) -> Vec<Value> {
    places.sort_by_key(ToString::to_string);
    places
}

#[test]
fn references_are_found_in_every_file() {
    for text in [PROJECT.to_owned(), broken()] {
        both(&text, |session| {
            let method = "textDocument/references";
            let all = json!({ "context": { "includeDeclaration": true } });
            let found = session.ask(method, &all);
            let marked = session.marked();
            assert_eq!(
                sorted(found.as_array().unwrap().clone()),
                sorted(marked.clone())
            );
            let uses = json!({ "context": { "includeDeclaration": false } });
            let found = session.ask(method, &uses);
            assert_eq!(
                sorted(found.as_array().unwrap().clone()),
                sorted(marked[..2].to_vec())
            );
        });
    }
}

#[test]
fn highlights_are_those_of_the_file() {
    for text in [PROJECT.to_owned(), broken()] {
        both(&text, |session| {
            let found = session.ask("textDocument/documentHighlight", &json!({}));
            let ranges: Vec<&Value> = found
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["range"])
                .collect();
            let marked = session.marked();
            assert_eq!(ranges, [&marked[0]["range"], &marked[1]["range"]]);
        });
    }
}

#[test]
fn a_rename_reaches_every_file_and_nothing_else() {
    for text in [PROJECT.to_owned(), broken()] {
        both(&text, |session| {
            let prepared = session.ask("textDocument/prepareRename", &json!({}));
            assert_eq!(prepared["placeholder"], "Finance");
            assert_eq!(prepared["range"], session.marked()[0]["range"]);
            let edit = session.ask("textDocument/rename", &json!({ "newName": "Geld" }));
            for (path, text) in session.all_edited(&edit) {
                assert_eq!(text, session.text(&path).replace("Finance", "Geld"));
            }
            assert_eq!(edit["changes"].as_object().unwrap().len(), 2);
        });
    }
}

#[test]
fn edits_name_the_version_they_are_for_where_the_client_looks_at_it() {
    let mut abilities = abilities();
    abilities["workspace"]["workspaceEdit"]["documentChanges"] = json!(true);
    with(PROJECT, abilities, Value::Null, |session| {
        session.client.change("/p/names.gate", [0, 0, 0, 0], "");
        let edit = session.ask("textDocument/rename", &json!({ "newName": "Geld" }));
        assert_eq!(edit["changes"], Value::Null);
        let documents = each(&edit["documentChanges"], "/textDocument/uri");
        assert_eq!(documents, [uri("/p/a.gate"), uri("/p/names.gate")]);
        assert_eq!(edit["documentChanges"][0]["textDocument"]["version"], 1);
        assert_eq!(edit["documentChanges"][1]["textDocument"]["version"], 2);
    });
}

#[test]
fn a_rename_that_cannot_be_is_refused_in_words() {
    let taken = "`Sales`";
    for (name, why) in [
        ("Sales", taken),
        ("a b", "is no name"),
        ("", "is no name"),
        ("😀", "is no name"),
    ] {
        both(PROJECT, |session| {
            let params = json!({ "newName": name });
            let refusal = session.try_ask("textDocument/rename", &params).unwrap_err();
            assert!(refusal.contains(why), "{name}: {refusal}");
        });
    }
    for (text, why) in [
        (
            "policy \"😀\" { users roles [Global$0Administrator] }",
            "not declared in this project",
        ),
        ("policy \"😀\" { us$0ers all }", "no name here"),
        ("// 😀 no$0thing", "no name here"),
    ] {
        both(text, |session| {
            let refusal = session.try_ask("textDocument/prepareRename", &json!({}));
            let refusal = refusal.unwrap_err();
            assert!(refusal.contains(why), "{text}: {refusal}");
        });
    }
}

#[test]
fn declarations_of_the_workspace_are_found_by_parts_of_their_names() {
    for text in [PROJECT.to_owned(), broken()] {
        both(&text, |session| {
            let mut search = |query: &str| {
                session
                    .client
                    .ask("workspace/symbol", json!({ "query": query }))
                    .unwrap()
            };
            let found = search("finan");
            assert_eq!(each(&found, "/name"), ["Finance"]);
            let one = &search("one");
            assert_eq!(one[0]["containerName"], "Tier 😀");
            assert!(search("").as_array().unwrap().len() >= 5);
            assert_eq!(search("zzz"), json!([]));
            let place = &found[0]["location"];
            assert_eq!(place["uri"], uri("/p/names.gate"));
            assert_eq!(session.covered("/p/names.gate", &place["range"]), "Finance");
        });
    }
}

const CALLS: &str = r#"
//- /p/a.gate
policy "😀 P" { state enabled users all apps all when ⟦Mana$0ged⟧ -or ⟦Managed⟧ block }
//- /p/rules.gate
rule Managed = device.isCompliant -eq True
rule Trusted = ⟦Managed⟧
"#;

#[test]
fn calls_lead_from_rules_to_what_uses_them_and_back() {
    for text in [CALLS.to_owned(), format!("{CALLS}policy \"😀 {{ when")] {
        both(&text, |session| {
            let items = session.ask("textDocument/prepareCallHierarchy", &json!({}));
            assert_eq!(each(&items, "/name"), ["Managed"]);
            let item = json!({ "item": items[0] });
            let calls = session
                .client
                .ask("callHierarchy/incomingCalls", item)
                .unwrap();
            assert_eq!(each(&calls, "/from/name"), ["😀 P", "Trusted"]);
            let marked = session.marked();
            assert_eq!(
                calls[0]["fromRanges"],
                json!([marked[0]["range"], marked[1]["range"]])
            );
            assert_eq!(calls[1]["fromRanges"], json!([marked[2]["range"]]));
            let policy = json!({ "item": calls[0]["from"] });
            let calls = session
                .client
                .ask("callHierarchy/outgoingCalls", policy)
                .unwrap();
            assert_eq!(each(&calls, "/to/name"), ["Managed"]);
            assert_eq!(
                calls[0]["fromRanges"],
                json!([marked[0]["range"], marked[1]["range"]])
            );
        });
    }
    both("pol$0icy \"P\" { users all }", |session| {
        let items = session.ask("textDocument/prepareCallHierarchy", &json!({}));
        assert!(items.is_null() || items[0]["name"] == "P", "{items}");
    });
}
