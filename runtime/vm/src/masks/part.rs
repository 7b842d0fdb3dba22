//! What is known of some attributes, encoded once.
//!
//! A slot is *closed* by a part where all attributes that bring bits to it are in the part: what it
//! permits is then known for good, and so is everything that is forbidden. Per block, all of this
//! is one set of lanes. Of a slot that also other attributes bring bits to, an *open* one, the
//! part keeps its own bits.
//!
//! INVARIANT: `lanes` has an element for each block of `partial`, and `open_bits` from an open
//! slot's `first` on one for each of its blocks, in order.

use gatewright_bytecode::masks::Lanes;

use super::gathered::{Found, Gathered};
use super::lanes::{NOTHING, and, and_not, any, members};
use super::tables::{AttributeSet, Tables};
use crate::interpret::Rail;
use crate::loaded::Loaded;

/// What is known of some attributes, for one program and rail, to be decided with other parts.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it permits in block 0.
    pub(crate) first: Lanes,
    pub(crate) program: u64,
    /// The slots that it closes.
    pub(crate) closed: u64,
    /// The slots that other attributes too bring bits to.
    pub(crate) open: u64,
    /// The blocks in which it permits anything.
    pub(crate) blocks: u64,
    pub(crate) attributes: AttributeSet,
    /// Blocks that need not be opened any more, or are.
    pub(crate) opened: u64,
    /// The blocks of `blocks` in which it does not permit everything.
    partial: u64,
    pub(crate) rail: Rail,
    is_alone: bool,
    lanes: Box<[Lanes]>,
    opens: Box<[Open]>,
    open_bits: Box<[Lanes]>,
    outcomes: Box<[Found]>,
}

/// The bits of an open slot.
#[derive(Clone, Copy, Debug)]
struct Open {
    slot: usize,
    blocks: u64,
    first: usize,
}

impl Part {
    /// The part of these attributes, of what was gathered for them. Whatever else was gathered must
    /// be of attributes that no matcher reads.
    pub fn new(
        loaded: &Loaded,
        gathered: &mut Gathered,
        attributes: impl IntoIterator<Item = u32>,
    ) -> Part {
        let mut part = Part {
            program: gathered.program,
            rail: gathered.rail,
            attributes: AttributeSet::default(),
            closed: 0,
            open: 0,
            first: NOTHING,
            blocks: 0,
            partial: 0,
            opened: 0,
            is_alone: false,
            lanes: Box::default(),
            opens: Box::default(),
            open_bits: Box::default(),
            outcomes: gathered.record.outcomes.as_slice().into(),
        };
        let tables = loaded.tables();
        if let Some(tables) = tables.filter(|_| loaded.identity() == gathered.program) {
            for attribute in attributes {
                tables.insert(&mut part.attributes, attribute);
            }
            part.closed = tables.closed(&part.attributes);
            part.open = tables.straddled(&part.attributes);
            part.close(tables, gathered);
            part.keep_open(tables, gathered);
            part.is_alone = tables.block_count == 1 && !tables.has_residual && part.open == 0;
        }
        part
    }

    /// What it permits, where the program has one block and nothing else of the part matters: it
    /// leaves no slot open, and no code is run beside the masks.
    ///
    /// Where parts that together have every attribute that matchers read are all like that, the
    /// lanes that apply are those that every one of them permits.
    #[must_use]
    pub fn alone(&self) -> Option<Lanes> {
        self.is_alone.then_some(self.first)
    }

    /// What it permits in a block of `blocks`; `None` is everything.
    #[inline]
    pub(crate) fn permitted(&self, block: usize) -> Option<Lanes> {
        let bit = 1u64 << block;
        if self.partial & bit == 0 {
            return None;
        }
        let place = (self.partial & (bit - 1)).count_ones();
        self.lanes.get(place as usize).copied()
    }

    /// The bits that it brings to an open slot of a block.
    #[inline]
    pub(crate) fn brought(&self, slot: usize, block: usize) -> Lanes {
        let bit = 1u64 << block;
        let open = self.opens.iter().find(|open| open.slot == slot);
        let Some(open) = open.filter(|open| open.blocks & bit != 0) else {
            return NOTHING;
        };
        let place = open.first + (open.blocks & (bit - 1)).count_ones() as usize;
        self.open_bits.get(place).copied().unwrap_or_default()
    }

    /// The blocks of which it permits a part of the lanes, and these.
    pub(crate) fn packed(&self) -> (u64, &[Lanes]) {
        (self.partial, &self.lanes)
    }

    /// The outcomes, where they are recorded.
    pub(crate) fn outcomes(&self) -> &[Found] {
        &self.outcomes
    }

    fn close(&mut self, tables: &Tables, gathered: &Gathered) {
        let mut lanes = Vec::new();
        for (block, table) in tables.blocks.iter().enumerate() {
            let bits = &gathered.bits;
            let permit = |lanes, slot| and(lanes, bits.permitted(tables, slot, block));
            let permitted = members(self.closed & table.clausal).fold(table.valid, permit);
            let forbidden = bits.forbidden(tables, block);
            let permitted = and_not(permitted, forbidden);
            if any(permitted) {
                self.blocks |= 1 << block;
                if permitted != table.valid {
                    self.partial |= 1 << block;
                    lanes.push(permitted);
                }
            }
            if block == 0 {
                self.first = permitted;
            }
        }
        self.lanes = lanes.into();
    }

    fn keep_open(&mut self, tables: &Tables, gathered: &Gathered) {
        let (mut opens, mut open_bits) = (Vec::new(), Vec::new());
        for slot in members(self.open) {
            let (first, mut blocks) = (open_bits.len(), 0);
            for block in 0..tables.block_count {
                let bits = gathered.bits.brought(tables, slot, block);
                if any(bits) {
                    blocks |= 1 << block;
                    open_bits.push(bits);
                }
            }
            if blocks != 0 {
                opens.push(Open {
                    slot,
                    blocks,
                    first,
                });
            }
        }
        for opener in &tables.openers {
            let open = opens.iter().find(|open| open.slot == opener.slot);
            let is_closed = self.closed >> opener.slot & 1 == 1;
            let brought = open.map_or(0, |open| open.blocks);
            // Where the slot is closed, what it permits is in `blocks`.
            self.opened |= opener.blocks & if is_closed { u64::MAX } else { brought };
        }
        self.opens = opens.into();
        self.open_bits = open_bits.into();
    }
}
