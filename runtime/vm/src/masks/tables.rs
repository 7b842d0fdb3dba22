//! The masks of a program, made ready to run.
//!
//! - All slots that forbid become one, because forbidding adds up: the slot after those that permit.
//! - The outcomes of a matcher are consecutive *entries*, so the way from an outcome to its bits is
//!   two loads.
//! - The segments of a cell become *strips*: a set of blocks of one slot, and their bits.
//! - Strips of one block, or of a lane in each of few, are *scattered* while gathering: added to
//!   what the block's slot has. Others are only listed, since most of their blocks may never be
//!   looked at.
//!
//! INVARIANT: every slot of a strip or an entry is at most `slot_count`, which is below
//! [`SLOTS_MAX`]; every block of a strip is below `block_count`; every index is one of `bits`, but
//! those of strips that keep lanes.
//! Where there is one block, strip `i` has the bits `i`, and strip 0 brings nothing.

use gatewright_bytecode::Program;
use gatewright_bytecode::masks::{BLOCKS_MAX, LANES, Lanes, Masks, NO_CELL, Segment};

use super::lanes::{NOTHING, and, any, members, numbers, only, or};
use crate::interpret::Rail;

/// LIMIT: slots, so that a set of them is a word; the last one is that which forbids. Programs with
/// more are decided by walking.
pub(crate) const SLOTS_MAX: usize = 64;

/// LIMIT: attributes that matchers read. Programs with more are decided by walking.
const ATTRIBUTES_MAX: usize = 256;

/// Blocks of a strip with one lane in each up to which it is scattered: so many lanes fit into a
/// word.
///
/// PERF: what is scattered costs its blocks once, what is listed a comparison for every block that
/// is looked at and reached.
const SCATTERED_LANES_MAX: usize = 4;

/// A set of the attributes that the program reads.
pub(crate) type AttributeSet = [u64; ATTRIBUTES_MAX / 64];

/// The mask lowering of a program, ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Tables {
    /// How many slots permit. The slot of this number forbids.
    pub(crate) slot_count: usize,
    /// How many blocks there are.
    pub(crate) block_count: usize,
    /// By rail and matcher: the entry of its outcome 0.
    starts: [Vec<u32>; 2],
    entries: Vec<Entry>,
    /// Where strips are, cell after cell.
    pub(crate) strips: Vec<Strip>,
    /// The bits of strips, strip after strip.
    pub(crate) bits: Vec<Lanes>,
    /// By slot, then block: the lanes without a clause there.
    base: Vec<Lanes>,
    /// By block.
    pub(crate) blocks: Vec<BlockTable>,
    /// By slot that permits: the blocks in which some lane has a clause there.
    pub(crate) clausal: Vec<u64>,
    /// Blocks that are looked at whatever is found.
    pub(crate) always: u64,
    /// Slots that open blocks.
    pub(crate) openers: Vec<Opener>,
    /// By attribute: its place in an [`AttributeSet`].
    places: Vec<Option<u16>>,
    /// All attributes that matchers read.
    pub(crate) attributes: AttributeSet,
    /// By slot that permits: the attributes whose outcomes bring bits to it.
    pub(crate) slot_attributes: Vec<AttributeSet>,
    /// Whether any lane is residual.
    pub(crate) has_residual: bool,
    /// The policies of the lanes of the only block, where they ascend.
    pub(crate) in_order: Option<Box<[u32; LANES]>>,
}

/// What an outcome brings: some strips, the slot of the first one beside them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) first: u32,
    pub(crate) count: u16,
    pub(crate) slot: u16,
}

/// Bits for blocks of a slot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Strip {
    /// The blocks.
    pub(crate) blocks: u64,
    /// Where its bits are, see [`Form`].
    pub(crate) index: u32,
    pub(crate) slot: u8,
    /// The first block.
    pub(crate) block: u8,
    pub(crate) form: Form,
}

/// How the bits of a strip are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Form {
    /// Scattered to one block, whose bits these are.
    #[default]
    Scattered,
    /// Scattered, one lane in each of at most [`SCATTERED_LANES_MAX`] blocks: the lanes are the
    /// bytes of `index`, lowest first.
    ///
    /// PERF: what a rare group brings is in no cache, so each place that is not read counts.
    Lanes,
    /// Listed: the bits of all blocks from the first to the last, be they among the blocks or not.
    Listed,
}

/// What is known of a block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BlockTable {
    /// Its lanes.
    pub(crate) valid: Lanes,
    /// Those whose code is to be run.
    pub(crate) residual: Lanes,
    /// The slots that permit in which some lane has a clause.
    pub(crate) clausal: u64,
}

