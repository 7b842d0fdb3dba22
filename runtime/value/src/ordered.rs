//! Values with an order, as numbers that keep it.
//!
//! A decision needs to know only between which constants a value lies. Every ordered type is
//! therefore mapped to `u128` by a function that keeps order and equality: [`ordered_key`].

use crate::Kind;

/// Numbers with dots: `10.0.22631`. A missing part counts as 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub [u32; 4]);

impl Version {
    /// Read two to four parts of digits. (A single number is read where `min_parts` is 1.)
    #[must_use]
    pub fn parse(text: &str, min_parts: usize) -> Option<Version> {
        let mut parts = [0; 4];
        let mut count = 0;
        for piece in text.split('.') {
            if piece.is_empty() || !piece.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            *parts.get_mut(count)? = piece.parse().ok()?;
            count += 1;
        }
        (count >= min_parts).then_some(Version(parts))
    }

    /// Read the build of a system of Apple, `22E252` or `20E772520a`: a number, a letter, a number,
    /// and perhaps a small letter. The letters count by their place in the alphabet.
    #[must_use]
    pub fn parse_build(text: &str) -> Option<Version> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (major, rest) = text.split_at_checked(digits(text))?;
        let letter = rest.bytes().next().filter(u8::is_ascii_uppercase)?;
        let rest = rest.get(1..)?;
        let (number, suffix) = rest.split_at_checked(digits(rest))?;
        let suffix = match suffix.as_bytes() {
            [] => 0,
            [letter @ b'a'..=b'z'] => letter - b'a' + 1,
            _ => return None,
        };
        let major = major.parse().ok()?;
        let letter = u32::from(letter - b'A' + 1);
        let parts = [major, letter, number.parse().ok()?, u32::from(suffix)];
        Some(Version(parts))
    }

    /// The build that has these parts, where there is one.
    #[must_use]
    pub fn build_text(self) -> Option<String> {
        let [major, letter, number, suffix] = self.0;
        let nth = |first: u8, at: u32| {
            let at = u8::try_from(at).ok().filter(|at| (1..=26).contains(at))?;
            Some(char::from(first + at - 1))
        };
        let letter = nth(b'A', letter)?;
        match suffix {
            0 => Some(format!("{major}{letter}{number}")),
            suffix => Some(format!("{major}{letter}{number}{}", nth(b'a', suffix)?)),
        }
    }

    fn key(self) -> u128 {
        self.0
            .iter()
            .fold(0, |key, part| (key << 32) | u128::from(*part))
    }
}

/// A decimal number, counted in units of 10⁻⁹.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Decimal(pub i128);

impl Decimal {
    /// Digits after the point.
    pub const DIGITS: u32 = 9;

    /// Read `12`, `-0.5`, `3.250`; no exponent, at most [`Self::DIGITS`] digits after the point and
    /// 18 before it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Decimal> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let places = u32::try_from(fraction.len()).ok()?;
        if !is_digits(whole) || !is_digits(fraction) || whole.len() > 18 || places > Self::DIGITS {
            return None;
        }
        let whole: i128 = whole.parse().ok()?;
        let fraction: i128 = fraction.parse().ok()?;
        let scaled = fraction * 10i128.pow(Self::DIGITS - places);
        Some(Decimal(sign * (whole * 10i128.pow(Self::DIGITS) + scaled)))
    }
}

/// Why a text has no [`ordered_key`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The type has no order.
    NotOrdered,
    /// The text is not a value of the type.
    NotAValue,
    /// A whole number outside the type's bounds.
    OutOfBounds,
}

