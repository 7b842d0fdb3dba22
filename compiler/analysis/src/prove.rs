//! Whether an invariant holds at every sign-in of its scope that can exist.
//!
//! `always X` is refuted by a sign-in of the scope at which neither X, nor anything at least as
//! strong, is demanded, and at which X does not hold by itself: there somebody gets a token without
//! X. `never X` is refuted by a sign-in of the scope at which X, or something at least as strong, is
//! demanded. The first looks at policies that certainly apply, the second at those that possibly do,
//! so that a proof holds whatever is missing.

use batsat::Lit;
use gatewright_hir::invariant::Quantifier;
use gatewright_hir::model::{Control, Outcome};
use gatewright_hir::strength::control_implies;

use crate::controls::Holding;
use crate::demand::{Demand, clauses};
use crate::demands::{Demands, holds, is_for_resources, is_strength};
use crate::facts::Facts;
use crate::solver::{Answer, Budget, Effort, Model};
use crate::world::{Rail, World};

/// How an invariant was decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It holds everywhere.
    Proved {
        /// The policies that are enough for it, by number; nobody else is needed.
        by: Vec<usize>,
        /// Whether no sign-in is in its scope at all.
        is_vacuous: bool,
    },
    /// It does not hold here.
    Refuted(Box<Counterexample>),
    /// Nobody knows: what was exhausted.
    Unknown(&'static str),
}

/// A sign-in at which an invariant does not hold. It is smallest: no sign-in that is unusual in
/// only some of the same ways refutes it too.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// One class per variable of the world's space.
    pub classes: Vec<u32>,
    /// What is known of the sign-in.
    pub facts: Facts,
    /// What has been proved, so that the sign-in gets in.
    pub proofs: Vec<Control>,
    /// What is not demanded (`always`) or is (`never`).
    pub demand: Demand,
    /// For `always`: the policies that demand it and do not apply here, those that fail fewest
    /// conditions first.
    pub misses: Vec<Miss>,
    /// For `never`: the policies that demand it here.
    pub culprits: Vec<usize>,
}

/// What a demand that has to be met everywhere has come to.
enum Settled {
    /// It is, by these policies.
    By(Vec<usize>),
    /// It is not.
    Open(Open),
    /// Nobody knows: what was exhausted.
    Exhausted(&'static str),
}

/// A demand that is not met everywhere.
struct Open {
    /// That it is not met.
    refuted: Lit,
    demand: Demand,
    /// The policies that demand it somewhere.
    candidates: Vec<usize>,
}

/// Two searches for one thing have said different things of it, which is a defect.
const DISAGREE: &str = "two searches that do not agree";

/// A policy that does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Its number.
    pub policy: usize,
    /// The places of the conditions that let the sign-in through.
    pub conditions: Vec<usize>,
}

/// Decides invariants against one set of a world.
pub struct Prover<'w> {
    pub(crate) demands: Demands<'w>,
    set: usize,
}

