//! Workload identities and agents, in words.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

/// Something required of a workload identity.
pub(crate) fn grant(outcome: Span, who: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0485,
        outcome,
        "a workload identity can be blocked and nothing else",
    )
    .because("nobody is there to answer")
    .label(who, "workload identities")
    .help("write `block`, and leave out who is let in")
}

/// A condition that workload identities do not have.
pub(crate) fn condition(span: Span, what: &str) -> Diagnostic {
    let message = format!("a policy for workload identities cannot have {what}");
    Diagnostic::new(codes::GW0486, span, message)
        .because("workload identities have no such thing")
        .help("ask for locations or service principal risk, for all resources")
}

/// Something else than a block for agents.
pub(crate) fn agents(outcome: Span, who: Span, what: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0488,
        outcome,
        format!("{what} can be blocked and nothing else"),
    )
    .because("nobody is there to answer")
    .label(who, "agents")
    .help("write `block`")
}

/// An exclusion from agents' user accounts.
pub(crate) fn agents_excluded(excluded: Span, who: Span) -> Diagnostic {
    let message = "nobody can be excluded from the user accounts of agents";
    Diagnostic::new(codes::GW0488, excluded, message)
        .because("an exclusion")
        .label(who, "all of these accounts")
        .help("remove the exclusion")
}
