//! One record, as propositions: which of its fields are absent, texts or lists, what these answer,
//! and what questions come to by that.
//!
//! Texts are found for a model by [`Comparisons`], and so is each element of a list: a list
//! satisfies a comparison if some element does, and elements have nothing to do with each other.
//! So for each comparison that holds, an element is found of which none holds that must not.
//!
//! INVARIANT: what is excluded on the way holds of every record, so it stays excluded; and records
//! and reasons that have been found remain what they are, so they are looked through first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use batsat::Lit;
use gatewright_value::{Field, FieldComparison, FieldQuestion, Predicate, PredicateStep, Record};
use rustc_hash::FxHashSet;

use super::apps::ID;
use super::comparisons::{Comparisons, Hints, Written};
use super::propositions::{Outcome, Propositions, Valuation};

/// LIMIT: models that are tried in one search for a record.
const MODELS_MAX: usize = 2000;
/// LIMIT: records, and reasons why there are none, that are remembered.
const REMEMBERED_MAX: usize = 256;

/// That a question is true, and that it is false. Where neither holds it is *unknown*.
pub(super) type Rails = (Lit, Lit);

/// How a search for a record ended.
pub(super) enum Found {
    Record(Record<'static>),
    /// There is none, as these exclude each other.
    None(Vec<Lit>),
    Exhausted(&'static str),
}

/// Propositions about one record.
pub(super) struct Model {
    pub(super) logic: Propositions,
    fields: BTreeMap<String, FieldModel>,
    /// Which other fields there are is not known.
    pub(super) open: Lit,
    /// Whether it is an audience, whose id is a text that is always known.
    is_audience: bool,
    /// The model of the record that was found last.
    last: Valuation,
    /// Records that were found, the latest last.
    records: VecDeque<(Valuation, Record<'static>)>,
    /// Propositions that no record has together.
    cores: VecDeque<Vec<Lit>>,
    /// Models that were tried, and steps of searches for texts.
    pub(super) steps: usize,
}

struct FieldModel {
    comparisons: Vec<FieldComparison>,
    /// By comparison, whether the field satisfies it.
    answers: Vec<Lit>,
    is_absent: Lit,
    is_list: Lit,
    text: Comparisons,
    elements: Option<Box<Elements>>,
}

/// One element of a list, with propositions of its own.
struct Elements {
    logic: Propositions,
    text: Comparisons,
}

/// What a field comes to in a model.
enum Value {
    Absent,
    Field(Field<'static>),
    Conflicts(Vec<Vec<Lit>>),
    Exhausted(&'static str),
}

impl Model {
    /// The model of a record of which these questions are asked; of an audience, these comparisons
    /// are made with its id besides.
    pub(super) fn new<'p>(
        predicates: impl Iterator<Item = &'p Predicate>,
        of_id: Option<Vec<FieldComparison>>,
    ) -> Model {
        let mut logic = Propositions::new();
        let is_audience = of_id.is_some();
        let open = if is_audience {
            logic.proposition(false)
        } else {
            !logic.truth()
        };
        let mut fields: BTreeMap<String, Vec<FieldComparison>> = BTreeMap::new();
        if let Some(of_id) = of_id {
            fields.insert(ID.to_owned(), of_id);
        }
        for question in predicates.flat_map(Predicate::questions) {
            let known = fields.entry(question.field.clone()).or_default();
            known.push(question.comparison.clone());
        }
        // No field of a record has an empty name.
        fields.remove("");
        let fields = fields.into_iter().map(|(name, comparisons)| {
            let is_id = is_audience && name == ID;
            let field = FieldModel::new(comparisons, is_id, &mut logic);
            (name, field)
        });
        let fields = fields.collect();
        Model {
            logic,
            fields,
            open,
            is_audience,
            last: Valuation::default(),
            records: VecDeque::new(),
            cores: VecDeque::new(),
            steps: 0,
        }
    }

    /// What a question comes to, of a record or of the id alone, as a text.
    pub(super) fn rails(&mut self, predicate: &Predicate, of_text: bool) -> Rails {
        let (truth, falsehood) = (self.logic.truth(), !self.logic.truth());
        let unknown = (falsehood, falsehood);
        let mut stack: Vec<Rails> = Vec::new();
        for step in predicate.steps() {
            let mut next = || stack.pop().unwrap_or(unknown);
            let rails = match step {
                PredicateStep::Constant(true) => (truth, falsehood),
                PredicateStep::Constant(false) => (falsehood, truth),
                PredicateStep::Unknown => unknown,
                PredicateStep::Field(question) => self.answer(question, of_text),
                PredicateStep::Not => {
                    let (yes, no) = next();
                    (no, yes)
                }
                PredicateStep::And => {
                    let (right, left) = (next(), next());
                    let yes = self.logic.all(&[left.0, right.0]);
                    (yes, self.logic.any(&[left.1, right.1]))
                }
                PredicateStep::Or => {
                    let (right, left) = (next(), next());
                    let yes = self.logic.any(&[left.0, right.0]);
                    (yes, self.logic.all(&[left.1, right.1]))
                }
            };
            stack.push(rails);
        }
        stack.pop().unwrap_or(unknown)
    }

    fn answer(&mut self, question: &FieldQuestion, of_text: bool) -> Rails {
        let name = match (of_text, question.field.as_str()) {
            (true, "") => ID,
            // A text has no fields.
            (true, _) => "",
            (false, name) => name,
        };
        let Some(field) = self.fields.get(name) else {
            let is_null = question.comparison == FieldComparison::IsNull;
            let truth = self.logic.truth();
            let answer = if is_null { truth } else { !truth };
            return self.known(answer, of_text);
        };
        let place = field
            .comparisons
            .binary_search_by(|one| key(one).cmp(&key(&question.comparison)));
        let answer = place.ok().and_then(|at| field.answers.get(at)).copied();
        // A comparison that is missing here has not been declared.
        let Some(answer) = answer else {
            return (!self.logic.truth(), !self.logic.truth());
        };
        self.known(answer, self.is_audience && name == ID)
    }

    /// An answer that is given only where the fields are known.
    fn known(&mut self, answer: Lit, is_always: bool) -> Rails {
        if is_always {
            return (answer, !answer);
        }
        let closed = !self.open;
        let yes = self.logic.all(&[answer, closed]);
        (yes, self.logic.all(&[!answer, closed]))
    }

    /// That the id of an audience is this text, which some comparison names.
    pub(super) fn is(&self, id: &str) -> Option<Lit> {
        self.fields.get(ID)?.text.is(id)
    }

    /// Every id that some comparison names.
    pub(super) fn named(&self) -> impl Iterator<Item = (&str, Lit)> {
        let field = self.fields.get(ID).filter(|_| self.is_audience);
        field.into_iter().flat_map(|field| field.text.named())
    }

    /// Whether a proposition holds of the record that was found last.
    pub(super) fn is_true(&self, lit: Lit) -> bool {
        self.last.is_true(lit)
    }

    /// A record of which all of these hold. Its id is none of those that are taken.
    pub(super) fn find(&mut self, all: &[Lit], taken: &BTreeSet<String>) -> Found {
        self.steps += 1;
        if let Some(found) = self.recall(all, taken) {
            return found;
        }
        for _ in 0..MODELS_MAX {
            self.steps += 1;
            match self.logic.solve(all) {
                Outcome::Model => {}
                Outcome::None(core) => {
                    remember(&mut self.cores, core.clone());
                    return Found::None(core);
                }
                Outcome::Exhausted(what) => return Found::Exhausted(what),
            }
            match self.realise(taken) {
                Ok(record) => {
                    self.last = self.logic.valuation();
                    remember(&mut self.records, (self.last.clone(), record.clone()));
                    return Found::Record(record);
                }
                Err(Value::Exhausted(what)) => return Found::Exhausted(what),
                Err(Value::Conflicts(conflicts)) => {
                    for conflict in conflicts {
                        self.logic.exclude(&conflict);
                    }
                }
                Err(_) => break,
            }
        }
        Found::Exhausted("records that were tried")
    }

    /// What has been found before.
    fn recall(&mut self, all: &[Lit], taken: &BTreeSet<String>) -> Option<Found> {
        let asked: FxHashSet<Lit> = all.iter().copied().collect();
        let is_asked = |core: &&Vec<Lit>| core.iter().all(|lit| asked.contains(lit));
        if let Some(core) = self.cores.iter().rev().find(is_asked) {
            return Some(Found::None(core.clone()));
        }
        let is_free = |record: &Record<'_>| match record.get(ID) {
            Some(Field::Text(id)) => !taken.contains(id.as_ref()),
            _ => true,
        };
        let mut records = self.records.iter().rev();
        let (valuation, record) = records.find(|(valuation, record)| {
            all.iter().all(|lit| valuation.is_true(*lit)) && is_free(record)
        })?;
        self.last.clone_from(valuation);
        Some(Found::Record(record.clone()))
    }

    /// The record of the model that was found last.
    fn realise(&mut self, taken: &BTreeSet<String>) -> Result<Record<'static>, Value> {
        let nothing = BTreeSet::new();
        let is_open = self.logic.is_true(self.open);
        let mut record = Record::new();
        let mut conflicts = Vec::new();
        for (name, field) in &mut self.fields {
            let is_id = self.is_audience && name == ID;
            if is_open && !is_id {
                continue;
            }
            let taken = if is_id { taken } else { &nothing };
            match field.value(&self.logic, taken, &mut self.steps) {
                Value::Absent => {}
                Value::Field(value) => {
                    record.set(name, value);
                }
                Value::Conflicts(found) => conflicts.extend(found),
                exhausted @ Value::Exhausted(_) => return Err(exhausted),
            }
        }
        match (conflicts.is_empty(), is_open) {
            (true, true) => Ok(record.and_unknown()),
            (true, false) => Ok(record),
            (false, _) => Err(Value::Conflicts(conflicts)),
        }
    }
}

/// Put something where the oldest is forgotten.
fn remember<T>(all: &mut VecDeque<T>, one: T) {
    if all.len() >= REMEMBERED_MAX {
        all.pop_front();
    }
    all.push_back(one);
}

/// Comparisons in an order.
fn key(comparison: &FieldComparison) -> (u8, &[String], &str) {
    let (kind, pattern) = match comparison {
        FieldComparison::OneOf(_) => (0, ""),
        FieldComparison::StartsWith(_) => (1, ""),
        FieldComparison::EndsWith(_) => (2, ""),
        FieldComparison::Contains(_) => (3, ""),
        FieldComparison::Matches(pattern) => (4, pattern.as_str()),
        FieldComparison::IsNull => (5, ""),
    };
    (kind, comparison.texts(), pattern)
}

impl FieldModel {
    fn new(
        mut comparisons: Vec<FieldComparison>,
        is_id: bool,
        logic: &mut Propositions,
    ) -> FieldModel {
        comparisons.sort_by(|one, other| key(one).cmp(&key(other)));
        comparisons.dedup();
        let hints = if is_id { Hints::Guids } else { Hints::Words };
        let text = Comparisons::new(&comparisons, false, hints, logic);
        let truth = logic.truth();
        if is_id {
            return FieldModel {
                answers: text.holds.clone(),
                comparisons,
                is_absent: !truth,
                is_list: !truth,
                text,
                elements: None,
            };
        }
        // Rather absent than a text, and rather a text than a list.
        let is_absent = logic.proposition(true);
        let (is_text, is_list) = (logic.proposition(false), logic.proposition(false));
        logic.require(&[is_absent, is_text, is_list]);
        logic.exclusive(&[is_absent, is_text, is_list]);
        let mut answers = Vec::with_capacity(comparisons.len());
        for (comparison, holds) in comparisons.iter().zip(&text.holds) {
            if *comparison == FieldComparison::IsNull {
                answers.push(is_absent);
                continue;
            }
            let answer = logic.proposition(false);
            logic.require(&[!is_absent, !answer]);
            logic.require(&[!is_text, !*holds, answer]);
            logic.require(&[!is_text, *holds, !answer]);
            answers.push(answer);
        }
        FieldModel {
            comparisons,
            answers,
            is_absent,
            is_list,
            text,
            elements: None,
        }
    }

    /// The value of the field in the model that was found last.
    fn value(
        &mut self,
        logic: &Propositions,
        taken: &BTreeSet<String>,
        steps: &mut usize,
    ) -> Value {
        if logic.is_true(self.is_absent) {
            return Value::Absent;
        }
        if logic.is_true(self.is_list) {
            return self.list(logic, steps);
        }
        let before = self.text.steps;
        let written = self.text.write(logic, taken);
        *steps += (self.text.steps - before) / TEXT_STEPS;
        match written {
            Written::Text(text) => Value::Field(Field::Text(text.into())),
            Written::Conflict(lits) => Value::Conflicts(vec![lits]),
            Written::Exhausted(what) => Value::Exhausted(what),
        }
    }

    fn list(&mut self, logic: &Propositions, steps: &mut usize) -> Value {
        let comparisons = &self.comparisons;
        let elements = self
            .elements
            .get_or_insert_with(|| Box::new(Elements::new(comparisons)));
        let asked = self.comparisons.iter().zip(&self.answers);
        let asked = asked.map(|(comparison, answer)| {
            (*comparison != FieldComparison::IsNull).then_some(*answer)
        });
        let asked: Vec<Option<Lit>> = asked.collect();
        let mut wanted: Vec<(Lit, Lit)> = Vec::new();
        let mut barred: Vec<(Lit, Lit)> = Vec::new();
        for (answer, holds) in asked.iter().zip(&elements.text.holds) {
            match answer {
                Some(answer) if logic.is_true(*answer) => wanted.push((*answer, *holds)),
                Some(answer) => barred.push((*answer, *holds)),
                None => {}
            }
        }
        let mut texts: Vec<String> = Vec::new();
        let mut met: BTreeSet<Lit> = BTreeSet::new();
        let mut conflicts = Vec::new();
        for (answer, holds) in &wanted {
            if met.contains(holds) {
                continue;
            }
            *steps += 1;
            match elements.find(*holds, &barred) {
                Ok(text) => {
                    let others = wanted.iter().map(|(_, holds)| *holds);
                    met.extend(others.filter(|lit| elements.logic.is_true(*lit)));
                    texts.push(text);
                }
                Err(Outcome::None(core)) => {
                    let needed = barred.iter().filter(|(_, holds)| core.contains(&!*holds));
                    let mut conflict = vec![self.is_list, *answer];
                    conflict.extend(needed.map(|(answer, _)| !*answer));
                    conflicts.push(conflict);
                }
                Err(Outcome::Exhausted(what)) => return Value::Exhausted(what),
                Err(Outcome::Model) => {}
            }
        }
        if !conflicts.is_empty() {
            return Value::Conflicts(conflicts);
        }
        Value::Field(Field::List(texts.into_iter().map(Into::into).collect()))
    }
}

/// Steps of a search for a text that cost as much as one model.
const TEXT_STEPS: usize = 100;

impl Elements {
    fn new(comparisons: &[FieldComparison]) -> Elements {
        let mut logic = Propositions::new();
        let text = Comparisons::new(comparisons, true, Hints::Words, &mut logic);
        Elements { logic, text }
    }

    /// An element that satisfies a comparison, and none of those that are barred.
    fn find(&mut self, wanted: Lit, barred: &[(Lit, Lit)]) -> Result<String, Outcome> {
        let mut all = vec![wanted];
        all.extend(barred.iter().map(|(_, holds)| !*holds));
        for _ in 0..MODELS_MAX {
            match self.logic.solve(&all) {
                Outcome::Model => {}
                other => return Err(other),
            }
            match self.text.write(&self.logic, &BTreeSet::new()) {
                Written::Text(text) => return Ok(text),
                Written::Conflict(lits) => self.logic.exclude(&lits),
                Written::Exhausted(what) => return Err(Outcome::Exhausted(what)),
            }
        }
        Err(Outcome::Exhausted("elements of a list that were tried"))
    }
}
