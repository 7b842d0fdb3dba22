//! Which sign-ins two policy sets decide differently.
//!
//! Two decisions are the same if the same proofs lead to a token with the same session controls. So
//! for each thing that either set demands somewhere (a block, a clause, a session control), the
//! sign-ins count at which one set demands it, or something at least as strong, the other does not,
//! and the facts do not meet it anyway.
//!
//! Sign-ins that count are divided by *direction* (less is demanded, more, or something else) and by
//! *cause*: the first changed policy of the old set that demands something which is dropped, and the
//! first one of the new set that demands something which is added. Each of these classes that has a
//! sign-in is reported, with the smallest one as its witness.
//!
//! INVARIANT: a sign-in that is decided differently lies in exactly one class, unless the list was
//! cut short, which is said; no class is empty.

mod census;

use batsat::Lit;
use gatewright_decision::Stated;
use gatewright_hir::model::{Control, Policy};
use gatewright_value::vocabulary::Reason;

use crate::controls::Holding;
use crate::cubes::Cube;
use crate::demand::Demand;
use crate::demands::Demands;
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
    difference.classes.sort_by_key(|class| {
        (
            class.direction,
            class.old_causes.clone(),
            class.new_causes.clone(),
        )
    });
    difference
}

struct Differ<'w, 'o> {
    demands: Demands<'w>,
    options: &'o DiffOptions,
    aspects: Vec<Aspect>,
    /// Something is dropped.
    looser: Lit,
    /// Something is added.
    stricter: Lit,
    /// By set, the policies that the other one does not have, each with the proposition that it
    /// demands something that the other set does not.
    causes: [Vec<(usize, Lit)>; 2],
}

/// What is different at a sign-in: the places of the aspects that are dropped, and that are added.
type Vector = (Vec<usize>, Vec<usize>);

/// What a class is: its direction, and by set the place of its cause, where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    direction: Direction,
    causes: [Option<usize>; 2],
}

impl<'w, 'o> Differ<'w, 'o> {
    fn new(world: &'w World<'w>, options: &'o DiffOptions) -> Differ<'w, 'o> {
        let mut differ = Differ {
            demands: Demands::new(world, options.budget),
            options,
            aspects: Vec::new(),
            looser: Lit::UNDEF,
            stricter: Lit::UNDEF,
            causes: [Vec::new(), Vec::new()],
        };
        differ.aspects = differ.find_aspects();
        let lits = |of: fn(&Aspect) -> Lit| differ.aspects.iter().map(of).collect::<Vec<Lit>>();
        let (looser, stricter) = (lits(|one| one.looser), lits(|one| one.stricter));
        differ.looser = differ.demands.solver.any(&looser);
        differ.stricter = differ.demands.solver.any(&stricter);
        differ.causes = [OLD, NEW].map(|set| differ.find_causes(set));
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
    fn find_causes(&mut self, set: usize) -> Vec<(usize, Lit)> {
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
        let some = self.demands.solver.any(&[self.looser, self.stricter]);
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
            let mut excluded = self.class_lits(&witness);
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            let class = self.class(witness);
            found.push(class);
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
        Kind {
            direction,
            causes: [cause(OLD, dropped), cause(NEW, added)],
        }
    }

    /// That a sign-in is of the same class as this one.
    fn class_lits(&self, witness: &Witness) -> Vec<Lit> {
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
        lits
    }

    fn class(&mut self, witness: Witness) -> Class {
        let vector = self.vector(&witness);
        let kind = self.kind(&vector, &witness.classes);
        let (dropped, added) = (self.strongest(&vector.0), self.strongest(&vector.1));
        let causes = |places: &[usize], side| {
            let aspects = places.iter().filter_map(|place| self.aspects.get(*place));
            let mut numbers: Vec<usize> = aspects
                .flat_map(|aspect| self.causes(aspect, side, &witness.classes))
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        };
        let (old_causes, new_causes) = (causes(&vector.0, OLD), causes(&vector.1, NEW));
        let lits = self.class_lits(&witness);
        Class {
            direction: kind.direction,
            also_dropped: self.elsewhere(&lits, &dropped, |aspect| aspect.looser),
            also_added: self.elsewhere(&lits, &added, |aspect| aspect.stricter),
            dropped,
            added,
            old_causes,
            new_causes,
            witness,
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

    /// Cover each class with cubes.
    fn describe(&mut self, classes: &mut [Class]) {
        for class in classes {
            self.cover(class);
        }
    }

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