/// A slot that opens blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opener {
    pub(crate) slot: usize,
    pub(crate) blocks: u64,
}

impl Tables {
    /// The tables of a program that has masks, none where they do not fit.
    pub(crate) fn new(program: &Program) -> Option<Tables> {
        let masks = program.masks.as_ref()?;
        let slots = Slots::new(masks)?;
        let (places, attributes) = attributes(program)?;
        let block_count = masks.blocks.len();
        if block_count == 0 || block_count > BLOCKS_MAX {
            return None;
        }
        let mut tables = Tables {
            slot_count: slots.permitting,
            block_count,
            starts: [Vec::new(), Vec::new()],
            entries: Vec::new(),
            strips: vec![Strip::default()],
            bits: vec![NOTHING],
            base: Vec::new(),
            blocks: blocks(masks),
            clausal: vec![0; slots.permitting],
            always: 0,
            openers: Vec::new(),
            places,
            attributes,
            slot_attributes: vec![AttributeSet::default(); slots.permitting],
            has_residual: !masks.residual.is_empty(),
            in_order: in_order(masks),
        };
        tables.bases(masks, &slots)?;
        let cells = tables.cells(masks, &slots)?;
        tables.matchers(program, masks, &cells)?;
        Some(tables)
    }

    /// Where the entries of matchers start on a rail.
    pub(crate) fn starts(&self, rail: Rail) -> &[u32] {
        let [certain, possible] = &self.starts;
        match rail {
            Rail::Certain => certain,
            Rail::Possible => possible,
        }
    }

    /// What an outcome brings.
    #[inline]
    pub(crate) fn entry(&self, starts: &[u32], matcher: u32, outcome: u32) -> Entry {
        starts
            .get(matcher as usize)
            .and_then(|start| self.entries.get(*start as usize + outcome as usize))
            .copied()
            .unwrap_or_default()
    }

    /// The lanes of a block that have no clause in a slot that permits.
    #[inline]
    pub(crate) fn base(&self, slot: usize, block: usize) -> Lanes {
        let place = slot * self.block_count + block;
        self.base.get(place).copied().unwrap_or_default()
    }

    /// By block: the lanes that have no clause in a slot that permits. Of the next slots follow.
    #[inline]
    pub(crate) fn bases_from(&self, slot: usize) -> &[Lanes] {
        self.base.get(slot * self.block_count..).unwrap_or(&[])
    }

    /// The set of all slots that permit.
    pub(crate) fn slots(&self) -> u64 {
        (1 << self.slot_count) - 1
    }

    /// The set of all blocks.
    pub(crate) fn all(&self) -> u64 {
        u64::MAX >> (BLOCKS_MAX - self.block_count.clamp(1, BLOCKS_MAX))
    }

    /// Put an attribute into a set, if any matcher reads it.
    pub(crate) fn insert(&self, set: &mut AttributeSet, attribute: u32) {
        if let Some(Some(place)) = self.places.get(attribute as usize) {
            insert(set, *place);
        }
    }

    /// The attributes in a set.
    pub(crate) fn members(&self, set: AttributeSet) -> impl Iterator<Item = u32> {
        let is_in = move |place: &u16| {
            let word = set.get(usize::from(*place) / 64);
            word.is_some_and(|word| word >> (place % 64) & 1 == 1)
        };
        let places = (0u32..).zip(&self.places);
        places
            .filter_map(move |(number, place)| place.as_ref().filter(|p| is_in(p)).map(|_| number))
    }

    /// The slots all of whose attributes are in a set.
    pub(crate) fn closed(&self, set: &AttributeSet) -> u64 {
        let rows = self.slot_attributes.iter().enumerate();
        rows.filter(|(_, needed)| needed.iter().zip(set).all(|(a, b)| a & !b == 0))
            .fold(0, |slots, (slot, _)| slots | 1 << slot)
    }

    /// The slots some but not all of whose attributes are in a set.
    pub(crate) fn straddled(&self, set: &AttributeSet) -> u64 {
        let rows = self.slot_attributes.iter().enumerate();
        rows.filter(|(_, needed)| {
            needed.iter().zip(set).any(|(a, b)| a & b != 0)
                && needed.iter().zip(set).any(|(a, b)| a & !b != 0)
        })
        .fold(0, |slots, (slot, _)| slots | 1 << slot)
    }

