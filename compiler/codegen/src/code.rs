//! Nodes to instructions.
//!
//! Nodes are laid out parents before children, so that jumps go forward only. First come the nodes
//! that only conditions need (they are run to find reasons), then those of the policies, which
//! every decision runs: these stand together, and nothing of them leads back. *reject* and *accept*
//! are the last two words.
//!
//! Which instruction a node becomes:
//!
//! - `range`, 6 words, where one run of classes goes one way and the rest the other: two
//!   comparisons, and most nodes are of this kind;
//! - `table`, one word per class, where that is no longer than the rows of a `switch`, or short
//!   anyway: one load instead of a search;
//! - `switch`, two words per run, for the rest: a variable with thousands of classes (user ids,
//!   addresses) of which a policy tells few apart.

use gatewright_bytecode::Op;
use gatewright_decision::{Dag, Decisions, Edge, Node, NodeId, Space};

/// LIMIT: classes up to which a node becomes a table although a `switch` were shorter.
const SMALL_TABLE_MAX: u32 = 16;

/// The instructions of all nodes, and where each begins.
pub(crate) struct Code {
    pub(crate) words: Vec<u32>,
    entry_by_node: Vec<u32>,
}

impl Code {
    /// Where the code of a root begins.
    pub(crate) fn entry(&self, root: NodeId) -> u32 {
        self.entry_by_node
            .get(root.0 as usize)
            .copied()
            .unwrap_or(0)
    }
}

/// The shape that a node's instruction has.
enum Shape {
    Range {
        first: u32,
        last: u32,
        yes: NodeId,
        no: NodeId,
    },
    Switch,
    Table,
}

/// Lay out and write the instructions of everything in the store.
pub(crate) fn emit_code(decisions: &Decisions) -> Code {
    let Decisions { space, dag, .. } = decisions;
    let order = layout(decisions);
    // Two passes: where everything begins, then the words with their targets.
    let mut entry_by_node = vec![0u32; dag.node_count()];
    let mut at = 0u32;
    let mut place = |id: NodeId, size: u32| {
        if let Some(slot) = entry_by_node.get_mut(id.0 as usize) {
            *slot = at;
        }
        at = at.saturating_add(size);
    };
    for id in &order {
        if let Some(node) = dag.node(*id) {
            place(*id, size_of(node, space));
        }
    }
    place(NodeId::FALSE, 1);
    place(NodeId::TRUE, 1);
    let mut code = Code {
        words: Vec::with_capacity(at as usize),
        entry_by_node,
    };
    for id in order {
        if let Some(node) = dag.node(id) {
            code.write(node, space);
        }
    }
    code.words.push(Op::Reject.encode(0));
    code.words.push(Op::Accept.encode(0));
    code
}

/// Conditions' own nodes, then the policies'. Node numbers descend from parents to children, and no
/// node of a policy leads to one that only conditions need.
fn layout(decisions: &Decisions) -> Vec<NodeId> {
    let dag: &Dag = &decisions.dag;
    let of_policies = dag.reachable(&decisions.policy_roots());
    let all = dag.reachable(&decisions.roots());
    let is_of_policy = |id: &NodeId| of_policies.binary_search(id).is_ok();
    let of_conditions = all.iter().rev().copied().filter(|id| !is_of_policy(id));
    of_conditions
        .chain(of_policies.iter().rev().copied())
        .collect()
}

fn shape_of(node: Node<'_>, space: &Space) -> Shape {
    let class_count = class_count(node, space);
    if let Some(range) = as_range(node.edges, class_count) {
        return range;
    }
    let rows = u32::try_from(node.edges.len()).unwrap_or(u32::MAX);
    if class_count <= SMALL_TABLE_MAX || class_count <= rows.saturating_mul(2) {
        Shape::Table
    } else {
        Shape::Switch
    }
}

/// One run against the rest.
fn as_range(edges: &[Edge], class_count: u32) -> Option<Shape> {
    let last = class_count.saturating_sub(1);
    match edges {
        [no, yes] => Some(Shape::Range {
            first: yes.first,
            last,
            yes: yes.child,
            no: no.child,
        }),
        [no, yes, rest] if no.child == rest.child => {
            let last = rest.first.saturating_sub(1);
            Some(Shape::Range {
                first: yes.first,
                last,
                yes: yes.child,
                no: no.child,
            })
        }
        _ => None,
    }
}

fn class_count(node: Node<'_>, space: &Space) -> u32 {
    space
        .variables
        .get(node.variable as usize)
        .map_or(0, |variable| variable.class_count)
}

fn size_of(node: Node<'_>, space: &Space) -> u32 {
    let rows = u32::try_from(node.edges.len()).unwrap_or(u32::MAX);
    match shape_of(node, space) {
        Shape::Range { .. } => 6,
        Shape::Switch => rows.saturating_mul(2).saturating_add(2),
        Shape::Table => class_count(node, space).saturating_add(2),
    }
}

impl Code {
    fn write(&mut self, node: Node<'_>, space: &Space) {
        match shape_of(node, space) {
            Shape::Range {
                first,
                last,
                yes,
                no,
            } => {
                let (yes, no) = (self.entry(yes), self.entry(no));
                let word = Op::Range.encode(0);
                self.words
                    .extend([word, node.variable, first, last, yes, no]);
            }
            Shape::Switch => {
                let rows = u32::try_from(node.edges.len()).unwrap_or(u32::MAX);
                self.words.extend([Op::Switch.encode(rows), node.variable]);
                for edge in node.edges {
                    let target = self.entry(edge.child);
                    self.words.extend([edge.first, target]);
                }
            }
            Shape::Table => {
                let class_count = class_count(node, space);
                self.words
                    .extend([Op::Table.encode(class_count), node.variable]);
                let ends = node
                    .edges
                    .iter()
                    .skip(1)
                    .map(|edge| edge.first)
                    .chain([class_count]);
                for (edge, end) in node.edges.iter().zip(ends) {
                    let target = self.entry(edge.child);
                    self.words.extend((edge.first..end).map(|_| target));
                }
            }
        }
    }
}
