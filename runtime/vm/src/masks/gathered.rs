//! What matchers have found, as bits.
//!
//! Of a program with one block, a slot has one set of lanes, which starts as its base. Of one with
//! several blocks, a slot has the bits of the blocks that something was scattered to, and a list of
//! long strips; both are cleared by what was touched.
//!
//! INVARIANT: `touched`, `reached` and `lists` of a slot are empty unless the slot is in `slots`.

use gatewright_bytecode::masks::{BLOCKS_MAX, Lanes};

use super::answers::{Answer, AnswersOfRail};
use super::lanes::{NOTHING, any, members, only, or};
use super::part::Part;
use super::tables::{Entry, Form, SLOTS_MAX, Strip, Tables};
use crate::encode::{ClassVector, Sink};
use crate::interpret::Rail;
use crate::loaded::Loaded;

/// Of so many blocks of a strip, one has to be asked for, so that all are taken.
const DENSE: usize = 3;

/// What a matcher has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) matcher: u32,
    pub(crate) outcome: u32,
}

/// Space for what matchers find of one request. One thread uses it at a time, for any number of
/// requests and programs; it allocates only where it meets a program or a request that is larger
/// than those before.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// Of which program, 0 for none.
    pub(crate) program: u64,
    pub(crate) rail: Rail,
    pub(crate) bits: Bits,
    pub(crate) record: Record,
    pub(crate) work: Work,
}

/// Space for evaluating several blocks together, by block.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    /// The lanes that are left.
    pub(crate) lanes: Box<[Lanes; BLOCKS_MAX]>,
    /// What a slot permits, or forbids.
    pub(crate) permitted: Box<[Lanes; BLOCKS_MAX]>,
}

/// The bits that were brought.
#[derive(Clone, Debug)]
pub(crate) struct Bits {
    is_single: bool,
    /// Of one block, by slot: what it permits, or forbids.
    pub(crate) single: Box<[Lanes; SLOTS_MAX]>,
    /// Slots that something was brought to.
    slots: u64,
    /// By slot: the blocks that something was scattered to.
    touched: Box<[u64; SLOTS_MAX]>,
    /// By slot: the blocks that something was brought to, be it scattered or listed.
    reached: Box<[u64; SLOTS_MAX]>,
    /// By slot, then block: what was scattered, where it is touched.
    scattered: Vec<Lanes>,
    /// By slot: the other strips.
    lists: Vec<Vec<Strip>>,
}

/// The outcomes themselves.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    is_on: bool,
    pub(crate) outcomes: Vec<Found>,
    classes: Vec<u32>,
}

/// Puts what matchers find into a [`Gathered`].
#[derive(Debug)]
pub struct GatherSink<'a> {
    tables: Option<&'a Tables>,
    /// Answers, where outcomes need not be recorded.
    answers: Option<&'a AnswersOfRail>,
    starts: &'a [u32],
    bits: &'a mut Bits,
    record: &'a mut Record,
}

impl Default for Work {
    fn default() -> Work {
        Work {
            lanes: Box::new([NOTHING; BLOCKS_MAX]),
            permitted: Box::new([NOTHING; BLOCKS_MAX]),
        }
    }
}

impl Work {
    /// Meet the lanes of these blocks with what a slot permits; the result are those of them in
    /// which none are left.
    #[inline]
    pub(crate) fn meet(&mut self, blocks: u64, meet: impl Fn(Lanes, Lanes) -> Lanes) -> u64 {
        let mut dead = 0;
        for block in members(blocks) {
            if let Some((lanes, permitted)) =
                self.lanes.get_mut(block).zip(self.permitted.get(block))
            {
                *lanes = meet(*lanes, *permitted);
                dead |= u64::from(!any(*lanes)) << block;
            }
        }
        dead
    }
}

