//! SEMANTICS: §16

use std::collections::BTreeMap;

use gatewright_hir::model::{AgentScope, AppScope, Comparison, Expr, ServicePrincipalScope, Who};
use serde_json::{Value, json};

use super::builder::{
    apps, field, meets, negated, policy, request, scoped, set, some, tagged, texts, when, with,
};
use crate::{Directory, Mode};

fn is(value: &str) -> Expr {
    field("engineering_project", Comparison::OneOf(texts(&[value])))
}

fn has(value: &str) -> Expr {
    let comparison = Comparison::Contains(texts(&[value]));
    field("engineering_project", comparison)
}

fn project(value: Value) -> Value {
    json!({ "Engineering": { "Project": value, "@odata.type": "#graph.value" } })
}

/// A request for `app1` with this value of its project.
fn asking(value: Value) -> Value {
    let app = json!({ "id": "APP1", "customSecurityAttributes": project(value) });
    request(json!({ "directory": { "apps": [app] } }))
}

fn filtered(include: Vec<AppScope>, exclude: Vec<AppScope>) -> gatewright_hir::model::Policy {
    with(policy("p"), |a| a.target = apps(include, exclude))
}

fn by(rule: Expr) -> AppScope {
    AppScope::Filter(tagged(rule))
}

#[test]
fn values_are_compared_as_texts_and_lists_by_element() {
    let starts = field(
        "engineering_project",
        Comparison::StartsWith(texts(&["ba"])),
    );
    let rows = [
        (is("baker"), json!("Baker"), true),
        (is("baker"), json!("Baker 2"), false),
        (has("ake"), json!("Baker"), true),
        (has("ake"), json!(["Baker"]), false),
        (has("baker"), json!(["Cascade", "BAKER"]), true),
        (is("baker"), json!(["Cascade", "Baker"]), true),
        (starts.clone(), json!(["Cascade", "Baker"]), true),
        (negated(starts), json!(["Cascade", "Baker"]), false),
        (negated(has("baker")), json!(["Cascade"]), true),
        (negated(has("baker")), json!([]), true),
        (
            field("engineering_project", Comparison::IsNull),
            json!([]),
            false,
        ),
    ];
    for (rule, value, expected) in rows {
        let policy = filtered(vec![by(rule.clone())], vec![]);
        let holds = meets(policy, &asking(value.clone()));
        assert_eq!(holds, Some(expected), "{rule:?} of {value}");
    }
}

#[test]
fn untagged_objects_and_other_types_satisfy_negative_operators_only() {
    let untagged = [
        request(json!({})),
        request(json!({ "directory": { "apps": [{ "id": "app1" }] } })),
        asking(json!(true)),
        asking(json!(3)),
        asking(json!(null)),
    ];
    for request in untagged {
        let positive = filtered(vec![by(is("baker"))], vec![]);
        assert_eq!(meets(positive, &request), Some(false), "{request}");
        let negative = filtered(vec![by(negated(is("baker")))], vec![]);
        assert_eq!(meets(negative, &request), Some(true), "{request}");
    }
}

#[test]
fn a_filter_is_one_more_item_and_asks_each_audience() {
    let app1 = || AppScope::App("app1".to_owned());
    let tagged = asking(json!("Baker"));
    let rows = [
        (
            vec![AppScope::App("other".into()), by(is("baker"))],
            vec![],
            true,
        ),
        (vec![AppScope::All], vec![by(is("baker"))], false),
        (vec![by(is("baker"))], vec![app1()], false),
        (vec![app1()], vec![by(is("cascade"))], true),
    ];
    for (include, exclude, expected) in rows {
        assert_eq!(meets(filtered(include, exclude), &tagged), Some(expected));
    }
    // One audience has the tag that excludes, another one does not.
    let mut both = tagged;
    both["signInContext"]["includeApplications"] = json!(["app1", "app2"]);
    let policy = filtered(vec![AppScope::All], vec![by(is("baker"))]);
    assert_eq!(meets(policy, &both), Some(true));
}

#[test]
fn the_resource_for_baseline_scopes_has_tags_of_its_own() {
    let directory = "00000002-0000-0000-c000-000000000000";
    let app = json!({ "id": directory, "customSecurityAttributes": project(json!("Baker")) });
    let baseline = request(json!({
        "directory": { "apps": [app] },
        "context": { "baselineScopesOnly": true },
    }));
    let policy = |value| filtered(vec![AppScope::All], vec![by(is(value))]);
    assert_eq!(meets(policy("baker"), &baseline), Some(false));
    assert_eq!(meets(policy("cascade"), &baseline), Some(true));
}

