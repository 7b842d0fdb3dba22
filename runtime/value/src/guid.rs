//! GUIDs as numbers.
//!
//! A text is a GUID only in its canonical form, `8-4-4-4-12` hexadecimal digits in any case; every
//! other form (braces, no dashes) is a plain text. Because no character outside ASCII folds to a
//! hexadecimal digit or a dash, two GUIDs have the same number exactly where their folded texts are
//! equal.

/// Bytes of the text of a GUID.
const BYTES: usize = 36;
/// A one in every byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The number of a GUID: its digits read from left to right. Cost: some hundred and fifty
/// operations on words, without a loop over digits and with one branch.
#[must_use]
#[inline]
pub fn parse_guid(text: &[u8]) -> Option<u128> {
    let t: &[u8; BYTES] = text.try_into().ok()?;
    let eight = |bytes: [u8; 8]| u64::from_le_bytes(bytes);
    let four = |bytes: [u8; 4]| u64::from(u32::from_le_bytes(bytes));
    let words = [
        eight([t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]]),
        four([t[9], t[10], t[11], t[12]]) | four([t[14], t[15], t[16], t[17]]) << 32,
        four([t[19], t[20], t[21], t[22]]) | four([t[24], t[25], t[26], t[27]]) << 32,
        eight([t[28], t[29], t[30], t[31], t[32], t[33], t[34], t[35]]),
    ];
    let dashes = (t[8] ^ b'-') | (t[13] ^ b'-') | (t[18] ^ b'-') | (t[23] ^ b'-');
    let digits = words.map(digits);
    let wrong = digits.iter().fold(0, |wrong, of| wrong | of.wrong);
    if (wrong & (0xF0 * ONES)) | u64::from(dashes) != 0 {
        return None;
    }
    let [a, b, c, d] = digits.map(|of| u64::from(number(of.values)));
    let (high, low) = (a << 32 | b, c << 32 | d);
    Some(u128::from(high) << 64 | u128::from(low))
}

/// Eight bytes read as hexadecimal digits.
#[derive(Clone, Copy)]
struct Digits {
    /// The value of each digit.
    values: u64,
    /// Some of the upper four bits of a byte are set where that byte, or one before it, is no
    /// digit.
    wrong: u64,
}

#[inline]
fn digits(word: u64) -> Digits {
    // Letters have bit 6, digits up to 9 have not.
    let letter = word >> 6 & ONES;
    let small = word | letter << 5;
    // `0` is 0x30, and `a` is 0x61, that is 10 + 0x30 + 0x27.
    let above = letter << 5 | letter << 2 | letter << 1 | letter;
    let values = small.wrapping_sub(0x30 * ONES).wrapping_sub(above);
    // A value is below 16, and from 10 on exactly where it is a letter's. Bytes that borrow from
    // the next one or carry into it have a value that is too large themselves.
    let ten_or_more = values.wrapping_add(6 * ONES);
    let wrong = (ten_or_more ^ (letter << 4)) | values | (word & (0x80 * ONES));
    Digits { values, wrong }
}

/// The number that eight values of digits make, the first one in the lowest byte.
#[inline]
fn number(values: u64) -> u32 {
    let bytes = (values >> 8 | values << 4) & 0x00FF_00FF_00FF_00FF;
    let halves = (bytes | bytes >> 8) & 0x0000_FFFF_0000_FFFF;
    ((halves | halves >> 16) as u32).swap_bytes()
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
