//! Where values of attributes are looked up.
//!
//! A program has matchers; a loaded one has, for each attribute, one *look-up* that serves all its
//! matchers: whatever their number, a value is folded once, its constants are searched once, and
//! the text is read once for parts. What matchers find in a missing fact and in null is laid out
//! beforehand.

mod atoms;
mod constants;
mod keys;
mod patterns;
mod prefixes;
mod ranges;
mod sets;
mod texts;

pub use patterns::PatternError;
pub(crate) use patterns::{Automata, Space};
pub(crate) use sets::SetLookup;
pub(crate) use texts::TextLookup;

use std::borrow::Cow;

use gatewright_bytecode::{Matcher, Program};
use gatewright_value::{Kind, Truth};

use crate::encode::Sink;
use ranges::Ranges;

/// Classes of a Boolean variable that stands for a question, not for an attribute.
pub(crate) const FALSE: u32 = 0;
pub(crate) const TRUE: u32 = 1;
pub(crate) const UNKNOWN: u32 = 2;

/// The look-ups of a program.
#[derive(Clone, Debug)]
pub(crate) struct Lookup {
    attributes: Box<[AttributeLookup]>,
    /// The attributes that have matchers.
    read: Box<[u32]>,
    automata: Automata,
}

/// The look-up of an attribute.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeLookup {
    pub(crate) matchers: Box<[u32]>,
    /// What is found where the fact is missing.
    pub(crate) unknown: Box<[Found]>,
    /// What is found in null.
    pub(crate) null: Box<[Found]>,
    /// Of a Boolean: what is found in false and in true.
    truths: Option<[Box<[Found]>; 2]>,
    pub(crate) reading: Reading,
}

/// How values are read.
#[derive(Clone, Debug, Default)]
pub(crate) enum Reading {
    /// No matcher reads the attribute.
    #[default]
    Nothing,
    /// Matchers that tell false from true.
    Boolean(Box<[u32]>),
    Ordered(Box<[OrderedLookup]>),
    Text(Box<TextLookup>),
    Set(Box<SetLookup>),
}

/// An outcome that a matcher found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) matcher: u32,
    pub(crate) outcome: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct OrderedLookup {
    matcher: u32,
    ranges: Ranges,
}

/// Space that look-ups work in.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// The text that is looked up, folded.
    pub(crate) folded: String,
    pub(crate) spaces: Vec<Space>,
    seen: atoms::Seen,
    rows: Vec<bool>,
    /// Of each predicate of the set: whether some element satisfies it.
    truths: Vec<Truth>,
    /// Of each matcher of targets: how many elements it lists.
    listed: Vec<u32>,
}

impl Lookup {
    /// The look-ups of a verified program.
    pub(crate) fn new(program: &Program) -> Result<Lookup, PatternError> {
        let mut automata = Automata::default();
        let mut matchers: Vec<(u32, &Matcher)> = (0..).zip(&program.matchers).collect();
        matchers.sort_by_key(|(_, matcher)| matcher.attribute());
        let mut attributes = vec![AttributeLookup::default(); program.attributes.len()];
        for group in matchers.chunk_by(|a, b| a.1.attribute() == b.1.attribute()) {
            let Some(attribute) = group.first().map(|(_, matcher)| matcher.attribute()) else {
                continue;
            };
            let lookup = AttributeLookup::new(program, attribute, group, &mut automata)?;
            if let Some(slot) = attributes.get_mut(attribute as usize) {
                *slot = lookup;
            }
        }
        let read = (0u32..)
            .zip(&attributes)
            .filter(|(_, of)| !of.matchers.is_empty());
        Ok(Lookup {
            read: read.map(|(attribute, _)| attribute).collect(),
            attributes: attributes.into(),
            automata,
        })
    }

    #[inline]
    pub(crate) fn attribute(&self, attribute: u32) -> Option<&AttributeLookup> {
        self.attributes.get(attribute as usize)
    }

    /// By attribute.
    pub(crate) fn all(&self) -> &[AttributeLookup] {
        &self.attributes
    }

    pub(crate) fn read(&self) -> &[u32] {
        &self.read
    }

    pub(crate) fn automata(&self) -> &Automata {
        &self.automata
    }
}

