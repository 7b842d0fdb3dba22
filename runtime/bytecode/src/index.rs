//! Indexes: where the constants of an attribute are found.
//!
//! All constants that a value of an attribute is compared with for equality, by whatever matcher,
//! are the attribute's *keys*: GUIDs as numbers, other texts folded. A value is looked up once
//! among them, not once per matcher. An index is the part of a perfect hash that takes a search to
//! find, a seed and a *pilot* for each bucket of keys; the table itself follows from the keys and
//! is laid out when a program is loaded. So an index can be bad, by sending two keys to one slot,
//! which the verifier finds out, but it cannot lie: what a slot holds comes from the matchers.
//!
//! Method: hash and displace. A key's hash names its bucket; the bucket's pilot, mixed into the
//! hash, names the slot. Buckets are settled from the fullest to the emptiest, each by the least
//! pilot that sends its keys to free slots.

use gatewright_value::parse_guid;
use serde::{Deserialize, Serialize};

use crate::program::{Matcher, Program};

/// Constants without structure, for mixing.
const MIX: [u64; 3] = [
    0x9E37_79B9_7F4A_7C15,
    0xD6E8_FEB8_6659_FD93,
    0xA076_1D64_78BD_642F,
];

/// LIMIT: seeds that are tried. One in a few fails at worst, so that this many never do unless keys
/// were chosen with knowledge of all the seeds, which depend on the keys.
const SEEDS_MAX: u64 = 32;

/// The index of an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeIndex {
    /// Which attribute.
    pub attribute: u32,
    /// Of its keys that are GUIDs.
    pub guids: PerfectHash,
    /// Of its other keys.
    pub texts: PerfectHash,
}

/// What is equal to a value of an attribute in some matcher.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys<'p> {
    /// GUIDs, ascending.
    pub guids: Vec<u128>,
    /// Other texts, folded, ascending.
    pub texts: Vec<&'p str>,
}

/// A map from the hashes of known keys to slots, each key to one of its own. One without pilots
/// stands for none: then the keys are few or none, or searched in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerfectHash {
    /// What keys are hashed with.
    pub seed: u64,
    /// By bucket. A power of two of them.
    pub pilots: Vec<u16>,
}

impl<'p> Keys<'p> {
    /// The keys among these texts.
    pub fn new(texts: impl Iterator<Item = &'p str>) -> Keys<'p> {
        let mut keys = Keys::default();
        for text in texts {
            match parse_guid(text.as_bytes()) {
                Some(guid) => keys.guids.push(guid),
                None => keys.texts.push(text),
            }
        }
        keys.guids.sort_unstable();
        keys.guids.dedup();
        keys.texts.sort_unstable();
        keys.texts.dedup();
        keys
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.guids.is_empty() && self.texts.is_empty()
    }

    /// The index of these keys.
    #[must_use]
    pub fn index(&self, attribute: u32) -> AttributeIndex {
        AttributeIndex {
            attribute,
            guids: PerfectHash::of_guids(&self.guids).unwrap_or_default(),
            texts: PerfectHash::of_texts(&self.texts).unwrap_or_default(),
        }
    }
}

impl Matcher {
    /// The texts that values are compared with for equality.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        let (rows, lists) = match self {
            Matcher::Text { exact: rows, .. } | Matcher::Elements { elements: rows, .. } => {
                (Some(rows), None)
            }
            Matcher::Targets { elements, .. } => (None, Some(elements)),
            _ => (None, None),
        };
        let rows = rows.into_iter().flatten().map(|row| row.0.as_str());
        let lists = lists.into_iter().flatten().map(|row| row.0.as_str());
        rows.chain(lists)
    }
}

