//! How a policy is put together, in words.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

use crate::model::Control;

/// `["None", "…"]`
pub(crate) fn none_with_others(none: Span, other: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0419, none, "`none` must stand alone in its list")
        .because("says that there is nothing")
        .label(other, "and this is something")
        .help("remove `none`, or what stands beside it")
}

/// A filter for applications beside `All`, `None` or all agents' resources.
pub(crate) fn filter_with_all(filter: Span, special: Span) -> Diagnostic {
    let message = "the service refuses a filter for applications beside all or none of them";
    Diagnostic::new(codes::GW0420, filter, message)
        .because("selects some applications")
        .label(special, "and this settles all of them")
        .help("remove one of the two")
}

/// Tenants of guests, of no type.
pub(crate) fn tenants_without_guests(span: Span) -> Diagnostic {
    Diagnostic::new(
        codes::GW0421,
        span,
        "no type of guest is named, so no guest is meant",
    )
    .because("`guestOrExternalUserTypes` has nothing in it")
    .help("name the types of guests that are meant")
}

/// `require all [strength A, strength B]`
pub(crate) fn several_strengths(requirement: Span) -> Diagnostic {
    let message = "a policy can require one authentication strength only";
    Diagnostic::new(codes::GW0422, requirement, message)
        .because("more than one")
        .help("make one strength of their combinations, or two policies")
}

/// A control that is retired.
pub(crate) fn retired(span: Span, what: &str, instead: &str) -> Diagnostic {
    Diagnostic::new(codes::GW0425, span, format!("{what} is retired"))
        .because("policies with it can neither be created nor changed any more")
        .help(format!("require {instead} instead"))
}

/// `windowsPhone`
pub(crate) fn retired_platform(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0425, span, "`windowsPhone` is retired")
        .because("no device of it is left")
        .help("remove it; `all` covers whatever still claims to be one")
}

/// A custom control.
pub(crate) fn custom_control(span: Span, control: &Control) -> Diagnostic {
    let name = match control {
        Control::Custom(id) => id
            .chars()
            .filter(|c| !c.is_control() && *c != '`')
            .take(60)
            .collect(),
        _ => String::new(),
    };
    let message = format!("the custom control `{name}` is deprecated");
    Diagnostic::new(codes::GW0468, span, message)
        .because("counts neither as multifactor authentication nor in another tenant")
        .help("use an external authentication method, and require `mfa`")
}

/// A list of many objects.
pub(crate) fn long_list(span: Span, what: &str, count: usize) -> Diagnostic {
    let message = format!("{count} {what} in one list may be more than a policy can hold");
    Diagnostic::new(codes::GW0424, span, message)
        .because("the list begins here")
        .help("name groups, or a filter, instead of single objects")
}
