//! Variables to matchers: one per attribute and way of looking at it.

use std::collections::BTreeMap;

use gatewright_bytecode::{Matcher, Variable as ProgramVariable};
use gatewright_decision::{Cells, Classes, Space, TargetSet, TextClass, Variable};
use gatewright_value::Predicate;

/// LIMIT: target sets of the form "all but these" that share a matcher. Every element that any of
/// them lists has a row with all sets that it lies in: `n` sets with an element of their own would
/// take `n²` entries in one matcher, and take `64 · n` in matchers of 64, at the price of one
/// look-up per matcher and audience.
const COMPLEMENTS_PER_MATCHER: usize = 64;

/// The variables of the program, numbered as in the space.
pub(crate) fn variables(space: &Space) -> Vec<ProgramVariable> {
    space
        .variables
        .iter()
        .map(|variable| ProgramVariable {
            attribute: variable.attribute.0,
            class_count: variable.class_count,
            null_class: variable.null_class(),
            name: variable.name.clone(),
        })
        .collect()
}

/// What is told apart about one attribute.
#[derive(Default)]
struct Questions<'s> {
    classes: Vec<Matcher>,
    contains: Vec<(String, u32)>,
    suffixes: Vec<(String, u32)>,
    patterns: Vec<(String, u32)>,
    elements: Vec<(String, u32)>,
    listed: Vec<(&'s TargetSet, u32)>,
    complements: Vec<(&'s TargetSet, u32)>,
    predicates: Vec<(Predicate, u32)>,
}

/// The matchers, by attribute. Every variable is set by exactly one.
pub(crate) fn matchers(space: &Space) -> Vec<Matcher> {
    let mut by_attribute: BTreeMap<u32, Questions<'_>> = BTreeMap::new();
    for (number, variable) in (0u32..).zip(&space.variables) {
        by_attribute
            .entry(variable.attribute.0)
            .or_default()
            .add(variable, number);
    }
    let mut found = Vec::new();
    for (attribute, questions) in by_attribute {
        questions.finish(attribute, &mut found);
    }
    found
}

impl<'s> Questions<'s> {
    fn add(&mut self, described: &'s Variable, variable: u32) {
        let attribute = described.attribute.0;
        match &described.classes {
            Classes::Boolean => self.classes.push(Matcher::Boolean {
                attribute,
                variable,
            }),
            Classes::Text(entries) => {
                let (exact, prefixes) = text_rows(entries);
                self.classes.push(Matcher::Text {
                    attribute,
                    variable,
                    exact,
                    prefixes,
                });
            }
            Classes::Ordered(cells) => {
                let Cells { starts, classes } = cells.clone();
                self.classes.push(Matcher::Ordered {
                    attribute,
                    variable,
                    starts,
                    classes,
                });
            }
            Classes::Contains(text) => self.contains.push((text.clone(), variable)),
            Classes::EndsWith(text) => self.suffixes.push((text.clone(), variable)),
            Classes::Matches(pattern) => self.patterns.push((pattern.clone(), variable)),
            Classes::Has(element) => self.elements.push((element.clone(), variable)),
            Classes::Reaches(set) if set.is_complement => self.complements.push((set, variable)),
            Classes::Reaches(set) => self.listed.push((set, variable)),
            Classes::Some(predicate) => self.predicates.push((predicate.clone(), variable)),
        }
    }

    fn finish(mut self, attribute: u32, found: &mut Vec<Matcher>) {
        found.append(&mut self.classes);
        for rows in [
            &mut self.contains,
            &mut self.suffixes,
            &mut self.patterns,
            &mut self.elements,
        ] {
            rows.sort_unstable();
        }
        let Questions {
            contains,
            suffixes,
            patterns,
            elements,
            ..
        } = self;
        if !(contains.is_empty() && suffixes.is_empty() && patterns.is_empty()) {
            found.push(Matcher::TextParts {
                attribute,
                contains,
                suffixes,
                patterns,
            });
        }
        if !elements.is_empty() {
            found.push(Matcher::Elements {
                attribute,
                elements,
            });
        }
        let few = self.complements.len() <= COMPLEMENTS_PER_MATCHER;
        if few && !(self.listed.is_empty() && self.complements.is_empty()) {
            self.listed.append(&mut self.complements);
        }
        if !self.listed.is_empty() {
            found.push(targets(attribute, &self.listed));
        }
        for group in self.complements.chunks(COMPLEMENTS_PER_MATCHER) {
            found.push(targets(attribute, group));
        }
        if !self.predicates.is_empty() {
            let predicates = self.predicates;
            found.push(Matcher::Predicates {
                attribute,
                predicates,
            });
        }
    }
}

type Rows = Vec<(String, u32)>;

/// Constants and prefixes with their classes, each sorted by text as the classes are.
fn text_rows(entries: &[TextClass]) -> (Rows, Rows) {
    let row = |entry: &TextClass| (entry.text.clone(), entry.class);
    let (exact, prefixes): (Vec<_>, Vec<_>) = entries.iter().partition(|entry| entry.is_exact);
    (
        exact.into_iter().map(row).collect(),
        prefixes.into_iter().map(row).collect(),
    )
}

/// One matcher for these target sets.
fn targets(attribute: u32, sets: &[(&TargetSet, u32)]) -> Matcher {
    let mut others: Vec<u32> = Vec::new();
    let mut listed_in: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (place, (set, _)) in (0u32..).zip(sets) {
        if set.is_complement {
            others.push(place);
        }
        for text in &set.listed {
            listed_in.entry(text).or_default().push(place);
        }
    }
    let row = |(text, places): (&str, Vec<u32>)| {
        let (mut mentions, is_complement) = (places.as_slice(), |place: u32| {
            sets.get(place as usize)
                .is_some_and(|(set, _)| set.is_complement)
        });
        // All sets that mention the text positively, and the complements that do not mention it.
        let mut lies_in: Vec<u32> = places
            .iter()
            .copied()
            .filter(|place| !is_complement(*place))
            .collect();
        lies_in.extend(others.iter().copied().filter(|place| {
            let before = mentions.partition_point(|mention| mention < place);
            mentions = mentions.get(before..).unwrap_or(&[]);
            mentions.first() != Some(place)
        }));
        lies_in.sort_unstable();
        (text.to_owned(), lies_in)
    };
    Matcher::Targets {
        attribute,
        variables: sets.iter().map(|(_, variable)| *variable).collect(),
        elements: listed_in.into_iter().map(row).collect(),
        others: others.clone(),
        uncertain: Vec::new(),
    }
}
