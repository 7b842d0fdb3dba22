//! Comparisons of one text with constants and patterns, as propositions.
//!
//! Each constant is a test: the text is it, starts or ends with it, or has it as a part; and so is
//! each pattern. What tests without patterns have to do with each other is said in clauses of two,
//! and that is all: the longest prefix, the parts and the longest suffix, with a character between
//! them that no constant has, are a text that passes exactly the tests that a model wants. Whether
//! a pattern goes with that is searched for by [`Language`] over the few tests that matter, and
//! what does not becomes a clause as well.

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;
use gatewright_value::{FieldComparison, fold};
use regex_automata::meta::Regex;

use super::fresh_guids;
use super::language::{Constants, Language, READABLE, Search, State};
use super::pattern::turns_case_on;
use super::propositions::Propositions;
use super::questions::{compile, is_match};

/// LIMIT: steps of the searches for one text.
const STEPS_MAX: usize = 1_000_000;
/// LIMIT: searches for one text, each of which minds one more test.
const ROUNDS_MAX: usize = 64;

/// A test that a text passes or not; constants are folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Test {
    Is(String),
    Starts(String),
    Ends(String),
    Has(String),
    Matches(String),
}

/// Which texts are likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hints {
    /// Words. What a comparison names is a word as well.
    Words,
    /// GUIDs. A text that is named is never taken for one that is not.
    Guids,
}

/// What is asked of one text.
pub(super) struct Comparisons {
    /// By comparison, whether the text satisfies it.
    pub(super) holds: Vec<Lit>,
    /// By comparison, its tests, of which the text must pass one.
    of: Vec<Vec<usize>>,
    tests: Vec<(Test, Lit)>,
    regexes: BTreeMap<String, Option<Regex>>,
    hints: Hints,
    /// Characters that no constant has.
    fillers: Vec<char>,
    /// Steps of all searches.
    pub(super) steps: usize,
}

/// What a model comes to.
pub(super) enum Written {
    Text(String),
    /// Propositions of the model that no text has together.
    Conflict(Vec<Lit>),
    Exhausted(&'static str),
}

impl Comparisons {
    /// Say what these comparisons ask. A text that is one of a list is asked a little differently.
    pub(super) fn new(
        comparisons: &[FieldComparison],
        is_listed: bool,
        hints: Hints,
        logic: &mut Propositions,
    ) -> Comparisons {
        let tests = comparisons.iter().map(|one| tests_of(one, is_listed));
        let of_each: Vec<Vec<Test>> = tests.collect();
        let all: BTreeSet<&Test> = of_each.iter().flatten().collect();
        let tests: Vec<(Test, Lit)> = all
            .into_iter()
            .map(|test| (test.clone(), logic.proposition(false)))
            .collect();
        let place = |test: &Test| tests.binary_search_by(|(one, _)| one.cmp(test)).ok();
        let of: Vec<Vec<usize>> = of_each
            .iter()
            .map(|own| own.iter().filter_map(place).collect())
            .collect();
        let holds = of.iter().map(|own| {
            let lits = own.iter().filter_map(|at| tests.get(*at));
            let lits: Vec<Lit> = lits.map(|(_, lit)| *lit).collect();
            logic.any(&lits)
        });
        let regexes = tests.iter().filter_map(|(test, _)| match test {
            Test::Matches(pattern) => Some((pattern.clone(), compile(pattern))),
            _ => None,
        });
        let found = Comparisons {
            holds: holds.collect(),
            of,
            regexes: regexes.collect(),
            hints,
            fillers: fillers(&tests),
            tests,
            steps: 0,
        };
        found.relate(logic);
        found
    }

    /// That the text is this constant of a comparison.
    pub(super) fn is(&self, text: &str) -> Option<Lit> {
        let key = Test::Is(text.to_owned());
        let found = self.tests.binary_search_by(|(test, _)| test.cmp(&key));
        let found = found.ok().and_then(|at| self.tests.get(at));
        found.map(|(_, lit)| *lit)
    }