    fn bases(&mut self, masks: &Masks, slots: &Slots) -> Option<()> {
        self.base = vec![NOTHING; slots.permitting * self.block_count];
        for (number, (block, table)) in masks.blocks.iter().zip(&mut self.blocks).enumerate() {
            let permitting = masks.slots.iter().filter(|slot| !slot.forbids);
            let bases = block.base.iter().zip(&masks.slots);
            let bases = bases.filter(|(_, slot)| !slot.forbids);
            let bases: Vec<Lanes> = bases.map(|(base, _)| and(*base, table.valid)).collect();
            if bases.len() != permitting.count() {
                return None;
            }
            for (slot, (base, clausal)) in bases.iter().zip(&mut self.clausal).enumerate() {
                *self.base.get_mut(slot * self.block_count + number)? = *base;
                if *base != table.valid {
                    table.clausal |= 1 << slot;
                    *clausal |= 1 << number;
                }
            }
            let opener = block.opener.and_then(|slot| slots.place(slot as usize));
            // A block with a lane that has no clause in the opener is not opened by it.
            let opener = opener.filter(|slot| bases.get(*slot).is_some_and(|base| !any(*base)));
            match opener {
                None => self.always |= 1 << number,
                Some(slot) => {
                    if let Some(row) = self.openers.iter_mut().find(|row| row.slot == slot) {
                        row.blocks |= 1 << number;
                    } else {
                        let blocks = 1 << number;
                        self.openers.push(Opener { slot, blocks });
                    }
                }
            }
        }
        Some(())
    }

    /// The entry of each cell.
    fn cells(&mut self, masks: &Masks, slots: &Slots) -> Option<Vec<Entry>> {
        let mut entries = Vec::with_capacity(masks.cells.len());
        let mut rows: Vec<Row> = Vec::new();
        for cell in 0..masks.cells.len() {
            rows.clear();
            for Segment { block, slot, bits } in masks.segments_of(cell) {
                let slot = slots.place(usize::from(*slot))?;
                let block = usize::from(*block);
                let bits = and(*bits, self.blocks.get(block)?.valid);
                if any(bits) {
                    rows.push((slot, block, bits));
                }
            }
            // Several slots that forbid have become one.
            merge(&mut rows);
            entries.push(self.cell(&rows)?);
        }
        Some(entries)
    }

    /// What an entry brings, block by block.
    pub(super) fn rows(&self, entry: Entry) -> Vec<Row> {
        let first = entry.first as usize;
        let strips = self.strips.get(first..first + usize::from(entry.count));
        let mut rows = Vec::new();
        for strip in strips.unwrap_or(&[]) {
            let own = strip.index.to_le_bytes();
            for (place, block) in members(strip.blocks).enumerate() {
                let bits = match strip.form {
                    Form::Lanes => own.get(place).map(|lane| only(*lane)),
                    Form::Scattered | Form::Listed => {
                        let place = strip.index as usize + (block - usize::from(strip.block));
                        self.bits.get(place).copied()
                    }
                };
                rows.push((usize::from(strip.slot), block, bits.unwrap_or_default()));
            }
        }
        rows
    }

    /// Make an entry that brings this, sorted by slot and block.
    pub(super) fn cell(&mut self, rows: &[Row]) -> Option<Entry> {
        let Some((slot, ..)) = rows.first() else {
            return Some(Entry::default());
        };
        let first = self.strips.len();
        let slot = u16::try_from(*slot).ok()?;
        for run in rows.chunk_by(|a, b| a.0 == b.0) {
            let (slot, block, _) = run.first()?;
            let blocks = run.iter().fold(0u64, |blocks, row| blocks | 1 << row.1);
            let is_lanes = run.len() <= SCATTERED_LANES_MAX && run.iter().all(|r| size(r.2) == 1);
            let form = if self.block_count > 1 && is_lanes {
                Form::Lanes
            } else if run.len() == 1 {
                Form::Scattered
            } else {
                Form::Listed
            };
            let mut strip = Strip {
                blocks,
                index: u32::try_from(self.bits.len()).ok()?,
                slot: u8::try_from(*slot).ok()?,
                block: u8::try_from(*block).ok()?,
                form,
            };
            if form == Form::Lanes {
                let lanes = run.iter().rev().filter_map(|row| numbers(row.2).next());
                strip.index = lanes.fold(0, |index, lane| index << 8 | lane as u32);
                self.strips.push(strip);
                continue;
            }
            self.strips.push(strip);
            let mut expected = *block;
            for (_, block, bits) in run {
                if form == Form::Listed {
                    self.bits.extend((expected..*block).map(|_| NOTHING));
                }
                self.bits.push(*bits);
                expected = block + 1;
            }
        }
        Some(Entry {
            first: u32::try_from(first).ok()?,
            count: u16::try_from(self.strips.len() - first).ok()?,
            slot,
        })
    }

