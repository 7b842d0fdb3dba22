//! What people call the objects of a set.

use std::collections::BTreeMap;

use gatewright_hir::model::PolicySet;
use gatewright_value::fold;

/// Names for ids.
pub(crate) struct ObjectNames(BTreeMap<String, String>);

impl ObjectNames {
    pub(crate) fn new(set: &PolicySet) -> ObjectNames {
        let objects = set.names.iter().map(|object| (&object.id, &object.name));
        let locations = set.locations.iter().map(|one| (&one.id, &one.display_name));
        let strengths = set.strengths.iter().map(|one| (&one.id, &one.display_name));
        let all = objects.chain(locations).chain(strengths);
        // Of two names for one id the first counts, as everywhere.
        let mut names = BTreeMap::new();
        for (id, name) in all {
            names
                .entry(fold(id).into_owned())
                .or_insert_with(|| name.clone());
        }
        ObjectNames(names)
    }

    /// The name of an object, or its id where it has none.
    pub(crate) fn of<'n>(&'n self, id: &'n str) -> &'n str {
        self.0.get(fold(id).as_ref()).map_or(id, String::as_str)
    }
}

/// `a`, `a or b`, `a, b or c`; of many, the first few and how many more.
pub(crate) fn either(words: &[String]) -> String {
    either_of(words, words.len())
}

/// LIMIT: items that a sentence names.
pub(crate) const NAMED_MAX: usize = 6;

/// The same where only some of `count` words are at hand; at least [`NAMED_MAX`] and one more, or
/// all of them.
pub(crate) fn either_of(words: &[String], count: usize) -> String {
    if count > NAMED_MAX + 1 {
        let shown = words.get(..NAMED_MAX).unwrap_or(words);
        return format!("{} or {} more", shown.join(", "), count - shown.len());
    }
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_words_are_listed_and_of_many_the_first() {
        let words =
            |count: usize| -> Vec<String> { (0..count).map(|word| word.to_string()).collect() };
        assert_eq!(either(&words(1)), "0");
        assert_eq!(either(&words(3)), "0, 1 or 2");
        assert_eq!(either(&words(7)), "0, 1, 2, 3, 4, 5 or 6");
        assert_eq!(either(&words(8)), "0, 1, 2, 3, 4, 5 or 2 more");
        assert_eq!(either_of(&words(7), 100), "0, 1, 2, 3, 4, 5 or 94 more");
    }
}
