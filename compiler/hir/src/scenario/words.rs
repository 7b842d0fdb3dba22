//! The words that start a fact, and what they stand for in a request.

use gatewright_syntax::ast::ObjectKind;
use gatewright_value::vocabulary::UserAction;

/// Facts with a word of their own: the word, the attribute, the way to it in a request.
pub(super) const SHORT: &[(&str, &str, &[&str])] = &[
    (
        "client",
        "signIn.client",
        &["signInConditions", "clientAppType"],
    ),
    (
        "platform",
        "signIn.platform",
        &["signInConditions", "devicePlatform"],
    ),
    ("ip", "location.ip", &["signInConditions", "ipAddress"]),
    (
        "country",
        "location.country",
        &["signInConditions", "country"],
    ),
    (
        "userRisk",
        "user.risk",
        &["signInConditions", "userRiskLevel"],
    ),
    (
        "signInRisk",
        "signIn.risk",
        &["signInConditions", "signInRiskLevel"],
    ),
    (
        "insiderRisk",
        "user.insiderRisk",
        &["signInConditions", "insiderRiskLevel"],
    ),
    (
        "workloadRisk",
        "servicePrincipal.risk",
        &["signInConditions", "servicePrincipalRiskLevel"],
    ),
    (
        "agentRisk",
        "agent.risk",
        &["signInConditions", "agentIdRiskLevel"],
    ),
    (
        "flow",
        "session.flow",
        &["signInConditions", "authenticationFlow", "transferMethod"],
    ),
    ("groups", "user.groups", &["directory", "groups"]),
    ("roles", "user.roles", &["directory", "roles"]),
    ("methods", "session.methods", &["claims", "methods"]),
    ("now", "signIn.now", &["context", "now"]),
    (
        "baselineScopesOnly",
        "signIn.baselineScopesOnly",
        &["context", "baselineScopesOnly"],
    ),
    (
        "enrollmentService",
        "signIn.enrollmentService",
        &["context", "enrollmentService"],
    ),
    (
        "mfaRegistered",
        "user.isMfaRegistered",
        &["context", "mfaRegistered"],
    ),
    (
        "mfaDeemedNecessary",
        "signIn.isMfaDeemedNecessary",
        &["context", "mfaDeemedNecessary"],
    ),
    (
        "",
        "servicePrincipal.isOwned",
        &["signInIdentity", "isOwned"],
    ),
    ("", "device.managedPlatform", &["compliance", "platform"]),
    ("", "location.names", &["context", "namedLocations"]),
];

/// Facts that are more than one attribute.
pub(super) const LONG: &[&str] = &[
    "user",
    "guest",
    "agentUser",
    "servicePrincipal",
    "agent",
    "app",
    "apps",
    "action",
    "context",
    "location",
    "device",
    "satisfied",
    "terms",
    "custom",
    "firstInteractiveSignIn",
    "compliance",
    "tags",
    "unknown",
];

/// User actions as policies spell them.
pub(super) const ACTIONS: &[(&str, UserAction)] = &[
    (
        "registerSecurityInformation",
        UserAction::RegisterSecurityInfo,
    ),
    ("registerDevice", UserAction::RegisterDevice),
    ("accountRecovery", UserAction::AccountRecovery),
];

/// Attributes that no request says, with what to write for them.
pub(super) fn derived(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "user.id" | "user.guestType" | "user.homeTenant" | "signIn.identity" => {
            "write `user \"id\"` or `guest b2bCollaborationGuest from \"tenant\"`"
        }
        "servicePrincipal.id" => "write `servicePrincipal \"id\"`",
        "agent.id" => "write `agent \"id\"`",
        "app.ids" | "app.resources" | "signIn.target" => "write `app Payroll`",
        "app.action" => "write `action registerSecurityInformation`",
        "app.context" => "write `context c1`",
        "device.isRegistered" => "write `device registered` or `device unregistered`",
        "location.isUnmapped" => "write `ip` without `country`",
        "user.isRegistrationOverdue" => "write `mfaRegistered`, `firstInteractiveSignIn` and `now`",
        "servicePrincipal.attributes" => {
            "write `tags servicePrincipal \"id\" [Set.Name \"value\"]`"
        }
        "agent.attributes" => "write `tags agent \"id\" [Set.Name \"value\"]`",
        _ => return None,
    })
}

/// The kind of object that the values of an attribute name.
pub(super) fn object_kind(attribute: &str) -> Option<ObjectKind> {
    match attribute {
        "user.groups" => Some(ObjectKind::Group),
        "user.roles" => Some(ObjectKind::Role),
        _ => None,
    }
}
