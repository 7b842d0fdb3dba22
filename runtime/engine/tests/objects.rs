//! Custom security attributes, what device management says, and what security defaults ask for, as
//! requests say them.
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

use common::{engine, report, with};
use gatewright_runtime::{Directory, Engine, Fact, Mode, ReadOptions, Record, Request};
use gatewright_value::vocabulary::{Reason, State};
use gatewright_value::{Kind, ordered_key};
use sample::{Sample, is_one_of};
use serde_json::{Value, json};

/// A policy for tagged resources, and device compliance.
fn tenant(has_compliance: bool) -> Engine {
    let mut sample = Sample::entra();
    let tagged = sample.predicates("app.resources", vec![is_one_of("hr_level", &["high"])])[0];
    let test = sample.test(Reason::Application, tagged, 1);
    sample.policy("Tagged", State::Enabled, &[test]).is_block = true;
    let workload = is_one_of("hr_level", &["high"]).negated();
    let workload = sample.predicates("servicePrincipal.attributes", vec![workload])[0];
    let test = sample.test(Reason::WorkloadIdentities, workload, 1);
    sample.policy("Workloads", State::Enabled, &[test]);
    if has_compliance {
        let platform = sample.text("device.managedPlatform", &["macos", "windows"]);
        let encrypted = sample.boolean("setting.bitLockerEnabled");
        let trusted = sample.boolean("setting.tpmPresent");
        let compliant = sample.boolean("device.isCompliant");
        let windows = sample.test(Reason::Devices, platform, 2);
        let mac = sample.test(Reason::Devices, platform, 1);
        let encrypted = sample.test(Reason::Devices, encrypted, 1);
        let trusted = sample.test(Reason::Devices, trusted, 1);
        sample.compliance("Windows", &[windows], &[encrypted, trusted], 24);
        sample.compliance("Mac", &[mac], &[trusted], 0);
        let test = sample.test(Reason::Devices, compliant, 0);
        sample
            .policy("Noncompliant", State::Enabled, &[test])
            .is_block = true;
    }
    engine(sample.finish())
}

fn read(engine: &Engine, request: &Value, directory: Option<&Directory>) -> Request<'static> {
    let options = ReadOptions {
        directory,
        now: None,
    };
    let bytes = request.to_string();
    let read = Request::from_json_with(engine, bytes.as_bytes(), &options);
    read.unwrap().into_owned()
}

fn refused(request: &Value) -> String {
    let bytes = request.to_string();
    let read = Request::from_json(&tenant(true), bytes.as_bytes());
    read.unwrap_err().to_string()
}

fn fact(request: &Value, attribute: &str) -> Fact<'static> {
    let engine = tenant(true);
    let request = read(&engine, request, None);
    let handle = engine.attribute(attribute).unwrap();
    request.facts().get(handle).clone()
}

fn listed(member: &str, id: &str, attributes: Value) -> (String, Value) {
    let object = json!([{"id": id, "customSecurityAttributes": attributes}]);
    (format!("directory.{member}"), object)
}

#[test]
fn custom_security_attributes_become_fields_of_records() {
    let attributes = json!({
        "Engineering": {"@odata.type": "#x", "Project@odata.type": "#y", "Project": ["Baker", "C"],
            "Level": "High", "IsPublic": true, "Cost": 5, "Counts": [1], "Gone": null},
        "Other": null,
    });
    let (path, list) = listed("apps", "MAIL", attributes);
    let audiences = (
        "signInContext.includeApplications",
        json!(["mail", "other"]),
    );
    let request = with(&[(&path, list), audiences]);
    let mail = Record::new()
        .with("id", "mail")
        .with("engineering_level", "High")
        .with_list("engineering_project", ["Baker", "C"]);
    let other = Record::new().with("id", "other");
    let expected = Fact::Records(vec![mail, other]);
    assert_eq!(fact(&request, "app.resources"), expected);
    for unknown in ["app.attributes", "APP.RESOURCES"] {
        let mut request = request.clone();
        request["unknown"] = json!([unknown]);
        let open = |id: &'static str| Record::new().and_unknown().with("id", id);
        let expected = Fact::Records(vec![open("mail"), open("other")]);
        assert_eq!(fact(&request, "app.resources"), expected);
    }
    let mut unknown = request;
    unknown["unknown"] = json!(["includeApplications"]);
    assert_eq!(fact(&unknown, "app.resources"), Fact::Unknown);
}

