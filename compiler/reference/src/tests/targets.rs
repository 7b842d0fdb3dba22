//! SEMANTICS: §5

use gatewright_hir::model::{AppScope, AttributeFilter, Edition, Expr, Policy, Target};
use gatewright_value::vocabulary::UserAction;
use serde_json::{Value, json};

use super::builder::{
    applies, apps, meets, members, policy, registering, request, scoped, set, with,
};

const DIRECTORY: &str = "00000002-0000-0000-C000-000000000000";

fn for_target(target: Target) -> Policy {
    with(policy("p"), |assignments| assignments.target = target)
}

fn app(id: &str) -> AppScope {
    AppScope::App(id.to_owned())
}

fn filter() -> AppScope {
    AppScope::Filter(AttributeFilter {
        rule: Expr::Unknown(Default::default()),
        text: String::new(),
    })
}

fn reaching(audiences: &[&str]) -> Value {
    let mut request = request(json!({}));
    request["signInContext"] = json!({ "includeApplications": audiences });
    request
}

/// Included, excluded, audiences, whether the policy applies.
type Row<'a> = (Vec<AppScope>, Vec<AppScope>, &'a [&'a str], Option<bool>);

#[test]
fn one_audience_that_is_included_and_not_excluded_is_enough() {
    let rows: Vec<Row<'_>> = vec![
        (vec![AppScope::All], vec![], &["app1"], Some(true)),
        (vec![AppScope::All], vec![], &[], Some(false)),
        (
            vec![AppScope::All],
            vec![app("APP1")],
            &["app1"],
            Some(false),
        ),
        (
            vec![AppScope::All],
            vec![app("app1")],
            &["app1", "app2"],
            Some(true),
        ),
        (vec![app("APP1")], vec![], &["app1"], Some(true)),
        (vec![app("app1")], vec![], &["app2"], Some(false)),
        (
            vec![app("app1"), app("app2")],
            vec![app("app1")],
            &["app1"],
            Some(false),
        ),
        (
            vec![app("app1"), app("app2")],
            vec![app("app1")],
            &["app1", "app2"],
            Some(true),
        ),
        (vec![AppScope::None], vec![], &["app1"], Some(false)),
        (
            vec![AppScope::Group("office365".into())],
            vec![],
            &["Exchange"],
            Some(true),
        ),
        (
            vec![AppScope::Group("Office365".into())],
            vec![],
            &["app1"],
            Some(false),
        ),
        (
            vec![AppScope::Group("Unlisted".into())],
            vec![],
            &["app1"],
            Some(false),
        ),
        (vec![filter()], vec![], &["app1"], None),
        (vec![filter(), app("app1")], vec![], &["app1"], Some(true)),
        (vec![filter()], vec![app("app1")], &["app1"], Some(false)),
        (vec![AppScope::All], vec![filter()], &["app1"], None),
    ];
    for (include, exclude, audiences, expected) in rows {
        let policy = for_target(apps(include.clone(), exclude.clone()));
        let actual = meets(policy, &reaching(audiences));
        assert_eq!(
            actual, expected,
            "{include:?} except {exclude:?}, {audiences:?}"
        );
    }
}

#[test]
fn unknown_audiences_are_unknown_for_all_resources_too() {
    let request = request(json!({ "unknown": ["signInContext.includeApplications"] }));
    assert_eq!(meets(policy("p"), &request), None);
    assert_eq!(
        meets(for_target(Target::Nothing(Default::default())), &request),
        Some(false)
    );
}

#[test]
fn unknown_facts_of_another_kind_of_target_do_not_matter() {
    let one = for_target(apps(vec![app("app1")], vec![]));
    let unknown = json!({ "unknown": ["app.ids", "app.action", "app.context"] });
    assert_eq!(meets(one, &registering(unknown.clone())), Some(false));
    let action = Target::Actions(members(vec![UserAction::RegisterDevice]));
    assert_eq!(
        meets(for_target(action), &request(unknown.clone())),
        Some(false)
    );
    let context = Target::Contexts(members(vec!["c1".to_owned()]));
    assert_eq!(meets(for_target(context), &request(unknown)), Some(false));
}

