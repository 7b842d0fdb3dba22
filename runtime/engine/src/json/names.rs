//! Names of members and of choices, found where they stand in a text.
//!
//! A table is made for the names that can stand in one place. Thirty-two bytes of the text are
//! looked at together: they show where the name ends; its ends and its length, times a factor that
//! sends no two of the names to the same slot, say which name it can be; and one comparison says
//! whether it is.

use wide::u8x16;

use super::steps::{BYTES, after, quotes};

/// Slots of a table. Few, because tables are near the top of what is looked at for every request.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 8;
/// LIMIT: factors that are tried.
const TRIES_MAX: u64 = 1 << 16;
/// What a slot without a name says.
const NONE: u8 = u8::MAX;
/// LIMIT: bytes of a name. With its last quote, it has to fit what is looked at together.
const NAME_BYTES: std::ops::RangeInclusive<usize> = 3..=2 * BYTES - 1;

/// The names that can stand in one place, and what each of them stands for.
#[derive(Debug)]
pub(crate) struct Names<T> {
    rows: Vec<(Pattern, T)>,
    factor: u64,
    slots: [u8; SLOTS],
}

/// A name and its last quote, and which bytes they take.
#[derive(Clone, Copy, Debug)]
struct Pattern {
    bytes: [u8x16; 2],
    mask: [u8x16; 2],
}

/// What follows a quote.
type Window = [u8; 2 * BYTES];

impl<T> Names<T> {
    /// A table of these names; `None` where one of them is too short or too long, where they are
    /// too many, or where two of them cannot be told apart by their ends.
    pub(crate) fn new(names: Vec<(&str, T)>) -> Option<Names<T>> {
        let keys = names
            .iter()
            .map(|(name, _)| Pattern::new(name)?.key(name.len()));
        let keys = keys.collect::<Option<Vec<u64>>>()?;
        let mut factors =
            (1..TRIES_MAX).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (factor, slots) = factors.find_map(|factor| Some((factor, place(&keys, factor)?)))?;
        let rows = names
            .into_iter()
            .map(|(name, row)| Some((Pattern::new(name)?, row)));
        Some(Names {
            rows: rows.collect::<Option<_>>()?,
            factor,
            slots,
        })
    }

    /// What the name stands for that stands here between quotes, and what is left after it.
    #[inline]
    pub(crate) fn find<'a>(&self, rest: &'a [u8]) -> Option<(&T, &'a [u8])> {
        self.find_rest(after(rest, b'"')?)
    }

    /// What the name stands for that stands here before a quote, and what is left after that.
    #[inline]
    pub(crate) fn find_rest<'a>(&self, rest: &'a [u8]) -> Option<(&T, &'a [u8])> {
        let window = match rest.first_chunk() {
            Some(window) => *window,
            None => window_near_end(rest),
        };
        let ([first, second], _) = window.as_chunks::<BYTES>() else {
            return None;
        };
        let length = (quotes(first) | quotes(second) << BYTES).trailing_zeros() as usize;
        let text = [u8x16::new(*first), u8x16::new(*second)];
        let slot = self.slots.get(slot(key(rest, length)?, self.factor))?;
        let (pattern, row) = self.rows.get(usize::from(*slot))?;
        if !pattern.is_in(text) {
            return None;
        }
        Some((row, rest.get(length + 1..)?))
    }
}

/// What is left where it is short, with zeros after it.
///
/// PERF: made of whole vectors, because what was written byte by byte is slow to read as one.
#[cold]
fn window_near_end(rest: &[u8]) -> Window {
    let mut window = [0; 2 * BYTES];
    let Some((first, second)) = rest.split_first_chunk::<BYTES>() else {
        for (slot, byte) in window.iter_mut().zip(rest) {
            *slot = *byte;
        }
        return window;
    };
    let last = rest.last_chunk::<BYTES>().copied().unwrap_or_default();
    // The last bytes without those that come before the second vector.
    let before = 8 * BYTES.saturating_sub(second.len()) as u32;
    let second = u128::from_le_bytes(last).checked_shr(before).unwrap_or(0);
    if let ([a, b], _) = window.as_chunks_mut() {
        (*a, *b) = (*first, second.to_le_bytes());
    }
    window
}

impl Pattern {
    fn new(name: &str) -> Option<Pattern> {
        let mut bytes = [0; 2 * BYTES];
        let mut mask = [0; 2 * BYTES];
        let is_fit = NAME_BYTES.contains(&name.len()) && !name.contains('"');
        let quoted = name.bytes().chain([b'"']).filter(|_| is_fit);
        for ((byte, mask), quoted) in bytes.iter_mut().zip(&mut mask).zip(quoted) {
            (*byte, *mask) = (quoted, u8::MAX);
        }
        let halves = |bytes: [u8; 2 * BYTES]| {
            let (halves, _) = bytes.as_chunks();
            let halves: &[[u8; BYTES]; 2] = halves.try_into().ok()?;
            Some(halves.map(u8x16::new))
        };
        is_fit.then_some(Pattern {
            bytes: halves(bytes)?,
            mask: halves(mask)?,
        })
    }