impl Default for Bits {
    fn default() -> Bits {
        Bits {
            is_single: true,
            single: Box::new([NOTHING; SLOTS_MAX]),
            slots: 0,
            touched: Box::new([0; SLOTS_MAX]),
            reached: Box::new([0; SLOTS_MAX]),
            scattered: Vec::new(),
            lists: Vec::new(),
        }
    }
}

impl Gathered {
    /// Forget what was gathered and begin a request to this program, on this rail. Outcomes are
    /// recorded where the program needs them beside the bits.
    pub fn start(&mut self, loaded: &Loaded, rail: Rail) {
        self.begin(loaded, rail, loaded.records_outcomes());
    }

    /// As [`start`](Self::start), and record outcomes in any case, so that
    /// [`classes`](Self::classes) can be asked for.
    pub fn start_recording(&mut self, loaded: &Loaded, rail: Rail) {
        self.begin(loaded, rail, true);
    }

    fn begin(&mut self, loaded: &Loaded, rail: Rail, is_recording: bool) {
        let is_other = self.program != loaded.identity();
        self.program = loaded.identity();
        self.rail = rail;
        self.record.is_on = is_recording;
        self.record.outcomes.clear();
        match loaded.tables() {
            Some(tables) => self.bits.clear(tables, is_other),
            None => self.bits.is_single = true,
        }
    }

    /// Where to put what matchers find. The program is the one that was started with; what is found
    /// in another one is dropped.
    pub fn sink<'a>(&'a mut self, loaded: &'a Loaded) -> GatherSink<'a> {
        let tables = loaded.tables();
        let is_same = self.program == loaded.identity();
        debug_assert!(is_same, "start with the program");
        let tables = tables.filter(|_| is_same);
        let answers = loaded.answers();
        let answers = answers.filter(|_| is_same && !self.record.is_on);
        GatherSink {
            tables,
            answers: answers.map(|answers| answers.on(self.rail)),
            starts: tables.map_or(&[], |tables| tables.starts(self.rail)),
            bits: &mut self.bits,
            record: &mut self.record,
        }
    }

    /// The class of each variable, by the outcomes recorded so far.
    pub fn classes(&mut self, loaded: &Loaded) -> &[u32] {
        self.classes_with(loaded, &[])
    }

    /// The class of each variable, by the outcomes recorded so far and those of parts.
    pub fn classes_with(&mut self, loaded: &Loaded, parts: &[&Part]) -> &[u32] {
        self.record.make_classes(loaded, parts.iter().copied());
        self.record.classes()
    }
}

impl Record {
    /// Make the class of each variable, by the outcomes recorded so far and those of parts.
    pub(crate) fn make_classes<'p>(
        &mut self,
        loaded: &Loaded,
        parts: impl Iterator<Item = &'p Part>,
    ) {
        debug_assert!(self.is_on, "outcomes are not recorded");
        let mut vector = ClassVector::new(loaded, &mut self.classes);
        for found in &self.outcomes {
            vector.found(found.matcher, found.outcome);
        }
        for found in parts.flat_map(Part::outcomes) {
            vector.found(found.matcher, found.outcome);
        }
    }

    /// The classes that were made.
    pub(crate) fn classes(&self) -> &[u32] {
        &self.classes
    }
}

impl GatherSink<'_> {
    #[inline]
    fn add(&mut self, tables: &Tables, entry: Entry) {
        if self.bits.is_single {
            self.bits.add_single(tables, entry);
        } else {
            self.bits.add(tables, entry);
        }
    }

    /// Add what an answer brings, if there is one.
    #[inline]
    fn add_answer(&mut self, entry: Option<Entry>) -> bool {
        let Some((tables, entry)) = self.tables.zip(entry) else {
            return false;
        };
        if entry.count != 0 {
            self.add(tables, entry);
        }
        true
    }
}

