//! Reading a sign-in as the What-If call of Microsoft Graph describes it.
//!
//! A member that is absent says what `docs/semantics.md` says of its absence; a missing fact is
//! *unknown* only where nothing else can be meant, or where `unknown` names it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, ClientApp, GuestType, IdentityKind, InsiderRiskLevel, Method,
    Platform, RiskLevel, TargetKind, TransferMethod, UserAction,
};
use gatewright_value::{Kind, address_key, parse_address};
use gatewright_vm::Fact;

use crate::engine::Engine;
use crate::json::Json;
use crate::read::{Filler, Found, Node, Object, ReadOptions};
use crate::request::Request;
use crate::suggest::hint;
use crate::time::{date_time_key, parse_date_time};
use crate::unknown::forget;
use crate::vocabulary::{DEVICE, Form, MemberRow, UNKNOWN_WHERE_ABSENT, USER};

/// LIMIT of the service: with more groups, a user may be blocked.
const GROUPS_MAX: usize = 2048;

/// Read a sign-in.
pub(crate) fn read<'a>(
    engine: &Engine,
    json: &Json<'a>,
    options: &ReadOptions<'_>,
) -> Found<Request<'a>> {
    let root = Node::root(json).object("")?;
    root.allow([
        "signInIdentity",
        "signInContext",
        "signInConditions",
        "directory",
        "claims",
        "context",
        "unknown",
        "appliedPoliciesOnly",
    ])?;
    let mut filler = Filler::new(engine);
    set_defaults(&mut filler);
    identity(&mut filler, root.need("signInIdentity")?)?;
    target(&mut filler, root.need("signInContext")?)?;
    let conditions = root
        .get("signInConditions")
        .map(|node| node.object("signInConditions"));
    if let Some(conditions) = conditions.transpose()? {
        self::conditions(&mut filler, conditions)?;
    }
    let has_directory = directory(&mut filler, root.get("directory"), options)?;
    if let Some(node) = root.get("claims") {
        claims(&mut filler, node)?;
    }
    context(&mut filler, root.get("context"), options)?;
    if let Some(node) = root.get("appliedPoliciesOnly") {
        filler.request.applied_policies_only = node.boolean()?;
    }
    let forgotten = match root.get("unknown") {
        None => BTreeSet::new(),
        Some(node) => forget(&mut filler, node)?,
    };
    locate(&mut filler, &forgotten);
    if !has_directory {
        warn_of_missing_directory(&mut filler);
    }
    Ok(filler.request)
}

/// Read a device and nothing else.
pub(crate) fn device_only<'a>(engine: &Engine, json: &Json<'a>) -> Found<Request<'a>> {
    let mut filler = Filler::new(engine);
    let node = Node::root(json);
    set_device_defaults(&mut filler);
    if !node.is_null() {
        device(&mut filler, node, "")?;
    }
    Ok(filler.request)
}

/// What holds where a request says nothing: sets are empty, what can be null is null, Booleans are
/// false. What is left stays unknown.
fn set_defaults(filler: &mut Filler<'_, '_>) {
    let engine = filler.engine;
    for attribute in &engine.program().attributes {
        let fact = match &attribute.kind {
            _ if UNKNOWN_WHERE_ABSENT.contains(&attribute.name.as_str()) => continue,
            Kind::Set(_) => Fact::Set(Vec::new()),
            _ if attribute.is_optional => Fact::Null,
            Kind::Boolean => Fact::Boolean(false),
            _ => continue,
        };
        // The fact is of the attribute's type by the match above.
        _ = filler.put(&attribute.name, fact);
    }
    for absent in [
        "user.id",
        "servicePrincipal.id",
        "agent.id",
        "servicePrincipal.isOwned",
    ] {
        _ = filler.put(absent, Fact::Null);
    }
}

