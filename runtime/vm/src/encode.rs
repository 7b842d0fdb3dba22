//! From facts to classes.
//!
//! Every matcher looks its attribute's value up once and sets the variables that it owns; since
//! each variable has exactly one matcher, all variables are set.
//!
//! INVARIANT: the class of a variable is below its class count, because the program is verified.

use std::borrow::Cow;

use gatewright_bytecode::{Matcher, Variable};
use gatewright_value::{Element, Predicate, Truth, fold_into};
use regex_automata::Input;
use regex_automata::meta::{Cache, Regex};

use crate::facts::{AttributeHandle, Fact, Facts};
use crate::loaded::{Loaded, Prepared};

/// Classes of Boolean variables.
const FALSE: u32 = 0;
const TRUE: u32 = 1;
const UNKNOWN: u32 = 2;
/// The class of null of a Boolean attribute.
const NULL_BOOLEAN: u32 = 2;

/// Space that encoding works in. One thread uses it at a time, for any number of requests; it is
/// made anew where it meets another program.
#[derive(Debug, Default)]
pub struct Scratch {
    program: u64,
    classes: Vec<u32>,
    folded: String,
    caches: Vec<Cache>,
}

impl Scratch {
    /// The classes of the last request, one per variable.
    #[must_use]
    pub fn classes(&self) -> &[u32] {
        &self.classes
    }

    fn prepare_for(&mut self, loaded: &Loaded) {
        if self.program != loaded.identity() {
            let patterns = loaded
                .matchers()
                .flat_map(|(_, prepared)| &prepared.patterns);
            self.caches = patterns.map(|pattern| pattern.create_cache()).collect();
            self.program = loaded.identity();
        }
        self.classes.clear();
        self.classes.resize(loaded.program().variables.len(), 0);
    }
}

/// The classes of a request, one per variable. Facts of another program count as unknown.
pub fn encode<'s>(loaded: &Loaded, facts: &Facts<'_>, scratch: &'s mut Scratch) -> &'s [u32] {
    scratch.prepare_for(loaded);
    let belong = facts.belong_to(loaded);
    debug_assert!(belong, "the facts are of another program");
    let Scratch {
        classes,
        folded,
        caches,
        ..
    } = scratch;
    let variables = &loaded.program().variables;
    let mut encoder = Encoder {
        variables,
        classes,
        folded,
        caches,
    };
    for (matcher, prepared) in loaded.matchers() {
        let fact = if belong {
            facts.at(matcher.attribute())
        } else {
            &Fact::Unknown
        };
        encoder.matcher(matcher, prepared, fact);
    }
    classes
}

/// Say after encoding what a Boolean attribute is, whatever its fact says: it follows from others.
/// A scratch space of another program stays as it is.
pub fn settle(loaded: &Loaded, attribute: AttributeHandle, truth: Truth, scratch: &mut Scratch) {
    if scratch.program != loaded.identity() || attribute.program != scratch.program {
        return;
    }
    let variables = loaded.matchers().filter_map(|(matcher, _)| match matcher {
        Matcher::Boolean {
            attribute: of,
            variable,
        } if *of == attribute.index => Some(*variable),
        _ => None,
    });
    for variable in variables {
        let row = loaded.program().variables.get(variable as usize);
        let class = match truth {
            Truth::False => FALSE,
            Truth::True => TRUE,
            Truth::Unknown => row.map_or(FALSE, Variable::unknown_class),
        };
        if let Some(slot) = scratch.classes.get_mut(variable as usize) {
            *slot = class;
        }
    }
}

struct Encoder<'a> {
    variables: &'a [Variable],
    classes: &'a mut [u32],
    folded: &'a mut String,
    /// Those of the matchers that are still to come.
    caches: &'a mut [Cache],
}

