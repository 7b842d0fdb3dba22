//! The listing of the masks: lanes are named by their policies, outcomes by what was found.
//!
//! ```text
//! slot 0 forbids: signIn.client
//! slot 1 permits: user.id, user.groups
//! block 0: policies 0 1 2 4
//! block 0 slot 1 base: 2
//! found signIn.client 0..2: slot 0: 1 4
//! found user.groups has "8f6f…": slot 1: 0
//! ```

use std::fmt::Write;

use crate::masks::{LANES, Lanes, Masks, NO_CELL};
use crate::program::{Matcher, Program};

/// Append the listing of the masks.
pub(super) fn list(text: &mut String, program: &Program, masks: &Masks) {
    let attribute = |matcher: &u32| {
        let row = program.matchers.get(*matcher as usize);
        let row = row.and_then(|row| program.attributes.get(row.attribute() as usize));
        row.map_or("?", |row| row.name.as_str())
    };
    text.push('\n');
    for (number, slot) in masks.slots.iter().enumerate() {
        let kind = if slot.forbids { "forbids" } else { "permits" };
        let mut names: Vec<&str> = slot.matchers.iter().map(attribute).collect();
        names.dedup();
        _ = writeln!(text, "slot {number} {kind}: {}", names.join(", "));
    }
    for (number, block) in masks.blocks.iter().enumerate() {
        let opener = match block.opener {
            Some(slot) => format!(", opened by slot {slot}"),
            None => String::new(),
        };
        let all = policies(masks, number, &[u64::MAX; LANES / 64]);
        _ = writeln!(text, "block {number}{opener}: policies{all}");
        for (slot, base) in block.base.iter().enumerate() {
            if *base != Lanes::default() {
                let base = policies(masks, number, base);
                _ = writeln!(text, "block {number} slot {slot} base:{base}");
            }
        }
    }
    let residual = masks.residual.iter();
    let residual = residual.filter_map(|lane| masks.lanes.get(*lane as usize));
    let residual: String = residual.map(|policy| format!(" {policy}")).collect();
    if !residual.is_empty() {
        _ = writeln!(text, "residual:{residual}");
    }
    for (matcher, cells) in program.matchers.iter().zip(&masks.matchers) {
        let rails = [("", &cells.certain), (" (possible)", &cells.possible)];
        for (rail, cells) in rails {
            let mut first = 0;
            for run in runs(matcher, cells) {
                let last = first + run.len() - 1;
                let cell = run.first().copied().unwrap_or(NO_CELL);
                if cell != NO_CELL {
                    let found = outcome(program, matcher, first, last);
                    let brought = brought(masks, cell);
                    _ = writeln!(text, "found {found}{rail}:{brought}");
                }
                first = last + 1;
            }
        }
    }
}

/// Equal neighbours where outcomes are the classes of one variable, else every outcome.
fn runs<'a>(matcher: &Matcher, cells: &'a [u32]) -> Vec<&'a [u32]> {
    match matcher {
        Matcher::Boolean { .. } | Matcher::Text { .. } | Matcher::Ordered { .. } => {
            cells.chunk_by(|a, b| a == b).collect()
        }
        _ => cells.chunks(1).collect(),
    }
}

/// What was found, in words.
fn outcome(program: &Program, matcher: &Matcher, first: usize, last: usize) -> String {
    let name = |variable: u32| {
        let row = program.variables.get(variable as usize);
        row.map_or("?", |row| row.name.as_str())
    };
    let attribute = || {
        let row = program.attributes.get(matcher.attribute() as usize);
        row.map_or("?", |row| row.name.as_str())
    };
    let class_of = |variable: Option<u32>| {
        let class = first % 3;
        format!("{} {class}", variable.map_or("?", name))
    };
    match matcher {
        Matcher::Boolean { variable, .. }
        | Matcher::Text { variable, .. }
        | Matcher::Ordered { variable, .. } => {
            let name = name(*variable);
            if first == last {
                format!("{name} {first}")
            } else {
                format!("{name} {first}..{last}")
            }
        }
        Matcher::TextParts {
            contains,
            suffixes,
            patterns,
            ..
        } => {
            let mut rows = contains.iter().chain(suffixes).chain(patterns);
            class_of(rows.nth(first / 3).map(|row| row.1))
        }
        Matcher::Predicates { predicates, .. } => {
            class_of(predicates.get(first / 3).map(|row| row.1))
        }
        Matcher::Elements { elements, .. } => match elements.get(first) {
            Some(row) => name(row.1).to_owned(),
            None => format!("{} unknown", attribute()),
        },
        Matcher::Targets { elements, .. } => match elements.get(first) {
            Some(row) => format!("{} \"{}\"", attribute(), row.0),
            None if first == elements.len() => format!("{} others", attribute()),
            None => format!("{} unknown", attribute()),
        },
    }
}

fn brought(masks: &Masks, cell: u32) -> String {
    let segments = masks.segments_of(cell as usize).iter();
    let segment = segments.map(|segment| {
        let policies = policies(masks, usize::from(segment.block), &segment.bits);
        format!(" slot {}:{policies}", segment.slot)
    });
    segment.collect::<Vec<_>>().join(";")
}

fn policies(masks: &Masks, block: usize, bits: &Lanes) -> String {
    let lanes = masks.lanes.iter().skip(block * LANES).take(LANES);
    let is_set = |lane: usize| {
        let word = bits.get(lane / 64).copied().unwrap_or(0);
        word >> (lane % 64) & 1 == 1
    };
    let set = lanes.enumerate().filter(|(lane, _)| is_set(*lane));
    set.map(|(_, policy)| format!(" {policy}")).collect()
}
