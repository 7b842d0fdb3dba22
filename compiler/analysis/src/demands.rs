//! Where a policy set demands something: propositions for the search.

use std::collections::BTreeMap;

use batsat::Lit;
use gatewright_hir::model::{Control, Policy, Requirement, Target};
use gatewright_hir::schema::{Combine, EffectId};
use gatewright_hir::strength::control_implies;
use gatewright_value::SessionControls;
use rustc_hash::FxHashMap;

use crate::controls::{Controls, Holding};
use crate::demand::{Demand, clauses, effect_counts, is_as_strict, is_set_just_so};
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
    known: FxHashMap<(usize, Demand, Rail), Option<Lit>>,
    replaced: FxHashMap<(usize, Rail), Lit>,
    /// By policy, that its stand-ins apply where it does.
    switches: FxHashMap<usize, Lit>,
    stand_ins: FxHashMap<(usize, Rail), Lit>,
}

/// What says that a policy applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Applying {
    /// Its conditions.
    Itself,
    /// A proposition that its switch ties to its conditions.
    StandIn,
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
            known: FxHashMap::default(),
            replaced: FxHashMap::default(),
            switches: FxHashMap::default(),
            stand_ins: FxHashMap::default(),
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
            Demand::Effect(_) | Demand::Obligation(_) => return None,
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
                    parts.push(self.controls.impossible(alternative));
                }
            }
            // SEMANTICS: §10.6
            if is_for_resources(policy) && clause.iter().any(is_strength) {
                let replaced = self.replaced(set, rail.other());
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

    /// That the set demands this, or something at least as strong.
    pub(crate) fn by_anybody(&mut self, set: usize, demand: &Demand, rail: Rail) -> Lit {
        let numbers = self.enforced(set).to_vec();
        match demand {
            Demand::Effect(effect) => self.effect(set, &numbers, *effect, rail, Applying::Itself),
            Demand::Obligation(control) => {
                self.obligation(set, &numbers, control, rail, Applying::Itself)
            }
            Demand::Clause(_) | Demand::Session(_) => {
                let by: Vec<Lit> = numbers
                    .into_iter()
                    .filter_map(|number| self.by(number, demand, rail))
                    .collect();
                self.solver.any(&by)
            }
        }
    }

    /// Under a schema of one's own: that the set demands this, of stand-ins for its policies, with a
    /// switch for each by which it is taken at its word. A proof names the switches that it needs.
    pub(crate) fn by_switched(
        &mut self,
        set: usize,
        demand: &Demand,
        rail: Rail,
    ) -> Option<(Lit, Vec<(Lit, usize)>)> {
        let numbers = self.enforced(set).to_vec();
        let demanded = match demand {
            Demand::Effect(effect) => self.effect(set, &numbers, *effect, rail, Applying::StandIn),
            Demand::Obligation(control) => {
                self.obligation(set, &numbers, control, rail, Applying::StandIn)
            }
            Demand::Clause(_) | Demand::Session(_) => return None,
        };
        let switches = numbers
            .into_iter()
            .map(|number| (self.switch(number), number));
        Some((demanded, switches.collect()))
    }

    /// Under a schema of one's own: whether a policy demands this where it applies, unless another
    /// one takes the verdict away.
    pub(crate) fn is_ground(&self, number: usize, demand: &Demand) -> bool {
        let Some(policy) = self.world.policy(number) else {
            return false;
        };
        match (demand, policy.outcome.effect) {
            (Demand::Effect(wanted), Some(effect)) => {
                effect_counts(self.world.schema.combine, effect, *wanted)
            }
            (Demand::Obligation(wanted), Some(_)) => {
                let requirement = policy.outcome.requirement.as_ref();
                requirement.is_some_and(|of| of.controls.contains(wanted))
            }
            _ => false,
        }
    }

    fn switch(&mut self, number: usize) -> Lit {
        if let Some(known) = self.switches.get(&number) {
            return *known;
        }
        let switch = self.solver.proposition();
        self.switches.insert(number, switch);
        switch
    }

    fn applying(&mut self, number: usize, rail: Rail, how: Applying) -> Lit {
        let applies = self.solver.policy(number, rail);
        if how == Applying::Itself {
            return applies;
        }
        if let Some(known) = self.stand_ins.get(&(number, rail)) {
            return *known;
        }
        let (switch, stand_in) = (self.switch(number), self.solver.proposition());
        self.solver.exclude(&[switch, stand_in, !applies]);
        self.solver.exclude(&[switch, !stand_in, applies]);
        self.stand_ins.insert((number, rail), stand_in);
        stand_in
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

    /// That the facts alone hold one of the controls of a clause.
    pub(crate) fn held(&mut self, demand: &Demand) -> Lit {
        let Demand::Clause(controls) = demand else {
            return !self.solver.truth();
        };
        let held: Vec<Lit> = controls.iter().map(|one| self.controls.held(one)).collect();
        self.solver.any(&held)
    }

    /// Under a schema of one's own: that the verdict is this effect, or a stronger one where
    /// effects have an order.
    fn effect(
        &mut self,
        set: usize,
        numbers: &[usize],
        wanted: EffectId,
        rail: Rail,
        how: Applying,
    ) -> Lit {
        let Some(schema) = self.world.sets.get(set).map(|set| &set.schema) else {
            return !self.solver.truth();
        };
        let combine = schema.combine;
        let otherwise = schema
            .otherwise
            .is_some_and(|effect| effect_counts(combine, effect, wanted));
        let mut counting = Vec::new();
        let mut weaker = Vec::new();
        let mut any = Vec::new();
        for number in numbers {
            let effect = self.world.policy(*number).and_then(|p| p.outcome.effect);
            let Some(effect) = effect else { continue };
            let applies = self.applying(*number, rail, how);
            // What would take the verdict away is judged on the other side.
            let against = self.applying(*number, rail.other(), how);
            any.push(against);
            if effect_counts(combine, effect, wanted) {
                counting.push(applies);
            } else {
                weaker.push(against);
            }
        }
        let some = self.solver.any(&counting);
        let chosen = if combine == Combine::Least {
            let weaker = self.solver.any(&weaker);
            self.solver.all(&[some, !weaker])
        } else {
            some
        };
        if !otherwise {
            return chosen;
        }
        let any = self.solver.any(&any);
        self.solver.any(&[chosen, !any])
    }

    /// Under a schema whose effects conflict: that two different ones meet, so that nothing is
    /// decided.
    pub(crate) fn undecided(&mut self, set: usize) -> Lit {
        let schema = self.world.sets.get(set).map(|set| &set.schema);
        if schema.is_none_or(|schema| schema.combine != Combine::Conflict) {
            return !self.solver.truth();
        }
        let mut by_effect: BTreeMap<u32, Vec<Lit>> = BTreeMap::new();
        for number in self.enforced(set).to_vec() {
            let effect = self.world.policy(number).and_then(|p| p.outcome.effect);
            if let Some(effect) = effect {
                let applies = self.solver.policy(number, Rail::Certain);
                by_effect.entry(effect.0).or_default().push(applies);
            }
        }
        let mut before = !self.solver.truth();
        let mut meeting = Vec::new();
        for applying in by_effect.values() {
            let here = self.solver.any(applying);
            meeting.push(self.solver.all(&[before, here]));
            before = self.solver.any(&[before, here]);
        }
        self.solver.any(&meeting)
    }

    /// Under a schema of one's own: that a policy whose effect is chosen lists the control.
    fn obligation(
        &mut self,
        set: usize,
        numbers: &[usize],
        wanted: &Control,
        rail: Rail,
        how: Applying,
    ) -> Lit {
        let Some(schema) = self.world.sets.get(set).map(|set| &set.schema) else {
            return !self.solver.truth();
        };
        let combine = schema.combine;
        let world = self.world;
        let effect = |number: usize| world.policy(number).and_then(|p| p.outcome.effect);
        let beats = |other: EffectId, own: EffectId| match combine {
            Combine::Strongest => other.0 > own.0,
            Combine::Least => other.0 < own.0,
            Combine::Union | Combine::Conflict => false,
        };
        let mut ways = Vec::new();
        for number in numbers {
            let Some(policy) = self.world.policy(*number) else {
                continue;
            };
            let requirement: Option<&Requirement> = policy.outcome.requirement.as_ref();
            let lists = requirement.is_some_and(|of| of.controls.contains(wanted));
            let Some(own) = effect(*number).filter(|_| lists) else {
                continue;
            };
            let mut parts = vec![self.applying(*number, rail, how)];
            for other in numbers {
                if effect(*other).is_some_and(|other| beats(other, own)) {
                    parts.push(!self.applying(*other, rail.other(), how));
                }
            }
            ways.push(self.solver.all(&parts));
        }
        self.solver.any(&ways)
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
                            self.holding(control, classes) == Holding::Impossible
                                || wanted.any(|wanted| control_implies(strengths, control, wanted))
                        })
                })
            }
            Demand::Session(wanted) => is_as_strict(&policy.outcome.session, wanted),
            Demand::Effect(effect) => policy.outcome.effect == Some(*effect),
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

    /// Under a schema of one's own: whether a set demands an effect or an obligation at a sign-in.
    pub(crate) fn own_at(&self, set: usize, demand: &Demand, classes: &[u32]) -> bool {
        let Some(schema) = self.world.sets.get(set).map(|set| &set.schema) else {
            return false;
        };
        let applying = self.enforced(set).iter();
        let applying = applying.filter(|number| self.applies(**number, classes, Rail::Certain));
        let applying = applying.filter_map(|number| self.world.policy(*number));
        let effective: Vec<&Policy> = applying.filter(|p| p.outcome.effect.is_some()).collect();
        let effects = effective.iter().filter_map(|policy| policy.outcome.effect);
        let chosen = match schema.combine {
            Combine::Strongest => effects.max_by_key(|effect| effect.0),
            Combine::Least => effects.min_by_key(|effect| effect.0),
            Combine::Union | Combine::Conflict => None,
        };
        let is_chosen = |effect: Option<EffectId>| chosen.is_none() || effect == chosen;
        match demand {
            Demand::Effect(wanted) if effective.is_empty() => schema
                .otherwise
                .is_some_and(|effect| effect_counts(schema.combine, effect, *wanted)),
            Demand::Effect(wanted) => effective.iter().any(|policy| {
                is_chosen(policy.outcome.effect)
                    && policy
                        .outcome
                        .effect
                        .is_some_and(|effect| effect_counts(schema.combine, effect, *wanted))
            }),
            Demand::Obligation(control) => effective.iter().any(|policy| {
                let requirement = policy.outcome.requirement.as_ref();
                is_chosen(policy.outcome.effect)
                    && requirement.is_some_and(|of| of.controls.contains(control))
            }),
            Demand::Clause(_) | Demand::Session(_) => false,
        }
    }

    /// How a control can be held at a sign-in.
    pub(crate) fn holding(&self, control: &Control, classes: &[u32]) -> Holding {
        self.controls.holding(control, classes)
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
