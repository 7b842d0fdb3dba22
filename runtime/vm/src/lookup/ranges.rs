//! Ordered values and addresses: between which starts a number lies.
//!
//! Numbers have 128 bits, but those that occur seldom need as many. Starts that differ in few bits
//! are searched as narrower numbers, which take a quarter or half of the cache lines: those of IPv4
//! addresses, whose upper 96 bits are the same, as `u32`, and those of integers, date-times and
//! durations as `u64`.

/// The upper bits of IPv4 addresses among all addresses.
const V4: u128 = 0xFFFF_0000_0000;

/// The cells of an ordered matcher, see [`Matcher::Ordered`](gatewright_bytecode::Matcher).
#[derive(Clone, Debug)]
pub(super) struct Ranges {
    starts: Starts,
    /// The class of each cell; empty where it is the cell itself.
    classes: Box<[u32]>,
}

#[derive(Clone, Debug)]
enum Starts {
    /// All below 2⁶⁴.
    Narrow(Box<[u64]>),
    /// Those of IPv4 addresses apart; `below` are the starts before them, and `heads` says by first
    /// octet how many of theirs have a lower one.
    Addresses {
        below: u32,
        heads: Box<[u32; 257]>,
        v4: Box<[u32]>,
        all: Box<[u128]>,
    },
    Wide(Box<[u128]>),
}

impl Ranges {
    /// Of starts that ascend.
    pub(super) fn new(starts: &[u128], classes: &[u32], is_address: bool) -> Ranges {
        let narrow = || {
            starts
                .iter()
                .map(|start| u64::try_from(*start).ok())
                .collect()
        };
        let starts = if is_address {
            let of_v4 = |start: &u128| *start >> 32 == V4 >> 32;
            let before = starts.partition_point(|start| *start < V4);
            let v4 = starts.iter().skip(before).take_while(|start| of_v4(start));
            let v4: Box<[u32]> = v4.map(|start| *start as u32).collect();
            let head = |octet: usize| v4.partition_point(|start| (*start >> 24) < octet as u32);
            Starts::Addresses {
                below: u32::try_from(before).unwrap_or(u32::MAX),
                heads: Box::new(std::array::from_fn(|octet| head(octet) as u32)),
                v4,
                all: starts.into(),
            }
        } else if let Some(narrow) = narrow() {
            Starts::Narrow(narrow)
        } else {
            Starts::Wide(starts.into())
        };
        Ranges {
            starts,
            classes: classes.into(),
        }
    }

    /// The class of a number.
    #[inline]
    pub(super) fn class(&self, key: u128) -> u32 {
        let cell = match &self.starts {
            Starts::Narrow(starts) => match u64::try_from(key) {
                Ok(key) => count(starts, key),
                Err(_) => starts.len() as u32,
            },
            Starts::Addresses {
                below, heads, v4, ..
            } if key >> 32 == V4 >> 32 => below.saturating_add(count_v4(heads, v4, key as u32)),
            Starts::Addresses { all: starts, .. } | Starts::Wide(starts) => count(starts, key),
        };
        if self.classes.is_empty() {
            return cell;
        }
        self.classes.get(cell as usize).copied().unwrap_or(0)
    }
}

/// How many starts are not above a number. The standard search is without branches that depend on
/// what is compared.
/// PERF: the first octet leaves few starts, so that few loads wait for one another.
#[inline]
fn count_v4(heads: &[u32; 257], starts: &[u32], key: u32) -> u32 {
    let [_, ends @ ..] = heads;
    let octet = (key >> 24) as usize;
    let first = heads.get(octet).copied().unwrap_or(0);
    let end = ends.get(octet).copied().unwrap_or(0);
    let near = starts.get(first as usize..end as usize).unwrap_or_default();
    first.saturating_add(count(near, key))
}

#[inline]
fn count<T: Ord + Copy>(starts: &[T], key: T) -> u32 {
    starts.partition_point(|start| *start <= key) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_searches_find_the_same_cells_as_wide_ones() {
        let around = |starts: &[u128]| -> Vec<u128> {
            let near = |start: &u128| [start.wrapping_sub(1), *start, start.wrapping_add(1)];
            let edges = [
                0,
                V4,
                V4 - 1,
                V4 + u128::from(u32::MAX),
                V4 + (1 << 32),
                u128::MAX,
            ];
            starts.iter().flat_map(near).chain(edges).collect()
        };
        let v4 = |low: u128| V4 + low;
        let rows: [&[u128]; 7] = [
            &[
                v4(0),
                v4(0x00FF_FFFF),
                v4(0x0100_0000),
                v4(0x0100_0001),
                v4(0x7F00_0000),
                v4(0xFF00_0000),
                v4(0xFFFF_FFFF),
            ],
            &[],
            &[1, 2, 7, 1 << 63, u64::MAX as u128],
            &[1, 1 << 64],
            &[5, v4(0), v4(10), v4(20), V4 + (1 << 32), 1 << 125],
            &[v4(10), v4(20)],
            &[V4 + (1 << 32)],
        ];
        for starts in rows {
            for key in around(starts) {
                let expected = starts.iter().filter(|start| **start <= key).count() as u32;
                for is_address in [false, true] {
                    let ranges = Ranges::new(starts, &[], is_address);
                    assert_eq!(ranges.class(key), expected, "{key:x} in {starts:x?}");
                }
                let classes: Vec<u32> = (0..=starts.len() as u32).map(|cell| cell % 2).collect();
                assert_eq!(Ranges::new(starts, &classes, true).class(key), expected % 2);
            }
        }
    }
}
