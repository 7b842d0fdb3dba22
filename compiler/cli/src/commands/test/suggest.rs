//! Sign-ins for what no test covers, and proofs that there are none.

use std::collections::BTreeSet;

use gatewright_analysis::paths::{Paths, Reached, Step};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::words::fact_of_class;
use gatewright_analysis::{Assumptions, Budget, World, given};
use gatewright_compiler::{Compilation, population};
use gatewright_decision::{Literal, NodeId};
use gatewright_runtime::ReadOptions;
use gatewright_scenario::{Coverage, PolicyEdge, Suggestion, Suggestions, Unsettled};
use serde_json::Value;

use super::progress;

/// LIMIT: tests that are proposed at once. Nobody reads more; with these in place the rest can be
/// asked for.
const TESTS_MAX: usize = 200;

/// LIMIT: edges that are asked about. Of the others nothing is known, and they count as open.
const EDGES_MAX: usize = 20_000;

/// Leave out what no sign-in can take. Cost: a search for each edge that is not covered.
pub(super) fn rule_out(compilation: &Compilation, coverage: &mut Coverage) {
    let world = world(compilation);
    let Some(mut paths) = Paths::new(&world, coverage.decisions(), Budget::default()) else {
        return;
    };
    let open = coverage.uncovered().take(EDGES_MAX);
    let impossible = open.filter(|edge| paths.is_impossible(&step(coverage, edge)));
    let impossible: BTreeSet<Key> = impossible.map(key).collect();
    coverage.rule_out(|edge| impossible.contains(&key(edge)));
}

/// Find tests that take every edge that is not covered, as few as is easily found, and leave out
/// the edges that no sign-in can take. Cost: some searches for each such edge.
pub(super) fn suggest(
    compilation: &Compilation,
    coverage: &mut Coverage,
    options: &ReadOptions<'_>,
) -> Suggestions {
    let world = world(compilation);
    let mut found = Search {
        compilation,
        world: &world,
        coverage,
        options,
        candidates: Vec::new(),
        impossible: BTreeSet::new(),
        unknown: Vec::new(),
    };
    found.search();
    let (chosen, left_out) = found.chosen();
    let names = compilation.scenarios.iter().map(|test| test.name.clone());
    let mut names: BTreeSet<String> = names.collect();
    let chosen = chosen.into_iter().filter_map(|at| found.candidates.get(at));
    let mut chosen: Vec<&Candidate> = chosen.collect();
    // By policy, as the edges are.
    chosen.sort_by_key(|candidate| candidate.edge);
    let mut open: BTreeSet<usize> = found.open();
    let mut tests = Vec::with_capacity(chosen.len());
    for candidate in chosen {
        tests.extend(found.test(candidate, &mut open, &mut names));
    }
    let (unknown, impossible) = (found.unknown, found.impossible);
    coverage.rule_out(|edge| impossible.contains(&key(edge)));
    Suggestions {
        tests,
        left_out,
        unknown,
    }
}

/// The set by itself: its space is that of the coverage.
fn world(compilation: &Compilation) -> World<'_> {
    let assumptions = Assumptions {
        population: population(compilation),
        ..Assumptions::default()
    };
    World::new(&compilation.set, &[], assumptions)
}

/// What an edge is known by.
type Key = (usize, NodeId, NodeId);

fn key(edge: &PolicyEdge) -> Key {
    (edge.policy, edge.node, edge.child)
}

fn step(coverage: &Coverage, edge: &PolicyEdge) -> Step {
    let policy = coverage.decisions().policies.get(edge.policy);
    Step {
        root: policy.map_or(NodeId::FALSE, |policy| policy.roots.certain),
        from: edge.node,
        answer: Literal {
            variable: edge.variable,
            classes: edge.classes.clone(),
        },
    }
}

/// A sign-in that takes edges which no test takes.
struct Candidate {
    /// The edge that it was looked for.
    edge: usize,
    /// How that edge is taken, in words.
    fact: String,
    request: Value,
    /// All of the open edges that it takes.
    takes: BTreeSet<usize>,
}

struct Search<'a> {
    compilation: &'a Compilation,
    world: &'a World<'a>,
    coverage: &'a Coverage,
    options: &'a ReadOptions<'a>,
    candidates: Vec<Candidate>,
    impossible: BTreeSet<Key>,
    unknown: Vec<Unsettled>,
}

