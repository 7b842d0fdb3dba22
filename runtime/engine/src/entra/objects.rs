//! Objects of the directory that carry custom security attributes: resources, service principals,
//! agent identities.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use gatewright_value::vocabulary::IdentityKind;
use gatewright_value::{Field, Record, fold};
use gatewright_vm::Fact;

use crate::directory::Directory;
use crate::json::Value;
use crate::plan::named_policies;
use crate::read::{Filler, Found, Node, Object};

/// What requests for baseline scopes only are taken to ask for: the directory.
const DIRECTORY_APP: &str = "00000002-0000-0000-c000-000000000000";

/// The member of an object that holds them.
pub(crate) const ATTRIBUTES: &str = "customSecurityAttributes";

/// Which objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    App,
    ServicePrincipal,
    Agent,
}

impl ObjectKind {
    pub(crate) const ALL: [ObjectKind; 3] = [
        ObjectKind::App,
        ObjectKind::ServicePrincipal,
        ObjectKind::Agent,
    ];

    /// The member of `directory` that lists them, and its path.
    pub(crate) fn list(self) -> (&'static str, &'static str) {
        match self {
            ObjectKind::App => ("apps", "directory.apps"),
            ObjectKind::ServicePrincipal => ("servicePrincipals", "directory.servicePrincipals"),
            ObjectKind::Agent => ("agents", "directory.agents"),
        }
    }
}

/// Custom security attributes by folded id.
pub(crate) type Tagged<'a> = BTreeMap<String, Record<'a>>;

/// The objects that a request lists.
#[derive(Debug, Default)]
pub(crate) struct Objects<'a> {
    lists: [Tagged<'a>; 3],
}

impl<'a> Objects<'a> {
    /// Read the lists of the member `directory`.
    pub(crate) fn read(directory: Option<Node<'_, 'a>>) -> Found<Objects<'a>> {
        let mut objects = Objects::default();
        let Some(node) = directory else {
            return Ok(objects);
        };
        let object = node.object("directory")?;
        for (kind, list) in ObjectKind::ALL.into_iter().zip(&mut objects.lists) {
            let (member, path) = kind.list();
            let Some(node) = object.get(member) else {
                continue;
            };
            for element in node.elements()? {
                let listed = element.object(path)?;
                listed.allow(["id", ATTRIBUTES])?;
                let id = listed.need("id")?.string()?;
                let record = custom_security_attributes(listed)?;
                if list.insert(fold(&id).into_owned(), record).is_some() {
                    return element.fail(format!("`{id}` is listed twice"));
                }
            }
        }
        Ok(objects)
    }

    /// What is known of an object: by the request, else by the directory file.
    fn attributes(
        &self,
        kind: ObjectKind,
        id: &str,
        directory: Option<&Directory>,
    ) -> Option<Record<'a>> {
        let [apps, principals, agents] = &self.lists;
        let list = match kind {
            ObjectKind::App => apps,
            ObjectKind::ServicePrincipal => principals,
            ObjectKind::Agent => agents,
        };
        let listed = list.get(fold(id).as_ref()).cloned();
        listed.or_else(|| directory?.tagged(kind, id).cloned())
    }
}

/// Read the custom security attributes of an object; one without the member has none.
pub(crate) fn custom_security_attributes<'a>(object: Object<'_, 'a>) -> Found<Record<'a>> {
    let mut record = Record::new();
    let Some(node) = object.get(ATTRIBUTES) else {
        return Ok(record);
    };
    for (set, node) in node.object(ATTRIBUTES)?.members() {
        for (name, node) in node.object(set)?.members() {
            if let Some(value) = value(node) {
                record.set(&format!("{set}_{name}"), value);
            }
        }
    }
    Ok(record)
}

/// A text or a list of texts; only these can be compared, so everything else counts as absent.
fn value<'a>(node: Node<'_, 'a>) -> Option<Field<'a>> {
    let text = |value: &Value<'a>| match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    match &node.json.value {
        Value::Array(elements) => {
            let texts = elements.iter().map(|element| text(&element.value));
            texts.collect::<Option<Vec<_>>>().map(Field::List)
        }
        value => text(value).map(Field::Text),
    }
}

