//! The decision DAG: one store of hash-consed nodes for all policies of a set.
//!
//! A node tests one variable and has one edge per run of classes; the terminals are *false* and
//! *true*. With a fixed order of variables, no node whose edges all agree, and no two equal nodes,
//! a function has exactly one diagram: Bryant, "Graph-Based Algorithms for Boolean Function
//! Manipulation" (1986), for two classes; Kam, Villa, Brayton and Sangiovanni-Vincentelli,
//! "Multi-valued decision diagrams" (1998), for more.
//!
//! Miniature. Variables: 0 `user.groups has "hr"`, 1 `signIn.client` with the classes 0 other, 1
//! browser, 2 null, 3 unknown. The policy for "hr, unless in a browser" *certainly* applies as the
//! left diagram says, and *possibly* as the right one:
//!
//! ```text
//! n2: signIn.client            0 → true, 1 → false, 2 → true, 3 → false
//! n3: user.groups has "hr"     0 → false, 1 → n2, 2 → false
//! n4: signIn.client            0 → true, 1 → false, 2..3 → true
//! n5: user.groups has "hr"     0 → false, 1..2 → n4
//! ```
//!
//! Two kinds of roots live in the store: *ordered* ones, and *chains* ([`chain`](crate::chain)),
//! which may test a variable in any order. Everything but `apply` works for both.
//!
//! INVARIANT: a node's children have lower numbers. So numbers in descending order are a
//! topological order, and walking ends.
//! INVARIANT: a node has at least two edges; the first starts at class 0, firsts ascend, neighbours
//! differ in their children; no two nodes are equal.

use crate::space::Space;

/// A node of the store; the terminals are [`NodeId::FALSE`] and [`NodeId::TRUE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    /// Does not hold.
    pub const FALSE: NodeId = NodeId(0);
    /// Holds.
    pub const TRUE: NodeId = NodeId(1);

    /// Whether nothing is left to test.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        self.0 < 2
    }

    /// The terminal for this truth.
    #[must_use]
    pub fn terminal(holds: bool) -> NodeId {
        if holds { NodeId::TRUE } else { NodeId::FALSE }
    }

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// An edge: from this class up to the next edge's, go on at `child`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// First class.
    pub first: u32,
    /// Where to go on.
    pub child: NodeId,
}

/// A test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node<'d> {
    /// The variable, a place in [`Space::variables`].
    pub variable: u32,
    /// By ascending class.
    pub edges: &'d [Edge],
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Record {
    variable: u32,
    first_edge: u32,
    edge_count: u32,
}

/// The variable of a terminal: after all others.
pub(crate) const NO_VARIABLE: u32 = u32::MAX;

/// A store of nodes.
#[derive(Clone, Debug)]
pub struct Dag {
    records: Vec<Record>,
    edges: Vec<Edge>,
    /// Open addressing over node numbers; 0 is a free slot (the terminals are not in the table).
    slots: Vec<u32>,
}

impl Default for Dag {
    fn default() -> Self {
        let terminal = Record {
            variable: NO_VARIABLE,
            first_edge: 0,
            edge_count: 0,
        };
        Dag {
            records: vec![terminal; 2],
            edges: Vec::new(),
            slots: Vec::new(),
        }
    }
}

impl Dag {
    /// A store with the terminals only.
    #[must_use]
    pub fn new() -> Dag {
        Dag::default()
    }

