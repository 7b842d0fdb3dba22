//! Many requests at once: columns of codes into dictionaries of parts.
//!
//! A [`Dictionary`] has a [`Part`] for each distinct value of a column, all over the same
//! attributes; a row is a code per column. What is known of one value is computed once, whatever
//! the number of rows that have it: `one` decides programs of one block by ANDs of table elements,
//! `several` goes over the blocks that every column leaves.

mod one;
mod several;

use std::ops::Range;

use gatewright_bytecode::masks::Lanes;

use crate::interpret::Rail;
use crate::loaded::Loaded;
use crate::masks::{ApplyError, AttributeSet, Gathered, Part, Settling, Tables, and, any, or};

/// The parts of the distinct values of a column.
#[derive(Clone, Debug)]
pub struct Dictionary {
    program: u64,
    rail: Rail,
    attributes: AttributeSet,
    closed: u64,
    open: u64,
    values: Values,
    /// By code; empty where `values` say everything.
    parts: Vec<Part>,
}

/// What the values of a dictionary permit, by code.
#[derive(Clone, Debug)]
enum Values {
    One(one::Values),
    Several(several::Values),
}

/// A column of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// The parts of its values.
    pub dictionary: &'a Dictionary,
    /// By row: which of them.
    pub codes: &'a [u32],
}

/// Rows to be decided. Threads share it, each with ranges of rows and a [`Gathered`] of its own.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    loaded: &'a Loaded,
    tables: &'a Tables,
    rail: Rail,
    columns: Vec<Column<'a>>,
    kernel: Kernel<'a>,
    rows: usize,
}

