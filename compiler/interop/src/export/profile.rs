//! Which members that say nothing an object has all the same, and the order of members.
//!
//! One table, a line a member, from what the service's answers have.

use gatewright_hir::model::GraphProfile;

use crate::json::Node;

/// What a member says that says nothing.
#[derive(Clone, Copy)]
enum Nothing {
    Null,
    List,
}
use GraphProfile::{Beta, Template, V1, V1In2020, V1In2022};
use Nothing::{List, Null};

const ALL: &[GraphProfile] = &[V1, Beta, Template, V1In2022, V1In2020];
const SINCE_2022: &[GraphProfile] = &[V1, Beta, Template, V1In2022];
const NOW: &[GraphProfile] = &[V1, Beta, Template];

/// Members in order of what is around them; a member is only there where what is around it is.
#[rustfmt::skip]
const EMPTY: &[(&str, Nothing, &[GraphProfile])] = &[
    ("templateId", Null, &[V1, Beta]),
    ("createdDateTime", Null, &[V1In2020]),
    ("modifiedDateTime", Null, &[V1In2020]),
    ("deletedDateTime", Null, &[Beta]),
    ("partialEnablementStrategy", Null, &[Beta]),
    ("conditions.userRiskLevels", List, SINCE_2022),
    ("conditions.signInRiskLevels", List, ALL),
    ("conditions.servicePrincipalRiskLevels", List, &[V1, Template, V1In2022]),
    ("conditions.insiderRiskLevels", Null, &[V1, Template]),
    ("conditions.clients", Null, &[Template]),
    ("conditions.platforms", Null, ALL),
    ("conditions.platforms.includePlatforms", List, ALL),
    ("conditions.platforms.excludePlatforms", List, ALL),
    ("conditions.locations", Null, ALL),
    ("conditions.locations.includeLocations", List, ALL),
    ("conditions.locations.excludeLocations", List, ALL),
    ("conditions.times", Null, &[Beta, Template]),
    ("conditions.deviceStates", Null, &[Beta, Template, V1In2020]),
    ("conditions.devices", Null, SINCE_2022),
    ("conditions.devices.includeDeviceStates", List, &[Beta, Template, V1In2022]),
    ("conditions.devices.excludeDeviceStates", List, &[Beta, Template, V1In2022]),
    ("conditions.devices.includeDevices", List, &[Beta, Template, V1In2022]),
    ("conditions.devices.excludeDevices", List, &[Beta, Template, V1In2022]),
    ("conditions.clientApplications", Null, SINCE_2022),
    ("conditions.clientApplications.includeServicePrincipals", List, ALL),
    ("conditions.clientApplications.excludeServicePrincipals", List, ALL),
    ("conditions.clientApplications.servicePrincipalFilter", Null, &[V1]),
    ("conditions.authenticationFlows", Null, &[V1, Template]),
    ("conditions.agents", Null, &[Beta]),
    ("conditions.applications.includeApplications", List, ALL),
    ("conditions.applications.excludeApplications", List, ALL),
    ("conditions.applications.includeUserActions", List, ALL),
    ("conditions.applications.includeAuthenticationContextClassReferences", List, SINCE_2022),
    ("conditions.applications.applicationFilter", Null, NOW),
    ("conditions.applications.networkAccess", Null, &[Template]),
    ("conditions.applications.globalSecureAccess", Null, &[Template]),
    ("conditions.users.includeUsers", List, ALL),
    ("conditions.users.excludeUsers", List, ALL),
    ("conditions.users.includeGroups", List, ALL),
    ("conditions.users.excludeGroups", List, ALL),
    ("conditions.users.includeRoles", List, ALL),
    ("conditions.users.excludeRoles", List, ALL),
    ("conditions.users.includeGuestsOrExternalUsers", Null, NOW),
    ("conditions.users.excludeGuestsOrExternalUsers", Null, NOW),
    ("grantControls", Null, ALL),
    ("grantControls.builtInControls", List, ALL),
    ("grantControls.customAuthenticationFactors", List, ALL),
    ("grantControls.termsOfUse", List, ALL),
    ("grantControls.authenticationStrength", Null, NOW),
    ("sessionControls", Null, ALL),
    ("sessionControls.disableResilienceDefaults", Null, NOW),
    ("sessionControls.applicationEnforcedRestrictions", Null, ALL),
    ("sessionControls.cloudAppSecurity", Null, ALL),
    ("sessionControls.signInFrequency", Null, ALL),
    ("sessionControls.signInFrequency.type", Null, NOW),
    ("sessionControls.signInFrequency.value", Null, NOW),
    ("sessionControls.persistentBrowser", Null, ALL),
    ("sessionControls.secureSignInSession", Null, NOW),
    ("sessionControls.continuousAccessEvaluation", Null, &[Beta, Template]),
    ("sessionControls.globalSecureAccessFilteringProfile", Null, &[Template]),
    ("sessionControls.networkAccessSecurity", Null, &[Template]),
    ("sessionControls.blockSensitiveActions", Null, &[Beta]),
];

