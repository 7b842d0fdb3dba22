//! SEMANTICS: §9

use gatewright_hir::model::{Combination, Control, PolicySet, Strength};
use gatewright_value::vocabulary::{BuiltInControl, Method};
use serde_json::{Value, json};

use super::builder::{built_in, decide, request, requiring, set};

const MULTIFACTOR: &str = "00000000-0000-0000-0000-000000000002";
const PASSWORDLESS: &str = "00000000-0000-0000-0000-000000000003";
const PHISHING_RESISTANT: &str = "00000000-0000-0000-0000-000000000004";

fn strength(id: &str) -> Control {
    Control::Strength(id.to_owned())
}

fn verdict_in(mut set: PolicySet, control: Control, change: &Value) -> Value {
    set.policies = vec![requiring("p", false, vec![control])];
    decide(&set, &request(change.clone()))["verdict"].clone()
}

fn verdict(control: Control, change: &Value) -> Value {
    verdict_in(set(vec![]), control, change)
}

#[test]
fn methods_satisfy_built_in_strengths_by_combination() {
    let rows: Vec<(&[&str], [bool; 3])> = vec![
        (&["fido2"], [true, true, true]),
        (&["windowsHelloForBusiness"], [true, true, true]),
        (&["x509CertificateMultiFactor"], [true, true, true]),
        (&["deviceBasedPush"], [true, true, false]),
        (&["temporaryAccessPassOneTime"], [true, false, false]),
        (&["temporaryAccessPassMultiUse"], [true, false, false]),
        (&["federatedMultiFactor"], [true, false, false]),
        (&["password", "SMS"], [true, false, false]),
        (
            &["password", "x509CertificateSingleFactor"],
            [true, false, false],
        ),
        (
            &["federatedSingleFactor", "softwareOath"],
            [true, false, false],
        ),
        (
            &["federatedSingleFactor", "x509CertificateSingleFactor"],
            [false, false, false],
        ),
        (&["password"], [false, false, false]),
        (&["sms"], [false, false, false]),
        (&["password", "email", "qrCodePin"], [false, false, false]),
        (&[], [false, false, false]),
    ];
    for (methods, expected) in rows {
        let change = json!({ "claims": { "methods": methods } });
        for (id, expected) in [MULTIFACTOR, PASSWORDLESS, PHISHING_RESISTANT]
            .into_iter()
            .zip(expected)
        {
            let wanted = if expected { "grant" } else { "interrupt" };
            assert_eq!(verdict(strength(id), &change), wanted, "{id} {methods:?}");
        }
        let wanted = if expected[0] { "grant" } else { "interrupt" };
        assert_eq!(
            verdict(built_in(BuiltInControl::Mfa), &change),
            wanted,
            "{methods:?}"
        );
    }
}

#[test]
fn claims_prove_what_they_imply_and_no_more() {
    let phishing = format!("STRENGTH:{PHISHING_RESISTANT}");
    let passwordless = format!("strength:{PASSWORDLESS}");
    let multifactor = format!("strength:{MULTIFACTOR}");
    let rows = [
        // Claim; mfa, multifactor, passwordless, phishing-resistant, a strength of one's own.
        ("MFA", [true, true, false, false, false]),
        (multifactor.as_str(), [true, true, false, false, false]),
        (passwordless.as_str(), [true, true, true, false, false]),
        (phishing.as_str(), [true, true, true, true, false]),
        ("strength:own", [false, false, false, false, true]),
    ];
    for (claim, expected) in rows {
        let controls = [
            built_in(BuiltInControl::Mfa),
            strength(MULTIFACTOR),
            strength(PASSWORDLESS),
            strength(PHISHING_RESISTANT),
            strength("Own"),
        ];
        for (control, expected) in controls.into_iter().zip(expected) {
            let change = json!({ "claims": { "satisfied": [claim] } });
            let wanted = if expected { "grant" } else { "interrupt" };
            assert_eq!(
                verdict(control.clone(), &change),
                wanted,
                "{control:?} by {claim}"
            );
        }
    }
}

#[test]
fn restricted_combinations_need_a_claim() {
    let combination = |method, is_restricted| Combination {
        methods: vec![method],
        is_restricted,
    };
    let mut set = set(vec![]);
    set.strengths = vec![Strength {
        id: "Keys".into(),
        display_name: "Keys".into(),
        combinations: vec![
            combination(Method::Fido2, true),
            combination(Method::WindowsHelloForBusiness, false),
        ],
        span: None,
        form: gatewright_hir::model::GraphForm::default(),
    }];
    let rows = [
        (json!({ "methods": ["fido2"] }), "interrupt"),
        (json!({ "methods": ["windowsHelloForBusiness"] }), "grant"),
        (json!({ "satisfied": ["strength:keys"] }), "grant"),
        (json!({ "satisfied": ["mfa"] }), "interrupt"),
    ];
    for (claims, expected) in rows {
        let actual = verdict_in(set.clone(), strength("keys"), &json!({ "claims": claims }));
        assert_eq!(actual, expected, "{claims}");
    }
}