/// Say what is known of the workload or agent identity that signs in, once it is known what is said
/// to be unknown; the result is the identity, if nothing is known of it.
pub(crate) fn identity_attributes<'a>(
    filler: &mut Filler<'_, 'a>,
    objects: &Objects<'a>,
    directory: Option<&Directory>,
    forgotten: &BTreeSet<String>,
) -> Option<(ObjectKind, String)> {
    const IDENTITIES: [(ObjectKind, IdentityKind, &str, &str); 2] = [
        (
            ObjectKind::ServicePrincipal,
            IdentityKind::ServicePrincipal,
            "servicePrincipal.attributes",
            "servicePrincipal.id",
        ),
        (
            ObjectKind::Agent,
            IdentityKind::Agent,
            "agent.attributes",
            "agent.id",
        ),
    ];
    let mut missing = None;
    for (kind, class, attribute, id) in IDENTITIES {
        if forgotten.contains(attribute) {
            continue;
        }
        let fact = match (filler.fact("signIn.identity"), filler.fact(id)) {
            (Fact::Text(is), Fact::Unknown) if is == class.name() => Fact::Unknown,
            (Fact::Text(is), id) if is == class.name() => {
                let id = id.as_text();
                let known = id.and_then(|id| objects.attributes(kind, id, directory));
                if known.is_none() {
                    missing = id.map(|id| (kind, id.to_owned()));
                }
                Fact::Records(vec![known.unwrap_or_default()])
            }
            (Fact::Unknown, _) => Fact::Unknown,
            _ => continue,
        };
        // The attribute is a set of records, or the program does not have it.
        _ = filler.put(attribute, fact);
    }
    missing
}

/// Say what is known of the resources that are asked for, once it is known what is said to be
/// unknown; the result is the resources that nothing is known of.
pub(crate) fn resources<'a>(
    filler: &mut Filler<'_, 'a>,
    objects: &Objects<'a>,
    directory: Option<&Directory>,
    forgotten: &BTreeSet<String>,
) -> Vec<String> {
    const RESOURCES: &str = "app.resources";
    let is_open = forgotten.contains(RESOURCES);
    let mut missing = Vec::new();
    let mut record = |id: Cow<'a, str>| {
        let known = match is_open {
            true => Some(Record::new().and_unknown()),
            false => objects.attributes(ObjectKind::App, &id, directory),
        };
        if known.is_none() {
            missing.push(id.clone().into_owned());
        }
        known.unwrap_or_default().with("id", id)
    };
    let resources = match filler.fact("app.ids") {
        Fact::Set(ids) => Fact::Records(ids.clone().into_iter().map(&mut record).collect()),
        _ => Fact::Unknown,
    };
    _ = filler.put(RESOURCES, resources);
    let plan = filler.engine.plan();
    if plan.asks_baseline {
        let is_baseline = filler.fact("signIn.baselineScopesOnly") == &Fact::Boolean(true);
        let directory_app = record(Cow::Borrowed(DIRECTORY_APP));
        if !is_baseline {
            missing.retain(|id| id != DIRECTORY_APP);
        }
        _ = filler.put("app.baseline", Fact::Records(vec![directory_app]));
    }
    missing
}

/// Say which objects a filter asks about and nothing is known of.
pub(crate) fn warn_of_untold(
    filler: &mut Filler<'_, '_>,
    kind: ObjectKind,
    ids: &[String],
    forgotten: &BTreeSet<String>,
) {
    const IDS_MAX: usize = 3;
    let (what, attribute) = match kind {
        ObjectKind::App => ("resource", "app.resources"),
        ObjectKind::ServicePrincipal => ("service principal", "servicePrincipal.attributes"),
        ObjectKind::Agent => ("agent", "agent.attributes"),
    };
    let engine = filler.engine;
    let askers = engine.plan().attribute_askers(engine.program(), kind);
    if ids.is_empty() || askers.is_empty() || forgotten.contains(attribute) {
        return;
    }
    let policies = named_policies(engine.program(), askers);
    let mut names: Vec<String> = ids
        .iter()
        .take(IDS_MAX)
        .map(|id| format!("`{id}`"))
        .collect();
    if ids.len() > IDS_MAX {
        names.push(format!("{} more", ids.len() - IDS_MAX));
    }
    let (names, (list, _)) = (names.join(", "), kind.list());
    filler.warn(format!(
        "`directory.{list}` does not say anything of the {what} {names}: \
         no custom security attributes for {policies}"
    ));
}
