//! Clauses to slots.
//!
//! Clauses of a lane that differ in the classes of one variable are joined first: all classes of a
//! variable are unknown together, so both hold where the variable lies in both sets. What forbids
//! adds up, so all of a lane's clauses of one literal each that can be said by what forbids them
//! share a slot. Of those that permit, a slot has one of each lane.
//!
//! A slot belongs to the entity (`user`, `device`, …) that its clauses ask about, or to several.
//! What is known of an entity alone then settles all slots of that entity. Where few lanes have so
//! many clauses about an entity, the last of them share slots with those about others; and where
//! even that would take too many slots, a lane does without its least telling clauses and is
//! residual.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gatewright_bytecode::Program;
use gatewright_bytecode::limits::SLOTS_MAX;
use gatewright_decision::{Decisions, Formula, Literal};
use gatewright_value::fold;
use rustc_hash::FxHashMap;

use super::clauses::{Clause, conjunction};
use super::shown::{Seen, seen};

/// What stands for more than one entity.
const SEVERAL: u32 = u32::MAX;

/// Slots that permit up to which every entity has slots of its own.
const PERMITTING_WANTED: usize = 16;

/// LIMIT: slots that permit, where every lane is exact otherwise. Each is looked at for every
/// sign-in, but for a residual lane all outcomes have to be recorded, which costs more.
const PERMITTING_MAX: usize = 32;

/// Of so many lanes, one has to have a clause in a slot that belongs to one entity.
const OWNING_LANES: usize = 24;

/// Whether it forbids, then the entities and the number of the slot among those of its kind.
pub(super) type SlotKey = (bool, Vec<u32>, u32);

/// A clause and what is to be known of it.
#[derive(Debug)]
pub(super) struct Placed<'f> {
    pub(super) clause: Clause<'f>,
    forbids: bool,
    /// How many outcomes make it true, where they are few among many.
    pub(super) few: Option<u32>,
    /// In how many of a thousand sign-ins it is taken to be true.
    share: u64,
}

/// A policy with its clauses.
#[derive(Debug, Default)]
pub(super) struct Lane {
    pub(super) policy: u32,
    /// Numbers of clauses, each with the number of its slot.
    pub(super) clauses: Vec<(u32, u16)>,
    pub(super) is_residual: bool,
    /// In how many of a thousand sign-ins the masks are taken to permit it.
    pub(super) share: u64,
}

/// What policies become.
#[derive(Debug)]
pub(super) struct Placement<'f> {
    pub(super) clauses: Vec<Placed<'f>>,
    pub(super) lanes: Vec<Lane>,
    /// Whether each slot forbids.
    pub(super) slots: Vec<bool>,
    pub(super) seen: Vec<Seen>,
}

/// Place the clauses of these policies.
pub(super) fn place<'f>(
    decisions: &'f Decisions,
    program: &Program,
    policies: &[u32],
) -> Placement<'f> {
    let mut placer = Placer {
        seen: seen(program),
        entity_by_variable: entities(program),
        clauses: Vec::new(),
        known: Vec::new(),
        places: FxHashMap::default(),
    };
    let formulas = |policy: &u32| {
        let built = decisions.policies.get(*policy as usize);
        let conditions = built.map_or(&[][..], |built| &built.conditions);
        conditions.iter().map(|condition| &condition.formula)
    };
    for formula in policies.iter().flat_map(formulas) {
        placer.formula(formula);
    }
    placer.adopt();
    let drafts = policies.iter().map(|policy| placer.draft(formulas(policy)));
    let drafts: Vec<Draft> = drafts.collect();
    let Placer { seen, clauses, .. } = placer;
    let mut drafts = drafts;
    share(&mut drafts);
    let number_by_key = number_slots(&drafts, &clauses);
    let mut slots = vec![false; number_by_key.len()];
    for (key, number) in &number_by_key {
        if let Some(forbids) = slots.get_mut(usize::from(*number)) {
            *forbids = key.0;
        }
    }
    let lanes = policies.iter().zip(drafts).map(|(policy, draft)| {
        let mut lane = Lane {
            policy: *policy,
            is_residual: !draft.is_exact,
            share: 1000,
            clauses: Vec::new(),
        };
        for (clause, key) in draft.clauses {
            match number_by_key.get(&key) {
                Some(slot) => lane.clauses.push((clause, *slot)),
                None => lane.is_residual = true,
            }
            let share = clauses.get(clause as usize).map_or(1000, |c| c.share);
            lane.share = lane.share * share / 1000;
        }
        lane
    });
    Placement {
        lanes: lanes.collect(),
        clauses,
        slots,
        seen,
    }
}

