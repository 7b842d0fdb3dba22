//! Deciding invariants over all sign-ins.
//!
//! The policies and the invariants are two sets over one space, so that whatever is asked of the
//! same attributes is asked once. A sign-in that refutes an invariant is written as a request, and
//! the reference evaluator has to find that it does.
//!
//! INVARIANT: nothing is refuted without a request that the reference evaluator confirms, and
//! nothing that it does not confirm is proved.

mod findings;
mod memo;
pub(crate) mod population;
pub(crate) mod within;

use gatewright_analysis::confirm::Judge;
use gatewright_analysis::demand::Demand;
use gatewright_analysis::prove::{Counterexample, Miss, Prover, Verdict};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::words::{fact_of_class, sentence, worth_telling};
use gatewright_analysis::{Assumptions, Budget, World};
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_source::{SourceMap, Span};
use gatewright_value::vocabulary::State;
use serde_json::Value;

pub use findings::findings;
pub(crate) use memo::Memo;
pub use population::population;

use crate::Compilation;

/// How to decide invariants.
#[derive(Clone, Debug, Default)]
pub struct ProveOptions {
    /// What is taken for granted. Groups and roles that nobody has, as a complete directory tells
    /// them, are added to its population.
    pub assumptions: Assumptions,
    /// How far searches may go.
    pub budget: Budget,
    /// Only sign-ins to which this one speaks as well. What it leaves out, or says of another kind
    /// of identity or target than an invariant, does not narrow that one.
    pub within: Option<Invariant>,
}

/// How an invariant was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The name of the invariant.
    pub name: String,
    /// Where it is written.
    pub name_span: Span,
    /// The places of `use` that made it, innermost first.
    pub used_at: Vec<Span>,
    /// Whether it speaks of all sign-ins of its scope, not of none.
    pub is_always: bool,
    /// What it says of them, in a few words.
    pub claim: String,
    /// What came out.
    pub outcome: ProofOutcome,
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub enum ProofOutcome {
    /// It holds at every sign-in that can exist.
    Proved {
        /// The names of the policies that are enough for it.
        by: Vec<String>,
        /// Whether no sign-in is in its scope at all.
        is_vacuous: bool,
    },
    /// It does not hold here, says the reference evaluator too.
    Refuted(Box<Refutation>),
    /// Nobody knows: what was exhausted, or what went wrong.
    Undecided(String),
}

/// A sign-in at which an invariant does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Refutation {
    /// The sign-in, as everything that decides reads it.
    pub request: Value,
    /// The sign-in in words.
    pub sentence: String,
    /// In what it is not ordinary, a fact each.
    pub unusual: Vec<String>,
    /// For `always`: the policies that would demand it and do not apply, nearest first.
    pub missed: Vec<MissedBy>,
    /// How many further ones there are.
    pub missed_further: usize,
    /// For `always`: the policies that apply and require something else, or one of several things.
    pub asking: Vec<Named>,
    /// For `always`: policies that would demand it here, but only report.
    pub report_only: Vec<Named>,
    /// For `never`: the policies that demand it.
    pub culprits: Vec<Named>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
}

/// A policy that does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedBy {
    /// The policy.
    pub policy: Named,
    /// The conditions that do not hold.
    pub conditions: Vec<Failed>,
}

/// A condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// As it is written, on one line.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// LIMIT: policies that are named as missing a sign-in.
const MISSED_MAX: usize = 16;

/// LIMIT: characters of a condition that are shown.
const CONDITION_CHARS_MAX: usize = 160;

/// What is said where the two evaluators differ.
const NOT_CONFIRMED: &str = "the reference evaluator does not confirm the witness";

/// Decide invariants against the policies of a compilation, each by itself. `progress` hears how
/// many are decided. Cost: putting the policies over one space, then a few searches for each.
#[must_use]
pub fn prove(
    compilation: &Compilation,
    invariants: &[Invariant],
    options: &ProveOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Proof> {
    let set = &compilation.set;
    if invariants.is_empty() {
        return Vec::new();
    }
    let mut policies: Vec<Policy> = invariants.iter().map(|one| one.policy.clone()).collect();
    let mut places = Vec::with_capacity(invariants.len());
    for invariant in invariants {
        let narrowing = options.within.as_ref();
        let narrowing = narrowing.map(|within| within::narrowing(within, &invariant.policy));
        places.push(narrowing.map(|policy| {
            let known = policies
                .iter()
                .skip(invariants.len())
                .position(|one| *one == policy);
            known.map_or_else(
                || {
                    policies.push(policy);
                    policies.len() - 1
                },
                |known| invariants.len() + known,
            )
        }));
    }
    let claims = with_policies(set, policies);
    let mut assumptions = options.assumptions.clone();
    population::add(&mut assumptions.population, compilation);
    let world = World::new(set, &[&claims], assumptions);
    let first = world.policies(1).start;
    let mut case = Case {
        compilation,
        judge: Judge::new(set, world.assumptions.with_report_only),
        prover: Prover::new(&world, 0, options.budget),
        world: &world,
    };
    let mut proofs = Vec::with_capacity(invariants.len());
    for (number, (invariant, within)) in invariants.iter().zip(places).enumerate() {
        progress(number, invariants.len());
        let place = within.map(|within| first + within);
        let verdict = case
            .prover
            .decide_within(first + number, place, invariant.quantifier);
        let within = within.and_then(|within| claims.policies.get(within));
        proofs.push(case.proof(invariant, within, verdict));
    }
    progress(invariants.len(), invariants.len());
    proofs
}

/// The objects of a set with other policies, and nothing that makes devices compliant.
pub(crate) fn with_policies(set: &PolicySet, policies: Vec<Policy>) -> PolicySet {
    let mut others = set.with_policies(policies);
    others.compliance.policies.clear();
    others
}

/// What invariants are decided with.
struct Case<'w> {
    compilation: &'w Compilation,
    world: &'w World<'w>,
    judge: Judge<'w>,
    prover: Prover<'w>,
}

