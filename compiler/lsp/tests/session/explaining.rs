//! What is shown beside a text: hovers, signatures, hints.

use serde_json::{Value, json};

use crate::client::abilities;
use crate::marked::{both, each, with};

const ID: &str = "5b0c0de0-0000-4000-8000-000000000001";

#[test]
fn a_hover_says_what_stands_there() {
    for (text, wanted) in [
        (
            "//- /p/b.gate\n/// Those who hold money.\ngroup Fin = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
             //- /p/a.gate\npolicy \"😀\" { state enabled users groups [⟦Fi$0n⟧] apps all block }",
            "Those who hold money.",
        ),
        (
            "policy \"😀\" { state enabled users all apps all ⟦requ$0ire⟧ mfa }",
            "require",
        ),
        (
            "policy ⟦\"😀 blo$0cks\"⟧ { state enabled users all apps all block }",
            "Blocks for all users, all resources",
        ),
        (
            "policy \"😀\" { users all apps all devices where ⟦device.trus$0tType⟧ -eq ",
            "TrustType",
        ),
        (
            "policy \"😀\" { users roles [⟦GlobalAdm$0inistrator⟧] apps [",
            "62e90394",
        ),
    ] {
        both(text, |session| {
            let found = session.ask("textDocument/hover", &json!({}));
            assert_eq!(found["range"], session.marked()[0]["range"], "{text}");
            assert_eq!(found["contents"]["kind"], "markdown");
            let said = found["contents"]["value"].as_str().unwrap();
            assert!(said.contains(wanted), "{text}: {said}");
        });
    }
    both("policy \"P\" {\n$0\n}", |session| {
        assert_eq!(session.ask("textDocument/hover", &json!({})), Value::Null);
    });
}

#[test]
fn graph_json_and_manifests_have_hovers() {
    let policy = format!(
        "{{ \"displayName\": \"😀\", \"state\": \"enabled\", \"conditions\": {{ \
         \"users\": {{ \"includeUsers\": [\"All\"], \"excludeGroups\": [\"{ID}\"] }}, \
         \"applications\": {{ \"includeApplications\": [\"All\"] }}, \
         \"clientAppTypes\": [\"brow$0ser\"] }}, \
         \"grantControls\": {{ \"operator\": \"OR\", \"builtInControls\": [\"mfa\"] }} }}"
    );
    for text in [
        format!("//- /q/p.json\n{policy}"),
        format!("//- /q/p.json\n{}", policy.trim_end_matches("} }")),
        "//- /p/gatewright.toml\nname = \"😀\"\nedi$0tion = \"2026-06\"\n".to_owned(),
    ] {
        both(&text, |session| {
            let found = session.ask("textDocument/hover", &json!({}));
            assert!(found["contents"]["value"].is_string(), "{text}: {found}");
        });
    }
}

#[test]
fn a_signature_says_which_parameter_is_being_written() {
    let template = "//- /p/t.gate\n/// For é.\ntemplate T(who: group, level: strength = Mfa) { policy \"{who}\" { users all } }\n//- /p/a.gate\n";
    for (text, active) in [
        ("use T($0", 0),
        ("use T(Finance, $0)", 1),
        ("use T(\"😀😀\", $0", 1),
        ("use T(level: $0", 1),
    ] {
        both(&format!("{template}{text}"), |session| {
            let found = session.ask("textDocument/signatureHelp", &json!({}));
            assert_eq!(found["activeParameter"], active, "{text}");
            let signature = &found["signatures"][0];
            let label = signature["label"].as_str().unwrap();
            let place = &signature["parameters"][active]["label"];
            let at = |end: usize| usize::try_from(place[end].as_u64().unwrap()).unwrap();
            let wanted = ["who: group", "level: strength = Mfa"][active];
            assert_eq!(&label[at(0)..at(1)], wanted);
            assert_eq!(signature["documentation"]["value"], "For é.");
        });
    }
    both(&format!("{template}use T()$0"), |session| {
        let found = session.ask("textDocument/signatureHelp", &json!({}));
        assert_eq!(found, Value::Null);
    });
}

const HINTS: &str = "group Fin = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
    rule R = device.model -ne \"😀\"\n\
    scope \"S 😀\" { state enabled policy \"P\" { users groups [\"5b0c0de0-0000-4000-8000-000000000001\"] apps all block } }\n";

#[test]
fn hints_are_those_that_the_user_wants() {
    let all = json!({ "range": { "start": { "line": 0, "character": 0 },
        "end": { "line": 9, "character": 0 } } });
    for (off, gone, count) in [
        ("", "nothing", 3),
        ("names", "Fin", 2),
        ("scope", "state enabled", 2),
        ("unregisteredDevices", "unregistered", 2),
    ] {
        let settings = json!({ "invariants": "off", "inlayHints": { off: false } });
        with(HINTS, abilities(), settings, |session| {
            let found = session.ask_of("/p/a.gate", "textDocument/inlayHint", &all);
            let labels = each(&found, "/label/0/value");
            assert_eq!(labels.len(), count, "{labels:?}");
            assert!(
                !labels.iter().any(|label| label.contains(gone)),
                "{labels:?}"
            );
        });
    }
}

#[test]
fn hints_stand_behind_what_they_are_about_and_lead_to_it() {
    let text = HINTS
        .replace("[\"5b0c", "[⟦\"5b0c")
        .replace("\"] apps", "\"⟧] apps");
    for text in [text.clone(), text.replace(" block } }", " block")] {
        both(&text, |session| {
            let marked = session.marked()[0].clone();
            let range = json!({ "range": marked["range"] });
            let found = session.ask_of("/p/a.gate", "textDocument/inlayHint", &range);
            let mut all = found.as_array().unwrap().iter();
            let hint = all.rfind(|hint| hint["label"][0]["value"] == "Fin");
            let hint = hint.unwrap_or_else(|| panic!("{found}"));
            assert_eq!(hint["position"], marked["range"]["end"]);
            let place = &hint["label"][0]["location"]["range"];
            assert_eq!(session.covered("/p/a.gate", place), "Fin");
            // Of other lines nothing is said.
            let labels = each(&found, "/label/0/value");
            assert!(
                !labels.iter().any(|label| label.contains("unregistered")),
                "{labels:?}"
            );
        });
    }
}

#[test]
fn a_client_without_markup_gets_none() {
    let mut plain = abilities();
    let formats = json!(["plaintext"]);
    plain["textDocument"]["hover"]["contentFormat"] = formats.clone();
    plain["textDocument"]["completion"]["completionItem"]["documentationFormat"] = formats.clone();
    plain["textDocument"]["signatureHelp"]["signatureInformation"]["documentationFormat"] = formats;
    let text = "policy \"😀\" { state enabled users all apps all requ$0ire mfa }";
    with(text, plain, json!({ "invariants": "off" }), |session| {
        let found = session.ask("textDocument/hover", &json!({}));
        assert_eq!(found["contents"]["kind"], "plaintext");
        let said = found["contents"]["value"].as_str().unwrap();
        assert!(!said.contains("**") && !said.contains("```"), "{said}");
        let found = session.ask("textDocument/completion", &json!({}));
        let mut items = found.as_array().unwrap().iter();
        assert!(items.any(|item| item["documentation"].is_object()));
        for item in items.filter(|item| item["documentation"].is_object()) {
            assert_eq!(item["documentation"]["kind"], "plaintext");
        }
    });
}
