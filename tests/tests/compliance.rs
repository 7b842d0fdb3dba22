//! Device compliance from what a device reports to the decision, by every engine.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::model::Unmodelled;
use gatewright_runtime::{Mode, ReportOptions, Request, Scratch};
use gatewright_source::Span;
use gatewright_tests::engines::Subject;
use serde_json::{Value, json};

const SOURCE: &str = r#"
group Staff = "00000000-aaaa-4000-8000-00000000000a"
group Pilot = "00000000-aaaa-4000-8000-00000000000b"
group Spare = "00000000-aaaa-4000-8000-00000000000c"

compliance "Threat" for windows {
    users         groups [Staff] except groups [Spare]
    require       setting.threatLevel -le "low"
    noncompliance pushNotification, retire after 30 days
}
compliance "Version" for windows {
    users   groups [Pilot]
    require setting.osVersion -ge "10.0.22631"
    require setting.bitLockerEnabled -eq True
    grace   1 days
}
compliance "Phones" for androidWorkProfile {
    users   all
    require setting.jailbroken -ne True
}
policy "Compliant devices" {
    state   enabled
    users   all
    apps    all
    require compliantDevice
}
"#;

const STAFF: &str = "00000000-aaaa-4000-8000-00000000000a";
const PILOT: &str = "00000000-aaaa-4000-8000-00000000000b";
const SPARE: &str = "00000000-aaaa-4000-8000-00000000000c";

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

