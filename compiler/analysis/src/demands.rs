//! Where a policy set demands something: propositions for the search.

mod own;

use batsat::Lit;
use gatewright_hir::model::{Control, Policy, Target};
use gatewright_hir::strength::control_implies;
use gatewright_value::SessionControls;
use own::Applying;
use rustc_hash::FxHashMap;

use crate::controls::{Controls, Holding};
use crate::demand::{Demand, clauses, is_as_strict, is_set_just_so};
use crate::solver::{Budget, Solver};
use crate::world::{Rail, World};

/// Asks what the sets of a world demand.
pub(crate) struct Demands<'w> {
    pub(crate) world: &'w World<'w>,
    pub(crate) solver: Solver<'w>,
    pub(crate) controls: Controls,
    /// By set, the policies that count.
    enforced: Vec<Vec<usize>>,
    /// By set, those of them that take requirements of others away (§10.6).
    replacing: Vec<Vec<usize>>,
    /// Whether what is said has to hold whatever is missing; else it holds of decisions, in which
    /// all policies are judged alike.
    is_for_proofs: bool,
    known: FxHashMap<(usize, Demand, Rail), Option<Lit>>,
    replaced: FxHashMap<(usize, Rail), Lit>,
    /// By policy, that its stand-ins apply where it does.
    switches: FxHashMap<usize, Lit>,
    stand_ins: FxHashMap<(usize, Rail), Lit>,
}

