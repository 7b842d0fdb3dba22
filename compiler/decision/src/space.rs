//! The sign-in space: what a policy set can tell apart.
//!
//! No atom of a set asks more of an attribute than comparisons with the constants that the set
//! names. So the values of an attribute fall into finitely many *classes*, and a sign-in is, for
//! this set, a short vector of small numbers, one per *variable*:
//!
//! - a text tested by equality and prefix: class 0 is every other text, then one class per constant
//!   and one per prefix (for what starts with it and is no longer constant or prefix), in the order
//!   of the texts, so that a prefix covers a run of classes; then null;
//! - a Boolean: false, true, null;
//! - an ordered value or an address: the cells between the cut points of all ranges; then null;
//! - a part of a text (substring, suffix, pattern), an element of a set, a target set, a condition
//!   that some element satisfies: false, true.
//!   A text with `k` parts has one variable each, not one with `2ᵏ` classes.
//!
//! The last class of every variable is *unknown*: the fact is missing.
//!
//! Miniature: `department -eq "Sales"`, `department -startsWith "sa"` give one variable with the
//! classes `0` other, `1` sa…, `2` sales, `3` null, `4` unknown; the second test is true on
//! `1..=2`.

use std::cell::RefCell;

use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_value::{AddressRange, Predicate};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::atom::{Atom, ClassKind, Question, TargetSet, VariableKey};
use crate::cancellation::checkpoint;
use crate::class_set::ClassSet;
use crate::context::{Asked, Context};
use crate::formula::{Formula, Literal, join};
use crate::predicate::BASELINE;

/// The variables of a policy set, in the order in which diagrams test them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    /// A variable number is a place here.
    pub variables: Vec<Variable>,
}

/// One thing that can be told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The attribute that it is about; one past those of the schema for [`BASELINE`].
    pub attribute: AttributeId,
    /// What it is, for people.
    pub name: String,
    /// How many classes there are, unknown included.
    pub class_count: u32,
    /// What its classes are.
    pub classes: Classes,
}

/// What the classes of a variable are.
#[derive(Clone, Debug, PartialEq)]
pub enum Classes {
    /// 0 false, 1 true, 2 null, 3 unknown.
    Boolean,
    /// 0 any other text; those of the entries, which are sorted by text; null; unknown.
    Text(Vec<TextClass>),
    /// Those of the cells; null; unknown.
    Ordered(Cells),
    /// Whether this text occurs: 0 false (or null), 1 true, 2 unknown; so are all that follow.
    Contains(String),
    /// Whether it ends with this text.
    EndsWith(String),
    /// Whether this pattern matches.
    Matches(String),
    /// Whether the set has this element.
    Has(String),
    /// Whether some element of the set lies in this target set.
    Reaches(TargetSet),
    /// Whether some element of the set satisfies this predicate.
    Some(Predicate),
}

/// Numbers from one start up to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells {
    /// Where cells 1, 2, … start, ascending. Cell 0 starts at 0.
    pub starts: Vec<u128>,
    /// The class of each cell; empty where cell `i` is class `i`.
    pub classes: Vec<u32>,
}

/// A class of texts, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextClass {
    /// The constant or the prefix, folded.
    pub text: String,
    /// Whether exactly this text is meant; else every text that starts with it and falls into no
    /// later class.
    pub is_exact: bool,
    /// The number of the class. As questions are collected every entry has its own, one more than
    /// its place; entries that no policy tells apart may share one.
    pub class: u32,
}

impl Space {
    /// The number of classes of a variable without the unknown one.
    #[must_use]
    pub fn known(&self, variable: u32) -> u32 {
        self.variables
            .get(variable as usize)
            .map_or(0, |v| v.class_count.saturating_sub(1))
    }
}

impl Cells {
    /// The class of a cell.
    #[must_use]
    pub fn class_of(&self, cell: usize) -> u32 {
        let named = self.classes.get(cell).copied();
        named.unwrap_or_else(|| u32::try_from(cell).unwrap_or(u32::MAX))
    }

    /// Where the cells of a class start; `None` for cell 0.
    pub fn of_class(&self, class: u32) -> impl Iterator<Item = Option<u128>> {
        let starts = std::iter::once(None).chain(self.starts.iter().copied().map(Some));
        let cells = starts.enumerate();
        cells.filter_map(move |(cell, start)| (self.class_of(cell) == class).then_some(start))
    }
}

impl Variable {
    /// The class of a missing fact.
    #[must_use]
    pub fn unknown_class(&self) -> u32 {
        self.class_count.saturating_sub(1)
    }

