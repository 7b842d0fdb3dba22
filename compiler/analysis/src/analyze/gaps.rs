//! Where nothing is required.

use batsat::Lit;

use super::{Analyst, Found, Persona, PersonaKind, SUBJECT};
use crate::cubes::Cube;
use crate::demand::clauses;
use crate::diff::Witness;
use crate::world::Rail;

/// LIMIT: cubes that are listed, of each persona.
const CUBES_MAX: usize = 12;

const QUESTION: &str = "where nothing is required";

/// Sign-ins at which nothing is required.
#[derive(Clone, Debug, PartialEq)]
pub struct Gap {
    /// Whose, if that was asked.
    pub persona: Option<Persona>,
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
    /// enforced policy blocks or requires anything: of all of them, or of each persona by itself.
    pub(super) fn gaps(&mut self, is_by_persona: bool) -> Gaps {
        if !self.world.schema.is_entra {
            return Gaps {
                items: Vec::new(),
                is_complete: true,
            };
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
        let required: Vec<Lit> = self
            .demands
            .enforced(SUBJECT)
            .to_vec()
            .into_iter()
            .filter(|number| {
                let policy = self.world.policy(*number);
                policy.is_some_and(|policy| !clauses(policy).is_empty())
            })
            .map(|number| self.demands.solver.policy(number, Rail::Certain))
            .collect();
        let required = self.demands.solver.any(&required);
        let mut gaps = Gaps {
            items: Vec::new(),
            is_complete: true,
        };
        for (persona, scope) in scopes {
            let all = self.gaps_of(persona.as_ref(), &scope, required, &mut gaps.items);
            gaps.is_complete &= all;
        }
        let is_action = |gap: &Gap| self.is_action(&gap.witness);
        gaps.items
            .sort_by_key(|gap| gap.persona.is_none() && is_action(gap));
        gaps
    }

    /// Add the gaps of some sign-ins; whether these are all.
    fn gaps_of(
        &mut self,
        persona: Option<&Persona>,
        scope: &[Lit],
        required: Lit,
        items: &mut Vec<Gap>,
    ) -> bool {
        let outside = self.demands.solver.proposition();
        let mut asked = self.free(scope);
        asked.push(outside);
        for _ in 0..CUBES_MAX {
            let witness = match self.smallest(QUESTION, &asked) {
                Found::None(_) => return true,
                Found::Unknown => return false,
                Found::One(witness) => witness,
            };
            let around = self.demands.solver.generalise(&witness.classes, required);
            let Some(cube) = around else {
                self.exhausted
                    .push((QUESTION.to_owned(), "the steps of the search"));
                return false;
            };
            let mut excluded = self.demands.solver.cube(&cube);
            excluded.push(outside);
            self.demands.solver.exclude(&excluded);
            items.push(Gap {
                persona: persona.cloned(),
                cube,
                witness,
            });
        }
        matches!(self.find(QUESTION, &asked), Found::None(_))
    }

    /// Whether a sign-in asks for something other than a resource.
    fn is_action(&self, witness: &Witness) -> bool {
        let literal = self.attributes().equals("signin.target", &["apps"]);
        literal.is_some_and(|apps| {
            let class = witness.classes.get(apps.variable as usize);
            class.is_some_and(|class| !apps.classes.contains(*class))
        })
    }
}
