//! What a request says, for those who ask about more sign-ins than this one.
//!
//! SEMANTICS: §1.2, §9

use std::collections::BTreeMap;

use gatewright_hir::model::{Control, PolicySet};
use serde_json::Value;

use crate::facts::{Fact, Facts};
use crate::record::{Field, Record};
use crate::{Directory, RequestError, claims, own, request};

/// What a fact says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Nobody told us.
    Unknown,
    /// The sign-in has no such value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A text, as the request writes it.
    Text(String),
    /// The elements of a set, as the request writes them.
    Elements(Vec<String>),
    /// The elements of a set of records, names of fields folded.
    Records(Vec<Value>),
    /// A value with an order, or an address, by its number.
    Number(u128),
}

/// A request that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What it says, by the name of the attribute in the schema; `app.baseline` too.
    pub facts: BTreeMap<String, Said>,
    /// Of each control that was asked about, whether it has been proved, be it that the client
    /// could not ask for it.
    pub proved: Vec<bool>,
}

/// What a request says of every attribute, and of these controls.
///
/// # Errors
/// The request cannot be read.
pub fn told(
    set: &PolicySet,
    value: &Value,
    directory: Option<&Directory>,
    controls: &[Control],
) -> Result<Told, RequestError> {
    let names = set.schema.attributes.iter().map(|one| one.name.as_str());
    if !set.schema.is_entra {
        let facts = own::read(&set.schema, value)?.facts;
        return Ok(Told {
            facts: names
                .map(|name| (name.to_owned(), said(&facts, name)))
                .collect(),
            proved: vec![false; controls.len()],
        });
    }
    let mut request = request::read(set, value, directory)?;
    let names = names.chain(["app.baseline"]);
    let facts = names
        .map(|name| (name.to_owned(), said(&request.facts, name)))
        .collect();
    request
        .facts
        .set("signIn.client", Fact::Text("browser".to_owned()));
    let proved = controls
        .iter()
        .map(|one| claims::is_held(set, &request, one));
    Ok(Told {
        facts,
        proved: proved.collect(),
    })
}

fn said(facts: &Facts, name: &str) -> Said {
    match facts.get(name) {
        Fact::Unknown => Said::Unknown,
        Fact::Null => Said::Null,
        Fact::Boolean(truth) => Said::Boolean(*truth),
        Fact::Text(text) => Said::Text(text.clone()),
        Fact::Set(elements) => Said::Elements(elements.clone()),
        // Of a record with fields that nobody told us, nothing is said.
        Fact::Records(records) if records.iter().any(Record::is_open) => Said::Unknown,
        Fact::Records(records) => Said::Records(records.iter().map(object).collect()),
        Fact::Number(number) | Fact::Address(number) => Said::Number(*number),
    }
}

fn object(record: &Record) -> Value {
    let members = record.fields().map(|(name, field)| {
        let value = match field {
            Field::Text(text) => Value::from(text.as_str()),
            Field::Texts(texts) => Value::from(texts.clone()),
        };
        (name.to_owned(), value)
    });
    Value::Object(members.collect())
}