    /// Every constant that the text may be as a whole.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, Lit)> {
        self.tests.iter().filter_map(|(test, lit)| match test {
            Test::Is(text) => Some((text.as_str(), *lit)),
            _ => None,
        })
    }

    /// Say what tests have to do with each other.
    fn relate(&self, logic: &mut Propositions) {
        let named: Vec<Lit> = self.named().map(|(_, lit)| lit).collect();
        logic.exclusive(&named);
        let is_whole = |test: &Test| matches!(test, Test::Is(_));
        for (one, lit) in &self.tests {
            for (other, of_other) in self.tests.iter().filter(|(test, _)| !is_whole(test)) {
                match self.forces(one, other) {
                    _ if lit == of_other => {}
                    Some(true) => logic.require(&[!*lit, *of_other]),
                    Some(false) => logic.require(&[!*lit, !*of_other]),
                    None => {}
                }
            }
            match one {
                Test::Starts(text) | Test::Ends(text) | Test::Has(text) if text.is_empty() => {
                    logic.require(&[*lit]);
                }
                Test::Matches(pattern) if self.regex(pattern).is_none() => {
                    logic.require(&[!*lit]);
                }
                _ => {}
            }
        }
    }

    /// What a text that passes a test comes to in another one, if that is the same for all.
    fn forces(&self, one: &Test, other: &Test) -> Option<bool> {
        match (one, other) {
            (Test::Is(_), Test::Matches(pattern)) if turns_case_on(pattern) => None,
            (Test::Is(text), other) => Some(self.passes(other, text, text)),
            (Test::Starts(a), Test::Starts(b)) if a.starts_with(b.as_str()) => Some(true),
            (Test::Starts(a), Test::Starts(b)) if !b.starts_with(a.as_str()) => Some(false),
            (Test::Ends(a), Test::Ends(b)) if a.ends_with(b.as_str()) => Some(true),
            (Test::Ends(a), Test::Ends(b)) if !b.ends_with(a.as_str()) => Some(false),
            (Test::Starts(a) | Test::Ends(a) | Test::Has(a), Test::Has(b)) => {
                a.contains(b.as_str()).then_some(true)
            }
            _ => None,
        }
    }

    fn regex(&self, pattern: &str) -> Option<&Regex> {
        self.regexes.get(pattern).and_then(Option::as_ref)
    }

    fn passes(&self, test: &Test, text: &str, folded: &str) -> bool {
        match test {
            Test::Is(whole) => folded == whole,
            Test::Starts(start) => folded.starts_with(start.as_str()),
            Test::Ends(end) => folded.ends_with(end.as_str()),
            Test::Has(part) => folded.contains(part.as_str()),
            Test::Matches(pattern) => is_match(self.regex(pattern), text),
        }
    }

    /// A text for the model that was found last, which is none of these.
    pub(super) fn write(&mut self, logic: &Propositions, taken: &BTreeSet<String>) -> Written {
        let values = self.tests.iter().map(|(_, lit)| logic.is_true(*lit));
        let values: Vec<bool> = values.collect();
        let named = self.named().find(|(_, lit)| logic.is_true(*lit));
        let candidates = match named {
            Some((text, _)) => vec![text.to_owned()],
            None => self.candidates(&values, taken.len()),
        };
        let found = candidates
            .into_iter()
            .find(|text| !taken.contains(text) && self.accepts(&values, text));
        match found {
            Some(text) => Written::Text(text),
            None => self.search(&values, taken),
        }
    }

