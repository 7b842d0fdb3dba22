//! Building ordered diagrams: Bryant's `apply` for multi-way nodes, under a budget.
//!
//! One scratch store serves one policy at a time. What the policy keeps is copied out of it, so the
//! intermediate results of building never stay.
//!
//! `apply` keeps its own stack: a condition over thousands of groups is a diagram thousands of
//! levels deep.

use rustc_hash::FxHashMap;

use crate::dag::{Dag, Edge, NO_VARIABLE, NodeId};
use crate::formula::{Formula, Literal};
use crate::space::Space;

/// Which of the two ordinary functions of a Kleene formula is built: an Unknown test counts as
/// false in *certain* and as true in *possible*. The formula being free of negations, that is all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Certain,
    Possible,
}

/// The budget was not enough; nothing that was built counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OverBudget;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    And,
    Or,
}

impl Operation {
    /// The result where one look is enough.
    fn shortcut(self, left: NodeId, right: NodeId) -> Option<NodeId> {
        let (neutral, deciding) = match self {
            Operation::And => (NodeId::TRUE, NodeId::FALSE),
            Operation::Or => (NodeId::FALSE, NodeId::TRUE),
        };
        if left == deciding || right == deciding {
            Some(deciding)
        } else if left == neutral || left == right {
            Some(right)
        } else if right == neutral {
            Some(left)
        } else {
            None
        }
    }
}

/// A store for building, with its memory of results.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) dag: Dag,
    results: FxHashMap<(Operation, NodeId, NodeId), NodeId>,
    frames: Vec<Frame>,
    pairs: Vec<(u32, NodeId, NodeId)>,
    done: Vec<Edge>,
    /// No node may get this number or a higher one.
    nodes_end: usize,
    /// Steps that are left; diagrams with few nodes can still take many steps.
    steps_left: usize,
}

/// An operation whose children are being computed.
struct Frame {
    key: (Operation, NodeId, NodeId),
    variable: u32,
    /// Class at which the parent takes this result.
    first: u32,
    pairs_start: usize,
    next: usize,
    done_start: usize,
}

/// LIMIT: steps of `apply` per node of the budget.
const STEPS_PER_NODE: usize = 16;

impl Scratch {
    /// Forget the last policy.
    pub(crate) fn clear(&mut self) {
        const KEPT: usize = 1 << 12;
        self.dag.clear();
        if self.results.capacity() > KEPT {
            self.results = FxHashMap::default();
        } else {
            self.results.clear();
        }
    }

    /// Allow this many nodes on top of those that are there.
    pub(crate) fn allow(&mut self, nodes: usize) {
        self.nodes_end = self.dag.node_count().saturating_add(nodes);
        self.steps_left = nodes.saturating_mul(STEPS_PER_NODE);
    }

    /// The diagram of one side of a formula. Recursion is bounded by the nesting of the formula.
    pub(crate) fn formula(
        &mut self,
        space: &Space,
        formula: &Formula<Literal>,
        side: Side,
    ) -> Result<NodeId, OverBudget> {
        let (operation, parts) = match formula {
            Formula::True => return Ok(NodeId::TRUE),
            Formula::False => return Ok(NodeId::FALSE),
            Formula::Unknown => return Ok(NodeId::terminal(side == Side::Possible)),
            Formula::Literal(one) => {
                let edges = literal_edges(space, one, side, NodeId::TRUE, NodeId::FALSE);
                return self.make(one.variable, &edges);
            }
            Formula::And(parts) => (Operation::And, parts),
            Formula::Or(parts) => (Operation::Or, parts),
        };
        let mut roots = Vec::with_capacity(parts.len());
        for part in parts {
            roots.push(self.formula(space, part, side)?);
        }
        self.fold(operation, roots)
    }

    /// The conjunction of these roots.
    pub(crate) fn conjunction(&mut self, roots: Vec<NodeId>) -> Result<NodeId, OverBudget> {
        self.fold(Operation::And, roots)
    }

    /// The disjunction of these roots.
    pub(crate) fn disjunction(&mut self, roots: Vec<NodeId>) -> Result<NodeId, OverBudget> {
        self.fold(Operation::Or, roots)
    }

    /// Join many roots, deepest first: then what is joined so far lies below what comes, and a
    /// chain of `n` tests costs `n` steps, not `n²`.
    fn fold(&mut self, operation: Operation, mut roots: Vec<NodeId>) -> Result<NodeId, OverBudget> {
        roots.sort_by_key(|root| std::cmp::Reverse(self.dag.variable(*root)));
        let neutral = NodeId::terminal(operation == Operation::And);
        roots
            .into_iter()
            .try_fold(neutral, |joined, root| self.apply(operation, root, joined))
    }

    fn make(&mut self, variable: u32, edges: &[Edge]) -> Result<NodeId, OverBudget> {
        let made = self.dag.make(variable, edges);
        if self.dag.node_count() > self.nodes_end {
            Err(OverBudget)
        } else {
            Ok(made)
        }
    }

