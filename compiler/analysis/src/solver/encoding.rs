//! Formulas as propositions.

use std::sync::Arc;

use batsat::{Lit, SolverInterface as _, lbool};
use gatewright_decision::{ClassSet, Formula, Literal, checkpoint};

use super::Solver;
use crate::cubes::Cube;
use crate::search::{Union, union};
use crate::world::Rail;

impl<'w> Solver<'w> {
    /// That the class of a variable is in this set, which may have the unknown class.
    pub(crate) fn literal(&mut self, literal: &Literal) -> Lit {
        if let [run] = literal.classes.runs() {
            return self.run(literal.variable, *run);
        }
        let key = (literal.variable, literal.classes.clone());
        if let Some(known) = self.sets.get(&key) {
            return *known;
        }
        let runs = literal.classes.runs().iter();
        let runs: Vec<Lit> = runs.map(|run| self.run(literal.variable, *run)).collect();
        let any = self.union(&runs, false);
        self.sets.insert(key, any);
        any
    }

    pub(super) fn run(&mut self, variable: u32, (first, last): (u32, u32)) -> Lit {
        let from = self.at_least(variable, first);
        let above = self.at_least(variable, last.saturating_add(1));
        if above == !self.truth {
            return from;
        }
        if from == self.truth {
            return !above;
        }
        let key = (variable, ClassSet::run(first, last));
        if let Some(known) = self.sets.get(&key) {
            return *known;
        }
        let both = !self.union(&[!from, above], false);
        self.sets.insert(key, both);
        both
    }

    pub(super) fn at_least(&self, variable: u32, class: u32) -> Lit {
        let Some(place) = class.checked_sub(1) else {
            return self.truth;
        };
        let row = self.order.get(variable as usize);
        let found = row.and_then(|row| row.get(place as usize));
        found.copied().unwrap_or(!self.truth)
    }

    /// That all of these hold.
    pub(crate) fn all(&mut self, parts: &[Lit]) -> Lit {
        let opposite: Vec<Lit> = parts.iter().map(|part| !*part).collect();
        !self.any(&opposite)
    }

    /// That one of these holds.
    pub(crate) fn any(&mut self, parts: &[Lit]) -> Lit {
        self.union(parts, true)
    }

    /// That one of these holds. Whether the search may decide about it: what it is follows from its
    /// parts, so about conditions nothing need be decided; about policies and above it pays.
    pub(super) fn union(&mut self, parts: &[Lit], is_decided: bool) -> Lit {
        let kept = match union(parts, self.truth) {
            Union::Known(known) => return known,
            Union::OneOf(kept) => kept,
        };
        if let Some(known) = self.unions.get(&kept) {
            return *known;
        }
        let whole = Lit::new(self.sat.new_var(lbool::UNDEF, is_decided), true);
        for part in &kept {
            self.sat.add_clause_reuse(&mut vec![whole, !*part]);
        }
        let mut clause = kept.clone();
        clause.push(!whole);
        self.sat.add_clause_reuse(&mut clause);
        self.unions.insert(kept, whole);
        whole
    }

    /// One side of a formula. Recursion is bounded by the nesting of the formula.
    pub(crate) fn formula(&mut self, formula: &Formula<Literal>, rail: Rail) -> Lit {
        match formula {
            Formula::True => self.truth,
            Formula::False => !self.truth,
            Formula::Unknown if rail == Rail::Possible => self.truth,
            Formula::Unknown => !self.truth,
            Formula::Literal(literal) => {
                let holds = self.literal(literal);
                let may_be_missing = self.world.assumptions.with_missing_facts
                    || self.world.is_mark(literal.variable as usize);
                if rail == Rail::Certain || !may_be_missing {
                    return holds;
                }
                let missing = self.at_least(literal.variable, self.space().known(literal.variable));
                self.union(&[holds, missing], false)
            }
            Formula::And(parts) => {
                let parts: Vec<Lit> = parts.iter().map(|part| self.formula(part, rail)).collect();
                let parts: Vec<Lit> = parts.into_iter().map(|part| !part).collect();
                !self.union(&parts, false)
            }
            Formula::Or(parts) => {
                let parts: Vec<Lit> = parts.iter().map(|part| self.formula(part, rail)).collect();
                self.union(&parts, false)
            }
        }
    }

    /// A condition of the world, which is asked for more than once.
    pub(crate) fn condition(&mut self, formula: &'w Arc<Formula<Literal>>, rail: Rail) -> Lit {
        let key = (Arc::as_ptr(formula), rail);
        if let Some(known) = self.conditions.get(&key) {
            return *known;
        }
        let lit = self.formula(formula, rail);
        self.conditions.insert(key, lit);
        lit
    }

    /// That a policy applies, by its number.
    pub(crate) fn policy(&mut self, number: usize, rail: Rail) -> Lit {
        if let Some(known) = self.policies.get(&(number, rail)) {
            return *known;
        }
        checkpoint();
        let world = self.world;
        let conditions = world
            .joint
            .policies
            .get(number)
            .map_or(&[][..], Vec::as_slice);
        let conditions = conditions.iter();
        let parts: Vec<Lit> = conditions
            .map(|condition| self.condition(&condition.formula, rail))
            .collect();
        let applies = self.all(&parts);
        self.policies.insert((number, rail), applies);
        applies
    }

    /// That a sign-in lies in a cube, variable by variable.
    pub(crate) fn cube(&mut self, cube: &Cube) -> Vec<Lit> {
        let sets = cube.sets.iter();
        let sets = sets.map(|(variable, classes)| Literal {
            variable: *variable,
            classes: classes.clone(),
        });
        sets.collect::<Vec<_>>()
            .iter()
            .map(|literal| self.literal(literal))
            .collect()
    }
}
