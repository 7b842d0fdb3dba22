//! Reading a sign-in: from JSON to facts and claims.
//!
//! SEMANTICS: §1

use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::Schema;
use gatewright_value::vocabulary::{BuiltInControl, GuestType, Method, UserAction};
use serde_json::Value;

use crate::facts::{Fact, Facts, fold};
use crate::read::{Object, refuse};
use crate::{Directory, RequestError, compliance, derived, names, order, signals, tags};

/// A request that has been read.
pub(crate) struct Request {
    pub(crate) facts: Facts,
    /// Claimed controls as §10.3 spells them, folded.
    pub(crate) claimed: Vec<String>,
    pub(crate) applied_policies_only: bool,
    /// The decision's member `compliance`.
    pub(crate) compliance: Option<Value>,
}

/// Read a request.
pub(crate) fn read(
    set: &PolicySet,
    value: &Value,
    directory: Option<&Directory>,
) -> Result<Request, RequestError> {
    if !value.is_object() {
        return refuse("a request is an object");
    }
    let request = Object::of("request", Some(value))?;
    request.allow(&[
        "signInIdentity",
        "signInContext",
        "signInConditions",
        "directory",
        "claims",
        "context",
        "compliance",
        "unknown",
        "appliedPoliciesOnly",
    ])?;
    let mut facts = Facts::default();
    read_identity(&request.object("signInIdentity")?, &mut facts)?;
    read_target(&request.object("signInContext")?, &mut facts)?;
    let conditions = request.object("signInConditions")?;
    signals::read(&conditions, &mut facts)?;
    read_device_into(conditions.member("deviceInfo"), &mut facts)?;
    let compliance = request.object("compliance")?;
    let report = compliance::read(&set.schema, &compliance, &mut facts)?;
    if report.is_some() {
        register_device(&mut facts)?;
    }
    let given = request.object("directory")?;
    read_user(&given, directory, &mut facts)?;
    let tags = tags::read(&given, directory)?;
    let context = request.object("context")?;
    let first_sign_in = read_context(&context, &mut facts)?;
    let claimed = read_claims(&request.object("claims")?, &mut facts)?;
    let unknown = request.texts("unknown")?.unwrap_or_default();
    let has_names = context.member("namedLocations").is_some();
    read_unknown(&set.schema, &unknown, has_names, &mut facts)?;
    tags::derive(&tags, &mut facts);
    derived::registration(first_sign_in, &mut facts);
    derived::differences(&set.schema, &mut facts);
    let compliance = report.and_then(|report| compliance::derive(set, &report, &mut facts));
    let applied_policies_only = request.boolean("appliedPoliciesOnly")?.unwrap_or(false);
    Ok(Request {
        facts,
        claimed,
        applied_policies_only,
        compliance,
    })
}

/// Read the facts of a device alone.
pub(crate) fn read_device(device: &Value) -> Result<Facts, RequestError> {
    let mut facts = Facts::default();
    read_device_into(Some(device), &mut facts)?;
    Ok(facts)
}

/// SEMANTICS: §1.3
fn read_identity(identity: &Object<'_>, facts: &mut Facts) -> Result<(), RequestError> {
    let user = [
        "userId",
        "externalUserType",
        "externalTenantId",
        "isAgentUser",
    ];
    let service_principal = ["servicePrincipalId", "isOwned"];
    let agent = ["agentServicePrincipalId"];
    let kinds: [(&str, &[&str]); 3] = [
        ("userSignIn", &user),
        ("servicePrincipalSignIn", &service_principal),
        ("agentSignIn", &agent),
    ];
    match kind_of(identity, "signInIdentity", &kinds)? {
        "userSignIn" => {
            let is_agent_user = identity.boolean("isAgentUser")?.unwrap_or(false);
            let class = if is_agent_user { "agentUser" } else { "user" };
            facts.set("signIn.identity", text(Some(class)));
            facts.set("user.id", text(identity.text("userId")?));
            facts.set("user.homeTenant", text(identity.text("externalTenantId")?));
            facts.set(
                "user.guestType",
                guest_type(identity.text("externalUserType")?)?,
            );
        }
        "servicePrincipalSignIn" => {
            facts.set("signIn.identity", text(Some("servicePrincipal")));
            facts.set(
                "servicePrincipal.id",
                text(identity.text("servicePrincipalId")?),
            );
            let is_owned = identity.boolean("isOwned")?.unwrap_or(true);
            facts.set("servicePrincipal.isOwned", Fact::Boolean(is_owned));
        }
        _ => {
            facts.set("signIn.identity", text(Some("agentIdentity")));
            facts.set("agent.id", text(identity.text("agentServicePrincipalId")?));
        }
    }
    Ok(())
}

