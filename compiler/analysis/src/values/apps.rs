//! The audiences of a request, with their custom security attributes, and the one that stands for
//! baseline scopes.
//!
//! Ids and records are of the same audiences: there is one record for each id, and the audience of
//! baseline scopes has the same record where it is among them. Where custom security attributes are
//! not known the records have nothing but their ids.
//!
//! SEMANTICS: §5.4, §16.2

use std::collections::{BTreeMap, BTreeSet};

use gatewright_decision::TargetSet;
use gatewright_hir::schema::AttributeId;
use gatewright_value::{Element, FieldComparison, Record, Truth};

use super::language::Search;
use super::questions::{Asked, UNKNOWN};
use super::records::{Answer, RecordSpace, Want, json};
use super::sets::{Barred, Demands, Said, SetGroup};
use super::{Literal, Solved, fresh_guids};
use crate::facts::Fact;

/// Windows Azure Active Directory, which stands for baseline scopes.
pub(super) const DIRECTORY: &str = "00000002-0000-0000-c000-000000000000";

/// The field of a record that is its application id.
pub(super) const ID: &str = "id";

/// LIMIT: records that are looked for in one search for audiences.
const RECORDS_MAX: usize = 2000;

/// The audiences.
pub(super) struct AppGroup<'s> {
    pub(super) ids: SetGroup<'s>,
    pub(super) resources: AttributeId,
    pub(super) baseline: AttributeId,
    /// The questions about resources, and then those about the baseline.
    pub(super) space: RecordSpace,
    pub(super) of_resources: BTreeSet<u32>,
    pub(super) of_baseline: BTreeSet<u32>,
    /// Every id that a question names, with what may be missing; found once.
    pub(super) named: Option<Named>,
}

