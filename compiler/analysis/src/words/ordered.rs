//! Clauses about values with an order: addresses, numbers, versions and times.

use gatewright_decision::Cells;
use gatewright_hir::model::LocationKind;
use gatewright_hir::schema::AttributeId;
use gatewright_value::{AddressRange, Kind, ordered_text};

use super::names::{Length, Names};
use super::{Chosen, names};

/// A run of keys, both ends included.
type Run = (u128, u128);

/// What the chosen classes of an ordered value say.
pub(super) fn clause(
    names: &Names<'_>,
    chosen: &Chosen<'_>,
    cells: &Cells,
    length: Length,
) -> String {
    let id = chosen.variable.attribute;
    let kind = names
        .attribute(id)
        .map_or(&Kind::Address, |attribute| &attribute.kind);
    let (first, last) = domain(kind);
    let runs = |wanted: bool| {
        let mut runs: Vec<Run> = Vec::new();
        let starts = std::iter::once(0).chain(cells.starts.iter().copied());
        for (cell, start) in starts.enumerate() {
            let after = cells.starts.get(cell).copied();
            let end = after.map_or(u128::MAX, |after| after.saturating_sub(1));
            let (start, end) = (start.max(first), end.min(last));
            if chosen.has(cells.class_of(cell)) != wanted || start > end {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.1.checked_add(1) == Some(start) => run.1 = end,
                _ => runs.push((start, end)),
            }
        }
        runs
    };
    let (included, excluded) = (runs(true), runs(false));
    let (said, is_excluding) = match (included.is_empty(), excluded.is_empty()) {
        (true, _) => (String::new(), false),
        (_, true) => (format!("{} is set", names.subject(id)), false),
        _ if *kind == Kind::Address => address(names, id, (&included, &excluded), length),
        _ => number(names, id, kind, (&included, &excluded), length),
    };
    match chosen.null(names) {
        Some(true) if said.is_empty() => names.null(id),
        Some(true) => format!("{said}, or {}", names.null(id)),
        Some(false) if is_excluding => format!("{said} and is set"),
        _ if said.is_empty() => format!("{} is impossible", names.subject(id)),
        _ => said,
    }
}

/// The least and the greatest key of a type.
fn domain(kind: &Kind) -> Run {
    let signed = |number: i64| u128::from((number ^ i64::MIN).cast_unsigned());
    match kind {
        Kind::Integer { min, max } => (signed(*min), signed(*max)),
        Kind::DateTime | Kind::Duration => (0, u128::from(u64::MAX)),
        _ => (0, u128::MAX),
    }
}

/// Named locations where they say exactly this, else ranges; the shorter of in and out. Beside it:
/// whether it is told by what is out.
fn address(
    names: &Names<'_>,
    id: AttributeId,
    (included, excluded): (&[Run], &[Run]),
    length: Length,
) -> (String, bool) {
    let subject = names.subject(id);
    let is_entra = names.set.schema.is_entra;
    let located = |runs: &[Run]| is_entra.then(|| locations(names, runs)).flatten();
    if let Some(places) = located(included) {
        return (
            format!("{subject} lies in {}", length.list(places, "or")),
            false,
        );
    }
    if let Some(places) = located(excluded) {
        let places = length.list(places, "or");
        return (format!("{subject} does not lie in {places}"), true);
    }
    let ranges = |runs: &[Run]| runs.iter().map(|run| range_text(*run)).collect();
    if included.len() <= excluded.len() {
        let places = length.list(ranges(included), "or");
        (format!("{subject} lies in {places}"), false)
    } else {
        let places = length.list(ranges(excluded), "or");
        (format!("{subject} does not lie in {places}"), true)
    }
}

/// The named locations whose ranges together are exactly these; `None` where none are.
fn locations(names: &Names<'_>, runs: &[Run]) -> Option<Vec<String>> {
    let mut within: Vec<(String, Vec<Run>)> = Vec::new();
    for location in &names.set.locations {
        let LocationKind::Ranges { ranges, .. } = &location.kind else {
            continue;
        };
        let own = joined(
            ranges
                .iter()
                .map(|AddressRange { first, last }| (*first, *last)),
        );
        if own == runs {
            return Some(vec![location.display_name.clone()]);
        }
        if !own.is_empty() && own.iter().all(|run| is_within(*run, runs)) {
            within.push((location.display_name.clone(), own));
        }
    }
    let union = |of: &[(String, Vec<Run>)]| joined(of.iter().flat_map(|(_, own)| own.clone()));
    if union(&within) != runs {
        return None;
    }
    // LIMIT: locations among which those are looked for that others make superfluous.
    const REDUNDANT_MAX: usize = 64;
    let mut at = 0;
    while at < within.len() && within.len() <= REDUNDANT_MAX {
        let one = within.remove(at);
        if union(&within) != runs {
            within.insert(at, one);
            at += 1;
        }
    }
    Some(within.into_iter().map(|(name, _)| name).collect())
}

