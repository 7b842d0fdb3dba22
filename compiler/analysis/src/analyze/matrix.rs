//! The weakest way to a token, by persona, platform and risk.

use batsat::Lit;
use gatewright_decision::{ClassSet, Literal};
use gatewright_hir::model::Control;
use gatewright_hir::strength::MULTIFACTOR;
use gatewright_value::vocabulary::BuiltInControl;

use super::{Analyst, Effect, Found, Persona};
use crate::demand::Demand;
use crate::diff::Witness;
use crate::world::Rail;

/// The platforms of the columns; the last one stands for all that no policy names.
pub const PLATFORMS: [&str; 6] = ["windows", "macOS", "iOS", "android", "linux", "unknown"];
/// The levels of risk, of the sign-in and of the user alike or of the workload, from the least.
pub const RISKS: [&str; 4] = ["none", "low", "medium", "high"];

/// The built-in strength that phishing cannot get past.
const PHISHING_RESISTANT: &str = "00000000-0000-0000-0000-000000000004";

/// What everybody needs who gets a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// Nothing at all, in some case.
    Nothing,
    /// Something in every case, and no one thing in all.
    Other,
    /// Multifactor authentication.
    Mfa,
    /// A compliant or hybrid joined device.
    ManagedDevice,
    /// A method that phishing cannot get past.
    PhishingResistant,
    /// Multifactor authentication on a managed device.
    ManagedDeviceAndMfa,
    /// Nobody gets in.
    Blocked,
    /// No such sign-in exists.
    NoSignIn,
    /// Nobody knows.
    Unknown,
}

/// A persona on a platform at a risk.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// What is needed.
    pub access: Access,
    /// The sign-in that gets by with so little.
    pub witness: Option<Witness>,
}

/// All cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    /// The rows; each has its cells by platform, and within that by risk.
    pub rows: Vec<(Persona, Vec<Vec<Cell>>)>,
}

/// What all of a cell may be.
struct Level {
    access: Access,
    /// All of these.
    demanded: Vec<Demanded>,
}

/// Something that is demanded.
struct Demanded {
    /// Who demands it, with the propositions that they do.
    by: Vec<(Lit, usize)>,
    /// That the facts alone hold it.
    held: Lit,
}

impl Analyst<'_> {
    /// Fill the matrix with the sign-ins to resources, and count for each policy the cells that owe to it what they are.
    pub(super) fn matrix(&mut self, effects: &mut [Effect]) -> Matrix {
        let mut matrix = Matrix::default();
        if !self.world.schema.is_entra {
            return matrix;
        }
        let levels = self.levels();
        let apps = self.attributes().equals("signin.target", &["apps"]);
        let apps = apps.map(|apps| self.demands.solver.literal(&apps));
        for (persona, mut scope) in self.personas() {
            scope.extend(apps);
            let mut row = Vec::new();
            for platform in PLATFORMS {
                let mut cells = Vec::new();
                for risk in RISKS {
                    let mut asked = scope.clone();
                    asked.push(self.on(platform));
                    asked.extend(self.at_risk(persona.kind.risks(), risk));
                    let (cell, by) = self.cell(&asked, &levels);
                    for place in by {
                        if let Some(Effect::Changes { cells, .. }) = effects.get_mut(place) {
                            *cells += 1;
                        }
                    }
                    cells.push(cell);
                }
                row.push(cells);
            }
            matrix.rows.push((persona, row));
        }
        matrix
    }

    /// What makes the platform this one. One that no policy names is among the others.
    fn on(&mut self, platform: &str) -> Lit {
        let named = self.platform(&[platform]);
        if named == !self.demands.solver.truth() {
            return self.other_platform_or_any();
        }
        named
    }

    fn other_platform_or_any(&mut self) -> Lit {
        let other = self.other_platform();
        if other == !self.demands.solver.truth() {
            // Nobody asks about platforms at all.
            return self.demands.solver.truth();
        }
        other
    }

    /// What makes these risks this level, where anybody asks.
    fn at_risk(&mut self, of: &[&str], risk: &str) -> Vec<Lit> {
        let attributes = self.attributes();
        let mut lits = Vec::new();
        for name in of {
            let Some((variable, _)) = attributes.variable(name) else {
                continue;
            };
            let named = attributes.equals(name, &[risk]);
            let named = named.filter(|literal| !literal.classes.runs().is_empty());
            let literal = named.unwrap_or(Literal {
                variable,
                classes: ClassSet::run(0, 0),
            });
            lits.push(self.demands.solver.literal(&literal));
        }
        lits
    }

    /// The levels from the strictest down, each with what refutes that all of a cell is so strict:
    /// propositions of policies, turned round, and of what the facts hold by themselves.
    fn levels(&mut self) -> Vec<Level> {
        let built_in = |one| Control::BuiltIn(one);
        let mfa = Demand::Clause(vec![
            built_in(BuiltInControl::Mfa),
            Control::Strength(MULTIFACTOR.to_owned()),
        ]);
        let strong = Demand::Clause(vec![Control::Strength(PHISHING_RESISTANT.to_owned())]);
        let managed = Demand::Clause(vec![
            built_in(BuiltInControl::CompliantDevice),
            built_in(BuiltInControl::DomainJoinedDevice),
        ]);
        let rows: [(Access, &[&Demand]); 5] = [
            (Access::Blocked, &[&Demand::BLOCK]),
            (Access::ManagedDeviceAndMfa, &[&managed, &mfa]),
            (Access::PhishingResistant, &[&strong]),
            (Access::ManagedDevice, &[&managed]),
            (Access::Mfa, &[&mfa]),
        ];
        let mut levels = Vec::new();
        for (access, demands) in rows {
            let mut demanded = Vec::new();
            for demand in demands {
                demanded.push(Demanded {
                    by: self.others(&[], demand, Rail::Certain),
                    held: self.demands.held(demand),
                });
            }
            levels.push(Level { access, demanded });
        }
        levels
    }

    /// The strictest level that holds at every sign-in of a cell, and the policies that prove it.
    fn cell(&mut self, scope: &[Lit], levels: &[Level]) -> (Cell, Vec<usize>) {
        const QUESTION: &str = "what a persona needs on a platform";
        let plain = |access| Cell {
            access,
            witness: None,
        };
        match self.find(QUESTION, scope) {
            Found::None(_) => return (plain(Access::NoSignIn), Vec::new()),
            Found::Unknown => return (plain(Access::Unknown), Vec::new()),
            Found::One(_) => {}
        }
        for level in levels {
            let mut proof = Vec::new();
            let mut holds = true;
            for demanded in &level.demanded {
                let mut asked = scope.to_vec();
                asked.push(!demanded.held);
                asked.extend(demanded.by.iter().map(|(lit, _)| !*lit));
                match self.find(QUESTION, &asked) {
                    Found::None(core) => proof.extend(Self::certificate(&core, &demanded.by)),
                    Found::One(_) => holds = false,
                    Found::Unknown => return (plain(Access::Unknown), Vec::new()),
                }
                if !holds {
                    break;
                }
            }
            if holds {
                proof.sort_unstable();
                proof.dedup();
                return (plain(level.access), proof);
            }
        }
        let free = self.free(scope);
        match self.smallest(QUESTION, &free) {
            Found::One(witness) => (
                Cell {
                    access: Access::Nothing,
                    witness: Some(witness),
                },
                Vec::new(),
            ),
            Found::None(_) => (plain(Access::Other), Vec::new()),
            Found::Unknown => (plain(Access::Unknown), Vec::new()),
        }
    }
}
