//! Whether policies together apply where one does.
//!
//! The diagrams of both sides are walked at once, in the order of the variables. What no sign-in
//! can be is left out: a value outside a closed enumeration, null where there is always a value,
//! and answers about resources that no resources give.

mod possible;
mod witness;

use std::collections::HashMap;

use gatewright_decision::{Dag, Decisions, Limits, NodeId, Shape, build};
use gatewright_hir::model::{Compliance, Policy, PolicySet};

use possible::{Answers, Possible};

/// LIMIT: states of the walk over the diagrams; beyond, nothing is proved.
const STATES_MAX: usize = 500_000;

/// How a comparison ended.
pub(super) enum Proof {
    Equal,
    /// Where they differ, as a sentence without a full stop.
    Differ(String),
    /// It takes too long to find out.
    TooLarge,
}

/// Whether the parts together certainly apply where the policy certainly applies, and possibly
/// where it possibly does.
pub(super) fn compare(set: &PolicySet, policy: &Policy, parts: &[Policy]) -> Proof {
    let mut policies = vec![policy.clone()];
    policies.extend(parts.iter().cloned());
    let compared = PolicySet {
        policies,
        compliance: Compliance::default(),
        ..set.clone()
    };
    let decisions = build(&compared, &Limits::default());
    let is_ordered = |shape| shape == Shape::Ordered;
    if !decisions.policies.iter().all(|p| is_ordered(p.roots.shape)) {
        return Proof::TooLarge;
    }
    let Some((first, others)) = decisions.policies.split_first() else {
        return Proof::TooLarge;
    };
    let possible = Possible::new(&set.schema, &decisions.space);
    let rails = [
        (
            first.roots.certain,
            others.iter().map(|p| p.roots.certain).collect(),
        ),
        (
            first.roots.possible,
            others.iter().map(|p| p.roots.possible).collect(),
        ),
    ];
    for (whole, parts) in rails {
        let found = walk(&decisions, &possible, whole, parts);
        if !matches!(found, Proof::Equal) {
            return found;
        }
    }
    Proof::Equal
}

/// Where the walk is: a place in the diagram of the whole, one in those of the parts, and what has
/// been answered about resources.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    whole: NodeId,
    parts: Vec<NodeId>,
    answers: Answers,
}

/// How the walk came to a state: from which one, by which class of which variable.
type Origin = Option<(usize, u32, u32)>;

fn walk(
    decisions: &Decisions,
    possible: &Possible<'_>,
    whole: NodeId,
    parts: Vec<NodeId>,
) -> Proof {
    let dag = &decisions.dag;
    let start = State {
        whole,
        parts: settled(parts),
        answers: Answers::default(),
    };
    let mut number_by_state: HashMap<State, usize> = HashMap::new();
    let mut origins: Vec<Origin> = Vec::new();
    let mut open = vec![(start, None)];
    while let Some((state, origin)) = open.pop() {
        let is_same = match state.parts.as_slice() {
            [] => state.whole == NodeId::FALSE,
            [part] => *part == state.whole,
            _ => false,
        };
        if is_same || number_by_state.contains_key(&state) {
            continue;
        }
        let tested = state.parts.iter().chain([&state.whole]);
        let variables = tested.filter_map(|id| dag.node(*id).map(|node| node.variable));
        let Some(variable) = variables.min() else {
            return Proof::Differ(witness::describe(&decisions.space, &origins, origin));
        };
        if origins.len() >= STATES_MAX {
            return Proof::TooLarge;
        }
        let number = origins.len();
        origins.push(origin);
        for class in classes(dag, possible, &state, variable) {
            let parts = state.parts.iter();
            let parts = parts.map(|id| step(dag, *id, variable, class)).collect();
            let next = State {
                whole: step(dag, state.whole, variable, class),
                parts: settled(parts),
                answers: possible.answered(&state.answers, variable, class),
            };
            open.push((next, Some((number, variable, class))));
        }
        number_by_state.insert(state, number);
    }
    Proof::Equal
}

/// One class for each way on that some sign-in can take.
fn classes(dag: &Dag, possible: &Possible<'_>, state: &State, variable: u32) -> Vec<u32> {
    let mut firsts: Vec<u32> = Vec::new();
    for id in state.parts.iter().chain([&state.whole]) {
        if let Some(node) = dag.node(*id).filter(|node| node.variable == variable) {
            firsts.extend(node.edges.iter().map(|edge| edge.first));
        }
    }
    if possible.has_answers(variable) {
        firsts.extend(0..possible.class_count(variable));
    }
    firsts.sort_unstable();
    firsts.dedup();
    let ends = firsts.iter().skip(1).copied();
    let ends = ends.chain([possible.class_count(variable)]);
    let runs = firsts.iter().copied().zip(ends);
    runs.filter_map(|(first, end)| {
        (first..end).find(|class| possible.is_possible(&state.answers, variable, *class))
    })
    .collect()
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
            let taken = node.edges.iter().rev().find(|edge| edge.first <= class);
            taken.map_or(id, |edge| edge.child)
        }
        _ => id,
    }
}
