//! Device compliance policies: `compliance "name" for windows { … }`.

use gatewright_diagnostics::Diagnostic;
use gatewright_syntax::ast::Declaration;

use crate::model::CompliancePolicy;
use crate::policy::PolicyCx;
use crate::problems::clauses;

/// Understand a compliance policy; `None` where it cannot be understood, which is reported.
pub(crate) fn lower(
    _cx: PolicyCx<'_>,
    declaration: &Declaration,
    problems: &mut Vec<Diagnostic>,
) -> Option<CompliancePolicy> {
    problems.extend(clauses::not_supported(declaration));
    None
}
