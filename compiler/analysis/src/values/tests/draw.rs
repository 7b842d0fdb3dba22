//! Draws words, patterns, predicates and records over two letters, so that they often meet.

use gatewright_value::{FieldComparison, Predicate};
use serde_json::{Value, json};

/// A row of numbers that look random.
pub(super) struct Draw(pub(super) u64);

impl Draw {
    pub(super) fn below(&mut self, end: u32) -> u32 {
        // The multiplier and the increment of Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(end.max(1))).unwrap()
    }

    pub(super) fn flip(&mut self) -> bool {
        self.below(2) == 1
    }

    pub(super) fn word(&mut self) -> String {
        let length = 1 + self.below(3);
        (0..length)
            .map(|_| ['a', 'b', 'a', 'b', 'é'][self.below(5) as usize])
            .collect()
    }

    pub(super) fn pattern(&mut self) -> String {
        let patterns = [
            "^a",
            "b$",
            "a+b",
            "^[^a]*$",
            "(ab|ba)",
            "^.{2}$",
            r"\d",
            "é",
            "(?i)A",
            "",
            r"^\w+$",
            r"\p{Greek}",
            "^(ab)*$",
        ];
        patterns[self.below(13) as usize].to_owned()
    }

    pub(super) fn predicate(&mut self, fields: &[&str]) -> Predicate {
        let part = |draw: &mut Draw| {
            let field = fields[draw.below(u32::try_from(fields.len()).unwrap()) as usize];
            let words = |draw: &mut Draw| (0..=draw.below(2)).map(|_| draw.word()).collect();
            let comparison = match draw.below(6) {
                0 => FieldComparison::OneOf(words(draw)),
                1 => FieldComparison::StartsWith(words(draw)),
                2 => FieldComparison::EndsWith(words(draw)),
                3 => FieldComparison::Contains(words(draw)),
                4 => FieldComparison::Matches(draw.pattern()),
                _ => FieldComparison::IsNull,
            };
            let is = super::is(field, comparison);
            if draw.flip() { is.negated() } else { is }
        };
        let parts: Vec<Predicate> = (0..=self.below(2)).map(|_| part(self)).collect();
        if self.flip() {
            Predicate::all(parts)
        } else {
            Predicate::any(parts)
        }
    }

    pub(super) fn record(&mut self, fields: &[&str]) -> Value {
        let mut record = serde_json::Map::new();
        for field in fields {
            let value = match self.below(4) {
                0 => continue,
                1 => (0..self.below(3))
                    .map(|_| Value::from(self.word()))
                    .collect(),
                _ => json!(self.word()),
            };
            record.insert((*field).to_owned(), value);
        }
        Value::Object(record)
    }
}
