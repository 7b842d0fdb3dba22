//! What every condition of a policy means, rule by rule.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod fixture;

use std::sync::Arc;

use fixture::*;
use gatewright_hir::model::*;
use gatewright_source::Span;
use gatewright_value::AddressRange;
use gatewright_value::Truth::{self, False, True, Unknown};
use gatewright_value::vocabulary::*;

const DIRECTORY_APP: &str = "00000002-0000-0000-c000-000000000000";

#[track_caller]
fn check(policy: Policy, rows: &[(SignIn, Truth)]) {
    check_set(&set(vec![policy]), rows);
}

#[track_caller]
fn check_set(set: &PolicySet, rows: &[(SignIn, Truth)]) {
    for (sign_in, expected) in rows {
        assert_eq!(applies(set, sign_in), *expected, "{sign_in:?}");
    }
}

fn user() -> SignIn {
    SignIn::user("mail")
}

fn action(name: &str) -> SignIn {
    user()
        .with("signIn.target", "userAction")
        .with("app.ids", [])
        .with("app.action", name)
}

#[test]
fn an_exclude_wins_over_includes_also_where_these_are_unknown() {
    let scope = users(
        vec![
            group("G"),
            UserScope::Role("r".into()),
            UserScope::User("u".into()),
        ],
        vec![group("x")],
    );
    check(
        policy(scope),
        &[
            (user(), False),
            (user().with("user.groups", ["g"]), True),
            (user().with("user.roles", ["r"]), True),
            (user().with("user.id", "U"), True),
            (user().with("user.groups", ["g", "x"]), False),
            (user().with("user.id", "u").unknown("user.groups"), Unknown),
            (user().unknown("user.groups"), Unknown),
            (
                user().unknown("user.roles").with("user.groups", ["x"]),
                False,
            ),
        ],
    );
}

#[test]
fn identity_classes_never_meet() {
    let as_kind = |kind: &str| user().with("signIn.identity", kind).with("agent.id", "a");
    check(
        policy(everybody()),
        &[
            (user(), True),
            (as_kind("servicePrincipal"), False),
            (as_kind("agentIdentity"), False),
            (as_kind("agentUser"), False),
        ],
    );
    let agents = Who::Agents(scope(vec![AgentScope::Id("A".into())], vec![]));
    check(
        policy(Assignments {
            who: agents,
            ..everybody()
        }),
        &[
            (user().with("agent.id", "a"), False),
            (as_kind("agentIdentity"), True),
            (as_kind("agentIdentity").with("agent.id", "b"), False),
        ],
    );
    check(
        policy(users(vec![UserScope::AllAgentUsers], vec![group("x")])),
        &[
            (user(), False),
            (as_kind("agentUser"), True),
            (as_kind("agentUser").with("user.groups", ["x"]), False),
        ],
    );
}

#[test]
fn owned_service_principals_and_their_exclusions() {
    let who = Who::ServicePrincipals(scope(
        vec![ServicePrincipalScope::Owned],
        vec![ServicePrincipalScope::Id("s".into())],
    ));
    let sign_in = user()
        .with("signIn.identity", "servicePrincipal")
        .with("servicePrincipal.isOwned", true)
        .with("servicePrincipal.id", "t");
    check(
        policy(Assignments { who, ..everybody() }),
        &[
            (sign_in.clone(), True),
            (
                sign_in.clone().with("servicePrincipal.isOwned", false),
                False,
            ),
            (sign_in.with("servicePrincipal.id", "S"), False),
        ],
    );
}

#[test]
fn guests_match_by_type_and_home_tenant() {
    let guests = |tenants: Option<Vec<String>>| {
        let types = vec![GuestType::B2bCollaborationGuest, GuestType::ServiceProvider];
        policy(users(
            vec![UserScope::Guests(Guests { types, tenants })],
            vec![],
        ))
    };
    let guest = user()
        .with("user.guestType", "serviceProvider")
        .with("user.homeTenant", "T");
    let internal = guest.clone().with("user.guestType", "internalGuest");
    check(
        guests(None),
        &[
            (user(), False),
            (guest.clone(), True),
            (internal.clone(), False),
        ],
    );
    check(
        guests(Some(vec!["t".into()])),
        &[
            (guest.clone(), True),
            (guest.clone().with("user.homeTenant", "v"), False),
            (guest.unknown("user.homeTenant"), Unknown),
            (internal.unknown("user.homeTenant"), False),
        ],
    );
}

