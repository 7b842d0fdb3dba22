//! The edges that count.
//!
//! - A class counts if a sign-in can have it: not *unknown*, not null where the attribute is never
//!   null, not a value outside a closed enumeration or outside the bounds of a number.
//! - A node counts if it can go two ways.
//! - That a policy for users does not meet a workload identity, and one for resources does not meet
//!   an authentication context, is what these kinds of policies are, whatever is written in them:
//!   edges by which another kind of sign-in leaves the diagram do not count. They are left out
//!   before it is asked whether the node can go two ways.

use std::collections::BTreeMap;

use gatewright_decision::{ClassSet, Classes, Decisions, Node, NodeId, TextClass, Variable};
use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::Schema;
use gatewright_value::{Kind, fold, ordered_key};

use super::PolicyEdge;
use super::words::Words;
use crate::names::ObjectNames;

/// What says which kind of sign-in it is.
const KINDS: [&str; 2] = ["signIn.identity", "signIn.target"];

/// The known classes of a variable that occur.
pub(super) fn possible(schema: &Schema, variable: &Variable) -> ClassSet {
    let known = variable.unknown_class();
    let all = ClassSet::run(0, known.saturating_sub(1));
    if known == 0 {
        return ClassSet::empty();
    }
    if let Classes::Reaches(set) = &variable.classes
        && set.is_complement
        && set.listed.is_empty()
    {
        // What is asked for is a resource, or it is no request for resources.
        return ClassSet::run(1, 1);
    }
    let Some(attribute) = schema.attribute(variable.attribute) else {
        return all;
    };
    let values = match (&variable.classes, &attribute.kind) {
        (
            Classes::Text(entries),
            Kind::Enumeration {
                members,
                is_open: false,
            },
        ) => {
            let classes = members.iter().map(|member| text_class(entries, member));
            ClassSet::from_runs(classes.map(|class| (class, class)).collect())
        }
        (Classes::Ordered(cells), kind) => {
            let (least, greatest) = bounds(kind);
            let cell = |key| cells.starts.partition_point(|start| *start <= key);
            let inside = (cell(least)..=cell(greatest)).map(|cell| cells.class_of(cell));
            ClassSet::from_runs(inside.map(|class| (class, class)).collect())
        }
        _ => without_null(variable, &all, known),
    };
    match variable.null_class() {
        Some(null) if attribute.is_optional => {
            ClassSet::union(vec![values, ClassSet::run(null, null)])
        }
        _ => values,
    }
}

fn without_null(variable: &Variable, all: &ClassSet, known: u32) -> ClassSet {
    let Some(null) = variable.null_class() else {
        return all.clone();
    };
    let others = ClassSet::run(null, null).complement(known);
    ClassSet::intersection(vec![all.clone(), others], known)
}

/// The class of a text: that of the entry that is equal to it, else of the longest prefix.
fn text_class(entries: &[TextClass], text: &str) -> u32 {
    let folded = fold(text);
    let exact = entries
        .iter()
        .find(|entry| entry.is_exact && entry.text == folded);
    let prefixes = entries
        .iter()
        .filter(|entry| !entry.is_exact && folded.starts_with(entry.text.as_str()));
    let longest = || prefixes.max_by_key(|entry| entry.text.len());
    exact.or_else(longest).map_or(0, |entry| entry.class)
}

/// The least and the greatest key of a type.
fn bounds(kind: &Kind) -> (u128, u128) {
    let of = |kind: &Kind, least: i64, greatest: i64| {
        let key = |value: i64, otherwise| {
            ordered_key(kind, &value.to_string()).map_or(otherwise, |key| key)
        };
        (key(least, 0), key(greatest, u128::MAX))
    };
    match kind {
        Kind::Integer { min, max } => of(kind, *min, *max),
        Kind::DateTime | Kind::Duration => of(kind, i64::MIN, i64::MAX),
        _ => (0, u128::MAX),
    }
}

/// The edges of a policy, nodes from the root down.
pub(super) fn edges(
    set: &PolicySet,
    decisions: &Decisions,
    possible: &[ClassSet],
    names: &ObjectNames,
    place: usize,
) -> Vec<PolicyEdge> {
    let Some(built) = decisions.policies.get(place) else {
        return Vec::new();
    };
    let words = Words::new(set, decisions, names, place);
    let mut found = Vec::new();
    // A child has a lower number than its parents: the highest open one has no parent left.
    let mut open = BTreeMap::from([(built.roots.certain, ())]);
    while let Some((id, ())) = open.pop_last() {
        let Some(node) = decisions.dag.node(id) else {
            continue;
        };
        let Some(variable) = decisions.space.variables.get(node.variable as usize) else {
            continue;
        };
        let Some(possible) = possible.get(node.variable as usize) else {
            continue;
        };
        let ways = ways(node, variable, possible);
        open.extend(ways.iter().map(|(child, _)| (*child, ())));
        let is_kind = set
            .schema
            .attribute(variable.attribute)
            .is_some_and(|attribute| set.schema.is_entra && KINDS.contains(&&*attribute.name));
        let counted = |way: &(NodeId, ClassSet)| !(is_kind && way.0 == NodeId::FALSE);
        let ways: Vec<(NodeId, ClassSet)> = ways.into_iter().filter(counted).collect();
        if ways.len() < 2 {
            continue;
        }
        for (child, classes) in ways {
            let (reason, span) = words.place(node.variable, &classes);
            found.push(PolicyEdge {
                policy: place,
                node: id,
                child,
                variable: node.variable,
                what: words.edge(variable, &classes),
                classes,
                reason,
                span,
                is_reached: false,
                is_covered: false,
            });
        }
    }
    found
}

/// Where a node leads, in the order of the first class, with the classes that occur.
fn ways(node: Node<'_>, variable: &Variable, possible: &ClassSet) -> Vec<(NodeId, ClassSet)> {
    let known = variable.unknown_class();
    let ends = node.edges.iter().skip(1).map(|edge| edge.first);
    let ends = ends.chain([known]).map(|end| end.min(known));
    let mut runs: Vec<(NodeId, Vec<(u32, u32)>)> = Vec::new();
    for (edge, end) in node.edges.iter().zip(ends) {
        let Some(last) = end.checked_sub(1).filter(|last| edge.first <= *last) else {
            continue;
        };
        match runs.iter_mut().find(|(child, _)| *child == edge.child) {
            Some((_, runs)) => runs.push((edge.first, last)),
            None => runs.push((edge.child, vec![(edge.first, last)])),
        }
    }
    runs.into_iter()
        .map(|(child, runs)| {
            let classes = vec![ClassSet::from_runs(runs), possible.clone()];
            (child, ClassSet::intersection(classes, known))
        })
        .filter(|(_, classes)| !classes.runs().is_empty())
        .collect()
}
