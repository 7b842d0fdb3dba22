//! What is different at a sign-in, and to which class that makes it belong.

use batsat::Lit;
use gatewright_hir::model::Control;

use super::aspects::Aspect;
use super::{Class, Differ, Direction, NEW, OLD, Witness};
use crate::controls::Holding;
use crate::demand::Demand;
use crate::solver::Answer;
use crate::world::Rail;

/// What is different at a sign-in: the places of the aspects that are dropped, and that are added.
type Vector = (Vec<usize>, Vec<usize>);

/// What a class is: its direction, and by set the place of its cause, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    direction: Direction,
    causes: [Option<usize>; 2],
    /// The same of why the device is not compliant, where no policy is a cause.
    reasons: [Option<usize>; 2],
}

impl Differ<'_, '_> {
    /// Who demands an aspect at a sign-in, on one side.
    fn causes(&self, aspect: &Aspect, side: usize, classes: &[u32]) -> Vec<usize> {
        let mut numbers: Vec<usize> = match aspect.demand {
            // These hang on all policies together.
            Demand::Effect(_) | Demand::Obligation(_) | Demand::Conflict => {
                self.demands.enforced(side).to_vec()
            }
            _ => {
                let by = aspect.by.get(side).into_iter().flatten();
                by.map(|(number, _)| *number).collect()
            }
        };
        numbers.retain(|number| self.demands.demands_at(*number, &aspect.demand, classes));
        numbers
    }

    /// Whether the facts of a sign-in meet an aspect by themselves, on one side.
    fn is_held(&self, aspect: &Aspect, side: usize, classes: &[u32]) -> bool {
        let Demand::Clause(controls) = &aspect.demand else {
            return false;
        };
        let is_held = |one: &Control| self.demands.holding_by(side, one, classes) == Holding::Held;
        controls.iter().any(is_held)
    }

    /// Whether a side demands an aspect at a sign-in.
    fn is_demanded(&self, aspect: &Aspect, side: usize, classes: &[u32]) -> bool {
        match aspect.demand {
            Demand::Effect(_) | Demand::Obligation(_) => {
                self.demands.own_at(side, &aspect.demand, classes)
                    && !self.demands.own_at(side, &Demand::Conflict, classes)
            }
            Demand::Conflict => self.demands.own_at(side, &Demand::Conflict, classes),
            _ => !self.causes(aspect, side, classes).is_empty(),
        }
    }

    fn vector(&self, witness: &Witness) -> Vector {
        let classes = &witness.classes;
        let is = |aspect: &Aspect, side| {
            self.is_demanded(aspect, side, classes) && !self.is_held(aspect, side, classes)
        };
        let block = self.aspects.first();
        let is_out = |side| block.is_some_and(|block| is(block, side));
        let both_in = !is_out(OLD) && !is_out(NEW);
        let (mut looser, mut stricter) = (Vec::new(), Vec::new());
        for (place, aspect) in self.aspects.iter().enumerate() {
            if place > 0 && !both_in {
                break;
            }
            match (is(aspect, OLD), is(aspect, NEW)) {
                (true, false) => looser.push(place),
                (false, true) => stricter.push(place),
                _ => {}
            }
        }
        (looser, stricter)
    }

    /// What a sign-in at which something is different is.
    fn kind(&self, (dropped, added): &Vector, classes: &[u32]) -> Kind {
        let direction = match (dropped.is_empty(), added.is_empty()) {
            (false, true) => Direction::Looser,
            (true, false) => Direction::Stricter,
            _ => Direction::Changed,
        };
        let is_own = !self.demands.world.schema.is_entra;
        let cause = |set: usize, places: &[usize]| {
            let mut causes = self.causes.get(set)?.iter();
            causes.position(|(number, _)| {
                let mut aspects = places.iter().filter_map(|place| self.aspects.get(*place));
                is_own && self.demands.applies(*number, classes, Rail::Certain)
                    || aspects.any(|one| self.demands.demands_at(*number, &one.demand, classes))
            })
        };
        let causes = [cause(OLD, dropped), cause(NEW, added)];
        let reasons = match causes {
            [None, None] => self.first_reasons(classes),
            _ => [None, None],
        };
        Kind {
            direction,
            causes,
            reasons,
        }
    }

