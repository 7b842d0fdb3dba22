//! Which member of a request says what about which attribute, under the schema of Conditional
//! Access.

/// The shape of a member's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Boolean,
    Set,
    /// One of the members of the attribute's enumeration.
    Enumeration,
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

/// Attributes that are unknown where the request does not say them.
pub(crate) const UNKNOWN_WHERE_ABSENT: &[&str] = &[
    "user.risk",
    "signIn.risk",
    "user.insiderRisk",
    "servicePrincipal.risk",
    "agent.risk",
    "signIn.client",
    "signIn.platform",
];
