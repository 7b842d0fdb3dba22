//! What attributes of different groups have to do with each other.
//!
//! Where an entity is missing as a whole, all its attributes are. Where the id of a workload
//! identity is not known, neither are its custom security attributes.
//!
//! SEMANTICS: §13.1, §16.2

use std::collections::BTreeSet;

use gatewright_decision::{Classes, Space, TextClass, Variable};
use gatewright_hir::schema::{AttributeId, Schema};

use super::groups::entity_of;
use super::questions::TRUE;
use super::{Conflict, Literal};
use crate::facts::{Fact, Facts};

/// What contradicts itself between groups.
pub(super) struct Kindred {
    /// Each a variable at a class that says that its entity is missing, and the entity.
    missing: Vec<(Literal, usize)>,
    /// By entity: its attributes, and the classes of variables that say that it is there.
    entities: Vec<Entity>,
    /// Variables of the id and of the attributes of an identity, with the one of who signs in.
    held: Vec<Held>,
}

#[derive(Default)]
struct Entity {
    attributes: BTreeSet<AttributeId>,
    /// A variable with the classes that leave open whether the entity is there; of a question about
    /// a part or an element, *true* alone says that it is.
    variables: Vec<(u32, Option<(u32, u32)>)>,
}

struct Held {
    /// A variable of the id, and its class of a missing fact.
    id: Literal,
    /// A variable of who signs in, and the class of the identity.
    identity: Literal,
    /// Variables of the attributes, with their classes of a missing fact.
    attributes: Vec<Literal>,
}

impl Kindred {
    pub(super) fn new(schema: &Schema, space: &Space) -> Kindred {
        let mut kindred = Kindred {
            missing: Vec::new(),
            entities: Vec::new(),
            held: Vec::new(),
        };
        if schema.is_entra {
            kindred.held = held(schema, space);
            return kindred;
        }
        for entity in schema.entities.iter().filter(|entity| entity.is_optional) {
            let place = kindred.entities.len();
            let mut found = Entity::default();
            for (number, variable) in (0..).zip(&space.variables) {
                let info = schema.attribute(variable.attribute);
                let Some(info) = info.filter(|info| entity_of(info) == entity.name) else {
                    continue;
                };
                found.attributes.insert(variable.attribute);
                let null = variable.null_class();
                found
                    .variables
                    .push((number, null.zip(Some(variable.unknown_class()))));
                let must_be_there = !info.is_optional && info.difference.is_none();
                let null = null.filter(|_| must_be_there);
                kindred
                    .missing
                    .extend(null.map(|null| ((number, null), place)));
            }
            kindred.entities.push(found);
        }
        kindred
    }

    /// What contradicts itself between groups.
    pub(super) fn conflicts(&self, classes: &[u32]) -> Vec<Conflict> {
        let is = |(variable, class): &Literal| classes.get(*variable as usize) == Some(class);
        let mut conflicts = Vec::new();
        let mut add = |literals: &[Literal]| {
            let mut literals = literals.to_vec();
            literals.sort_unstable();
            conflicts.push(Conflict { literals });
        };
        for (missing, entity) in self.missing.iter().filter(|(literal, _)| is(literal)) {
            for (variable, open) in self.entities.get(*entity).iter().flat_map(|e| &e.variables) {
                let class = classes.get(*variable as usize).copied().unwrap_or_default();
                let is_there = match open {
                    Some((null, unknown)) => class != *null && class != *unknown,
                    None => class == TRUE,
                };
                if is_there {
                    add(&[*missing, (*variable, class)]);
                }
            }
        }
        for held in self
            .held
            .iter()
            .filter(|held| is(&held.id) && is(&held.identity))
        {
            for (variable, unknown) in &held.attributes {
                let class = classes.get(*variable as usize).copied().unwrap_or_default();
                if class != *unknown {
                    add(&[held.id, held.identity, (*variable, class)]);
                }
            }
        }
        conflicts
    }

    /// Take the attributes from entities that are missing.
    pub(super) fn settle(&self, classes: &[u32], facts: &mut Facts) {
        for ((variable, class), entity) in &self.missing {
            if classes.get(*variable as usize) != Some(class) {
                continue;
            }
            for attribute in self
                .entities
                .get(*entity)
                .iter()
                .flat_map(|e| &e.attributes)
            {
                if let Some(fact @ Fact::Text(_)) = facts.get_mut(attribute) {
                    *fact = Fact::Null;
                }
            }
        }
    }
}

fn held(schema: &Schema, space: &Space) -> Vec<Held> {
    let of = |name: &str| -> Vec<(u32, &Variable)> {
        let attribute = schema.find_attribute(name);
        let rows = (0..).zip(&space.variables);
        rows.filter(|(_, row)| Some(row.attribute) == attribute)
            .collect()
    };
    let identities = of("signIn.identity");
    let mut held = Vec::new();
    for (class, id, attributes) in [
        (
            "serviceprincipal",
            "servicePrincipal.id",
            "servicePrincipal.attributes",
        ),
        ("agentidentity", "agent.id", "agent.attributes"),
    ] {
        let attributes = of(attributes);
        let attributes: Vec<Literal> = attributes
            .iter()
            .map(|(number, row)| (*number, row.unknown_class()))
            .collect();
        for (number, row) in &identities {
            let Classes::Text(entries) = &row.classes else {
                continue;
            };
            let is_own = |entry: &&TextClass| entry.is_exact && entry.text == class;
            let Some(entry) = entries.iter().find(is_own) else {
                continue;
            };
            held.extend(of(id).iter().map(|(id, row)| Held {
                id: (*id, row.unknown_class()),
                identity: (*number, entry.class),
                attributes: attributes.clone(),
            }));
        }
    }
    held
}
