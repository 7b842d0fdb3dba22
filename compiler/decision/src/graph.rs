//! The store as a graph for petgraph, so that its algorithms run without a copy.

use petgraph::visit::{
    DfsPostOrder, GraphBase, IntoNeighbors, IntoNodeIdentifiers, NodeCount, NodeIndexable,
    Visitable,
};

use crate::dag::{Dag, Edge, NodeId};

impl GraphBase for Dag {
    type NodeId = NodeId;
    type EdgeId = (NodeId, u32);
}

impl NodeCount for Dag {
    fn node_count(&self) -> usize {
        Dag::node_count(self)
    }
}

impl NodeIndexable for Dag {
    fn node_bound(&self) -> usize {
        Dag::node_count(self)
    }

    fn to_index(&self, id: NodeId) -> usize {
        id.index()
    }

    fn from_index(&self, index: usize) -> NodeId {
        NodeId(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

impl Visitable for Dag {
    /// One flag per node.
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        Visited {
            flags: vec![false; Dag::node_count(self)],
        }
    }

    fn reset_map(&self, map: &mut Visited) {
        *map = self.visit_map();
    }
}

/// Which nodes a traversal has seen.
#[derive(Clone, Debug, Default)]
pub struct Visited {
    flags: Vec<bool>,
}

impl petgraph::visit::VisitMap<NodeId> for Visited {
    fn visit(&mut self, id: NodeId) -> bool {
        self.flags
            .get_mut(id.index())
            .is_some_and(|flag| !std::mem::replace(flag, true))
    }

    fn is_visited(&self, id: &NodeId) -> bool {
        self.flags.get(id.index()).copied().unwrap_or(false)
    }

    fn unvisit(&mut self, id: NodeId) -> bool {
        self.flags.get_mut(id.index()).is_some_and(std::mem::take)
    }
}

/// The children of a node, by ascending class.
pub struct Children<'d> {
    edges: std::slice::Iter<'d, Edge>,
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        self.edges.next().map(|edge| edge.child)
    }
}

impl<'d> IntoNeighbors for &'d Dag {
    type Neighbors = Children<'d>;

    fn neighbors(self, id: NodeId) -> Children<'d> {
        Children {
            edges: self.edges(id).iter(),
        }
    }
}

impl IntoNodeIdentifiers for &Dag {
    type NodeIdentifiers = std::iter::Map<std::ops::Range<u32>, fn(u32) -> NodeId>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        (0..u32::try_from(Dag::node_count(self)).unwrap_or(u32::MAX)).map(NodeId)
    }
}

/// What can be reached from these roots, parents before children, terminals apart. The nodes of the
/// first root come as near to the start as those of later ones allow.
#[must_use]
pub fn topological(dag: &Dag, roots: &[NodeId]) -> Vec<NodeId> {
    let mut traversal = DfsPostOrder::empty(dag);
    let mut found = Vec::new();
    for root in roots.iter().rev() {
        traversal.move_to(*root);
        while let Some(id) = traversal.next(dag) {
            if !id.is_terminal() {
                found.push(id);
            }
        }
    }
    found.reverse();
    found
}
