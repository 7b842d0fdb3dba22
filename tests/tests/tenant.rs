//! What holds for a tenant as a whole: the chain from a threat on a device to access and back,
//! security defaults, and the table in which Microsoft compares the ways to require multifactor
//! authentication.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use gatewright_compiler::{Compilation, Input, SourceFile, compile};
use gatewright_runtime::Mode;
use gatewright_tests::engines::Subject;
use serde_json::{Value, json};

const DEFAULTS: &str = "name = \"t\"\nsecurity-defaults = true\n";
const USER: &str = "00000000-aaaa-4000-8000-000000000001";
const STAFF: &str = "d1f3c0de-0000-4000-8000-0000000057af";
const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
const AZURE: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const DIRECTORY_SYNCHRONIZATION: &str = "d29b2b05-8046-44ba-8758-1e26182fcf32";

fn compiled(manifest: &str, files: &[(&str, &str)]) -> Compilation {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    compile(&Input {
        files: files.iter().map(|(path, text)| file(path, text)).collect(),
        manifest: Some(file("gatewright.toml", manifest)),
        ..Input::default()
    })
}

fn subject(manifest: &str, text: &str) -> Subject {
    let compilation = compiled(manifest, &[("main.gate", text)]);
    assert!(compilation.is_readable(), "{}", compilation.render());
    Subject::new(compilation.set).unwrap()
}

/// What every engine says.
fn verdict(subject: &Subject, request: &Value) -> String {
    let decision = subject.decide(request, Mode::Graph);
    let decision = decision.unwrap_or_else(|found| panic!("{found}"));
    assert!(!decision.is_null(), "refused: {request}");
    decision["verdict"].as_str().unwrap().to_owned()
}

/// A member of this tenant who opens mail in a browser.
fn request() -> Value {
    json!({
        "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn", "userId": USER },
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": [EXCHANGE]
        },
        "signInConditions": {
            "clientAppType": "browser", "devicePlatform": "windows",
            "ipAddress": "203.0.113.20", "country": "NL",
            "userRiskLevel": "none", "signInRiskLevel": "none", "insiderRiskLevel": "none",
            "deviceInfo": null
        },
        "directory": { "groups": [], "roles": [] },
        "context": { "now": "2026-11-22T09:00:00Z" },
        "claims": { "satisfied": [] }
    })
}

/// The request with other values at these places: `["directory", "roles"]`.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut request = request();
    for (path, value) in changes {
        *request
            .pointer_mut(path)
            .unwrap_or_else(|| panic!("{path}")) = value.clone();
    }
    request
}

#[test]
fn a_threat_on_a_device_takes_access_away_and_its_remediation_gives_it_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/device-risk");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let files = [("policies.gate", read("policies.gate"))];
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    let compilation = compiled(&read("gatewright.toml"), &files);
    assert!(
        compilation.diagnostics.is_empty(),
        "{}",
        compilation.render()
    );
    let subject = Subject::new(compilation.set).unwrap();
    let requests: Vec<Value> = serde_json::from_str(&read("signins.json")).unwrap();
    let verdicts: Vec<String> = requests.iter().map(|r| verdict(&subject, r)).collect();
    // The table of the page says the same.
    let page = read("README.md");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(" |"));
    let last = |line: &str| {
        line.trim_end_matches('|')
            .rsplit('|')
            .next()
            .unwrap()
            .trim()
            .to_owned()
    };
    let wanted: Vec<String> = rows.skip(1).map(last).collect();
    assert_eq!(verdicts, wanted);
}

