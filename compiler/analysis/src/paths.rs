//! Which edges of a set's diagrams a sign-in can take.
//!
//! An engine walks the diagram of a policy from the root down. That a sign-in comes to a node is
//! one proposition: it comes to a parent, and answers there so that the walk goes on here. So one
//! search says whether there is a sign-in that takes an edge, however many ways lead to it.

use batsat::Lit;
use gatewright_decision::{ClassSet, Decisions, Literal, NodeId};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

use crate::diff::Witness;
use crate::solver::{Answer, Budget, Solver};
use crate::world::World;

/// An edge of a diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Where the walk begins.
    pub root: NodeId,
    /// Where the edge starts.
    pub from: NodeId,
    /// What is asked there, and the answers by which the walk takes the edge.
    pub answer: Literal,
}

/// Whether there is a sign-in that takes an edge.
#[derive(Clone, Debug, PartialEq)]
pub enum Reached {
    /// This one, the smallest: no sign-in that is unusual in only some of the same ways does.
    By(Box<Witness>),
    /// There is none.
    Never,
    /// Nobody knows: what was exhausted.
    Unknown(&'static str),
}

/// Looks for sign-ins that walk along diagrams.
pub struct Paths<'w> {
    decisions: &'w Decisions,
    solver: Solver<'w>,
    /// By root and node, that a sign-in comes there.
    come: FxHashMap<(NodeId, NodeId), Lit>,
}

impl<'w> Paths<'w> {
    /// For diagrams over the space of a world; `None` where they are over another one. Cost: linear
    /// in what limits the sign-ins that can exist.
    #[must_use]
    pub fn new(world: &'w World<'w>, decisions: &'w Decisions, budget: Budget) -> Option<Self> {
        (world.joint.space == decisions.space).then(|| Paths {
            decisions,
            solver: Solver::new(world, budget),
            come: FxHashMap::default(),
        })
    }

    /// Whether it is proved that no sign-in takes an edge. Cost: a search.
    pub fn is_impossible(&mut self, step: &Step) -> bool {
        let asked = self.asked(step);
        matches!(self.solver.find(&asked), Answer::None(_))
    }

    /// The smallest sign-in that takes an edge. Cost: a search, and one for each fact that is not
    /// ordinary.
    pub fn reach(&mut self, step: &Step) -> Reached {
        let asked = self.asked(step);
        match self.solver.smallest(&asked) {
            Answer::Found(model) => Reached::By(Box::new(Witness {
                classes: model.classes,
                facts: model.facts,
            })),
            Answer::None(_) => Reached::Never,
            Answer::Exhausted(what) => Reached::Unknown(what),
        }
    }

    fn asked(&mut self, step: &Step) -> [Lit; 2] {
        if !self.come.contains_key(&(step.root, step.root)) {
            self.walk(step.root);
        }
        let come = self.come.get(&(step.root, step.from)).copied();
        let come = come.unwrap_or(!self.solver.truth());
        [come, self.solver.literal(&step.answer)]
    }

    /// State where a sign-in comes from a root. Cost: linear in the edges of the diagram.
    fn walk(&mut self, root: NodeId) {
        // A child has a lower number than its parents: the highest open one has no parent left.
        let mut open = BTreeMap::from([(root, vec![self.solver.truth()])]);
        while let Some((id, ways)) = open.pop_last() {
            let come = self.solver.any(&ways);
            self.come.insert((root, id), come);
            for (child, answer) in self.answers(id) {
                let answer = self.solver.literal(&answer);
                let way = self.solver.all(&[come, answer]);
                open.entry(child).or_default().push(way);
            }
        }
    }

    /// Where a node leads, and by which answers.
    fn answers(&self, id: NodeId) -> BTreeMap<NodeId, Literal> {
        let Some(node) = self.decisions.dag.node(id) else {
            return BTreeMap::new();
        };
        let variable = self.decisions.space.variables.get(node.variable as usize);
        let count = variable.map_or(0, |variable| variable.class_count);
        let ends = node.edges.iter().skip(1).map(|edge| edge.first);
        let mut runs: BTreeMap<NodeId, Vec<(u32, u32)>> = BTreeMap::new();
        for (edge, end) in node.edges.iter().zip(ends.chain([count])) {
            let run = (edge.first, end.saturating_sub(1));
            runs.entry(edge.child).or_default().push(run);
        }
        let literals = runs.into_iter().map(|(child, runs)| {
            let literal = Literal {
                variable: node.variable,
                classes: ClassSet::from_runs(runs),
            };
            (child, literal)
        });
        literals.collect()
    }
}
