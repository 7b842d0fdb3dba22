//! Constants of an attribute by equality: one look-up per value, for all matchers.
//!
//! Most values of most requests are in no policy: a request has some thirty groups, of which one or
//! two are named anywhere. A *sieve* is asked first, a set of bits of which a key has one; a value
//! that is no key finds its bit clear fifteen times in sixteen, after one load. What is left goes
//! through the perfect hash to one slot and is compared with the key there.
//!
//! INVARIANT: a found place is that of an equal key, whatever the hashes are.

use gatewright_bytecode::index::{PerfectHash, hash_guid, hash_text, hash_unfolded};

/// Bits of the sieve for each key.
const SIEVE_BITS_PER_KEY: usize = 16;

/// Keys that are GUIDs, with their places.
#[derive(Clone, Debug, Default)]
pub(super) struct GuidTable {
    hash: PerfectHash,
    sieve: Sieve,
    shift: u32,
    slots: Box<[GuidSlot]>,
}

/// PERF: the GUID in two words, because as one number it would make the slot a quarter larger, and
/// the slots are what does not fit the nearest cache.
#[derive(Clone, Copy, Debug)]
struct GuidSlot {
    guid: [u64; 2],
    place: u32,
}

/// The upper and the lower half, so that they are in the same order as the GUIDs.
#[inline]
fn halves(guid: u128) -> [u64; 2] {
    [(guid >> 64) as u64, guid as u64]
}

/// Keys that are texts, with their places.
#[derive(Clone, Debug, Default)]
pub(super) struct TextTable {
    hash: PerfectHash,
    sieve: Sieve,
    shift: u32,
    /// The lengths of keys, the longest ones together in the last bit.
    lengths: u64,
    slots: Box<[TextSlot]>,
}

#[derive(Clone, Debug, Default)]
struct TextSlot {
    text: Box<str>,
    place: u32,
}

/// A text must be folded before it is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unfolded;

/// The place of an empty slot.
const NOWHERE: u32 = u32::MAX;

impl GuidTable {
    /// A table of these GUIDs, which ascend and are numbered in this order.
    pub(super) fn new(hash: PerfectHash, guids: &[u128]) -> GuidTable {
        if guids.is_empty() {
            return GuidTable::default();
        }
        let hash = usable(hash, || PerfectHash::of_guids(guids));
        let hashes = || guids.iter().map(|guid| hash_guid(hash.seed, *guid));
        let shift = PerfectHash::shift(guids.len());
        let nothing = GuidSlot {
            guid: [0; 2],
            place: NOWHERE,
        };
        let keys = guids.iter().zip(0..).map(|(guid, place)| GuidSlot {
            guid: halves(*guid),
            place,
        });
        let slots = if hash.pilots.is_empty() {
            keys.collect()
        } else {
            lay_out(&hash, shift, guids.len(), nothing, keys.zip(hashes()))
        };
        let sieve = Sieve::new(hashes());
        GuidTable {
            sieve,
            shift,
            slots,
            hash,
        }
    }

    /// Whether a GUID is a key, or one of the few that only searching tells from one.
    #[inline]
    pub(super) fn may_have(&self, guid: u128) -> bool {
        self.sieve.may_have(hash_guid(self.hash.seed, guid))
    }

    /// The place of a GUID among the keys.
    #[inline]
    pub(super) fn find(&self, guid: u128) -> Option<u32> {
        let hash = hash_guid(self.hash.seed, guid);
        if self.sieve.may_have(hash) {
            self.look_up(hash, guid)
        } else {
            None
        }
    }

    /// Calls `found` with the place of each of these GUIDs that is a key.
    ///
    /// PERF: the sieve is asked of many before what it lets through is looked at, so that its loop
    /// has no branch and nothing but the sieve in it.
    #[inline]
    pub(super) fn find_each(&self, guids: &[u128], mut found: impl FnMut(u32)) {
        let seed = self.hash.seed;
        let has_hash = !self.hash.pilots.is_empty();
        for guids in guids.chunks(64) {
            let mut passed = self.sieve.sift(seed, guids);
            while passed != 0 {
                let at = passed.trailing_zeros() as usize;
                passed &= passed - 1;
                let guid = guids.get(at).copied().unwrap_or_default();
                let place = if has_hash {
                    self.compare(self.hash.slot(hash_guid(seed, guid), self.shift), guid)
                } else {
                    self.search(guid)
                };
                if let Some(place) = place {
                    found(place);
                }
            }
        }
    }

