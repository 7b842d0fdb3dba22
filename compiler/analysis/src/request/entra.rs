//! Requests of Entra's schema.
//!
//! SEMANTICS: §1, §16, §19.1, §20.2

use gatewright_value::vocabulary::{IdentityKind, TargetKind, UserAction};
use gatewright_value::{Kind, folded_eq, format_date_time};
use serde_json::{Map, Value, json};

use super::{Known, SOMEONE, field, written};
use crate::facts::Fact;

/// A resource that nothing asks about.
const SOMETHING: &str = "00000000-0000-4000-8000-0000000000aa";

/// An address for examples, in no country.
const SOMEWHERE: &str = "198.51.100.7";

/// A country where there has to be some.
const SOME_COUNTRY: &str = "NL";

/// A time where there has to be some: 2026-01-05T09:00:00Z, in milliseconds since 1970.
pub(super) const SOME_TIME: i64 = 1_767_603_600_000;

/// Milliseconds after which registering a method is overdue.
const REGISTRATION_TIME: i64 = 14 * 86_400_000;

/// The resource that stands for baseline scopes.
const DIRECTORY_RESOURCE: &str = "00000002-0000-0000-c000-000000000000";

/// Signals that are Unknown where they are absent: the fact, the member, and what is ordinary for a
/// user, a workload identity and an agent.
const SIGNALS: [(&str, &str, [Option<&str>; 3]); 7] = [
    ("signIn.client", "clientAppType", [Some("browser"); 3]),
    (
        "signIn.platform",
        "devicePlatform",
        [Some("windows"), None, None],
    ),
    ("user.risk", "userRiskLevel", [Some("none"), None, None]),
    ("signIn.risk", "signInRiskLevel", [Some("none"), None, None]),
    (
        "user.insiderRisk",
        "insiderRiskLevel",
        [Some("none"), None, None],
    ),
    (
        "servicePrincipal.risk",
        "servicePrincipalRiskLevel",
        [None, Some("none"), None],
    ),
    ("agent.risk", "agentIdRiskLevel", [None, None, Some("none")]),
];

/// The request without claimed controls.
pub(super) fn request(known: &Known<'_>) -> Map<String, Value> {
    let identity = identity_kind(known);
    let mut request = Map::new();
    let mut put = |name: &str, members: Map<String, Value>| {
        if !members.is_empty() {
            request.insert(name.to_owned(), Value::Object(members));
        }
    };
    put("signInIdentity", sign_in_identity(known, identity));
    put("signInContext", sign_in_context(known));
    put("signInConditions", conditions(known, identity));
    put("directory", directory(known, identity));
    put("context", context(known));
    let mut claims = Map::new();
    if let Some(methods) = known
        .value("session.methods")
        .filter(|list| *list != json!([]))
    {
        claims.insert("methods".to_owned(), methods);
    }
    put("claims", claims);
    if let Some(compliance) = compliance(known) {
        request.insert("compliance".to_owned(), Value::Object(compliance));
    }
    let unknown = unknown(known);
    if !unknown.is_empty() {
        request.insert("unknown".to_owned(), json!(unknown));
    }
    request
}

/// Who signs in; where nothing asks, whoever the other facts are about.
pub(super) fn identity_kind(known: &Known<'_>) -> IdentityKind {
    let asked = known.text("signIn.identity").and_then(IdentityKind::parse);
    let is_said = |name: &str| !matches!(known.fact(name), None | Some(Fact::Null | Fact::Unknown));
    asked.unwrap_or_else(|| {
        if is_said("servicePrincipal.id") || is_said("servicePrincipal.isOwned") {
            IdentityKind::ServicePrincipal
        } else if is_said("agent.id") {
            IdentityKind::Agent
        } else {
            IdentityKind::User
        }
    })
}

