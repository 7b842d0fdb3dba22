//! SEMANTICS: §1, §3.4

use std::collections::BTreeMap;

use gatewright_hir::model::{Comparison, UserScope};
use serde_json::{Value, json};

use super::builder::{compare, decide, meets, policy, request, set, texts, users, with};
use crate::{Directory, DirectoryUser, Mode, names, order};

#[test]
fn what_is_no_request_is_an_error() {
    let broken = |change: Value| request(change);
    let with_identity = |identity: Value| {
        let mut request = request(json!({}));
        request["signInIdentity"] = identity;
        request
    };
    let rows = [
        json!([]),
        json!({}),
        broken(json!({ "signInIdentity": null })),
        broken(json!({ "signInContext": null })),
        broken(json!({ "signinConditions": {} })),
        broken(json!({ "signInConditions": { "clientApp": "browser" } })),
        broken(json!({ "signInConditions": { "clientAppType": "modern" } })),
        broken(json!({ "signInConditions": { "clientAppType": 1 } })),
        broken(json!({ "signInConditions": { "userRiskLevel": "grave" } })),
        broken(json!({ "signInConditions": { "ipAddress": "203.0.113.0/24" } })),
        broken(json!({ "signInConditions": { "country": "NLD" } })),
        broken(json!({ "signInConditions": { "authenticationFlow": "deviceCodeFlow" } })),
        broken(json!({ "signInConditions": { "deviceInfo": { "trusttype": "AzureAD" } } })),
        broken(json!({ "signInConditions": { "deviceInfo": { "isCompliant": "true" } } })),
        broken(json!({ "signInConditions": { "deviceInfo": { "ownership": "Corporate" } } })),
        broken(json!({ "claims": { "satisfied": ["block"] } })),
        broken(json!({ "claims": { "methods": ["fido"] } })),
        broken(json!({ "context": { "now": "yesterday" } })),
        broken(json!({ "unknown": ["device.colour"] })),
        broken(json!({ "directory": { "user": { "userType": "Robot" } } })),
        broken(json!({ "appliedPoliciesOnly": "yes" })),
        with_identity(json!({ "userId": "u1", "servicePrincipalId": "s1" })),
        with_identity(json!({ "@odata.type": "managedIdentitySignIn" })),
        with_identity(json!({ "externalUserType": "internalGuest,serviceProvider" })),
        with_identity(json!({})),
    ];
    for request in rows {
        let outcome = crate::decide(&set(vec![]), &request, Mode::Graph, None);
        assert!(outcome.is_err(), "{request}");
    }
}

#[test]
fn what_the_service_writes_is_read() {
    let rows = [
        request(json!({ "@odata.context": "x", "signInConditions": null, "claims": null })),
        request(json!({ "signInConditions": { "deviceInfo": { "profileType": "Standard" } } })),
        request(json!({ "signInConditions": { "deviceInfo": { "deviceOwnership": "company" } } })),
        request(json!({ "signInConditions": { "devicePlatform": "chromeOS" } })),
        request(json!({ "signInIdentity": { "externalUserType": "none" } })),
        request(json!({ "signInIdentity": { "@odata.type": "usersignin" } })),
        request(json!({ "signInIdentity": { "@odata.type": "microsoft.graph.userSignIn" } })),
        request(json!({ "signInConditions": { "devicePlatform": "all" } })),
    ];
    for request in rows {
        assert_eq!(
            decide(&set(vec![policy("p")]), &request)["verdict"],
            "grant",
            "{request}"
        );
    }
}

#[test]
fn names_of_unknown_facts_are_facts_paths_or_last_parts() {
    let rows = [
        ("SIGNIN.risk", vec!["signIn.risk"]),
        ("signInConditions.userRiskLevel", vec!["user.risk"]),
        ("ipaddress", vec!["location.ip"]),
        ("country", vec!["location.country"]),
        ("user.country", vec!["user.country"]),
        ("directory.groups", vec!["user.groups"]),
        ("roles", vec!["user.roles"]),
        ("directory", vec!["user.groups", "user.roles"]),
        ("device.deviceOwnership", vec!["device.ownership"]),
        (
            "signInConditions.deviceInfo.extensionAttribute15",
            vec!["device.extensionAttribute15"],
        ),
        ("directory.user.mail", vec!["user.mail"]),
        ("context.namedLocations", vec!["location.names"]),
        ("device.managedPlatform", vec!["device.managedPlatform"]),
        ("mfaregistered", vec!["user.isMfaRegistered"]),
        (
            "context.firstInteractiveSignIn",
            vec!["user.isRegistrationOverdue"],
        ),
        ("agent.attributes", vec!["agent.attributes"]),
        ("app.Attributes", vec!["app.attributes"]),
        ("app.resources", vec!["app.attributes"]),
    ];
    for (name, facts) in rows {
        assert_eq!(names::facts_of(name), Some(texts(&facts)), "{name}");
    }
    assert_eq!(names::facts_of("device").map(|facts| facts.len()), Some(31));
    assert_eq!(names::facts_of("extensionAttribute16"), None);
}

