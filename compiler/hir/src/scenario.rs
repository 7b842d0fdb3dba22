//! Scenario tests: `test "name" { given { … } expect { … } }`.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::Declaration;

use crate::policy::PolicyCx;
use crate::problems::clauses;

/// A sign-in, and what is expected of its decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// Where its name is written.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
}

/// Understand a test; `None` where it cannot be understood, which is reported.
pub(crate) fn lower(
    _cx: PolicyCx<'_>,
    declaration: &Declaration,
    problems: &mut Vec<Diagnostic>,
) -> Option<Scenario> {
    problems.extend(clauses::not_supported(declaration));
    None
}
