//! What can be wrong with a table of known objects.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

/// Two lines that say different things of one object.
pub(crate) fn conflict(span: Span, first: Span, name: &str) -> Diagnostic {
    let message = format!("this line contradicts what a table says of `{name}` already");
    Diagnostic::new(codes::GW0635, span, message)
        .because("this one holds")
        .label(first, "the same id or name, for something else")
        .help("keep one of them")
}

/// A line that is no entry.
pub(crate) fn bad_line(span: Span, table: &str, format: &str) -> Diagnostic {
    let message = format!("this line is no entry of `{table}`");
    Diagnostic::new(codes::GW0219, span, message)
        .because("cannot be read")
        .help(format!("a line is {format}; `#` starts a comment"))
}
