//! Deciding by walking the diagrams: the `dag` engine.
//!
//! It takes the classes of a sign-in, one per variable of the [`Space`](crate::Space), as the
//! runtime encodes them, and answers for policies and conditions. Combining the answers is the
//! runtime's.

use gatewright_value::Truth;

use crate::build::{Decisions, Roots};

/// Whether the policy at this place applies, at these classes. A policy that does not exist does
/// not.
#[must_use]
pub fn policy(decisions: &Decisions, place: usize, classes: &[u32]) -> Truth {
    let found = decisions.policies.get(place);
    found.map_or(Truth::False, |policy| {
        roots(decisions, policy.roots, classes)
    })
}

/// Whether the condition at this place of this policy holds, at these classes.
#[must_use]
pub fn condition(decisions: &Decisions, place: usize, condition: usize, classes: &[u32]) -> Truth {
    let found = decisions
        .policies
        .get(place)
        .and_then(|p| p.conditions.get(condition));
    found.map_or(Truth::False, |condition| {
        roots(decisions, condition.roots, classes)
    })
}

/// Three truths from two functions.
#[must_use]
pub fn roots(decisions: &Decisions, roots: Roots, classes: &[u32]) -> Truth {
    if decisions.dag.evaluate(roots.certain, classes) {
        Truth::True
    } else if decisions.dag.evaluate(roots.possible, classes) {
        Truth::Unknown
    } else {
        Truth::False
    }
}
