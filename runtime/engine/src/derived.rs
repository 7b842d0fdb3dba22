//! Facts that no request gives: they follow from others.

use gatewright_bytecode::Program;
use gatewright_value::{duration_key, key_number};
use gatewright_vm::{Fact, Facts};

/// The attributes that are the difference of two date-times, by number, with what follows for them.
pub(crate) fn differences(program: &Program, facts: &Facts<'_>) -> Vec<(u32, Fact<'static>)> {
    let rows = program.differences.iter().map(|row| {
        let (minuend, subtrahend) = (facts.at(row.minuend), facts.at(row.subtrahend));
        (row.attribute, difference(minuend, subtrahend))
    });
    rows.collect()
}

/// The time from the second instant to the first, in whole seconds rounded down. Null less anything
/// is null, whatever that is.
fn difference(minuend: &Fact<'_>, subtrahend: &Fact<'_>) -> Fact<'static> {
    match (minuend, subtrahend) {
        (Fact::Null, _) | (_, Fact::Null) => Fact::Null,
        (Fact::Ordered(minuend), Fact::Ordered(subtrahend)) => {
            let milliseconds =
                i128::from(key_number(*minuend)) - i128::from(key_number(*subtrahend));
            let seconds = milliseconds.div_euclid(1000);
            let seconds = seconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
            Fact::Ordered(duration_key(i64::try_from(seconds).unwrap_or_default()))
        }
        _ => Fact::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewright_value::date_time_key;

    #[test]
    fn differences_are_rounded_down_and_null_wins() {
        let at = |milliseconds| Fact::Ordered(date_time_key(milliseconds));
        let seconds = |seconds| Fact::Ordered(duration_key(seconds));
        let rows = [
            (at(90_000), at(0), seconds(90)),
            (at(1999), at(0), seconds(1)),
            (at(0), at(1), seconds(-1)),
            (at(0), at(90_000), seconds(-90)),
            (at(i64::MAX), at(i64::MIN), seconds(18_446_744_073_709_551)),
            (Fact::Null, Fact::Unknown, Fact::Null),
            (Fact::Unknown, Fact::Null, Fact::Null),
            (Fact::Unknown, at(0), Fact::Unknown),
        ];
        for (minuend, subtrahend, expected) in rows {
            assert_eq!(difference(&minuend, &subtrahend), expected, "{minuend:?}");
        }
        assert!(duration_key(-90) < duration_key(-1) && duration_key(-1) < duration_key(0));
    }
}
