//! Custom security attributes: rules about them, and what objects carry. Questions about elements
//! of sets.

use gatewright_hir::model::{AttributeFilter, Comparison, Expr, FieldTest, Quantified};
use gatewright_hir::schema::{Attribute, AttributeId, Schema};
use gatewright_source::Span;
use gatewright_value::{Kind, fold};
use serde_json::{Map, Value, json};

use super::expressions::{pieces, text_values};
use super::random::Random;
use super::world;

/// Attributes by set and name, and whether they have several values.
const ATTRIBUTES: &[(&str, &str, bool)] = &[
    ("Engineering", "Project", true),
    ("Engineering", "Level", false),
    ("Legal", "Hold", false),
];

const VALUES: &[&str] = &["Baker", "baker 2", "Cascade", "Alpine Baker", "High", "low"];

/// A rule over custom security attributes.
#[must_use]
pub fn filter(random: &mut Random) -> AttributeFilter {
    // A rule that could not be read is a question without an answer.
    let rule = if random.chance(4) {
        Expr::Unknown(Span::default())
    } else {
        let names: Vec<String> = ATTRIBUTES
            .iter()
            .map(|(set, name, _)| fold(&format!("{set}_{name}")).into_owned())
            .collect();
        questions(random, &names, &world::texts(VALUES), 2)
    };
    AttributeFilter {
        rule,
        text: String::new(),
    }
}

/// Some or every element of a random set of the schema; `None` where it has no set.
#[must_use]
pub fn quantified(random: &mut Random, schema: &Schema) -> Option<Expr> {
    let sets: Vec<(usize, &Attribute)> = schema
        .attributes
        .iter()
        .enumerate()
        .filter(|(_, attribute)| matches!(attribute.kind, Kind::Set(_)))
        .collect();
    if sets.is_empty() {
        return None;
    }
    let (at, attribute) = *random.pick(&sets);
    let is_record = matches!(&attribute.kind, Kind::Set(element) if **element == Kind::Record);
    let (names, values) = if is_record {
        let (mut names, mut values) = (vec!["id".to_owned()], world::apps());
        values.extend(world::texts(VALUES));
        for (set, name, _) in ATTRIBUTES {
            names.push(fold(&format!("{set}_{name}")).into_owned());
        }
        (names, values)
    } else {
        (vec![String::new()], text_values(attribute))
    };
    let mut body = questions(random, &names, &values, 1);
    let is_every = random.chance(50);
    if is_every {
        body = Expr::Not(Box::new(body));
    }
    let some = Expr::Some(Quantified {
        collection: AttributeId(u32::try_from(at).unwrap_or(0)),
        body: Box::new(body),
        span: Span::default(),
    });
    Some(if is_every {
        Expr::Not(Box::new(some))
    } else {
        some
    })
}

/// Questions about fields of these names, joined.
fn questions(random: &mut Random, names: &[String], values: &[String], depth: usize) -> Expr {
    if depth == 0 || random.chance(50) {
        return Expr::Field(FieldTest {
            field: random.pick(names).clone(),
            comparison: comparison(random, values),
            is_negated: random.chance(35),
            span: Span::default(),
        });
    }
    let count = 2 + random.below(2);
    let parts = |random: &mut Random| -> Vec<Expr> {
        (0..count)
            .map(|_| questions(random, names, values, depth - 1))
            .collect()
    };
    match random.below(5) {
        0 | 1 => Expr::All(parts(random)),
        2 | 3 => Expr::Any(parts(random)),
        _ => Expr::Not(Box::new(questions(random, names, values, depth - 1))),
    }
}

fn comparison(random: &mut Random, values: &[String]) -> Comparison {
    match random.below(12) {
        0..=4 => {
            let mut texts: Vec<String> = random.some(values, 1, 3);
            for text in &mut texts {
                *text = fold(text).into_owned();
            }
            texts.sort();
            texts.dedup();
            if random.chance(50) {
                Comparison::OneOf(texts)
            } else {
                Comparison::Contains(texts)
            }
        }
        5 | 6 => Comparison::StartsWith(pieces(random, values, |t, n| t.chars().take(n).collect())),
        7 => Comparison::EndsWith(pieces(random, values, |t, n| {
            let length = t.chars().count();
            t.chars().skip(length.saturating_sub(n)).collect()
        })),
        8 | 9 => Comparison::Contains(pieces(random, values, |t, n| {
            t.chars().skip(1).take(n).collect()
        })),
        10 => Comparison::Matches((*random.pick(&["^ba", "e$", "[0-9]"])).to_owned()),
        _ => Comparison::IsNull,
    }
}

/// Objects with these ids, most of them tagged.
#[must_use]
pub fn objects(random: &mut Random, ids: &[String]) -> Value {
    let mut objects = Vec::new();
    for id in ids {
        if random.chance(30) {
            continue;
        }
        let mut object = json!({ "id": id });
        if random.chance(90) {
            object["customSecurityAttributes"] = attributes(random);
        }
        objects.push(object);
    }
    Value::Array(objects)
}

/// A random `customSecurityAttributes`, some values of which no rule can compare.
fn attributes(random: &mut Random) -> Value {
    let mut sets = Map::new();
    for (set, name, has_several) in ATTRIBUTES {
        if random.chance(25) {
            continue;
        }
        let value = match random.below(12) {
            0 => json!(true),
            1 => json!(7),
            2 => Value::Null,
            _ if *has_several => json!(random.some(VALUES, 0, 3)),
            _ => json!(random.pick(VALUES)),
        };
        let attributes = sets.entry(*set).or_insert_with(
            || json!({ "@odata.type": "#microsoft.graph.customSecurityAttributeValue" }),
        );
        attributes[*name] = value;
    }
    Value::Object(sets)
}

/// A random record, for a schema of one's own.
#[must_use]
pub fn record(random: &mut Random) -> Value {
    let mut record = Map::new();
    for (set, name, has_several) in ATTRIBUTES {
        let value = match random.below(8) {
            0 => continue,
            1 => Value::Null,
            2 => json!(random.chance(50)),
            _ if *has_several => json!(random.some(VALUES, 0, 3)),
            _ => json!(random.pick(VALUES)),
        };
        record.insert(format!("{set}_{name}"), value);
    }
    Value::Object(record)
}
