//! Policies and named locations as resources of the Terraform provider `azuread`, version 3.
//!
//! One table says which member of Graph is which argument. A member that says something and is not
//! in it is an error: a policy without it would be another policy.

use std::collections::BTreeSet;

use gatewright_diagnostics::Diagnostic;
use gatewright_hir::model::{LocationKind, NamedLocation, Policy, PolicySet};
use gatewright_source::Span;
use gatewright_value::fold;

use super::files::Exported;
use super::inexpressible;
use super::normalise::policy_body;
use crate::context::Context;
use crate::json::Node;
use crate::problems;
use crate::write::{blocks, slug};

const POLICY: &str = "azuread_conditional_access_policy";
const LOCATION: &str = "azuread_named_location";

/// How the value of a member is written.
#[derive(Clone, Copy, PartialEq)]
enum As {
    /// As it is.
    Same,
    /// A text with commas as a list.
    Flags,
    /// A text of one member; the argument takes no more.
    One,
    /// Ids of named locations, as references where they are resources.
    Locations,
    /// The id of a strength, as the path that the argument wants.
    Strength,
}
use As::{Flags, Locations, One, Same, Strength};

/// Members of the normalised policy and the arguments that they are.
#[rustfmt::skip]
const ARGUMENTS: &[(&str, &str, As)] = &[
    ("displayName", "display_name", Same),
    ("state", "state", Same),
    ("conditions.clientAppTypes", "conditions.client_app_types", Same),
    ("conditions.userRiskLevels", "conditions.user_risk_levels", Same),
    ("conditions.signInRiskLevels", "conditions.sign_in_risk_levels", Same),
    ("conditions.servicePrincipalRiskLevels", "conditions.service_principal_risk_levels", Same),
    ("conditions.insiderRiskLevels", "conditions.insider_risk_levels", One),
    ("conditions.platforms.includePlatforms", "conditions.platforms.included_platforms", Same),
    ("conditions.platforms.excludePlatforms", "conditions.platforms.excluded_platforms", Same),
    ("conditions.locations.includeLocations", "conditions.locations.included_locations", Locations),
    ("conditions.locations.excludeLocations", "conditions.locations.excluded_locations", Locations),
    ("conditions.devices.deviceFilter.mode", "conditions.devices.filter.mode", Same),
    ("conditions.devices.deviceFilter.rule", "conditions.devices.filter.rule", Same),
    ("conditions.clientApplications.includeServicePrincipals", "conditions.client_applications.included_service_principals", Same),
    ("conditions.clientApplications.excludeServicePrincipals", "conditions.client_applications.excluded_service_principals", Same),
    ("conditions.applications.includeApplications", "conditions.applications.included_applications", Same),
    ("conditions.applications.excludeApplications", "conditions.applications.excluded_applications", Same),
    ("conditions.applications.includeUserActions", "conditions.applications.included_user_actions", Same),
    ("conditions.applications.applicationFilter.mode", "conditions.applications.filter.mode", Same),
    ("conditions.applications.applicationFilter.rule", "conditions.applications.filter.rule", Same),
    ("conditions.users.includeUsers", "conditions.users.included_users", Same),
    ("conditions.users.excludeUsers", "conditions.users.excluded_users", Same),
    ("conditions.users.includeGroups", "conditions.users.included_groups", Same),
    ("conditions.users.excludeGroups", "conditions.users.excluded_groups", Same),
    ("conditions.users.includeRoles", "conditions.users.included_roles", Same),
    ("conditions.users.excludeRoles", "conditions.users.excluded_roles", Same),
    ("conditions.users.includeGuestsOrExternalUsers.guestOrExternalUserTypes", "conditions.users.included_guests_or_external_users.guest_or_external_user_types", Flags),
    ("conditions.users.includeGuestsOrExternalUsers.externalTenants.membershipKind", "conditions.users.included_guests_or_external_users.external_tenants.membership_kind", Same),
    ("conditions.users.includeGuestsOrExternalUsers.externalTenants.members", "conditions.users.included_guests_or_external_users.external_tenants.members", Same),
    ("conditions.users.excludeGuestsOrExternalUsers.guestOrExternalUserTypes", "conditions.users.excluded_guests_or_external_users.guest_or_external_user_types", Flags),
    ("conditions.users.excludeGuestsOrExternalUsers.externalTenants.membershipKind", "conditions.users.excluded_guests_or_external_users.external_tenants.membership_kind", Same),
    ("conditions.users.excludeGuestsOrExternalUsers.externalTenants.members", "conditions.users.excluded_guests_or_external_users.external_tenants.members", Same),
    ("grantControls.operator", "grant_controls.operator", Same),
    ("grantControls.builtInControls", "grant_controls.built_in_controls", Same),
    ("grantControls.customAuthenticationFactors", "grant_controls.custom_authentication_factors", Same),
    ("grantControls.termsOfUse", "grant_controls.terms_of_use", Same),
    ("grantControls.authenticationStrength.id", "grant_controls.authentication_strength_policy_id", Strength),
    ("sessionControls.applicationEnforcedRestrictions.isEnabled", "session_controls.application_enforced_restrictions_enabled", Same),
    ("sessionControls.cloudAppSecurity.cloudAppSecurityType", "session_controls.cloud_app_security_policy", Same),
    ("sessionControls.disableResilienceDefaults", "session_controls.disable_resilience_defaults", Same),
    ("sessionControls.persistentBrowser.mode", "session_controls.persistent_browser_mode", Same),
    ("sessionControls.signInFrequency.value", "session_controls.sign_in_frequency", Same),
    ("sessionControls.signInFrequency.type", "session_controls.sign_in_frequency_period", Same),
    ("sessionControls.signInFrequency.frequencyInterval", "session_controls.sign_in_frequency_interval", Same),
    ("sessionControls.signInFrequency.authenticationType", "session_controls.sign_in_frequency_authentication_type", Same),
];

