//! Names of members, found by one multiplication and one comparison.
//!
//! A table is made for the members that one object can have: from the length and the first and last
//! bytes of a name, times a factor that sends no two of the names to the same slot.

/// Slots of a table. With so many, one factor in three or four sends fifty names to slots of their
/// own, so that making a table costs next to nothing whenever a program is loaded.
const SLOTS: usize = 1 << SLOT_BITS;
const SLOT_BITS: u32 = 10;
/// LIMIT: factors that are tried.
const TRIES_MAX: u64 = 1 << 16;
/// What a slot without a name says.
const NONE: u8 = u8::MAX;

/// The names that members of one object can have.
#[derive(Debug)]
pub(crate) struct Names {
    names: Vec<&'static str>,
    factor: u64,
    slots: [u8; SLOTS],
}

impl Names {
    /// A table of these names; `None` where they are too many, or two of them are the same.
    pub(crate) fn new(names: Vec<&'static str>) -> Option<Names> {
        let mut factors =
            (1..TRIES_MAX).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let (factor, slots) = factors.find_map(|factor| Some((factor, place(&names, factor)?)))?;
        Some(Names {
            names,
            factor,
            slots,
        })
    }

    /// The place of a name among those that the table was made of.
    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<usize> {
        let place = usize::from(*self.slots.get(slot(name, self.factor))?);
        (self.names.get(place)?.as_bytes() == name).then_some(place)
    }
}

fn place(names: &[&'static str], factor: u64) -> Option<[u8; SLOTS]> {
    let mut slots = [NONE; SLOTS];
    for (place, name) in names.iter().enumerate() {
        let slot = slots.get_mut(slot(name.as_bytes(), factor))?;
        let place = u8::try_from(place).ok().filter(|place| *place != NONE)?;
        if std::mem::replace(slot, place) != NONE {
            return None;
        }
    }
    Some(slots)
}

#[inline]
fn slot(name: &[u8], factor: u64) -> usize {
    let word = |bytes: Option<&[u8; 8]>| bytes.map(|bytes| u64::from_le_bytes(*bytes));
    let half = |bytes: Option<&[u8; 4]>| bytes.map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
    let ends = word(name.first_chunk()).zip(word(name.last_chunk()));
    let ends = ends.or_else(|| half(name.first_chunk()).zip(half(name.last_chunk())));
    let (first, last) = ends.unwrap_or_else(|| {
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0, |all, byte| all << 8 | u64::from(*byte))
        };
        (number(name), 0)
    });
    let key = first ^ last.rotate_left(23) ^ (name.len() as u64).rotate_left(50);
    (key.wrapping_mul(factor) >> (u64::BITS - SLOT_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_nothing_else() {
        let names = [
            "",
            "a",
            "now",
            "user",
            "userId",
            "mail",
            "displayName",
            "displayNamf",
        ];
        let table = Names::new(names.to_vec()).unwrap();
        for (place, name) in names.iter().enumerate() {
            assert_eq!(table.find(name.as_bytes()), Some(place), "{name}");
            assert_eq!(table.find(format!("{name}x").as_bytes()), None, "{name}");
        }
        assert!(Names::new(vec!["same", "same"]).is_none());
    }
}