fn set_device_defaults(filler: &mut Filler<'_, '_>) {
    for row in DEVICE {
        let fact = if row.form == Form::Set {
            Fact::Set(Vec::new())
        } else {
            Fact::Null
        };
        _ = filler.put(row.attribute, fact);
    }
    _ = filler.put("device.isRegistered", Fact::Boolean(false));
}

/// The type that an object says it is of, without its namespace.
fn odata_type<'a>(object: Object<'_, 'a>) -> Found<Option<Cow<'a, str>>> {
    let Some(node) = object.get("@odata.type") else {
        return Ok(None);
    };
    fn cut(text: &str) -> &str {
        let text = text.strip_prefix('#').unwrap_or(text);
        text.strip_prefix("microsoft.graph.").unwrap_or(text)
    }
    Ok(Some(match node.string()? {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text)),
        Cow::Owned(text) => Cow::Owned(cut(&text).to_owned()),
    }))
}

/// A type that an object can be of, with its members.
type TypeRow = (&'static str, &'static [&'static str]);

/// Which of some types an object is: by its annotation, else by members that only that type has. Its
/// members are those of that type.
fn type_of(object: Object<'_, '_>, types: &[TypeRow]) -> Found<&'static str> {
    if let Some(given) = odata_type(object)? {
        let found = types
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&given));
        let Some((name, members)) = found else {
            let hint = hint(&given, types.iter().map(|(name, _)| *name));
            return object.fail(format!("`{given}` is no type that can stand here{hint}"));
        };
        object.allow(members.iter().copied())?;
        return Ok(name);
    }
    object.allow(
        types
            .iter()
            .flat_map(|(_, members)| members.iter().copied()),
    )?;
    let is_meant = |members: &[&'static str]| members.iter().any(|name| object.get(name).is_some());
    let mut meant = types.iter().filter(|(_, members)| is_meant(members));
    match (meant.next(), meant.next()) {
        (Some((name, _)), None) => Ok(name),
        (Some((first, _)), Some((second, _))) => {
            object.fail(format!("it has members of `{first}` and of `{second}`"))
        }
        (None, _) => {
            let members = types.iter().filter_map(|(_, members)| members.first());
            let members: Vec<String> = members.map(|name| format!("`{name}`")).collect();
            object.fail(format!("none of {} is there", members.join(", ")))
        }
    }
}

const IDENTITIES: [TypeRow; 3] = [
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

fn identity<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let object = node.object("signInIdentity")?;
    let kind = match type_of(object, &IDENTITIES)? {
        "userSignIn" => user(filler, object)?,
        "servicePrincipalSignIn" => {
            text_member(filler, object, "servicePrincipalId", "servicePrincipal.id")?;
            let is_owned = object
                .get("isOwned")
                .map(|node| node.boolean())
                .transpose()?;
            let is_owned = Fact::Boolean(is_owned.unwrap_or(true));
            filler.set("servicePrincipal.isOwned", is_owned, node)?;
            IdentityKind::ServicePrincipal
        }
        _ => {
            text_member(filler, object, "agentServicePrincipalId", "agent.id")?;
            IdentityKind::Agent
        }
    };
    filler.set("signIn.identity", Fact::text(kind.name()), node)
}

fn text_member<'a>(
    filler: &mut Filler<'_, 'a>,
    object: Object<'_, 'a>,
    member: &'static str,
    attribute: &str,
) -> Found<()> {
    match object.get(member) {
        None => Ok(()),
        Some(node) => filler.set(attribute, Fact::Text(node.string()?), node),
    }
}