/// Ids, with what was exhausted if they may not be all.
type Named = (BTreeSet<String>, Option<&'static str>);

/// What some audience must be.
#[derive(Clone, Copy)]
enum Demand<'g> {
    Id(&'g str),
    Reached(&'g TargetSet),
    Text(&'g Asked, Truth),
    Record(usize, Truth),
}

/// An audience that has been chosen, and what its record must answer.
type Chosen = BTreeMap<String, (Vec<Want>, Record<'static>)>;

/// A search for audiences.
struct Finder<'g> {
    space: &'g mut RecordSpace,
    barred: &'g Barred<'g>,
    /// What every record must answer, and what that of the baseline must answer besides.
    wants: Vec<Want>,
    of_baseline: Vec<Want>,
    /// Whether custom security attributes are known.
    is_closed: bool,
    /// Every id that a question names.
    ids: &'g BTreeSet<String>,
    steps: usize,
    exhausted: Option<&'static str>,
}

impl AppGroup<'_> {
    /// Audiences that are in these classes.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Vec<(AttributeId, Fact)>> {
        let of = |variables: &BTreeSet<u32>| -> Vec<Literal> {
            let chosen = literals
                .iter()
                .filter(|(variable, _)| variables.contains(variable));
            chosen.copied().collect()
        };
        let (resources, baseline) = (of(&self.of_resources), of(&self.of_baseline));
        let is_unknown = |(_, class): &Literal| *class == UNKNOWN;
        let all = resources.iter().chain(&baseline);
        let may_be_closed = !all.clone().any(is_unknown);
        let is_asked = literals.len() > resources.len() + baseline.len();
        let mut exhausted = None;
        let mut take = |solved| match solved {
            Solved::One(facts) => Some(facts),
            Solved::None => None,
            Solved::Exhausted(what) => {
                exhausted = Some(what);
                None
            }
        };
        match self.ids.said(literals) {
            Said::Both => return Solved::None,
            Said::Unknown if is_asked => {
                let solved = solve_unknown(&mut self.space, &resources, &baseline);
                return self.with_unknown_ids(solved);
            }
            _ => {}
        }
        for is_closed in [true, false] {
            if is_closed && !may_be_closed {
                continue;
            }
            let solved = self.solve_known(literals, (&resources, &baseline), is_closed);
            if let Some(facts) = take(solved) {
                return Solved::One(facts);
            }
        }
        if !is_asked && !resources.is_empty() && resources.iter().all(is_unknown) {
            let solved = solve_unknown(&mut self.space, &resources, &baseline);
            let solved = self.with_unknown_ids(solved);
            if let Some(facts) = take(solved) {
                return Solved::One(facts);
            }
        }
        exhausted.map_or(Solved::None, Solved::Exhausted)
    }

    fn with_unknown_ids(&self, baseline: Solved<Fact>) -> Solved<Vec<(AttributeId, Fact)>> {
        baseline.map(|baseline| {
            let mut facts = vec![(self.ids.attribute, Fact::Unknown)];
            if !self.of_resources.is_empty() {
                facts.push((self.resources, Fact::Unknown));
            }
            if !self.of_baseline.is_empty() {
                facts.push((self.baseline, baseline));
            }
            facts
        })
    }

    fn solve_known(
        &mut self,
        literals: &[Literal],
        (resources, baseline): (&[Literal], &[Literal]),
        is_closed: bool,
    ) -> Solved<Vec<(AttributeId, Fact)>> {
        let named = self.named.take().unwrap_or_else(|| self.find_named());
        let solved = self.solve_with(&named, literals, (resources, baseline), is_closed);
        self.named = Some(named);
        solved
    }

    fn solve_with(
        &mut self,
        (ids, gap): &Named,
        literals: &[Literal],
        (resources, baseline): (&[Literal], &[Literal]),
        is_closed: bool,
    ) -> Solved<Vec<(AttributeId, Fact)>> {
        let demands = match self.ids.said(literals) {
            Said::Known(demands) => demands,
            Said::Unknown => Demands::default(),
            Said::Both => return Solved::None,
        };
        let (somes, wants) = self.space.wants_of(resources);
        let (ones, mut of_baseline) = self.space.wants_of(baseline);
        if is_closed && (self.space.is_torn(&somes) || self.space.is_torn(&ones)) {
            return Solved::None;
        }
        of_baseline.extend(
            ones.into_iter()
                .map(|(number, truth)| (number, Answer::Is(truth))),
        );
        let mut rest: Vec<Demand<'_>> = demands.has.iter().map(|text| Demand::Id(text)).collect();
        let mut reached = demands.reached.clone();
        reached.sort_by_key(|set| (set.is_complement, set.listed.len()));
        rest.extend(reached.into_iter().map(Demand::Reached));
        rest.extend(
            demands
                .asked
                .iter()
                .map(|(asked, truth)| Demand::Text(asked, *truth)),
        );
        rest.extend(
            somes
                .into_iter()
                .map(|(number, truth)| Demand::Record(number, truth)),
        );
        let mut finder = Finder {
            space: &mut self.space,
            barred: &demands.barred,
            wants,
            of_baseline,
            is_closed,
            ids,
            steps: 0,
            exhausted: None,
        };
        let found = finder.place(&rest, &Chosen::new());
        let exhausted = finder.exhausted.or(*gap);
        let Some((chosen, record)) = found else {
            return exhausted.map_or(Solved::None, Solved::Exhausted);
        };
        Solved::One(self.facts(&chosen, &record, is_closed))
    }

    fn facts(
        &self,
        chosen: &Chosen,
        baseline: &Record<'_>,
        is_closed: bool,
    ) -> Vec<(AttributeId, Fact)> {
        let ids = chosen.keys().cloned().collect();
        let mut facts = vec![(self.ids.attribute, Fact::Elements(ids))];
        let mut add = |attribute, records: Vec<&Record<'_>>| {
            let records = records.into_iter().map(json).collect();
            let fact = if is_closed {
                Fact::Records(records)
            } else {
                Fact::Unknown
            };
            facts.push((attribute, fact));
        };
        if !self.of_resources.is_empty() {
            let records = chosen.values().map(|(_, record)| record);
            add(self.resources, records.collect());
        }
        if !self.of_baseline.is_empty() {
            add(self.baseline, vec![baseline]);
        }
        facts
    }

    fn find_named(&mut self) -> Named {
        let mut ids: BTreeSet<String> = self.ids.listed().map(str::to_owned).collect();
        let mut gap = None;
        for asked in self.space.all() {
            for question in asked.predicate.questions().filter(|q| q.field == ID) {
                match &question.comparison {
                    FieldComparison::OneOf(texts) => ids.extend(texts.iter().cloned()),
                    FieldComparison::IsNull => {}
                    _ => gap = Some("ids of resources"),
                }
            }
        }
        eprintln!("PARTS {}", self.ids.asks_for_parts());
        for asked in self.space.all() { let qs: Vec<_> = asked.predicate.questions().collect(); eprintln!("Q {} {qs:?}", asked.may_be_open()); }
        if self.ids.asks_for_parts() {
            gap = Some("ids of resources");
        }
        if gap.is_some() {
            ids.extend(self.space.texts_of(ID));
        }
        ids.insert(DIRECTORY.to_owned());
        (ids, gap)
    }
}

/// What is said of the baseline where the audiences are not known.
fn solve_unknown(
    space: &mut RecordSpace,
    resources: &[Literal],
    baseline: &[Literal],
) -> Solved<Fact> {
    if resources.iter().any(|(_, class)| *class != UNKNOWN) {
        return Solved::None;
    }
    let (ones, mut wants) = space.wants_of(baseline);
    let is_torn = space.is_torn(&ones);
    wants.extend(
        ones.into_iter()
            .map(|(number, truth)| (number, Answer::Is(truth))),
    );
    let base = Record::new().with(ID, DIRECTORY);
    let open = base.clone().and_unknown();
    if wants
        .iter()
        .all(|(number, answer)| answer.is(space.answer(*number, &open)))
    {
        return Solved::One(Fact::Unknown);
    }
    if is_torn {
        return Solved::None;
    }
    match space.find(&base, &wants) {
        Search::Found(record) => Solved::One(Fact::Records(vec![json(&record)])),
        Search::Nothing => Solved::None,
        Search::Exhausted(what) => Solved::Exhausted(what),
    }
}

