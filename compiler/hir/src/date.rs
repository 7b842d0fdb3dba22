//! Days of the calendar, for `@expires`. The caller says which one is today.

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
        // Years start in March here, so that the leap day is the last one.
        let shifted = self.days + 719_468;
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
        write!(f, "{year:04}-{month:02}-{day:02}")
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
