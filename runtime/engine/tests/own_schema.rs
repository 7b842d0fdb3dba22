//! A schema of one's own: typed requests, combining effects, obligations.
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

use common::{engine, report};
use gatewright_bytecode::{Combine, Control, Difference};
use gatewright_runtime::{
    DecideError, Engine, Fact, Mode, Record, Request, Scratch, date_time_key, duration_key,
};
use gatewright_value::vocabulary::{Reason, State};
use gatewright_value::{AttributeInfo, Kind, ordered_key};
use sample::{Sample, attribute};
use serde_json::{Value, json};

fn attributes() -> Vec<AttributeInfo> {
    let channel = Kind::Enumeration {
        members: vec!["web".to_owned(), "app".to_owned()],
        is_open: false,
    };
    let scheme = Kind::Enumeration {
        members: vec!["visa".to_owned()],
        is_open: true,
    };
    vec![
        attribute("payment.amount", Kind::Decimal, false),
        attribute("payment.items", Kind::Integer { min: 1, max: 99 }, true),
        attribute("payment.channel", channel, true),
        attribute("payment.scheme", scheme, true),
        attribute("payment.tags", Kind::Set(Box::new(Kind::String)), false),
        attribute("payment.isFirst", Kind::Boolean, true),
        attribute("payment.at", Kind::DateTime, true),
        attribute("payer.country", Kind::Country, true),
        attribute("payer.age", Kind::Duration, true),
        attribute("payer.ip", Kind::Address, true),
        attribute("payer.client", Kind::Version, true),
        attribute("payer.score", Kind::Integer { min: 0, max: 100 }, false),
    ]
}

/// Three policies: on amounts over 100 step up, over 1000 refuse, and in between one reports
/// refusal.
fn payments(combine: Combine) -> Engine {
    let mut sample = Sample::own(attributes(), &["approve", "stepUp", "refuse"], combine);
    sample.program.optional_entities = vec!["payer".to_owned()];
    let key = |text: &str| ordered_key(&Kind::Decimal, text).unwrap();
    let number = sample.attribute("payment.amount");
    let amount = sample.variable(number, 4, None);
    sample
        .program
        .matchers
        .push(gatewright_bytecode::Matcher::Ordered {
            attribute: number,
            variable: amount,
            starts: vec![key("100"), key("1000")],
            classes: Vec::new(),
        });
    let call = sample.control(Control::Own("call".to_owned()));
    let code = sample.control(Control::Own("code".to_owned()));
    let mut large = sample.test(Reason::When, amount, 1);
    large.last = 2;
    let huge = sample.test(Reason::When, amount, 2);
    let policy = sample.policy("Large", State::Enabled, &[large]);
    (policy.effect, policy.clauses) = (Some(1), vec![vec![code], vec![call]]);
    let policy = sample.policy("Huge", State::Enabled, &[huge]);
    (policy.effect, policy.clauses) = (Some(2), vec![vec![call]]);
    sample.policy("Strict", State::ReportOnly, &[large]).effect = Some(2);
    sample.policy("Off", State::Disabled, &[]).effect = Some(2);
    engine(sample.finish())
}

fn paying(amount: &str) -> Value {
    let amount: Value = serde_json::from_str(amount).unwrap();
    json!({"payment": {"amount": amount}, "payer": {"score": 5}})
}

