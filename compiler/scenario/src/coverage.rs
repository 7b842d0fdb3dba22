//! What tests cover: the edges of the decision diagrams that their sign-ins take.
//!
//! The diagram of a policy, *certainly applies*, is what an engine walks: a node asks one question,
//! and each answer leads on. An *edge* is a node with one of the places that it leads to, and with
//! all classes that lead there, as pictures of diagrams draw it. A suite that takes every edge has
//! shown every answer of every question in a sign-in in which it mattered: where an earlier
//! condition has failed already, nothing later is asked.
//!
//! What nobody can test does not count: a fact that is missing, a class that no sign-in has, and
//! edges that say no more than which kind of policy it is (see [`edges`]). Whether a sign-in can
//! have several answers at once is for others to prove: see [`Coverage::rule_out`].

mod edges;
mod words;

use std::ops::Range;
use std::sync::Arc;

use gatewright_decision::{ClassSet, Decisions, NodeId, engine};
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{ReadOptions, Request, Scratch};
use gatewright_source::{SourceMap, Span};
use gatewright_value::Truth;
use gatewright_value::vocabulary::{Reason, State};

use crate::encode::Encoding;
use crate::names::ObjectNames;
use crate::run::RunError;

/// What the tests cover.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The edges of every policy that is not disabled: policies in their order, nodes from the
    /// root down.
    pub edges: Vec<PolicyEdge>,
    /// These policies: whether each applied, and whether it did not.
    pub policies: Vec<Seen>,
    /// Every condition of these policies: whether it held, and whether it failed.
    pub conditions: Vec<Seen>,
    /// How many edges are left out, because no sign-in takes them.
    pub ruled_out: usize,
    encoding: Arc<Encoding>,
}

/// An edge of a policy's diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyEdge {
    /// The place of the policy in its set.
    pub policy: usize,
    /// Where it starts.
    pub node: NodeId,
    /// Where it leads.
    pub child: NodeId,
    /// What the node asks about, a place in the space's variables.
    pub variable: u32,
    /// The classes that lead there, without those that do not occur.
    pub classes: ClassSet,
    /// The condition of the policy that asks.
    pub reason: Reason,
    /// Where that is written.
    pub span: Span,
    /// When it is taken, in words: `` `signIn.platform` is linux or windowsPhone ``.
    pub what: String,
    /// Whether a sign-in came to the node.
    pub is_reached: bool,
    /// Whether a sign-in took the edge.
    pub is_covered: bool,
}

/// Something that has two outcomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The display name of the policy.
    pub policy: String,
    /// The place of the policy in its set.
    pub place: usize,
    /// What it is: the policy, or the text of the condition.
    pub what: String,
    /// Where it is written.
    pub span: Span,
    /// Which of its outcomes were seen.
    pub outcomes: Outcomes,
}

/// Which of two outcomes were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// It held.
    pub held: bool,
    /// It failed.
    pub failed: bool,
}

impl Outcomes {
    /// Where a fact is missing, neither is seen.
    fn note(&mut self, truth: Truth) {
        self.held |= truth == Truth::True;
        self.failed |= truth == Truth::False;
    }
}

impl Seen {
    /// Whether both outcomes were seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.outcomes.held && self.outcomes.failed
    }
}

impl Coverage {
    /// Edges that were taken, and edges that there are.
    #[must_use]
    pub fn count(&self) -> (usize, usize) {
        count(&self.edges)
    }

    /// The same for one policy, by its place in the set.
    #[must_use]
    pub fn count_of(&self, policy: usize) -> (usize, usize) {
        count(self.edges_of(policy))
    }

    /// The share of the edges that were taken; 100 where there is none.
    #[must_use]
    pub fn percentage(&self) -> f64 {
        let (taken, total) = self.count();
        if total == 0 {
            return 100.0;
        }
        let exact = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        100.0 * exact(taken) / exact(total)
    }

