//! The people of a directory, as each engine takes them.
//!
//! A directory is read once, in any shape that Graph JSON has; here it becomes what the runtime and
//! the reference evaluator complete requests with.

use std::collections::BTreeMap;

use gatewright_analysis::explain as reference;
use gatewright_interop::{AttributeValue, Directory as People, TagValue, TaggedKind, TaggedObject};
use gatewright_runtime::{Directory, Fact, Field, Record};
use gatewright_value::fold;
use serde_json::{Map, Value, json};

/// People as the runtime takes them. Cost: linear in the memberships.
#[must_use]
pub fn for_runtime(people: &People) -> Directory {
    let mut directory = Directory::default();
    for user in &people.users {
        directory.add_user(&user.id);
        for group in &user.groups {
            directory.add_membership(&user.id, group);
        }
        for role in &user.roles {
            directory.add_role(&user.id, role);
        }
        for (name, value) in &user.attributes {
            let fact = match value {
                AttributeValue::Text(text) => Fact::text(text.clone()),
                AttributeValue::Boolean(truth) => Fact::Boolean(*truth),
            };
            directory.add_attribute(&user.id, &format!("user.{name}"), fact);
        }
    }
    for group in &people.groups {
        directory.add_group(&group.id);
        for parent in &group.groups {
            directory.add_membership(&group.id, parent);
        }
        for member in &group.members {
            directory.add_membership(member, &group.id);
        }
        for role in &group.roles {
            directory.add_role(&group.id, role);
        }
    }
    for object in &people.tagged {
        let mut record = Record::new();
        for (name, value) in &object.attributes {
            let field = match value {
                TagValue::Text(text) => Field::Text(text.clone().into()),
                TagValue::List(texts) => {
                    Field::List(texts.iter().map(|text| text.clone().into()).collect())
                }
            };
            record.set(name, field);
        }
        match object.kind {
            TaggedKind::App => directory.add_app(&object.id, record),
            TaggedKind::ServicePrincipal => directory.add_service_principal(&object.id, record),
            TaggedKind::Agent => directory.add_agent(&object.id, record),
        }
    }
    directory
}

/// People as the reference evaluator takes them, memberships closed. Cost: the memberships of all
/// users.
#[must_use]
pub fn for_reference(people: &People) -> reference::Directory {
    let index = people.index();
    let mut listed = BTreeMap::new();
    for user in &people.users {
        listed.insert(fold(&user.id), user);
    }
    let mut users = BTreeMap::new();
    for id in index.member_ids() {
        let memberships = index.memberships(id).unwrap_or_default();
        let attribute = |value: &AttributeValue| match value {
            AttributeValue::Text(text) => json!(text),
            AttributeValue::Boolean(truth) => json!(truth),
        };
        let user = listed.get(id);
        let attributes = user.into_iter().flat_map(|user| &user.attributes);
        let known = reference::DirectoryUser {
            groups: memberships.groups,
            roles: memberships.roles,
            attributes: attributes
                .map(|(n, v)| ((*n).to_owned(), attribute(v)))
                .collect(),
        };
        users.insert(
            user.map_or_else(|| id.to_owned(), |user| user.id.clone()),
            known,
        );
    }
    let mut directory = reference::Directory {
        users,
        ..reference::Directory::default()
    };
    for object in &people.tagged {
        let objects = match object.kind {
            TaggedKind::App => &mut directory.apps,
            TaggedKind::ServicePrincipal => &mut directory.service_principals,
            TaggedKind::Agent => &mut directory.agents,
        };
        objects.insert(fold(&object.id).into_owned(), by_sets(object));
    }
    directory
}

/// Custom security attributes as Graph writes them, an object for each set. Where the name of a set
/// ends is no longer known, nor does it matter: the two are joined again as they were.
fn by_sets(object: &TaggedObject) -> Value {
    let mut sets = Map::new();
    for (joined, value) in &object.attributes {
        let (set, name) = joined.split_once('_').unwrap_or((joined, ""));
        let value = match value {
            TagValue::Text(text) => json!(text),
            TagValue::List(texts) => json!(texts),
        };
        let set = sets.entry(set).or_insert_with(|| json!({}));
        if let Some(attributes) = set.as_object_mut() {
            attributes.insert(name.to_owned(), value);
        }
    }
    Value::Object(sets)
}
