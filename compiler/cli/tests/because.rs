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
        "  because    the kind of client is other clients (legacy authentication)",
        "             the user is not in the group BreakGlass",
        "  would be asked for mfa if the kind of client is a browser",
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
    assert!(ran.out.contains("  would be approve if "), "{}", ran.out);
}

#[test]
fn of_a_bundle_the_engine_tells_what_it_knows() {
    let name = format!("gatewright-because-{}.gwb", std::process::id());
    let bundle = std::env::temp_dir().join(name);
    let path = bundle.to_string_lossy().into_owned();
    let built = run(&["build", "examples/contoso", "-o", &path]);
    assert_eq!(built.code, 0, "{}", built.err);
    let request = "examples/contoso/signins.json";
    let ran = run(&["eval", &path, "--request", request, "--explain"]);
    std::fs::remove_file(&bundle).unwrap();
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("need the sources"), "{}", ran.err);
    assert!(ran.out.contains("  forced by  "), "{}", ran.out);
    assert!(!ran.out.contains("  because  "), "{}", ran.out);
}
