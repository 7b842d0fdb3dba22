//! Random rules of a dialect, as text, and random facts that they ask about.

use gatewright_hir::rule::ATTRIBUTE_RULE_DIALECT;
use gatewright_hir::schema::{Attribute, Dialect, ElementName, Schema};
use gatewright_syntax::ast::CompareOperator as Op;
use gatewright_value::Kind;
use serde_json::{Map, Value, json};

use super::random::Random;
use super::tags;

const TEXTS: &[&str] = &["a", "AB", "b 1", "xab", "Straße", "smtp:A@x"];
const IDS: &[&str] = &[
    "00000000-aaaa-4000-8000-000000000001",
    "00000000-aaaa-4000-8000-000000000002",
];
const VERSIONS: &[&str] = &["10.0", "10.0.0.0", "10.0.22631", "9.1.2.3", "14.0"];
const TIMES: &[&str] = &[
    "2026-11-22T09:00:00Z",
    "2026-11-23T09:00:00Z",
    "2026-11-23T08:59:59Z",
    "2026-11-21T10:00:00+01:00",
    "2026-11-21T08:59:59Z",
];
const PATTERNS: &[&str] = &["^a", "b$", "[0-9]", "a.*b"];
const CUSTOM: &[&str] = &["Engineering_Project", "Engineering_Level", "Legal_Hold"];

/// A random rule. Not every one is a rule of the dialect.
#[must_use]
pub fn rule(random: &mut Random, schema: &Schema, dialect: &Dialect) -> String {
    if !dialect.alone.is_empty() && random.chance(8) {
        return alone(random, dialect);
    }
    connected(random, schema, dialect, 2)
}

/// A rule that stands alone.
fn alone(random: &mut Random, dialect: &Dialect) -> String {
    let entity = dialect.entity.as_deref().unwrap_or("user");
    let id = *random.pick(IDS);
    match dialect.has_direct_reports && random.chance(40) {
        true => format!("Direct Reports for \"{id}\""),
        false => format!("{entity}.memberOf -any (group.objectId -in ['{id}'])"),
    }
}

fn connected(random: &mut Random, schema: &Schema, dialect: &Dialect, depth: usize) -> String {
    if depth == 0 || random.chance(35) {
        return leaf(random, schema, dialect);
    }
    let mut part = || connected(random, schema, dialect, depth - 1);
    let (left, right) = (part(), part());
    match random.below(if dialect.has_not { 5 } else { 4 }) {
        0 | 1 => format!("({left} -and {right})"),
        2 | 3 => format!("({left} -or {right})"),
        _ => format!("-not ({left})"),
    }
}

fn leaf(random: &mut Random, schema: &Schema, dialect: &Dialect) -> String {
    if !dialect.free_fields.is_empty() {
        let name = random.pick(CUSTOM);
        let operator = *random.pick(&dialect.free_fields);
        let value = texts(random, operator, &["Baker", "bak", "High", "low"]);
        return format!("CustomSecurityAttribute.{name} {value}");
    }
    if dialect.has_quantifiers && random.chance(30) {
        return quantified(random, schema, dialect);
    }
    let known = random.pick(&dialect.attributes);
    let Some(attribute) = schema.attribute(known.attribute) else {
        return String::new();
    };
    if known.operators.is_empty() {
        return quantified(random, schema, dialect);
    }
    let operator = *random.pick(&known.operators);
    let is_equality = matches!(operator, Op::Eq | Op::Ne);
    let is_set = matches!(attribute.kind, Kind::Set(_));
    if dialect.has_null && is_equality && !is_set && random.chance(15) {
        let null = if dialect.is_trimmed { "$null" } else { "null" };
        return format!("{} -{} {null}", known.name, operator.word());
    }
    format!("{} {}", known.name, value(random, operator, attribute))
}

/// Some or every element of a set, by a name for it or by its fields.
fn quantified(random: &mut Random, schema: &Schema, dialect: &Dialect) -> String {
    let word = if random.chance(50) { "any" } else { "all" };
    let records: Vec<&ElementName> = dialect
        .elements
        .iter()
        .filter(|element| !dialect.alone.contains(&element.attribute))
        .collect();
    if !records.is_empty() && random.chance(40) {
        let element = *random.pick(&records);
        let set = schema.attribute(element.attribute);
        let set = set.map_or("", |set| set.name.as_str());
        let mut ask = || {
            let field = random.pick(&element.fields);
            let operator = *random.pick(&element.operators);
            let value = texts(random, operator, TEXTS);
            format!("{}.{field} {value}", element.name)
        };
        let (left, right) = (ask(), ask());
        return format!("{set} -{word} ({left} -and {right})");
    }
    let is_text = |attribute: Option<&Attribute>| {
        attribute.is_some_and(|a| matches!(&a.kind, Kind::Set(of) if **of == Kind::String))
    };
    let sets: Vec<&str> = dialect
        .attributes
        .iter()
        .filter(|known| is_text(schema.attribute(known.attribute)))
        .map(|known| known.name.as_str())
        .collect();
    if sets.is_empty() || dialect.element_operators.is_empty() {
        return String::new();
    }
    let set = *random.pick(&sets);
    let mut ask = || {
        let operator = *random.pick(&dialect.element_operators);
        let value = texts(random, operator, TEXTS);
        format!("_ {value}")
    };
    let (left, right) = (ask(), ask());
    match random.below(3) {
        0 => format!("{set} -{word} ({left} -or {right})"),
        1 => format!("{set} -{word} (-not ({left}))"),
        _ => format!("{set} -{word} ({left})"),
    }
}