    fn matchers(&mut self, program: &Program, masks: &Masks, cells: &[Entry]) -> Option<()> {
        for (row, matcher) in masks.matchers.iter().zip(&program.matchers) {
            let certain = self.outcomes(&row.certain, cells, matcher.attribute())?;
            let possible = if row.possible.is_empty() {
                certain
            } else {
                self.outcomes(&row.possible, cells, matcher.attribute())?
            };
            let [on_certain, on_possible] = &mut self.starts;
            on_certain.push(certain);
            on_possible.push(possible);
        }
        Some(())
    }

    /// Append the entries of a matcher's outcomes; the result is where they start.
    fn outcomes(&mut self, outcomes: &[u32], cells: &[Entry], attribute: u32) -> Option<u32> {
        let start = u32::try_from(self.entries.len()).ok()?;
        for cell in outcomes {
            let entry = match *cell {
                NO_CELL => Entry::default(),
                cell => *cells.get(cell as usize)?,
            };
            self.entries.push(entry);
            let first = entry.first as usize;
            let place = (*self.places.get(attribute as usize)?)?;
            for strip in self.strips.get(first..first + usize::from(entry.count))? {
                if let Some(set) = self.slot_attributes.get_mut(usize::from(strip.slot)) {
                    insert(set, place);
                }
            }
        }
        Some(start)
    }
}

/// A slot, a block and bits.
pub(super) type Row = (usize, usize, Lanes);

/// Sort by slot and block, and make one row of those of the same slot and block.
pub(super) fn merge(rows: &mut Vec<Row>) {
    rows.sort_unstable_by_key(|row| (row.0, row.1));
    rows.dedup_by(|next, row| {
        let is_same = (next.0, next.1) == (row.0, row.1);
        if is_same {
            row.2 = or(row.2, next.2);
        }
        is_same
    });
}

/// Where the slots of the program have gone.
struct Slots {
    places: Vec<usize>,
    permitting: usize,
}

impl Slots {
    fn new(masks: &Masks) -> Option<Slots> {
        let permitting = masks.slots.iter().filter(|slot| !slot.forbids).count();
        let mut next = 0;
        let place = |forbids: bool| {
            if forbids {
                return permitting;
            }
            next += 1;
            next - 1
        };
        let places = masks.slots.iter().map(|slot| slot.forbids).map(place);
        (permitting < SLOTS_MAX).then(|| Slots {
            places: places.collect(),
            permitting,
        })
    }

    fn place(&self, slot: usize) -> Option<usize> {
        self.places.get(slot).copied()
    }
}

/// The policies of the only block, if their numbers ascend.
fn in_order(masks: &Masks) -> Option<Box<[u32; LANES]>> {
    let mut policies = Box::new([u32::MAX; LANES]);
    if masks.blocks.len() != 1 || !masks.lanes.is_sorted() {
        return None;
    }
    for (place, policy) in policies.iter_mut().zip(&masks.lanes) {
        *place = *policy;
    }
    Some(policies)
}

/// How many lanes there are.
fn size(lanes: Lanes) -> u32 {
    lanes.iter().map(|word| word.count_ones()).sum()
}

fn insert(set: &mut AttributeSet, place: u16) {
    if let Some(word) = set.get_mut(usize::from(place) / 64) {
        *word |= 1 << (place % 64);
    }
}

/// By attribute its place in a set, and the set of all that are read.
fn attributes(program: &Program) -> Option<(Vec<Option<u16>>, AttributeSet)> {
    let mut places = vec![None; program.attributes.len()];
    let mut all = AttributeSet::default();
    let mut next = 0;
    for matcher in &program.matchers {
        let place = places.get_mut(matcher.attribute() as usize)?;
        if place.is_none() {
            *place = Some(next);
            insert(&mut all, next);
            next += 1;
        }
    }
    (usize::from(next) <= ATTRIBUTES_MAX).then_some((places, all))
}

fn blocks(masks: &Masks) -> Vec<BlockTable> {
    let mut rows = vec![BlockTable::default(); masks.blocks.len()];
    let residual = masks.residual.iter().map(|lane| *lane as usize);
    let lanes = (0..masks.lanes.len()).map(|lane| (lane, false));
    for (lane, is_residual) in lanes.chain(residual.map(|lane| (lane, true))) {
        let Some(row) = rows.get_mut(lane / LANES) else {
            continue;
        };
        let set = if is_residual {
            &mut row.residual
        } else {
            &mut row.valid
        };
        if let Some(word) = set.get_mut(lane % LANES / 64) {
            *word |= 1 << (lane % 64);
        }
    }
    rows
}