/// The entity of each variable, as a number.
fn entities(program: &Program) -> Vec<u32> {
    let mut number_by_name: BTreeMap<String, u32> = BTreeMap::new();
    let of_attributes: Vec<u32> = program
        .attributes
        .iter()
        .map(|attribute| {
            let entity = attribute.name.split('.').next().unwrap_or_default();
            let next = u32::try_from(number_by_name.len()).unwrap_or(u32::MAX);
            *number_by_name
                .entry(fold(entity).into_owned())
                .or_insert(next)
        })
        .collect();
    let of = |attribute: u32| of_attributes.get(attribute as usize).copied().unwrap_or(0);
    let variables = program.variables.iter();
    variables.map(|variable| of(variable.attribute)).collect()
}

/// Give clauses of which few lanes have so many, and those that would take too many slots, to slots
/// that all entities share.
fn share(drafts: &mut [Draft]) {
    let mut lanes_by_key: BTreeMap<SlotKey, usize> = BTreeMap::new();
    for (_, key) in drafts.iter().flat_map(|draft| &draft.clauses) {
        if !key.0 {
            *lanes_by_key.entry(key.clone()).or_default() += 1;
        }
    }
    if lanes_by_key.len() <= PERMITTING_WANTED {
        return;
    }
    let is_exact = drafts.iter().all(|draft| draft.is_exact);
    let owning = drafts.len() / OWNING_LANES;
    let mut own: Vec<(&SlotKey, usize)> = lanes_by_key
        .iter()
        .filter(|(key, lanes)| **lanes > owning && key.1 != [SEVERAL])
        .map(|(key, lanes)| (key, *lanes))
        .collect();
    own.sort_by_key(|(_, lanes)| std::cmp::Reverse(*lanes));
    own.truncate(PERMITTING_WANTED / 2);
    let own: BTreeSet<&SlotKey> = own.into_iter().map(|(key, _)| key).collect();
    let slots = if is_exact {
        PERMITTING_MAX
    } else {
        PERMITTING_WANTED
    };
    let shared = slots - own.len();
    for draft in drafts {
        let mut next = 0u32;
        let mut left_out = false;
        draft.clauses.retain_mut(|(_, key)| {
            if key.0 || own.contains(key) {
                return true;
            }
            *key = (false, vec![SEVERAL], next);
            let is_placed = (next as usize) < shared;
            next = next.saturating_add(1);
            left_out |= !is_placed;
            is_placed
        });
        draft.is_exact &= !left_out;
    }
}

/// The slots of all lanes in the order in which they are best looked at: first those that are taken
/// to leave the fewest lanes. Beyond the limit, those of the fewest lanes have no place.
fn number_slots(drafts: &[Draft], clauses: &[Placed<'_>]) -> BTreeMap<SlotKey, u16> {
    let mut refused_by_key: BTreeMap<&SlotKey, u64> = BTreeMap::new();
    for (clause, key) in drafts.iter().flat_map(|draft| &draft.clauses) {
        let share = clauses.get(*clause as usize).map_or(0, |c| c.share);
        *refused_by_key.entry(key).or_default() += 1000u64.saturating_sub(share);
    }
    let mut keys: Vec<(&SlotKey, u64)> = refused_by_key.into_iter().collect();
    keys.sort_by_key(|(_, refused)| std::cmp::Reverse(*refused));
    keys.truncate(SLOTS_MAX);
    let keys = keys.into_iter().map(|(key, _)| key.clone());
    keys.zip(0u16..).collect()
}

/// The clauses of a policy with the slots that they want.
struct Draft {
    clauses: Vec<(u32, SlotKey)>,
    is_exact: bool,
}

/// What a formula becomes.
#[derive(Clone)]
struct Known {
    clauses: Vec<u32>,
    is_exact: bool,
}

struct Placer<'f> {
    seen: Vec<Seen>,
    entity_by_variable: Vec<u32>,
    clauses: Vec<Placed<'f>>,
    known: Vec<Known>,
    /// By the address of a formula, its place in `known`: policies share equal ones.
    places: FxHashMap<*const Formula<Literal>, usize>,
}

