//! Where nothing is required.

use batsat::Lit;

use super::{Analyst, Found, SUBJECT};
use crate::cubes::{Cube, Grower, Region};
use crate::demand::clauses;
use crate::diagrams::Diagrams;
use crate::diff::Witness;
use crate::world::Rail;

/// LIMIT: cubes that are listed.
const CUBES_MAX: usize = 12;

/// Sign-ins at which nothing is required.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// All of them, by classes.
    pub cube: Cube,
    /// One of them.
    pub witness: Witness,
}

/// All sign-ins of users at which nothing is required.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gaps {
    /// In cubes, the most ordinary sign-ins first.
    pub items: Vec<Gap>,
    /// Whether that is all of them.
    pub is_complete: bool,
}

impl Analyst<'_> {
    /// The sign-ins of users, apart from those who are to get in whatever happens, at which no
    /// enforced policy blocks or requires anything.
    pub(super) fn gaps(&mut self) -> Gaps {
        if !self.world.schema.is_entra {
            return Gaps {
                items: Vec::new(),
                is_complete: true,
            };
        }
        let numbers: Vec<usize> = self
            .demands
            .enforced(SUBJECT)
            .iter()
            .copied()
            .filter(|number| {
                let policy = self.world.policy(*number);
                policy.is_some_and(|policy| !clauses(policy).is_empty())
            })
            .collect();
        let mut asked: Vec<Lit> = vec![self.is_user()];
        for who in self.break_glass.clone() {
            asked.extend(self.is(&who).map(|is| !is));
        }
        let applying: Vec<Lit> = numbers
            .iter()
            .map(|number| self.demands.solver.policy(*number, Rail::Certain))
            .collect();
        let some = self.demands.solver.any(&applying);
        let outside = self.demands.solver.proposition();
        asked.extend([!some, outside]);
        let controls = self.demands.controls.clone();
        let mut diagrams = Diagrams::new(self.world, &controls);
        let roots: Option<Vec<_>> = numbers
            .iter()
            .map(|number| diagrams.policy(*number, Rail::Certain))
            .collect();
        let Some(nowhere) = roots else {
            self.exhausted.push((
                "where nothing is required".to_owned(),
                "the nodes of diagrams",
            ));
            return Gaps::default();
        };
        let region = Region {
            everywhere: Vec::new(),
            nowhere,
        };
        let mut gaps = Gaps::default();
        while gaps.items.len() < CUBES_MAX {
            let witness = match self.smallest("where nothing is required", &asked) {
                Found::None(_) => {
                    gaps.is_complete = true;
                    break;
                }
                Found::Unknown => break,
                Found::One(witness) => witness,
            };
            let mut grower = Grower::new(
                diagrams.workspace.dag(),
                &self.world.joint.space,
                self.world.assumptions.with_missing_facts,
            );
            let order = self.demands.solver.facts().iter().flatten().copied();
            let cube = grower.grow(&region, &witness.classes, order);
            let mut excluded = self.demands.solver.cube(&cube);
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            gaps.items.push(Gap { cube, witness });
        }
        gaps
    }
}
