//! What would follow if a policy of a set were another one.
//!
//! INVARIANT: nothing is said to break or to change without a sign-in at which the reference
//! evaluator finds the same.

use gatewright_analysis::demand::Demand;
use gatewright_analysis::diff::Class;
use gatewright_analysis::prove::{Counterexample, Verdict};
use gatewright_analysis::replace::{Effect, OTHERS, Replacer, SET};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::words::sentence;
use gatewright_analysis::{Assumptions, Budget, World, confirm::Judge};
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_hir::schema::Combine;
use gatewright_value::vocabulary::State;
use serde_json::Value;

use crate::Compilation;
use crate::comparing::Jury;
use crate::proving::{population, refutes, with_policies};

/// A policy that stands in for another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Replacement<'p> {
    /// The place of the policy that is replaced, in its set.
    pub policy: usize,
    /// What is there instead.
    pub with: &'p Policy,
}

/// What would follow.
#[derive(Clone, Debug, PartialEq)]
pub enum Consequence {
    /// An invariant that holds would not: this one, here.
    Breaks {
        /// Its name.
        invariant: String,
        /// What the sign-in is, in words.
        sentence: String,
        /// The sign-in.
        request: Value,
    },
    /// This sign-in would be decided differently; no invariant breaks.
    Changes {
        /// What would be different, and at which sign-in, in words.
        sentence: String,
        /// The sign-in.
        request: Value,
    },
    /// No sign-in would be decided differently: that is proved.
    Nothing,
    /// Nobody knows, for this reason.
    Unknown(String),
}

/// LIMIT: replacements that are put over one space. More of them are done in several rounds, so
/// that what each tells apart does not slow down all others.
const TOGETHER_MAX: usize = 256;

/// What follows from each of these replacements, alone. `invariants` are asked about where they
/// hold as it is; `progress` hears how many replacements are done. Cost: for each a few searches.
#[must_use]
pub fn consequences(
    compilation: &Compilation,
    invariants: &[Invariant],
    replacements: &[Replacement<'_>],
    budget: Budget,
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Consequence> {
    let set = &compilation.set;
    let claims = invariants.iter().map(|one| one.policy.clone());
    let claims = with_policies(set, claims.collect());
    let mut found = Vec::with_capacity(replacements.len());
    for round in replacements.chunks(TOGETHER_MAX) {
        let others = round.iter().map(|one| one.with.clone());
        let others = with_policies(set, others.collect());
        let assumptions = Assumptions {
            population: population(compilation),
            ..Assumptions::default()
        };
        let world = World::new(set, &[&others, &claims], assumptions);
        let mut case = Case {
            set,
            replacer: Replacer::new(&world, budget),
            world: &world,
            holding: Vec::new(),
        };
        case.decide(invariants);
        let first = world.policies(OTHERS).start;
        for (place, replacement) in round.iter().enumerate() {
            found.push(case.consequence(replacement, first + place));
            progress(found.len(), replacements.len());
        }
    }
    found
}

struct Case<'w> {
    set: &'w PolicySet,
    world: &'w World<'w>,
    replacer: Replacer<'w>,
    holding: Vec<Holding<'w>>,
}

/// An invariant that holds.
#[derive(Clone)]
struct Holding<'i> {
    invariant: &'i Invariant,
    number: usize,
    /// The policies that are enough for it.
    by: Vec<usize>,
}

impl<'w> Case<'w> {
    /// Find out which invariants hold.
    fn decide(&mut self, invariants: &'w [Invariant]) {
        let first = self.world.policies(OTHERS + 1).start;
        for (place, invariant) in invariants.iter().enumerate() {
            let number = first + place;
            let verdict = self.replacer.decide(number, invariant.quantifier);
            if let Verdict::Proved { by, .. } = verdict {
                self.holding.push(Holding {
                    invariant,
                    number,
                    by,
                });
            }
        }
    }

    fn consequence(&mut self, replacement: &Replacement<'_>, number: usize) -> Consequence {
        let changed = with_policy(self.set, replacement.policy, replacement.with);
        let policy = self.world.policies(SET).start + replacement.policy;
        self.broken((policy, number), &changed)
            .unwrap_or_else(|| self.changes(replacement, (policy, number), changed))
    }

    /// The first invariant that breaks.
    fn broken(&mut self, replaced: (usize, usize), changed: &PolicySet) -> Option<Consequence> {
        for at in 0..self.holding.len() {
            let one = self.holding.get(at)?;
            let asked = (one.number, one.invariant.quantifier);
            let verdict = self.replacer.decide_with(replaced, &one.by, asked);
            let Some(Verdict::Refuted(found)) = verdict else {
                continue;
            };
            let Counterexample { facts, proofs, .. } = *found;
            let proofs = Proofs { controls: proofs };
            let at = request(changed, &facts, &proofs);
            if refutes(&Judge::new(changed, false), changed, one.invariant, &at) {
                return Some(Consequence::Breaks {
                    invariant: one.invariant.name.clone(),
                    sentence: sentence(changed, &facts, &proofs),
                    request: at,
                });
            }
        }
        None
    }

