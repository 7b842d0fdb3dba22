//! Custom security attributes: reading them, and the records that they make.
//!
//! SEMANTICS: §16.1, §16.2

use std::collections::BTreeMap;

use serde_json::Value;

use crate::facts::{Fact, Facts, fold};
use crate::read::{Object, refuse};
use crate::record::{Field, Record};
use crate::{Directory, RequestError, target};

/// Attributes of the objects that a request and its directory list, by folded id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags {
    apps: BTreeMap<String, Record>,
    service_principals: BTreeMap<String, Record>,
    agents: BTreeMap<String, Record>,
}

/// Read the three lists of a request's directory, and those of the directory file behind them.
pub(crate) fn read(
    given: &Object<'_>,
    directory: Option<&Directory>,
) -> Result<Tags, RequestError> {
    let none = BTreeMap::new();
    let known = |list: fn(&Directory) -> &BTreeMap<String, Value>| directory.map_or(&none, list);
    Ok(Tags {
        apps: objects(given, "apps", known(|d| &d.apps))?,
        service_principals: objects(given, "servicePrincipals", known(|d| &d.service_principals))?,
        agents: objects(given, "agents", known(|d| &d.agents))?,
    })
}

fn objects(
    given: &Object<'_>,
    list: &str,
    known: &BTreeMap<String, Value>,
) -> Result<BTreeMap<String, Record>, RequestError> {
    let mut by_id = BTreeMap::new();
    for (id, attributes) in known {
        let attributes = Object::of("customSecurityAttributes", Some(attributes))?;
        by_id.insert(fold(id), record(&attributes)?);
    }
    let mut listed = BTreeMap::new();
    for object in given.objects(list)? {
        object.allow(&["id", "customSecurityAttributes"])?;
        let Some(id) = object.text("id")? else {
            return refuse(format!(
                "an object of `{}` has no `id`",
                given.place_of(list)
            ));
        };
        // An object that is listed without attributes is untagged, whatever the file says.
        let attributes = object.object("customSecurityAttributes")?;
        if listed.insert(fold(id), record(&attributes)?).is_some() {
            return refuse(format!("`{id}` is listed twice"));
        }
    }
    by_id.extend(listed);
    Ok(by_id)
}

/// The fields of `customSecurityAttributes`: sets of attributes, joined by an underscore.
fn record(sets: &Object<'_>) -> Result<Record, RequestError> {
    let mut record = Record::default();
    for set in sets.names() {
        let attributes = sets.object(set)?;
        for name in attributes.names() {
            let Some(value) = attributes.member(name) else {
                continue;
            };
            let field = match value {
                Value::String(text) => Some(Field::Text(text.clone())),
                Value::Array(_) => attributes.texts(name).ok().flatten().map(Field::Texts),
                _ => None,
            };
            if let Some(field) = field {
                record.set(&format!("{set}_{name}"), field);
            }
        }
    }
    Ok(record)
}

/// Set the facts that hold records, after what is not known has been said.
///
/// SEMANTICS: §16.2
pub(crate) fn derive(tags: &Tags, facts: &mut Facts) {
    let of_identity = |facts: &Facts, class: &str, id: &str, tags: &BTreeMap<String, Record>| {
        let record = match (facts.get("signIn.identity"), facts.get(id)) {
            (Fact::Unknown, _) => return Fact::Unknown,
            (Fact::Text(is), Fact::Unknown) if is == class => return Fact::Unknown,
            (Fact::Text(is), Fact::Text(id)) if is == class => tags.get(&fold(id)).cloned(),
            (Fact::Text(is), _) if is == class => None,
            _ => return Fact::Records(Vec::new()),
        };
        Fact::Records(vec![record.unwrap_or_default()])
    };
    if *facts.get("servicePrincipal.attributes") != Fact::Unknown {
        let (class, id) = ("servicePrincipal", "servicePrincipal.id");
        let records = of_identity(facts, class, id, &tags.service_principals);
        facts.set("servicePrincipal.attributes", records);
    }
    if *facts.get("agent.attributes") != Fact::Unknown {
        let records = of_identity(facts, "agentIdentity", "agent.id", &tags.agents);
        facts.set("agent.attributes", records);
    }
    let is_open = *facts.get("app.attributes") == Fact::Unknown;
    let resources = match facts.get("app.ids") {
        Fact::Set(ids) => Fact::Records(ids.iter().map(|id| resource(tags, id, is_open)).collect()),
        _ => Fact::Unknown,
    };
    facts.set("app.resources", resources);
    let baseline = resource(tags, target::DIRECTORY_RESOURCE, is_open);
    facts.set("app.baseline", Fact::Records(vec![baseline]));
    facts.set_app_tags(tags.apps.clone());
}

/// The record of an audience; where attributes are not known, its id alone is.
fn resource(tags: &Tags, id: &str, is_open: bool) -> Record {
    let mut record = if is_open {
        Record::open()
    } else {
        tags.apps.get(&fold(id)).cloned().unwrap_or_default()
    };
    record.set("id", Field::Text(id.to_owned()));
    record
}
