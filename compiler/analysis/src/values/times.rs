//! Date-times that hang together, because some attribute is the difference of two of them.
//!
//! That every time lies in a range and every difference too is a system of constraints `x - y ≤ c`,
//! which has a solution in whole numbers exactly if no round of them adds up to less than nothing.

use std::collections::BTreeMap;

use gatewright_hir::schema::AttributeId;
use gatewright_value::Kind;

use super::ordered::{Ordered, Range, Row, USUAL_TIME, bounds, integer_of, key_of};
use super::{Literal, Solved};
use crate::facts::Fact;

/// LIMIT: choices of cells that are tried, where a class has several.
const CHOICES_MAX: usize = 256;

/// Farther than any two times are apart.
const FAR: i128 = 1 << 80;

/// Date-times and their differences.
pub(super) struct TimesGroup<'s> {
    /// The date-times.
    pub(super) times: Vec<Time<'s>>,
    pub(super) differences: Vec<Difference<'s>>,
}

/// A date-time.
pub(super) struct Time<'s> {
    pub(super) attribute: AttributeId,
    pub(super) can_be_null: bool,
    /// Its variable, if it has one.
    pub(super) row: Option<Row<'s>>,
}

/// A difference of two date-times, in seconds.
pub(super) struct Difference<'s> {
    pub(super) attribute: AttributeId,
    pub(super) row: Row<'s>,
    /// Places among the times: the first less the second.
    pub(super) first: usize,
    pub(super) second: usize,
}

/// One that is known, by the place of its time or of its difference, and the ranges it can be in.
enum Known {
    Time(usize, Vec<Range>),
    Difference(usize, Vec<Range>),
}

/// By row and column, the most that the time of the row less that of the column can be; the last
/// row and column are of the year 1970.
struct Distances {
    rows: Vec<Vec<i128>>,
}

impl TimesGroup<'_> {
    /// Values that are in these classes.
    pub(super) fn solve(&self, literals: &[Literal]) -> Solved<Vec<(AttributeId, Fact)>> {
        let class_of = |row: &Row<'_>| {
            let found = literals
                .iter()
                .find(|(variable, _)| *variable == row.variable);
            found.map(|(_, class)| *class)
        };
        let say = |row: &Row<'_>, kind| class_of(row).map(|class| row.says(class, kind));
        let times: Vec<Option<Ordered>> = self
            .times
            .iter()
            .map(|time| say(time.row.as_ref()?, &Kind::DateTime))
            .collect();
        let differences: Vec<Option<Ordered>> = self
            .differences
            .iter()
            .map(|d| say(&d.row, &Kind::Duration))
            .collect();
        let Some(is_null) = self.nulls(&times, &differences) else {
            return Solved::None;
        };
        let mut known = Vec::new();
        for (at, says) in times.iter().enumerate() {
            match says {
                Some(Ordered::In(ranges)) => known.push(Known::Time(at, ranges.clone())),
                None if is_null.get(at) != Some(&true) => {
                    known.push(Known::Time(at, vec![bounds(&Kind::DateTime)]));
                }
                _ => {}
            }
        }
        for (at, says) in differences.iter().enumerate() {
            if let Some(Ordered::In(ranges)) = says {
                known.push(Known::Difference(at, ranges.clone()));
            }
        }
        let mut choices = 0;
        let distances = Distances::new(self.times.len());
        match self.choose(&known, distances, &mut choices) {
            Some(distances) => {
                let values = distances.values();
                Solved::One(self.facts(&times, &differences, &is_null, &values))
            }
            None if choices > CHOICES_MAX => Solved::Exhausted("choices of times"),
            None => Solved::None,
        }
    }

    /// Which times are null: those that must be, and those that make differences null that must be.
    fn nulls(
        &self,
        times: &[Option<Ordered>],
        differences: &[Option<Ordered>],
    ) -> Option<Vec<bool>> {
        let says = |at: usize| times.get(at).and_then(Option::as_ref);
        let is_needed = |at: usize| {
            let mut rows = self.differences.iter().zip(differences);
            rows.any(|(d, says)| {
                matches!(says, Some(Ordered::In(_))) && (d.first == at || d.second == at)
            })
        };
        let mut is_null = Vec::new();
        for (at, time) in self.times.iter().enumerate() {
            let must = matches!(says(at), Some(Ordered::Null));
            let is_missing = must || matches!(says(at), Some(Ordered::Unknown));
            if (must && !time.can_be_null) || (is_missing && is_needed(at)) {
                return None;
            }
            is_null.push(must);
        }
        for (difference, said) in self.differences.iter().zip(differences) {
            if !matches!(said, Some(Ordered::Null)) {
                continue;
            }
            let ends = [difference.first, difference.second];
            if ends.iter().any(|at| is_null.get(*at) == Some(&true)) {
                continue;
            }
            let can_be = |at: &&usize| {
                let can_be_null = self.times.get(**at).is_some_and(|time| time.can_be_null);
                can_be_null && says(**at).is_none() && !is_needed(**at)
            };
            let chosen = ends.iter().find(can_be)?;
            *is_null.get_mut(*chosen)? = true;
        }
        Some(is_null)
    }

    /// The distances that all known ranges leave. Recursion is as deep as attributes are many.
    fn choose(&self, known: &[Known], at: Distances, choices: &mut usize) -> Option<Distances> {
        let Some((first, rest)) = known.split_first() else {
            return Some(at);
        };
        let origin = self.times.len();
        let (Known::Time(_, ranges) | Known::Difference(_, ranges)) = first;
        for (least, greatest) in ranges {
            *choices += 1;
            if *choices > CHOICES_MAX {
                return None;
            }
            let (least, greatest) = (i128::from(integer_of(*least)), integer_of(*greatest).into());
            let (first, second, least, greatest) = match first {
                Known::Time(time, _) => (*time, origin, least, greatest),
                Known::Difference(difference, _) => {
                    let of = self.differences.get(*difference)?;
                    // Seconds are milliseconds rounded down.
                    (of.first, of.second, least * 1000, greatest * 1000 + 999)
                }
            };
            let Some(next) = at.within(first, second, least, greatest) else {
                continue;
            };
            if let Some(found) = self.choose(rest, next, choices) {
                return Some(found);
            }
        }
        None
    }

    fn facts(
        &self,
        times: &[Option<Ordered>],
        differences: &[Option<Ordered>],
        is_null: &[bool],
        values: &[i64],
    ) -> Vec<(AttributeId, Fact)> {
        let mut facts: BTreeMap<AttributeId, Fact> = BTreeMap::new();
        for (at, (time, says)) in self.times.iter().zip(times).enumerate() {
            let fact = match says {
                Some(Ordered::Unknown) => Fact::Unknown,
                _ if is_null.get(at) == Some(&true) => Fact::Null,
                _ => Fact::Key(key_of(values.get(at).copied().unwrap_or(USUAL_TIME))),
            };
            facts.insert(time.attribute, fact);
        }
        for (of, says) in self.differences.iter().zip(differences) {
            let time = |at: usize| {
                self.times
                    .get(at)
                    .and_then(|time| facts.get(&time.attribute))
            };
            let fact = match (says, time(of.first), time(of.second)) {
                (Some(Ordered::Unknown), _, _) => Fact::Unknown,
                (_, Some(first), Some(second)) => difference(first, second),
                _ => Fact::Unknown,
            };
            facts.insert(of.attribute, fact);
        }
        facts.into_iter().collect()
    }
}

