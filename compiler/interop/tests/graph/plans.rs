//! Plans of policies: what their rules mean together with what they share, and that they come back.

use gatewright_hir::model::{PolicySet, Who};
use gatewright_interop::{ExportOptions, ImportOptions, write_graph, write_project};
use gatewright_value::vocabulary::BuiltInControl;
use serde_json::{Value, json};

use super::common::{World, assemble_all, codes, read_one};
use super::writing::compiled;

fn finance() -> Value {
    json!({
        "@odata.type": "#microsoft.graph.conditionalAccessPolicyPlan",
        "id": "3f0c0de0-0000-4000-8000-0000000000f1",
        "displayName": "Finance", "state": "enabled", "owner": { "team": null, "level": 1.50 },
        "sharedConditions": {
            "users": { "includeUsers": ["All"], "excludeGroups": ["3f0c0de0-0000-4000-8000-0000000000a1"], "excludeRoles": [] },
            "clientAppTypes": ["all"], "times": null,
            "platforms": { "includePlatforms": ["all"], "excludePlatforms": ["iOS"] },
            "userRiskLevels": ["medium", "high"]
        },
        "rules": [
            { "id": "3f0c0de0-0000-4000-8000-0000000000f2", "displayName": "MFA \"quoted\"", "note": ["x"],
              "conditions": { "applications": { "includeApplications": ["All"] }, "userRiskLevels": ["low", "medium"],
                "platforms": { "includePlatforms": ["android", "iOS"] }, "locations": null },
              "controls": { "grantControls": { "operator": "OR", "builtInControls": ["mfa"] }, "sessionControls": null } },
            { "state": "disabled",
              "conditions": { "applications": { "includeApplications": ["Office365"] }, "users": { "includeGroups": ["3f0c0de0-0000-4000-8000-0000000000a2"] } },
              "controls": { "grantControls": { "operator": "OR", "builtInControls": ["block"] } } }
        ]
    })
}

fn set(plan: &Value) -> PolicySet {
    assemble_all(&[&plan.to_string()]).set
}

fn exported(set: &PolicySet) -> (Value, Vec<&'static str>) {
    let exported = World::new().with(|cx| write_graph(set, ExportOptions::default(), cx));
    let plans: Vec<_> = exported
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("plans/"))
        .collect();
    assert_eq!(plans.len(), 1, "{:?}", exported.files);
    let policies = exported
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("policies/"));
    assert_eq!(policies.count(), 0);
    (
        serde_json::from_str(&plans[0].1).unwrap(),
        codes(&exported.diagnostics),
    )
}

fn texts(set: &PolicySet) -> Vec<(String, String)> {
    write_project(set, &ImportOptions::default())
}

#[test]
fn a_dimension_of_both_sides_is_put_together_where_that_is_exact() {
    let set = set(&finance());
    let of = |at: usize| set.policies[at].assignments.as_ref().unwrap();
    let Who::Users(users) = &of(1).who else {
        panic!()
    };
    assert_eq!((users.include.len(), users.exclude.len()), (1, 1));
    assert!(format!("{:?}", users.include).contains("a2"), "{users:?}");
    assert_eq!(
        format!("{:?}", of(0).user_risk.as_ref().unwrap().members),
        "[Medium]"
    );
    let platforms = of(0).platforms.as_ref().unwrap();
    assert_eq!((platforms.include.len(), platforms.exclude.len()), (2, 1));
}

#[test]
fn what_cannot_be_put_together_is_unknown_and_said() {
    let group =
        |id: &str| json!({ "includeGroups": [format!("3f0c0de0-0000-4000-8000-0000000000{id}")] });
    let location = |id: &str| json!({ "includeLocations": [format!("3f0c0de0-0000-4000-8000-0000000000{id}")] });
    let filter =
        |mode: &str| json!({ "deviceFilter": { "mode": mode, "rule": "device.model -eq \"A\"" } });
    for (name, shared, own) in [
        ("users", group("a1"), group("a2")),
        (
            "users",
            json!({ "includeUsers": ["All"] }),
            json!({ "includeUsers": ["AllAgentIdUsers"] }),
        ),
        ("locations", location("a1"), location("a2")),
        ("devices", filter("include"), filter("exclude")),
        (
            "applications",
            json!({ "includeApplications": ["Office365"] }),
            json!({ "includeApplications": ["MicrosoftAdminPortals"] }),
        ),
    ] {
        let mut plan = finance();
        plan["sharedConditions"][name] = shared;
        plan["rules"][1]["conditions"][name] = own;
        let policy = set(&plan).policies.remove(1);
        assert!(policy.unmodelled.iter().any(|u| u.is_condition), "{name}");
        assert!(
            codes(&read_one(&plan.to_string()).diagnostics).contains(&"GW0611"),
            "{name}"
        );
    }
}

#[test]
fn conditions_that_exclude_each_other_match_nothing() {
    let mut plan = finance();
    plan["rules"][0]["conditions"]["userRiskLevels"] = json!(["low"]);
    let policy = set(&plan).policies.remove(0);
    let target = format!("{:?}", policy.assignments.unwrap().target);
    assert!(target.contains("None"), "{target}");
}

#[test]
fn a_plan_that_would_be_too_large_is_refused() {
    let mut plan = finance();
    plan["sharedConditions"]["note"] = json!("x".repeat(700_000));
    plan["rules"] = json!(vec![json!({}); 100]);
    let document = read_one(&plan.to_string());
    assert_eq!(codes(&document.diagnostics), ["GW0502"]);
    assert!(document.policies.is_empty());
}

#[test]
fn a_plan_comes_back_as_it_was() {
    assert_eq!(exported(&set(&finance())), (finance(), Vec::new()));
}

#[test]
fn a_plan_comes_back_through_text_as_it_was() {
    let files = texts(&set(&finance()));
    let (_, text) = files
        .iter()
        .find(|(path, _)| path.starts_with("policies/"))
        .unwrap();
    assert!(text.contains("scope \"Finance\""), "{text}");
    let (found, problems) = compiled(&files);
    assert!(problems.iter().all(|p| !p.is_unreadable()), "{problems:#?}");
    assert_eq!(exported(&found), (finance(), Vec::new()));
}

#[test]
fn shared_conditions_are_clauses_of_the_scope() {
    let mut plan = finance();
    plan["rules"][1]["conditions"] = json!({ "applications": { "includeApplications": ["All"] } });
    let files = texts(&set(&plan));
    let (_, text) = files
        .iter()
        .find(|(path, _)| path.starts_with("policies/"))
        .unwrap();
    assert_eq!(text.matches("users ").count(), 1, "{text}");
    assert_eq!(text.matches("apps ").count(), 2, "{text}");
    let (found, _) = compiled(&files);
    assert_eq!(exported(&found).0, plan);
}

#[test]
fn a_rule_whose_policy_was_changed_is_written_anew_and_said() {
    let mut set = set(&finance());
    let requirement = set.policies[0].outcome.requirement.as_mut().unwrap();
    requirement.controls = vec![gatewright_hir::model::Control::BuiltIn(
        BuiltInControl::CompliantDevice,
    )];
    let (plan, said) = exported(&set);
    assert_eq!(said, ["GW0642"]);
    assert_eq!(
        plan["rules"][0]["controls"]["grantControls"]["builtInControls"],
        json!(["compliantDevice"])
    );
    assert_eq!(plan["rules"][0]["note"], json!(["x"]));
    assert_eq!(plan["rules"][1], finance()["rules"][1]);
    assert_eq!(plan["owner"], finance()["owner"]);
}
