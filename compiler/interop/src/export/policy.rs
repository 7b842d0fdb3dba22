//! A policy as Graph writes it, from what the policy means alone.

use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, AttributeFilter, Condition, Control, GraphProfile, Guests,
    Located, LocationScope, Outcome, PlatformScope, Policy, Requirement, Scoped,
    ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_value::vocabulary::{GuestType, State};
use gatewright_value::{FrequencyInterval, SessionControls, SignInFrequency, folded_eq};

use super::profile::fill;
use crate::json::Node;
use crate::vocabulary::Vocabulary;

/// A strength as answers have it, with its id.
pub(crate) type Expanded = (String, Node);

/// Write a policy in a profile. Strengths are written whole where the profile has them so and
/// `strengths` has them.
pub(crate) fn generate(policy: &Policy, strengths: &[Expanded], profile: GraphProfile) -> Node {
    let mut node = said(policy, strengths, profile);
    fill(&mut node, profile, is_dated(policy));
    node
}

/// As [`generate`], without members that say nothing, in any order.
pub(super) fn said(policy: &Policy, strengths: &[Expanded], profile: GraphProfile) -> Node {
    let mut node = Node::object();
    if policy.has_server_id {
        node.put(&["id"], Node::text(&policy.id));
    }
    let is_template = profile == GraphProfile::Template;
    if !(is_template && is_named_around(policy)) {
        node.put(&["displayName"], Node::text(&policy.display_name));
    }
    // A template is no policy yet: it becomes one that is enabled.
    if !(is_template && policy.state == State::Enabled) {
        node.put(&["state"], Node::text(policy.state.name()));
    }
    if let Some(assignments) = &policy.assignments {
        node.put(&["conditions"], conditions(assignments, profile));
    }
    let is_late = profile != GraphProfile::Minimal && !is_old(profile);
    let strengths = if is_late { strengths } else { &[] };
    if let Some(grant) = grant(&policy.outcome, strengths, profile) {
        node.put(&["grantControls"], grant);
    }
    session(&mut node, &policy.outcome.session);
    for member in &policy.unmodelled {
        let path: Vec<&str> = member.path.iter().map(String::as_str).collect();
        let mut over = Node::object();
        over.put(&path, Node::parse(&member.json));
        node.lay(&over);
    }
    node
}

/// Whether the template around a policy has its name.
fn is_named_around(policy: &Policy) -> bool {
    let template = policy.form.template.as_deref().map(Node::parse);
    let name = template.as_ref().and_then(|template| template.get("name"));
    name.and_then(Node::as_text) == Some(&policy.display_name)
}

/// Whether a policy is kept with the time at which it was made.
fn is_dated(policy: &Policy) -> bool {
    let name = "createdDateTime";
    policy.form.written.iter().any(|written| {
        let json = || written.json.as_deref().filter(|json| json.contains(name));
        match written.path.as_slice() {
            [] => json().is_some_and(|json| Node::parse(json).get(name).is_some()),
            [only] => only == name && written.json.is_some(),
            _ => false,
        }
    })
}

/// Whether a profile is from before there were strengths and kinds of guests.
fn is_old(profile: GraphProfile) -> bool {
    matches!(profile, GraphProfile::V1In2022 | GraphProfile::V1In2020)
}

fn conditions(assignments: &Assignments, profile: GraphProfile) -> Node {
    let mut node = Node::object();
    let clients = match &assignments.clients {
        None => Node::texts(["all"]),
        Some(clients) => words(clients),
    };
    node.put(&["clientAppTypes"], clients);
    who(&mut node, &assignments.who, profile);
    target(&mut node, &assignments.target);
    let risks = [
        ("userRiskLevels", &assignments.user_risk),
        ("signInRiskLevels", &assignments.sign_in_risk),
        (
            "servicePrincipalRiskLevels",
            &assignments.service_principal_risk,
        ),
    ];
    for (name, risk) in risks {
        if let Some(risk) = risk {
            node.put(&[name], words(risk));
        }
    }
    if let Some(risk) = &assignments.insider_risk {
        node.put(&["insiderRiskLevels"], flags(&risk.members));
    }
    if let Some(risk) = &assignments.agent_risk {
        node.put(&["agentIdRiskLevels"], flags(&risk.members));
    }
    if let Some(flows) = &assignments.flows {
        node.put(
            &["authenticationFlows", "transferMethods"],
            flags(&flows.members),
        );
    }
    if let Some(platforms) = &assignments.platforms {
        let names = ["platforms", "includePlatforms", "excludePlatforms"];
        sides(&mut node, names, platforms, |scope| {
            Some(match scope {
                PlatformScope::All => "all".to_owned(),
                PlatformScope::Platform(platform) => platform.name().to_owned(),
            })
        });
    }
    if let Some(locations) = &assignments.locations {
        let names = ["locations", "includeLocations", "excludeLocations"];
        sides(&mut node, names, locations, |scope| {
            Some(match scope {
                LocationScope::All => "All".to_owned(),
                LocationScope::AllTrusted => "AllTrusted".to_owned(),
                LocationScope::Named(id) => id.clone(),
            })
        });
    }
    if let Some(devices) = &assignments.devices {
        let filter = filter(devices.is_exclude, &devices.text);
        node.put(&["devices", "deviceFilter"], filter);
    }
    node
}

