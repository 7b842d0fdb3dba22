//! Schemas of one's own: their requests and their decisions.
//!
//! SEMANTICS: §13

use std::collections::BTreeSet;

use gatewright_hir::model::{Control, Policy, PolicySet};
use gatewright_hir::schema::{Attribute, Combine, EffectId, Entity, Schema};
use gatewright_value::Kind;
use gatewright_value::vocabulary::State;
use serde_json::{Value, json};

use crate::evaluate::{self, Applicability};
use crate::facts::{Fact, Facts, fold};
use crate::read::{Object, refuse};
use crate::record::{Field, Record};
use crate::{Mode, RequestError, derived, order};

/// A request that has been read.
pub(crate) struct Request {
    pub(crate) facts: Facts,
    applied_policies_only: bool,
}

/// Read a request.
///
/// SEMANTICS: §13.1
pub(crate) fn read(schema: &Schema, value: &Value) -> Result<Request, RequestError> {
    if !value.is_object() {
        return refuse("a request is an object");
    }
    let request = Object::of("request", Some(value))?;
    let entities: Vec<&str> = schema
        .entities
        .iter()
        .map(|entity| entity.name.as_str())
        .collect();
    let mut allowed = entities.clone();
    allowed.extend(["unknown", "appliedPoliciesOnly"]);
    request.allow(&allowed)?;

    let mut facts = Facts::default();
    for entity in &schema.entities {
        read_entity(schema, entity, &request.object(&entity.name)?, &mut facts)?;
    }
    let mut unknown = Vec::new();
    if !entities.contains(&"unknown") {
        unknown = request.texts("unknown")?.unwrap_or_default();
    }
    for name in unknown {
        let start = format!("{}.", fold(&name));
        let mut is_name = false;
        for attribute in &schema.attributes {
            let attribute = fold(&attribute.name);
            if attribute == fold(&name) || attribute.starts_with(&start) {
                facts.set(&attribute, Fact::Unknown);
                is_name = true;
            }
        }
        if !is_name {
            return refuse(format!("`{name}` is no fact"));
        }
    }
    derived::differences(schema, &mut facts);
    let mut applied_policies_only = false;
    if !entities.contains(&"appliedPoliciesOnly") {
        applied_policies_only = request.boolean("appliedPoliciesOnly")?.unwrap_or(false);
    }
    Ok(Request {
        facts,
        applied_policies_only,
    })
}

fn read_entity(
    schema: &Schema,
    entity: &Entity,
    object: &Object<'_>,
    facts: &mut Facts,
) -> Result<(), RequestError> {
    let mut allowed = Vec::new();
    for attribute in &schema.attributes {
        let Some((owner, name)) = attribute.name.split_once('.') else {
            continue;
        };
        if owner != entity.name {
            continue;
        }
        // SEMANTICS: §18
        if attribute.difference.is_some() {
            continue;
        }
        allowed.push(name);
        let fact = match object.member(name) {
            Some(value) => read_value(&attribute.kind, value, &object.place_of(name))?,
            None if entity.is_optional && !object.is_there() => absent(attribute, true),
            None => absent(attribute, attribute.is_optional),
        };
        facts.set(&attribute.name, fact);
    }
    object.allow(&allowed)
}

fn absent(attribute: &Attribute, can_be_null: bool) -> Fact {
    match (&attribute.kind, can_be_null) {
        (Kind::Set(of), _) if **of == Kind::Record => Fact::Records(Vec::new()),
        (Kind::Set(_), _) => Fact::Set(Vec::new()),
        (_, true) => Fact::Null,
        (_, false) => Fact::Unknown,
    }
}

/// A value of a type.
pub(crate) fn read_value(kind: &Kind, value: &Value, place: &str) -> Result<Fact, RequestError> {
    let fact = match (kind, value) {
        (Kind::Boolean, Value::Bool(value)) => Some(Fact::Boolean(*value)),
        (Kind::Integer { min, max }, Value::Number(number)) => {
            let number = number
                .as_i64()
                .filter(|number| min <= number && number <= max);
            number.map(|number| Fact::Number(order::of_integer(number)))
        }
        (Kind::Decimal, Value::Number(number)) => {
            order::of_decimal(&number.to_string()).map(Fact::Number)
        }
        (Kind::Decimal, Value::String(text)) => order::of_decimal(text).map(Fact::Number),
        (Kind::Version, Value::String(text)) => order::of_version(text).map(Fact::Number),
        (Kind::DateTime, Value::String(text)) => {
            order::milliseconds(text).map(|value| Fact::Number(order::of_integer(value)))
        }
        (Kind::Duration, Value::String(text)) => {
            order::seconds(text).map(|value| Fact::Number(order::of_integer(value)))
        }
        (Kind::Duration, Value::Number(number)) => number
            .as_i64()
            .map(|value| Fact::Number(order::of_integer(value))),
        (Kind::Address, Value::String(text)) => order::of_address(text).map(Fact::Address),
        (Kind::String | Kind::Guid, Value::String(text)) => Some(Fact::Text(text.clone())),
        (Kind::Country, Value::String(text)) => {
            let is_code = text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic());
            is_code.then(|| Fact::Text(text.clone()))
        }
        (Kind::Enumeration { members, is_open }, Value::String(text)) => {
            let is_member = members.iter().any(|member| fold(member) == fold(text));
            (is_member || *is_open).then(|| Fact::Text(text.clone()))
        }
        (Kind::Set(of), Value::Array(values)) if **of == Kind::Record => {
            let records: Result<Vec<Record>, RequestError> =
                values.iter().map(|value| record(value, place)).collect();
            Some(Fact::Records(records?))
        }
        (Kind::Set(of), Value::Array(values)) => {
            let mut elements = Vec::new();
            for value in values {
                match read_value(of, value, place)? {
                    Fact::Text(text) => elements.push(text),
                    _ => return refuse(format!("`{place}` has elements that are no texts")),
                }
            }
            Some(Fact::Set(elements))
        }
        _ => None,
    };
    match fact {
        Some(fact) => Ok(fact),
        None => refuse(format!("`{place}` is not of its type, {}", kind.name())),
    }
}

