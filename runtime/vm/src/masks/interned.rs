//! Facts by numbers: what each value brings has been looked up, and is yet to be brought together.
//!
//! What single values bring is folded, slot by slot; where no set brings anything, it is one set of
//! lanes. The elements of sets, such as the groups of a user, stay apart: a number for each that the
//! program knows.
//!
//! Only for programs of one block without code beside it: of others, a [`Part`](super::Part) of all
//! attributes is smaller than the numbers of all its elements in all blocks.

use gatewright_bytecode::masks::Lanes;
use gatewright_value::Kind;

use super::lanes::{NOTHING, and, and_not, or};
use super::tables::{SLOTS_MAX, Tables};
use crate::encode::Sink;
use crate::interpret::Rail;
use crate::loaded::Loaded;

/// What values bring, by number.
#[derive(Clone, Debug)]
pub struct Interned {
    /// What the slots permit to which no set brings anything.
    permitted: Lanes,
    program: u64,
    runs: Box<[Run]>,
    /// Places of bits, run after run.
    strips: Box<[u32]>,
}

/// A slot to which sets bring bits.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// What is brought besides.
    base: Lanes,
    count: u32,
    forbids: bool,
}

/// Notes what matchers find. Made by [`Interning::new`].
#[derive(Debug)]
pub struct Interning<'a> {
    loaded: &'a Loaded,
    tables: &'a Tables,
    starts: &'a [u32],
    /// By slot: what single values bring.
    single: Box<[Lanes; SLOTS_MAX]>,
    /// The slots to which elements of sets bring bits, and where these are.
    elements: Vec<(u8, u32)>,
}

impl<'a> Interning<'a> {
    /// Begin to intern for a program, if it has one block and runs no code beside it.
    #[must_use]
    pub fn new(loaded: &'a Loaded, rail: Rail) -> Option<Interning<'a>> {
        let tables = loaded.tables()?;
        if tables.block_count != 1 || tables.has_residual {
            return None;
        }
        let mut single = Box::new([NOTHING; SLOTS_MAX]);
        for (bits, base) in single.iter_mut().zip(tables.bases_from(0)) {
            *bits = *base;
        }
        Some(Interning {
            loaded,
            tables,
            starts: tables.starts(rail),
            single,
            elements: Vec::new(),
        })
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Interned {
        self.elements.sort_unstable();
        self.elements.dedup();
        let tables = self.tables;
        let valid = tables.blocks.first().map(|block| block.valid);
        let mut permitted = valid.unwrap_or_default();
        let mut runs = Vec::new();
        for (slot, bits) in self.single.iter().enumerate().take(tables.slot_count + 1) {
            let of_slot = |element: &&(u8, u32)| usize::from(element.0) == slot;
            let count = self.elements.iter().filter(of_slot).count();
            let forbids = slot == tables.slot_count;
            if count != 0 {
                runs.push(Run {
                    base: *bits,
                    count: u32::try_from(count).unwrap_or(u32::MAX),
                    forbids,
                });
            } else if forbids {
                permitted = and_not(permitted, *bits);
            } else {
                permitted = and(permitted, *bits);
            }
        }
        Interned {
            permitted,
            program: self.loaded.identity(),
            runs: runs.into(),
            strips: self.elements.into_iter().map(|(_, place)| place).collect(),
        }
    }
}

impl Sink for Interning<'_> {
    fn found(&mut self, matcher: u32, outcome: u32) {
        let tables = self.tables;
        let entry = tables.entry(self.starts, matcher, outcome);
        let attribute = self.loaded.matcher(matcher).map(|row| row.attribute());
        let attributes = &self.loaded.program().attributes;
        let row = attribute.and_then(|attribute| attributes.get(attribute as usize));
        let is_set = row.is_some_and(|row| matches!(row.kind, Kind::Set(_)));
        let places = (entry.first..).take(usize::from(entry.count));
        let strips = tables.strips.get(entry.first as usize..).unwrap_or(&[]);
        for (strip, place) in strips.iter().zip(places) {
            if is_set {
                self.elements.push((strip.slot, place));
                continue;
            }
            let bits = tables.bits.get(place as usize).copied();
            if let Some(single) = self.single.get_mut(usize::from(strip.slot)) {
                *single = or(*single, bits.unwrap_or_default());
            }
        }
    }
}

impl Interned {
    /// The lanes that apply; `None` where these are facts for another program.
    #[must_use]
    #[inline]
    pub fn lanes(&self, loaded: &Loaded) -> Option<Lanes> {
        let tables = loaded
            .tables()
            .filter(|_| self.program == loaded.identity())?;
        let mut lanes = self.permitted;
        let mut rest = &*self.strips;
        for run in &self.runs {
            let (mine, others) = rest.split_at_checked(run.count as usize)?;
            rest = others;
            let mut bits = run.base;
            for place in mine {
                bits = or(bits, tables.bits.get(*place as usize).copied()?);
            }
            lanes = if run.forbids {
                and_not(lanes, bits)
            } else {
                and(lanes, bits)
            };
        }
        Some(lanes)
    }
}