    /// The edges of a policy, by its place in the set.
    #[must_use]
    pub fn edges_of(&self, policy: usize) -> &[PolicyEdge] {
        let rows = rows_of(&self.edges, policy);
        self.edges.get(rows).unwrap_or_default()
    }

    /// The edges that no sign-in took.
    pub fn uncovered(&self) -> impl Iterator<Item = &PolicyEdge> {
        self.edges.iter().filter(|edge| !edge.is_covered)
    }

    /// The diagrams that the edges are of, over the space of the set by itself, as
    /// [`join`](gatewright_decision::join) makes it.
    #[must_use]
    pub fn decisions(&self) -> &Decisions {
        &self.encoding.decisions
    }

    /// The edges that a sign-in takes, by their places; none where it cannot be read.
    #[must_use]
    pub fn taken_by(&self, json: &str, options: &ReadOptions<'_>) -> Vec<usize> {
        let Ok(request) = Request::from_json_with(&self.encoding.engine, json.as_bytes(), options)
        else {
            return Vec::new();
        };
        let classes = self.encoding.classes(&request, &mut Scratch::default());
        let decisions = self.decisions();
        let mut taken = Vec::new();
        for seen in &self.policies {
            let Some(built) = decisions.policies.get(seen.place) else {
                continue;
            };
            let rows = rows_of(&self.edges, seen.place);
            let edges = self.edges_of(seen.place);
            walk(
                decisions,
                built.roots.certain,
                &classes,
                |at, child, class| {
                    let leaving = leaving(edges, at);
                    let found = leaving.filter(|row| {
                        let edge = edges.get(*row);
                        edge.is_some_and(|edge| edge.is(child, class))
                    });
                    taken.extend(found.map(|row| rows.start + row));
                },
            );
        }
        taken
    }

    /// Leave out those uncovered edges of which it is known that no sign-in takes them.
    pub fn rule_out(&mut self, mut is_impossible: impl FnMut(&PolicyEdge) -> bool) {
        let before = self.edges.len();
        self.edges
            .retain(|edge| edge.is_covered || !is_impossible(edge));
        self.ruled_out += before - self.edges.len();
    }
}

impl PolicyEdge {
    /// Whether the walk goes here, by this answer.
    fn is(&self, child: NodeId, class: u32) -> bool {
        self.child == child && self.classes.contains(class)
    }
}

/// Where the edges of a policy stand.
fn rows_of(edges: &[PolicyEdge], policy: usize) -> Range<usize> {
    let first = edges.partition_point(|edge| edge.policy < policy);
    first..edges.partition_point(|edge| edge.policy <= policy)
}

/// Where the edges of a node stand among those of its policy, of which the nodes descend.
fn leaving(edges: &[PolicyEdge], node: NodeId) -> Range<usize> {
    let first = edges.partition_point(|edge| edge.node > node);
    first..edges.partition_point(|edge| edge.node >= node)
}

fn count(edges: &[PolicyEdge]) -> (usize, usize) {
    let taken = edges.iter().filter(|edge| edge.is_covered).count();
    (taken, edges.len())
}

/// Watches the sign-ins of tests.
pub(crate) struct Recorder {
    encoding: Encoding,
    scratch: Scratch,
    found: Found,
    places: Vec<Places>,
}

/// What is watched so far; the fields are those of [`Coverage`].
struct Found {
    edges: Vec<PolicyEdge>,
    policies: Vec<Seen>,
    conditions: Vec<Seen>,
}

/// Where the rows of a policy stand.
struct Places {
    policy: usize,
    /// The first row of its conditions.
    conditions: usize,
    /// The rows of its edges.
    edges: Range<usize>,
}