fn user<'a>(filler: &mut Filler<'_, 'a>, object: Object<'_, 'a>) -> Found<IdentityKind> {
    text_member(filler, object, "userId", "user.id")?;
    text_member(filler, object, "externalTenantId", "user.homeTenant")?;
    if let Some(node) = object.get("externalUserType") {
        let text = node.string()?;
        let names = text.split(',').map(str::trim);
        let names = names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("none"));
        match names.collect::<Vec<_>>().as_slice() {
            [] => {}
            [name] => {
                let kind = GuestType::parse(name).ok_or_else(|| {
                    let hint = hint(name, GuestType::ALL.iter().map(|kind| kind.name()));
                    node.problem(format!("`{name}` is no type of guest{hint}"))
                })?;
                filler.set("user.guestType", Fact::text(kind.name()), node)?;
            }
            _ => return node.fail("a user is a guest of one type"),
        }
    }
    let is_agent = object
        .get("isAgentUser")
        .map(|node| node.boolean())
        .transpose()?;
    Ok(if is_agent == Some(true) {
        IdentityKind::AgentUser
    } else {
        IdentityKind::User
    })
}

const CONTEXTS: [TypeRow; 3] = [
    ("applicationContext", &["includeApplications"]),
    ("authContext", &["authenticationContextValue"]),
    ("userActionContext", &["userAction"]),
];

fn target<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let object = node.object("signInContext")?;
    let kind = match type_of(object, &CONTEXTS)? {
        "applicationContext" => {
            if let Some(apps) = object.get("includeApplications") {
                filler.set("app.ids", Fact::Set(apps.strings()?), apps)?;
            }
            TargetKind::Apps
        }
        "authContext" => {
            text_member(filler, object, "authenticationContextValue", "app.context")?;
            TargetKind::AuthenticationContext
        }
        _ => {
            if let Some(action) = object.get("userAction") {
                let name = user_action(action)?.name();
                filler.set("app.action", Fact::text(name), action)?;
            }
            TargetKind::UserAction
        }
    };
    filler.set("signIn.target", Fact::text(kind.name()), node)
}

fn user_action(node: Node<'_, '_>) -> Found<UserAction> {
    const SHORT: [(&str, UserAction); 3] = [
        (
            "registerSecurityInformation",
            UserAction::RegisterSecurityInfo,
        ),
        ("registerOrJoinDevices", UserAction::RegisterDevice),
        ("accountRecovery", UserAction::AccountRecovery),
    ];
    let text = node.string()?;
    let short = SHORT
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(&text));
    let action = short
        .map(|(_, action)| *action)
        .or_else(|| UserAction::parse(&text));
    action.map_or_else(
        || {
            let names = UserAction::ALL.iter().map(|action| action.name());
            let hint = hint(&text, SHORT.iter().map(|(name, _)| *name).chain(names));
            node.fail(format!("`{text}` is no user action{hint}"))
        },
        Ok,
    )
}

fn conditions<'a>(filler: &mut Filler<'_, 'a>, object: Object<'_, 'a>) -> Found<()> {
    object.allow([
        "clientAppType",
        "devicePlatform",
        "ipAddress",
        "country",
        "userRiskLevel",
        "signInRiskLevel",
        "insiderRiskLevel",
        "servicePrincipalRiskLevel",
        "agentIdRiskLevel",
        "authenticationFlow",
        "deviceInfo",
    ])?;
    if let Some(node) = object.get("clientAppType") {
        let client = node.one_of("type of client", ClientApp::ALL, ClientApp::name)?;
        filler.set("signIn.client", Fact::text(client.name()), node)?;
    }
    if let Some(node) = object.get("devicePlatform") {
        platform(filler, node)?;
    }
    let risks = [
        ("userRiskLevel", "user.risk"),
        ("signInRiskLevel", "signIn.risk"),
        ("servicePrincipalRiskLevel", "servicePrincipal.risk"),
    ];
    for (member, attribute) in risks {
        if let Some(node) = object.get(member) {
            let level = node.one_of("risk level", RiskLevel::ALL, RiskLevel::name)?;
            filler.set(attribute, Fact::text(level.name()), node)?;
        }
    }
    if let Some(node) = object.get("insiderRiskLevel") {
        let all = InsiderRiskLevel::ALL;
        let level = node.one_of("level of insider risk", all, InsiderRiskLevel::name)?;
        filler.set("user.insiderRisk", Fact::text(level.name()), node)?;
    }
    if let Some(node) = object.get("agentIdRiskLevel") {
        let level = node.one_of(
            "level of agent risk",
            AgentRiskLevel::ALL,
            AgentRiskLevel::name,
        )?;
        filler.set("agent.risk", Fact::text(level.name()), node)?;
    }
    if let Some(node) = object.get("ipAddress") {
        let text = node.string()?;
        let address = parse_address(&text)
            .ok_or_else(|| node.problem(format!("`{text}` is no IP address")))?;
        filler.set("location.ip", Fact::Address(address_key(address)), node)?;
    }
    if let Some(node) = object.get("country") {
        filler.set("location.country", Fact::Text(country(node)?), node)?;
    }
    if let Some(node) = object.get("authenticationFlow") {
        flow(filler, node)?;
    }
    match object.get("deviceInfo") {
        Some(node) => device(filler, node, "signInConditions.deviceInfo"),
        None => Ok(()),
    }
}

