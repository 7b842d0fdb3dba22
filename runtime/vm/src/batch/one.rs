//! Rows of a program of one block.
//!
//! A dictionary is a table of lanes, and a row is the AND of one element of each table. Rows are
//! taken a *tile* at a time, a few columns at once, so that the loads of many rows are under way
//! together. Two things make the tables fit the cache:
//!
//! - Values that permit the same share an element, so a column of a hundred thousand users is a
//!   small table and two bytes for each user.
//! - Columns of few values are multiplied into one *group*, whose table is indexed by all of their
//!   codes.
//!
//! INVARIANT: the elements of `shared` are places in `permits` and in each of `opens`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use gatewright_bytecode::masks::Lanes;

use super::Column;
use super::Values as AnyValues;
use crate::masks::{ApplyError, EVERYTHING, NOTHING, Part, and, members, or};

/// Rows that are decided together.
const TILE: usize = 64;

/// Columns that are taken at once.
const COLUMNS: usize = 4;

/// Elements of the table of a group of several columns: a quarter of the first cache.
const PRODUCT_MAX: usize = 256;

/// Bytes of a table that is not worth sharing elements of.
const SMALL_BYTES: usize = 1 << 14;

/// What the values of a dictionary permit.
#[derive(Clone, Debug)]
pub(super) struct Values {
    count: usize,
    /// By code: which element, unless it is the code.
    shared: Shared,
    permits: Vec<Lanes>,
    /// Slots that other columns too bring bits to, with what the values bring.
    opens: Vec<(usize, Vec<Lanes>)>,
}

#[derive(Clone, Debug)]
enum Shared {
    No,
    Short(Vec<u16>),
    Long(Vec<u32>),
}

/// The columns of a batch.
#[derive(Clone, Debug)]
pub(super) struct Kernel<'a> {
    groups: Vec<Group<'a>>,
    /// By open slot: what its columns bring.
    opens: Vec<Vec<Group<'a>>>,
}

/// Tables that are indexed by one column, or by several.
#[derive(Clone, Debug)]
struct Group<'a> {
    places: Places<'a>,
    table: Cow<'a, [Lanes]>,
}

