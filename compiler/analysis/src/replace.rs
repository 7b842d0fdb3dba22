//! What it changes if one policy of a set is replaced by another.
//!
//! The world has the set first, the policies that may stand in for others second, and then the
//! invariants that are asked about. Nothing is built for a replacement: which policies count is
//! exchanged, and what the others demand is known already.
//!
//! Whoever replaces a policy that only reports by another one that only reports changes what is
//! reported: then both are taken as enforced.

use batsat::Lit;
use gatewright_hir::invariant::Quantifier;
use gatewright_hir::model::Policy;
use gatewright_value::vocabulary::State;

use crate::demand::Demand;
use crate::demands::{Demands, requires_strength_for_action};
use crate::diff::{Class, Direction, Witness};
use crate::prove::{Prover, Verdict};
use crate::solver::{Answer, Budget};
use crate::world::{Rail, World};

/// The set whose policies are replaced, by its place in the world.
pub const SET: usize = 0;
/// The policies that stand in for others.
pub const OTHERS: usize = 1;

/// What a replacement changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// No sign-in is decided differently.
    Nothing,
    /// Here something is demanded by one side only; the class has no cubes.
    Differs(Box<Class>),
    /// Nobody knows: what was exhausted.
    Unknown(&'static str),
}

/// Asks about replacements.
pub struct Replacer<'w> {
    prover: Prover<'w>,
    /// Whether some policy takes the place of others: see semantics §10.6. Then what each demands
    /// hangs on which others there are.
    is_entangled: bool,
}

/// What a side demands: per demand, that each of those policies demands it which do somewhere.
type Side = Vec<Vec<Lit>>;

/// Something that one side demands somewhere and the other does not.
struct Aspect {
    direction: Direction,
    demand: Demand,
    differs: Lit,
}

impl<'w> Replacer<'w> {
    /// For a world of a set, the policies that may stand in, and invariants.
    #[must_use]
    pub fn new(world: &'w World<'w>, budget: Budget) -> Replacer<'w> {
        let count = world.policies(OTHERS).end;
        let mut policies = (0..count).filter_map(|number| world.policy(number));
        Replacer {
            prover: Prover::new(world, SET, budget),
            is_entangled: policies.any(requires_strength_for_action),
        }
    }

    fn demands(&mut self) -> &mut Demands<'w> {
        &mut self.prover.demands
    }

    fn world(&self) -> &'w World<'w> {
        self.prover.demands.world
    }

    /// Decide an invariant, by its number, against the set as it is.
    pub fn decide(&mut self, number: usize, quantifier: Quantifier) -> Verdict {
        let own = self.world().enforced(SET);
        self.count(own);
        self.prover.decide(number, quantifier)
    }

    /// Decide an invariant with one policy replaced by another. It is not decided again where that
    /// cannot matter: `None`. `by` are the policies that were enough for it.
    pub fn decide_with(
        &mut self,
        (policy, other): (usize, usize),
        by: &[usize],
        (number, quantifier): (usize, Quantifier),
    ) -> Option<Verdict> {
        let world = self.world();
        let counts = |number: usize| {
            world
                .policy(number)
                .is_some_and(|one| self.counts(one, None))
        };
        let (is_lost, is_won) = (counts(policy), counts(other));
        let is_simple = world.schema.is_entra && !self.is_entangled;
        let may_matter = match quantifier {
            _ if !is_simple => is_lost || is_won,
            Quantifier::Always(_) => is_lost && by.contains(&policy),
            Quantifier::Never(_) => is_won,
        };
        if !may_matter {
            return None;
        }
        let mut numbers = world.enforced(SET);
        replace(&mut numbers, policy, is_won.then_some(other));
        self.count(numbers);
        Some(self.prover.decide(number, quantifier))
    }

    /// Whether a policy counts beside the one that it replaces or is replaced by.
    fn counts(&self, policy: &Policy, beside: Option<&Policy>) -> bool {
        match policy.state {
            State::Enabled => true,
            State::ReportOnly => {
                self.world().assumptions.with_report_only
                    || beside.is_some_and(|beside| beside.state != State::Enabled)
            }
            State::Disabled => false,
        }
    }

    /// Only these policies count from now on.
    fn count(&mut self, numbers: Vec<usize>) {
        let is_entangled = self.is_entangled;
        let demands = self.demands();
        if demands.enforced(SET) == numbers && demands.enforced(OTHERS) == numbers {
            return;
        }
        demands.count_only(SET, numbers.clone(), is_entangled);
        demands.count_only(OTHERS, numbers, is_entangled);
    }

    /// What it changes if a policy is replaced by another, by their numbers. Cost: a
    /// search, and one for each fact of the witness that is not ordinary.
    pub fn difference(&mut self, policy: usize, other: usize) -> Effect {
        let world = self.world();
        let (Some(one), Some(two)) = (world.policy(policy), world.policy(other)) else {
            return Effect::Nothing;
        };
        let (mut old, mut new) = (world.enforced(SET), world.enforced(SET));
        replace(
            &mut old,
            policy,
            self.counts(one, Some(two)).then_some(policy),
        );
        replace(
            &mut new,
            policy,
            self.counts(two, Some(one)).then_some(other),
        );
        let concerned: Vec<usize> = if world.schema.is_entra && !self.is_entangled {
            vec![policy, other]
        } else {
            old.iter().chain(&new).copied().collect()
        };
        let wanted = demands_of(world, &concerned);
        let sides = [self.side(old, &wanted), self.side(new, &wanted)];
        let mut aspects: Vec<Aspect> = Vec::new();
        for direction in [Direction::Looser, Direction::Stricter] {
            for (place, demand) in wanted.iter().enumerate() {
                let asked = self.asked(&sides, direction, place, demand);
                aspects.extend(asked.map(|asked| Aspect {
                    direction,
                    demand: demand.clone(),
                    differs: self.demands().solver.all(&asked),
                }));
            }
        }
        let some: Vec<Lit> = aspects.iter().map(|aspect| aspect.differs).collect();
        let some = self.demands().solver.any(&some);
        match self.demands().solver.smallest(&[some]) {
            Answer::None(_) => Effect::Nothing,
            Answer::Exhausted(what) => Effect::Unknown(what),
            Answer::Found(model) => {
                aspects.retain(|aspect| self.holds_at(aspect, &model.classes));
                let witness = Witness {
                    classes: model.classes,
                    facts: model.facts,
                };
                Effect::Differs(Box::new(class((policy, other), aspects, witness)))
            }
        }
    }

    fn holds_at(&mut self, aspect: &Aspect, classes: &[u32]) -> bool {
        let solver = &mut self.demands().solver;
        let mut asked = solver.at(classes);
        asked.push(aspect.differs);
        matches!(solver.find(&asked), Answer::Found(_))
    }

    /// That each of these policies demands each of these things.
    fn side(&mut self, numbers: Vec<usize>, wanted: &[Demand]) -> Side {
        self.count(numbers.clone());
        let demands = self.demands();
        let side = wanted.iter().map(|demand| match demand {
            // These hang on all policies together.
            Demand::Effect(_) | Demand::Obligation(_) => {
                vec![demands.by_anybody(SET, demand, Rail::Certain)]
            }
            _ => {
                let by = numbers.iter();
                by.filter_map(|number| demands.by(*number, demand, Rail::Certain))
                    .collect()
            }
        });
        side.collect()
    }

    /// That a demand is one side's only; `None` where it cannot be, since whoever demands it does
    /// so on both sides.
    fn asked(
        &mut self,
        [old, new]: &[Side; 2],
        direction: Direction,
        place: usize,
        demand: &Demand,
    ) -> Option<Vec<Lit>> {
        let (has, has_not) = match direction {
            Direction::Stricter => (new, old),
            Direction::Looser | Direction::Changed => (old, new),
        };
        let has_not = has_not.get(place)?;
        let has = has.get(place)?.iter().filter(|lit| !has_not.contains(lit));
        let has: Vec<Lit> = has.copied().collect();
        if has.is_empty() {
            return None;
        }
        let some = self.demands().solver.any(&has);
        let mut asked = vec![some];
        asked.extend(has_not.iter().map(|lit| !*lit));
        if !demand.is_block() {
            // What is asked of those who do not get in anyway makes no difference, nor does what
            // the facts hold already.
            let blocked = old.first().into_iter().chain(new.first()).flatten();
            asked.extend(blocked.map(|lit| !*lit));
            asked.push(!self.demands().held(demand));
        }
        Some(asked)
    }
}

