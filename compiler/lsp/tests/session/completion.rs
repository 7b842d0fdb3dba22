//! What can be written at a place, as a client hears of it.

use serde_json::{Value, json};

use crate::client::abilities;
use crate::marked::{Session, both, each, with};

const METHOD: &str = "textDocument/completion";

const NAMES: &str = "//- /p/names.gate\n\
    /// Those who hold 😀 money.\n\
    group Finance = \"5b0c0de0-0000-4000-8000-000000000001\"\n\
    app Payroll = \"5b0c0de0-0000-4000-8000-000000000002\"\n\
    template T(who: group) { policy \"{who}\" { users groups [who] } }\n\
    //- /p/a.gate\n";

fn labels(found: &Value) -> Vec<&str> {
    each(found, "/label")
}

fn item<'v>(found: &'v Value, label: &str) -> &'v Value {
    let mut all = found.as_array().unwrap().iter();
    all.find(|item| item["label"] == label)
        .unwrap_or_else(|| panic!("{label} is not among {:?}", labels(found)))
}

fn with_snippets() -> Value {
    let mut abilities = abilities();
    abilities["textDocument"]["completion"]["completionItem"]["snippetSupport"] = json!(true);
    abilities
}

#[test]
fn words_and_names_of_the_place_are_offered() {
    for (text, wanted, unwanted) in [
        ("policy \"😀\" { users $0 }", "groups", "mfa"),
        ("policy \"😀\" { users groups [$0] }", "Finance", "Payroll"),
        ("policy \"😀\" { users all except $0", "guests", "state"),
        ("policy \"😀\" { apps [Pay$0", "Payroll", "Finance"),
        (
            "policy \"😀\" { users groups [Finance] requ$0",
            "require",
            "Payroll",
        ),
        (
            "policy \"😀\" { users groups [\npolicy \"B\" { $0 }",
            "users",
            "Finance",
        ),
        ("rule R = device.isCompliant -eq $0", "True", "-and"),
        ("use T(who: $0", "Finance", "Payroll"),
        ("test \"😀\" { given { user groups [$0", "Finance", "expect"),
        ("invariant \"😀\" { always $0", "require", "mfa"),
        ("@$0", "owner", "policy"),
    ] {
        both(&format!("{NAMES}{text}"), |session| {
            let found = session.ask(METHOD, &json!({}));
            let labels = labels(&found);
            assert!(labels.contains(&wanted), "{text}: {labels:?}");
            assert!(!labels.contains(&unwanted), "{text}: {labels:?}");
        });
    }
}

#[test]
fn what_has_been_typed_of_a_word_is_replaced() {
    both(
        "policy \"😀é\" { users roles [⟦Glo$0b⟧] apps all }",
        |session| {
            let found = session.ask(METHOD, &json!({}));
            let edit = &item(&found, "GlobalAdministrator")["textEdit"];
            assert_eq!(edit["range"], session.marked()[0]["range"]);
            let text = session.edited("/p/a.gate", &json!([edit]));
            assert!(text.contains("roles [GlobalAdministrator] apps"), "{text}");
        },
    );
}

#[test]
fn places_to_fill_in_are_for_clients_that_have_them() {
    let insert = |session: &mut Session, label: &str| {
        let found = session.ask(METHOD, &json!({}));
        let item = item(&found, label);
        let text = item["textEdit"]["newText"].as_str().unwrap().to_owned();
        (item["insertTextFormat"].as_u64(), text)
    };
    let text = "policy \"😀\" { users $0 }";
    with(text, with_snippets(), Value::Null, |session| {
        assert_eq!(
            insert(session, "groups"),
            (Some(2), "groups [$0]".to_owned())
        );
        assert_eq!(insert(session, "all"), (Some(1), "all".to_owned()));
    });
    both(text, |session| {
        assert_eq!(insert(session, "groups"), (Some(1), "groups []".to_owned()));
    });
    both("$0", |session| {
        let (format, text) = insert(session, "policy …");
        assert_eq!(format, Some(1));
        assert!(!text.contains(['$', '|']), "{text}");
    });
}

#[test]
fn every_piece_of_text_that_is_offered_for_a_file_is_whole() {
    both("$0", |session| {
        let found = session.ask(METHOD, &json!({}));
        let all = found.as_array().unwrap().iter();
        let pieces: Vec<&Value> = all.filter(|item| item["kind"] == 15).collect();
        assert!(pieces.len() >= 5);
        for piece in pieces {
            let text = piece["textEdit"]["newText"].as_str().unwrap().to_owned();
            session.client.replace("/p/a.gate", &text);
            let errors = session.client.diagnostics("/p/a.gate");
            let errors = errors
                .iter()
                .filter(|one| one.severity == Some(gen_lsp_types::DiagnosticSeverity::Error));
            let errors: Vec<_> = errors.map(|one| &one.message).collect();
            assert!(errors.is_empty(), "{text}: {errors:?}");
            session.client.replace("/p/a.gate", "");
        }
    });
}

#[test]
fn the_text_is_the_one_that_has_just_been_typed() {
    both(
        &format!("{NAMES}policy \"é😀\" {{\n    $0\n}}\n"),
        |session| {
            for (typed, wanted) in [
                ("us", "users"),
                ("ers gro", "groups"),
                ("ups [", "Finance"),
                ("Finance]\n    dev", "devices"),
                ("ices where dev", "device.trustType"),
                ("ice.", "trustType"),
                ("trustType -", "-eq"),
                ("eq ", "ServerAD"),
            ] {
                session.type_in(typed);
                let found = session.ask(METHOD, &json!({}));
                item(&found, wanted);
            }
            // A name that was declared a moment ago, in another file.
            let names = session.text("/p/names.gate").replace("Finance", "Money");
            session.client.replace("/p/names.gate", &names);
            session.type_in("\"ServerAD\"\n    users groups [");
            let found = session.ask(METHOD, &json!({}));
            item(&found, "Money");
            assert!(!labels(&found).contains(&"Finance"));
        },
    );
}

#[test]
fn items_are_in_order_with_what_they_mean() {
    both(
        &format!("{NAMES}policy \"P\" {{ users groups [$0] }}"),
        |session| {
            let found = session.ask(METHOD, &json!({}));
            let sorted = each(&found, "/sortText");
            assert!(sorted.is_sorted());
            let group = item(&found, "Finance");
            assert_eq!(group["detail"], "group");
            assert_eq!(
                group["documentation"]["value"],
                "Those who hold 😀 money.\n\n`5b0c0de0-0000-4000-8000-000000000001`"
            );
        },
    );
}

#[test]
fn an_id_in_quotes_becomes_a_name() {
    both(
        &format!("{NAMES}policy \"😀\" {{ users groups [⟦\"5b0c$0\"⟧] }}"),
        |session| {
            let found = session.ask(METHOD, &json!({}));
            let group = item(&found, "Finance");
            assert_eq!(
                group["filterText"],
                "\"5b0c0de0-0000-4000-8000-000000000001"
            );
            assert_eq!(group["textEdit"]["range"], session.marked()[0]["range"]);
            let text = session.edited("/p/a.gate", &json!([group["textEdit"]]));
            assert!(text.contains("groups [Finance] }"), "{text}");
        },
    );
}

#[test]
fn in_comments_and_at_places_that_there_are_not_nothing_is_offered() {
    both("// 😀 us$0", |session| {
        assert_eq!(session.ask(METHOD, &json!({})), json!([]));
        let far = json!({ "position": { "line": 900, "character": 900 } });
        assert_eq!(session.ask(METHOD, &far), json!([]));
    });
}