    /// Whether a text satisfies the comparisons that the tests of these values do.
    fn accepts(&self, values: &[bool], text: &str) -> bool {
        let folded = fold(text);
        let test = |at: &usize| {
            let found = self.tests.get(*at);
            found.is_some_and(|(test, _)| self.passes(test, text, &folded))
        };
        let mut comparisons = self.of.iter();
        let is_same = comparisons.all(|own| {
            let wanted = own.iter().any(|at| values.get(*at) == Some(&true));
            own.iter().any(test) == wanted
        });
        let is_named = || {
            let mut rows = self.tests.iter().zip(values);
            rows.any(|((test, _), is)| *test == Test::Is(folded.to_string()) && !is)
        };
        is_same && (self.hints == Hints::Words || !is_named())
    }

    /// Texts that are likely to do, readable ones first. Without patterns, the last ones do.
    fn candidates(&self, values: &[bool], taken: usize) -> Vec<String> {
        let passed = || {
            let rows = self.tests.iter().zip(values);
            rows.filter(|(_, is)| **is).map(|((test, _), _)| test)
        };
        let (mut start, mut end, mut parts) = ("", "", Vec::new());
        let mut found: Vec<String> = match self.hints {
            Hints::Words => vec!["other".to_owned(), "another".to_owned()],
            Hints::Guids => fresh_guids().take(taken + 1).collect(),
        };
        for test in passed() {
            match test {
                Test::Starts(text) if text.len() > start.len() => start = text,
                Test::Ends(text) if text.len() > end.len() => end = text,
                Test::Has(text) => parts.push(text.as_str()),
                _ => {}
            }
            if let Test::Starts(text) | Test::Ends(text) | Test::Has(text) = test {
                found.push(text.clone());
            }
        }
        let all = parts.clone();
        parts.retain(|part| {
            let mut others = all.iter().chain([&start, &end]);
            !others.any(|other| other.len() > part.len() && other.contains(part))
                && start != *part
                && end != *part
        });
        let mut join = |filler: &str| {
            let rows = std::iter::once(start)
                .chain(parts.iter().copied())
                .chain([end]);
            found.push(rows.collect::<Vec<&str>>().join(filler));
        };
        join("");
        for filler in &self.fillers {
            for length in 1..=taken + 1 {
                join(&String::from(*filler).repeat(length));
            }
        }
        found.retain(|text| !text.is_empty());
        found
    }

    /// Search for a text, minding the patterns and further tests one by one as texts fail them.
    fn search(&mut self, values: &[bool], taken: &BTreeSet<String>) -> Written {
        let numbers = 0..self.tests.len();
        let is_pattern = |at: &usize| matches!(self.tests.get(*at), Some((Test::Matches(_), _)));
        let mut minded: Vec<usize> = numbers.filter(is_pattern).collect();
        let steps_max = self.steps + STEPS_MAX;
        for _ in 0..ROUNDS_MAX {
            let text = match self.example(&minded, values) {
                Search::Found(text) => text,
                Search::Nothing => return Written::Conflict(self.core(minded, values, steps_max)),
                Search::Exhausted(what) => return Written::Exhausted(what),
            };
            if self.accepts(values, &text) {
                if taken.contains(&text) {
                    return Written::Exhausted("texts that are not taken");
                }
                return Written::Text(text);
            }
            let folded = fold(&text).into_owned();
            let mut rows = (0..).zip(self.tests.iter().zip(values));
            let failed =
                rows.find(|(_, ((test, _), is))| self.passes(test, &text, &folded) != **is);
            let Some((failed, _)) = failed else {
                break;
            };
            minded.push(failed);
            if self.steps > steps_max {
                break;
            }
        }
        Written::Exhausted("the length of a search for a text")
    }

