//! Where nothing is required.
//!
//! What is left between policies has many corners: a policy for some people and some resources cuts
//! one out, where both come together. In cubes alone it takes two to the power of such policies to
//! tell what is left. So a gap is told as a cube and the corners that it lacks, of which there are
//! as many as policies.
//!
//! INVARIANT: in a region, among the sign-ins that are asked about, nothing is required anywhere.

mod region;

use batsat::Lit;
use gatewright_decision::{ClassSet, Literal};

use super::{Analyst, Found, Persona, PersonaKind, SUBJECT};
use crate::cubes::Cube;
use crate::demand::clauses;
use crate::diff::Witness;
use crate::world::Rail;

/// LIMIT: regions that are listed of resources, and of all else, for each persona.
const REGIONS_MAX: usize = 10;

const QUESTION: &str = "where nothing is required";

/// Sign-ins at which nothing is required.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Whose, if that was asked.
    pub persona: Option<Persona>,
    /// All of them, by classes.
    pub region: Region,
    /// One of them.
    pub witness: Witness,
}

/// The sign-ins of a cube, without some of its corners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// They are in this.
    pub within: Cube,
    /// They are in none of these.
    pub without: Vec<Cube>,
}

impl Region {
    /// Whether a sign-in lies in it, by its classes.
    #[must_use]
    pub fn contains(&self, classes: &[u32]) -> bool {
        self.within.contains(classes) && !self.without.iter().any(|one| one.contains(classes))
    }
}

/// All sign-ins of users at which nothing is required.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// In regions, the most ordinary sign-ins first.
    pub items: Vec<Gap>,
    /// Whether that is all of them.
    pub is_complete: bool,
}

/// What is asked about.
struct Scope {
    /// The sign-ins that count.
    lits: Vec<Lit>,
    /// What they ask for. A gap at resources is none at actions, whoever it is about.
    target: Cube,
    /// The policies that require something, by number.
    policies: Vec<usize>,
    /// That one of them applies.
    required: Lit,
}

impl Analyst<'_> {
    /// The sign-ins of users, apart from those who are to get in whatever happens, at which no
    /// enforced policy blocks or requires anything: of all of them, or of each persona by itself.
    pub(super) fn gaps(&mut self, is_by_persona: bool) -> Gaps {
        let mut gaps = Gaps {
            items: Vec::new(),
            is_complete: true,
        };
        if !self.world.schema.is_entra {
            return gaps;
        }
        let mut scopes = Vec::new();
        if is_by_persona {
            let personas = self.personas().into_iter();
            let others = personas.filter(|(one, _)| one.kind != PersonaKind::BreakGlass);
            scopes.extend(others.map(|(persona, lits)| (Some(persona), lits)));
        } else {
            let mut asked: Vec<Lit> = vec![self.is_user()];
            for who in self.break_glass.clone() {
                asked.extend(self.is(&who).map(|is| !is));
            }
            scopes.push((None, asked));
        }
        let enforced = self.demands.enforced(SUBJECT).iter().copied();
        let policies: Vec<usize> = enforced
            .filter(|number| {
                let policy = self.world.policy(*number);
                policy.is_some_and(|policy| !clauses(policy).is_empty())
            })
            .collect();
        let required = policies.iter();
        let required: Vec<Lit> = required
            .map(|number| self.demands.solver.policy(*number, Rail::Certain))
            .collect();
        let required = self.demands.solver.any(&required);
        for (persona, lits) in scopes {
            let mut found = Vec::new();
            for target in self.targets() {
                let mut lits = lits.clone();
                lits.extend(self.demands.solver.cube(&target));
                let scope = Scope {
                    lits,
                    target,
                    policies: policies.clone(),
                    required,
                };
                gaps.is_complete &= self.gaps_of(&scope, &mut found);
            }
            let found = found.into_iter();
            gaps.items.extend(found.map(|(region, witness)| Gap {
                persona: persona.clone(),
                region,
                witness,
            }));
        }
        gaps
    }

    /// What sign-ins ask for: what ordinary ones do, which is a resource, or something else.
    fn targets(&self) -> Vec<Cube> {
        let attributes = self.attributes();
        let Some((variable, _)) = attributes.variable("signin.target") else {
            return vec![Cube::default()];
        };
        let ordinary = self.demands.solver.ordinary(variable).unwrap_or_default();
        let usual = Literal {
            variable,
            classes: ClassSet::run(ordinary, ordinary),
        };
        let others = match self.world.assumptions.with_missing_facts {
            true => attributes.space.any_other(&usual),
            false => attributes.space.known_other(&usual),
        };
        let cube = |literal: Literal| Cube {
            sets: vec![(literal.variable, literal.classes)],
        };
        [usual, others].map(cube).into()
    }

    /// Add the regions of some sign-ins to those of others; whether these are all.
    fn gaps_of(&mut self, scope: &Scope, found: &mut Vec<(Region, Witness)>) -> bool {
        let start = found.len();
        let outside = self.demands.solver.proposition();
        let free = self.free(&scope.lits);
        let asked = [free.as_slice(), &[outside]].concat();
        let is_complete = loop {
            if found.len() == start + REGIONS_MAX {
                break matches!(self.find(QUESTION, &asked), Found::None(_));
            }
            let witness = match self.smallest(QUESTION, &asked) {
                Found::None(_) => break true,
                Found::Unknown => break false,
                Found::One(witness) => witness,
            };
            let Some(region) = self.around(&witness.classes, scope, found) else {
                self.exhausted
                    .push((QUESTION.to_owned(), "the steps of the search"));
                break false;
            };
            // The corners have no gaps.
            let mut excluded = self.demands.solver.cube(&region.within);
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            found.push((region, witness));
        };
        let mut own = found.split_off(start);
        self.drop_covered(&free, &mut own);
        found.append(&mut own);
        is_complete
    }

    /// Leave out regions all of whose sign-ins lie in others: what was found first is the most
    /// ordinary, and stays where either could go.
    fn drop_covered(&mut self, free: &[Lit], found: &mut Vec<(Region, Witness)>) {
        let lits = found.iter().map(|(region, _)| {
            let lits = self.demands.solver.cube(&region.within);
            self.demands.solver.all(&lits)
        });
        let mut lits: Vec<Lit> = lits.collect();
        for place in (0..found.len()).rev() {
            let mut asked = free.to_vec();
            for (at, lit) in lits.iter().enumerate() {
                asked.push(if at == place { *lit } else { !*lit });
            }
            if matches!(self.find(QUESTION, &asked), Found::None(_)) {
                found.remove(place);
                lits.remove(place);
            }
        }
    }
}
