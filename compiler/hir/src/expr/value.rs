//! Literals to values: each is read as the type of the attribute that it is compared with.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Name, Operand, Quote, Text};
use gatewright_value::{KeyError, Kind, fold, folded_eq, ordered_key, parse_date_time};

use super::ExprLowering;
use super::compare::object_kind;
use super::lookup::Found;
use crate::countries::no_such_country;
use crate::problems::{dialects, expressions as problem, values};
use crate::rule::ATTRIBUTE_RULE_DIALECT;
use crate::schema::Stance;

impl ExprLowering<'_, '_> {
    /// A folded text of a type that is compared as text; `None` after reporting.
    pub(super) fn text_value(
        &mut self,
        left: Span,
        found: Found<'_>,
        kind: &Kind,
        operand: &Operand,
    ) -> Option<String> {
        let span = operand.span();
        let text = match operand {
            Operand::Text(text) => {
                self.check_quotes(text);
                if self.cx.dialect.is_trimmed {
                    text.value.trim_matches(' ').to_owned()
                } else {
                    text.value.clone()
                }
            }
            Operand::Path { words, .. } => match words.as_slice() {
                [word] => {
                    let value = self.word_value(found, kind, word)?;
                    if *kind == Kind::Guid {
                        // A declared name; a location may have no id but its name.
                        return Some(fold(&value).into_owned());
                    }
                    value
                }
                _ => {
                    self.problems
                        .push(problem::two_attributes(span, found.name));
                    return None;
                }
            },
            Operand::Literal(literal) => {
                let is_id = !self.cx.is_filter() && *kind == Kind::Guid;
                if !is_id {
                    let problem = self.unquoted(literal.span, &literal.text);
                    self.problems.push(problem);
                    return None;
                }
                literal.text.clone()
            }
            Operand::List { .. } => {
                self.problems.push(values::nested_list(span));
                return None;
            }
            Operand::Offset { .. } => {
                self.problems.push(values::wrong_type(
                    span,
                    found.name,
                    kind,
                    "a point in time",
                ));
                return None;
            }
        };
        self.check_text(left, found, kind, span, &text)?;
        if let (Some(of), Some(symbols)) = (found.attribute.enumeration, self.cx.symbols) {
            let references = symbols.references();
            references.note_member(self.cx.schema, span, (of, &text));
        }
        Some(fold(&text).into_owned())
    }

    /// Whether the text is a value of the type.
    fn check_text(
        &mut self,
        left: Span,
        found: Found<'_>,
        kind: &Kind,
        span: Span,
        text: &str,
    ) -> Option<()> {
        if text.is_empty() {
            self.problems.push(values::empty_text(
                span,
                found.name,
                !self.cx.dialect.has_null,
            ));
            return None;
        }
        match kind {
            Kind::Enumeration { members, .. }
                if !members.iter().any(|member| folded_eq(member, text)) =>
            {
                let enumeration = self.enumeration_name(found);
                let unknown = values::UnknownMember {
                    attribute: found.name,
                    left,
                    span,
                    written: text,
                    members,
                    enumeration: &enumeration,
                };
                self.problems.push(unknown.diagnostic());
                return None;
            }
            Kind::Guid if !is_guid(text) => {
                self.problems
                    .push(values::not_a_guid(span, found.name, text));
            }
            Kind::Country if !is_country(text) => {
                self.problems.push(values::not_a_country(span, text));
                return None;
            }
            Kind::Country => self.problems.extend(no_such_country(span, text)),
            _ => {}
        }
        Some(())
    }

    fn enumeration_name(&self, found: Found<'_>) -> String {
        let index = found.attribute.enumeration.map(|at| at as usize);
        let known = index.and_then(|at| self.cx.schema.enumerations.get(at));
        known.map_or_else(String::new, |e| e.name.clone())
    }

    /// A filter over custom security attributes knows no Booleans and numbers, in quotes or not.
    fn unquoted(&self, span: Span, written: &str) -> Diagnostic {
        let is_boolean = ["true", "false"]
            .iter()
            .any(|word| written.eq_ignore_ascii_case(word));
        let is_number = written.bytes().all(|b| b.is_ascii_digit());
        if self.cx.dialect.name == ATTRIBUTE_RULE_DIALECT && (is_boolean || is_number) {
            values::only_texts(span, written, is_boolean)
        } else {
            values::unquoted(span, written)
        }
    }

    /// A value without quotes: a member of an enumeration, a country, the name of an object.
    fn word_value(&mut self, found: Found<'_>, kind: &Kind, word: &Name) -> Option<String> {
        if self.cx.is_filter() {
            let problem = self.unquoted(word.span, &word.text);
            self.problems.push(problem);
            return None;
        }
        if self.cx.schema.is_entra
            && let Some(object) = object_kind(&found.attribute.name)
        {
            return self.object_id(object, word);
        }
        match kind {
            Kind::Enumeration { .. } | Kind::Country => Some(word.text.clone()),
            _ => {
                self.problems.push(values::unquoted(word.span, &word.text));
                None
            }
        }
    }

