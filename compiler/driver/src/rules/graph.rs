//! Users and devices as Microsoft Graph answers them, in the names of membership rules.
//!
//! Rules keep the names that the directory had before Graph. A member that has the name of a rule's
//! attribute wins over one that is renamed to it. Names are compared in any case.

use serde_json::{Map, Value};

/// What Graph calls differently: entity, name in Graph, name in rules.
#[rustfmt::skip]
const RENAMED: &[(&str, &str, &str)] = &[
    ("user",   "id",                     "objectId"),
    ("user",   "faxNumber",              "facsimileTelephoneNumber"),
    ("user",   "mobilePhone",            "mobile"),
    ("user",   "officeLocation",         "physicalDeliveryOfficeName"),
    ("user",   "onPremisesSyncEnabled",  "dirSyncEnabled"),
    ("device", "id",                     "objectId"),
    ("device", "manufacturer",           "deviceManufacturer"),
    ("device", "mdmAppId",               "deviceManagementAppId"),
    ("device", "model",                  "deviceModel"),
    ("device", "operatingSystem",        "deviceOSType"),
    ("device", "operatingSystemVersion", "deviceOSVersion"),
    ("device", "physicalIds",            "devicePhysicalIds"),
    ("device", "trustType",              "deviceTrustType"),
];

/// Objects whose members are attributes of their own in rules.
const NESTED: &[(&str, &str)] = &[
    ("user", "onPremisesExtensionAttributes"),
    ("device", "extensionAttributes"),
];

/// What Graph says of a user and no rule can ask about.
#[rustfmt::skip]
const OF_USERS: &[&str] = &[
    "aboutMe", "ageGroup", "assignedLicenses", "authorizationInfo", "birthday",
    "cloudRealtimeCommunicationInfo", "consentProvidedForMinor", "createdDateTime", "creationType",
    "customSecurityAttributes", "deletedDateTime", "deviceEnrollmentLimit", "directReports",
    "employeeLeaveDateTime", "employeeOrgData", "externalUserState",
    "externalUserStateChangeDateTime", "hireDate", "identities", "identityParentId", "imAddresses",
    "infoCatalogs", "interests", "isLicenseReconciliationNeeded", "isManagementRestricted",
    "isResourceAccount", "lastPasswordChangeDateTime", "legalAgeGroupClassification",
    "licenseAssignmentStates", "mailboxSettings", "mySite", "onPremisesDomainName",
    "onPremisesImmutableId", "onPremisesLastSyncDateTime", "onPremisesObjectIdentifier",
    "onPremisesProvisioningErrors", "onPremisesSamAccountName", "onPremisesSipInfo",
    "onPremisesUserPrincipalName", "passwordProfile", "pastProjects", "preferredDataLocation",
    "preferredName", "provisionedPlans", "refreshTokensValidFromDateTime", "responsibilities",
    "schools", "securityIdentifier", "serviceProvisioningErrors", "showInAddressList",
    "signInActivity", "signInSessionsValidFromDateTime", "skills", "sponsors",
    "transitiveMemberOf",
];

/// What Graph says of a device and no rule can ask about.
#[rustfmt::skip]
const OF_DEVICES: &[&str] = &[
    "alternativeNames", "alternativeSecurityIds", "approximateLastSignInDateTime",
    "complianceExpirationDateTime", "createdDateTime", "deletedDateTime", "deviceMetadata",
    "deviceVersion", "domainName", "enrollmentType", "externalSourceName", "hostNames",
    "isCompliant", "isManaged", "isManagementRestricted", "kind", "name",
    "onPremisesLastSyncDateTime", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled",
    "platform", "registeredOwners", "registeredUsers", "registrationDateTime", "sourceType",
    "status", "transitiveMemberOf",
];

/// Members in the names of rules, and those that were left out.
pub(super) fn renamed(
    entity: &str,
    members: &Map<String, Value>,
) -> (Map<String, Value>, Vec<String>) {
    let silent = if entity == "user" {
        OF_USERS
    } else {
        OF_DEVICES
    };
    let is_silent = |name: &str| silent.iter().any(|s| s.eq_ignore_ascii_case(name));
    let is_nested = |name: &str| {
        let mut nested = NESTED.iter();
        nested.any(|(of, own)| *of == entity && own.eq_ignore_ascii_case(name))
    };
    let mut plain = Map::new();
    let mut translated: Vec<(String, Value)> = Vec::new();
    let mut ignored = Vec::new();
    for (name, value) in members {
        match value {
            Value::Object(inner) if is_nested(name) => {
                translated.extend(inner.iter().map(|(n, v)| (n.clone(), v.clone())));
            }
            Value::Null if is_nested(name) => {}
            // A list, of which the directory keeps one number.
            Value::Array(numbers) if entity == "user" && is_phones(name) => {
                let number = numbers.first().cloned();
                translated.extend(number.map(|number| ("telephoneNumber".to_owned(), number)));
            }
            Value::Null if entity == "user" && is_phones(name) => {}
            _ if is_silent(name) => ignored.push(name.clone()),
            _ => match in_rules(entity, name) {
                Some(own) => translated.push((own.to_owned(), value.clone())),
                None => drop(plain.insert(name.clone(), value.clone())),
            },
        }
    }
    for (name, value) in translated {
        if !plain.keys().any(|known| known.eq_ignore_ascii_case(&name)) {
            plain.insert(name, value);
        }
    }
    (plain, ignored)
}

fn is_phones(name: &str) -> bool {
    name.eq_ignore_ascii_case("businessPhones")
}

fn in_rules(entity: &str, name: &str) -> Option<&'static str> {
    let mut renamed = RENAMED.iter();
    let found = renamed.find(|(of, graph, _)| *of == entity && graph.eq_ignore_ascii_case(name));
    found.map(|(_, _, own)| *own)
}
