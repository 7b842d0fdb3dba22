//! Questions about the elements of sets, filters over custom security attributes, and device
//! compliance.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod fixture;

use fixture::*;
use gatewright_decision::{Classes, engine};
use gatewright_hir::model::*;
use gatewright_source::Span;
use gatewright_value::Truth::{self, False, True, Unknown};
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction};
use gatewright_value::{Record, Version, ordered_key};

const DIRECTORY_APP: &str = "00000002-0000-0000-c000-000000000000";

#[track_caller]
fn check(policy: Policy, rows: &[(SignIn, Truth)]) {
    let set = set(vec![policy]);
    for (sign_in, expected) in rows {
        assert_eq!(applies(&set, sign_in), *expected, "{sign_in:?}");
    }
}

fn user() -> SignIn {
    SignIn::user("mail")
}

fn resources(records: Vec<Record<'static>>) -> SignIn {
    user().with("app.resources", records)
}

fn tagged(id: &'static str, level: &'static str) -> Record<'static> {
    Record::new().with("id", id).with("hr_level", level)
}

fn all(parts: Vec<Expr>) -> Expr {
    Expr::All(parts)
}

#[test]
fn a_quantifier_asks_for_one_element_that_satisfies_everything() {
    let both = all(vec![field("id", &["a"]), field("hr_level", &["high"])]);
    check(
        when(some("servicePrincipal.attributes", both.clone())),
        &[
            (user(), False),
            (
                user().with("servicePrincipal.attributes", vec![tagged("a", "High")]),
                True,
            ),
            (
                user().with(
                    "servicePrincipal.attributes",
                    vec![tagged("a", "low"), tagged("b", "high")],
                ),
                False,
            ),
            (user().unknown("servicePrincipal.attributes"), Unknown),
        ],
    );
    // All: none that does not.
    let every = not(some("servicePrincipal.attributes", not(both)));
    check(
        when(every),
        &[
            (user(), True),
            (
                user().with(
                    "servicePrincipal.attributes",
                    vec![tagged("a", "high"), tagged("b", "high")],
                ),
                False,
            ),
        ],
    );
}

#[test]
fn what_cannot_be_known_of_an_element_is_unknown_unless_another_one_decides() {
    let body = Expr::Any(vec![field("", &["a"]), Expr::Unknown(Span::default())]);
    check(
        when(some("user.groups", body)),
        &[
            (user(), False),
            (user().with("user.groups", ["b"]), Unknown),
            (user().with("user.groups", ["b", "a"]), True),
        ],
    );
}

#[test]
fn equality_of_an_element_shares_the_variable_of_membership() {
    let either = some("user.groups", field("", &["a", "b"]));
    let mut policies = set(vec![when(either), policy(users(vec![group("a")], vec![]))]);
    let decisions = build(&policies);
    let of_groups = decisions.space.variables.iter();
    let has: Vec<&Classes> = of_groups.map(|variable| &variable.classes).collect();
    let is_has = |text: &str| has.contains(&&Classes::Has(text.to_owned()));
    assert!(is_has("a") && is_has("b"));
    assert!(
        !has.iter()
            .any(|classes| matches!(classes, Classes::Some(_)))
    );
    // Negated, it is about an element that is something else.
    policies.policies = vec![when(some(
        "user.groups",
        Expr::Not(Box::new(field("", &["a"]))),
    ))];
    assert_eq!(
        applies(&policies, &user().with("user.groups", ["a"])),
        False
    );
    assert_eq!(
        applies(&policies, &user().with("user.groups", ["a", "c"])),
        True
    );
    // No text at all: false, and unknown where the set is.
    policies.policies = vec![when(some("user.groups", field("", &[])))];
    assert_eq!(
        applies(&policies, &user().with("user.groups", ["a"])),
        False
    );
    assert_eq!(applies(&policies, &user().unknown("user.groups")), Unknown);
}

#[test]
fn filters_ask_each_audience_for_its_own_attributes() {
    let high = || AppScope::Filter(filter(field("hr_level", &["high"])));
    let scope = apps(vec![app("A"), high()], vec![app("x")]);
    let open = |id: &'static str| Record::new().and_unknown().with("id", id);
    check(
        policy(scope),
        &[
            (resources(vec![]), False),
            (resources(vec![tagged("a", "low")]), True),
            (resources(vec![tagged("b", "low")]), False),
            (resources(vec![tagged("b", "HIGH")]), True),
            (resources(vec![tagged("x", "high")]), False),
            (
                resources(vec![tagged("x", "high"), tagged("b", "low")]),
                False,
            ),
            (resources(vec![open("a")]), True),
            (resources(vec![open("b")]), Unknown),
            (resources(vec![open("x")]), False),
            (user().unknown("app.resources"), Unknown),
        ],
    );
    let not_high = AppScope::Filter(filter(not_field("hr_level", "high")));
    check(
        policy(apps(vec![app("a"), app("b")], vec![not_high])),
        &[
            (resources(vec![tagged("a", "high")]), True),
            (resources(vec![Record::new().with("id", "a")]), False),
            (resources(vec![tagged("c", "high")]), False),
        ],
    );
}

/// Whether a field is not equal to a text, absence included.
fn not_field(name: &str, text: &str) -> Expr {
    match field(name, &[text]) {
        Expr::Field(test) => Expr::Field(FieldTest {
            is_negated: true,
            ..test
        }),
        other => other,
    }
}

