//! Chains: graphs that follow the formula, for conditions whose ordered diagram is too large.
//!
//! A formula without negations is short-circuited: each literal becomes one node that goes on to
//! the next literal or leaves. The graph has at most one node per literal, whatever the formula;
//! the price is that a variable may be tested more than once on a path, and that equal functions
//! may look different. (`(a1 ∧ b1) ∨ (a2 ∧ b2) ∨ …` under an order with all `a` first has an
//! ordered diagram of `2ⁿ` nodes and a chain of `2n`.)
//!
//! Chains may be continued: [`link`] puts a whole graph in the place of *true*, which is how the
//! conditions of a policy are joined where their conjunction would be too large.

use crate::apply::{Side, literal_edges};
use crate::dag::{Dag, Edge, NodeId};
use crate::formula::{Formula, Literal};
use crate::space::Space;

/// The chain of one side of a formula, going on to `yes` or `no`. Recursion is bounded by the
/// nesting of the formula.
pub(crate) fn chain(
    dag: &mut Dag,
    space: &Space,
    formula: &Formula<Literal>,
    side: Side,
    yes: NodeId,
    no: NodeId,
) -> NodeId {
    match formula {
        Formula::True => yes,
        Formula::False => no,
        Formula::Unknown => match side {
            Side::Certain => no,
            Side::Possible => yes,
        },
        Formula::Literal(literal) => {
            let edges = literal_edges(space, literal, side, yes, no);
            dag.make(literal.variable, &edges)
        }
        Formula::And(parts) => parts
            .iter()
            .rev()
            .fold(yes, |next, part| chain(dag, space, part, side, next, no)),
        Formula::Or(parts) => parts
            .iter()
            .rev()
            .fold(no, |next, part| chain(dag, space, part, side, yes, next)),
    }
}

/// The graph of `root` with `next` in the place of *true*: both must hold. Cost: the nodes of
/// `root`.
pub(crate) fn link(dag: &mut Dag, root: NodeId, next: NodeId) -> NodeId {
    let nodes = dag.reachable(&[root]);
    let mut moved = rustc_hash::FxHashMap::default();
    moved.insert(NodeId::TRUE, next);
    let mut edges: Vec<Edge> = Vec::new();
    for id in nodes {
        edges.clear();
        edges.extend(dag.edges(id).iter().map(|edge| Edge {
            first: edge.first,
            child: moved.get(&edge.child).copied().unwrap_or(edge.child),
        }));
        let made = dag.make(dag.variable(id), &edges);
        moved.insert(id, made);
    }
    moved.get(&root).copied().unwrap_or(root)
}