/// Let one number stand where another does, or take it out.
fn replace(numbers: &mut Vec<usize>, number: usize, with: Option<usize>) {
    let at = numbers.iter().position(|one| *one == number);
    let at = at.unwrap_or_else(|| numbers.partition_point(|one| *one < number));
    let end = numbers
        .len()
        .min(at + usize::from(numbers.get(at) == Some(&number)));
    numbers.splice(at..end, with);
}

/// A block, and what these policies demand.
fn demands_of(world: &World<'_>, numbers: &[usize]) -> Vec<Demand> {
    let mut found = vec![Demand::BLOCK];
    for policy in numbers.iter().filter_map(|number| world.policy(*number)) {
        for demand in Demand::of(&policy.outcome) {
            if !found.contains(&demand) {
                found.push(demand);
            }
        }
    }
    found
}

fn class((policy, other): (usize, usize), aspects: Vec<Aspect>, witness: Witness) -> Class {
    let is_looser = |aspect: &Aspect| aspect.direction == Direction::Looser;
    let (dropped, added): (Vec<Aspect>, Vec<Aspect>) = aspects.into_iter().partition(is_looser);
    let when = |is: bool, number: usize| if is { vec![number] } else { Vec::new() };
    let demands = |aspects: &[Aspect]| aspects.iter().map(|one| one.demand.clone()).collect();
    Class {
        direction: match (dropped.is_empty(), added.is_empty()) {
            (false, true) => Direction::Looser,
            (true, false) => Direction::Stricter,
            _ => Direction::Changed,
        },
        old_causes: when(!dropped.is_empty(), policy),
        new_causes: when(!added.is_empty(), other),
        dropped: demands(&dropped),
        added: demands(&added),
        also_dropped: Vec::new(),
        also_added: Vec::new(),
        witness,
        derived: None,
        cubes: Vec::new(),
        is_covered: false,
    }
}