    /// Nodes, the two terminals included.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.records.len()
    }

    /// Edges of all nodes.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// The test at a node; `None` at a terminal.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<Node<'_>> {
        if id.is_terminal() {
            return None;
        }
        let record = self.records.get(id.index())?;
        Some(Node {
            variable: record.variable,
            edges: self.edges_of(*record),
        })
    }

    /// Every node that is no terminal, children before parents.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (NodeId, Node<'_>)> {
        let count = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        (2..count)
            .map(NodeId)
            .filter_map(|id| Some((id, self.node(id)?)))
    }

    fn edges_of(&self, record: Record) -> &[Edge] {
        let first = record.first_edge as usize;
        self.edges
            .get(first..first + record.edge_count as usize)
            .unwrap_or(&[])
    }

    pub(crate) fn variable(&self, id: NodeId) -> u32 {
        self.records
            .get(id.index())
            .map_or(NO_VARIABLE, |record| record.variable)
    }

    pub(crate) fn edges(&self, id: NodeId) -> &[Edge] {
        self.records
            .get(id.index())
            .map_or(&[], |record| self.edges_of(*record))
    }

    /// Walk from a root to a terminal. A class that is missing or past the last one counts as
    /// unknown, whose edge is the last.
    #[must_use]
    pub fn evaluate(&self, root: NodeId, classes: &[u32]) -> bool {
        let mut at = root;
        while let Some(node) = self.node(at) {
            let class = classes
                .get(node.variable as usize)
                .copied()
                .unwrap_or(u32::MAX);
            let after = node.edges.partition_point(|edge| edge.first <= class);
            let edge = after.checked_sub(1).and_then(|place| node.edges.get(place));
            at = edge.map_or(NodeId::FALSE, |edge| edge.child);
        }
        at == NodeId::TRUE
    }

    /// The node with this test: an equal one if there is one, the child itself if the test does not
    /// matter. Edges must start at class 0 and ascend; neighbours may agree.
    pub(crate) fn make(&mut self, variable: u32, edges: &[Edge]) -> NodeId {
        let start = self.edges.len();
        for edge in edges {
            let is_new = start == self.edges.len()
                || self
                    .edges
                    .last()
                    .is_none_or(|last| last.child != edge.child);
            if is_new {
                self.edges.push(*edge);
            }
        }
        let added = self.edges.get(start..).unwrap_or(&[]);
        if let [only] = added {
            let child = only.child;
            self.edges.truncate(start);
            return child;
        }
        if (self.records.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        self.intern(variable, start)
    }

    /// Find or add the node whose edges were just pushed at `start`.
    fn intern(&mut self, variable: u32, start: usize) -> NodeId {
        let added = self.edges.get(start..).unwrap_or(&[]);
        let edge_count = u32::try_from(added.len()).unwrap_or(u32::MAX);
        let mask = self.slots.len() - 1;
        let mut slot = hash(variable, added) & mask;
        while let Some(id) = self.slots.get(slot).copied().filter(|id| *id != 0) {
            let id = NodeId(id);
            if self.variable(id) == variable && self.edges(id) == added {
                self.edges.truncate(start);
                return id;
            }
            slot = (slot + 1) & mask;
        }
        let id = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        let first_edge = u32::try_from(start).unwrap_or(u32::MAX);
        self.records.push(Record {
            variable,
            first_edge,
            edge_count,
        });
        if let Some(free) = self.slots.get_mut(slot) {
            *free = id;
        }
        NodeId(id)
    }

    /// Double the table. Its size is a power of two, and at least a quarter of it is free.
    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        let mut slots = vec![0u32; size];
        for (id, node) in self.nodes() {
            let mut slot = hash(node.variable, node.edges) & (size - 1);
            while slots.get(slot).is_some_and(|id| *id != 0) {
                slot = (slot + 1) & (size - 1);
            }
            if let Some(free) = slots.get_mut(slot) {
                *free = id.0;
            }
        }
        self.slots = slots;
    }

    /// Forget everything but the terminals. Keeps the memory of small stores.
    pub(crate) fn clear(&mut self) {
        const KEPT: usize = 1 << 14;
        if self.slots.len() > KEPT {
            *self = Dag::default();
            return;
        }
        self.records.truncate(2);
        self.edges.clear();
        self.slots.fill(0);
    }

    /// The nodes that can be reached from these roots, terminals apart, children before parents.
    #[must_use]
    pub fn reachable(&self, roots: &[NodeId]) -> Vec<NodeId> {
        let mut seen = vec![false; self.records.len()];
        let mut open: Vec<NodeId> = roots.to_vec();
        let mut found = Vec::new();
        while let Some(id) = open.pop() {
            if id.is_terminal() {
                continue;
            }
            match seen.get_mut(id.index()) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            found.push(id);
            open.extend(self.edges(id).iter().map(|edge| edge.child));
        }
        found.sort_unstable();
        found
    }

    /// Copy the parts of another store that these roots need; the roots' numbers here. What the
    /// other store holds besides is left behind: this is the garbage collection of building.
    pub(crate) fn copy(&mut self, from: &Dag, roots: &[NodeId]) -> Vec<NodeId> {
        let mut here: Vec<NodeId> = vec![NodeId::FALSE; from.records.len()];
        if let Some(slot) = here.get_mut(NodeId::TRUE.index()) {
            *slot = NodeId::TRUE;
        }
        let at =
            |here: &[NodeId], id: NodeId| here.get(id.index()).copied().unwrap_or(NodeId::FALSE);
        let mut edges = Vec::new();
        for id in from.reachable(roots) {
            edges.clear();
            let moved = |edge: &Edge| Edge {
                first: edge.first,
                child: at(&here, edge.child),
            };
            edges.extend(from.edges(id).iter().map(moved));
            let copied = self.make(from.variable(id), &edges);
            if let Some(slot) = here.get_mut(id.index()) {
                *slot = copied;
            }
        }
        roots.iter().map(|root| at(&here, *root)).collect()
    }

    /// Check the invariants of the store against the space, and of the ordered roots that variables
    /// ascend along every path.
    ///
    /// # Errors
    /// The first rule that is broken, in words.
    pub fn verify(&self, space: &Space, ordered_roots: &[NodeId]) -> Result<(), String> {
        let mut seen = rustc_hash::FxHashSet::default();
        for (id, node) in self.nodes() {
            let Some(variable) = space.variables.get(node.variable as usize) else {
                return Err(format!(
                    "n{}: variable {} does not exist",
                    id.0, node.variable
                ));
            };
            if node.edges.len() < 2 || node.edges.first().is_none_or(|edge| edge.first != 0) {
                return Err(format!("n{}: the edges do not cover the classes", id.0));
            }
            let pairs = || node.edges.iter().zip(node.edges.iter().skip(1));
            if pairs().any(|(left, right)| left.first >= right.first || left.child == right.child) {
                return Err(format!(
                    "n{}: neighbouring edges do not ascend or agree",
                    id.0
                ));
            }
            if node
                .edges
                .iter()
                .any(|edge| edge.first >= variable.class_count)
            {
                return Err(format!(
                    "n{}: an edge for a class that does not exist",
                    id.0
                ));
            }
            if node.edges.iter().any(|edge| edge.child >= id) {
                return Err(format!("n{}: a child does not come first", id.0));
            }
            if !seen.insert((node.variable, node.edges)) {
                return Err(format!("n{}: equal to another node", id.0));
            }
        }
        for id in self.reachable(ordered_roots) {
            let variable = self.variable(id);
            if self
                .edges(id)
                .iter()
                .any(|edge| self.variable(edge.child) <= variable)
            {
                return Err(format!("n{}: the order of variables is broken", id.0));
            }
        }
        Ok(())
    }
}

fn hash(variable: u32, edges: &[Edge]) -> usize {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    variable.hash(&mut hasher);
    for edge in edges {
        edge.hash(&mut hasher);
    }
    // The low bits choose the slot; the finish of this hasher mixes the high ones into them.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "any bits of the hash will do"
    )]
    let short = hasher.finish() as usize;
    short
}
