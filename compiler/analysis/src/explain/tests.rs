//! Explanations of single sign-ins, and what all of them have to be.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod case;
mod properties;

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::model::PolicySet;
use serde_json::{Value, json};

use super::sign_in::{Point, SignIn, broken_rows};
use super::*;

const OBJECTS: &str = r#"
group    Finance    = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
app      Payroll    = "5d0c9f5e-0000-4000-8000-000000009a11"
location Offices    = trusted ranges [203.0.113.0/24]
location Embargoed  = countries [KP, IR]
strength Keys       = combinations [[fido2]]
"#;

fn set_of(policies: &str) -> PolicySet {
    let file = SourceFile {
        path: "a.gate".to_owned(),
        bytes: format!("{OBJECTS}{policies}").into_bytes(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    compilation.set.clone()
}

fn request(conditions: Value) -> Value {
    let mut known = json!({
        "clientAppType": "browser", "devicePlatform": "windows", "userRiskLevel": "none",
        "signInRiskLevel": "none", "insiderRiskLevel": "none",
    });
    let known_members = known.as_object_mut().unwrap();
    known_members.extend(conditions.as_object().unwrap().clone());
    json!({
        "signInIdentity": {
            "@odata.type": "#microsoft.graph.userSignIn",
            "userId": "11111111-0000-4000-8000-000000000001",
        },
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": ["5d0c9f5e-0000-4000-8000-000000009a11"],
        },
        "signInConditions": known,
        "directory": {"groups": ["8f6f3d0a-0000-4000-8000-0000000f1a0c"]},
    })
}

fn explained(set: &PolicySet, request: &Value) -> Explanation {
    let mut all = explain(set, &[request], &ExplainOptions::default());
    all.pop().unwrap().unwrap()
}

fn texts(explanation: &Explanation) -> Vec<&str> {
    explanation
        .because
        .iter()
        .map(|one| one.text.as_str())
        .collect()
}

fn changes(explanation: &Explanation) -> Vec<String> {
    let changes = explanation.changes.iter();
    changes
        .map(|change| format!("{}: {}", change.verdict, change.text))
        .collect()
}

#[test]
fn a_block_by_country_is_the_country() {
    let set = set_of(
        "policy \"P\" { state enabled users all apps all locations [Embargoed] block }
        policy \"M\" { state enabled users groups [Finance] apps all require mfa }",
    );
    let request = request(json!({"country": "KP", "ipAddress": "198.51.100.1"}));
    let explanation = explained(&set, &request);
    assert_eq!(explanation.verdict, "block");
    assert_eq!(
        texts(&explanation),
        [
            "the country is KP",
            "what is asked for is a resource",
            "who signs in is a user"
        ]
    );
    assert!(explanation.is_smallest);
    let change = &explanation.changes[0];
    assert_eq!(change.verdict, "interrupt");
    assert_eq!(change.missing, [["mfa"]]);
    let text = "the country were neither IR nor KP, or there were no country";
    assert_eq!(change.text, text);
    // What nobody asks about stays as it was.
    assert_eq!(change.request["signInIdentity"], request["signInIdentity"]);
    assert_eq!(
        change.request["signInConditions"]["ipAddress"],
        "198.51.100.1"
    );
}

#[test]
fn a_missing_device_is_told_once_and_a_compliant_one_helps() {
    let set = set_of(
        "policy \"P\" { state enabled users groups [Finance] apps [Payroll] require compliantDevice }",
    );
    let explanation = explained(&set, &request(json!({})));
    assert_eq!(explanation.verdict, "deny");
    let told = texts(&explanation);
    assert!(told.contains(&"the device is not registered"), "{told:?}");
    assert!(
        told.contains(&"the user is in the group Finance"),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|text| text.contains("isCompliant")),
        "{told:?}"
    );
    assert_eq!(changes(&explanation), ["grant: the device were compliant"]);
    let device = &explanation.changes[0].request["signInConditions"]["deviceInfo"];
    assert_eq!(device["isCompliant"], true);
    assert!(!explanation.changes[0].is_about_person);
}

#[test]
fn each_alternative_of_a_clause_is_a_change_of_its_own() {
    let set = set_of(
        "policy \"P\" { state enabled users all apps [Payroll]
            require any [compliantDevice, domainJoinedDevice, mfa] }",
    );
    let explanation = explained(&set, &request(json!({})));
    assert_eq!(explanation.verdict, "interrupt");
    assert_eq!(
        changes(&explanation),
        [
            "grant: multifactor authentication were completed",
            "grant: device.trustType were ServerAD",
            "grant: the device were compliant",
        ]
    );
    let proved = &explanation.changes[0].request["claims"]["satisfied"];
    assert_eq!(*proved, json!(["mfa"]));
}

#[test]
fn a_legacy_client_needs_another_client_before_a_proof() {
    let set = set_of("policy \"P\" { state enabled users all apps all require mfa }");
    let explanation = explained(&set, &request(json!({"clientAppType": "other"})));
    assert_eq!(explanation.verdict, "deny");
    let told = texts(&explanation);
    let client = "the client is another legacy client (other clients)";
    assert!(told.contains(&client), "{told:?}");
    // A legacy client proves nothing, so that nothing was proved goes without saying.
    assert!(
        !told.iter().any(|text| text.contains("completed")),
        "{told:?}"
    );
    let found = changes(&explanation);
    let text = "the client were a browser or a mobile or desktop application";
    assert_eq!(found, [format!("interrupt: {text}")]);
}