#[test]
fn a_filter_that_cannot_matter_leaves_the_audiences_as_they_are() {
    let high = || AppScope::Filter(filter(field("hr_level", &["high"])));
    let with = build(&set(vec![policy(apps(
        vec![AppScope::All, high()],
        vec![],
    ))]));
    let is_some = |classes: &Classes| matches!(classes, Classes::Some(_));
    assert!(!with.space.variables.iter().any(|v| is_some(&v.classes)));
}

#[test]
fn baseline_scopes_stand_for_a_resource_with_attributes_of_its_own() {
    let high = AppScope::Filter(filter(field("hr_level", &["high"])));
    let baseline = |level| {
        resources(vec![tagged("mail", "high")])
            .with("signIn.baselineScopesOnly", true)
            .with("app.baseline", vec![tagged(DIRECTORY_APP, level)])
    };
    check(
        policy(apps(vec![AppScope::All], vec![high])),
        &[
            (baseline("low"), True),
            (baseline("high"), False),
            (
                baseline("low").unknown("app.resources").unknown("app.ids"),
                True,
            ),
            (
                baseline("low").with("signIn.baselineScopesOnly", false),
                False,
            ),
        ],
    );
}

#[test]
fn workloads_and_agents_are_included_and_excluded_by_their_attributes() {
    let high = || filter(field("hr_level", &["high"]));
    let who = Who::ServicePrincipals(scope(
        vec![ServicePrincipalScope::Filter(high())],
        vec![ServicePrincipalScope::Id("x".into())],
    ));
    let principal = |records: Vec<Record<'static>>| {
        user()
            .with("signIn.identity", "servicePrincipal")
            .with("servicePrincipal.id", "p")
            .with("servicePrincipal.attributes", records)
    };
    check(
        policy(Assignments { who, ..everybody() }),
        &[
            (principal(vec![tagged("", "high")]), True),
            (principal(vec![Record::new()]), False),
            (
                principal(vec![tagged("", "high")]).with("servicePrincipal.id", "X"),
                False,
            ),
            (
                principal(vec![]).unknown("servicePrincipal.attributes"),
                Unknown,
            ),
            (
                principal(vec![tagged("", "high")]).with("signIn.identity", "user"),
                False,
            ),
        ],
    );
    let who = Who::Agents(scope(
        vec![AgentScope::All],
        vec![AgentScope::Filter(high())],
    ));
    let agent = |records: Vec<Record<'static>>| {
        user()
            .with("signIn.identity", "agentIdentity")
            .with("agent.attributes", records)
    };
    check(
        policy(Assignments { who, ..everybody() }),
        &[
            (agent(vec![tagged("", "high")]), False),
            (agent(vec![Record::new()]), True),
        ],
    );
}

fn compliance(users: Scoped<UserScope>, rules: Vec<Expr>) -> PolicySet {
    let mut set = set(vec![]);
    let requirement = |rule| SettingRequirement {
        rule,
        span: Span::default(),
    };
    set.compliance.policies = vec![CompliancePolicy {
        id: "w".into(),
        has_server_id: false,
        display_name: "Windows".into(),
        name_span: Span::default(),
        span: Span::default(),
        platform: CompliancePlatform::Windows,
        users,
        requirements: rules.into_iter().map(requirement).collect(),
        actions: vec![ScheduledAction {
            kind: NoncomplianceAction::Block,
            after_hours: 24,
            template: None,
            span: Span::default(),
        }],
        unmodelled: Vec::new(),
        form: GraphForm::default(),
    }];
    set
}

#[test]
fn a_compliance_policy_is_assigned_by_user_and_platform_and_met_by_all_requirements() {
    let key = ordered_key(&gatewright_value::Kind::Version, "10.0.2").unwrap();
    assert!(Version::parse("10.0.2", 2).is_some());
    let rules = vec![
        test("setting.bitLockerEnabled", Comparison::IsTrue),
        test("setting.osVersion", Comparison::Between(key, u128::MAX)),
    ];
    let set = compliance(scope(vec![group("g")], vec![group("x")]), rules);
    let decisions = build(&set);
    assert!(decisions.policies.is_empty());
    let built = &decisions.compliance[0];
    assert_eq!(built.requirements.len(), 2);
    let device = user()
        .with("user.groups", ["g"])
        .with("device.managedPlatform", "windows")
        .with("setting.bitLockerEnabled", true)
        .with("setting.osVersion", Fact::Number(key));
    let rows = [
        (device.clone(), True, True),
        (device.clone().with("user.groups", ["g", "x"]), False, True),
        (
            device.clone().with("signIn.identity", "agentUser"),
            False,
            True,
        ),
        (
            device.clone().with("device.managedPlatform", "linux"),
            False,
            True,
        ),
        (
            device.clone().unknown("device.managedPlatform"),
            Unknown,
            True,
        ),
        (
            device.clone().with("setting.bitLockerEnabled", false),
            True,
            False,
        ),
        (
            device
                .clone()
                .with("setting.osVersion", Fact::Number(key - 1)),
            True,
            False,
        ),
        (device.unknown("setting.osVersion"), True, Unknown),
    ];
    for (sign_in, assigned, met) in rows {
        let classes = sign_in.encode(&decisions.space);
        let found = [built.assigned, built.met].map(|r| engine::roots(&decisions, r, &classes));
        assert_eq!(found, [assigned, met], "{sign_in:?}");
    }
    let nobody = build(&compliance(scope(vec![], vec![]), vec![]));
    let classes = user()
        .with("device.managedPlatform", "windows")
        .encode(&nobody.space);
    let roots = [nobody.compliance[0].assigned, nobody.compliance[0].met];
    assert_eq!(
        roots.map(|r| engine::roots(&nobody, r, &classes)),
        [False, True]
    );
}
