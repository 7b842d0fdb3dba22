//! Values of attributes for the classes of a space, or why there are none.
//!
//! To a solver a sign-in is one class per variable. Several variables can be about one attribute,
//! some attributes hang together, and not every combination of classes has values. Variables are
//! put in *groups* that do not concern each other, and for each group values are found that are in
//! all its classes, or a small part of the classes that no value is in together.
//!
//! INVARIANT: a conflict is a proof. Where a search ends at a limit the answer says so, and is no
//! conflict.

mod apps;
mod classify;
mod comparisons;
mod groups;
mod identity;
mod kindred;
mod language;
mod model;
mod ordered;
mod pattern;
mod propositions;
mod questions;
mod records;
mod sets;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod trie;

use std::collections::BTreeSet;

use gatewright_decision::{Classes, Space};
use gatewright_hir::schema::{AttributeId, Schema};
use rustc_hash::FxHashMap;

pub(crate) use self::classify::Classifier;
pub use self::classify::classes_of;
use self::groups::Group;
use self::kindred::Kindred;
use self::questions::TRUE;
use crate::facts::{Fact, Facts};

/// LIMIT: answers that are remembered of one group.
const REMEMBERED_MAX: usize = 1024;
/// LIMIT: searches that make one conflict smaller.
const SHRINKS_MAX: usize = 256;
/// LIMIT: steps of searches that make the conflicts of one group smaller.
const EFFORT_MAX: usize = 2_000_000;
/// LIMIT: conflicts of one group that are told at once.
const CONFLICTS_MAX: usize = 8;

/// A variable at a class.
type Literal = (u32, u32);

/// What a group comes to.
#[derive(Clone, Debug, PartialEq)]
enum Solved<T> {
    /// These values.
    One(T),
    /// There are none.
    None,
    /// This was exhausted before any were found.
    Exhausted(&'static str),
}

impl<T> Solved<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Solved<U> {
        match self {
            Solved::One(found) => Solved::One(change(found)),
            Solved::None => Solved::None,
            Solved::Exhausted(what) => Solved::Exhausted(what),
        }
    }
}

/// Classes of variables that no sign-in has together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Conflict {
    /// Each a variable at a class, ascending.
    pub(crate) literals: Vec<(u32, u32)>,
}

/// What a sign-in of a class per variable comes to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Realised {
    /// These facts are in all the classes.
    Facts(Facts),
    /// There are no such facts, for these reasons; with others that are no facts elsewhere.
    Conflicts(Vec<Conflict>),
    /// This was exhausted before facts or a conflict were found.
    Exhausted(&'static str),
}

/// Finds facts for classes.
pub(crate) struct Realiser<'s> {
    schema: &'s Schema,
    space: &'s Space,
    groups: Vec<Member<'s>>,
    /// By variable: its group.
    group_of: Vec<usize>,
    kindred: Kindred,
}

/// A group, its variables, and what it has come to.
struct Member<'s> {
    group: Group<'s>,
    variables: Vec<u32>,
    known: FxHashMap<Vec<u32>, Outcome>,
}

/// What classes of a group come to.
#[derive(Clone, Debug)]
enum Outcome {
    Facts(Vec<(AttributeId, Fact)>),
    Conflicts(Vec<Conflict>),
    Exhausted(&'static str),
}

impl<'s> Realiser<'s> {
    /// Put the variables of a space in groups.
    pub(crate) fn new(schema: &'s Schema, space: &'s Space) -> Realiser<'s> {
        let groups: Vec<Member<'s>> = groups::of(schema, space)
            .into_iter()
            .map(|(group, variables)| Member {
                group,
                variables,
                known: FxHashMap::default(),
            })
            .collect();
        let mut group_of = vec![usize::MAX; space.variables.len()];
        for (number, member) in groups.iter().enumerate() {
            for variable in &member.variables {
                if let Some(slot) = group_of.get_mut(*variable as usize) {
                    *slot = number;
                }
            }
        }
        Realiser {
            schema,
            space,
            groups,
            group_of,
            kindred: Kindred::new(schema, space),
        }
    }

    /// A fact for each attribute, in one class per variable, or why there is none.
    pub(crate) fn realise(&mut self, classes: &[u32]) -> Realised {
        let mut facts = Facts::new();
        let mut conflicts = self.kindred.conflicts(classes);
        let mut exhausted = None;
        for member in &mut self.groups {
            match member.outcome(classes) {
                Outcome::Facts(found) => facts.extend(found),
                Outcome::Conflicts(found) => conflicts.extend(found),
                Outcome::Exhausted(what) => exhausted = Some(what),
            }
        }
        if !conflicts.is_empty() {
            conflicts.sort();
            conflicts.dedup();
            return Realised::Conflicts(conflicts);
        }
        if let Some(what) = exhausted {
            return Realised::Exhausted(what);
        }
        self.kindred.settle(classes, &mut facts);
        Realised::Facts(facts)
    }

    /// Lists of variables of which all are unknown or none is.
    pub(crate) fn known_together(&self) -> Vec<Vec<u32>> {
        groups::known_together(self.schema, self.space)
    }

