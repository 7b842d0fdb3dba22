//! One diagram for a policy: *certainly applies* and *possibly applies* walked side by side.
//!
//! Drawn apart, the two functions are twice the same row of questions. Their product asks each
//! question once, and where an answer is missing it goes on beside, towards *may apply*.
//!
//! INVARIANT: a panel leads every vector of classes to *applies* where the certain function holds,
//! to *may apply* where only the possible one does, else to *does not apply*.

use indexmap::{IndexMap, IndexSet};

use crate::build::{Decisions, Roots};
use crate::dag::{Dag, NodeId};
use crate::space::Variable;

/// A diagram with three answers.
#[derive(Debug)]
pub(super) struct Panel {
    /// Where reading begins.
    pub(super) start: End,
    /// The questions; the first is where reading begins, if there is any.
    pub(super) tests: Vec<Test>,
}

/// Where a branch leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// To the next question, a place in [`Panel::tests`].
    Test(usize),
    /// The policy applies.
    Applies,
    /// It applies if the missing facts are so.
    MayApply,
    /// It does not apply.
    Not,
}

/// A question.
#[derive(Debug)]
pub(super) struct Test {
    /// The variable, a place in the space.
    pub(super) variable: u32,
    /// Whether a missing fact lies behind, so that the policy can no longer certainly apply.
    pub(super) is_open: bool,
    /// By first class.
    pub(super) branches: Vec<Branch>,
}

/// Classes that lead to one end.
#[derive(Debug)]
pub(super) struct Branch {
    /// Where to.
    pub(super) end: End,
    /// The classes, as ascending runs, both ends included.
    pub(super) runs: Vec<(u32, u32)>,
}

impl Branch {
    /// Whether only a missing fact leads here.
    pub(super) fn is_unknown(&self, variable: &Variable) -> bool {
        let unknown = variable.unknown_class();
        self.runs == [(unknown, unknown)]
    }
}

/// A question of the product: where both functions stand.
type Pair = (NodeId, NodeId);

/// The panel of these roots; `None` where it would have more questions than that.
pub(super) fn panel(decisions: &Decisions, roots: Roots, tests_max: usize) -> Option<Panel> {
    let mut pairs: IndexSet<Pair> = IndexSet::new();
    let mut tests = Vec::new();
    let start = end(&mut pairs, (roots.certain, roots.possible));
    while let Some(pair) = pairs.get_index(tests.len()).copied() {
        if tests.len() >= tests_max {
            return None;
        }
        tests.push(test(decisions, pair, &mut pairs)?);
    }
    Some(Panel { start, tests })
}

fn end(pairs: &mut IndexSet<Pair>, pair: Pair) -> End {
    match pair {
        (NodeId::TRUE, _) => End::Applies,
        (NodeId::FALSE, NodeId::TRUE) => End::MayApply,
        (NodeId::FALSE, NodeId::FALSE) => End::Not,
        pair => End::Test(pairs.insert_full(pair).0),
    }
}

fn test(decisions: &Decisions, pair: Pair, pairs: &mut IndexSet<Pair>) -> Option<Test> {
    let (certain, possible) = pair;
    let dag = &decisions.dag;
    // Terminals come after all variables, so at least one side has a node with this one.
    let number = dag.variable(certain).min(dag.variable(possible));
    let variable = decisions.space.variables.get(number as usize)?;
    let mut firsts: Vec<u32> = [certain, possible]
        .into_iter()
        .filter(|id| dag.variable(*id) == number)
        .flat_map(|id| dag.edges(id).iter().map(|edge| edge.first))
        .chain([variable.unknown_class()])
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    let afters = firsts.iter().copied().skip(1).chain([variable.class_count]);
    let mut found: IndexMap<End, Vec<(u32, u32)>> = IndexMap::new();
    for (first, after) in firsts.iter().copied().zip(afters) {
        let next = |id| step(dag, id, number, first);
        let to = end(pairs, (next(certain), next(possible)));
        let runs = found.entry(to).or_default();
        let last = after.saturating_sub(1);
        match runs.last_mut() {
            Some(run) if run.1 + 1 == first => run.1 = last,
            _ => runs.push((first, last)),
        }
    }
    let branches = found.into_iter().map(|(end, runs)| Branch { end, runs });
    Some(Test {
        variable: number,
        is_open: certain == NodeId::FALSE,
        branches: branches.collect(),
    })
}

/// Where a function stands after the answer; where it did before if it does not ask.
fn step(dag: &Dag, id: NodeId, variable: u32, class: u32) -> NodeId {
    if dag.variable(id) != variable {
        return id;
    }
    let edges = dag.edges(id);
    let after = edges.partition_point(|edge| edge.first <= class);
    let edge = after.checked_sub(1).and_then(|place| edges.get(place));
    edge.map_or(NodeId::FALSE, |edge| edge.child)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Shape;
    use crate::dag::Edge;
    use crate::space::{Classes, Space};
    use gatewright_hir::schema::AttributeId;

    fn decisions() -> (Decisions, Roots) {
        let variable = |name: &str| Variable {
            attribute: AttributeId(0),
            name: name.to_owned(),
            class_count: 3,
            classes: Classes::Has(name.to_owned()),
        };
        let mut dag = Dag::new();
        let mut node = |variable, children: [NodeId; 3]| {
            let edges: Vec<Edge> = (0..)
                .zip(children)
                .map(|(first, child)| Edge { first, child })
                .collect();
            dag.make(variable, &edges)
        };
        let (no, yes) = (NodeId::FALSE, NodeId::TRUE);
        let below = node(1, [no, yes, no]);
        let certain = node(0, [no, below, no]);
        let below = node(1, [no, yes, yes]);
        let possible = node(0, [no, below, below]);
        let roots = Roots {
            certain,
            possible,
            shape: Shape::Ordered,
        };
        let decisions = Decisions {
            space: Space {
                variables: vec![variable("a"), variable("b")],
            },
            dag,
            policies: Vec::new(),
            compliance: Vec::new(),
        };
        (decisions, roots)
    }

    #[test]
    fn a_panel_answers_what_both_functions_answer() {
        let (decisions, roots) = decisions();
        let panel = panel(&decisions, roots, 10).unwrap();
        assert_eq!(panel.tests.len(), 3);
        for classes in (0..9).map(|n| [n / 3, n % 3]) {
            let mut at = panel.start;
            while let End::Test(place) = at {
                let test = &panel.tests[place];
                let class = classes[test.variable as usize];
                let within = |branch: &&Branch| {
                    let mut runs = branch.runs.iter();
                    runs.any(|(first, last)| (first..=last).contains(&&class))
                };
                at = test.branches.iter().find(within).unwrap().end;
            }
            let holds = |root| decisions.dag.evaluate(root, &classes);
            let wanted = match (holds(roots.certain), holds(roots.possible)) {
                (true, _) => End::Applies,
                (false, true) => End::MayApply,
                (false, false) => End::Not,
            };
            assert_eq!(at, wanted, "{classes:?}");
        }
    }

    #[test]
    fn a_panel_that_would_be_too_large_is_none() {
        let (decisions, roots) = decisions();
        assert!(panel(&decisions, roots, 2).is_none());
    }
}
