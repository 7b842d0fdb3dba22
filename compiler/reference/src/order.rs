//! Values with an order, as numbers that keep it; addresses likewise.
//!
//! SEMANTICS: §3.4, §3.5

use std::net::IpAddr;

/// The number of a whole number, of milliseconds or of seconds.
pub(crate) fn of_integer(value: i64) -> u128 {
    let shifted = i128::from(value) - i128::from(i64::MIN);
    shifted.unsigned_abs()
}

/// The whole number that [`of_integer`] made this number of.
pub(crate) fn to_integer(number: u128) -> i128 {
    let number = i128::try_from(number).unwrap_or(i128::MAX);
    number.saturating_add(i128::from(i64::MIN))
}

/// The number of a decimal: up to nine digits after the point, eighteen before it.
pub(crate) fn of_decimal(text: &str) -> Option<u128> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if !is_digits(whole) || !is_digits(fraction) || whole.len() > 18 || fraction.len() > 9 {
        return None;
    }
    let units: u128 = format!("{whole}{fraction:0<9}").parse().ok()?;
    let zero = 1u128 << 127;
    if is_negative {
        zero.checked_sub(units)
    } else {
        zero.checked_add(units)
    }
}

/// The number of a version: one to four numbers with dots, or a build of Apple.
pub(crate) fn of_version(text: &str) -> Option<u128> {
    if let Some(build) = of_build(text) {
        return Some(build);
    }
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() > 4 {
        return None;
    }
    let mut number = 0u128;
    for at in 0..4 {
        let part: u32 = match parts.get(at) {
            Some(part) if is_digits(part) => part.parse().ok()?,
            Some(_) => return None,
            None => 0,
        };
        number = number * (1 << 32) + u128::from(part);
    }
    Some(number)
}

/// The number of a build such as `22E252` or `20E772520a`, each part in 32 bits.
fn of_build(text: &str) -> Option<u128> {
    let letter = text.find(|c: char| c.is_ascii_uppercase())?;
    let (major, rest) = (text.get(..letter)?, text.get(letter..)?);
    let bytes = rest.as_bytes();
    let place = |first: u8, byte: u8| u128::from(byte - first + 1);
    let (number, suffix) = match bytes.last()? {
        last @ b'a'..=b'z' => (rest.get(1..rest.len() - 1)?, place(b'a', *last)),
        _ => (rest.get(1..)?, 0),
    };
    if !is_digits(major) || !is_digits(number) {
        return None;
    }
    let (major, number): (u32, u32) = (major.parse().ok()?, number.parse().ok()?);
    let letter = place(b'A', *bytes.first()?);
    Some((u128::from(major) << 96) | (letter << 64) | (u128::from(number) << 32) | suffix)
}

/// The number of an address; IPv4 addresses stand where IPv6 maps them.
pub(crate) fn of_address(text: &str) -> Option<u128> {
    match text.parse().ok()? {
        IpAddr::V6(address) => Some(address.to_bits()),
        IpAddr::V4(address) => Some(0xffff_0000_0000 + u128::from(address.to_bits())),
    }
}

/// Milliseconds since 1970 of an RFC 3339 text; finer fractions are cut off.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let mut rest = Reader { rest: text };
    let year = rest.digits(4)?;
    rest.one_of("-")?;
    let month = rest.digits(2)?;
    rest.one_of("-")?;
    let day = rest.digits(2)?;
    rest.one_of("Tt")?;
    let hour = rest.digits(2)?;
    rest.one_of(":")?;
    let minute = rest.digits(2)?;
    rest.one_of(":")?;
    let second = rest.digits(2)?;
    let millisecond = if rest.one_of(".").is_some() {
        rest.fraction()?
    } else {
        0
    };
    let offset = match rest.one_of("Zz+-")? {
        sign @ ('+' | '-') => {
            let hours = rest.digits(2)?;
            rest.one_of(":")?;
            let minutes = rest.digits(2)?;
            if hours > 23 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            if sign == '-' { -minutes } else { minutes }
        }
        _ => 0,
    };
    if !rest.rest.is_empty() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_since_1970(year, month, day)?;
    let seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
    Some(seconds * 1000 + millisecond)
}

/// Seconds of an ISO 8601 duration made of weeks, or of days, hours, minutes and seconds.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let mut rest = Reader { rest: text };
    rest.one_of("P")?;
    let mut total: i64 = 0;
    let mut is_in_time = false;
    let mut last_rank = 0;
    let mut has_part = false;
    while !rest.rest.is_empty() {
        if !is_in_time && rest.one_of("T").is_some() {
            is_in_time = true;
        }
        let count = rest.number()?;
        let (rank, length) = match (is_in_time, rest.one_of("WDHMS")?) {
            (false, 'W') if last_rank == 0 => (9, 604_800),
            (false, 'D') => (2, 86_400),
            (true, 'H') => (3, 3_600),
            (true, 'M') => (4, 60),
            (true, 'S') => (5, 1),
            _ => return None,
        };
        if rank <= last_rank {
            return None;
        }
        last_rank = rank;
        has_part = true;
        total = total.checked_add(count.checked_mul(length)?)?;
    }
    has_part.then_some(total)
}

/// Days from 1970-01-01 to a day that exists, counted month by month.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length_of = |month: i64| match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || day < 1 || day > length_of(month) {
        return None;
    }
    // Leap days from year 1 to the year before this one.
    let leap_days = |year: i64| {
        let before = year - 1;
        before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400)
    };
    let whole_years = (year - 1970) * 365 + leap_days(year) - leap_days(1970);
    let whole_months: i64 = (1..month).map(length_of).sum();
    Some(whole_years + whole_months + day - 1)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_digit())
}

/// What is left of a text.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// The next character, if it is one of these.
    fn one_of(&mut self, characters: &str) -> Option<char> {
        let next = self
            .rest
            .chars()
            .next()
            .filter(|next| characters.contains(*next))?;
        self.rest = self.rest.strip_prefix(next)?;
        Some(next)
    }

    /// A number of exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        if is_digits(digits) {
            digits.parse().ok()
        } else {
            None
        }
    }

    /// A number of any length.
    fn number(&mut self) -> Option<i64> {
        let end = self
            .rest
            .find(|next: char| !next.is_ascii_digit())
            .unwrap_or(self.rest.len());
        self.digits(end)
    }

    /// Milliseconds of the digits after a point.
    fn fraction(&mut self) -> Option<i64> {
        let end = self
            .rest
            .find(|next: char| !next.is_ascii_digit())
            .unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        if !is_digits(digits) {
            return None;
        }
        let padded = format!("{digits}00");
        padded.get(..3)?.parse().ok()
    }
}
