//! Rows of a program of several blocks.
//!
//! A value leaves some blocks, and of those it does not permit as a whole, the lanes. A row goes
//! over the blocks that all of its values leave, which of narrow blocks are few.
//!
//! INVARIANT: `lanes` has, from `first` of a value on, an element for each of its partial blocks.

use std::ops::Range;

use gatewright_bytecode::masks::Lanes;

use super::Values as AnyValues;
use crate::masks::{ApplyError, NOTHING, Part, Tables, and, members, or};

/// What the values of a dictionary permit.
#[derive(Clone, Debug)]
pub(super) struct Values {
    heads: Vec<Head>,
    lanes: Vec<Lanes>,
}

#[derive(Clone, Copy, Debug)]
struct Head {
    /// The blocks in which the value permits anything.
    blocks: u64,
    /// Those of them in which it does not permit everything.
    partial: u64,
    /// The blocks that it opens, or whose opener it has settled.
    opened: u64,
    first: usize,
}

/// The columns of a batch.
#[derive(Clone, Debug)]
pub(super) struct Kernel<'a> {
    columns: Vec<Column<'a>>,
    /// Slots that several columns bring bits to.
    open: u64,
}

#[derive(Clone, Copy, Debug)]
struct Column<'a> {
    values: &'a Values,
    /// By code, where some slot is open.
    parts: &'a [Part],
    codes: &'a [u32],
}

impl Values {
    pub(super) fn new(parts: &[Part]) -> Values {
        let mut lanes = Vec::new();
        let mut heads = Vec::with_capacity(parts.len());
        for part in parts {
            let (partial, own) = part.packed();
            heads.push(Head {
                blocks: part.blocks,
                partial,
                opened: part.opened,
                first: lanes.len(),
            });
            lanes.extend_from_slice(own);
        }
        Values { heads, lanes }
    }

    pub(super) fn count(&self) -> usize {
        self.heads.len()
    }
}

impl<'a> Kernel<'a> {
    /// The kernel for these columns, `open` the slots that several of them bring bits to.
    pub(super) fn new(columns: &[super::Column<'a>], open: u64) -> Kernel<'a> {
        let of_several = |column: &super::Column<'a>| match &column.dictionary.values {
            AnyValues::Several(values) => Some(Column {
                values,
                parts: &column.dictionary.parts,
                codes: column.codes,
            }),
            AnyValues::One(_) => None,
        };
        Kernel {
            columns: columns.iter().filter_map(of_several).collect(),
            open,
        }
    }

    /// Call `each` with every row, and each block that its values leave, and the lanes.
    pub(super) fn each(
        &self,
        tables: &Tables,
        rows: Range<usize>,
        mut each: impl FnMut(usize, usize, Lanes),
    ) -> Result<(), ApplyError> {
        for row in rows {
            let (mut blocks, mut opened) = (tables.all(), tables.always);
            for column in &self.columns {
                let head = column.head(row).ok_or(ApplyError::Columns)?;
                blocks &= head.blocks;
                opened |= head.opened;
            }
            for block in members(blocks & opened) {
                each(row, block, self.lanes(tables, row, block));
            }
        }
        Ok(())
    }

    fn lanes(&self, tables: &Tables, row: usize, block: usize) -> Lanes {
        let Some(table) = tables.blocks.get(block) else {
            return NOTHING;
        };
        let mut lanes = table.valid;
        for permitted in self
            .columns
            .iter()
            .filter_map(|column| column.permitted(row, block))
        {
            lanes = and(lanes, permitted);
        }
        for slot in members(table.clausal & self.open) {
            let base = tables.base(slot, block);
            let parts = self.columns.iter().filter_map(|column| column.part(row));
            let permitted = parts.fold(base, |bits, part| or(bits, part.brought(slot, block)));
            lanes = and(lanes, permitted);
        }
        lanes
    }
}

impl Column<'_> {
    fn head(&self, row: usize) -> Option<&Head> {
        self.values.heads.get(*self.codes.get(row)? as usize)
    }

    fn part(&self, row: usize) -> Option<&Part> {
        self.parts.get(*self.codes.get(row)? as usize)
    }

    /// What its value permits in a block of which it does not permit everything.
    fn permitted(&self, row: usize, block: usize) -> Option<Lanes> {
        let head = self.head(row)?;
        let bit = 1u64 << block;
        if head.partial & bit == 0 {
            return None;
        }
        let place = head.first + (head.partial & (bit - 1)).count_ones() as usize;
        self.values.lanes.get(place).copied()
    }
}
