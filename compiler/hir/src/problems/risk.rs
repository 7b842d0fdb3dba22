//! Risk and what remediates it, in words.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

/// Both risks in one policy.
pub(crate) fn user_and_sign_in(sign_in: Span, user: Span) -> Diagnostic {
    let message = "this applies only where the user and the sign-in are risky at once";
    Diagnostic::new(codes::GW0467, sign_in, message)
        .because("and this")
        .label(user, "this")
        .help("write a policy for each of the two")
}

/// A risky sign-in without a frequency.
pub(crate) fn remembered(risk: Span) -> Diagnostic {
    let message = "a risky sign-in is not asked again where the session remembers an answer";
    Diagnostic::new(codes::GW0476, risk, message)
        .because("an earlier answer counts")
        .help("add the sign-in frequency `everyTime`")
}

/// A password change without a second factor beside it.
pub(crate) fn password_change_alone(requirement: Span) -> Diagnostic {
    let message = "a password change is required together with multifactor authentication only";
    Diagnostic::new(codes::GW0470, requirement, message)
        .because("not both of these two, or something else as well")
        .help("require all of `mfa` and `passwordChange`, and nothing else")
}

/// A password change with a strength beside it.
pub(crate) fn password_change_with_strength(requirement: Span) -> Diagnostic {
    let message = "the reference asks for `mfa` with a password change, not for a strength";
    Diagnostic::new(codes::GW0472, requirement, message)
        .because("documented in two ways")
        .help("require `mfa`, or use risk remediation, which goes with strengths")
}

/// A password change for something else than user risk in all resources.
pub(crate) fn password_change_elsewhere(requirement: Span, what: String, span: Span) -> Diagnostic {
    let message = "a password change goes with user risk in all resources, and with nothing else";
    Diagnostic::new(codes::GW0471, requirement, message)
        .because("a password change")
        .label(span, what)
        .help("make a policy of its own for it, for all resources and levels of user risk")
}

/// Risk remediation without what it needs.
pub(crate) fn remediation_incomplete(requirement: Span, what: &str, span: Span) -> Diagnostic {
    let message = "risk remediation is required without what it needs";
    let problem = Diagnostic::new(codes::GW0473, requirement, message);
    let problem = if span == requirement {
        problem.because(what)
    } else {
        problem.label(span, what)
    };
    problem.help(
        "require all of `riskRemediation` and a strength, for user risk in all resources, \
         without a password change",
    )
}

/// Guests who cannot change their password here.
pub(crate) fn guests_cannot(requirement: Span, guests: Span) -> Diagnostic {
    let message = "guests cannot remediate their risk in this tenant";
    Diagnostic::new(codes::GW0474, requirement, message)
        .because("done in the home tenant only")
        .label(guests, "guests")
        .help("block risky guests, and let their own tenant remediate")
}
