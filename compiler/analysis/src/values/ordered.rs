//! Attributes whose values have an order: a key in one of the cells of a class.

use std::collections::BTreeSet;

use gatewright_decision::{Cells, Classes, Space};
use gatewright_hir::schema::AttributeId;
use gatewright_value::Kind;

use super::{Literal, Solved};
use crate::facts::Fact;

/// The key of the whole number 0.
const ZERO: u128 = 1 << 63;

/// The greatest decimal, in units of 10⁻⁹: eighteen digits before the point and nine after it.
const DECIMAL_MAX: u128 = 10u128.pow(27) - 1;

/// 0001-01-01 and the last millisecond of 9999, around 1970 in milliseconds: what can be written.
const TIMES: (i64, i64) = (-62_135_596_800_000, 253_402_300_799_999);

/// 2026-06-15T09:00:00Z, where nothing else is asked of a time.
pub(super) const USUAL_TIME: i64 = 1_781_514_000_000;

/// A range of keys, both ends included.
pub(super) type Range = (u128, u128);

/// An attribute with an order, and its variable.
pub(super) struct OrderedGroup<'s> {
    pub(super) attribute: AttributeId,
    pub(super) can_be_null: bool,
    pub(super) kind: &'s Kind,
    pub(super) row: Row<'s>,
}

/// The variable of an attribute with an order.
#[derive(Clone, Copy)]
pub(super) struct Row<'s> {
    pub(super) variable: u32,
    pub(super) cells: &'s Cells,
    pub(super) null: u32,
}

/// What a class says of an attribute with an order.
pub(super) enum Ordered {
    Unknown,
    Null,
    /// In one of these ranges.
    In(Vec<Range>),
}

impl<'s> Row<'s> {
    pub(super) fn of(variable: u32, space: &'s Space) -> Option<Row<'s>> {
        let row = space.variables.get(variable as usize)?;
        let Classes::Ordered(cells) = &row.classes else {
            return None;
        };
        Some(Row {
            variable,
            cells,
            null: row.null_class()?,
        })
    }

    /// What a class says, within what values of the type can be.
    pub(super) fn says(&self, class: u32, kind: &Kind) -> Ordered {
        if class == self.null {
            return Ordered::Null;
        }
        if class > self.null {
            return Ordered::Unknown;
        }
        let (least, greatest) = bounds(kind);
        let starts = &self.cells.starts;
        let range = |cell: Option<u128>| {
            let first = cell.unwrap_or(0);
            let next = starts.get(starts.partition_point(|start| *start <= first));
            // Cell 0 has no start, and a cut at 0 leaves it empty.
            let last = match (cell, starts.first()) {
                (None, Some(start)) => start.checked_sub(1)?,
                _ => next.map_or(u128::MAX, |next| next - 1),
            };
            let (first, last) = (first.max(least), last.min(greatest));
            (first <= last).then_some((first, last))
        };
        Ordered::In(self.cells.of_class(class).filter_map(range).collect())
    }

    /// The classes that no value of the type is in, null apart.
    pub(super) fn impossible(&self, kind: &Kind) -> Vec<u32> {
        let (least, greatest) = bounds(kind);
        let starts = &self.cells.starts;
        let mut possible = BTreeSet::new();
        for cell in 0..=starts.len() {
            let first = cell
                .checked_sub(1)
                .and_then(|at| starts.get(at))
                .copied()
                .unwrap_or(0);
            let next = starts.get(cell).copied();
            let is_empty = next == Some(first) || first > greatest;
            if !is_empty && next.is_none_or(|next| next > least) {
                possible.insert(self.cells.class_of(cell));
            }
        }
        (0..self.null)
            .filter(|class| !possible.contains(class))
            .collect()
    }
}

impl OrderedGroup<'_> {
    /// A value that is in this class.
    pub(super) fn solve(&self, literals: &[Literal]) -> Solved<Fact> {
        let of_row = |(variable, class): &Literal| {
            let is_row = *variable == self.row.variable;
            is_row.then(|| self.row.says(*class, self.kind))
        };
        match literals.iter().find_map(of_row) {
            Some(Ordered::Unknown) => Solved::One(Fact::Unknown),
            Some(Ordered::Null) if self.can_be_null => Solved::One(Fact::Null),
            Some(Ordered::Null) => Solved::None,
            Some(Ordered::In(ranges)) => {
                let key = pick(self.kind, &ranges);
                key.map_or(Solved::None, |key| Solved::One(Fact::Key(key)))
            }
            None => {
                let key = pick(self.kind, &[bounds(self.kind)]);
                key.map_or(Solved::None, |key| Solved::One(Fact::Key(key)))
            }
        }
    }
}

/// The least and the greatest key of a type.
pub(super) fn bounds(kind: &Kind) -> Range {
    match kind {
        Kind::Integer { min, max } => (key_of(*min), key_of(*max)),
        Kind::DateTime => (key_of(TIMES.0), key_of(TIMES.1)),
        Kind::Duration => (0, u128::from(u64::MAX)),
        Kind::Decimal => ((1 << 127) - DECIMAL_MAX, (1 << 127) + DECIMAL_MAX),
        _ => (0, u128::MAX),
    }
}

/// The key of a whole number.
pub(super) fn key_of(value: i64) -> u128 {
    u128::from(value.cast_unsigned() ^ (1 << 63))
}

/// The whole number of a key.
pub(super) fn integer_of(key: u128) -> i64 {
    let bits = u64::try_from(key).unwrap_or(u64::MAX);
    (bits ^ (1 << 63)).cast_signed()
}