#[test]
fn attributes_that_are_not_known_leave_the_rest_of_the_rule() {
    let mut request = asking(json!("Baker"));
    request["unknown"] = json!(["app.attributes"]);
    let either = Expr::Any(vec![is("baker"), Expr::Constant(true)]);
    for (rule, expected) in [
        (is("baker"), None),
        (negated(is("baker")), None),
        (either, Some(true)),
    ] {
        let policy = filtered(vec![by(rule)], vec![]);
        assert_eq!(meets(policy, &request), expected);
    }
}

#[test]
fn identities_have_attributes_of_their_own_class() {
    let attributes = project(json!(["Baker"]));
    let tags = json!({
        "servicePrincipals": [{ "id": "s1", "customSecurityAttributes": attributes }],
        "agents": [{ "id": "s1", "customSecurityAttributes": {} }],
    });
    let workload = |include, exclude| {
        with(policy("p"), |a| {
            a.who = Who::ServicePrincipals(scoped(include, exclude));
        })
    };
    let owned = ServicePrincipalScope::Owned;
    let filter = |value| ServicePrincipalScope::Filter(tagged(has(value)));
    let mut request = request(json!({ "directory": tags }));
    request["signInIdentity"] = json!({ "servicePrincipalId": "S1" });
    for (include, exclude, expected) in [
        (vec![filter("baker")], vec![], true),
        (vec![filter("cascade")], vec![], false),
        (vec![owned.clone()], vec![filter("baker")], false),
        (vec![owned], vec![filter("cascade")], true),
    ] {
        assert_eq!(meets(workload(include, exclude), &request), Some(expected));
    }
    let agents = |rule| {
        with(policy("p"), |a| {
            a.who = Who::Agents(scoped(vec![AgentScope::Filter(tagged(rule))], vec![]));
        })
    };
    request["signInIdentity"] = json!({ "agentServicePrincipalId": "s1" });
    assert_eq!(meets(agents(has("baker")), &request), Some(false));
    assert_eq!(meets(agents(negated(has("baker"))), &request), Some(true));
    request["unknown"] = json!(["agent.attributes"]);
    assert_eq!(meets(agents(has("baker")), &request), None);
}

#[test]
fn an_identity_is_one_record_and_an_audience_is_one_each() {
    let any = |set: &str| when(some(set, Expr::Constant(true)));
    let user = request(json!({}));
    assert_eq!(
        meets(any("servicePrincipal.attributes"), &user),
        Some(false)
    );
    assert_eq!(meets(any("app.resources"), &user), Some(true));
    let id = field("id", Comparison::OneOf(texts(&["app1"])));
    let asks = when(some("app.resources", Expr::All(vec![id, has("baker")])));
    assert_eq!(meets(asks.clone(), &asking(json!(["Baker"]))), Some(true));
    assert_eq!(
        meets(asks.clone(), &asking(json!(["Cascade"]))),
        Some(false)
    );
    for unknown in ["app.attributes", "app.resources", "app.ids"] {
        let mut request = asking(json!(["Baker"]));
        request["unknown"] = json!([unknown]);
        assert_eq!(meets(asks.clone(), &request), None, "{unknown}");
    }
    let mut untold = asking(json!(["Baker"]));
    untold["unknown"] = json!(["app.attributes"]);
    let by_id = when(some(
        "app.resources",
        field("id", Comparison::OneOf(texts(&["app1"]))),
    ));
    assert_eq!(meets(by_id, &untold), Some(true));
    let mut nothing = asking(json!(["Baker"]));
    nothing["unknown"] = json!(["app.attributes"]);
    nothing["signInContext"]["includeApplications"] = json!([]);
    assert_eq!(meets(asks, &nothing), Some(false));
}

#[test]
fn a_request_comes_before_the_directory_file() {
    let policies = set(vec![filtered(vec![by(is("baker"))], vec![])]);
    let apps = BTreeMap::from([("App1".to_owned(), project(json!("Baker")))]);
    let directory = Directory {
        apps,
        ..Directory::default()
    };
    let applies = |request: &Value| {
        let all = crate::applies(&policies, request, Mode::Graph, Some(&directory));
        all.unwrap()[0].applies
    };
    assert!(applies(&request(json!({}))));
    assert!(!applies(&asking(json!("Cascade"))));
}

#[test]
fn lists_that_are_wrong_are_refused() {
    let wrong = [
        json!({ "apps": {} }),
        json!({ "apps": ["app1"] }),
        json!({ "apps": [{}] }),
        json!({ "apps": [{ "id": "app1", "tags": {} }] }),
        json!({ "agents": [{ "id": "a", "customSecurityAttributes": { "Set": "x" } }] }),
    ];
    for directory in wrong {
        let request = request(json!({ "directory": directory }));
        let decided = crate::decide(&set(vec![]), &request, Mode::Graph, None);
        assert!(decided.is_err(), "{request}");
    }
}
