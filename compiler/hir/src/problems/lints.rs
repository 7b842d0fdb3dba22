//! What is legal and unwise, in words.

use gatewright_diagnostics::{Applicability, Diagnostic, codes};
use gatewright_source::Span;
use gatewright_value::FrequencyInterval;

use crate::lints::Notation;

/// Two comparisons that exclude each other.
pub(crate) fn never_true(name: &str, first: Span, second: Span) -> Diagnostic {
    let message = format!("this is never true: two conditions on `{name}` exclude each other");
    Diagnostic::new(codes::GW0412, second, message)
        .because("and at the same time this")
        .label(first, "asks for this")
        .help("write `-or` between them, or remove one")
}

/// Two comparisons of which one always holds.
pub(crate) fn always_true(name: &str, first: Span, second: Span) -> Diagnostic {
    let message = format!("this is always true: one of two conditions on `{name}` always holds");
    Diagnostic::new(codes::GW0413, second, message)
        .because("holds wherever the other does not")
        .label(first, "holds for almost everything")
        .help("write `-and` between them, or remove both")
}

/// A policy without `state`.
pub(crate) fn unwritten_state(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0401,
        span,
        format!("`{name}` does not say whether it is enforced"),
    )
    .because("no `state`: taken as enabled")
    .help("write `state enabled`, `state reportOnly` or `state disabled`")
}

/// A policy without `users`, `workloads` or `agents`.
pub(crate) fn nobody(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0414, span, format!("`{name}` applies to nobody"))
        .because("neither `users` nor `workloads` nor `agents`")
        .help("write `users all`, or name users, groups or roles")
}

/// A policy without `apps`, `actions` or `contexts`.
pub(crate) fn no_target(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0414, span, format!("`{name}` applies to nothing"))
        .because("neither `apps` nor `actions` nor `contexts`")
        .help("write `apps all`, or name apps, user actions or authentication contexts")
}

/// A policy without `block`, `require` or `session`.
pub(crate) fn no_outcome(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(
        codes::GW0415,
        span,
        format!("`{name}` does nothing where it applies"),
    )
    .because("neither `block` nor `require` nor `session`")
    .help("write what it requires, such as `require mfa`")
}

/// `users groups []`
pub(crate) fn nobody_listed(list: Span, name: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0414, list, format!("`{name}` applies to nobody"))
        .because("nothing in it")
        .help("name who is meant, or write `users none`")
}

/// `clients []`, or the same as JSON.
pub(crate) fn empty_clients(list: Span, meaning: &str) -> Diagnostic {
    let message = "the list of `clients` is empty, which the service refuses";
    Diagnostic::new(codes::GW0614, list, message)
        .because(format!("nothing in it, {meaning}"))
        .help("name the kinds of client, or remove this where every kind is meant")
}

/// `platforms []`
pub(crate) fn empty_list(list: Span, head: &str) -> Diagnostic {
    let message = format!("this list of `{head}` is empty, so the policy never applies");
    Diagnostic::new(codes::GW0418, list, message)
        .because("nothing in it")
        .help("name what is meant, or remove the clause")
}

/// `require any []`, where something else is done.
pub(crate) fn nothing_required(list: Span) -> Diagnostic {
    let message = "this list of `require` is empty, so nothing is required";
    Diagnostic::new(codes::GW0418, list, message)
        .because("nothing in it")
        .help("name a control, such as `mfa`, or remove the clause")
}

/// `require any []`, and nothing else.
pub(crate) fn requires_nothing(list: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` does nothing where it applies");
    Diagnostic::new(codes::GW0415, list, message)
        .because("an empty list: nothing is required")
        .help("write what it requires, such as `require mfa`")
}

/// A sign-in frequency that the service refuses.
pub(crate) fn frequency_range(span: Span, interval: FrequencyInterval) -> Diagnostic {
    let (message, help) = match interval {
        FrequencyInterval::Hours(hours) => (
            format!("the service takes a sign-in frequency of 1 to 23 hours, not of {hours}"),
            "write days from 24 hours on",
        ),
        FrequencyInterval::Days(days) => (
            format!("the service takes a sign-in frequency of 1 to 365 days, not of {days}"),
            "write at most 365 days",
        ),
        FrequencyInterval::EveryTime => (String::new(), ""),
    };
    Diagnostic::new(codes::GW0411, span, message)
        .because("outside of that")
        .help(help)
}

/// A filter that excludes devices that have no attributes at all.
pub(crate) fn wide_exclusion(rule: Span, notation: Notation) -> Diagnostic {
    Diagnostic::new(
        codes::GW0402,
        rule,
        "this exclusion takes every unregistered device out of the policy",
    )
    .because(
        "true for a device without attributes: a negative comparison holds where nothing is set",
    )
    .help(match notation {
        Notation::Text => "exclude with positive comparisons, or include with `devices where`",
        Notation::Graph => "exclude with positive comparisons, or use the mode `include`",
    })
}

/// An extension attribute that nothing guards.
pub(crate) fn extension_attribute(span: Span, name: &str) -> Diagnostic {
    let message =
        format!("`{name}` is hidden unless the device is managed, compliant or hybrid joined");
    Diagnostic::new(codes::GW0403, span, message)
        .because("not set on any other device, whatever the directory says")
        .help(
            "ask for `device.isCompliant -eq True` or `device.trustType -eq \"ServerAD\"` as well",
        )
}

