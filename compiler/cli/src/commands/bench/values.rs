//! The values of attributes that a program tells apart, and others.
//!
//! What a program asks of an attribute is in its matchers, so this needs no sources. Every constant
//! is a value; of ordered ones the value before it is another, so both sides of every border occur.
//! INVARIANT: the same program gives the same values in the same order.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_bytecode::{Matcher, Program};
use gatewright_runtime::parse_date_time;
use gatewright_value::{
    FieldComparison, FieldQuestion, Kind, Predicate, guid_text, ordered_key, ordered_text,
};
use serde_json::{Value, json};

/// Random numbers that depend on the seed alone (SplitMix64: Steele, Lea, Flood 2014).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below the bound; 0 where that is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.number() % bound).unwrap_or(0)
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// An id that nobody knows.
    pub(super) fn id(&mut self) -> String {
        let high = u128::from(self.number());
        let guid = high << 64 | u128::from(self.number());
        guid_text(guid).as_str().to_owned()
    }
}

/// Values that are dealt in turn, in an order that changes each time all have been dealt.
#[derive(Debug, Default)]
struct Deck {
    cards: Vec<Value>,
    dealt: usize,
}

impl Deck {
    fn new(cards: BTreeMap<String, Value>) -> Deck {
        Deck {
            cards: cards.into_values().collect(),
            dealt: 0,
        }
    }

    fn deal(&mut self, random: &mut Random) -> Option<Value> {
        let left = self.cards.len().checked_sub(self.dealt)?;
        if left == 0 {
            self.dealt = 0;
            return (!self.cards.is_empty()).then(|| self.deal(random))?;
        }
        let chosen = self.dealt + random.below(left);
        self.cards.swap(self.dealt, chosen);
        self.dealt += 1;
        self.cards.get(self.dealt - 1).cloned()
    }
}

/// What can be said of an attribute.
#[derive(Debug)]
struct Values {
    /// What the program asks about.
    named: Deck,
    /// What it does not.
    others: Deck,
    /// Whether others are ids that nobody knows.
    are_ids: bool,
}

/// The values of all attributes of a program.
pub(super) struct World {
    by_name: BTreeMap<String, Values>,
    /// By attribute that is a set of records: fields, each with its texts.
    records: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    pub(super) random: Random,
}

impl World {
    pub(super) fn new(program: &Program, seed: u64) -> World {
        let mut world = World {
            by_name: BTreeMap::new(),
            records: BTreeMap::new(),
            random: Random::new(seed),
        };
        for (number, info) in (0u32..).zip(&program.attributes) {
            let matchers = program.matchers.iter();
            let matchers = matchers.filter(|matcher| matcher.attribute() == number);
            let kind = match &info.kind {
                Kind::Set(of) => of.as_ref(),
                kind => kind,
            };
            let mut named = BTreeMap::new();
            for matcher in matchers {
                name_all(&mut named, kind, matcher);
                if let (Kind::Record, Matcher::Predicates { predicates, .. }) = (kind, matcher) {
                    let fields = world.records.entry(info.name.clone()).or_default();
                    fields_of(predicates.iter().map(|row| &row.0), fields);
                }
            }
            let mut others = unnamed(kind);
            others.retain(|text, _| !named.contains_key(text));
            let is_asked = !named.is_empty();
            if info.is_optional {
                let list = if is_asked { &mut named } else { &mut others };
                list.insert(String::new(), Value::Null);
            }
            let values = Values {
                named: Deck::new(named),
                others: Deck::new(others),
                are_ids: *kind == Kind::Guid,
            };
            world.by_name.insert(info.name.clone(), values);
        }
        world
    }

    /// How many values the attribute with the most named ones has.
    pub(super) fn most_named(&self) -> usize {
        let counts = self.by_name.values().map(|values| values.named.cards.len());
        counts.max().unwrap_or(0)
    }

    /// Whether the program asks about an attribute.
    pub(super) fn is_asked(&self, name: &str) -> bool {
        let values = self.by_name.get(name);
        let has_fields = self.records.contains_key(name);
        has_fields || values.is_some_and(|values| !values.named.cards.is_empty())
    }

    /// A value that the program names.
    pub(super) fn named(&mut self, name: &str) -> Option<Value> {
        self.by_name.get_mut(name)?.named.deal(&mut self.random)
    }

