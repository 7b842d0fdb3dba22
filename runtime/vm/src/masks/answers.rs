//! What values that are known beforehand bring: missing, null, truths, members of enumerations.
//!
//! A request mostly says such things, and an attribute may have several matchers with many rows
//! each. What all of them find in such a value is one *answer*, whose bits are added up once, when
//! the program is loaded: a strip for each slot that it brings something to, usually none or one.
//!
//! INVARIANT: an answer brings what the outcomes bring that it stands for. Only programs with one
//! block have answers.

use std::borrow::Cow;

use gatewright_bytecode::masks::Lanes;
use gatewright_bytecode::{Matcher, Program};

use super::lanes::{NOTHING, any, or};
use super::tables::{SLOTS_MAX, Tables};
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

/// The answers of a program.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    /// By rail.
    rails: [AnswersOfRail; 2],
    /// By matcher: whether something hangs on its rows that are false.
    wants_false: Box<[bool]>,
}

/// The answers on a rail.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnswersOfRail {
    /// By attribute: its first answer. Those of the next attribute follow.
    starts: Box<[u32]>,
    /// By attribute: the first answer to one of its keys. Those of the next attribute follow.
    key_starts: Box<[u32]>,
    answers: Box<[Range]>,
    strips: Box<[Strip]>,
}

/// The strips of an answer.
#[derive(Clone, Copy, Debug)]
struct Range {
    first: u32,
    end: u32,
}

/// Of a value that the attribute does not have: a range that is none.
const NO_ANSWER: Range = Range { first: 1, end: 0 };

/// Bits for a slot.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strip {
    pub(crate) slot: usize,
    pub(crate) bits: Lanes,
}

impl Answers {
    /// The answers of a program with these tables, if it has one block.
    pub(crate) fn new(program: &Program, lookup: &Lookup, tables: &Tables) -> Option<Answers> {
        if tables.block_count != 1 {
            return None;
        }
        let brings = |rail, matcher, outcome| {
            let entry = tables.entry(tables.starts(rail), matcher, outcome);
            entry.count != 0
        };
        let wants = |(number, matcher): (u32, &Matcher)| {
            let classes = |variable| program.class_count(variable);
            let outcomes = u32::try_from(matcher.outcome_count(classes)).unwrap_or(u32::MAX);
            let mut false_rows = (0..outcomes).step_by(3);
            false_rows.any(|outcome| {
                brings(Rail::Certain, number, outcome) || brings(Rail::Possible, number, outcome)
            })
        };
        let rails = [Rail::Certain, Rail::Possible];
        Some(Answers {
            rails: rails.map(|rail| AnswersOfRail::new(lookup, tables, rail)),
            wants_false: (0..).zip(&program.matchers).map(wants).collect(),
        })
    }

    /// The answers on a rail.
    #[inline]
    pub(crate) fn on(&self, rail: Rail) -> &AnswersOfRail {
        let [certain, possible] = &self.rails;
        match rail {
            Rail::Certain => certain,
            Rail::Possible => possible,
        }
    }

    /// Whether something hangs on rows of this matcher that are false.
    #[inline]
    pub(crate) fn wants_false(&self, matcher: u32) -> bool {
        self.wants_false.get(matcher as usize) != Some(&false)
    }
}

impl AnswersOfRail {
    /// What an answer brings; nothing where the attribute has no such value.
    #[inline]
    pub(crate) fn strips(&self, attribute: u32, answer: Answer) -> Option<&[Strip]> {
        self.strips_of(&self.starts, attribute, answer.0)
    }

    /// What a key brings, by its place among the keys of the attribute; after them, whatever is no
    /// key. Nothing where more is asked of the attribute than what the value is equal to.
    #[inline]
    pub(crate) fn strips_of_key(&self, attribute: u32, key: u32) -> Option<&[Strip]> {
        self.strips_of(&self.key_starts, attribute, key)
    }

    #[inline]
    fn strips_of(&self, starts: &[u32], attribute: u32, answer: u32) -> Option<&[Strip]> {
        let [start, end] = *starts.get(attribute as usize..)?.first_chunk()?;
        let place = start.wrapping_add(answer);
        if place < start || place >= end {
            return None;
        }
        let Range { first, end } = *self.answers.get(place as usize)?;
        self.strips.get(first as usize..end as usize)
    }

    fn new(lookup: &Lookup, tables: &Tables, rail: Rail) -> AnswersOfRail {
        let (mut answers, mut strips) = (Vec::new(), Vec::new());
        let mut add = |found: Vec<Option<Cow<'_, [Found]>>>, starts: &mut Vec<u32>| {
            starts.push(u32::try_from(answers.len()).unwrap_or(u32::MAX));
            answers.extend(found.iter().map(|found| match found {
                None => NO_ANSWER,
                Some(found) => add_up(tables, rail, found, &mut strips),
            }));
        };
        let (mut starts, mut key_starts) = (Vec::new(), Vec::new());
        for attribute in lookup.all() {
            add(attribute.answers(), &mut starts);
        }
        add(Vec::new(), &mut starts);
        for attribute in lookup.all() {
            add(attribute.answers_of_keys(), &mut key_starts);
        }
        add(Vec::new(), &mut key_starts);
        AnswersOfRail {
            starts: starts.into(),
            key_starts: key_starts.into(),
            answers: answers.into(),
            strips: strips.into(),
        }
    }
}

/// The bits of some outcomes, by slot.
fn add_up(tables: &Tables, rail: Rail, found: &[Found], strips: &mut Vec<Strip>) -> Range {
    let mut slots = [NOTHING; SLOTS_MAX];
    let starts = tables.starts(rail);
    for found in found {
        let entry = tables.entry(starts, found.matcher, found.outcome);
        let first = entry.first as usize;
        let range = first..first + usize::from(entry.count);
        let rows = tables.strips.get(range.clone()).unwrap_or(&[]);
        let bits = tables.bits.get(range).unwrap_or(&[]);
        for (strip, bits) in rows.iter().zip(bits) {
            if let Some(slot) = slots.get_mut(usize::from(strip.slot)) {
                *slot = or(*slot, *bits);
            }
        }
    }
    let first = strips.len();
    let used = slots.iter().enumerate().filter(|(_, bits)| any(**bits));
    strips.extend(used.map(|(slot, bits)| Strip { slot, bits: *bits }));
    match (u32::try_from(first), u32::try_from(strips.len())) {
        (Ok(first), Ok(end)) => Range { first, end },
        _ => NO_ANSWER,
    }
}