    fn changes(
        &mut self,
        replacement: &Replacement<'_>,
        (policy, number): (usize, usize),
        changed: PolicySet,
    ) -> Consequence {
        let class = match self.replacer.difference(policy, number) {
            Effect::Nothing => return Consequence::Nothing,
            Effect::Unknown(what) => return Consequence::Unknown(format!("exhausted: {what}")),
            Effect::Differs(class) => class,
        };
        let states = [Some(policy), Some(number)].map(|one| {
            let policy = one.and_then(|number| self.world.policy(number));
            policy.map_or(State::Disabled, |policy| policy.state)
        });
        // What is reported is compared as if it were enforced.
        let is_reported = !states.contains(&State::Enabled);
        let at = replacement.policy;
        let (old, new) = if is_reported {
            (enforced(self.set.clone(), at), enforced(changed, at))
        } else {
            (self.set.clone(), changed)
        };
        let request = request(&new, &class.witness.facts, &Proofs::default());
        let jury = Jury::new(&old, &new, false);
        let decided = jury.decided(&request);
        if !jury.confirms(&class, &request, &decided) {
            return Consequence::Unknown(format!(
                "the reference evaluator does not confirm the witness: {request}"
            ));
        }
        let what = self.what(&class, is_reported);
        let at = sentence(&new, &class.witness.facts, &Proofs::default());
        Consequence::Changes {
            sentence: format!("{what}: {at}"),
            request,
        }
    }

    /// What is different, in words.
    fn what(&self, class: &Class, is_reported: bool) -> String {
        let dropped = self.said(&class.dropped, |demand| match demand {
            demand if demand.is_block() => "now lets in",
            Demand::Clause(_) | Demand::Obligation(_) => "no longer requires",
            Demand::Session(_) => "no longer sets",
            Demand::Effect(_) | Demand::Conflict => "no longer comes to",
        });
        let added = self.said(&class.added, |demand| match demand {
            demand if demand.is_block() => "now blocks",
            Demand::Clause(_) | Demand::Obligation(_) => "now requires",
            Demand::Session(_) => "now sets",
            Demand::Effect(_) | Demand::Conflict => "now comes to",
        });
        let all: Vec<String> = dropped.into_iter().chain(added).collect();
        let when = if is_reported { "once enforced, " } else { "" };
        format!("{when}{}", all.join(" and "))
    }

    /// What becomes of demands, what is said alike together. An effect that a stronger one implies
    /// is not said.
    fn said(&self, demands: &[Demand], verb: impl Fn(&Demand) -> &'static str) -> Vec<String> {
        let effects = demands.iter().filter_map(|demand| match demand {
            Demand::Effect(effect) => Some(*effect),
            _ => None,
        });
        let strongest = match self.set.schema.combine {
            Combine::Strongest => effects.max(),
            Combine::Least => effects.min(),
            Combine::Union | Combine::Conflict => None,
        };
        let mut all: Vec<(&str, String)> = Vec::new();
        for demand in demands {
            let is_implied = match (demand, strongest) {
                (Demand::Effect(effect), Some(strongest)) => *effect != strongest,
                _ => false,
            };
            if is_implied {
                continue;
            }
            let verb = verb(demand);
            let words = if demand.is_block() {
                String::new()
            } else {
                demand.describe(self.set)
            };
            match all.last_mut() {
                // After alternatives, what follows would be taken for one of them.
                Some((last, said)) if *last == verb && !said.contains(" or ") => {
                    said.push_str(&format!(" and {words}"));
                }
                _ => all.push((verb, words)),
            }
        }
        let all = all.into_iter();
        all.map(|(verb, words)| format!("{verb} {words}").trim_end().to_owned())
            .collect()
    }
}

/// The set with another policy in one place.
fn with_policy(set: &PolicySet, place: usize, policy: &Policy) -> PolicySet {
    let mut changed = set.clone();
    if let Some(there) = changed.policies.get_mut(place) {
        there.clone_from(policy);
    }
    changed
}

/// The set with what one policy reports enforced.
fn enforced(mut set: PolicySet, place: usize) -> PolicySet {
    if let Some(policy) = set.policies.get_mut(place)
        && policy.state == State::ReportOnly
    {
        policy.state = State::Enabled;
    }
    set
}