#[test]
fn an_interrupt_names_the_proof_and_the_way_around_it() {
    let set = set_of(
        "policy \"P\" { state enabled users all apps all locations all except allTrusted require mfa }",
    );
    let explanation = explained(&set, &request(json!({"ipAddress": "198.51.100.1"})));
    assert_eq!(
        changes(&explanation),
        [
            "grant: multifactor authentication were completed",
            "notApplicable: the address lay in Offices",
        ]
    );
    let because = &explanation.because[0];
    assert_eq!(because.fact, "claims");
    assert_eq!(
        (because.value.clone(), because.holds),
        (Some(json!("mfa")), Some(false))
    );
}

#[test]
fn whoever_has_proved_a_strength_has_proved_what_it_implies() {
    let set = set_of(
        "policy \"K\" { state enabled users all apps all require strength Keys }
        policy \"M\" { state enabled users all apps all require mfa }",
    );
    let asked = explained(&set, &request(json!({})));
    assert_eq!(changes(&asked), ["grant: the strength Keys were satisfied"]);
    let granted = explained(&set, &asked.changes[0].request);
    assert_eq!(granted.verdict, "grant");
    assert_eq!(granted.changes, []);
    let told = texts(&granted);
    assert!(
        told.contains(&"the strength Keys has been satisfied"),
        "{told:?}"
    );
    assert!(
        !told.iter().any(|text| text.contains("multifactor")),
        "{told:?}"
    );
}

#[test]
fn a_missing_fact_is_a_fact() {
    let policy = "policy \"P\" { state enabled users all apps all signInRisk [high] block }";
    let set = set_of(policy);
    let request = request(json!({"signInRiskLevel": null}));
    let graph = explained(&set, &request);
    assert_eq!(graph.verdict, "notApplicable");
    assert_eq!(texts(&graph), ["the sign-in risk is not known"]);
    assert_eq!(graph.because[0].value, None);
    let options = ExplainOptions {
        mode: Mode::Pessimistic,
        ..ExplainOptions::default()
    };
    let pessimistic = explain(&set, &[&request], &options).pop().unwrap().unwrap();
    assert_eq!(pessimistic.verdict, "block");
    // What is not known gets better by being known.
    let text = &pessimistic.changes[0].statements[0].text;
    assert!(text.starts_with("the sign-in risk is "), "{text}");
}

#[test]
fn somebody_else_is_the_last_resort() {
    let set = set_of("policy \"P\" { state enabled users groups [Finance] apps all block }");
    let explanation = explained(&set, &request(json!({})));
    assert!(explanation.changes[0].is_about_person);
    assert_eq!(
        changes(&explanation),
        ["notApplicable: the user were not in the group Finance"]
    );
}

#[test]
fn what_a_sign_in_breaks_itself_is_set_aside_and_said() {
    let set = set_of("policy \"P\" { state enabled users all apps all require compliantDevice }");
    let odd = request(json!({"deviceInfo": {"isCompliant": true}}));
    let explanation = explained(&set, &odd);
    assert_eq!(explanation.verdict, "grant");
    assert!(explanation.set_aside[0].contains("a registered device has a trust type"));
    assert!(texts(&explanation).contains(&"the device is compliant"));
}

#[test]
fn a_mark_without_a_report_is_a_fact() {
    let set = set_of(
        "compliance \"W\" for windows { users all require setting.bitLockerEnabled -eq True }
        policy \"P\" { state enabled users all apps all require compliantDevice }",
    );
    let device = json!({"deviceInfo": {"trustType": "AzureAD", "isCompliant": false}});
    let explanation = explained(&set, &request(device));
    assert_eq!(explanation.set_aside, Vec::<&str>::new());
    assert_eq!(changes(&explanation), ["grant: the device were compliant"]);
}

#[test]
fn what_is_told_of_an_address_is_where_it_is() {
    let set = set_of("policy \"P\" { state enabled users all apps all locations [Offices] block }");
    let told = |address: &str| {
        let explanation = explained(&set, &request(json!({"ipAddress": address})));
        texts(&explanation)[0].to_owned()
    };
    assert_eq!(told("203.0.113.9"), "the address is 203.0.113.9 (Offices)");
    assert_eq!(told("198.51.100.1"), "the address is 198.51.100.1");
}

#[test]
fn a_search_without_means_says_so() {
    let set =
        set_of("policy \"P\" { state enabled users all apps all locations [Embargoed] block }");
    let options = ExplainOptions {
        budget: Budget {
            learnt_max: 0,
            models_max: 0,
        },
        ..ExplainOptions::default()
    };
    let answers = explain(&set, &[&request(json!({"country": "KP"}))], &options);
    assert!(
        matches!(answers[..], [Err(Unexplained::Exhausted(_))]),
        "{answers:?}"
    );
    let broken = explain(&set, &[&json!(1)], &ExplainOptions::default());
    assert!(
        matches!(broken[..], [Err(Unexplained::Unreadable(_))]),
        "{broken:?}"
    );
}