#[test]
fn the_combining_rule_chooses_the_effect_and_its_obligations() {
    let rows: Vec<(Combine, &str, &str, Value, &str)> = vec![
        (Combine::Strongest, "50", "approve", json!([]), "approve"),
        (
            Combine::Strongest,
            "100",
            "stepUp",
            json!(["call", "code"]),
            "refuse",
        ),
        (
            Combine::Strongest,
            "1e3",
            "refuse",
            json!(["call"]),
            "refuse",
        ),
        (
            Combine::Least,
            "5000",
            "stepUp",
            json!(["call", "code"]),
            "stepUp",
        ),
        (
            Combine::Union,
            "\"5000.25\"",
            "stepUp+refuse",
            json!(["call", "code"]),
            "stepUp+refuse",
        ),
        (
            Combine::Union,
            "999.999999999",
            "stepUp",
            json!(["call", "code"]),
            "stepUp+refuse",
        ),
        (
            Combine::Conflict,
            "10e1",
            "stepUp",
            json!(["call", "code"]),
            "conflict",
        ),
        (Combine::Conflict, "-7.5", "approve", json!([]), "approve"),
    ];
    for (combine, amount, verdict, controls, reported) in rows {
        let found = report(&payments(combine), &paying(amount), Mode::Graph, false);
        assert_eq!(found["verdict"], verdict, "{combine:?} {amount}");
        assert_eq!(found["controls"], controls, "{combine:?} {amount}");
        assert_eq!(
            found["reportOnly"]["verdict"], reported,
            "{combine:?} {amount}"
        );
    }
}

#[test]
fn effects_in_conflict_are_an_error_for_enforced_policies() {
    let engine = payments(Combine::Conflict);
    let bytes = paying("5000").to_string();
    let request = Request::from_json(&engine, bytes.as_bytes()).unwrap();
    let error = engine
        .decide(&request, &mut Scratch::default(), Mode::Graph)
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error,
        DecideError::Conflict {
            first: "stepUp".into(),
            second: "refuse".into()
        }
    );
}