/// A flags text of guest types with one member.
fn guest_type(flags: Option<&str>) -> Result<Fact, RequestError> {
    let mut members = Vec::new();
    for flag in flags.unwrap_or("none").split(',').map(str::trim) {
        if !flag.is_empty() && fold(flag) != "none" {
            members.push(member(GuestType::parse(flag), GuestType::name, flag)?);
        }
    }
    match members.as_slice() {
        [] => Ok(Fact::Null),
        [only] => Ok(only.clone()),
        _ => refuse("`externalUserType` has several members"),
    }
}

/// SEMANTICS: §1.4
fn read_target(target: &Object<'_>, facts: &mut Facts) -> Result<(), RequestError> {
    let kinds: [(&str, &[&str]); 3] = [
        ("applicationContext", &["includeApplications"]),
        ("userActionContext", &["userAction"]),
        ("authContext", &["authenticationContextValue"]),
    ];
    facts.set("app.ids", Fact::Set(Vec::new()));
    match kind_of(target, "signInContext", &kinds)? {
        "applicationContext" => {
            facts.set("signIn.target", text(Some("apps")));
            let audiences = target.texts("includeApplications")?.unwrap_or_default();
            facts.set("app.ids", Fact::Set(audiences));
        }
        "userActionContext" => {
            facts.set("signIn.target", text(Some("userAction")));
            if let Some(name) = target.text("userAction")? {
                let action = match fold(name).as_str() {
                    "registersecurityinformation" => Some(UserAction::RegisterSecurityInfo),
                    "registerorjoindevices" => Some(UserAction::RegisterDevice),
                    "accountrecovery" => Some(UserAction::AccountRecovery),
                    _ => UserAction::parse(name),
                };
                facts.set("app.action", member(action, UserAction::name, name)?);
            }
        }
        _ => {
            facts.set("signIn.target", text(Some("authenticationContext")));
            facts.set(
                "app.context",
                text(target.text("authenticationContextValue")?),
            );
        }
    }
    Ok(())
}

/// The kind of an identity or a target: what `@odata.type` says, else what the members say.
fn kind_of<'k>(
    object: &Object<'_>,
    place: &str,
    kinds: &[(&'k str, &[&str])],
) -> Result<&'k str, RequestError> {
    if !object.is_there() {
        return refuse(format!("`{place}` is missing"));
    }
    if let Some(type_name) = object.text("@odata.type")? {
        let type_name = fold(type_name);
        let short = type_name.strip_prefix('#').unwrap_or(&type_name);
        let short = short.strip_prefix("microsoft.graph.").unwrap_or(short);
        for (kind, names) in kinds {
            if fold(kind) == short {
                object.allow(names)?;
                return Ok(kind);
            }
        }
        return refuse(format!("`{place}` has an unknown `@odata.type`"));
    }
    let all_names: Vec<&str> = kinds
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .collect();
    object.allow(&all_names)?;
    let is_meant = |names: &[&str]| names.iter().any(|name| object.member(name).is_some());
    let mut meant = kinds.iter().filter(|(_, names)| is_meant(names));
    match (meant.next(), meant.next()) {
        (Some((kind, _)), None) => Ok(kind),
        _ => refuse(format!("`{place}` does not say of which kind it is")),
    }
}

