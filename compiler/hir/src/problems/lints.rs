//! What is legal and unwise, in words.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;

/// Two comparisons that exclude each other.
pub(crate) fn never_true(name: &str, first: Span, second: Span) -> Diagnostic {
    let message = format!("this is never true: two conditions on `{name}` exclude each other");
    Diagnostic::new(codes::GW0412, second, message)
        .because("and this one")
        .label(first, "no value satisfies this one")
        .help("write `-or` between them, or remove one")
}

/// Two comparisons of which one always holds.
pub(crate) fn always_true(name: &str, first: Span, second: Span) -> Diagnostic {
    let message = format!("this is always true: one of two conditions on `{name}` always holds");
    Diagnostic::new(codes::GW0413, second, message)
        .because("or this one")
        .label(first, "every value satisfies this one")
        .help("write `-and` between them, or remove both")
}
