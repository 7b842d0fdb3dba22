//! GUIDs as numbers.
//!
//! A text is a GUID only in its canonical form, `8-4-4-4-12` hexadecimal digits in any case; every
//! other form (braces, no dashes) is a plain text. Because no character outside ASCII folds to a
//! hexadecimal digit or a dash, two GUIDs have the same number exactly where their folded texts are
//! equal.

use wide::{i16x8, u8x16, u16x8};

/// Bytes of the text of a GUID.
const BYTES: usize = 36;

/// The number of a GUID: its digits read from left to right. Cost: some sixty operations, without a
/// loop over digits and with two branches.
#[must_use]
#[inline]
pub fn parse_guid(text: &[u8]) -> Option<u128> {
    let t: &[u8; BYTES] = text.try_into().ok()?;
    if (t[8] ^ b'-') | (t[13] ^ b'-') | (t[18] ^ b'-') | (t[23] ^ b'-') != 0 {
        return None;
    }
    let high = values(u8x16::new([
        t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7], //
        t[9], t[10], t[11], t[12], t[14], t[15], t[16], t[17],
    ]));
    let low = values(u8x16::new([
        t[19], t[20], t[21], t[22], t[24], t[25], t[26], t[27], //
        t[28], t[29], t[30], t[31], t[32], t[33], t[34], t[35],
    ]));
    let wrong = (high | low).saturating_add(u8x16::splat(NEGATIVE - DIGITS));
    if wrong.to_bitmask() != 0 {
        return None;
    }
    let bytes = u8x16::narrow_i16x8(joined(high), joined(low));
    Some(u128::from_be_bytes(bytes.to_array()))
}

/// The values of hexadecimal digits end here.
const DIGITS: u8 = 16;
/// From here on a byte counts as negative.
const NEGATIVE: u8 = 0x80;

/// The values of sixteen digits; of what is no digit, something from [`DIGITS`] on.
#[inline]
fn values(digits: u8x16) -> u8x16 {
    let all = u8x16::splat;
    // The digits up to 9 are moved to the very end, so that what comes after them wraps around;
    // then all but them is kept away from the values of digits.
    let at_end = digits + all(0xFF - b'9');
    let decimal = at_end.saturating_sub(all(6)) - all(0xF0);
    // Letters, of which bit 5 does not matter.
    let letter = ((digits & all(!0x20)) - all(b'A')).saturating_add(all(10));
    decimal.min(letter)
}

/// The bytes of which these are the values of the digits, the first digit the higher one.
#[inline]
fn joined(values: u8x16) -> i16x8 {
    let values = values.to_array();
    let (pairs, _) = values.as_chunks::<2>();
    let mut words = [0; 8];
    for (word, pair) in words.iter_mut().zip(pairs) {
        *word = u16::from_le_bytes(*pair);
    }
    let words = u16x8::new(words);
    let joined = (words << 4u32 | words >> 8u32) & u16x8::splat(0x00FF);
    i16x8::new(joined.to_array().map(u16::cast_signed))
}

/// The canonical text of a GUID, in small letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuidText([u8; BYTES]);

impl GuidText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The canonical text of a GUID, in small letters.
#[must_use]
pub fn guid_text(guid: u128) -> GuidText {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; BYTES];
    let places = (0..BYTES).filter(|place| !matches!(place, 8 | 13 | 18 | 23));
    let shifts = (0..32u32).rev().map(|digit| 4 * digit);
    for (place, shift) in places.zip(shifts) {
        let digit = DIGITS.get((guid >> shift & 0xF) as usize);
        if let (Some(slot), Some(digit)) = (text.get_mut(place), digit) {
            *slot = *digit;
        }
    }
    GuidText(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digit by digit.
    fn plain(text: &[u8]) -> Option<u128> {
        let is_dash = |place: usize| matches!(place, 8 | 13 | 18 | 23);
        if text.len() != BYTES {
            return None;
        }
        let mut number = 0;
        for (place, byte) in text.iter().enumerate() {
            if is_dash(place) {
                if *byte != b'-' {
                    return None;
                }
            } else {
                let digit = char::from(*byte).to_digit(16)?;
                number = number << 4 | u128::from(digit);
            }
        }
        Some(number)
    }

    #[test]
    fn only_the_canonical_form_is_a_guid() {
        let text = "8f6f0c1e-9a3B-4C5d-8e7f-0123456789aB";
        let guid = parse_guid(text.as_bytes()).unwrap();
        assert_eq!(guid, 0x8f6f_0c1e_9a3b_4c5d_8e7f_0123_4567_89ab);
        assert_eq!(guid_text(guid).as_str(), text.to_lowercase());
        for other in [
            "",
            "{8f6f0c1e-9a3B-4C5d-8e7f-0123456789aB}",
            "8f6f0c1e9a3B4C5d8e7f0123456789aB",
            "8f6f0c1e-9a3B-4C5d-8e7f_0123456789aB",
            "8f6f0c1e-9a3B-4C5d-8e7f-0123456789a ",
            "8f6f0c1e-9a3B-4C5d-8e7f-0123456789ſ",
        ] {
            assert_eq!(parse_guid(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn every_byte_at_every_place_is_read_as_digit_by_digit() {
        let text = *b"8f6f0c1e-9a3B-4C5d-8e7f-0123456789aB";
        for place in 0..BYTES {
            for byte in 0..=255 {
                let mut changed = text;
                changed[place] = byte;
                assert_eq!(parse_guid(&changed), plain(&changed), "{byte} at {place}");
            }
        }
    }

    #[test]
    fn a_text_is_read_back_as_its_number() {
        let mut number = 1u128;
        for _ in 0..1000 {
            number = number.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645) + 1;
            let text = guid_text(number);
            assert_eq!(parse_guid(text.as_str().as_bytes()), Some(number));
        }
    }
}