/// The indexes of all attributes that have keys, by attribute.
#[must_use]
pub fn indexes(matchers: &[Matcher]) -> Vec<AttributeIndex> {
    let keys = keys_by_attribute(matchers);
    let index = |(attribute, keys): &(u32, Keys<'_>)| keys.index(*attribute);
    keys.iter().map(index).collect()
}

/// The keys of all attributes that have some, by attribute.
#[must_use]
pub fn keys_by_attribute(matchers: &[Matcher]) -> Vec<(u32, Keys<'_>)> {
    let mut order: Vec<&Matcher> = matchers.iter().collect();
    order.sort_by_key(|matcher| matcher.attribute());
    let same = |a: &&Matcher, b: &&Matcher| a.attribute() == b.attribute();
    let mut found = Vec::new();
    for group in order.chunk_by(same) {
        let keys = Keys::new(group.iter().flat_map(|matcher| matcher.keys()));
        if let Some(matcher) = group.first().filter(|_| !keys.is_empty()) {
            found.push((matcher.attribute(), keys));
        }
    }
    found
}

/// The rule that the indexes of a program break. A program may have an index for some attributes
/// only; the others get theirs when it is loaded.
pub(crate) fn broken_rule(program: &Program) -> Option<&'static str> {
    let indexes = &program.indexes;
    if !indexes.is_sorted_by(|a, b| a.attribute < b.attribute) {
        return Some("their attributes do not ascend");
    }
    if indexes.is_empty() {
        return None;
    }
    let keys = keys_by_attribute(&program.matchers);
    let mut slots = Vec::new();
    for index in indexes {
        let Ok(at) = keys.binary_search_by_key(&index.attribute, |row| row.0) else {
            return Some("an attribute without constants has an index");
        };
        let Some((_, keys)) = keys.get(at) else {
            continue;
        };
        let guids = keys
            .guids
            .iter()
            .map(|key| hash_guid(index.guids.seed, *key));
        let texts = keys
            .texts
            .iter()
            .map(|key| hash_text(index.texts.seed, key.as_bytes()));
        if !index.guids.is_perfect(guids, &mut slots) || !index.texts.is_perfect(texts, &mut slots)
        {
            return Some("it does not send every constant to a slot of its own");
        }
    }
    None
}

impl PerfectHash {
    /// For these GUIDs, which differ; `None` where none was found.
    #[must_use]
    pub fn of_guids(guids: &[u128]) -> Option<PerfectHash> {
        let mut hasher = blake3::Hasher::new();
        for guid in guids {
            hasher.update(&guid.to_le_bytes());
        }
        PerfectHash::search(&hasher, guids.len(), |seed, hashes| {
            hashes.extend(guids.iter().map(|guid| hash_guid(seed, *guid)));
        })
    }

    /// For these texts, which differ; `None` where none was found.
    #[must_use]
    pub fn of_texts(texts: &[&str]) -> Option<PerfectHash> {
        let mut hasher = blake3::Hasher::new();
        for text in texts {
            hasher.update(text.as_bytes()).update(&[0xFF]);
        }
        PerfectHash::search(&hasher, texts.len(), |seed, hashes| {
            hashes.extend(texts.iter().map(|text| hash_text(seed, text.as_bytes())));
        })
    }

    /// Slots for so many keys: a power of two, at most four in five of them taken.
    #[must_use]
    pub fn slot_count(keys: usize) -> usize {
        (keys + keys / 4 + 1).next_power_of_two().max(2)
    }

    /// The slot of a key with this hash, of `1 << (64 - shift)`.
    #[must_use]
    #[inline]
    pub fn slot(&self, hash: u64, shift: u32) -> usize {
        let bucket = hash as usize & self.pilots.len().wrapping_sub(1);
        let pilot = self.pilots.get(bucket).copied().unwrap_or(0);
        slot_of(hash, pilot, shift)
    }

    /// The shift that [`slot`](Self::slot) needs for so many keys.
    #[must_use]
    pub fn shift(keys: usize) -> u32 {
        64 - PerfectHash::slot_count(keys).trailing_zeros()
    }

    fn bucket_count(keys: usize) -> usize {
        (keys / 3 + 1).next_power_of_two()
    }