    /// Apart from [`find`](Self::find), so that this is small where it is called: most values are
    /// no keys.
    #[inline(never)]
    fn look_up(&self, hash: u64, guid: u128) -> Option<u32> {
        if self.hash.pilots.is_empty() {
            return self.search(guid);
        }
        self.compare(self.hash.slot(hash, self.shift), guid)
    }

    /// Search in order, without a hash.
    #[cold]
    fn search(&self, guid: u128) -> Option<u32> {
        let slot = self
            .slots
            .binary_search_by(|slot| slot.guid.cmp(&halves(guid)));
        self.compare(slot.ok()?, guid)
    }

    #[inline]
    fn compare(&self, slot: usize, guid: u128) -> Option<u32> {
        let slot = self.slots.get(slot)?;
        (slot.guid == halves(guid) && slot.place != NOWHERE).then_some(slot.place)
    }
}

impl TextTable {
    /// A table of these folded texts, which ascend and are numbered in this order.
    pub(super) fn new(hash: PerfectHash, texts: &[&str]) -> TextTable {
        if texts.is_empty() {
            return TextTable::default();
        }
        let hash = usable(hash, || PerfectHash::of_texts(texts));
        let hashes = || {
            texts
                .iter()
                .map(|text| hash_text(hash.seed, text.as_bytes()))
        };
        let shift = PerfectHash::shift(texts.len());
        let nothing = TextSlot {
            text: Box::default(),
            place: NOWHERE,
        };
        let keys = texts.iter().zip(0..).map(|(text, place)| TextSlot {
            text: (*text).into(),
            place,
        });
        let slots = if hash.pilots.is_empty() {
            keys.collect()
        } else {
            lay_out(&hash, shift, texts.len(), nothing, keys.zip(hashes()))
        };
        let sieve = Sieve::new(hashes());
        let lengths = texts
            .iter()
            .fold(0, |lengths, text| lengths | length_bit(text.len()));
        TextTable {
            sieve,
            shift,
            lengths,
            slots,
            hash,
        }
    }

    /// The place of a text in any case among the keys; `Err` where it must be folded first.
    #[inline]
    pub(super) fn find_unfolded(&self, text: &str) -> Result<Option<u32>, Unfolded> {
        if !self.has_length(text.len()) {
            // Folding keeps the length of a text in ASCII, so this one is no key.
            return if self.slots.is_empty() || is_ascii(text.as_bytes()) {
                Ok(None)
            } else {
                Err(Unfolded)
            };
        }
        let hash = hash_unfolded(self.hash.seed, text.as_bytes()).ok_or(Unfolded)?;
        if !self.sieve.may_have(hash) {
            return Ok(None);
        }
        if self.hash.pilots.is_empty() {
            // Searched in order, which is that of folded texts.
            return Err(Unfolded);
        }
        let slot = self.slots.get(self.hash.slot(hash, self.shift));
        let slot = slot.filter(|slot| slot.place != NOWHERE);
        Ok(slot
            .filter(|slot| slot.text.eq_ignore_ascii_case(text))
            .map(|slot| slot.place))
    }

    /// Whether some key has this many bytes, or may have.
    #[inline]
    fn has_length(&self, bytes: usize) -> bool {
        self.lengths & length_bit(bytes) != 0
    }

    /// The place of a folded text among the keys.
    #[inline]
    pub(super) fn find(&self, folded: &str) -> Option<u32> {
        if !self.has_length(folded.len()) {
            return None;
        }
        let hash = hash_text(self.hash.seed, folded.as_bytes());
        if self.sieve.may_have(hash) {
            self.look_up(hash, folded)
        } else {
            None
        }
    }

    fn look_up(&self, hash: u64, folded: &str) -> Option<u32> {
        let slot = if self.hash.pilots.is_empty() {
            self.slots
                .binary_search_by(|slot| slot.text.as_ref().cmp(folded))
                .ok()?
        } else {
            self.hash.slot(hash, self.shift)
        };
        let slot = self.slots.get(slot)?;
        (*slot.text == *folded && slot.place != NOWHERE).then_some(slot.place)
    }
}

/// Whether a text is in ASCII. Most texts are short, so that two words have all of them.
#[inline]
pub(super) fn is_ascii(text: &[u8]) -> bool {
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let half = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) if text.len() <= 16 => (word(first) | word(last)) & HIGHS == 0,
        (None, None) => match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) => (half(first) | half(last)) & HIGHS == 0,
            _ => text.is_ascii(),
        },
        _ => text.is_ascii(),
    }
}

/// The bit of a length.
#[inline]
fn length_bit(bytes: usize) -> u64 {
    1 << bytes.min(63)
}

