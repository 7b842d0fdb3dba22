//! Who signs in, and what for.

use std::borrow::Cow;

use gatewright_value::vocabulary::{GuestType, IdentityKind, TargetKind, UserAction};
use gatewright_vm::Fact;

use crate::read::{Filler, Found, Node, Object};
use crate::suggest::hint;
use crate::vocabulary::{CONTEXTS, IDENTITIES, TYPE, TypeRow, type_name};

/// The type that an object says it is of, without its namespace.
fn odata_type<'a>(object: Object<'_, 'a>) -> Found<Option<Cow<'a, str>>> {
    let Some(node) = object.get(TYPE) else {
        return Ok(None);
    };
    Ok(Some(match node.string()? {
        Cow::Borrowed(text) => Cow::Borrowed(type_name(text)),
        Cow::Owned(text) => Cow::Owned(type_name(&text).to_owned()),
    }))
}

/// Which of some types an object is: by its annotation, else by members that only that type has.
/// Its members are those of that type.
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

pub(crate) fn identity<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
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

pub(crate) fn target<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
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
    let text = node.string()?;
    action_of(&text).map_or_else(
        || {
            let names = UserAction::ALL.iter().map(|action| action.name());
            let short = SHORT_ACTIONS.iter().map(|(name, _)| *name);
            let hint = hint(&text, short.chain(names));
            node.fail(format!("`{text}` is no user action{hint}"))
        },
        Ok,
    )
}

/// The short names of user actions.
const SHORT_ACTIONS: [(&str, UserAction); 3] = [
    (
        "registerSecurityInformation",
        UserAction::RegisterSecurityInfo,
    ),
    ("registerOrJoinDevices", UserAction::RegisterDevice),
    ("accountRecovery", UserAction::AccountRecovery),
];

/// The user action of this name, short or not, in any case.
pub(crate) fn action_of(text: &str) -> Option<UserAction> {
    let is_meant = |row: &&(&str, UserAction)| row.0.eq_ignore_ascii_case(text);
    let short = SHORT_ACTIONS.iter().find(is_meant);
    short
        .map(|(_, action)| *action)
        .or_else(|| UserAction::parse(text))
}
