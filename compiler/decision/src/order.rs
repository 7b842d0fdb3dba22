//! The order in which diagrams test variables.
//!
//! The size of an ordered diagram hangs on the order. A policy is a conjunction of conditions over
//! mostly different variables; such a conjunction is as large as the sum of its parts if the
//! variables of a part stand together, and as large as their product if they interleave. So:
//!
//! 1. conditions of one kind (users, resources, …) form a *dimension*, whose variables stand
//!    together;
//! 2. dimensions whose conditions name few constants come first. Most policies are then decided by
//!    a handful of cheap tests before the long chains of groups; and what is large (a list of ten
//!    thousand users, the ranges of all trusted networks) stands at the bottom, where policies
//!    share it, while above it there would be a copy for everything that can follow;
//! 3. within a dimension, variables stand in the order of their first appearance, policy by policy,
//!    depth first (Malik et al. 1988; Fujita et al. 1988): what is tested together stands together,
//!    so `(a1 ∧ b1) ∨ (a2 ∧ b2) ∨ …` becomes `a1 b1 a2 b2 …`, which is linear, not
//!    `a1 a2 … b1 b2 …`, which is exponential.
//!
//! No order suits every set of formulas (policies can ask for opposite ones); what does not fit is
//! caught by the budget of [`Limits`](crate::Limits).

use std::collections::BTreeMap;

use gatewright_value::vocabulary::Reason;

use crate::conditions::AskedCondition;
use crate::context::Asked;

/// The formulas in the order in which their variables are to be numbered.
pub(crate) fn visit_order<'q>(policies: &'q [Vec<AskedCondition<'q>>]) -> Vec<&'q Asked<'q>> {
    let mut cost_by_reason: BTreeMap<Reason, (usize, usize)> = BTreeMap::new();
    for condition in policies.iter().flatten() {
        let (constants, conditions) = cost_by_reason.entry(condition.reason).or_default();
        let mut add = |count: usize| *constants = constants.saturating_add(count);
        condition
            .formula
            .for_each_literal(&mut |atom| add(atom.question.constant_count()));
        *conditions += 1;
    }
    let mut dimensions: Vec<(Reason, (usize, usize))> = cost_by_reason.into_iter().collect();
    // A stable sort by constants per condition; equal ones stay in the order of reasons.
    dimensions.sort_by(|(_, left), (_, right)| {
        left.0
            .saturating_mul(right.1)
            .cmp(&right.0.saturating_mul(left.1))
    });
    let of = |reason| {
        policies
            .iter()
            .flatten()
            .filter(move |c| c.reason == reason)
    };
    let ordered = dimensions.iter().flat_map(|(reason, _)| of(*reason));
    ordered.map(|condition| &condition.formula).collect()
}
