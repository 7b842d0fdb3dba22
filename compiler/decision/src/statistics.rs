//! What was built and what it costs, without clocks: equal sets have equal statistics.

use gatewright_value::vocabulary::Reason;

use crate::build::{Decisions, Roots, Shape};
use crate::dag::{Dag, NodeId};

/// What was built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Nodes of the store, terminals included.
    pub node_count: usize,
    /// Edges of the store.
    pub edge_count: usize,
    /// The variables in the order of testing, each with its number of classes.
    pub order: Vec<(String, u32)>,
    /// One entry per policy, in the order of the set.
    pub policies: Vec<PolicyStatistics>,
    /// The policy with the longest path, a place in `policies`.
    pub worst: Option<usize>,
    /// Everything that is a chain because its ordered diagram would have been too large.
    pub fallbacks: Vec<Fallback>,
}

/// What was built for one policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyStatistics {
    /// Nodes of *certainly applies* and *possibly applies* together, terminals apart.
    pub node_count: usize,
    /// Tests on the longest path.
    pub longest_path: usize,
}

/// Something that became a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// Which policy.
    pub policy: usize,
    /// Which condition; `None` for the policy as a whole.
    pub condition: Option<Reason>,
}

/// Count what was built. Cost: the sum of the policies' diagrams.
#[must_use]
pub fn statistics(decisions: &Decisions) -> Statistics {
    let longest = longest_paths(&decisions.dag);
    let mut marks = Marks {
        last: vec![usize::MAX; decisions.dag.node_count()],
    };
    let policies: Vec<PolicyStatistics> = decisions
        .policies
        .iter()
        .enumerate()
        .map(|(place, policy)| {
            let Roots {
                certain, possible, ..
            } = policy.roots;
            let length = |id: NodeId| longest.get(id.index()).copied().unwrap_or(0);
            PolicyStatistics {
                node_count: marks.count(&decisions.dag, place, [certain, possible]),
                longest_path: length(certain).max(length(possible)),
            }
        })
        .collect();
    // The first of equals, so that the answer is stable.
    let worst = (0..policies.len())
        .rev()
        .max_by_key(|place| policies.get(*place).map_or(0, |policy| policy.longest_path));
    Statistics {
        node_count: decisions.dag.node_count(),
        edge_count: decisions.dag.edge_count(),
        order: decisions
            .space
            .variables
            .iter()
            .map(|v| (v.name.clone(), v.class_count))
            .collect(),
        policies,
        worst,
        fallbacks: fallbacks(decisions),
    }
}

/// Tests on the longest path from a root, as variable numbers: the worst case of walking.
#[must_use]
pub fn worst_path(decisions: &Decisions, root: NodeId) -> Vec<u32> {
    let longest = longest_paths(&decisions.dag);
    let mut path = Vec::new();
    let mut at = root;
    while let Some(node) = decisions.dag.node(at) {
        path.push(node.variable);
        let length = |id: NodeId| longest.get(id.index()).copied().unwrap_or(0);
        let deepest = node
            .edges
            .iter()
            .rev()
            .max_by_key(|edge| length(edge.child));
        at = deepest.map_or(NodeId::FALSE, |edge| edge.child);
    }
    path
}

/// For every node the tests on the longest path from it. Children come first in the store.
fn longest_paths(dag: &Dag) -> Vec<usize> {
    let mut longest = vec![0; dag.node_count()];
    for (id, node) in dag.nodes() {
        let length =
            |edge: &crate::dag::Edge| longest.get(edge.child.index()).copied().unwrap_or(0);
        let below = node.edges.iter().map(length).max().unwrap_or(0);
        if let Some(slot) = longest.get_mut(id.index()) {
            *slot = below + 1;
        }
    }
    longest
}

/// Which policy saw a node last: a set of nodes that need not be cleared between policies.
struct Marks {
    last: Vec<usize>,
}

impl Marks {
    fn count(&mut self, dag: &Dag, mark: usize, roots: [NodeId; 2]) -> usize {
        let mut open = roots.to_vec();
        let mut count = 0;
        while let Some(id) = open.pop() {
            if id.is_terminal() {
                continue;
            }
            match self.last.get_mut(id.index()) {
                Some(last) if *last != mark => *last = mark,
                _ => continue,
            }
            count += 1;
            open.extend(dag.edges(id).iter().map(|edge| edge.child));
        }
        count
    }
}

fn fallbacks(decisions: &Decisions) -> Vec<Fallback> {
    let mut found = Vec::new();
    for (policy, built) in decisions.policies.iter().enumerate() {
        if built.roots.shape == Shape::Chain {
            found.push(Fallback {
                policy,
                condition: None,
            });
        }
        let chains = built
            .conditions
            .iter()
            .filter(|c| c.roots.shape == Shape::Chain);
        found.extend(chains.map(|c| Fallback {
            policy,
            condition: Some(c.reason),
        }));
    }
    found
}
