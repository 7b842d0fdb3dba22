//! Custom security attributes of the objects that a directory lists.

use gatewright_value::fold;

use crate::directory::{TagValue, TaggedKind, TaggedObject};
use crate::json::{Kind, Member, Value, is_annotation};

/// The member of an object that holds them.
const ATTRIBUTES: &str = "customSecurityAttributes";

/// The objects of a list of a directory file that have custom security attributes. A service
/// principal that says which application it is of is a resource too.
pub(crate) fn read_tagged(list: &Member<'_>) -> Vec<TaggedObject> {
    let kind = match list.name.to_ascii_lowercase().as_str() {
        "apps" | "applications" => TaggedKind::App,
        "serviceprincipals" => TaggedKind::ServicePrincipal,
        "agents" => TaggedKind::Agent,
        _ => return Vec::new(),
    };
    let response = list.value.get("value").unwrap_or(&list.value);
    let mut found = Vec::new();
    for value in response.as_array().into_iter().flatten() {
        let Some(sets) = value.get(ATTRIBUTES).and_then(Value::as_object) else {
            continue;
        };
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let (id, app_id) = (text("id"), text("appId"));
        let mut add = |kind, id: Option<&str>| {
            let tagged = |id: &str| TaggedObject {
                kind,
                id: id.to_owned(),
                attributes: attributes(sets),
                span: value.span,
            };
            found.extend(id.map(tagged));
        };
        match kind {
            TaggedKind::App => add(kind, app_id.or(id)),
            TaggedKind::ServicePrincipal => {
                add(TaggedKind::App, app_id);
                add(kind, id);
            }
            TaggedKind::Agent => add(kind, id),
        }
    }
    found
}

/// Texts and lists of texts by the names of set and attribute; only these can be compared, so
/// everything else counts as absent.
fn attributes(sets: &[Member<'_>]) -> Vec<(String, TagValue)> {
    let mut found = Vec::new();
    for set in sets.iter().filter(|set| !is_annotation(&set.name)) {
        let members = set.value.as_object().into_iter().flatten();
        for member in members.filter(|member| !is_annotation(&member.name)) {
            let value = match &member.value.kind {
                Kind::String(text) => Some(TagValue::Text(text.to_string())),
                Kind::Array(items) => {
                    let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                    texts.collect::<Option<Vec<_>>>().map(TagValue::List)
                }
                _ => None,
            };
            let name = fold(&format!("{}_{}", set.name, member.name)).into_owned();
            found.extend(value.map(|value| (name, value)));
        }
    }
    found
}
