//! Instants and lengths of time, as texts and as numbers.
//!
//! RFC 3339 date-times, without leap seconds, and ISO 8601 durations of weeks, or of days, hours,
//! minutes and seconds: years and months have no fixed length. There is no clock here.

use crate::ordered::number_key;

const DAY_MS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z of an RFC 3339 date-time: `2026-11-22T09:00:00Z`,
/// `2026-11-22t10:00:00.5+01:00`. `None` where the text is none.
#[must_use]
pub fn parse_date_time(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else {
        return None;
    };
    let year = number(&[*y1, *y2, *y3, *y4])?;
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let (time, rest) = rest.split_at_checked(9)?;
    let [b'T' | b't', h1, h2, b':', n1, n2, b':', s1, s2] = time else {
        return None;
    };
    let (hour, minute) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?);
    let second = number(&[*s1, *s2])?;
    let is_date = (1..=12).contains(&month) && (1..=month_days(year, month)).contains(&day);
    if !is_date || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (milliseconds, zone) = fraction(rest)?;
    let offset_minutes = zone_minutes(zone)?;
    let minutes = (days_from_epoch(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
    Some(minutes * 60_000 + second * 1000 + milliseconds)
}

/// The [`ordered_key`](crate::ordered_key) of an instant in milliseconds since
/// 1970-01-01T00:00:00Z.
#[must_use]
pub fn date_time_key(milliseconds: i64) -> u128 {
    number_key(milliseconds)
}

/// A length of time in seconds as an ISO 8601 duration, after a sign where it is negative.
#[must_use]
pub fn format_duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    format!("{sign}PT{}S", seconds.unsigned_abs())
}

/// An instant as an RFC 3339 date-time in UTC, with as many digits after the second as it needs.
#[must_use]
pub fn format_date_time(milliseconds: i64) -> String {
    let date = format_date(milliseconds.div_euclid(DAY_MS));
    let of_day = milliseconds.rem_euclid(DAY_MS);
    let (seconds, fraction) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if fraction == 0 {
        String::new()
    } else {
        format!(".{fraction:03}")
    };
    format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The date of a day that is counted from 1970-01-01: `2026-11-22`.
#[must_use]
pub fn format_date(days: i64) -> String {
    // Years start in March here, so that the leap day is the last one.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The [`ordered_key`](crate::ordered_key) of a duration in seconds.
#[must_use]
pub fn duration_key(seconds: i64) -> u128 {
    number_key(seconds)
}

/// Seconds of an ISO 8601 duration in weeks, or in days, hours, minutes and seconds: `PT4H`,
/// `P1DT12H`, `P2W`. `None` where the text is none.
#[must_use]
pub fn parse_duration(text: &str) -> Option<i64> {
    let text = text.strip_prefix('P')?;
    if let Some(weeks) = text.strip_suffix('W') {
        return count(weeks)?.checked_mul(604_800);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return None,
        None if text.is_empty() => return None,
        None => (text, ""),
    };
    let days = units(date, &[('D', 86_400)])?;
    days.checked_add(units(time, &[('H', 3600), ('M', 60), ('S', 1)])?)
}

/// Numbers with units, each unit at most once and in this order.
fn units(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0i64;
    for (unit, seconds) in units {
        let Some((digits, after)) = rest.split_once(*unit) else {
            continue;
        };
        sum = sum.checked_add(count(digits)?.checked_mul(*seconds)?)?;
        rest = after;
    }
    rest.is_empty().then_some(sum)
}

/// A whole number without a sign.
fn count(digits: &str) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// Milliseconds of the digits after the point, finer ones dropped, and what follows.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else {
        return Some((0, text));
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (digits, rest) = digits.split_at_checked(count)?;
    let mut first = digits.iter().chain(b"00").take(3);
    let milliseconds = first.try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    });
    let milliseconds = milliseconds.filter(|_| count > 0)?;
    Some((milliseconds, rest))
}

fn zone_minutes(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        [b'Z' | b'z'] => return Some(0),
        [b'+', h1, h2, b':', m1, m2] => (1, [*h1, *h2], [*m1, *m2]),
        [b'-', h1, h2, b':', m1, m2] => (-1, [*h1, *h2], [*m1, *m2]),
        _ => return None,
    };
    let (hours, minutes) = (number(&hours)?, number(&minutes)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 of a date of the Gregorian calendar.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let leaps = |year: i64| {
        (year + 3).div_euclid(4) - (year + 99).div_euclid(100) + (year + 399).div_euclid(400)
    };
    let years_before = |year: i64| year * 365 + leaps(year);
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let place = usize::try_from(month - 1).unwrap_or_default();
    let months = BEFORE.get(place).copied().unwrap_or_default();
    let leap_day = i64::from(month > 2 && is_leap(year));
    years_before(year) - years_before(1970) + months + leap_day + day - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times_become_milliseconds() {
        let rows = [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.5Z", -500),
            ("2000-03-01T00:00:00Z", 951_868_800_000),
            ("2026-11-22T09:00:00Z", 1_795_338_000_000),
            ("2026-11-22t10:00:00.1239+01:00", 1_795_338_000_123),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_date_time(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn instants_are_written_as_they_are_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "2000-02-29T12:00:00Z",
            "2024-12-31T00:00:00.250Z",
            "2100-03-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
        ] {
            assert_eq!(format_date_time(parse_date_time(text).unwrap()), text);
        }
        assert_eq!(format_date_time(i64::MAX), "292278994-08-17T07:12:55.807Z");
    }

    #[test]
    fn keys_are_those_of_the_texts() {
        use crate::{Kind, key_number, ordered_key};
        for number in [i64::MIN, -1, 0, 1, 1_795_338_000_123, i64::MAX] {
            let text = number.to_string();
            assert_eq!(
                ordered_key(&Kind::DateTime, &text),
                Ok(date_time_key(number))
            );
            assert_eq!(
                ordered_key(&Kind::Duration, &text),
                Ok(duration_key(number))
            );
            assert_eq!(key_number(date_time_key(number)), number);
        }
    }

    #[test]
    fn what_is_no_date_time_is_refused() {
        let rows = [
            "",
            "2026-11-22",
            "2026-11-22T09:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2016-12-31T23:59:60Z",
            "2026-11-22 09:00:00Z",
            "2026-11-22T09:00:00.Z",
            "2026-11-22T09:00:00+0100",
            "2026-11-22T09:00:00Zz",
            "+026-11-22T09:00:00Z",
            "2026-11-2２T09:00:00Z",
        ];
        for text in rows {
            assert_eq!(parse_date_time(text), None, "{text}");
        }
    }

    #[test]
    fn durations_become_seconds() {
        let rows = [
            ("PT4H", Some(14_400)),
            ("P1DT12H", Some(129_600)),
            ("-PT30S", None),
            ("P1W2D", None),
            ("P1DT", None),
            ("P1DT2M3S", Some(86_523)),
            ("P2W", Some(1_209_600)),
            ("PT0S", Some(0)),
            ("P", None),
            ("PT", None),
            ("P1Y", None),
            ("P1M", None),
            ("PT1.5S", None),
            ("4H", None),
            ("PT1S1M", None),
            ("P99999999999999999999D", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }
}
