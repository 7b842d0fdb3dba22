//! SEMANTICS: §6, §8, and what is unknown (§1.10, §2)

use gatewright_hir::model::{
    Comparison, Expr, LocationKind, LocationScope, PlatformScope, PolicySet, Unmodelled,
};
use gatewright_value::AddressRange;
use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, InsiderRiskLevel, Platform, RiskLevel, State, TransferMethod,
};
use serde_json::{Value, json};

use super::builder::{
    applies, at, compare, decide, filter, in_state, meets, members, named, negated, policy,
    request, scoped, set, texts, users, with,
};

fn signals(signals: Value) -> Value {
    request(json!({ "signInConditions": signals }))
}

#[test]
fn risk_is_membership_and_no_threshold() {
    let medium = with(policy("p"), |a| {
        a.sign_in_risk = Some(members(vec![RiskLevel::Medium]));
    });
    let rows = [
        (json!("medium"), Some(true)),
        (json!("HIGH"), Some(false)),
        (json!("none"), Some(false)),
        (json!("hidden"), Some(false)),
        (Value::Null, None),
    ];
    for (level, expected) in rows {
        let request = signals(json!({ "signInRiskLevel": level }));
        assert_eq!(meets(medium.clone(), &request), expected, "{level}");
    }
    let empty = with(policy("p"), |a| a.sign_in_risk = Some(members(vec![])));
    assert_eq!(
        meets(empty, &signals(json!({ "signInRiskLevel": null }))),
        Some(false)
    );
}

#[test]
fn each_kind_of_risk_reads_its_own_signal() {
    let high = || members(vec![RiskLevel::High]);
    let policies = [
        with(policy("userRiskLevel"), |a| a.user_risk = Some(high())),
        with(policy("signInRiskLevel"), |a| a.sign_in_risk = Some(high())),
        with(policy("servicePrincipalRiskLevel"), |a| {
            a.service_principal_risk = Some(high())
        }),
        with(policy("agentIdRiskLevel"), |a| {
            a.agent_risk = Some(members(vec![AgentRiskLevel::High]));
        }),
        with(policy("insiderRiskLevel"), |a| {
            a.insider_risk = Some(members(vec![InsiderRiskLevel::Elevated]));
        }),
    ];
    for policy in policies {
        let signal = policy.id.clone();
        let level = if signal == "insiderRiskLevel" {
            "elevated"
        } else {
            "high"
        };
        let request = request(json!({ "signInConditions": { (signal.clone()): level } }));
        assert_eq!(meets(policy.clone(), &request), Some(true), "{signal}");
        assert_eq!(meets(policy, &signals(json!({}))), Some(false), "{signal}");
    }
}

#[test]
fn all_platforms_holds_for_unknown_ones_too() {
    use PlatformScope::{All, Platform as One};
    let every: Vec<PlatformScope> = Platform::ALL.iter().copied().map(One).collect();
    let windows = || vec![One(Platform::Windows)];
    let rows = [
        // On Windows; on a system that the service does not know; where nothing is said.
        (vec![All], vec![], [Some(true), Some(true), Some(true)]),
        (vec![All], windows(), [Some(false), Some(true), None]),
        (windows(), vec![], [Some(true), Some(false), None]),
        (vec![All], every, [Some(false), Some(true), None]),
        (vec![], vec![], [Some(false), Some(false), Some(false)]),
    ];
    let platforms = [json!("Windows"), json!("unknown"), Value::Null];
    for (include, exclude, expected) in rows {
        let policy = with(policy("p"), |a| {
            a.platforms = Some(scoped(include, exclude))
        });
        for (platform, expected) in platforms.iter().zip(expected) {
            let request = signals(json!({ "devicePlatform": platform }));
            assert_eq!(
                meets(policy.clone(), &request),
                expected,
                "{policy:?} on {platform}"
            );
        }
    }
}

#[test]
fn active_sync_in_a_policy_covers_supported_platforms() {
    let rows = [
        (ClientApp::Browser, [true, false, false, false]),
        (ClientApp::ExchangeActiveSync, [false, true, true, false]),
        (ClientApp::EasSupported, [false, false, true, false]),
        (ClientApp::Other, [false, false, false, true]),
    ];
    let clients = ["browser", "exchangeActiveSync", "easSupported", "other"];
    for (member, expected) in rows {
        let policy = with(policy("p"), |a| a.clients = Some(members(vec![member])));
        for (client, expected) in clients.iter().zip(expected) {
            let request = signals(json!({ "clientAppType": client }));
            assert_eq!(
                meets(policy.clone(), &request),
                Some(expected),
                "{member} {client}"
            );
        }
        for unsaid in [json!(null), json!("all"), json!("All")] {
            let request = signals(json!({ "clientAppType": unsaid }));
            assert_eq!(meets(policy.clone(), &request), None, "{unsaid}");
        }
    }
}