#[test]
fn some_audience_is_included_and_not_excluded() {
    let mut of_groups = set(vec![policy(apps(
        vec![AppScope::Group("office365".into()), app("own")],
        vec![app("b")],
    ))]);
    of_groups.app_groups = vec![AppGroup {
        name: "Office365".into(),
        apps: vec!["a".into(), "b".into()],
    }];
    check_set(
        &of_groups,
        &[
            (SignIn::user("a"), True),
            (SignIn::user("b"), False),
            (user().with("app.ids", ["b", "own"]), True),
            (user().with("app.ids", ["c"]), False),
            (user().with("app.ids", []), False),
            (user().unknown("app.ids"), Unknown),
        ],
    );
    check(
        policy(apps(vec![AppScope::All], vec![app("B")])),
        &[
            (SignIn::user("b"), False),
            (user().with("app.ids", ["b", "c"]), True),
            (user().with("app.ids", []), False),
        ],
    );
}

#[test]
fn a_filter_leaves_only_the_audiences_open_that_nothing_else_decides() {
    let filter = || {
        AppScope::Filter(AttributeFilter {
            rule: Expr::Unknown(Span::default()),
            text: String::new(),
        })
    };
    check(
        policy(apps(vec![app("a"), filter()], vec![app("x")])),
        &[
            (SignIn::user("a"), True),
            (SignIn::user("b"), Unknown),
            (SignIn::user("x"), False),
            (user().with("app.ids", ["x", "b"]), Unknown),
        ],
    );
    check(
        policy(apps(vec![app("a")], vec![app("x"), filter()])),
        &[
            (SignIn::user("a"), Unknown),
            (SignIn::user("b"), False),
            (SignIn::user("x"), False),
        ],
    );
}

#[test]
fn all_resources_include_the_registration_of_security_information() {
    let all = policy(apps(vec![AppScope::All], vec![app("mail")]));
    let own = policy(apps(vec![app("mail")], vec![]));
    let context = user()
        .with("signIn.target", "authenticationContext")
        .with("app.context", "c1");
    check(
        all,
        &[
            (action("urn:user:registersecurityinfo"), True),
            (action("urn:user:registerdevice"), False),
            (context, False),
        ],
    );
    check(own, &[(action("urn:user:registersecurityinfo"), False)]);
}

#[test]
fn baseline_scopes_meet_policies_with_exclusions_by_edition() {
    let baseline = user().with("signIn.baselineScopesOnly", true);
    let of = |include: Vec<AppScope>, exclude: Vec<AppScope>, edition| PolicySet {
        edition,
        ..set(vec![policy(apps(include, exclude))])
    };
    let old = Edition {
        year: 2026,
        month: 5,
    };
    let new = Edition::NEWEST;
    let all = || vec![AppScope::All];
    // The directory takes the place of the audience that was asked for, which is excluded here.
    check_set(
        &of(all(), vec![app("mail")], new),
        &[(baseline.clone(), True), (user(), False)],
    );
    check_set(
        &of(all(), vec![app(DIRECTORY_APP)], new),
        &[(baseline.clone(), False)],
    );
    check_set(
        &of(all(), vec![app("x")], old),
        &[
            (baseline.clone(), False),
            (user(), True),
            (user().unknown("signIn.baselineScopesOnly"), Unknown),
            (
                action("urn:user:registersecurityinfo").with("signIn.baselineScopesOnly", true),
                True,
            ),
        ],
    );
    let nothing_known = baseline.clone().unknown("app.ids");
    check_set(&of(all(), vec![app("x")], new), &[(nothing_known, True)]);
    check_set(&of(all(), vec![], old), &[(baseline.clone(), True)]);
    check_set(
        &of(vec![app("mail")], vec![app("x")], old),
        &[(baseline, True)],
    );
}

#[test]
fn actions_and_contexts_are_targets_of_their_own() {
    let registration = members(vec![UserAction::RegisterDevice]);
    check(
        policy(Assignments {
            target: Target::Actions(registration),
            ..everybody()
        }),
        &[(action("urn:user:registerdevice"), True), (user(), False)],
    );
    let contexts = members(vec!["c1".to_owned(), "c2".to_owned()]);
    let context = user().with("signIn.target", "authenticationContext");
    check(
        policy(Assignments {
            target: Target::Contexts(contexts),
            ..everybody()
        }),
        &[
            (context.clone().with("app.context", "C2"), True),
            (context, False),
            (user(), False),
        ],
    );
    let nothing = Target::Nothing(Span::default());
    check(
        policy(Assignments {
            target: nothing,
            ..everybody()
        }),
        &[(user(), False)],
    );
}