    /// The class of null, where null has one of its own.
    #[must_use]
    pub fn null_class(&self) -> Option<u32> {
        match self.classes {
            Classes::Boolean | Classes::Text(_) | Classes::Ordered(_) => {
                self.class_count.checked_sub(2)
            }
            _ => None,
        }
    }
}

/// Collects the questions of a policy set, in the order in which their variables are to stand.
pub(crate) struct SpaceBuilder<'q> {
    variable_by_key: FxHashMap<VariableKey<'q>, u32>,
    drafts: Vec<Draft<'q>>,
    /// Lists of ranges that have been added: the trusted networks once, not once per policy.
    added: FxHashSet<(AttributeId, *const [AddressRange])>,
}

/// A variable whose constants are still being collected.
struct Draft<'q> {
    attribute: AttributeId,
    key: VariableKey<'q>,
    texts: Vec<(&'q str, bool)>,
    starts: Vec<u128>,
    /// Constants above which repeated ones are dropped.
    compact_above: usize,
}

impl<'q> SpaceBuilder<'q> {
    pub(crate) fn new() -> Self {
        SpaceBuilder {
            variable_by_key: FxHashMap::default(),
            drafts: Vec::new(),
            added: FxHashSet::default(),
        }
    }

    /// Note what this atom tells apart.
    pub(crate) fn add(&mut self, atom: &'q Atom<'_>) {
        let key = atom.variable_key();
        let next = u32::try_from(self.drafts.len()).unwrap_or(u32::MAX);
        let variable = *self.variable_by_key.entry(key.clone()).or_insert(next);
        if variable == next {
            let attribute = atom.attribute;
            self.drafts.push(Draft {
                attribute,
                key,
                texts: Vec::new(),
                starts: Vec::new(),
                compact_above: 0,
            });
        }
        let Some(draft) = self.drafts.get_mut(variable as usize) else {
            return;
        };
        match &atom.question {
            Question::OneOf(texts) => {
                draft
                    .texts
                    .extend(texts.iter().map(|text| (text.as_str(), true)));
            }
            Question::StartsWith(texts) => {
                draft
                    .texts
                    .extend(texts.iter().map(|text| (text.as_str(), false)));
            }
            Question::Between(first, last) => draft.cut(*first, *last),
            Question::InRange(ranges)
                if self
                    .added
                    .insert((atom.attribute, std::ptr::from_ref(*ranges))) =>
            {
                for AddressRange { first, last } in *ranges {
                    draft.cut(*first, *last);
                }
            }
            _ => {}
        }
        draft.compact();
    }

    /// The space, and for every question its variable.
    pub(crate) fn finish(self, schema: &Schema) -> (Space, Resolver<'q>) {
        let variables = self
            .drafts
            .into_iter()
            .map(|draft| draft.finish(schema))
            .collect();
        (
            Space { variables },
            Resolver {
                variable_by_key: self.variable_by_key,
                long_lists: RefCell::default(),
            },
        )
    }
}

impl Draft<'_> {
    fn cut(&mut self, first: u128, last: u128) {
        // Cell 0 starts at 0 as it is.
        if first > 0 {
            self.starts.push(first);
        }
        if let Some(after) = last.checked_add(1) {
            self.starts.push(after);
        }
    }

    /// Drop repeated constants now and then: many policies name the same ones. Each time, the list
    /// may double before the next, so the cost stays near-linear and the memory that of the set.
    fn compact(&mut self) {
        const ALWAYS_KEPT: usize = 4096;
        if self.texts.len() + self.starts.len() > self.compact_above.max(ALWAYS_KEPT) {
            self.sort();
            self.compact_above = 2 * (self.texts.len() + self.starts.len());
        }
    }

    fn sort(&mut self) {
        self.texts.sort_unstable();
        self.texts.dedup();
        self.starts.sort_unstable();
        self.starts.dedup();
    }

    fn finish(mut self, schema: &Schema) -> Variable {
        self.sort();
        let attribute = self.attribute;
        let subject = schema
            .attribute(attribute)
            .map_or(BASELINE, |found| found.name.as_str());
        let part = |verb: &str, text: &str| format!("{subject} {verb} \"{text}\"");
        let (classes, name) = match self.key {
            VariableKey::Class(_, ClassKind::Boolean) => (Classes::Boolean, subject.to_owned()),
            VariableKey::Class(_, ClassKind::Text) => {
                let entry = |(class, (text, is_exact)): (u32, (&str, bool))| TextClass {
                    text: text.into(),
                    is_exact,
                    class,
                };
                let entries = (1..).zip(self.texts).map(entry).collect();
                (Classes::Text(entries), subject.to_owned())
            }
            VariableKey::Class(_, ClassKind::Ordered) => {
                let cells = Cells {
                    starts: self.starts,
                    classes: Vec::new(),
                };
                (Classes::Ordered(cells), subject.to_owned())
            }
            VariableKey::Contains(_, t) => (Classes::Contains(t.into()), part("contains", t)),
            VariableKey::EndsWith(_, t) => (Classes::EndsWith(t.into()), part("ends with", t)),
            VariableKey::Matches(_, t) => (Classes::Matches(t.into()), part("matches", t)),
            VariableKey::Has(_, t) => (Classes::Has(t.into()), part("has", t)),
            VariableKey::Reaches(_, set) => (
                Classes::Reaches(set.clone()),
                format!("{subject} reaches {}", describe(set)),
            ),
            VariableKey::Some(_, predicate) => (
                Classes::Some(predicate.clone()),
                format!("{subject} has some with {predicate}"),
            ),
        };
        let count = match &classes {
            Classes::Boolean => 4,
            Classes::Text(entries) => entries.len() + 3,
            Classes::Ordered(cells) => cells.starts.len() + 3,
            _ => 3,
        };
        let class_count = u32::try_from(count).unwrap_or(u32::MAX);
        Variable {
            attribute,
            name,
            class_count,
            classes,
        }
    }
}

