//! What is legal and unwise.
//!
//! Everything here looks at one policy or one expression; what needs the whole set is analysis.

mod contradiction;
mod devices;
mod outcome;

use gatewright_diagnostics::Diagnostic;

use crate::model::{Expr, PolicySet};
use crate::schema::Schema;

/// Parts of an expression that are never or always true.
pub(crate) fn expression(schema: &Schema, expr: &Expr, problems: &mut Vec<Diagnostic>) {
    contradiction::check(schema, expr, problems);
}

/// What is unwise about each policy of a set, whatever it was read from, in order of the policies.
#[must_use]
pub fn lint(set: &PolicySet) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for policy in &set.policies {
        outcome::check(policy, &mut problems);
        devices::check(&set.schema, policy, &mut problems);
    }
    problems
}
