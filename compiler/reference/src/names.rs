//! The names that `unknown` may list, and the facts that each stands for.
//!
//! SEMANTICS: §1.10

use crate::facts::fold;

/// Text attributes of a user.
pub(crate) const USER_TEXTS: [&str; 11] = [
    "userPrincipalName",
    "displayName",
    "department",
    "jobTitle",
    "companyName",
    "country",
    "city",
    "state",
    "usageLocation",
    "employeeId",
    "mail",
];

/// Text attributes of a device, extension attributes apart.
pub(crate) const DEVICE_TEXTS: [&str; 10] = [
    "deviceId",
    "displayName",
    "manufacturer",
    "model",
    "enrollmentProfileName",
    "operatingSystem",
    "operatingSystemVersion",
    "mdmAppId",
    "profileType",
    "trustType",
];

/// Paths of the request and the facts that they become. Their last parts are names too.
const PATHS: [(&str, &str); 28] = [
    ("signInIdentity.userId", "user.id"),
    ("signInIdentity.externalUserType", "user.guestType"),
    ("signInIdentity.externalTenantId", "user.homeTenant"),
    ("signInIdentity.servicePrincipalId", "servicePrincipal.id"),
    ("signInIdentity.isOwned", "servicePrincipal.isOwned"),
    ("signInIdentity.agentServicePrincipalId", "agent.id"),
    ("signInContext.includeApplications", "app.ids"),
    ("signInContext.userAction", "app.action"),
    ("signInContext.authenticationContextValue", "app.context"),
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
    ("claims.methods", "session.methods"),
    ("context.baselineScopesOnly", "signIn.baselineScopesOnly"),
    ("context.enrollmentService", "signIn.enrollmentService"),
    ("context.now", "signIn.now"),
    ("context.namedLocations", "location.names"),
    ("context.mfaRegistered", "user.isMfaRegistered"),
    ("context.mfaDeemedNecessary", "signIn.isMfaDeemedNecessary"),
    (
        "context.firstInteractiveSignIn",
        "user.isRegistrationOverdue",
    ),
];

/// Facts that no path above stands for.
const OTHER_FACTS: [&str; 7] = [
    "signIn.identity",
    "signIn.target",
    "location.isUnmapped",
    "user.groups",
    "user.roles",
    "servicePrincipal.attributes",
    "agent.attributes",
];

/// Every attribute of the device, those included that `deviceInfo` does not give.
pub(crate) fn device_attributes() -> Vec<String> {
    let mut names: Vec<String> = DEVICE_TEXTS.iter().map(|name| (*name).to_owned()).collect();
    names.extend((1..=15).map(|number| format!("extensionAttribute{number}")));
    for name in [
        "ownership",
        "isCompliant",
        "physicalIds",
        "systemLabels",
        "isRegistered",
        "managedPlatform",
    ] {
        names.push(name.to_owned());
    }
    names
}

/// The facts that a name stands for; `None` if it is no name.
pub(crate) fn facts_of(name: &str) -> Option<Vec<String>> {
    let is = |other: &str| fold(name) == fold(other);
    for whole in [
        "device",
        "deviceInfo",
        "signInConditions.deviceInfo",
        "device.isRegistered",
    ] {
        if is(whole) {
            let attributes = device_attributes();
            return Some(
                attributes
                    .iter()
                    .map(|name| format!("device.{name}"))
                    .collect(),
            );
        }
    }
    if is("app.attributes") || is("app.resources") {
        return Some(vec!["app.attributes".to_owned()]);
    }
    if is("directory") {
        return Some(vec!["user.groups".to_owned(), "user.roles".to_owned()]);
    }
    for (path, fact) in PATHS {
        let last = path.rsplit('.').next().unwrap_or(path);
        if is(path) || is(last) || is(fact) {
            return Some(vec![fact.to_owned()]);
        }
    }
    for (name, fact) in [("groups", "user.groups"), ("roles", "user.roles")] {
        if is(name) || is(&format!("directory.{name}")) {
            return Some(vec![fact.to_owned()]);
        }
    }
    for fact in OTHER_FACTS {
        if is(fact) {
            return Some(vec![fact.to_owned()]);
        }
    }
    for attribute in USER_TEXTS.iter().chain(&["userType", "accountEnabled"]) {
        if is(&format!("user.{attribute}")) || is(&format!("directory.user.{attribute}")) {
            return Some(vec![format!("user.{attribute}")]);
        }
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    for attribute in device_attributes() {
        attributes.push((attribute.clone(), attribute));
    }
    attributes.push(("deviceOwnership".to_owned(), "ownership".to_owned()));
    for (attribute, meant) in attributes {
        if is(&format!("device.{attribute}"))
            || is(&format!("deviceInfo.{attribute}"))
            || is(&format!("signInConditions.deviceInfo.{attribute}"))
        {
            return Some(vec![format!("device.{meant}")]);
        }
    }
    None
}