/// SEMANTICS: §1.6
fn read_device_into(device: Option<&Value>, facts: &mut Facts) -> Result<(), RequestError> {
    let device = Object::of("deviceInfo", device)?;
    let mut allowed = names::device_attributes();
    allowed.retain(|name| name != "isRegistered" && name != "managedPlatform");
    allowed.push("deviceOwnership".to_owned());
    device.allow(&allowed.iter().map(String::as_str).collect::<Vec<_>>())?;

    facts.set("device.isRegistered", Fact::Boolean(device.is_there()));
    for name in names::DEVICE_TEXTS {
        facts.set(&format!("device.{name}"), text(device.text(name)?));
    }
    for number in 1..=15 {
        let name = format!("extensionAttribute{number}");
        facts.set(&format!("device.{name}"), text(device.text(&name)?));
    }
    for name in ["physicalIds", "systemLabels"] {
        let elements = device.texts(name)?.unwrap_or_default();
        facts.set(&format!("device.{name}"), Fact::Set(elements));
    }
    if let Some(is_compliant) = device.boolean("isCompliant")? {
        facts.set("device.isCompliant", Fact::Boolean(is_compliant));
    }
    let owner = match (device.text("ownership")?, device.text("deviceOwnership")?) {
        (Some(_), Some(_)) => return refuse("`ownership` is given twice"),
        (Some(owner), None) | (None, Some(owner)) => owner,
        (None, None) => return Ok(()),
    };
    if fold(owner) != "personal" && fold(owner) != "company" {
        return refuse(format!("`{owner}` is no ownership"));
    }
    facts.set("device.ownership", text(Some(owner)));
    Ok(())
}

/// A device that management knows is registered.
///
/// SEMANTICS: §1.6, §19.1
fn register_device(facts: &mut Facts) -> Result<(), RequestError> {
    if *facts.get("device.isCompliant") != Fact::Null {
        return refuse("`isCompliant` and `compliance` say the same twice");
    }
    facts.set("device.isRegistered", Fact::Boolean(true));
    Ok(())
}

/// SEMANTICS: §1.7
fn read_user(
    given: &Object<'_>,
    directory: Option<&Directory>,
    facts: &mut Facts,
) -> Result<(), RequestError> {
    given.allow(&[
        "groups",
        "roles",
        "user",
        "apps",
        "servicePrincipals",
        "agents",
    ])?;
    let known = match (facts.get("user.id"), directory) {
        (Fact::Text(id), Some(directory)) => directory
            .users
            .iter()
            .find(|(other, _)| fold(other) == fold(id))
            .map(|(_, user)| user),
        _ => None,
    };
    let from_file = known.map(|user| user.groups.clone()).unwrap_or_default();
    facts.set(
        "user.groups",
        Fact::Set(given.texts("groups")?.unwrap_or(from_file)),
    );
    let from_file = known.map(|user| user.roles.clone()).unwrap_or_default();
    facts.set(
        "user.roles",
        Fact::Set(given.texts("roles")?.unwrap_or(from_file)),
    );

    if let Some(known) = known {
        for (name, value) in &known.attributes {
            let fact = match value {
                Value::String(value) => text(Some(value)),
                Value::Bool(value) => Fact::Boolean(*value),
                _ => Fact::Null,
            };
            facts.set(&format!("user.{name}"), fact);
        }
    }
    let user = given.object("user")?;
    let mut allowed = names::USER_TEXTS.to_vec();
    allowed.extend(["userType", "accountEnabled"]);
    user.allow(&allowed)?;
    for name in names::USER_TEXTS {
        if let Some(value) = user.text(name)? {
            facts.set(&format!("user.{name}"), text(Some(value)));
        }
    }
    if let Some(value) = user.text("userType")? {
        if fold(value) != "member" && fold(value) != "guest" {
            return refuse(format!("`{value}` is no type of user"));
        }
        facts.set("user.userType", text(Some(value)));
    }
    if let Some(value) = user.boolean("accountEnabled")? {
        facts.set("user.accountEnabled", Fact::Boolean(value));
    }
    Ok(())
}