#[test]
fn an_empty_list_of_members_matches_nothing_even_what_is_unknown() {
    let risk = Some(members(vec![]));
    let one = Assignments {
        sign_in_risk: risk,
        ..everybody()
    };
    check(policy(one), &[(user().unknown("signIn.risk"), False)]);
}

#[test]
fn levels_match_by_membership_and_are_unknown_when_absent() {
    let risk = Some(members(vec![RiskLevel::Medium, RiskLevel::High]));
    check(
        policy(Assignments {
            sign_in_risk: risk,
            ..everybody()
        }),
        &[
            (user().with("signIn.risk", "high"), True),
            (user().with("signIn.risk", "low"), False),
            (user().unknown("signIn.risk"), Unknown),
        ],
    );
}

#[test]
fn all_platforms_include_unknown_ones_and_no_member_matches_these() {
    let of = |include, exclude| {
        let platforms = Some(scope(include, exclude));
        policy(Assignments {
            platforms,
            ..everybody()
        })
    };
    let on = |platform: &str| user().with("signIn.platform", platform);
    let android = || PlatformScope::Platform(Platform::Android);
    check(
        of(vec![PlatformScope::All], vec![]),
        &[(user().unknown("signIn.platform"), True)],
    );
    check(
        of(vec![PlatformScope::All], vec![android()]),
        &[
            (on("chromeOS"), True),
            (on("android"), False),
            (user().unknown("signIn.platform"), Unknown),
        ],
    );
    check(
        of(vec![android()], vec![]),
        &[(on("unknown"), False), (on("Android"), True)],
    );
}

fn location(id: &str, kind: LocationKind) -> NamedLocation {
    NamedLocation {
        id: id.into(),
        display_name: id.into(),
        kind,
        span: Span::default(),
        form: gatewright_hir::model::GraphForm::default(),
    }
}

/// Two networks, of which one is trusted, and two sets of countries.
fn located(include: Vec<LocationScope>, exclude: Vec<LocationScope>) -> PolicySet {
    let locations = Some(scope(include, exclude));
    let ranges = |first, last, is_trusted| LocationKind::Ranges {
        ranges: vec![AddressRange { first, last }],
        is_trusted,
    };
    let countries = |includes_unknown, by_gps| LocationKind::Countries {
        countries: vec!["NL".into()],
        includes_unknown,
        by_gps,
    };
    PolicySet {
        locations: vec![
            location("HQ", ranges(10, 19, true)),
            location("lab", ranges(20, 29, false)),
            location("nl", countries(true, false)),
            location("gps", countries(false, true)),
        ],
        ..set(vec![policy(Assignments {
            locations,
            ..everybody()
        })])
    }
}

fn at(ip: u128) -> SignIn {
    user()
        .with("location.ip", Fact::Number(ip))
        .with("location.isUnmapped", false)
}

fn place(id: &str) -> LocationScope {
    LocationScope::Named(id.to_owned())
}

#[test]
fn addresses_countries_and_trust_decide_the_location() {
    check_set(
        &located(vec![LocationScope::All], vec![]),
        &[(user(), True)],
    );
    check_set(
        &located(vec![LocationScope::All], vec![LocationScope::AllTrusted]),
        &[
            (at(9), True),
            (at(10), False),
            (at(19), False),
            (at(20), True),
            (user(), True),
        ],
    );
    check_set(
        &located(vec![place("hq"), place("lab")], vec![]),
        &[
            (at(9), False),
            (at(15), True),
            (at(29), True),
            (at(30), False),
            (user(), False),
            (user().unknown("location.ip"), Unknown),
        ],
    );
    check_set(
        &located(vec![place("NL")], vec![]),
        &[
            (at(1).with("location.country", "nl"), True),
            (at(1).with("location.country", "DE"), False),
            (at(1).with("location.isUnmapped", true), True),
            (user(), False),
        ],
    );
    let mut none_trusted = located(vec![LocationScope::AllTrusted], vec![]);
    none_trusted.locations.clear();
    check_set(
        &none_trusted,
        &[(at(15), False), (user().unknown("location.ip"), False)],
    );
}