    /// Whether every key gets a slot of its own.
    fn is_perfect(
        &self,
        hashes: impl ExactSizeIterator<Item = u64>,
        taken: &mut Vec<bool>,
    ) -> bool {
        let count = hashes.len();
        if count == 0 || self.pilots.is_empty() {
            return *self == PerfectHash::default();
        }
        if self.pilots.len() != PerfectHash::bucket_count(count) {
            return false;
        }
        taken.clear();
        taken.resize(PerfectHash::slot_count(count), false);
        let shift = PerfectHash::shift(count);
        let mut is_free = |hash| {
            let slot = taken.get_mut(self.slot(hash, shift));
            slot.is_some_and(|taken| !std::mem::replace(taken, true))
        };
        hashes.into_iter().all(&mut is_free)
    }

    /// The first of the seeds that follow from the keys with which it works.
    fn search(
        keys: &blake3::Hasher,
        count: usize,
        hash: impl Fn(u64, &mut Vec<u64>),
    ) -> Option<PerfectHash> {
        if count == 0 {
            return Some(PerfectHash::default());
        }
        let mut hashes = Vec::with_capacity(count);
        (0..SEEDS_MAX).find_map(|number| {
            let seed = keys.clone().update(&number.to_le_bytes()).finalize();
            let seed = seed
                .as_bytes()
                .first_chunk()
                .map_or(0, |bytes| u64::from_le_bytes(*bytes));
            hashes.clear();
            hash(seed, &mut hashes);
            let pilots = pilots(&hashes)?;
            Some(PerfectHash { seed, pilots })
        })
    }
}

/// The pilots of these hashes; `None` where some bucket has none.
fn pilots(hashes: &[u64]) -> Option<Vec<u16>> {
    let bucket_count = PerfectHash::bucket_count(hashes.len());
    let shift = PerfectHash::shift(hashes.len());
    let bucket = |hash: u64| hash as usize & (bucket_count - 1);
    let mut sorted = hashes.to_vec();
    sorted.sort_unstable_by_key(|hash| (bucket(*hash), *hash));
    let mut buckets: Vec<&[u64]> = sorted.chunk_by(|a, b| bucket(*a) == bucket(*b)).collect();
    buckets.sort_by_key(|hashes| std::cmp::Reverse(hashes.len()));
    let mut pilots = vec![0; bucket_count];
    let mut taken = vec![false; PerfectHash::slot_count(hashes.len())];
    for hashes in buckets {
        let pilot = (0..=u16::MAX).find(|pilot| take(hashes, *pilot, shift, &mut taken))?;
        let first = hashes.first()?;
        *pilots.get_mut(bucket(*first))? = pilot;
    }
    Some(pilots)
}

/// Take the slots to which a pilot sends these hashes, if all are free.
fn take(hashes: &[u64], pilot: u16, shift: u32, taken: &mut [bool]) -> bool {
    for (count, hash) in hashes.iter().enumerate() {
        let is_free = taken
            .get_mut(slot_of(*hash, pilot, shift))
            .is_some_and(|taken| !std::mem::replace(taken, true));
        if !is_free {
            for hash in hashes.iter().take(count) {
                if let Some(taken) = taken.get_mut(slot_of(*hash, pilot, shift)) {
                    *taken = false;
                }
            }
            return false;
        }
    }
    true
}

#[inline]
fn slot_of(hash: u64, pilot: u16, shift: u32) -> usize {
    let displaced = hash ^ u64::from(pilot).wrapping_mul(MIX[0]);
    displaced.wrapping_mul(MIX[1]).wrapping_shr(shift) as usize
}

/// The hash of a GUID.
#[must_use]
#[inline]
pub fn hash_guid(seed: u64, guid: u128) -> u64 {
    let (high, low) = ((guid >> 64) as u64, guid as u64);
    multiply(low ^ seed, high ^ seed.rotate_left(32) ^ MIX[2])
}

/// The hash of a folded text.
#[must_use]
#[inline]
pub fn hash_text(seed: u64, text: &[u8]) -> u64 {
    hash_words(seed, text, |word| word)
}