/// Members that the arguments above imply.
const IMPLIED: &[&str] = &[
    "sessionControls.cloudAppSecurity.isEnabled",
    "sessionControls.persistentBrowser.isEnabled",
    "sessionControls.signInFrequency.isEnabled",
];

/// Arguments that are blocks: in JSON a list of one object.
const BLOCKS: &[&str] = &[
    "conditions",
    "applications",
    "client_applications",
    "devices",
    "filter",
    "locations",
    "platforms",
    "users",
    "included_guests_or_external_users",
    "excluded_guests_or_external_users",
    "external_tenants",
    "grant_controls",
    "session_controls",
];

/// Write policies and named locations as `.tf.json` files.
#[must_use]
pub fn write_terraform(set: &PolicySet, cx: &Context<'_>) -> Exported {
    let mut exported = Exported::default();
    let mut taken = BTreeSet::new();
    let mut references = Vec::new();
    let mut locations = Node::object();
    for location in &set.locations {
        let Some(node) = location_resource(location, &mut exported.diagnostics) else {
            continue;
        };
        let label = label(&location.display_name, "location", &mut taken);
        references.push((fold(&location.id).into_owned(), label.clone()));
        locations.put(&["resource", LOCATION, &label], node);
    }
    if locations != Node::object() {
        exported
            .files
            .push(("named-locations.tf.json".to_owned(), locations.pretty()));
    }
    let mut taken = BTreeSet::new();
    let mut policies = Node::object();
    for policy in &set.policies {
        exported
            .diagnostics
            .extend(inexpressible::check(policy, cx));
        let policy = inexpressible::written_out(policy, cx);
        let node = resource(&policy, &references, &mut exported.diagnostics);
        let label = label(&policy.display_name, "policy", &mut taken);
        policies.put(&["resource", POLICY, &label], node);
    }
    exported
        .files
        .push(("policies.tf.json".to_owned(), policies.pretty()));
    let mut provider = Node::object();
    let path = ["terraform", "required_providers", "azuread"];
    let mut source = Node::object();
    source.put(&["source"], Node::text("hashicorp/azuread"));
    source.put(&["version"], Node::text("~> 3.0"));
    provider.put(&path, source);
    exported
        .files
        .push(("versions.tf.json".to_owned(), provider.pretty()));
    exported
}

/// A name that Terraform takes, and no other resource of the kind has.
fn label(title: &str, noun: &str, taken: &mut BTreeSet<String>) -> String {
    let words = slug(title).replace('-', "_");
    let is_name = words.starts_with(|c: char| c.is_ascii_alphabetic());
    let base = match (words.is_empty(), is_name) {
        (true, _) => noun.to_owned(),
        (false, true) => words,
        (false, false) => format!("{noun}_{words}"),
    };
    let mut label = base.clone();
    let mut number = 2;
    while !taken.insert(label.clone()) {
        label = format!("{base}_{number}");
        number += 1;
    }
    label
}

fn location_resource(location: &NamedLocation, problems: &mut Vec<Diagnostic>) -> Option<Node> {
    let mut node = Node::object();
    node.put(
        &["display_name"],
        Node::text(escaped(&location.display_name)),
    );
    let mut block = Node::object();
    let name = match &location.kind {
        LocationKind::Ranges { ranges, is_trusted } => {
            let blocks = ranges.iter().flat_map(|range| blocks(*range));
            block.put(&["ip_ranges"], Node::texts(blocks));
            block.put(&["trusted"], Node::Bool(*is_trusted));
            "ip"
        }
        LocationKind::Countries {
            countries,
            includes_unknown,
            by_gps,
        } => {
            let lookup = if *by_gps {
                "authenticatorAppGps"
            } else {
                "clientIpAddress"
            };
            block.put(&["countries_and_regions"], Node::texts(countries));
            let unknown = Node::Bool(*includes_unknown);
            block.put(&["include_unknown_countries_and_regions"], unknown);
            block.put(&["country_lookup_method"], Node::text(lookup));
            "country"
        }
        // Every tenant has it; policies name it by its id.
        LocationKind::CompliantNetwork => return None,
    };
    if matches!(&location.kind, LocationKind::Ranges { ranges, .. } if ranges.is_empty()) {
        let what = "a named location without ranges";
        problems.push(problems::not_in_terraform(what, location.span));
    }
    node.put(&[name], Node::List(vec![block]));
    Some(node)
}

