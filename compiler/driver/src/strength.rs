//! Whether one policy does at least as much as another, wherever both apply.

use gatewright_hir::model::{Control, Policy, Strength};
use gatewright_hir::strength::control_implies;
use gatewright_value::{SessionControls, SignInFrequency};
use rustc_hash::FxHashMap;

/// Which of some policies do at least as much as which others. Policies that do the same are one
/// case, and each pair of cases is looked at once.
pub(crate) struct Comparison<'s> {
    strengths: &'s [Strength],
    /// By policy.
    cases: Vec<usize>,
    /// One policy of each case, with its clauses.
    samples: Vec<(&'s Policy, Clauses<'s>)>,
    /// By pair of cases.
    known: Vec<Option<bool>>,
}

impl<'s> Comparison<'s> {
    pub(crate) fn new(
        policies: impl Iterator<Item = &'s Policy>,
        strengths: &'s [Strength],
    ) -> Comparison<'s> {
        let mut numbers = FxHashMap::default();
        let mut samples = Vec::new();
        let mut case = |policy: &'s Policy| {
            let outcome = &policy.outcome;
            let requirement = outcome.requirement.as_ref();
            let requirement = requirement.map(|of| (of.is_all, of.controls.as_slice()));
            let key = (outcome.is_block, requirement, &outcome.session);
            *numbers.entry(key).or_insert_with(|| {
                samples.push((policy, clauses(policy)));
                samples.len() - 1
            })
        };
        let cases = policies.map(&mut case).collect();
        let known = vec![None; samples.len() * samples.len()];
        Comparison {
            strengths,
            cases,
            samples,
            known,
        }
    }

    /// Whether whatever a policy does is done by the other one. Both are places in what was given.
    pub(crate) fn does_as_much(&mut self, policy: usize, other: usize) -> bool {
        let case = |place: usize| self.cases.get(place).copied();
        let sample = |case: usize| self.samples.get(case);
        let Some((of, others)) = case(policy).zip(case(other)) else {
            return false;
        };
        let Some((one, two)) = sample(of).zip(sample(others)) else {
            return false;
        };
        match self.known.get_mut(of * self.samples.len() + others) {
            Some(known) => *known.get_or_insert_with(|| does_as_much(one, two, self.strengths)),
            None => false,
        }
    }
}

/// Each a list of alternatives of which one is needed.
type Clauses<'s> = Vec<Vec<&'s Control>>;

/// Whether whatever a policy does is done by the other one; `strengths` are those of the set.
fn does_as_much(
    (policy, asked): &(&Policy, Clauses<'_>),
    (other, has): &(&Policy, Clauses<'_>),
    strengths: &[Strength],
) -> bool {
    let (own, others) = (&policy.outcome, &other.outcome);
    if others.is_block {
        return true;
    }
    if own.is_block {
        return false;
    }
    let is_asked = |clause: &Vec<&Control>| {
        let mut known = has.iter();
        known.any(|known| clause_implies(strengths, known, clause))
    };
    asked.iter().all(is_asked) && session_covers(&others.session, &own.session)
}

/// Whether both do the same.
pub(crate) fn does_the_same(policy: &Policy, other: &Policy) -> bool {
    let (own, others) = (&policy.outcome, &other.outcome);
    let sorted = |policy: &Policy| {
        let mut all: Vec<Vec<Control>> = clauses(policy)
            .into_iter()
            .map(|clause| clause.into_iter().cloned().collect())
            .collect();
        all.iter_mut().for_each(|clause| clause.sort());
        all.sort();
        all
    };
    own.is_block == others.is_block
        && own.session == others.session
        && sorted(policy) == sorted(other)
}

fn clauses(policy: &Policy) -> Clauses<'_> {
    match &policy.outcome.requirement {
        Some(requirement) if requirement.is_all => requirement
            .controls
            .iter()
            .map(|control| vec![control])
            .collect(),
        Some(requirement) if !requirement.controls.is_empty() => {
            vec![requirement.controls.iter().collect()]
        }
        _ => Vec::new(),
    }
}

fn clause_implies(strengths: &[Strength], known: &[&Control], clause: &[&Control]) -> bool {
    let is_enough = |held: &&Control| {
        let mut wanted = clause.iter();
        wanted.any(|wanted| control_implies(strengths, held, wanted))
    };
    known.iter().all(is_enough)
}

fn session_covers(has: &SessionControls, needs: &SessionControls) -> bool {
    let frequency = |needs: &SignInFrequency| {
        has.sign_in_frequency.is_some_and(|has| {
            has.authentication == needs.authentication
                && has.interval.hours() <= needs.interval.hours()
        })
    };
    let same = |is_set: bool, is_same: bool| !is_set || is_same;
    needs.sign_in_frequency.iter().all(frequency)
        && same(
            needs.persistent_browser.is_some(),
            has.persistent_browser == needs.persistent_browser,
        )
        && same(
            needs.cloud_app_security.is_some(),
            has.cloud_app_security == needs.cloud_app_security,
        )
        && same(
            needs.continuous_access_evaluation.is_some(),
            has.continuous_access_evaluation == needs.continuous_access_evaluation,
        )
        && same(
            needs.application_enforced_restrictions,
            has.application_enforced_restrictions,
        )
        && same(
            needs.disable_resilience_defaults,
            has.disable_resilience_defaults,
        )
        && same(needs.secure_sign_in_session, has.secure_sign_in_session)
        && needs
            .filtering_profiles
            .iter()
            .all(|id| has.filtering_profiles.contains(id))
}