    /// That a sign-in is of the same class as this one.
    pub(super) fn class_lits(&self, witness: &Witness) -> Vec<Lit> {
        let kind = self.kind(&self.vector(witness), &witness.classes);
        let (looser, stricter) = match kind.direction {
            Direction::Looser => (self.looser, !self.stricter),
            Direction::Stricter => (!self.looser, self.stricter),
            Direction::Changed => (self.looser, self.stricter),
        };
        let mut lits = vec![looser, stricter];
        for (cause, known) in kind.causes.into_iter().zip(&self.causes) {
            let first = cause.unwrap_or(known.len());
            lits.extend(known.iter().take(first).map(|(_, lit)| !*lit));
            lits.extend(known.get(first).map(|(_, lit)| *lit));
        }
        if let (Some(derivation), [None, None]) = (&self.derivation, kind.causes) {
            let is_one = kind.reasons.iter().any(Option::is_some);
            lits.push(if is_one {
                derivation.differs
            } else {
                !derivation.differs
            });
            for (reason, known) in kind.reasons.into_iter().zip(&derivation.reasons) {
                let first = reason.unwrap_or(known.len());
                lits.extend(known.iter().take(first).map(|(_, lit)| !*lit));
                lits.extend(known.get(first).map(|(_, lit)| *lit));
            }
        }
        lits
    }

    pub(super) fn class(&mut self, witness: Witness) -> Class {
        let vector = self.vector(&witness);
        let kind = self.kind(&vector, &witness.classes);
        let (dropped, added) = (self.strongest(&vector.0), self.strongest(&vector.1));
        let causes = |places: &[usize], side| {
            let aspects = places.iter().filter_map(|place| self.aspects.get(*place));
            let mut numbers: Vec<usize> = aspects
                .flat_map(|aspect| self.causes(aspect, side, &witness.classes))
                .collect();
            // What both sets have, and their compliance policies divide, is no cause.
            let is_in_both = |number: &usize| {
                let marked = self.parts.marked.get(side);
                marked.is_some_and(|marked| marked.binary_search(number).is_ok())
            };
            numbers.retain(|number| !is_in_both(number));
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        };
        let (old_causes, new_causes) = (causes(&vector.0, OLD), causes(&vector.1, NEW));
        let lits = self.class_lits(&witness);
        let derived = self.derived(&witness.classes);
        let facts = self.without_mark(witness.facts, &witness.classes);
        let witness = Witness { facts, ..witness };
        Class {
            direction: kind.direction,
            also_dropped: self.elsewhere(&lits, &dropped, |aspect| aspect.looser),
            also_added: self.elsewhere(&lits, &added, |aspect| aspect.stricter),
            dropped,
            added,
            old_causes,
            new_causes,
            witness,
            derived,
            cubes: Vec::new(),
            is_covered: false,
        }
    }

    /// What is different at some sign-in of a class, and not implied by what is known of it.
    fn elsewhere(
        &mut self,
        class: &[Lit],
        known: &[Demand],
        different: fn(&Aspect) -> Lit,
    ) -> Vec<Demand> {
        let strengths = self.demands.world.sets.first().map(|set| &set.strengths);
        let strengths = strengths.map_or(&[][..], Vec::as_slice);
        let mut places = Vec::new();
        for place in 0..self.aspects.len() {
            let Some(aspect) = self.aspects.get(place) else {
                continue;
            };
            let is_known = known
                .iter()
                .any(|one| one.implies(&aspect.demand, strengths));
            if !is_known {
                let mut asked = class.to_vec();
                asked.push(different(aspect));
                if let Answer::Found(_) = self.demands.solver.find(&asked) {
                    places.push(place);
                }
            }
        }
        self.strongest(&places)
    }

    /// The demands of these aspects, without those that another one of them implies.
    fn strongest(&self, places: &[usize]) -> Vec<Demand> {
        let of = |place: &usize| self.aspects.get(*place).map(|aspect| &aspect.demand);
        let set = self.demands.world.sets.first();
        let implies = |one: &Demand, other: &Demand| {
            set.is_some_and(|set| one.implies(other, &set.strengths))
        };
        let mut kept: Vec<Demand> = Vec::new();
        for demand in places.iter().filter_map(of) {
            if kept.iter().any(|known| implies(known, demand)) {
                continue;
            }
            kept.retain(|known| !implies(demand, known));
            kept.push(demand.clone());
        }
        kept
    }
}
