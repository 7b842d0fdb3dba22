//! The ids that audiences can have.
//!
//! An id matters by whether a question names it, and by what it answers to questions about parts of
//! ids. Every id that is named is one of its own; of all others one text for each list of answers is
//! enough, and further texts with the same answers are made of it when they are needed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use gatewright_value::{Element, FieldComparison, Predicate, Record};

use super::apps::{DIRECTORY, ID};
use super::fresh_guids;
use super::language::{Constants, Language};
use super::questions::{Asked, class_of};
use super::records::RecordSpace;
use super::sets::{SetGroup, add_constants, constants};

/// LIMIT: kinds of ids that are told apart.
const KINDS_MAX: usize = 256;
/// LIMIT: searches for kinds, each of which minds the named ids that the one before came by.
const ROUNDS_MAX: usize = 4;
/// LIMIT: places of an id that something is put in, and what is put there, for another like it.
const PLACES_MAX: usize = 64;
const PADS_MAX: usize = 64;

/// What is exhausted where an id may be missing.
const GAP: &str = "ids of resources";

/// What an id answers, by classes; ids with the same answers can have the same records.
pub(super) type Kind = Vec<u32>;

/// The ids that questions tell apart.
pub(super) struct Ids {
    /// Every id that a question names, with what it answers.
    named: BTreeMap<String, Kind>,
    /// One for each list of answers that others have, where something is asked of parts of ids.
    others: Vec<String>,
    /// Why others may be missing.
    pub(super) gap: Option<&'static str>,
    /// What is asked of ids by themselves, and of the ids of records.
    of_texts: Vec<Asked>,
    of_records: Vec<Asked>,
}

impl Ids {
    pub(super) fn new(ids: &SetGroup<'_>, space: &RecordSpace) -> Ids {
        let mut found = Ids {
            named: BTreeMap::new(),
            others: Vec::new(),
            gap: None,
            of_texts: ids.asked().into_iter().cloned().collect(),
            of_records: Vec::new(),
        };
        let mut named: BTreeSet<String> = ids.listed().map(str::to_owned).collect();
        named.insert(DIRECTORY.to_owned());
        let asked: Vec<&Asked> = found.of_texts.iter().collect();
        let mut constants = constants(&asked);
        let mut asks_for_parts = !asked.is_empty();
        let mut known: Vec<&FieldComparison> = Vec::new();
        let questions = space.all().iter().flat_map(|one| one.predicate.questions());
        for question in questions.filter(|question| question.field == ID) {
            if known.contains(&&question.comparison) {
                continue;
            }
            match &question.comparison {
                FieldComparison::OneOf(texts) => named.extend(texts.iter().cloned()),
                FieldComparison::IsNull => {}
                _ => {
                    asks_for_parts = true;
                    add_constants(question, &mut constants);
                }
            }
            known.push(&question.comparison);
            let alone = Predicate::field(ID, question.comparison.clone());
            found.of_records.push(Asked::new(&alone));
        }
        let kinds = named.into_iter().map(|id| (found.kind(&id), id));
        found.named = kinds.map(|(kind, id)| (id, kind)).collect();
        if asks_for_parts {
            found.find_others(constants);
        }
        found
    }

    fn find_others(&mut self, mut constants: Constants) {
        for _ in 0..ROUNDS_MAX {
            // An automaton that does not mind a named id comes by it as if it were like others.
            let passed: RefCell<BTreeSet<String>> = RefCell::default();
            let answers = |text: &str| -> Option<(Kind, Kind)> {
                if self.named.contains_key(text) {
                    passed.borrow_mut().insert(text.to_owned());
                    return None;
                }
                Some((self.of_text(text), self.kind(text)))
            };
            let mut language = Language::new(&constants);
            let (rows, gap) = language.representatives(&[], &answers, KINDS_MAX);
            let mut passed = passed.into_inner();
            passed.retain(|text| !constants.whole.contains(text));
            if passed.is_empty() || gap.is_some() {
                let others = rows.into_iter().filter(|(_, answers)| answers.is_some());
                self.others = others.map(|(text, _)| text).collect();
                self.gap = gap.map(|_| GAP);
                return;
            }
            constants.whole.extend(passed);
        }
        self.gap = Some(GAP);
    }

    /// What an id answers as the id of a record.
    pub(super) fn kind(&self, id: &str) -> Kind {
        if let Some(known) = self.named.get(id) {
            return known.clone();
        }
        let record = Record::new().with(ID, id.to_owned());
        let answers = self.of_records.iter();
        let mut kind: Kind = answers
            .map(|asked| class_of(asked.of(Element::Record(&record))))
            .collect();
        // Its record is the one of the baseline too.
        kind.push(u32::from(id == DIRECTORY));
        kind
    }

    /// What an id answers as a text.
    fn of_text(&self, id: &str) -> Kind {
        let answers = self.of_texts.iter();
        answers
            .map(|asked| class_of(asked.of(Element::Text(id))))
            .collect()
    }

    /// A GUID that no question names, and that is not taken.
    pub(super) fn fresh(&self, is_taken: &dyn Fn(&str) -> bool) -> Option<String> {
        fresh_guids().find(|id| !self.named.contains_key(id) && !is_taken(id))
    }

    /// Ids that are not taken, the likeliest first: of those that nothing tells apart, one. With what
    /// was exhausted if there may be further ones.
    pub(super) fn free(
        &self,
        is_taken: &dyn Fn(&str) -> bool,
    ) -> (Vec<String>, Option<&'static str>) {
        let mut gap = self.gap;
        let mut found: Vec<String> = self.fresh(is_taken).into_iter().collect();
        let is_named = |id: &&String| !is_taken(id);
        found.extend(self.named.keys().filter(is_named).cloned());
        for other in &self.others {
            let free = match is_taken(other) {
                false => Some(other.clone()),
                true => self.like(other, is_taken),
            };
            if free.is_none() {
                gap = Some(GAP);
            }
            found.extend(free);
        }
        (found, gap)
    }

    /// Another id with the same answers that is not taken.
    fn like(&self, id: &str, is_taken: &dyn Fn(&str) -> bool) -> Option<String> {
        let wanted = (self.of_text(id), self.kind(id));
        let ends = std::iter::once(id.len()).chain(id.char_indices().map(|(at, _)| at));
        let places: Vec<usize> = ends.take(PLACES_MAX).collect();
        let pads = std::iter::once("x".to_owned()).chain((0..PADS_MAX).map(|n| n.to_string()));
        pads.flat_map(|pad| {
            let places = places.iter();
            let padded = places.filter_map(move |at| {
                let (start, end) = id.split_at_checked(*at)?;
                Some(format!("{start}{pad}{end}"))
            });
            padded.collect::<Vec<String>>()
        })
        .find(|text| {
            !self.named.contains_key(text)
                && !is_taken(text)
                && (self.of_text(text), self.kind(text)) == wanted
        })
    }
}
