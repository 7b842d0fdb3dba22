//! The member `unknown`: facts that are said not to be known. It wins over a value that is given.
//!
//! A fact is named by its attribute (`device.isCompliant`), by its path in the request
//! (`signInConditions.ipAddress`), by the last name of that path (those of `deviceInfo` and of
//! `directory.user` apart, which are not unique), or with others as a whole (`device`,
//! `directory`). Under a schema of one's own, by its attribute or its entity. Case does not count.

use std::collections::BTreeSet;

use gatewright_vm::Fact;

use crate::read::{Filler, Found, Node};
use crate::suggest::hint;
use crate::vocabulary::{DEVICE, DIRECTORY, MemberRow, PATHS, USER};

/// What a request for baseline scopes only stands for is known by its attributes alone.
const BASELINE: &str = "app.baseline";

/// Forget what the strings of this array name; the result is the attributes.
pub(crate) fn forget(filler: &mut Filler<'_, '_>, node: Node<'_, '_>) -> Found<BTreeSet<String>> {
    let mut forgotten = BTreeSet::new();
    for element in node.elements()? {
        let name = element.string()?;
        let attributes = if filler.engine.program().origin.is_entra {
            named(filler, &name)
        } else {
            declared(filler, &name)
        };
        if attributes.is_empty() {
            let hint = hint(&name, known(filler));
            return element.fail(format!("`{name}` is no fact of a request{hint}"));
        }
        forgotten.extend(attributes);
    }
    for attribute in &forgotten {
        // Every attribute can be unknown.
        _ = filler.put(attribute, Fact::Unknown);
    }
    filler.request.is_compliance_unknown = forgotten.contains("device.isCompliant");
    if forgotten.contains("session.methods") {
        filler.request.claims.methods_are_unknown();
    }
    Ok(forgotten)
}

/// The attributes that a name means in a request for Conditional Access; empty if it means none.
fn named(filler: &Filler<'_, '_>, name: &str) -> Vec<String> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let device = || {
        let attributes = DEVICE.iter().map(|row| row.attribute.to_owned());
        attributes
            .chain(["device.isRegistered", "device.managedPlatform"].map(str::to_owned))
            .collect()
    };
    // Whether a device is registered is unknown only where everything about it is.
    if [
        "device",
        "deviceInfo",
        "signInConditions.deviceInfo",
        "device.isRegistered",
    ]
    .iter()
    .any(|n| is(n))
    {
        return device();
    }
    if is("directory") {
        return owned(DIRECTORY);
    }
    if let Some((_, attribute)) = PATHS.iter().find(|(path, _)| is(path)) {
        return owned(&[attribute]);
    }
    let within = |rows: &'static [MemberRow], prefixes: &[&str]| {
        let member = prefixes
            .iter()
            .find_map(|prefix| strip_prefix(name, prefix))?;
        rows.iter()
            .find(|row| row.name.eq_ignore_ascii_case(member))
            .map(|row| row.attribute)
    };
    let long = within(
        DEVICE,
        &["device.", "deviceInfo.", "signInConditions.deviceInfo."],
    )
    .or_else(|| within(USER, &["directory.user."]));
    if let Some(attribute) = long {
        return owned(&[attribute]);
    }
    if let Some(setting) = strip_prefix(name, "compliance.settings.") {
        return declared(filler, &format!("setting.{setting}"));
    }
    let last = PATHS
        .iter()
        .find(|(path, _)| path.rsplit('.').next().is_some_and(is));
    if let Some((_, attribute)) = last {
        return owned(&[attribute]);
    }
    let attributes = filler
        .engine
        .program()
        .attributes
        .iter()
        .map(|row| &row.name);
    attributes
        .filter(|attribute| is(attribute) && *attribute != BASELINE)
        .cloned()
        .collect()
}

/// The attribute of this name, or those of the entity of this name; empty if there is neither.
fn declared(filler: &Filler<'_, '_>, name: &str) -> Vec<String> {
    let attributes = filler
        .engine
        .program()
        .attributes
        .iter()
        .map(|row| &row.name);
    let is_meant = |attribute: &&String| {
        let entity = attribute.split_once('.').map_or("", |(entity, _)| entity);
        attribute.eq_ignore_ascii_case(name) || entity.eq_ignore_ascii_case(name)
    };
    attributes.filter(is_meant).cloned().collect()
}

fn strip_prefix<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let start = text.get(..prefix.len())?;
    let rest = text.get(prefix.len()..)?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Every name that could be meant, for suggestions.
fn known<'k>(filler: &'k Filler<'_, '_>) -> impl Iterator<Item = &'k str> {
    let program = filler.engine.program();
    let is_entra = program.origin.is_entra;
    let attributes = program.attributes.iter().map(|row| row.name.as_str());
    let attributes = attributes.filter(|attribute| *attribute != BASELINE);
    let entities = program
        .attributes
        .iter()
        .filter_map(|row| row.name.split('.').next());
    let paths = PATHS
        .iter()
        .flat_map(|(path, _)| [Some(*path), path.rsplit('.').next()])
        .flatten();
    let wholes = ["device", "directory", "deviceInfo"];
    let others = paths.chain(wholes).filter(move |_| is_entra);
    attributes
        .chain(entities.filter(move |_| !is_entra))
        .chain(others)
}
