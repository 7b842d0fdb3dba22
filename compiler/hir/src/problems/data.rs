//! What can be wrong with a table of known objects.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

/// A line that is no entry.
pub(crate) fn bad_line(span: Span, table: &str, format: &str) -> Diagnostic {
    let message = format!("this line is no entry of `{table}`");
    Diagnostic::new(codes::GW0219, span, message)
        .because("cannot be read")
        .help(format!("a line is {format}; `#` starts a comment"))
}
