//! Sets: every element is looked up once for all matchers.
//!
//! What a set has is told element by element as they come; what it takes all elements to know, at
//! the end: whether some element was one that a matcher of targets does not list, and what
//! predicates came to.

use std::borrow::Cow;

use gatewright_bytecode::Matcher;
use gatewright_bytecode::index::AttributeIndex;
use gatewright_value::{Element, Predicate, Truth, guid_text};

use super::constants::Constants;
use super::patterns::{Automata, PatternError};
use super::{FALSE, Found, TRUE, UNKNOWN, Workspace};
use crate::encode::Sink;

/// The look-up of a set.
#[derive(Clone, Debug)]
pub(crate) struct SetLookup {
    attribute: u32,
    constants: Constants<Mention>,
    targets: Box<[Targets]>,
    predicates: Box<[Predicates]>,
}

/// A row of a matcher that mentions an element.
#[derive(Clone, Copy, Debug)]
struct Mention {
    matcher: u32,
    row: u32,
    /// Which of the matchers of targets, if it is one; else a number that none has.
    targets: u32,
}

/// The number of no matcher of targets.
const NO_TARGETS: u32 = u32::MAX;

/// A matcher of targets.
#[derive(Clone, Debug)]
struct Targets {
    matcher: u32,
    /// What it finds in an element that it does not list.
    others: u32,
}

/// A matcher of predicates.
#[derive(Clone, Debug)]
struct Predicates {
    matcher: u32,
    /// Each with the number of the automaton of its first pattern.
    rows: Box<[(Predicate, usize)]>,
}