fn is_within((first, last): Run, runs: &[Run]) -> bool {
    let after = runs.partition_point(|run| run.0 <= first);
    let run = after.checked_sub(1).and_then(|at| runs.get(at));
    run.is_some_and(|run| last <= run.1)
}

/// Runs in order, those that touch or overlap as one.
fn joined(runs: impl Iterator<Item = Run>) -> Vec<Run> {
    let mut runs: Vec<Run> = runs.collect();
    runs.sort_unstable();
    let mut joined: Vec<Run> = Vec::new();
    for (first, last) in runs {
        match joined.last_mut() {
            Some(run) if first <= run.1.saturating_add(1) => run.1 = run.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// A range of addresses with its length of prefix, where it has one; one address alone; else both
/// ends.
pub(super) fn range_text((first, last): Run) -> String {
    let text = |key| ordered_text(&Kind::Address, key).unwrap_or_default();
    const V4: Run = (0xffff_0000_0000, 0xffff_ffff_ffff);
    let is_v4 = V4.0 <= first && last <= V4.1;
    let size = last.wrapping_sub(first).wrapping_add(1);
    let host_bits = match (first, last) {
        (0, u128::MAX) => Some(128),
        _ if size.is_power_of_two() && first % size == 0 => Some(size.trailing_zeros()),
        _ => None,
    };
    let family_bits = if is_v4 { 32 } else { 128 };
    match host_bits {
        Some(0) => text(first),
        Some(bits) if bits <= family_bits => format!("{}/{}", text(first), family_bits - bits),
        _ => format!("{}–{}", text(first), text(last)),
    }
}

fn number(
    names: &Names<'_>,
    id: AttributeId,
    kind: &Kind,
    (included, excluded): (&[Run], &[Run]),
    length: Length,
) -> (String, bool) {
    let subject = names.subject(id);
    // One value apart from which all are in is told by what it is not.
    if let [(first, last)] = excluded
        && first == last
        && included.len() > 1
    {
        return (format!("{subject} is not {}", value(kind, *first)), true);
    }
    let parts = included.iter().map(|run| run_text(kind, *run));
    let parts = length.list(parts.collect(), "or");
    (format!("{subject} is {parts}"), false)
}

fn value(kind: &Kind, key: u128) -> String {
    let text = ordered_text(kind, key).unwrap_or_else(|| key.to_string());
    match kind {
        Kind::Duration => duration(&text),
        _ => text,
    }
}

/// A number of seconds in the largest unit that counts it.
fn duration(seconds: &str) -> String {
    let Ok(number) = seconds.parse::<i64>() else {
        return seconds.to_owned();
    };
    for (size, unit) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] {
        if number != 0 && number % size == 0 {
            let count = number / size;
            let plural = if count.abs() == 1 { "" } else { "s" };
            return format!("{count} {unit}{plural}");
        }
    }
    format!("{number} seconds")
}

/// `at least 5`, `from 5 to 7`, `below 10`; a border is told by the rounder of the two values that
/// it lies between.
fn run_text(kind: &Kind, (first, last): Run) -> String {
    let (least, greatest) = domain(kind);
    if first == last {
        return value(kind, first);
    }
    let is_time = *kind == Kind::DateTime;
    let is_whole = matches!(kind, Kind::Integer { .. });
    let is_rounder = |one: &str, other: &str| is_whole || one.len() <= other.len();
    let lower = |key: u128| {
        let (at, before) = (value(kind, key), value(kind, key.saturating_sub(1)));
        match (is_rounder(&at, &before), is_time) {
            (true, true) => format!("from {at} on"),
            (true, false) => format!("at least {at}"),
            (false, true) => format!("after {before}"),
            (false, false) => format!("above {before}"),
        }
    };
    let upper = |key: u128| {
        let (at, after) = (value(kind, key), value(kind, key.saturating_add(1)));
        match (is_rounder(&at, &after), is_time) {
            (true, true) => format!("until {at}"),
            (true, false) => format!("at most {at}"),
            (false, true) => format!("before {after}"),
            (false, false) => format!("below {after}"),
        }
    };
    match (first <= least, last >= greatest) {
        (true, true) => "set".to_owned(),
        (false, true) => lower(first),
        (true, false) => upper(last),
        (false, false) => format!("{} and {}", lower(first), upper(last)),
    }
}

/// The locations of ranges that an address lies in.
pub(crate) fn places(names: &Names<'_>, key: u128) -> Vec<String> {
    let mut places = Vec::new();
    for location in &names.set.locations {
        if let LocationKind::Ranges { ranges, .. } = &location.kind
            && ranges.iter().any(|range| range.contains(key))
        {
            places.push(names.of("location", &location.id));
        }
    }
    names::dedup(&mut places);
    places
}
