//! The signals of a sign-in, its device among them.

use std::borrow::Cow;

use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, InsiderRiskLevel, Platform, RiskLevel, TransferMethod,
};
use gatewright_value::{Kind, address_key, parse_address};
use gatewright_vm::Fact;

use crate::read::{Filler, Found, Node, Object};
use crate::suggest::hint;
use crate::vocabulary::{CONDITION_OBJECTS, CONDITIONS, DEVICE, Form, MemberRow};

/// What a request calls a platform that the service does not know.
pub(crate) const UNKNOWN_PLATFORM: &str = "unknown";

pub(crate) fn conditions<'a>(filler: &mut Filler<'_, 'a>, object: Object<'_, 'a>) -> Found<()> {
    let values = CONDITIONS.iter().map(|row| row.name);
    object.allow(values.chain(CONDITION_OBJECTS))?;
    members(filler, object, CONDITIONS)?;
    if let Some(node) = object.get("authenticationFlow") {
        flow(filler, node)?;
    }
    match object.get("deviceInfo") {
        Some(node) => device(filler, node, "signInConditions.deviceInfo"),
        None => Ok(()),
    }
}

/// Whether a member is `all`, which is what policies say; of a sign-in it says nothing.
fn is_all(filler: &mut Filler<'_, '_>, node: Node<'_, '_>) -> Found<bool> {
    if !node.string()?.eq_ignore_ascii_case("all") {
        return Ok(false);
    }
    filler.warn(format!(
        "`{}`: a sign-in has one value, so `all` counts as not given",
        node.path()
    ));
    Ok(true)
}

fn platform<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<Cow<'a, str>> {
    let text = node.string()?;
    if Platform::parse(&text).is_none() && !text.eq_ignore_ascii_case(UNKNOWN_PLATFORM) {
        let hint = hint(&text, Platform::ALL.iter().map(|platform| platform.name()));
        filler.warn(format!(
            "`{}`: `{text}` is none that policies can name{hint}",
            node.path()
        ));
    }
    Ok(text)
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
        let is_choice_of_policies = matches!(row.form, Form::Client | Form::Platform);
        if is_choice_of_policies && is_all(filler, node)? {
            continue;
        }
        let fact = value(filler, node, row)?;
        filler.set(row.attribute, fact, node)?;
    }
    Ok(())
}

fn value<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>, row: &MemberRow) -> Found<Fact<'a>> {
    let name = match row.form {
        Form::Text => return Ok(Fact::Text(node.string()?)),
        Form::Boolean => return Ok(Fact::Boolean(node.boolean()?)),
        Form::Set => return Ok(Fact::Set(node.strings()?)),
        Form::Enumeration => return Ok(Fact::Text(enumeration(filler, node, row.attribute)?)),
        Form::Platform => return Ok(Fact::Text(platform(filler, node)?)),
        Form::Country => return Ok(Fact::Text(country(node)?)),
        Form::Address => return Ok(Fact::Address(address(node)?)),
        Form::Client => node
            .one_of("type of client", ClientApp::ALL, ClientApp::name)?
            .name(),
        Form::Risk => node
            .one_of("risk level", RiskLevel::ALL, RiskLevel::name)?
            .name(),
        Form::InsiderRisk => {
            let all = InsiderRiskLevel::ALL;
            node.one_of("level of insider risk", all, InsiderRiskLevel::name)?
                .name()
        }
        Form::AgentRisk => {
            let all = AgentRiskLevel::ALL;
            node.one_of("level of agent risk", all, AgentRiskLevel::name)?
                .name()
        }
    };
    Ok(Fact::text(name))
}

fn address(node: Node<'_, '_>) -> Found<u128> {
    let text = node.string()?;
    let address = parse_address(&text);
    address
        .map(address_key)
        .ok_or_else(|| node.problem(format!("`{text}` is no IP address")))
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