/// The hash that a text has when it is folded; `None` where it is not in ASCII, so that folding it
/// takes more than lower case.
#[must_use]
#[inline]
pub fn hash_unfolded(seed: u64, text: &[u8]) -> Option<u64> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let mut bytes = 0;
    let hash = hash_words(seed, text, |word| {
        bytes |= word;
        // Bit 7 of the letters from `A` to `Z`, as long as all is ASCII.
        let from_a = word.wrapping_add((0x80 - 0x41) * ONES);
        let after_z = word.wrapping_add((0x80 - 0x5B) * ONES);
        word | (from_a & !after_z & (0x80 * ONES)) >> 2
    });
    (bytes & (0x80 * ONES) == 0).then_some(hash)
}

/// The hash of a text of which every word is changed as it is read.
#[inline]
fn hash_words(seed: u64, text: &[u8], mut read: impl FnMut(u64) -> u64) -> u64 {
    let four = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    let (words, rest) = text.as_chunks::<8>();
    let mut hash = seed ^ (text.len() as u64).wrapping_mul(MIX[0]);
    for word in words {
        hash = multiply(hash ^ read(u64::from_le_bytes(*word)), MIX[1]);
    }
    // What is left over is read together with bytes before it, where there are any.
    let last = match (text.last_chunk::<8>(), rest) {
        (_, []) => 0,
        (Some(last), _) => u64::from_le_bytes(*last),
        (None, short) => match (short.first_chunk::<4>(), short.last_chunk::<4>()) {
            (Some(first), Some(last)) => four(first) | four(last) << 32,
            _ => short
                .iter()
                .fold(0, |last, byte| last << 8 | u64::from(*byte)),
        },
    };
    multiply(hash ^ read(last), seed ^ MIX[2])
}

/// Both halves of the product, folded into one.
#[inline]
fn multiply(a: u64, b: u64) -> u64 {
    // It fits; said so, no check is compiled.
    let product = u128::from(a).wrapping_mul(u128::from(b));
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(guids: &[u128], seed: u64) -> impl ExactSizeIterator<Item = u64> {
        guids.iter().map(move |guid| hash_guid(seed, *guid))
    }

    #[test]
    fn every_number_of_keys_has_a_perfect_hash_and_another_of_its_pilots_is_noticed() {
        let mut guid = 1u128;
        let mut guids = Vec::new();
        for count in [1, 2, 3, 5, 17, 100, 1000, 20_000] {
            while guids.len() < count {
                guid = guid.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645) + 1;
                guids.push(guid);
            }
            let found = PerfectHash::of_guids(&guids).unwrap();
            assert_eq!(Some(&found), PerfectHash::of_guids(&guids).as_ref());
            let mut taken = Vec::new();
            assert!(found.is_perfect(hashes(&guids, found.seed), &mut taken));
            let mut short = found.clone();
            short.pilots.pop();
            assert!(!short.is_perfect(hashes(&guids, short.seed), &mut taken));
        }
        let mut found = PerfectHash::of_guids(&guids).unwrap();
        found.pilots.fill(0);
        assert!(!found.is_perfect(hashes(&guids, found.seed), &mut Vec::new()));
    }

    #[test]
    fn numbers_in_a_row_and_texts_that_are_alike_have_one_too() {
        let guids: Vec<u128> = (0..5000).map(|n| n << 64).collect();
        assert!(PerfectHash::of_guids(&guids).is_some());
        let texts: Vec<String> = (0..5000)
            .map(|n| "a".repeat(n % 70) + &n.to_string())
            .collect();
        let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        texts.sort_unstable();
        texts.dedup();
        assert!(PerfectHash::of_texts(&texts).is_some());
        assert_eq!(PerfectHash::of_texts(&["a", "a"]), None);
    }

    #[test]
    fn a_text_in_ascii_is_hashed_as_if_it_were_folded() {
        let all: String = (0..128u8).map(char::from).collect();
        for start in 0..128 {
            for length in 0..=(128 - start).min(20) {
                let text = &all[start..start + length];
                let folded = gatewright_value::fold(text);
                let expected = Some(hash_text(7, folded.as_bytes()));
                assert_eq!(hash_unfolded(7, text.as_bytes()), expected, "{text:?}");
                let other = format!("{text}ſ");
                assert_eq!(hash_unfolded(7, other.as_bytes()), None);
            }
        }
    }
}