#[test]
fn what_only_the_service_can_locate_is_named_by_the_request() {
    for id in ["gps", "somewhere"] {
        check_set(
            &located(vec![place(id)], vec![]),
            &[
                (at(1).with("location.names", [id]), True),
                (at(1).with("location.names", []), False),
                (at(1).unknown("location.names"), Unknown),
            ],
        );
    }
}

#[test]
fn exchange_active_sync_covers_supported_platforms() {
    let of = |client| {
        policy(Assignments {
            clients: Some(members(vec![client])),
            ..everybody()
        })
    };
    let with = |client: &str| user().with("signIn.client", client);
    check(
        of(ClientApp::ExchangeActiveSync),
        &[
            (with("exchangeActiveSync"), True),
            (with("easSupported"), True),
            (with("other"), False),
            (user().unknown("signIn.client"), Unknown),
        ],
    );
    let supported = of(ClientApp::EasSupported);
    check(
        supported,
        &[
            (with("easSupported"), True),
            (with("exchangeActiveSync"), False),
        ],
    );
}

fn filter(is_exclude: bool, rule: Expr) -> Policy {
    let devices = DeviceFilter {
        is_exclude,
        rule,
        text: String::new(),
        span: Span::default(),
    };
    policy(Assignments {
        devices: Some(devices),
        ..everybody()
    })
}

#[test]
fn null_satisfies_negative_comparisons_only() {
    let rule = || one_of("device.trustType", &["serverad"]);
    let hybrid = user().with("device.trustType", "ServerAD");
    let unknown = user().unknown("device.trustType");
    let rows = |at_null, at_hybrid| [(user(), at_null), (hybrid.clone(), at_hybrid)];
    check(filter(false, rule()), &rows(False, True));
    check(filter(true, rule()), &rows(True, False));
    check(filter(false, not(rule())), &rows(True, False));
    check(filter(true, not(rule())), &rows(False, True));
    for is_exclude in [false, true] {
        check(
            filter(is_exclude, not(rule())),
            &[(unknown.clone(), Unknown)],
        );
    }
    let is_null = test("device.trustType", Comparison::IsNull);
    check(filter(false, is_null.clone()), &rows(True, False));
    check(filter(false, not(is_null)), &rows(False, True));
}

#[test]
fn extension_attributes_are_hidden_on_devices_that_nobody_manages() {
    let hidden = |expr: Expr| match expr {
        Expr::Test(test) => Expr::Test(Test {
            needs_managed_device: true,
            ..test
        }),
        other => other,
    };
    let saw = || hidden(one_of("device.extensionAttribute1", &["saw"]));
    let null = || hidden(test("device.extensionAttribute1", Comparison::IsNull));
    let device = user()
        .with("device.extensionAttribute1", "SAW")
        .with("device.isCompliant", false);
    let managed = device.clone().with("device.mdmAppId", "m");
    let compliant = device.clone().with("device.isCompliant", true);
    let hybrid = device.clone().with("device.trustType", "ServerAD");
    for seen in [managed.clone(), compliant, hybrid] {
        check(filter(false, saw()), &[(seen.clone(), True)]);
        check(filter(false, not(saw())), &[(seen.clone(), False)]);
        check(filter(false, null()), &[(seen, False)]);
    }
    check(filter(false, saw()), &[(device.clone(), False)]);
    check(filter(false, not(saw())), &[(device.clone(), True)]);
    check(filter(false, null()), &[(device.clone(), True)]);
    let open = device.unknown("device.isCompliant");
    check(filter(false, saw()), &[(open.clone(), Unknown)]);
    check(filter(false, not(saw())), &[(open, Unknown)]);
    let other = managed.unknown("device.isCompliant");
    check(filter(false, saw()), &[(other, True)]);
}

