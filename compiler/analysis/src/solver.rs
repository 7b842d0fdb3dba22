//! Is there a sign-in with this? A search for one, by a SAT solver.
//!
//! Each variable of the space is encoded by order: one proposition for each class but the first,
//! *the class is at least this one*, so that a run of classes is two literals, however long it is
//! (Tamura et al., "Compiling finite linear CSP into SAT", 2009). Formulas become propositions of
//! their own, in both directions (Tseitin, 1968), once for each rail.
//!
//! Which values an attribute can have is not written down: a model is *realised*, and where no value
//! is in all its classes, the reason becomes a clause and the search goes on.
//!
//! The search prefers what is ordinary, so models are small to begin with; [`Solver::smallest`]
//! then takes back one unusual fact after the other.

mod encoding;
mod generalising;
mod ordinary;
mod targets;

use batsat::{Lit, Solver as Sat, SolverInterface as _, lbool};
use gatewright_decision::{Attributes, ClassSet, Classes, Formula, Literal, Space, checkpoint};
use rustc_hash::FxHashMap;

use crate::facts::Facts;
use crate::search::Meter;
use crate::values::{Realised, Realiser};
use crate::world::{Rail, World};

/// How far a search may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// LIMIT: clauses that a search may learn.
    pub learnt_max: u64,
    /// LIMIT: models that are found not to be sign-ins, per search.
    pub models_max: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            learnt_max: 200_000,
            models_max: 10_000,
        }
    }
}

/// How a search ended.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// There is one.
    Found(Model),
    /// There is none: these of the assumptions exclude each other.
    None(Vec<Lit>),
    /// Nobody knows: what was exhausted.
    Exhausted(&'static str),
}

/// A sign-in that was found.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// One class per variable.
    pub(crate) classes: Vec<u32>,
    /// A value for every attribute.
    pub(crate) facts: Facts,
}

/// What searches have cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Searches.
    pub searches: u64,
    /// Models that were looked at.
    pub models: u64,
    /// Conflicts between values that became clauses.
    pub conflicts: u64,
    /// Clauses that were learnt.
    pub learnt: u64,
}

/// Searches among the sign-ins of a world that can exist.
pub(crate) struct Solver<'w> {
    world: &'w World<'w>,
    sat: Sat<Meter>,
    effort: Effort,
    /// Holds always.
    truth: Lit,
    /// By variable, *the class is at least* 1, 2, ….
    order: Vec<Vec<Lit>>,
    /// By variable, the class of an ordinary sign-in.
    ordinary: Vec<u32>,
    /// Variables that are one fact, in the order in which facts are taken back.
    facts: Vec<Vec<u32>>,
    sets: FxHashMap<(u32, ClassSet), Lit>,
    conditions: FxHashMap<(*const Formula<Literal>, Rail), Lit>,
    policies: FxHashMap<(usize, Rail), Lit>,
    /// Disjunctions by their parts, so that policies which say the same are one proposition.
    unions: FxHashMap<Vec<Lit>, Lit>,
    realiser: Realiser<'w>,
    budget: Budget,
}