fn platform<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let text = node.string()?;
    if Platform::parse(&text).is_none() && !text.eq_ignore_ascii_case("unknown") {
        let hint = hint(&text, Platform::ALL.iter().map(|platform| platform.name()));
        filler.warn(format!(
            "`{}`: `{text}` is none that policies can name{hint}",
            node.path()
        ));
    }
    filler.set("signIn.platform", Fact::Text(text), node)
}

/// A country code of two letters.
pub(crate) fn country<'a>(node: Node<'_, 'a>) -> Found<Cow<'a, str>> {
    let text = node.string()?;
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_code {
        Ok(text)
    } else {
        node.fail(format!("`{text}` is no country code of two letters"))
    }
}

fn flow<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let object = node.object("signInConditions.authenticationFlow")?;
    object.allow(["transferMethod"])?;
    let Some(node) = object.get("transferMethod") else {
        return Ok(());
    };
    if node.string()?.eq_ignore_ascii_case("none") {
        return Ok(());
    }
    let method = node.one_of("transfer method", TransferMethod::ALL, TransferMethod::name)?;
    filler.set("session.flow", Fact::text(method.name()), node)
}

fn device<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>, path: &str) -> Found<()> {
    let object = node.object(path)?;
    object.allow(DEVICE.iter().map(|row| row.name))?;
    if let (Some(_), Some(second)) = (object.get("ownership"), object.get("deviceOwnership")) {
        return second.fail("`ownership` says the same");
    }
    filler.set("device.isRegistered", Fact::Boolean(true), node)?;
    members(filler, object, DEVICE)
}

/// Read members that each stand for one attribute.
fn members<'a>(
    filler: &mut Filler<'_, 'a>,
    object: Object<'_, 'a>,
    rows: &[MemberRow],
) -> Found<()> {
    for row in rows {
        let Some(node) = object.get(row.name) else {
            continue;
        };
        let fact = match row.form {
            Form::Text => Fact::Text(node.string()?),
            Form::Boolean => Fact::Boolean(node.boolean()?),
            Form::Set => Fact::Set(node.strings()?),
            Form::Enumeration => Fact::Text(enumeration(filler, node, row.attribute)?),
        };
        filler.set(row.attribute, fact, node)?;
    }
    Ok(())
}