fn filter(is_exclude: bool, rule: &str) -> Node {
    let mut node = Node::object();
    let mode = if is_exclude { "exclude" } else { "include" };
    node.put(&["mode"], Node::text(mode));
    node.put(&["rule"], Node::text(rule));
    node
}

fn words<T: Vocabulary>(condition: &Condition<T>) -> Node {
    Node::texts(condition.members.iter().map(|member| member.spelling()))
}

/// Members as one string with commas.
fn flags<T: Vocabulary>(members: &[T]) -> Node {
    let words: Vec<&str> = members.iter().map(|member| member.spelling()).collect();
    Node::text(words.join(","))
}

/// Two lists in an object of their own; an empty one is left out.
fn sides<T>(
    node: &mut Node,
    [name, include, exclude]: [&str; 3],
    scoped: &Scoped<T>,
    write: impl Fn(&T) -> Option<String>,
) {
    for (list, items) in [(include, &scoped.include), (exclude, &scoped.exclude)] {
        let texts: Vec<String> = items.iter().filter_map(|item| write(&item.value)).collect();
        if !texts.is_empty() {
            node.put(&[name, list], Node::texts(texts));
        }
    }
    if node.get(name).is_none() {
        node.put(&[name, include], Node::List(Vec::new()));
    }
}

fn who(node: &mut Node, who: &Who, profile: GraphProfile) {
    match who {
        Who::Users(users) => self::users(node, users, profile),
        Who::ServicePrincipals(principals) => {
            node.put(&["users", "includeUsers"], Node::texts(["None"]));
            let names = [
                "clientApplications",
                "includeServicePrincipals",
                "excludeServicePrincipals",
            ];
            sides(node, names, principals, |scope| match scope {
                ServicePrincipalScope::Owned => Some("ServicePrincipalsInMyTenant".to_owned()),
                ServicePrincipalScope::None => Some("None".to_owned()),
                ServicePrincipalScope::Id(id) => Some(id.clone()),
                ServicePrincipalScope::Filter(_) => None,
            });
            let path = ["clientApplications", "servicePrincipalFilter"];
            attribute_filter(node, path, principals, |scope| match scope {
                ServicePrincipalScope::Filter(filter) => Some(filter),
                _ => None,
            });
        }
        Who::Agents(agents) => {
            node.put(&["users", "includeUsers"], Node::texts(["None"]));
            let names = [
                "clientApplications",
                "includeAgentIdServicePrincipals",
                "excludeAgentIdServicePrincipals",
            ];
            sides(node, names, agents, |scope| match scope {
                AgentScope::All => Some("All".to_owned()),
                AgentScope::None => Some("None".to_owned()),
                AgentScope::Id(id) => Some(id.clone()),
                AgentScope::Filter(_) => None,
            });
            let path = ["clientApplications", "agentIdServicePrincipalFilter"];
            attribute_filter(node, path, agents, |scope| match scope {
                AgentScope::Filter(filter) => Some(filter),
                _ => None,
            });
        }
    }
}

/// The filter of a scope; Graph has room for one.
fn attribute_filter<T>(
    node: &mut Node,
    path: [&str; 2],
    scoped: &Scoped<T>,
    is_filter: impl Fn(&T) -> Option<&AttributeFilter>,
) {
    let sides = [(false, &scoped.include), (true, &scoped.exclude)];
    for (is_exclude, items) in sides {
        if let Some(found) = items.iter().find_map(|item| is_filter(&item.value)) {
            node.put(&path, filter(is_exclude, &found.text));
        }
    }
}

