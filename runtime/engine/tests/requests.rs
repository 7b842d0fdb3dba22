//! Requests are read exactly, and what is odd about them is said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod common;
#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use common::{engine, sign_in, with};
use gatewright_runtime::{
    Directory, Engine, Fact, ReadOptions, Request, Requests, Shape, parse_date_time,
};
use gatewright_value::{address_key, parse_address};
use sample::Sample;
use serde_json::{Value, json};

fn plain() -> Engine {
    engine(Sample::entra().finish())
}

/// What is known of an attribute after reading a request.
fn fact(request: &Value, attribute: &str) -> Fact<'static> {
    let engine = plain();
    let bytes = request.to_string();
    let request = Request::from_json(&engine, bytes.as_bytes())
        .unwrap()
        .into_owned();
    request
        .facts()
        .get(engine.attribute(attribute).unwrap())
        .clone()
}

#[test]
fn absent_members_mean_what_they_should() {
    let request = sign_in();
    let rows: Vec<(&str, Fact<'_>)> = vec![
        ("user.risk", Fact::Unknown),
        ("signIn.risk", Fact::Unknown),
        ("user.insiderRisk", Fact::Unknown),
        ("servicePrincipal.risk", Fact::Unknown),
        ("agent.risk", Fact::Unknown),
        ("signIn.client", Fact::text("browser")),
        ("session.flow", Fact::Null),
        ("location.ip", Fact::Null),
        ("location.country", Fact::Null),
        ("location.isUnmapped", Fact::Boolean(false)),
        ("location.names", Fact::Set(vec![])),
        ("device.isRegistered", Fact::Boolean(false)),
        ("device.trustType", Fact::Null),
        ("device.isCompliant", Fact::Null),
        ("device.physicalIds", Fact::Set(vec![])),
        ("user.groups", Fact::Set(vec![])),
        ("user.guestType", Fact::Null),
        ("user.department", Fact::Null),
        ("servicePrincipal.id", Fact::Null),
        ("servicePrincipal.isOwned", Fact::Null),
        ("signIn.identity", Fact::text("user")),
        ("signIn.target", Fact::text("apps")),
        ("app.action", Fact::Null),
        ("signIn.baselineScopesOnly", Fact::Boolean(false)),
        ("signIn.now", Fact::Null),
        ("session.methods", Fact::Set(vec![])),
    ];
    for (attribute, expected) in rows {
        assert_eq!(fact(&request, attribute), expected, "{attribute}");
    }
    let bare = json!({"signInIdentity": {"userId": "a"}, "signInContext": {"userAction": null,
        "@odata.type": "userActionContext"}, "signInConditions": null, "unknown": null});
    assert_eq!(fact(&bare, "signIn.client"), Fact::Unknown);
    assert_eq!(fact(&bare, "signIn.platform"), Fact::Unknown);
    assert_eq!(fact(&bare, "app.action"), Fact::Null);
}