/// A member of an attribute's enumeration. Others are an error where the enumeration is closed, and
/// a warning where it is open.
fn enumeration<'a>(
    filler: &mut Filler<'_, 'a>,
    node: Node<'_, 'a>,
    attribute: &str,
) -> Found<Cow<'a, str>> {
    let text = node.string()?;
    let handle = filler.engine.attribute(attribute);
    let info = handle.and_then(|at| filler.engine.program().attributes.get(at.index() as usize));
    let Some(Kind::Enumeration { members, is_open }) = info.map(|info| &info.kind) else {
        return Ok(text);
    };
    if members
        .iter()
        .any(|member| member.eq_ignore_ascii_case(&text))
    {
        return Ok(text);
    }
    let hint = hint(&text, members.iter().map(String::as_str));
    if !is_open {
        return node.fail(format!("`{text}` is no value of `{attribute}`{hint}"));
    }
    filler.warn(format!(
        "`{}`: `{text}` is none that rules can name{hint}",
        node.path()
    ));
    Ok(text)
}

/// Read the directory part, completed from a directory file; the result is whether there is either.
/// What the request says itself, member by member, comes before the file.
fn directory<'a>(
    filler: &mut Filler<'_, 'a>,
    node: Option<Node<'_, 'a>>,
    options: &ReadOptions<'_>,
) -> Found<bool> {
    let id = filler.fact("user.id").as_text().map(str::to_owned);
    if let Some((directory, id)) = options.directory.zip(id) {
        if let Some(memberships) = directory.memberships(&id) {
            let owned = |ids: Vec<String>| Fact::Set(ids.into_iter().map(Cow::Owned).collect());
            // A directory's facts were checked against its own table of members.
            _ = filler.put("user.groups", owned(memberships.groups));
            _ = filler.put("user.roles", owned(memberships.roles));
            for (attribute, fact) in directory.attributes(&id) {
                _ = filler.put(attribute, fact.clone());
            }
        } else if node.is_none() {
            filler.warn(format!(
                "the user `{id}` is not in the directory: no groups, no roles"
            ));
        }
    }
    if let Some(node) = node {
        let object = node.object("directory")?;
        object.allow(["groups", "roles", "user"])?;
        for (member, attribute) in [("groups", "user.groups"), ("roles", "user.roles")] {
            if let Some(node) = object.get(member) {
                filler.set(attribute, Fact::Set(node.strings()?), node)?;
            }
        }
        if let Some(node) = object.get("user") {
            let object = node.object("directory.user")?;
            object.allow(USER.iter().map(|row| row.name))?;
            members(filler, object, USER)?;
        }
    }
    let count = match filler.fact("user.groups") {
        Fact::Set(groups) => groups.len(),
        _ => 0,
    };
    if count > GROUPS_MAX {
        filler.warn(format!(
            "{count} groups: with more than {GROUPS_MAX}, the service may block"
        ));
    }
    Ok(node.is_some() || options.directory.is_some())
}

fn warn_of_missing_directory(filler: &mut Filler<'_, '_>) {
    const NAMES_MAX: usize = 3;
    let is_person = matches!(filler.fact("user.id"), Fact::Text(_));
    let is_unknown =
        filler.fact("user.groups") == &Fact::Unknown && filler.fact("user.roles") == &Fact::Unknown;
    let engine = filler.engine;
    let program = engine.program();
    let askers = engine.plan().directory_askers(program);
    if !is_person || is_unknown || askers.is_empty() {
        return;
    }
    let policies = askers
        .iter()
        .filter_map(|number| program.policies.get(*number as usize));
    let names: Vec<String> = policies
        .take(NAMES_MAX)
        .map(|policy| format!("`{}`", policy.display_name))
        .collect();
    let more = match askers.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let names = names.join(", ");
    filler.warn(format!(
        "the request has no `directory`: no groups and no roles, which {names}{more} ask for"
    ));
}

fn claims<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let object = node.object("claims")?;
    object.allow(["satisfied", "methods", "terms", "custom"])?;
    if let Some(node) = object.get("satisfied") {
        for element in node.elements()? {
            satisfied(filler, element)?;
        }
    }
    if let Some(node) = object.get("methods") {
        let mut names = Vec::new();
        for element in node.elements()? {
            let method = element.one_of("authentication method", Method::ALL, Method::name)?;
            filler.request.claims.method(method);
            names.push(method.name());
        }
        filler.set("session.methods", Fact::set(names), node)?;
    }
    if let Some(node) = object.get("terms") {
        node.strings()?
            .into_iter()
            .for_each(|id| filler.request.claims.terms(id));
    }
    if let Some(node) = object.get("custom") {
        node.strings()?
            .into_iter()
            .for_each(|id| filler.request.claims.custom(id));
    }
    Ok(())
}

