//! A directory: people with their groups, roles and attributes, for requests that do not bring them.
//!
//! Groups in groups are closed transitively; cycles are tolerated. Names of things, locations,
//! strengths and groups of apps may stand in the same file for the compiler; they are passed over
//! here, as the program already holds what they mean.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use gatewright_value::{fold, folded_eq};
use gatewright_vm::Fact;

use crate::json::Reader;
use crate::read::{Found, Node, Object, RequestError, located, text};
use crate::vocabulary::{Form, USER};

/// Members of the file that only the compiler reads.
const FOR_THE_COMPILER: [&str; 10] = [
    "namedLocations",
    "authenticationStrengths",
    "appGroups",
    "apps",
    "roles",
    "terms",
    "contexts",
    "servicePrincipals",
    "agents",
    "devices",
];

/// People with their groups, roles and attributes.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// By folded id.
    users: BTreeMap<String, User>,
    /// By folded id: the groups that a group is directly in.
    parents: BTreeMap<String, Vec<String>>,
    is_complete: bool,
}

/// A user of a directory.
#[derive(Clone, Debug, Default)]
pub(crate) struct User {
    pub(crate) groups: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) facts: Vec<(&'static str, Fact<'static>)>,
}

impl Directory {
    /// Read a directory file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn from_json(bytes: &[u8]) -> Result<Directory, RequestError> {
        located(bytes, || {
            let json = Reader::new(text(bytes)?).only_value()?;
            read(Node::root(&json))
        })
    }

    /// Whether it says that there is nobody and nothing else.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// How many users it has.
    #[must_use]
    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(fold(id).as_ref())
    }

    /// Add the groups that these groups are in, and the groups that those are in, and so on.
    pub(crate) fn close(&self, groups: &mut Vec<Cow<'_, str>>) {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        groups.retain(|group| seen.insert(fold(group).into_owned()));
        let mut at = 0;
        while let Some(group) = groups.get(at) {
            let parents = self.parents.get(fold(group).as_ref());
            for parent in parents.into_iter().flatten() {
                if seen.insert(fold(parent).into_owned()) {
                    groups.push(Cow::Owned(parent.clone()));
                }
            }
            at += 1;
        }
    }
}

fn read(node: Node<'_, '_>) -> Found<Directory> {
    let root = node.object("")?;
    root.allow(
        ["users", "groups", "complete"]
            .into_iter()
            .chain(FOR_THE_COMPILER),
    )?;
    let mut directory = Directory::default();
    if let Some(node) = root.get("complete") {
        directory.is_complete = node.boolean()?;
    }
    if let Some(node) = root.get("groups") {
        for element in node.elements()? {
            let object = element.object("groups")?;
            object.allow(["id", "displayName", "description", "memberOf"])?;
            let id = object.need("id")?.string()?;
            let parents = strings(object, "memberOf")?;
            if directory
                .parents
                .insert(fold(&id).into_owned(), parents)
                .is_some()
            {
                return element.fail(format!("the group `{id}` is given twice"));
            }
        }
    }
    if let Some(node) = root.get("users") {
        for element in node.elements()? {
            let object = element.object("users")?;
            let id = object.need("id")?.string()?;
            if directory
                .users
                .insert(fold(&id).into_owned(), user(object)?)
                .is_some()
            {
                return element.fail(format!("the user `{id}` is given twice"));
            }
        }
    }
    Ok(directory)
}

fn user(object: Object<'_, '_>) -> Found<User> {
    object.allow(
        ["id", "groups", "roles"]
            .into_iter()
            .chain(USER.iter().map(|row| row.name)),
    )?;
    let mut facts = Vec::new();
    for row in USER {
        let Some(node) = object.get(row.name) else {
            continue;
        };
        let fact = match row.form {
            Form::Boolean => Fact::Boolean(node.boolean()?),
            Form::Enumeration => {
                let text = node.string()?;
                if !["Member", "Guest"]
                    .iter()
                    .any(|known| folded_eq(known, &text))
                {
                    return node.fail(format!("`{text}` is neither `Member` nor `Guest`"));
                }
                Fact::text(text.into_owned())
            }
            Form::Text | Form::Set => Fact::text(node.string()?.into_owned()),
        };
        facts.push((row.attribute, fact));
    }
    Ok(User {
        groups: strings(object, "groups")?,
        roles: strings(object, "roles")?,
        facts,
    })
}

fn strings<'j>(object: Object<'j, '_>, member: &'j str) -> Found<Vec<String>> {
    let texts = object.get(member).map(|node| node.strings()).transpose()?;
    Ok(texts
        .unwrap_or_default()
        .into_iter()
        .map(Cow::into_owned)
        .collect())
}