/// The word for all guests, before there were kinds of them.
const ALL_GUESTS: &str = "GuestsOrExternalUsers";

fn users(node: &mut Node, users: &Scoped<UserScope>, profile: GraphProfile) {
    let has_word = is_old(profile);
    node.put(&["users"], Node::object());
    let sides = [("include", &users.include), ("exclude", &users.exclude)];
    for (side, items) in sides {
        let mut lists: [(&str, Vec<String>); 3] = [
            ("Users", Vec::new()),
            ("Groups", Vec::new()),
            ("Roles", Vec::new()),
        ];
        let guests = one_guests(items);
        let is_all = |g: &Guests| g.types == GuestType::ALL && g.tenants.is_none();
        let is_word = has_word && guests.as_ref().is_some_and(is_all);
        for item in items {
            let (at, text) = match &item.value {
                UserScope::All => (0, "All"),
                UserScope::None => (0, "None"),
                UserScope::AllAgentUsers => (0, "AllAgentIdUsers"),
                UserScope::User(id) => (0, id.as_str()),
                UserScope::Group(id) => (1, id.as_str()),
                UserScope::Role(id) => (2, id.as_str()),
                UserScope::Guests(_) if is_word => (0, ALL_GUESTS),
                UserScope::Guests(_) => continue,
            };
            if let Some((_, list)) = lists.get_mut(at) {
                list.push(text.to_owned());
            }
        }
        for (name, texts) in lists.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            node.put(&["users", &format!("{side}{name}")], Node::texts(texts));
        }
        if let Some(guests) = guests.filter(|_| !is_word) {
            let name = format!("{side}GuestsOrExternalUsers");
            node.put(&["users", &name], guests_node(&guests));
        }
    }
}

/// What several items of guests say together, where one object can say it.
pub(super) fn one_guests(items: &[Located<UserScope>]) -> Option<Guests> {
    let mut guests = items.iter().filter_map(|item| match &item.value {
        UserScope::Guests(guests) => Some(guests),
        _ => None,
    });
    let mut first = guests.next()?.clone();
    for other in guests {
        for kind in &other.types {
            if !first.types.contains(kind) {
                first.types.push(*kind);
            }
        }
    }
    Some(first)
}

fn guests_node(guests: &Guests) -> Node {
    let mut node = Node::object();
    node.put(
        &["guestOrExternalUserTypes"],
        flags::<GuestType>(&guests.types),
    );
    let (name, kind) = match guests.tenants {
        None => ("AllExternalTenants", "all"),
        Some(_) => ("EnumeratedExternalTenants", "enumerated"),
    };
    let said = format!("#microsoft.graph.conditionalAccess{name}");
    node.put(&["externalTenants", "@odata.type"], Node::text(said));
    node.put(&["externalTenants", "membershipKind"], Node::text(kind));
    if let Some(tenants) = &guests.tenants {
        node.put(&["externalTenants", "members"], Node::texts(tenants));
    }
    node
}

fn target(node: &mut Node, target: &Target) {
    match target {
        Target::Apps(apps) => {
            let names = ["applications", "includeApplications", "excludeApplications"];
            sides(node, names, apps, |scope| match scope {
                AppScope::All => Some("All".to_owned()),
                AppScope::None => Some("None".to_owned()),
                AppScope::App(id) => Some(id.clone()),
                AppScope::Group(name) => Some(name.clone()),
                AppScope::Filter(_) => None,
            });
            let path = ["applications", "applicationFilter"];
            attribute_filter(node, path, apps, |scope| match scope {
                AppScope::Filter(filter) => Some(filter),
                _ => None,
            });
        }
        Target::Actions(actions) => {
            node.put(&["applications", "includeUserActions"], words(actions));
        }
        Target::Contexts(contexts) => {
            let name = "includeAuthenticationContextClassReferences";
            node.put(&["applications", name], Node::texts(&contexts.members));
        }
        Target::Nothing(_) => node.put(&["applications"], Node::object()),
    }
}