/// The number of a value of an ordered type: equal values have equal numbers, greater values
/// greater ones. Date-times are whole milliseconds, durations whole seconds, both as decimal text
/// here: calendars are for the rim.
///
/// # Errors
/// See [`KeyError`].
pub fn ordered_key(kind: &Kind, text: &str) -> Result<u128, KeyError> {
    match kind {
        Kind::Integer { min, max } => {
            let value: i64 = text.parse().map_err(|_| KeyError::NotAValue)?;
            if value < *min || value > *max {
                Err(KeyError::OutOfBounds)
            } else {
                Ok(signed(value))
            }
        }
        Kind::DateTime | Kind::Duration => {
            text.parse().map(signed).map_err(|_| KeyError::NotAValue)
        }
        Kind::Decimal => Decimal::parse(text)
            .map(|d| d.0.cast_unsigned() ^ (1 << 127))
            .ok_or(KeyError::NotAValue),
        Kind::Version => Version::parse(text, 1)
            .or_else(|| Version::parse_build(text))
            .map(Version::key)
            .ok_or(KeyError::NotAValue),
        _ => Err(KeyError::NotOrdered),
    }
}

fn signed(value: i64) -> u128 {
    u128::from(value.cast_unsigned() ^ (1 << 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_of_apple_are_in_order_and_written_as_they_are_read() {
        let builds = ["9A1", "20E772520", "20E772520a", "20F66", "21A329"];
        let keys = builds.map(|text| ordered_key(&Kind::Version, text).unwrap());
        assert!(keys.is_sorted() && keys[0] < keys[1], "{keys:?}");
        for text in builds {
            assert_eq!(
                Version::parse_build(text).unwrap().build_text().unwrap(),
                text
            );
        }
        for text in [
            "",
            "A1",
            "21A",
            "21a329",
            "21A329B",
            "21A329ab",
            "21\u{c9}1",
            "4294967296A1",
        ] {
            assert_eq!(Version::parse_build(text), None, "{text}");
        }
        assert_eq!(Version([10, 0, 1, 0]).build_text(), None);
    }

    #[test]
    fn keys_keep_the_order_of_every_ordered_type() {
        let integer = Kind::Integer {
            min: i64::MIN,
            max: i64::MAX,
        };
        let rows: [(&Kind, &[&str]); 4] = [
            (
                &integer,
                &[
                    "-9223372036854775808",
                    "-1",
                    "0",
                    "1",
                    "9223372036854775807",
                ],
            ),
            (
                &Kind::Decimal,
                &["-10", "-0.5", "0", "0.000000001", "2.5", "10"],
            ),
            (
                &Kind::Version,
                &["0", "6.1", "10.0", "10.0.9", "10.0.65536", "10.1", "11"],
            ),
            (&Kind::DateTime, &["-5", "0", "1700000000000"]),
        ];
        for (kind, texts) in rows {
            let keys: Vec<u128> = texts
                .iter()
                .map(|t| ordered_key(kind, t).unwrap())
                .collect();
            assert!(keys.is_sorted_by(|a, b| a < b), "{kind:?}");
        }
        assert_eq!(
            ordered_key(&Kind::Version, "10.0"),
            ordered_key(&Kind::Version, "10.0.0.0")
        );
    }

    #[test]
    fn decimals_keep_every_digit() {
        let rows = [
            ("2.5", 2_500_000_000),
            ("-0.000000001", -1),
            ("0.123456789", 123_456_789),
            ("999999999999999999", 999_999_999_999_999_999_000_000_000),
        ];
        for (text, units) in rows {
            assert_eq!(Decimal::parse(text), Some(Decimal(units)), "{text}");
        }
        // A sign within, a part without digits, more digits than there is room for.
        let refused = "+5 1.+5 .5 5. -- 9999999999999999999 0.0000000001 0.00000000001 1e3";
        for text in refused.split(' ') {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let small = Kind::Integer { min: 0, max: 9 };
        assert_eq!(ordered_key(&small, "10"), Err(KeyError::OutOfBounds));
        assert_eq!(
            ordered_key(&Kind::Version, "1.2.3.4.5"),
            Err(KeyError::NotAValue)
        );
        assert_eq!(
            ordered_key(&Kind::Version, "1..2"),
            Err(KeyError::NotAValue)
        );
        assert_eq!(Version::parse("1.+2", 2), None);
        assert_eq!(ordered_key(&Kind::Decimal, "1e3"), Err(KeyError::NotAValue));
        assert_eq!(ordered_key(&Kind::String, "1"), Err(KeyError::NotOrdered));
    }
}
