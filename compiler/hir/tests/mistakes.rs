//! What is said of the mistakes that people make who are new to the language.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod common;

use common::{Checked, file_in_full as file};
use gatewright_diagnostics::Diagnostic;

fn policy(clauses: &str) -> Checked {
    let names = "group Finance = \"d1f3c0de-0000-4000-8000-00000000b6e1\"\n\
                 location Offices = ranges [203.0.113.0/24]\n";
    file(&format!(
        "{names}policy \"P\" {{ \n    state enabled\n{clauses}\n}}"
    ))
}

/// The only finding, with the text of its first line of help and its first fix.
fn only(checked: &Checked) -> (&'static str, String, Option<String>) {
    let [found] = checked.diagnostics.as_slice() else {
        panic!("{}", checked.render());
    };
    (
        found.code.name(),
        found.help.clone().unwrap_or_default(),
        fixed(found),
    )
}

fn fixed(found: &Diagnostic) -> Option<String> {
    let edits = &found.fixes.first()?.edits;
    Some(
        edits
            .iter()
            .map(|edit| edit.text.as_str())
            .collect::<Vec<_>>()
            .join("…"),
    )
}

#[test]
fn a_display_name_in_quotes_is_no_id() {
    let meant = |clauses: &str| {
        let (code, _, fix) = only(&policy(&format!("{clauses}\nrequire mfa")));
        assert_eq!(code, "GW0610", "{clauses}");
        fix
    };
    assert_eq!(
        meant("users groups [\"finance\"] apps all"),
        Some("Finance".into())
    );
    let role = meant("users roles [\"Global Administrator\"] apps all");
    assert_eq!(role, Some("GlobalAdministrator".into()));
    assert_eq!(
        meant("users all apps [\"Office 365\"]"),
        Some("Office365".into())
    );
    assert_eq!(
        meant("users all except users [\"admin@contoso.com\"] apps all"),
        None
    );
    let declared = file("group Finance = \"Finance\"\n");
    assert_eq!(only(&declared).0, "GW0610");
    let guid = "users groups [\"D1F3C0DE-0000-4000-8000-00000000B6E1\"] apps all require mfa";
    assert!(policy(guid).diagnostics.is_empty());
}

#[test]
fn words_of_the_portal_become_those_of_the_language() {
    let all = "users all apps all\n";
    for (clauses, fix) in [
        (
            "users groups [Finance] exclude users [] apps all require mfa",
            "except",
        ),
        (
            "users all apps all platforms not [windows] require mfa",
            "all except",
        ),
        (
            "users all apps all locations not Offices require mfa",
            "all except",
        ),
        ("users everyone apps all require mfa", "all"),
        ("    users all\n    apps all\n    grant mfa", "require"),
        (
            "    users all\n    apps all\n    if signIn.risk -eq high\n    require mfa",
            "when",
        ),
        (
            "users all apps all devices exclude device.isCompliant -eq True require mfa",
            "except",
        ),
        (
            "users all apps all devices include device.isCompliant -eq True require mfa",
            "where",
        ),
    ] {
        let checked = policy(clauses);
        let fixes = checked.diagnostics.iter().filter_map(fixed);
        let fixes: Vec<String> = fixes.collect();
        assert_eq!(
            fixes.first().map(String::as_str),
            Some(fix),
            "{}",
            checked.render()
        );
    }
    let (code, help, _) = only(&policy(&format!("{all}require mfa and compliantDevice")));
    assert_eq!(code, "GW0320");
    assert!(help.contains("`require all [A, B]`"), "{help}");
    let (code, help, _) = only(&policy(&format!("{all}require mfa or compliantDevice")));
    assert_eq!(code, "GW0320");
    assert!(help.contains("`require any [A, B]`"), "{help}");
}

#[test]
fn controls_get_the_brackets_that_they_lack() {
    let said = |require: &str| only(&policy(&format!("users all apps all\nrequire {require}")));
    let (code, _, fix) = said("mfa, compliantDevice");
    assert_eq!((code, fix), ("GW0327", Some("any […]".into())));
    let (code, _, fix) = said("any mfa, compliantDevice");
    assert_eq!((code, fix), ("GW0320", Some("[…]".into())));
}

#[test]
fn ranges_of_a_location_get_their_word() {
    let (code, _, fix) = only(&file("location Office = 203.0.113.0/24\n"));
    assert_eq!(code, "GW0328");
    assert_eq!(fix, Some("ranges [203.0.113.0/24]".into()));
}

#[test]
fn a_suppression_without_a_reason_is_shown_with_its_own_code() {
    let text = "@suppress(GW0407)\npolicy \"P\" { state enabled users all apps all require mfa }";
    let (code, help, _) = only(&file(text));
    assert_eq!(
        (code, help.as_str()),
        ("GW0207", "write `@suppress(GW0407, \"why\")`")
    );
}

#[test]
fn graph_json_and_wildcards_are_told_from_misspelt_words() {
    let json = file("{ \"displayName\": \"P\" }");
    let help = json.diagnostics[0].help.clone().unwrap();
    assert!(help.contains("`gatewright import`"), "{help}");
    let like = policy("users all apps all when user.department -like \"Sal*\" require mfa");
    assert!(like.diagnostics[0].fixes.is_empty(), "{}", like.render());
    let state = file("policy \"P\" { state report-only users all apps all require mfa }");
    let help = state.diagnostics[0].help.clone().unwrap();
    assert!(help.contains("`reportOnly`"), "{help}");
}
