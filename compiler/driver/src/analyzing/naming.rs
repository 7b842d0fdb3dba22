//! What findings call people, things and conditions: names between backticks.

use gatewright_analysis::analyze::{Excluded, PersonaKind, Withheld};
use gatewright_analysis::demand::Demand;
use gatewright_analysis::words;
use gatewright_hir::model::PolicySet;
use gatewright_value::{fold, folded_eq};

use crate::Compilation;
use crate::proving::Named;

/// The ids of users and groups that are given by id or by name.
///
/// # Errors
/// The one that is neither, or the name of several.
pub fn break_glass(compilation: &Compilation, given: &[String]) -> Result<Vec<String>, String> {
    let names = &compilation.set.names;
    let mut ids = Vec::with_capacity(given.len());
    for text in given {
        let people = names
            .iter()
            .filter(|one| ["user", "group"].contains(&one.kind.keyword()));
        let mut found: Vec<String> = people
            .filter(|one| folded_eq(&one.name, text) || folded_eq(&one.id, text))
            .map(|one| fold(&one.id).into_owned())
            .collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [id] => ids.push(id.clone()),
            [] if is_guid(text) => ids.push(fold(text).into_owned()),
            [] => return Err(format!("there is no user or group `{text}`; give its id")),
            _ => return Err(format!("`{text}` is the name of several; give an id")),
        }
    }
    Ok(ids)
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(at, c)| match at {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}

/// What a policy excludes: ``the group `BreakGlass` ``.
pub(super) fn excluded(set: &PolicySet, item: &Excluded) -> String {
    let object = |kind, id| words::object(set, kind, id);
    match item {
        Excluded::User(id) => format!("the user `{}`", object("user", id)),
        Excluded::Group(id) => format!("the group `{}`", object("group", id)),
        Excluded::Role(id) => format!("the role `{}`", object("role", id)),
        Excluded::Guests => "guests".to_owned(),
        Excluded::App(id) => format!("the resource `{}`", object("app", id)),
        Excluded::Apps(name) => format!("the resources `{name}`"),
        Excluded::Platform(name) => format!("the platform `{name}`"),
        Excluded::Location(id) => format!("the location `{}`", object("location", id)),
        Excluded::TrustedLocations => "trusted locations".to_owned(),
    }
}

/// A persona, and who they are.
pub(super) fn persona(set: &PolicySet, kind: &PersonaKind) -> (String, String) {
    let (name, about) = match kind {
        PersonaKind::Members => ("Members", "in no group and no role that policies name"),
        PersonaKind::Administrators => ("Administrators", "in no group that policies name"),
        PersonaKind::Guests => ("Guests", "of any kind, from any tenant"),
        PersonaKind::Workloads => (
            "Workload identities",
            "applications that sign in by themselves",
        ),
        PersonaKind::Agents => ("Agents", "agent identities"),
        PersonaKind::BreakGlass => ("Break glass", "who is to get in whatever happens"),
        PersonaKind::Group(id) => {
            let about = "members of this group and no other";
            return (words::object(set, "group", id), about.to_owned());
        }
    };
    (name.to_owned(), about.to_owned())
}

/// What is demanded, as people say it.
pub(super) fn demand(set: &PolicySet, demand: &Demand) -> String {
    match demand {
        Demand::Clause(controls) if controls.is_empty() => "a block".to_owned(),
        Demand::Clause(controls) => {
            let ways = controls.iter().map(|one| words::control(set, one));
            ways.collect::<Vec<_>>().join(" or ")
        }
        other => format!("`{}`", other.describe(set)),
    }
}

/// How somebody keeps a fact back.
pub(super) fn keeping_back(by: Withheld) -> &'static str {
    match by {
        Withheld::Platform => "claims a platform that the service does not know",
        Withheld::Device => "shows no device (a private window will do)",
        Withheld::Country => "comes from an address that maps to no country",
    }
}

/// `` `A` ``, `` `A` and `B` ``, `` `A`, `B` and `C` ``.
pub(super) fn quoted(policies: &[Named]) -> String {
    let names: Vec<String> = policies.iter().map(|one| one.name.clone()).collect();
    listed(&names)
}

/// The same of names.
pub(super) fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "what holds anyway".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
