//! `gatewright eval --explain`: why, and what would have to be different.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{run, run_with_input};
use serde_json::Value;

const CONTOSO: &[&str] = &[
    "eval",
    "examples/contoso",
    "--request",
    "examples/contoso/signins.json",
    "--explain",
];

#[test]
fn each_change_that_is_told_is_a_request_that_is_decided_so() {
    let ran = run(&[CONTOSO, &["--format", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let decisions: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    let mut count = 0;
    for decision in &decisions {
        let explanation = &decision["explanation"];
        assert!(
            !explanation["because"].as_array().unwrap().is_empty(),
            "{decision:#}"
        );
        // What the engine knows stays.
        assert!(explanation["isForced"].is_boolean(), "{decision:#}");
        for change in explanation["changes"].as_array().unwrap() {
            let args = [
                "eval",
                "examples/contoso",
                "--request",
                "-",
                "--format",
                "json",
            ];
            let again = run_with_input(&args, &change["request"].to_string());
            let again: Value = serde_json::from_str(&again.out).unwrap();
            assert_eq!(again["verdict"], change["verdict"], "{change:#}");
            assert_eq!(again["missing"], change["missing"], "{change:#}");
            assert_ne!(again["verdict"], decision["verdict"]);
            count += 1;
        }
    }
    assert!(count > 3, "{count}");
}

#[test]
fn people_read_why_and_what_would_help() {
    let ran = run(CONTOSO);
    for words in [
        "  because    the client is another legacy client (other clients)",
        "             the user is not in the group BreakGlass",
        "  would be asked for mfa if the client were a browser",
        "  would be granted if the device were compliant",
        "  would be granted if the address lay in Offices",
        "  for another person: would be granted if the user were not a guest",
    ] {
        assert!(
            ran.out.contains(words),
            "{words} is missing in\n{}",
            ran.out
        );
    }
}

#[test]
fn under_a_schema_of_ones_own_weaker_effects_are_better() {
    let request = "examples/payments/requests.json";
    let args = [
        "eval",
        "examples/payments",
        "--request",
        request,
        "--explain",
    ];
    let ran = run(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("  because    "), "{}", ran.out);
    assert!(
        ran.out.contains("  would come to approve if "),
        "{}",
        ran.out
    );
}

/// A request with the values that some facts have in another one.
fn with(request: &Value, other: &Value, facts: &[&Value]) -> Value {
    let mut changed = request.clone();
    for fact in facts {
        let name = fact["fact"].as_str().unwrap();
        let (entity, attribute) = name.split_once('.').unwrap();
        match other[entity].get(attribute) {
            Some(value) => changed[entity][attribute] = value.clone(),
            None => drop(changed[entity].as_object_mut().unwrap().remove(attribute)),
        }
    }
    changed
}

#[test]
fn under_a_schema_of_ones_own_a_change_does_and_no_part_of_it() {
    let path = "examples/payments/requests.json";
    let args = ["eval", "examples/payments", "--format", "json", "--request"];
    let ran = run(&[args.as_slice(), &[path, "--explain"]].concat());
    let decisions: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    let requests = std::fs::read_to_string(common::root().join(path)).unwrap();
    let requests: Vec<Value> = serde_json::from_str(&requests).unwrap();
    let verdict = |request: &Value| -> Value {
        let ran = run_with_input(&[args.as_slice(), &["-"]].concat(), &request.to_string());
        let decision: Value = serde_json::from_str(&ran.out).unwrap();
        decision["verdict"].clone()
    };
    let (mut wholes, mut parts) = (0, 0);
    for (decision, request) in decisions.iter().zip(&requests) {
        let changes = decision["explanation"]["changes"].as_array().unwrap();
        for change in changes {
            let facts: Vec<&Value> = change["facts"].as_array().unwrap().iter().collect();
            let whole = with(request, &change["request"], &facts);
            assert_eq!(verdict(&whole), change["verdict"], "{change:#}");
            wholes += 1;
            for left_out in 0..facts.len() {
                let mut part = facts.clone();
                part.remove(left_out);
                let part = with(request, &change["request"], &part);
                assert_eq!(verdict(&part), decision["verdict"], "{part:#}");
                parts += 1;
            }
        }
    }
    assert!(wholes >= 3 && parts > wholes, "{wholes} {parts}");
}

#[test]
fn facts_of_one_set_are_told_together() {
    let ran = run(CONTOSO);
    for words in [
        "  because    multifactor authentication has been completed",
        "             the address is 203.0.113.20 (Offices)",
        "             the user is in none of the groups BreakGlass and Kiosks",
        "             the sign-in reaches Office365, and no resource that is Payroll or Deployment",
        "  missing    strength Phishing-resistant MFA",
    ] {
        assert!(
            ran.out.contains(words),
            "{words} is missing in\n{}",
            ran.out
        );
    }
}

#[test]
fn of_a_device_that_nobody_knows_that_is_what_decides() {
    let request = r#"{"signInIdentity": {"userId": "11111111-0000-4000-8000-000000000001"},
        "signInContext": {"includeApplications": ["00000002-0000-0ff1-ce00-000000000000"]},
        "signInConditions": {"clientAppType": "browser"},
        "directory": {"groups": [], "roles": []}, "unknown": ["device"]}"#;
    let path = "examples/exported/policies.json";
    let ran = run_with_input(&["eval", path, "--request", "-", "--explain"], request);
    let words = "whether the device is compliant is not known";
    assert!(ran.out.contains(words), "{}\n{}", ran.out, ran.err);
}

#[test]
fn of_a_bundle_without_sources_the_engine_tells_what_it_knows() {
    let name = format!("gatewright-because-{}.gwb", std::process::id());
    let bundle = std::env::temp_dir().join(name);
    let path = bundle.to_string_lossy().into_owned();
    let built = run(&[
        "build",
        "examples/contoso",
        "-o",
        &path,
        "--without-sources",
    ]);
    assert_eq!(built.code, 0, "{}", built.err);
    let request = "examples/contoso/signins.json";
    let ran = run(&["eval", &path, "--request", request, "--explain"]);
    std::fs::remove_file(&bundle).unwrap();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("need the sources"), "{}", ran.err);
    assert!(ran.out.contains("  forced by  "), "{}", ran.out);
    assert!(!ran.out.contains("  because  "), "{}", ran.out);
}
