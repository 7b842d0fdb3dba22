//! Values with an order, as numbers that keep it.
//!
//! A decision needs to know only between which constants a value lies. Every ordered type is
//! therefore mapped to `u128` by a function that keeps order and equality: [`ordered_key`]. What a key
//! stands for, [`ordered_text`] writes.

use std::fmt;
use std::net::Ipv6Addr;

use crate::Kind;
use crate::time::format_date_time;

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

    fn of_key(key: u128) -> Version {
        let mut parts = [0; 4];
        for (part, bytes) in parts.iter_mut().zip(key.to_be_bytes().as_chunks().0) {
            *part = u32::from_be_bytes(*bytes);
        }
        Version(parts)
    }
}

/// Two parts at least, and no more than say something: `10.0`, `10.0.22631`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.0.iter().rposition(|part| *part != 0).unwrap_or(0);
        for (at, part) in self.0.iter().take(said.max(1) + 1).enumerate() {
            let point = if at == 0 { "" } else { "." };
            write!(f, "{point}{part}")?;
        }
        Ok(())
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

/// Without zeros at the end: `-10.5`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10u128.pow(Self::DIGITS);
        let (sign, size) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let digits = Self::DIGITS as usize;
        let fraction = format!("{:0digits$}", size % one);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{}", size / one),
            fraction => write!(f, "{sign}{}.{fraction}", size / one),
        }
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
/// here: [`parse_date_time`](crate::parse_date_time) reads calendars.
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
                Ok(number_key(value))
            }
        }
        Kind::DateTime | Kind::Duration => text
            .parse()
            .map(number_key)
            .map_err(|_| KeyError::NotAValue),
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

/// The value of a key as a text: date-times as RFC 3339, durations as whole seconds, addresses too.
/// `None` where the values of the type have no keys.
#[must_use]
pub fn ordered_text(kind: &Kind, key: u128) -> Option<String> {
    match kind {
        Kind::Address => {
            let address = Ipv6Addr::from(key);
            let short = address.to_ipv4_mapped().map(|v4| v4.to_string());
            Some(short.unwrap_or_else(|| address.to_string()))
        }
        Kind::Integer { .. } | Kind::Duration => Some(key_number(key).to_string()),
        Kind::DateTime => Some(format_date_time(key_number(key))),
        Kind::Decimal => Some(Decimal((key ^ (1 << 127)).cast_signed()).to_string()),
        Kind::Version => Some(Version::of_key(key).to_string()),
        _ => None,
    }
}

/// The [`ordered_key`] of a whole number, an instant or a duration, without a text in between.
pub(crate) fn number_key(number: i64) -> u128 {
    u128::from(number.cast_unsigned() ^ (1 << 63))
}

/// The number of the key of a whole number, an instant or a duration; the greatest one where there
/// is no such key.
#[must_use]
pub fn key_number(key: u128) -> i64 {
    u64::try_from(key).unwrap_or(u64::MAX).cast_signed() ^ i64::MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_as_they_are_read() {
        let integer = Kind::Integer { min: -9, max: 9 };
        for (kind, texts) in [
            (integer, ["-9", "0", "9"]),
            (Kind::Duration, ["-60", "0", "86400"]),
            (Kind::Decimal, ["-10.5", "0.000000001", "7"]),
            (Kind::Version, ["0.0", "10.0.26100.1", "10.1"]),
        ] {
            for text in texts {
                let key = ordered_key(&kind, text).unwrap();
                assert_eq!(ordered_text(&kind, key).as_deref(), Some(text));
            }
        }
        for text in ["192.0.2.7", "2001:db8::1"] {
            let key = crate::address_key(text.parse().unwrap());
            assert_eq!(ordered_text(&Kind::Address, key).as_deref(), Some(text));
        }
        assert_eq!(ordered_text(&Kind::Country, 7), None);
    }

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
