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

/// What a fact costs, whatever it tells: more than all that a set of fewer facts could save.
const FACT_COST: u32 = 1 << 16;

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

/// What is asked: which facts of a sign-in force its verdict.
struct Question<'q, 's> {
    sign_in: &'q SignIn<'s>,
    /// What no sign-in has, and another verdict.
    hard: Vec<Lit>,
    /// By unit, that it is as it is.
    facts: Vec<Lit>,
    /// By unit, what it costs to tell it.
    costs: Vec<u32>,
}

impl Question<'_, '_> {
    /// That these facts are as they are, and the verdict is another one.
    fn with<'f>(&self, facts: impl IntoIterator<Item = &'f usize>) -> Vec<Lit> {
        let facts = facts.into_iter().filter_map(|one| self.facts.get(*one));
        self.hard.iter().chain(facts).copied().collect()
    }

    /// The class of a variable.
    fn class(&self, variable: u32) -> u32 {
        let class = self.sign_in.here.classes.get(variable as usize);
        class.copied().unwrap_or_default()
    }
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
        let units = self.units.iter();
        let costs = units.map(|unit| FACT_COST + weight_at(unit, &self.demands, &sign_in.here));
        let question = Question {
            sign_in,
            hard,
            costs: costs.collect(),
            facts: self.as_is(sign_in),
        };
        let mut reason = Reason {
            facts: self.forced(&question)?,
            variables: Vec::new(),
            is_smallest: false,
            exhausted: None,
        };
        let changes = self.leave_out(&question, &mut reason);
        if reason.exhausted.is_none() {
            self.look_for_smaller(&question, &mut reason, changes);
        }
        let cost = |one: &usize| question.costs.get(*one).copied();
        reason.facts.sort_by_key(cost);
        reason.variables = self.variables(&question, &reason.facts);
        Ok(reason)
    }

    /// The facts that the solver needed; an error where they do not force it, or nobody knows.
    fn forced(&mut self, question: &Question<'_, '_>) -> Result<Vec<usize>, &'static str> {
        let every: Vec<usize> = (0..question.facts.len()).collect();
        match self.demands.solver.find(&question.with(&every)) {
            Answer::None(core) => Ok(places(&question.facts, &core)),
            Answer::Exhausted(what) => Err(what),
            Answer::Found(_) => Err("a sign-in that the analysis decides otherwise"),
        }
    }

    /// Leave out fact after fact, first what tells least. Of each fact that stays: what changes in
    /// a sign-in without it that has another verdict.
    fn leave_out(&mut self, question: &Question<'_, '_>, reason: &mut Reason) -> Vec<Vec<usize>> {
        let mut changes = Vec::new();
        let mut order = reason.facts.clone();
        order.sort_by_key(|one| std::cmp::Reverse(question.costs.get(*one).copied()));
        for one in order {
            if !reason.facts.contains(&one) {
                continue;
            }
            let others = reason.facts.iter().filter(|other| **other != one);
            match self.demands.solver.find(&question.with(others)) {
                Answer::None(core) => {
                    let core = places(&question.facts, &core);
                    reason
                        .facts
                        .retain(|other| *other != one && core.contains(other));
                }
                Answer::Found(model) => {
                    let other = self.other(model);
                    changes.push(self.changed(question.sign_in, &other));
                }
                Answer::Exhausted(what) => reason.exhausted = Some(what),
            }
        }
        changes
    }

    /// A set that costs less, as far as that is cheap.
    fn look_for_smaller(
        &mut self,
        question: &Question<'_, '_>,
        reason: &mut Reason,
        mut changes: Vec<Vec<usize>>,
    ) {
        let spent = cost(&question.costs, &reason.facts);
        for _ in 0..ROUNDS_MAX {
            let Hitting::One(candidate) = cheapest(&changes, &[], &question.costs) else {
                return;
            };
            if cost(&question.costs, &candidate) >= spent {
                reason.is_smallest = true;
                return;
            }
            match self.demands.solver.find(&question.with(&candidate)) {
                Answer::None(_) => {
                    reason.facts = candidate;
                    reason.is_smallest = true;
                    return;
                }
                Answer::Found(model) => {
                    let other = self.other(model);
                    let change = self.changed(question.sign_in, &other);
                    changes.push(self.fewer(question, change));
                }
                Answer::Exhausted(_) => return,
            }
        }
    }

    /// Of facts that force a verdict, what matters of each: of an attribute that is asked several
    /// questions, a few answers may be enough.
    fn variables(&mut self, question: &Question<'_, '_>, forcing: &[usize]) -> Vec<Vec<u32>> {
        let units = forcing.iter().filter_map(|one| self.units.get(*one));
        let mut kept: Vec<Vec<u32>> = units.map(|unit| unit.variables().to_vec()).collect();
        // Proofs have no variables.
        let proofs = forcing.iter().zip(&kept).filter(|(_, of)| of.is_empty());
        let proofs = question.with(proofs.map(|(one, _)| one));
        for at in 0..kept.len() {
            let variables = kept.get(at).cloned().unwrap_or_default();
            for left_out in variables.iter().filter(|_| variables.len() > 1) {
                let mut asked = proofs.clone();
                for (place, of) in kept.iter().enumerate() {
                    for variable in of.iter().filter(|one| place != at || *one != left_out) {
                        let class = question.class(*variable);
                        asked.push(self.demands.solver.exactly(*variable, class));
                    }
                }
                if let (Answer::None(_), Some(needed)) =
                    (self.demands.solver.find(&asked), kept.get_mut(at))
                {
                    needed.retain(|one| one != left_out);
                }
            }
        }
        kept
    }

    /// A part of these changes that changes the verdict still, and of which each is needed.
    fn fewer(&mut self, question: &Question<'_, '_>, mut change: Vec<usize>) -> Vec<usize> {
        let every: Vec<usize> = (0..question.facts.len()).collect();
        let mut at = 0;
        while let Some(one) = change.get(at).copied() {
            let kept = every.iter();
            let kept = kept.filter(|place| **place == one || !change.contains(place));
            match self.demands.solver.find(&question.with(kept)) {
                Answer::Found(model) => {
                    let other = self.other(model);
                    change = self.changed(question.sign_in, &other);
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