/// The tenant, secure by default or not, that marks devices after a week without a check-in.
fn tenant(is_secure_by_default: bool) -> Subject {
    let manifest = format!(
        "name = \"tenant\"\n[compliance]\nsecure-by-default = {is_secure_by_default}\n\
         check-in-days = 7\n"
    );
    let compilation = compile(&Input {
        files: vec![file("tenant.gate", SOURCE)],
        manifest: Some(file("gatewright.toml", &manifest)),
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    Subject::new(compilation.set).unwrap()
}

/// A member of these groups on Windows at 09:00, whose device management says this.
fn request(groups: &[&str], compliance: Value) -> Value {
    json!({
        "signInIdentity": { "userId": "00000000-aaaa-4000-8000-000000000001" },
        "signInContext": { "includeApplications": ["00000002-0000-0ff1-ce00-000000000000"] },
        "signInConditions": { "clientAppType": "browser", "devicePlatform": "windows" },
        "directory": { "groups": groups, "roles": [] },
        "context": { "now": "2026-11-22T09:00:00Z" },
        "compliance": compliance,
    })
}

fn with(mut request: Value, member: &str, value: Value) -> Value {
    request[member] = value;
    request
}

/// The state of the device and of each policy, and the verdict; every engine has said the same.
fn outcome(subject: &Subject, request: &Value) -> String {
    let decision = subject.decide(request, Mode::Graph);
    let decision = decision.unwrap_or_else(|d| panic!("{d}\n{request}"));
    assert!(!decision.is_null(), "refused: {request}");
    let _ = subject
        .decide(request, Mode::Pessimistic)
        .unwrap_or_else(|d| panic!("{d}\n{request}"));
    let mut said = vec![decision["compliance"]["state"].as_str().unwrap_or("-")];
    for policy in decision["compliance"]["policies"].as_array().unwrap() {
        said.push(match policy["state"].as_str().unwrap() {
            "notApplicable" => "-",
            state => state,
        });
    }
    said.push(decision["verdict"].as_str().unwrap());
    said.join(" ")
}

/// Everybody's groups, what management says, and what comes out where the tenant is not secure by
/// default and where it is.
fn rows() -> Vec<(Vec<&'static str>, Value, &'static str, &'static str)> {
    let fine =
        json!({"threatLevel": "secured", "osVersion": "10.0.22631", "bitLockerEnabled": true});
    let threat = |level: &str| json!({ "settings": { "threatLevel": level } });
    let old = |since: &str| {
        json!({"settings": {"osVersion": "10.0.22630.9", "bitLockerEnabled": true},
            "noncompliantSince": since})
    };
    let seen = |at: &str| json!({ "settings": fine, "lastCheckIn": at });
    let same = |groups: &[&'static str], compliance: Value, all: &'static str| {
        (groups.to_vec(), compliance, all, all)
    };
    let grace = "inGracePeriod - inGracePeriod - grant";
    let late = "noncompliant - noncompliant - deny";
    let fresh = "compliant compliant - - grant";
    vec![
        // The grace is less than 24 hours, to the second.
        same(&[PILOT], old("2026-11-21T09:00:01Z"), grace),
        same(&[PILOT], old("2026-11-21T09:00:00Z"), late),
        same(&[PILOT], old("2026-11-21T08:59:59Z"), late),
        same(&[PILOT], old("2026-12-24T00:00:00Z"), grace),
        // A week without a check-in is still in time, to the second; one ahead is too.
        same(&[STAFF], seen("2026-11-15T09:00:00Z"), fresh),
        same(
            &[STAFF],
            seen("2026-11-15T08:59:59Z"),
            "noncompliant compliant - - deny",
        ),
        same(&[STAFF], seen("2027-01-01T00:00:00Z"), fresh),
        // Every assigned policy counts, and the one without a grace most.
        same(
            &[STAFF, PILOT],
            json!({ "settings": fine }),
            "compliant compliant compliant - grant",
        ),
        same(
            &[STAFF, PILOT],
            json!({"settings": {"threatLevel": "low", "osVersion": "10.0.22631"}}),
            "inGracePeriod compliant inGracePeriod - grant",
        ),
        same(
            &[STAFF, PILOT],
            json!({"settings": {"threatLevel": "high", "osVersion": "10.0.22631"}}),
            "noncompliant noncompliant inGracePeriod - deny",
        ),
        // A setting that is not reported satisfies nothing; `none` and `clear` are the least level.
        same(&[STAFF], json!({}), "noncompliant noncompliant - - deny"),
        same(&[STAFF], threat("Clear"), fresh),
        same(&[STAFF], threat("none"), fresh),
        same(&[STAFF], threat("low"), fresh),
        same(
            &[STAFF],
            threat("medium"),
            "noncompliant noncompliant - - deny",
        ),
        (
            vec![STAFF],
            threat("unavailable"),
            fresh,
            "noncompliant noncompliant - - deny",
        ),
        // Nobody's device: excluded, of no group, of another platform.
        (
            vec![STAFF, SPARE],
            threat("high"),
            "compliant - - - grant",
            "noncompliant - - - deny",
        ),
        (
            vec![],
            threat("high"),
            "compliant - - - grant",
            "noncompliant - - - deny",
        ),
        (
            vec![STAFF],
            json!({"platform": "macOS", "settings": {"threatLevel": "high"}}),
            "compliant - - - grant",
            "noncompliant - - - deny",
        ),
        same(
            &[STAFF],
            json!({"platform": "androidWorkProfile", "settings": {"jailbroken": false}}),
            "compliant - - compliant grant",
        ),
    ]
}

#[test]
fn every_engine_derives_the_state_that_is_written_down() {
    let (open, secure) = (tenant(false), tenant(true));
    for (groups, compliance, of_open, of_secure) in rows() {
        let request = request(&groups, compliance);
        assert_eq!(outcome(&open, &request), of_open, "{request}");
        assert_eq!(outcome(&secure, &request), of_secure, "secure: {request}");
    }
}

#[test]
fn what_is_not_known_decides_only_where_it_matters() {
    let old = json!({"settings": {"osVersion": "10.0.1", "threatLevel": "low"},
        "noncompliantSince": "2026-11-01T00:00:00Z"});
    let fine = json!({"settings": {"threatLevel": "low"}, "lastCheckIn": "2026-11-22T00:00:00Z"});
    let bad = json!({"settings": {"threatLevel": "high"}});
    let both = json!({"settings":
        {"threatLevel": "low", "osVersion": "11.0", "bitLockerEnabled": true}});
    let rows = [
        (
            vec![STAFF],
            &fine,
            "groups",
            "unknown unknown",
            "unknown unknown",
        ),
        (
            vec![STAFF],
            &both,
            "groups",
            "compliant unknown unknown",
            "unknown unknown unknown",
        ),
        (
            vec![STAFF],
            &fine,
            "setting.threatLevel",
            "unknown unknown",
            "unknown unknown",
        ),
        (vec![PILOT], &old, "context.now", "unknown -", "unknown -"),
        (
            vec![STAFF],
            &fine,
            "context.now",
            "unknown compliant",
            "unknown compliant",
        ),
        (
            vec![STAFF],
            &bad,
            "groups",
            "unknown unknown",
            "unknown unknown",
        ),
        (
            vec![STAFF],
            &bad,
            "devicePlatform",
            "unknown unknown",
            "unknown unknown",
        ),
        (
            vec![STAFF],
            &bad,
            "setting.osVersion",
            "noncompliant noncompliant",
            "noncompliant noncompliant",
        ),
        // The policy for phones has nothing against the device, and the others are not for its user.
        (
            vec![],
            &bad,
            "device.managedPlatform",
            "compliant - - unknown",
            "unknown - - unknown",
        ),
    ];
    let tenants = [tenant(false), tenant(true)];
    for (groups, compliance, name, of_open, of_secure) in rows {
        let request = with(
            request(&groups, compliance.clone()),
            "unknown",
            json!([name]),
        );
        for (subject, expected) in tenants.iter().zip([of_open, of_secure]) {
            let said = outcome(subject, &request);
            assert!(said.starts_with(expected), "{said}: {request}");
        }
    }
}

#[test]
fn a_requirement_that_nobody_understands_is_not_known_unless_another_one_fails() {
    let mut set = tenant(false).set;
    set.compliance.policies[0].unmodelled.push(Unmodelled {
        path: vec!["somethingNew".to_owned()],
        json: "true".to_owned(),
        span: Span::default(),
        is_condition: true,
    });
    let subject = Subject::new(set).unwrap();
    for (level, expected) in [
        ("secured", "unknown unknown - - deny"),
        ("high", "noncompliant noncompliant - - deny"),
    ] {
        let compliance = json!({ "settings": { "threatLevel": level } });
        let request = request(&[STAFF], compliance);
        assert_eq!(outcome(&subject, &request), expected, "{level}");
    }
}

#[test]
fn only_user_sign_ins_have_compliance_policies() {
    let mut request = request(&[STAFF], json!({"settings": {"threatLevel": "high"}}));
    request["signInIdentity"] = json!({ "agentServicePrincipalId": "x" });
    assert!(outcome(&tenant(false), &request).starts_with("compliant - - -"));
    assert!(outcome(&tenant(true), &request).starts_with("noncompliant - - -"));
}

#[test]
fn an_explanation_names_the_policy_and_the_requirement() {
    let subject = tenant(false);
    let request = request(
        &[STAFF, PILOT],
        json!({"settings": {"threatLevel": "secured", "osVersion": "10.0.22631"},
            "noncompliantSince": "2026-11-01T00:00:00Z"}),
    );
    let bytes = request.to_string();
    let request = Request::from_json(&subject.engine, bytes.as_bytes()).unwrap();
    let options = ReportOptions {
        mode: Mode::Graph,
        explain: true,
        hash: false,
    };
    let report = subject
        .engine
        .report(&request, &mut Scratch::default(), &options);
    let report = serde_json::to_value(report.unwrap()).unwrap();
    assert_eq!(report["verdict"], "deny");
    let version = &report["compliance"]["policies"][1];
    assert_eq!(version["displayName"], "Version");
    let requirements = report["explanation"]["requirements"].as_array().unwrap();
    assert_eq!(requirements.len(), 1, "{requirements:?}");
    assert_eq!(requirements[0]["policy"], version["id"]);
    assert_eq!(requirements[0]["outcome"], "false");
    let facts = report["explanation"]["facts"].to_string();
    for name in ["setting.bitLockerEnabled", "signIn.now", "user.groups"] {
        assert!(facts.contains(name), "{name}: {facts}");
    }
    assert!(!facts.contains("setting.osVersion"), "{facts}");
}