/// An operator and its right side.
fn value(random: &mut Random, operator: Op, attribute: &Attribute) -> String {
    let word = operator.word();
    match &attribute.kind {
        Kind::Boolean => format!("-{word} {}", random.chance(50)),
        Kind::Version => format!("-{word} \"{}\"", random.pick(VERSIONS)),
        Kind::DateTime if matches!(operator, Op::Le | Op::Ge) && random.chance(60) => {
            let shift = *random.pick(&["", " -plus p1d", " -minus p1d"]);
            format!("-{word} system.now{shift}")
        }
        Kind::DateTime => format!("-{word} {}", random.pick(TIMES)),
        Kind::Guid => texts(random, operator, IDS),
        Kind::Enumeration { members, .. } => {
            let members: Vec<&str> = members.iter().map(String::as_str).collect();
            texts(random, operator, &members)
        }
        _ => texts(random, operator, TEXTS),
    }
}

fn texts(random: &mut Random, operator: Op, values: &[&str]) -> String {
    let word = operator.word();
    let first = *random.pick(values);
    match operator {
        Op::In | Op::NotIn => format!("-{word} [\"{first}\", \"{}\"]", random.pick(values)),
        Op::Match | Op::NotMatch => format!("-{word} \"{}\"", random.pick(PATTERNS)),
        _ => format!("-{word} \"{first}\""),
    }
}

/// Random facts for rules of the dialect; sometimes there is no object at all.
#[must_use]
pub fn facts(random: &mut Random, schema: &Schema, dialect: &Dialect) -> Value {
    if random.chance(4) {
        return Value::Null;
    }
    if dialect.name == ATTRIBUTE_RULE_DIALECT {
        let objects = tags::objects(random, &["x".to_owned()]);
        return objects[0]["customSecurityAttributes"].clone();
    }
    let mut facts = Map::new();
    for known in &dialect.attributes {
        let Some(attribute) = schema.attribute(known.attribute) else {
            continue;
        };
        let Some((_, name)) = attribute.name.split_once('.') else {
            continue;
        };
        if random.chance(35) {
            continue;
        }
        let fact = fact(random, dialect, known.attribute, attribute);
        facts.insert(name.to_owned(), fact);
    }
    if dialect.has_direct_reports && random.chance(70) {
        facts.insert("manager".to_owned(), json!({ "id": random.pick(IDS) }));
    }
    Value::Object(facts)
}

fn fact(
    random: &mut Random,
    dialect: &Dialect,
    id: gatewright_hir::schema::AttributeId,
    attribute: &Attribute,
) -> Value {
    match &attribute.kind {
        Kind::Boolean => json!(random.chance(50)),
        Kind::Version if random.chance(15) => json!("unknown"),
        Kind::Version => json!(random.pick(VERSIONS)),
        Kind::DateTime => json!(random.pick(TIMES)),
        Kind::Guid => json!(random.pick(IDS)),
        Kind::Enumeration { members, .. } => json!(random.pick(members)),
        Kind::Set(of) if **of == Kind::Record => {
            let fields = dialect.elements.iter().find(|e| e.attribute == id);
            let fields = fields.map_or(&[][..], |e| e.fields.as_slice());
            let count = random.below(4);
            (0..count).map(|_| record(random, fields)).collect()
        }
        Kind::Set(of) if **of == Kind::Guid => {
            let ids = random.some(IDS, 0, 2);
            ids.iter().map(|id| json!({ "id": id })).collect()
        }
        Kind::Set(_) => json!(random.some(TEXTS, 0, 3)),
        _ => json!(random.pick(TEXTS)),
    }
}

fn record(random: &mut Random, fields: &[String]) -> Value {
    let mut record = Map::new();
    for field in fields {
        if random.chance(80) {
            record.insert(field.clone(), json!(random.pick(TEXTS)));
        }
    }
    Value::Object(record)
}

/// Names of facts that are not known, as `unknown` lists them; mostly none.
#[must_use]
pub fn unknown(random: &mut Random, schema: &Schema, dialect: &Dialect) -> Vec<String> {
    if random.chance(65) {
        return Vec::new();
    }
    if dialect.name == ATTRIBUTE_RULE_DIALECT {
        return vec!["app.attributes".to_owned()];
    }
    let mut names = Vec::new();
    for known in random.some(&dialect.attributes, 1, 20) {
        names.extend(schema.attribute(known.attribute).map(|a| a.name.clone()));
    }
    names
}