impl<'f> Placer<'f> {
    fn draft(&mut self, formulas: impl Iterator<Item = &'f Arc<Formula<Literal>>>) -> Draft {
        let mut clauses: Vec<u32> = Vec::new();
        let mut is_exact = true;
        for formula in formulas {
            let known = self.formula(formula);
            clauses.extend(known.clauses);
            is_exact &= known.is_exact;
        }
        let is_never = |clause: &u32| self.placed(*clause).is_some_and(|c| c.clause.len() == 0);
        if let Some(never) = clauses.iter().copied().find(is_never) {
            clauses = vec![never];
            is_exact = true;
        }
        clauses.sort_unstable();
        clauses.dedup();
        self.join(&mut clauses);
        // The most telling clause of each kind comes first, so that it can open a block.
        clauses.sort_by_key(|clause| {
            let placed = self.placed(*clause);
            placed.map(|p| (p.few.is_none(), p.few, p.share, *clause))
        });
        let mut used: BTreeMap<(bool, Vec<u32>), u32> = BTreeMap::new();
        let clauses = clauses.into_iter().filter_map(|clause| {
            let placed = self.placed(clause)?;
            let forbids = placed.forbids;
            let mut entities: Vec<u32> = self.entities_of(&placed.clause).into_iter().collect();
            // A slot for each of many combinations would cost more than it settles.
            if entities.len() > 1 {
                entities = vec![SEVERAL];
            }
            let next = used.entry((forbids, entities.clone())).or_default();
            let number = *next;
            if !forbids {
                *next += 1;
            }
            Some((clause, (forbids, entities, number)))
        });
        Draft {
            clauses: clauses.collect(),
            is_exact,
        }
    }

    fn entities_of(&self, clause: &Clause<'_>) -> BTreeSet<u32> {
        let variables = clause.literals.iter().map(|literal| literal.0 as usize);
        let entities = variables.filter_map(|at| self.entity_by_variable.get(at).copied());
        entities.collect()
    }

    /// Count a variable to the entity without which no condition asks about it, so that what is
    /// known of that entity settles its slots: whether an application is signed in to at all belongs
    /// to the application.
    fn adopt(&mut self) {
        let mut company: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
        let mut alone: BTreeSet<u32> = BTreeSet::new();
        for known in &self.known {
            let clauses = known.clauses.iter();
            let clauses: Vec<_> = clauses.filter_map(|clause| self.placed(*clause)).collect();
            let entities = clauses
                .iter()
                .map(|placed| self.entities_of(&placed.clause));
            let entities: BTreeSet<u32> = entities.flatten().collect();
            if entities.len() == 1 {
                alone.extend(&entities);
            }
            let literals = clauses.iter().flat_map(|placed| &placed.clause.literals);
            for (variable, _) in literals {
                let company = company.entry(*variable as usize);
                let company = company.or_insert_with(|| entities.clone());
                company.retain(|entity| entities.contains(entity));
            }
        }
        for (variable, company) in company {
            let Some(own) = self.entity_by_variable.get_mut(variable) else {
                continue;
            };
            // Of two entities, that which is also asked about without the other lends.
            let rank = |entity: &u32| (alone.contains(entity), *entity);
            let hosts = company.iter().filter(|host| rank(host) < rank(own));
            if let Some(host) = hosts.min_by_key(|host| rank(host)) {
                *own = *host;
            }
        }
    }