#[test]
fn no_transfer_method_is_no_match() {
    let by_code = members(vec![TransferMethod::DeviceCodeFlow]);
    let policy = with(policy("p"), |a| a.flows = Some(by_code));
    let flow = |method: Value| signals(json!({ "authenticationFlow": method }));
    let rows = [
        (
            flow(json!({ "transferMethod": "deviceCodeFlow" })),
            Some(true),
        ),
        (
            flow(json!({ "transferMethod": "authenticationTransfer" })),
            Some(false),
        ),
        (flow(json!({ "transferMethod": "none" })), Some(false)),
        (flow(Value::Null), Some(false)),
        (request(json!({ "unknown": ["authenticationFlow"] })), None),
    ];
    for (request, expected) in rows {
        assert_eq!(meets(policy.clone(), &request), expected, "{request}");
    }
}

fn ranges(text: &str, is_trusted: bool) -> LocationKind {
    let (range, _) = AddressRange::parse(text).unwrap();
    LocationKind::Ranges {
        ranges: vec![range],
        is_trusted,
    }
}

fn countries(list: &[&str], includes_unknown: bool, by_gps: bool) -> LocationKind {
    LocationKind::Countries {
        countries: texts(list),
        includes_unknown,
        by_gps,
    }
}

/// A set whose only policy is limited to these locations.
fn located(include: Vec<LocationScope>, exclude: Vec<LocationScope>) -> PolicySet {
    let mut set = set(vec![with(policy("p"), |a| {
        a.locations = Some(scoped(include, exclude))
    })]);
    set.locations = vec![
        named("office", ranges("203.0.113.0/24", true)),
        named("branch", ranges("2001:db8::/32", false)),
        named("benelux", countries(&["NL", "BE"], false, false)),
        named("nowhere", countries(&["KP"], true, false)),
        named("phone", countries(&["NL"], false, true)),
        named("compliant", LocationKind::CompliantNetwork),
    ];
    set
}

#[test]
fn named_locations_are_ranges_countries_or_what_the_request_says() {
    let rows = [
        // By address in the office, by address elsewhere with a country, by country only, nowhere.
        (
            "office",
            [Some(true), Some(false), Some(false), Some(false)],
        ),
        (
            "OFFICE",
            [Some(true), Some(false), Some(false), Some(false)],
        ),
        (
            "branch",
            [Some(false), Some(false), Some(false), Some(false)],
        ),
        (
            "benelux",
            [Some(false), Some(true), Some(true), Some(false)],
        ),
        (
            "nowhere",
            [Some(true), Some(false), Some(false), Some(false)],
        ),
        ("phone", [None, None, None, Some(false)]),
        ("compliant", [None, None, None, Some(false)]),
        ("undeclared", [None, None, None, Some(false)]),
    ];
    let requests = [
        signals(json!({ "ipAddress": "::ffff:203.0.113.7" })),
        signals(json!({ "ipAddress": "198.51.100.7", "country": "nl" })),
        signals(json!({ "country": "BE" })),
        signals(json!({})),
    ];
    for (id, expected) in rows {
        for (request, expected) in requests.iter().zip(expected) {
            assert_eq!(
                applies(&located(vec![at(id)], vec![]), request),
                expected,
                "{id} {request}"
            );
        }
    }
}

#[test]
fn the_request_can_name_locations_that_cannot_be_computed() {
    let request = request(json!({
        "signInConditions": { "ipAddress": "203.0.113.7" },
        "context": { "namedLocations": ["Compliant", "phone", "branch"] },
    }));
    let rows = [
        ("compliant", true),
        ("phone", true),
        ("undeclared", false),
        ("branch", false),
    ];
    for (id, expected) in rows {
        assert_eq!(
            applies(&located(vec![at(id)], vec![]), &request),
            Some(expected),
            "{id}"
        );
    }
}

#[test]
fn all_networks_and_trusted_networks() {
    use LocationScope::{All, AllTrusted};
    let rows = [
        // In the office, elsewhere, without an address, where the address is unknown.
        (
            vec![All],
            vec![],
            [Some(true), Some(true), Some(true), Some(true)],
        ),
        (
            vec![AllTrusted],
            vec![],
            [Some(true), Some(false), Some(false), None],
        ),
        (
            vec![All],
            vec![AllTrusted],
            [Some(false), Some(true), Some(true), None],
        ),
    ];
    let requests = [
        signals(json!({ "ipAddress": "203.0.113.7" })),
        signals(json!({ "ipAddress": "2001:db8::1" })),
        signals(json!({})),
        request(json!({ "unknown": ["ipAddress"] })),
    ];
    for (include, exclude, expected) in rows {
        for (request, expected) in requests.iter().zip(expected) {
            let set = located(include.clone(), exclude.clone());
            assert_eq!(applies(&set, request), expected, "{include:?} {request}");
        }
    }
    let mut untrusted = located(vec![AllTrusted], vec![]);
    untrusted.locations.clear();
    assert_eq!(applies(&untrusted, &requests[3]), Some(false));
}

