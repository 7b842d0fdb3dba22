//! From bits to the lanes that apply.

use gatewright_bytecode::masks::{BLOCKS_MAX, LANES, Lanes};

use super::gathered::{Bits, Gathered, Record, Work};
use super::lanes::{EVERYTHING, NOTHING, and, and_not, any, members, numbers, or};
use super::part::Part;
use super::tables::{AttributeSet, Tables};
use crate::interpret::{Rail, run};
use crate::loaded::Loaded;

/// Takes the lanes that apply.
pub trait Visit {
    /// Whether the lanes of this block matter. Blocks come in ascending order, and not all of them;
    /// several may be asked about before the lanes of the first of them are said.
    fn wants(&mut self, block: usize) -> bool;

    /// Whether all blocks are wanted: then they are evaluated together.
    fn wants_all(&self) -> bool {
        false
    }

    /// The lanes of a block that apply: at least one.
    fn block(&mut self, block: usize, lanes: Lanes);
}

/// Why lanes cannot be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApplyError {
    /// The program has no masks, or none that fit the tables of this runtime.
    NoMasks,
    /// Something was made for another program.
    OtherProgram,
    /// Something was made for the other rail.
    OtherRail,
    /// Two parts have an attribute in common.
    Overlap,
    /// An attribute that matchers read is in no column.
    Uncovered,
    /// Columns are not of the same length, or a code is not in its dictionary.
    Columns,
}

impl std::fmt::Display for ApplyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            ApplyError::NoMasks => "the program has no masks",
            ApplyError::OtherProgram => "what was encoded is of another program",
            ApplyError::OtherRail => "what was encoded is of the other mode",
            ApplyError::Overlap => "two parts speak of the same attribute",
            ApplyError::Uncovered => "nothing speaks of an attribute that policies read",
            ApplyError::Columns => "the columns do not fit together",
        })
    }
}

impl std::error::Error for ApplyError {}

/// The attributes that matchers read and no part has: say of them what is known, be it nothing, in
/// what is gathered beside the parts, or make them a part.
pub fn uncovered<'l>(loaded: &'l Loaded, parts: &[&Part]) -> impl Iterator<Item = u32> + use<'l> {
    let tables = loaded.tables();
    let mut rest = tables.map_or(AttributeSet::default(), |tables| tables.attributes);
    for part in parts {
        for (word, covered) in rest.iter_mut().zip(part.attributes) {
            *word &= !covered;
        }
    }
    tables
        .into_iter()
        .flat_map(move |tables| tables.members(rest))
}

/// Visit the lanes that apply, by what was gathered and by parts, which have no attributes in
/// common. The code of residual lanes has been run.
///
/// Allocates nothing once `gathered` has been used for the program.
///
/// # Errors
/// See [`ApplyError`]. Nothing has been visited then.
pub fn applying(
    loaded: &Loaded,
    gathered: &mut Gathered,
    parts: &[&Part],
    visit: &mut impl Visit,
) -> Result<(), ApplyError> {
    if let Some(lanes) = only_block(loaded, gathered, parts)? {
        if visit.wants(0) && any(lanes) {
            visit.block(0, lanes);
        }
        return Ok(());
    }
    let parts = parts.iter().copied();
    let (program, rail) = (gathered.program, gathered.rail);
    let evaluation = Evaluation::new(loaded, program, rail, &gathered.bits, parts.clone())?;
    let tables = evaluation.tables;
    let mut settling = Settling::new(loaded, rail, &mut gathered.record, parts);
    if evaluation.is_settled_by_parts() {
        evaluation.visit_parts(visit);
        return Ok(());
    }
    let work = &mut gathered.work;
    let mut rest = evaluation.candidates();
    let mut count = if visit.wants_all() {
        BLOCKS_MAX
    } else {
        TOGETHER
    };
    while rest != 0 {
        let (mut together, mut left) = (0, count);
        for block in members(rest) {
            rest &= !(1 << block);
            if visit.wants(block) {
                together |= 1 << block;
                left -= 1;
                if left == 0 {
                    break;
                }
            }
        }
        for block in members(evaluation.of_several(together, work)) {
            let lanes = work.lanes.get(block).copied().unwrap_or_default();
            let lanes = settling.settle(tables, block, lanes);
            if any(lanes) {
                visit.block(block, lanes);
            }
        }
        count = (2 * count).min(BLOCKS_MAX);
    }
    Ok(())
}