    /// A value that the program does not name, where there is one.
    pub(super) fn other(&mut self, name: &str) -> Option<Value> {
        let values = self.by_name.get_mut(name)?;
        if values.are_ids {
            return Some(json!(self.random.id()));
        }
        values.others.deal(&mut self.random)
    }

    /// A value: as often one that the program names as not.
    pub(super) fn any(&mut self, name: &str) -> Option<Value> {
        if self.random.chance(50) {
            self.named(name).or_else(|| self.other(name))
        } else {
            self.other(name).or_else(|| self.named(name))
        }
    }

    /// So many different elements, up to so many of them named.
    pub(super) fn elements(&mut self, name: &str, named: usize, count: usize) -> Vec<Value> {
        let mut elements: Vec<Value> = Vec::with_capacity(count);
        for place in 0..count {
            let element = if place < named {
                self.named(name).or_else(|| self.other(name))
            } else {
                self.other(name)
            };
            let element = element.filter(|value| !value.is_null());
            elements.extend(element.filter(|value| !elements.contains(value)));
        }
        elements
    }

    /// The texts that a field of a record is compared with.
    pub(super) fn texts_of(&self, name: &str, field: &str) -> Vec<String> {
        let texts = self.records.get(name).and_then(|fields| fields.get(field));
        texts.into_iter().flatten().cloned().collect()
    }

    /// Fields with texts for a record: of most fields a text that is asked about, or another.
    pub(super) fn record(&mut self, name: &str) -> Vec<(String, String)> {
        let Some(fields) = self.records.get(name) else {
            return Vec::new();
        };
        let random = &mut self.random;
        let mut record = Vec::new();
        for (field, texts) in fields {
            if random.chance(20) {
                continue;
            }
            let chosen = texts.iter().nth(random.below(texts.len() * 2));
            let text = chosen.map_or("another", String::as_str);
            record.push((field.clone(), text.to_owned()));
        }
        record
    }
}

/// Add the constants of a matcher.
fn name_all(named: &mut BTreeMap<String, Value>, kind: &Kind, matcher: &Matcher) {
    let mut add = |text: String| {
        if let Some(value) = value(kind, &text) {
            named.insert(text, value);
        }
    };
    match matcher {
        Matcher::Boolean { .. } => ["true", "false"]
            .map(str::to_owned)
            .into_iter()
            .for_each(add),
        Matcher::Text {
            exact, prefixes, ..
        } => {
            exact.iter().for_each(|row| add(row.0.clone()));
            prefixes.iter().for_each(|row| add(format!("{}-1", row.0)));
        }
        Matcher::TextParts {
            contains, suffixes, ..
        } => {
            contains
                .iter()
                .for_each(|row| add(format!("a-{}-1", row.0)));
            suffixes.iter().for_each(|row| add(format!("a-{}", row.0)));
        }
        Matcher::Ordered { starts, .. } => {
            let before = starts.iter().filter_map(|start| start.checked_sub(1));
            let keys = starts.iter().copied().chain(before);
            keys.filter_map(|key| ordered_text(kind, key)).for_each(add);
        }
        Matcher::Elements { elements, .. } => elements.iter().for_each(|row| add(row.0.clone())),
        Matcher::Targets { elements, .. } => elements.iter().for_each(|row| add(row.0.clone())),
        Matcher::Predicates { predicates, .. } => {
            let questions = predicates.iter().flat_map(|row| row.0.questions());
            let own = questions.filter(|question| question.field.is_empty());
            own.flat_map(texts).for_each(|text| add(text.clone()));
        }
    }
}

