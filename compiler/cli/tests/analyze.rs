//! `gatewright analyze` as scripts and readers of its page meet it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{run, run_with_input};
use serde_json::{Value, json};

const NAMES: &str = r#"
group BreakGlass = "d1f3c0de-0000-4000-8000-00000000b6e1"
group Robots     = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
"#;

/// What is found in policies, and the exit code.
#[track_caller]
fn analyzed(policies: &str, options: &[&str]) -> (Value, i32) {
    let mut args = vec!["analyze", "-", "--format", "json"];
    args.extend(options);
    let ran = run_with_input(&args, &format!("{NAMES}\n{policies}"));
    let found: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}", ran.err));
    assert_eq!(found["disagreements"], serde_json::json!([]), "{policies}");
    (found, ran.code)
}

/// The kinds of findings, with the first policy of each.
fn kinds(found: &Value) -> Vec<(&str, &str)> {
    let findings = found["findings"].as_array().unwrap().iter();
    findings
        .map(|one| {
            (
                one["kind"].as_str().unwrap(),
                one["policies"][0].as_str().unwrap(),
            )
        })
        .collect()
}

const EVERYBODY: &str = r#"policy "A" { state enabled users all apps all require mfa }
"#;

#[test]
fn a_policy_that_others_repeat_is_a_note_with_its_certificate() {
    let policies =
        format!("{EVERYBODY}policy \"B\" {{ state enabled users all apps office365 require mfa }}");
    let (found, code) = analyzed(&policies, &[]);
    assert_eq!(kinds(&found), [("changesNothing", "B")]);
    assert_eq!(found["findings"][0]["because"], serde_json::json!(["A"]));
    assert_eq!(code, 0, "a note is nothing wrong");
}

#[test]
fn an_exclusion_that_nobody_makes_up_for_is_a_warning_with_a_sign_in() {
    let policies =
        "policy \"A\" { state enabled users all except groups [Robots] apps all require mfa }";
    let (found, code) = analyzed(policies, &[]);
    assert_eq!(kinds(&found), [("exclusionLeavesHole", "A")]);
    let witness = found["findings"][0]["witness"]["sentence"]
        .as_str()
        .unwrap();
    assert!(witness.contains("Robots"), "{witness}");
    assert_eq!(code, 2);
    let (found, _) = analyzed(policies, &["--break-glass", "robots"]);
    assert_eq!(
        kinds(&found),
        [],
        "who gets in whatever happens is meant to be left out"
    );
}

#[test]
fn a_platform_that_the_service_does_not_know_escapes() {
    let policies =
        "policy \"A\" { state enabled users all apps all platforms [windows, macOS] require mfa }";
    let (found, _) = analyzed(policies, &[]);
    assert!(kinds(&found).contains(&("canBeDodged", "A")), "{found:#}");
}

#[test]
fn a_requirement_of_a_legacy_client_blocks() {
    let policies = "policy \"A\" { state enabled users all apps all \
        clients [exchangeActiveSync, other] require mfa }";
    let (found, _) = analyzed(policies, &[]);
    assert_eq!(kinds(&found), [("cannotBeMet", "A")]);
}

#[test]
fn whoever_is_to_get_in_and_can_be_kept_out_is_told() {
    let policies = "policy \"A\" { state enabled users groups [Robots] apps all block }";
    let (found, code) = analyzed(policies, &["--break-glass", "BreakGlass"]);
    assert_eq!(found["lockOut"][0]["verdict"], "refuted");
    assert_eq!(found["lockOut"][0]["by"], serde_json::json!(["A"]));
    assert_eq!(code, 2);
}

#[test]
fn the_gap_of_a_set_is_where_it_does_not_apply() {
    let (found, _) = analyzed(EVERYBODY, &[]);
    let gaps = found["gaps"]["items"].as_array().unwrap();
    assert!(!gaps.is_empty());
    for gap in gaps {
        let sentence = gap["sentence"].as_str().unwrap();
        let is_of_target =
            sentence.contains("what is asked for") || sentence.contains("the user action");
        assert!(is_of_target, "{gap:#}");
    }
    assert_eq!(found["matrix"]["rows"][0]["cells"][0][0]["access"], "mfa");
    let (found, _) = analyzed(EVERYBODY, &["--by-persona"]);
    assert_eq!(found["gaps"]["items"][0]["persona"], "Members");
}

