//! What supporting objects say of the policies that use them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_compiler::{Input, SourceFile, compile};
use serde_json::{Value, json};

fn found(path: &str, text: &str) -> Vec<&'static str> {
    let file = SourceFile {
        path: path.to_owned(),
        bytes: text.into(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    let diagnostics = compilation.diagnostics.iter();
    diagnostics.map(|d| d.code.name()).collect()
}

const TERMS: &str = "a4d3c2b1-0000-4000-8000-0000000ba9d0";

fn tenant(grant: &Value, available: bool) -> String {
    let policy = |name: &str, applications: Value, grant: &Value| {
        json!({"displayName": name, "state": "enabled", "grantControls": grant,
            "conditions": {"users": {"includeUsers": ["All"]}, "clientAppTypes": ["all"],
                "applications": applications}})
    };
    let contexts = json!({"includeAuthenticationContextClassReferences": ["c5"]});
    let mfa = json!({"operator": "OR", "builtInControls": ["mfa"]});
    json!({
        "agreements": [{"id": TERMS, "displayName": "T", "isPerDeviceAcceptanceRequired": true}],
        "contexts": [{"id": "c5", "displayName": "C", "isAvailable": available}],
        "policies": [
            policy("A", json!({"includeApplications": ["All"]}), grant),
            policy("B", contexts, &mfa),
        ],
    })
    .to_string()
}

#[test]
fn graph_json_with_objects_that_are_not_ready_is_told() {
    let grant = |operator: &str, controls: &[&str]| {
        let terms = [TERMS];
        json!({"operator": operator, "builtInControls": controls, "termsOfUse": terms})
    };
    let alone = grant("OR", &[]);
    assert_eq!(found("a.json", &tenant(&alone, true)), ["GW0633"]);
    assert_eq!(
        found("a.json", &tenant(&alone, false)),
        ["GW0633", "GW0632"]
    );
    // Who has another way, or a registered device anyway, is not kept out by the terms.
    for (operator, control) in [("OR", "mfa"), ("AND", "compliantDevice")] {
        let text = tenant(&grant(operator, &[control]), true);
        assert_eq!(found("a.json", &text), [""; 0], "{operator} {control}");
    }
    assert_eq!(
        found("a.json", &tenant(&grant("AND", &["mfa"]), true)),
        ["GW0633"]
    );
}

#[test]
fn a_filter_that_leaves_unregistered_devices_out_settles_terms_per_device() {
    let text = |filter: &str| {
        format!(
            "terms T = \"{TERMS}\" perDevice\npolicy \"A\" {{ state enabled users all apps all\n\
             {filter}\nrequire terms T }}\n"
        )
    };
    assert_eq!(found("a.gate", &text("")), ["GW0633"]);
    let is_joined = "devices where device.trustType -eq \"AzureAD\"";
    assert_eq!(found("a.gate", &text(is_joined)), [""; 0]);
    let text = text("").replace("enabled", "disabled");
    assert_eq!(found("a.gate", &text), [""; 0]);
}

#[test]
fn a_policy_is_covered_by_one_whose_strength_implies_its_own() {
    let text = |first: &str, second: &str| {
        format!(
            "strength Keys = combinations [[fido2]]\n\
             strength Any  = combinations [[fido2], [password, sms], [deviceBasedPush]]\n\
             strength Mail = combinations [[password, email]]\n\
             policy \"A\" {{ state enabled users all apps all require {first} }}\n\
             policy \"B\" {{ state enabled users all apps all require {second} }}\n"
        )
    };
    for (first, second, is_covered) in [
        ("strength Keys", "strength Any", true),
        ("strength Any", "mfa", true),
        ("strength Keys", "strength PhishingResistantMfa", true),
        ("strength PasswordlessMfa", "strength Mfa", true),
        ("strength Mail", "mfa", false),
        ("strength Mail", "strength Any", false),
    ] {
        let found = found("a.gate", &text(first, second));
        assert_eq!(
            found.contains(&"GW0429"),
            is_covered,
            "{first}, {second}: {found:?}"
        );
    }
}
