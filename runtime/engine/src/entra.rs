//! Reading a sign-in as the What-If call of Microsoft Graph describes it.
//!
//! A member that is absent says what `docs/semantics.md` says of its absence; a missing fact is
//! *unknown* only where nothing else can be meant, or where `unknown` names it.

mod circumstances;
mod compliance;
mod objects;
mod signals;
mod stream;
mod who;

use std::collections::BTreeSet;

use gatewright_vm::Fact;

use crate::directory::Directory;
use crate::engine::Engine;
use crate::entra::circumstances::{claims, context, directory, overdue, warn_of_missing_directory};
use crate::entra::compliance::{compliance, managed_platform};
use crate::entra::objects::{Objects, identity_attributes, resources, warn_of_untold};
use crate::entra::signals::{conditions, device};
use crate::entra::who::{identity, target};
use crate::json::Json;
use crate::read::{Filler, Found, Node, ReadOptions};
use crate::request::Request;
use crate::unknown::forget;
use crate::vocabulary::{Absent, DEVICE, Form, REQUEST, absent};

pub(crate) use crate::entra::objects::{
    ATTRIBUTES, ObjectKind, Tagged, custom_security_attributes,
};
pub(crate) use crate::entra::signals::country;
pub(crate) use crate::entra::stream::{BYTES_MAX as STREAMED_BYTES_MAX, Stream, Streamed};

/// Read a sign-in.
pub(crate) fn read<'a>(
    engine: &Engine,
    json: &Json<'a>,
    options: &ReadOptions<'_>,
) -> Found<Request<'a>> {
    let root = Node::root(json).object("")?;
    root.allow(REQUEST)?;
    let mut filler = Filler::new(engine);
    set_defaults(&mut filler);
    identity(&mut filler, root.need("signInIdentity")?)?;
    target(&mut filler, root.need("signInContext")?)?;
    let conditions = root
        .get("signInConditions")
        .map(|node| node.object("signInConditions"));
    let conditions = conditions.transpose()?;
    if let Some(conditions) = conditions {
        self::conditions(&mut filler, conditions)?;
    }
    let has_directory = directory(&mut filler, root.get("directory"), options)?;
    let objects = Objects::read(root.get("directory"))?;
    let device = conditions.and_then(|conditions| conditions.get("deviceInfo"));
    let is_platform_open = match root.get("compliance") {
        Some(node) => compliance(&mut filler, node, device)?,
        None => false,
    };
    if let Some(node) = root.get("claims") {
        claims(&mut filler, node)?;
    }
    let first_sign_in = context(&mut filler, root.get("context"), options)?;
    if let Some(node) = root.get("appliedPoliciesOnly") {
        filler.request.applied_policies_only = node.boolean()?;
    }
    let forgotten = match root.get("unknown") {
        None => BTreeSet::new(),
        Some(node) => forget(&mut filler, node)?,
    };
    locate(&mut filler, &forgotten);
    overdue(&mut filler, first_sign_in, &forgotten);
    if is_platform_open {
        managed_platform(&mut filler, &forgotten);
    }
    filler.derive(&forgotten);
    let untold = identity_attributes(&mut filler, &objects, options.directory, &forgotten);
    let untold_apps = resources(&mut filler, &objects, options.directory, &forgotten);
    if !options.directory.is_some_and(Directory::is_complete) {
        warn_of_untold(&mut filler, ObjectKind::App, &untold_apps, &forgotten);
        if let Some((kind, id)) = untold {
            warn_of_untold(&mut filler, kind, &[id], &forgotten);
        }
    }
    warn_of_nobody_or_nothing(&mut filler);
    if !has_directory {
        warn_of_missing_directory(&mut filler);
    }
    Ok(filler.request)
}

/// Nobody signs in to nothing: such a request is read, but hardly meant.
fn warn_of_nobody_or_nothing(filler: &mut Filler<'_, '_>) {
    let text = |name: &str| match filler.fact(name) {
        Fact::Text(text) => text.to_string(),
        _ => String::new(),
    };
    let is_user = ["user", "agentUser"].contains(&text("signIn.identity").as_str());
    let is_nobody = match filler.fact("user.id") {
        Fact::Null => true,
        Fact::Text(id) => id.trim().is_empty(),
        _ => false,
    };
    let is_apps = text("signIn.target") == "apps";
    let is_nothing = *filler.fact("app.ids") == Fact::Set(Vec::new());
    if is_user && is_nobody {
        filler.warn("`signInIdentity.userId` is missing: no policy can name this user");
    }
    if is_apps && is_nothing {
        filler.warn(
            "`signInContext.includeApplications` is missing or empty: \
             no policy can name a resource of this sign-in",
        );
    }
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

/// Say what holds where a request says nothing.
fn set_defaults(filler: &mut Filler<'_, '_>) {
    let engine = filler.engine;
    for attribute in &engine.program().attributes {
        let fact = match absent(attribute) {
            Absent::Unknown => continue,
            Absent::Null => Fact::Null,
            Absent::Empty => Fact::empty_set(&attribute.kind),
            Absent::False => Fact::Boolean(false),
        };
        // The fact is of the attribute's type by what it is made from.
        _ = filler.put(&attribute.name, fact);
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
