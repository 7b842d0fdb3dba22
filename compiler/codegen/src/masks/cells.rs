//! What outcomes bring: clauses turned inside out.
//!
//! A clause says which classes make it true; a cell says which lanes' clauses an outcome decides.
//! An outcome brings bits to a slot that permits where it makes a literal true, and to one that
//! forbids where it makes a literal false. An unknown literal counts as false on the certain rail
//! and as true on the possible one.

use std::collections::BTreeMap;

use gatewright_bytecode::masks::{
    Block, Cell, LANES, Lanes, Masks, MatcherCells, NO_CELL, Segment, Slot,
};
use gatewright_bytecode::{Matcher, Program};
use gatewright_decision::ClassSet;
use rustc_hash::FxHashMap;

use super::order::opener;
use super::place::{Lane, Placement};
use super::shown::{Seen, Shown};

/// The class of an element that is there.
const PRESENT: u32 = 1;

/// Where bits go: block × slots + slot.
type Place = u32;

/// The lanes of one clause in one slot, and what they have to say about one of its variables.
struct Contribution<'p> {
    classes: &'p ClassSet,
    forbids: bool,
    bits: &'p [(Place, Lanes)],
}

/// Bits by place; none of them are all zero.
#[derive(Clone, Default)]
struct Gathered {
    bits: BTreeMap<Place, Lanes>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rail {
    Certain,
    Possible,
}

/// The masks of placed and sorted lanes; none where they would take more than `segments_max`.
pub(super) fn build(
    placement: &Placement<'_>,
    program: &Program,
    segments_max: usize,
) -> Option<Masks> {
    let slot_count = u32::try_from(placement.slots.len()).ok()?;
    let groups = groups(placement, slot_count);
    let mut by_variable: Vec<Vec<Contribution<'_>>> = Vec::new();
    by_variable.resize_with(program.variables.len(), Vec::new);
    for ((clause, slot), bits) in &groups {
        let placed = placement.clauses.get(*clause as usize)?;
        let forbids = *placement.slots.get(usize::from(*slot))?;
        for (variable, classes) in &placed.clause.literals {
            by_variable.get_mut(*variable as usize)?.push(Contribution {
                classes,
                forbids,
                bits,
            });
        }
    }
    let mut builder = Builder {
        seen: &placement.seen,
        by_variable,
        slot_count,
        number_by_segments: FxHashMap::default(),
        cells: Vec::new(),
        segments: Vec::new(),
        segments_max,
    };
    let matchers = program.matchers.iter().map(|m| builder.matcher(program, m));
    let matchers: Vec<MatcherCells> = matchers.collect::<Option<_>>()?;
    let Builder {
        cells, segments, ..
    } = builder;
    let lanes = placement.lanes.iter();
    let residual = (0u32..).zip(lanes.clone()).filter(|(_, l)| l.is_residual);
    let blocks = placement.lanes.chunks(LANES);
    let mut masks = Masks {
        residual: residual.map(|(lane, _)| lane).collect(),
        lanes: lanes.map(|lane| lane.policy).collect(),
        slots: Vec::new(),
        blocks: blocks.map(|block| of_block(placement, block)).collect(),
        cells,
        segments,
        matchers,
    };
    masks.slots = slots(placement, &masks);
    Some(masks)
}

/// The lanes of each clause in each slot.
fn groups(placement: &Placement<'_>, slot_count: u32) -> BTreeMap<(u32, u16), Vec<(Place, Lanes)>> {
    let mut groups: BTreeMap<(u32, u16), Vec<(Place, Lanes)>> = BTreeMap::new();
    for (block, lanes) in (0u32..).zip(placement.lanes.chunks(LANES)) {
        for (at, lane) in (0usize..).zip(lanes) {
            for (clause, slot) in &lane.clauses {
                let place = block * slot_count + u32::from(*slot);
                let group = groups.entry((*clause, *slot)).or_default();
                if group.last().is_none_or(|last| last.0 != place) {
                    group.push((place, Lanes::default()));
                }
                if let Some((_, bits)) = group.last_mut() {
                    set(bits, at);
                }
            }
        }
    }
    groups
}

fn set(bits: &mut Lanes, lane: usize) {
    if let Some(word) = bits.get_mut(lane / 64) {
        *word |= 1 << (lane % 64);
    }
}

fn of_block(placement: &Placement<'_>, lanes: &[Lane]) -> Block {
    let base = (0u16..).zip(&placement.slots).map(|(slot, forbids)| {
        let mut bits = Lanes::default();
        for (at, lane) in lanes.iter().enumerate() {
            if !forbids && lane.clauses.iter().all(|(_, of)| *of != slot) {
                set(&mut bits, at);
            }
        }
        bits
    });
    Block {
        base: base.collect(),
        opener: opener(placement, lanes).map(u32::from),
    }
}

/// The slots with the matchers that bring bits to them.
fn slots(placement: &Placement<'_>, masks: &Masks) -> Vec<Slot> {
    let slot = |forbids: &bool| Slot {
        forbids: *forbids,
        matchers: Vec::new(),
    };
    let mut slots: Vec<Slot> = placement.slots.iter().map(slot).collect();
    let slots_of_cell: Vec<u64> = (0..masks.cells.len())
        .map(|cell| {
            let segments = masks.segments_of(cell).iter();
            segments.fold(0, |slots, segment| slots | 1 << segment.slot)
        })
        .collect();
    for (matcher, rows) in (0u32..).zip(&masks.matchers) {
        let cells = rows.certain.iter().chain(&rows.possible);
        let reached = cells.fold(0, |reached, cell| {
            reached | slots_of_cell.get(*cell as usize).copied().unwrap_or(0)
        });
        for (number, slot) in slots.iter_mut().enumerate() {
            if reached >> number & 1 == 1 {
                slot.matchers.push(matcher);
            }
        }
    }
    slots
}

struct Builder<'p> {
    seen: &'p [Seen],
    by_variable: Vec<Vec<Contribution<'p>>>,
    slot_count: u32,
    number_by_segments: FxHashMap<Vec<Segment>, u32>,
    cells: Vec<Cell>,
    segments: Vec<Segment>,
    segments_max: usize,
}