#[test]
fn members_become_facts() {
    let address = |text: &str| Fact::Address(address_key(parse_address(text).unwrap()));
    let change = |path: &str, value: Value| with(&[(path, value)]);
    let identity = |value: Value| change("signInIdentity", value);
    let target = |value: Value| change("signInContext", value);
    let flow = |method: Value| {
        change(
            "signInConditions.authenticationFlow",
            json!({ "transferMethod": method }),
        )
    };
    let device = |value: Value| change("signInConditions.deviceInfo", value);
    let action = |name: &str| target(json!({ "userAction": name }));
    let security = Fact::text("urn:user:registersecurityinfo");
    let at = |text: &str| {
        let key = gatewright_runtime::date_time_key(parse_date_time(text).unwrap());
        Fact::Ordered(key)
    };
    let now = "2026-11-22T10:00:00+01:00";
    let guest = |kind: &str| identity(json!({"userId": "u", "externalUserType": kind}));
    let agent_user = identity(json!({"userId": "u", "isAgentUser": true}));
    let principal = identity(json!({"servicePrincipalId": "S"}));
    let foreign = identity(json!({"servicePrincipalId": "s", "isOwned": false}));
    let rows: Vec<(Value, &str, Fact<'_>)> = vec![
        (
            guest("internalGuest"),
            "user.guestType",
            Fact::text("internalGuest"),
        ),
        (
            guest("none, serviceProvider"),
            "user.guestType",
            Fact::text("serviceProvider"),
        ),
        (guest("none"), "user.guestType", Fact::Null),
        (agent_user, "signIn.identity", Fact::text("agentUser")),
        (principal.clone(), "servicePrincipal.id", Fact::text("S")),
        (
            principal.clone(),
            "servicePrincipal.isOwned",
            Fact::Boolean(true),
        ),
        (foreign, "servicePrincipal.isOwned", Fact::Boolean(false)),
        (principal, "user.id", Fact::Null),
        (
            identity(json!({"agentServicePrincipalId": "g"})),
            "signIn.identity",
            Fact::text("agentIdentity"),
        ),
        (
            target(json!({"authenticationContextValue": "c1"})),
            "app.context",
            Fact::text("c1"),
        ),
        (
            action("REGISTERSECURITYINFORMATION"),
            "app.action",
            security.clone(),
        ),
        (
            action("urn:user:registersecurityinfo"),
            "app.action",
            security,
        ),
        (
            action("registerOrJoinDevices"),
            "app.action",
            Fact::text("urn:user:registerdevice"),
        ),
        (
            action("accountRecovery"),
            "app.action",
            Fact::text("urn:user:accountrecovery"),
        ),
        (action("accountRecovery"), "app.ids", Fact::Set(vec![])),
        (
            flow(json!("DeviceCodeFlow")),
            "session.flow",
            Fact::text("deviceCodeFlow"),
        ),
        (flow(json!("none")), "session.flow", Fact::Null),
        (flow(Value::Null), "session.flow", Fact::Null),
        (
            change("signInConditions.userRiskLevel", json!("HIGH")),
            "user.risk",
            Fact::text("high"),
        ),
        (
            change("signInConditions.devicePlatform", json!("beos")),
            "signIn.platform",
            Fact::text("beos"),
        ),
        (
            change("signInConditions.ipAddress", json!("::ffff:1.2.3.4")),
            "location.ip",
            address("1.2.3.4"),
        ),
        (
            change("signInConditions.ipAddress", json!("1.2.3.4")),
            "location.isUnmapped",
            Fact::Boolean(true),
        ),
        (
            change("signInConditions.ipAddress", json!("1.2.3.4")),
            "location.names",
            Fact::Unknown,
        ),
        (
            change("signInConditions.country", json!("nl")),
            "location.names",
            Fact::Unknown,
        ),
        (
            change("context.namedLocations", json!(["L"])),
            "location.names",
            Fact::set(["L"]),
        ),
        (
            change("context.now", json!(now)),
            "signIn.now",
            at("2026-11-22T09:00:00Z"),
        ),
        (
            device(json!({})),
            "device.isRegistered",
            Fact::Boolean(true),
        ),
        (
            device(json!({"deviceOwnership": "company"})),
            "device.ownership",
            Fact::text("company"),
        ),
        (
            device(json!({"trustType": "EntraID"})),
            "device.trustType",
            Fact::text("EntraID"),
        ),
        (
            device(json!({"physicalIds": ["[ZTDId]:1"]})),
            "device.physicalIds",
            Fact::set(["[ZTDId]:1"]),
        ),
        (
            change("directory.groups", json!(["g"])),
            "user.groups",
            Fact::set(["g"]),
        ),
        (
            change("directory.user", json!({"accountEnabled": false})),
            "user.accountEnabled",
            Fact::Boolean(false),
        ),
        (
            change("claims.methods", json!(["FIDO2"])),
            "session.methods",
            Fact::set(["fido2"]),
        ),
    ];
    for (request, attribute, expected) in rows {
        assert_eq!(fact(&request, attribute), expected, "{attribute} {request}");
    }
}