#[test]
fn a_report_has_its_own_members_and_results() {
    let found = report(
        &payments(Combine::Strongest),
        &paying("500"),
        Mode::Graph,
        true,
    );
    let members: Vec<&String> = found.as_object().unwrap().keys().collect();
    let mut expected = [
        "verdict",
        "controls",
        "policies",
        "reportOnly",
        "edition",
        "mode",
        "explanation",
    ];
    expected.sort_unstable();
    assert_eq!(members, expected);
    let results: Vec<&Value> = found["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|policy| &policy["result"])
        .collect();
    assert_eq!(
        results,
        ["applied", "notApplied", "reportOnlyApplied", "notEnabled"]
    );
    assert_eq!(found["policies"][1]["allReasons"], json!(["when"]));
    assert_eq!(found["explanation"]["policies"], json!(["large"]));
    let facts = json!([{"attribute": "payment.amount", "value": "500"}]);
    assert_eq!(found["explanation"]["facts"], facts);
}

#[test]
fn values_are_read_by_their_types() {
    let engine = payments(Combine::Least);
    let key = |kind: &Kind, text: &str| Fact::Ordered(ordered_key(kind, text).unwrap());
    let integer = Kind::Integer { min: 1, max: 99 };
    let rows: Vec<(&str, Value, Fact<'_>)> = vec![
        ("payment.amount", json!(12.5), key(&Kind::Decimal, "12.5")),
        (
            "payment.amount",
            json!("0.000000001"),
            key(&Kind::Decimal, "0.000000001"),
        ),
        ("payment.items", json!(7), key(&integer, "7")),
        ("payment.items", Value::Null, Fact::Null),
        ("payment.channel", json!("WEB"), Fact::text("WEB")),
        ("payment.scheme", json!("other"), Fact::text("other")),
        ("payment.tags", json!(["a", "b"]), Fact::set(["a", "b"])),
        ("payment.tags", Value::Null, Fact::Set(vec![])),
        ("payment.isFirst", json!(true), Fact::Boolean(true)),
        (
            "payment.at",
            json!("1970-01-01T00:00:01Z"),
            key(&Kind::DateTime, "1000"),
        ),
        ("payer.country", json!("nl"), Fact::text("nl")),
        ("payer.age", json!("P1DT1S"), key(&Kind::Duration, "86401")),
        ("payer.age", json!(-5), key(&Kind::Duration, "-5")),
        ("payer.ip", json!("::1"), Fact::Address(1)),
        ("payer.client", json!("1.2"), key(&Kind::Version, "1.2.0.0")),
    ];
    for (attribute, value, expected) in rows {
        let (entity, name) = attribute.split_once('.').unwrap();
        let mut request = paying("1");
        request[entity][name] = value;
        let bytes = request.to_string();
        let request = Request::from_json(&engine, bytes.as_bytes()).unwrap();
        let handle = engine.attribute(attribute).unwrap();
        assert_eq!(*request.facts().get(handle), expected, "{attribute}");
    }
}

#[test]
fn values_of_other_types_are_refused() {
    let engine = payments(Combine::Least);
    let rows: Vec<(&str, Value, &str)> = vec![
        (
            "payment.amount",
            json!("12,5"),
            "no number of at most 18 digits before",
        ),
        (
            "payment.amount",
            json!(1e30),
            "no number of at most 18 digits before",
        ),
        (
            "payment.amount",
            json!(true),
            "`payment.amount` needs a number",
        ),
        (
            "payment.items",
            json!(100),
            "`100` is outside the bounds of `payment.items`, 1 to 99",
        ),
        ("payment.items", json!(1.5), "`1.5` is no whole number"),
        (
            "payment.items",
            json!("7"),
            "`payment.items` needs a number",
        ),
        (
            "payment.channel",
            json!("wbe"),
            "`wbe` is no value of `payment.channel`",
        ),
        (
            "payment.tags",
            json!("a"),
            "a string stands where an array is expected",
        ),
        (
            "payment.tags",
            json!([1]),
            "a number stands where a string is expected",
        ),
        (
            "payment.isFirst",
            json!("true"),
            "a string stands where `true` or `false`",
        ),
        (
            "payment.at",
            json!("2026-13-01T00:00:00Z"),
            "is no DateTime",
        ),
        ("payer.country", json!("NLD"), "no country code"),
        ("payer.age", json!("P1Y"), "`P1Y` is no Duration"),
        ("payer.age", json!(1.5), "`1.5` is no Duration"),
        ("payer.ip", json!("1.2.3.4/8"), "is no Address"),
        ("payer.client", json!("1.x"), "is no Version"),
        (
            "payment.amout",
            json!(1),
            "`payment.amout`: there is no such member; did you mean `amount`",
        ),
        ("payments.amount", json!(1), "did you mean `payment`?"),
    ];
    for (path, value, expected) in rows {
        let (entity, name) = path.split_once('.').unwrap();
        let mut request = paying("1");
        request[entity][name] = value;
        let bytes = request.to_string();
        let error = Request::from_json(&engine, bytes.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{path}: {error}");
    }
}

#[test]
fn absent_attributes_are_null_empty_or_unknown() {
    let engine = payments(Combine::Least);
    let read = |request: Value| {
        let bytes = request.to_string();
        Request::from_json(&engine, bytes.as_bytes())
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
    let request = read(json!({"payment": {}, "payer": {}}));
    assert_eq!(fact(&request, "payment.amount"), Fact::Unknown);
    assert_eq!(fact(&request, "payer.score"), Fact::Unknown);
    assert_eq!(fact(&request, "payer.country"), Fact::Null);
    assert_eq!(fact(&request, "payment.tags"), Fact::Set(vec![]));
    let warning = "the request does not say `payer.score`, `payment.amount`: unknown";
    assert_eq!(request.warnings(), [warning]);
    // An entity that can be missing as a whole, and is.
    let request = read(json!({"payment": {"amount": 1}}));
    assert_eq!(fact(&request, "payer.score"), Fact::Null);
    assert_eq!(request.warnings(), [] as [&str; 0]);
    // What is said to be unknown is, without a warning.
    let request = read(json!({"payment": {"amount": 1}, "unknown": ["payment"]}));
    assert_eq!(fact(&request, "payment.amount"), Fact::Unknown);
    assert_eq!(fact(&request, "payment.tags"), Fact::Unknown);
    assert_eq!(request.warnings(), [] as [&str; 0]);
    let error = Request::from_json(&engine, br#"{"unknown": ["payment.amout"]}"#).unwrap_err();
    assert!(
        error.message.contains("did you mean `payment.amount`?"),
        "{error}"
    );
}

/// Records and a difference of date-times.
fn staff() -> Engine {
    let row = |name, kind| attribute(name, kind, true);
    let attributes = vec![
        row("person.plans", Kind::Set(Box::new(Kind::Record))),
        row("person.hired", Kind::DateTime),
        row("person.tenure", Kind::Duration),
        row("system.now", Kind::DateTime),
    ];
    let mut sample = Sample::own(attributes, &["allow"], Combine::Strongest);
    sample.program.differences = vec![Difference {
        attribute: 2,
        minuend: 3,
        subtrahend: 1,
    }];
    engine(sample.finish())
}

#[test]
fn records_are_objects_of_texts() {
    let engine = staff();
    let request = r#"{"person": {"plans": [{"Service": "Exchange", "isOn": true, "seats": 5,
        "tags": ["a", false], "none": null}, {}]}}"#;
    let request = Request::from_json(&engine, request.as_bytes()).unwrap();
    let plans = engine.attribute("person.plans").unwrap();
    let first = Record::new()
        .with("service", "Exchange")
        .with("ison", "true")
        .with("seats", "5")
        .with_list("tags", ["a", "false"]);
    assert_eq!(
        *request.facts().get(plans),
        Fact::Records(vec![first, Record::new()])
    );
    let absent = Request::from_json(&engine, b"{}").unwrap();
    assert_eq!(*absent.facts().get(plans), Fact::Records(vec![]));
    for (plans, expected) in [
        (r#"[1]"#, "a number stands where an object is expected"),
        (
            r#"[{"a": {}}]"#,
            "an object stands where a string is expected",
        ),
        (r#"[{"a": "1", "A": "2"}]"#, "the same field is given twice"),
    ] {
        let text = format!(r#"{{"person": {{"plans": {plans}}}}}"#);
        let error = Request::from_json(&engine, text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_difference_is_worked_out_and_never_given() {
    let engine = staff();
    let tenure = engine.attribute("person.tenure").unwrap();
    let rows = [
        (
            r#"{"person": {"hired": "2026-11-22T08:59:59.5Z"}, "system": {"now": "2026-11-22T09:00:00Z"}}"#,
            Fact::Ordered(duration_key(0)),
        ),
        (
            r#"{"person": {"hired": "2026-11-22T09:00:00.5Z"}, "system": {"now": "2026-11-22T09:00:00Z"}}"#,
            Fact::Ordered(duration_key(-1)),
        ),
        (r#"{"system": {"now": "2026-11-22T09:00:00Z"}}"#, Fact::Null),
        (
            r#"{"person": {"hired": "2026-11-22T09:00:00Z"}, "unknown": ["system.now"]}"#,
            Fact::Unknown,
        ),
        (r#"{"unknown": ["person.tenure"]}"#, Fact::Unknown),
    ];
    for (text, expected) in rows {
        let request = Request::from_json(&engine, text.as_bytes()).unwrap();
        assert_eq!(*request.facts().get(tenure), expected, "{text}");
        assert!(request.warnings().is_empty(), "{:?}", request.warnings());
    }
    let given = br#"{"person": {"tenure": 5}}"#;
    let error = Request::from_json(&engine, given).unwrap_err().to_string();
    assert!(error.contains("there is no such member"), "{error}");
    let mut built = Request::unknown(&engine);
    for (name, at) in [("person.hired", 0), ("system.now", 5000)] {
        let handle = engine.attribute(name).unwrap();
        built
            .set(&engine, handle, Fact::Ordered(date_time_key(at)))
            .unwrap();
    }
    built.derive(&engine);
    assert_eq!(*built.facts().get(tenure), Fact::Ordered(duration_key(5)));
}
