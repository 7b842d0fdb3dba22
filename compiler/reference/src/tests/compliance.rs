//! SEMANTICS: §19

use gatewright_hir::model::{
    Comparison, Compliance, CompliancePolicy, Expr, GraphForm, PolicySet, ScheduledAction,
    SettingRequirement, UserScope,
};
use gatewright_value::vocabulary::{BuiltInControl, CompliancePlatform, NoncomplianceAction};
use serde_json::{Value, json};

use super::builder::{built_in, compare, decide, request, requiring, scoped, set, texts};
use crate::Mode;

const NOW: &str = "2026-11-22T09:00:00Z";

/// A policy for every Windows device that an expression be true.
fn compliance_policy(name: &str, rule: Expr) -> CompliancePolicy {
    CompliancePolicy {
        id: name.to_owned(),
        has_server_id: false,
        display_name: name.to_owned(),
        name_span: Default::default(),
        span: Default::default(),
        platform: CompliancePlatform::Windows,
        users: scoped(vec![UserScope::All], vec![]),
        requirements: vec![SettingRequirement {
            rule,
            span: Default::default(),
        }],
        actions: Vec::new(),
        unmodelled: Vec::new(),
        form: GraphForm::default(),
    }
}

fn encrypted() -> Expr {
    compare("setting.bitLockerEnabled", Comparison::IsTrue)
}

fn after(mut policy: CompliancePolicy, hours: &[u32]) -> CompliancePolicy {
    for hours in hours {
        policy.actions.push(ScheduledAction {
            kind: NoncomplianceAction::Block,
            after_hours: *hours,
            template: None,
            span: Default::default(),
        });
    }
    policy
}

/// A set that requires a compliant device and has these compliance policies.
fn tenant(policies: Vec<CompliancePolicy>) -> PolicySet {
    let device = built_in(BuiltInControl::CompliantDevice);
    let mut set = set(vec![requiring("p", true, vec![device])]);
    set.compliance = Compliance {
        policies,
        ..Compliance::default()
    };
    set
}

fn secure(mut set: PolicySet) -> PolicySet {
    set.compliance.is_secure_by_default = true;
    set
}

fn reporting(compliance: Value) -> Value {
    request(json!({ "compliance": compliance, "context": { "now": NOW } }))
}

/// The state of the device, and whether access is granted.
fn state(set: &PolicySet, request: &Value) -> (String, bool) {
    let decision = decide(set, request);
    let state = decision["compliance"]["state"].as_str().unwrap_or("none");
    (state.to_owned(), decision["verdict"] == "grant")
}