/// SEMANTICS: §1.3
fn sign_in_identity(known: &Known<'_>, kind: IdentityKind) -> Map<String, Value> {
    let (type_name, id, member) = match kind {
        IdentityKind::User | IdentityKind::AgentUser => ("userSignIn", "user.id", "userId"),
        IdentityKind::ServicePrincipal => (
            "servicePrincipalSignIn",
            "servicePrincipal.id",
            "servicePrincipalId",
        ),
        IdentityKind::Agent => ("agentSignIn", "agent.id", "agentServicePrincipalId"),
    };
    let mut identity = Map::new();
    let type_name = format!("#microsoft.graph.{type_name}");
    identity.insert("@odata.type".to_owned(), json!(type_name));
    // Only somebody who is named has attributes.
    let attributes = match kind {
        IdentityKind::ServicePrincipal => known.records("servicePrincipal.attributes"),
        IdentityKind::Agent => known.records("agent.attributes"),
        IdentityKind::User | IdentityKind::AgentUser => &[],
    };
    let is_tagged = attributes
        .iter()
        .any(|record| tagged(SOMEONE, record).is_some());
    let is_null = known.fact(id) == Some(&Fact::Null);
    if !is_null || is_tagged {
        let id = known.value(id).filter(|_| !is_null);
        let id = id.unwrap_or_else(|| json!(SOMEONE));
        identity.insert(member.to_owned(), id);
    }
    let mut also = |name: &str, member: &str| {
        if let Some(value) = known.value(name) {
            identity.insert(member.to_owned(), value);
        }
    };
    match kind {
        IdentityKind::User | IdentityKind::AgentUser => {
            also("user.guestType", "externalUserType");
            also("user.homeTenant", "externalTenantId");
        }
        IdentityKind::ServicePrincipal => also("servicePrincipal.isOwned", "isOwned"),
        IdentityKind::Agent => {}
    }
    if kind == IdentityKind::AgentUser {
        identity.insert("isAgentUser".to_owned(), json!(true));
    }
    identity
}

/// What is asked for; where nothing asks, what the other facts are about.
pub(super) fn target_kind(known: &Known<'_>) -> TargetKind {
    let asked = known.text("signIn.target").and_then(TargetKind::parse);
    asked.unwrap_or_else(|| {
        if known.text("app.action").is_some() {
            TargetKind::UserAction
        } else if known.text("app.context").is_some() {
            TargetKind::AuthenticationContext
        } else {
            TargetKind::Apps
        }
    })
}

/// SEMANTICS: §1.4
fn sign_in_context(known: &Known<'_>) -> Map<String, Value> {
    let (type_name, name, member) = match target_kind(known) {
        TargetKind::Apps => ("applicationContext", "app.ids", "includeApplications"),
        TargetKind::UserAction => ("userActionContext", "app.action", "userAction"),
        TargetKind::AuthenticationContext => {
            ("authContext", "app.context", "authenticationContextValue")
        }
    };
    let mut context = Map::new();
    let type_name = format!("#microsoft.graph.{type_name}");
    context.insert("@odata.type".to_owned(), json!(type_name));
    let value = match (known.fact(name), target_kind(known)) {
        (Some(Fact::Null), _) => None,
        (_, TargetKind::Apps) => Some(json!(audiences(known))),
        (_, TargetKind::UserAction) => {
            let action = UserAction::RegisterSecurityInfo.name();
            Some(known.value(name).unwrap_or_else(|| json!(action)))
        }
        (_, TargetKind::AuthenticationContext) => {
            Some(known.value(name).unwrap_or_else(|| json!("c1")))
        }
    };
    if let Some(value) = value {
        context.insert(member.to_owned(), value);
    }
    context
}

/// The resources that are reached: as listed, or those of the records.
fn audiences<'k>(known: &Known<'k>) -> Vec<&'k str> {
    if let Some(Fact::Elements(ids)) = known.fact("app.ids") {
        return ids.iter().map(String::as_str).collect();
    }
    match known.fact("app.resources") {
        Some(Fact::Records(records)) => records
            .iter()
            .filter_map(|record| field(record, "id"))
            .collect(),
        _ => vec![SOMETHING],
    }
}

/// SEMANTICS: §1.5, §1.6
fn conditions(known: &Known<'_>, identity: IdentityKind) -> Map<String, Value> {
    let mut conditions = Map::new();
    for (name, member, ordinary) in SIGNALS {
        let [user, service_principal, agent] = ordinary;
        let ordinary = match identity {
            IdentityKind::User => user,
            IdentityKind::ServicePrincipal => service_principal,
            IdentityKind::Agent => agent,
            IdentityKind::AgentUser => user.or(agent),
        };
        let value = match known.fact(name) {
            None => ordinary.map(|text| json!(text)),
            Some(_) => known.value(name),
        };
        if let Some(value) = value {
            conditions.insert(member.to_owned(), value);
        }
    }
    let (address, country) = place(known);
    for (member, value) in [("ipAddress", address), ("country", country)] {
        if let Some(value) = value {
            conditions.insert(member.to_owned(), value);
        }
    }
    if let Some(flow) = known.value("session.flow") {
        let flow = json!({ "transferMethod": flow });
        conditions.insert("authenticationFlow".to_owned(), flow);
    }
    if let Some(device) = device(known) {
        conditions.insert("deviceInfo".to_owned(), Value::Object(device));
    }
    conditions
}