/// The first few elements of a target set.
pub(crate) fn describe(set: &TargetSet) -> String {
    const SHOWN: usize = 3;
    let mut names: Vec<String> = set
        .listed
        .iter()
        .take(SHOWN)
        .map(|text| format!("\"{text}\""))
        .collect();
    if let Some(more) = set.listed.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    match (set.is_complement, names.is_empty()) {
        (false, true) => "nothing".to_owned(),
        (false, false) => names.join(", "),
        (true, true) => "anything".to_owned(),
        (true, false) => format!("anything but {}", names.join(", ")),
    }
}

/// Turns questions into literals.
pub(crate) struct Resolver<'q> {
    variable_by_key: FxHashMap<VariableKey<'q>, u32>,
    /// What long lists of ranges become, by the list itself: a named location is looked up in the
    /// cells of the space once, not once per policy.
    long_lists: RefCell<FxHashMap<(AttributeId, *const [AddressRange]), ClassSet>>,
}

/// Ranges from which a list is long.
const LONG_LIST: usize = 32;

impl<'q> Resolver<'q> {
    /// The same questions in another space; `None` where it does not tell all of it apart that
    /// their own one does. Neither may have been optimised.
    pub(crate) fn over(self, own: &Space, other: &Space) -> Option<Resolver<'q>> {
        let number = |variable: u32| {
            let asked = own.variables.get(variable as usize)?;
            let place = other.variables.iter().position(|row| row.covers(asked))?;
            u32::try_from(place).ok()
        };
        let rows = self.variable_by_key.into_iter();
        let rows = rows.map(|(key, variable)| Some((key, number(variable)?)));
        Some(Resolver {
            variable_by_key: rows.collect::<Option<_>>()?,
            long_lists: RefCell::default(),
        })
    }
}

impl Resolver<'_> {
    /// The formula over literals, those of one variable merged. Recursion is bounded by the nesting
    /// of the formula.
    pub(crate) fn resolve(&self, space: &Space, formula: &Asked<'_>) -> Formula<Literal> {
        let parts = |parts: &[Asked<'_>]| parts.iter().map(|p| self.resolve(space, p)).collect();
        match formula {
            Formula::True => Formula::True,
            Formula::False => Formula::False,
            Formula::Unknown => Formula::Unknown,
            Formula::Literal(atom) => self.literal(space, atom),
            Formula::And(inner) => join(parts(inner), true, &|v| space.known(v)),
            Formula::Or(inner) => join(parts(inner), false, &|v| space.known(v)),
        }
    }

    fn literal(&self, space: &Space, atom: &Atom<'_>) -> Formula<Literal> {
        let found = self.variable_by_key.get(&atom.variable_key()).copied();
        let found = found.and_then(|at| Some((at, space.variables.get(at as usize)?)));
        let Some((variable, described)) = found else {
            // Every question was added before the space was finished.
            debug_assert!(false, "a question without a variable");
            return Formula::Unknown;
        };
        let classes = self.classes_of(described, &atom.question);
        let classes = if atom.is_negated {
            classes.complement(described.unknown_class())
        } else {
            classes
        };
        Formula::Literal(Literal { variable, classes })
    }

    fn classes_of(&self, described: &Variable, question: &Question<'_>) -> ClassSet {
        let list = match question {
            Question::InRange(ranges) if ranges.len() >= LONG_LIST => std::ptr::from_ref(*ranges),
            _ => return described.classes_of(question),
        };
        let key = (described.attribute, list);
        if let Some(known) = self.long_lists.borrow().get(&key) {
            return known.clone();
        }
        let classes = described.classes_of(question);
        self.long_lists.borrow_mut().insert(key, classes.clone());
        classes
    }
}