impl<'w> Solver<'w> {
    pub(crate) fn new(world: &'w World<'w>, budget: Budget) -> Solver<'w> {
        let space = &world.joint.space;
        let meter = Meter {
            learnt: 0,
            learnt_max: u64::MAX,
        };
        let mut sat = Sat::new(batsat::SolverOpts::default(), meter);
        let truth = Lit::new(sat.new_var(lbool::TRUE, false), true);
        sat.add_clause_reuse(&mut vec![truth]);
        let schema = world.schema;
        let mut solver = Solver {
            world,
            sat,
            effort: Effort::default(),
            truth,
            order: Vec::new(),
            ordinary: ordinary::classes(world),
            facts: ordinary::facts(schema, space),
            sets: FxHashMap::default(),
            conditions: FxHashMap::default(),
            policies: FxHashMap::default(),
            unions: FxHashMap::default(),
            realiser: Realiser::new(schema, world.asked()),
            budget,
        };
        solver.declare();
        solver.constrain();
        solver
    }

    fn space(&self) -> &'w Space {
        &self.world.joint.space
    }

    /// The propositions of all variables.
    fn declare(&mut self) {
        let with_missing = self.world.assumptions.with_missing_facts;
        let attributes = Attributes {
            schema: self.world.schema,
            space: self.space(),
        };
        for (at, variable) in self.space().variables.iter().enumerate() {
            let ordinary = self.ordinary.get(at).copied().unwrap_or_default();
            let mut row: Vec<Lit> = Vec::with_capacity(variable.class_count as usize);
            for class in 1..variable.class_count {
                let prefers = lbool::new(ordinary >= class);
                let lit = Lit::new(self.sat.new_var(prefers, true), true);
                if let Some(below) = row.last().copied() {
                    self.sat.add_clause_reuse(&mut vec![!lit, below]);
                }
                row.push(lit);
            }
            let is_always_known = !self.world.assumptions.with_missing_target
                && self.world.schema.is_entra
                && attributes
                    .name(variable.attribute)
                    .split_once('.')
                    .is_some_and(|(entity, name)| {
                        entity == "app"
                            || entity == "signIn" && ["identity", "target"].contains(&name)
                    });
            // What a set derives is unknown where its own policies cannot say.
            let is_derived = self.world.is_mark(at);
            if let Some(unknown) = row.last().copied()
                && !is_derived
                && (!with_missing || is_always_known)
            {
                self.sat.add_clause_reuse(&mut vec![!unknown]);
            }
            self.order.push(row);
        }
    }

    /// What cannot exist.
    fn constrain(&mut self) {
        let world = self.world;
        for (variable, _) in (0u32..).zip(&self.space().variables) {
            checkpoint();
            for class in self.realiser.impossible(variable) {
                let lit = self.run(variable, (class, class));
                self.exclude(&[lit]);
            }
        }
        self.constrain_targets();
        if world.assumptions.with_missing_facts {
            for together in self.realiser.known_together() {
                self.known_together(&together);
            }
        }
        for row in &world.rows {
            for clause in &row.clauses {
                let mut lits: Vec<Lit> = clause.iter().map(|one| self.literal(one)).collect();
                self.sat.add_clause_reuse(&mut lits);
            }
            for (first, then) in &row.implications {
                let (first, then) = (
                    self.formula(first, Rail::Certain),
                    self.formula(then, Rail::Possible),
                );
                self.sat.add_clause_reuse(&mut vec![!first, then]);
            }
        }
    }

    /// Variables of which all are unknown or none is.
    fn known_together(&mut self, variables: &[u32]) {
        let missing = variables.iter();
        let missing: Vec<Lit> = missing
            .map(|variable| self.at_least(*variable, self.space().known(*variable)))
            .collect();
        for (one, next) in missing.iter().zip(missing.iter().skip(1)) {
            self.sat.add_clause_reuse(&mut vec![!*one, *next]);
            self.sat.add_clause_reuse(&mut vec![*one, !*next]);
        }
    }

    /// What searches have cost so far.
    pub(crate) fn effort(&self) -> Effort {
        Effort {
            learnt: self.sat.cb().learnt,
            ..self.effort
        }
    }

    /// That always holds.
    pub(crate) fn truth(&self) -> Lit {
        self.truth
    }

    /// Exclude what has all of these, from now on.
    pub(crate) fn exclude(&mut self, all: &[Lit]) {
        let mut clause: Vec<Lit> = all.iter().map(|one| !*one).collect();
        self.sat.add_clause_reuse(&mut clause);
    }

    /// A new proposition that nothing is said about, such as a switch for a clause.
    pub(crate) fn proposition(&mut self) -> Lit {
        Lit::new(self.sat.new_var(lbool::UNDEF, true), true)
    }

    /// A sign-in of which all of these hold.
    pub(crate) fn find(&mut self, all: &[Lit]) -> Answer {
        self.effort.searches += 1;
        let learnt = self.sat.cb().learnt;
        self.sat.cb_mut().learnt_max = learnt.saturating_add(self.budget.learnt_max);
        for _ in 0..self.budget.models_max {
            let found = self.sat.solve_limited(all);
            checkpoint();
            if found == lbool::FALSE {
                return Answer::None(self.sat.unsat_core().iter().map(|lit| !*lit).collect());
            }
            if found != lbool::TRUE {
                return Answer::Exhausted("the steps of the search");
            }
            self.effort.models += 1;
            let classes = self.classes();
            match self.realiser.realise(&classes) {
                Realised::Facts(facts) => return Answer::Found(Model { classes, facts }),
                Realised::Exhausted(what) => return Answer::Exhausted(what),
                Realised::Conflicts(conflicts) => {
                    for conflict in conflicts {
                        self.effort.conflicts += 1;
                        let literals = conflict.literals.iter();
                        let lits: Vec<Lit> = literals
                            .map(|(variable, class)| self.run(*variable, (*class, *class)))
                            .collect();
                        self.exclude(&lits);
                    }
                }
            }
        }
        Answer::Exhausted("the models that may turn out not to be sign-ins")
    }

    /// The classes of the model that was found last.
    fn classes(&self) -> Vec<u32> {
        let rows = self.order.iter();
        rows.map(|row| {
            let is_below = |lit: &Lit| self.sat.value_lit(*lit) == lbool::TRUE;
            u32::try_from(row.partition_point(is_below)).unwrap_or(u32::MAX)
        })
        .collect()
    }

    /// Whether a proposition holds in the model that was found last.
    pub(crate) fn is_true(&self, lit: Lit) -> bool {
        self.sat.value_lit(lit) == lbool::TRUE
    }

    /// A smallest sign-in of which all of these hold: there is none that is unusual in some, and
    /// not all, of the ways in which this one is.
    pub(crate) fn smallest(&mut self, all: &[Lit]) -> Answer {
        let mut model = match self.find(all) {
            Answer::Found(model) => model,
            other => return other,
        };
        let mut needed: Vec<usize> = Vec::new();
        loop {
            let unusual = self.unusual(&model.classes);
            let Some(next) = unusual.iter().copied().find(|fact| !needed.contains(fact)) else {
                return Answer::Found(model);
            };
            let mut asked = all.to_vec();
            for fact in 0..self.facts.len() {
                if fact == next || !unusual.contains(&fact) {
                    self.as_usual(fact, &mut asked);
                }
            }
            match self.find(&asked) {
                Answer::Found(smaller) => model = smaller,
                Answer::None(_) => needed.push(next),
                Answer::Exhausted(what) => return Answer::Exhausted(what),
            }
        }
    }

    /// Whether a variable is not as in an ordinary sign-in.
    pub(crate) fn is_unusual(&self, variable: u32, classes: &[u32]) -> bool {
        classes.get(variable as usize) != self.ordinary.get(variable as usize)
    }

    /// The facts that are not as in an ordinary sign-in.
    pub(crate) fn unusual(&self, classes: &[u32]) -> Vec<usize> {
        let is_unusual = |variable: &u32| self.is_unusual(*variable, classes);
        let facts = self.facts.iter().enumerate();
        let unusual = facts.filter(|(_, variables)| variables.iter().any(is_unusual));
        unusual.map(|(fact, _)| fact).collect()
    }

    /// That a fact is as in an ordinary sign-in.
    fn as_usual(&mut self, fact: usize, into: &mut Vec<Lit>) {
        let variables = self.facts.get(fact).cloned().unwrap_or_default();
        for variable in variables {
            let class = self.ordinary.get(variable as usize).copied();
            let class = class.unwrap_or_default();
            into.push(self.run(variable, (class, class)));
        }
    }

    /// The class of a variable in an ordinary sign-in.
    pub(crate) fn ordinary(&self, variable: u32) -> Option<u32> {
        self.ordinary.get(variable as usize).copied()
    }

    /// That a variable is in this class.
    pub(crate) fn exactly(&mut self, variable: u32, class: u32) -> Lit {
        self.run(variable, (class, class))
    }

    /// That everything is as in this sign-in, variable by variable.
    pub(crate) fn at(&mut self, classes: &[u32]) -> Vec<Lit> {
        let rows = (0u32..).zip(classes);
        rows.map(|(variable, class)| self.run(variable, (*class, *class)))
            .collect()
    }

    /// The variables that are one fact each, in the order in which facts are taken back.
    pub(crate) fn facts(&self) -> &[Vec<u32>] {
        &self.facts
    }
}

/// Whether a variable tells about one element of a set, so that it is a fact of its own.
pub(crate) fn is_element(classes: &Classes) -> bool {
    matches!(classes, Classes::Has(_))
}
