//! SEMANTICS: §17, §18

use gatewright_hir::model::{Comparison, Expr, Test};
use gatewright_hir::schema::{AttributeId, Entity, Schema};
use gatewright_value::Kind;
use serde_json::{Value, json};

use super::builder::{attribute, every, field, meets, negated, request, some, texts, when};
use crate::{matches, order};

fn starts(text: &str) -> Expr {
    field("", Comparison::StartsWith(texts(&[text])))
}

fn with_groups(groups: &[&str]) -> Value {
    request(json!({ "directory": { "groups": groups } }))
}

#[test]
fn some_and_every_element_differ_and_the_empty_set_has_no_counterexample() {
    let rows: [(&[&str], bool, bool); 4] = [
        (&[], false, true),
        (&["A1"], true, true),
        (&["A1", "b"], true, false),
        (&["b"], false, false),
    ];
    for (groups, some_holds, every_holds) in rows {
        let request = with_groups(groups);
        let any = when(some("user.groups", starts("a")));
        assert_eq!(meets(any, &request), Some(some_holds), "{groups:?}");
        let all = when(every("user.groups", starts("a")));
        assert_eq!(meets(all, &request), Some(every_holds), "{groups:?}");
    }
}

#[test]
fn both_questions_are_about_the_same_element() {
    let ends = field("", Comparison::EndsWith(texts(&["9"])));
    let both = some("user.groups", Expr::All(vec![starts("a"), ends]));
    assert_eq!(
        meets(when(both.clone()), &with_groups(&["a1", "b9"])),
        Some(false)
    );
    assert_eq!(meets(when(both), &with_groups(&["b", "A9"])), Some(true));
}

#[test]
fn inside_a_quantifier_contains_looks_for_a_part() {
    let part = field("", Comparison::Contains(texts(&["dmi"])));
    let request = with_groups(&["Admins"]);
    assert_eq!(
        meets(when(some("user.groups", part.clone())), &request),
        Some(true)
    );
    let none = when(some("user.groups", negated(part)));
    assert_eq!(meets(none, &request), Some(false));
    let null = when(some("user.groups", field("", Comparison::IsNull)));
    assert_eq!(meets(null, &request), Some(false));
}

#[test]
fn a_set_that_is_not_known_leaves_both_open() {
    let mut request = with_groups(&["a"]);
    request["unknown"] = json!(["user.groups"]);
    assert_eq!(
        meets(when(some("user.groups", starts("a"))), &request),
        None
    );
    assert_eq!(
        meets(when(every("user.groups", starts("a"))), &request),
        None
    );
}

/// People with plans and two dates, whose distance is an attribute too.
fn people() -> Schema {
    let plans = Kind::Set(Box::new(Kind::Record));
    let mut ahead = attribute("user.ahead", Kind::Duration, true);
    ahead.difference = Some((AttributeId(1), AttributeId(2)));
    Schema {
        name: "People".to_owned(),
        entities: ["user", "system"]
            .iter()
            .map(|name| Entity {
                name: (*name).to_owned(),
                is_optional: false,
                docs: String::new(),
                span: Default::default(),
            })
            .collect(),
        attributes: vec![
            attribute("user.plans", plans, false),
            attribute("user.hired", Kind::DateTime, true),
            attribute("system.now", Kind::DateTime, false),
            ahead,
        ],
        ..Schema::default()
    }
}

fn plan(body: Expr) -> Expr {
    let mut rule = some("app.resources", body);
    if let Expr::Some(some) = &mut rule {
        some.collection = AttributeId(0);
    }
    rule
}

#[test]
fn records_have_fields_that_are_texts_truths_or_lists() {
    let user = json!({ "user": { "plans": [
        { "ServicePlanId": "X", "capabilityStatus": "Enabled", "isTrial": false },
        { "servicePlanId": "y", "labels": ["ab", "cd"], "note": null },
    ] } });
    let one = |name: &str, text: &str| field(name, Comparison::OneOf(texts(&[text])));
    let has = |text: &str| field("labels", Comparison::Contains(texts(&[text])));
    let rows = [
        (one("serviceplanid", "x"), true),
        (one("istrial", "false"), true),
        (
            Expr::All(vec![one("serviceplanid", "y"), one("istrial", "false")]),
            false,
        ),
        (has("ab"), true),
        (has("a"), false),
        (field("labels", Comparison::StartsWith(texts(&["c"]))), true),
        (
            Expr::All(vec![
                one("serviceplanid", "y"),
                field("note", Comparison::IsNull),
            ]),
            true,
        ),
        (
            Expr::All(vec![one("serviceplanid", "x"), negated(has("ab"))]),
            true,
        ),
    ];
    for (body, expected) in rows {
        let holds = matches(&plan(body.clone()), &people(), &user);
        assert_eq!(holds, Ok(Some(expected)), "{body:?}");
    }
    for wrong in [json!(["x"]), json!([{ "a": 3 }]), json!([{ "a": [1] }])] {
        let user = json!({ "user": { "plans": wrong } });
        assert!(
            matches(&plan(has("a")), &people(), &user).is_err(),
            "{user}"
        );
    }
}

#[test]
fn a_difference_is_in_whole_seconds_rounded_down() {
    let between = |low: i64, high: i64| {
        Expr::Test(Test {
            attribute: AttributeId(3),
            comparison: Comparison::Between(order::of_integer(low), order::of_integer(high)),
            is_negated: false,
            span: Default::default(),
            needs_managed_device: false,
        })
    };
    let now = "2026-11-22T09:00:00Z";
    let holds = |hired: &str, low, high| {
        let person = json!({ "user": { "hired": hired }, "system": { "now": now } });
        matches(&between(low, high), &people(), &person).unwrap()
    };
    assert_eq!(holds("2026-11-23T09:00:00Z", 86_400, 86_400), Some(true));
    assert_eq!(holds("2026-11-22T09:00:01.999Z", 1, 1), Some(true));
    assert_eq!(holds("2026-11-22T08:59:59.999Z", -1, -1), Some(true));
    assert_eq!(holds("2026-11-22T10:00:00+01:00", 0, 0), Some(true));
}

#[test]
fn a_difference_is_null_before_it_is_unknown() {
    let is_null = Expr::Test(Test {
        attribute: AttributeId(3),
        comparison: Comparison::IsNull,
        is_negated: false,
        span: Default::default(),
        needs_managed_device: false,
    });
    let now = json!("2026-11-22T09:00:00Z");
    let rows = [
        (
            json!({ "user": { "hired": now }, "system": { "now": now } }),
            Some(false),
        ),
        (json!({ "system": { "now": now } }), Some(true)),
        (json!({ "user": {} }), Some(true)),
        (json!({ "user": { "hired": now } }), None),
        (
            json!({ "system": { "now": now }, "unknown": ["user.ahead"] }),
            None,
        ),
    ];
    for (person, expected) in rows {
        assert_eq!(
            matches(&is_null, &people(), &person),
            Ok(expected),
            "{person}"
        );
    }
    let said = json!({ "user": { "ahead": "PT1H" } });
    assert!(matches(&is_null, &people(), &said).is_err());
}