fn satisfied<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let text = node.string()?;
    if let Some((kind, id)) = text.split_once(':') {
        let id = id.to_owned();
        let claims = &mut filler.request.claims;
        match kind.to_ascii_lowercase().as_str() {
            "strength" => claims.strength(id),
            "terms" => claims.terms(id),
            "custom" => claims.custom(id),
            _ => {
                let hint = hint(kind, ["strength", "terms", "custom"]);
                return node.fail(format!("`{kind}:` is no kind of control{hint}"));
            }
        }
        return Ok(());
    }
    let control = node.one_of("control", BuiltInControl::ALL, BuiltInControl::name)?;
    if matches!(
        control,
        BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice
    ) {
        let path = node.path();
        filler.warn(format!(
            "`{path}`: `{control}` follows from `deviceInfo`; the claim is ignored"
        ));
        return Ok(());
    }
    filler.request.claims.control(control);
    Ok(())
}

fn context<'a>(
    filler: &mut Filler<'_, 'a>,
    node: Option<Node<'_, 'a>>,
    options: &ReadOptions<'_>,
) -> Found<()> {
    let object = node.map(|node| node.object("context")).transpose()?;
    if let Some(object) = object {
        object.allow([
            "baselineScopesOnly",
            "enrollmentService",
            "now",
            "namedLocations",
        ])?;
        let flags = [
            ("baselineScopesOnly", "signIn.baselineScopesOnly"),
            ("enrollmentService", "signIn.enrollmentService"),
        ];
        for (member, attribute) in flags {
            if let Some(node) = object.get(member) {
                filler.set(attribute, Fact::Boolean(node.boolean()?), node)?;
            }
        }
        if let Some(node) = object.get("namedLocations") {
            filler.set("location.names", Fact::Set(node.strings()?), node)?;
        } else {
            _ = filler.put("location.names", Fact::Unknown);
        }
    } else {
        _ = filler.put("location.names", Fact::Unknown);
    }
    let given = object.and_then(|object| object.get("now"));
    let now = match given {
        None => options.now,
        Some(node) => {
            let text = node.string()?;
            let now = parse_date_time(&text);
            Some(now.ok_or_else(|| node.problem(format!("`{text}` is no RFC 3339 date-time")))?)
        }
    };
    if let Some(now) = now {
        _ = filler.put("signIn.now", Fact::Ordered(date_time_key(now)));
    }
    Ok(())
}

/// Find out what follows from address and country, once it is known what is said to be unknown.
fn locate(filler: &mut Filler<'_, '_>, forgotten: &BTreeSet<String>) {
    let (ip, country) = (filler.fact("location.ip"), filler.fact("location.country"));
    let is_unmapped = match (ip, country) {
        (_, Fact::Unknown) => Fact::Unknown,
        (Fact::Unknown, Fact::Null) => Fact::Unknown,
        (Fact::Address(_), Fact::Null) => Fact::Boolean(true),
        _ => Fact::Boolean(false),
    };
    let is_nowhere = *ip == Fact::Null && *country == Fact::Null;
    if !forgotten.contains("location.isUnmapped") {
        _ = filler.put("location.isUnmapped", is_unmapped);
    }
    // Locations whose ranges the program does not know: nobody without an address is in one.
    let is_open = !forgotten.contains("location.names");
    if is_nowhere && is_open && *filler.fact("location.names") == Fact::Unknown {
        _ = filler.put("location.names", Fact::Set(Vec::new()));
    }
}
