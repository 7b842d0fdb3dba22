//! Definitions that need each other: which they are, and a way round through each group of them.

use gatewright_source::Span;
use gatewright_syntax::ast::Name;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::{FxHashMap, FxHashSet};

/// Definitions by name, and the places where they need each other.
#[derive(Default)]
pub(crate) struct Needs<'a> {
    graph: DiGraph<&'a Name, Span>,
    node_by_name: FxHashMap<&'a str, NodeIndex>,
}

/// A definition on a way round: its name, where it is defined, where it needs the next one.
pub(crate) type Step = (String, Span, Span);

impl<'a> Needs<'a> {
    /// Add a definition; the first of several with one name counts.
    pub(crate) fn define(&mut self, name: &'a Name) {
        if !self.node_by_name.contains_key(name.text.as_str()) {
            let node = self.graph.add_node(name);
            self.node_by_name.insert(&name.text, node);
        }
    }

    /// Say that one definition needs another; what is not defined is passed over.
    pub(crate) fn need(&mut self, from: &str, to: &str, used_at: Span) {
        let ends = (self.node_by_name.get(from), self.node_by_name.get(to));
        if let (Some(from), Some(to)) = ends {
            self.graph.add_edge(*from, *to, used_at);
        }
    }

    /// The groups of definitions, those that are needed before those that need them, each with a
    /// way round where there is one.
    pub(crate) fn in_order(&self) -> Vec<(Vec<&'a Name>, Option<Vec<Step>>)> {
        let name = |node: &NodeIndex| self.graph.node_weight(*node).copied();
        tarjan_scc(&self.graph)
            .iter()
            .map(|component| {
                (
                    component.iter().filter_map(name).collect(),
                    self.way(component),
                )
            })
            .collect()
    }

    fn way(&self, component: &[NodeIndex]) -> Option<Vec<Step>> {
        let start = *component.iter().min()?;
        let mut way = self.shortest_way_round(component, start)?;
        way.dedup_by_key(|(node, _)| *node);
        way.into_iter()
            .map(|(node, used)| {
                let name = self.graph.node_weight(node)?;
                Some((name.text.clone(), name.span, used))
            })
            .collect()
    }

    /// The nodes from `start` back to it, each with the edge to the next; breadth first.
    fn shortest_way_round(
        &self,
        component: &[NodeIndex],
        start: NodeIndex,
    ) -> Option<Vec<(NodeIndex, Span)>> {
        let inside: FxHashSet<NodeIndex> = component.iter().copied().collect();
        let mut reached_by: FxHashMap<NodeIndex, (NodeIndex, Span)> = FxHashMap::default();
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for edge in self.graph.edges(node) {
                let target = edge.target();
                if target == start {
                    let mut way = vec![(node, *edge.weight())];
                    let mut at = node;
                    while at != start {
                        let (previous, span) = *reached_by.get(&at)?;
                        way.push((previous, span));
                        at = previous;
                    }
                    way.reverse();
                    return Some(way);
                }
                if inside.contains(&target) && !reached_by.contains_key(&target) {
                    reached_by.insert(target, (node, *edge.weight()));
                    queue.push_back(target);
                }
            }
        }
        None
    }
}
