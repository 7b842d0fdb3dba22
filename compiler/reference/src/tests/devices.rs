//! SEMANTICS: §3, §7

use gatewright_hir::model::{Comparison, Expr};
use serde_json::{Value, json};

use super::builder::{compare, filter, meets, negated, policy, request, schema, texts, with};

fn one_of(attribute: &str, text: &str) -> Expr {
    compare(attribute, Comparison::OneOf(texts(&[text])))
}

fn on(device: &Value) -> Value {
    request(json!({ "signInConditions": { "deviceInfo": device } }))
}

/// The five positive operators of the device filter that hold for `corp-saw`.
fn positive_operators(attribute: &str) -> Vec<Expr> {
    vec![
        compare(attribute, Comparison::OneOf(texts(&["corp-saw"]))),
        compare(attribute, Comparison::StartsWith(texts(&["corp"]))),
        compare(attribute, Comparison::EndsWith(texts(&["saw"]))),
        compare(attribute, Comparison::Contains(texts(&["p-s"]))),
        compare(attribute, Comparison::OneOf(texts(&["other", "corp-saw"]))),
    ]
}

#[test]
fn registration_operator_and_mode_decide_as_the_table_says() {
    let extension = "device.extensionAttribute1";
    let value = "CORP-saw";
    let managed = json!({ "extensionAttribute1": value, "mdmAppId": "0000000a", "model": value });
    let compliant = json!({ "extensionAttribute1": value, "isCompliant": true });
    let hybrid = json!({ "extensionAttribute1": value, "trustType": "ServerAD" });
    let loose = json!({ "extensionAttribute1": value, "model": value, "trustType": "AzureAD",
                        "isCompliant": false });
    // Device, attribute, whether the positive operator holds; the negative one is the complement.
    let rows = [
        (Value::Null, "device.model", false),
        (Value::Null, extension, false),
        (json!({}), "device.model", false),
        (loose.clone(), "device.model", true),
        (json!({ "model": "kiosk" }), "device.model", false),
        (managed, extension, true),
        (compliant, extension, true),
        (hybrid, extension, true),
        (loose, extension, false),
        (
            json!({ "extensionAttribute1": "kiosk", "mdmAppId": "0000000a" }),
            extension,
            false,
        ),
    ];
    for (device, attribute, expected) in rows {
        for rule in positive_operators(attribute) {
            for (is_exclude, is_negated) in
                [(false, false), (false, true), (true, false), (true, true)]
            {
                let rule = if is_negated {
                    negated(rule.clone())
                } else {
                    rule.clone()
                };
                let policy = with(policy("p"), |a| {
                    a.devices = Some(filter(is_exclude, rule.clone()));
                });
                // Each of the two turns the answer round.
                let expected = expected ^ is_negated ^ is_exclude;
                let actual = meets(policy, &on(&device));
                assert_eq!(
                    actual,
                    Some(expected),
                    "{device} {rule:?} exclude {is_exclude}"
                );
            }
        }
    }
}

#[test]
fn rules_of_one_line_are_combined_after_the_null_rule() {
    let schema = schema();
    let is_joined = || one_of("device.trustType", "azuread");
    let is_compliant = || compare("device.isCompliant", Comparison::IsTrue);
    let joined_not_compliant = Expr::All(vec![is_joined(), negated(is_compliant())]);
    let unmanaged = Expr::Any(vec![
        negated(one_of("device.trustType", "serverad")),
        negated(is_compliant()),
    ]);
    let is_false = || compare("device.isCompliant", Comparison::IsFalse);
    let rows = [
        (joined_not_compliant.clone(), Value::Null, false),
        (
            joined_not_compliant,
            json!({ "trustType": "AzureAD" }),
            true,
        ),
        (unmanaged.clone(), Value::Null, true),
        (
            unmanaged,
            json!({ "trustType": "ServerAD", "isCompliant": true }),
            false,
        ),
        // A device that nobody manages has no compliance state.
        (is_false(), json!({}), false),
        (is_false(), json!({ "isCompliant": false }), true),
        (negated(is_compliant()), json!({}), true),
        (
            compare("device.isRegistered", Comparison::IsTrue),
            json!({}),
            true,
        ),
        (
            compare("device.isRegistered", Comparison::IsTrue),
            Value::Null,
            false,
        ),
    ];
    for (rule, device, expected) in rows {
        let actual = crate::matches(&rule, &schema, &device);
        assert_eq!(actual, Ok(Some(expected)), "{rule:?} {device}");
    }
}