    /// Whether a text begins with it.
    #[inline]
    fn is_in(&self, [first, second]: [u8x16; 2]) -> bool {
        let ([a, b], [in_a, in_b]) = (self.bytes, self.mask);
        let differences = ((first ^ a) & in_a) | ((second ^ b) & in_b);
        differences.simd_eq(u8x16::splat(0)).all()
    }

    fn key(&self, length: usize) -> Option<u64> {
        let [first, second] = self.bytes.map(u8x16::to_array);
        let mut window = [0; 2 * BYTES];
        for (slot, byte) in window.iter_mut().zip(first.iter().chain(&second)) {
            *slot = *byte;
        }
        key(&window, length)
    }
}

/// What tells names apart: the first four bytes, the last three with the quote, and how many there
/// are.
#[inline]
fn key(text: &[u8], length: usize) -> Option<u64> {
    let four = |bytes: &[u8]| bytes.first_chunk().map(|four| u32::from_le_bytes(*four));
    let first = four(text)?;
    let last = four(text.get(length.checked_sub(3)?..)?)?;
    let ends = u64::from(first) | u64::from(last) << 32;
    Some(ends ^ (length as u64) << 40)
}

#[inline]
fn slot(key: u64, factor: u64) -> usize {
    (key.wrapping_mul(factor) >> (u64::BITS - SLOT_BITS)) as usize
}

fn place(keys: &[u64], factor: u64) -> Option<[u8; SLOTS]> {
    let mut slots = [NONE; SLOTS];
    for (place, key) in keys.iter().enumerate() {
        let slot = slots.get_mut(slot(*key, factor))?;
        let place = u8::try_from(place).ok().filter(|place| *place != NONE)?;
        if std::mem::replace(slot, place) != NONE {
            return None;
        }
    }
    Some(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 9] = [
        "now",
        "user",
        "userId",
        "mail",
        "displayName",
        "exactlyFifteen1",
        "exactly16bytes16",
        "seventeenBytes017",
        "thirtyOneBytesWhichAreTheMost31",
    ];

    /// Name by name.
    fn slow(text: &[u8]) -> Option<(usize, &[u8])> {
        let text = text.strip_prefix(b"\"")?;
        let mut names = NAMES.iter().enumerate();
        names.find_map(|(place, name)| {
            let rest = text.strip_prefix(name.as_bytes())?;
            Some((place, rest.strip_prefix(b"\"")?))
        })
    }

    fn find<'a>(table: &Names<usize>, text: &'a [u8]) -> Option<(usize, &'a [u8])> {
        table.find(text).map(|(place, rest)| (*place, rest))
    }

    #[test]
    fn every_name_is_found_and_nothing_else() {
        let rows = NAMES.iter().enumerate().map(|(place, name)| (*name, place));
        let table = Names::new(rows.collect()).unwrap();
        for (place, name) in NAMES.iter().enumerate() {
            // Near the end of a text, and far from it.
            for tail in [
                "",
                ":",
                ":[1,2,3,\"and so on, for longer than two vectors\"]",
            ] {
                let text = format!("\"{name}\"{tail}");
                assert_eq!(
                    find(&table, text.as_bytes()),
                    Some((place, tail.as_bytes())),
                    "{text}"
                );
                for at in 0..name.len() + 2 {
                    for byte in [b'x', b'"', b'\\', 0, 0xFF] {
                        let mut changed = text.clone().into_bytes();
                        changed[at] = byte;
                        assert_eq!(find(&table, &changed), slow(&changed), "{changed:?}");
                        changed[at] = text.as_bytes()[at];
                        changed.insert(at, byte);
                        assert_eq!(find(&table, &changed), slow(&changed), "{changed:?}");
                    }
                    let mut shorter = text.clone().into_bytes();
                    shorter.remove(at);
                    assert_eq!(find(&table, &shorter), slow(&shorter), "{shorter:?}");
                    assert_eq!(find(&table, &text.as_bytes()[..at]), None, "{text}");
                }
            }
        }
    }

    #[test]
    fn names_that_do_not_fit_have_no_table() {
        let table = |names: &[&'static str]| Names::new(names.iter().map(|n| (*n, ())).collect());
        assert!(table(&["one", "two"]).is_some());
        assert!(table(&["same", "same"]).is_none());
        assert!(table(&["is"]).is_none());
        assert!(table(&["thirtyTwoBytesWhichAreTooMany032"]).is_none());
        assert!(table(&["a\"quote"]).is_none());
        assert!(table(&["same1ends", "same2ends"]).is_none());
    }
}