#[test]
fn security_defaults_ask_for_what_they_are_documented_to_ask_for() {
    let compilation = compiled(DEFAULTS, &[]);
    assert!(
        compilation.diagnostics.is_empty(),
        "{}",
        compilation.render()
    );
    let defaults = Subject::new(compilation.set).unwrap();
    let is = |changes: &[(&str, Value)], wanted: &str| {
        assert_eq!(verdict(&defaults, &with(changes)), wanted, "{changes:?}");
    };
    let roles = "/directory/roles";
    is(&[], "notApplicable");
    is(&[(roles, json!([GLOBAL_ADMINISTRATOR]))], "interrupt");
    let proved = ("/claims/satisfied", json!(["mfa"]));
    is(&[(roles, json!([GLOBAL_ADMINISTRATOR])), proved], "grant");
    is(
        &[("/signInConditions/clientAppType", json!("other"))],
        "block",
    );
    is(
        &[(
            "/signInConditions/clientAppType",
            json!("exchangeActiveSync"),
        )],
        "block",
    );
    is(
        &[("/signInContext/includeApplications", json!([AZURE]))],
        "interrupt",
    );
    let context = |members: Value| ("/context", members);
    let now = "2026-11-22T09:00:00Z";
    is(
        &[context(json!({ "now": now, "mfaDeemedNecessary": true }))],
        "interrupt",
    );
    let registered = |first: &str| json!({ "now": now, "mfaRegistered": false, "firstInteractiveSignIn": first });
    is(
        &[context(registered("2026-11-20T09:00:00Z"))],
        "notApplicable",
    );
    is(&[context(registered("2026-11-08T09:00:00Z"))], "block");
    let sync = (roles, json!([DIRECTORY_SYNCHRONIZATION]));
    is(
        &[sync, ("/signInConditions/clientAppType", json!("other"))],
        "notApplicable",
    );
}

#[test]
fn security_defaults_and_policies_exclude_each_other() {
    let policy =
        |state: &str| format!("policy \"P\" {{ state {state} users all apps all require mfa }}\n");
    let codes = |manifest: &str, text: &str| -> Vec<&'static str> {
        let found = compiled(manifest, &[("main.gate", text)]).diagnostics;
        let codes = found.iter().map(|d| d.code.name());
        codes.filter(|code| code.starts_with("GW08")).collect()
    };
    assert_eq!(codes(DEFAULTS, &policy("enabled")), ["GW0805"]);
    assert_eq!(codes(DEFAULTS, &policy("reportOnly")), ["GW0806"]);
    assert_eq!(codes(DEFAULTS, &policy("disabled")), ["GW0806"]);
    let off = "name = \"t\"\nsecurity-defaults = false\n";
    assert_eq!(codes(off, &policy("reportOnly")), ["GW0807"]);
    assert_eq!(codes(off, &policy("enabled")), ["GW0807"]);
    let legacy = "policy \"L\" { state enabled users all apps all clients [other] block }";
    assert!(codes(off, &format!("{}{legacy}", policy("enabled"))).is_empty());
    assert!(codes("name = \"t\"", &policy("reportOnly")).is_empty());
    let json = r##"{"@odata.type": "#microsoft.graph.identitySecurityDefaultsEnforcementPolicy", "isEnabled": true}"##;
    let files = [("defaults.json", json), ("main.gate", &policy("enabled"))];
    let found = compiled("name = \"t\"", &files);
    assert_eq!(found.security_defaults, Some(true));
    assert!(
        found.diagnostics.iter().any(|d| d.code.name() == "GW0805"),
        "{}",
        found.render()
    );
}

// The table of "Compare multifactor authentication policies" (Microsoft Entra, features and
// licenses of multifactor authentication). Rows about sign-in decisions are tests below. The others:
// "Standard set of security rules", "One-click on/off", "Included in Office 365 licensing" and
// "Pre-configured templates" are about administration and licences; the rows about phone, app,
// FIDO2 and hardware tokens are about which methods can be registered; "Authentication and
// authorization policies" is what Conditional Access is.

/// Per-user multifactor authentication, as policies: whoever is enabled is asked at every modern
/// sign-in, and whose state is enforced cannot use legacy clients without an app password.
const PER_USER: &str = r#"
    group Enabled = "d1f3c0de-0000-4000-8000-0000000057af"
    policy "Per user" { state enabled users groups [Enabled] apps all require mfa }
    policy "Per user, legacy" {
        state enabled users groups [Enabled] apps all clients [exchangeActiveSync, other] block
    }
"#;

fn conditional(body: &str) -> Subject {
    let text = format!("policy \"P\" {{ state enabled apps all {body} }}");
    subject("name = \"t\"", &text)
}

fn defaults() -> Subject {
    subject(DEFAULTS, "")
}

const IN_STAFF: &str = "/directory/groups";

