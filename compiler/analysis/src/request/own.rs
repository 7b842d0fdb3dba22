//! Requests of a schema of one's own.
//!
//! SEMANTICS: §13.1

use gatewright_hir::schema::{Attribute, AttributeId, Entity};
use gatewright_value::Kind;
use serde_json::{Map, Value, json};

use super::{Known, written};
use crate::facts::Fact;

/// An object for each entity, and what is not known.
pub(super) fn request(known: &Known<'_>) -> Map<String, Value> {
    let mut request = Map::new();
    let schema = &known.set.schema;
    for entity in &schema.entities {
        if let Some(object) = object(known, entity) {
            request.insert(entity.name.clone(), Value::Object(object));
        }
    }
    let unknown = unknown(known);
    // An entity may have taken the name; then what is absent must do.
    let is_taken = schema
        .entities
        .iter()
        .any(|entity| entity.name == "unknown");
    if !unknown.is_empty() && !is_taken {
        request.insert("unknown".to_owned(), json!(unknown));
    }
    request
}

/// The attributes of an entity with their facts.
fn attributes<'k>(
    known: &'k Known<'_>,
    entity: &'k Entity,
) -> impl Iterator<Item = (&'k Attribute, &'k str, &'k Fact)> {
    let attributes = (0u32..).zip(&known.set.schema.attributes);
    attributes.filter_map(|(number, attribute)| {
        let (owner, name) = attribute.name.split_once('.')?;
        let fact = known.facts.get(&AttributeId(number))?;
        let is_asked = owner == entity.name && attribute.difference.is_none();
        is_asked.then_some((attribute, name, fact))
    })
}

/// `None` where the entity as a whole is missing.
fn object(known: &Known<'_>, entity: &Entity) -> Option<Map<String, Value>> {
    // Only a missing entity has no value where a value is not optional.
    let is_missing = |(attribute, _, fact): (&Attribute, &str, &Fact)| {
        *fact == Fact::Null && !attribute.is_optional && !matches!(attribute.kind, Kind::Set(_))
    };
    if entity.is_optional && attributes(known, entity).any(is_missing) {
        return None;
    }
    let mut object = Map::new();
    for (attribute, name, fact) in attributes(known, entity) {
        if let Some(value) = written(&attribute.kind, fact) {
            object.insert(name.to_owned(), value);
        }
    }
    Some(object)
}

fn unknown<'k>(known: &Known<'k>) -> Vec<&'k str> {
    let schema = &known.set.schema;
    let is_unknown = |id: AttributeId| known.facts.get(&id) == Some(&Fact::Unknown);
    let mut names = Vec::new();
    for (number, attribute) in (0u32..).zip(&schema.attributes) {
        // A difference of unknown times follows from them.
        let follows = attribute
            .difference
            .is_some_and(|(first, second)| is_unknown(first) || is_unknown(second));
        if is_unknown(AttributeId(number)) && !follows {
            names.push(attribute.name.as_str());
        }
    }
    names
}