    /// The classes of a variable that no value is in, whatever else is asked.
    pub(crate) fn impossible(&mut self, variable: u32) -> Vec<u32> {
        let Some(row) = self.space.variables.get(variable as usize) else {
            return Vec::new();
        };
        let number = self.group_of.get(variable as usize).copied();
        let Some(member) = number.and_then(|at| self.groups.get_mut(at)) else {
            return Vec::new();
        };
        let mut is_impossible = |class: u32| {
            let solved = member.group.solve(&[(variable, class)]);
            matches!(solved, Solved::None)
        };
        let mut found: Vec<u32> = match &row.classes {
            Classes::Text(entries) => {
                let named: BTreeSet<u32> = entries.iter().map(|entry| entry.class).collect();
                let kind = self.schema.attribute(row.attribute).map(|a| &a.kind);
                // Any text can be one of a type that has no end, if it is asked nothing else.
                let is_finite = kind.is_some_and(|kind| text::TextGroup::finite(kind).is_some());
                let classes = named.into_iter().filter(|_| is_finite);
                let classes = std::iter::once(0).filter(|_| is_finite).chain(classes);
                classes.filter(|class| is_impossible(*class)).collect()
            }
            Classes::Ordered(_) => {
                let kind = self.schema.attribute(row.attribute).map(|a| &a.kind);
                let of = ordered::Row::of(variable, self.space).zip(kind);
                of.map_or_else(Vec::new, |(of, kind)| of.impossible(kind))
            }
            Classes::Has(_) | Classes::Reaches(_) => [TRUE]
                .into_iter()
                .filter(|class| is_impossible(*class))
                .collect(),
            _ => Vec::new(),
        };
        found.extend(row.null_class().filter(|null| is_impossible(*null)));
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Member<'_> {
    fn outcome(&mut self, classes: &[u32]) -> Outcome {
        let class_of = |variable: &u32| classes.get(*variable as usize).copied().unwrap_or(0);
        let key: Vec<u32> = self.variables.iter().map(class_of).collect();
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let literals: Vec<Literal> = self
            .variables
            .iter()
            .copied()
            .zip(key.iter().copied())
            .collect();
        let outcome = match self.group.solve(&literals) {
            Solved::One(facts) => Outcome::Facts(facts),
            Solved::Exhausted(what) => Outcome::Exhausted(what),
            Solved::None => Outcome::Conflicts(self.conflicts(literals)),
        };
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        self.known.insert(key, outcome.clone());
        outcome
    }

    /// Small parts of classes that have no values.
    fn conflicts(&mut self, mut literals: Vec<Literal>) -> Vec<Conflict> {
        let mut conflicts: Vec<Conflict> = Vec::new();
        let effort_max = self.group.effort() + EFFORT_MAX;
        loop {
            let mut core = self.shrink(literals.clone(), effort_max);
            core.sort_unstable();
            // What is asked for is dropped rather than what is excluded, to see what else is wrong.
            let dropped = core
                .iter()
                .copied()
                .max_by_key(|(_, class)| u32::from(*class == TRUE));
            let alike = self.group.alike(&core);
            conflicts.push(Conflict { literals: core });
            if !alike.is_empty() {
                let alike = alike.into_iter().map(|literals| Conflict { literals });
                conflicts.extend(alike);
                return conflicts;
            }
            let Some(dropped) = dropped
                .filter(|_| conflicts.len() < CONFLICTS_MAX && self.group.effort() < effort_max)
            else {
                return conflicts;
            };
            literals.retain(|literal| *literal != dropped);
            if !self.group.excludes(&literals) {
                return conflicts;
            }
        }
    }

    /// Fewer of these classes, which have been found to have no value, that have none either.
    fn hinted(&mut self, literals: &[Literal]) -> Option<Vec<Literal>> {
        let is_asked = |literal: &Literal| self.group.core().contains(literal);
        let fewer: Vec<Literal> = literals.iter().copied().filter(is_asked).collect();
        let is_fewer = !fewer.is_empty() && fewer.len() < literals.len();
        (is_fewer && self.group.excludes(&fewer)).then_some(fewer)
    }

    /// As few of these classes as have no value still: half of them are left out, then quarters,
    /// and so on.
    fn shrink(&mut self, mut literals: Vec<Literal>, effort_max: usize) -> Vec<Literal> {
        while let Some(fewer) = self.hinted(&literals) {
            literals = fewer;
        }
        let mut size = literals.len().div_ceil(2);
        let mut searches = 0;
        while size > 0 && literals.len() > 1 {
            let mut at = 0;
            while at < literals.len() {
                searches += 1;
                if searches > SHRINKS_MAX || self.group.effort() > effort_max {
                    return literals;
                }
                let end = (at + size).min(literals.len());
                let mut fewer = literals.clone();
                fewer.drain(at..end);
                if self.group.excludes(&fewer) {
                    literals = self.hinted(&fewer).unwrap_or(fewer);
                } else {
                    at = end;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
        literals
    }
}

/// GUIDs that nobody has given to anything.
fn fresh_guids() -> impl Iterator<Item = String> {
    (0u64..).map(|number| format!("5eed0000-0000-4000-8000-{number:012x}"))
}
