//! Terms: values, and names for ids.

use gatewright_hir::data::Data;
use gatewright_hir::model::PolicySet;
use gatewright_source::{SourceMap, Span};
use gatewright_value::{Kind, fold, folded_eq};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

use super::Reason;

/// The words that stand for ids.
pub(super) struct Words<'a> {
    pub(super) set: &'a PolicySet,
    by_id: FxHashMap<(&'static str, String), String>,
}

impl<'a> Words<'a> {
    pub(super) fn new(set: &'a PolicySet, sources: &SourceMap) -> Words<'a> {
        let mut words = Words {
            set,
            by_id: FxHashMap::default(),
        };
        let mut taken: FxHashSet<(&'static str, String)> = FxHashSet::default();
        let mut declare = |kind: &'static str, id: &str, span: Span| {
            let word = sources.text(span);
            let is_text = !sources.name(span.source).ends_with(".json");
            if is_text && is_word(word) && taken.insert((kind, word.to_owned())) {
                let key = (kind, fold(id).into_owned());
                words.by_id.entry(key).or_insert_with(|| word.to_owned());
            }
        };
        for location in &set.locations {
            declare("location", &location.id, location.span);
        }
        for strength in &set.strengths {
            if let Some(span) = strength.span {
                declare("strength", &strength.id, span);
            }
        }
        for object in &set.names {
            if let Some(span) = object.span {
                declare(object.kind.keyword(), &object.id, span);
            }
        }
        let data = Data::built_in();
        let objects = data.objects.iter();
        let objects = objects.map(|o| (o.kind.keyword(), &o.id, &o.identifier));
        let strengths = data.strengths.iter();
        let strengths = strengths.map(|s| ("strength", &s.strength.id, &s.identifier));
        for (kind, id, word) in objects.chain(strengths) {
            // A declaration of the same name wins.
            if taken.insert((kind, word.clone())) {
                let key = (kind, fold(id).into_owned());
                words.by_id.entry(key).or_insert_with(|| word.clone());
            }
        }
        words
    }

    /// The word for an object of this kind.
    pub(super) fn word(&self, kind: &'static str, id: &str) -> Option<&str> {
        let found = self.by_id.get(&(kind, fold(id).into_owned()));
        found.map(String::as_str)
    }

    /// The word for an object of this kind, or its id in quotes.
    pub(super) fn object(&self, kind: &'static str, id: &str) -> Result<String, Reason> {
        match self.word(kind, id) {
            Some(word) => Ok(word.to_owned()),
            None if id.is_empty() => Err("an id that is empty cannot be written".to_owned()),
            None => quoted(id),
        }
    }

    /// `[A, "b"]`, without brackets where there is one.
    pub(super) fn objects(&self, kind: &'static str, ids: &[String]) -> Result<String, Reason> {
        let objects: Result<Vec<String>, Reason> =
            ids.iter().map(|id| self.object(kind, id)).collect();
        Ok(bracketed(&objects?))
    }
}

/// Terms in brackets, one alone without.
pub(super) fn bracketed(terms: &[String]) -> String {
    match terms {
        [only] => only.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// Whether a text is a word wherever one may stand.
pub(super) fn is_word(text: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(is_start) && text.chars().all(is_rest)
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> Result<String, Reason> {
    if text.contains(['\r', '\n']) {
        return Err("a text with several lines cannot be written".to_owned());
    }
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '`') {
            quoted.push('`');
        }
        quoted.push(character);
    }
    quoted.push('"');
    Ok(quoted)
}

/// A value of a type.
pub(super) fn term(kind: &Kind, value: &Value) -> Result<String, Reason> {
    match (kind, value) {
        (_, Value::Null) => Ok("null".to_owned()),
        (_, Value::Bool(true)) => Ok("True".to_owned()),
        (_, Value::Bool(false)) => Ok("False".to_owned()),
        (Kind::Set(element), Value::Array(values)) => {
            let terms: Result<Vec<String>, Reason> =
                values.iter().map(|value| term(element, value)).collect();
            Ok(format!("[{}]", terms?.join(", ")))
        }
        (Kind::Duration, Value::Number(number)) => match number.as_i64() {
            Some(seconds) if seconds >= 0 => Ok(format!("{seconds} seconds")),
            _ => Err("a length of time below zero cannot be written".to_owned()),
        },
        (_, Value::Number(number)) => Ok(number.to_string()),
        (Kind::Decimal, Value::String(text)) => Ok(text.clone()),
        (Kind::Country, Value::String(text)) => Ok(text.to_ascii_uppercase()),
        (Kind::Address | Kind::Version | Kind::DateTime, Value::String(text)) => {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
            let is_v6 = *kind == Kind::Address && text.contains(':');
            let is_number = text.starts_with(|c: char| c.is_ascii_digit());
            if is_number && !is_v6 && text.chars().all(is_plain) {
                Ok(text.clone())
            } else {
                quoted(text)
            }
        }
        (Kind::Enumeration { members, is_open }, Value::String(text)) => {
            let is_member = members.iter().any(|member| folded_eq(member, text));
            if is_member && is_word(text) && text != "null" {
                Ok(text.clone())
            } else if is_member || *is_open {
                quoted(text)
            } else {
                Err(format!("`{text}` is no value of its enumeration"))
            }
        }
        (_, Value::String(text)) => quoted(text),
        _ => Err("a record cannot be written".to_owned()),
    }
}