impl Search<'_> {
    /// The edges that no test takes.
    fn open(&self) -> BTreeSet<usize> {
        let edges = self.coverage.edges.iter().enumerate();
        let open = edges.filter(|(_, edge)| !edge.is_covered);
        open.take(EDGES_MAX).map(|(row, _)| row).collect()
    }

    /// Find a sign-in for every edge that none of those found so far takes.
    fn search(&mut self) {
        let coverage = self.coverage;
        let paths = Paths::new(self.world, coverage.decisions(), Budget::default());
        let Some(mut paths) = paths else {
            return;
        };
        let mut progress = progress("edges");
        let open = self.open();
        let mut left = open.clone();
        for (done, row) in open.iter().enumerate() {
            progress(done + 1, open.len());
            let edge = coverage.edges.get(*row).filter(|_| left.contains(row));
            let Some(edge) = edge else {
                continue;
            };
            match paths.reach(&step(coverage, edge)) {
                Reached::Never => {
                    self.impossible.insert(key(edge));
                }
                Reached::Unknown(what) => self.unsettled(edge, &format!("exhausted: {what}")),
                Reached::By(witness) => {
                    let set = &self.compilation.set;
                    let request = request(set, &witness.facts, &Proofs::default());
                    let takes = coverage.taken_by(&request.to_string(), self.options);
                    let takes: BTreeSet<usize> =
                        takes.into_iter().filter(|row| open.contains(row)).collect();
                    if !takes.contains(row) {
                        self.unsettled(edge, "the engine takes another way at the sign-in found");
                        continue;
                    }
                    left.retain(|row| !takes.contains(row));
                    self.candidates.push(Candidate {
                        edge: *row,
                        fact: self.fact(edge, &witness.classes),
                        request,
                        takes,
                    });
                }
            }
        }
    }

    fn unsettled(&mut self, edge: &PolicyEdge, why: &str) {
        self.unknown.push(Unsettled {
            policy: self.policy(edge),
            what: edge.what.clone(),
            why: why.to_owned(),
        });
    }

    fn policy(&self, edge: &PolicyEdge) -> String {
        let policy = self.compilation.set.policies.get(edge.policy);
        policy.map_or_else(String::new, |policy| policy.display_name.clone())
    }

    /// What the sign-in answers at an edge.
    fn fact(&self, edge: &PolicyEdge, classes: &[u32]) -> String {
        let variable = self.world.joint.space.variables.get(edge.variable as usize);
        let class = classes.get(edge.variable as usize);
        match (variable, class) {
            (Some(variable), Some(class)) => fact_of_class(&self.compilation.set, variable, *class),
            _ => edge.what.clone(),
        }
    }

    /// Candidates that together take what all of them take: each time the one that adds most, then
    /// without those that the others make superfluous; and how many edges are left at the limit.
    fn chosen(&self) -> (Vec<usize>, usize) {
        let all = self
            .candidates
            .iter()
            .flat_map(|one| one.takes.iter().copied());
        let mut left: BTreeSet<usize> = all.collect();
        let mut chosen: Vec<usize> = Vec::new();
        while !left.is_empty() && chosen.len() < TESTS_MAX {
            let gains = self.candidates.iter().enumerate().map(|(at, candidate)| {
                let gain = candidate.takes.intersection(&left).count();
                (gain, std::cmp::Reverse(at))
            });
            let Some((_, std::cmp::Reverse(best))) = gains.max() else {
                break;
            };
            if let Some(candidate) = self.candidates.get(best) {
                left.retain(|row| !candidate.takes.contains(row));
            }
            chosen.push(best);
        }
        let mut at = 0;
        while let Some(one) = chosen.get(at).and_then(|one| self.candidates.get(*one)) {
            let others = chosen.iter().enumerate().filter(|(other, _)| *other != at);
            let others = others.filter_map(|(_, other)| self.candidates.get(*other));
            let others: BTreeSet<usize> = others
                .flat_map(|other| other.takes.iter().copied())
                .collect();
            if one.takes.is_subset(&others) {
                chosen.remove(at);
            } else {
                at += 1;
            }
        }
        (chosen, left.len())
    }

    fn test(
        &self,
        candidate: &Candidate,
        open: &mut BTreeSet<usize>,
        names: &mut BTreeSet<String>,
    ) -> Option<Suggestion> {
        let edge = self.coverage.edges.get(candidate.edge)?;
        let policy = self.policy(edge);
        let stem = format!("{policy}: {}", candidate.fact);
        let mut name = stem.clone();
        let mut number = 1;
        while !names.insert(name.clone()) {
            number += 1;
            name = format!("{stem} ({number})");
        }
        let new: Vec<usize> = candidate.takes.intersection(open).copied().collect();
        open.retain(|row| !candidate.takes.contains(row));
        let edges = new.iter().filter_map(|row| self.coverage.edges.get(*row));
        let shows = edges.map(|edge| format!("`{}`: {}", self.policy(edge), edge.what));
        let Compilation { set, sources, .. } = self.compilation;
        Some(Suggestion {
            shows: shows.collect(),
            text: given::test(set, sources, &name, &candidate.request),
            request: candidate.request.to_string(),
            policy,
            name,
        })
    }
}
