//! Facts: what a request says, by name.
//!
//! SEMANTICS: §1.2, §3.2

use std::collections::BTreeMap;

use crate::logic::Kleene;
use crate::record::{Element, Record};

/// The value of a fact.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// Nobody told us.
    Unknown,
    /// The sign-in has no such value.
    Null,
    /// True or false.
    Boolean(bool),
    /// Text, enumeration, id or country, as the request writes it.
    Text(String),
    /// Elements of a set, as the request writes them.
    Set(Vec<String>),
    /// Elements of a set of records.
    Records(Vec<Record>),
    /// A value with an order (§3.4).
    Number(u128),
    /// An address (§3.5).
    Address(u128),
}

/// All facts of a request. A name that nobody set is null.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    by_folded_name: BTreeMap<String, Fact>,
    /// Custom security attributes of resources, by folded id.
    app_tags: BTreeMap<String, Record>,
}

impl Facts {
    /// Set a fact.
    pub(crate) fn set(&mut self, name: &str, fact: Fact) {
        self.by_folded_name.insert(fold(name), fact);
    }

    /// A fact.
    pub(crate) fn get(&self, name: &str) -> &Fact {
        self.by_folded_name.get(&fold(name)).unwrap_or(&Fact::Null)
    }

    /// Say which custom security attributes resources have.
    pub(crate) fn set_app_tags(&mut self, tags: BTreeMap<String, Record>) {
        self.app_tags = tags;
    }

    /// The custom security attributes of a resource; of one that is not listed, none.
    ///
    /// SEMANTICS: §16.1
    pub(crate) fn app_tags<'a>(&'a self, id: &str, untagged: &'a Record) -> Element<'a> {
        match self.get("app.attributes") {
            Fact::Unknown => Element::Unknown,
            _ => Element::Record(self.app_tags.get(&fold(id)).unwrap_or(untagged)),
        }
    }

    /// Whether a text equals this one.
    pub(crate) fn equals(&self, name: &str, text: &str) -> Kleene {
        match self.get(name) {
            Fact::Unknown => Kleene::Unknown,
            Fact::Text(value) => Kleene::from(fold(value) == fold(text)),
            _ => Kleene::False,
        }
    }

    /// Whether a set has this element.
    pub(crate) fn has(&self, name: &str, text: &str) -> Kleene {
        match self.get(name) {
            Fact::Unknown => Kleene::Unknown,
            Fact::Set(elements) => {
                Kleene::from(elements.iter().any(|element| fold(element) == fold(text)))
            }
            _ => Kleene::False,
        }
    }

    /// Whether a Boolean is true.
    pub(crate) fn is_true(&self, name: &str) -> Kleene {
        match self.get(name) {
            Fact::Unknown => Kleene::Unknown,
            Fact::Boolean(value) => Kleene::from(*value),
            _ => Kleene::False,
        }
    }

    /// Whether there is no value.
    pub(crate) fn is_null(&self, name: &str) -> Kleene {
        match self.get(name) {
            Fact::Unknown => Kleene::Unknown,
            Fact::Null => Kleene::True,
            _ => Kleene::False,
        }
    }
}

/// A text with every character folded: simple case folding.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::new();
    for character in text.chars() {
        let other = unicode_case_mapping::case_folded(character);
        let other = other.and_then(|number| char::from_u32(number.get()));
        folded.push(other.unwrap_or(character));
    }
    folded
}
