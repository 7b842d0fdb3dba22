//! Which edges of the diagrams tests cover.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod common;

use common::{project, ran_with};
use gatewright_runtime::ReadOptions;
use gatewright_scenario::{Coverage, Options, PolicyEdge, human, json};

const POLICIES: &str = r#"
group    BreakGlass = "d1f3c0de-0000-4000-8000-00000000b6e1"
group    Finance    = "8f6f3d0a-0000-4000-8000-0000000f1a0c"
app      Payroll    = "5d0c9f5e-0000-4000-8000-000000009a11"
location Offices    = trusted ranges [203.0.113.0/24]

policy "Platforms" {
    state enabled users all apps [Payroll]
    platforms [android, iOS, windows, macOS]
    require mfa }
policy "Exclusion" {
    state reportOnly users groups [Finance] except groups [BreakGlass] apps [Payroll]
    locations all except [Offices]
    clients [browser]
    devices except device.isCompliant -eq True
    require mfa }
policy "Off" { state disabled users all apps all block }
"#;

const USER: &str = "user app Payroll client browser ip 198.51.100.7 country NL platform windows";

#[track_caller]
fn covered(steps: &[&str]) -> (Coverage, String) {
    let steps: String = steps
        .iter()
        .map(|given| format!("given {{ {given} }} expect {{ not applied [\"Off\"] }}\n"))
        .collect();
    let project = project(&format!("{POLICIES}\ntest \"t\" {{ {steps} }}"));
    let options = Options {
        coverage: true,
        ..Options::default()
    };
    let run = ran_with(&project, &options);
    let text = human(&run, &project.sources);
    let json = json(&run, &project.sources);
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    (run.coverage.unwrap(), text)
}

fn open<'c>(coverage: &'c Coverage, policy: &str) -> Vec<&'c str> {
    let seen = coverage.policies.iter().find(|seen| seen.policy == policy);
    let place = seen.unwrap().place;
    let open = coverage.uncovered().filter(|edge| edge.policy == place);
    open.map(|edge| edge.what.as_str()).collect()
}

#[test]
fn a_platform_that_no_test_has_is_named() {
    let (coverage, text) = covered(&[USER, "app ExchangeOnline"]);
    assert_eq!(
        open(&coverage, "Platforms"),
        ["`signIn.platform` is windowsPhone, linux or no known value"]
    );
    assert!(
        text.contains(
            "devicePlatform: no test in which `signIn.platform` is windowsPhone, linux or no \
             known value"
        ),
        "{text}"
    );
    assert_eq!(coverage.count_of(0), (3, 4));
    let (coverage, _) = covered(&[USER, "app ExchangeOnline", "app Payroll platform linux"]);
    assert_eq!(open(&coverage, "Platforms"), Vec::<&str>::new());
}

#[test]
fn only_what_was_asked_in_time_is_covered() {
    // From the offices the policy does not apply: nothing more is asked.
    let compliant = "device [isCompliant True]";
    let office = USER.replace("198.51.100.7", "203.0.113.9");
    let (coverage, text) = covered(&[&format!("{office} {compliant}")]);
    let device = "`device.isCompliant` is true";
    assert!(open(&coverage, "Exclusion").contains(&device), "{text}");
    assert!(!text.contains(device), "{text}");
    assert!(text.contains("more, most of them behind these"), "{text}");
    let (coverage, _) = covered(&[&format!("{USER} {compliant}")]);
    assert!(!open(&coverage, "Exclusion").contains(&device));
}

#[test]
fn missing_facts_disabled_policies_and_other_kinds_of_sign_ins_do_not_count() {
    let (coverage, _) = covered(&["user app Payroll unknown [groups]"]);
    for edge in &coverage.edges {
        assert_ne!(edge.policy, 2, "disabled: {edge:?}");
        assert!(!edge.what.contains("signIn.identity"), "{edge:?}");
        let space = &coverage.decisions().space;
        assert!(!edge.classes.contains(space.known(edge.variable)));
    }
    assert!(
        open(&coverage, "Exclusion")
            .iter()
            .any(|what| what.ends_with("has Finance"))
    );
    // The client is a closed list: nothing else can come.
    let (coverage, _) = covered(&[USER]);
    let client = coverage
        .edges
        .iter()
        .filter(|edge| edge.what.contains("signIn.client"));
    let client: Vec<&str> = client.map(|edge| edge.what.as_str()).collect();
    let others = "`signIn.client` is easSupported, exchangeActiveSync, other or \
                  mobileAppsAndDesktopClients";
    assert!(client.contains(&others), "{client:?}");
}

#[test]
fn places_are_those_of_the_question() {
    let project = project(&format!(
        "{POLICIES}\ntest \"t\" {{ given {{ {USER} }} expect {{ interrupt }} }}"
    ));
    let options = Options {
        coverage: true,
        ..Options::default()
    };
    let coverage = ran_with(&project, &options).coverage.unwrap();
    let text = |edge: &PolicyEdge| project.sources.text(edge.span).to_owned();
    let find = |what: &str| {
        let mut edges = coverage.edges.iter();
        text(edges.find(|edge| edge.what == what).unwrap())
    };
    assert_eq!(find("`user.groups` has BreakGlass"), "BreakGlass");
    assert!(find("`location.ip` is from 203.0.113.0 to 203.0.113.255").starts_with("locations"));
}

#[test]
fn the_edges_that_another_sign_in_takes_are_told() {
    let (coverage, _) = covered(&[USER]);
    let request = r##"{
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": "u"},
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": ["5d0c9f5e-0000-4000-8000-000000009a11"]
        },
        "signInConditions": {"clientAppType": "browser", "devicePlatform": "linux"}
    }"##;
    let taken = coverage.taken_by(request, &ReadOptions::default());
    let taken: Vec<&PolicyEdge> = taken.iter().map(|row| &coverage.edges[*row]).collect();
    let linux = "`signIn.platform` is windowsPhone, linux or no known value";
    let new = taken.iter().filter(|edge| !edge.is_covered);
    let new: Vec<&str> = new.map(|edge| &*edge.what).collect();
    assert_eq!(new, [linux], "{taken:#?}");
    assert!(coverage.taken_by("{", &ReadOptions::default()).is_empty());
}

#[test]
fn edges_that_no_sign_in_takes_can_be_ruled_out() {
    let (mut coverage, _) = covered(&[USER]);
    let (taken, total) = coverage.count();
    coverage.rule_out(|edge| {
        assert!(!edge.is_covered);
        true
    });
    assert_eq!(coverage.count(), (taken, taken));
    assert_eq!(coverage.ruled_out, total - taken);
    assert!(taken < total && (coverage.percentage() - 100.0).abs() < f64::EPSILON);
}

#[test]
fn outcomes_of_policies_and_conditions_are_noted() {
    let (coverage, _) = covered(&[&format!("{USER} groups [Finance]"), "ip 203.0.113.9"]);
    let outcomes = |policy: &str, what: &str| {
        let mut all = coverage.policies.iter().chain(&coverage.conditions);
        let found = all.find(|seen| seen.policy == policy && seen.what.starts_with(what));
        let outcomes = found.unwrap_or_else(|| panic!("{policy}: {what}")).outcomes;
        (outcomes.held, outcomes.failed)
    };
    assert_eq!(outcomes("Exclusion", "the policy"), (true, true));
    assert_eq!(outcomes("Exclusion", "locations"), (true, true));
    assert_eq!(outcomes("Exclusion", "clients"), (true, false));
    assert_eq!(outcomes("Platforms", "the policy"), (true, false));
}
