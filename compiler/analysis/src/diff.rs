//! Which sign-ins two policy sets decide differently.
//!
//! Two decisions are the same if the same proofs lead to a token with the same session controls. So
//! for each thing that either set demands somewhere (a block, a clause, a session control), the
//! sign-ins count at which one set demands it, or something at least as strong, the other does not,
//! and the facts do not meet it anyway. The vector of these answers divides all sign-ins into
//! *classes*, of which every one that has a sign-in is reported, with the smallest one as its
//! witness.
//!
//! INVARIANT: a sign-in that is decided differently lies in exactly one class, unless the list was
//! cut short, which is said; no class is empty.

mod census;

use batsat::Lit;
use gatewright_decision::NodeId;
use gatewright_hir::model::{Control, Policy};
use gatewright_value::vocabulary::BuiltInControl;

use crate::controls::Holding;
use crate::cubes::{Cube, Grower, Region};
use crate::demand::Demand;
use crate::demands::Demands;
use crate::diagrams::Diagrams;
use crate::facts::Facts;
use crate::solver::{Answer, Budget};
use crate::world::{Rail, World};

pub use census::{Census, Person};

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
}

impl Default for DiffOptions {
    fn default() -> Self {
        DiffOptions {
            budget: Budget::default(),
            classes_max: 64,
            cubes_max: 4,
        }
    }
}

/// How two sets differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where they do; none if every sign-in is decided alike.
    pub classes: Vec<Class>,
    /// What was exhausted before every class was found.
    pub exhausted: Option<&'static str>,
    /// The class of each variable in an ordinary sign-in, from which witnesses differ as little as
    /// they can.
    pub ordinary: Vec<u32>,
}

/// Sign-ins that are decided differently in the same way.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// Whether more or less is demanded.
    pub direction: Direction,
    /// What only the old set demands; of several that imply each other, the strongest.
    pub dropped: Vec<Demand>,
    /// What only the new set demands.
    pub added: Vec<Demand>,
    /// Policies of the old set that demand what was dropped, at the witness.
    pub old_causes: Vec<usize>,
    /// Policies of the new set that demand what was added, at the witness.
    pub new_causes: Vec<usize>,
    /// The smallest sign-in of the class.
    pub witness: Witness,
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

/// Something that at least one set demands somewhere.
struct Aspect {
    demand: Demand,
    /// Per set, who demands it, with the proposition that they do.
    by: [Vec<(usize, Lit)>; 2],
    /// Only the old set demands it.
    looser: Lit,
    /// Only the new set does.
    stricter: Lit,
}

/// Compare the first two sets of a world. Both are judged by what certainly applies. Cost: a few
/// searches per class.
#[must_use]
pub fn diff(world: &World<'_>, options: &DiffOptions) -> Difference {
    let mut differ = Differ::new(world, options);
    let mut difference = differ.classes();
    differ.describe(&mut difference.classes);
    difference
        .classes
        .sort_by_key(|class| (class.direction, class.witness.classes.clone()));
    difference
}

struct Differ<'w, 'o> {
    demands: Demands<'w>,
    options: &'o DiffOptions,
    aspects: Vec<Aspect>,
}

/// What a class is among the aspects: which are looser, and which stricter.
type Vector = (Vec<usize>, Vec<usize>);

impl<'w, 'o> Differ<'w, 'o> {
    fn new(world: &'w World<'w>, options: &'o DiffOptions) -> Differ<'w, 'o> {
        let mut differ = Differ {
            demands: Demands::new(world, options.budget),
            options,
            aspects: Vec::new(),
        };
        differ.aspects = differ.find_aspects();
        differ
    }

