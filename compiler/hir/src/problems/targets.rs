//! Resources, user actions, flows and positions, in words.

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_source::Span;

/// A client application among the resources.
pub(crate) fn client_as_target(span: Span, name: &str) -> Diagnostic {
    let message = format!("{name} is a client, not a resource");
    Diagnostic::new(codes::GW0466, span, message)
        .because("nobody signs in to it")
        .help("name the resource that the client reaches, such as `AzureServiceManagement`")
}

/// Microsoft Graph among the exclusions.
pub(crate) fn graph_excluded(span: Span) -> Diagnostic {
    Diagnostic::new(codes::GW0465, span, "Microsoft Graph cannot be excluded")
        .because("stays in scope")
        .help("remove it; exclude the people who are meant, or the resource that calls Graph")
}

/// `apps all except …`
pub(crate) fn exclusion_opens_baseline(span: Span) -> Diagnostic {
    let message = "excluding a resource changes how basic requests are judged";
    Diagnostic::new(codes::GW0464, span, message)
        .because("an exclusion from all resources")
        .help("see whether sign-ins that ask for basic scopes only are meant to be met")
}

/// The admin portals, where no browser is.
pub(crate) fn portals_without_browser(span: Span) -> Diagnostic {
    let message = "the admin portals cover signing in to a portal, and nobody does so here";
    Diagnostic::new(codes::GW0463, span, message)
        .because("no browser is in scope")
        .help("name the resources that scripts reach, such as `AzureServiceManagement`")
}

/// A user action in report-only mode.
pub(crate) fn action_in_report_only(actions: Span, name: Span) -> Diagnostic {
    let message = "a report-only policy for user actions reports nothing useful";
    Diagnostic::new(codes::GW0481, actions, message)
        .because("user actions are not evaluated in report-only mode")
        .label(name, "report-only")
        .help("enable it for a small group instead")
}

/// More than a second factor for registering a device.
pub(crate) fn device_registration(span: Span, what: &str, actions: Span) -> Diagnostic {
    let message = format!("a policy for registering devices cannot have {what}");
    Diagnostic::new(codes::GW0479, span, message)
        .because("the device is not known yet")
        .label(actions, "registering a device")
        .help("require `mfa` or an authentication strength, and nothing else")
}

/// A setting of the tenant does the same.
pub(crate) fn device_registration_setting(actions: Span) -> Diagnostic {
    let message = "the device setting that asks for a second factor has to be switched off";
    Diagnostic::new(codes::GW0480, actions, message)
        .because("asks for it as well")
        .help("see that joining devices does not require multifactor authentication by itself")
}

/// A second factor for registering the first one.
pub(crate) fn registration_deadlock(actions: Span, outcome: Span) -> Diagnostic {
    let message = "who has no method yet cannot register one";
    Diagnostic::new(codes::GW0482, actions, message)
        .because("from every network")
        .label(outcome, "asks for a method that is registered already")
        .help("leave trusted locations out, or hand out Temporary Access Passes")
}

/// The device code flow, blocked for some resources.
pub(crate) fn flow_blocked_in_part(flows: Span, apps: Span) -> Diagnostic {
    let message = "a session by device code is tracked, and blocked elsewhere later";
    Diagnostic::new(codes::GW0483, flows, message)
        .because("blocked for some resources")
        .label(apps, "not all resources")
        .help("block the flow for all resources, and exclude the people who need it")
}

/// A managed device over the device code flow.
pub(crate) fn device_code(requirement: Span, flows: Span) -> Diagnostic {
    let message = "the device code flow cannot show the device that is required";
    Diagnostic::new(codes::GW0478, requirement, message)
        .because("never met")
        .label(flows, "the device code flow")
        .help("block the flow, which says what is meant")
}

/// A position in report-only mode.
pub(crate) fn gps_in_report_only(location: Span, name: Span) -> Diagnostic {
    let message = "a report-only policy asks phones for their position all the same";
    Diagnostic::new(codes::GW0484, location, message)
        .because("told by the Authenticator app")
        .label(name, "report-only")
        .help("enable it for a small group instead")
}

/// A position together with methods without a password.
pub(crate) fn gps_passwordless(location: Span, requirement: Span) -> Diagnostic {
    let message = "a position is not asked for where methods without a password are used";
    Diagnostic::new(codes::GW0484, location, message)
        .because("told by the Authenticator app")
        .label(requirement, "methods without a password")
        .help("use a location by address, or another strength")
}
