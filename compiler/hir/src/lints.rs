//! What is legal and unwise.
//!
//! Everything here looks at one policy or one expression; what needs the whole set is analysis.

mod contradiction;

use gatewright_diagnostics::Diagnostic;

use crate::model::Expr;
use crate::schema::Schema;

/// Parts of an expression that are never or always true.
pub(crate) fn expression(schema: &Schema, expr: &Expr, problems: &mut Vec<Diagnostic>) {
    contradiction::check(schema, expr, problems);
}