/// The circumstances; the time of the first interactive sign-in is the only one that is no fact.
///
/// SEMANTICS: §1.9
fn read_context(context: &Object<'_>, facts: &mut Facts) -> Result<Option<i64>, RequestError> {
    context.allow(&[
        "baselineScopesOnly",
        "enrollmentService",
        "now",
        "namedLocations",
        "mfaRegistered",
        "mfaDeemedNecessary",
        "firstInteractiveSignIn",
    ])?;
    for name in ["baselineScopesOnly", "enrollmentService"] {
        let value = context.boolean(name)?.unwrap_or(false);
        facts.set(&format!("signIn.{name}"), Fact::Boolean(value));
    }
    if let Some(now) = context.time("now")? {
        facts.set("signIn.now", Fact::Number(order::of_integer(now)));
    }
    // SEMANTICS: §20.2
    if let Some(is_registered) = context.boolean("mfaRegistered")? {
        facts.set("user.isMfaRegistered", Fact::Boolean(is_registered));
    }
    let is_necessary = context.boolean("mfaDeemedNecessary")?.unwrap_or(false);
    facts.set("signIn.isMfaDeemedNecessary", Fact::Boolean(is_necessary));
    if let Some(names) = context.texts("namedLocations")? {
        facts.set("location.names", Fact::Set(names));
    }
    context.time("firstInteractiveSignIn")
}

/// SEMANTICS: §1.8
fn read_claims(claims: &Object<'_>, facts: &mut Facts) -> Result<Vec<String>, RequestError> {
    claims.allow(&["satisfied", "methods", "terms", "custom"])?;
    let mut claimed = Vec::new();
    for name in claims.texts("satisfied")?.unwrap_or_default() {
        let folded = fold(&name);
        let is_id = ["strength:", "terms:", "custom:"]
            .iter()
            .any(|kind| folded.starts_with(kind));
        if !is_id && BuiltInControl::parse(&name).is_none() {
            return refuse(format!("`{name}` is no control"));
        }
        claimed.push(folded);
    }
    for id in claims.texts("terms")?.unwrap_or_default() {
        claimed.push(fold(&format!("terms:{id}")));
    }
    for id in claims.texts("custom")?.unwrap_or_default() {
        claimed.push(fold(&format!("custom:{id}")));
    }
    let methods = claims.texts("methods")?.unwrap_or_default();
    for name in &methods {
        member(Method::parse(name), Method::name, name)?;
    }
    facts.set("session.methods", Fact::Set(methods));
    Ok(claimed)
}

/// What is not known, and what follows for the location.
///
/// SEMANTICS: §1.10, §6.4
fn read_unknown(
    schema: &Schema,
    unknown: &[String],
    has_names: bool,
    facts: &mut Facts,
) -> Result<(), RequestError> {
    let mut names = Vec::new();
    for name in unknown {
        match names::facts_of(name) {
            Some(meant) => names.extend(meant),
            None if is_setting(schema, name) => names.push(name.clone()),
            None => return refuse(format!("`{name}` is no fact")),
        }
    }
    for name in &names {
        facts.set(name, Fact::Unknown);
    }
    let is_named = |name: &str| names.iter().any(|other| other == name);
    if !is_named("location.isUnmapped") {
        let is_unmapped = match (facts.get("location.ip"), facts.get("location.country")) {
            (_, Fact::Unknown) | (Fact::Unknown, Fact::Null) => Fact::Unknown,
            (Fact::Address(_), Fact::Null) => Fact::Boolean(true),
            _ => Fact::Boolean(false),
        };
        facts.set("location.isUnmapped", is_unmapped);
    }
    if !is_named("location.names") && !has_names {
        let is_nowhere =
            *facts.get("location.ip") == Fact::Null && *facts.get("location.country") == Fact::Null;
        let names = if is_nowhere {
            Fact::Set(Vec::new())
        } else {
            Fact::Unknown
        };
        facts.set("location.names", names);
    }
    Ok(())
}

fn is_setting(schema: &Schema, name: &str) -> bool {
    let mut attributes = schema.attributes.iter();
    fold(name).starts_with("setting.") && attributes.any(|a| fold(&a.name) == fold(name))
}

/// The canonical name of a member of an enumeration.
pub(crate) fn member<T>(
    found: Option<T>,
    name_of: impl Fn(T) -> &'static str,
    written: &str,
) -> Result<Fact, RequestError> {
    match found {
        Some(found) => Ok(text(Some(name_of(found)))),
        None => refuse(format!("`{written}` is not a value of its enumeration")),
    }
}

/// A text, null where there is none.
pub(crate) fn text(value: Option<&str>) -> Fact {
    match value {
        None => Fact::Null,
        Some(value) => Fact::Text(value.to_owned()),
    }
}