/// A policy as a resource.
fn resource(
    policy: &Policy,
    references: &[(String, String)],
    problems: &mut Vec<Diagnostic>,
) -> Node {
    let mut body = policy_body(policy);
    let mut node = Node::object();
    for (member, argument, how) in ARGUMENTS {
        let path: Vec<&str> = member.split('.').collect();
        let Some(value) = body.at(&path).filter(|value| !is_nothing(value)) else {
            continue;
        };
        let value = match (how, value) {
            (Flags, Node::Text(text)) => Node::texts(text.split(',')),
            (One, Node::Text(text)) if text.contains(',') => continue,
            (Locations, Node::List(items)) => Node::List(
                items
                    .iter()
                    .map(|item| reference(item, references))
                    .collect(),
            ),
            (Strength, Node::Text(id)) => {
                Node::text(format!("/policies/authenticationStrengthPolicies/{id}"))
            }
            (_, Node::Text(text)) => Node::text(escaped(text)),
            (_, other) => other.clone(),
        };
        let argument: Vec<&str> = argument.split('.').collect();
        node.put(&argument, value);
        body.remove(&path);
    }
    for member in IMPLIED {
        body.remove(&member.split('.').collect::<Vec<_>>());
    }
    let mut left = Vec::new();
    leaves(&body, &mut Vec::new(), &mut left);
    for member in left {
        let span = clause(policy, &member);
        problems.push(problems::not_in_terraform(&format!("`{member}`"), span));
    }
    // Both blocks have to be there even where they say nothing.
    for name in ["applications", "users"] {
        if node.at(&["conditions", name]).is_none() {
            node.put(&["conditions", name], Node::object());
        }
    }
    in_blocks(node)
}

/// A named location by its resource, or its id.
fn reference(item: &Node, references: &[(String, String)]) -> Node {
    let Some(id) = item.as_text() else {
        return item.clone();
    };
    let key = fold(id);
    match references.iter().find(|(known, _)| *known == key) {
        // The resource's id is a path; the policy wants its last part.
        Some((_, label)) => Node::text(format!("${{{LOCATION}.{label}.object_id}}")),
        None => Node::text(id),
    }
}

/// A text in which Terraform sees no template.
fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

fn is_nothing(value: &Node) -> bool {
    match value {
        Node::Null => true,
        Node::List(items) => items.is_empty(),
        Node::Object(members) => members.values().all(is_nothing),
        _ => false,
    }
}

/// The ways to everything that says something. Recursion is bounded by the nesting of what was
/// read.
fn leaves(node: &Node, path: &mut Vec<String>, found: &mut Vec<String>) {
    match node {
        Node::Object(members) => {
            for (name, member) in members.iter().filter(|(name, _)| !name.contains('@')) {
                path.push(name.clone());
                leaves(member, path, found);
                path.pop();
            }
        }
        other if is_nothing(other) => {}
        _ => found.push(path.join(".")),
    }
}

/// Where a policy says what a member says.
fn clause(policy: &Policy, member: &str) -> Span {
    let carried = policy
        .unmodelled
        .iter()
        .find(|u| member.starts_with(&u.path.join(".")));
    if let Some(carried) = carried {
        return carried.span;
    }
    let assignments = policy.assignments.as_deref();
    let found = assignments.and_then(|a| {
        let last = member.split('.').nth(1).unwrap_or_default();
        Some(match last {
            "agentIdRiskLevels" => a.agent_risk.as_ref()?.span,
            "insiderRiskLevels" => a.insider_risk.as_ref()?.span,
            "authenticationFlows" => a.flows.as_ref()?.span,
            _ => return None,
        })
    });
    let is_outcome = member.starts_with("grantControls") || member.starts_with("sessionControls");
    found.unwrap_or(if is_outcome {
        policy.outcome.span
    } else {
        policy.name_span
    })
}

/// Blocks as lists of one object.
fn in_blocks(node: Node) -> Node {
    match node {
        Node::Object(members) => Node::Object(
            members
                .into_iter()
                .map(|(name, member)| {
                    let is_block = BLOCKS.contains(&name.as_str());
                    let member = in_blocks(member);
                    let member = if is_block && matches!(member, Node::Object(_)) {
                        Node::List(vec![member])
                    } else {
                        member
                    };
                    (name, member)
                })
                .collect(),
        ),
        other => other,
    }
}