/// The difference of two date-times, the first less the second.
///
/// SEMANTICS: §18
pub(super) fn difference(first: &Fact, second: &Fact) -> Fact {
    match (first, second) {
        (Fact::Null, _) | (_, Fact::Null) => Fact::Null,
        (Fact::Key(first), Fact::Key(second)) => {
            let apart = i128::from(integer_of(*first)) - i128::from(integer_of(*second));
            let seconds = i64::try_from(apart.div_euclid(1000));
            seconds.map_or(Fact::Null, |seconds| Fact::Key(key_of(seconds)))
        }
        _ => Fact::Unknown,
    }
}

impl Distances {
    fn new(times: usize) -> Distances {
        let row = |at: usize| {
            let to = |other: usize| if at == other { 0 } else { FAR };
            (0..=times).map(to).collect()
        };
        Distances {
            rows: (0..=times).map(row).collect(),
        }
    }

    /// The distances where the first less the second lies in a range; `None` where it cannot.
    fn within(
        &self,
        first: usize,
        second: usize,
        least: i128,
        greatest: i128,
    ) -> Option<Distances> {
        let mut next = Distances {
            rows: self.rows.clone(),
        };
        next.tighten(first, second, greatest);
        next.tighten(second, first, -least);
        let is_sound = |(at, row): (usize, &Vec<i128>)| row.get(at).is_some_and(|own| *own >= 0);
        next.rows.iter().enumerate().all(is_sound).then_some(next)
    }

    /// The first less the second is no more than this.
    fn tighten(&mut self, first: usize, second: usize, most: i128) {
        let count = self.rows.len();
        for i in 0..count {
            for j in 0..count {
                let around = self.get(i, first).saturating_add(most);
                let around = around.saturating_add(self.get(second, j)).min(FAR);
                let slot = self.rows.get_mut(i).and_then(|row| row.get_mut(j));
                if let Some(slot) = slot.filter(|slot| around < **slot) {
                    *slot = around;
                }
            }
        }
    }

    fn get(&self, from: usize, to: usize) -> i128 {
        self.rows
            .get(from)
            .and_then(|row| row.get(to))
            .copied()
            .unwrap_or(FAR)
    }

    /// Values that have these distances, as near to a usual time as can be.
    fn values(mut self) -> Vec<i64> {
        let origin = self.rows.len().saturating_sub(1);
        let mut values = Vec::new();
        for at in 0..origin {
            let (least, greatest) = (-self.get(origin, at), self.get(at, origin));
            // Whole days before or after the usual time, then whatever fits.
            let usual = i128::from(USUAL_TIME);
            let value = usual.max(least).min(greatest);
            let day = 86_400_000;
            let apart = (value - usual).div_euclid(day) * day;
            let rounded = [usual + apart, usual + apart + day];
            let fits = |value: &i128| (least..=greatest).contains(value);
            let value = rounded.into_iter().find(fits).unwrap_or(value);
            if let Some(next) = self.within(at, origin, value, value) {
                self = next;
            }
            values.push(i64::try_from(value).unwrap_or(USUAL_TIME));
        }
        values
    }
}