/// The address and the country. Whether the one maps to the other follows from both, so what is not
/// asked about is there or not as it has to be.
///
/// SEMANTICS: §6.4
fn place(known: &Known<'_>) -> (Option<Value>, Option<Value>) {
    let mut address = known.value("location.ip");
    let mut country = known.value("location.country");
    let is_free = |name: &str| known.fact(name).is_none();
    if known.is("location.isUnmapped", true) && is_free("location.ip") {
        address = Some(json!(SOMEWHERE));
    }
    if known.is("location.isUnmapped", false) && address.is_some() && is_free("location.country") {
        country = Some(json!(SOME_COUNTRY));
    }
    (address, country)
}

/// What the service knows of the device; `None` where it is not registered.
///
/// SEMANTICS: §1.6
fn device(known: &Known<'_>) -> Option<Map<String, Value>> {
    let mut device = Map::new();
    let has_compliance = compliance(known).is_some();
    for attribute in &known.set.schema.attributes {
        let Some(name) = attribute.name.strip_prefix("device.") else {
            continue;
        };
        // Device management says both of these where it says anything.
        let is_derived = name == "isCompliant" && has_compliance;
        if name == "isRegistered" || name == "managedPlatform" || is_derived {
            continue;
        }
        if let Some(value) = known
            .value(&attribute.name)
            .filter(|value| *value != json!([]))
        {
            device.insert(name.to_owned(), value);
        }
    }
    match known.fact("device.isRegistered") {
        Some(Fact::Boolean(true)) => Some(device),
        Some(_) => None,
        None => (!device.is_empty()).then_some(device),
    }
}

/// What device management knows of the device, where some fact is about that.
///
/// SEMANTICS: §19.1
fn compliance(known: &Known<'_>) -> Option<Map<String, Value>> {
    let mut settings = Map::new();
    let platform = known.fact("device.managedPlatform");
    let mut is_reported = false;
    for attribute in &known.set.schema.attributes {
        let Some(name) = attribute.name.strip_prefix("setting.") else {
            continue;
        };
        // Names of what is not known stand elsewhere, and do without a report.
        is_reported |= platform.is_none() && known.is_unknown(&attribute.name);
        if let Some(value) = known
            .value(&attribute.name)
            .filter(|value| *value != json!([]))
        {
            settings.insert(name.to_owned(), value);
        }
    }
    let mut compliance = Map::new();
    if let Some(platform) = known.value("device.managedPlatform") {
        compliance.insert("platform".to_owned(), platform);
    }
    is_reported |= !settings.is_empty();
    if !settings.is_empty() {
        compliance.insert("settings".to_owned(), Value::Object(settings));
    }
    let is_there = match platform {
        Some(Fact::Null) => false,
        None | Some(Fact::Unknown) => is_reported,
        Some(_) => true,
    };
    is_there.then_some(compliance)
}

/// SEMANTICS: §1.7, §16.1
fn directory(known: &Known<'_>, identity: IdentityKind) -> Map<String, Value> {
    const TAKEN: [&str; 9] = [
        "id",
        "groups",
        "roles",
        "guestType",
        "homeTenant",
        "risk",
        "insiderRisk",
        "isMfaRegistered",
        "isRegistrationOverdue",
    ];
    let mut directory = Map::new();
    let is_user = matches!(identity, IdentityKind::User | IdentityKind::AgentUser);
    for (name, member) in [("user.groups", "groups"), ("user.roles", "roles")] {
        let elements = known.elements(name);
        if is_user || !elements.is_empty() {
            directory.insert(member.to_owned(), json!(elements));
        }
    }
    let mut user = Map::new();
    for attribute in &known.set.schema.attributes {
        let name = attribute.name.strip_prefix("user.");
        let name = name.filter(|name| !TAKEN.contains(name) && attribute.difference.is_none());
        if let (Some(name), Some(value)) = (name, known.value(&attribute.name)) {
            user.insert(name.to_owned(), value);
        }
    }
    if !user.is_empty() {
        directory.insert("user".to_owned(), Value::Object(user));
    }
    let mut list = |member: &str, objects: Vec<Value>| {
        if !objects.is_empty() {
            directory.insert(member.to_owned(), json!(objects));
        }
    };
    list("apps", tagged_apps(known));
    let id_of = |name: &str| known.text(name).unwrap_or(SOMEONE).to_owned();
    let of_identity = |id: &str, attributes: &str| {
        let record = known.records(attributes).first();
        let object = record.and_then(|record| tagged(&id_of(id), record));
        object.into_iter().collect()
    };
    list(
        "servicePrincipals",
        of_identity("servicePrincipal.id", "servicePrincipal.attributes"),
    );
    list("agents", of_identity("agent.id", "agent.attributes"));
    directory
}

