//! Microsoft's own expectations: What-If examples, statements of the documentation, and test plans.
//!
//! What cannot be checked is printed with the reason.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not there is a failing test"
)]

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::entra_schema;
use gatewright_hir::rule::DEVICE_RULE_DIALECT;
use gatewright_hir::schema::{DialectAttribute, Schema};
use gatewright_runtime::Mode;
use gatewright_syntax::ast::CompareOperator;
use gatewright_tests::corpus::{files, folder, lines};
use gatewright_tests::device_rules::{Applies, DeviceRule, Example, example, is_negative};
use gatewright_tests::dialects::DialectRule;
use gatewright_tests::engines::Subject;
use serde_json::{Value, json};

fn subject(path: &str, text: String) -> Subject {
    let file = SourceFile {
        path: path.to_owned(),
        bytes: text.into_bytes(),
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    assert!(compilation.is_readable(), "{}", compilation.render());
    Subject::new(compilation.set).unwrap()
}

#[test]
fn policies_of_the_what_if_examples_apply_as_the_service_says() {
    let mut checked = 0;
    for (path, bytes) in files(&folder().join("whatif/graph-evaluate"), ".json") {
        let example: Value = serde_json::from_slice(&bytes).unwrap();
        let subject = subject(&path, example["response"].to_string());
        let expected = example["response"]["value"].as_array().unwrap();
        let mut request = example["request"].clone();
        for applied_only in [true, false] {
            request["appliedPoliciesOnly"] = json!(applied_only);
            let decision = subject.decide(&request, Mode::Graph).unwrap();
            let policies = decision["policies"].as_array().unwrap();
            assert_eq!(policies.len(), expected.len(), "{path}");
            for (policy, expected) in policies.iter().zip(expected) {
                for member in [
                    "id",
                    "displayName",
                    "state",
                    "policyApplies",
                    "analysisReasons",
                ] {
                    assert_eq!(policy[member], expected[member], "{path}: {member}");
                }
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 6, "three policies, listed and filtered");
}

/// The operators that a statement is about.
fn operators(row: &Value) -> Vec<CompareOperator> {
    let names = row["operators"].as_str().unwrap().split(", ");
    names
        .map(|name| {
            let short = name.replace("NotEquals", "ne").replace("Equals", "eq");
            CompareOperator::from_word(&short).unwrap_or_else(|| panic!("{name}"))
        })
        .collect()
}

/// The attributes that a statement is about and that have the operator, with an example each.
fn examples<'s>(
    schema: &'s Schema,
    row: &Value,
    operator: CompareOperator,
) -> Vec<(&'s DialectAttribute, Example)> {
    let dialect = schema
        .dialects
        .iter()
        .find(|d| d.name == DEVICE_RULE_DIALECT)
        .unwrap();
    let is_meant = |name: &str| {
        let is_extension = name.starts_with("device.extensionAttribute");
        match row["attributes"].as_str().unwrap() {
            "any" => true,
            "extensionAttribute1-15" => is_extension,
            "not extensionAttribute1-15" => !is_extension,
            other => other
                .split([',', ' '])
                .any(|word| name == format!("device.{word}")),
        }
    };
    dialect
        .attributes
        .iter()
        .filter(|known| is_meant(&known.name) && known.operators.contains(&operator))
        .map(|known| {
            let kind = &schema.attribute(known.attribute).unwrap().kind;
            (known, example(kind, operator).unwrap())
        })
        .collect()
}

/// Devices of the kind that a statement is about, each with whether it is compliant or hybrid
/// joined.
fn devices(row: &Value) -> Vec<(Value, bool)> {
    let intune = "0000000a-0000-0000-c000-000000000000";
    match row["device"].as_str().unwrap() {
        "unregistered" => vec![(Value::Null, false)],
        "registered" => vec![(json!({}), false), (json!({"mdmAppId": intune}), false)],
        "registered, managed by Intune" => {
            vec![
                (json!({"mdmAppId": intune}), false),
                (json!({"mdmAppId": intune, "isCompliant": false}), false),
            ]
        }
        "registered, not managed by Intune" => vec![
            (json!({"isCompliant": true}), true),
            (json!({"trustType": "ServerAD"}), true),
            (json!({"isCompliant": false, "trustType": "AzureAD"}), false),
            (json!({}), false),
        ],
        other => panic!("no such device: {other}"),
    }
}

/// The attribute as a request names it.
fn request_name(schema: &Schema, known: &DialectAttribute) -> String {
    let attribute = schema.attribute(known.attribute).unwrap();
    attribute.name.strip_prefix("device.").unwrap().to_owned()
}

/// Whether the filter matches, by the words of the statement; `None` where they leave it open.
fn expected(
    row: &Value,
    is_met: bool,
    is_trusted: bool,
    operator: CompareOperator,
) -> Option<bool> {
    match row["expected"].as_str().unwrap() {
        "filter not applied" => Some(false),
        "filter applied" => Some(true),
        "applied if the rule is met" => Some(is_met),
        "applied if the rule is met and the device is compliant or hybrid joined" => {
            if is_trusted {
                Some(is_met)
            } else {
                // The value is not there: no positive comparison is met. Whether its complement is,
                // the page does not say; docs/semantics.md decides that it is.
                (!is_negative(operator)).then_some(false)
            }
        }
        other => panic!("nothing is known about: {other}"),
    }
}

#[test]
fn filters_behave_by_registration_as_the_documentation_says() {
    let schema = entra_schema();
    let mut checked = 0;
    let mut left_open = 0;
    let rows = lines("whatif/docs-expectations.jsonl");
    for row in rows.iter().filter(|row| row.get("device").is_some()) {
        for operator in operators(row) {
            for (known, example) in examples(&schema, row, operator) {
                let text = format!("{} {}", known.name, example.comparison);
                let rule =
                    DeviceRule::read(&text).unwrap_or_else(|codes| panic!("{text}: {codes:?}"));
                let name = request_name(&schema, known);
                for (device, is_trusted) in devices(row) {
                    for (value, is_met) in [(&example.met, true), (&example.missed, false)] {
                        let mut device = device.clone();
                        if !device.is_null() {
                            device[&name] = value.clone();
                        }
                        match expected(row, is_met, is_trusted, operator) {
                            Some(matches) => {
                                let wanted = Applies::matching(matches);
                                assert_eq!(
                                    rule.applies(&device),
                                    wanted,
                                    "{text}\n{device}\n{row}"
                                );
                                checked += 2;
                            }
                            None => left_open += 1,
                        }
                    }
                }
            }
        }
    }
    println!("{checked} policies as the page says; {left_open} cases that it leaves open");
    assert!(checked > 2_000);
}

#[test]
fn contains_means_a_member_of_a_collection_and_a_part_of_a_text() {
    let schema = entra_schema();
    let rows = lines("whatif/docs-expectations.jsonl");
    let rows: Vec<_> = rows
        .iter()
        .filter(|row| row["kind"] == "device-filter-behaviour" && row.get("device").is_none())
        .collect();
    assert_eq!(rows.len(), 2);
    for row in rows {
        let is_whole = row["expected"].as_str().unwrap().contains("whole member");
        for operator in operators(row) {
            let meant = examples(&schema, row, operator);
            assert!(meant.len() >= 2, "{row}");
            for (known, _) in meant {
                let name = request_name(&schema, known);
                let rule = format!("{} -{} \"365Man\"", known.name, operator.word());
                let rule = DeviceRule::read(&rule).unwrap();
                let part = |text: &str| if is_whole { json!([text]) } else { json!(text) };
                let matches = |text: &str| rule.matches(&json!({ name.as_str(): part(text) }));
                let is_positive = !is_negative(operator);
                assert_eq!(matches("365man"), is_positive, "{name}");
                assert_eq!(matches("M365Managed"), is_positive != is_whole, "{name}");
            }
        }
    }
}

#[test]
fn rules_of_dynamic_membership_hold_for_whom_the_documentation_says() {
    let rows = lines("whatif/docs-expectations.jsonl");
    let rows: Vec<_> = rows.iter().filter(|row| row["kind"] == "rule").collect();
    assert_eq!(rows.len(), 7);
    for row in rows {
        assert_eq!(row["dialect"], "dynamic-membership", "{row}");
        let rule = row["rule"].as_str().unwrap();
        let rule = DialectRule::read("dyn-user", rule).unwrap_or_else(|codes| panic!("{codes:?}"));
        assert_eq!(
            rule.matches(&row["subject"]),
            row["expected"] == true,
            "{row}"
        );
    }
}

/// A scenario of a test plan.
struct Scenario {
    /// The folder of the policy.
    folder: &'static str,
    /// The heading, or the part of it that tells scenarios apart.
    heading: &'static str,
    /// What is signed in with, and what the policy then results in; or why nothing can be checked.
    checks: Result<Vec<(Value, &'static str)>, &'static str>,
}

fn client(client: &str) -> Value {
    json!({"signInConditions": {"clientAppType": client}})
}

fn device(is_compliant: bool) -> Value {
    let device = json!({"isCompliant": is_compliant});
    json!({"signInConditions": {"clientAppType": "browser", "deviceInfo": device}})
}

fn risk(member: &str, level: &str) -> Value {
    json!({"signInConditions": {"clientAppType": "browser", member: level}})
}

fn at(locations: &[&str]) -> Value {
    json!({
        "signInConditions": {"clientAppType": "browser", "ipAddress": "198.51.100.7"},
        "context": {"namedLocations": locations},
    })
}

fn scenarios() -> Vec<Scenario> {
    let scenario = |folder, heading, checks| Scenario {
        folder,
        heading,
        checks,
    };
    let interrupted = "reportOnlyInterrupted";
    let not_applied = "reportOnlyNotApplied";
    let admin = json!({
        "signInConditions": {"clientAppType": "browser"},
        "directory": {"roles": ["62e90394-69f5-4237-9190-012177145e10"]},
    });
    vec![
        scenario(
            "01-require-mfa",
            "Standard User Login",
            Ok(vec![(client("browser"), interrupted)]),
        ),
        scenario(
            "01-require-mfa",
            "Browser vs Desktop",
            Ok(vec![
                (client("browser"), interrupted),
                (client("mobileAppsAndDesktopClients"), interrupted),
            ]),
        ),
        scenario(
            "02-block-legacy-auth",
            "Legacy Attempt",
            Err(
                "the file beside the plan blocks browsers and modern clients, and no legacy client",
            ),
        ),
        scenario(
            "03-device-compliance",
            "Compliant Device",
            Ok(vec![(device(true), "reportOnlySuccess")]),
        ),
        scenario(
            "03-device-compliance",
            "Non-Compliant Device",
            Ok(vec![(device(false), "reportOnlyFailure")]),
        ),
        // The plan also wants a compliant device, which the file does not require.
        scenario(
            "04-admin-protection",
            "Admin Login",
            Ok(vec![(admin, interrupted), (client("browser"), not_applied)]),
        ),
        scenario(
            "05-session-controls",
            "Test Scenario",
            Err("what happens while a session lasts; that a frequency is set is checked below"),
        ),
        scenario(
            "06-location-based",
            "Test Scenario",
            Ok(vec![
                (at(&["NAME:ZTCA - Trusted HQ"]), not_applied),
                (at(&["NAME:ZTCA - Trusted VPN"]), not_applied),
                (at(&[]), "reportOnlyFailure"),
            ]),
        ),
        scenario(
            "07-user-risk-policy",
            "High-Risk User",
            Ok(vec![(risk("userRiskLevel", "high"), interrupted)]),
        ),
        scenario(
            "07-user-risk-policy",
            "Normal User",
            Ok(vec![(risk("userRiskLevel", "none"), not_applied)]),
        ),
        scenario(
            "08-sign-in-risk-policy",
            "Risky Sign-in",
            Ok(vec![
                (risk("signInRiskLevel", "medium"), interrupted),
                (risk("signInRiskLevel", "high"), interrupted),
            ]),
        ),
        scenario(
            "08-sign-in-risk-policy",
            "Normal Sign-in",
            Ok(vec![(risk("signInRiskLevel", "low"), not_applied)]),
        ),
    ]
}

const PLAYBOOK: &str = "dferrell30+Zero-Trust-Conditional-Access-Deployment-Playbook/policies";

fn playbook_policy(folder_name: &str) -> String {
    let path = folder()
        .join("policies")
        .join(PLAYBOOK)
        .join(folder_name)
        .join("policy.json");
    std::fs::read_to_string(path).unwrap()
}

/// Fill in who signs in to what: Exchange Online, which is one of `Office365`.
fn sign_in(given: &Value) -> Value {
    let mut request = json!({
        "signInIdentity": {"@odata.type": "#microsoft.graph.userSignIn", "userId": "somebody"},
        "signInContext": {"includeApplications": ["00000002-0000-0ff1-ce00-000000000000"]},
    });
    for (name, value) in given.as_object().unwrap() {
        request[name] = value.clone();
    }
    request
}

#[test]
fn scenarios_of_the_playbook_come_out_as_its_test_plans_say() {
    for scenario in scenarios() {
        let checks = match scenario.checks {
            Ok(checks) => checks,
            Err(reason) => {
                println!(
                    "not checked: {}, {}: {reason}",
                    scenario.folder, scenario.heading
                );
                continue;
            }
        };
        let subject = subject(scenario.folder, playbook_policy(scenario.folder));
        for (given, result) in checks {
            let decision = subject.decide(&sign_in(&given), Mode::Graph).unwrap();
            let found = &decision["policies"][0]["result"];
            assert_eq!(
                found, result,
                "{}, {}\n{given}",
                scenario.folder, scenario.heading
            );
        }
    }
}

#[test]
fn every_scenario_of_the_playbook_is_checked_or_explained() {
    let known = scenarios();
    for (path, bytes) in files(&folder().join("whatif").join(PLAYBOOK), ".md") {
        let text = String::from_utf8(bytes).unwrap();
        let headings: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with("### Scenario") || l.trim_end().ends_with("Test Scenario"))
            .collect();
        let policy = path.split('/').next().unwrap();
        let of_policy: Vec<_> = known.iter().filter(|s| s.folder == policy).collect();
        assert_eq!(of_policy.len(), headings.len(), "{path}: {headings:?}");
        for (scenario, heading) in of_policy.iter().zip(headings) {
            assert!(heading.contains(scenario.heading), "{heading}");
        }
    }
}

#[test]
fn an_enforced_session_policy_of_the_playbook_sets_the_frequency_and_requires_nothing() {
    let enforced = playbook_policy("05-session-controls")
        .replace("enabledForReportingButNotEnforced", "enabled");
    let subject = subject("05-session-controls", enforced);
    let decision = subject
        .decide(&sign_in(&client("browser")), Mode::Graph)
        .unwrap();
    assert_eq!(decision["verdict"], "grant");
    assert_eq!(decision["session"]["signInFrequency"]["value"], 1);
    assert_eq!(decision["session"]["signInFrequency"]["type"], "days");
}
