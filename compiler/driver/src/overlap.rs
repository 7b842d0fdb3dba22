//! Questions about two diagrams of one store at once, without building a third.
//!
//! The two are walked together, pair of nodes by pair of nodes, with a budget. Both have to be
//! ordered and reduced: then a node that is no terminal reaches both terminals, and every path is
//! some sign-in.

use std::collections::BTreeSet;

use gatewright_decision::{Dag, NodeId};

/// LIMIT: pairs of nodes that one question may look at.
const PAIRS_MAX: usize = 20_000;

/// Walks pairs of nodes.
pub(crate) struct Walk<'d> {
    dag: &'d Dag,
    /// Pairs that all questions together may still look at.
    left: usize,
}

impl<'d> Walk<'d> {
    pub(crate) fn new(dag: &'d Dag, pairs_max: usize) -> Self {
        Walk {
            dag,
            left: pairs_max,
        }
    }

    /// Whether there is nothing left to ask with.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.left == 0
    }

    /// Whether the second holds wherever the first does; `None` over the budget.
    pub(crate) fn implies(&mut self, first: NodeId, second: NodeId) -> Option<bool> {
        self.search(first, second, |first, second| {
            if first == NodeId::FALSE || second == NodeId::TRUE || first == second {
                Some(false)
            } else if first == NodeId::TRUE || second == NodeId::FALSE {
                Some(true)
            } else {
                None
            }
        })
        .map(|is_refuted| !is_refuted)
    }

    /// Whether both hold somewhere; `None` over the budget.
    pub(crate) fn meet(&mut self, first: NodeId, second: NodeId) -> Option<bool> {
        self.search(first, second, |first, second| {
            if first == NodeId::FALSE || second == NodeId::FALSE {
                Some(false)
            } else if first == NodeId::TRUE || second == NodeId::TRUE || first == second {
                Some(true)
            } else {
                None
            }
        })
    }

    /// Whether a pair of which `settle` says yes can be reached.
    fn search(
        &mut self,
        first: NodeId,
        second: NodeId,
        settle: impl Fn(NodeId, NodeId) -> Option<bool>,
    ) -> Option<bool> {
        let mut seen: BTreeSet<(u32, u32)> = BTreeSet::new();
        let mut open = vec![(first, second)];
        while let Some((first, second)) = open.pop() {
            match settle(first, second) {
                Some(true) => return Some(true),
                Some(false) => continue,
                None => {}
            }
            if !seen.insert((first.0, second.0)) {
                continue;
            }
            self.left = self.left.checked_sub(1)?;
            if seen.len() > PAIRS_MAX {
                return None;
            }
            self.children(first, second, &mut open);
        }
        Some(false)
    }

    /// The pairs below, by the classes of the variable that is tested first.
    fn children(&self, first: NodeId, second: NodeId, open: &mut Vec<(NodeId, NodeId)>) {
        let (Some(left), Some(right)) = (self.dag.node(first), self.dag.node(second)) else {
            return;
        };
        if left.variable < right.variable {
            open.extend(left.edges.iter().map(|edge| (edge.child, second)));
            return;
        }
        if right.variable < left.variable {
            open.extend(right.edges.iter().map(|edge| (first, edge.child)));
            return;
        }
        let mut starts: Vec<u32> = left
            .edges
            .iter()
            .chain(right.edges)
            .map(|edge| edge.first)
            .collect();
        starts.sort_unstable();
        starts.dedup();
        let at = |edges: &[gatewright_decision::Edge], class: u32| {
            let after = edges.partition_point(|edge| edge.first <= class);
            let edge = after.checked_sub(1).and_then(|place| edges.get(place));
            edge.map_or(NodeId::FALSE, |edge| edge.child)
        };
        open.extend(
            starts
                .into_iter()
                .map(|class| (at(left.edges, class), at(right.edges, class))),
        );
    }
}
