//! Values as requests write them.

use std::net::Ipv6Addr;

use gatewright_hir::Date;
use gatewright_hir::model::Control;
use gatewright_value::{Decimal, Kind, folded_eq};
use serde_json::{Value, json};

use crate::facts::Fact;

/// How a request writes a value of this type; `None` where there is no value.
pub(crate) fn written(kind: &Kind, fact: &Fact) -> Option<Value> {
    Some(match fact {
        Fact::Unknown | Fact::Null => return None,
        Fact::Boolean(value) => json!(value),
        Fact::Text(text) => json!(canonical(kind, text)),
        Fact::Key(key) => match kind {
            Kind::Integer { .. } | Kind::Duration => json!(signed(*key)?),
            _ => json!(key_text(kind, *key)?),
        },
        Fact::Elements(elements) => {
            let element = match kind {
                Kind::Set(element) => element,
                kind => kind,
            };
            let texts = elements.iter().map(|text| canonical(element, text));
            json!(texts.collect::<Vec<_>>())
        }
        Fact::Records(records) => json!(records),
    })
}

/// A text in the spelling of its type: members of enumerations as the schema has them, countries
/// in capitals.
pub(crate) fn canonical(kind: &Kind, text: &str) -> String {
    match kind {
        Kind::Enumeration { members, .. } => {
            let member = members.iter().find(|member| folded_eq(member, text));
            member.map_or_else(|| text.to_owned(), Clone::clone)
        }
        Kind::Country => text.to_ascii_uppercase(),
        _ => text.to_owned(),
    }
}

/// The number of the key of a whole number, an instant or a length of time.
fn signed(key: u128) -> Option<i64> {
    Some(u64::try_from(key).ok()?.cast_signed() ^ i64::MIN)
}

/// The text of a key; `None` where a value of this type has none.
pub(crate) fn key_text(kind: &Kind, key: u128) -> Option<String> {
    match kind {
        Kind::Address => {
            let address = Ipv6Addr::from(key);
            let short = address.to_ipv4_mapped().map(|v4| v4.to_string());
            Some(short.unwrap_or_else(|| address.to_string()))
        }
        Kind::Integer { .. } | Kind::Duration => Some(signed(key)?.to_string()),
        Kind::DateTime => Some(instant_text(signed(key)?)),
        Kind::Decimal => Some(decimal_text(key)),
        Kind::Version => {
            let part = |shift: u32| ((key >> shift) & u128::from(u32::MAX)).to_string();
            let parts = [96, 64, 32, 0].map(part);
            // Two parts at least, and no more than say something.
            let said = parts.iter().rposition(|part| part != "0").unwrap_or(0);
            let shown = parts.get(..=said.max(1)).unwrap_or(&parts);
            Some(shown.join("."))
        }
        _ => None,
    }
}

/// An instant in milliseconds since 1970 as RFC 3339 text in UTC.
pub(crate) fn instant_text(ms: i64) -> String {
    let of_day = ms.rem_euclid(86_400_000);
    let (seconds, fraction) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if fraction == 0 {
        String::new()
    } else {
        format!(".{fraction:03}")
    };
    let day = Date::from_ms(ms);
    format!("{day}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Units of 10⁻⁹, without zeros at the end.
fn decimal_text(key: u128) -> String {
    let units = (key ^ (1 << 127)).cast_signed();
    let one = 10_u128.pow(Decimal::DIGITS);
    let (sign, size) = (if units < 0 { "-" } else { "" }, units.unsigned_abs());
    let digits = Decimal::DIGITS as usize;
    let fraction = format!("{:0digits$}", size % one);
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{}", size / one),
        fraction => format!("{sign}{}.{fraction}", size / one),
    }
}

/// Whether two controls are one, whatever the case of their ids.
pub(super) fn is_same_control(one: &Control, other: &Control) -> bool {
    match (one, other) {
        (Control::Strength(one), Control::Strength(other))
        | (Control::Terms(one), Control::Terms(other))
        | (Control::Custom(one), Control::Custom(other)) => folded_eq(one, other),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use gatewright_value::ordered_key;

    use super::*;

    #[test]
    fn keys_are_written_as_they_are_read() {
        let integer = Kind::Integer { min: -9, max: 9 };
        for (kind, texts) in [
            (integer, ["-9", "0", "9"]),
            (Kind::Duration, ["-60", "0", "86400"]),
            (Kind::Decimal, ["-10.5", "0.000000001", "7.25"]),
            (Kind::Version, ["0.0", "10.0.26100.1", "10.1"]),
        ] {
            for text in texts {
                let key = ordered_key(&kind, text).unwrap();
                assert_eq!(key_text(&kind, key).as_deref(), Some(text));
            }
        }
        assert_eq!(instant_text(1_795_338_000_000), "2026-11-22T09:00:00Z");
        assert_eq!(instant_text(-1), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn members_and_countries_have_the_spelling_of_their_types() {
        let kind = Kind::Enumeration {
            members: vec!["iOS".to_owned()],
            is_open: true,
        };
        assert_eq!(canonical(&kind, "ios"), "iOS");
        assert_eq!(canonical(&kind, "beos"), "beos");
        assert_eq!(canonical(&Kind::Country, "nl"), "NL");
    }
}
