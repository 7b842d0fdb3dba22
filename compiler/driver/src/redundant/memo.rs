//! What was found of policies that are still the same.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use gatewright_hir::model::Policy;
use gatewright_source::{SourceId, SourceMap};
use rustc_hash::FxHashMap;

use crate::redundant::search::{Known, Searched};

/// What a policy is, as far as its meaning hangs on it: equal keys, in surroundings that have not
/// changed, mean equal policies.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    source: SourceId,
    text: Arc<str>,
    /// Where in the text it is; in a scope, all of it.
    range: Range<usize>,
    /// In a scope, its place in the file; else which of those that one piece of text makes.
    place: usize,
}

impl Key {
    fn parts(&self) -> (SourceId, usize, Option<&str>) {
        (self.source, self.place, self.text.get(self.range.clone()))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.parts() == other.parts()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (source, place, text) = self.parts();
        // Scopes may be long and have many policies; their place tells them apart.
        let start = text.and_then(|text| text.as_bytes().get(..text.len().min(512)));
        (source, place, start).hash(state);
    }
}

/// The keys of these policies, in order.
pub(crate) fn keys(policies: &[&Policy], sources: &SourceMap) -> Vec<Key> {
    let mut counts: FxHashMap<(SourceId, Option<u32>), usize> = FxHashMap::default();
    let key = |policy: &&Policy| {
        let source = policy.span.source;
        let is_scoped = !policy.scopes.is_empty();
        let of_text = (!is_scoped).then_some(policy.span.start);
        let count = counts.entry((source, of_text)).or_default();
        *count += 1;
        let text = sources.get(source).map(|source| Arc::clone(&source.text));
        let text = text.unwrap_or_default();
        let range = if is_scoped {
            0..text.len()
        } else {
            policy.span.range()
        };
        Key {
            source,
            text,
            range,
            place: *count,
        }
    };
    policies.iter().map(key).collect()
}

/// What was found last time.
#[derive(Default)]
pub(crate) struct Memo {
    found: Option<(Vec<Key>, Searched)>,
}

impl Memo {
    pub(crate) fn forget(&mut self) {
        self.found = None;
    }

    pub(crate) fn remember(&mut self, keys: Vec<Key>, searched: Searched) {
        self.found = Some((keys, searched));
    }

    /// What is known of these active policies; nothing where they stand in another order.
    pub(crate) fn recall(self, keys: &[Key]) -> Option<Known> {
        let (old_keys, searched) = self.found?;
        let diagrams = searched.diagrams?;
        let mut new_places: FxHashMap<&Key, usize> = FxHashMap::default();
        for (place, key) in keys.iter().enumerate() {
            if new_places.insert(key, place).is_some() {
                return None;
            }
        }
        let of_old = old_keys.iter().map(|key| new_places.get(key).copied());
        let of_old: Vec<Option<usize>> = of_old.collect();
        if !of_old.iter().flatten().is_sorted() {
            return None;
        }
        let mut relations = vec![None; keys.len()];
        let mut roots = vec![None; keys.len()];
        let rows = searched.relations.iter().zip(&diagrams.roots);
        for (place, (relation, of_policy)) in of_old.iter().zip(rows) {
            let slots = place.and_then(|at| relations.get_mut(at).zip(roots.get_mut(at)));
            if let Some((known, known_roots)) = slots {
                *known = Some(relation.moved(&of_old)?);
                *known_roots = Some(*of_policy);
            }
        }
        Some(Known {
            relations,
            roots,
            decisions: diagrams.decisions,
            nodes_at_first: diagrams.nodes_at_first,
        })
    }
}
