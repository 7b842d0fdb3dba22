//! What other rules of the project say: texts that an attribute is compared with, attributes that
//! nobody declares.

use std::collections::BTreeSet;

use gatewright_source::Span;
use gatewright_syntax::ast::{Expr, ExprId, Name, Operand};

use super::declarations::nth;
use super::{CompletionKind, Items};

/// What rules call custom security attributes.
pub(super) const TAGS: &str = "CustomSecurityAttribute";

/// What stands beside what other rules say.
pub(super) const SAID_ELSEWHERE: &str = "said elsewhere";

/// LIMIT: texts that are offered.
const OFFERED_MAX: usize = 40;

impl Items<'_> {
    /// The texts that an attribute is compared with elsewhere.
    pub(super) fn texts_of(&mut self, attribute: &str) {
        let mut found = BTreeSet::new();
        self.comparisons(|left, right, place| {
            if joined(left).eq_ignore_ascii_case(attribute) {
                texts(right, place, &mut found);
            }
        });
        for (at, text) in found.iter().take(OFFERED_MAX).enumerate() {
            let about = (SAID_ELSEWHERE, "");
            self.quoted(text, CompletionKind::Value, about, nth(30, at));
        }
    }

    /// Custom security attributes that rules speak of, as tests write them; of one set, where that
    /// is there already.
    pub(super) fn tags(&mut self, set: &str) {
        for field in self.fields(TAGS) {
            let Some((of, name)) = field.split_once('_') else {
                continue;
            };
            if set.is_empty() {
                let label = format!("{of}.{name}");
                self.add(&label, CompletionKind::Attribute, SAID_ELSEWHERE, "");
                self.insert(&format!("{label} \"$0\""));
            } else if of == set {
                self.add(name, CompletionKind::Attribute, SAID_ELSEWHERE, "");
            }
        }
    }

    /// Custom security attributes that rules speak of, as rules write them.
    pub(super) fn tag_paths(&mut self) {
        for field in self.fields(TAGS) {
            let path = format!("{TAGS}.{field}");
            self.ranked(&path, CompletionKind::Attribute, (SAID_ELSEWHERE, ""), 5);
        }
    }

    /// The attributes of an entity that rules speak of and nobody declares.
    pub(super) fn fields_of(&mut self, entity: &str) {
        for field in self.fields(entity) {
            self.add(&field, CompletionKind::Attribute, SAID_ELSEWHERE, "");
        }
    }

    fn fields(&self, entity: &str) -> Vec<String> {
        let mut found = BTreeSet::new();
        self.comparisons(|left, _, place| {
            if let [first, field] = left
                && first.text.eq_ignore_ascii_case(entity)
                && !touches(place, field.span)
            {
                found.insert(field.text.clone());
            }
        });
        found.into_iter().take(OFFERED_MAX).collect()
    }

    /// Every comparison of the project: its attribute, its values, and where the place is.
    fn comparisons(&self, mut each: impl FnMut(&[Name], &Operand, Span)) {
        let snapshot = self.snapshot;
        for (_, tree) in &snapshot.compilation().trees {
            let all = (0..tree.exprs.len()).filter_map(|at| u32::try_from(at).ok());
            for id in all {
                if let Expr::Compare { left, right, .. } = tree.exprs.get(ExprId(id))
                    && let Operand::Path { words, .. } = left
                {
                    each(words, right, self.replaced);
                }
            }
        }
    }
}

fn touches(place: Span, span: Span) -> bool {
    span.source == place.source && span.start <= place.end && place.start <= span.end
}

fn joined(words: &[Name]) -> String {
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    words.join(".")
}

fn texts(operand: &Operand, place: Span, found: &mut BTreeSet<String>) {
    match operand {
        Operand::Text(text) if !text.value.is_empty() && !touches(place, text.span) => {
            found.insert(text.value.clone());
        }
        Operand::List { items, .. } => items.iter().for_each(|item| texts(item, place, found)),
        _ => {}
    }
}
