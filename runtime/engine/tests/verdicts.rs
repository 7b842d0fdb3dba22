//! Verdicts, what is missing, results and session controls.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cloned_ref_to_slice_refs,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod common;
#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use common::{decide, engine, report, with};
use gatewright_bytecode::{Control, TargetClass};
use gatewright_runtime::{Engine, Mode, Verdict};
use gatewright_value::vocabulary::BuiltInControl;
use gatewright_value::vocabulary::{Method, Reason, State};
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};
use sample::Sample;
use serde_json::{Value, json};

const MULTIFACTOR: &str = "00000000-0000-0000-0000-000000000002";
const PASSWORDLESS: &str = "00000000-0000-0000-0000-000000000003";
const RESISTANT: &str = "00000000-0000-0000-0000-000000000004";

fn strength(id: &str, combinations: &[&[Method]]) -> Control {
    let bits = |methods: &&[Method]| {
        methods.iter().fold(0, |bits, method| {
            bits | gatewright_bytecode::method_bit(*method)
        })
    };
    Control::Strength {
        id: id.to_owned(),
        combinations: combinations.iter().map(bits).collect(),
    }
}

fn control(name: &str) -> Control {
    match name.split_once(':') {
        Some(("strength", RESISTANT)) => strength(RESISTANT, &[&[Method::Fido2]]),
        Some(("strength", "pair")) => strength("pair", &[&[Method::Password, Method::Sms]]),
        Some(("strength", id)) => strength(id, &[]),
        Some(("terms", id)) => Control::Terms(id.to_owned()),
        Some((_, id)) => Control::Custom(id.to_owned()),
        None => Control::BuiltIn(BuiltInControl::parse(name).unwrap()),
    }
}