impl<'p> Builder<'p> {
    fn matcher(&mut self, program: &Program, matcher: &Matcher) -> Option<MatcherCells> {
        let mut rows = MatcherCells::default();
        for rail in [Rail::Certain, Rail::Possible] {
            let mut cells = Vec::new();
            match matcher {
                Matcher::Boolean { variable, .. }
                | Matcher::Text { variable, .. }
                | Matcher::Ordered { variable, .. } => self.every(*variable, rail, &mut cells)?,
                Matcher::TextParts {
                    contains,
                    suffixes,
                    patterns,
                    ..
                } => {
                    for row in contains.iter().chain(suffixes).chain(patterns) {
                        self.every(row.1, rail, &mut cells)?;
                    }
                }
                Matcher::Predicates { predicates, .. } => {
                    for row in predicates {
                        self.every(row.1, rail, &mut cells)?;
                    }
                }
                Matcher::Elements { elements, .. } => {
                    self.elements(elements, rail, &mut cells)?;
                }
                Matcher::Targets { .. } => self.targets(matcher, rail, &mut cells)?,
            }
            let count = matcher.outcome_count(|variable| program.class_count(variable));
            debug_assert_eq!(cells.len(), count);
            match rail {
                Rail::Certain => rows.certain = cells,
                Rail::Possible if cells != rows.certain => rows.possible = cells,
                Rail::Possible => {}
            }
        }
        Some(rows)
    }

    fn contributions(&self, variable: u32) -> &[Contribution<'p>] {
        let found = self.by_variable.get(variable as usize);
        found.map_or(&[], Vec::as_slice)
    }

    /// One cell for each class of a variable. From class to class, only what changes is touched.
    fn every(&mut self, variable: u32, rail: Rail, cells: &mut Vec<u32>) -> Option<()> {
        let unknown = self.seen.get(variable as usize)?.unknown;
        debug_assert!(matches!(
            self.seen.get(variable as usize)?.shown,
            Shown::Every { .. }
        ));
        let mut changes: Vec<(u32, usize)> = Vec::new();
        for (number, contribution) in self.contributions(variable).iter().enumerate() {
            let complement;
            let brings = if contribution.forbids {
                complement = contribution.classes.complement(unknown);
                &complement
            } else {
                contribution.classes
            };
            for (first, last) in brings.runs() {
                changes.push((*first, number));
                changes.push((last.saturating_add(1), number));
            }
        }
        changes.sort_unstable();
        let mut gathered = Gathered::default();
        let mut next = changes.iter().peekable();
        let mut class = 0;
        while class < unknown {
            while let Some((_, number)) = next.next_if(|change| change.0 <= class) {
                if let Some(contribution) = self.contributions(variable).get(*number) {
                    gathered.toggle(contribution.bits);
                }
            }
            let end = next.peek().map_or(unknown, |change| change.0.min(unknown));
            let cell = self.cell(&gathered)?;
            cells.resize(cells.len() + (end - class) as usize, cell);
            class = end;
        }
        let mut gathered = Gathered::default();
        self.gather_unknown(variable, rail, &mut gathered);
        cells.push(self.cell(&gathered)?);
        Some(())
    }

