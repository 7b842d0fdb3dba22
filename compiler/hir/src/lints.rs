//! What is legal and unwise.
//!
//! Everything here is read off the typed policies, so that text and Graph JSON are judged alike;
//! what needs diagrams is in the compiler's facade. A disabled policy is judged like any other,
//! except where the finding is about what is enforced.

mod clients;
mod compliance;
mod contradiction;
mod coverage;
mod devices;
mod objects;
mod outcome;
mod risk;
mod sessions;
mod shape;
mod structure;
mod targets;
mod workloads;

use std::collections::BTreeMap;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::SourceId;
use gatewright_value::fold;

use crate::model::{Expr, NamedLocation, Policy, PolicySet};
use crate::schema::Schema;

pub(crate) use shape::Dimension;

/// Parts of an expression that are never or always true.
pub(crate) fn expression(schema: &Schema, expr: &Expr, problems: &mut Vec<Diagnostic>) {
    contradiction::check(schema, expr, problems);
}

/// How a policy is written; help speaks the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Policy text.
    Text,
    /// Graph JSON.
    Graph,
}

/// A policy with what is needed to judge it.
struct Subject<'s> {
    policy: &'s Policy,
    is_graph: bool,
    locations: &'s BTreeMap<String, &'s NamedLocation>,
}

impl Subject<'_> {
    fn location(&self, id: &str) -> Option<&NamedLocation> {
        self.locations.get(&*fold(id)).copied()
    }
}

/// What is refused by the service or unwise, of each policy of a set in order, then of the set as a
/// whole. `notation` says how a file is written.
#[must_use]
pub fn lint(set: &PolicySet, notation: impl Fn(SourceId) -> Notation) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let locations = set
        .locations
        .iter()
        .map(|l| (fold(&l.id).into_owned(), l))
        .collect();
    for policy in &set.policies {
        let notation = notation(policy.span.source);
        structure::check(policy, &mut problems);
        outcome::check(policy, &set.policies, notation, &mut problems);
        devices::check(&set.schema, policy, notation, &mut problems);
        let Some(assignments) = &policy.assignments else {
            continue;
        };
        let is_graph = notation == Notation::Graph;
        let subject = Subject {
            policy,
            is_graph,
            locations: &locations,
        };
        clients::check(policy, assignments, &mut problems);
        targets::check(&subject, assignments, &mut problems);
        risk::check(policy, assignments, &mut problems);
        workloads::check(policy, assignments, &mut problems);
        sessions::check(&subject, assignments, &mut problems);
    }
    objects::check(set, &mut problems);
    coverage::check(set, &mut problems);
    compliance::check(set, &mut problems);
    problems
}