/// A policy for everybody: its state, and clauses of alternatives such as `mfa|terms:t`; `block`.
type Row<'a> = (State, TargetClass, &'a [&'a str]);

fn policies(rows: &[Row<'_>]) -> Engine {
    let mut sample = Sample::entra();
    let mut numbers: Vec<String> = Vec::new();
    for (at, (state, target, clauses)) in rows.iter().enumerate() {
        let mut lowered = Vec::new();
        for clause in clauses.iter().filter(|clause| **clause != "block") {
            let mut numbered: Vec<u32> = Vec::new();
            for name in clause.split('|') {
                let found = numbers.iter().position(|known| known == name);
                let number = found.unwrap_or_else(|| {
                    sample.control(control(name));
                    numbers.push(name.to_owned());
                    numbers.len() - 1
                });
                numbered.push(u32::try_from(number).unwrap());
            }
            numbered.sort_unstable();
            lowered.push(numbered);
        }
        let policy = sample.policy(&format!("P{at}"), *state, &[]);
        policy.clauses = lowered;
        policy.target = *target;
        policy.is_block = clauses.contains(&"block");
    }
    engine(sample.finish())
}

fn enforced(clauses: &[&str]) -> Engine {
    policies(&[(State::Enabled, TargetClass::Apps, clauses)])
}

fn satisfied(names: &[&str]) -> Value {
    with(&[("claims.satisfied", json!(names))])
}

fn methods(names: &[&str]) -> Value {
    with(&[("claims.methods", json!(names))])
}

fn device(info: Value, changes: &[(&str, Value)]) -> Value {
    let mut all = vec![("signInConditions.deviceInfo", info)];
    all.extend_from_slice(changes);
    with(&all)
}

#[test]
fn every_verdict_follows_from_block_and_clauses() {
    let nothing = || with(&[]);
    let legacy = |names: &[&str]| {
        let client = ("signInConditions.clientAppType", json!("other"));
        with(&[("claims.satisfied", json!(names)), client])
    };
    let rows: Vec<(&[&str], Value, &str, Value)> = vec![
        (&["block"], nothing(), "block", json!([])),
        (&["block", "mfa"], satisfied(&["mfa"]), "block", json!([])),
        (&[], nothing(), "grant", json!([])),
        (&["mfa"], nothing(), "interrupt", json!([["mfa"]])),
        (&["mfa"], satisfied(&["MFA"]), "grant", json!([])),
        (
            &["compliantDevice"],
            nothing(),
            "deny",
            json!([["compliantDevice"]]),
        ),
        (
            &["approvedApplication"],
            nothing(),
            "deny",
            json!([["approvedApplication"]]),
        ),
        (
            &["compliantApplication"],
            satisfied(&["compliantApplication"]),
            "grant",
            json!([]),
        ),
        (
            &["mfa|compliantDevice"],
            nothing(),
            "interrupt",
            json!([["mfa", "compliantDevice"]]),
        ),
        (
            &["mfa", "compliantDevice"],
            nothing(),
            "deny",
            json!([["mfa"], ["compliantDevice"]]),
        ),
        (
            &["mfa", "terms:T"],
            satisfied(&["mfa"]),
            "interrupt",
            json!([["terms:T"]]),
        ),
        (
            &["terms:T"],
            with(&[("claims.terms", json!(["t"]))]),
            "grant",
            json!([]),
        ),
        (
            &["custom:C"],
            with(&[("claims.custom", json!(["c"]))]),
            "grant",
            json!([]),
        ),
        (&["custom:C"], satisfied(&["custom:c"]), "grant", json!([])),
        (
            &["passwordChange"],
            satisfied(&["passwordChange"]),
            "grant",
            json!([]),
        ),
        (
            &["riskRemediation", "verifiedID"],
            nothing(),
            "interrupt",
            json!([["riskRemediation"], ["verifiedID"]]),
        ),
        // A legacy client proves nothing and can do nothing.
        (&["mfa"], legacy(&["mfa"]), "deny", json!([["mfa"]])),
        (
            &["terms:t"],
            legacy(&["terms:t"]),
            "deny",
            json!([["terms:t"]]),
        ),
        (
            &["verifiedID"],
            legacy(&["verifiedID"]),
            "deny",
            json!([["verifiedID"]]),
        ),
        (
            &["approvedApplication"],
            legacy(&["approvedApplication"]),
            "grant",
            json!([]),
        ),
    ];
    for (clauses, request, verdict, missing) in rows {
        let found = decide(&enforced(clauses), &request);
        assert_eq!(found["verdict"], verdict, "{clauses:?} {request}");
        assert_eq!(found["missing"], missing, "{clauses:?} {request}");
    }
    assert_eq!(
        decide(&policies(&[]), &nothing())["verdict"],
        "notApplicable"
    );
}

#[test]
fn a_token_is_issued_by_two_verdicts() {
    let letting = Verdict::ALL.iter().filter(|verdict| verdict.lets_through());
    let names: Vec<String> = letting.map(Verdict::to_string).collect();
    assert_eq!(names, ["notApplicable", "grant"]);
}

#[test]
fn multifactor_and_strengths_hold_by_claims_and_methods() {
    let built_in = |id: &str| format!("strength:{id}");
    let unknown = with(&[
        ("claims.methods", json!(["fido2"])),
        ("unknown", json!(["session.methods"])),
    ]);
    let rows: Vec<(String, Value, bool)> = vec![
        ("mfa".into(), methods(&["fido2"]), true),
        ("mfa".into(), unknown, false),
        ("mfa".into(), methods(&["password"]), false),
        ("mfa".into(), methods(&["password", "SMS"]), true),
        (
            "mfa".into(),
            methods(&["federatedSingleFactor", "voice"]),
            true,
        ),
        (
            "mfa".into(),
            methods(&["password", "x509CertificateSingleFactor"]),
            true,
        ),
        (
            "mfa".into(),
            methods(&["federatedSingleFactor", "x509CertificateSingleFactor"]),
            false,
        ),
        ("mfa".into(), methods(&["sms", "voice"]), false),
        ("mfa".into(), methods(&["password", "email"]), false),
        ("mfa".into(), satisfied(&[&built_in(RESISTANT)]), true),
        ("mfa".into(), satisfied(&["strength:mine"]), false),
        (built_in(MULTIFACTOR), satisfied(&["mfa"]), true),
        (built_in(PASSWORDLESS), satisfied(&["mfa"]), false),
        (built_in(RESISTANT), satisfied(&["mfa"]), false),
        (
            built_in(MULTIFACTOR),
            satisfied(&[&built_in(PASSWORDLESS)]),
            true,
        ),
        (
            built_in(PASSWORDLESS),
            satisfied(&[&built_in(RESISTANT)]),
            true,
        ),
        (
            built_in(RESISTANT),
            satisfied(&[&built_in(PASSWORDLESS)]),
            false,
        ),
        (built_in(RESISTANT), methods(&["fido2", "password"]), true),
        ("strength:pair".into(), methods(&["password"]), false),
        ("strength:pair".into(), methods(&["sms", "password"]), true),
        ("strength:Mine".into(), satisfied(&["strength:mINE"]), true),
        ("strength:Mine".into(), methods(&["fido2"]), false),
    ];
    for (control, request, holds) in rows {
        let verdict = decide(&enforced(&[&control]), &request)["verdict"].clone();
        assert_eq!(
            verdict,
            if holds { "grant" } else { "interrupt" },
            "{control} {request}"
        );
    }
}

#[test]
fn device_controls_follow_from_the_device() {
    let (compliant, joined) = (
        json!({"isCompliant": true}),
        json!({"trustType": "serverAD"}),
    );
    let code = (
        "signInConditions.authenticationFlow",
        json!({"transferMethod": "deviceCodeFlow"}),
    );
    let transfer = (
        "signInConditions.authenticationFlow",
        json!({"transferMethod": "authenticationTransfer"}),
    );
    let legacy = (
        "signInConditions.clientAppType",
        json!("exchangeActiveSync"),
    );
    let enrolment = ("context.enrollmentService", json!(true));
    let unknown = |name: &str| ("unknown", json!([name]));
    let claims = (
        "claims.satisfied",
        json!(["compliantDevice", "domainJoinedDevice"]),
    );
    let rows: Vec<(&str, Value, bool)> = vec![
        ("compliantDevice", device(compliant.clone(), &[]), true),
        (
            "compliantDevice",
            device(json!({"isCompliant": false}), &[]),
            false,
        ),
        ("compliantDevice", device(json!({}), &[]), false),
        ("compliantDevice", with(&[claims.clone()]), false),
        (
            "compliantDevice",
            device(compliant.clone(), &[unknown("device.isCompliant")]),
            false,
        ),
        (
            "compliantDevice",
            device(compliant.clone(), &[unknown("clientAppType")]),
            true,
        ),
        (
            "compliantDevice",
            device(compliant.clone(), &[code.clone()]),
            false,
        ),
        (
            "compliantDevice",
            device(compliant.clone(), &[code.clone(), unknown("session.flow")]),
            true,
        ),
        (
            "compliantDevice",
            device(compliant.clone(), &[transfer]),
            true,
        ),
        (
            "compliantDevice",
            device(compliant.clone(), &[legacy.clone()]),
            false,
        ),
        ("compliantDevice", with(&[enrolment.clone()]), true),
        (
            "compliantDevice",
            with(&[enrolment.clone(), legacy.clone(), code.clone()]),
            true,
        ),
        ("domainJoinedDevice", device(joined.clone(), &[]), true),
        (
            "domainJoinedDevice",
            device(json!({"trustType": "AzureAD"}), &[]),
            false,
        ),
        ("domainJoinedDevice", device(joined.clone(), &[code]), false),
        (
            "domainJoinedDevice",
            device(joined.clone(), &[legacy]),
            false,
        ),
        (
            "domainJoinedDevice",
            device(joined, &[unknown("device")]),
            false,
        ),
        ("domainJoinedDevice", with(&[enrolment, claims]), false),
    ];
    for (control, request, holds) in rows {
        let verdict = decide(&enforced(&[control]), &request)["verdict"].clone();
        assert_eq!(
            verdict,
            if holds { "grant" } else { "deny" },
            "{control} {request}"
        );
    }
}

#[test]
fn what_is_missing_is_ordered_and_absorbed() {
    let rows: Vec<(&[&str], Value)> = vec![
        (
            &["custom:c", "terms:t", "verifiedID", "passwordChange", "mfa"],
            json!([
                ["mfa"],
                ["passwordChange"],
                ["verifiedID"],
                ["terms:t"],
                ["custom:c"]
            ]),
        ),
        (
            &["strength:B", "strength:a", "mfa"],
            json!([["mfa"], ["strength:a"], ["strength:B"]]),
        ),
        // A longer clause that contains a shorter one is dropped, in whatever order they come.
        (&["mfa|compliantDevice", "mfa"], json!([["mfa"]])),
        (
            &["mfa", "compliantDevice|mfa", "compliantDevice|mfa|terms:t"],
            json!([["mfa"]]),
        ),
        (
            &["mfa|terms:t|custom:c", "terms:t|custom:c"],
            json!([["terms:t", "custom:c"]]),
        ),
        // Rank of the first alternative, then length, then the rest.
        (
            &[
                "compliantDevice|terms:t",
                "terms:t|mfa|custom:c",
                "mfa|custom:d",
            ],
            json!([
                ["mfa", "custom:d"],
                ["mfa", "terms:t", "custom:c"],
                ["compliantDevice", "terms:t"]
            ]),
        ),
        (
            &["domainJoinedDevice|mfa", "compliantDevice|mfa"],
            json!([["mfa", "compliantDevice"], ["mfa", "domainJoinedDevice"]]),
        ),
    ];
    for (clauses, missing) in rows {
        assert_eq!(
            decide(&enforced(clauses), &with(&[]))["missing"],
            missing,
            "{clauses:?}"
        );
        // Spread over policies it is the same.
        let rows: Vec<Row<'_>> = clauses
            .iter()
            .map(|clause| {
                (
                    State::Enabled,
                    TargetClass::Other,
                    std::slice::from_ref(clause),
                )
            })
            .collect();
        assert_eq!(
            decide(&policies(&rows), &with(&[]))["missing"],
            missing,
            "{clauses:?}"
        );
    }
}

#[test]
fn report_only_policies_change_only_what_is_reported() {
    let apps = TargetClass::Apps;
    let engine = policies(&[
        (State::Enabled, apps, &["mfa"]),
        (State::ReportOnly, apps, &["compliantDevice"]),
        (State::ReportOnly, apps, &["terms:t"]),
        (State::ReportOnly, apps, &["mfa"]),
        (State::ReportOnly, apps, &["block"]),
        (State::Disabled, apps, &["block"]),
    ]);
    let found = decide(&engine, &satisfied(&["mfa"]));
    assert_eq!(found["verdict"], "grant");
    assert_eq!(
        found["reportOnly"],
        json!({"verdict": "block", "missing": []})
    );
    let results: Vec<&str> = found["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| policy["result"].as_str().unwrap())
        .collect();
    let expected = [
        "success",
        "reportOnlyFailure",
        "reportOnlyInterrupted",
        "reportOnlySuccess",
    ];
    assert_eq!(results[..4], expected);
    assert_eq!(results[4..], ["reportOnlyFailure", "notEnabled"]);
    let disabled = &found["policies"][5];
    assert_eq!(disabled["policyApplies"], false);
    assert_eq!(disabled["allReasons"], json!(["policyNotEnabled"]));

    let engine = policies(&[(State::ReportOnly, apps, &["mfa"])]);
    let found = decide(&engine, &with(&[]));
    assert_eq!(found["verdict"], "notApplicable");
    assert_eq!(
        found["reportOnly"],
        json!({"verdict": "interrupt", "missing": [["mfa"]]})
    );
}

#[test]
fn strengths_for_registration_stand_in_for_those_for_resources() {
    let (apps, action) = (TargetClass::Apps, TargetClass::SecurityInfo);
    let all: &[&str] = &["strength:all", "terms:t"];
    let own: &[&str] = &["strength:own"];
    let register = |changes: &[(&str, Value)]| {
        let mut request = with(changes);
        request["signInContext"] = json!({"userAction": "registerSecurityInformation"});
        request
    };
    let proved = [("claims.satisfied", json!(["strength:own", "terms:t"]))];
    let enabled = policies(&[(State::Enabled, apps, all), (State::Enabled, action, own)]);
    assert_eq!(decide(&enabled, &register(&proved))["verdict"], "grant");
    // Terms still add up, and the action's own strength must hold.
    let found = decide(&enabled, &register(&[]));
    assert_eq!(found["missing"], json!([["strength:own"], ["terms:t"]]));
    // Elsewhere, nothing is replaced.
    assert_eq!(
        decide(&enabled, &with(&proved))["missing"],
        json!([["strength:all"]])
    );
    let mut device = with(&proved);
    device["signInContext"] = json!({"userAction": "registerOrJoinDevices"});
    assert_eq!(
        decide(&enabled, &device)["missing"],
        json!([["strength:all"]])
    );
    // A policy for the action without a strength replaces nothing.
    let plain = policies(&[
        (State::Enabled, apps, all),
        (State::Enabled, action, &["mfa"]),
    ]);
    let found = decide(
        &plain,
        &register(&[("claims.satisfied", json!(["mfa", "terms:t"]))]),
    );
    assert_eq!(found["missing"], json!([["strength:all"]]));
    // One that is only reported replaces only in what is reported.
    let reported = policies(&[
        (State::Enabled, apps, all),
        (State::ReportOnly, action, own),
        (State::ReportOnly, apps, all),
    ]);
    let found = decide(&reported, &register(&proved));
    assert_eq!(found["verdict"], "interrupt");
    assert_eq!(found["reportOnly"]["verdict"], "grant");
    assert_eq!(found["policies"][0]["result"], "failure");
    assert_eq!(found["policies"][2]["result"], "reportOnlySuccess");
}

fn frequency(interval: FrequencyInterval, is_secondary: bool) -> SessionControls {
    let authentication = match is_secondary {
        true => FrequencyAuthentication::Secondary,
        false => FrequencyAuthentication::PrimaryAndSecondary,
    };
    let sign_in_frequency = Some(SignInFrequency {
        interval,
        authentication,
    });
    SessionControls {
        sign_in_frequency,
        ..SessionControls::default()
    }
}

fn merged(sessions: &[SessionControls]) -> Value {
    let mut sample = Sample::entra();
    for (at, session) in sessions.iter().enumerate() {
        let number = sample.session(session.clone());
        sample
            .policy(&format!("P{at}"), State::Enabled, &[])
            .session = Some(number);
    }
    decide(&engine(sample.finish()), &with(&[]))["session"].clone()
}

#[test]
fn the_strictest_session_controls_win_in_any_order() {
    use FrequencyInterval::{Days, EveryTime, Hours};
    let times = |value: u32, unit: &str, kind: &str| {
        json!({"isEnabled": true, "frequencyInterval": "timeBased", "value": value, "type": unit,
            "authenticationType": kind})
    };
    let (both, second) = (
        "primaryAndSecondaryAuthentication",
        "secondaryAuthentication",
    );
    let every = json!({"isEnabled": true, "frequencyInterval": "everyTime", "value": null,
        "type": null, "authenticationType": both});
    let none = SessionControls::default();
    let browser = |mode| SessionControls {
        persistent_browser: Some(mode),
        ..none.clone()
    };
    let cloud = |mode| SessionControls {
        cloud_app_security: Some(mode),
        ..none.clone()
    };
    let access = |mode| SessionControls {
        continuous_access_evaluation: Some(mode),
        ..none.clone()
    };
    let profile = |ids: &[&str]| SessionControls {
        filtering_profiles: ids.iter().map(|id| (*id).to_owned()).collect(),
        ..none.clone()
    };
    let switches = SessionControls {
        application_enforced_restrictions: true,
        disable_resilience_defaults: true,
        secure_sign_in_session: true,
        ..none.clone()
    };
    let rows: Vec<(Vec<SessionControls>, Value)> = vec![
        (vec![], json!({})),
        (
            vec![frequency(Hours(9), false), frequency(Hours(4), false)],
            json!({"signInFrequency": times(4, "hours", both)}),
        ),
        (
            vec![frequency(Days(1), false), frequency(Hours(24), false)],
            json!({"signInFrequency": times(24, "hours", both)}),
        ),
        (
            vec![frequency(Days(1), false), frequency(Hours(25), false)],
            json!({"signInFrequency": times(1, "days", both)}),
        ),
        (
            vec![frequency(Hours(1), false), frequency(EveryTime, false)],
            json!({"signInFrequency": every}),
        ),
        (
            vec![frequency(Hours(3), true)],
            json!({"signInFrequency": times(3, "hours", second)}),
        ),
        (
            vec![frequency(Hours(3), true), frequency(Hours(4), false)],
            json!({"signInFrequency": times(4, "hours", both),
                "secondarySignInFrequency": times(3, "hours", second)}),
        ),
        (
            vec![frequency(Hours(24), true), frequency(Days(1), false)],
            json!({"signInFrequency": times(1, "days", both)}),
        ),
        (
            vec![
                browser(PersistentBrowser::Always),
                browser(PersistentBrowser::Never),
            ],
            json!({"persistentBrowser": {"isEnabled": true, "mode": "never"}}),
        ),
        (
            vec![
                cloud(CloudAppSecurity::MonitorOnly),
                cloud(CloudAppSecurity::McasConfigured),
            ],
            json!({"cloudAppSecurity":
                {"isEnabled": true, "cloudAppSecurityType": "mcasConfigured"}}),
        ),
        (
            vec![
                cloud(CloudAppSecurity::McasConfigured),
                cloud(CloudAppSecurity::BlockDownloads),
            ],
            json!({"cloudAppSecurity":
                {"isEnabled": true, "cloudAppSecurityType": "blockDownloads"}}),
        ),
        (
            vec![
                access(ContinuousAccess::Disabled),
                access(ContinuousAccess::StrictEnforcement),
            ],
            json!({"continuousAccessEvaluation": {"mode": "strictEnforcement"}}),
        ),
        (
            vec![
                access(ContinuousAccess::StrictLocation),
                access(ContinuousAccess::Disabled),
            ],
            json!({"continuousAccessEvaluation": {"mode": "strictLocation"}}),
        ),
        (
            vec![switches, none.clone()],
            json!({"applicationEnforcedRestrictions": {"isEnabled": true},
                "disableResilienceDefaults": true, "secureSignInSession": {"isEnabled": true}}),
        ),
        (
            vec![profile(&["b"])],
            json!({"globalSecureAccessFilteringProfile": {"isEnabled": true, "profileId": "b"}}),
        ),
        (
            vec![profile(&["b"]), profile(&["A"]), profile(&["b"])],
            json!({"globalSecureAccessFilteringProfile":
                {"isEnabled": true, "profileIds": ["A", "b"]}}),
        ),
    ];
    for (mut sessions, expected) in rows {
        assert_eq!(merged(&sessions), expected, "{sessions:?}");
        sessions.reverse();
        assert_eq!(merged(&sessions), expected, "{sessions:?}");
    }
}

#[test]
fn session_controls_come_from_applying_enforced_policies_whatever_the_verdict() {
    let mut sample = Sample::entra();
    let client = sample.text("signIn.client", &["other"]);
    let other = sample.test(Reason::ClientApps, client, 1);
    let hours =
        [1, 2, 3].map(|hours| sample.session(frequency(FrequencyInterval::Hours(hours), false)));
    sample.policy("Report", State::ReportOnly, &[]).session = Some(hours[0]);
    sample.policy("Elsewhere", State::Enabled, &[other]).session = Some(hours[1]);
    let policy = sample.policy("Block", State::Enabled, &[]);
    policy.is_block = true;
    policy.session = Some(hours[2]);
    let found = decide(&engine(sample.finish()), &with(&[]));
    assert_eq!(found["verdict"], "block");
    assert_eq!(found["session"]["signInFrequency"]["value"], 3);
}

#[test]
fn a_missing_fact_decides_by_mode() {
    let mut sample = Sample::entra();
    let risk = sample.text("signIn.risk", &["high"]);
    let client = sample.text("signIn.client", &["browser", "other"]);
    let high = sample.test(Reason::SignInRisk, risk, 1);
    let other = sample.test(Reason::ClientApps, client, 2);
    sample.policy("Risky", State::Enabled, &[high]).is_block = true;
    sample
        .policy("Risky legacy", State::Enabled, &[high, other])
        .is_block = true;
    let engine = engine(sample.finish());
    let found = report(&engine, &with(&[]), Mode::Graph, false);
    assert_eq!(found["verdict"], "notApplicable");
    assert_eq!(found["mode"], "graph");
    assert_eq!(
        found["policies"][0]["analysisReasons"],
        "notEnoughInformation"
    );
    let reasons = json!(["clientApps", "notEnoughInformation"]);
    assert_eq!(found["policies"][1]["allReasons"], reasons);
    assert_eq!(found["policies"][1]["analysisReasons"], "clientApps");

    let found = report(&engine, &with(&[]), Mode::Pessimistic, false);
    assert_eq!(found["verdict"], "block");
    assert_eq!(found["mode"], "pessimistic");
    assert_eq!(found["policies"][0]["analysisReasons"], "notSet");
    assert_eq!(
        found["policies"][0]["allReasons"],
        json!(["notEnoughInformation"])
    );
    assert_eq!(found["policies"][1]["policyApplies"], false);
}
