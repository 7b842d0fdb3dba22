//! The rules of the mask lowering. That masks say what the code says is not among them, as it is
//! not among those of the code that it says what the policies do: what is relied on is that
//! everything that is looked up is there, and that blocks and slots may be left out where they say
//! so.

use gatewright_value::vocabulary::State;

use super::{Check, VerifyError, ensure};
use crate::limits::{OUTCOMES_MAX, SEGMENTS_MAX, SLOTS_MAX};
use crate::masks::{BLOCKS_MAX, Block, LANES, Lanes, Masks, MatcherCells, NO_CELL};
use crate::program::Program;

/// Check the masks, where there are any.
pub(super) fn masks(program: &Program) -> Check {
    let Some(masks) = &program.masks else {
        return Ok(());
    };
    sizes(program, masks)?;
    lanes(program, masks)?;
    slots(program, masks)?;
    for (number, block) in masks.blocks.iter().enumerate() {
        self::block(masks, number, block)
            .map_err(|rule| broken(format!("block {number}"), rule))?;
    }
    cells(masks)?;
    matchers(program, masks)
}

fn broken(what: String, rule: &str) -> VerifyError {
    VerifyError {
        place: format!("masks: {what}"),
        rule: rule.to_owned(),
    }
}

fn place() -> String {
    "masks".to_owned()
}

fn sizes(program: &Program, masks: &Masks) -> Check {
    let rows = [
        ("blocks", masks.blocks.len(), BLOCKS_MAX),
        ("slots", masks.slots.len(), SLOTS_MAX),
        ("segments", masks.segments.len(), SEGMENTS_MAX),
        ("cells", masks.cells.len(), SEGMENTS_MAX),
    ];
    for (what, count, max) in rows {
        let rule = || format!("{count} {what} are more than the {max} that are allowed");
        ensure(count <= max, place, rule())?;
    }
    ensure(
        masks.blocks.len() == masks.lanes.len().div_ceil(LANES),
        place,
        "there are not as many blocks as the lanes take",
    )?;
    ensure(
        masks.matchers.len() == program.matchers.len(),
        place,
        "there is not one row for each matcher",
    )
}

/// Every policy that is not disabled has one lane; where there is one block, they ascend.
fn lanes(program: &Program, masks: &Masks) -> Check {
    let mut has_lane = vec![false; program.policies.len()];
    for (lane, number) in masks.lanes.iter().enumerate() {
        let at = *number as usize;
        let row = program.policies.get(at).zip(has_lane.get_mut(at));
        let Some((policy, has_lane)) = row else {
            return Err(broken(format!("lane {lane}"), "its policy does not exist"));
        };
        let place = || format!("masks: lane {lane}");
        let is_repeated = std::mem::replace(has_lane, true);
        ensure(!is_repeated, place, "its policy has another lane")?;
        ensure(
            policy.state != State::Disabled,
            place,
            "its policy is disabled",
        )?;
    }
    ensure(
        masks.lanes.len() > LANES || masks.lanes.is_sorted(),
        place,
        "the lanes of the only block do not ascend",
    )?;
    let mut policies = program.policies.iter().zip(has_lane);
    ensure(
        policies.all(|(policy, has_lane)| has_lane || policy.state == State::Disabled),
        place,
        "a policy has no lane",
    )?;
    let is_lane = |lane: &u32| (*lane as usize) < masks.lanes.len();
    ensure(
        masks.residual.is_sorted_by(|a, b| a < b) && masks.residual.iter().all(is_lane),
        place,
        "the residual lanes do not ascend among the lanes",
    )
}

fn slots(program: &Program, masks: &Masks) -> Check {
    for (number, slot) in masks.slots.iter().enumerate() {
        let is_matcher = |matcher: &u32| (*matcher as usize) < program.matchers.len();
        ensure(
            slot.matchers.is_sorted_by(|a, b| a < b) && slot.matchers.iter().all(is_matcher),
            || format!("masks: slot {number}"),
            "its matchers do not ascend among the matchers",
        )?;
    }
    Ok(())
}

/// The lanes that there are in a block.
fn lanes_of(masks: &Masks, block: usize) -> Lanes {
    let count = masks.lanes.len().saturating_sub(block * LANES).min(LANES);
    let mut lanes = Lanes::default();
    for (word, first) in lanes.iter_mut().zip((0..).step_by(64)) {
        let of_word = count.saturating_sub(first).min(64) as u32;
        *word = u64::MAX.checked_shr(64 - of_word).unwrap_or(0);
    }
    lanes
}