#[test]
fn users_can_be_exempted_by_conditional_access_and_per_user_not_by_security_defaults() {
    let exempt = format!("users all except groups [\"{STAFF}\"] require mfa");
    let staff = with(&[(IN_STAFF, json!([STAFF]))]);
    assert_eq!(verdict(&conditional(&exempt), &staff), "notApplicable");
    assert_eq!(
        verdict(&subject("name = \"t\"", PER_USER), &request()),
        "notApplicable"
    );
    let administrator = ("/directory/roles", json!([GLOBAL_ADMINISTRATOR]));
    let staff = with(&[(IN_STAFF, json!([STAFF])), administrator]);
    assert_eq!(verdict(&defaults(), &staff), "interrupt");
}

#[test]
fn legacy_authentication_can_be_blocked_by_all_three() {
    let legacy = |group: Value| {
        with(&[
            ("/signInConditions/clientAppType", json!("other")),
            (IN_STAFF, group),
        ])
    };
    assert_eq!(verdict(&defaults(), &legacy(json!([]))), "block");
    let policy = conditional("users all clients [exchangeActiveSync, other] block");
    assert_eq!(verdict(&policy, &legacy(json!([]))), "block");
    let per_user = subject("name = \"t\"", PER_USER);
    assert_eq!(verdict(&per_user, &legacy(json!([STAFF]))), "block");
}

#[test]
fn new_employees_are_protected_by_defaults_and_conditional_access_not_per_user() {
    let necessary = json!({ "now": "2026-11-22T09:00:00Z", "mfaDeemedNecessary": true });
    let new = with(&[("/context", necessary)]);
    assert_eq!(verdict(&defaults(), &new), "interrupt");
    assert_eq!(
        verdict(&conditional("users all require mfa"), &new),
        "interrupt"
    );
    assert_eq!(
        verdict(&subject("name = \"t\"", PER_USER), &new),
        "notApplicable"
    );
}

#[test]
fn risk_triggers_conditional_access_alone() {
    let risky = with(&[("/signInConditions/signInRiskLevel", json!("high"))]);
    let policy = conditional("users all signInRisk [high] require mfa");
    assert_eq!(verdict(&policy, &risky), "interrupt");
    assert_eq!(verdict(&policy, &request()), "notApplicable");
    for other in [defaults(), subject("name = \"t\"", PER_USER)] {
        assert_eq!(verdict(&other, &risky), verdict(&other, &request()));
    }
}

#[test]
fn location_and_device_matter_to_conditional_access_alone() {
    let elsewhere = with(&[
        ("/signInConditions/ipAddress", json!("198.51.100.7")),
        ("/signInConditions/country", json!("BR")),
        (
            "/signInConditions/deviceInfo",
            json!({ "isCompliant": false }),
        ),
    ]);
    let text = "location Office = ranges [203.0.113.0/24]\n\
                policy \"P\" { state enabled users all apps all locations all except [Office] require mfa }";
    let policy = subject("name = \"t\"", text);
    assert_eq!(verdict(&policy, &elsewhere), "interrupt");
    assert_eq!(verdict(&policy, &request()), "notApplicable");
    let device = conditional("users all devices where device.isCompliant -ne True require mfa");
    assert_eq!(verdict(&device, &elsewhere), "interrupt");
    for other in [defaults(), subject("name = \"t\"", PER_USER)] {
        assert_eq!(verdict(&other, &elsewhere), verdict(&other, &request()));
    }
}

#[test]
fn report_only_is_a_state_of_conditional_access_alone() {
    let text = "policy \"P\" { state reportOnly users all apps all require mfa }";
    let policy = subject("name = \"t\"", text);
    assert_eq!(verdict(&policy, &request()), "notApplicable");
    assert!(
        compiled(DEFAULTS, &[])
            .set
            .policies
            .iter()
            .all(|p| p.state.name() == "enabled")
    );
}

#[test]
fn users_and_services_can_be_blocked_by_conditional_access_alone() {
    let policy = conditional(&format!("users groups [\"{STAFF}\"] block"));
    let staff = with(&[
        (IN_STAFF, json!([STAFF])),
        ("/claims/satisfied", json!(["mfa"])),
    ]);
    assert_eq!(verdict(&policy, &staff), "block");
    assert_eq!(verdict(&defaults(), &staff), "notApplicable");
    assert_eq!(verdict(&subject("name = \"t\"", PER_USER), &staff), "grant");
}