#[test]
fn device_controls_are_derived_and_never_claimed() {
    let compliant = || built_in(BuiltInControl::CompliantDevice);
    let joined = || built_in(BuiltInControl::DomainJoinedDevice);
    let device = |device: Value| json!({ "deviceInfo": device });
    let by_code = json!({
        "deviceInfo": { "isCompliant": true, "trustType": "ServerAD" },
        "authenticationFlow": { "transferMethod": "deviceCodeFlow" },
    });
    let legacy = json!({
        "clientAppType": "other",
        "deviceInfo": { "isCompliant": true, "trustType": "serverad" },
    });
    let rows = [
        (device(json!({ "isCompliant": true })), "grant", "deny"),
        (device(json!({ "trustType": "serverAD" })), "deny", "grant"),
        (
            device(json!({ "trustType": "AzureAD", "isCompliant": false })),
            "deny",
            "deny",
        ),
        (device(Value::Null), "deny", "deny"),
        (by_code, "deny", "deny"),
        (legacy, "deny", "deny"),
    ];
    let claims = json!({ "satisfied": ["compliantDevice", "domainJoinedDevice"] });
    for (conditions, is_compliant, is_joined) in rows {
        let mut change = json!({ "signInConditions": conditions, "claims": claims });
        assert_eq!(verdict(compliant(), &change), is_compliant, "{conditions}");
        assert_eq!(verdict(joined(), &change), is_joined, "{conditions}");
        // Enrolment satisfies compliance, for every client and flow.
        change["context"] = json!({ "enrollmentService": true });
        assert_eq!(verdict(compliant(), &change), "grant", "{conditions}");
        assert_eq!(verdict(joined(), &change), is_joined, "{conditions}");
    }
}

#[test]
fn unknown_facts_prove_nothing() {
    let conditions = json!({
        "deviceInfo": { "isCompliant": true },
        "authenticationFlow": { "transferMethod": "deviceCodeFlow" },
    });
    let control = || built_in(BuiltInControl::CompliantDevice);
    let rows = [
        // An unknown device is not compliant; an unknown flow is no device code flow.
        (json!(["device"]), "deny"),
        (json!(["session.flow"]), "grant"),
        (json!(["context.enrollmentService"]), "deny"),
    ];
    for (unknown, expected) in rows {
        let change = json!({ "signInConditions": conditions, "unknown": unknown });
        assert_eq!(verdict(control(), &change), expected, "{unknown}");
    }
    // An unknown client is no legacy client; unknown methods are none.
    let change = json!({
        "signInConditions": { "clientAppType": "other" },
        "claims": { "methods": ["fido2"] },
        "unknown": ["signIn.client"],
    });
    assert_eq!(verdict(strength(PHISHING_RESISTANT), &change), "grant");
    let change = json!({ "claims": { "methods": ["fido2"] }, "unknown": ["session.methods"] });
    assert_eq!(verdict(strength(PHISHING_RESISTANT), &change), "interrupt");
}

#[test]
fn legacy_clients_prove_only_what_an_application_does() {
    let controls = [
        (built_in(BuiltInControl::Mfa), "interrupt", false),
        (strength(MULTIFACTOR), "interrupt", false),
        (strength("own"), "interrupt", false),
        (built_in(BuiltInControl::PasswordChange), "interrupt", false),
        (
            built_in(BuiltInControl::RiskRemediation),
            "interrupt",
            false,
        ),
        (built_in(BuiltInControl::VerifiedId), "interrupt", false),
        (Control::Terms("T1".into()), "interrupt", false),
        (Control::Custom("C1".into()), "interrupt", false),
        (built_in(BuiltInControl::ApprovedApplication), "deny", true),
        (built_in(BuiltInControl::CompliantApplication), "deny", true),
    ];
    let claims = json!({
        "satisfied": ["mfa", "passwordChange", "riskRemediation", "verifiedId",
                      "approvedApplication", "compliantApplication", "strength:own"],
        "terms": ["t1"],
        "custom": ["c1"],
    });
    for (control, without_claim, holds_for_legacy) in controls {
        let check = |client: &str, claims: &Value, expected: &str| {
            let signals = json!({ "clientAppType": client });
            let change = json!({ "signInConditions": signals, "claims": claims });
            assert_eq!(
                verdict(control.clone(), &change),
                expected,
                "{control:?} {client}"
            );
        };
        check("browser", &claims, "grant");
        check("browser", &Value::Null, without_claim);
        for legacy in ["other", "exchangeActiveSync", "easSupported"] {
            check(legacy, &Value::Null, "deny");
            check(
                legacy,
                &claims,
                if holds_for_legacy { "grant" } else { "deny" },
            );
        }
    }
}
