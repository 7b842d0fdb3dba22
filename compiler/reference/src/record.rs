//! Records, and questions about one element of a set.
//!
//! SEMANTICS: §16.3, §17

use std::collections::BTreeMap;

use gatewright_hir::model::{Comparison, Expr, FieldTest};

use crate::facts::{Fact, fold};
use crate::logic::{self, Kleene};
use crate::rule;

/// Named fields of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    by_folded_name: BTreeMap<String, Field>,
    /// Whether nobody told us of the fields that are not set.
    is_open: bool,
}

/// What a field holds. An absent field is in no record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Field {
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl Record {
    /// Set a field.
    pub(crate) fn set(&mut self, name: &str, field: Field) {
        self.by_folded_name.insert(fold(name), field);
    }

    /// A record of which nothing is known but what is set.
    pub(crate) fn open() -> Record {
        Record {
            is_open: true,
            ..Record::default()
        }
    }

    /// Whether nobody told us of the fields that are not set.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// The fields that are set, by folded name.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.by_folded_name
            .iter()
            .map(|(name, field)| (name.as_str(), field))
    }

    fn get(&self, name: &str) -> Option<&Field> {
        self.by_folded_name.get(&fold(name))
    }
}

/// What a question is asked of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Element<'a> {
    /// Nobody told us.
    Unknown,
    /// A text.
    Text(&'a str),
    /// A record.
    Record(&'a Record),
}

/// Whether some element of a set satisfies a condition.
///
/// SEMANTICS: §17.1
pub(crate) fn some_element(set: &Fact, body: &Expr) -> Kleene {
    match set {
        Fact::Unknown => Kleene::Unknown,
        Fact::Set(texts) => logic::any(texts.iter().map(|text| holds(Element::Text(text), body))),
        Fact::Records(records) => logic::any(
            records
                .iter()
                .map(|record| holds(Element::Record(record), body)),
        ),
        _ => Kleene::False,
    }
}

/// Whether an element satisfies a condition.
pub(crate) fn holds(element: Element<'_>, body: &Expr) -> Kleene {
    match body {
        Expr::Constant(value) => Kleene::from(*value),
        Expr::Not(part) => holds(element, part).not(),
        Expr::All(parts) => logic::all(parts.iter().map(|part| holds(element, part))),
        Expr::Any(parts) => logic::any(parts.iter().map(|part| holds(element, part))),
        Expr::Field(test) => field_holds(element, test),
        // Nothing else is about an element.
        Expr::Test(_) | Expr::Location(_) | Expr::App(_) | Expr::Some(_) | Expr::Unknown(_) => {
            Kleene::Unknown
        }
    }
}

fn field_holds(element: Element<'_>, test: &FieldTest) -> Kleene {
    let positive = match element {
        Element::Unknown => return Kleene::Unknown,
        Element::Text(text) if test.field.is_empty() => {
            rule::text_satisfies(text, &test.comparison)
        }
        Element::Text(_) => test.comparison == Comparison::IsNull,
        Element::Record(record) => match record.get(&test.field) {
            None if record.is_open => return Kleene::Unknown,
            None => test.comparison == Comparison::IsNull,
            Some(Field::Text(text)) => rule::text_satisfies(text, &test.comparison),
            Some(Field::Texts(texts)) => list_satisfies(texts, &test.comparison),
        },
    };
    Kleene::from(positive != test.is_negated)
}

/// Of a list, *contains* asks for a whole element; everything else asks for some element.
///
/// SEMANTICS: §16.3, §17.2
fn list_satisfies(elements: &[String], comparison: &Comparison) -> bool {
    match comparison {
        Comparison::Contains(texts) => elements
            .iter()
            .any(|element| texts.iter().any(|text| fold(text) == fold(element))),
        _ => elements
            .iter()
            .any(|element| rule::text_satisfies(element, comparison)),
    }
}
