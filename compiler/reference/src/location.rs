//! Networks and named locations.
//!
//! SEMANTICS: §6.3, §6.4

use gatewright_hir::model::{LocationKind, LocationScope, NamedLocation, Scoped};
use gatewright_value::AddressRange;

use crate::facts::{Fact, Facts, fold};
use crate::logic::{self, Kleene};
use crate::rule::World;

/// Whether the request comes from an included location and from no excluded one.
pub(crate) fn holds(world: &World<'_>, scope: &Scoped<LocationScope>) -> Kleene {
    let included = scope
        .include
        .iter()
        .map(|item| item_holds(world, &item.value));
    let excluded = scope
        .exclude
        .iter()
        .map(|item| item_holds(world, &item.value));
    logic::all([logic::any(included), logic::any(excluded).not()])
}

fn item_holds(world: &World<'_>, item: &LocationScope) -> Kleene {
    match item {
        LocationScope::All => Kleene::True,
        LocationScope::AllTrusted => {
            logic::any(world.locations.iter().map(|location| match &location.kind {
                LocationKind::Ranges {
                    ranges,
                    is_trusted: true,
                } => in_ranges(world.facts, ranges),
                _ => Kleene::False,
            }))
        }
        LocationScope::Named(id) => {
            let mut locations = world.locations.iter();
            match locations.find(|location| fold(&location.id) == fold(id)) {
                Some(location) => in_location(world.facts, location),
                None => world.facts.has("location.names", id),
            }
        }
    }
}

fn in_location(facts: &Facts, location: &NamedLocation) -> Kleene {
    match &location.kind {
        LocationKind::Ranges { ranges, .. } => in_ranges(facts, ranges),
        LocationKind::Countries { by_gps: true, .. } | LocationKind::CompliantNetwork => {
            facts.has("location.names", &location.id)
        }
        LocationKind::Countries {
            countries,
            includes_unknown,
            by_gps: false,
        } => {
            let listed = countries
                .iter()
                .map(|country| facts.equals("location.country", country));
            let unmapped = logic::all([
                Kleene::from(*includes_unknown),
                facts.is_true("location.isUnmapped"),
            ]);
            logic::any([logic::any(listed), unmapped])
        }
    }
}

fn in_ranges(facts: &Facts, ranges: &[AddressRange]) -> Kleene {
    match facts.get("location.ip") {
        Fact::Unknown => Kleene::Unknown,
        Fact::Address(address) => Kleene::from(
            ranges
                .iter()
                .any(|range| range.first <= *address && *address <= range.last),
        ),
        _ => Kleene::False,
    }
}
