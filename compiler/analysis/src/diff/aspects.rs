//! What two sets demand somewhere, and which policies make the difference.

use batsat::Lit;
use gatewright_decision::Stated;
use gatewright_hir::model::{Control, Policy};
use gatewright_hir::schema::Combine;
use gatewright_value::vocabulary::Reason;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Differ, NEW, OLD, Step};
use crate::demand::Demand;
use crate::world::Rail;

/// Something that at least one set demands somewhere.
pub(super) struct Aspect {
    pub(super) demand: Demand,
    /// Per set, who demands it, with the proposition that they do.
    pub(super) by: [Vec<(usize, Lit)>; 2],
    /// Only the old set demands it.
    pub(super) looser: Lit,
    /// Only the new set does.
    pub(super) stricter: Lit,
}

impl<'w> Differ<'w, '_> {
    /// What may be demanded differently, in the order in which it is first demanded; a block comes
    /// first. What both demand by the same conditions is left out: it makes no difference.
    pub(super) fn find_aspects(&mut self, step: &mut dyn FnMut(Step)) -> Vec<Aspect> {
        let demands = self.wanted();
        let (never, scope) = (!self.demands.solver.truth(), self.scope());
        let mut aspects: Vec<Aspect> = Vec::new();
        let mut blocked: [Lit; 2] = [never; 2];
        let count = demands.len();
        for (number, demand) in demands.into_iter().enumerate() {
            step(Step::Demands(number, count));
            let by = [OLD, NEW].map(|set| self.by(set, &demand));
            let [old, new] = self.sides(&demand, &by);
            let (looser, stricter) = if demand.is_block() {
                blocked = [old, new];
                (
                    self.demands.solver.all(&[old, !new, scope]),
                    self.demands.solver.all(&[new, !old, scope]),
                )
            } else {
                // What is asked of those who do not get in anyway makes no difference.
                let [in_old, in_new] = blocked.map(|blocked| !blocked);
                let both = self.demands.solver.all(&[in_old, in_new, scope]);
                (
                    self.demands.solver.all(&[old, !new, both]),
                    self.demands.solver.all(&[new, !old, both]),
                )
            };
            if looser != never || stricter != never || demand.is_block() {
                aspects.push(Aspect {
                    demand,
                    by,
                    looser,
                    stricter,
                });
            }
        }
        aspects
    }

    /// What policies that may make a difference demand.
    fn wanted(&self) -> Vec<Demand> {
        let world = self.demands.world;
        let mut demands = vec![Demand::BLOCK];
        // Where no policy of one's own applies there can be an effect that no policy has.
        demands.extend(world.schema.otherwise.map(Demand::Effect));
        let may_conflict = !world.schema.is_entra && world.schema.combine == Combine::Conflict;
        demands.extend(may_conflict.then_some(Demand::Conflict));
        for number in self.parts.concerned.iter().flatten() {
            let policy: Option<&Policy> = world.policy(*number);
            for demand in policy.into_iter().flat_map(|p| Demand::of(&p.outcome)) {
                let demand = canonical(demand);
                if !demands.contains(&demand) {
                    demands.push(demand);
                }
            }
        }
        demands
    }

    /// By set, that it demands something which the facts do not hold already, whoever asks for it.
    fn sides(&mut self, demand: &Demand, by: &[Vec<(usize, Lit)>; 2]) -> [Lit; 2] {
        [OLD, NEW].map(|set| match demand {
            Demand::Effect(_) | Demand::Obligation(_) => {
                let demanded = self.demands.by_anybody(set, demand, Rail::Certain);
                let conflict = Demand::Conflict;
                let undecided = self.demands.by_anybody(set, &conflict, Rail::Certain);
                self.demands.solver.all(&[demanded, !undecided])
            }
            Demand::Conflict => self.demands.by_anybody(set, demand, Rail::Certain),
            Demand::Clause(_) | Demand::Session(_) => {
                let by = by.get(set).into_iter().flatten();
                let lits: Vec<Lit> = by.map(|(_, lit)| *lit).collect();
                let demanded = self.demands.solver.any(&lits);
                let open = !self.demands.held_by(set, demand);
                self.demands.solver.all(&[demanded, open])
            }
        })
    }

    /// That a sign-in counts. What is missing may make it one that does.
    fn scope(&mut self) -> Lit {
        let conditions = self.scoping();
        let lits = conditions.iter();
        let lits: Vec<Lit> = lits
            .map(|one| self.demands.solver.condition(&one.formula, Rail::Possible))
            .collect();
        let by_old = self.demands.solver.all(&lits);
        let Some(marks) = &self.demands.world.marks else {
            return by_old;
        };
        // A device that only the new set counts as compliant is one in its scope.
        let lits = conditions.iter().zip(lits);
        let lits: Vec<Lit> = lits
            .map(|(one, lit)| match marks.of_new(&one.formula) {
                Some(formula) => self.demands.solver.formula(&formula, Rail::Possible),
                None => lit,
            })
            .collect();
        let by_new = self.demands.solver.all(&lits);
        self.demands.solver.any(&[by_old, by_new])
    }

    /// The conditions of sign-ins that count.
    fn scoping(&self) -> Vec<&'w Stated> {
        let Some(scope) = self.options.within else {
            return Vec::new();
        };
        let policies = &self.demands.world.joint.policies;
        let conditions = policies.get(scope.policy).into_iter().flatten();
        let counts = |one: &&Stated| match one.reason {
            Reason::Users => scope.says_who,
            Reason::Application => scope.says_what,
            _ => true,
        };
        conditions.filter(counts).collect()
    }

    fn by(&mut self, set: usize, demand: &Demand) -> Vec<(usize, Lit)> {
        let numbers = self.demands.enforced(set).to_vec();
        numbers
            .into_iter()
            .filter_map(|number| {
                let lit = self.demands.by(number, demand, Rail::Certain)?;
                Some((number, lit))
            })
            .collect()
    }

    /// The policies of a set that the other one does not have, as far as anything asks.
    pub(super) fn find_causes(&mut self, set: usize) -> Vec<(usize, Lit)> {
        let is_own = !self.demands.world.schema.is_entra;
        let others = self.demands.enforced(1 - set).to_vec();
        let others: FxHashSet<Vec<Lit>> = self.said(1 - set, &others).into_iter().collect();
        let changed = self.parts.changed.get(set).cloned().unwrap_or_default();
        let said = self.said(set, &changed);
        let mut found = Vec::new();
        for (number, said) in changed.into_iter().zip(said) {
            if others.contains(&said) {
                continue;
            }
            // Effects hang on each other: a policy that applies has a hand in what comes out.
            let mut ways = Vec::new();
            if is_own {
                let different = self.demands.solver.any(&[self.looser, self.stricter]);
                let applies = self.demands.solver.policy(number, Rail::Certain);
                ways.push(self.demands.solver.all(&[applies, different]));
            }
            for (aspect, lit) in self.aspects.iter().zip(said) {
                let only = if set == OLD {
                    aspect.looser
                } else {
                    aspect.stricter
                };
                if lit != Lit::UNDEF {
                    ways.push(self.demands.solver.all(&[lit, only]));
                }
            }
            let causes = self.demands.solver.any(&ways);
            if causes != !self.demands.solver.truth() {
                found.push((number, causes));
            }
        }
        found
    }

    /// What policies of a set come to: where each demands each aspect, and where it applies.
    fn said(&mut self, set: usize, numbers: &[usize]) -> Vec<Vec<Lit>> {
        let is_own = !self.demands.world.schema.is_entra;
        let columns = self.aspects.iter().map(|aspect| {
            let by = aspect.by.get(set).into_iter().flatten();
            by.copied().collect::<FxHashMap<usize, Lit>>()
        });
        let columns: Vec<FxHashMap<usize, Lit>> = columns.collect();
        let mut said = Vec::with_capacity(numbers.len());
        for number in numbers {
            let lits = columns.iter().map(|by| by.get(number).copied());
            let mut lits: Vec<Lit> = lits.map(|lit| lit.unwrap_or(Lit::UNDEF)).collect();
            if is_own {
                lits.push(self.demands.solver.policy(*number, Rail::Certain));
            }
            said.push(lits);
        }
        said
    }
}

/// The same demand in one spelling: alternatives in one order, none twice.
pub(super) fn canonical(demand: Demand) -> Demand {
    match demand {
        Demand::Clause(mut controls) => {
            controls.sort_unstable_by_key(spelling);
            controls.dedup();
            Demand::Clause(controls)
        }
        other => other,
    }
}

/// Ids are compared without case.
fn spelling(control: &Control) -> (u8, String) {
    match control {
        Control::BuiltIn(control) => (0, control.name().to_owned()),
        Control::Strength(id) => (1, id.to_ascii_lowercase()),
        Control::Terms(id) => (2, id.to_ascii_lowercase()),
        Control::Custom(id) => (3, id.to_ascii_lowercase()),
        Control::Own(id) => (4, id.0.to_string()),
    }
}