impl Case<'_> {
    fn proof(&self, invariant: &Invariant, within: Option<&Policy>, verdict: Verdict) -> Proof {
        let set = &self.compilation.set;
        let outcome = match verdict {
            Verdict::Unknown(what) => ProofOutcome::Undecided(format!("exhausted: {what}")),
            Verdict::Proved { by, is_vacuous } => {
                let named = by.into_iter().filter_map(|number| self.named(number));
                ProofOutcome::Proved {
                    by: named.map(|named| named.name).collect(),
                    is_vacuous,
                }
            }
            Verdict::Refuted(found) => self.refutation(invariant, within, &found),
        };
        let demands = Demand::of(&invariant.policy.outcome);
        let demands: Vec<String> = demands.iter().map(|one| one.describe(set)).collect();
        Proof {
            name: invariant.name.clone(),
            name_span: invariant.name_span,
            used_at: invariant.annotations.used_at.clone(),
            is_always: invariant.quantifier.is_always(),
            claim: demands.join(" and "),
            outcome,
        }
    }

    fn refutation(
        &self,
        invariant: &Invariant,
        within: Option<&Policy>,
        found: &Counterexample,
    ) -> ProofOutcome {
        let set = &self.compilation.set;
        let proofs = Proofs {
            controls: found.proofs.clone(),
        };
        let request = request(set, &found.facts, &proofs);
        let is_within = |policy| self.judge.is_in_scope(policy, &request).unwrap_or(false);
        if !refutes(&self.judge, set, invariant, &request) || !within.is_none_or(is_within) {
            return ProofOutcome::Undecided(format!("{NOT_CONFIRMED}: {request}"));
        }
        let space = &self.world.joint.space;
        let unusual = self.prover.unusual(found);
        let told = worth_telling(self.world, &found.facts, &|number| {
            unusual.contains(&number)
        });
        let unusual = unusual.into_iter().filter_map(|number| {
            let variable = space.variables.get(number as usize)?;
            let class = found.classes.get(number as usize)?;
            Some(fact_of_class(set, variable, *class))
        });
        let mut misses: Vec<&Miss> = found.misses.iter().collect();
        // Those that ask for just this tell more than those that block something else.
        misses.sort_by_key(|miss| {
            let policy = self.world.policy(miss.policy);
            let is_block = policy.is_some_and(|policy| policy.outcome.is_block);
            (miss.conditions.len(), is_block && !found.demand.is_block())
        });
        let missed = misses.into_iter().filter_map(|miss| {
            Some(MissedBy {
                policy: self.named(miss.policy)?,
                conditions: self.failed(miss.policy, &miss.conditions),
            })
        });
        let missed: Vec<MissedBy> = missed.take(MISSED_MAX).collect();
        let others = self.prover.would_demand(found).into_iter();
        let reports = |number: &usize| {
            let policy = self.world.policy(*number);
            policy.is_some_and(|policy| policy.state == State::ReportOnly)
        };
        let culprits = found.culprits.iter();
        let applying = match invariant.quantifier.is_always() {
            true => self.prover.applying(found),
            false => Vec::new(),
        };
        let asking = applying.into_iter().filter(|number| {
            let policy = self.world.policy(*number);
            policy.is_some_and(|policy| policy.outcome.requirement.is_some())
        });
        ProofOutcome::Refuted(Box::new(Refutation {
            sentence: sentence(set, &told, &proofs),
            unusual: unusual.collect(),
            missed_further: found.misses.len() - missed.len(),
            missed,
            asking: asking.filter_map(|number| self.named(number)).collect(),
            report_only: others
                .filter(reports)
                .filter_map(|n| self.named(n))
                .collect(),
            culprits: culprits.filter_map(|number| self.named(*number)).collect(),
            request,
        }))
    }

    fn named(&self, number: usize) -> Option<Named> {
        let policy = self.world.policy(number)?;
        Some(Named {
            name: policy.display_name.clone(),
            span: policy.name_span,
        })
    }

    fn failed(&self, number: usize, places: &[usize]) -> Vec<Failed> {
        let conditions = self.world.joint.policies.get(number);
        let failed = places.iter().filter_map(|place| conditions?.get(*place));
        let failed = failed.map(|condition| Failed {
            text: written(&self.compilation.sources, condition.span),
            span: condition.span,
        });
        failed.collect()
    }
}

/// Whether the reference evaluator finds that an invariant does not hold at a sign-in.
pub(crate) fn refutes(
    judge: &Judge<'_>,
    set: &PolicySet,
    invariant: &Invariant,
    at: &Value,
) -> bool {
    let policy = &invariant.policy;
    let is_always = invariant.quantifier.is_always();
    let is_session = policy.outcome.session != Default::default();
    let refutes = if !set.schema.is_entra {
        judge.refutes_own(policy, is_always, at)
    } else {
        match (is_always, is_session) {
            (true, false) => judge.refutes_always(policy, at),
            (true, true) => judge.refutes_always_session(policy, at),
            (false, false) => judge.refutes_never(policy, at),
            (false, true) => judge.refutes_never_session(policy, at),
        }
    };
    refutes.unwrap_or(false)
}

/// A piece of a source on one line, cut where it is long.
fn written(sources: &SourceMap, span: Span) -> String {
    let text = sources
        .get(span.source)
        .and_then(|source| source.text.get(span.range()));
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(CONDITION_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
