//! Supporting objects, in words.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

use crate::model::ObjectName;

/// A context that applications cannot choose.
pub(crate) fn unpublished(contexts: Span, context: &ObjectName) -> Diagnostic {
    let message = "no application can ask for this authentication context";
    let found = Diagnostic::new(codes::GW0632, contexts, message);
    declared(found.because("never asked for"), context, "not published")
        .help("publish the context to applications, or name another one")
}

/// Terms that every device accepts, where some cannot.
pub(crate) fn per_device(requirement: Span, terms: &ObjectName) -> Diagnostic {
    let message = "a device that is not registered cannot accept these terms of use";
    let found = Diagnostic::new(codes::GW0633, requirement, message);
    declared(
        found.because("nothing else is enough"),
        terms,
        "accepted by every device",
    )
    .help("require a managed device as well, or terms that a user accepts once")
}

/// A strength that asks for less than its name says.
pub(crate) fn weak_strength(name: Span, promised: &str) -> Diagnostic {
    let message = format!("this strength lets through what `{promised}` does not");
    Diagnostic::new(codes::GW0634, name, message)
        .because("weaker than its name says")
        .help("take out the combinations that are too weak, or give it another name")
}

fn declared(found: Diagnostic, object: &ObjectName, what: &str) -> Diagnostic {
    match object.span {
        Some(span) => found.label(span, what),
        None => found,
    }
}
