//! The classes that facts are in: the way back.

use std::collections::BTreeMap;

use gatewright_decision::{Classes, Space, Variable};
use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_value::{Element, Record, Truth, fold};
use regex_automata::meta::Regex;

use super::apps::{DIRECTORY, ID};
use super::questions::{
    Asked, FALSE, TRUE, cell_class, class_of, compile, is_match, some, text_class,
};
use super::records::record;
use super::times::difference;
use crate::facts::{Fact, Facts};

/// Finds the classes of facts.
pub(crate) struct Classifier<'s> {
    schema: &'s Schema,
    space: &'s Space,
    /// By variable, where it is about a pattern or a predicate.
    patterns: BTreeMap<usize, Option<Regex>>,
    asked: BTreeMap<usize, Asked>,
    ids: Option<AttributeId>,
    resources: Option<AttributeId>,
}

/// The classes that facts are in, one per variable. What facts do not name is not known.
#[must_use]
pub fn classes_of(schema: &Schema, space: &Space, facts: &Facts) -> Vec<u32> {
    Classifier::new(schema, space).classes_of(facts)
}

impl<'s> Classifier<'s> {
    pub(crate) fn new(schema: &'s Schema, space: &'s Space) -> Classifier<'s> {
        let find = |name| schema.find_attribute(name).filter(|_| schema.is_entra);
        let mut classifier = Classifier {
            schema,
            space,
            patterns: BTreeMap::new(),
            asked: BTreeMap::new(),
            ids: find("app.ids"),
            resources: find("app.resources"),
        };
        for (number, variable) in space.variables.iter().enumerate() {
            match &variable.classes {
                Classes::Matches(pattern) => {
                    classifier.patterns.insert(number, compile(pattern));
                }
                Classes::Some(predicate) => {
                    classifier.asked.insert(number, Asked::new(predicate));
                }
                _ => {}
            }
        }
        classifier
    }

    /// The classes that facts are in, one per variable. What facts do not name is not known, but a
    /// difference follows from its times.
    pub(crate) fn classes_of(&self, facts: &Facts) -> Vec<u32> {
        let rows = self.space.variables.iter().enumerate();
        rows.map(|(number, variable)| self.class_of(number, variable, facts))
            .collect()
    }

    /// The class that facts are in, of one variable.
    pub(crate) fn class_of(&self, number: usize, variable: &Variable, facts: &Facts) -> u32 {
        let fact = self.fact(variable.attribute, facts);
        let unknown = variable.unknown_class();
        let truth = |is: bool| if is { TRUE } else { FALSE };
        match (&variable.classes, &fact) {
            (Classes::Some(_), Fact::Unknown) => self.of_open(number, variable, facts),
            (_, Fact::Unknown) => unknown,
            (Classes::Boolean, Fact::Boolean(is)) => truth(*is),
            (Classes::Boolean | Classes::Text(_) | Classes::Ordered(_), Fact::Null) => {
                variable.null_class().unwrap_or(unknown)
            }
            (_, Fact::Null) => FALSE,
            (Classes::Text(entries), Fact::Text(text)) => text_class(entries, &fold(text)),
            (Classes::Ordered(cells), Fact::Key(key)) => cell_class(cells, *key),
            (Classes::Contains(part), Fact::Text(text)) => truth(fold(text).contains(part)),
            (Classes::EndsWith(end), Fact::Text(text)) => truth(fold(text).ends_with(end)),
            (Classes::Matches(_), Fact::Text(text)) => {
                let pattern = self.patterns.get(&number).and_then(Option::as_ref);
                truth(is_match(pattern, text))
            }
            (Classes::Has(wanted), Fact::Elements(elements)) => truth(
                elements
                    .iter()
                    .any(|element| fold(element) == wanted.as_str()),
            ),
            (Classes::Reaches(set), Fact::Elements(elements)) => {
                truth(elements.iter().any(|element| set.holds(&fold(element))))
            }
            (Classes::Some(_), Fact::Elements(elements)) => {
                let ask = |element: &String| self.ask(number, Element::Text(element));
                class_of(some(elements.iter().map(ask)))
            }
            (Classes::Some(_), Fact::Records(records)) => {
                let ask = |value| self.ask(number, Element::Record(&record(value)));
                class_of(some(records.iter().map(ask)))
            }
            // A record equals no text.
            (Classes::Has(_) | Classes::Reaches(_), Fact::Records(_)) => FALSE,
            _ => unknown,
        }
    }

    fn fact(&self, attribute: AttributeId, facts: &Facts) -> Fact {
        if let Some(fact) = facts.get(&attribute) {
            return fact.clone();
        }
        let ends = self
            .schema
            .attribute(attribute)
            .and_then(|found| found.difference);
        let ends = ends.and_then(|(first, second)| facts.get(&first).zip(facts.get(&second)));
        ends.map_or(Fact::Unknown, |(first, second)| difference(first, second))
    }

    /// Where custom security attributes are not known, the ids of audiences may be.
    fn of_open(&self, number: usize, variable: &Variable, facts: &Facts) -> u32 {
        let open = |id: &str| Record::new().with(ID, id.to_owned()).and_unknown();
        let ask = |record: Record<'_>| self.ask(number, Element::Record(&record));
        let is_baseline = self.schema.attribute(variable.attribute).is_none();
        if is_baseline {
            return class_of(ask(open(DIRECTORY)));
        }
        match self.ids.and_then(|ids| facts.get(&ids)) {
            Some(Fact::Elements(ids)) if Some(variable.attribute) == self.resources => {
                class_of(some(ids.iter().map(|id| ask(open(id)))))
            }
            _ => variable.unknown_class(),
        }
    }

    fn ask(&self, number: usize, element: Element<'_>) -> Truth {
        let asked = self.asked.get(&number);
        asked.map_or(Truth::Unknown, |asked| asked.of(element))
    }
}
