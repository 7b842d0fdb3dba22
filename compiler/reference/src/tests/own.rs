//! SEMANTICS: §13

use std::sync::Arc;

use gatewright_hir::model::{Comparison, Control, Expr, Policy, PolicySet, Requirement};
use gatewright_hir::schema::{
    Combine, ControlId, ControlInfo, EffectId, EffectInfo, Entity, Schema,
};
use gatewright_value::Kind;
use gatewright_value::vocabulary::State;
use serde_json::{Value, json};

use super::builder::{attribute, policy, set};
use crate::{Mode, order};

fn payments(combine: Combine) -> Schema {
    let entity = |name: &str, is_optional| Entity {
        name: name.to_owned(),
        is_optional,
        docs: String::new(),
        span: Default::default(),
    };
    let control = |name: &str| ControlInfo {
        name: name.to_owned(),
        title: String::new(),
        is_interactive: true,
        span: Default::default(),
    };
    let effect = |name: &str| EffectInfo {
        name: name.to_owned(),
        title: String::new(),
        span: Default::default(),
    };
    let channel = Kind::Enumeration {
        members: vec!["web".into(), "shop".into()],
        is_open: false,
    };
    Schema {
        name: "Payments".to_owned(),
        entities: vec![entity("payment", false), entity("card", true)],
        attributes: vec![
            attribute("payment.amount", Kind::Decimal, false),
            attribute("payment.channel", channel, true),
            attribute("payment.tags", Kind::Set(Box::new(Kind::String)), false),
            attribute("card.age", Kind::Duration, false),
            attribute("card.uses", Kind::Integer { min: 0, max: 9 }, false),
        ],
        controls: vec![control("call"), control("code")],
        effects: vec![effect("approve"), effect("stepUp"), effect("refuse")],
        combine,
        otherwise: Some(EffectId(0)),
        ..Schema::default()
    }
}

/// A policy with an effect and obligations where a rule holds.
fn effect(name: &str, effect: u32, controls: &[u32], when: Expr) -> Policy {
    let mut policy = policy(name);
    policy.assignments = None;
    policy.when = Some(when);
    policy.outcome.effect = Some(EffectId(effect));
    policy.outcome.requirement = Some(Requirement {
        is_all: true,
        controls: controls
            .iter()
            .map(|id| Control::Own(ControlId(*id)))
            .collect(),
        span: Default::default(),
    });
    policy
}

fn test(schema: &Schema, name: &str, comparison: Comparison) -> Expr {
    Expr::Test(gatewright_hir::model::Test {
        attribute: schema.find_attribute(name).unwrap(),
        comparison,
        is_negated: false,
        span: Default::default(),
        needs_managed_device: false,
    })
}

fn from(least: &str) -> Comparison {
    Comparison::Between(order::of_decimal(least).unwrap(), u128::MAX)
}

fn payments_set(combine: Combine) -> PolicySet {
    let schema = payments(combine);
    let amount = |least: &str| test(&schema, "payment.amount", from(least));
    let mut reported = effect("reported", 2, &[], amount("10"));
    reported.state = State::ReportOnly;
    let policies = vec![
        effect("large", 1, &[1], amount("100")),
        effect("also large", 1, &[1, 0], amount("100")),
        effect("huge", 2, &[0], amount("1000.5")),
        reported,
    ];
    let mut set = set(policies);
    set.schema = Arc::new(schema);
    set
}

fn decide(set: &PolicySet, request: &Value) -> Value {
    crate::decide(set, request, Mode::Graph, None).unwrap()
}

