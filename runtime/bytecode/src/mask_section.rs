//! The section of the mask lowering.
//!
//! Everything is numbers as in [`compact`](crate::compact), in this order:
//!
//! ```text
//! lanes      count, policies
//! residual   ascending lanes
//! slots      count, of each: 1 where it forbids else 0, ascending matchers
//! blocks     count, of each: 1 + opener or 0, lanes of each slot
//! cells      count, of each: count of segments,
//!              of each segment: (block × slots + slot) - that of the one before - 1, lanes
//! matchers   of each matcher of the program: cells of the certain rail, then
//!              0 where the possible rail is equal, else 1 and its cells
//! ```
//!
//! The cells of a rail are runs of outcomes up to the matcher's count: 1 + cell or 0, then the
//! length less 1. Lanes begin with a byte: the number of lanes, which follow as a byte each; or
//! [`BYTES`] and a word that says which of the 32 bytes are not zero, which follow.

use crate::compact::{Reader, Writer};
use crate::limits::{OUTCOMES_MAX, SEGMENTS_MAX};
use crate::masks::{Block, Cell, Lanes, Masks, MatcherCells, NO_CELL, Segment, Slot};
use crate::program::Program;

/// Lanes that are written as bytes follow. Otherwise the byte is how many lanes follow.
const BYTES: u8 = 0xFF;

/// Lanes up to which they are written one by one, where that is not longer.
const LISTED_MAX: usize = 32;

pub(crate) fn encode(masks: &Masks) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.count(masks.lanes.len());
    for policy in &masks.lanes {
        writer.number(*policy);
    }
    writer.ascending(&masks.residual);
    writer.count(masks.slots.len());
    for slot in &masks.slots {
        writer.byte(u8::from(slot.forbids));
        writer.ascending(&slot.matchers);
    }
    writer.count(masks.blocks.len());
    for block in &masks.blocks {
        writer.number(block.opener.map_or(0, |slot| slot.saturating_add(1)));
        for lanes in &block.base {
            write_lanes(&mut writer, lanes);
        }
    }
    write_cells(&mut writer, masks);
    for matcher in &masks.matchers {
        write_outcomes(&mut writer, &matcher.certain);
        writer.byte(u8::from(!matcher.possible.is_empty()));
        if !matcher.possible.is_empty() {
            write_outcomes(&mut writer, &matcher.possible);
        }
    }
    writer.bytes
}

fn write_cells(writer: &mut Writer, masks: &Masks) {
    let slot_count = u32::try_from(masks.slots.len()).unwrap_or(u32::MAX);
    writer.count(masks.cells.len());
    for cell in 0..masks.cells.len() {
        let segments = masks.segments_of(cell);
        writer.count(segments.len());
        let mut next = 0u32;
        for segment in segments {
            let place = u32::from(segment.block)
                .wrapping_mul(slot_count)
                .wrapping_add(u32::from(segment.slot));
            writer.number(place.wrapping_sub(next));
            next = place.wrapping_add(1);
            write_lanes(writer, &segment.bits);
        }
    }
}

fn write_outcomes(writer: &mut Writer, cells: &[u32]) {
    for run in cells.chunk_by(|a, b| a == b) {
        let cell = run.first().copied().unwrap_or(NO_CELL);
        // `NO_CELL` becomes 0.
        writer.number(cell.wrapping_add(1));
        writer.count(run.len() - 1);
    }
}

fn write_lanes(writer: &mut Writer, lanes: &Lanes) {
    let bytes = lanes.map(u64::to_le_bytes);
    let bytes = bytes.as_flattened();
    let count: u32 = lanes.iter().map(|word| word.count_ones()).sum();
    let filled = bytes.iter().filter(|byte| **byte != 0).count();
    if count as usize <= LISTED_MAX && count as usize <= filled + size_of::<u32>() {
        writer.byte(u8::try_from(count).unwrap_or(BYTES));
        for (at, byte) in (0..=u8::MAX).step_by(8).zip(bytes) {
            let set = (0u8..8).filter(|bit| byte >> bit & 1 == 1);
            writer.bytes.extend(set.map(|bit| at + bit));
        }
        return;
    }
    writer.byte(BYTES);
    let mut which = 0u32;
    for (at, byte) in bytes.iter().enumerate() {
        which |= u32::from(*byte != 0) << at;
    }
    writer.bytes.extend(which.to_le_bytes());
    writer.bytes.extend(bytes.iter().filter(|byte| **byte != 0));
}