#[test]
fn parts_prefixes_and_elements_of_device_attributes() {
    let device = user()
        .with("device.displayName", "LAB-07x")
        .with("device.systemLabels", ["a"]);
    let text = |comparison| test("device.displayName", comparison);
    let list = |text: &str| vec![text.to_owned()];
    let rows = [
        (text(Comparison::StartsWith(list("lab-"))), True),
        (text(Comparison::StartsWith(list("lab-1"))), False),
        (text(Comparison::Contains(list("-0"))), True),
        (text(Comparison::EndsWith(list("x"))), True),
        (text(Comparison::EndsWith(list("y"))), False),
        (text(Comparison::OneOf(list("lab-07"))), False),
        (text(Comparison::Contains(vec![])), False),
        (
            test("device.systemLabels", Comparison::Has(list("a"))),
            True,
        ),
        (
            test("device.systemLabels", Comparison::Has(list("b"))),
            False,
        ),
        (test("device.systemLabels", Comparison::Has(vec![])), False),
        (test("device.systemLabels", Comparison::IsNull), False),
    ];
    for (rule, expected) in rows {
        check(filter(false, rule.clone()), &[(device.clone(), expected)]);
        check(
            filter(false, not(rule.clone())),
            &[(device.clone(), !expected)],
        );
        let open = device
            .clone()
            .unknown("device.displayName")
            .unknown("device.systemLabels");
        check(filter(false, not(rule)), &[(open, Unknown)]);
    }
}

#[test]
fn an_authentication_flow_that_is_absent_matches_none() {
    let flows = Some(members(vec![TransferMethod::DeviceCodeFlow]));
    check(
        policy(Assignments {
            flows,
            ..everybody()
        }),
        &[
            (user(), False),
            (user().with("session.flow", "deviceCodeFlow"), True),
        ],
    );
}

#[test]
fn expressions_ask_about_locations_resources_and_order() {
    let location = Expr::Location(scope(
        vec![LocationScope::All],
        vec![LocationScope::AllTrusted],
    ));
    let now = test("signIn.now", Comparison::Between(10, 20));
    let resource = Expr::App(scope(vec![app("mail")], vec![]));
    let all = Expr::All(vec![resource, not(now), location]);
    let before = |now| at(15).with("signIn.now", Fact::Number(now));
    check(
        when(all),
        &[
            (before(9), True),
            (before(10), False),
            (before(20), False),
            (before(21), True),
            (before(21).with("app.ids", ["x"]), False),
            (before(21).with("signIn.target", "userAction"), False),
        ],
    );
    check(when(Expr::All(vec![])), &[(user(), True)]);
    check(when(Expr::Any(vec![])), &[(user(), False)]);
    check(when(Expr::Constant(true)), &[(user(), True)]);
}

#[test]
fn what_is_not_modelled_is_an_unknown_condition() {
    let member = |is_condition| Unmodelled {
        path: vec!["conditions".into(), "times".into()],
        json: "{}".into(),
        span: Span::default(),
        is_condition,
    };
    let with = |is_condition| Policy {
        unmodelled: vec![member(is_condition)],
        ..policy(users(vec![group("g")], vec![]))
    };
    let in_group = user().with("user.groups", ["g"]);
    check(with(true), &[(in_group.clone(), Unknown), (user(), False)]);
    check(with(false), &[(in_group, True)]);
}

#[test]
fn conditions_stand_in_the_order_of_their_reasons() {
    let risk = || Some(members(vec![RiskLevel::High]));
    let all = Assignments {
        user_risk: risk(),
        sign_in_risk: risk(),
        insider_risk: Some(members(vec![InsiderRiskLevel::Minor])),
        service_principal_risk: risk(),
        agent_risk: Some(members(vec![AgentRiskLevel::Low])),
        platforms: Some(scope(vec![PlatformScope::All], vec![])),
        locations: Some(scope(vec![LocationScope::All], vec![])),
        clients: Some(members(vec![ClientApp::Browser])),
        flows: Some(members(vec![TransferMethod::AuthenticationTransfer])),
        ..everybody()
    };
    let all = Policy {
        when: Some(Expr::Constant(false)),
        ..policy(all)
    };
    let found = reasons(&set(vec![all]), &user());
    assert_eq!(found.len(), 12);
    assert!(found.is_sorted_by_key(|(reason, _)| *reason), "{found:?}");
    assert_eq!(found[0], (Reason::Users, True));
    assert_eq!(found[11], (Reason::When, False));
}

#[test]
fn an_attribute_that_the_schema_lacks_leaves_the_answer_open() {
    let mut bare = set(vec![policy(users(vec![group("g")], vec![]))]);
    let mut schema = schema();
    schema
        .attributes
        .retain(|attribute| attribute.name != "user.groups");
    bare.schema = Arc::new(schema);
    let decisions = build(&bare);
    assert_eq!(
        decisions.policies[0].conditions[0].formula.literal_count(),
        1
    );
}
