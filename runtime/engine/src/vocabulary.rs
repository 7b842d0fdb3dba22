//! Which member of a request says what about which attribute, under the schema of Conditional
//! Access.

use gatewright_value::{AttributeInfo, Kind};

/// The shape of a member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Boolean,
    Set,
    /// One of the members of the attribute's enumeration.
    Enumeration,
    /// A kind of client.
    Client,
    /// A platform that policies can name, or `unknown`.
    Platform,
    Risk,
    InsiderRisk,
    AgentRisk,
    Address,
    /// A country code of two letters.
    Country,
}

/// A member of a request that stands for one attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemberRow {
    pub(crate) name: &'static str,
    pub(crate) attribute: &'static str,
    pub(crate) form: Form,
}

const fn row(name: &'static str, attribute: &'static str, form: Form) -> MemberRow {
    MemberRow {
        name,
        attribute,
        form,
    }
}

/// Members of `deviceInfo`.
pub(crate) const DEVICE: &[MemberRow] = &[
    row("deviceId", "device.deviceId", Form::Text),
    row("displayName", "device.displayName", Form::Text),
    row("manufacturer", "device.manufacturer", Form::Text),
    row("model", "device.model", Form::Text),
    row(
        "enrollmentProfileName",
        "device.enrollmentProfileName",
        Form::Text,
    ),
    row(
        "extensionAttribute1",
        "device.extensionAttribute1",
        Form::Text,
    ),
    row(
        "extensionAttribute2",
        "device.extensionAttribute2",
        Form::Text,
    ),
    row(
        "extensionAttribute3",
        "device.extensionAttribute3",
        Form::Text,
    ),
    row(
        "extensionAttribute4",
        "device.extensionAttribute4",
        Form::Text,
    ),
    row(
        "extensionAttribute5",
        "device.extensionAttribute5",
        Form::Text,
    ),
    row(
        "extensionAttribute6",
        "device.extensionAttribute6",
        Form::Text,
    ),
    row(
        "extensionAttribute7",
        "device.extensionAttribute7",
        Form::Text,
    ),
    row(
        "extensionAttribute8",
        "device.extensionAttribute8",
        Form::Text,
    ),
    row(
        "extensionAttribute9",
        "device.extensionAttribute9",
        Form::Text,
    ),
    row(
        "extensionAttribute10",
        "device.extensionAttribute10",
        Form::Text,
    ),
    row(
        "extensionAttribute11",
        "device.extensionAttribute11",
        Form::Text,
    ),
    row(
        "extensionAttribute12",
        "device.extensionAttribute12",
        Form::Text,
    ),
    row(
        "extensionAttribute13",
        "device.extensionAttribute13",
        Form::Text,
    ),
    row(
        "extensionAttribute14",
        "device.extensionAttribute14",
        Form::Text,
    ),
    row(
        "extensionAttribute15",
        "device.extensionAttribute15",
        Form::Text,
    ),
    row("operatingSystem", "device.operatingSystem", Form::Text),
    row(
        "operatingSystemVersion",
        "device.operatingSystemVersion",
        Form::Text,
    ),
    row("ownership", "device.ownership", Form::Enumeration),
    row("deviceOwnership", "device.ownership", Form::Enumeration),
    row("isCompliant", "device.isCompliant", Form::Boolean),
    row("mdmAppId", "device.mdmAppId", Form::Text),
    row("physicalIds", "device.physicalIds", Form::Set),
    row("profileType", "device.profileType", Form::Enumeration),
    row("systemLabels", "device.systemLabels", Form::Set),
    row("trustType", "device.trustType", Form::Enumeration),
];

/// Members of `directory.user`, and of a user in a directory file.
pub(crate) const USER: &[MemberRow] = &[
    row("userPrincipalName", "user.userPrincipalName", Form::Text),
    row("displayName", "user.displayName", Form::Text),
    row("department", "user.department", Form::Text),
    row("jobTitle", "user.jobTitle", Form::Text),
    row("companyName", "user.companyName", Form::Text),
    row("country", "user.country", Form::Text),
    row("city", "user.city", Form::Text),
    row("state", "user.state", Form::Text),
    row("usageLocation", "user.usageLocation", Form::Text),
    row("employeeId", "user.employeeId", Form::Text),
    row("mail", "user.mail", Form::Text),
    row("userType", "user.userType", Form::Enumeration),
    row("accountEnabled", "user.accountEnabled", Form::Boolean),
];

/// Members of `signInConditions` that are values, in the order in which they are looked at.
pub(crate) const CONDITIONS: &[MemberRow] = &[
    row("clientAppType", "signIn.client", Form::Client),
    row("devicePlatform", "signIn.platform", Form::Platform),
    row("userRiskLevel", "user.risk", Form::Risk),
    row("signInRiskLevel", "signIn.risk", Form::Risk),
    row(
        "servicePrincipalRiskLevel",
        "servicePrincipal.risk",
        Form::Risk,
    ),
    row("insiderRiskLevel", "user.insiderRisk", Form::InsiderRisk),
    row("agentIdRiskLevel", "agent.risk", Form::AgentRisk),
    row("ipAddress", "location.ip", Form::Address),
    row("country", "location.country", Form::Country),
];

/// Members of `signInConditions` that are objects.
pub(crate) const CONDITION_OBJECTS: [&str; 2] = ["authenticationFlow", "deviceInfo"];

/// Members of `context` that are truths.
pub(crate) const CIRCUMSTANCES: &[MemberRow] = &[
    row(
        "baselineScopesOnly",
        "signIn.baselineScopesOnly",
        Form::Boolean,
    ),
    row(
        "enrollmentService",
        "signIn.enrollmentService",
        Form::Boolean,
    ),
    row("mfaRegistered", "user.isMfaRegistered", Form::Boolean),
    row(
        "mfaDeemedNecessary",
        "signIn.isMfaDeemedNecessary",
        Form::Boolean,
    ),
];