    fn elements(&mut self, rows: &[(String, u32)], rail: Rail, cells: &mut Vec<u32>) -> Option<()> {
        for (_, variable) in rows {
            let mut gathered = Gathered::default();
            self.gather_present(*variable, &mut gathered);
            cells.push(self.cell(&gathered)?);
        }
        let mut gathered = Gathered::default();
        for (_, variable) in rows {
            self.gather_unknown(*variable, rail, &mut gathered);
        }
        cells.push(self.cell(&gathered)?);
        Some(())
    }

    /// An element shows every target set that it lies in to be reached, and leaves open each
    /// uncertain one that it does not lie in.
    fn targets(&mut self, matcher: &Matcher, rail: Rail, cells: &mut Vec<u32>) -> Option<()> {
        let Matcher::Targets {
            variables,
            elements,
            others,
            uncertain,
            ..
        } = matcher
        else {
            return Some(());
        };
        let variable_of = |place: &u32| variables.get(*place as usize).copied();
        for places in elements.iter().map(|row| &row.1).chain([others]) {
            let mut gathered = Gathered::default();
            for variable in places.iter().filter_map(variable_of) {
                self.gather_present(variable, &mut gathered);
            }
            let open = uncertain
                .iter()
                .filter(|place| places.binary_search(place).is_err());
            for variable in open.filter_map(variable_of) {
                self.gather_unknown(variable, rail, &mut gathered);
            }
            cells.push(self.cell(&gathered)?);
        }
        let mut gathered = Gathered::default();
        for variable in variables {
            self.gather_unknown(*variable, rail, &mut gathered);
        }
        cells.push(self.cell(&gathered)?);
        Some(())
    }

    fn gather_present(&self, variable: u32, gathered: &mut Gathered) {
        for contribution in self.contributions(variable) {
            if contribution.classes.contains(PRESENT) != contribution.forbids {
                gathered.add(contribution.bits);
            }
        }
    }

    fn gather_unknown(&self, variable: u32, rail: Rail, gathered: &mut Gathered) {
        for contribution in self.contributions(variable) {
            if contribution.forbids == (rail == Rail::Certain) {
                gathered.add(contribution.bits);
            }
        }
    }

    /// The number of the cell that brings these bits. None where there are too many.
    fn cell(&mut self, gathered: &Gathered) -> Option<u32> {
        if gathered.bits.is_empty() {
            return Some(NO_CELL);
        }
        let segments: Vec<Segment> = gathered
            .bits
            .iter()
            .map(|(place, bits)| {
                let block = place.checked_div(self.slot_count).unwrap_or(0);
                let slot = place.checked_rem(self.slot_count).unwrap_or(0);
                Some(Segment {
                    block: u16::try_from(block).ok()?,
                    slot: u16::try_from(slot).ok()?,
                    bits: *bits,
                })
            })
            .collect::<Option<_>>()?;
        if let Some(known) = self.number_by_segments.get(&segments) {
            return Some(*known);
        }
        let number = u32::try_from(self.cells.len()).ok()?;
        let first = u32::try_from(self.segments.len()).ok()?;
        self.segments.extend(&segments);
        if self.segments.len() > self.segments_max {
            return None;
        }
        self.cells.push(Cell { first });
        self.number_by_segments.insert(segments, number);
        Some(number)
    }
}

impl Gathered {
    fn add(&mut self, bits: &[(Place, Lanes)]) {
        for (place, bits) in bits {
            let gathered = self.bits.entry(*place).or_default();
            for (word, more) in gathered.iter_mut().zip(bits) {
                *word |= more;
            }
        }
    }

    /// Take away what is there and add what is not. A lane has one literal of a variable in a slot,
    /// so nothing of what is toggled overlaps.
    fn toggle(&mut self, bits: &[(Place, Lanes)]) {
        for (place, bits) in bits {
            let gathered = self.bits.entry(*place).or_default();
            for (word, more) in gathered.iter_mut().zip(bits) {
                *word ^= more;
            }
            if *gathered == Lanes::default() {
                self.bits.remove(place);
            }
        }
    }
}
