//! Sign-ins of which facts are missing.

use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Assumptions, Fact, Facts};
use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::{AttributeId, Schema};
use serde_json::{Value, json};

/// What may be missing of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Nothing,
    Facts,
    /// Facts, who signs in, and what for.
    Target,
}

/// Facts that are missing where those are from which they follow, and that no request names.
const DERIVED: [&str; 1] = ["location.isUnmapped"];

impl Missing {
    pub(crate) fn assumptions(self) -> Assumptions {
        Assumptions {
            with_missing_facts: self != Missing::Nothing,
            with_missing_target: self == Missing::Target,
            ..Assumptions::default()
        }
    }

    /// These, and that nobody knows.
    pub(crate) fn or_unknown(self, mut facts: Vec<Fact>) -> Vec<Fact> {
        if self != Missing::Nothing {
            facts.push(Fact::Unknown);
        }
        facts
    }
}

// SEMANTICS: §1.10, §6.4
/// Put in what follows from facts: where nobody knows the device nobody knows anything about it, and
/// whether an address maps to no country.
pub(crate) fn follow(schema: &Schema, facts: &mut Facts) {
    let of = |facts: &Facts, name: &str| {
        let id = schema.find_attribute(name);
        id.and_then(|id| facts.get(&id).cloned())
    };
    if of(facts, "device.isRegistered") == Some(Fact::Unknown) {
        for (number, attribute) in (0u32..).zip(&schema.attributes) {
            if attribute.name.starts_with("device.") {
                facts.insert(AttributeId(number), Fact::Unknown);
            }
        }
    }
    if let Some(unmapped) = schema.find_attribute("location.isUnmapped") {
        let follows = match (of(facts, "location.country"), of(facts, "location.ip")) {
            (Some(Fact::Unknown), _) | (Some(Fact::Null), Some(Fact::Unknown)) => Fact::Unknown,
            (Some(Fact::Null), Some(Fact::Key(_))) => Fact::Boolean(true),
            _ => Fact::Boolean(false),
        };
        facts.insert(unmapped, follows);
    }
}

// SEMANTICS: §1.10
/// The request that says these facts. What is missing is named here: what the searches' own way to
/// write requests makes of it is not taken at its word.
pub(crate) fn said(set: &PolicySet, facts: &Facts) -> Value {
    let mut known = facts.clone();
    let mut names: Vec<&str> = Vec::new();
    let is_unknown = |name: &str| {
        let found = set.schema.find_attribute(name);
        found.is_some_and(|id| facts.get(&id) == Some(&Fact::Unknown))
    };
    let has_no_device = set.schema.is_entra && is_unknown("device.isRegistered");
    if has_no_device {
        names.push("device");
    }
    for (number, attribute) in (0u32..).zip(&set.schema.attributes) {
        let id = AttributeId(number);
        if facts.get(&id) != Some(&Fact::Unknown) {
            continue;
        }
        known.remove(&id);
        let name = attribute.name.as_str();
        let is_said = has_no_device && name.starts_with("device.");
        let follows = set.schema.is_entra && DERIVED.contains(&name);
        if !is_said && !follows {
            names.push(name);
        }
    }
    let mut said = request(set, &known, &Proofs::default());
    if !names.is_empty() {
        said["unknown"] = json!(names);
    }
    said
}
