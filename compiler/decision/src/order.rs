//! The order in which diagrams test variables.
//!
//! The size of an ordered diagram hangs on the order. A policy is a conjunction of conditions over
//! mostly different variables; such a conjunction is as large as the sum of its parts if the variables
//! of a part stand together, and as large as their product if they interleave. So:
//!
//! 1. conditions of one kind (users, resources, …) form a *dimension*, whose variables stand together;
//! 2. dimensions in which a condition asks about few variables come first: most policies are then
//!    decided by a handful of cheap tests before the long chains of groups and device rules;
//! 3. within a dimension, variables stand in the order of their first appearance, policy by policy,
//!    depth first (Malik et al. 1988; Fujita et al. 1988): what is tested together stands together, so
//!    `(a1 ∧ b1) ∨ (a2 ∧ b2) ∨ …` becomes `a1 b1 a2 b2 …`, which is linear, not `a1 a2 … b1 b2 …`,
//!    which is exponential.
//!
//! No order suits every set of formulas (policies can ask for opposite ones); what does not fit is
//! caught by the budget of [`Limits`](crate::Limits).

use std::collections::BTreeMap;

use gatewright_value::vocabulary::Reason;
use rustc_hash::FxHashSet;

use crate::conditions::AskedCondition;
use crate::context::Asked;

/// The formulas in the order in which their variables are to be numbered.
pub(crate) fn visit_order<'q>(policies: &'q [Vec<AskedCondition<'q>>]) -> Vec<&'q Asked<'q>> {
    let mut cost_by_reason: BTreeMap<Reason, (usize, usize)> = BTreeMap::new();
    let mut seen = FxHashSet::default();
    for condition in policies.iter().flatten() {
        seen.clear();
        condition.formula.for_each_literal(&mut |atom| {
            seen.insert(atom.variable_key());
        });
        let (variables, conditions) = cost_by_reason.entry(condition.reason).or_default();
        *variables += seen.len();
        *conditions += 1;
    }
    let mut dimensions: Vec<(Reason, (usize, usize))> = cost_by_reason.into_iter().collect();
    // A stable sort by variables per condition; equal ones stay in the order of reasons.
    dimensions.sort_by(|(_, left), (_, right)| (left.0 * right.1).cmp(&(right.0 * left.1)));
    let of = |reason| policies.iter().flatten().filter(move |c| c.reason == reason);
    dimensions.iter().flat_map(|(reason, _)| of(*reason)).map(|c| &c.formula).collect()
}