impl Variable {
    /// Whether this is the same variable as another one, with at least its constants.
    fn covers(&self, other: &Variable) -> bool {
        self.attribute == other.attribute
            && match (&self.classes, &other.classes) {
                (Classes::Text(entries), Classes::Text(others)) => others
                    .iter()
                    .all(|entry| place_of(entries, &entry.text, entry.is_exact).is_some()),
                (Classes::Ordered(cells), Classes::Ordered(others)) => {
                    let mut starts = others.starts.iter();
                    starts.all(|start| cells.starts.binary_search(start).is_ok())
                }
                (classes, others) => classes == others,
            }
    }

    /// Where the answer to a question about this variable is yes.
    fn classes_of(&self, question: &Question<'_>) -> ClassSet {
        match (&self.classes, question) {
            (Classes::Boolean, Question::Is(value)) => {
                ClassSet::run(u32::from(*value), u32::from(*value))
            }
            (_, Question::IsNull(_)) => self
                .null_class()
                .map_or_else(ClassSet::empty, |class| ClassSet::run(class, class)),
            (Classes::Text(entries), Question::OneOf(texts)) => {
                let runs = texts.iter().filter_map(|text| exact_run(entries, text));
                ClassSet::from_runs(runs.collect())
            }
            (Classes::Text(entries), Question::StartsWith(texts)) => {
                let runs = texts.iter().filter_map(|text| prefix_run(entries, text));
                ClassSet::from_runs(runs.collect())
            }
            (Classes::Ordered(cells), Question::Between(first, last)) => ClassSet::from_runs(
                ordered_run(&cells.starts, *first, *last)
                    .into_iter()
                    .collect(),
            ),
            (Classes::Ordered(cells), Question::InRange(ranges)) => {
                let runs = ranges
                    .iter()
                    .filter_map(|r| ordered_run(&cells.starts, r.first, r.last));
                ClassSet::from_runs(runs.collect())
            }
            // The questions that have a Boolean variable of their own.
            _ => ClassSet::run(1, 1),
        }
    }
}

/// The class of the entry at this place; class 0 is every other text.
fn text_class(place: usize) -> Option<u32> {
    u32::try_from(place).ok()?.checked_add(1)
}

fn place_of(entries: &[TextClass], text: &str, is_exact: bool) -> Option<usize> {
    let order = |entry: &TextClass| {
        entry
            .text
            .as_str()
            .cmp(text)
            .then(entry.is_exact.cmp(&is_exact))
    };
    entries.binary_search_by(order).ok()
}

fn exact_run(entries: &[TextClass], text: &str) -> Option<(u32, u32)> {
    let class = text_class(place_of(entries, text, true)?)?;
    Some((class, class))
}

/// Everything that starts with a prefix stands right after it.
fn prefix_run(entries: &[TextClass], prefix: &str) -> Option<(u32, u32)> {
    let first = place_of(entries, prefix, false)?;
    let after = entries.get(first..)?;
    let last = first + after.partition_point(|entry| entry.text.starts_with(prefix)) - 1;
    Some((text_class(first)?, text_class(last)?))
}

fn ordered_run(starts: &[u128], first: u128, last: u128) -> Option<(u32, u32)> {
    if first > last {
        return None;
    }
    let cell = |key| u32::try_from(starts.partition_point(|start| *start <= key)).ok();
    Some((cell(first)?, cell(last)?))
}

/// The variables that the formulas of a set ask about, in the order of `visit_order`.
pub(crate) fn collect<'q>(
    cx: &Context<'_>,
    visit_order: impl IntoIterator<Item = &'q Asked<'q>>,
) -> (Space, Resolver<'q>) {
    let mut builder = SpaceBuilder::new();
    for formula in visit_order {
        checkpoint();
        formula.for_each_literal(&mut |atom| builder.add(atom));
    }
    builder.finish(&cx.set.schema)
}
