//! What values that are known beforehand bring: missing, null, truths, members of enumerations.
//!
//! A request mostly says such things, and an attribute may have several matchers with many rows
//! each. What all of them find in such a value is one *answer*, whose bits are added up once, when
//! the program is loaded: an entry like that of one outcome, with a strip for each slot that it
//! brings something to, usually none or one.
//!
//! INVARIANT: an answer brings what the outcomes bring that it stands for.

use std::borrow::Cow;
use std::collections::HashMap;

use gatewright_bytecode::{Matcher, Program};

use super::tables::{Entry, Row, Tables, merge};
use crate::interpret::Rail;
use crate::lookup::{Found, Lookup};

/// A value that is known beforehand, by its number among those of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer(u32);

impl Answer {
    /// Nothing is known.
    pub const UNKNOWN: Answer = Answer(0);
    /// There is no value.
    pub const NULL: Answer = Answer(1);

    /// A truth.
    #[must_use]
    pub const fn truth(truth: bool) -> Answer {
        Answer(2 + truth as u32)
    }

    /// The member of an enumeration at a place.
    #[must_use]
    pub const fn member(place: u16) -> Answer {
        Answer(4 + place as u32)
    }
}

/// The answers of a program, by rail.
#[derive(Clone, Debug)]
pub(crate) struct Answers([AnswersOfRail; 2]);

/// The answers on a rail.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswersOfRail {
    /// By attribute: its first answer. Those of the next attribute follow.
    starts: Box<[u32]>,
    /// By attribute: the first answer to one of its keys. Those of the next attribute follow.
    key_starts: Box<[u32]>,
    entries: Box<[Entry]>,
    /// By matcher: whether something hangs on its rows that are false.
    wants_false: Box<[bool]>,
}

/// Of a value that the attribute does not have.
const NO_ANSWER: Entry = Entry {
    first: u32::MAX,
    count: 0,
    slot: 0,
};

impl Answers {
    /// The answers of a program, whose bits are added to the tables. `None` where they do not fit.
    pub(crate) fn new(program: &Program, lookup: &Lookup, tables: &mut Tables) -> Option<Answers> {
        let certain = AnswersOfRail::new(program, lookup, tables, Rail::Certain)?;
        let possible = AnswersOfRail::new(program, lookup, tables, Rail::Possible)?;
        Some(Answers([certain, possible]))
    }

    /// The answers on a rail.
    #[inline]
    pub(crate) fn on(&self, rail: Rail) -> &AnswersOfRail {
        let [certain, possible] = &self.0;
        match rail {
            Rail::Certain => certain,
            Rail::Possible => possible,
        }
    }
}

impl AnswersOfRail {
    /// What an answer brings; nothing where the attribute has no such value.
    #[inline]
    pub(crate) fn entry(&self, attribute: u32, answer: Answer) -> Option<Entry> {
        self.entry_of(&self.starts, attribute, answer.0)
    }

    /// What a key brings, by its place among the keys of the attribute; after them, whatever is no
    /// key. Nothing where more is asked of the attribute than what the value is equal to.
    #[inline]
    pub(crate) fn entry_of_key(&self, attribute: u32, key: u32) -> Option<Entry> {
        self.entry_of(&self.key_starts, attribute, key)
    }

    /// Whether something hangs on rows of this matcher that are false.
    #[inline]
    pub(crate) fn wants_false(&self, matcher: u32) -> bool {
        self.wants_false.get(matcher as usize) != Some(&false)
    }

    #[inline]
    fn entry_of(&self, starts: &[u32], attribute: u32, answer: u32) -> Option<Entry> {
        let [start, end] = *starts.get(attribute as usize..)?.first_chunk()?;
        let place = start.wrapping_add(answer);
        if place < start || place >= end {
            return None;
        }
        let entry = *self.entries.get(place as usize)?;
        (entry.first != NO_ANSWER.first).then_some(entry)
    }

    fn new(
        program: &Program,
        lookup: &Lookup,
        tables: &mut Tables,
        rail: Rail,
    ) -> Option<AnswersOfRail> {
        let wants = |tables: &Tables, (number, matcher): (u32, &Matcher)| {
            let classes = |variable| program.class_count(variable);
            let outcomes = u32::try_from(matcher.outcome_count(classes)).unwrap_or(u32::MAX);
            let starts = tables.starts(rail);
            let mut false_rows = (0..outcomes).step_by(3);
            false_rows.any(|outcome| tables.entry(starts, number, outcome).count != 0)
        };
        let matchers = (0..).zip(&program.matchers);
        let wants_false = matchers.map(|matcher| wants(tables, matcher)).collect();
        let mut adding = Adding {
            tables,
            rail,
            known: HashMap::new(),
            entries: Vec::new(),
        };
        let (mut starts, mut key_starts) = (Vec::new(), Vec::new());
        for attribute in lookup.all() {
            adding.add(attribute.answers(), &mut starts)?;
        }
        adding.add(Vec::new(), &mut starts)?;
        for attribute in lookup.all() {
            adding.add(attribute.answers_of_keys(), &mut key_starts)?;
        }
        adding.add(Vec::new(), &mut key_starts)?;
        Some(AnswersOfRail {
            starts: starts.into(),
            key_starts: key_starts.into(),
            entries: adding.entries.into(),
            wants_false,
        })
    }
}

/// Adds up what outcomes bring.
struct Adding<'t> {
    tables: &'t mut Tables,
    rail: Rail,
    /// What was added up before.
    known: HashMap<Vec<Row>, Entry>,
    entries: Vec<Entry>,
}

impl Adding<'_> {
    /// Append the answers of an attribute, and where they start.
    fn add(&mut self, answers: Vec<Option<Cow<'_, [Found]>>>, starts: &mut Vec<u32>) -> Option<()> {
        starts.push(u32::try_from(self.entries.len()).ok()?);
        for found in answers {
            let entry = match found {
                None => NO_ANSWER,
                Some(found) => self.sum(&found)?,
            };
            self.entries.push(entry);
        }
        Some(())
    }

    fn sum(&mut self, found: &[Found]) -> Option<Entry> {
        let starts = self.tables.starts(self.rail);
        let brought = |found: &Found| {
            let entry = self.tables.entry(starts, found.matcher, found.outcome);
            (entry.count != 0).then_some(entry)
        };
        let mut brought = found.iter().filter_map(brought);
        let Some(first) = brought.next() else {
            return Some(Entry::default());
        };
        let Some(second) = brought.next() else {
            return Some(first);
        };
        let entries = [first, second].into_iter().chain(brought);
        let rows = entries.flat_map(|entry| self.tables.rows(entry));
        let mut rows: Vec<Row> = rows.collect();
        merge(&mut rows);
        if let Some(known) = self.known.get(&rows) {
            return Some(*known);
        }
        let entry = self.tables.cell(&rows)?;
        self.known.insert(rows, entry);
        Some(entry)
    }
}
