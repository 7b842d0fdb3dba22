//! The smallest set of facts that forces a verdict.
//!
//! Facts force a verdict if no sign-in that can exist has these facts and another verdict. The
//! solver says which facts it needed to exclude all others; of these, one after the other is left
//! out where the rest still forces the verdict. What remains has no part that forces it. Then, as
//! far as that is cheap, a smaller set is looked for: it has a fact in common with everything that
//! changes the verdict.

use batsat::Lit;

use super::Explainer;
use super::hitting::{Hitting, cheapest, cost};
use super::sign_in::SignIn;
use super::units::weight_at;
use super::verdicts::Verdict;
use crate::solver::Answer;

/// LIMIT: sets that are tried while a smaller one is looked for.
const ROUNDS_MAX: usize = 32;

/// Facts that force a verdict.
#[derive(Clone, Debug)]
pub(super) struct Reason {
    /// By place among the units.
    pub(super) facts: Vec<usize>,
    /// Of each, the variables that matter.
    pub(super) variables: Vec<Vec<u32>>,
    /// Whether no set of fewer facts forces it.
    pub(super) is_smallest: bool,
    /// What was exhausted before each fact was shown to be needed.
    pub(super) exhausted: Option<&'static str>,
}

impl Explainer<'_> {
    /// The facts that force the verdict of a sign-in.
    pub(super) fn reason(
        &mut self,
        sign_in: &SignIn<'_>,
        verdict: &Verdict,
    ) -> Result<Reason, &'static str> {
        let same = self.verdicts.same(&mut self.demands, verdict);
        let mut hard = self.switches(sign_in);
        hard.push(!same);
        let facts = self.as_is(sign_in);
        let forced = self.forced(&hard, &facts)?;
        let mut reason = Reason {
            facts: forced,
            variables: Vec::new(),
            is_smallest: false,
            exhausted: None,
        };
        let costs: Vec<u32> = self
            .units
            .iter()
            .map(|unit| 64 + weight_at(unit, &self.demands, &sign_in.here))
            .collect();
        let mut changes = Vec::new();
        self.leave_out(sign_in, &hard, &facts, &costs, &mut reason, &mut changes);
        if reason.exhausted.is_none() {
            self.look_for_smaller(sign_in, &hard, &facts, &costs, &mut reason, changes);
        }
        reason.facts.sort_by_key(|one| costs.get(*one).copied());
        reason.variables = self.variables(sign_in, &hard, &facts, &reason.facts);
        Ok(reason)
    }

    /// The facts that the solver needed; an error where they do not force it, or nobody knows.
    fn forced(&mut self, hard: &[Lit], facts: &[Lit]) -> Result<Vec<usize>, &'static str> {
        let mut asked = hard.to_vec();
        asked.extend(facts);
        match self.demands.solver.find(&asked) {
            Answer::None(core) => Ok(places(facts, &core)),
            Answer::Exhausted(what) => Err(what),
            Answer::Found(_) => Err("a sign-in that the analysis decides otherwise"),
        }
    }

    /// Leave out fact after fact, first what tells least.
    fn leave_out(
        &mut self,
        sign_in: &SignIn<'_>,
        hard: &[Lit],
        facts: &[Lit],
        costs: &[u32],
        reason: &mut Reason,
        changes: &mut Vec<Vec<usize>>,
    ) {
        let mut order = reason.facts.clone();
        order.sort_by_key(|one| std::cmp::Reverse(costs.get(*one).copied()));
        for one in order {
            if !reason.facts.contains(&one) {
                continue;
            }
            let mut asked = hard.to_vec();
            let others = reason.facts.iter().filter(|other| **other != one);
            asked.extend(others.filter_map(|other| facts.get(*other)));
            match self.demands.solver.find(&asked) {
                Answer::None(core) => {
                    let core = places(facts, &core);
                    reason
                        .facts
                        .retain(|other| *other != one && core.contains(other));
                }
                Answer::Found(model) => {
                    let other = self.other(model);
                    changes.push(self.changed(sign_in, &other));
                }
                Answer::Exhausted(what) => reason.exhausted = Some(what),
            }
        }
    }

    /// A set that costs less, as far as that is cheap.
    fn look_for_smaller(
        &mut self,
        sign_in: &SignIn<'_>,
        hard: &[Lit],
        facts: &[Lit],
        costs: &[u32],
        reason: &mut Reason,
        mut changes: Vec<Vec<usize>>,
    ) {
        let spent = cost(costs, &reason.facts);
        for _ in 0..ROUNDS_MAX {
            let Hitting::One(candidate) = cheapest(&changes, &[], costs) else {
                return;
            };
            if cost(costs, &candidate) >= spent {
                reason.is_smallest = true;
                return;
            }
            let mut asked = hard.to_vec();
            asked.extend(candidate.iter().filter_map(|one| facts.get(*one)));
            match self.demands.solver.find(&asked) {
                Answer::None(_) => {
                    reason.facts = candidate;
                    reason.is_smallest = true;
                    return;
                }
                Answer::Found(model) => {
                    let other = self.other(model);
                    let change = self.changed(sign_in, &other);
                    changes.push(self.fewer(sign_in, hard, facts, change));
                }
                Answer::Exhausted(_) => return,
            }
        }
    }

    /// Of facts that force a verdict, what matters of each: of an attribute that is asked several
    /// questions, a few answers may be enough.
    fn variables(
        &mut self,
        sign_in: &SignIn<'_>,
        hard: &[Lit],
        facts: &[Lit],
        forcing: &[usize],
    ) -> Vec<Vec<u32>> {
        let units = forcing.iter().filter_map(|one| self.units.get(*one));
        let mut kept: Vec<Vec<u32>> = units.map(|unit| unit.variables().to_vec()).collect();
        for at in 0..kept.len() {
            let variables = kept.get(at).cloned().unwrap_or_default();
            let mut needed = variables.clone();
            for left_out in variables.iter().filter(|_| variables.len() > 1) {
                let mut asked = hard.to_vec();
                // Proofs have no variables.
                let proofs = forcing.iter().zip(&kept).filter(|(_, of)| of.is_empty());
                asked.extend(proofs.filter_map(|(one, _)| facts.get(*one)));
                for (place, other) in kept.iter().enumerate() {
                    let of = if place == at { &needed } else { other };
                    for variable in of.iter().filter(|one| place != at || *one != left_out) {
                        let class = sign_in.here.classes.get(*variable as usize);
                        let class = class.copied().unwrap_or_default();
                        asked.push(self.demands.solver.exactly(*variable, class));
                    }
                }
                if let Answer::None(_) = self.demands.solver.find(&asked) {
                    needed.retain(|one| one != left_out);
                }
            }
            if let Some(slot) = kept.get_mut(at) {
                *slot = needed;
            }
        }
        kept
    }

    /// A part of these changes that changes the verdict still, and of which each is needed.
    fn fewer(
        &mut self,
        sign_in: &SignIn<'_>,
        hard: &[Lit],
        facts: &[Lit],
        mut change: Vec<usize>,
    ) -> Vec<usize> {
        let mut at = 0;
        while let Some(one) = change.get(at).copied() {
            let mut asked = hard.to_vec();
            let kept = facts.iter().enumerate();
            let kept = kept.filter(|(place, _)| *place == one || !change.contains(place));
            asked.extend(kept.map(|(_, lit)| *lit));
            match self.demands.solver.find(&asked) {
                Answer::Found(model) => {
                    let other = self.other(model);
                    change = self.changed(sign_in, &other);
                }
                _ => at += 1,
            }
        }
        change
    }
}

/// The places of the propositions that are in a core.
pub(super) fn places(lits: &[Lit], core: &[Lit]) -> Vec<usize> {
    let found = lits
        .iter()
        .enumerate()
        .filter(|(_, lit)| core.contains(lit));
    found.map(|(place, _)| place).collect()
}