#[test]
fn effects_combine_as_the_schema_says() {
    let rows = [
        (Combine::Strongest, 5, "approve", json!([]), "approve"),
        (Combine::Strongest, 10, "approve", json!([]), "refuse"),
        (
            Combine::Strongest,
            100,
            "stepUp",
            json!(["call", "code"]),
            "refuse",
        ),
        (
            Combine::Strongest,
            2000,
            "refuse",
            json!(["call"]),
            "refuse",
        ),
        (
            Combine::Least,
            2000,
            "stepUp",
            json!(["call", "code"]),
            "stepUp",
        ),
        (
            Combine::Union,
            2000,
            "stepUp+refuse",
            json!(["call", "code"]),
            "stepUp+refuse",
        ),
        (Combine::Union, 5, "approve", json!([]), "approve"),
        (Combine::Conflict, 10, "approve", json!([]), "refuse"),
        (
            Combine::Conflict,
            100,
            "stepUp",
            json!(["call", "code"]),
            "conflict",
        ),
    ];
    for (combine, amount, verdict, controls, reported) in rows {
        let decision = decide(
            &payments_set(combine),
            &json!({ "payment": { "amount": amount } }),
        );
        assert_eq!(decision["verdict"], verdict, "{combine:?} {amount}");
        assert_eq!(decision["controls"], controls, "{combine:?} {amount}");
        assert_eq!(
            decision["reportOnly"]["verdict"], reported,
            "{combine:?} {amount}"
        );
    }
    let request = json!({ "payment": { "amount": 2000 } });
    let conflict = crate::decide(
        &payments_set(Combine::Conflict),
        &request,
        Mode::Graph,
        None,
    );
    assert!(conflict.is_err());
}

#[test]
fn policies_are_listed_with_results_and_reasons() {
    let mut set = payments_set(Combine::Strongest);
    set.policies[2].state = State::Disabled;
    let decision = decide(&set, &json!({ "payment": { "amount": "10.00" } }));
    let results: Vec<_> = decision["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["result"].clone())
        .collect();
    assert_eq!(
        results,
        [
            "notApplied",
            "notApplied",
            "notEnabled",
            "reportOnlyApplied"
        ]
    );
    assert_eq!(decision["policies"][0]["analysisReasons"], "when");
    assert_eq!(decision["policies"][3]["analysisReasons"], "notSet");
    let unknown = decide(
        &set,
        &json!({ "unknown": ["payment.amount"], "appliedPoliciesOnly": true }),
    );
    assert_eq!(unknown["policies"], json!([]));
    let request = json!({ "payment": {} });
    let pessimistic = crate::decide(&set, &request, Mode::Pessimistic, None).unwrap();
    assert_eq!(pessimistic["verdict"], "stepUp");
    assert_eq!(
        pessimistic["policies"][0]["allReasons"],
        json!(["notEnoughInformation"])
    );
}

#[test]
fn what_is_absent_is_null_empty_or_unknown() {
    let schema = payments(Combine::Strongest);
    let is_null = |name| test(&schema, name, Comparison::IsNull);
    let tagged = test(
        &schema,
        "payment.tags",
        Comparison::Has(vec!["gift".into()]),
    );
    let old = Comparison::Between(order::of_integer(86_400), u128::MAX);
    let old = test(&schema, "card.age", old);
    let rows = [
        (is_null("payment.channel"), json!({}), Some(true)),
        (is_null("payment.amount"), json!({}), None),
        (tagged.clone(), json!({}), Some(false)),
        (
            tagged,
            json!({ "payment": { "tags": ["GIFT"] } }),
            Some(true),
        ),
        // An optional entity that is not there has nulls, one that is there lacks facts.
        (is_null("card.uses"), json!({}), Some(true)),
        (is_null("card.uses"), json!({ "card": {} }), None),
        (is_null("card.uses"), json!({ "unknown": ["card"] }), None),
        (old.clone(), json!({ "card": { "age": "P1D" } }), Some(true)),
        (old, json!({ "card": { "age": 86_399 } }), Some(false)),
    ];
    for (rule, request, expected) in rows {
        assert_eq!(
            crate::matches(&rule, &schema, &request),
            Ok(expected),
            "{rule:?} {request}"
        );
    }
}

#[test]
fn values_of_wrong_types_are_errors() {
    let rows = [
        json!({ "refund": {} }),
        json!({ "payment": { "sum": 1 } }),
        json!({ "payment": { "amount": true } }),
        json!({ "payment": { "channel": "mail" } }),
        json!({ "payment": { "tags": "gift" } }),
        json!({ "card": { "uses": 10 } }),
        json!({ "card": { "uses": 1.5 } }),
        json!({ "card": { "age": "P1Y" } }),
        json!({ "unknown": ["payment.sum"] }),
    ];
    for request in rows {
        let outcome = crate::decide(
            &payments_set(Combine::Strongest),
            &request,
            Mode::Graph,
            None,
        );
        assert!(outcome.is_err(), "{request}");
    }
}
