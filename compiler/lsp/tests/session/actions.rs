//! What can be done at a place: listed, chosen, proved.

use serde_json::{Value, json};

use crate::client::{abilities, uri};
use crate::marked::{Session, both, each, with};

const METHOD: &str = "textDocument/codeAction";
const ID: &str = "5b0c0de0-0000-4000-8000-000000000001";

fn resolving() -> Value {
    let mut abilities = abilities();
    abilities["textDocument"]["codeAction"]["resolveSupport"]["properties"] = json!(["edit"]);
    abilities
}

/// What there is to do at the first mark, of the kinds that are wanted.
fn listed(session: &mut Session, only: Value) -> Value {
    let range = session.marked()[0]["range"].clone();
    let diagnostics = session.client.diagnostics("/p/a.gate");
    let context = json!({ "diagnostics": diagnostics, "only": only });
    let params = json!({ "range": range, "context": context });
    session.ask_of("/p/a.gate", METHOD, &params)
}

fn titled<'v>(found: &'v Value, title: &str) -> &'v Value {
    let mut all = found.as_array().unwrap().iter();
    all.find(|action| action["title"].as_str().unwrap().starts_with(title))
        .unwrap_or_else(|| panic!("{title} is not among {:?}", each(found, "/title")))
}

#[test]
fn a_fix_names_the_finding_that_it_mends_and_mends_it() {
    for end in ["}", ""] {
        let text = format!(
            "policy \"😀\" {{ state enabled users roles [⟦GlobalAdministator⟧] apps all block {end}"
        );
        both(&text, |session| {
            let found = listed(session, Value::Null);
            let fix = titled(&found, "Write `GlobalAdministrator`");
            assert_eq!(fix["kind"], "quickfix");
            assert_eq!(fix["diagnostics"][0]["range"], session.marked()[0]["range"]);
            let edited = session.all_edited(&fix["edit"]);
            assert!(edited["/p/a.gate"].contains("[GlobalAdministrator]"));
        });
    }
}

const SORTED: &str =
    "policy \"😀\" { state enabled users all apps all platforms [⟦windows⟧, android] block }\n";

#[test]
fn what_keeps_the_meaning_is_proved_when_it_is_chosen() {
    with(
        SORTED,
        resolving(),
        json!({ "invariants": "off" }),
        |session| {
            let found = listed(session, Value::Null);
            let action = titled(&found, "Sort this list").clone();
            assert_eq!(action["edit"], Value::Null);
            let whole = session.client.ask("codeAction/resolve", action).unwrap();
            let edited = session.all_edited(&whole["edit"]);
            assert!(edited["/p/a.gate"].contains("[android, windows]"));
            // What has its edits already stays as it is.
            let again = session
                .client
                .ask("codeAction/resolve", whole.clone())
                .unwrap();
            assert_eq!(again["edit"], whole["edit"]);
        },
    );
}

#[test]
fn a_client_that_does_not_ask_again_gets_the_edits_at_once() {
    both(SORTED, |session| {
        let found = listed(session, Value::Null);
        let action = titled(&found, "Sort this list");
        assert_eq!(action["data"], Value::Null);
        let edited = session.all_edited(&action["edit"]);
        assert!(edited["/p/a.gate"].contains("[android, windows]"));
    });
}

#[test]
fn where_nothing_can_be_proved_nothing_is_claimed() {
    let broken = format!("{SORTED}policy \"😀 Q\" {{ users [");
    both(&broken, |session| {
        let found = listed(session, Value::Null);
        let titles = each(&found, "/title");
        assert!(!titles.contains(&"Sort this list"), "{titles:?}");
    });
    with(
        &broken,
        resolving(),
        json!({ "invariants": "off" }),
        |session| {
            let found = listed(session, Value::Null);
            let all = found.as_array().unwrap().iter();
            for action in all.filter(|action| action["data"].is_object()) {
                let refusal = session.client.ask("codeAction/resolve", action.clone());
                let refusal = refusal.unwrap_err().message;
                assert!(refusal.contains("while it has errors"), "{refusal}");
            }
        },
    );
}

#[test]
fn what_cannot_be_done_says_why_where_that_is_shown() {
    let text = "policy \"😀\" { state enabled users all apps all userRisk [high] \
                require all [⟦mfa⟧, passwordChange] }\n";
    both(text, |session| {
        let found = listed(session, Value::Null);
        let titles = each(&found, "/title");
        assert!(!titles.iter().any(|title| title.starts_with("Split")));
    });
    let mut able = resolving();
    able["textDocument"]["codeAction"]["disabledSupport"] = json!(true);
    with(text, able, json!({ "invariants": "off" }), |session| {
        let found = listed(session, Value::Null);
        let action = titled(&found, "Split into 2 policies, one for each control");
        assert_eq!(action["edit"], Value::Null);
        let why = action["disabled"]["reason"].as_str().unwrap();
        assert!(why.contains("together with others"), "{why}");
    });
}