impl AttributeLookup {
    fn new(
        program: &Program,
        attribute: u32,
        matchers: &[(u32, &Matcher)],
        automata: &mut Automata,
    ) -> Result<AttributeLookup, PatternError> {
        let kind = program
            .attributes
            .get(attribute as usize)
            .map(|info| &info.kind);
        let index = program
            .indexes
            .binary_search_by_key(&attribute, |index| index.attribute);
        let index = index.ok().and_then(|at| program.indexes.get(at));
        let reading = match kind {
            None => Reading::Nothing,
            Some(Kind::Boolean) => Reading::Boolean(matchers.iter().map(|row| row.0).collect()),
            Some(kind) if kind.is_ordered() || *kind == Kind::Address => {
                let is_address = *kind == Kind::Address;
                let ordered = |(number, matcher): &(u32, &Matcher)| match matcher {
                    Matcher::Ordered {
                        starts, classes, ..
                    } => Some(OrderedLookup {
                        matcher: *number,
                        ranges: Ranges::new(starts, classes, is_address),
                    }),
                    _ => None,
                };
                Reading::Ordered(matchers.iter().filter_map(ordered).collect())
            }
            Some(Kind::Set(_)) => Reading::Set(Box::new(SetLookup::new(
                attribute, index, matchers, automata,
            )?)),
            Some(kind) => Reading::Text(Box::new(TextLookup::new(
                attribute, index, kind, matchers, automata,
            )?)),
        };
        Ok(AttributeLookup {
            matchers: matchers.iter().map(|row| row.0).collect(),
            unknown: absent(program, matchers, true),
            null: absent(program, matchers, false),
            truths: matches!(reading, Reading::Boolean(_)).then(|| {
                [FALSE, TRUE].map(|outcome| {
                    let found = matchers.iter().map(|(matcher, _)| Found {
                        matcher: *matcher,
                        outcome,
                    });
                    found.collect()
                })
            }),
            reading,
        })
    }

    /// What is found in values that are known beforehand, as [`Answer`](crate::Answer) numbers
    /// them; `None` for those that the attribute does not have.
    pub(crate) fn answers(&self) -> Vec<Option<Cow<'_, [Found]>>> {
        if self.matchers.is_empty() {
            return Vec::new();
        }
        let [no, yes] = match &self.truths {
            Some([no, yes]) => [Some(Cow::from(&**no)), Some(Cow::from(&**yes))],
            None => [None, None],
        };
        let (unknown, null) = (Cow::from(&*self.unknown), Cow::from(&*self.null));
        let mut answers = vec![Some(unknown), Some(null), no, yes];
        if let Reading::Text(of) = &self.reading {
            answers.extend(of.answers_of_members().map(Some));
        }
        answers
    }

    /// What is found in each key, then in what is none, where that is all that is asked.
    pub(crate) fn answers_of_keys(&self) -> Vec<Option<Cow<'_, [Found]>>> {
        match &self.reading {
            Reading::Text(of) => of.answers_of_keys().map(Some).collect(),
            Reading::Set(of) => of.answers_of_keys().map(Some).collect(),
            Reading::Nothing | Reading::Boolean(_) | Reading::Ordered(_) => Vec::new(),
        }
    }
}

impl OrderedLookup {
    #[inline]
    pub(crate) fn find(&self, key: u128, sink: &mut impl Sink) {
        sink.found(self.matcher, self.ranges.class(key));
    }
}

/// What matchers find where there is no value: in a missing fact, or in null.
fn absent(program: &Program, matchers: &[(u32, &Matcher)], is_unknown: bool) -> Box<[Found]> {
    let mut found = Vec::new();
    for (number, matcher) in matchers {
        let mut push = |outcome: usize| {
            let outcome = u32::try_from(outcome).unwrap_or(u32::MAX);
            found.push(Found {
                matcher: *number,
                outcome,
            });
        };
        let of_rows = if is_unknown { UNKNOWN } else { FALSE } as usize;
        match matcher {
            Matcher::Boolean { variable, .. }
            | Matcher::Text { variable, .. }
            | Matcher::Ordered { variable, .. } => {
                let row = program.variables.get(*variable as usize);
                let class = row.map_or(0, |row| {
                    if is_unknown {
                        row.unknown_class()
                    } else {
                        row.null_class.unwrap_or(0)
                    }
                });
                // A Boolean attribute has a class for null, whether or not the code tells it apart.
                let is_boolean = matches!(matcher, Matcher::Boolean { .. });
                push(if is_boolean && !is_unknown {
                    2
                } else {
                    class as usize
                });
            }
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            } => {
                let rows = contains.len() + suffixes.len() + patterns.len();
                (0..rows).for_each(|row| push(3 * row + of_rows));
            }
            Matcher::Predicates { predicates, .. } => {
                (0..predicates.len()).for_each(|row| push(3 * row + of_rows));
            }
            // An absent set is empty.
            Matcher::Elements { elements, .. } if is_unknown => push(elements.len()),
            Matcher::Targets { elements, .. } if is_unknown => push(elements.len() + 1),
            Matcher::Elements { .. } | Matcher::Targets { .. } => {}
        }
    }
    found.into()
}

/// Hand on what was laid out beforehand.
#[inline]
pub(crate) fn tell(found: &[Found], sink: &mut impl Sink) {
    for Found { matcher, outcome } in found {
        sink.found(*matcher, *outcome);
    }
}
