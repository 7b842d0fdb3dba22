//! The one style, of a range and while somebody types.

use serde_json::{Value, json};

use crate::marked::{Session, both};

fn options() -> Value {
    json!({ "options": { "tabSize": 8, "insertSpaces": false } })
}

/// The text after the edits that are answered.
fn formatted(session: &mut Session, method: &str, more: Value) -> String {
    let mut params = options();
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    let edits = session.ask(method, &params);
    session.edited("/p/a.gate", &edits)
}

#[test]
fn a_range_changes_what_it_touches() {
    let text = "policy \"😀\" {\n users   all\n}\n\npolicy \"Q 😀\" {\n ⟦apps⟧   all // 😀\n}$0\n";
    both(text, |session| {
        let range = json!({ "range": session.marked()[0]["range"] });
        let found = formatted(session, "textDocument/rangeFormatting", range);
        let wanted = session
            .text("/p/a.gate")
            .replace(" apps   all", "    apps all");
        assert_eq!(found, wanted);
    });
}

#[test]
fn a_closing_brace_lays_its_declaration_out() {
    let text = "policy \"P\" {\n users   all\n}\npolicy \"😀\" {\n apps   all }$0 // 😀\n";
    both(text, |session| {
        let found = formatted(
            session,
            "textDocument/onTypeFormatting",
            json!({ "ch": "}" }),
        );
        assert!(found.contains("\n users   all\n"), "{found}");
        assert!(found.contains("\n    apps all\n}"), "{found}");
    });
}

#[test]
fn a_text_that_cannot_be_read_stays_as_it_is() {
    for (text, method, more) in [
        (
            "policy \"😀\" {\n apps   [all\n}$0\n",
            "onTypeFormatting",
            json!({ "ch": "}" }),
        ),
        (
            "policy \"😀\" {\n apps   [all]$0\n",
            "onTypeFormatting",
            json!({ "ch": "]" }),
        ),
    ] {
        both(text, |session| {
            let found = formatted(session, &format!("textDocument/{method}"), more.clone());
            assert_eq!(found, session.text("/p/a.gate"));
        });
    }
    both("policy \"😀\" {\n ⟦apps⟧   [all\n}$0\n", |session| {
        let mut params = options();
        params["range"] = session.marked()[0]["range"].clone();
        match session.try_ask("textDocument/rangeFormatting", &params) {
            Ok(edits) => assert_eq!(
                session.edited("/p/a.gate", &edits),
                session.text("/p/a.gate")
            ),
            Err(refusal) => assert!(!refusal.is_empty()),
        }
    });
}