/// Values that are named by nobody, by what they are written as.
fn unnamed(kind: &Kind) -> BTreeMap<String, Value> {
    let texts: Vec<String> = match kind {
        Kind::Boolean => ["true", "false"].map(str::to_owned).to_vec(),
        Kind::Enumeration { members, .. } => members.clone(),
        Kind::Country => ["NL", "NZ", "UY"].map(str::to_owned).to_vec(),
        Kind::Address => ["192.0.2.77", "198.51.100.7", "2001:db8:77::7"]
            .map(str::to_owned)
            .to_vec(),
        Kind::Integer { min, max } => [*min, *max, 0, 7].map(|n| n.to_string()).to_vec(),
        Kind::Decimal => ["0", "7.25"].map(str::to_owned).to_vec(),
        Kind::Version => ["1.0", "10.0.26100.1"].map(str::to_owned).to_vec(),
        Kind::DateTime => vec!["2026-11-22T09:00:00Z".to_owned()],
        Kind::Duration => ["60", "86400"].map(str::to_owned).to_vec(),
        Kind::String => (1..8).map(|n| format!("another {n}")).collect(),
        Kind::Guid | Kind::Set(_) | Kind::Record => Vec::new(),
    };
    let values = texts.into_iter();
    values
        .filter_map(|text| Some((text.clone(), value(kind, &text)?)))
        .collect()
}

/// A text as a request writes a value of this type; none where it is no such value.
fn value(kind: &Kind, text: &str) -> Option<Value> {
    Some(match kind {
        Kind::Boolean => json!(text.parse::<bool>().ok()?),
        Kind::Integer { .. } => {
            ordered_key(kind, text).ok()?;
            json!(text.parse::<i64>().ok()?)
        }
        Kind::Duration => json!(text.parse::<i64>().ok()?),
        Kind::Decimal | Kind::Version => {
            ordered_key(kind, text).ok()?;
            json!(text)
        }
        Kind::DateTime => {
            parse_date_time(text)?;
            json!(text)
        }
        Kind::Enumeration { members, is_open } => {
            let is_member = members.iter().any(|one| one.eq_ignore_ascii_case(text));
            json!((is_member || *is_open).then_some(text)?)
        }
        Kind::Country => {
            let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
            json!(is_code.then(|| text.to_ascii_uppercase())?)
        }
        Kind::String | Kind::Guid | Kind::Address => json!(text),
        Kind::Set(_) | Kind::Record => return None,
    })
}

fn texts(question: &FieldQuestion) -> &[String] {
    match &question.comparison {
        FieldComparison::OneOf(texts)
        | FieldComparison::StartsWith(texts)
        | FieldComparison::EndsWith(texts)
        | FieldComparison::Contains(texts) => texts,
        FieldComparison::Matches(_) | FieldComparison::IsNull => &[],
    }
}

/// Collect the fields that predicates ask about, with the texts that they are compared with.
fn fields_of<'p>(
    predicates: impl Iterator<Item = &'p Predicate>,
    fields: &mut BTreeMap<String, BTreeSet<String>>,
) {
    for question in predicates.flat_map(Predicate::questions) {
        let known = fields.entry(question.field.clone()).or_default();
        known.extend(texts(question).iter().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::value;
    use gatewright_runtime::{date_time_key, parse_date_time};
    use gatewright_value::{Kind, ordered_key, ordered_text};

    #[test]
    fn texts_of_keys_are_values() {
        let integer = Kind::Integer { min: -9, max: 9 };
        for (kind, texts) in [
            (integer, ["-9", "0", "9"]),
            (Kind::Duration, ["-60", "0", "86400"]),
            (Kind::Decimal, ["-10.5", "0.000000001", "7.25"]),
            (Kind::Version, ["0.0", "10.0.26100.1", "10.1"]),
        ] {
            for text in texts {
                let key = ordered_key(&kind, text).unwrap();
                let text = ordered_text(&kind, key).unwrap();
                assert!(value(&kind, &text).is_some(), "{text}");
            }
        }
        let instant = "2026-11-22T09:00:00Z";
        let key = date_time_key(parse_date_time(instant).unwrap());
        let text = ordered_text(&Kind::DateTime, key).unwrap();
        assert!(value(&Kind::DateTime, &text).is_some(), "{text}");
    }

    #[test]
    fn what_a_request_may_not_say_is_no_value() {
        let closed = Kind::Enumeration {
            members: vec!["low".to_owned()],
            is_open: false,
        };
        assert!(value(&closed, "LOW").is_some());
        assert_eq!(value(&closed, "lower"), None);
        assert_eq!(value(&Kind::Country, "nl"), Some("NL".into()));
        assert_eq!(value(&Kind::Country, "nld"), None);
        assert_eq!(value(&Kind::Integer { min: 0, max: 9 }, "10"), None);
    }
}
