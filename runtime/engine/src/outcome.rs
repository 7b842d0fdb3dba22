//! The combined decision: the verdict, what is missing, the merged session controls. It leaves out
//! what cannot change it, and whatever is not asked for is not worked out.
//!
//! There are two forms. Demands and sessions are bits wherever the program's fit into words; else,
//! and where strengths are replaced, they are the lists that [`Combining`] makes. Which one it was
//! cannot be told from outside.

use gatewright_value::SessionControls;

use crate::combine::{Chosen, Combining, Verdict, choose, replaces_strengths};
use crate::demands::{DemandSet, Demands, Owed, numbers};
use crate::engine::{DecideError, Engine, Mode, Scratch, conflict, enforced};
use crate::plan::Plan;
use crate::session::{Merged, SessionSet};
use crate::signals::Settled;

/// What the policies that apply to a sign-in come to, without saying which ones they are.
///
/// Where a policy blocks, nothing but the verdict counts, and nothing else is worked out: nothing
/// is missing then, and there are no session controls.
///
/// ```
/// use gatewright_runtime::{Engine, Mode, Program, Request, Scratch, Verdict};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut program = Program::default();
/// # program.origin.is_entra = true;
/// let engine = Engine::from_program(program)?;
/// let request = Request::unknown(&engine);
/// let mut scratch = Scratch::default();
/// let outcome = engine.combined(&request, &mut scratch, Mode::Graph)?;
/// assert_eq!(outcome.verdict(), Verdict::NotApplicable);
/// assert_eq!(outcome.missing().count(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    engine: &'a Engine,
    found: Found<'a>,
    /// The policies that apply, where they were listed.
    applying: &'a [u32],
    verdict: Verdict,
    chosen: Option<Chosen>,
    mode: Mode,
}

/// What the applying enforced policies demand.
#[derive(Clone, Copy, Debug)]
enum Found<'a> {
    Bits {
        demands: &'a Demands,
        owed: DemandSet,
        sessions: SessionSet,
    },
    Lists(Lists<'a>),
}

/// What the applying enforced policies demand, as lists.
#[derive(Clone, Copy, Debug)]
struct Lists<'a> {
    missing: &'a [u32],
    profiles: &'a [u32],
    session: &'a Merged,
}

/// The controls of a clause that is missing: any of them would satisfy it.
#[derive(Clone, Debug)]
pub struct Alternatives<'a> {
    plan: &'a Plan,
    controls: std::slice::Iter<'a, u32>,
}

impl<'a> Iterator for Alternatives<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let control = self.plan.control(*self.controls.next()?)?;
        Some(&control.spelling)
    }
}

impl<'a> Outcome<'a> {
    /// The verdict of Conditional Access; under a schema of one's own, see
    /// [`effects`](Self::effects).
    #[must_use]
    #[inline]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// How facts that are not known were taken.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// What is missing: all of these clauses, of each any control, spelled as in JSON, in the
    /// service's order of prompting.
    pub fn missing(&self) -> impl Iterator<Item = Alternatives<'a>> + use<'a> {
        let plan = self.engine.plan();
        let (bits, list) = match self.found {
            Found::Bits { .. } => (self.missing_clauses(), &[][..]),
            Found::Lists(lists) => (0, lists.missing),
        };
        let clauses = numbers(bits).chain(list.iter().copied());
        let rows = clauses.filter_map(|clause| plan.clause(clause));
        rows.map(|row| Alternatives {
            plan,
            controls: row.controls.iter(),
        })
    }

    /// The merged session controls, security profiles apart.
    #[must_use]
    pub fn session(&self) -> SessionControls {
        let merged = match self.found {
            Found::Bits {
                demands, sessions, ..
            } => demands.sessions.merged(sessions),
            Found::Lists(lists) => *lists.session,
        };
        merged.controls(Vec::new())
    }

    /// The security profiles, sorted.
    pub fn filtering_profiles(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let plan = self.engine.plan();
        let (bits, list) = match self.found {
            Found::Bits {
                demands, sessions, ..
            } => (demands.sessions.profiles(sessions), &[][..]),
            Found::Lists(lists) => (0, lists.profiles),
        };
        let order = &plan.profile_order;
        let in_order = numbers(bits).filter_map(|place| order.get(place as usize).copied());
        let profiles = in_order.chain(list.iter().copied());
        let rows = profiles.filter_map(|at| plan.profiles.get(at as usize));
        rows.map(|profile| profile.1.as_str())
    }

    /// Under a schema of one's own: the names of the chosen effects, weakest first. One, unless the
    /// schema takes the union.
    pub fn effects(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let this = *self;
        let effects = self.engine.program().effects.as_ref();
        let names = effects.map(|effects| effects.names.as_slice());
        let numbered = (0u32..).zip(names.into_iter().flatten());
        numbered
            .filter(move |(effect, _)| this.has_effect(*effect))
            .map(|(_, name)| name.as_str())
    }

    /// Under a schema of one's own: the obligations that come with the chosen effects, in declared
    /// order.
    pub fn controls(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let this = *self;
        let controls = (0u32..).zip(&self.engine.plan().controls);
        let obliged = controls.filter(move |(number, _)| this.is_obliged(*number));
        obliged.map(|(_, control)| control.spelling.as_str())
    }

    /// The missing clauses as bits, where they are bits.
    pub(crate) fn missing_clauses(&self) -> DemandSet {
        match self.found {
            Found::Bits { demands, owed, .. } if self.is_missing_something() => {
                demands.shortest(owed)
            }
            _ => 0,
        }
    }

