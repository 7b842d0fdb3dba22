//! Kinds of client and platforms, in words.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

use crate::lints::Dimension;

/// Exchange ActiveSync, let into something else than Exchange.
pub(crate) fn activesync_beyond(clients: Span, target: Span) -> Diagnostic {
    let message = "Exchange ActiveSync can be let into Exchange Online only";
    Diagnostic::new(codes::GW0450, clients, message)
        .because("the policy does not block")
        .label(target, "not Exchange Online alone")
        .help("make Exchange Online the only application, or leave Exchange ActiveSync out")
}

/// Exchange ActiveSync for everybody, guests or roles.
pub(crate) fn activesync_everybody(clients: Span, users: Span) -> Diagnostic {
    let message = "a policy for Exchange ActiveSync names users and groups only";
    Diagnostic::new(codes::GW0451, users, message)
        .because("hits everybody who uses Exchange ActiveSync")
        .label(clients, "Exchange ActiveSync")
        .help("name the users or groups that are meant")
}

/// Exchange ActiveSync with a location, say.
pub(crate) fn activesync_condition(clients: Span, other: Dimension, span: Span) -> Diagnostic {
    let message = format!("Exchange ActiveSync is not judged by {}", other.noun());
    Diagnostic::new(codes::GW0452, span, message)
        .because("only platforms go with Exchange ActiveSync")
        .label(clients, "Exchange ActiveSync")
        .help("remove the condition, or make a policy of its own for the other clients")
}

/// A second factor, terms or the like, from a legacy client.
pub(crate) fn legacy_cannot_answer(requirement: Span, clients: Span) -> Diagnostic {
    let message = "a legacy client can never give what is required here";
    Diagnostic::new(codes::GW0453, requirement, message)
        .because("asks for an answer")
        .label(clients, "clients that cannot show a question")
        .help("block these clients in a policy of its own, and leave them out here")
}

/// A managed device, from a legacy client.
pub(crate) fn legacy_has_no_device(requirement: Span, clients: Span) -> Diagnostic {
    let message = "a legacy client never shows a device";
    Diagnostic::new(codes::GW0454, requirement, message)
        .because("blocks these clients for good")
        .label(clients, "clients that do not say which device they run on")
        .help("block these clients in a policy of its own, and leave them out here")
}

/// A protected application on macOS or Linux.
pub(crate) fn application_on_desktop(requirement: Span, place: Span, platform: &str) -> Diagnostic {
    let message = format!("`{platform}` has no protected applications");
    Diagnostic::new(codes::GW0455, requirement, message)
        .because("nothing else is enough")
        .label(place, format!("`{platform}` is in scope"))
        .help("leave the platform out, or require any of this and a compliant device")
}

/// A protected application on another platform without them.
pub(crate) fn application_elsewhere(requirement: Span, place: Span, platform: &str) -> Diagnostic {
    let message =
        format!("`{platform}` does not have the protected applications that are required");
    Diagnostic::new(codes::GW0456, requirement, message)
        .because("nothing else is enough")
        .label(place, format!("`{platform}` is in scope"))
        .help("leave the platform out, or require any of this and a compliant device")
}

/// A protected application, whatever the platform.
pub(crate) fn application_anywhere(requirement: Span) -> Diagnostic {
    let message = "this blocks macOS, Linux and unknown platforms, which have no such applications";
    Diagnostic::new(codes::GW0456, requirement, message)
        .because("nothing else is enough, on every platform")
        .help("name the platforms that are meant, such as Android and iOS")
}

/// A hybrid joined phone.
pub(crate) fn domain_join_elsewhere(requirement: Span, place: Span, platform: &str) -> Diagnostic {
    let message = format!("`{platform}` devices cannot be hybrid joined");
    Diagnostic::new(codes::GW0457, requirement, message)
        .because("nothing else is enough")
        .label(place, format!("`{platform}` is in scope"))
        .help("make it a policy for `windows`, or accept a compliant device as well")
}

/// A second factor on some platforms only.
pub(crate) fn sole_guard(platforms: Span, outcome: Span) -> Diagnostic {
    let message = "who claims another platform is not asked for this";
    Diagnostic::new(codes::GW0458, platforms, message)
        .because("taken from what the client says of itself")
        .label(outcome, "asked for on these platforms only")
        .help("ask on every platform, or require a compliant device")
}
