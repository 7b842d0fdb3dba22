//! What is certain about a template or rule that was checked with samples of its parameters.

use gatewright_diagnostics::{Code, Diagnostic, codes};

use crate::parameter::Base;
use crate::template::Expansion;

/// Findings about a value, which another value need not have.
const OF_VALUES: &[Code] = &[
    codes::GW0230,
    codes::GW0231,
    codes::GW0302,
    codes::GW0308,
    codes::GW0317,
    codes::GW0319,
    codes::GW0324,
    codes::GW0325,
    codes::GW0326,
];

/// Findings about what is not there, which a scope around the instance may say, and about names
/// that other instances may have.
const OF_ABSENCE: &[Code] = &[codes::GW0328, codes::GW0235, codes::GW0237];

/// Whether the finding holds whatever is filled in.
pub(crate) fn is_certain(problem: &Diagnostic, expansion: &Expansion) -> bool {
    if !problem.is_unreadable() || OF_ABSENCE.contains(&problem.code) {
        return false;
    }
    match expansion.placeholders.get(&problem.span()) {
        Some(Base::Any) => false,
        Some(_) => !OF_VALUES.contains(&problem.code),
        None => true,
    }
}
