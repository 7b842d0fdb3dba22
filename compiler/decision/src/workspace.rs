//! Diagrams of questions: built by hand from formulas and other diagrams, under a budget.

use crate::apply::{Scratch, Side};
use crate::dag::{Dag, Edge, NodeId};
use crate::formula::{Formula, Literal};
use crate::space::Space;

/// A store of ordered diagrams over one space. Every function ends in `None` where the store would
/// grow beyond its budget; what was there before stays.
pub struct Workspace<'s> {
    space: &'s Space,
    scratch: Scratch,
    nodes_max: usize,
}

impl<'s> Workspace<'s> {
    /// An empty store for so many nodes.
    #[must_use]
    pub fn new(space: &'s Space, nodes_max: usize) -> Workspace<'s> {
        Workspace {
            space,
            scratch: Scratch::default(),
            nodes_max,
        }
    }

    /// The store.
    #[must_use]
    pub fn dag(&self) -> &Dag {
        &self.scratch.dag
    }

    /// Allow what is left of the budget.
    fn allow(&mut self) {
        let left = self.nodes_max.saturating_sub(self.dag().node_count());
        self.scratch.allow(left);
    }

    /// Where a formula certainly holds, or with `is_possible` where it possibly does.
    pub fn formula(&mut self, formula: &Formula<Literal>, is_possible: bool) -> Option<NodeId> {
        let side = if is_possible {
            Side::Possible
        } else {
            Side::Certain
        };
        self.allow();
        self.scratch.formula(self.space, formula, side).ok()
    }

    /// Where a variable is in one of these classes, the unknown class being one like others.
    pub fn classes(&mut self, literal: &Literal) -> NodeId {
        let mut edges = Vec::new();
        let mut next = 0;
        let mut add = |first: u32, holds: bool| {
            edges.push(Edge {
                first,
                child: NodeId::terminal(holds),
            });
        };
        for (first, last) in literal.classes.runs() {
            if next < *first {
                add(next, false);
            }
            add(*first, true);
            next = last.saturating_add(1);
        }
        if next <= self.space.known(literal.variable) {
            add(next, false);
        }
        self.scratch.dag.make(literal.variable, &edges)
    }

    /// Where all of these hold.
    pub fn all(&mut self, parts: Vec<NodeId>) -> Option<NodeId> {
        self.allow();
        self.scratch.conjunction(parts).ok()
    }

    /// Where one of these holds.
    pub fn any(&mut self, parts: Vec<NodeId>) -> Option<NodeId> {
        self.allow();
        self.scratch.disjunction(parts).ok()
    }

    /// Where this does not hold. Cost: its nodes.
    pub fn not(&mut self, root: NodeId) -> Option<NodeId> {
        let nodes = self.dag().reachable(&[root]);
        if self.dag().node_count() + nodes.len() > self.nodes_max {
            return None;
        }
        let mut turned = rustc_hash::FxHashMap::default();
        turned.insert(NodeId::FALSE, NodeId::TRUE);
        turned.insert(NodeId::TRUE, NodeId::FALSE);
        let mut edges: Vec<Edge> = Vec::new();
        for id in nodes {
            edges.clear();
            edges.extend(self.scratch.dag.edges(id).iter().map(|edge| Edge {
                first: edge.first,
                child: turned.get(&edge.child).copied().unwrap_or(NodeId::FALSE),
            }));
            let variable = self.scratch.dag.variable(id);
            let made = self.scratch.dag.make(variable, &edges);
            turned.insert(id, made);
        }
        turned.get(&root).copied()
    }
}