#[test]
fn identities_have_exactly_one_record_of_their_own_kind() {
    let (path, list) = listed("servicePrincipals", "P", json!({"HR": {"Level": "high"}}));
    let principal = ("signInIdentity", json!({"servicePrincipalId": "p"}));
    let request = with(&[(&path, list), principal.clone()]);
    let tagged = Fact::Records(vec![Record::new().with("hr_level", "high")]);
    assert_eq!(fact(&request, "servicePrincipal.attributes"), tagged);
    assert_eq!(fact(&request, "agent.attributes"), Fact::Records(vec![]));
    let untagged = fact(&with(&[principal]), "servicePrincipal.attributes");
    assert_eq!(untagged, Fact::Records(vec![Record::new()]));
    assert_eq!(
        fact(&with(&[]), "servicePrincipal.attributes"),
        Fact::Records(vec![])
    );
    let (path, list) = listed("agents", "a", json!({"HR": {"Level": "low"}}));
    let agent = ("signInIdentity", json!({"agentServicePrincipalId": "A"}));
    let mut request = with(&[(&path, list), agent]);
    let tagged = Fact::Records(vec![Record::new().with("hr_level", "low")]);
    assert_eq!(fact(&request, "agent.attributes"), tagged);
    request["unknown"] = json!(["agent.attributes"]);
    assert_eq!(fact(&request, "agent.attributes"), Fact::Unknown);
}

#[test]
fn an_object_that_nothing_is_known_of_is_named_where_a_filter_asks() {
    let engine = tenant(false);
    let warnings = |request: &Value, directory: Option<&Directory>| {
        read(&engine, request, directory).warnings().join("\n")
    };
    let untold = warnings(&with(&[]), None);
    assert_eq!(
        untold,
        "`directory.apps` does not say anything of the resource `mail`: \
         no custom security attributes for `Tagged`"
    );
    let (path, list) = listed("apps", "mail", Value::Null);
    assert_eq!(warnings(&with(&[(&path, list)]), None), "");
    let unknown = with(&[("unknown", json!(["app.attributes"]))]);
    assert_eq!(warnings(&unknown, None), "");
    let file = r#"{"users": [{"id": "ada"}], "servicePrincipals": [{"id": "s", "appId": "MAIL",
        "customSecurityAttributes": {"HR": {"Level": "High"}}}], "agents": [], "apps": []}"#;
    let file = Directory::from_json(file.as_bytes()).unwrap();
    assert_eq!(warnings(&with(&[]), Some(&file)), "");
    let resources = engine.attribute("app.resources").unwrap();
    let known = |request: &Value| {
        let request = read(&engine, request, Some(&file));
        request.facts().get(resources).clone()
    };
    let tagged = Record::new().with("id", "mail").with("hr_level", "High");
    assert_eq!(known(&with(&[])), Fact::Records(vec![tagged]));
    // What the request says of an object comes before the file, untagged or not.
    let (path, list) = listed("apps", "mail", Value::Null);
    let untagged = Record::new().with("id", "mail");
    assert_eq!(
        known(&with(&[(&path, list)])),
        Fact::Records(vec![untagged])
    );
}

