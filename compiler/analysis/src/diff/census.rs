//! How many people a difference concerns.
//!
//! A person is concerned by a class if some sign-in of theirs lies in it: what is known of them is
//! held fast, everything else about the sign-in is free.
//!
//! INVARIANT: people of whom the same is known, as far as anything asks, get the same answer, and
//! are searched for once.

use batsat::Lit;
use gatewright_decision::{ClassSet, Literal};
use gatewright_hir::schema::AttributeId;
use rustc_hash::FxHashMap;

use super::common::Parts;
use super::{Class, DiffOptions, Differ};
use crate::facts::{Fact, Facts};
use crate::solver::Answer;
use crate::values::Classifier;
use crate::world::World;

/// LIMIT: sign-ins, and reasons why there are none, that are remembered of one class.
const REMEMBERED_MAX: usize = 256;

/// What is known of a person: each of these attributes has one of these values.
pub type Person = Vec<(AttributeId, Vec<Fact>)>;

/// Asks which classes concern whom.
pub struct Census<'w, 'o> {
    differ: Differ<'w, 'o>,
    classifier: Classifier<'w>,
    classes: Vec<Counted>,
    answers: FxHashMap<Vec<Fixed>, Vec<Option<bool>>>,
}

/// That a variable is at one of these classes, ascending.
type Fixed = (u32, Vec<u32>);

/// A class of the difference, and what is known of who is in it.
struct Counted {
    lits: Vec<Lit>,
    /// Sign-ins of it, by their classes.
    members: Vec<Vec<u32>>,
    /// People with all of one of these have no sign-in in it.
    cores: Vec<Vec<Fixed>>,
}

impl<'w, 'o> Census<'w, 'o> {
    /// For these classes, which [`diff`](super::diff()) found in this world with these options.
    #[must_use]
    pub fn new(world: &'w World<'w>, options: &'o DiffOptions, classes: &[Class]) -> Self {
        let differ = Differ::new(world, options, Parts::of(world), &mut |_| {});
        let counted = classes.iter().map(|class| Counted {
            lits: differ.class_lits(&class.witness),
            members: vec![class.witness.classes.clone()],
            cores: Vec::new(),
        });
        Census {
            classes: counted.collect(),
            classifier: Classifier::new(world.schema, &world.joint.space),
            differ,
            answers: FxHashMap::default(),
        }
    }

    /// Of each class whether it concerns a person; `None` where the search was exhausted. Cost: a
    /// search for each class, the first time for all people of whom the same is known.
    pub fn concerns(&mut self, person: &Person) -> Vec<Option<bool>> {
        let fixed = self.fixed(person);
        if let Some(known) = self.answers.get(&fixed) {
            return known.clone();
        }
        let lits: Vec<Lit> = fixed.iter().map(|one| self.lit(one)).collect();
        let differ = &mut self.differ;
        let ask = |class: &mut Counted| class.concerns(differ, &fixed, &lits);
        let answers: Vec<Option<bool>> = self.classes.iter_mut().map(ask).collect();
        self.answers.insert(fixed, answers.clone());
        answers
    }

    /// What is known of a person, as classes of the variables that ask about it.
    fn fixed(&self, person: &Person) -> Vec<Fixed> {
        let mut fixed: Vec<Fixed> = Vec::new();
        for (attribute, values) in person {
            let variables = &self.differ.demands.world.joint.space.variables;
            let numbers = (0u32..).zip(variables);
            let asking = numbers.filter(|(_, variable)| variable.attribute == *attribute);
            for (number, variable) in asking {
                let classes = values.iter().map(|value| {
                    let facts = Facts::from([(*attribute, value.clone())]);
                    self.classifier.class_of(number as usize, variable, &facts)
                });
                let mut classes: Vec<u32> = classes.collect();
                classes.sort_unstable();
                classes.dedup();
                fixed.push((number, classes));
            }
        }
        fixed.sort_unstable();
        fixed
    }

    fn lit(&mut self, (variable, classes): &Fixed) -> Lit {
        let runs = classes.iter().map(|class| (*class, *class)).collect();
        self.differ.demands.solver.literal(&Literal {
            variable: *variable,
            classes: ClassSet::from_runs(runs),
        })
    }
}

impl Counted {
    fn concerns(
        &mut self,
        differ: &mut Differ<'_, '_>,
        fixed: &[Fixed],
        lits: &[Lit],
    ) -> Option<bool> {
        let is_at = |member: &Vec<u32>, (variable, classes): &Fixed| {
            let class = member.get(*variable as usize);
            class.is_some_and(|class| classes.contains(class))
        };
        let has = |core: &Vec<Fixed>| core.iter().all(|one| fixed.binary_search(one).is_ok());
        if self
            .members
            .iter()
            .any(|member| fixed.iter().all(|one| is_at(member, one)))
        {
            return Some(true);
        }
        if self.cores.iter().any(has) {
            return Some(false);
        }
        let mut asked = self.lits.clone();
        asked.extend(lits);
        match differ.demands.solver.find(&asked) {
            Answer::Found(model) => {
                remember(&mut self.members, model.classes);
                Some(true)
            }
            Answer::None(core) => {
                let pairs = fixed.iter().zip(lits);
                let needed = pairs.filter(|(_, lit)| core.contains(lit));
                let needed = needed.map(|(one, _)| one.clone()).collect();
                remember(&mut self.cores, needed);
                Some(false)
            }
            Answer::Exhausted(_) => None,
        }
    }
}

fn remember<T>(known: &mut Vec<T>, one: T) {
    if known.len() < REMEMBERED_MAX {
        known.push(one);
    }
}