#[test]
fn what_is_not_there_any_more_is_not_done() {
    with(
        SORTED,
        resolving(),
        json!({ "invariants": "off" }),
        |session| {
            let found = listed(session, Value::Null);
            let action = titled(&found, "Sort this list").clone();
            session.client.replace("/p/a.gate", "// 😀\n");
            let refusal = session
                .client
                .ask("codeAction/resolve", action)
                .unwrap_err();
            assert!(
                refusal.message.contains("has changed"),
                "{}",
                refusal.message
            );
        },
    );
}

#[test]
fn only_the_kinds_that_are_wanted_are_listed() {
    let text =
        format!("policy \"😀\" {{ state enabled users groups [⟦\"{ID}\"⟧] apps all block }}");
    both(&text, |session| {
        for (only, wanted) in [
            (json!(["quickfix"]), "quickfix"),
            (json!(["refactor"]), "refactor."),
            (json!(["refactor.extract"]), "refactor.extract"),
            (json!(["source"]), "source."),
            (json!([""]), ""),
        ] {
            let found = listed(session, only.clone());
            let kinds = each(&found, "/kind");
            assert!(
                kinds.iter().all(|kind| kind.starts_with(wanted)),
                "{only}: {kinds:?}"
            );
        }
        let found = listed(session, json!(["refactor.extract"]));
        assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
        let all = listed(session, Value::Null);
        assert_eq!(listed(session, json!([""])), all);
        assert_eq!(
            listed(session, json!(["source.organizeImports"])),
            json!([])
        );
    });
}

#[test]
fn an_id_gets_a_name_in_every_file() {
    let text = format!(
        "policy \"😀\" {{ state enabled users groups [⟦\"{ID}\"⟧] apps all block }}\n\
         //- /p/b.gate\npolicy \"Q 😀\" {{ state enabled users groups [\"{ID}\"] apps all require mfa }}\n"
    );
    both(&text, |session| {
        let found = listed(session, json!(["refactor.extract"]));
        let action = titled(&found, "Declare the group");
        let edited = session.all_edited(&action["edit"]);
        assert!(edited["/p/b.gate"].contains("groups [Group]"), "{edited:?}");
        let declared = edited
            .values()
            .filter(|text| text.contains("group Group = "));
        assert_eq!(declared.count(), 1);
        for (path, text) in &edited {
            session.client.replace(path, text);
        }
        let errors = session.client.codes("/p/a.gate");
        assert!(
            !errors.iter().any(|code| code.starts_with("GW02")),
            "{errors:?}"
        );
        assert!(session.client.pushed.contains_key(&uri("/p/b.gate")));
    });
}

#[test]
fn a_client_that_knows_only_commands_gets_commands() {
    let commanding = |applies: bool| {
        let mut abilities = abilities();
        abilities["textDocument"]
            .as_object_mut()
            .unwrap()
            .remove("codeAction");
        abilities["workspace"]["applyEdit"] = json!(applies);
        abilities
    };
    let settings = json!({ "invariants": "off" });
    with(SORTED, commanding(true), settings.clone(), |session| {
        let found = listed(session, Value::Null);
        let command = titled(&found, "Sort this list").clone();
        assert_eq!(command["command"], "gatewright.applyAction");
        let asked = session
            .client
            .ask("workspace/executeCommand", command.clone());
        assert_eq!(asked.unwrap(), Value::Null);
        let told = session.client.told("workspace/applyEdit");
        assert_eq!(told[0]["label"], command["title"]);
        let edited = session.all_edited(&told[0]["edit"]);
        assert!(edited["/p/a.gate"].contains("[android, windows]"));
        // What was listed before an edit is looked at again.
        session.client.replace("/p/a.gate", "");
        let late = session.client.ask("workspace/executeCommand", command);
        assert!(late.unwrap_err().message.contains("has changed"));
        let strange = json!({ "command": "gatewright.applyAction", "arguments": [7] });
        let strange = session.client.ask("workspace/executeCommand", strange);
        assert_eq!(strange.unwrap_err().code, -32602);
    });
    // One that cannot be told to apply edits can do nothing with them.
    with(SORTED, commanding(false), settings, |session| {
        assert_eq!(listed(session, Value::Null), json!([]));
    });
}
