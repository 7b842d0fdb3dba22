//! Which sign-ins two policy sets decide differently.
//!
//! Two decisions are the same if the same proofs lead to a token with the same session controls. So
//! for each thing that either set demands somewhere (a block, a clause, a session control), the
//! sign-ins count at which one set demands it, or something at least as strong, the other does not,
//! and the facts do not meet it anyway.
//!
//! Sign-ins that count are divided by *direction* (less is demanded, more, or something else) and
//! by *cause*: the first changed policy of the old set that demands something which is dropped, and
//! the first one of the new set that demands something which is added; where there is none, why a
//! set does not count the device as compliant. Each of these classes that has a sign-in is
//! reported, with the smallest one as its witness.
//!
//! INVARIANT: a sign-in that is decided differently lies in exactly one class, unless the list was
//! cut short, which is said; no class is empty.

mod aspects;
mod census;
mod common;
mod compliance;
mod kinds;

use aspects::Aspect;
use batsat::Lit;
use common::Parts;
use compliance::Derivation;

use crate::cubes::Cube;
use crate::demand::Demand;
use crate::demands::Demands;
use crate::facts::Facts;
use crate::solver::{Answer, Budget};
use crate::world::World;

pub use census::{Census, Person};
pub use compliance::{Derived, Reason, Report};

/// The set that was, by its place in the world.
pub const OLD: usize = 0;
/// The set that is to be.
pub const NEW: usize = 1;

/// What is exhausted where there are more classes than are listed.
pub const CLASSES_LISTED: &str = "the number of classes that are listed";

/// What is looked for, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffOptions {
    /// What searches may cost.
    pub budget: Budget,
    /// LIMIT: classes that are listed.
    pub classes_max: usize,
    /// LIMIT: cubes that describe a class.
    pub cubes_max: usize,
    /// Which sign-ins count; all, if nothing is said.
    pub within: Option<Scope>,
}

/// Sign-ins that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The policy of the world of which the conditions hold there.
    pub policy: usize,
    /// Whether its condition on who signs in counts.
    pub says_who: bool,
    /// Whether its condition on what is asked for counts.
    pub says_what: bool,
}

impl Default for DiffOptions {
    fn default() -> Self {
        DiffOptions {
            budget: Budget::default(),
            classes_max: 64,
            cubes_max: 4,
            within: None,
        }
    }
}

/// How two sets differ.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    /// Where they do; none if every sign-in is decided alike.
    pub classes: Vec<Class>,
    /// What was exhausted before every class was found.
    pub exhausted: Option<&'static str>,
    /// The class of each variable in an ordinary sign-in, from which witnesses differ as little as
    /// they can. Empty where no search was needed.
    pub ordinary: Vec<u32>,
}

/// Sign-ins that are decided differently in the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Whether more or less is demanded.
    pub direction: Direction,
    /// What only the old set demands at the witness; of several that imply each other, the
    /// strongest.
    pub dropped: Vec<Demand>,
    /// What only the new set demands at the witness.
    pub added: Vec<Demand>,
    /// What else only the old set demands at other sign-ins of the class.
    pub also_dropped: Vec<Demand>,
    /// What else only the new set demands at other sign-ins of the class.
    pub also_added: Vec<Demand>,
    /// Policies of the old set that demand what was dropped, at the witness.
    pub old_causes: Vec<usize>,
    /// Policies of the new set that demand what was added, at the witness.
    pub new_causes: Vec<usize>,
    /// The smallest sign-in of the class; as a request it is [`Class::request`].
    pub witness: Witness,
    /// What each set derives of the device of the witness, where they derive it differently.
    pub derived: Option<Derived>,
    /// The class in cubes, of which each has a sign-in of the class in it.
    pub cubes: Vec<Cube>,
    /// Whether the cubes are all of it.
    pub is_covered: bool,
}

/// Whether more or less is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// Less is demanded.
    Looser,
    /// Something else is demanded.
    Changed,
    /// More is demanded.
    Stricter,
}

impl Direction {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::Looser => "looser",
            Direction::Changed => "changed",
            Direction::Stricter => "stricter",
        }
    }
}

/// A sign-in.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// One class per variable of the world's space.
    pub classes: Vec<u32>,
    /// What is known of it.
    pub facts: Facts,
}

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many of all the things that either set demands have been looked at.
    Demands(usize, usize),
    /// So many classes have been found.
    Found(usize),
    /// So many of all classes have been described.
    Described(usize, usize),
}

/// Compare the first two sets of a world. Both are judged by what certainly applies. Cost: a few
/// searches per class.
#[must_use]
pub fn diff(world: &World<'_>, options: &DiffOptions) -> Difference {
    diff_in_steps(world, options, &mut |_| {})
}

