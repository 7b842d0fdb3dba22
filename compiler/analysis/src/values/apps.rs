//! The audiences of a request, with their custom security attributes, and the one that stands for
//! baseline scopes.
//!
//! Ids and records are of the same audiences: there is one record for each id, and the audience of
//! baseline scopes has the same record where it is among them. Where custom security attributes are
//! not known the records have nothing but their ids.
//!
//! Each question that is answered by *yes* wants an audience, and of ids that no question names
//! there are any number, so that only what needs an id that is named hangs together.
//!
//! SEMANTICS: §5.4, §16.2

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;
use gatewright_decision::{Classes, Space};
use gatewright_hir::schema::AttributeId;
use gatewright_value::{Field, FieldComparison, Predicate, Record};

use super::model::{Found, Model, Rails};
use super::questions::UNKNOWN;
use super::records::{Wants, each_with, json, literals_of, wants_of, without_demands};
use super::sets::{Said, SetGroup, SetQuestion};
use super::{Literal, Solved};
use crate::facts::Fact;

/// Windows Azure Active Directory, which stands for baseline scopes.
pub(super) const DIRECTORY: &str = "00000002-0000-0000-c000-000000000000";

/// The field of a record that is its application id.
pub(super) const ID: &str = "id";

/// LIMIT: records that are looked for in one search for audiences.
const RECORDS_MAX: usize = 4000;

/// The audiences.
pub(super) struct AppGroup<'s> {
    pub(super) ids: SetGroup<'s>,
    pub(super) resources: AttributeId,
    pub(super) baseline: AttributeId,
    /// The questions about resources and about the baseline, by variable.
    of_resources: BTreeMap<u32, &'s Predicate>,
    of_baseline: BTreeMap<u32, &'s Predicate>,
    /// Made where it is needed first.
    made: Option<Box<Made>>,
    /// A part of what was asked last that has no audiences either.
    pub(super) core: Vec<Literal>,
}

/// The propositions of an audience, and those of each question by its variable.
struct Made {
    model: Model,
    of_ids: BTreeMap<u32, Rails>,
    of_resources: BTreeMap<u32, Rails>,
    of_baseline: BTreeMap<u32, Rails>,
    /// That the id is one that a question names, and that it is the one of the baseline.
    is_named: Lit,
    is_directory: Lit,
}

/// Audiences and the record of the baseline.
type Chosen = (BTreeMap<String, Record<'static>>, Record<'static>);

/// An audience whose id is named: that it has this id, and the demands that its record meets.
#[derive(Clone)]
struct Named {
    lit: Lit,
    demands: Vec<usize>,
    record: Record<'static>,
}

/// A search for audiences.
struct Finder<'m> {
    made: &'m mut Made,
    /// Whether custom security attributes are known.
    mode: Lit,
    /// What every audience must answer, and what the one of the baseline must.
    barred: Wants,
    of_baseline: Wants,
    /// What some audience must answer.
    demands: Vec<Wants>,
    /// Whether ids may be the same, as if there were more.
    is_dry: bool,
    steps: usize,
    exhausted: Option<&'static str>,
    core: Vec<Literal>,
}