/// The resources that have custom security attributes: those reached, and the one that stands for
/// baseline scopes.
fn tagged_apps(known: &Known<'_>) -> Vec<Value> {
    let mut objects: Vec<(String, Value)> = Vec::new();
    let mut add = |id: &str, record: &Value| {
        let is_known = objects.iter().any(|(known, _)| folded_eq(known, id));
        if let (false, Some(object)) = (is_known, tagged(id, record)) {
            objects.push((id.to_owned(), object));
        }
    };
    for record in known.records("app.resources") {
        if let Some(id) = field(record, "id") {
            add(id, record);
        }
    }
    if let Some(Fact::Records(records)) = known.baseline() {
        for record in records {
            add(field(record, "id").unwrap_or(DIRECTORY_RESOURCE), record);
        }
    }
    objects.into_iter().map(|(_, object)| object).collect()
}

/// An object with the custom security attributes of a record; `None` where it has none. A field is
/// named by its set, an underscore and its own name.
fn tagged(id: &str, record: &Value) -> Option<Value> {
    let mut sets: Map<String, Value> = Map::new();
    for (name, value) in record.as_object()? {
        let Some((set, attribute)) = name.split_once('_') else {
            continue;
        };
        let set = sets.entry(set).or_insert_with(|| json!({}));
        if let Some(set) = set.as_object_mut() {
            set.insert(attribute.to_owned(), value.clone());
        }
    }
    (!sets.is_empty()).then(|| json!({ "id": id, "customSecurityAttributes": sets }))
}

/// SEMANTICS: §1.9, §20.2
fn context(known: &Known<'_>) -> Map<String, Value> {
    let mut context = Map::new();
    let mut put = |member: &str, value: Value| context.insert(member.to_owned(), value);
    for (name, member) in [
        ("signIn.baselineScopesOnly", "baselineScopesOnly"),
        ("signIn.enrollmentService", "enrollmentService"),
        ("signIn.isMfaDeemedNecessary", "mfaDeemedNecessary"),
    ] {
        if known.is(name, true) {
            put(member, json!(true));
        }
    }
    if let Some(names) = known.value("location.names") {
        put("namedLocations", names);
    }
    if let Some(is_registered) = known.value("user.isMfaRegistered") {
        put("mfaRegistered", is_registered);
    }
    let mut now = known.value("signIn.now");
    if known.is("user.isRegistrationOverdue", true) {
        put("mfaRegistered", json!(false));
        let now_is = match known.fact("signIn.now") {
            Some(Fact::Key(key)) => instant(*key),
            _ => None,
        };
        let now_is = now_is.unwrap_or(SOME_TIME);
        if known.fact("signIn.now").is_none() {
            now = Some(json!(format_date_time(now_is)));
        }
        let first = now_is.saturating_sub(REGISTRATION_TIME);
        put("firstInteractiveSignIn", json!(format_date_time(first)));
    }
    if let Some(now) = now {
        put("now", now);
    }
    context
}

/// The milliseconds since 1970 of the key of an instant.
pub(super) fn instant(key: u128) -> Option<i64> {
    written(&INSTANT, &Fact::Key(key)).and_then(|ms| ms.as_i64())
}

/// Milliseconds have the keys of whole numbers.
const INSTANT: Kind = Kind::Integer {
    min: i64::MIN,
    max: i64::MAX,
};

/// The names of what is not known, without what follows from other names.
///
/// SEMANTICS: §1.10
fn unknown(known: &Known<'_>) -> Vec<String> {
    let is_device_unknown = known.is_unknown("device.isRegistered");
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    for attribute in &known.set.schema.attributes {
        let name = attribute.name.as_str();
        if !known.is_unknown(name) {
            continue;
        }
        match name {
            "device.isRegistered" => add("device"),
            _ if name.starts_with("device.") && is_device_unknown => {}
            "app.resources" if known.is_unknown("app.ids") => {}
            "app.resources" => add("app.attributes"),
            _ => add(name),
        }
    }
    if known.baseline() == Some(&Fact::Unknown) {
        add("app.attributes");
    }
    names
}