const CORNERS: &str = r#"
    group Rooms = "10000000-0000-4000-8000-000000000002"
    group Finance = "10000000-0000-4000-8000-000000000003"
    app Payroll = "20000000-0000-4000-8000-000000000001"
    policy "Everybody" { state enabled users all except groups [Robots, Rooms] apps all
        require mfa }
    policy "Money" { state enabled users groups [Finance] apps [Payroll] require mfa }
    policy "Risk" { state enabled users all apps all signInRisk [high] block }
"#;

#[test]
fn gaps_that_differ_in_one_fact_are_one_and_say_which_corners_they_lack() {
    let (found, _) = analyzed(
        CORNERS,
        &["--break-glass", "10000000-0000-4000-8000-0000000000ff"],
    );
    let gaps = &found["gaps"];
    assert_eq!(gaps["complete"], true);
    let sentences: Vec<&str> = gaps["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["sentence"].as_str().unwrap())
        .collect();
    let [people, target, registering] = sentences[..] else {
        panic!("{sentences:#?}");
    };
    assert_eq!(
        people,
        "the user is in the group Rooms, or the user is in the group Robots"
    );
    assert!(
        target.starts_with("what is asked for is not a resource"),
        "{target}"
    );
    assert_eq!(
        registering,
        format!("{people}; the user action is registering security information")
    );
    let gap = &gaps["items"][0];
    assert_eq!(
        gap["unless"],
        json!(["the user is in the group Finance, and the sign-in reaches Payroll"])
    );
    let regions = gap["regions"].as_array().unwrap();
    assert_eq!(regions.len(), 2);
    for region in regions {
        let facts = region["facts"].as_array().unwrap();
        assert!(
            facts
                .iter()
                .any(|fact| fact["says"] == "the sign-in risk is not high")
        );
        assert_eq!(region["without"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn what_cannot_be_analysed_is_an_error() {
    let ran = run_with_input(&["analyze", "-", "--break-glass", "Nobody"], EVERYBODY);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("no user or group `Nobody`"), "{}", ran.err);
    assert_eq!(run_with_input(&["analyze", "-"], "policy").code, 3);
}

#[test]
fn the_page_has_every_section_and_balanced_tags() {
    let name = format!("gatewright-analyze-{}.html", std::process::id());
    let path = std::env::temp_dir().join(name);
    let file = path.to_string_lossy().into_owned();
    let ran = run(&[
        "analyze",
        "examples/meridian",
        "--report",
        &file,
        "--now",
        "2026-11-22T09:00:00Z",
    ]);
    assert!([0, 2].contains(&ran.code), "{}", ran.err);
    let page = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    for section in [
        "coverage",
        "gaps",
        "lock-out",
        "findings",
        "invariants",
        "policies",
    ] {
        assert!(
            page.contains(&format!("<section id=\"{section}\"")),
            "{section}"
        );
    }
    for words in [
        "2026-11-22",
        "Who gets in at Meridian, and how",
        "blake3:",
        "BreakGlass",
    ] {
        assert!(page.contains(words), "{words}");
    }
    balanced(&page);
}

/// Every element that begins ends, and in order.
#[track_caller]
fn balanced(page: &str) {
    const VOID: [&str; 4] = ["meta", "br", "input", "!DOCTYPE"];
    let mut open: Vec<&str> = Vec::new();
    let body = page.replace("</style>", "<x></style>");
    let mut is_style = false;
    for part in body.split('<').skip(1) {
        let tag = part.split('>').next().unwrap();
        let name = tag.split_whitespace().next().unwrap_or_default();
        if is_style && name != "/style" || VOID.contains(&name) {
            continue;
        }
        is_style = name == "style";
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{part}"),
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn gaps_are_not_said_to_be_none_where_nobody_looks_for_them() {
    let ran = run(&["analyze", "examples/payments"]);
    assert!(ran.out.contains("not looked for"), "{}", ran.out);
    assert!(!ran.out.contains("there are none"), "{}", ran.out);
    let ran = run(&["analyze", "examples/payments", "--format", "json"]);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["gaps"]["complete"], false);
}