/// A key in one of the ranges that people find ordinary.
fn pick(kind: &Kind, ranges: &[Range]) -> Option<u128> {
    if *kind == Kind::Address {
        return pick_address(ranges);
    }
    let near = match kind {
        Kind::DateTime => key_of(USUAL_TIME),
        Kind::Decimal => 1 << 127,
        Kind::Version => 1 << 96,
        _ => ZERO,
    };
    let distance = |range: &Range| near.clamp(range.0, range.1).abs_diff(near);
    // The first of those that are nearest.
    let best = ranges.iter().min_by_key(|range| distance(range))?;
    Some(round_within(kind, *best, near))
}

/// The roundest key of a range that is near another one.
fn round_within(kind: &Kind, (first, last): Range, near: u128) -> u128 {
    let near = near.clamp(first, last);
    let (origin, steps): (u128, &[u128]) = match kind {
        Kind::DateTime => (ZERO, &[86_400_000, 3_600_000, 60_000, 1000]),
        Kind::Duration => (ZERO, &[86_400, 3600, 60]),
        Kind::Decimal => (1 << 127, &[1_000_000_000, 100_000_000, 10_000_000]),
        Kind::Version => (0, &[1 << 96, 1 << 64, 1 << 32]),
        _ => (0, &[]),
    };
    if *kind == Kind::DateTime && near == key_of(USUAL_TIME) {
        return near;
    }
    let below = |step: u128| {
        // Multiples of the step are counted from the origin, down as well as up.
        let rest = if near >= origin {
            (near - origin) % step
        } else {
            (step - (origin - near) % step) % step
        };
        near.checked_sub(rest)
    };
    let round = |step: &u128| {
        let down = below(*step)?;
        let up = down.checked_add(*step);
        let fits = |key: &u128| (first..=last).contains(key);
        Some(down).filter(fits).or(up.filter(fits))
    };
    steps.iter().find_map(round).unwrap_or(near)
}

/// An address in one of the ranges: one of those that documentation uses, else an ordinary one.
fn pick_address(ranges: &[Range]) -> Option<u128> {
    const MAPPED: u128 = 0xffff_0000_0000;
    const USUAL: [u128; 5] = [
        MAPPED + 0xc633_640a,    // 198.51.100.10
        MAPPED + 0xcb00_710a,    // 203.0.113.10
        MAPPED + 0xc000_020a,    // 192.0.2.10
        MAPPED + 0x0808_0808,    // 8.8.8.8
        0x2001_0db8 << 96 | 0x1, // 2001:db8::1
    ];
    let within = |key: u128| {
        ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&key))
    };
    if let Some(usual) = USUAL.into_iter().find(|key| within(*key)) {
        return Some(usual);
    }
    let of_family = |(least, greatest): Range| {
        let parts = ranges
            .iter()
            .map(move |(first, last)| (*first.max(&least), *last.min(&greatest)));
        parts.into_iter().find(|(first, last)| first <= last)
    };
    let v4 = of_family((MAPPED + 0x0100_0000, MAPPED + 0xdfff_ffff));
    let v4 = v4.or_else(|| of_family((MAPPED, MAPPED + 0xffff_ffff)));
    let global = v4.or_else(|| of_family((0x2000 << 112, (0x4000 << 112) - 1)));
    let (first, last) = global.or_else(|| ranges.first().copied())?;
    // The first address of a network is its own name.
    Some(if last > first { first + 1 } else { first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_that_people_would_write() {
        let version = |parts: [u128; 4]| parts.iter().fold(0, |key, part| key << 32 | part);
        let decimal = |units: i128| (units.cast_unsigned()) ^ (1 << 127);
        let rows = [
            (
                Kind::Version,
                (0, version([10, 0, 0, 0]) - 1),
                version([1, 0, 0, 0]),
            ),
            (
                Kind::Version,
                (version([10, 0, 22631, 0]), u128::MAX),
                version([11, 0, 0, 0]),
            ),
            (
                Kind::Decimal,
                (decimal(2_500_000_001), u128::MAX >> 1 | 1 << 127),
                decimal(3_000_000_000),
            ),
            (Kind::Decimal, bounds(&Kind::Decimal), decimal(0)),
            (
                Kind::Duration,
                (key_of(14_401), key_of(i64::MAX)),
                key_of(86_400),
            ),
            (
                Kind::Duration,
                (key_of(i64::MIN), key_of(-3601)),
                key_of(-86_400),
            ),
            (Kind::DateTime, bounds(&Kind::DateTime), key_of(USUAL_TIME)),
        ];
        for (kind, range, expected) in rows {
            assert_eq!(pick(&kind, &[range]), Some(expected), "{kind:?} {range:?}");
        }
        assert_eq!(pick(&Kind::Duration, &[]), None);
    }

    #[test]
    fn addresses_are_ordinary_where_that_can_be() {
        let key = |text: &str| gatewright_value::address_key(text.parse().unwrap());
        let rows = [
            (("::", "ffff::"), "198.51.100.10"),
            (("10.0.0.0", "10.0.0.255"), "10.0.0.1"),
            (("10.0.0.7", "10.0.0.7"), "10.0.0.7"),
            (("2600::", "2600::ffff"), "2600::1"),
        ];
        for ((first, last), expected) in rows {
            let range = (key(first), key(last));
            assert_eq!(pick_address(&[range]), Some(key(expected)), "{first}");
        }
    }
}