/// The hash that the program brings, else one that is found now; without any, keys are searched in
/// order.
fn usable(hash: PerfectHash, find: impl Fn() -> Option<PerfectHash>) -> PerfectHash {
    if hash.pilots.is_empty() {
        find().unwrap_or_default()
    } else {
        hash
    }
}

fn lay_out<S: Clone>(
    hash: &PerfectHash,
    shift: u32,
    count: usize,
    nothing: S,
    keys: impl Iterator<Item = (S, u64)>,
) -> Box<[S]> {
    let mut slots = vec![nothing; PerfectHash::slot_count(count)];
    for (key, of_key) in keys {
        if let Some(slot) = slots.get_mut(hash.slot(of_key, shift)) {
            *slot = key;
        }
    }
    slots.into_boxed_slice()
}

/// A set of hashes that has all keys and a few others.
#[derive(Clone, Debug, Default)]
struct Sieve {
    words: Box<[u64]>,
    shift: u32,
}

impl Sieve {
    fn new(hashes: impl ExactSizeIterator<Item = u64>) -> Sieve {
        let bits = (hashes.len() * SIEVE_BITS_PER_KEY)
            .next_power_of_two()
            .max(64);
        let shift = 64 - bits.trailing_zeros();
        let mut words = vec![0u64; bits / 64];
        for hash in hashes {
            let bit = hash >> shift;
            if let Some(word) = words.get_mut((bit / 64) as usize) {
                *word |= 1 << (bit % 64);
            }
        }
        Sieve {
            words: words.into_boxed_slice(),
            shift,
        }
    }

    /// Which of up to 64 GUIDs it lets through, as bits.
    #[inline(never)]
    fn sift(&self, seed: u64, guids: &[u128]) -> u64 {
        let (shift, words) = (self.shift & 63, &*self.words);
        let mut passed = 0;
        for guid in guids.iter().rev() {
            let bit = hash_guid(seed, *guid) >> shift;
            let word = words.get((bit >> 6) as usize).copied().unwrap_or(0);
            passed = passed << 1 | (word >> (bit & 63) & 1);
        }
        passed
    }

    #[inline]
    fn may_have(&self, hash: u64) -> bool {
        let bit = hash >> (self.shift & 63);
        let word = self.words.get((bit / 64) as usize);
        word.is_some_and(|word| word >> (bit % 64) & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_text_counts_for_whether_it_is_in_ascii() {
        for length in 0..40 {
            let mut text = vec![b'a'; length];
            assert!(is_ascii(&text));
            for place in 0..length {
                text[place] = 0xC3;
                assert!(!is_ascii(&text), "{place} of {length}");
                text[place] = 0x7F;
                assert!(is_ascii(&text), "{place} of {length}");
            }
        }
    }

    #[test]
    fn keys_are_found_with_a_stored_hash_with_one_of_ours_and_without_any() {
        let guids: Vec<u128> = (0..500u128).map(|n| n * n).collect();
        let texts: Vec<String> = (0..500)
            .map(|n| format!("{}{n:04}", "x".repeat(n / 7)))
            .collect();
        let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        texts.sort_unstable();
        let none = PerfectHash::default;
        let stored = PerfectHash::of_guids(&guids).unwrap();
        let mut sorted = GuidTable::new(none(), &guids);
        sorted.slots = guids
            .iter()
            .zip(0..)
            .map(|(guid, place)| GuidSlot {
                guid: halves(*guid),
                place,
            })
            .collect();
        sorted.hash.pilots.clear();
        for table in [
            GuidTable::new(stored, &guids),
            GuidTable::new(none(), &guids),
            sorted,
        ] {
            for (place, guid) in guids.iter().enumerate() {
                assert_eq!(table.find(*guid).map(|found| found as usize), Some(place));
                assert_eq!(
                    table.find(*guid + 1),
                    guids.binary_search(&(guid + 1)).ok().map(|at| at as u32)
                );
            }
        }
        let table = TextTable::new(none(), &texts);
        for (place, text) in texts.iter().enumerate() {
            assert_eq!(table.find(text).map(|found| found as usize), Some(place));
            assert_eq!(table.find(&format!("{text}y")), None);
            let large = text.to_uppercase();
            assert_eq!(table.find_unfolded(&large), Ok(table.find(text)));
            assert_eq!(table.find_unfolded(&format!("{large}Y")), Ok(None));
            assert_eq!(table.find_unfolded(&format!("{text}ſ")), Err(Unfolded));
        }
        assert_eq!(GuidTable::default().find(0), None);
        assert_eq!(TextTable::default().find(""), None);
    }
}
