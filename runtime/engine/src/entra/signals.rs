//! The signals of a sign-in, its device among them.

use std::borrow::Cow;

use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, InsiderRiskLevel, Platform, RiskLevel, TransferMethod,
};
use gatewright_value::{Kind, address_key, parse_address};
use gatewright_vm::Fact;

use crate::read::{Filler, Found, Node, Object};
use crate::suggest::hint;
use crate::vocabulary::{DEVICE, Form, MemberRow};

pub(crate) fn conditions<'a>(filler: &mut Filler<'_, 'a>, object: Object<'_, 'a>) -> Found<()> {
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
    if let Some(node) = said(filler, object, "clientAppType")? {
        let client = node.one_of("type of client", ClientApp::ALL, ClientApp::name)?;
        filler.set("signIn.client", Fact::text(client.name()), node)?;
    }
    if let Some(node) = said(filler, object, "devicePlatform")? {
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

/// A member that is not `all`, which is what policies say; of a sign-in it says nothing.
fn said<'n, 'a>(
    filler: &mut Filler<'_, 'a>,
    object: Object<'n, 'a>,
    name: &'n str,
) -> Found<Option<Node<'n, 'a>>> {
    let Some(node) = object.get(name) else {
        return Ok(None);
    };
    if !node.string()?.eq_ignore_ascii_case("all") {
        return Ok(Some(node));
    }
    filler.warn(format!(
        "`{}`: a sign-in has one value, so `all` counts as not given",
        node.path()
    ));
    Ok(None)
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

pub(crate) fn device<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>, path: &str) -> Found<()> {
    let object = node.object(path)?;
    object.allow(DEVICE.iter().map(|row| row.name))?;
    if let (Some(_), Some(second)) = (object.get("ownership"), object.get("deviceOwnership")) {
        return second.fail("`ownership` says the same");
    }
    filler.set("device.isRegistered", Fact::Boolean(true), node)?;
    members(filler, object, DEVICE)
}

/// Read members that each stand for one attribute.
pub(crate) fn members<'a>(
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
