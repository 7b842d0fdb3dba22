//! Whether policies together apply where one does.

use std::collections::HashSet;

use gatewright_decision::{Dag, Limits, NodeId, Shape, build};
use gatewright_hir::model::{Compliance, Policy, PolicySet};

/// LIMIT: states of the walk over the diagrams; beyond, nothing is proved.
const STATES_MAX: usize = 500_000;

/// Whether the parts together certainly apply where the policy certainly applies, and possibly
/// where it possibly does.
pub(super) fn is_equal(set: &PolicySet, policy: &Policy, parts: &[Policy]) -> bool {
    let mut policies = vec![policy.clone()];
    policies.extend(parts.iter().cloned());
    let compared = PolicySet {
        policies,
        compliance: Compliance::default(),
        ..set.clone()
    };
    let decisions = build(&compared, &Limits::default());
    let Some((first, others)) = decisions.policies.split_first() else {
        return false;
    };
    let is_ordered = decisions
        .policies
        .iter()
        .all(|p| p.roots.shape == Shape::Ordered);
    let certain = others.iter().map(|p| p.roots.certain).collect();
    let possible = others.iter().map(|p| p.roots.possible).collect();
    is_ordered
        && is_union(&decisions.dag, first.roots.certain, certain)
        && is_union(&decisions.dag, first.roots.possible, possible)
}

/// Whether the first diagram holds just where some of the others does: a walk over all of them at
/// once, in the order of the variables.
fn is_union(dag: &Dag, whole: NodeId, parts: Vec<NodeId>) -> bool {
    let mut seen: HashSet<(NodeId, Vec<NodeId>)> = HashSet::new();
    let mut open = vec![(whole, settled(parts))];
    while let Some(state) = open.pop() {
        let (whole, parts) = &state;
        if let [part] = parts.as_slice()
            && part == whole
        {
            continue;
        }
        if parts.is_empty() && *whole == NodeId::FALSE {
            continue;
        }
        let tested = parts.iter().chain([whole]);
        let variables = tested.filter_map(|id| dag.node(*id).map(|node| node.variable));
        let Some(variable) = variables.min() else {
            // Nothing is left to test, and they differ.
            return false;
        };
        if seen.len() >= STATES_MAX {
            return false;
        }
        if !seen.insert(state.clone()) {
            continue;
        }
        let mut firsts: Vec<u32> = Vec::new();
        for id in parts.iter().chain([whole]) {
            if let Some(node) = dag.node(*id).filter(|node| node.variable == variable) {
                firsts.extend(node.edges.iter().map(|edge| edge.first));
            }
        }
        firsts.sort_unstable();
        firsts.dedup();
        for class in firsts {
            let next = parts
                .iter()
                .map(|id| step(dag, *id, variable, class))
                .collect();
            open.push((step(dag, *whole, variable, class), settled(next)));
        }
    }
    true
}

/// The diagrams of a union, simplified: none that never holds, only that one which always does.
fn settled(mut parts: Vec<NodeId>) -> Vec<NodeId> {
    if parts.contains(&NodeId::TRUE) {
        return vec![NodeId::TRUE];
    }
    parts.retain(|id| *id != NodeId::FALSE);
    parts.sort_unstable();
    parts.dedup();
    parts
}

/// Where a diagram goes on for a class of a variable.
fn step(dag: &Dag, id: NodeId, variable: u32, class: u32) -> NodeId {
    match dag.node(id) {
        Some(node) if node.variable == variable => {
            let edges = node.edges.iter().rev();
            let taken = edges.into_iter().find(|edge| edge.first <= class);
            taken.map_or(id, |edge| edge.child)
        }
        _ => id,
    }
}