fn states(set: &PolicySet, request: &Value) -> Vec<String> {
    let decision = decide(set, request);
    let policies = decision["compliance"]["policies"].as_array().unwrap();
    policies
        .iter()
        .map(|policy| policy["state"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_device_complies_if_it_meets_every_assigned_policy() {
    let version = Expr::Test(match compare("setting.osVersion", Comparison::IsNull) {
        Expr::Test(mut test) => {
            let least = crate::order::of_version("10.0.22631").unwrap();
            test.comparison = Comparison::Between(least, u128::MAX);
            test
        }
        other => panic!("{other:?}"),
    });
    let both = tenant(vec![
        compliance_policy("a", encrypted()),
        compliance_policy("b", version),
    ]);
    let rows = [
        (
            json!({ "bitLockerEnabled": true, "osVersion": "10.0.22631.1" }),
            "compliant",
        ),
        (
            json!({ "bitLockerEnabled": true, "osVersion": "10.0.9" }),
            "noncompliant",
        ),
        (
            json!({ "bitLockerEnabled": false, "osVersion": "11" }),
            "noncompliant",
        ),
        (json!({ "osVersion": "11" }), "noncompliant"),
    ];
    for (settings, expected) in rows {
        let request = reporting(json!({ "settings": settings }));
        let granted = expected == "compliant";
        assert_eq!(
            state(&both, &request),
            (expected.to_owned(), granted),
            "{request}"
        );
    }
}

#[test]
fn a_policy_is_assigned_by_platform_user_and_class() {
    let mut policy = compliance_policy("a", encrypted());
    policy.users = scoped(
        vec![UserScope::Group("g1".into())],
        vec![UserScope::Group("g2".into())],
    );
    let set = tenant(vec![policy]);
    let rows = [
        (json!({ "groups": ["G1"] }), "windows", "noncompliant"),
        (json!({ "groups": ["g1"] }), "macOS", "notApplicable"),
        (
            json!({ "groups": ["g1", "g2"] }),
            "Windows",
            "notApplicable",
        ),
        (json!({ "groups": ["g3"] }), "windows", "notApplicable"),
    ];
    for (directory, platform, expected) in rows {
        let mut request = reporting(json!({ "platform": platform }));
        request["directory"] = directory;
        assert_eq!(states(&set, &request), [expected], "{request}");
    }
    let mut of_workload = reporting(json!({}));
    of_workload["signInIdentity"] = json!({ "servicePrincipalId": "s1" });
    of_workload["directory"] = json!({ "groups": ["g1"] });
    assert_eq!(states(&set, &of_workload), ["notApplicable"]);
    assert_eq!(
        decide(&set, &of_workload)["compliance"]["state"],
        "compliant"
    );
}

#[test]
fn the_platform_of_the_client_stands_in() {
    let for_platform = |platform| {
        let mut policy = compliance_policy("a", encrypted());
        policy.platform = platform;
        tenant(vec![policy])
    };
    let rows = [
        ("windows", CompliancePlatform::Windows, "noncompliant"),
        ("iOS", CompliancePlatform::Ios, "noncompliant"),
        (
            "android",
            CompliancePlatform::AndroidWorkProfile,
            "noncompliant",
        ),
        ("android", CompliancePlatform::Android, "notApplicable"),
        ("windowsPhone", CompliancePlatform::Windows, "unknown"),
        ("all", CompliancePlatform::Windows, "unknown"),
    ];
    for (client, platform, expected) in rows {
        let mut request = reporting(json!({}));
        request["signInConditions"]["devicePlatform"] = json!(client);
        assert_eq!(
            states(&for_platform(platform), &request),
            [expected],
            "{client}"
        );
    }
}

#[test]
fn without_a_policy_the_tenant_decides() {
    let mut nobody = compliance_policy("a", encrypted());
    nobody.users = scoped(vec![], vec![]);
    let set = tenant(vec![nobody]);
    let request = reporting(json!({}));
    assert_eq!(state(&set, &request), ("compliant".to_owned(), true));
    assert_eq!(
        state(&secure(set), &request),
        ("noncompliant".to_owned(), false)
    );
}

#[test]
fn grace_counts_as_compliant_until_it_is_over() {
    let set = tenant(vec![after(compliance_policy("a", encrypted()), &[48, 24])]);
    let rows = [
        (json!("2026-11-21T09:00:00.001Z"), "inGracePeriod"),
        (json!("2026-11-21T09:00:00Z"), "noncompliant"),
        (json!(null), "inGracePeriod"),
    ];
    for (since, expected) in rows {
        let request = reporting(json!({ "noncompliantSince": since }));
        let granted = expected == "inGracePeriod";
        assert_eq!(
            state(&set, &request),
            (expected.to_owned(), granted),
            "{since}"
        );
    }
    let since = json!({ "noncompliantSince": "2020-01-01T00:00:00Z" });
    let without_now = request(json!({ "compliance": since }));
    assert_eq!(state(&set, &without_now).0, "inGracePeriod");
    let mut unknown_now = reporting(since);
    unknown_now["unknown"] = json!(["context.now"]);
    assert_eq!(state(&set, &unknown_now).0, "unknown");
    let at_once = tenant(vec![after(compliance_policy("a", encrypted()), &[24, 0])]);
    assert_eq!(state(&at_once, &reporting(json!({}))).0, "noncompliant");
}

#[test]
fn a_device_that_has_not_reported_is_noncompliant() {
    let set = tenant(vec![compliance_policy("a", encrypted())]);
    let report = |last: &str| {
        reporting(json!({ "settings": { "bitLockerEnabled": true }, "lastCheckIn": last }))
    };
    let stale = report("2026-10-23T08:59:59Z");
    assert_eq!(state(&set, &stale), ("noncompliant".to_owned(), false));
    assert_eq!(states(&set, &stale), ["compliant"]);
    assert_eq!(state(&set, &report("2026-10-23T09:00:00Z")).0, "compliant");
    let mut open = report("2026-11-22T08:00:00Z");
    open["unknown"] = json!(["signIn.now"]);
    assert_eq!(state(&set, &open).0, "unknown");
    open["context"] = json!(null);
    open["unknown"] = json!([]);
    assert_eq!(state(&set, &open).0, "compliant");
}

#[test]
fn what_is_not_known_matters_only_where_it_could_change_the_state() {
    let mut for_group = compliance_policy("a", encrypted());
    for_group.users = scoped(vec![UserScope::Group("g".into())], vec![]);
    let graced = after(compliance_policy("a", encrypted()), &[24]);
    let met = json!({ "bitLockerEnabled": true });
    let failing = json!({ "bitLockerEnabled": false });
    let set = tenant(vec![for_group]);
    let rows = [
        (set.clone(), met.clone(), "groups", "compliant"),
        (set.clone(), failing.clone(), "groups", "unknown"),
        (secure(set), met, "groups", "unknown"),
        (
            tenant(vec![graced.clone()]),
            failing.clone(),
            "setting.bitLockerEnabled",
            "unknown",
        ),
        (
            tenant(vec![graced, compliance_policy("b", Expr::Constant(false))]),
            failing,
            "setting.BitLockerEnabled",
            "noncompliant",
        ),
    ];
    for (set, settings, unknown, expected) in rows {
        let mut request = reporting(json!({ "settings": settings }));
        request["unknown"] = json!([unknown]);
        assert_eq!(state(&set, &request).0, expected, "{request}");
    }
}

/// What a level is allowed to be: the lowering of `threatLevel -le L`.
fn at_most(level: &str, is_secure: bool) -> PolicySet {
    let levels = ["secured", "low", "medium", "high"];
    let end = levels.iter().position(|l| *l == level).unwrap();
    let mut allowed = texts(&levels[..=end]);
    if !is_secure {
        allowed.push("unavailable".to_owned());
    }
    let rule = compare("setting.threatLevel", Comparison::OneOf(allowed));
    let set = tenant(vec![compliance_policy("a", rule)]);
    if is_secure { secure(set) } else { set }
}

#[test]
fn the_threat_level_is_at_most_the_allowed_one() {
    let levels = ["secured", "low", "medium", "high"];
    for (allowed_at, allowed) in levels.iter().enumerate() {
        for (at, level) in levels.iter().enumerate() {
            let request = reporting(json!({ "settings": { "threatLevel": level } }));
            let granted = state(&at_most(allowed, false), &request).1;
            assert_eq!(
                granted,
                at <= allowed_at,
                "{level} where {allowed} is allowed"
            );
        }
    }
    for none in ["none", "Clear", "SECURED"] {
        let request = reporting(json!({ "settings": { "threatLevel": none } }));
        assert!(state(&at_most("secured", true), &request).1, "{none}");
    }
    let silent = reporting(json!({ "settings": { "threatLevel": "unavailable" } }));
    assert!(state(&at_most("low", false), &silent).1);
    assert!(!state(&at_most("low", true), &silent).1);
    assert!(!state(&at_most("high", false), &reporting(json!({}))).1);
}

#[test]
fn the_result_is_a_fact_of_a_registered_device() {
    let rule = Expr::All(vec![
        compare("device.isRegistered", Comparison::IsTrue),
        compare("device.isCompliant", Comparison::IsFalse),
    ]);
    let mut set = tenant(vec![compliance_policy("a", encrypted())]);
    set.policies = vec![super::builder::when(rule)];
    let applies = |request: &Value| super::builder::applies(&set, request);
    assert_eq!(applies(&reporting(json!({}))), Some(true));
    assert_eq!(applies(&request(json!({}))), Some(false));
    let mut unknown = reporting(json!({}));
    unknown["unknown"] = json!(["device.isCompliant"]);
    assert_eq!(applies(&unknown), None);
    assert_eq!(
        decide(&set, &unknown)["compliance"]["state"],
        "noncompliant"
    );
    let given = json!({ "signInConditions": { "deviceInfo": { "isCompliant": false } } });
    assert_eq!(applies(&request(given)), Some(true));
}

#[test]
fn nothing_is_derived_without_policies_or_without_a_report() {
    let without_policies = tenant(vec![]);
    let reported = decide(&without_policies, &reporting(json!({})));
    assert_eq!(reported.get("compliance"), None);
    assert_eq!(reported["verdict"], "deny");
    let set = secure(tenant(vec![compliance_policy("a", encrypted())]));
    let info = json!({ "signInConditions": { "deviceInfo": { "isCompliant": true } } });
    let decision = decide(&set, &request(info));
    assert_eq!(decision.get("compliance"), None);
    assert_eq!(decision["verdict"], "grant");
}

#[test]
fn reports_that_are_wrong_are_refused() {
    let set = tenant(vec![compliance_policy("a", encrypted())]);
    let wrong = [
        json!({ "platform": "beos" }),
        json!({ "settings": { "bitlocker": true } }),
        json!({ "settings": { "bitLockerEnabled": "yes" } }),
        json!({ "settings": { "threatLevel": "extreme" } }),
        json!({ "lastCheckIn": "yesterday" }),
        json!({ "state": "compliant" }),
    ];
    for compliance in wrong {
        let request = reporting(compliance);
        assert!(
            crate::decide(&set, &request, Mode::Graph, None).is_err(),
            "{request}"
        );
    }
    let mut twice = reporting(json!({}));
    twice["signInConditions"]["deviceInfo"] = json!({ "isCompliant": true });
    assert!(crate::decide(&set, &twice, Mode::Graph, None).is_err());
}
