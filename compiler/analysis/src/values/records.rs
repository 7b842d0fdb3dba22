//! Attributes that are sets of records, and records that answer questions as asked.
//!
//! A field matters by what it answers to the comparisons that are made with it; those are finitely
//! many lists of answers, and one value for each is enough. Records are then searched field by
//! field: one whose other fields are open tells early that a question cannot come out as wanted.

use std::collections::{BTreeMap, BTreeSet};

use gatewright_decision::{Classes, Space};
use gatewright_hir::schema::AttributeId;
use gatewright_value::{Element, Field, Predicate, Record, Truth};
use serde_json::Value;

use super::language::{Constants, Language, Search};
use super::questions::{Asked, FALSE, TRUE, UNKNOWN};
use super::sets::add_constants;
use super::{Literal, Solved};
use crate::facts::Fact;

/// LIMIT: values of a field that are told apart, and lists of them.
const VALUES_MAX: usize = 256;
/// LIMIT: records that are tried, whole or in part, in one search.
const RECORDS_MAX: usize = 20_000;

/// What a record must answer to the question of this number.
pub(super) type Want = (usize, Answer);

/// What a question must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Answer {
    Is(Truth),
    NotTrue,
}

impl Answer {
    pub(super) fn is(self, truth: Truth) -> bool {
        match self {
            Answer::Is(wanted) => truth == wanted,
            Answer::NotTrue => truth != Truth::True,
        }
    }

    /// Whether it can still come to it, where *unknown* means that fields are open.
    fn can_be(self, truth: Truth) -> bool {
        match self {
            Answer::Is(wanted) => truth == Truth::Unknown || truth == wanted,
            Answer::NotTrue => truth != Truth::True,
        }
    }
}

/// Questions about records, and the values that their fields can have.
#[derive(Default)]
pub(super) struct RecordSpace {
    asked: Vec<Asked>,
    /// By variable: the number of its question.
    numbers: BTreeMap<u32, usize>,
    fields: BTreeMap<String, Choices>,
    /// Records that were tried in all searches.
    pub(super) steps: usize,
}

/// The values of a field.
#[derive(Clone, Debug, Default)]
struct Choices {
    /// Without the one that it is absent.
    values: Vec<Field<'static>>,
    gap: Option<&'static str>,
}

impl RecordSpace {
    /// Add the questions of variables.
    pub(super) fn add(&mut self, variables: &[u32], space: &Space) {
        for variable in variables {
            let row = space.variables.get(*variable as usize);
            if let Some(Classes::Some(predicate)) = row.map(|row| &row.classes) {
                self.numbers.insert(*variable, self.asked.len());
                self.asked.push(Asked::new(predicate));
            }
        }
    }

    /// The question of a variable.
    pub(super) fn number(&self, variable: u32) -> Option<usize> {
        self.numbers.get(&variable).copied()
    }

    pub(super) fn asked(&self, number: usize) -> Option<&Asked> {
        self.asked.get(number)
    }

    /// All questions.
    pub(super) fn all(&self) -> &[Asked] {
        &self.asked
    }

    /// What a record answers to a question.
    pub(super) fn answer(&self, number: usize, record: &Record<'_>) -> Truth {
        let asked = self.asked.get(number);
        asked.map_or(Truth::Unknown, |asked| asked.of(Element::Record(record)))
    }