impl<'s> AppGroup<'s> {
    pub(super) fn new(
        ids: SetGroup<'s>,
        (resources, of_resources): (AttributeId, &[u32]),
        (baseline, of_baseline): (AttributeId, &[u32]),
        space: &'s Space,
    ) -> AppGroup<'s> {
        let asked = |variables: &[u32]| -> BTreeMap<u32, &'s Predicate> {
            let rows = variables.iter().filter_map(|variable| {
                match &space.variables.get(*variable as usize)?.classes {
                    Classes::Some(predicate) => Some((*variable, predicate)),
                    _ => None,
                }
            });
            rows.collect()
        };
        AppGroup {
            ids,
            resources,
            baseline,
            of_resources: asked(of_resources),
            of_baseline: asked(of_baseline),
            made: None,
            core: Vec::new(),
        }
    }

    /// Steps of all searches.
    pub(super) fn steps(&self) -> usize {
        self.made.as_ref().map_or(0, |made| made.model.steps)
    }

    /// Audiences that are in these classes.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Vec<(AttributeId, Fact)>> {
        self.with_made(|group, made| group.solve_with(made, literals, false))
    }

    /// Whether no audiences are in these classes. Ids are not told apart for that.
    pub(super) fn excludes(&mut self, literals: &[Literal]) -> bool {
        let solved = self.with_made(|group, made| group.solve_with(made, literals, true));
        matches!(solved, Solved::None)
    }

    /// Classes that have no audiences for the same reason as these: if there is no audience at all
    /// that meets what is asked of every one, no question has the answer *true*.
    pub(super) fn alike(&mut self, core: &[Literal]) -> Vec<Vec<Literal>> {
        let rest = without_demands(core);
        let is_hopeless = self.with_made(|_, made| {
            [!made.model.open, made.model.open].into_iter().all(|mode| {
                let mut finder = Finder::new(made, mode, &rest);
                finder.demands.clear();
                finder.record(&[], &[], &BTreeSet::new()).is_none() && finder.exhausted.is_none()
            })
        });
        if !is_hopeless {
            return Vec::new();
        }
        let ids = self.ids.questions().map(|(variable, _)| variable);
        let variables: Vec<u32> = ids.chain(self.of_resources.keys().copied()).collect();
        each_with(variables.iter(), &rest)
    }

    fn with_made<T>(&mut self, ask: impl FnOnce(&mut Self, &mut Made) -> T) -> T {
        let made = self.made.take();
        let mut made = made.unwrap_or_else(|| Box::new(self.make()));
        let answer = ask(self, &mut made);
        self.made = Some(made);
        answer
    }

    fn solve_with(
        &mut self,
        made: &mut Made,
        literals: &[Literal],
        is_dry: bool,
    ) -> Solved<Vec<(AttributeId, Fact)>> {
        self.core.clear();
        let of = |questions: &BTreeMap<u32, &Predicate>| -> Vec<Literal> {
            let own = literals.iter().copied();
            own.filter(|(variable, _)| questions.contains_key(variable))
                .collect()
        };
        let (resources, baseline) = (of(&self.of_resources), of(&self.of_baseline));
        let is_unknown = |(_, class): &Literal| *class == UNKNOWN;
        let is_asked = literals.len() > resources.len() + baseline.len();
        match self.ids.said(literals) {
            Said::Both => return Solved::None,
            Said::Unknown if is_asked => return self.with_unknown_ids(made, &resources, &baseline),
            _ => {}
        }
        let mut exhausted = None;
        for is_open in [false, true] {
            let mode = if is_open {
                made.model.open
            } else {
                !made.model.open
            };
            let mut finder = Finder::new(made, mode, literals);
            finder.is_dry = is_dry;
            let found = finder.audiences();
            exhausted = exhausted.or(finder.exhausted);
            self.core.append(&mut finder.core);
            if let Some(chosen) = found {
                return Solved::One(self.facts(&chosen, is_open));
            }
        }
        self.core.sort_unstable();
        self.core.dedup();
        if !is_asked && !resources.is_empty() && resources.iter().all(is_unknown) {
            match self.with_unknown_ids(made, &resources, &baseline) {
                Solved::None => {}
                other => return other,
            }
        }
        exhausted.map_or(Solved::None, Solved::Exhausted)
    }

    /// Values where the ids are not known. Of the baseline something may be known still.
    fn with_unknown_ids(
        &self,
        made: &mut Made,
        resources: &[Literal],
        baseline: &[Literal],
    ) -> Solved<Vec<(AttributeId, Fact)>> {
        if resources.iter().any(|(_, class)| *class != UNKNOWN) {
            return Solved::None;
        }
        let mut exhausted = None;
        for is_open in [true, false] {
            let mode = if is_open {
                made.model.open
            } else {
                !made.model.open
            };
            let mut finder = Finder::new(made, mode, baseline);
            let Some(record) = finder.baseline() else {
                exhausted = exhausted.or(finder.exhausted);
                continue;
            };
            let mut facts = vec![(self.ids.attribute, Fact::Unknown)];
            if !self.of_resources.is_empty() {
                facts.push((self.resources, Fact::Unknown));
            }
            if !self.of_baseline.is_empty() {
                facts.push((self.baseline, fact([&record].into_iter(), is_open)));
            }
            return Solved::One(facts);
        }
        exhausted.map_or(Solved::None, Solved::Exhausted)
    }

    fn facts(&self, (chosen, baseline): &Chosen, is_open: bool) -> Vec<(AttributeId, Fact)> {
        let ids = chosen.keys().cloned().collect();
        let mut facts = vec![(self.ids.attribute, Fact::Elements(ids))];
        if !self.of_resources.is_empty() {
            facts.push((self.resources, fact(chosen.values(), is_open)));
        }
        if !self.of_baseline.is_empty() {
            facts.push((self.baseline, fact([baseline].into_iter(), is_open)));
        }
        facts
    }

    fn make(&self) -> Made {
        let is = |text: &str| FieldComparison::OneOf(vec![text.to_owned()]);
        let mut of_id = vec![is(DIRECTORY)];
        for (_, question) in self.ids.questions() {
            match question {
                SetQuestion::Has(text) => of_id.push(is(text)),
                SetQuestion::Reaches(set) => {
                    of_id.push(FieldComparison::OneOf(set.listed.clone()));
                }
                SetQuestion::Some(asked) => {
                    let questions = asked.predicate.questions();
                    let own = questions.filter(|question| question.field.is_empty());
                    of_id.extend(own.map(|question| question.comparison.clone()));
                }
            }
        }
        let predicates = self.of_resources.values().chain(self.of_baseline.values());
        let mut model = Model::new(predicates.copied(), Some(of_id));
        let mut of_ids = BTreeMap::new();
        for (variable, question) in self.ids.questions() {
            let one_of = |texts| Predicate::field("", FieldComparison::OneOf(texts));
            let rails = match question {
                SetQuestion::Has(text) => model.rails(&one_of(vec![(*text).to_owned()]), true),
                SetQuestion::Reaches(set) => {
                    let listed = one_of(set.listed.clone());
                    let is_complement = set.is_complement;
                    let reached = if is_complement {
                        listed.negated()
                    } else {
                        listed
                    };
                    model.rails(&reached, true)
                }
                SetQuestion::Some(asked) => model.rails(&asked.predicate, true),
            };
            of_ids.insert(variable, rails);
        }
        let mut rails = |questions: &BTreeMap<u32, &Predicate>| -> BTreeMap<u32, Rails> {
            let rows = questions.iter();
            rows.map(|(variable, predicate)| (*variable, model.rails(predicate, false)))
                .collect()
        };
        let (of_resources, of_baseline) = (rails(&self.of_resources), rails(&self.of_baseline));
        let named: Vec<Lit> = model.named().map(|(_, lit)| lit).collect();
        Made {
            of_ids,
            of_resources,
            of_baseline,
            is_named: model.logic.any(&named),
            is_directory: model.is(DIRECTORY).unwrap_or(!model.logic.truth()),
            model,
        }
    }
}

