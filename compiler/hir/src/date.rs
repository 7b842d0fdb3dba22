//! Days of the calendar, for `@expires`. The caller says which one is today.

use gatewright_value::format_date;

use crate::expr::date_time_ms;

const DAY_MS: i64 = 86_400_000;

/// A day, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    /// Days since 1970-01-01.
    days: i64,
}

impl Date {
    /// Read `2027-01-01`; nothing else is a day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Date> {
        let is_day = text.len() == 10;
        is_day
            .then(|| date_time_ms(text))
            .flatten()
            .map(Date::from_ms)
    }

    /// The day of a time in milliseconds since 1970.
    #[must_use]
    pub fn from_ms(ms: i64) -> Date {
        Date {
            days: ms.div_euclid(DAY_MS),
        }
    }

    /// How many days after `earlier` it is.
    #[must_use]
    pub fn days_after(self, earlier: Date) -> i64 {
        self.days - earlier.days
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format_date(self.days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_they_are_read() {
        for text in [
            "1970-01-01",
            "2024-02-29",
            "2026-12-31",
            "2027-03-01",
            "1969-12-31",
        ] {
            assert_eq!(Date::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["2026-1-1", "2026-02-30", "2026-01-01T00:00:00Z", "tomorrow"] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }
}