/// Members of a request.
pub(crate) const REQUEST: [&str; 9] = [
    "signInIdentity",
    "signInContext",
    "signInConditions",
    "directory",
    "claims",
    "context",
    "compliance",
    "unknown",
    "appliedPoliciesOnly",
];

/// Members of `directory`.
pub(crate) const DIRECTORY_MEMBERS: [&str; 6] = [
    "groups",
    "roles",
    "user",
    "apps",
    "servicePrincipals",
    "agents",
];

/// Members of `claims`.
pub(crate) const CLAIMS: [&str; 4] = ["satisfied", "methods", "terms", "custom"];

/// Members of `context` that are not truths.
pub(crate) const CIRCUMSTANCE_VALUES: [&str; 3] =
    ["now", "namedLocations", "firstInteractiveSignIn"];

/// A type that an object can be of, with its members.
pub(crate) type TypeRow = (&'static str, &'static [&'static str]);

/// What `signInIdentity` can be.
pub(crate) const IDENTITIES: [TypeRow; 3] = [
    (
        "userSignIn",
        &[
            "userId",
            "externalUserType",
            "externalTenantId",
            "isAgentUser",
        ],
    ),
    ("servicePrincipalSignIn", &["servicePrincipalId", "isOwned"]),
    ("agentSignIn", &["agentServicePrincipalId"]),
];

/// What `signInContext` can be.
pub(crate) const CONTEXTS: [TypeRow; 3] = [
    ("applicationContext", &["includeApplications"]),
    ("authContext", &["authenticationContextValue"]),
    ("userActionContext", &["userAction"]),
];

/// The annotation that says which.
pub(crate) const TYPE: &str = "@odata.type";

/// The name of a type without its namespace.
pub(crate) fn type_name(text: &str) -> &str {
    let text = text.strip_prefix('#').unwrap_or(text);
    text.strip_prefix("microsoft.graph.").unwrap_or(text)
}

/// Paths of a request with the attribute that each stands for, besides `deviceInfo` and
/// `directory.user`. Of paths that end alike, the first is meant by the last name alone.
pub(crate) const PATHS: &[(&str, &str)] = &[
    ("signInIdentity.userId", "user.id"),
    ("signInIdentity.externalUserType", "user.guestType"),
    ("signInIdentity.externalTenantId", "user.homeTenant"),
    ("signInIdentity.servicePrincipalId", "servicePrincipal.id"),
    ("signInIdentity.isOwned", "servicePrincipal.isOwned"),
    ("signInIdentity.agentServicePrincipalId", "agent.id"),
    ("signInContext.includeApplications", "app.ids"),
    ("signInContext.authenticationContextValue", "app.context"),
    ("signInContext.userAction", "app.action"),
    ("signInConditions.clientAppType", "signIn.client"),
    ("signInConditions.devicePlatform", "signIn.platform"),
    ("signInConditions.ipAddress", "location.ip"),
    ("signInConditions.country", "location.country"),
    ("signInConditions.userRiskLevel", "user.risk"),
    ("signInConditions.signInRiskLevel", "signIn.risk"),
    ("signInConditions.insiderRiskLevel", "user.insiderRisk"),
    (
        "signInConditions.servicePrincipalRiskLevel",
        "servicePrincipal.risk",
    ),
    ("signInConditions.agentIdRiskLevel", "agent.risk"),
    ("signInConditions.authenticationFlow", "session.flow"),
    (
        "signInConditions.authenticationFlow.transferMethod",
        "session.flow",
    ),
    ("directory.groups", "user.groups"),
    ("directory.roles", "user.roles"),
    ("claims.methods", "session.methods"),
    ("context.baselineScopesOnly", "signIn.baselineScopesOnly"),
    ("context.enrollmentService", "signIn.enrollmentService"),
    ("context.now", "signIn.now"),
    ("context.namedLocations", "location.names"),
    ("context.mfaRegistered", "user.isMfaRegistered"),
    (
        "context.firstInteractiveSignIn",
        "user.isRegistrationOverdue",
    ),
    ("context.mfaDeemedNecessary", "signIn.isMfaDeemedNecessary"),
    ("app.attributes", "app.resources"),
];

/// Names in `unknown` that stand for several attributes: a whole entity, or these.
pub(crate) const DIRECTORY: &[&str] = &["user.groups", "user.roles"];

/// Attributes that are null where the request does not say them, whatever their type.
const NULL_WHERE_ABSENT: &[&str] = &[
    "user.id",
    "servicePrincipal.id",
    "agent.id",
    "servicePrincipal.isOwned",
];

/// Attributes that are unknown where the request does not say them.
const UNKNOWN_WHERE_ABSENT: &[&str] = &[
    "user.risk",
    "signIn.risk",
    "user.insiderRisk",
    "servicePrincipal.risk",
    "agent.risk",
    "signIn.client",
    "signIn.platform",
];

/// What holds of an attribute where a request says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    Unknown,
    Null,
    /// No elements.
    Empty,
    False,
}

/// What holds of an attribute where a request says nothing: sets are empty, what can be null is
/// null, Booleans are false. What is left stays unknown.
pub(crate) fn absent(info: &AttributeInfo) -> Absent {
    let name = info.name.as_str();
    match &info.kind {
        _ if NULL_WHERE_ABSENT.contains(&name) => Absent::Null,
        _ if UNKNOWN_WHERE_ABSENT.contains(&name) => Absent::Unknown,
        Kind::Set(_) => Absent::Empty,
        _ if info.is_optional => Absent::Null,
        Kind::Boolean => Absent::False,
        _ => Absent::Unknown,
    }
}