#[test]
fn objects_are_read_strictly() {
    let twice = json!([{"id": "a"}, {"id": "A"}]);
    let rows = [
        (
            with(&[("directory.app", json!([]))]),
            "`directory.app`: there is no such member; did you mean `apps`?",
        ),
        (
            with(&[(
                "directory.apps",
                json!([{"id": "a", "customSecurityAttribute": {}}]),
            )]),
            "there is no such member; did you mean `customSecurityAttributes`?",
        ),
        (with(&[("directory.apps", json!([{}]))]), "there is no `id`"),
        (with(&[("directory.agents", twice)]), "`A` is listed twice"),
        (
            with(&[(
                "directory.apps",
                json!([{"id": "a", "customSecurityAttributes": {"x": 1}}]),
            )]),
            "a number stands where an object is expected",
        ),
    ];
    for (request, expected) in rows {
        let error = refused(&request);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn explanations_show_the_fields_that_were_asked_for() {
    let attributes = json!({"HR": {"Level": "HIGH", "Other": "x"}});
    let (path, list) = listed("apps", "mail", attributes);
    let found = report(&tenant(false), &with(&[(&path, list)]), Mode::Graph, true);
    assert_eq!(found["verdict"], "block");
    let expected = json!([{"attribute": "app.resources", "value": [{"hr_level": "HIGH"}]}]);
    assert_eq!(found["explanation"]["facts"], expected);
}

/// A sign-in from a managed device.
fn managed(compliance: Value, more: &[(&str, Value)]) -> Value {
    let mut request = with(more);
    request["compliance"] = compliance;
    request
}

#[test]
fn settings_and_platforms_become_facts() {
    let version = Fact::Ordered(ordered_key(&Kind::Version, "10.0.22631.1").unwrap());
    let settings = |value: Value| managed(json!({ "settings": value }), &[]);
    let on = |platform: &str| {
        let platform = ("signInConditions.devicePlatform", json!(platform));
        managed(json!({}), &[platform])
    };
    let rows = [
        (
            settings(json!({"osVersion": "10.0.22631.1"})),
            "setting.osVersion",
            version,
        ),
        (settings(json!({})), "setting.osVersion", Fact::Null),
        (
            settings(json!({"threatLevel": "Clear"})),
            "setting.threatLevel",
            Fact::text("secured"),
        ),
        (
            settings(json!({"threatLevel": "none"})),
            "setting.threatLevel",
            Fact::text("secured"),
        ),
        (
            settings(json!({"threatLevel": "low"})),
            "setting.threatLevel",
            Fact::text("low"),
        ),
        (
            settings(json!({})),
            "device.isRegistered",
            Fact::Boolean(true),
        ),
        (with(&[]), "device.isRegistered", Fact::Boolean(false)),
        (with(&[]), "device.managedPlatform", Fact::Null),
        (
            on("Windows"),
            "device.managedPlatform",
            Fact::text("windows"),
        ),
        (
            on("android"),
            "device.managedPlatform",
            Fact::text("androidWorkProfile"),
        ),
        (on("unknown"), "device.managedPlatform", Fact::Unknown),
        (
            managed(json!({"platform": "LINUX"}), &[]),
            "device.managedPlatform",
            Fact::text("linux"),
        ),
        (
            managed(
                json!({"platform": "linux"}),
                &[("unknown", json!(["device"]))],
            ),
            "device.managedPlatform",
            Fact::Unknown,
        ),
        (
            managed(
                json!({"settings": {"tpmPresent": true}}),
                &[("unknown", json!(["compliance.settings.TpmPresent"]))],
            ),
            "setting.tpmPresent",
            Fact::Unknown,
        ),
    ];
    for (request, attribute, expected) in rows {
        assert_eq!(fact(&request, attribute), expected, "{request}");
    }
    let device = ("signInConditions.deviceInfo", json!({"isCompliant": true}));
    let rows = [
        (
            settings(json!({"tpmPresnt": true})),
            "did you mean `tpmPresent`?",
        ),
        (
            settings(json!({"tpmPresent": "yes"})),
            "a string stands where `true` or `false`",
        ),
        (
            settings(json!({"threatLevel": "x"})),
            "`x` is no value of `setting.threatLevel`",
        ),
        (
            managed(json!({"platfrom": "x"}), &[]),
            "did you mean `platform`?",
        ),
        (
            managed(json!({"platform": "widows"}), &[]),
            "did you mean `windows`?",
        ),
        (
            managed(json!({"lastCheckIn": "x"}), &[]),
            "no RFC 3339 date-time",
        ),
        (managed(json!({}), &[device]), "`compliance` is given too"),
    ];
    for (request, expected) in rows {
        let error = refused(&request);
        assert!(error.contains(expected), "{error}");
    }
    let warned = read(&tenant(false), &managed(json!({}), &[]), None);
    let warnings = warned.warnings().join("\n");
    assert!(
        warnings.contains("there are no compliance policies"),
        "{warnings}"
    );
}

/// The state of the device, those of both policies, and whether the sign-in is blocked for it.
fn derived(engine: &Engine, request: &Value) -> (String, String, String, bool) {
    let found = report(engine, request, Mode::Graph, false);
    let state = |value: &Value| value["state"].as_str().unwrap_or("absent").to_owned();
    let policies = &found["compliance"]["policies"];
    let is_blocked = found["policies"][2]["policyApplies"] == true;
    (
        state(&found["compliance"]),
        state(&policies[0]),
        state(&policies[1]),
        is_blocked,
    )
}

#[test]
fn the_state_of_a_device_follows_from_its_policies() {
    const NOW: &str = "2026-11-22T09:00:00Z";
    let at = |now: &str| ("context", json!({ "now": now }));
    let fine = json!({"bitLockerEnabled": true, "tpmPresent": true});
    let failing = json!({"bitLockerEnabled": false, "tpmPresent": true});
    let said = |settings: &Value| json!({ "settings": settings });
    let since = |instant: &str| json!({"settings": failing, "noncompliantSince": instant});
    let seen = |instant: &str| json!({"settings": fine, "lastCheckIn": instant});
    let unknown = |names: Value| ("unknown", names);
    let day_before = "2026-11-21T09:00:00Z";
    let (now, na) = (|| at(NOW), "notApplicable");
    let rows = [
        (
            said(&fine),
            vec![now()],
            ["compliant", "compliant", na],
            false,
        ),
        (
            said(&failing),
            vec![now()],
            ["inGracePeriod", "inGracePeriod", na],
            false,
        ),
        (
            since("2026-11-21T09:00:01Z"),
            vec![now()],
            ["inGracePeriod", "inGracePeriod", na],
            false,
        ),
        (
            since(day_before),
            vec![now()],
            ["noncompliant", "noncompliant", na],
            true,
        ),
        (
            since(day_before),
            vec![],
            ["inGracePeriod", "inGracePeriod", na],
            false,
        ),
        (
            since(day_before),
            vec![now(), unknown(json!(["now"]))],
            ["unknown", "unknown", na],
            false,
        ),
        (
            seen("2026-10-23T09:00:00Z"),
            vec![now()],
            ["compliant", "compliant", na],
            false,
        ),
        (
            seen("2026-10-23T08:59:59Z"),
            vec![now()],
            ["noncompliant", "compliant", na],
            true,
        ),
        (
            said(&fine),
            vec![unknown(json!(["setting.tpmPresent"]))],
            ["unknown", "unknown", na],
            false,
        ),
        // Nothing is wrong with the device whatever platform it is of.
        (
            said(&fine),
            vec![unknown(json!(["devicePlatform"]))],
            ["compliant", "unknown", "unknown"],
            false,
        ),
        (
            said(&failing),
            vec![unknown(json!(["devicePlatform"]))],
            ["unknown", "unknown", "unknown"],
            false,
        ),
        (
            json!({"platform": "macOS"}),
            vec![],
            ["noncompliant", na, "noncompliant"],
            true,
        ),
        (
            json!({"platform": "linux"}),
            vec![],
            ["compliant", na, na],
            false,
        ),
        // What nobody knows stays unknown; the state is told all the same.
        (
            json!({"platform": "macOS"}),
            vec![unknown(json!(["device.isCompliant"]))],
            ["noncompliant", na, "noncompliant"],
            false,
        ),
    ];
    let engine = tenant(true);
    for (compliance, more, [state, windows, mac], is_blocked) in rows {
        let request = managed(compliance, &more);
        let expected = (
            state.to_owned(),
            windows.to_owned(),
            mac.to_owned(),
            is_blocked,
        );
        assert_eq!(derived(&engine, &request), expected, "{request}");
    }
    assert_eq!(derived(&engine, &with(&[])).0, "absent");
}

#[test]
fn a_tenant_that_is_secure_by_default_wants_a_policy() {
    let mut program = tenant(true).program().clone();
    program.compliance.as_mut().unwrap().is_secure_by_default = true;
    let engine = engine(program);
    let fine = json!({"bitLockerEnabled": true, "tpmPresent": true});
    let rows = [
        (json!({"platform": "linux"}), "noncompliant", true),
        (
            json!({"platform": "windows", "settings": fine}),
            "compliant",
            false,
        ),
    ];
    for (compliance, state, is_blocked) in rows {
        let found = derived(&engine, &managed(compliance, &[]));
        assert_eq!((found.0.as_str(), found.3), (state, is_blocked));
    }
    let unknown = managed(
        json!({ "settings": fine }),
        &[("unknown", json!(["device.managedPlatform"]))],
    );
    assert_eq!(derived(&engine, &unknown).0, "unknown");
}

#[test]
fn explanations_name_the_requirement_that_fails() {
    let request = managed(
        json!({"platform": "windows", "settings": {"bitLockerEnabled": false,
        "tpmPresent": true}, "noncompliantSince": "2026-11-01T00:00:00Z"}),
        &[("context", json!({"now": "2026-11-22T09:00:00Z"}))],
    );
    let found = report(&tenant(true), &request, Mode::Graph, true);
    assert_eq!(found["verdict"], "block");
    let requirements = json!([{"policy": "windows", "outcome": "false", "file": "policies.gate",
        "line": 100, "column": 1}]);
    assert_eq!(found["explanation"]["requirements"], requirements);
    let facts = found["explanation"]["facts"].as_array().unwrap();
    let names: Vec<&str> = facts
        .iter()
        .map(|f| f["attribute"].as_str().unwrap())
        .collect();
    for name in [
        "signIn.now",
        "setting.bitLockerEnabled",
        "device.managedPlatform",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert!(!names.contains(&"setting.tpmPresent"), "{names:?}");
}

#[test]
fn registration_is_overdue_two_weeks_after_the_first_sign_in() {
    let context = |value: Value| with(&[("context", value)]);
    let overdue = |now: &str, registered: Value| {
        context(json!({"now": now, "mfaRegistered": registered,
            "firstInteractiveSignIn": "2026-11-01T09:00:00Z"}))
    };
    let (on_time, late) = ("2026-11-15T08:59:59Z", "2026-11-15T09:00:00Z");
    let mut unknown = overdue(late, json!(false));
    unknown["unknown"] = json!(["mfaRegistered"]);
    let mut unknown_in_time = overdue(on_time, json!(false));
    unknown_in_time["unknown"] = json!(["user.isMfaRegistered"]);
    let no_clock = context(json!({"mfaRegistered": false,
        "firstInteractiveSignIn": "2026-11-01T09:00:00Z"}));
    let rows = [
        (overdue(late, json!(false)), Fact::Boolean(true)),
        (overdue(on_time, json!(false)), Fact::Boolean(false)),
        (overdue(late, json!(true)), Fact::Boolean(false)),
        (overdue(late, Value::Null), Fact::Boolean(false)),
        (
            context(json!({"mfaRegistered": false, "now": late})),
            Fact::Boolean(false),
        ),
        (no_clock, Fact::Unknown),
        (unknown, Fact::Unknown),
        (unknown_in_time, Fact::Boolean(false)),
        (
            with(&[("unknown", json!(["user.isRegistrationOverdue"]))]),
            Fact::Unknown,
        ),
    ];
    for (request, expected) in rows {
        assert_eq!(
            fact(&request, "user.isRegistrationOverdue"),
            expected,
            "{request}"
        );
    }
    let deemed = context(json!({"mfaDeemedNecessary": true}));
    assert_eq!(
        fact(&deemed, "signIn.isMfaDeemedNecessary"),
        Fact::Boolean(true)
    );
    assert_eq!(
        fact(&with(&[]), "signIn.isMfaDeemedNecessary"),
        Fact::Boolean(false)
    );
    assert_eq!(fact(&with(&[]), "user.isMfaRegistered"), Fact::Null);
    let error = refused(&context(json!({"mfaRegisterd": true})));
    assert!(error.contains("did you mean `mfaRegistered`?"), "{error}");
}
