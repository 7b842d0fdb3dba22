//! The decision: what came out, borrowed from the engine and its scratch space.

use gatewright_bytecode::Policy;
use gatewright_value::SessionControls;

use crate::combine::{Chosen, Verdict};
use crate::engine::{Engine, Mode, enforced};
use crate::plan::Plan;
use crate::session::Merged;

/// What was decided about a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) applying: &'a [u32],
    pub(crate) missing: &'a [u32],
    pub(crate) profiles: &'a [u32],
    pub(crate) session: Merged,
    pub(crate) verdict: Verdict,
    pub(crate) chosen: Option<Chosen>,
    pub(crate) mode: Mode,
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

impl<'a> Decision<'a> {
    /// The verdict of Conditional Access; under a schema of one's own, see
    /// [`effects`](Self::effects).
    #[must_use]
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
        let clauses = self
            .missing
            .iter()
            .filter_map(|clause| plan.clause(*clause));
        clauses.map(|row| Alternatives {
            plan,
            controls: row.controls.iter(),
        })
    }

    /// The policies that apply and are enforced, in order.
    pub fn applied(&self) -> impl Iterator<Item = &'a Policy> + use<'a> {
        let program = self.engine.program();
        enforced(program, self.applying).filter_map(|number| program.policies.get(number as usize))
    }

    /// The policies that apply, report-only ones included, by number.
    #[must_use]
    pub fn applying(&self) -> &'a [u32] {
        self.applying
    }

    /// The merged session controls of the applying enforced policies, security profiles apart.
    #[must_use]
    pub fn session(&self) -> SessionControls {
        self.session.controls(Vec::new())
    }

    /// The security profiles of the applying enforced policies, sorted.
    pub fn filtering_profiles(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let profiles = &self.engine.plan().profiles;
        self.profiles
            .iter()
            .filter_map(|at| profiles.get(*at as usize))
            .map(|profile| profile.1.as_str())
    }

    /// Under a schema of one's own: the names of the chosen effects, weakest first. One, unless the
    /// schema takes the union.
    pub fn effects(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let this = *self;
        let names = self
            .engine
            .program()
            .effects
            .as_ref()
            .map(|effects| effects.names.as_slice());
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
        let is_obliged = move |number: u32| {
            let mut policies = this.applied();
            policies.any(|policy| {
                policy.effect.is_some_and(|effect| this.has_effect(effect))
                    && policy.clauses.iter().any(|clause| clause.contains(&number))
            })
        };
        let obliged = controls.filter(move |(number, _)| is_obliged(*number));
        obliged.map(|(_, control)| control.spelling.as_str())
    }

    fn has_effect(&self, effect: u32) -> bool {
        match self.chosen {
            Some(Chosen::Otherwise(chosen) | Chosen::One(chosen)) => chosen == effect,
            Some(Chosen::All) => self.applied().any(|policy| policy.effect == Some(effect)),
            Some(Chosen::Conflict(..)) | None => false,
        }
    }
}
