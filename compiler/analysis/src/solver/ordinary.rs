//! The ordinary sign-in, from which witnesses differ in as little as possible.
//!
//! A member of this tenant, in no group and no role, asks in a browser on Windows for a resource
//! that no policy names, from an address in no named location, on a device that is not registered,
//! at no risk. Nothing else is said.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use gatewright_decision::{Cells, Classes, Space, Variable};
use gatewright_hir::model::{LocationKind, PolicySet};
use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_value::fold;

use super::is_element;
use crate::world::World;

/// What is usual, by the folded name of the attribute.
const USUAL: &[(&str, &str)] = &[
    ("signin.identity", "user"),
    ("signin.target", "apps"),
    ("signin.client", "browser"),
    ("signin.platform", "windows"),
    ("signin.risk", "none"),
    ("user.risk", "none"),
    ("user.insiderrisk", "none"),
    ("serviceprincipal.risk", "none"),
    ("agent.risk", "none"),
];

/// What an ordinary sign-in has some value of that nothing names: somebody signs in, and an address
/// maps to some country.
const SOME: &[&str] = &["user.id", "location.country"];

/// Addresses that are kept for documentation (RFC 5737) and for measurements (RFC 2544), and two
/// public ones: the first that is in no named location is the ordinary one.
const ADDRESSES: [Ipv4Addr; 6] = [
    Ipv4Addr::new(198, 51, 100, 7),
    Ipv4Addr::new(203, 0, 113, 7),
    Ipv4Addr::new(192, 0, 2, 7),
    Ipv4Addr::new(198, 18, 0, 7),
    Ipv4Addr::new(1, 1, 1, 1),
    Ipv4Addr::new(8, 8, 8, 8),
];

/// Facts in the order in which they are taken back: first what is odd in a sign-in, last what is a
/// matter of course; the others stand between. By folded name or entity.
const FIRST: &[&str] = &[
    "signin.baselinescopesonly",
    "signin.enrollmentservice",
    "session.methods",
    "session.flow",
    "location.names",
    "location.isunmapped",
    "signin.client",
    "signin.platform",
    "device.displayname",
];

/// The class of every variable in the ordinary sign-in.
pub(super) fn classes(world: &World<'_>) -> Vec<u32> {
    let schema = world.schema;
    let address = u128::from(address(&world.sets).to_ipv6_mapped());
    let one = |variable: &Variable| match schema.attribute(variable.attribute) {
        Some(attribute) => {
            let name = fold(&attribute.name);
            usual(variable, &name, attribute.is_optional, address)
        }
        None => 0,
    };
    world.joint.space.variables.iter().map(one).collect()
}

/// An address in no named location of these sets, if there is one among those that are tried.
fn address(sets: &[&PolicySet]) -> Ipv4Addr {
    let locations = || sets.iter().flat_map(|set| &set.locations);
    let is_named = |address: &Ipv4Addr| {
        let key = u128::from(address.to_ipv6_mapped());
        locations().any(|location| match &location.kind {
            LocationKind::Ranges { ranges, .. } => ranges
                .iter()
                .any(|range| (range.first..=range.last).contains(&key)),
            _ => false,
        })
    };
    let [first, ..] = ADDRESSES;
    let mut others = ADDRESSES.into_iter();
    others.find(|address| !is_named(address)).unwrap_or(first)
}

fn usual(variable: &Variable, name: &str, is_optional: bool, address: u128) -> u32 {
    let null = variable.null_class().filter(|_| is_optional);
    match &variable.classes {
        Classes::Text(entries) => {
            let usual = USUAL.iter().find(|(attribute, _)| *attribute == name);
            let Some((_, text)) = usual else {
                return null.filter(|_| !SOME.contains(&name)).unwrap_or(0);
            };
            let entry = entries.iter().find(|e| e.is_exact && e.text == *text);
            entry.map_or(0, |entry| entry.class)
        }
        Classes::Ordered(cells) if name == "location.ip" => class_of(cells, address),
        Classes::Ordered(_) => null.unwrap_or(0),
        Classes::Boolean if name == "location.isunmapped" => 0,
        Classes::Boolean => null.unwrap_or(0),
        // The resource that is asked for is one that is listed nowhere.
        Classes::Reaches(set) if name == "app.ids" => u32::from(set.is_complement),
        _ => 0,
    }
}

fn class_of(cells: &Cells, key: u128) -> u32 {
    cells.class_of(cells.starts.partition_point(|start| *start <= key))
}

/// The variables that are one fact each: those of an attribute, but every element of a set that is
/// asked for by name is a fact of its own.
pub(super) fn facts(schema: &Schema, space: &Space) -> Vec<Vec<u32>> {
    let mut by_attribute: BTreeMap<AttributeId, Vec<u32>> = BTreeMap::new();
    let mut facts: Vec<(usize, Vec<u32>)> = Vec::new();
    let rank = |attribute: AttributeId| {
        let name = schema.attribute(attribute).map(|found| fold(&found.name));
        let place = |name: &str| FIRST.iter().position(|one| *one == name);
        name.and_then(|name| place(&name)).unwrap_or(FIRST.len())
    };
    for (number, variable) in (0u32..).zip(&space.variables) {
        if is_element(&variable.classes) {
            facts.push((rank(variable.attribute), vec![number]));
        } else {
            by_attribute
                .entry(variable.attribute)
                .or_default()
                .push(number);
        }
    }
    for (attribute, variables) in by_attribute {
        facts.push((rank(attribute), variables));
    }
    facts.sort_by_key(|(rank, _)| *rank);
    facts.into_iter().map(|(_, variables)| variables).collect()
}