/// The masks of a program whose variables and matchers have been read.
pub(crate) fn decode(bytes: &[u8], program: &Program) -> Result<Masks, String> {
    let mut reader = Reader::new(bytes);
    let mut masks = Masks::default();
    for _ in 0..reader.count()? {
        masks.lanes.push(reader.number()?);
    }
    masks.residual = reader.ascending()?;
    for _ in 0..reader.count()? {
        let forbids = flag(&mut reader)?;
        let matchers = reader.ascending()?;
        masks.slots.push(Slot { forbids, matchers });
    }
    for _ in 0..reader.count()? {
        let opener = reader.number()?.checked_sub(1);
        let base = masks.slots.iter().map(|_| read_lanes(&mut reader));
        let base = base.collect::<Result<_, _>>()?;
        masks.blocks.push(Block { base, opener });
    }
    read_cells(&mut reader, &mut masks)?;
    let mut outcomes_left = OUTCOMES_MAX;
    for matcher in &program.matchers {
        let count = matcher.outcome_count(|variable| program.class_count(variable));
        outcomes_left = outcomes_left
            .checked_sub(count)
            .ok_or("there are more outcomes than are allowed")?;
        let certain = read_outcomes(&mut reader, count)?;
        let mut possible = Vec::new();
        if flag(&mut reader)? {
            possible = read_outcomes(&mut reader, count)?;
            if possible == certain {
                return Err("what is equal on both rails is said once".to_owned());
            }
        }
        masks.matchers.push(MatcherCells { certain, possible });
    }
    reader.end()?;
    Ok(masks)
}

fn flag(reader: &mut Reader<'_>) -> Result<bool, String> {
    match reader.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(format!("{other} is neither 0 nor 1")),
    }
}

fn read_cells(reader: &mut Reader<'_>, masks: &mut Masks) -> Result<(), String> {
    let slot_count = u32::try_from(masks.slots.len()).unwrap_or(u32::MAX);
    for _ in 0..reader.count()? {
        let first = u32::try_from(masks.segments.len()).unwrap_or(u32::MAX);
        masks.cells.push(Cell { first });
        let count = reader.count()?;
        let mut next = Some(0u32);
        for _ in 0..count {
            let gap = reader.number()?;
            let place = next.and_then(|next| next.checked_add(gap));
            let place = place.ok_or("a segment is in no block")?;
            next = place.checked_add(1);
            let (block, slot) = place
                .checked_div(slot_count)
                .zip(place.checked_rem(slot_count))
                .ok_or("a segment is in no slot")?;
            let block = u16::try_from(block).map_err(|_| "a segment is in no block")?;
            let slot = u16::try_from(slot).map_err(|_| "a segment is in no slot")?;
            let bits = read_lanes(reader)?;
            masks.segments.push(Segment { block, slot, bits });
        }
        if masks.segments.len() > SEGMENTS_MAX {
            return Err("there are more segments than are allowed".to_owned());
        }
    }
    Ok(())
}

fn read_outcomes(reader: &mut Reader<'_>, count: usize) -> Result<Vec<u32>, String> {
    let mut cells = Vec::new();
    while cells.len() < count {
        let cell = reader.number()?.wrapping_sub(1);
        let end = (reader.number()? as usize).saturating_add(cells.len() + 1);
        if end > count {
            return Err("there are more outcomes than the matcher has".to_owned());
        }
        cells.resize(end, cell);
    }
    Ok(cells)
}

fn read_lanes(reader: &mut Reader<'_>) -> Result<Lanes, String> {
    let mut bytes = [[0u8; 8]; size_of::<Lanes>() / 8];
    let flat = bytes.as_flattened_mut();
    let count = reader.byte()?;
    if count == BYTES {
        let which = u32::from_le_bytes(reader.array()?);
        for (at, byte) in flat.iter_mut().enumerate() {
            if which >> at & 1 == 1 {
                *byte = reader.byte()?;
            }
        }
    } else {
        for _ in 0..count {
            let lane = reader.byte()?;
            if let Some(byte) = flat.get_mut(usize::from(lane / 8)) {
                *byte |= 1 << (lane % 8);
            }
        }
    }
    Ok(bytes.map(u64::from_le_bytes))
}