/// SEMANTICS: §17.2
fn record(value: &Value, place: &str) -> Result<Record, RequestError> {
    if !value.is_object() {
        return refuse(format!("`{place}` has an element that is no object"));
    }
    let object = Object::of(place, Some(value))?;
    let mut record = Record::default();
    for name in object.names() {
        let field = match object.member(name) {
            None => continue,
            Some(Value::String(text)) => Field::Text(text.clone()),
            Some(Value::Bool(value)) => Field::Text(value.to_string()),
            Some(_) => Field::Texts(object.texts(name)?.unwrap_or_default()),
        };
        record.set(name, field);
    }
    Ok(record)
}

/// The decision of a request.
///
/// SEMANTICS: §13.4
pub(crate) fn decide(
    set: &PolicySet,
    request: &Request,
    mode: Mode,
) -> Result<Value, RequestError> {
    let mut enforced = Vec::new();
    let mut together = Vec::new();
    let mut policies = Vec::new();
    for policy in &set.policies {
        let how = evaluate::policy(set, policy, &request.facts, mode);
        if how.applies {
            together.push(policy);
            if policy.state == State::Enabled {
                enforced.push(policy);
            }
        }
        if how.applies || !request.applied_policies_only {
            policies.push(json!({
                "id": policy.id,
                "displayName": policy.display_name,
                "state": policy.state.name(),
                "policyApplies": how.applies,
                "result": result(policy, &how),
                "analysisReasons": how.primary_name(),
                "allReasons": how.names(),
            }));
        }
    }
    let Some((verdict, controls)) = combine(&set.schema, &enforced) else {
        return refuse("policies that apply have different effects");
    };
    let (reported, reported_controls) =
        combine(&set.schema, &together).unwrap_or(("conflict".to_owned(), Vec::new()));
    Ok(json!({
        "verdict": verdict,
        "controls": controls,
        "policies": policies,
        "reportOnly": { "verdict": reported, "controls": reported_controls },
        "edition": set.edition.to_string(),
        "mode": mode.name(),
    }))
}

fn result(policy: &Policy, how: &Applicability) -> &'static str {
    match (policy.state, how.applies) {
        (State::Disabled, _) => "notEnabled",
        (State::Enabled, true) => "applied",
        (State::Enabled, false) => "notApplied",
        (State::ReportOnly, true) => "reportOnlyApplied",
        (State::ReportOnly, false) => "reportOnlyNotApplied",
    }
}

/// The verdict and the controls of policies that apply; `None` where effects conflict.
///
/// SEMANTICS: §13.3
fn combine(schema: &Schema, policies: &[&Policy]) -> Option<(String, Vec<String>)> {
    let effects: BTreeSet<EffectId> = policies
        .iter()
        .filter_map(|policy| policy.outcome.effect)
        .collect();
    let name_of = |effect: EffectId| {
        let found = schema.effects.get(effect.0 as usize);
        found.map(|effect| effect.name.clone()).unwrap_or_default()
    };
    let chosen: Vec<EffectId> = match schema.combine {
        Combine::Strongest => effects.last().copied().into_iter().collect(),
        Combine::Least => effects.first().copied().into_iter().collect(),
        Combine::Union => effects.iter().copied().collect(),
        Combine::Conflict if effects.len() > 1 => return None,
        Combine::Conflict => effects.iter().copied().collect(),
    };
    if chosen.is_empty() {
        let otherwise = schema.otherwise.map_or("notApplicable".to_owned(), name_of);
        return Some((otherwise, Vec::new()));
    }
    let names: Vec<String> = chosen.iter().map(|effect| name_of(*effect)).collect();

    let mut required = BTreeSet::new();
    for policy in policies {
        if policy
            .outcome
            .effect
            .is_some_and(|effect| chosen.contains(&effect))
        {
            for control in policy.outcome.requirement.iter().flat_map(|r| &r.controls) {
                if let Control::Own(id) = control {
                    required.insert(*id);
                }
            }
        }
    }
    let mut controls = Vec::new();
    for id in required {
        if let Some(control) = schema.controls.get(id.0 as usize) {
            controls.push(control.name.clone());
        }
    }
    Some((names.join("+"), controls))
}