impl SetLookup {
    /// What is found in each key, where that is all there is to it: an element of a matcher of
    /// targets is counted as well.
    pub(super) fn answers_of_keys(&self) -> impl Iterator<Item = Cow<'_, [Found]>> {
        let is_all = self.targets.is_empty();
        let count = if is_all {
            self.constants.key_count()
        } else {
            0
        };
        (0..count).map(|place| {
            let rows = self.constants.rows_at(place).iter();
            let found = rows.map(|row| Found {
                matcher: row.matcher,
                outcome: row.row,
            });
            found.collect()
        })
    }

    pub(super) fn new(
        attribute: u32,
        index: Option<&AttributeIndex>,
        matchers: &[(u32, &Matcher)],
        automata: &mut Automata,
    ) -> Result<SetLookup, PatternError> {
        let mut mentions: Vec<(&str, Mention)> = Vec::new();
        let (mut all_targets, mut all_predicates) = (Vec::new(), Vec::new());
        for (matcher, of) in matchers {
            let matcher = *matcher;
            let mention = |row, targets| Mention {
                matcher,
                row,
                targets,
            };
            match of {
                Matcher::Elements { elements, .. } => {
                    let rows = (0..).zip(elements);
                    mentions
                        .extend(rows.map(|(row, of)| (of.0.as_str(), mention(row, NO_TARGETS))));
                }
                // Elements that are not listed lie in no set, so nothing hangs on them.
                Matcher::Targets {
                    elements,
                    others,
                    uncertain,
                    ..
                } if others.is_empty() && uncertain.is_empty() => {
                    let rows = (0..).zip(elements);
                    mentions
                        .extend(rows.map(|(row, of)| (of.0.as_str(), mention(row, NO_TARGETS))));
                }
                Matcher::Targets { elements, .. } => {
                    let targets = all_targets.len() as u32;
                    let rows = (0..).zip(elements);
                    mentions.extend(rows.map(|(row, of)| (of.0.as_str(), mention(row, targets))));
                    let others = u32::try_from(elements.len()).unwrap_or(u32::MAX);
                    all_targets.push(Targets { matcher, others });
                }
                Matcher::Predicates { predicates, .. } => {
                    let mut rows = Vec::with_capacity(predicates.len());
                    for (predicate, _) in predicates {
                        rows.push((predicate.clone(), automata.add(predicate.patterns())?));
                    }
                    all_predicates.push(Predicates {
                        matcher,
                        rows: rows.into(),
                    });
                }
                _ => {}
            }
        }
        Ok(SetLookup {
            attribute,
            constants: Constants::new(index, mentions),
            targets: all_targets.into(),
            predicates: all_predicates.into(),
        })
    }

    /// The elements of a set follow.
    #[inline]
    pub(crate) fn begin(&self, space: &mut Workspace) {
        space.listed.clear();
        space.listed.resize(self.targets.len(), 0);
        if !self.predicates.is_empty() {
            let rows = self.predicates.iter().map(|of| of.rows.len()).sum();
            space.truths.clear();
            space.truths.resize(rows, Truth::False);
        }
    }

    /// An element that is a GUID.
    #[inline]
    pub(crate) fn guid(
        &self,
        guid: u128,
        automata: &Automata,
        space: &mut Workspace,
        sink: &mut impl Sink,
    ) {
        // Small where it is called: most elements are in no row.
        if self.constants.may_have_guid(guid) {
            self.mention(self.constants.place_of_guid(guid), space, sink);
        }
        if !self.predicates.is_empty() {
            self.ask_guid(guid, automata, space);
        }
    }

    /// Elements that are GUIDs.
    ///
    /// PERF: nothing but the sieve is in the loop for elements that are in no row.
    #[inline]
    pub(crate) fn guids(
        &self,
        guids: &[u128],
        automata: &Automata,
        space: &mut Workspace,
        sink: &mut impl Sink,
    ) {
        self.constants.each_key(guids, |key| {
            self.mention(Some(key), space, sink);
        });
        if !self.predicates.is_empty() {
            for guid in guids {
                self.ask_guid(*guid, automata, space);
            }
        }
    }

    /// An element in any case.
    #[inline]
    pub(crate) fn text(
        &self,
        text: &str,
        automata: &Automata,
        space: &mut Workspace,
        sink: &mut impl Sink,
    ) {
        let place = self.constants.place_of_unfolded(text, &mut space.folded);
        self.mention(place, space, sink);
        if !self.predicates.is_empty() {
            self.ask(Element::Text(text), automata, space);
        }
    }

    /// Tell what mentions a key.
    #[inline]
    fn mention(&self, key: Option<u32>, space: &mut Workspace, sink: &mut impl Sink) {
        let Some(key) = key else {
            return;
        };
        if !sink.answer_key(self.attribute, key) {
            mention(self.constants.rows_at(key), space, sink);
        }
    }

    #[inline(never)]
    fn ask_guid(&self, guid: u128, automata: &Automata, space: &mut Workspace) {
        self.ask(Element::Text(guid_text(guid).as_str()), automata, space);
    }

    /// Ask the predicates that no element before satisfied.
    #[inline(never)]
    pub(crate) fn ask(&self, element: Element<'_>, automata: &Automata, space: &mut Workspace) {
        let Workspace {
            folded,
            spaces,
            truths,
            ..
        } = space;
        let rows = self.predicates.iter().flat_map(|of| &of.rows);
        for ((predicate, first), some) in rows.zip(truths) {
            if *some != Truth::True {
                let holds = predicate.evaluate(element, folded, |pattern, text| {
                    automata.matches(first + pattern, spaces, text)
                });
                *some = some.or(holds);
            }
        }
    }

    /// That was the last of so many elements that are texts.
    #[inline]
    pub(crate) fn end(&self, elements: u32, space: &Workspace, sink: &mut impl Sink) {
        for (of, listed) in self.targets.iter().zip(&space.listed) {
            if *listed < elements {
                sink.found(of.matcher, of.others);
            }
        }
        let mut truths = space.truths.iter();
        for of in &self.predicates {
            for (row, some) in (0..of.rows.len() as u32).zip(&mut truths) {
                let class = match some {
                    Truth::False => FALSE,
                    Truth::True => TRUE,
                    Truth::Unknown => UNKNOWN,
                };
                sink.found(of.matcher, 3 * row + class);
            }
        }
    }
}

#[inline(never)]
fn mention(mentions: &[Mention], space: &mut Workspace, sink: &mut impl Sink) {
    for mention in mentions {
        if let Some(listed) = space.listed.get_mut(mention.targets as usize) {
            *listed += 1;
        }
        sink.found(mention.matcher, mention.row);
    }
}