#[test]
fn what_is_said_to_be_unknown_is_unknown() {
    let base = |names: Value| {
        with(&[
            ("signInConditions.ipAddress", json!("1.2.3.4")),
            ("signInConditions.country", json!("NL")),
            ("signInConditions.deviceInfo", json!({"isCompliant": true})),
            ("directory.groups", json!(["g"])),
            ("unknown", names),
        ])
    };
    let rows: &[(&str, &[&str])] = &[
        ("device.isCompliant", &["device.isCompliant"]),
        ("DEVICE.ISCOMPLIANT", &["device.isCompliant"]),
        (
            "signInConditions.deviceInfo.isCompliant",
            &["device.isCompliant"],
        ),
        ("device.deviceOwnership", &["device.ownership"]),
        (
            "device",
            &[
                "device.isCompliant",
                "device.trustType",
                "device.isRegistered",
            ],
        ),
        ("deviceInfo", &["device.isCompliant", "device.isRegistered"]),
        (
            "device.isRegistered",
            &["device.isCompliant", "device.isRegistered"],
        ),
        ("directory", &["user.groups", "user.roles"]),
        ("directory.groups", &["user.groups"]),
        ("groups", &["user.groups"]),
        ("directory.user.department", &["user.department"]),
        ("user.department", &["user.department"]),
        ("signInConditions.ipAddress", &["location.ip"]),
        ("ipAddress", &["location.ip"]),
        ("country", &["location.country", "location.isUnmapped"]),
        ("signInContext.includeApplications", &["app.ids"]),
        ("userRiskLevel", &["user.risk"]),
        ("signIn.baselineScopesOnly", &["signIn.baselineScopesOnly"]),
        ("location.names", &["location.names"]),
        ("signIn.identity", &["signIn.identity"]),
    ];
    for (name, attributes) in rows {
        for attribute in *attributes {
            assert_eq!(
                fact(&base(json!([name])), attribute),
                Fact::Unknown,
                "{name} {attribute}"
            );
        }
    }
    let known = [
        ("directory.groups", "user.roles"),
        ("device.model", "device.isCompliant"),
    ];
    for (name, attribute) in known {
        assert_ne!(
            fact(&base(json!([name])), attribute),
            Fact::Unknown,
            "{name} {attribute}"
        );
    }
    // An address that is not known maps to no known country unless one is given.
    let nowhere = |names: Value| fact(&with(&[("unknown", names)]), "location.isUnmapped");
    assert_eq!(nowhere(json!(["ipAddress"])), Fact::Unknown);
    assert_eq!(
        fact(&base(json!(["ipAddress"])), "location.isUnmapped"),
        Fact::Boolean(false)
    );
    let names = fact(
        &with(&[("unknown", json!(["location.names"]))]),
        "location.names",
    );
    assert_eq!(names, Fact::Unknown);
}

#[test]
fn escapes_are_read_and_plain_strings_are_borrowed() {
    let text = r#"{"signInIdentity": {"userId": "a\u0062\ud83d\ude00\n\/\"",
        "externalTenantId": "t"},
        "signInContext": {"includeApplications": []}}"#;
    let engine = plain();
    let request = Request::from_json(&engine, text.as_bytes()).unwrap();
    let fact = |name: &str| request.facts().get(engine.attribute(name).unwrap()).clone();
    assert_eq!(fact("user.id"), Fact::text("ab😀\n/\""));
    let Fact::Text(std::borrow::Cow::Borrowed("t")) = fact("user.homeTenant") else {
        panic!()
    };
}

#[test]
fn odd_values_are_warned_of() {
    let warnings = |request: &Value| {
        let engine = plain();
        let bytes = request.to_string();
        Request::from_json(&engine, bytes.as_bytes())
            .unwrap()
            .warnings()
            .to_vec()
    };
    let rows = [
        (
            with(&[(
                "signInConditions.deviceInfo",
                json!({"trustType": "EntraID"}),
            )]),
            "EntraID",
        ),
        (
            with(&[(
                "signInConditions.deviceInfo",
                json!({"profileType": "IOT2"}),
            )]),
            "mean `IoT`",
        ),
        (
            with(&[("signInConditions.devicePlatform", json!("windowz"))]),
            "mean `windows`",
        ),
        (
            with(&[("signInConditions.devicePlatform", json!("All"))]),
            "counts as not given",
        ),
        (
            with(&[("signInConditions.clientAppType", json!("all"))]),
            "counts as not given",
        ),
        (with(&[("signInIdentity.userId", json!(" "))]), "userId"),
        (with(&[("signInIdentity.userId", Value::Null)]), "userId"),
        (
            with(&[("signInContext.includeApplications", json!([]))]),
            "includeApplications",
        ),
        (
            with(&[("claims.satisfied", json!(["compliantDevice"]))]),
            "the claim is ignored",
        ),
        (
            with(&[("directory.groups", json!(vec!["g"; 2049]))]),
            "2049 groups",
        ),
    ];
    for (request, expected) in rows {
        let found = warnings(&request);
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }
    assert_eq!(warnings(&sign_in()), Vec::<String>::new());
    let quiet = with(&[("signInConditions.devicePlatform", json!("unknown"))]);
    assert_eq!(warnings(&quiet), Vec::<String>::new());
}

