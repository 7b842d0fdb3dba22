//! Terms to values: each is read as the type of the attribute that it is a fact about.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{ObjectKind, Term};
use gatewright_value::{KeyError, Kind, folded_eq, ordered_key, parse_address};

use super::cursor::Cursor;
use super::requests::Value;
use crate::expr::{date_time_ms, duration_seconds, is_country};
use crate::objects::resolve;
use crate::policy::PolicyCx;
use crate::problems::scenarios as problem;

/// What values are read with.
pub(super) struct Values<'a, 'p> {
    pub(super) cx: PolicyCx<'a>,
    pub(super) problems: &'p mut Vec<Diagnostic>,
}

/// What a value is for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The fact, as it is written.
    pub(super) fact: &'a str,
    pub(super) kind: &'a Kind,
    pub(super) is_optional: bool,
    /// The kind of object that the value names.
    pub(super) object: Option<ObjectKind>,
}

impl Values<'_, '_> {
    /// The next value; `None` after reporting.
    pub(super) fn read(&mut self, cursor: &mut Cursor<'_>, wanted: Wanted<'_>) -> Option<Value> {
        let Some(term) = cursor.next() else {
            let place = cursor.place();
            let problem = problem::value_missing(wanted.fact, place, noun(wanted.kind));
            self.problems.push(problem);
            return None;
        };
        let is_null = matches!(term, Term::Word(word) if word.text == "null");
        if is_null && wanted.is_optional {
            return Some(Value::Null);
        }
        match wanted.kind {
            Kind::Set(element) => self.set(term, wanted, element),
            Kind::Duration => self.duration(cursor, term, wanted),
            _ => self.scalar(term, wanted),
        }
    }

    fn set(&mut self, term: &Term, wanted: Wanted<'_>, element: &Kind) -> Option<Value> {
        let wanted = Wanted {
            kind: element,
            is_optional: false,
            ..wanted
        };
        let Term::List { items, .. } = term else {
            // One element needs no brackets.
            return self
                .scalar(term, wanted)
                .map(|value| Value::List(vec![value]));
        };
        let mut values = Vec::new();
        for item in items {
            match item.terms.as_slice() {
                [term] => values.push(self.scalar(term, wanted)?),
                _ => return self.refuse(wanted, item.span),
            }
        }
        Some(Value::List(values))
    }

    fn refuse(&mut self, wanted: Wanted<'_>, span: Span) -> Option<Value> {
        let problem = problem::wrong_value(wanted.fact, span, noun(wanted.kind));
        self.problems.push(problem);
        None
    }

    fn scalar(&mut self, term: &Term, wanted: Wanted<'_>) -> Option<Value> {
        if let Some(object) = wanted.object {
            let found = resolve(self.cx.symbols, object, term, self.problems);
            return found.map(|(id, _)| Value::Text(id));
        }
        let span = term.span();
        let (text, is_word, is_quoted) = match term {
            Term::Word(word) => (&word.text, true, false),
            Term::Literal(literal) => (&literal.text, false, false),
            Term::Text(text) => (&text.value, false, true),
            Term::List { .. } => return self.refuse(wanted, span),
        };
        match wanted.kind {
            Kind::Boolean if !is_quoted && text.eq_ignore_ascii_case("true") => {
                Some(Value::Boolean(true))
            }
            Kind::Boolean if !is_quoted && text.eq_ignore_ascii_case("false") => {
                Some(Value::Boolean(false))
            }
            Kind::String if is_quoted => Some(Value::text(text)),
            Kind::Guid if !is_word => Some(Value::text(text)),
            Kind::Country if is_country(text) => Some(Value::text(text.to_uppercase())),
            Kind::Address if !is_word && parse_address(text).is_some() => Some(Value::text(text)),
            Kind::DateTime if !is_word => match instant(text) {
                Some(instant) => Some(Value::Text(instant)),
                None => self.refuse(wanted, span),
            },
            Kind::Enumeration { members, is_open } => {
                self.member(wanted, text, span, (members, *is_open && !is_word))
            }
            Kind::Integer { .. } | Kind::Decimal if !is_word && !is_quoted => {
                self.ordered(wanted, text, span).map(Value::Number)
            }
            Kind::Version if !is_word => self.ordered(wanted, text, span).map(Value::Text),
            _ => self.refuse(wanted, span),
        }
    }