    fn apply(
        &mut self,
        operation: Operation,
        left: NodeId,
        right: NodeId,
    ) -> Result<NodeId, OverBudget> {
        self.frames.clear();
        self.pairs.clear();
        self.done.clear();
        if let Some(known) = self.known(operation, left, right) {
            return Ok(known);
        }
        self.open(operation, left, right, 0)?;
        while let Some(frame) = self.frames.last_mut() {
            let pair = self.pairs.get(frame.next).copied();
            if let Some((first, left, right)) = pair {
                frame.next += 1;
                match self.known(operation, left, right) {
                    Some(child) => self.done.push(Edge { first, child }),
                    None => self.open(operation, left, right, first)?,
                }
                continue;
            }
            self.close()?;
        }
        Ok(self.done.pop().map_or(NodeId::FALSE, |edge| edge.child))
    }

    fn known(&self, operation: Operation, left: NodeId, right: NodeId) -> Option<NodeId> {
        operation
            .shortcut(left, right)
            .or_else(|| self.results.get(&key(operation, left, right)).copied())
    }

    /// Start an operation: split both sides by the classes of the first variable of either.
    fn open(
        &mut self,
        operation: Operation,
        left: NodeId,
        right: NodeId,
        first: u32,
    ) -> Result<(), OverBudget> {
        let variable = self.dag.variable(left).min(self.dag.variable(right));
        debug_assert_ne!(variable, NO_VARIABLE, "terminals are shortcuts");
        let pairs_start = self.pairs.len();
        let whole = |id| {
            [Edge {
                first: 0,
                child: id,
            }]
        };
        let (left_whole, right_whole) = (whole(left), whole(right));
        let of = |id, alone| {
            if self.dag.variable(id) == variable {
                self.dag.edges(id)
            } else {
                alone
            }
        };
        split(
            of(left, &left_whole),
            of(right, &right_whole),
            &mut self.pairs,
        );
        let steps = self.pairs.len() - pairs_start;
        self.steps_left = self.steps_left.checked_sub(steps).ok_or(OverBudget)?;
        self.frames.push(Frame {
            key: key(operation, left, right),
            variable,
            first,
            pairs_start,
            next: pairs_start,
            done_start: self.done.len(),
        });
        Ok(())
    }

    /// Finish the innermost operation and hand its result to the one around it.
    fn close(&mut self) -> Result<(), OverBudget> {
        let Some(frame) = self.frames.pop() else {
            return Ok(());
        };
        let edges = self.done.get(frame.done_start..).unwrap_or(&[]);
        let child = self.dag.make(frame.variable, edges);
        if self.dag.node_count() > self.nodes_end {
            return Err(OverBudget);
        }
        self.done.truncate(frame.done_start);
        self.pairs.truncate(frame.pairs_start);
        self.results.insert(frame.key, child);
        self.done.push(Edge {
            first: frame.first,
            child,
        });
        Ok(())
    }
}

/// Both operations are commutative.
fn key(operation: Operation, left: NodeId, right: NodeId) -> (Operation, NodeId, NodeId) {
    (operation, left.min(right), left.max(right))
}

/// The common refinement of two rows of edges.
fn split(left: &[Edge], right: &[Edge], pairs: &mut Vec<(u32, NodeId, NodeId)>) {
    let (mut lefts, mut rights) = (left.iter().peekable(), right.iter().peekable());
    let (mut left_child, mut right_child) = (NodeId::FALSE, NodeId::FALSE);
    loop {
        let first = match (lefts.peek(), rights.peek()) {
            (None, None) => return,
            (Some(edge), None) | (None, Some(edge)) => edge.first,
            (Some(left), Some(right)) => left.first.min(right.first),
        };
        if let Some(edge) = lefts.next_if(|edge| edge.first == first) {
            left_child = edge.child;
        }
        if let Some(edge) = rights.next_if(|edge| edge.first == first) {
            right_child = edge.child;
        }
        pairs.push((first, left_child, right_child));
    }
}

/// The edges of a test: to `yes` where the literal holds on this side, else to `no`.
pub(crate) fn literal_edges(
    space: &Space,
    literal: &Literal,
    side: Side,
    yes: NodeId,
    no: NodeId,
) -> Vec<Edge> {
    let known = space.known(literal.variable);
    let mut edges = Vec::with_capacity(literal.classes.runs().len() * 2 + 2);
    let mut next = 0;
    for (first, last) in literal.classes.runs() {
        if next < *first {
            edges.push(Edge {
                first: next,
                child: no,
            });
        }
        edges.push(Edge {
            first: *first,
            child: yes,
        });
        next = last.saturating_add(1);
    }
    if next < known {
        edges.push(Edge {
            first: next,
            child: no,
        });
    }
    let unknown = if side == Side::Possible { yes } else { no };
    edges.push(Edge {
        first: known,
        child: unknown,
    });
    edges
}