impl Sink for GatherSink<'_> {
    #[inline]
    fn found(&mut self, matcher: u32, outcome: u32) {
        if self.record.is_on {
            self.record.outcomes.push(Found { matcher, outcome });
        }
        let Some(tables) = self.tables else {
            return;
        };
        self.add(tables, tables.entry(self.starts, matcher, outcome));
    }

    #[inline]
    fn answer(&mut self, attribute: u32, answer: Answer) -> bool {
        let answers = self.answers;
        self.add_answer(answers.and_then(|of| of.entry(attribute, answer)))
    }

    #[inline]
    fn answer_key(&mut self, attribute: u32, key: u32) -> bool {
        let answers = self.answers;
        self.add_answer(answers.and_then(|of| of.entry_of_key(attribute, key)))
    }

    #[inline]
    fn wants_false(&self, matcher: u32) -> bool {
        self.answers.is_none_or(|of| of.wants_false(matcher))
    }
}

impl Bits {
    fn clear(&mut self, tables: &Tables, is_other: bool) {
        if is_other {
            self.is_single = tables.block_count == 1;
            self.slots = 0;
            *self.touched = [0; SLOTS_MAX];
            *self.reached = [0; SLOTS_MAX];
            self.lists.iter_mut().for_each(Vec::clear);
            if !self.is_single {
                self.lists.resize_with(SLOTS_MAX, Vec::new);
                let count = (tables.slot_count + 1) * tables.block_count;
                self.scattered.resize(count, NOTHING);
            }
        }
        if self.is_single {
            for (permitted, base) in self.single.iter_mut().zip(tables.bases_from(0)) {
                *permitted = *base;
            }
            if let Some(forbidden) = self.single.get_mut(tables.slot_count) {
                *forbidden = NOTHING;
            }
            return;
        }
        for slot in members(self.slots) {
            if let Some(list) = self.lists.get_mut(slot) {
                list.clear();
            }
            for blocks in [&mut self.touched, &mut self.reached] {
                if let Some(blocks) = blocks.get_mut(slot) {
                    *blocks = 0;
                }
            }
        }
        self.slots = 0;
    }

    /// PERF: an outcome that brings nothing adds strip 0, which is cheaper than a branch that goes
    /// either way.
    #[inline]
    #[expect(clippy::indexing_slicing, reason = "a slot below 64 is one of 64")]
    fn add_single(&mut self, tables: &Tables, entry: Entry) {
        let first = entry.first as usize;
        if let Some(bits) = tables.bits.get(first) {
            let slot = &mut self.single[usize::from(entry.slot) % SLOTS_MAX];
            *slot = or(*slot, *bits);
        }
        if entry.count > 1 {
            let rest = first + 1..first + usize::from(entry.count);
            let strips = tables.strips.get(rest.clone()).unwrap_or(&[]);
            let bits = tables.bits.get(rest).unwrap_or(&[]);
            for (strip, bits) in strips.iter().zip(bits) {
                let slot = &mut self.single[usize::from(strip.slot) % SLOTS_MAX];
                *slot = or(*slot, *bits);
            }
        }
    }

    #[expect(clippy::indexing_slicing, reason = "a slot below 64 is one of 64")]
    fn add(&mut self, tables: &Tables, entry: Entry) {
        let first = entry.first as usize;
        let strips = tables.strips.get(first..first + usize::from(entry.count));
        for strip in strips.unwrap_or(&[]) {
            let slot = usize::from(strip.slot) % SLOTS_MAX;
            self.slots |= 1 << slot;
            self.reached[slot] |= strip.blocks;
            let first = slot * tables.block_count;
            let into = self.scattered.get_mut(first..).unwrap_or(&mut []);
            let touched = self.touched[slot];
            let mut scatter = |block: usize, bits: Lanes| {
                if let Some(into) = into.get_mut(block) {
                    let is_first = touched >> block & 1 == 0;
                    *into = if is_first { bits } else { or(*into, bits) };
                }
            };
            match strip.form {
                Form::Listed => {
                    if let Some(list) = self.lists.get_mut(slot) {
                        list.push(*strip);
                    }
                    continue;
                }
                Form::Scattered => {
                    if let Some(bits) = tables.bits.get(strip.index as usize) {
                        scatter(usize::from(strip.block), *bits);
                    }
                }
                Form::Lanes => {
                    let lanes = strip.index.to_le_bytes();
                    for (block, lane) in members(strip.blocks).zip(lanes) {
                        scatter(block, only(lane));
                    }
                }
            }
            self.touched[slot] |= strip.blocks;
        }
    }

