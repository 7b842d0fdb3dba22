//! The decision: what came out, and which policies apply, borrowed from the engine and its scratch
//! space.

use gatewright_bytecode::Policy;
use gatewright_value::SessionControls;

use crate::combine::Verdict;
use crate::engine::{Engine, Mode, enforced};
use crate::outcome::{Alternatives, Outcome};

/// What was decided about a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) outcome: Outcome<'a>,
}

impl<'a> Decision<'a> {
    /// The verdict of Conditional Access; under a schema of one's own, see
    /// [`effects`](Self::effects).
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.outcome.verdict()
    }

    /// How facts that are not known were taken.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.outcome.mode()
    }

    /// What is missing: all of these clauses, of each any control, spelled as in JSON, in the
    /// service's order of prompting.
    pub fn missing(&self) -> impl Iterator<Item = Alternatives<'a>> + use<'a> {
        self.outcome.missing()
    }

    /// The policies that apply and are enforced, in order.
    pub fn applied(&self) -> impl Iterator<Item = &'a Policy> + use<'a> {
        let program = self.engine.program();
        enforced(program, self.applying())
            .filter_map(|number| program.policies.get(number as usize))
    }

    /// The policies that apply, report-only ones included, by number.
    #[must_use]
    pub fn applying(&self) -> &'a [u32] {
        self.outcome.applying()
    }

    /// The merged session controls of the applying enforced policies, security profiles apart.
    #[must_use]
    pub fn session(&self) -> SessionControls {
        self.outcome.session()
    }

    /// The security profiles of the applying enforced policies, sorted.
    pub fn filtering_profiles(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.outcome.filtering_profiles()
    }

    /// Under a schema of one's own: the names of the chosen effects, weakest first. One, unless the
    /// schema takes the union.
    pub fn effects(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.outcome.effects()
    }

    /// Under a schema of one's own: the obligations that come with the chosen effects, in declared
    /// order.
    pub fn controls(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.outcome.controls()
    }
}