#[test]
fn the_directory_answers_where_the_request_is_silent() {
    let user = DirectoryUser {
        groups: texts(&["g1"]),
        roles: texts(&["r1"]),
        attributes: BTreeMap::from([("department".to_owned(), json!("Sales"))]),
    };
    let directory = Directory {
        users: BTreeMap::from([("U1".to_owned(), user)]),
        ..Directory::default()
    };
    let for_group = |id: &str| {
        with(policy(id), |a| {
            a.who = users(vec![UserScope::Group(id.into())], vec![])
        })
    };
    let for_role = with(policy("r1"), |a| {
        a.who = users(vec![UserScope::Role("r1".into())], vec![])
    });
    let mut for_sales = policy("sales");
    for_sales.when = Some(compare(
        "user.department",
        Comparison::OneOf(texts(&["sales"])),
    ));
    let set = set(vec![for_group("g1"), for_group("g2"), for_role, for_sales]);
    let rows = [
        (json!({}), [true, false, true, true]),
        (
            json!({ "directory": { "groups": ["g2"] } }),
            [false, true, true, true],
        ),
        (
            json!({ "directory": { "roles": [], "user": { "department": "HR" } } }),
            [true, false, false, false],
        ),
    ];
    for (change, expected) in rows {
        let outcomes = crate::applies(
            &set,
            &request(change.clone()),
            Mode::Graph,
            Some(&directory),
        )
        .unwrap();
        let actual: Vec<bool> = outcomes.iter().map(|outcome| outcome.applies).collect();
        assert_eq!(actual, expected, "{change}");
    }
    assert_eq!(meets(for_group("g1"), &request(json!({}))), Some(false));
}

#[test]
fn instants_are_read_from_any_offset() {
    let rows = [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("1969-12-31T23:59:59.9Z", Some(-100)),
        ("2000-02-29t00:00:00z", Some(951_782_400_000)),
        ("2026-11-22T09:00:00.1239-05:30", Some(1_795_357_800_123)),
        ("0001-01-01T00:00:00Z", Some(-62_135_596_800_000)),
        ("1900-02-29T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-11-22T24:00:00Z", None),
        ("2026-11-22T09:00:60Z", None),
        ("2026-11-22 09:00:00Z", None),
        ("2026-11-22T09:00:00", None),
        ("2026-11-22T09:00:00.Z", None),
        ("2026-11-22T09:00:00+24:00", None),
    ];
    for (text, expected) in rows {
        assert_eq!(order::milliseconds(text), expected, "{text}");
    }
}

#[test]
fn durations_are_whole_seconds() {
    let rows = [
        ("PT4H", Some(14_400)),
        ("P1D", Some(86_400)),
        ("P1DT1H1M1S", Some(90_061)),
        ("P2W", Some(1_209_600)),
        ("P1Y", None),
        ("P1M", None),
        ("PT1M1H", None),
        ("P1D1W", None),
        ("P1W1D", None),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("PT1.5S", None),
        ("4H", None),
        ("PT99999999999999999999H", None),
    ];
    for (text, expected) in rows {
        assert_eq!(order::seconds(text), expected, "{text}");
    }
}

#[test]
fn numbers_keep_the_order_of_values() {
    let versions = ["0", "6.1", "10.0", "10.0.9", "10.0.22631", "11"];
    let decimals = ["-10", "-0.5", "0", "0.000000001", "2.5", "10"];
    assert!(
        versions
            .iter()
            .map(|text| order::of_version(text).unwrap())
            .is_sorted_by(|a, b| a < b)
    );
    assert!(
        decimals
            .iter()
            .map(|text| order::of_decimal(text).unwrap())
            .is_sorted_by(|a, b| a < b)
    );
    assert_eq!(order::of_version("10"), order::of_version("10.0.0.0"));
    assert_eq!(order::of_version("10"), Some(10 << 96));
    assert_eq!(order::of_decimal("0.5"), Some((1 << 127) + 500_000_000));
    assert_eq!(order::of_integer(-1), (1 << 63) - 1);
    assert_eq!(
        order::of_address("203.0.113.7"),
        order::of_address("::ffff:203.0.113.7")
    );
    for text in ["", "1.2.3.4.5", "1..2", "1.x", "4294967296"] {
        assert_eq!(order::of_version(text), None, "{text}");
    }
    for text in ["", "1e3", ".5", "5.", "0.0000000001", "1234567890123456789"] {
        assert_eq!(order::of_decimal(text), None, "{text}");
    }
}