/// `device.isCompliant -eq False`
pub(crate) fn compliance_false(span: Span) -> Diagnostic {
    let text = "device.isCompliant -ne True";
    Diagnostic::new(
        codes::GW0404,
        span,
        "this misses devices that nothing manages",
    )
    .because("their `device.isCompliant` is not set, which is not `False`")
    .help(format!("write `{text}`"))
    .fix(format!("write `{text}`"), Applicability::Maybe, span, text)
}

/// A block that unregistered devices escape.
pub(crate) fn unregistered_escapes(rule: Span, block: Span, notation: Notation) -> Diagnostic {
    Diagnostic::new(
        codes::GW0405,
        rule,
        "an unregistered device is never blocked by this policy",
    )
    .because("false for a device without attributes")
    .label(block, "blocks only devices that match the filter")
    .help(match notation {
        Notation::Text => {
            "block with `devices except` and the devices that are let in, or add a negative \
             comparison"
        }
        Notation::Graph => {
            "use the mode `exclude` and a rule for the devices that are let in, or add a negative \
             comparison"
        }
    })
}

/// A filter on what users can change.
pub(crate) fn user_editable(rule: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0416,
        rule,
        "the users of these devices can change what this asks for",
    )
    .because("only names, manufacturers or models")
    .help(
        "ask as well for something that administrators or the system set, such as \
             `device.trustType`",
    )
}

/// A policy that locks everybody out.
pub(crate) fn lock_out(
    name: Span,
    users: Span,
    apps: Span,
    block: Span,
    notation: Notation,
) -> Diagnostic {
    Diagnostic::new(
        codes::GW0406,
        name,
        "this policy locks everybody out, its author included",
    )
    .because("enabled, without any exclusion or condition")
    .label(users, "everybody")
    .label(apps, "everything")
    .label(block, "blocked")
    .help(emergency(notation))
}

/// A blocking policy for all users without exclusion.
pub(crate) fn no_break_glass(
    name: Span,
    users: Span,
    block: Span,
    notation: Notation,
) -> Diagnostic {
    Diagnostic::new(
        codes::GW0407,
        name,
        "this policy can block the emergency accounts too",
    )
    .because("excludes nobody")
    .label(users, "everybody")
    .label(block, "blocked")
    .help(emergency(notation))
}

/// Everybody needs a managed device for everything.
pub(crate) fn device_lock_out(
    name: Span,
    users: Span,
    apps: Span,
    requirement: Span,
    notation: Notation,
) -> Diagnostic {
    let message = "this policy locks out everybody whose device is not managed yet";
    Diagnostic::new(codes::GW0426, name, message)
        .because("enabled, without any exclusion or condition")
        .label(users, "everybody")
        .label(apps, "everything, enrolment of devices included")
        .label(requirement, "nothing else is enough")
        .help(emergency(notation))
}

/// How the emergency accounts are excluded.
fn emergency(notation: Notation) -> &'static str {
    match notation {
        Notation::Text => "exclude the emergency accounts: `users all except groups [BreakGlass]`",
        Notation::Graph => {
            "exclude the emergency accounts: put the id of their group into `excludeGroups`"
        }
    }
}

/// Block and something that grants.
pub(crate) fn block_with_grant(requirement: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0408,
        requirement,
        "a policy that blocks access cannot require anything for it",
    )
    .because("never asked for: access is blocked")
    .help("remove `block`, or what is required")
}

/// `mfa` and a strength.
pub(crate) fn mfa_with_strength(requirement: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0409,
        requirement,
        "the service refuses `mfa` together with an authentication strength",
    )
    .because("a strength is multifactor authentication already, of a certain kind")
    .help("remove `mfa`, or use the strength `Mfa`")
}

/// A list of risk levels without one that is worse than one in it.
pub(crate) fn risk_gap(span: Span, present: &str, missing: &str) -> Diagnostic {
    let message = format!("this applies at `{present}` and not at `{missing}`");
    Diagnostic::new(codes::GW0410, span, message)
        .because("a list of levels, not a threshold")
        .help(format!("add `{missing}`"))
}
