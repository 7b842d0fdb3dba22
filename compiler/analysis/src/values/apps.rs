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
use gatewright_value::{Element, Field, Record, Truth};

use super::ids::{Ids, Kind};
use super::language::Search;
use super::questions::{Asked, UNKNOWN};
use super::records::{Answer, RecordSpace, Want, json};
use super::sets::{Barred, Demands, Said, SetGroup};
use super::{Literal, Solved};
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
    /// The ids that questions tell apart; found once.
    pub(super) known: Option<Box<Ids>>,
}

/// What the id of some audience must be.
#[derive(Clone, Copy)]
enum Demand<'g> {
    Id(&'g str),
    Reached(&'g TargetSet),
    Text(&'g Asked, Truth),
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
    ids: &'g Ids,
    /// By the kind of an id and what is wanted: a record of such an id.
    found: BTreeMap<(Kind, Vec<Want>), Option<Record<'static>>>,
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
        let ids = self.known.take();
        let ids = ids.unwrap_or_else(|| Box::new(Ids::new(&self.ids, &self.space)));
        let solved = self.solve_with(&ids, literals, (resources, baseline), is_closed);
        self.known = Some(ids);
        solved
    }

    fn solve_with(
        &mut self,
        ids: &Ids,
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
        let mut reached = demands.reached.clone();
        reached.sort_by_key(|set| (set.is_complement, set.listed.len()));
        let of_ids = demands.has.iter().map(|text| Demand::Id(text));
        let of_ids = of_ids.chain(reached.into_iter().map(Demand::Reached));
        let asked = demands.asked.iter();
        let of_ids = of_ids.chain(asked.map(|(asked, truth)| Demand::Text(asked, *truth)));
        let mut finder = Finder {
            space: &mut self.space,
            barred: &demands.barred,
            wants,
            of_baseline,
            is_closed,
            ids,
            found: BTreeMap::new(),
            steps: 0,
            exhausted: None,
        };
        let found = finder.audiences(of_ids, &somes);
        let exhausted = finder.exhausted;
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
    /// Audiences that meet all demands, and the record of the baseline.
    fn audiences<'d>(
        &mut self,
        of_ids: impl Iterator<Item = Demand<'d>>,
        somes: &[(usize, Truth)],
    ) -> Option<(Chosen, Record<'static>)> {
        let mut chosen = Chosen::new();
        // An id more or less changes nothing for the others, so any one does that has a record.
        for demand in of_ids {
            if chosen.keys().any(|id| demand.is_met_by(id)) {
                continue;
            }
            let free = self.new_ids(&chosen, &|id| demand.is_met_by(id));
            let of = |id: String| Some((self.record(&id, &[])?, id));
            let (record, id) = free.into_iter().find_map(of)?;
            chosen.insert(id, (Vec::new(), record));
        }
        // What a fresh id can meet can be met whatever else is chosen: it comes last, so that
        // nothing is ever tried again for its sake.
        let (mut scarce, mut rest) = (Vec::new(), Vec::new());
        for (number, truth) in somes {
            let want = (*number, Answer::Is(*truth));
            if self.is_met_by_fresh(want) {
                rest.push(want);
                continue;
            }
            let free = self.new_ids(&chosen, &|_| true);
            let ids: BTreeSet<String> = free.into_iter().chain(chosen.keys().cloned()).collect();
            let fitting = ids.iter().filter(|id| self.record(id, &[want]).is_some());
            match fitting.count() {
                0 => return None,
                count => scarce.push((count, want)),
            }
        }
        scarce.sort_by_key(|(count, _)| *count);
        let wants: Vec<Want> = scarce.into_iter().map(|(_, want)| want).collect();
        self.place(&[wants, rest].concat(), &chosen)
    }

    fn is_met_by_fresh(&mut self, want: Want) -> bool {
        let fresh = self.ids.fresh(&|_| false);
        let fresh = fresh.filter(|id| !self.barred.holds(id));
        fresh.is_some_and(|id| self.record(&id, &[want]).is_some())
    }

    /// Give each of these answers to the record of some audience. Recursion is as deep as they are
    /// many, of which every variable makes at most one.
    fn place(&mut self, wants: &[Want], chosen: &Chosen) -> Option<(Chosen, Record<'static>)> {
        let Some((want, rest)) = wants.split_first() else {
            let record = match chosen.get(DIRECTORY) {
                Some((_, record)) => record.clone(),
                None => self.search(DIRECTORY, &self.of_baseline.clone())?,
            };
            return Some((chosen.clone(), record));
        };
        // The record that meets it now may have to change, and any record may come to meet it.
        let is_met = |(_, (_, record)): &(&String, &(Vec<Want>, Record<'_>))| {
            want.1.is(self.space.answer(want.0, record))
        };
        let (met, others): (Vec<_>, Vec<_>) = chosen.iter().partition(is_met);
        let before = met.into_iter().chain(others).map(|(id, _)| id.clone());
        let before: Vec<String> = before.collect();
        let new = self.new_ids(chosen, &|_| true);
        for id in before.into_iter().chain(new) {
            let mut wants = chosen
                .get(&id)
                .map_or_else(Vec::new, |(wants, _)| wants.clone());
            wants.push(*want);
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

    /// Ids such as this that can be chosen besides, the likeliest first: one of each kind.
    fn new_ids(&mut self, chosen: &Chosen, is_such: &dyn Fn(&str) -> bool) -> Vec<String> {
        let (mut free, gap) = self.ids.free(&|id| chosen.contains_key(id));
        self.exhausted = self.exhausted.or(gap);
        let mut known: BTreeSet<Kind> = BTreeSet::new();
        free.retain(|id| is_such(id) && !self.barred.holds(id) && known.insert(self.ids.kind(id)));
        free
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
        let mut key = (self.ids.kind(id), wants.to_vec());
        key.1.sort_unstable();
        key.1.dedup();
        if let Some(known) = self.found.get(&key) {
            let mut record = known.clone()?;
            record.set(ID, Field::Text(id.to_owned().into()));
            return Some(record);
        }
        let found = self.search_anew(id, wants);
        self.found.insert(key, found.clone());
        found
    }

    fn search_anew(&mut self, id: &str, wants: &[Want]) -> Option<Record<'static>> {
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

impl Demand<'_> {
    fn is_met_by(&self, id: &str) -> bool {
        match self {
            Demand::Id(text) => id == *text,
            Demand::Reached(set) => set.holds(id),
            Demand::Text(asked, truth) => asked.of(Element::Text(id)) == *truth,
        }
    }
}