/// The lanes that apply, of a program that has one block; of others `None`. Otherwise as
/// [`applying`].
///
/// # Errors
/// See [`ApplyError`].
#[inline]
pub fn only_block(
    loaded: &Loaded,
    gathered: &mut Gathered,
    parts: &[&Part],
) -> Result<Option<Lanes>, ApplyError> {
    let parts = parts.iter().copied();
    let (program, rail) = (gathered.program, gathered.rail);
    let evaluation = Evaluation::new(loaded, program, rail, &gathered.bits, parts.clone())?;
    let tables = evaluation.tables;
    if tables.block_count != 1 {
        return Ok(None);
    }
    let mut settling = Settling::new(loaded, rail, &mut gathered.record, parts);
    Ok(Some(settling.settle(tables, 0, evaluation.only())))
}

/// Wanted blocks that are evaluated together at first; twice as many each further time.
///
/// PERF: together, the bits of a strip are read one after the other; but where a policy of the
/// first blocks settles the decision, the others are not read at all.
const TOGETHER: usize = 4;

/// What parts have in common.
struct Joined {
    attributes: AttributeSet,
    closed: u64,
    open: u64,
    first: Lanes,
    blocks: u64,
    opened: u64,
}

impl Joined {
    fn new<'p>(
        program: u64,
        rail: Rail,
        parts: impl Iterator<Item = &'p Part>,
    ) -> Result<Joined, ApplyError> {
        let mut joined = Joined {
            attributes: AttributeSet::default(),
            closed: 0,
            open: 0,
            first: EVERYTHING,
            blocks: u64::MAX,
            opened: 0,
        };
        for part in parts {
            if part.program != program {
                return Err(ApplyError::OtherProgram);
            }
            if part.rail != rail {
                return Err(ApplyError::OtherRail);
            }
            if any(and(joined.attributes, part.attributes)) {
                return Err(ApplyError::Overlap);
            }
            joined.attributes = or(joined.attributes, part.attributes);
            joined.closed |= part.closed;
            joined.open |= part.open;
            joined.first = and(joined.first, part.first);
            joined.blocks &= part.blocks;
            joined.opened |= part.opened;
        }
        Ok(joined)
    }
}

struct Evaluation<'a, P> {
    tables: &'a Tables,
    bits: &'a Bits,
    joined: Joined,
    parts: P,
}