/// Records as a fact.
fn fact<'r>(records: impl Iterator<Item = &'r Record<'static>>, is_open: bool) -> Fact {
    if is_open {
        return Fact::Unknown;
    }
    Fact::Records(records.map(json).collect())
}

/// The id of an audience.
fn id_of(record: &Record<'_>) -> String {
    match record.get(ID) {
        Some(Field::Text(id)) => id.to_string(),
        _ => String::new(),
    }
}

impl<'m> Finder<'m> {
    fn new(made: &'m mut Made, mode: Lit, literals: &[Literal]) -> Finder<'m> {
        let (mut barred, mut demands) = wants_of(&made.of_ids, literals);
        let (more, others) = wants_of(&made.of_resources, literals);
        barred.extend(more);
        demands.extend(others);
        let (mut of_baseline, ones) = wants_of(&made.of_baseline, literals);
        of_baseline.extend(ones.into_iter().flatten());
        Finder {
            made,
            mode,
            barred,
            of_baseline,
            demands,
            is_dry: false,
            steps: 0,
            exhausted: None,
            core: Vec::new(),
        }
    }

    /// Audiences that meet all demands, and the record of the baseline.
    fn audiences(&mut self) -> Option<Chosen> {
        let mut baseline = self.baseline()?;
        let mut free: BTreeMap<String, Record<'static>> = BTreeMap::new();
        let mut met: BTreeSet<usize> = BTreeSet::new();
        let mut scarce: Vec<usize> = Vec::new();
        let (is_free, mut taken) = (!self.made.is_named, BTreeSet::new());
        for number in 0..self.demands.len() {
            if met.contains(&number) {
                continue;
            }
            if let Some(record) = self.record(&[is_free], &[number], &taken) {
                met.extend(self.met());
                if !self.is_dry {
                    let id = id_of(&record);
                    taken.insert(id.clone());
                    free.insert(id, record);
                }
                continue;
            }
            let core = std::mem::take(&mut self.core);
            // Where any id does not do either, that is why.
            self.record(&[], &[number], &taken)?;
            self.core = core;
            scarce.push(number);
        }
        scarce.retain(|number| !met.contains(number));
        let chosen = self.place(&scarce, &BTreeMap::new())?;
        if let Some(named) = chosen.get(DIRECTORY) {
            baseline = named.record.clone();
        }
        free.extend(chosen.into_iter().map(|(id, named)| (id, named.record)));
        Some((free, baseline))
    }

    /// The record of the baseline, where it is no audience.
    fn baseline(&mut self) -> Option<Record<'static>> {
        let wants = self.of_baseline.clone();
        self.find(&[self.made.is_directory], &wants, &BTreeSet::new())
    }

