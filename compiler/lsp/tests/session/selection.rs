//! Growing selections, and places that lead elsewhere.

use serde_json::{Value, json};

use crate::client::uri;
use crate::marked::{both, each};

#[test]
fn a_selection_grows_from_the_word_to_the_file() {
    for text in [
        "policy \"😀 P\" { users groups [A, B$0e] apps all }\n",
        "policy \"😀 P\" { users groups [A, B$0e",
    ] {
        both(text, |session| {
            let (path, line) = (session.path(), json!({ "line": 0, "character": 0 }));
            let here = session.position("/p/a.gate", text.find("$0").unwrap());
            let params = json!({ "positions": [here, line] });
            let found = session.ask("textDocument/selectionRange", &params);
            assert_eq!(found.as_array().unwrap().len(), 2);
            let mut grown = Vec::new();
            let mut next = &found[0];
            while next.is_object() {
                grown.push(session.covered(&path, &next["range"]));
                next = &next["parent"];
            }
            assert_eq!(grown[0], "Be", "{grown:?}");
            assert_eq!(*grown.last().unwrap(), session.text(&path));
            assert!(grown.is_sorted_by_key(|text| text.len()), "{grown:?}");
            assert!(grown.len() >= 3, "{grown:?}");
        });
    }
}

#[test]
fn a_place_that_is_not_there_has_the_end() {
    both("policy \"P\" {$0", |session| {
        let params = json!({ "positions": [{ "line": 70, "character": 70 }] });
        let found = session.ask("textDocument/selectionRange", &params);
        assert!(found[0]["range"].is_object());
    });
}

#[test]
fn codes_and_addresses_lead_to_pages() {
    for end in ["}\n", "{ users ["] {
        let text = format!(
            "// 😀 ⟦GW0302⟧ and ⟦https://example.com/é⟧\n@suppress(⟦GW0302⟧, \"why\")\npolicy \"P\" {end}"
        );
        both(&text, |session| {
            let found = session.ask_of("/p/a.gate", "textDocument/documentLink", &json!({}));
            let ranges: Vec<&Value> = found
                .as_array()
                .unwrap()
                .iter()
                .map(|one| &one["range"])
                .collect();
            let marked = session.marked();
            let marked: Vec<&Value> = marked.iter().map(|one| &one["range"]).collect();
            assert_eq!(ranges, marked);
            let targets = each(&found, "/target");
            assert!(targets[0].contains("showPage?%5B%22GW0302"), "{targets:?}");
            assert_eq!(targets[1], "https://example.com/é");
        });
    }
}

#[test]
fn a_manifest_leads_to_the_files_that_it_names() {
    let text = "//- /p/gatewright.toml\nname = \"😀\" # a.gate\nschema = \"⟦a.gate⟧\"\n[lints]\nGW0302 = \"allow\"\n\
                //- /p/aa.gate\n//- /p/a.gate\n";
    both(text, |session| {
        let found = session.ask_of(
            "/p/gatewright.toml",
            "textDocument/documentLink",
            &json!({}),
        );
        let mut all = found.as_array().unwrap().iter();
        let file = all.rfind(|one| one["target"] == uri("/p/a.gate"));
        let file = file.unwrap_or_else(|| panic!("{found}"));
        assert_eq!(file["range"], session.marked()[0]["range"]);
    });
}