#[test]
fn contains_means_elements_of_sets_and_parts_of_texts() {
    let schema = schema();
    let device = json!({ "systemLabels": ["M365Managed"], "displayName": "M365Managed" });
    let has = |text: &str| compare("device.systemLabels", Comparison::Has(texts(&[text])));
    let contains = |text| compare("device.displayName", Comparison::Contains(texts(&[text])));
    let rows = [
        (has("m365managed"), true),
        (has("m365"), false),
        (negated(has("m365")), true),
        (contains("m365"), true),
        (
            compare("device.displayName", Comparison::Matches("^m\\d+M".into())),
            true,
        ),
        (
            compare("device.displayName", Comparison::Matches("\\d$".into())),
            false,
        ),
        (
            compare("device.displayName", Comparison::Matches("aged".into())),
            true,
        ),
    ];
    for (rule, expected) in rows {
        assert_eq!(
            crate::matches(&rule, &schema, &device),
            Ok(Some(expected)),
            "{rule:?}"
        );
    }
    assert_eq!(
        crate::matches(&negated(has("m365")), &schema, &Value::Null),
        Ok(Some(true))
    );
}

#[test]
fn null_is_null_and_hidden_extension_attributes_are_null() {
    let schema = schema();
    let is_null = |attribute| compare(attribute, Comparison::IsNull);
    let hidden = json!({ "extensionAttribute1": "SAW" });
    let shown = json!({ "extensionAttribute1": "SAW", "mdmAppId": "0000000a" });
    let rows = [
        (is_null("device.model"), &Value::Null, true),
        (is_null("device.model"), &hidden, true),
        (negated(is_null("device.model")), &hidden, false),
        (is_null("device.extensionAttribute1"), &hidden, true),
        (is_null("device.extensionAttribute1"), &shown, false),
    ];
    for (rule, device, expected) in rows {
        assert_eq!(
            crate::matches(&rule, &schema, device),
            Ok(Some(expected)),
            "{rule:?}"
        );
    }
}

#[test]
fn unknown_device_facts_are_unknown_unless_they_cannot_matter() {
    let saw = || one_of("device.extensionAttribute1", "saw");
    let device = json!({ "extensionAttribute1": "SAW", "isCompliant": false });
    let rows: Vec<(Expr, &[&str], Option<bool>)> = vec![
        (one_of("device.trustType", "azuread"), &["device"], None),
        (
            negated(one_of("device.trustType", "azuread")),
            &["deviceInfo"],
            None,
        ),
        (
            compare("device.isRegistered", Comparison::IsTrue),
            &["device"],
            None,
        ),
        // Whether the attribute can be seen is unknown.
        (saw(), &["device.isCompliant"], None),
        // It cannot be seen, whatever it is.
        (saw(), &["device.extensionAttribute1"], Some(false)),
        (negated(saw()), &["device.extensionAttribute1"], Some(true)),
        (saw(), &["signInConditions.deviceInfo.mdmAppId"], None),
        (
            one_of("device.model", "x"),
            &["device.isCompliant"],
            Some(false),
        ),
    ];
    for (rule, unknown, expected) in rows {
        let policy = with(policy("p"), |a| {
            a.devices = Some(filter(false, rule.clone()))
        });
        let mut request = on(&device);
        request["unknown"] = json!(unknown);
        assert_eq!(meets(policy, &request), expected, "{rule:?} {unknown:?}");
    }
}

#[test]
fn texts_are_folded_simply() {
    let schema = schema();
    let rows = [
        ("\u{212A}ELVIN", "kelvin", true),
        ("STRASSE", "straße", false),
        ("ÅΣ", "åσ", true),
    ];
    for (value, text, expected) in rows {
        let rule = one_of("device.displayName", text);
        let device = json!({ "displayName": value });
        assert_eq!(
            crate::matches(&rule, &schema, &device),
            Ok(Some(expected)),
            "{value}"
        );
    }
}