impl<'w> Prover<'w> {
    /// For this set of the world. Cost: linear in the world's formulas.
    #[must_use]
    pub fn new(world: &'w World<'w>, set: usize, budget: Budget) -> Prover<'w> {
        Prover {
            demands: Demands::for_proofs(world, budget),
            set,
        }
    }

    /// Decide an invariant, which is a policy of the world by number. Cost: a few searches, one more
    /// for each unusual fact of a counterexample.
    pub fn decide(&mut self, number: usize, quantifier: Quantifier) -> Verdict {
        self.decide_within(number, None, quantifier)
    }

    /// The same, only for sign-ins to which another policy of the world applies as well.
    pub fn decide_within(
        &mut self,
        number: usize,
        within: Option<usize>,
        quantifier: Quantifier,
    ) -> Verdict {
        let Some(policy) = self.demands.world.policy(number) else {
            return Verdict::Unknown("there is no such invariant");
        };
        // What is missing may put a sign-in into the scope.
        let mut scope = self.demands.solver.policy(number, Rail::Possible);
        if let Some(within) = within {
            let within = self.demands.solver.policy(within, Rail::Possible);
            scope = self.demands.solver.all(&[scope, within]);
        }
        let undecided = self.demands.undecided(self.set);
        scope = self.demands.solver.all(&[scope, !undecided]);
        let verdict = match quantifier {
            Quantifier::Always(_) => self.always(scope, &policy.outcome),
            Quantifier::Never(_) => self.never(scope, &policy.outcome),
        };
        match verdict {
            Verdict::Proved { by, .. } if by.is_empty() => Verdict::Proved {
                by,
                is_vacuous: matches!(self.demands.solver.find(&[scope]), Answer::None(_)),
            },
            other => other,
        }
    }

    /// The variables of the space at which a counterexample is no ordinary sign-in, in the order of
    /// the space.
    #[must_use]
    pub fn unusual(&self, counterexample: &Counterexample) -> Vec<u32> {
        let solver = &self.demands.solver;
        let facts = solver.unusual(&counterexample.classes).into_iter();
        let facts = facts.filter_map(|fact| solver.facts().get(fact));
        let variables = facts.flatten().copied();
        let mut variables: Vec<u32> = variables
            .filter(|variable| solver.is_unusual(*variable, &counterexample.classes))
            .collect();
        variables.sort_unstable();
        variables
    }

    /// The policies that count and certainly apply at a counterexample.
    #[must_use]
    pub fn applying(&self, counterexample: &Counterexample) -> Vec<usize> {
        let counts = self.demands.enforced(self.set).iter().copied();
        let classes = &counterexample.classes;
        let applying =
            counts.filter(|number| self.demands.applies(*number, classes, Rail::Certain));
        applying.collect()
    }

    /// For `always`: the policies that do not count, would apply here, and would demand it.
    #[must_use]
    pub fn would_demand(&self, counterexample: &Counterexample) -> Vec<usize> {
        if !counterexample.culprits.is_empty() {
            return Vec::new();
        }
        let counts = self.demands.enforced(self.set);
        let others = self.demands.world.policies(self.set);
        let others = others.filter(|number| !counts.contains(number));
        let demands = |number: &usize| {
            let Counterexample {
                demand, classes, ..
            } = counterexample;
            self.demands.demands_at(*number, demand, classes)
        };
        others.filter(demands).collect()
    }

    /// What the searches so far have cost.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.demands.solver.effort()
    }

    fn always(&mut self, scope: Lit, outcome: &Outcome) -> Verdict {
        let mut by = Vec::new();
        let mut open: Vec<Open> = Vec::new();
        let mut exhausted = None;
        for demand in Demand::of(outcome) {
            match self.always_one(scope, demand) {
                Settled::By(more) => by.extend(more),
                Settled::Open(one) => open.push(one),
                Settled::Exhausted(what) => exhausted = Some(what),
            }
        }
        if !open.is_empty() {
            return self.smallest_open(&open);
        }
        if let Some(what) = exhausted {
            return Verdict::Unknown(what);
        }
        by.sort_unstable();
        by.dedup();
        Verdict::Proved {
            by,
            is_vacuous: false,
        }
    }

    fn always_one(&mut self, scope: Lit, demand: Demand) -> Settled {
        let held = self.demands.held(&demand);
        let mut asked = vec![scope, !held];
        let mut contributions: Vec<(Lit, usize)> = Vec::new();
        if matches!(demand, Demand::Effect(_) | Demand::Obligation(_)) {
            let demanded = self.demands.by_anybody(self.set, &demand, Rail::Certain);
            asked.push(!demanded);
        }
        let numbers = self.demands.enforced(self.set).to_vec();
        for number in numbers {
            for demand in [&demand, &Demand::BLOCK] {
                let found = self.demands.by(number, demand, Rail::Certain);
                contributions.extend(found.map(|lit| (lit, number)));
                // A block is at least as strong as any clause, so clauses find it themselves.
                if !matches!(demand, Demand::Session(_)) {
                    break;
                }
            }
        }
        let mut alone = asked.clone();
        alone.extend(contributions.iter().map(|(lit, _)| !*lit));
        match self.demands.solver.find(&alone) {
            Answer::Exhausted(what) => return Settled::Exhausted(what),
            Answer::None(core) => {
                let needed = contributions
                    .iter()
                    .filter(|(lit, _)| core.contains(&!*lit));
                let mut needed: Vec<usize> = needed.map(|(_, number)| *number).collect();
                needed.extend(self.grounds(scope, &demand));
                return Settled::By(needed);
            }
            Answer::Found(_) => {}
        }
        let lits: Vec<Lit> = contributions.iter().map(|(lit, _)| *lit).collect();
        let demanded = self.demands.solver.any(&lits);
        asked.push(!demanded);
        Settled::Open(Open {
            refuted: self.demands.solver.all(&asked),
            demand,
            candidates: contributions.iter().map(|(_, number)| *number).collect(),
        })
    }

    /// Under a schema of one's own: the policies by which a demand is met everywhere in a scope.
    fn grounds(&mut self, scope: Lit, demand: &Demand) -> Vec<usize> {
        let switched = self.demands.by_switched(self.set, demand, Rail::Certain);
        let Some((demanded, switches)) = switched else {
            return Vec::new();
        };
        let mut asked = vec![scope, !demanded];
        asked.extend(switches.iter().map(|(switch, _)| *switch));
        let Answer::None(core) = self.demands.solver.find(&asked) else {
            return Vec::new();
        };
        let needed = switches.into_iter().filter(|(switch, number)| {
            core.contains(switch) && self.demands.is_ground(*number, demand)
        });
        needed.map(|(_, number)| number).collect()
    }

    /// The smallest sign-in that refutes any of these: one that refutes the first may be unusual in
    /// more ways than one that refutes the second.
    fn smallest_open(&mut self, open: &[Open]) -> Verdict {
        let refuted: Vec<Lit> = open.iter().map(|one| one.refuted).collect();
        let some = self.demands.solver.any(&refuted);
        let model = match self.demands.solver.smallest(&[some]) {
            Answer::Exhausted(what) => return Verdict::Unknown(what),
            Answer::None(_) => return Verdict::Unknown(DISAGREE),
            Answer::Found(model) => model,
        };
        let here = self.demands.solver.at(&model.classes);
        for one in open {
            let asked: Vec<Lit> = here.iter().copied().chain([one.refuted]).collect();
            match self.demands.solver.find(&asked) {
                Answer::Found(_) => {
                    let demand = one.demand.clone();
                    let shown = self.let_through(model, demand, one.candidates.clone());
                    return Verdict::Refuted(Box::new(shown));
                }
                Answer::Exhausted(what) => return Verdict::Unknown(what),
                Answer::None(_) => {}
            }
        }
        Verdict::Unknown(DISAGREE)
    }

    /// The sign-in as a counterexample to `always`.
    fn let_through(
        &self,
        model: Model,
        demand: Demand,
        mut candidates: Vec<usize>,
    ) -> Counterexample {
        candidates.dedup();
        // Others demand it in other cases only, such as where a client can prove nothing.
        candidates.retain(|number| {
            let is_block = || {
                self.demands
                    .demands_here(*number, &Demand::BLOCK, &model.classes)
            };
            self.demands.demands_here(*number, &demand, &model.classes) || is_block()
        });
        let misses = candidates.into_iter().map(|number| Miss {
            policy: number,
            conditions: self.failed(number, &model.classes),
        });
        let mut misses: Vec<Miss> = misses.filter(|miss| !miss.conditions.is_empty()).collect();
        misses.sort_by_key(|miss| miss.conditions.len());
        Counterexample {
            proofs: self.proofs(&model.classes, &demand),
            classes: model.classes,
            facts: model.facts,
            demand,
            misses,
            culprits: Vec::new(),
        }
    }

    /// The places of the conditions that do not certainly hold.
    fn failed(&self, number: usize, classes: &[u32]) -> Vec<usize> {
        let world = self.demands.world;
        let conditions = world.joint.policies.get(number).into_iter().flatten();
        let conditions = conditions.enumerate();
        conditions
            .filter(|(_, one)| !holds(world, &one.formula, classes, Rail::Certain))
            .map(|(place, _)| place)
            .collect()
    }

    /// What has to be proved to get in without meeting the demand.
    pub(crate) fn proofs(&self, classes: &[u32], demand: &Demand) -> Vec<Control> {
        let world = self.demands.world;
        let Some(set) = world.sets.get(self.set) else {
            return Vec::new();
        };
        let wanted: &[Control] = match demand {
            Demand::Clause(controls) => controls,
            _ => &[],
        };
        let implies = |control: &Control| {
            let mut wanted = wanted.iter();
            wanted.any(|wanted| control_implies(&set.strengths, control, wanted))
        };
        let replacing = self.demands.possibly_replacing(self.set, demand, classes);
        let applying = self.demands.enforced(self.set).iter();
        let applying = applying.filter(|number| {
            replacing == Some(**number) || self.demands.applies(**number, classes, Rail::Certain)
        });
        let applying: Vec<_> = applying
            .filter_map(|number| world.policy(*number))
            .collect();
        let is_replaced = replacing.is_some() || self.demands.is_replaced(self.set, classes);
        let mut proofs: Vec<Control> = Vec::new();
        let of_policies = applying.iter().flat_map(|policy| {
            let is_replaced = is_replaced && is_for_resources(policy);
            // A strength that is replaced needs no proof, and may have none.
            let is_asked =
                move |clause: &Vec<Control>| !(is_replaced && clause.iter().any(is_strength));
            clauses(policy).into_iter().filter(is_asked)
        });
        for clause in of_policies {
            let holding = |control: &&Control| self.demands.holding(control, classes);
            let is_met = clause
                .iter()
                .any(|control| holding(&control) == Holding::Held || proofs.contains(control));
            let mut ways = clause
                .iter()
                .filter(|control| holding(control) == Holding::Provable && !implies(control));
            proofs.extend(ways.next().filter(|_| !is_met).cloned());
        }
        proofs
    }

    fn never(&mut self, scope: Lit, outcome: &Outcome) -> Verdict {
        // All clauses of a requirement together are what must never be demanded; every other
        // demand counts by itself.
        let (together, single): (Vec<Demand>, Vec<Demand>) = Demand::of(outcome)
            .into_iter()
            .partition(|demand| matches!(demand, Demand::Clause(_)));
        let mut cases: Vec<Vec<Demand>> = single.into_iter().map(|one| vec![one]).collect();
        if !together.is_empty() {
            cases.push(together);
        }
        let mut refuted: Vec<Lit> = Vec::new();
        for case in &cases {
            let mut asked = vec![scope];
            asked.extend(case.iter().map(|demand| match demand {
                Demand::Session(wanted) => self.demands.set_by_anybody(self.set, wanted),
                _ => self.demands.by_anybody(self.set, demand, Rail::Possible),
            }));
            refuted.push(self.demands.solver.all(&asked));
        }
        let some = self.demands.solver.any(&refuted);
        let model = match self.demands.solver.smallest(&[some]) {
            Answer::Exhausted(what) => return Verdict::Unknown(what),
            Answer::None(_) => {
                return Verdict::Proved {
                    by: Vec::new(),
                    is_vacuous: false,
                };
            }
            Answer::Found(model) => model,
        };
        let here = self.demands.solver.at(&model.classes);
        for (case, refuted) in cases.into_iter().zip(refuted) {
            let asked: Vec<Lit> = here.iter().copied().chain([refuted]).collect();
            match self.demands.solver.find(&asked) {
                Answer::Found(_) => return Verdict::Refuted(Box::new(self.demanded(model, case))),
                Answer::Exhausted(what) => return Verdict::Unknown(what),
                Answer::None(_) => {}
            }
        }
        Verdict::Unknown(DISAGREE)
    }

    /// The sign-in as a counterexample to `never`.
    fn demanded(&self, model: Model, case: Vec<Demand>) -> Counterexample {
        let numbers = self.demands.enforced(self.set).iter().copied();
        let culprits = numbers.filter(|number| {
            let mut case = case.iter();
            self.demands
                .applies(*number, &model.classes, Rail::Possible)
                && case.any(|one| match one {
                    Demand::Session(wanted) => self.demands.sets(*number, wanted),
                    _ => self.demands.demands_here(*number, one, &model.classes),
                })
        });
        Counterexample {
            culprits: culprits.collect(),
            classes: model.classes,
            facts: model.facts,
            proofs: Vec::new(),
            demand: case.into_iter().next().unwrap_or(Demand::BLOCK),
            misses: Vec::new(),
        }
    }
}