fn grant(outcome: &Outcome, strengths: &[Expanded], profile: GraphProfile) -> Option<Node> {
    let requirement = outcome.requirement.as_ref();
    if !outcome.is_block && requirement.is_none() {
        return None;
    }
    let mut node = Node::object();
    let is_all = requirement.is_some_and(|requirement| requirement.is_all);
    node.put(&["operator"], Node::text(if is_all { "AND" } else { "OR" }));
    let mut built_in: Vec<&str> = Vec::new();
    built_in.extend(outcome.is_block.then_some("block"));
    let (mut terms, mut custom) = (Vec::new(), Vec::new());
    for control in requirement
        .iter()
        .flat_map(|Requirement { controls, .. }| controls)
    {
        match control {
            Control::BuiltIn(control) => built_in.push(control.name()),
            Control::Strength(id) => {
                let strength = expanded(id, strengths, profile);
                node.put(&["authenticationStrength"], strength);
            }
            Control::Terms(id) => terms.push(id.as_str()),
            Control::Custom(id) => custom.push(id.as_str()),
            Control::Own(_) => {}
        }
    }
    let lists = [
        ("builtInControls", built_in),
        ("customAuthenticationFactors", custom),
        ("termsOfUse", terms),
    ];
    for (name, texts) in lists.into_iter().filter(|(_, texts)| !texts.is_empty()) {
        node.put(&[name], Node::texts(texts));
    }
    Some(node)
}

/// A strength as answers have it, or its id alone.
fn expanded(id: &str, strengths: &[Expanded], profile: GraphProfile) -> Node {
    let known = strengths.iter().find(|(known, _)| folded_eq(known, id));
    let mut node = known.map_or_else(Node::object, |(_, node)| node.clone());
    node.put(&["id"], Node::text(id));
    let is_built_in = node.get("policyType").and_then(Node::as_text) == Some("builtIn");
    if let (true, GraphProfile::Beta) = (is_built_in, profile)
        && let Some(Node::List(combinations)) = node
            .members_mut()
            .and_then(|members| members.get_mut("allowedCombinations"))
    {
        // Exports do not have the combinations of a password and a certificate.
        let with_certificate = |node: &Node| {
            node.as_text()
                .is_some_and(|text| text.starts_with("password,x509"))
        };
        combinations.retain(|combination| !with_certificate(combination));
    }
    node
}

fn session(node: &mut Node, session: &SessionControls) {
    let mut put = |path: &[&str], value: Node| {
        let mut whole = vec!["sessionControls"];
        whole.extend(path);
        node.put(&whole, value);
    };
    if let Some(found) = session.sign_in_frequency {
        put(&["signInFrequency"], frequency(found));
    }
    if let Some(mode) = session.persistent_browser {
        put(&["persistentBrowser", "isEnabled"], Node::Bool(true));
        put(&["persistentBrowser", "mode"], Node::text(mode.name()));
    }
    if session.application_enforced_restrictions {
        put(
            &["applicationEnforcedRestrictions", "isEnabled"],
            Node::Bool(true),
        );
    }
    if let Some(kind) = session.cloud_app_security {
        put(&["cloudAppSecurity", "isEnabled"], Node::Bool(true));
        put(
            &["cloudAppSecurity", "cloudAppSecurityType"],
            Node::text(kind.name()),
        );
    }
    if session.disable_resilience_defaults {
        put(&["disableResilienceDefaults"], Node::Bool(true));
    }
    if session.secure_sign_in_session {
        put(&["secureSignInSession", "isEnabled"], Node::Bool(true));
    }
    if let Some(mode) = session.continuous_access_evaluation {
        put(
            &["continuousAccessEvaluation", "mode"],
            Node::text(mode.name()),
        );
    }
    if let Some(id) = session.filtering_profiles.first() {
        let name = "globalSecureAccessFilteringProfile";
        put(&[name, "isEnabled"], Node::Bool(true));
        put(&[name, "profileId"], Node::text(id));
    }
}

fn frequency(frequency: SignInFrequency) -> Node {
    let mut node = Node::object();
    node.put(&["isEnabled"], Node::Bool(true));
    let (interval, unit) = match frequency.interval {
        FrequencyInterval::EveryTime => ("everyTime", None),
        FrequencyInterval::Hours(hours) => ("timeBased", Some(("hours", hours))),
        FrequencyInterval::Days(days) => ("timeBased", Some(("days", days))),
    };
    node.put(&["frequencyInterval"], Node::text(interval));
    if let Some((unit, count)) = unit {
        node.put(&["type"], Node::text(unit));
        node.put(&["value"], Node::Number(count.to_string()));
    }
    let authentication = Node::text(frequency.authentication.name());
    node.put(&["authenticationType"], authentication);
    node
}