#[test]
fn a_missing_directory_is_warned_of_where_a_policy_asks_for_it() {
    use gatewright_value::vocabulary::{Reason, State};
    let mut sample = Sample::entra();
    let groups = sample.elements("user.groups", &["finance"]);
    let client = sample.text("signIn.client", &["other"]);
    let finance = sample.test(Reason::Users, groups[0], 1);
    let other = sample.test(Reason::ClientApps, client, 1);
    sample.policy("Legacy", State::Enabled, &[other]);
    for name in ["One", "Two", "Three", "Four"] {
        sample.policy(name, State::Enabled, &[finance]);
    }
    let engine = engine(sample.finish());
    let warnings = |request: &Value| {
        let bytes = request.to_string();
        Request::from_json(&engine, bytes.as_bytes())
            .unwrap()
            .warnings()
            .to_vec()
    };
    let mut without = sign_in();
    without.as_object_mut().unwrap().remove("directory");
    let [warning] = warnings(&without).try_into().unwrap();
    assert!(
        warning.contains("`One`, `Two`, `Three` and 1 more"),
        "{warning}"
    );
    assert_eq!(warnings(&sign_in()), Vec::<String>::new());
    without["unknown"] = json!(["directory"]);
    assert_eq!(warnings(&without), Vec::<String>::new());
    without["unknown"] = Value::Null;
    without["signInIdentity"] = json!({"servicePrincipalId": "s"});
    assert_eq!(warnings(&without), Vec::<String>::new());
}