impl Finder<'_> {
    /// Find an audience for each demand. Recursion is as deep as demands are many, of which every
    /// variable makes at most one.
    fn place(
        &mut self,
        demands: &[Demand<'_>],
        chosen: &Chosen,
    ) -> Option<(Chosen, Record<'static>)> {
        let Some((demand, rest)) = demands.split_first() else {
            let record = match chosen.get(DIRECTORY) {
                Some((_, record)) => record.clone(),
                None => self.baseline()?,
            };
            return Some((chosen.clone(), record));
        };
        let is_met = |(id, (_, record)): &(&String, &(Vec<Want>, Record<'_>))| match demand {
            Demand::Id(text) => id == text,
            Demand::Reached(set) => set.holds(id),
            Demand::Text(asked, truth) => asked.of(Element::Text(id)) == *truth,
            Demand::Record(number, truth) => self.space.answer(*number, record) == *truth,
        };
        let (wanted, before) = match demand {
            // The record that meets it now may have to change, and any record may come to meet it.
            Demand::Record(number, truth) => {
                let (met, others): (Vec<_>, Vec<_>) = chosen.iter().partition(is_met);
                let before = met.into_iter().chain(others).map(|(id, _)| id.clone());
                (vec![(*number, Answer::Is(*truth))], before.collect())
            }
            // An id that has been chosen stays.
            _ if chosen.iter().any(|row| is_met(&row)) => return self.place(rest, chosen),
            _ => (Vec::new(), Vec::new()),
        };
        let new = self.new_ids(demand, chosen);
        for id in before.into_iter().chain(new) {
            let mut wants = chosen
                .get(&id)
                .map_or_else(Vec::new, |(wants, _)| wants.clone());
            wants.extend(wanted.iter().copied());
            let Some(record) = self.record(&id, &wants) else {
                continue;
            };
            let mut next = chosen.clone();
            next.insert(id, (wants, record));
            if let Some(found) = self.place(rest, &next) {
                return Some(found);
            }
            if self.steps > RECORDS_MAX {
                return None;
            }
        }
        None
    }

    /// Ids that can be chosen besides, the likeliest first.
    fn new_ids(&self, demand: &Demand<'_>, chosen: &Chosen) -> Vec<String> {
        let is_such = |id: &&String| {
            let is_wanted = match demand {
                Demand::Id(text) => id == text,
                Demand::Reached(set) => set.holds(id),
                Demand::Text(asked, truth) => asked.of(Element::Text(id)) == *truth,
                Demand::Record(..) => true,
            };
            is_wanted && !chosen.contains_key(*id) && !self.barred.holds(id)
        };
        if let Demand::Id(text) = demand {
            let own = (*text).to_owned();
            return if self.barred.holds(text) {
                Vec::new()
            } else {
                vec![own]
            };
        }
        // Nothing tells one that is not listed from another.
        let mut fresh = fresh_guids()
            .filter(|id| !self.ids.contains(id) && !chosen.contains_key(id))
            .take(1)
            .collect::<Vec<String>>();
        fresh.retain(|id| is_such(&id));
        fresh.extend(self.ids.iter().filter(is_such).cloned());
        fresh
    }

    fn baseline(&mut self) -> Option<Record<'static>> {
        let wants = self.of_baseline.clone();
        self.search(DIRECTORY, &wants)
    }

    /// The record of an audience.
    fn record(&mut self, id: &str, wants: &[Want]) -> Option<Record<'static>> {
        let mut all = self.wants.clone();
        all.extend(wants.iter().copied());
        if id == DIRECTORY {
            all.extend(self.of_baseline.iter().copied());
        }
        self.search(id, &all)
    }

    fn search(&mut self, id: &str, wants: &[Want]) -> Option<Record<'static>> {
        self.steps += 1;
        if self.steps > RECORDS_MAX {
            self.exhausted = Some("records of audiences");
            return None;
        }
        let base = Record::new().with(ID, id.to_owned());
        if !self.is_closed {
            let open = base.and_unknown();
            let is = |(number, answer): &Want| answer.is(self.space.answer(*number, &open));
            return wants.iter().all(is).then_some(open);
        }
        match self.space.find(&base, wants) {
            Search::Found(record) => Some(record),
            Search::Nothing => None,
            Search::Exhausted(what) => {
                self.exhausted = Some(what);
                None
            }
        }
    }
}
