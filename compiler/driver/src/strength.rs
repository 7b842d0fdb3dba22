//! Whether one policy does at least as much as another, wherever both apply.

use gatewright_hir::model::{Control, Policy};
use gatewright_value::vocabulary::BuiltInControl;
use gatewright_value::{SessionControls, SignInFrequency};

/// Whether whatever a policy does is done by the other one.
pub(crate) fn does_as_much(policy: &Policy, other: &Policy) -> bool {
    let (own, others) = (&policy.outcome, &other.outcome);
    if others.is_block {
        return true;
    }
    if own.is_block {
        return false;
    }
    let has = clauses(other);
    let is_asked = |clause: &Vec<&Control>| has.iter().any(|known| clause_implies(known, clause));
    clauses(policy).iter().all(is_asked) && session_covers(&others.session, &own.session)
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

/// Each a list of alternatives of which one is needed.
fn clauses(policy: &Policy) -> Vec<Vec<&Control>> {
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

fn clause_implies(known: &[&Control], clause: &[&Control]) -> bool {
    known
        .iter()
        .all(|control| clause.iter().any(|wanted| control_implies(control, wanted)))
}

// SEMANTICS: §9.4, built-in strengths imply each other.
fn control_implies(control: &Control, wanted: &Control) -> bool {
    let rank = |control: &Control| match control {
        Control::BuiltIn(BuiltInControl::Mfa) => Some(2),
        Control::Strength(id) => match id.as_str() {
            "00000000-0000-0000-0000-000000000002" => Some(2),
            "00000000-0000-0000-0000-000000000003" => Some(3),
            "00000000-0000-0000-0000-000000000004" => Some(4),
            _ => None,
        },
        _ => None,
    };
    control == wanted
        || matches!((rank(control), rank(wanted)), (Some(has), Some(needs)) if has >= needs)
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