impl<'w> Demands<'w> {
    pub(crate) fn new(world: &'w World<'w>, budget: Budget) -> Demands<'w> {
        let mut solver = Solver::new(world, budget);
        let controls = Controls::new(world, &mut solver);
        let enforced: Vec<Vec<usize>> = (0..world.sets.len())
            .map(|set| world.enforced(set))
            .collect();
        let replacing = enforced.iter().map(|numbers| replacing(world, numbers));
        Demands {
            world,
            solver,
            controls,
            replacing: replacing.collect(),
            enforced,
            is_for_proofs: false,
            known: FxHashMap::default(),
            replaced: FxHashMap::default(),
            switches: FxHashMap::default(),
            stand_ins: FxHashMap::default(),
        }
    }

    /// The same, for what holds whatever is missing: of facts that nobody knows, each policy takes
    /// its own view.
    pub(crate) fn for_proofs(world: &'w World<'w>, budget: Budget) -> Demands<'w> {
        Demands {
            is_for_proofs: world.assumptions.with_missing_facts,
            ..Demands::new(world, budget)
        }
    }

    /// By which side a policy is judged that takes away what another one demands on this side.
    fn against(&self, rail: Rail) -> Rail {
        match self.is_for_proofs {
            true => rail.other(),
            false => rail,
        }
    }

    /// The policies of a set that count.
    pub(crate) fn enforced(&self, set: usize) -> &[usize] {
        self.enforced.get(set).map_or(&[], Vec::as_slice)
    }

    /// Let only these policies count for a set from now on, wherever they are. What is known of
    /// each is forgotten where it hangs on the others.
    pub(crate) fn count_only(&mut self, set: usize, numbers: Vec<usize>, is_entangled: bool) {
        if let Some(of_set) = self.replacing.get_mut(set) {
            *of_set = replacing(self.world, &numbers);
        }
        if let Some(enforced) = self.enforced.get_mut(set) {
            *enforced = numbers;
        }
        self.replaced.clear();
        if is_entangled {
            self.known.clear();
        }
    }

    /// That a policy applies and demands this, or something at least as strong. `None` where it
    /// never does. Effects of a schema of one's own hang on all policies: see
    /// [`Demands::by_anybody`].
    pub(crate) fn by(&mut self, number: usize, demand: &Demand, rail: Rail) -> Option<Lit> {
        let key = (number, demand.clone(), rail);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let found = self.contribution(number, demand, rail);
        self.known.insert(key, found);
        found
    }

    fn contribution(&mut self, number: usize, demand: &Demand, rail: Rail) -> Option<Lit> {
        let policy = self.world.policy(number)?;
        let when = match demand {
            Demand::Clause(wanted) => self.clause(number, policy, wanted, rail)?,
            Demand::Session(wanted) => {
                is_as_strict(&policy.outcome.session, wanted).then(|| self.solver.truth())?
            }
            Demand::Effect(_) | Demand::Obligation(_) | Demand::Conflict => return None,
        };
        let applies = self.solver.policy(number, rail);
        let both = self.solver.all(&[applies, when]);
        (both != !self.solver.truth()).then_some(both)
    }

    /// That some clause of a policy leaves no way but to hold what is wanted.
    fn clause(
        &mut self,
        number: usize,
        policy: &Policy,
        wanted: &[Control],
        rail: Rail,
    ) -> Option<Lit> {
        let set = self.world.set_of(number)?;
        let strengths = &self.world.sets.get(set)?.strengths;
        let mut ways = Vec::new();
        for clause in clauses(policy) {
            let mut parts = Vec::new();
            for alternative in &clause {
                let mut wanted = wanted.iter();
                if !wanted.any(|wanted| control_implies(strengths, alternative, wanted)) {
                    parts.push(self.controls.impossible_by(set, alternative));
                }
            }
            // SEMANTICS: §10.6
            if is_for_resources(policy) && clause.iter().any(is_strength) {
                let replaced = match (self.is_for_proofs, rail) {
                    (true, Rail::Certain) => self.replaced_without(set, wanted),
                    _ => self.replaced(set, self.against(rail)),
                };
                parts.push(!replaced);
            }
            ways.push(self.solver.all(&parts));
        }
        (!ways.is_empty()).then(|| self.solver.any(&ways))
    }

    // SEMANTICS: §10.6
    /// That strengths which policies for resources require count as held.
    fn replaced(&mut self, set: usize, rail: Rail) -> Lit {
        if let Some(known) = self.replaced.get(&(set, rail)) {
            return *known;
        }
        let numbers = self.replacing.get(set).cloned().unwrap_or_default();
        let applying: Vec<Lit> = numbers
            .into_iter()
            .map(|number| self.solver.policy(number, rail))
            .collect();
        let some = self.solver.any(&applying);
        let replaced = self.solver.all(&[self.controls.registers, some]);
        self.replaced.insert((set, rail), replaced);
        replaced
    }

    // SEMANTICS: §10.6
    /// That strengths which policies for resources require possibly count as held, by a policy that
    /// does not demand the same itself.
    fn replaced_without(&mut self, set: usize, wanted: &[Control]) -> Lit {
        let numbers = self.replacing.get(set).cloned().unwrap_or_default();
        let mut ways = Vec::new();
        for number in numbers {
            let policy: Option<&Policy> = self.world.policy(number);
            let demands = policy.and_then(|p| self.clause(number, p, wanted, Rail::Certain));
            let mut parts = vec![self.solver.policy(number, Rail::Possible)];
            parts.extend(demands.map(|demands| !demands));
            ways.push(self.solver.all(&parts));
        }
        let some = self.solver.any(&ways);
        self.solver.all(&[self.controls.registers, some])
    }

    /// That the set demands this, or something at least as strong.
    pub(crate) fn by_anybody(&mut self, set: usize, demand: &Demand, rail: Rail) -> Lit {
        let numbers = self.enforced(set).to_vec();
        match demand {
            Demand::Effect(effect) => self.effect(set, &numbers, *effect, rail, Applying::Itself),
            Demand::Obligation(control) => {
                self.obligation(set, &numbers, control, rail, Applying::Itself)
            }
            Demand::Conflict => self.undecided(set),
            Demand::Clause(_) | Demand::Session(_) => {
                let by: Vec<Lit> = numbers
                    .into_iter()
                    .filter_map(|number| self.by(number, demand, rail))
                    .collect();
                self.solver.any(&by)
            }
        }
    }

    /// That some policy of a set possibly sets a session control just as it is wanted.
    pub(crate) fn set_by_anybody(&mut self, set: usize, wanted: &SessionControls) -> Lit {
        let numbers = self.enforced(set).to_vec();
        let setting = numbers
            .into_iter()
            .filter(|number| self.sets(*number, wanted));
        let setting: Vec<usize> = setting.collect();
        let applying: Vec<Lit> = setting
            .into_iter()
            .map(|number| self.solver.policy(number, Rail::Possible))
            .collect();
        self.solver.any(&applying)
    }

    /// Whether a policy sets a session control just as it is wanted.
    pub(crate) fn sets(&self, number: usize, wanted: &SessionControls) -> bool {
        let policy = self.world.policy(number);
        policy.is_some_and(|policy| {
            let has = &policy.outcome.session;
            is_as_strict(has, wanted) && is_set_just_so(has, wanted)
        })
    }

    /// That the facts alone hold one of the controls of a clause, by the first set.
    pub(crate) fn held(&mut self, demand: &Demand) -> Lit {
        self.held_by(0, demand)
    }

    /// That the facts alone hold one of the controls of a clause, by a set.
    pub(crate) fn held_by(&mut self, set: usize, demand: &Demand) -> Lit {
        let Demand::Clause(controls) = demand else {
            return !self.solver.truth();
        };
        let held = controls.iter().map(|one| self.controls.held_by(set, one));
        let held: Vec<Lit> = held.collect();
        self.solver.any(&held)
    }

    /// Whether a policy applies at a sign-in, by its classes.
    pub(crate) fn applies(&self, number: usize, classes: &[u32], rail: Rail) -> bool {
        let conditions = self.world.joint.policies.get(number);
        conditions.is_some_and(|conditions| {
            let mut conditions = conditions.iter();
            conditions.all(|one| holds(self.world, &one.formula, classes, rail))
        })
    }

    /// Whether a policy applies at a sign-in and demands this there.
    pub(crate) fn demands_at(&self, number: usize, demand: &Demand, classes: &[u32]) -> bool {
        self.applies(number, classes, Rail::Certain) && self.demands_here(number, demand, classes)
    }

    /// Whether a policy demands this at a sign-in where it applies.
    pub(crate) fn demands_here(&self, number: usize, demand: &Demand, classes: &[u32]) -> bool {
        let set = self.world.set_of(number);
        let (Some(policy), Some(set)) = (self.world.policy(number), set) else {
            return false;
        };
        let strengths = self
            .world
            .sets
            .get(set)
            .map_or(&[][..], |set| &set.strengths);
        match demand {
            Demand::Clause(wanted) => {
                let is_replaced = is_for_resources(policy) && self.is_replaced(set, classes);
                clauses(policy).iter().any(|clause| {
                    !(is_replaced && clause.iter().any(is_strength))
                        && clause.iter().all(|control| {
                            let mut wanted = wanted.iter();
                            self.holding_by(set, control, classes) == Holding::Impossible
                                || wanted.any(|wanted| control_implies(strengths, control, wanted))
                        })
                })
            }
            Demand::Session(wanted) => is_as_strict(&policy.outcome.session, wanted),
            Demand::Effect(effect) => policy.outcome.effect == Some(*effect),
            Demand::Conflict => policy.outcome.effect.is_some(),
            Demand::Obligation(control) => {
                let requirement = policy.outcome.requirement.as_ref();
                requirement.is_some_and(|of| of.controls.contains(control))
            }
        }
    }

    // SEMANTICS: §10.6
    /// Whether strengths that policies for resources require count as held at a sign-in.
    pub(crate) fn is_replaced(&self, set: usize, classes: &[u32]) -> bool {
        self.controls.is_registration(classes)
            && self
                .replacing
                .get(set)
                .into_iter()
                .flatten()
                .any(|number| self.applies(*number, classes, Rail::Certain))
    }

    // SEMANTICS: §10.6
    /// A policy by which strengths possibly count as held at a sign-in, if none certainly does, and
    /// that does not demand this itself.
    pub(crate) fn possibly_replacing(
        &self,
        set: usize,
        demand: &Demand,
        classes: &[u32],
    ) -> Option<usize> {
        if !self.controls.is_registration(classes) || self.is_replaced(set, classes) {
            return None;
        }
        let mut numbers = self.replacing.get(set)?.iter().copied();
        numbers.find(|number| {
            self.applies(*number, classes, Rail::Possible)
                && !self.demands_here(*number, demand, classes)
        })
    }

    /// How a control can be held at a sign-in, by the first set.
    pub(crate) fn holding(&self, control: &Control, classes: &[u32]) -> Holding {
        self.holding_by(0, control, classes)
    }

    /// How a control can be held at a sign-in, by a set.
    pub(crate) fn holding_by(&self, set: usize, control: &Control, classes: &[u32]) -> Holding {
        self.controls.holding(set, control, classes)
    }
}