#[test]
fn targets_of_one_kind_meet_requests_of_that_kind() {
    let actions = |action| for_target(Target::Actions(members(vec![action])));
    let contexts = for_target(Target::Contexts(members(vec!["c1".to_owned()])));
    let all = for_target(apps(vec![AppScope::All], vec![app("app1")]));
    let one = for_target(apps(vec![app("app2")], vec![]));
    let asks = |context: Value| {
        let mut request = request(json!({}));
        request["signInContext"] = context;
        request
    };
    let registers = asks(json!({ "userAction": "registerSecurityInformation" }));
    let joins = asks(json!({ "userAction": "urn:user:registerDevice" }));
    let recovers = asks(json!({ "userAction": "accountRecovery" }));
    let steps_up = asks(json!({ "authenticationContextValue": "C1" }));
    let uses = asks(json!({ "includeApplications": ["app2"] }));
    let rows = [
        (
            actions(UserAction::RegisterSecurityInfo),
            [true, false, false, false, false],
        ),
        (
            actions(UserAction::RegisterDevice),
            [false, true, false, false, false],
        ),
        (
            actions(UserAction::AccountRecovery),
            [false, false, true, false, false],
        ),
        (contexts, [false, false, false, true, false]),
        // All resources means one user action too, whatever is excluded.
        (all, [true, false, false, false, true]),
        (one, [false, false, false, false, true]),
    ];
    let requests = [&registers, &joins, &recovers, &steps_up, &uses];
    for (policy, expected) in rows {
        for (request, expected) in requests.iter().zip(expected) {
            assert_eq!(meets(policy.clone(), request), Some(expected), "{request}");
        }
    }
}

#[test]
fn baseline_scopes_escaped_before_the_edition_of_june_2026() {
    let old = Edition {
        year: 2026,
        month: 5,
    };
    let rows: Vec<(Edition, Vec<AppScope>, Vec<AppScope>, bool)> = vec![
        // The audience of the request is excluded, the directory is not.
        (
            Edition::NEWEST,
            vec![AppScope::All],
            vec![app("app1")],
            true,
        ),
        (
            Edition::NEWEST,
            vec![AppScope::All],
            vec![app(DIRECTORY)],
            false,
        ),
        (
            Edition::NEWEST,
            vec![AppScope::All],
            vec![app("app2")],
            true,
        ),
        (old, vec![AppScope::All], vec![app("app2")], false),
        // Without exclusions, or without all resources, nothing is special.
        (Edition::NEWEST, vec![AppScope::All], vec![], true),
        (old, vec![AppScope::All], vec![], true),
        (Edition::NEWEST, vec![app("app1")], vec![app("app2")], true),
        (old, vec![app("app1")], vec![app("app2")], true),
        (
            Edition::NEWEST,
            vec![app(DIRECTORY)],
            vec![app("app2")],
            false,
        ),
    ];
    let request = request(json!({ "context": { "baselineScopesOnly": true } }));
    for (edition, include, exclude, expected) in rows {
        let mut set = set(vec![for_target(apps(include.clone(), exclude.clone()))]);
        set.edition = edition;
        let actual = applies(&set, &request);
        assert_eq!(
            actual,
            Some(expected),
            "{edition} {include:?} except {exclude:?}"
        );
    }
}

#[test]
fn unknown_baseline_scopes_leave_open_what_differs() {
    let request = request(json!({ "unknown": ["context.baselineScopesOnly"] }));
    let excluding = |id: &str| for_target(apps(vec![AppScope::All], vec![app(id)]));
    assert_eq!(meets(excluding("app1"), &request), None);
    assert_eq!(meets(policy("p"), &request), Some(true));
}

#[test]
fn a_resource_in_a_rule_is_one_of_the_request() {
    let mut policy = policy("p");
    policy.when = Some(Expr::App(scoped(vec![AppScope::All], vec![app("app2")])));
    assert_eq!(meets(policy.clone(), &reaching(&["app1"])), Some(true));
    assert_eq!(meets(policy.clone(), &reaching(&["app2"])), Some(false));
    assert_eq!(meets(policy, &registering(json!({}))), Some(false));
}
