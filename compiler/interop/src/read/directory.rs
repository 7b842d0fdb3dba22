//! Objects of the directory: users, groups, and names for ids.

use std::collections::BTreeMap;

use gatewright_hir::model::{AppGroup, ObjectName};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::fold;

use crate::directory::{AttributeValue, DirectoryGroup, DirectoryUser, USER_ATTRIBUTES};
use crate::json::{Kind, Member, Value, is_vacuous};
use crate::problems;
use crate::sink::{Fields, Sink};

/// Ids of groups and of roles.
#[derive(Default)]
struct DirectoryLists {
    groups: Vec<String>,
    roles: Vec<String>,
}

/// Read a user.
pub(crate) fn read_user(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<DirectoryUser> {
    let mut fields = Fields::new(value)?;
    let id = fields
        .take_said("id")
        .and_then(|member| sink.string(member))?;
    let lists = memberships(sink, &mut fields);
    let mut attributes = BTreeMap::new();
    for name in USER_ATTRIBUTES {
        let Some(member) = fields.take_said(name) else {
            continue;
        };
        let value = match &member.value.kind {
            Kind::Bool(value) if *name == "accountEnabled" => AttributeValue::Boolean(*value),
            Kind::String(text) if *name != "accountEnabled" => {
                AttributeValue::Text(text.to_string())
            }
            _ => {
                let expected = if *name == "accountEnabled" {
                    "a Boolean"
                } else {
                    "a string"
                };
                sink.report(problems::wrong_type(name, &member.value, expected));
                continue;
            }
        };
        attributes.insert(*name, value);
    }
    let DirectoryLists { groups, roles } = lists;
    Some(DirectoryUser {
        id: id.text,
        groups,
        roles,
        attributes,
        span: value.span,
    })
}

/// Read a group.
pub(crate) fn read_group(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<DirectoryGroup> {
    let mut fields = Fields::new(value)?;
    let id = fields
        .take_said("id")
        .and_then(|member| sink.string(member))?;
    let lists = memberships(sink, &mut fields);
    let members = match fields.take_said("members") {
        Some(member) => ids(sink, member, "id"),
        None => Vec::new(),
    };
    let DirectoryLists { groups, roles } = lists;
    Some(DirectoryGroup {
        id: id.text,
        groups,
        members,
        roles,
        span: value.span,
    })
}

fn memberships(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> DirectoryLists {
    let mut lists = DirectoryLists::default();
    if let Some(member) = fields.take_said("groups") {
        lists.groups.extend(ids(sink, member, "id"));
    }
    if let Some(member) = fields.take_said("roles") {
        lists.roles.extend(ids(sink, member, "roleTemplateId"));
    }
    for name in ["memberOf", "transitiveMemberOf"] {
        let Some(member) = fields.take_said(name) else {
            continue;
        };
        for value in sink.array(member) {
            let role = value.get("roleTemplateId").and_then(Value::as_str);
            let id = value
                .as_str()
                .or_else(|| value.get("id").and_then(Value::as_str));
            match (role, id) {
                (Some(role), _) => lists.roles.push(role.to_owned()),
                (None, Some(id)) => lists.groups.push(id.to_owned()),
                (None, None) => {
                    let name = format!("{name}[]");
                    sink.report(problems::wrong_type(&name, value, "an object with an `id`"));
                }
            }
        }
    }
    lists
}

/// Ids, as strings or as objects that have one; `preferred` is looked for before `id`.
fn ids(sink: &mut Sink<'_>, member: &Member<'_>, preferred: &str) -> Vec<String> {
    let mut found = Vec::new();
    for value in sink.array(member) {
        let of = |name: &str| value.get(name).and_then(Value::as_str);
        match value
            .as_str()
            .or_else(|| of(preferred))
            .or_else(|| of("id"))
        {
            Some(id) => found.push(id.to_owned()),
            None => {
                let name = format!("{}[]", member.name);
                sink.report(problems::wrong_type(&name, value, "an id"));
            }
        }
    }
    found
}

/// The name of an object of this kind, if it has an id.
pub(crate) fn named_object(
    sink: &mut Sink<'_>,
    kind: ObjectKind,
    value: &Value<'_>,
) -> Option<ObjectName> {
    let mut fields = Fields::new(value)?;
    let ids: &[&'static str] = match kind {
        ObjectKind::App => &["appId", "id"],
        ObjectKind::Role => &["roleTemplateId", "templateId", "id"],
        _ => &["id"],
    };
    let mut id = None;
    for name in ids {
        let member = fields.take_said(name);
        id = id.or_else(|| member.and_then(|member| sink.string(member)));
    }
    let id = id?;
    let name = fields
        .take_said("displayName")
        .or_else(|| fields.take_said("name"));
    let name = name.and_then(|member| sink.string(member));
    if kind != ObjectKind::Context {
        sink.id(&id);
    }
    let mut flag = |wanted: ObjectKind, name: &'static str| {
        let member = fields.take_said(name).filter(|_| kind == wanted);
        member.and_then(|member| sink.boolean(member))
    };
    let is_per_device = flag(ObjectKind::Terms, "isPerDeviceAcceptanceRequired") == Some(true);
    let is_unpublished = flag(ObjectKind::Context, "isAvailable") == Some(false);
    let name = name.map_or_else(|| id.text.clone(), |name| name.text);
    let id = if kind == ObjectKind::Context {
        id.text.to_ascii_lowercase()
    } else {
        id.text
    };
    Some(ObjectName {
        kind,
        id,
        name,
        span: Some(value.span),
        form: match kind {
            ObjectKind::Terms | ObjectKind::Context => super::whole(value),
            _ => gatewright_hir::model::GraphForm::default(),
        },
        is_per_device,
        is_unpublished,
    })
}

/// Read a group of resources that policies name as one.
pub(crate) fn read_app_group(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<AppGroup> {
    let mut fields = Fields::new(value)?;
    let name = fields
        .take_said("name")
        .or_else(|| fields.take_said("displayName"));
    let name = name.and_then(|member| sink.string(member))?;
    let member = fields
        .take("apps")
        .filter(|member| !is_vacuous(&member.value));
    let ids = member
        .map(|member| ids(sink, member, "appId"))
        .unwrap_or_default();
    sink.report_rest(&fields);
    let mut apps: Vec<String> = ids.iter().map(|id| fold(id).into_owned()).collect();
    apps.sort_unstable();
    apps.dedup();
    Some(AppGroup {
        name: name.text,
        apps,
    })
}