    /// A record that has these fields, perhaps others, and these answers.
    pub(super) fn find(
        &mut self,
        base: &Record<'static>,
        wants: &[Want],
    ) -> Search<Record<'static>> {
        let is_done = |space: &RecordSpace, record: &Record<'_>| {
            wants
                .iter()
                .all(|(number, answer)| answer.is(space.answer(*number, record)))
        };
        if is_done(self, base) {
            return Search::Found(base.clone());
        }
        let mut names: BTreeSet<String> = BTreeSet::new();
        for (number, _) in wants {
            let questions = self.asked.get(*number).into_iter();
            let questions = questions.flat_map(|asked| asked.predicate.questions());
            names.extend(questions.map(|question| question.field.clone()));
        }
        let mut fields: Vec<Choices> = Vec::new();
        let mut open: Vec<String> = Vec::new();
        for name in names {
            if base.get(&name).is_none() && !name.is_empty() {
                fields.push(self.choices(&name).clone());
                open.push(name);
            }
        }
        let mut gap = fields.iter().find_map(|choices| choices.gap);
        // Depth first, by hand: a row of places says which value each field has had last.
        let mut steps = 0;
        let mut stack = vec![(base.clone(), 0)];
        while let Some((record, depth)) = stack.pop() {
            steps += 1;
            self.steps += 1;
            if steps > RECORDS_MAX {
                gap = Some("records that were tried");
                break;
            }
            let (Some(name), Some(choices)) = (open.get(depth), fields.get(depth)) else {
                if is_done(self, &record) {
                    return Search::Found(record);
                }
                continue;
            };
            let partial = record.clone().and_unknown();
            let can_be = |(number, answer): &Want| answer.can_be(self.answer(*number, &partial));
            if !wants.iter().all(can_be) {
                continue;
            }
            for value in choices.values.iter().rev() {
                let mut next = record.clone();
                next.set(name, value.clone());
                stack.push((next, depth + 1));
            }
            // Rather absent than anything else.
            stack.push((record, depth + 1));
        }
        gap.map_or(Search::Nothing, Search::Exhausted)
    }

    fn choices(&mut self, field: &str) -> &Choices {
        if !self.fields.contains_key(field) {
            let choices = self.explore(field);
            self.fields.insert(field.to_owned(), choices);
        }
        self.fields.entry(field.to_owned()).or_default()
    }

    fn explore(&self, field: &str) -> Choices {
        let mut constants = Constants::default();
        let mut comparisons = Vec::new();
        let questions = self
            .asked
            .iter()
            .flat_map(|asked| asked.predicate.questions());
        for question in questions.filter(|question| question.field == field) {
            if !comparisons.contains(&question.comparison) {
                add_constants(question, &mut constants);
                comparisons.push(question.comparison.clone());
            }
        }
        let alone = |comparison| Asked::new(&Predicate::field(field, comparison));
        let alone: Vec<Asked> = comparisons.into_iter().map(alone).collect();
        let answers = |value: Field<'_>| -> Vec<bool> {
            let mut record = Record::new();
            record.set(field, value);
            let of = |asked: &Asked| asked.of(Element::Record(&record)) == Truth::True;
            alone.iter().map(of).collect()
        };
        let mut language = Language::new(&constants);
        let of_text = |text: &str| answers(Field::Text(text.into()));
        let (texts, gap) = language.representatives(&["other"], &of_text, VALUES_MAX);
        let of_element = |text: &str| answers(Field::List(vec![text.into()]));
        let (elements, gap_of_lists) =
            language.representatives(&["other"], &of_element, VALUES_MAX);
        let mut known: BTreeSet<Vec<bool>> = texts.iter().map(|(_, of)| of.clone()).collect();
        let mut values: Vec<Field<'static>> = texts
            .into_iter()
            .map(|(text, _)| Field::Text(text.into()))
            .collect();
        let (lists, gap_of_unions) = unions(&elements, alone.len());
        for (list, of) in lists {
            if known.insert(of) {
                values.push(Field::List(list.into_iter().map(Into::into).collect()));
            }
        }
        Choices {
            values,
            gap: gap.or(gap_of_lists).or(gap_of_unions),
        }
    }
}

/// Texts of a list, and what it answers.
type Answered = (Vec<String>, Vec<bool>);

/// The lists of elements, one for each list of answers; with what was exhausted.
fn unions(
    elements: &[(String, Vec<bool>)],
    answers: usize,
) -> (Vec<Answered>, Option<&'static str>) {
    let mut found: Vec<Answered> = vec![(Vec::new(), vec![false; answers])];
    let mut seen: BTreeSet<Vec<bool>> = found.iter().map(|(_, of)| of.clone()).collect();
    let mut at = 0;
    while let Some((list, of)) = found.get(at).cloned() {
        at += 1;
        for (text, more) in elements {
            let both: Vec<bool> = of.iter().zip(more).map(|(a, b)| *a || *b).collect();
            if seen.contains(&both) {
                continue;
            }
            if found.len() >= VALUES_MAX {
                return (found, Some("lists of texts"));
            }
            let mut longer = list.clone();
            longer.push(text.clone());
            seen.insert(both.clone());
            found.push((longer, both));
        }
    }
    (found, None)
}