    /// The number of a value of an ordered type; `None` after reporting.
    pub(super) fn ordered_value(&mut self, found: Found<'_>, operand: &Operand) -> Option<u128> {
        let kind = &found.attribute.kind;
        let text = match operand {
            Operand::Literal(literal) => literal.text.clone(),
            Operand::Text(text) => {
                self.check_quotes(text);
                text.value.clone()
            }
            other => {
                let problem = values::wrong_type(other.span(), found.name, kind, "no such value");
                self.problems.push(problem);
                return None;
            }
        };
        let canonical = match kind {
            Kind::DateTime => date_time_ms(&text).map(|ms| ms.to_string()),
            Kind::Duration => duration_seconds(&text).map(|s| s.to_string()),
            Kind::Version => {
                let text = text.trim_matches(' ');
                let parts = text.split('.').count();
                let has_enough = parts >= self.cx.dialect.version_parts_min;
                has_enough.then(|| text.to_owned())
            }
            _ => Some(text.clone()),
        };
        let key = canonical
            .ok_or(KeyError::NotAValue)
            .and_then(|canonical| ordered_key(kind, &canonical));
        match key {
            Ok(key) => Some(key),
            Err(error) => {
                let problem = values::not_a_value(operand.span(), found.name, kind, &text, error);
                self.problems.push(problem);
                None
            }
        }
    }

    /// Whether the dialect has the quotes of a text.
    pub(super) fn check_quotes(&mut self, text: &Text) {
        if text.quote != Quote::Single {
            return;
        }
        match self.cx.dialect.spelling.single_quotes {
            Stance::Accepted => {}
            Stance::Warned => self.problems.push(values::single_quotes(text)),
            Stance::Refused => {
                let problem = dialects::refused_quotes(text, &self.cx.dialect.name);
                self.problems.push(problem);
                self.is_broken = true;
            }
        }
    }
}

/// Whether a text has the shape of a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut parts = text.split('-');
    let is_part =
        |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit());
    lengths
        .iter()
        .all(|length| parts.next().is_some_and(|part| is_part(part, *length)))
        && parts.next().is_none()
}

/// Whether a text is two letters.
pub(crate) fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// `4 hours` as seconds.
pub(crate) fn duration_seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let number: i64 = number.parse().ok()?;
    let unit = unit.trim().to_ascii_lowercase();
    let seconds = match unit.strip_suffix('s').unwrap_or(&unit) {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 604_800,
        _ => return None,
    };
    number.checked_mul(seconds)
}

/// `2026-11-22`, `2026-11-22T09:00:00Z`, `2026-11-22 10:00+01:00` as milliseconds since 1970; without
/// an offset it is UTC.
pub(crate) fn date_time_ms(text: &str) -> Option<i64> {
    let Some((date, time)) = text.split_once(['T', 't', ' ']) else {
        return parse_date_time(&format!("{text}T00:00:00Z"));
    };
    let at = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, offset) = time.split_at_checked(at)?;
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    let offset = if offset.is_empty() { "Z" } else { offset };
    parse_date_time(&format!("{date}T{clock}{seconds}{offset}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_offsets() {
        assert_eq!(date_time_ms("1970-01-01"), Some(0));
        assert_eq!(
            date_time_ms("2026-11-22T09:00:00Z"),
            Some(1_795_338_000_000)
        );
        assert_eq!(
            date_time_ms("2026-11-22T10:00:00.25+01:00"),
            Some(1_795_338_000_250)
        );
        assert_eq!(date_time_ms("2024-02-29"), Some(1_709_164_800_000));
        assert_eq!(date_time_ms("2024-02-29 01:00"), Some(1_709_168_400_000));
        let west = date_time_ms("2024-02-29t01:00:00.5-00:30");
        assert_eq!(west, Some(1_709_170_200_500));
        assert_eq!(date_time_ms("1969-12-31T23:59:59Z"), Some(-1_000));
        for wrong in [
            "2023-02-29",
            "2026-13-01",
            "2026-1-1",
            "yesterday",
            "2026-11-22T25:00:00Z",
            "2026-11-22T",
            "2026-11-22T09:00Z+01:00",
            "2026-11-22T0900",
            "é026-11-22",
        ] {
            assert_eq!(date_time_ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(duration_seconds("4 hours"), Some(14_400));
        assert_eq!(duration_seconds("1 day"), Some(86_400));
        assert_eq!(duration_seconds("4"), None);
        assert_eq!(duration_seconds("9223372036854775807 weeks"), None);
    }

    #[test]
    fn guids_have_five_parts() {
        assert!(is_guid("0000000a-0000-0000-c000-000000000000"));
        assert!(!is_guid("0000000a-0000-0000-c000"));
        assert!(!is_guid("xxxxxxxx-0000-0000-c000-000000000000"));
    }
}