/// Whether a formula holds at a sign-in, on one side.
pub(crate) fn holds(
    world: &World<'_>,
    formula: &gatewright_decision::Formula<gatewright_decision::Literal>,
    classes: &[u32],
    rail: Rail,
) -> bool {
    let truth = formula.evaluate(classes, &|variable| world.joint.space.known(variable));
    match rail {
        Rail::Certain => truth == gatewright_value::Truth::True,
        Rail::Possible => truth != gatewright_value::Truth::False,
    }
}

pub(crate) fn is_strength(control: &Control) -> bool {
    matches!(control, Control::Strength(_))
}

pub(crate) fn is_for_resources(policy: &Policy) -> bool {
    let target = policy.assignments.as_deref().map(|of| &of.target);
    matches!(target, Some(Target::Apps(_)))
}

/// Those of some policies that require a strength for a user action.
fn replacing(world: &World<'_>, numbers: &[usize]) -> Vec<usize> {
    let mut kept = numbers.to_vec();
    kept.retain(|number| {
        let policy = world.policy(*number);
        policy.is_some_and(requires_strength_for_action)
    });
    kept
}

/// Whether a policy for user actions requires a strength, be it that it blocks and lists one.
pub(crate) fn requires_strength_for_action(policy: &Policy) -> bool {
    let target = policy.assignments.as_deref().map(|of| &of.target);
    let requirement = policy.outcome.requirement.as_ref();
    matches!(target, Some(Target::Actions(_)))
        && requirement.is_some_and(|of| of.controls.iter().any(is_strength))
}