    fn placed(&self, clause: u32) -> Option<&Placed<'f>> {
        self.clauses.get(clause as usize)
    }

    /// The clauses of a formula that fit into slots.
    fn formula(&mut self, formula: &'f Formula<Literal>) -> Known {
        let place = self.places.get(&std::ptr::from_ref(formula));
        if let Some(known) = place.and_then(|place| self.known.get(*place)) {
            return known.clone();
        }
        let converted = conjunction(formula);
        let mut known = Known {
            clauses: Vec::with_capacity(converted.clauses.len()),
            is_exact: converted.is_exact,
        };
        for clause in converted.clauses {
            match self.add(clause) {
                Some(number) => known.clauses.push(number),
                None => known.is_exact = false,
            }
        }
        self.places
            .insert(std::ptr::from_ref(formula), self.known.len());
        self.known.push(known.clone());
        known
    }

    /// Note a clause, if it fits into a slot.
    fn add(&mut self, clause: Clause<'f>) -> Option<u32> {
        let seen_of = |variable: u32| self.seen.get(variable as usize).copied();
        let mut rows = Vec::with_capacity(clause.len());
        for (variable, classes) in &clause.literals {
            rows.push((seen_of(*variable)?, classes));
        }
        let forbids = match rows.as_slice() {
            [(seen, classes)] => seen.forbids(classes),
            _ => false,
        };
        if !forbids && !rows.iter().all(|(seen, classes)| seen.shows(classes)) {
            return None;
        }
        let few = rows.iter().try_fold(0u32, |sum, (seen, classes)| {
            sum.checked_add(seen.few(classes)?)
        });
        let refused = rows.iter().fold(1000, |refused, (seen, classes)| {
            refused * (1000 - seen.share(classes).min(1000)) / 1000
        });
        let number = u32::try_from(self.clauses.len()).ok()?;
        self.clauses.push(Placed {
            forbids,
            few: few.filter(|_| !forbids),
            share: 1000 - refused,
            clause,
        });
        Some(number)
    }

    /// Make one clause of those that differ in the classes of one variable.
    fn join(&mut self, clauses: &mut Vec<u32>) {
        let mut by_variables: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
        for number in clauses.iter() {
            let literals = self.placed(*number).map(|placed| &placed.clause.literals);
            if let Some(literals) = literals.filter(|literals| !literals.is_empty()) {
                let variables = literals.iter().map(|literal| literal.0).collect();
                by_variables.entry(variables).or_default().push(*number);
            }
        }
        for group in by_variables.into_values().filter(|group| group.len() > 1) {
            let mut joined: Vec<Clause<'f>> = Vec::with_capacity(group.len());
            for number in &group {
                let Some(placed) = self.placed(*number) else {
                    continue;
                };
                let mut clause = placed.clause.clone();
                while let Some((at, both)) = self.first_joined(&joined, &clause) {
                    joined.swap_remove(at);
                    clause = both;
                }
                joined.push(clause);
            }
            if joined.len() == group.len() {
                continue;
            }
            let numbers: Option<Vec<u32>> = joined.into_iter().map(|c| self.add(c)).collect();
            if let Some(numbers) = numbers {
                clauses.retain(|clause| !group.contains(clause));
                clauses.extend(numbers);
            }
        }
    }

    /// The first clause that can be joined with this one, by its place, and what they become.
    fn first_joined(
        &self,
        clauses: &[Clause<'f>],
        clause: &Clause<'f>,
    ) -> Option<(usize, Clause<'f>)> {
        let known = |variable: u32| self.seen.get(variable as usize).map_or(0, |s| s.unknown);
        let joined = clauses.iter().map(|other| other.and(clause, known));
        (0..).zip(joined).find_map(|(at, both)| Some((at, both?)))
    }
}