#[test]
fn several_requests_are_read_in_every_shape() {
    let engine = plain();
    let one = sign_in().to_string();
    let read = |text: &str| {
        let found = Requests::from_json(&engine, text.as_bytes(), &ReadOptions::default());
        found
            .map(|found| (found.shape, found.requests.len()))
            .map_err(|error| error.to_string())
    };
    assert_eq!(read(&one), Ok((Shape::One, 1)));
    assert_eq!(read(&format!("\u{FEFF}{one}\n")), Ok((Shape::One, 1)));
    assert_eq!(read(&format!("{one}\n{one}\n")), Ok((Shape::Lines, 2)));
    assert_eq!(read(&format!("[{one}, {one}]")), Ok((Shape::Array, 2)));
    assert_eq!(read(" [ ] "), Ok((Shape::Array, 0)));
    let rows = [
        (String::new(), "line 1, column 1: no request"),
        (format!("[{one}"), "where `,` or `]` is expected"),
        (format!("[{one}, ]"), "found `]` where a value is expected"),
        (format!("[{one}] x"), "found `x` where the end is expected"),
        (
            format!("{one}\n{{\"x\": 1}}"),
            "line 2, column 2: `x`: there is no such member",
        ),
        ("[".to_owned(), "the text ends where a request is expected"),
    ];
    for (text, expected) in rows {
        let error = read(&text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn a_clock_is_used_only_where_the_request_has_none() {
    let engine = plain();
    let now = engine.attribute("signIn.now").unwrap();
    let read = |request: Value| {
        let bytes = request.to_string();
        let options = ReadOptions {
            now: Some(1000),
            ..ReadOptions::default()
        };
        let request = Request::from_json_with(&engine, bytes.as_bytes(), &options).unwrap();
        request.facts().get(now).clone().into_owned()
    };
    let key = |milliseconds| Fact::Ordered(gatewright_runtime::date_time_key(milliseconds));
    assert_eq!(read(sign_in()), key(1000));
    assert_eq!(
        read(with(&[("context.now", json!("1970-01-01T00:00:02Z"))])),
        key(2000)
    );
}

#[test]
fn a_directory_completes_a_request() {
    let directory = json!({
        "users": [
            {"id": "Ada", "displayName": "Ada", "department": "IT", "groups": ["A"],
                "roles": ["r1"], "memberOf": [{"id": "d"}, {"roleTemplateId": "r3", "id": "x"}]},
            {"id": "bob"}
        ],
        "groups": [
            {"id": "a", "displayName": "A", "memberOf": ["B"]},
            {"id": "b", "memberOf": ["a"], "roles": ["r2"]},
            {"id": "c", "members": ["B", {"id": "BOB"}]}
        ],
        "namedLocations": [{"anything": 1}], "complete": true
    });
    let directory = Directory::from_json(directory.to_string().as_bytes()).unwrap();
    assert!(directory.is_complete() && directory.user_count() == 2);
    let ada = directory.memberships("ADA").unwrap();
    assert_eq!(
        (ada.groups, ada.roles),
        (
            ["A", "d", "B", "c"].map(str::to_owned).to_vec(),
            ["r3", "r1", "r2"].map(str::to_owned).to_vec(),
        )
    );
    assert_eq!(directory.memberships("bob").unwrap().groups, ["c"]);
    assert_eq!(directory.memberships("a"), None);
    let by_groups =
        json!({"groups": [{"id": "G", "members": ["A"]}, {"id": "A", "members": ["U"]}]});
    let by_groups = Directory::from_json(by_groups.to_string().as_bytes()).unwrap();
    assert_eq!(by_groups.memberships("u").unwrap().groups, ["A", "G"]);
    assert_eq!(by_groups.memberships("a"), None);

    let engine = plain();
    let read = |request: &Value| {
        let bytes = request.to_string();
        let options = ReadOptions {
            directory: Some(&directory),
            now: None,
        };
        Request::from_json_with(&engine, bytes.as_bytes(), &options)
            .unwrap()
            .into_owned()
    };
    let fact = |request: &Request<'_>, name: &str| {
        request
            .facts()
            .get(engine.attribute(name).unwrap())
            .clone()
            .into_owned()
    };
    let request = read(&sign_in());
    assert_eq!(
        fact(&request, "user.groups"),
        Fact::set(["A", "d", "B", "c"])
    );
    assert_eq!(fact(&request, "user.department"), Fact::text("IT"));
    // What the request itself says comes first, member by member.
    let request = read(&with(&[
        ("directory.groups", json!([])),
        ("directory.user", json!({"department": "HR"})),
    ]));
    assert_eq!(fact(&request, "user.groups"), Fact::Set(vec![]));
    assert_eq!(fact(&request, "user.roles"), Fact::set(["r3", "r1", "r2"]));
    assert_eq!(fact(&request, "user.department"), Fact::text("HR"));
    assert_eq!(fact(&request, "user.displayName"), Fact::text("Ada"));
    let mut stranger = with(&[("signInIdentity", json!({"userId": "eve"}))]);
    stranger.as_object_mut().unwrap().remove("directory");
    assert!(read(&stranger).warnings()[0].contains("the user `eve` is not in the directory"));
}

#[test]
fn a_device_alone_leaves_everything_else_unknown() {
    let engine = plain();
    let read = |text: &'static str| Request::from_device_info(&engine, text.as_bytes());
    let fact = |text: &'static str, name: &str| {
        read(text)
            .unwrap()
            .facts()
            .get(engine.attribute(name).unwrap())
            .clone()
            .into_owned()
    };
    assert_eq!(fact("null", "device.isRegistered"), Fact::Boolean(false));
    assert_eq!(fact("null", "device.model"), Fact::Null);
    assert_eq!(fact(r#"{"model": "X"}"#, "device.model"), Fact::text("X"));
    assert_eq!(fact(r#"{"model": "X"}"#, "device.trustType"), Fact::Null);
    assert_eq!(fact("null", "signIn.client"), Fact::Unknown);
    let error = read(r#"{"modle": "X"}"#).unwrap_err().to_string();
    assert!(error.contains("did you mean `model`?"), "{error}");
}
