//! Types, values and objects in words.

use gatewright_hir::model::{LocationKind, Strength};
use gatewright_hir::schema::{Attribute, Schema};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::Kind;

use crate::Snapshot;
use crate::describe;

/// LIMIT: ranges, countries or members that are listed.
pub(super) const LISTED_MAX: usize = 12;

/// A type as a schema writes it.
pub(crate) fn kind(schema: &Schema, attribute: &Attribute) -> String {
    let enumeration = attribute.enumeration.map(|at| at as usize);
    let named = enumeration.and_then(|at| schema.enumerations.get(at));
    let optional = if attribute.is_optional { "?" } else { "" };
    format!(
        "{}{optional}",
        shown(&attribute.kind, named.map(|e| &*e.name))
    )
}

fn shown(kind: &Kind, enumeration: Option<&str>) -> String {
    match kind {
        Kind::Set(element) => format!("set of {}", shown(element, enumeration)),
        Kind::Enumeration { .. } => enumeration.unwrap_or("Enumeration").to_owned(),
        Kind::Integer {
            min: i64::MIN,
            max: i64::MAX,
        } => "Integer".to_owned(),
        Kind::Integer { min, max } => format!("Integer [{min}, {max}]"),
        Kind::Boolean => "Boolean".to_owned(),
        Kind::Decimal => "Decimal".to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Version => "Version".to_owned(),
        Kind::DateTime => "DateTime".to_owned(),
        Kind::Duration => "Duration".to_owned(),
        Kind::Address => "Address".to_owned(),
        Kind::Guid => "Guid".to_owned(),
        Kind::Country => "Country".to_owned(),
        Kind::Record => "record".to_owned(),
    }
}

/// The first of a list, and how many more.
pub(crate) fn some_of(words: &[String]) -> String {
    let shown: Vec<&str> = words.iter().take(LISTED_MAX).map(String::as_str).collect();
    let more = words.len().saturating_sub(LISTED_MAX);
    let shown = shown.join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}

/// The members of an attribute's enumeration, with what they mean.
pub(crate) fn members(schema: &Schema, attribute: &Attribute) -> Option<String> {
    let at = attribute.enumeration?;
    let enumeration = schema.enumerations.get(at as usize)?;
    let mut lines: Vec<String> = enumeration
        .members
        .iter()
        .take(LISTED_MAX)
        .map(|(name, docs)| format!("- `{name}`: {docs}"))
        .collect();
    if enumeration.members.len() > LISTED_MAX {
        lines.push(format!("- {} more", enumeration.members.len() - LISTED_MAX));
    }
    if enumeration.is_open {
        lines.push("- other values can occur".to_owned());
    }
    Some(lines.join("\n"))
}

/// What is in a location.
pub(crate) fn location(kind: &LocationKind) -> String {
    match kind {
        LocationKind::Ranges { ranges, is_trusted } => {
            let trusted = if *is_trusted {
                "Trusted"
            } else {
                "Not trusted"
            };
            match ranges.len() {
                1 => format!("{trusted}: one range of addresses."),
                many => format!("{trusted}: {many} ranges of addresses."),
            }
        }
        LocationKind::Countries {
            countries,
            includes_unknown,
            by_gps,
        } => {
            let mut text = format!("Countries: {}", countries.join(", "));
            if *includes_unknown {
                text.push_str(", and addresses that map to none");
            }
            if *by_gps {
                text.push_str("; by the position that the authenticator app tells");
            }
            text.push('.');
            text
        }
        LocationKind::CompliantNetwork => {
            "The compliant network of Global Secure Access; whether a sign-in comes from it is not \
             known."
                .to_owned()
        }
    }
}

/// What satisfies a strength.
pub(crate) fn strength(strength: &Strength) -> String {
    let ways = strength.combinations.iter().map(|combination| {
        let methods: Vec<&str> = combination.methods.iter().map(|m| m.name()).collect();
        format!("- {}", methods.join(" and "))
    });
    let ways: Vec<String> = ways.collect();
    format!("Satisfied by any of\n{}", ways.join("\n"))
}

/// An id in quotes, or without: the objects that have it.
pub(super) fn literal(snapshot: &Snapshot, text: &str) -> Option<String> {
    let set = &snapshot.compilation().set;
    let named = ObjectKind::ALL.iter().filter_map(|kind| {
        let name = describe::find(set, *kind, text)?;
        Some(format!("**{name}**: {}", kind.keyword()))
    });
    let found: Vec<String> = named.collect();
    (!found.is_empty()).then(|| found.join("\n\n"))
}