    /// What the sets demand, in the order in which it is first demanded; a block comes first. What
    /// both demand by the same conditions is left out: it makes no difference.
    fn find_aspects(&mut self) -> Vec<Aspect> {
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
                    self.demands.solver.all(&[old, !new]),
                    self.demands.solver.all(&[new, !old]),
                )
            } else {
                let (in_old, in_new) = (!old_blocked, !new_blocked);
                // What the facts hold already is met, whoever asks for it.
                let open = !self.demands.held(&demand);
                (
                    self.demands.solver.all(&[old, !new, in_old, in_new, open]),
                    self.demands.solver.all(&[new, !old, in_old, in_new, open]),
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

    /// Every class, found by searching outside of those that are known.
    fn classes(&mut self) -> Difference {
        let (classes, exhausted) = self.search();
        let variables = (0u32..).zip(&self.demands.world.joint.space.variables);
        let ordinary = variables.map(|(number, _)| self.demands.solver.ordinary(number));
        Difference {
            classes,
            exhausted,
            ordinary: ordinary.map(Option::unwrap_or_default).collect(),
        }
    }

    fn search(&mut self) -> (Vec<Class>, Option<&'static str>) {
        let differences: Vec<Lit> = self
            .aspects
            .iter()
            .flat_map(|aspect| [aspect.looser, aspect.stricter])
            .collect();
        let some = self.demands.solver.any(&differences);
        let outside = self.demands.solver.proposition();
        let mut found: Vec<Class> = Vec::new();
        loop {
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
            let vector = self.vector(&witness);
            let class = self.class_lits(&vector);
            let mut excluded = class.clone();
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            found.push(self.class(&vector, witness));
        }
        (found, None)
    }

    /// Who demands an aspect at a sign-in, on one side.
    fn causes(&self, aspect: &Aspect, side: usize, classes: &[u32]) -> Vec<usize> {
        let mut numbers: Vec<usize> = match aspect.demand {
            // These hang on all policies together.
            Demand::Effect(_) | Demand::Obligation(_) => self.demands.enforced(side).to_vec(),
            _ => {
                let by = aspect.by.get(side).into_iter().flatten();
                by.map(|(number, _)| *number).collect()
            }
        };
        numbers.retain(|number| self.demands.demands_at(*number, &aspect.demand, classes));
        numbers
    }

    /// Whether the facts of a sign-in meet an aspect by themselves.
    fn is_held(&self, aspect: &Aspect, classes: &[u32]) -> bool {
        self.holder(aspect, classes).is_some()
    }

    /// A control by which they do.
    fn holder<'a>(&self, aspect: &'a Aspect, classes: &[u32]) -> Option<&'a Control> {
        let Demand::Clause(controls) = &aspect.demand else {
            return None;
        };
        let is_held = |one: &&Control| self.demands.holding(one, classes) == Holding::Held;
        controls.iter().find(is_held)
    }

    /// Whether a side demands an aspect at a sign-in.
    fn is_demanded(&self, aspect: &Aspect, side: usize, classes: &[u32]) -> bool {
        match aspect.demand {
            Demand::Effect(_) | Demand::Obligation(_) => {
                self.demands.own_at(side, &aspect.demand, classes)
            }
            _ => !self.causes(aspect, side, classes).is_empty(),
        }
    }

    fn vector(&self, witness: &Witness) -> Vector {
        let classes = &witness.classes;
        let is = |aspect: &Aspect, side| self.is_demanded(aspect, side, classes);
        let block = self.aspects.first();
        let is_out = |side| block.is_some_and(|block| is(block, side));
        let both_in = !is_out(OLD) && !is_out(NEW);
        let (mut looser, mut stricter) = (Vec::new(), Vec::new());
        for (place, aspect) in self.aspects.iter().enumerate() {
            if place > 0 && !both_in {
                break;
            }
            match (is(aspect, OLD), is(aspect, NEW)) {
                _ if self.is_held(aspect, classes) => {}
                (true, false) => looser.push(place),
                (false, true) => stricter.push(place),
                _ => {}
            }
        }
        (looser, stricter)
    }

    /// That a sign-in has this vector.
    fn class_lits(&self, (looser, stricter): &Vector) -> Vec<Lit> {
        let aspects = self.aspects.iter().enumerate();
        aspects
            .flat_map(|(place, aspect)| {
                let is = |lit: Lit, places: &[usize]| {
                    if places.contains(&place) { lit } else { !lit }
                };
                [is(aspect.looser, looser), is(aspect.stricter, stricter)]
            })
            .collect()
    }

    fn class(&self, (looser, stricter): &Vector, witness: Witness) -> Class {
        let direction = match (looser.is_empty(), stricter.is_empty()) {
            (false, true) => Direction::Looser,
            (true, false) => Direction::Stricter,
            _ => Direction::Changed,
        };
        let causes = |places: &[usize], side| {
            let aspects = places.iter().filter_map(|place| self.aspects.get(*place));
            let mut numbers: Vec<usize> = aspects
                .flat_map(|aspect| self.causes(aspect, side, &witness.classes))
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        };
        Class {
            direction,
            dropped: self.strongest(looser),
            added: self.strongest(stricter),
            old_causes: causes(looser, OLD),
            new_causes: causes(stricter, NEW),
            witness,
            cubes: Vec::new(),
            is_covered: false,
        }
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

    /// Cover each class with cubes.
    fn describe(&mut self, classes: &mut [Class]) {
        let controls = self.demands.controls.clone();
        let world = self.demands.world;
        let mut diagrams = Diagrams::new(world, &controls);
        for class in classes {
            self.cover(class, &mut diagrams);
        }
    }

    fn cover(&mut self, class: &mut Class, diagrams: &mut Diagrams<'_>) {
        let vector = self.vector(&class.witness);
        let mut asked = self.class_lits(&vector);
        let other = !self.demands.solver.all(&asked);
        let outside = self.demands.solver.proposition();
        asked.push(outside);
        let mut at = class.witness.classes.clone();
        loop {
            let Some(region) = self.region(&at, diagrams) else {
                return;
            };
            let world = self.demands.world;
            let mut grower = Grower::new(
                diagrams.workspace.dag(),
                &world.joint.space,
                world.assumptions.with_missing_facts,
            );
            let order = self.demands.solver.facts().iter().flatten().copied();
            let cube = grower.grow(&region, &at, order);
            let cube = self.without_needless(cube, other);
            let inside = self.demands.solver.cube(&cube);
            let mut excluded = inside;
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            class.cubes.push(cube);
            match self.demands.solver.find(&asked) {
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

    /// The cube without what it need not say: no sign-in that can exist is in another class (where
    /// `other` holds) without it. A proof that there is none names what it needs; of that, what is
    /// left is tried one by one where it is little.
    fn without_needless(&mut self, mut cube: Cube, other: Lit) -> Cube {
        const TRIED_MAX: usize = 24;
        let mut asked = self.demands.solver.cube(&cube);
        let lits = asked.clone();
        asked.push(other);
        if let Answer::None(core) = self.demands.solver.find(&asked) {
            let mut lits = lits.iter();
            cube.sets
                .retain(|_| lits.next().is_some_and(|lit| core.contains(lit)));
        }
        if cube.sets.len() > TRIED_MAX {
            return cube;
        }
        let mut place = 0;
        while place < cube.sets.len() {
            let mut smaller = cube.clone();
            smaller.sets.remove(place);
            let mut asked = self.demands.solver.cube(&smaller);
            asked.push(other);
            match self.demands.solver.find(&asked) {
                Answer::None(_) => cube = smaller,
                Answer::Found(_) | Answer::Exhausted(_) => place += 1,
            }
        }
        cube
    }

    /// The sign-ins around this one that are decided like it on both sides, for the same reasons.
    fn region(&self, classes: &[u32], diagrams: &mut Diagrams<'_>) -> Option<Region> {
        let mut region = Region::default();
        if !self.demands.world.schema.is_entra {
            self.same_policies(classes, diagrams, &mut region)?;
            return Some(region);
        }
        for (place, aspect) in self.aspects.iter().enumerate() {
            let sides = [OLD, NEW].map(|side| self.causes(aspect, side, classes));
            let [old, new] = &sides;
            if old.is_empty() != new.is_empty() && place > 0 {
                if let Some(control) = self.holder(aspect, classes) {
                    region.nowhere.push(diagrams.impossible(control)?);
                    continue;
                }
                for control in device_controls(&aspect.demand) {
                    region.everywhere.push(diagrams.impossible(control)?);
                }
            }
            // What both demand may be demanded on any grounds; one ground on each side will do.
            for (side, causes) in sides.iter().enumerate() {
                if let Some(cause) = causes.first() {
                    let root = diagrams.demand(*cause, &aspect.demand, Rail::Certain)?;
                    region.everywhere.push(root);
                    continue;
                }
                for (number, _) in aspect.by.get(side).into_iter().flatten() {
                    let root = diagrams.demand(*number, &aspect.demand, Rail::Certain)?;
                    if root != NodeId::FALSE {
                        region.nowhere.push(root);
                    }
                }
            }
            // Past a block that differs nothing else is looked at.
            if place == 0 && !(old.is_empty() && new.is_empty()) {
                break;
            }
        }
        region.nowhere.sort_unstable();
        region.nowhere.dedup();
        region.everywhere.sort_unstable();
        region.everywhere.dedup();
        Some(region)
    }

    /// Under a schema of one's own: where the same policies apply.
    fn same_policies(
        &self,
        classes: &[u32],
        diagrams: &mut Diagrams<'_>,
        region: &mut Region,
    ) -> Option<()> {
        for number in [OLD, NEW]
            .into_iter()
            .flat_map(|side| self.demands.enforced(side))
        {
            for rail in [Rail::Certain, Rail::Possible] {
                let root = diagrams.policy(*number, rail)?;
                if self.demands.applies(*number, classes, rail) {
                    region.everywhere.push(root);
                } else {
                    region.nowhere.push(root);
                }
            }
        }
        Some(())
    }
}

/// The alternatives of a clause that a device shows or does not, whatever is proved.
fn device_controls(demand: &Demand) -> impl Iterator<Item = &Control> {
    let controls = match demand {
        Demand::Clause(controls) => controls.as_slice(),
        _ => &[],
    };
    controls.iter().filter(|control| {
        matches!(
            control,
            Control::BuiltIn(BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice)
        )
    })
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
