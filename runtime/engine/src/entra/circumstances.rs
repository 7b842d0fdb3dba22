//! What the directory knows, what has been proved, and what surrounds a sign-in.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gatewright_value::vocabulary::{BuiltInControl, Method};
use gatewright_value::{Truth, date_time_key, key_number, parse_date_time};
use gatewright_vm::Fact;

use crate::entra::signals::members;
use crate::plan::named_policies;
use crate::read::{Filler, Found, Node, ReadOptions};
use crate::suggest::hint;
use crate::vocabulary::{CIRCUMSTANCE_VALUES, CIRCUMSTANCES, CLAIMS, DIRECTORY_MEMBERS, USER};

/// LIMIT of the service: with more groups, a user may be blocked.
pub(crate) const GROUPS_MAX: usize = 2048;

/// Read the directory part, completed from a directory file; the result is whether there is either.
/// What the request says itself, member by member, comes before the file.
pub(crate) fn directory<'a>(
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
        object.allow(DIRECTORY_MEMBERS)?;
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

pub(crate) fn warn_of_missing_directory(filler: &mut Filler<'_, '_>) {
    let is_person = matches!(filler.fact("user.id"), Fact::Text(_));
    let is_unknown =
        filler.fact("user.groups") == &Fact::Unknown && filler.fact("user.roles") == &Fact::Unknown;
    let engine = filler.engine;
    let program = engine.program();
    let askers = engine.plan().directory_askers(program);
    if !is_person || is_unknown || askers.is_empty() {
        return;
    }
    let names = named_policies(program, askers);
    filler.warn(format!(
        "the request has no `directory`: no groups and no roles for {names}"
    ));
}

pub(crate) fn claims<'a>(filler: &mut Filler<'_, 'a>, node: Node<'_, 'a>) -> Found<()> {
    let object = node.object("claims")?;
    object.allow(CLAIMS)?;
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

/// Read the circumstances; the result is the user's first interactive sign-in.
pub(crate) fn context<'a>(
    filler: &mut Filler<'_, 'a>,
    node: Option<Node<'_, 'a>>,
    options: &ReadOptions<'_>,
) -> Found<Option<i64>> {
    let object = node.map(|node| node.object("context")).transpose()?;
    if let Some(object) = object {
        let flags = CIRCUMSTANCES.iter().map(|row| row.name);
        object.allow(flags.chain(CIRCUMSTANCE_VALUES))?;
        members(filler, object, CIRCUMSTANCES)?;
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
        Some(node) => Some(date_time(node)?),
    };
    if let Some(now) = now {
        _ = filler.put("signIn.now", Fact::Ordered(date_time_key(now)));
    }
    let first = object.and_then(|object| object.get("firstInteractiveSignIn"));
    first.map(date_time).transpose()
}

/// An instant, in milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn date_time(node: Node<'_, '_>) -> Found<i64> {
    let text = node.string()?;
    let found = parse_date_time(&text);
    found.ok_or_else(|| node.problem(format!("`{text}` is no RFC 3339 date-time")))
}

/// Find out whether the time to register a method is over, once it is known what is said to be
/// unknown.
pub(crate) fn overdue(
    filler: &mut Filler<'_, '_>,
    first_sign_in: Option<i64>,
    forgotten: &BTreeSet<String>,
) {
    const OVERDUE: &str = "user.isRegistrationOverdue";
    let is_unregistered = match filler.fact("user.isMfaRegistered") {
        Fact::Unknown => Truth::Unknown,
        fact => Truth::from(*fact == Fact::Boolean(false)),
    };
    let now = match filler.fact("signIn.now") {
        Fact::Ordered(now) => Some(key_number(*now)),
        _ => None,
    };
    let fact = match is_overdue(is_unregistered, first_sign_in, now) {
        Truth::Unknown => Fact::Unknown,
        truth => Fact::Boolean(truth == Truth::True),
    };
    if !forgotten.contains(OVERDUE) {
        _ = filler.put(OVERDUE, fact);
    }
}

/// Whether a method should have been registered by now.
pub(crate) fn is_overdue(
    is_unregistered: Truth,
    first_sign_in: Option<i64>,
    now: Option<i64>,
) -> Truth {
    const MILLISECONDS: i64 = 14 * 86_400_000;
    is_unregistered.and(match (first_sign_in, now) {
        (None, _) => Truth::False,
        (Some(first), Some(now)) => Truth::from(now.saturating_sub(first) >= MILLISECONDS),
        (Some(_), None) => Truth::Unknown,
    })
}