    /// The demands that are met by the record that was found last.
    fn met(&self) -> Vec<usize> {
        let model = &self.made.model;
        let is_met = |wants: &Wants| wants.iter().all(|(lit, _)| model.is_true(*lit));
        let demands = self.demands.iter().enumerate();
        demands
            .filter(|(_, wants)| is_met(wants))
            .map(|(number, _)| number)
            .collect()
    }

    /// Give each of these demands to an audience whose id is named. Recursion is as deep as they
    /// are many, of which every variable makes at most one.
    fn place(
        &mut self,
        demands: &[usize],
        chosen: &BTreeMap<String, Named>,
    ) -> Option<BTreeMap<String, Named>> {
        let Some((demand, rest)) = demands.split_first() else {
            return Some(chosen.clone());
        };
        let nothing = BTreeSet::new();
        for (id, named) in chosen {
            let mut wanted = named.demands.clone();
            wanted.push(*demand);
            let Some(record) = self.record(&[named.lit], &wanted, &nothing) else {
                continue;
            };
            let named = Named {
                lit: named.lit,
                demands: wanted,
                record,
            };
            let mut next = chosen.clone();
            next.insert(id.clone(), named);
            if let Some(found) = self.place(rest, &next) {
                return Some(found);
            }
        }
        let mut tried: Vec<Lit> = chosen.values().map(|named| !named.lit).collect();
        tried.push(self.made.is_named);
        while self.exhausted.is_none() {
            let record = self.record(&tried, &[*demand], &nothing)?;
            let id = id_of(&record);
            let lit = self.made.model.is(&id)?;
            tried.push(!lit);
            // What is asked of the baseline is asked of its record here as well.
            let record = match id.as_str() {
                DIRECTORY => self.record(&[lit], &[*demand], &nothing),
                _ => Some(record),
            };
            let Some(record) = record else { continue };
            let mut next = chosen.clone();
            let demands = vec![*demand];
            next.insert(
                id,
                Named {
                    lit,
                    demands,
                    record,
                },
            );
            if let Some(found) = self.place(rest, &next) {
                return Some(found);
            }
        }
        None
    }

    /// The record of an audience of which this holds, and which meets these demands.
    fn record(
        &mut self,
        so: &[Lit],
        demands: &[usize],
        taken: &BTreeSet<String>,
    ) -> Option<Record<'static>> {
        let mut wants = self.barred.clone();
        for demand in demands {
            wants.extend(self.demands.get(*demand).into_iter().flatten().copied());
        }
        if so.contains(&self.made.is_directory) {
            wants.extend(self.of_baseline.iter().copied());
        }
        self.find(so, &wants, taken)
    }

    fn find(
        &mut self,
        so: &[Lit],
        wants: &Wants,
        taken: &BTreeSet<String>,
    ) -> Option<Record<'static>> {
        self.steps += 1;
        if self.steps > RECORDS_MAX {
            self.exhausted = Some("records of audiences");
            return None;
        }
        let mut all = vec![self.mode];
        all.extend_from_slice(so);
        all.extend(wants.iter().map(|(lit, _)| *lit));
        match self.made.model.find(&all, taken) {
            Found::Record(record) => Some(record),
            Found::None(core) => {
                self.core.extend(literals_of(&core, wants.iter()));
                None
            }
            Found::Exhausted(what) => {
                self.exhausted = Some(what);
                None
            }
        }
    }
}