    /// A text that comes to these values in the tests that are minded.
    fn example(&mut self, minded: &[usize], values: &[bool]) -> Search<String> {
        let mut constants = Constants::default();
        let rows = minded.iter().filter_map(|at| {
            let (test, _) = self.tests.get(*at)?;
            Some((test, values.get(*at).copied()?))
        });
        let rows: Vec<(&Test, bool)> = rows.collect();
        let mut seed = "";
        for (test, is) in &rows {
            let (list, text) = match test {
                Test::Is(text) => (&mut constants.whole, text),
                Test::Starts(text) => (&mut constants.prefixes, text),
                Test::Ends(text) => (&mut constants.suffixes, text),
                Test::Has(text) => (&mut constants.parts, text),
                Test::Matches(text) => (&mut constants.patterns, text),
            };
            list.insert(text.clone());
            if *is && matches!(test, Test::Starts(_)) && text.len() > seed.len() {
                seed = text;
            }
        }
        let mut language = Language::new(&constants);
        let (mut must_not, mut never, mut must) = (Vec::new(), Vec::new(), Vec::new());
        for (test, is) in &rows {
            match (test, is) {
                (Test::Has(text), false) => must_not.extend(language.part(text)),
                (Test::Matches(text), false) => never.extend(language.pattern(text)),
                (Test::Matches(text), true) => must.extend(language.pattern(text)),
                _ => {}
            }
        }
        let is_doomed = |state: &State| {
            let occurred = |at: &usize| state.occurred.get(*at) == Some(&true);
            must_not.iter().any(occurred) || state.is_doomed(&never, &must)
        };
        let found = language.search(seed, &is_doomed, &mut |text| {
            let folded = fold(text);
            let mut rows = rows.iter();
            rows.all(|(test, is)| self.passes(test, text, &folded) == *is)
        });
        self.steps += language.steps;
        found
    }

    /// As few of these values as no text has still.
    fn core(&mut self, mut minded: Vec<usize>, values: &[bool], steps_max: usize) -> Vec<Lit> {
        let mut place = 0;
        while place < minded.len() && self.steps < steps_max {
            let one = minded.remove(place);
            if self.example(&minded, values) != Search::Nothing {
                minded.insert(place, one);
                place += 1;
            }
        }
        let rows = minded.iter().filter_map(|at| {
            let (_, lit) = self.tests.get(*at)?;
            Some(if values.get(*at).copied()? {
                *lit
            } else {
                !*lit
            })
        });
        rows.collect()
    }
}

/// The tests of which a text that satisfies a comparison passes one.
fn tests_of(comparison: &FieldComparison, is_listed: bool) -> Vec<Test> {
    let test = match comparison {
        FieldComparison::OneOf(_) => Test::Is,
        FieldComparison::Contains(_) if is_listed => Test::Is,
        FieldComparison::Contains(_) => Test::Has,
        FieldComparison::StartsWith(_) => Test::Starts,
        FieldComparison::EndsWith(_) => Test::Ends,
        FieldComparison::Matches(pattern) => return vec![Test::Matches(pattern.clone())],
        FieldComparison::IsNull => return Vec::new(),
    };
    comparison.texts().iter().cloned().map(test).collect()
}

/// Characters that no constant has: a letter, a digit and others, as patterns tell them apart.
fn fillers(tests: &[(Test, Lit)]) -> Vec<char> {
    let constants = tests.iter().filter_map(|(test, _)| match test {
        Test::Is(text) | Test::Starts(text) | Test::Ends(text) | Test::Has(text) => Some(text),
        Test::Matches(_) => None,
    });
    let occurring: BTreeSet<char> = constants.flat_map(|text| text.chars()).collect();
    let readable = || READABLE.chars().filter(|c| !occurring.contains(c));
    let mut found: Vec<char> = Vec::new();
    found.extend(readable().find(|c| c.is_alphabetic()));
    found.extend(readable().find(char::is_ascii_digit));
    found.extend(readable().find(|c| !c.is_alphanumeric()));
    if found.is_empty() {
        let rare = ('\u{3b1}'..='\u{10ffff}')
            .filter(|c| fold(c.encode_utf8(&mut [0; 4])) == *c.to_string());
        found.extend(rare.into_iter().find(|c| !occurring.contains(c)));
    }
    found
}
