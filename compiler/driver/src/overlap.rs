//! Questions about two diagrams of one store at once, without building a third.
//!
//! The two are walked together, pair of nodes by pair of nodes, with a budget. Both have to be
//! ordered and reduced: then a node that is no terminal reaches both terminals, and every path is
//! some sign-in.

use gatewright_decision::{Dag, Edge, NodeId};
use rustc_hash::FxHashSet;

/// LIMIT: pairs of nodes that one question may look at.
const PAIRS_MAX: usize = 20_000;

/// Walks pairs of nodes.
pub(crate) struct Walk<'d> {
    dag: &'d Dag,
    /// Pairs that all questions together may still look at.
    left: usize,
    seen: FxHashSet<(u32, u32)>,
    open: Vec<(NodeId, NodeId)>,
}

impl<'d> Walk<'d> {
    pub(crate) fn new(dag: &'d Dag, pairs_max: usize) -> Self {
        Walk {
            dag,
            left: pairs_max,
            seen: FxHashSet::default(),
            open: Vec::new(),
        }
    }

    /// A sign-in of a diagram that is not *false*, by classes; what the diagram does not ask on the
    /// way is as little as can be said, so that narrow policies are not about it.
    pub(crate) fn witness(&self, root: NodeId) -> Vec<u32> {
        let mut classes = Vec::new();
        let mut at = root;
        while let Some(node) = self.dag.node(at) {
            let leads_on = |edge: &&Edge| edge.child != NodeId::FALSE;
            let Some(edge) = node.edges.iter().find(leads_on) else {
                break;
            };
            let variable = node.variable as usize;
            // The order of variables is ascending.
            classes.resize(variable, 0);
            classes.push(edge.first);
            at = edge.child;
        }
        classes
    }

    /// Whether a diagram holds for this sign-in, classes past its end being the first ones.
    pub(crate) fn holds(&self, root: NodeId, classes: &[u32]) -> bool {
        let mut at = root;
        while let Some(node) = self.dag.node(at) {
            let class = classes.get(node.variable as usize).copied().unwrap_or(0);
            let after = node.edges.partition_point(|edge| edge.first <= class);
            let edge = after.checked_sub(1).and_then(|place| node.edges.get(place));
            at = edge.map_or(NodeId::FALSE, |edge| edge.child);
        }
        at == NodeId::TRUE
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
        self.seen.clear();
        self.open.clear();
        self.open.push((first, second));
        while let Some((first, second)) = self.open.pop() {
            match settle(first, second) {
                Some(true) => return Some(true),
                Some(false) => continue,
                None => {}
            }
            if !self.seen.insert((first.0, second.0)) {
                continue;
            }
            self.left = self.left.checked_sub(1)?;
            if self.seen.len() > PAIRS_MAX {
                return None;
            }
            self.children(first, second);
        }
        Some(false)
    }

    /// The pairs below, by the classes of the variable that is tested first.
    fn children(&mut self, first: NodeId, second: NodeId) {
        let (Some(left), Some(right)) = (self.dag.node(first), self.dag.node(second)) else {
            return;
        };
        let open = &mut self.open;
        if left.variable < right.variable {
            open.extend(left.edges.iter().map(|edge| (edge.child, second)));
            return;
        }
        if right.variable < left.variable {
            open.extend(right.edges.iter().map(|edge| (first, edge.child)));
            return;
        }
        // Both rows of edges are ascending and begin at class 0: walk them side by side.
        let (mut left, mut right) = (left.edges, right.edges);
        while let ([one, of_left @ ..], [two, of_right @ ..]) = (left, right) {
            open.push((one.child, two.child));
            let next = |rest: &[Edge]| rest.first().map_or(u32::MAX, |edge| edge.first);
            let (after_left, after_right) = (next(of_left), next(of_right));
            if after_left <= after_right {
                left = of_left;
            }
            if after_right <= after_left {
                right = of_right;
            }
        }
    }
}