/// An attribute that is a set of any number of records.
pub(super) struct RecordGroup {
    pub(super) attribute: AttributeId,
    pub(super) space: RecordSpace,
}

impl RecordGroup {
    /// Records that are in these classes.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Fact> {
        if !literals.is_empty() && literals.iter().all(|(_, class)| *class == UNKNOWN) {
            return Solved::One(Fact::Unknown);
        }
        let (somes, nones) = self.space.wants_of(literals);
        if self.space.is_torn(&somes) {
            return Solved::None;
        }
        let mut records: Vec<Record<'static>> = Vec::new();
        for (number, truth) in somes {
            if records
                .iter()
                .any(|record| self.space.answer(number, record) == truth)
            {
                continue;
            }
            let mut wants = nones.clone();
            wants.push((number, Answer::Is(truth)));
            match self.space.find(&Record::new(), &wants) {
                Search::Found(record) => records.push(record),
                Search::Nothing => return Solved::None,
                Search::Exhausted(what) => return Solved::Exhausted(what),
            }
        }
        Solved::One(Fact::Records(records.iter().map(json).collect()))
    }
}

impl RecordSpace {
    /// What some record must answer, and what all must.
    pub(super) fn wants_of(&self, literals: &[Literal]) -> (Vec<(usize, Truth)>, Vec<Want>) {
        let (mut somes, mut all) = (Vec::new(), Vec::new());
        for (variable, class) in literals {
            let Some(number) = self.number(*variable) else {
                continue;
            };
            match *class {
                FALSE => all.push((number, Answer::Is(Truth::False))),
                TRUE => somes.push((number, Truth::True)),
                _ => {
                    somes.push((number, Truth::Unknown));
                    all.push((number, Answer::NotTrue));
                }
            }
        }
        (somes, all)
    }

    /// Whether an answer must be *unknown* that never is where the record is known.
    pub(super) fn is_torn(&self, somes: &[(usize, Truth)]) -> bool {
        let may_be_open = |number: usize| self.asked(number).is_some_and(Asked::may_be_open);
        let mut somes = somes.iter();
        somes.any(|(number, truth)| *truth == Truth::Unknown && !may_be_open(*number))
    }

    /// The one record that there is, where an assignment is about one.
    pub(super) fn one(
        &mut self,
        base: &Record<'static>,
        literals: &[Literal],
    ) -> Search<Record<'static>> {
        let (somes, mut wants) = self.wants_of(literals);
        if self.is_torn(&somes) {
            return Search::Nothing;
        }
        wants.extend(
            somes
                .into_iter()
                .map(|(number, truth)| (number, Answer::Is(truth))),
        );
        self.find(base, &wants)
    }
}

/// A record as JSON.
pub(super) fn json(record: &Record<'_>) -> Value {
    let value = |field: &Field<'_>| match field {
        Field::Text(text) => Value::from(text.as_ref()),
        Field::List(texts) => texts
            .iter()
            .map(|text| Value::from(text.as_ref()))
            .collect(),
    };
    let fields = record
        .fields()
        .map(|(name, field)| (name.to_owned(), value(field)));
    Value::Object(fields.collect())
}

/// A record of JSON. What is neither text nor list of texts is absent, and a Boolean is a text.
pub(super) fn record(value: &Value) -> Record<'_> {
    let mut record = Record::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let field = match value {
            Value::String(text) => Field::Text(text.as_str().into()),
            Value::Bool(truth) => Field::Text(truth.to_string().into()),
            Value::Array(items) => {
                let texts = items.iter().map(|item| item.as_str().map(Into::into));
                match texts.collect() {
                    Some(texts) => Field::List(texts),
                    None => continue,
                }
            }
            _ => continue,
        };
        record.set(name, field);
    }
    record
}