fn is_within(bits: &Lanes, lanes: &Lanes) -> bool {
    bits.iter()
        .zip(lanes)
        .all(|(bits, lanes)| bits & !lanes == 0)
}

fn block(masks: &Masks, number: usize, block: &Block) -> Result<(), &'static str> {
    if block.base.len() != masks.slots.len() {
        return Err("it does not have one base for each slot");
    }
    let lanes = lanes_of(masks, number);
    if !block.base.iter().all(|bits| is_within(bits, &lanes)) {
        return Err("a base has bits beyond the last lane");
    }
    let mut rows = masks.slots.iter().zip(&block.base);
    if rows.any(|(slot, base)| slot.forbids && *base != Lanes::default()) {
        return Err("the base of a slot that forbids has bits");
    }
    let Some(opener) = block.opener else {
        return Ok(());
    };
    let slot = masks
        .slots
        .get(opener as usize)
        .zip(block.base.get(opener as usize));
    match slot {
        Some((slot, base)) if !slot.forbids && *base == Lanes::default() => Ok(()),
        _ => Err("its opener is no slot in which every lane has a clause"),
    }
}

fn cells(masks: &Masks) -> Check {
    let starts = masks.cells.iter().map(|cell| cell.first as usize);
    let ends = masks.cells.iter().skip(1).map(|cell| cell.first as usize);
    let ends = ends.chain([masks.segments.len()]);
    let first = masks
        .cells
        .first()
        .map_or(masks.segments.len(), |cell| cell.first as usize);
    let is_row = first == 0 || masks.segments.is_empty();
    ensure(is_row, place, "there are segments of no cell")?;
    let lanes: Vec<Lanes> = (0..masks.blocks.len())
        .map(|at| lanes_of(masks, at))
        .collect();
    for (number, (start, end)) in starts.zip(ends).enumerate() {
        let place = || format!("masks: cell {number}");
        let segments = masks.segments.get(start..end).filter(|of| !of.is_empty());
        let Some(segments) = segments else {
            return ensure(false, place, "it has no segments");
        };
        ensure(
            segments.is_sorted_by(|a, b| (a.block, a.slot) < (b.block, b.slot)),
            place,
            "its segments do not ascend by block and slot",
        )?;
        for segment in segments {
            ensure(
                usize::from(segment.slot) < masks.slots.len(),
                place,
                "the slot of a segment does not exist",
            )?;
            let lanes = lanes.get(usize::from(segment.block));
            let Some(lanes) = lanes else {
                return ensure(false, place, "the block of a segment does not exist");
            };
            ensure(
                is_within(&segment.bits, lanes) && segment.bits != Lanes::default(),
                place,
                "the bits of a segment are none, or beyond the last lane",
            )?;
        }
    }
    Ok(())
}

fn matchers(program: &Program, masks: &Masks) -> Check {
    let slots_of_cell: Vec<u64> = (0..masks.cells.len())
        .map(|cell| {
            let segments = masks.segments_of(cell).iter();
            segments.fold(0, |slots, segment| slots | slot_bit(segment.slot))
        })
        .collect();
    let mut listed = vec![0u64; program.matchers.len()];
    for (number, slot) in (0u16..).zip(&masks.slots) {
        for matcher in &slot.matchers {
            if let Some(slots) = listed.get_mut(*matcher as usize) {
                *slots |= slot_bit(number);
            }
        }
    }
    let mut outcome_count = 0usize;
    let rows = program.matchers.iter().zip(&masks.matchers).zip(listed);
    for (number, ((matcher, rows), listed)) in rows.enumerate() {
        let place = || format!("masks: matcher {number}");
        let count = matcher.outcome_count(|variable| program.class_count(variable));
        outcome_count = outcome_count.saturating_add(count);
        let MatcherCells { certain, possible } = rows;
        ensure(
            certain.len() == count && (possible.is_empty() || possible.len() == count),
            place,
            "it does not have one cell for each outcome",
        )?;
        for cell in certain
            .iter()
            .chain(possible)
            .filter(|cell| **cell != NO_CELL)
        {
            let Some(reached) = slots_of_cell.get(*cell as usize) else {
                return ensure(false, place, "a cell does not exist");
            };
            ensure(
                reached & !listed == 0,
                place,
                "it brings bits to a slot that does not list it",
            )?;
        }
    }
    ensure(
        outcome_count <= OUTCOMES_MAX,
        place,
        "there are more outcomes than are allowed",
    )
}

/// The bit of a slot, of which there are at most [`SLOTS_MAX`].
fn slot_bit(slot: u16) -> u64 {
    1u64.checked_shl(u32::from(slot)).unwrap_or(0)
}