#[test]
fn an_unknown_address_or_country_leaves_unmapped_open() {
    let unmapped = compare("location.isUnmapped", Comparison::IsTrue);
    let mut policy = policy("p");
    policy.when = Some(unmapped);
    let rows = [
        (
            json!({ "signInConditions": { "ipAddress": "203.0.113.7" } }),
            Some(true),
        ),
        (
            json!({ "signInConditions": { "ipAddress": "203.0.113.7", "country": "NL" } }),
            Some(false),
        ),
        (json!({}), Some(false)),
        (json!({ "unknown": ["ipAddress"] }), None),
        (
            json!({ "unknown": ["ipAddress"], "signInConditions": { "country": "NL" } }),
            Some(false),
        ),
        (json!({ "unknown": ["country"] }), None),
        (
            json!({ "unknown": ["signInConditions.country"],
                 "signInConditions": { "ipAddress": "203.0.113.7", "country": "NL" } }),
            None,
        ),
    ];
    for (change, expected) in rows {
        assert_eq!(
            meets(policy.clone(), &request(change.clone())),
            expected,
            "{change}"
        );
    }
}

#[test]
fn comparisons_of_unknown_facts_are_unknown_negated_or_not() {
    let is_sales = || compare("user.department", Comparison::OneOf(texts(&["sales"])));
    let always = || Box::new(Expr::Any(vec![is_sales(), negated(is_sales())]));
    let unknown = request(json!({
        "directory": { "user": { "department": "Sales" } },
        "unknown": ["USER.department"],
    }));
    let rows = [
        (is_sales(), None),
        (negated(is_sales()), None),
        (*always(), None),
        (Expr::Not(always()), None),
        (
            Expr::Any(vec![is_sales(), Expr::Constant(true)]),
            Some(true),
        ),
        (
            Expr::All(vec![is_sales(), Expr::Constant(false)]),
            Some(false),
        ),
        (Expr::All(vec![]), Some(true)),
        (Expr::Any(vec![]), Some(false)),
    ];
    for (rule, expected) in rows {
        let mut policy = policy("p");
        policy.when = Some(rule.clone());
        assert_eq!(meets(policy, &unknown), expected, "{rule:?}");
    }
}

#[test]
fn times_are_compared_as_instants() {
    // From 2026-11-22T09:00:00Z on, as §3.4 numbers it.
    let key = |milliseconds: i64| crate::order::of_integer(milliseconds);
    let from = Comparison::Between(key(1_795_338_000_000), u128::MAX);
    let mut policy = policy("p");
    policy.when = Some(compare("signIn.now", from));
    let rows = [
        (json!("2026-11-22T09:00:00Z"), Some(true)),
        (json!("2026-11-22T10:00:00+01:00"), Some(true)),
        (json!("2026-11-22T08:59:59.999Z"), Some(false)),
        (json!("2026-11-22T09:00:00+00:01"), Some(false)),
        (Value::Null, Some(false)),
    ];
    for (now, expected) in rows {
        let request = request(json!({ "context": { "now": now } }));
        assert_eq!(meets(policy.clone(), &request), expected, "{now}");
    }
}

#[test]
fn reasons_come_in_order_and_the_first_is_primary() {
    let nobody = |mut policy: gatewright_hir::model::Policy| {
        policy = with(policy, |a| {
            a.who = users(vec![], vec![]);
            a.user_risk = Some(members(vec![RiskLevel::High]));
            a.clients = Some(members(vec![ClientApp::Other]));
            a.devices = Some(filter(false, Expr::Constant(false)));
        });
        policy.when = Some(Expr::Constant(false));
        policy
    };
    let unmodelled = |mut policy: gatewright_hir::model::Policy| {
        policy.unmodelled.push(Unmodelled {
            path: texts(&["conditions", "times"]),
            json: "{}".to_owned(),
            span: Default::default(),
            is_condition: true,
        });
        policy
    };
    let set = set(vec![
        nobody(policy("several")),
        unmodelled(policy("unknown")),
        unmodelled(nobody(policy("both"))),
        in_state(nobody(policy("disabled")), State::Disabled),
        policy("applies"),
    ]);
    let policies = decide(&set, &request(json!({})))["policies"].clone();
    let several = json!(["users", "userRisk", "clientApps", "devices", "when"]);
    let mut both = several.clone();
    both.as_array_mut()
        .unwrap()
        .push(json!("notEnoughInformation"));
    let rows = [
        ("users", several),
        ("notEnoughInformation", json!(["notEnoughInformation"])),
        ("users", both),
        ("policyNotEnabled", json!(["policyNotEnabled"])),
        ("notSet", json!([])),
    ];
    for (at, (primary, all)) in rows.into_iter().enumerate() {
        assert_eq!(policies[at]["analysisReasons"], primary, "{}", policies[at]);
        assert_eq!(policies[at]["allReasons"], all, "{}", policies[at]);
        assert_eq!(
            policies[at]["policyApplies"],
            primary == "notSet",
            "{}",
            policies[at]
        );
    }
    let mode = crate::Mode::Pessimistic;
    let pessimistic = crate::applies(&set, &request(json!({})), mode, None).unwrap();
    assert!(pessimistic[1].applies);
    assert_eq!(pessimistic[1].primary_name(), "notSet");
    assert_eq!(pessimistic[1].names(), ["notEnoughInformation"]);
    assert!(!pessimistic[2].applies);
}