    /// What is owed, as bits.
    pub(crate) fn owed(&self, demands: &Demands) -> Owed {
        match self.found {
            Found::Bits { owed, sessions, .. } => Owed {
                demands: owed,
                sessions,
                ..Owed::default()
            },
            Found::Lists(lists) => Owed {
                demands: lists
                    .missing
                    .iter()
                    .fold(0, |all, clause| all | 1 << (clause % 64)),
                ..demands.of_list(self.applying, 0)
            },
        }
    }

    fn is_missing_something(&self) -> bool {
        matches!(self.verdict, Verdict::Interrupt | Verdict::Deny)
    }

    /// The policies that apply, where they were listed.
    pub(crate) fn applying(&self) -> &'a [u32] {
        self.applying
    }

    fn enforced(&self) -> impl Iterator<Item = &'a gatewright_bytecode::Policy> + use<'a> {
        let program = self.engine.program();
        enforced(program, self.applying).filter_map(|number| program.policies.get(number as usize))
    }

    fn is_obliged(&self, control: u32) -> bool {
        let is_chosen = |effect| self.has_effect(effect);
        if let Found::Bits { demands, owed, .. } = self.found {
            return demands.obligations(owed, is_chosen) >> control & 1 != 0;
        }
        self.enforced().any(|policy| {
            policy.effect.is_some_and(is_chosen)
                && policy
                    .clauses
                    .iter()
                    .any(|clause| clause.contains(&control))
        })
    }

    fn has_effect(&self, effect: u32) -> bool {
        match (self.chosen, self.found) {
            (Some(Chosen::Otherwise(chosen) | Chosen::One(chosen)), _) => chosen == effect,
            (Some(Chosen::All), Found::Bits { demands, owed, .. }) => {
                demands.effects(owed).any(|occurring| occurring == effect)
            }
            (Some(Chosen::All), Found::Lists(_)) => {
                self.enforced().any(|policy| policy.effect == Some(effect))
            }
            (Some(Chosen::Conflict(..)) | None, _) => false,
        }
    }

    /// The outcome without what does not count where a policy blocks.
    pub(crate) fn if_blocked_nothing_else(mut self) -> Outcome<'a> {
        if self.verdict == Verdict::Block {
            match &mut self.found {
                Found::Bits { owed, sessions, .. } => (*owed, *sessions) = (0, 0),
                Found::Lists(lists) => {
                    *lists = Lists {
                        missing: &[],
                        profiles: &[],
                        session: &Merged::NONE,
                    }
                }
            }
        }
        self
    }
}

impl Engine {
    /// What demands come to that are known as bits.
    #[inline]
    pub(crate) fn outcome_of<'a>(
        &'a self,
        demands: &'a Demands,
        owed: &Owed,
        settled: &Settled,
        applying: &'a [u32],
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        let verdict = demands.verdict(owed, !settled.is_legacy);
        self.outcome_of_owed(demands, owed, verdict, applying, mode)
    }

    /// The same with its verdict.
    #[inline]
    pub(crate) fn outcome_of_owed<'a>(
        &'a self,
        demands: &'a Demands,
        owed: &Owed,
        verdict: Verdict,
        applying: &'a [u32],
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        let mut chosen = None;
        if let Some(effects) = &self.program().effects {
            let choice = demands.choose(effects, owed);
            if let Chosen::Conflict(first, second) = choice {
                return Err(conflict(&effects.names, first, second));
            }
            chosen = Some(choice);
        }
        Ok(Outcome {
            engine: self,
            found: Found::Bits {
                demands,
                owed: owed.demands,
                sessions: owed.sessions,
            },
            applying,
            verdict,
            chosen,
            mode,
        })
    }

    /// What the applying policies of the scratch space come to, with the controls held that it
    /// says.
    pub(crate) fn outcome_of_list<'a>(
        &'a self,
        settled: &Settled,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        let (program, plan) = (self.program(), self.plan());
        let Scratch {
            held,
            applying,
            missing,
            profiles,
            session,
            ..
        } = scratch;
        let enforced = || enforced(program, applying);
        let are_strengths_replaced =
            replaces_strengths(program, plan, settled.is_registering, enforced());
        let combining = Combining {
            program,
            plan,
            held,
            can_interact: !settled.is_legacy,
            are_strengths_replaced,
        };
        let (mut verdict, mut chosen) = (Verdict::NotApplicable, None);
        missing.clear();
        profiles.clear();
        *session = Merged::NONE;
        if let Some(effects) = &program.effects {
            let occurring = enforced().filter_map(|number| combining.policy(number)?.effect);
            chosen = Some(choose(effects, occurring));
            if let Some(Chosen::Conflict(first, second)) = chosen {
                return Err(conflict(&effects.names, first, second));
            }
        } else {
            verdict = combining.verdict(enforced());
            if matches!(verdict, Verdict::Interrupt | Verdict::Deny) {
                combining.missing(enforced(), missing);
            }
            let sessions = enforced().filter_map(|number| combining.policy(number)?.session);
            for number in sessions {
                plan.merge(program, number, session, profiles);
            }
        }
        Ok(Outcome {
            engine: self,
            found: Found::Lists(Lists {
                missing,
                profiles,
                session,
            }),
            applying,
            verdict,
            chosen,
            mode,
        })
    }
}
