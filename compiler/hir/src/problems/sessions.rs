//! Session controls, in words.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

/// A persistent browser for some resources.
pub(crate) fn persistence(session: Span, target: Span) -> Diagnostic {
    let message = "whether the browser session persists can be set for all resources only";
    Diagnostic::new(codes::GW0489, session, message)
        .because("one session for everything in the browser")
        .label(target, "not all resources")
        .help("make it a policy for all resources, without exclusions")
}

/// Restrictions of other applications.
pub(crate) fn restrictions(session: Span, target: Span) -> Diagnostic {
    let message = "only Exchange Online and SharePoint Online enforce their own restrictions";
    Diagnostic::new(codes::GW0492, session, message)
        .because("without effect elsewhere")
        .label(target, "more than these two")
        .help("make it a policy for `Office365`, or for these two")
}

/// Token protection beyond its support.
pub(crate) fn token_protection(session: Span, what: &str, span: Span) -> Diagnostic {
    let message = "token protection is set where it is not supported";
    Diagnostic::new(codes::GW0493, session, message)
        .because("blocks whoever cannot bind a token to the device")
        .label(span, what)
        .help(
            "name the platform `windows`, the clients `mobileAppsAndDesktopClients`, and Exchange \
             Online, SharePoint Online or Teams one by one",
        )
}

/// Continuous access evaluation, off in part.
pub(crate) fn access_evaluation(session: Span, narrowed: Span) -> Diagnostic {
    let message = "continuous access evaluation is switched off for all resources, or not at all";
    Diagnostic::new(codes::GW0494, session, message)
        .because("without effect in such a policy")
        .label(narrowed, "narrows the policy")
        .help("make it a policy for all resources without conditions")
}

/// Every time, in Microsoft 365.
pub(crate) fn every_time_on_office(session: Span, app: Span) -> Diagnostic {
    let message =
        "asking at every sign-in makes Microsoft 365 and the Azure portal ask without end";
    Diagnostic::new(codes::GW0491, session, message)
        .because("every time")
        .label(app, "here")
        .help("set a number of hours")
}

/// Every time, beyond what v1.0 documents.
pub(crate) fn every_time_elsewhere(session: Span) -> Diagnostic {
    let message = "v1.0 of Graph documents every time for risk and for device enrolment only";
    Diagnostic::new(codes::GW0490, session, message)
        .because("every time")
        .help("use the beta version of Graph, or set a number of hours")
}

/// Direct connect with terms or a session.
pub(crate) fn direct_connect(outcome: Span, what: &str, guests: Span) -> Diagnostic {
    let message = format!("users by direct connect have no {what} here");
    Diagnostic::new(codes::GW0497, outcome, message)
        .because("not supported for them")
        .label(guests, "users by direct connect")
        .help("leave `b2bDirectConnectUser` out")
}

/// Guests and protected applications.
pub(crate) fn guests_and_applications(requirement: Span, guests: Span) -> Diagnostic {
    let message = "guests cannot use applications that this tenant protects";
    Diagnostic::new(codes::GW0497, requirement, message)
        .because("nothing else is enough")
        .label(guests, "guests")
        .help("require `mfa` of guests, or leave them out")
}