    fn ordered(&mut self, wanted: Wanted<'_>, text: &str, span: Span) -> Option<String> {
        let words = match (wanted.kind, ordered_key(wanted.kind, text)) {
            (_, Ok(_)) => return Some(text.to_owned()),
            (Kind::Integer { min, max }, Err(KeyError::OutOfBounds)) => {
                format!("a whole number from {min} to {max}")
            }
            _ => noun(wanted.kind).to_owned(),
        };
        let problem = problem::wrong_value(wanted.fact, span, &words);
        self.problems.push(problem);
        None
    }

    /// A member of an enumeration, in its own spelling; of an open one, any other text in quotes.
    fn member(
        &mut self,
        wanted: Wanted<'_>,
        text: &str,
        span: Span,
        (members, is_open): (&[String], bool),
    ) -> Option<Value> {
        if let Some(member) = members.iter().find(|member| folded_eq(member, text)) {
            return Some(Value::text(member));
        }
        if is_open || (text == "unknown" && wanted.fact == "platform") {
            return Some(Value::text(text));
        }
        let names = members.iter().map(String::as_str);
        let problem = problem::unknown_value(wanted.fact, text, span, names);
        self.problems.push(problem);
        None
    }

    /// `4 hours`, `"PT4H"`
    fn duration(
        &mut self,
        cursor: &mut Cursor<'_>,
        term: &Term,
        wanted: Wanted<'_>,
    ) -> Option<Value> {
        match term {
            Term::Text(text) => Some(Value::text(&text.value)),
            Term::Literal(number) => {
                let unit = cursor.peek_word().map(|word| word.text.as_str());
                let written = format!("{} {}", number.text, unit.unwrap_or_default());
                match duration_seconds(&written) {
                    Some(seconds) => {
                        cursor.next();
                        Some(Value::Number(seconds.to_string()))
                    }
                    None => self.refuse(wanted, number.span),
                }
            }
            other => self.refuse(wanted, other.span()),
        }
    }
}

/// A date-time as RFC 3339 has it: a date alone is its midnight, and without an offset it is UTC.
pub(super) fn instant(text: &str) -> Option<String> {
    date_time_ms(text)?;
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        None => return Some(format!("{text}T00:00:00Z")),
        Some(parts) => parts,
    };
    let is_clock = |clock: &str| {
        let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
        clock.len() == "09:00:00".len()
    };
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return is_clock(clock).then(|| format!("{date}T{clock}Z"));
    }
    match time
        .rfind(['+', '-'])
        .and_then(|at| time.split_at_checked(at))
    {
        Some((clock, _)) => is_clock(clock).then(|| format!("{date}T{time}")),
        None => is_clock(time).then(|| format!("{date}T{time}Z")),
    }
}

/// What a value of this type is, in words.
pub(super) fn noun(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "`True` or `False`",
        Kind::Integer { .. } => "a whole number",
        Kind::Decimal => "a number",
        Kind::String => "a text in quotes",
        Kind::Enumeration { .. } => "one of its values",
        Kind::Version => "a version such as 10.0.22631",
        Kind::DateTime => "a time such as 2026-11-22T09:00:00Z",
        Kind::Duration => "a length of time such as 4 hours",
        Kind::Address => "an IP address",
        Kind::Guid => "an id in quotes",
        Kind::Country => "a country code of two letters",
        Kind::Set(_) => "a list",
        Kind::Record => "a record",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_completed_to_what_requests_take() {
        for (written, read) in [
            ("2026-11-22", Some("2026-11-22T00:00:00Z")),
            ("2026-11-22T09:00:00", Some("2026-11-22T09:00:00Z")),
            ("2026-11-22t09:00:00.5z", Some("2026-11-22T09:00:00.5Z")),
            (
                "2026-11-22T09:00:00+01:00",
                Some("2026-11-22T09:00:00+01:00"),
            ),
            ("2026-11-22T09:00Z", None),
            ("2026-13-22", None),
        ] {
            assert_eq!(instant(written).as_deref(), read, "{written}");
        }
    }
}