#[derive(Clone, Debug)]
enum Kernel<'a> {
    One(one::Kernel<'a>),
    Several(several::Kernel<'a>),
}

impl Dictionary {
    /// The dictionary of these parts; the code of a part is its place.
    ///
    /// # Errors
    /// [`ApplyError::Columns`] where there is no part, or parts differ in their attributes;
    /// otherwise what does not fit the program.
    pub fn new(loaded: &Loaded, parts: Vec<Part>) -> Result<Dictionary, ApplyError> {
        let tables = loaded.tables().ok_or(ApplyError::NoMasks)?;
        let first = parts.first().ok_or(ApplyError::Columns)?;
        for part in &parts {
            if part.program != loaded.identity() {
                return Err(ApplyError::OtherProgram);
            }
            if part.rail != first.rail {
                return Err(ApplyError::OtherRail);
            }
            if part.attributes != first.attributes {
                return Err(ApplyError::Columns);
            }
        }
        let (values, are_parts_needed) = if tables.block_count == 1 {
            (Values::One(one::Values::new(&parts)), tables.has_residual)
        } else {
            let values = Values::Several(several::Values::new(&parts));
            (values, tables.has_residual || first.open != 0)
        };
        Ok(Dictionary {
            program: first.program,
            rail: first.rail,
            attributes: first.attributes,
            closed: first.closed,
            open: first.open,
            values,
            parts: if are_parts_needed { parts } else { Vec::new() },
        })
    }

    /// How many values there are.
    #[must_use]
    pub fn count(&self) -> usize {
        match &self.values {
            Values::One(values) => values.count(),
            Values::Several(values) => values.count(),
        }
    }
}

impl<'a> Batch<'a> {
    /// A batch of these columns, which together have every attribute that policies read, once.
    ///
    /// # Errors
    /// See [`ApplyError`].
    pub fn new(loaded: &'a Loaded, columns: &[Column<'a>]) -> Result<Batch<'a>, ApplyError> {
        let tables = loaded.tables().ok_or(ApplyError::NoMasks)?;
        let first = columns.first().ok_or(ApplyError::Uncovered)?;
        let (rail, rows) = (first.dictionary.rail, first.codes.len());
        let mut attributes = AttributeSet::default();
        let (mut closed, mut open) = (0, 0);
        for Column { dictionary, codes } in columns {
            if dictionary.program != loaded.identity() {
                return Err(ApplyError::OtherProgram);
            }
            if dictionary.rail != rail {
                return Err(ApplyError::OtherRail);
            }
            if any(and(attributes, dictionary.attributes)) {
                return Err(ApplyError::Overlap);
            }
            if codes.len() != rows {
                return Err(ApplyError::Columns);
            }
            attributes = or(attributes, dictionary.attributes);
            closed |= dictionary.closed;
            open |= dictionary.open;
        }
        if attributes != tables.attributes {
            return Err(ApplyError::Uncovered);
        }
        let kernel = if tables.block_count == 1 {
            Kernel::One(one::Kernel::new(columns, open & !closed))
        } else {
            Kernel::Several(several::Kernel::new(columns, open & !closed))
        };
        Ok(Batch {
            loaded,
            tables,
            rail,
            columns: columns.to_vec(),
            kernel,
            rows,
        })
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the program has one block: then [`each`](Self::each) says every row once.
    #[must_use]
    pub fn has_one_block(&self) -> bool {
        matches!(self.kernel, Kernel::One(_))
    }

    /// Call `each` with the row, the block and the lanes that apply, of these rows, in order. Blocks
    /// of a row ascend; one of which nothing applies may be left out. Rows that do not exist are
    /// passed over. Allocates nothing, unless `gathered` has never been used for the program.
    ///
    /// # Errors
    /// [`ApplyError::Columns`] where a code is not in its dictionary; rows before it may have been
    /// decided.
    pub fn each(
        &self,
        rows: Range<usize>,
        gathered: &mut Gathered,
        mut each: impl FnMut(usize, usize, Lanes),
    ) -> Result<(), ApplyError> {
        let rows = rows.start.min(self.rows)..rows.end.min(self.rows);
        gathered.start(self.loaded, self.rail);
        match &self.kernel {
            Kernel::One(kernel) if !self.tables.has_residual => {
                kernel.each(rows, |row, lanes| each(row, 0, lanes))
            }
            Kernel::One(kernel) => kernel.each(rows, |row, lanes| {
                each(row, 0, self.settle(row, 0, lanes, gathered));
            }),
            Kernel::Several(kernel) if !self.tables.has_residual => {
                kernel.each(self.tables, rows, each)
            }
            Kernel::Several(kernel) => kernel.each(self.tables, rows, |row, block, lanes| {
                each(row, block, self.settle(row, block, lanes, gathered));
            }),
        }
    }

    /// Fold the lanes of each row into an effect, which starts as its default: `effects` has one
    /// for each of these rows.
    ///
    /// # Errors
    /// [`ApplyError::Columns`] where a code is not in its dictionary, or `effects` is not as long
    /// as the rows that exist are many.
    pub fn fold<E: Copy + Default>(
        &self,
        rows: Range<usize>,
        gathered: &mut Gathered,
        effects: &mut [E],
        mut fold: impl FnMut(E, usize, Lanes) -> E,
    ) -> Result<(), ApplyError> {
        if rows.end > self.rows || effects.len() != rows.len() {
            return Err(ApplyError::Columns);
        }
        let first = rows.start;
        effects.fill(E::default());
        self.each(rows, gathered, |row, block, lanes| {
            if let Some(effect) = effects.get_mut(row - first) {
                *effect = fold(*effect, block, lanes);
            }
        })
    }

    fn settle(&self, row: usize, block: usize, lanes: Lanes, gathered: &mut Gathered) -> Lanes {
        let record = &mut gathered.record;
        let mut settling = Settling::new(self.loaded, self.rail, record, self.parts(row));
        settling.settle(self.tables, block, lanes)
    }

    fn parts(&self, row: usize) -> impl Iterator<Item = &Part> + Clone {
        let columns = self.columns.iter();
        columns.filter_map(move |Column { dictionary, codes }| {
            let code = codes.get(row)?;
            dictionary.parts.get(*code as usize)
        })
    }
}