impl<'a, 'p, P: Iterator<Item = &'p Part> + Clone> Evaluation<'a, P> {
    #[inline]
    fn new(
        loaded: &'a Loaded,
        program: u64,
        rail: Rail,
        bits: &'a Bits,
        parts: P,
    ) -> Result<Evaluation<'a, P>, ApplyError> {
        let tables = loaded.tables().ok_or(ApplyError::NoMasks)?;
        if program != loaded.identity() {
            return Err(ApplyError::OtherProgram);
        }
        Ok(Evaluation {
            tables,
            bits,
            joined: Joined::new(program, rail, parts.clone())?,
            parts,
        })
    }

    /// The lanes of the only block.
    ///
    /// PERF: no branch on lanes: a dozen sets cost less than one wrong guess.
    fn only(&self) -> Lanes {
        let Some(table) = self.tables.blocks.first() else {
            return NOTHING;
        };
        let mut lanes = and(table.valid, self.joined.first);
        let slots = self
            .bits
            .single
            .get(..self.tables.slot_count)
            .unwrap_or(&[]);
        if self.joined.closed == 0 && self.joined.open == 0 {
            for permitted in slots {
                lanes = and(lanes, *permitted);
            }
        } else {
            for slot in members(table.clausal & !self.joined.closed) {
                let permitted = slots.get(slot).copied().unwrap_or_default();
                lanes = and(lanes, or(permitted, self.brought(slot, 0)));
            }
        }
        and_not(lanes, self.bits.forbidden(self.tables, 0))
    }

    /// The blocks that are to be looked at.
    fn candidates(&self) -> u64 {
        let opened = self.tables.always | self.bits.opened(self.tables) | self.joined.opened;
        self.tables.all() & self.joined.blocks & opened
    }

    /// Put the lanes of these blocks into `work`, slot by slot; the result are those of them that
    /// have any.
    fn of_several(&self, blocks: u64, work: &mut Work) -> u64 {
        let tables = self.tables;
        let mut live = 0;
        for block in members(blocks) {
            let Some((table, lanes)) = tables.blocks.get(block).zip(work.lanes.get_mut(block))
            else {
                continue;
            };
            *lanes = self.left_by_parts(block, table.valid);
            live |= u64::from(any(*lanes)) << block;
        }
        for (slot, clausal) in tables.clausal.iter().enumerate() {
            let asked = live & clausal;
            if asked == 0 || self.joined.closed >> slot & 1 == 1 {
                continue;
            }
            let bases = tables.bases_from(slot);
            let is_open = self.joined.open >> slot & 1 == 1;
            for block in members(asked) {
                if let Some((permitted, base)) = work.permitted.get_mut(block).zip(bases.get(block))
                {
                    *permitted = *base;
                    if is_open {
                        *permitted = or(*base, self.brought(slot, block));
                    }
                }
            }
            self.bits.add_to(tables, slot, asked, &mut work.permitted);
            live &= !work.meet(asked, and);
        }
        for block in members(live) {
            if let Some(forbidden) = work.permitted.get_mut(block) {
                *forbidden = NOTHING;
            }
        }
        let forbidding = tables.slot_count;
        self.bits
            .add_to(tables, forbidding, live, &mut work.permitted);
        live & !work.meet(live, and_not)
    }

    /// Whether parts say everything: no slot is left to be looked at, and no code is to be run.
    fn is_settled_by_parts(&self) -> bool {
        let slots = self.tables.slots();
        self.joined.closed & slots == slots && !self.tables.has_residual
    }

    fn visit_parts(&self, visit: &mut impl Visit) {
        for block in members(self.candidates()) {
            if !visit.wants(block) {
                continue;
            }
            let valid = self.tables.blocks.get(block).map(|table| table.valid);
            let lanes = self.left_by_parts(block, valid.unwrap_or_default());
            if any(lanes) {
                visit.block(block, lanes);
            }
        }
    }

    fn left_by_parts(&self, block: usize, valid: Lanes) -> Lanes {
        let mut lanes = valid;
        for permitted in self.parts.clone().filter_map(|part| part.permitted(block)) {
            lanes = and(lanes, permitted);
            // PERF: what other parts permit is in no cache, often.
            if !any(lanes) {
                break;
            }
        }
        lanes
    }

    /// What parts bring to an open slot.
    #[inline]
    fn brought(&self, slot: usize, block: usize) -> Lanes {
        if self.joined.open >> slot & 1 == 0 {
            return NOTHING;
        }
        let parts = self.parts.clone();
        parts.fold(NOTHING, |bits, part| or(bits, part.brought(slot, block)))
    }
}

/// Runs the code of residual lanes.
pub(crate) struct Settling<'a, P> {
    loaded: &'a Loaded,
    rail: Rail,
    record: &'a mut Record,
    parts: P,
    are_classes_made: bool,
}

impl<'a, 'p, P: Iterator<Item = &'p Part> + Clone> Settling<'a, P> {
    pub(crate) fn new(
        loaded: &'a Loaded,
        rail: Rail,
        record: &'a mut Record,
        parts: P,
    ) -> Settling<'a, P> {
        Settling {
            loaded,
            rail,
            record,
            parts,
            are_classes_made: false,
        }
    }

    /// The lanes without the residual ones whose code says no.
    #[inline]
    pub(crate) fn settle(&mut self, tables: &Tables, block: usize, lanes: Lanes) -> Lanes {
        let residual = tables.blocks.get(block).map_or(NOTHING, |row| row.residual);
        let residual = and(lanes, residual);
        if any(residual) {
            and_not(lanes, self.refused(block, residual))
        } else {
            lanes
        }
    }

    #[cold]
    fn refused(&mut self, block: usize, residual: Lanes) -> Lanes {
        let program = self.loaded.program();
        if !self.are_classes_made {
            self.record.make_classes(self.loaded, self.parts.clone());
            self.are_classes_made = true;
        }
        let classes = self.record.classes();
        let policies = program.masks.as_ref().map_or(&[][..], |masks| &masks.lanes);
        let policies = policies.get(block * LANES..).unwrap_or(&[]);
        let mut refused = NOTHING;
        for lane in numbers(residual) {
            let number = policies.get(lane).copied().unwrap_or(u32::MAX);
            let policy = program.policies.get(number as usize);
            let entry = policy.map(|policy| match self.rail {
                Rail::Certain => policy.certain,
                Rail::Possible => policy.possible,
            });
            let applies = entry.is_some_and(|entry| run(&program.code, entry, classes));
            if let Some(word) = refused.get_mut(lane / 64) {
                *word |= u64::from(!applies) << (lane % 64);
            }
        }
        refused
    }
}