    /// What was brought to a slot of a block; where there is but one, with the base of the slot.
    #[inline]
    pub(crate) fn brought(&self, tables: &Tables, slot: usize, block: usize) -> Lanes {
        if self.is_single {
            return self.single.get(slot).copied().unwrap_or_default();
        }
        let mut lanes = NOTHING;
        let reached = self.reached.get(slot).copied().unwrap_or_default();
        if reached >> block & 1 == 0 {
            return lanes;
        }
        let touched = self.touched.get(slot).copied().unwrap_or_default();
        if touched >> block & 1 == 1 {
            let place = slot * tables.block_count + block;
            lanes = self.scattered.get(place).copied().unwrap_or_default();
        }
        for strip in self.lists.get(slot).into_iter().flatten() {
            if strip.blocks >> block & 1 == 1 {
                let index = strip.index as usize + (block - usize::from(strip.block));
                let bits = tables.bits.get(index);
                lanes = or(lanes, bits.copied().unwrap_or_default());
            }
        }
        lanes
    }

    /// Add what was brought to a slot of each of these of several blocks; others may get some too.
    pub(crate) fn add_to(
        &self,
        tables: &Tables,
        slot: usize,
        blocks: u64,
        into: &mut [Lanes; BLOCKS_MAX],
    ) {
        let reached = self.reached.get(slot).copied().unwrap_or_default() & blocks;
        if reached == 0 {
            return;
        }
        let mut add = |block: usize, bits: Option<&Lanes>| {
            if let Some((into, bits)) = into.get_mut(block).zip(bits) {
                *into = or(*into, *bits);
            }
        };
        let touched = self.touched.get(slot).copied().unwrap_or_default() & reached;
        for block in members(touched) {
            add(block, self.scattered.get(slot * tables.block_count + block));
        }
        for strip in self.lists.get(slot).into_iter().flatten() {
            let met = strip.blocks & reached;
            let first = usize::from(strip.block);
            let bits = tables.bits.get(strip.index as usize..).unwrap_or(&[]);
            let length = 64 - (strip.blocks >> first).leading_zeros() as usize;
            // PERF: one after the other is cheap, be they asked for or not.
            if met.count_ones() as usize * DENSE >= length {
                let into = into.get_mut(first..first + length).unwrap_or(&mut []);
                for (into, bits) in into.iter_mut().zip(bits) {
                    *into = or(*into, *bits);
                }
                continue;
            }
            for block in members(met) {
                if let Some((into, bits)) = into.get_mut(block).zip(bits.get(block - first)) {
                    *into = or(*into, *bits);
                }
            }
        }
    }

    /// What a slot that permits permits in a block, or the one that forbids forbids.
    #[inline]
    pub(crate) fn permitted(&self, tables: &Tables, slot: usize, block: usize) -> Lanes {
        let base = tables.base(slot, block);
        or(base, self.brought(tables, slot, block))
    }

    /// What is forbidden in a block.
    #[inline]
    pub(crate) fn forbidden(&self, tables: &Tables, block: usize) -> Lanes {
        self.brought(tables, tables.slot_count, block)
    }

    /// The blocks that the bits of opener slots open.
    pub(crate) fn opened(&self, tables: &Tables) -> u64 {
        let opened = |slot: usize| self.reached.get(slot).copied().unwrap_or_default();
        let rows = tables.openers.iter();
        rows.fold(0, |blocks, row| blocks | opened(row.slot) & row.blocks)
    }
}