/// Members that an update writes even where they say nothing, so that nothing stays that was there
/// before. Only those that the v1.0 version has: a member of beta is written where it says something.
#[rustfmt::skip]
const MANAGED: &[(&str, Nothing)] = &[
    ("conditions.userRiskLevels", List),
    ("conditions.signInRiskLevels", List),
    ("conditions.servicePrincipalRiskLevels", List),
    ("conditions.insiderRiskLevels", Null),
    ("conditions.platforms", Null),
    ("conditions.platforms.includePlatforms", List),
    ("conditions.platforms.excludePlatforms", List),
    ("conditions.locations", Null),
    ("conditions.locations.includeLocations", List),
    ("conditions.locations.excludeLocations", List),
    ("conditions.devices", Null),
    ("conditions.clientApplications", Null),
    ("conditions.clientApplications.includeServicePrincipals", List),
    ("conditions.clientApplications.excludeServicePrincipals", List),
    ("conditions.clientApplications.servicePrincipalFilter", Null),
    ("conditions.authenticationFlows", Null),
    ("conditions.applications.includeApplications", List),
    ("conditions.applications.excludeApplications", List),
    ("conditions.applications.includeUserActions", List),
    ("conditions.applications.includeAuthenticationContextClassReferences", List),
    ("conditions.applications.applicationFilter", Null),
    ("conditions.users.includeUsers", List),
    ("conditions.users.excludeUsers", List),
    ("conditions.users.includeGroups", List),
    ("conditions.users.excludeGroups", List),
    ("conditions.users.includeRoles", List),
    ("conditions.users.excludeRoles", List),
    ("conditions.users.includeGuestsOrExternalUsers", Null),
    ("conditions.users.excludeGuestsOrExternalUsers", Null),
    ("grantControls", Null),
    ("grantControls.builtInControls", List),
    ("grantControls.customAuthenticationFactors", List),
    ("grantControls.termsOfUse", List),
    ("grantControls.authenticationStrength", Null),
    ("sessionControls", Null),
    ("sessionControls.applicationEnforcedRestrictions", Null),
    ("sessionControls.cloudAppSecurity", Null),
    ("sessionControls.signInFrequency", Null),
    ("sessionControls.signInFrequency.type", Null),
    ("sessionControls.signInFrequency.value", Null),
    ("sessionControls.persistentBrowser", Null),
    ("sessionControls.disableResilienceDefaults", Null),
    ("sessionControls.secureSignInSession", Null),
];

/// Members in the order in which the service writes them; what is not here comes after them.
const ORDER: &[&str] = &[
    "@odata.type",
    "id",
    "templateId",
    "displayName",
    "description",
    "createdDateTime",
    "modifiedDateTime",
    "deletedDateTime",
    "state",
    "partialEnablementStrategy",
    "conditions",
    "grantControls",
    "sessionControls",
    "userRiskLevels",
    "signInRiskLevels",
    "clientAppTypes",
    "servicePrincipalRiskLevels",
    "agentIdRiskLevels",
    "insiderRiskLevels",
    "platforms",
    "locations",
    "times",
    "deviceStates",
    "devices",
    "clientApplications",
    "authenticationFlows",
    "applications",
    "users",
];

/// Add the members that say nothing and are there all the same, and put all in order. An answer
/// that says when a policy was made (`is_dated`) also says that it was never changed.
pub(super) fn fill(policy: &mut Node, profile: GraphProfile, is_dated: bool) {
    let rows = EMPTY
        .iter()
        .filter(|(_, _, profiles)| profiles.contains(&profile));
    add(policy, rows.map(|(path, nothing, _)| (*path, *nothing)));
    if is_dated && matches!(profile, V1 | Beta | V1In2022) {
        add(policy, std::iter::once(("modifiedDateTime", Null)));
    }
    order(policy);
}

/// Whether this is a member that says nothing where it is null, empty or absent, if what is around
/// it is there.
pub(super) fn is_optional(path: &[String]) -> bool {
    let length = path.iter().map(|name| name.len() + 1).sum::<usize>();
    let is_at =
        |row: &str| row.len() + 1 == length && row.split('.').eq(path.iter().map(String::as_str));
    EMPTY.iter().any(|(row, _, _)| is_at(row))
}

#[cfg(test)]
pub(super) fn optional_paths() -> impl Iterator<Item = &'static str> {
    EMPTY.iter().map(|(path, _, _)| *path)
}

/// Whether this is a date that the service keeps, which says nothing whatever it is.
pub(super) fn is_date(path: &[String]) -> bool {
    matches!(path, [only] if only == "createdDateTime" || only == "modifiedDateTime")
}

/// Add every member that an update has to name, and put all in order.
pub(super) fn manage(policy: &mut Node) {
    add(policy, MANAGED.iter().copied());
    order(policy);
}

fn add(policy: &mut Node, rows: impl Iterator<Item = (&'static str, Nothing)>) {
    for (path, nothing) in rows {
        let path: Vec<&str> = path.split('.').collect();
        let around = path.split_last().map_or(&[][..], |(_, way)| way);
        let is_there = matches!(policy.at(around), Some(Node::Object(_)));
        if is_there && policy.at(&path).is_none() {
            let value = match nothing {
                Null => Node::Null,
                List => Node::List(Vec::new()),
            };
            policy.put(&path, value);
        }
    }
}

/// Put members in the service's order, of the object and of the objects right inside it.
pub(super) fn order(node: &mut Node) {
    order_to(node, 2);
}

fn order_to(node: &mut Node, depth: usize) {
    let Some(members) = node.members_mut() else {
        return;
    };
    let rank = |name: &str| ORDER.iter().position(|n| *n == name).unwrap_or(ORDER.len());
    members.sort_by(|a, _, b, _| rank(a).cmp(&rank(b)));
    if depth > 0 {
        let inner = members.values_mut();
        inner.for_each(|member| order_to(member, depth - 1));
    }
}
