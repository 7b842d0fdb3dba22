//! What a directory file can have in it, for a file that is given as one.
//!
//! Exported objects may have members that nobody here reads, and lose nothing by it. A directory
//! file is written by hand for this compiler: a slip in it would silently take a user out of a
//! group, so it is an error. What Graph itself has on a user or a group is let through, as is
//! everything on an object that says its `@odata.type`.

use crate::directory::USER_ATTRIBUTES;
use crate::json::{Kind, Member, Value, is_annotation};
use crate::problems;
use crate::sink::Sink;

/// The members of a directory file, with the lists of which the objects are users or groups.
const LISTS: &[&str] = &[
    "users",
    "groups",
    "roles",
    "directoryRoles",
    "roleDefinitions",
    "apps",
    "applications",
    "servicePrincipals",
    "locations",
    "namedLocations",
    "strengths",
    "authenticationStrengths",
    "authenticationStrengthPolicies",
    "terms",
    "termsOfUse",
    "agreements",
    "contexts",
    "authenticationContexts",
    "authenticationContextClassReferences",
    "appGroups",
    "policies",
    "conditionalAccessPolicies",
];

/// Lists that other readers of a directory file know and the compiler passes over.
const PASSED_OVER: &[&str] = &["agents", "devices"];

const COMPLETE: &str = "complete";

/// What is read on a user besides the [`USER_ATTRIBUTES`], or on a group; or what Graph has on one.
const USER: &[&str] = &["id", "groups", "roles", "memberOf", "transitiveMemberOf"];

const GROUP: &[&str] = &[
    "id",
    "displayName",
    "description",
    "groups",
    "memberOf",
    "transitiveMemberOf",
    "members",
    "roles",
];

const GRAPH_USER: &[&str] = &[
    "aboutMe",
    "ageGroup",
    "assignedLicenses",
    "assignedPlans",
    "authorizationInfo",
    "birthday",
    "businessPhones",
    "consentProvidedForMinor",
    "createdDateTime",
    "creationType",
    "customSecurityAttributes",
    "deletedDateTime",
    "description",
    "employeeHireDate",
    "employeeLeaveDateTime",
    "employeeOrgData",
    "employeeType",
    "externalUserState",
    "externalUserStateChangeDateTime",
    "faxNumber",
    "givenName",
    "identities",
    "imAddresses",
    "infoCatalogs",
    "isManagementRestricted",
    "isResourceAccount",
    "lastPasswordChangeDateTime",
    "legalAgeGroupClassification",
    "licenseAssignmentStates",
    "mailNickname",
    "manager",
    "mobilePhone",
    "mySite",
    "officeLocation",
    "onPremisesDistinguishedName",
    "onPremisesDomainName",
    "onPremisesExtensionAttributes",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
    "onPremisesObjectIdentifier",
    "onPremisesProvisioningErrors",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "onPremisesUserPrincipalName",
    "otherMails",
    "passwordPolicies",
    "passwordProfile",
    "postalCode",
    "preferredDataLocation",
    "preferredLanguage",
    "preferredName",
    "provisionedPlans",
    "proxyAddresses",
    "refreshTokensValidFromDateTime",
    "securityIdentifier",
    "serviceProvisioningErrors",
    "showInAddressList",
    "signInActivity",
    "signInSessionsValidFromDateTime",
    "streetAddress",
    "surname",
];

const GRAPH_GROUP: &[&str] = &[
    "assignedLabels",
    "assignedLicenses",
    "classification",
    "createdByAppId",
    "createdDateTime",
    "creationOptions",
    "deletedDateTime",
    "expirationDateTime",
    "infoCatalogs",
    "isAssignableToRole",
    "isManagementRestricted",
    "licenseProcessingState",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesDomainName",
    "onPremisesLastSyncDateTime",
    "onPremisesNetBiosName",
    "onPremisesProvisioningErrors",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "organizationId",
    "owners",
    "preferredDataLocation",
    "preferredLanguage",
    "proxyAddresses",
    "renewedDateTime",
    "resourceBehaviorOptions",
    "resourceProvisioningOptions",
    "securityEnabled",
    "securityIdentifier",
    "serviceProvisioningErrors",
    "theme",
    "uniqueName",
    "visibility",
];

/// Say what a directory file cannot have: of the object as a whole and of its users and groups.
/// What is no such object, a response of Graph or an array of objects, is let through.
pub(crate) fn check(sink: &mut Sink<'_>, root: &Value<'_>) {
    let Some(members) = root.as_object() else {
        return;
    };
    let is_response = members.iter().any(|m| is_annotation(&m.name));
    if is_response || root.get("value").is_some() || root.get("id").is_some() {
        return;
    }
    let user = [USER, USER_ATTRIBUTES].concat();
    for member in members {
        let is = |names: &[&str]| names.iter().any(|n| member.name.eq_ignore_ascii_case(n));
        if is(&[COMPLETE]) || is(PASSED_OVER) {
            continue;
        }
        if !is(LISTS) {
            let known: Vec<&str> = [LISTS, PASSED_OVER, &[COMPLETE]].concat();
            report(sink, "a directory file", member, &known);
            continue;
        }
        match &member.value.kind {
            Kind::Array(items) if is(&["users"]) => {
                items
                    .iter()
                    .for_each(|item| entry(sink, item, "a user", &user, GRAPH_USER));
            }
            Kind::Array(items) if is(&["groups"]) => {
                items
                    .iter()
                    .for_each(|item| entry(sink, item, "a group", GROUP, GRAPH_GROUP));
            }
            // A response of Graph, put whole into the file, has a `value`.
            Kind::Array(_) | Kind::Object(_) | Kind::Null => {}
            _ => {
                let (name, value) = (&member.name, &member.value);
                sink.report(problems::wrong_directory_type(name, value, "an array"));
            }
        }
    }
}

fn entry(sink: &mut Sink<'_>, item: &Value<'_>, what: &str, own: &[&str], graph: &[&str]) {
    let Some(members) = item.as_object() else {
        let list = format!("{}s[]", what.trim_start_matches("a "));
        sink.report(problems::wrong_directory_type(&list, item, "an object"));
        return;
    };
    if item.get("@odata.type").is_some() {
        return;
    }
    for member in members.iter().filter(|m| !is_annotation(&m.name)) {
        let is_known = |names: &[&str]| names.iter().any(|n| member.name.eq_ignore_ascii_case(n));
        let is_extension = member.name.starts_with("extension_");
        if !is_known(own) && !is_known(graph) && !is_extension {
            report(sink, what, member, own);
        }
    }
    if item.get("id").is_none() {
        sink.report(problems::without_id(item.span, what));
    }
}

fn report(sink: &mut Sink<'_>, what: &str, member: &Member<'_>, known: &[&str]) {
    let near = problems::nearest(&member.name, known);
    sink.report(problems::unknown_directory_member(
        &member.name,
        member.name_span,
        what,
        near,
    ));
}