/// The same for somebody who waits: `step` hears how far it has come.
#[must_use]
pub fn diff_in_steps(
    world: &World<'_>,
    options: &DiffOptions,
    step: &mut dyn FnMut(Step),
) -> Difference {
    let parts = Parts::of(world);
    if parts.is_empty() {
        return Difference::default();
    }
    let mut differ = Differ::new(world, options, parts, step);
    let mut difference = differ.classes(step);
    let count = difference.classes.len();
    for (number, class) in difference.classes.iter_mut().enumerate() {
        step(Step::Described(number, count));
        differ.cover(class);
    }
    difference.classes.sort_by_key(|class| {
        (
            class.direction,
            class.old_causes.clone(),
            class.new_causes.clone(),
            class
                .derived
                .as_ref()
                .map(|derived| derived.reasons.clone()),
        )
    });
    difference
}

struct Differ<'w, 'o> {
    demands: Demands<'w>,
    options: &'o DiffOptions,
    parts: Parts,
    /// What the sets derive differently of devices.
    derivation: Option<Derivation>,
    aspects: Vec<Aspect>,
    /// Something is dropped.
    looser: Lit,
    /// Something is added.
    stricter: Lit,
    /// By set, the policies that the other one does not have, each with the proposition that it
    /// demands something that the other set does not.
    causes: [Vec<(usize, Lit)>; 2],
}

impl<'w, 'o> Differ<'w, 'o> {
    fn new(
        world: &'w World<'w>,
        options: &'o DiffOptions,
        parts: Parts,
        step: &mut dyn FnMut(Step),
    ) -> Differ<'w, 'o> {
        let mut demands = Demands::new(world, options.budget);
        let derivation = Derivation::new(&mut demands);
        let mut differ = Differ {
            demands,
            options,
            parts,
            derivation,
            aspects: Vec::new(),
            looser: Lit::UNDEF,
            stricter: Lit::UNDEF,
            causes: [Vec::new(), Vec::new()],
        };
        differ.aspects = differ.find_aspects(step);
        let lits = |of: fn(&Aspect) -> Lit| differ.aspects.iter().map(of).collect::<Vec<Lit>>();
        let (looser, stricter) = (lits(|one| one.looser), lits(|one| one.stricter));
        differ.looser = differ.demands.solver.any(&looser);
        differ.stricter = differ.demands.solver.any(&stricter);
        differ.causes = [OLD, NEW].map(|set| differ.find_causes(set));
        differ
    }

    /// Every class, found by searching outside of those that are known.
    fn classes(&mut self, step: &mut dyn FnMut(Step)) -> Difference {
        let (classes, exhausted) = self.search(step);
        let variables = (0u32..).zip(&self.demands.world.joint.space.variables);
        let ordinary = variables.map(|(number, _)| self.demands.solver.ordinary(number));
        Difference {
            classes,
            exhausted,
            ordinary: ordinary.map(Option::unwrap_or_default).collect(),
        }
    }

    fn search(&mut self, step: &mut dyn FnMut(Step)) -> (Vec<Class>, Option<&'static str>) {
        let some = self.demands.solver.any(&[self.looser, self.stricter]);
        let outside = self.demands.solver.proposition();
        let mut found: Vec<Class> = Vec::new();
        loop {
            step(Step::Found(found.len()));
            let model = match self.demands.solver.smallest(&[some, outside]) {
                Answer::None(_) => break,
                Answer::Exhausted(what) => {
                    return (found, Some(what));
                }
                Answer::Found(model) => model,
            };
            if found.len() >= self.options.classes_max {
                return (found, Some(CLASSES_LISTED));
            }
            let witness = Witness {
                classes: model.classes,
                facts: model.facts,
            };
            let mut excluded = self.class_lits(&witness);
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            let class = self.class(witness);
            found.push(class);
        }
        (found, None)
    }

    /// Cover a class with cubes.
    fn cover(&mut self, class: &mut Class) {
        let mut asked = self.class_lits(&class.witness);
        let other = !self.demands.solver.all(&asked);
        let outside = self.demands.solver.proposition();
        asked.push(outside);
        let mut at = class.witness.classes.clone();
        loop {
            let Some(cube) = self.demands.solver.generalise(&at, other) else {
                return;
            };
            let mut excluded = self.demands.solver.cube(&cube);
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            class.cubes.push(cube);
            match self.demands.solver.smallest(&asked) {
                Answer::None(_) => {
                    class.is_covered = true;
                    return;
                }
                Answer::Found(model) if class.cubes.len() < self.options.cubes_max => {
                    at = model.classes;
                }
                _ => return,
            }
        }
    }
}