impl Recorder {
    pub(crate) fn new(set: &PolicySet, sources: &SourceMap) -> Result<Recorder, RunError> {
        let encoding = Encoding::joint(set, sources)?;
        let decisions = &encoding.decisions;
        let possible: Vec<ClassSet> = decisions
            .space
            .variables
            .iter()
            .map(|variable| edges::possible(&set.schema, variable))
            .collect();
        let mut found = Found {
            edges: Vec::new(),
            policies: Vec::new(),
            conditions: Vec::new(),
        };
        let names = ObjectNames::new(set);
        let mut places = Vec::new();
        for (place, policy) in set.policies.iter().enumerate() {
            if policy.state == State::Disabled {
                continue;
            }
            let seen = |what: String, span: Span| Seen {
                policy: policy.display_name.clone(),
                place,
                what,
                span,
                outcomes: Outcomes::default(),
            };
            let row = seen("the policy".to_owned(), policy.name_span);
            found.policies.push(row);
            let conditions = found.conditions.len();
            let built = decisions.policies.get(place);
            for condition in built.into_iter().flat_map(|built| &built.conditions) {
                let what = one_line(sources.text(condition.span));
                found.conditions.push(seen(what, condition.span));
            }
            let first = found.edges.len();
            let edges = edges::edges(set, decisions, &possible, &names, place);
            found.edges.extend(edges);
            places.push(Places {
                policy: place,
                conditions,
                edges: first..found.edges.len(),
            });
        }
        Ok(Recorder {
            encoding,
            scratch: Scratch::default(),
            found,
            places,
        })
    }

    /// Note what is seen in one sign-in; one that cannot be read shows nothing.
    pub(crate) fn record(&mut self, json: &str, options: &ReadOptions<'_>) {
        let engine = &self.encoding.engine;
        let Ok(request) = Request::from_json_with(engine, json.as_bytes(), options) else {
            return;
        };
        let classes = self.encoding.classes(&request, &mut self.scratch);
        let decisions = &self.encoding.decisions;
        for (place, seen) in self.places.iter().zip(&mut self.found.policies) {
            let truth = engine::policy(decisions, place.policy, &classes);
            seen.outcomes.note(truth);
            let Some(built) = decisions.policies.get(place.policy) else {
                continue;
            };
            let rows = self.found.conditions.iter_mut().skip(place.conditions);
            for (condition, seen) in built.conditions.iter().zip(rows) {
                seen.outcomes
                    .note(engine::roots(decisions, condition.roots, &classes));
            }
            let edges = self.found.edges.get_mut(place.edges.clone());
            let edges = edges.unwrap_or_default();
            walk(
                decisions,
                built.roots.certain,
                &classes,
                |at, child, class| {
                    let leaving = leaving(edges, at);
                    for edge in edges.get_mut(leaving).into_iter().flatten() {
                        edge.is_reached = true;
                        edge.is_covered |= edge.is(child, class);
                    }
                },
            );
        }
    }

    pub(crate) fn finish(self) -> Coverage {
        Coverage {
            edges: self.found.edges,
            policies: self.found.policies,
            conditions: self.found.conditions,
            ruled_out: 0,
            encoding: Arc::new(self.encoding),
        }
    }
}

/// Walk from a root, and say at each node where it leads, and by which class.
fn walk(
    decisions: &Decisions,
    root: NodeId,
    classes: &[u32],
    mut visit: impl FnMut(NodeId, NodeId, u32),
) {
    let mut at = root;
    while let Some(node) = decisions.dag.node(at) {
        let class = classes.get(node.variable as usize).copied();
        let class = class.unwrap_or(u32::MAX);
        let after = node.edges.partition_point(|edge| edge.first <= class);
        let edge = after.checked_sub(1).and_then(|row| node.edges.get(row));
        let Some(edge) = edge else {
            return;
        };
        visit(at, edge.child, class);
        at = edge.child;
    }
}

/// A text on one line, cut where it is long.
fn one_line(text: &str) -> String {
    const CHARACTERS_MAX: usize = 80;
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= CHARACTERS_MAX {
        return line;
    }
    let cut: String = line.chars().take(CHARACTERS_MAX - 1).collect();
    format!("{cut}…")
}
