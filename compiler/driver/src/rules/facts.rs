//! The facts of a rule as a request: what `rule eval` is given, as the engines read it.
//!
//! Facts come as the directory, Intune or Microsoft Graph have them: names in any case, groups and
//! managers as objects, Intune's Booleans as Booleans.

use gatewright_hir::rule::{ATTRIBUTE_RULE_DIALECT, DEVICE_RULE_DIALECT};
use gatewright_hir::schema::{Attribute, Dialect, Schema};
use gatewright_value::{Kind, ordered_key};
use serde_json::{Map, Value, json};

use super::{CheckedRule, graph};

/// The application that the facts of a filter over custom security attributes are about.
const APP: &str = "something";

impl CheckedRule {
    /// The request whose decision is the value of the rule; `null` where the rule cannot be read.
    ///
    /// `facts` is the object that the dialect speaks of, or null; `unknown` names facts that are
    /// not known; `now` is a date-time.
    #[must_use]
    pub fn request(&self, facts: &Value, unknown: &[String], now: Option<&str>) -> Value {
        let Some(set) = &self.set else {
            return Value::Null;
        };
        match self.dialect.as_str() {
            DEVICE_RULE_DIALECT => {
                let conditions = json!({ "deviceInfo": facts });
                sign_in(unknown, ("signInConditions", conditions))
            }
            ATTRIBUTE_RULE_DIALECT => {
                let unknown: Vec<String> = unknown.iter().map(|name| of_app(name)).collect();
                let app = if facts.is_null() {
                    json!({ "id": APP })
                } else {
                    json!({ "id": APP, "customSecurityAttributes": facts })
                };
                sign_in(&unknown, ("directory", json!({ "apps": [app] })))
            }
            dialect => {
                let table = set.schema.dialects.iter().find(|d| d.name == dialect);
                table.map_or(Value::Null, |table| {
                    own(&set.schema, table, facts, unknown, now)
                })
            }
        }
    }

    /// The members of the facts that Microsoft Graph has and that no rule can ask about.
    #[must_use]
    pub fn ignored(&self, facts: &Value) -> Vec<String> {
        let dialects = self.set.as_ref().map(|set| &set.schema.dialects);
        let table = dialects.and_then(|all| all.iter().find(|d| d.name == self.dialect));
        match (table.filter(|table| is_membership(table)), facts) {
            (Some(table), Value::Object(members)) => {
                graph::renamed(table.entity.as_deref().unwrap_or_default(), members).1
            }
            _ => Vec::new(),
        }
    }
}

/// Whether the facts are an object of the directory.
fn is_membership(dialect: &Dialect) -> bool {
    ["dyn-user", "dyn-device"].contains(&dialect.name.as_str())
}

/// Somebody's sign-in to something, with one more member.
fn sign_in(unknown: &[String], (name, facts): (&str, Value)) -> Value {
    json!({
        "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn", "userId": "somebody" },
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": [APP],
        },
        "unknown": unknown,
        name: facts,
    })
}

/// Which attributes an object has is known as a whole or not at all.
fn of_app(name: &str) -> String {
    let is_custom = name
        .split('.')
        .next()
        .is_some_and(|first| first.eq_ignore_ascii_case("CustomSecurityAttribute"));
    if is_custom {
        "app.attributes".to_owned()
    } else {
        name.to_owned()
    }
}

fn own(
    schema: &Schema,
    dialect: &Dialect,
    facts: &Value,
    unknown: &[String],
    now: Option<&str>,
) -> Value {
    let entity = dialect.entity.as_deref().unwrap_or_default();
    let mut unknown = unknown.to_vec();
    let mut request = Map::new();
    let object = match facts {
        Value::Object(members) if is_membership(dialect) => {
            let (members, _) = graph::renamed(entity, members);
            Value::Object(members_of(schema, dialect, entity, &members))
        }
        Value::Object(members) => Value::Object(members_of(schema, dialect, entity, members)),
        Value::Null => json!({}),
        other => other.clone(),
    };
    request.insert(entity.to_owned(), object);
    if schema.find_attribute("system.now").is_some() {
        match now {
            Some(now) => drop(request.insert("system".to_owned(), json!({ "now": now }))),
            None => unknown.push("system.now".to_owned()),
        }
    }
    request.insert("unknown".to_owned(), json!(unknown));
    Value::Object(request)
}

fn members_of(
    schema: &Schema,
    dialect: &Dialect,
    entity: &str,
    members: &Map<String, Value>,
) -> Map<String, Value> {
    let mut read = Map::new();
    for (name, value) in members {
        let full = format!("{entity}.{name}");
        let attribute = schema
            .find_attribute(&full)
            .and_then(|id| schema.attribute(id));
        match attribute {
            Some(attribute) => {
                if let Some(value) = fact(dialect, attribute, value) {
                    let own = attribute
                        .name
                        .split_once('.')
                        .map_or(name.as_str(), |(_, own)| own);
                    read.insert(own.to_owned(), value);
                }
            }
            None if name.starts_with('@') || is_open(dialect, &full) => {}
            // Whoever reads the request says that there is no such attribute.
            None => drop(read.insert(name.to_owned(), value.clone())),
        }
    }
    read
}

/// Whether the dialect has such an attribute without declaring it. The rule does not ask for it.
fn is_open(dialect: &Dialect, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut open = dialect.open.iter();
    open.any(|open| lower.starts_with(&open.prefix.to_ascii_lowercase()))
}

/// A value as the request says it; `None` for one that is as good as absent.
fn fact(dialect: &Dialect, attribute: &Attribute, value: &Value) -> Option<Value> {
    let trim = |text: &str| {
        if dialect.is_trimmed {
            text.trim_matches(' ').to_owned()
        } else {
            text.to_owned()
        }
    };
    match (&attribute.kind, value) {
        (_, Value::Null) => None,
        (Kind::String, Value::Bool(truth)) if dialect.is_trimmed => {
            Some(json!(if *truth { "True" } else { "False" }))
        }
        (Kind::Version, Value::String(text)) => {
            // What is no version is neither above nor below one.
            let text = trim(text);
            ordered_key(&Kind::Version, &text).ok()?;
            Some(json!(text))
        }
        (Kind::Guid, object @ Value::Object(_)) => object_id(object),
        (Kind::Set(element), Value::Array(items)) if **element == Kind::Guid => {
            let ids = items.iter().map(|item| match item {
                object @ Value::Object(_) => object_id(object).unwrap_or(Value::Null),
                other => other.clone(),
            });
            Some(ids.collect())
        }
        (_, Value::String(text)) => Some(json!(trim(text))),
        (_, other) => Some(other.clone()),
    }
}

fn object_id(object: &Value) -> Option<Value> {
    object.get("id").or_else(|| object.get("objectId")).cloned()
}