#[derive(Clone, Debug)]
enum Places<'a> {
    /// The codes themselves.
    Codes(&'a [u32]),
    Short(&'a [u32], &'a [u16]),
    Long(&'a [u32], &'a [u32]),
    /// Codes with the number of values.
    Product(Vec<(&'a [u32], usize)>),
}

impl Values {
    pub(super) fn new(parts: &[Part]) -> Values {
        let slots = parts.first().map_or(0, |part| part.open);
        let mut values = Values {
            count: parts.len(),
            shared: Shared::No,
            permits: parts.iter().map(|part| part.first).collect(),
            opens: members(slots)
                .map(|slot| {
                    (
                        slot,
                        parts.iter().map(|part| part.brought(slot, 0)).collect(),
                    )
                })
                .collect(),
        };
        values.share();
        values
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    fn is_shared(&self) -> bool {
        !matches!(self.shared, Shared::No)
    }

    fn bytes(&self) -> usize {
        let sets = self.opens.iter().map(|(_, bits)| bits.len()).sum::<usize>();
        (self.permits.len() + sets) * size_of::<Lanes>()
    }

    /// Let values that permit the same share an element, where that makes tables much smaller.
    fn share(&mut self) {
        if self.bytes() <= SMALL_BYTES {
            return;
        }
        let mut places: HashMap<Vec<Lanes>, usize> = HashMap::new();
        let mut shared = Vec::with_capacity(self.count);
        let mut firsts = Vec::new();
        for (code, permitted) in self.permits.iter().enumerate() {
            let brought = self.opens.iter().filter_map(|(_, bits)| bits.get(code));
            let key = std::iter::once(permitted).chain(brought).copied().collect();
            let place = *places.entry(key).or_insert_with(|| {
                firsts.push(code);
                firsts.len() - 1
            });
            shared.push(u32::try_from(place).unwrap_or(u32::MAX));
        }
        if firsts.len() > self.count / 4 {
            return;
        }
        let take = |bits: &[Lanes]| -> Vec<Lanes> {
            firsts
                .iter()
                .filter_map(|code| bits.get(*code).copied())
                .collect()
        };
        self.permits = take(&self.permits);
        for (_, bits) in &mut self.opens {
            *bits = take(bits);
        }
        let short: Result<Vec<u16>, _> = shared.iter().map(|place| u16::try_from(*place)).collect();
        self.shared = short.map_or(Shared::Long(shared), Shared::Short);
    }

    fn places<'a>(&'a self, codes: &'a [u32]) -> Places<'a> {
        match &self.shared {
            Shared::No => Places::Codes(codes),
            Shared::Short(places) => Places::Short(codes, places),
            Shared::Long(places) => Places::Long(codes, places),
        }
    }
}

impl<'a> Kernel<'a> {
    /// The kernel for these columns, `open` the slots that several of them bring bits to.
    pub(super) fn new(columns: &[Column<'a>], open: u64) -> Kernel<'a> {
        let rows = columns.first().map_or(0, |column| column.codes.len());
        let mut columns: Vec<(&'a Values, &'a [u32])> = columns
            .iter()
            .filter_map(|column| match &column.dictionary.values {
                AnyValues::One(values) => Some((values, column.codes)),
                AnyValues::Several(_) => None,
            })
            .collect();
        columns.sort_by_key(|(values, _)| (values.is_shared(), values.permits.len()));
        let opens = members(open).map(|slot| {
            let brought = columns.iter().filter_map(|(values, codes)| {
                let (_, bits) = values.opens.iter().find(|row| row.0 == slot)?;
                Some(Group {
                    places: values.places(codes),
                    table: Cow::Borrowed(bits),
                })
            });
            brought.collect()
        });
        let opens = opens.collect();
        Kernel {
            groups: groups(&columns, rows),
            opens,
        }
    }

    /// Call `each` with every row and its lanes.
    pub(super) fn each(
        &self,
        rows: Range<usize>,
        mut each: impl FnMut(usize, Lanes),
    ) -> Result<(), ApplyError> {
        let mut tile = [NOTHING; TILE];
        let mut brought = [NOTHING; TILE];
        let mut buffers = [[0; TILE]; COLUMNS];
        let mut first = rows.start;
        while first < rows.end {
            let end = rows.end.min(first + TILE);
            let lanes = tile.get_mut(..end - first).unwrap_or(&mut []);
            lanes.fill(EVERYTHING);
            for groups in self.groups.chunks(COLUMNS) {
                permit(groups, first..end, &mut buffers, lanes).ok_or(ApplyError::Columns)?;
            }
            for groups in &self.opens {
                let brought = brought.get_mut(..end - first).unwrap_or(&mut []);
                brought.fill(NOTHING);
                for group in groups {
                    bring(group, first..end, brought).ok_or(ApplyError::Columns)?;
                }
                for (lanes, brought) in lanes.iter_mut().zip(brought) {
                    *lanes = and(*lanes, *brought);
                }
            }
            for (row, lanes) in (first..end).zip(lanes) {
                each(row, *lanes);
            }
            first = end;
        }
        Ok(())
    }
}

/// Multiply columns of few values. They come in the order of their sizes.
fn groups<'a>(columns: &[(&'a Values, &'a [u32])], rows: usize) -> Vec<Group<'a>> {
    // A table is made for this batch only, so it must be small beside it.
    let most = PRODUCT_MAX.min(rows / 8);
    let mut groups = Vec::new();
    let mut rest = columns;
    while let Some(((values, codes), others)) = rest.split_first() {
        let mut table: Cow<'a, [Lanes]> = Cow::Borrowed(&values.permits);
        let mut factors = vec![(*codes, values.permits.len())];
        rest = others;
        while let Some(((next, codes), others)) = rest.split_first() {
            let count = table.len() * next.permits.len();
            if count > most || values.is_shared() || next.is_shared() {
                break;
            }
            let mut product = Vec::with_capacity(count);
            for left in table.iter() {
                product.extend(next.permits.iter().map(|right| and(*left, *right)));
            }
            table = Cow::Owned(product);
            factors.push((codes, next.permits.len()));
            rest = others;
        }
        let places = match factors.as_slice() {
            [_] => values.places(codes),
            _ => Places::Product(factors),
        };
        groups.push(Group { places, table });
    }
    groups
}

type Buffer = [u32; TILE];

impl Group<'_> {
    /// The places in the table, of these rows, at most a tile. `None` where a code is none.
    #[inline]
    fn resolve<'b>(&'b self, rows: Range<usize>, buffer: &'b mut Buffer) -> Option<&'b [u32]> {
        let into = buffer.get_mut(..rows.len())?;
        match &self.places {
            Places::Codes(codes) => return codes.get(rows),
            Places::Short(codes, shared) => {
                for (place, code) in into.iter_mut().zip(codes.get(rows)?) {
                    *place = u32::from(*shared.get(*code as usize)?);
                }
            }
            Places::Long(codes, shared) => {
                for (place, code) in into.iter_mut().zip(codes.get(rows)?) {
                    *place = *shared.get(*code as usize)?;
                }
            }
            Places::Product(factors) => {
                into.fill(0);
                let mut are_codes = true;
                for (codes, count) in factors {
                    let count = u32::try_from(*count).ok()?;
                    for (place, code) in into.iter_mut().zip(codes.get(rows.clone())?) {
                        are_codes &= *code < count;
                        *place = place.wrapping_mul(count).wrapping_add(*code);
                    }
                }
                if !are_codes {
                    return None;
                }
            }
        }
        Some(into)
    }
}

/// AND what up to [`COLUMNS`] groups permit in these rows.
///
/// PERF: with several tables at once, a row's lanes stay in registers.
#[inline]
fn permit(
    groups: &[Group<'_>],
    rows: Range<usize>,
    buffers: &mut [Buffer; COLUMNS],
    lanes: &mut [Lanes],
) -> Option<()> {
    let [a, b, c, d] = buffers;
    match groups {
        [first, second, third, fourth] => {
            let (a, b) = (
                first.resolve(rows.clone(), a)?,
                second.resolve(rows.clone(), b)?,
            );
            let (c, d) = (third.resolve(rows.clone(), c)?, fourth.resolve(rows, d)?);
            for ((((lanes, a), b), c), d) in lanes.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                let (a, b) = (
                    first.table.get(*a as usize)?,
                    second.table.get(*b as usize)?,
                );
                let (c, d) = (
                    third.table.get(*c as usize)?,
                    fourth.table.get(*d as usize)?,
                );
                *lanes = and(and(*lanes, *a), and(*b, and(*c, *d)));
            }
        }
        [first, second, third] => {
            let (a, b) = (
                first.resolve(rows.clone(), a)?,
                second.resolve(rows.clone(), b)?,
            );
            let c = third.resolve(rows, c)?;
            for (((lanes, a), b), c) in lanes.iter_mut().zip(a).zip(b).zip(c) {
                let (a, b) = (
                    first.table.get(*a as usize)?,
                    second.table.get(*b as usize)?,
                );
                *lanes = and(and(*lanes, *a), and(*b, *third.table.get(*c as usize)?));
            }
        }
        _ => {
            for group in groups {
                for (lanes, place) in lanes.iter_mut().zip(group.resolve(rows.clone(), a)?) {
                    *lanes = and(*lanes, *group.table.get(*place as usize)?);
                }
            }
        }
    }
    Some(())
}

/// Add what a group brings to an open slot in these rows.
fn bring(group: &Group<'_>, rows: Range<usize>, lanes: &mut [Lanes]) -> Option<()> {
    let mut buffer = [0; TILE];
    for (lanes, place) in lanes.iter_mut().zip(group.resolve(rows, &mut buffer)?) {
        *lanes = or(*lanes, *group.table.get(*place as usize)?);
    }
    Some(())
}
