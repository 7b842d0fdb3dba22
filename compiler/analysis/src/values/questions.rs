//! What the questions of a space answer of a single value.
//!
//! Texts are compared folded, patterns search the text as it is, as the engines do.

use gatewright_decision::{Cells, TextClass};
use gatewright_value::{Element, Predicate, PredicateStep, Truth, fold};
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// LIMIT: nesting of a pattern, as where programs are loaded.
pub(super) const NESTING_MAX: u32 = 64;

/// LIMIT: bytes of the automaton of a pattern, as where programs are loaded.
pub(super) const AUTOMATON_BYTES_MAX: usize = 1 << 20;

/// The class of *false* of every question about a part or an element.
pub(super) const FALSE: u32 = 0;
/// The class of *true* of every question about a part or an element.
pub(super) const TRUE: u32 = 1;
/// The class of a missing fact of every question about a part or an element.
pub(super) const UNKNOWN: u32 = 2;

/// How patterns are read.
pub(super) fn syntax() -> syntax::Config {
    syntax::Config::new()
        .case_insensitive(true)
        .nest_limit(NESTING_MAX)
        .unicode(true)
}

/// The automaton of a pattern; `None` where it has none, which has been reported long before.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    let config = Regex::config().nfa_size_limit(Some(AUTOMATON_BYTES_MAX));
    let mut builder = Regex::builder();
    builder.configure(config).syntax(syntax());
    builder.build(pattern).ok()
}

/// Whether a pattern matches somewhere in a text.
pub(super) fn is_match(pattern: Option<&Regex>, text: &str) -> bool {
    pattern.is_some_and(|pattern| pattern.is_match(text))
}

/// The class of a folded text.
pub(super) fn text_class(entries: &[TextClass], text: &str) -> u32 {
    let find = |wanted: &str, is_exact: bool| {
        let key = (wanted, is_exact);
        let found = entries.binary_search_by(|e| (e.text.as_str(), e.is_exact).cmp(&key));
        found.ok().and_then(|at| entries.get(at))
    };
    if let Some(entry) = find(text, true) {
        return entry.class;
    }
    let ends = text.char_indices().rev().map(|(at, _)| at);
    let ends = std::iter::once(text.len()).chain(ends);
    let prefixes = ends.filter_map(|end| text.get(..end));
    let mut found = prefixes.filter_map(|prefix| find(prefix, false));
    found.next().map_or(0, |entry| entry.class)
}

/// The class of a key.
pub(super) fn cell_class(cells: &Cells, key: u128) -> u32 {
    cells.class_of(cells.starts.partition_point(|start| *start <= key))
}

/// A question about elements, with its automata.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) predicate: Predicate,
    regexes: Vec<Option<Regex>>,
}

impl Asked {
    pub(super) fn new(predicate: &Predicate) -> Asked {
        Asked {
            predicate: predicate.clone(),
            regexes: predicate.patterns().map(compile).collect(),
        }
    }

    /// The answer for one element.
    pub(super) fn of(&self, element: Element<'_>) -> Truth {
        let mut folded = String::new();
        self.predicate.evaluate(element, &mut folded, |at, text| {
            is_match(self.regexes.get(at).and_then(Option::as_ref), text)
        })
    }

    /// Whether the answer can be *unknown* although the element is known.
    pub(super) fn may_be_open(&self) -> bool {
        self.predicate.steps().contains(&PredicateStep::Unknown)
    }
}

/// The class of what some element satisfies.
pub(super) fn class_of(truth: Truth) -> u32 {
    match truth {
        Truth::False => FALSE,
        Truth::True => TRUE,
        Truth::Unknown => UNKNOWN,
    }
}

/// The answer for some of these elements.
pub(super) fn some(answers: impl IntoIterator<Item = Truth>) -> Truth {
    answers.into_iter().fold(Truth::False, Truth::or)
}

/// A text of one character, folded.
pub(super) fn fold_char(c: char) -> char {
    let mut buffer = [0; 4];
    let folded = fold(c.encode_utf8(&mut buffer));
    folded.chars().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_entry_that_covers_a_text_is_its_class() {
        let entry = |(class, (text, is_exact)): (u32, (&str, bool))| TextClass {
            text: text.to_owned(),
            is_exact,
            class,
        };
        let rows = [
            ("sa", false),
            ("sales", false),
            ("sales", true),
            ("é", false),
        ];
        let entries: Vec<TextClass> = (1..).zip(rows).map(entry).collect();
        let expected = [
            ("", 0),
            ("s", 0),
            ("sa", 1),
            ("salt", 1),
            ("sales", 3),
            ("sales2", 2),
        ];
        for (text, class) in expected {
            assert_eq!(text_class(&entries, text), class, "{text}");
        }
        assert_eq!(text_class(&entries, "éa"), 4);
    }
}
