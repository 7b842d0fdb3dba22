//! Attributes that are sets of records, and records that answer questions as asked.
//!
//! Every question asks whether some record is such. So for each that is answered by *yes* a record
//! is found that is such and makes none true that is answered by *no*; nothing hangs between
//! records.

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;
use gatewright_decision::{Classes, Space};
use gatewright_hir::schema::AttributeId;
use gatewright_value::{Field, Predicate, Record};
use serde_json::Value;

use super::model::{Found, Model, Rails};
use super::questions::{FALSE, TRUE, UNKNOWN};
use super::{Literal, Solved};
use crate::facts::Fact;

/// Questions about one record.
#[derive(Default)]
pub(super) struct RecordSpace {
    /// By variable.
    asked: BTreeMap<u32, Predicate>,
    /// Made where it is needed first.
    made: Option<Box<Made>>,
}

/// The propositions of a record, and those of each question by its variable.
struct Made {
    model: Model,
    rails: BTreeMap<u32, Rails>,
}

/// What a question must come to, each with the literal that says so.
pub(super) type Wants = Vec<(Lit, Literal)>;

impl RecordSpace {
    /// Add the questions of variables.
    pub(super) fn add(&mut self, variables: &[u32], space: &Space) {
        for variable in variables {
            let row = space.variables.get(*variable as usize);
            if let Some(Classes::Some(predicate)) = row.map(|row| &row.classes) {
                self.asked.insert(*variable, predicate.clone());
            }
        }
    }

    /// Steps of all searches.
    pub(super) fn steps(&self) -> usize {
        self.made.as_ref().map_or(0, |made| made.model.steps)
    }

    fn made(&mut self) -> &mut Made {
        let asked = &self.asked;
        self.made.get_or_insert_with(|| {
            let mut model = Model::new(asked.values(), None);
            let rails = asked.iter();
            let rails =
                rails.map(|(variable, predicate)| (*variable, model.rails(predicate, false)));
            let rails = rails.collect();
            Box::new(Made { model, rails })
        })
    }

    /// The one record that there is, where an assignment is about one.
    pub(super) fn one(&mut self, literals: &[Literal]) -> Solved<Record<'static>> {
        let made = self.made();
        let (mut wants, somes) = wants_of(&made.rails, literals);
        wants.extend(somes.into_iter().flatten());
        let all: Vec<Lit> = wants.iter().map(|(lit, _)| *lit).collect();
        match made.model.find(&all, &BTreeSet::new()) {
            Found::Record(record) => Solved::One(record),
            Found::None(_) => Solved::None,
            Found::Exhausted(what) => Solved::Exhausted(what),
        }
    }
}

/// What all records must answer, and what some record must, for each question by itself.
pub(super) fn wants_of(rails: &BTreeMap<u32, Rails>, literals: &[Literal]) -> (Wants, Vec<Wants>) {
    let (mut all, mut somes) = (Vec::new(), Vec::new());
    for literal in literals {
        let (variable, class) = literal;
        let Some((yes, no)) = rails.get(variable).copied() else {
            continue;
        };
        match *class {
            FALSE => all.push((no, *literal)),
            TRUE => somes.push(vec![(yes, *literal)]),
            _ => {
                all.push((!yes, *literal));
                somes.push(vec![(!yes, *literal), (!no, *literal)]);
            }
        }
    }
    (all, somes)
}

/// The literals of these propositions.
pub(super) fn literals_of<'w>(
    core: &[Lit],
    wants: impl Iterator<Item = &'w (Lit, Literal)>,
) -> Vec<Literal> {
    let needed = wants.filter(|(lit, _)| core.contains(lit));
    let mut literals: Vec<Literal> = needed.map(|(_, literal)| *literal).collect();
    literals.sort_unstable();
    literals.dedup();
    literals
}

/// An attribute that is a set of any number of records.
pub(super) struct RecordGroup {
    pub(super) attribute: AttributeId,
    pub(super) space: RecordSpace,
    /// A part of what was asked last that has no records either.
    pub(super) core: Vec<Literal>,
}

impl RecordGroup {
    /// Records that are in these classes.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Fact> {
        if !literals.is_empty() && literals.iter().all(|(_, class)| *class == UNKNOWN) {
            return Solved::One(Fact::Unknown);
        }
        let Made { model, rails } = self.space.made();
        let (all, somes) = wants_of(rails, literals);
        let mut records: Vec<Record<'static>> = Vec::new();
        let mut met: BTreeSet<usize> = BTreeSet::new();
        for (number, some) in somes.iter().enumerate() {
            if met.contains(&number) {
                continue;
            }
            let asked: Vec<Lit> = all.iter().chain(some).map(|(lit, _)| *lit).collect();
            match model.find(&asked, &BTreeSet::new()) {
                Found::Record(record) => records.push(record),
                Found::None(core) => {
                    self.core = literals_of(&core, all.iter().chain(some));
                    return Solved::None;
                }
                Found::Exhausted(what) => return Solved::Exhausted(what),
            }
            let holds = |some: &Wants| some.iter().all(|(lit, _)| model.is_true(*lit));
            let others = somes.iter().enumerate();
            met.extend(others.filter(|(_, some)| holds(some)).map(|(at, _)| at));
        }
        Solved::One(Fact::Records(records.iter().map(json).collect()))
    }

    /// Classes that have no records for the same reason as these: if no record at all meets what is
    /// asked of every record, no question has the answer *true*.
    pub(super) fn alike(&mut self, core: &[Literal]) -> Vec<Vec<Literal>> {
        let Made { model, rails } = self.space.made();
        let rest = without_demands(core);
        let (all, _) = wants_of(rails, &rest);
        let all: Vec<Lit> = all.iter().map(|(lit, _)| *lit).collect();
        if !matches!(model.find(&all, &BTreeSet::new()), Found::None(_)) {
            return Vec::new();
        }
        each_with(rails.keys(), &rest)
    }
}

/// What some of these classes ask of every element.
pub(super) fn without_demands(core: &[Literal]) -> Vec<Literal> {
    let barred = core.iter().filter(|(_, class)| *class != TRUE);
    barred.copied().collect()
}

/// These classes with *true* of each variable.
pub(super) fn each_with<'v>(
    variables: impl Iterator<Item = &'v u32>,
    rest: &[Literal],
) -> Vec<Vec<Literal>> {
    let is_free = |variable: &&u32| !rest.iter().any(|(other, _)| other == *variable);
    let with = |variable: &u32| {
        let mut literals = rest.to_vec();
        literals.push((*variable, TRUE));
        literals.sort_unstable();
        literals
    };
    variables.filter(is_free).map(with).collect()
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
