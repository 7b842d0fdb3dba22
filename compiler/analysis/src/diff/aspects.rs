//! What two sets demand somewhere, and which policies make the difference.

use batsat::Lit;
use gatewright_decision::Stated;
use gatewright_hir::model::{Control, Policy};
use gatewright_value::vocabulary::Reason;

use super::{Differ, NEW, OLD};
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
    /// What the sets demand, in the order in which it is first demanded; a block comes first. What
    /// both demand by the same conditions is left out: it makes no difference.
    pub(super) fn find_aspects(&mut self) -> Vec<Aspect> {
        let mut demands = vec![Demand::BLOCK];
        // Where no policy of one's own applies there can be an effect that no policy has.
        demands.extend(self.demands.world.schema.otherwise.map(Demand::Effect));
        for set in [OLD, NEW] {
            for number in self.demands.enforced(set).to_vec() {
                let policy: Option<&Policy> = self.demands.world.policy(number);
                for demand in policy.into_iter().flat_map(|p| Demand::of(&p.outcome)) {
                    let demand = canonical(demand);
                    if !demands.contains(&demand) {
                        demands.push(demand);
                    }
                }
            }
        }
        let scope = self.scope();
        let mut aspects: Vec<Aspect> = Vec::new();
        let mut blocked: [Lit; 2] = [!self.demands.solver.truth(); 2];
        for demand in demands {
            let by = [OLD, NEW].map(|set| self.by(set, &demand));
            let sides = match demand {
                Demand::Effect(_) | Demand::Obligation(_) => {
                    [OLD, NEW].map(|set| self.demands.by_anybody(set, &demand, Rail::Certain))
                }
                _ => [0, 1].map(|side: usize| {
                    let by = by.get(side).into_iter().flatten();
                    let lits: Vec<Lit> = by.map(|(_, lit)| *lit).collect();
                    self.demands.solver.any(&lits)
                }),
            };
            let [old, new] = sides;
            // What is asked of those who do not get in anyway makes no difference.
            let [old_blocked, new_blocked] = blocked;
            let (looser, stricter) = if demand.is_block() {
                blocked = [old, new];
                (
                    self.demands.solver.all(&[old, !new, scope]),
                    self.demands.solver.all(&[new, !old, scope]),
                )
            } else {
                let (in_old, in_new) = (!old_blocked, !new_blocked);
                // What the facts hold already is met, whoever asks for it.
                let open = !self.demands.held(&demand);
                let both = self.demands.solver.all(&[in_old, in_new, open, scope]);
                (
                    self.demands.solver.all(&[old, !new, both]),
                    self.demands.solver.all(&[new, !old, both]),
                )
            };
            let never = !self.demands.solver.truth();
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

    /// That a sign-in counts. What is missing may make it one that does.
    fn scope(&mut self) -> Lit {
        let conditions = self.scoping().into_iter();
        let lits: Vec<Lit> = conditions
            .map(|one| self.demands.solver.condition(&one.formula, Rail::Possible))
            .collect();
        self.demands.solver.all(&lits)
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
        let others = self.said(1 - set);
        let mut found = Vec::new();
        for (number, said) in self.said(set) {
            if others.iter().any(|(_, other)| *other == said) {
                continue;
            }
            // Effects hang on each other: a policy that applies has a hand in what comes out.
            let mut ways = Vec::new();
            if is_own {
                let different = self.demands.solver.any(&[self.looser, self.stricter]);
                let applies = self.demands.solver.policy(number, Rail::Certain);
                ways.push(self.demands.solver.all(&[applies, different]));
            }
            let of_set = self.aspects.iter().flat_map(|aspect| {
                let only = if set == OLD {
                    aspect.looser
                } else {
                    aspect.stricter
                };
                let by = aspect.by.get(set).into_iter().flatten();
                by.filter(|(by, _)| *by == number)
                    .map(move |(_, lit)| [*lit, only])
            });
            for both in of_set.collect::<Vec<_>>() {
                ways.push(self.demands.solver.all(&both));
            }
            let causes = self.demands.solver.any(&ways);
            if causes != !self.demands.solver.truth() {
                found.push((number, causes));
            }
        }
        found
    }

    /// What each policy of a set comes to: where it applies, and where it demands each aspect.
    fn said(&mut self, set: usize) -> Vec<(usize, Vec<Lit>)> {
        let numbers = self.demands.enforced(set).to_vec();
        let is_own = !self.demands.world.schema.is_entra;
        let mut said = Vec::with_capacity(numbers.len());
        for number in numbers {
            let mut lits: Vec<Lit> = self
                .aspects
                .iter()
                .flat_map(|aspect| {
                    let mut by = aspect.by.get(set).into_iter().flatten();
                    let lit = by.find(|(by, _)| *by == number).map(|(_, lit)| *lit);
                    [lit.unwrap_or(Lit::UNDEF)]
                })
                .collect();
            if is_own {
                lits.push(self.demands.solver.policy(number, Rail::Certain));
            }
            said.push((number, lits));
        }
        said
    }
}

/// The same demand in one spelling: alternatives in one order, none twice.
fn canonical(demand: Demand) -> Demand {
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