impl<'a> Encoder<'a> {
    fn matcher(&mut self, matcher: &Matcher, prepared: &Prepared, fact: &Fact<'_>) {
        match matcher {
            Matcher::Boolean { variable, .. } => match fact {
                Fact::Boolean(truth) => self.set(*variable, u32::from(*truth)),
                Fact::Null => self.set(*variable, NULL_BOOLEAN),
                _ => self.set_unknown(*variable),
            },
            Matcher::Text {
                variable,
                exact,
                prefixes,
                ..
            } => match fact {
                Fact::Text(text) => {
                    fold_into(text, self.folded);
                    let class = text_class(self.folded, exact, prefixes, prepared);
                    self.set(*variable, class);
                }
                Fact::Null => self.set_null(*variable),
                _ => self.set_unknown(*variable),
            },
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            } => {
                self.text_parts([contains, suffixes, patterns], prepared, fact);
            }
            Matcher::Ordered {
                variable, starts, ..
            } => match fact {
                Fact::Ordered(key) | Fact::Address(key) => {
                    let class = starts.partition_point(|start| start <= key);
                    self.set(*variable, u32::try_from(class).unwrap_or(u32::MAX));
                }
                Fact::Null => self.set_null(*variable),
                _ => self.set_unknown(*variable),
            },
            Matcher::Elements { elements, .. } => self.elements(elements, fact),
            Matcher::Targets {
                variables,
                elements,
                others,
                uncertain,
                ..
            } => {
                self.targets(variables, elements, others, uncertain, fact);
            }
            Matcher::Predicates { predicates, .. } => self.predicates(predicates, prepared, fact),
        }
    }

    fn text_parts(
        &mut self,
        [contains, suffixes, patterns]: [&[(String, u32)]; 3],
        prepared: &Prepared,
        fact: &Fact<'_>,
    ) {
        let caches = self.caches_of(prepared);
        let Fact::Text(text) = fact else {
            let class = if *fact == Fact::Null { FALSE } else { UNKNOWN };
            for row in contains.iter().chain(suffixes).chain(patterns) {
                self.set(row.1, class);
            }
            return;
        };
        fold_into(text, self.folded);
        for row in contains {
            let occurs = self.folded.contains(row.0.as_str());
            self.set(row.1, u32::from(occurs));
        }
        for row in suffixes {
            let ends = self.folded.ends_with(row.0.as_str());
            self.set(row.1, u32::from(ends));
        }
        let compiled = prepared.patterns.iter().zip(caches);
        for (row, (pattern, cache)) in patterns.iter().zip(compiled) {
            self.set(row.1, u32::from(matches(pattern, cache, text)));
        }
    }

    fn predicates(&mut self, rows: &[(Predicate, u32)], prepared: &Prepared, fact: &Fact<'_>) {
        let mut caches = self.caches_of(prepared);
        let mut patterns = prepared.patterns.as_slice();
        for (predicate, variable) in rows {
            // A cache belongs to its pattern, and both to their predicate.
            let count = predicate.patterns().count();
            let (own, rest) = patterns.split_at(count.min(patterns.len()));
            let (own_caches, rest_caches) = caches.split_at_mut(count.min(caches.len()));
            (patterns, caches) = (rest, rest_caches);
            let class = match self.some(predicate, own, own_caches, fact) {
                Truth::False => FALSE,
                Truth::True => TRUE,
                Truth::Unknown => UNKNOWN,
            };
            self.set(*variable, class);
        }
    }

    /// Whether some element satisfies a predicate.
    fn some(
        &mut self,
        predicate: &Predicate,
        patterns: &[Regex],
        caches: &mut [Cache],
        fact: &Fact<'_>,
    ) -> Truth {
        let folded = &mut *self.folded;
        let mut satisfies = |element: Element<'_>| {
            predicate.evaluate(element, folded, |number, text| {
                let found = patterns.get(number).zip(caches.get_mut(number));
                found.is_some_and(|(pattern, cache)| matches(pattern, cache, text))
            })
        };
        let mut some = Truth::False;
        match fact {
            Fact::Set(elements) => {
                for element in elements {
                    some = some.or(satisfies(Element::Text(element)));
                    if some == Truth::True {
                        break;
                    }
                }
            }
            Fact::Records(records) => {
                for record in records {
                    some = some.or(satisfies(Element::Record(record)));
                    if some == Truth::True {
                        break;
                    }
                }
            }
            Fact::Null => {}
            _ => return Truth::Unknown,
        }
        some
    }

    /// The caches of a matcher; those of later ones are left.
    fn caches_of(&mut self, prepared: &Prepared) -> &'a mut [Cache] {
        let caches = std::mem::take(&mut self.caches);
        let (own, rest) = caches.split_at_mut(prepared.patterns.len().min(caches.len()));
        self.caches = rest;
        own
    }

    fn elements(&mut self, rows: &[(String, u32)], fact: &Fact<'_>) {
        let elements: &[Cow<'_, str>] = match fact {
            Fact::Set(elements) => elements,
            // A set is never null; an absent one is empty, as every variable is until now. No
            // record is equal to a text.
            Fact::Null | Fact::Records(_) => &[],
            _ => {
                for row in rows {
                    self.set(row.1, UNKNOWN);
                }
                return;
            }
        };
        for element in elements {
            fold_into(element, self.folded);
            if let Some((_, variable)) = find(rows, self.folded) {
                self.set(*variable, TRUE);
            }
        }
    }

    fn targets(
        &mut self,
        variables: &[u32],
        rows: &[(String, Vec<u32>)],
        others: &[u32],
        uncertain: &[u32],
        fact: &Fact<'_>,
    ) {
        let elements: &[Cow<'_, str>] = match fact {
            Fact::Set(elements) => elements,
            Fact::Null | Fact::Records(_) => &[],
            _ => {
                for variable in variables {
                    self.set(*variable, UNKNOWN);
                }
                return;
            }
        };
        let variable_of = |set: &u32| variables.get(*set as usize).copied();
        for element in elements {
            fold_into(element, self.folded);
            let sets = find(rows, self.folded).map_or(others, |row| row.1.as_slice());
            for variable in sets.iter().filter_map(variable_of) {
                self.set(variable, TRUE);
            }
            for variable in uncertain.iter().filter_map(variable_of) {
                if self.get(variable) == FALSE {
                    self.set(variable, UNKNOWN);
                }
            }
        }
    }

    fn get(&self, variable: u32) -> u32 {
        self.classes
            .get(variable as usize)
            .copied()
            .unwrap_or(FALSE)
    }

    fn set(&mut self, variable: u32, class: u32) {
        if let Some(slot) = self.classes.get_mut(variable as usize) {
            *slot = class;
        }
    }

    fn set_null(&mut self, variable: u32) {
        let class = self
            .variables
            .get(variable as usize)
            .and_then(|row| row.null_class);
        self.set(variable, class.unwrap_or(0));
    }

    fn set_unknown(&mut self, variable: u32) {
        let class = self
            .variables
            .get(variable as usize)
            .map_or(0, Variable::unknown_class);
        self.set(variable, class);
    }
}

fn matches(pattern: &Regex, cache: &mut Cache, text: &str) -> bool {
    let input = Input::new(text).earliest(true);
    pattern.search_half_with(cache, &input).is_some()
}

fn find<'r, T>(rows: &'r [(String, T)], text: &str) -> Option<&'r (String, T)> {
    let at = rows.binary_search_by(|row| row.0.as_str().cmp(text)).ok()?;
    rows.get(at)
}

/// The class of the equal text, else of the longest prefix, else 0.
fn text_class(
    folded: &str,
    exact: &[(String, u32)],
    prefixes: &[(String, u32)],
    prepared: &Prepared,
) -> u32 {
    if let Some((_, class)) = find(exact, folded) {
        return *class;
    }
    let starts = prepared
        .prefix_lengths
        .iter()
        .filter_map(|length| folded.get(..*length));
    starts
        .filter_map(|start| find(prefixes, start))
        .map(|row| row.1)
        .next()
        .unwrap_or(0)
}
