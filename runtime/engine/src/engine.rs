//! The engine: a program that decides.
//!
//! An engine never changes. It is shared by any number of threads without a lock; what changes
//! while deciding is in the [`Scratch`] that each thread has of its own.

use std::sync::{Arc, OnceLock};

use gatewright_bytecode::{
    Bundle, BundleError, Costs, Policy, Program, SourceFile, Verified, VerifyError, program_hash,
    read,
};
use gatewright_value::vocabulary::State;
use gatewright_vm::{AttributeHandle, Buffers, Gathered, Listing, Loaded, PatternError, Rail};

use crate::deciding::Held;
use crate::decision::Decision;
use crate::evaluate::{Evaluate, Interpreter};
use crate::lowering::Route;
use crate::openings::Openings;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::request::Request;
use crate::session::Merged;
use crate::signals::{Settled, View};

/// A program that decides. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
    /// What finds the policies that apply.
    pub(crate) route: Route,
}

#[derive(Debug)]
struct Inner {
    loaded: Loaded,
    plan: Plan,
    hash: OnceLock<Option<String>>,
    sources: Vec<SourceFile>,
}

/// Why a program cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are no bundle that can be used.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The program is not fit to run.
    #[error("the program is not fit to run: {0}")]
    Unfit(#[from] VerifyError),
    /// A pattern in it cannot be compiled.
    #[error(transparent)]
    Pattern(#[from] PatternError),
}

/// Why a request cannot be decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecideError {
    /// The request was made for another engine.
    #[error("the request was made for another program")]
    OtherProgram,
    /// A part was encoded for the other mode.
    #[error("a part was encoded for the other mode")]
    OtherMode,
    /// Two parts speak of the same attribute.
    #[error("two parts speak of the same attribute")]
    Overlap,
    /// No part speaks of an attribute that decisions depend on.
    #[error("no part speaks of `{attribute}`, which decisions depend on")]
    Uncovered {
        /// The first such attribute.
        attribute: String,
    },
    /// Decisions depend on more attributes than parts can cover.
    #[error("decisions depend on more attributes than parts of sign-ins can cover")]
    TooManyAttributes,
    /// Policies demand more different things than the columns of a batch have bits for.
    #[error("the policies demand too many different things for a batch")]
    TooManyDemands,
    /// The columns of a batch are not of the same length, or a code is not in its dictionary.
    #[error("the columns do not fit together")]
    Columns,
    /// Two policies apply whose effects exclude each other.
    #[error(
        "the effects `{first}` and `{second}` both apply, and the schema calls that a conflict"
    )]
    Conflict {
        /// The weaker effect.
        first: String,
        /// The stronger effect.
        second: String,
    },
}

/// How facts that are not known are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// As the service's What-If does: a policy applies where it certainly does.
    #[default]
    Graph,
    /// A policy applies where it possibly does.
    Pessimistic,
}

impl Mode {
    /// As decisions spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mode::Graph => "graph",
            Mode::Pessimistic => "pessimistic",
        }
    }

    pub(crate) fn rail(self) -> Rail {
        match self {
            Mode::Graph => Rail::Certain,
            Mode::Pessimistic => Rail::Possible,
        }
    }
}

/// Space that deciding works in: one per thread, used again and again, for any engine.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) encoding: gatewright_vm::Scratch,
    pub(crate) gathered: Gathered,
    /// Started and never added to, for deciding by parts alone.
    pub(crate) nothing: Gathered,
    pub(crate) nothing_of: Option<(u64, Mode)>,
    pub(crate) buffers: Buffers,
    pub(crate) listing: Listing,
    pub(crate) openings: Openings,
    /// By control: whether it holds.
    pub(crate) held: Vec<bool>,
    /// Applying policies that are enforced or report-only, ascending.
    pub(crate) applying: Vec<u32>,
    pub(crate) missing: Vec<u32>,
    /// Security profiles of the applying enforced policies.
    pub(crate) profiles: Vec<u32>,
    pub(crate) session: Merged,
}

impl Engine {
    /// Load a bundle.
    ///
    /// # Errors
    /// Whatever is wrong with the bytes; see [`LoadError`]. No input makes loading panic.
    pub fn load(bytes: &[u8]) -> Result<Engine, LoadError> {
        Engine::from_bundle(read(bytes)?)
    }

    /// The engine of a bundle that has been read.
    ///
    /// # Errors
    /// A pattern that cannot be compiled.
    pub fn from_bundle(bundle: Bundle) -> Result<Engine, LoadError> {
        let hash = OnceLock::from(Some(bundle.hash));
        Engine::new(bundle.program, hash, bundle.sources)
    }

    /// The engine of a program that comes straight from the compiler.
    ///
    /// # Errors
    /// The rule that the program breaks, or a pattern that cannot be compiled.
    pub fn from_program(program: Program) -> Result<Engine, LoadError> {
        Engine::new(Verified::new(program)?, OnceLock::new(), Vec::new())
    }

    fn new(
        program: Verified,
        hash: OnceLock<Option<String>>,
        sources: Vec<SourceFile>,
    ) -> Result<Engine, LoadError> {
        let loaded = Loaded::new(program)?;
        let plan = Plan::new(&loaded);
        Ok(Engine {
            route: Route::first(&loaded),
            inner: Arc::new(Inner {
                loaded,
                plan,
                hash,
                sources,
            }),
        })
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Program {
        self.inner.loaded.program()
    }

    /// What deciding costs at worst.
    #[must_use]
    pub fn costs(&self) -> &Costs {
        self.inner.loaded.costs()
    }

    /// `blake3:` and the hash of the program, the same whether it comes from a bundle or straight
    /// from the compiler. `None` where the program is too large to have a bundle.
    #[must_use]
    pub fn hash(&self) -> Option<&str> {
        self.inner
            .hash
            .get_or_init(|| program_hash(self.program()).ok())
            .as_deref()
    }

    /// The files that the bundle says it was compiled from.
    #[must_use]
    pub fn sources(&self) -> &[SourceFile] {
        &self.inner.sources
    }

    /// The attribute of this name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<AttributeHandle> {
        self.inner.loaded.attribute(name)
    }

    /// The engine's own evaluator.
    #[must_use]
    pub fn interpreter(&self) -> Interpreter<'_> {
        Interpreter::new(self.program())
    }

    pub(crate) fn loaded(&self) -> &Loaded {
        &self.inner.loaded
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.inner.plan
    }

    /// Decide a sign-in, and list the policies that apply. Allocates nothing once the scratch space
    /// has met requests of the same sizes, takes no lock, and does not panic.
    ///
    /// # Errors
    /// See [`DecideError`].
    pub fn decide<'a>(
        &'a self,
        request: &Request<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        self.check(request)?;
        let evidence = if self.plan().holdings.are_bits() {
            Held::Bits(request.proved(self))
        } else {
            Held::By(request.claims())
        };
        self.decision_of(request, evidence, scratch, mode)
    }

    /// What the policies that apply come to, without the list of them. As [`decide`](Self::decide),
    /// and faster: what cannot change the outcome is left out.
    ///
    /// # Errors
    /// See [`DecideError`].
    pub fn combined<'a>(
        &'a self,
        request: &Request<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Outcome<'a>, DecideError> {
        self.check(request)?;
        if !self.is_direct() {
            let decision = self.decide(request, scratch, mode)?;
            return Ok(decision.outcome.if_blocked_nothing_else());
        }
        let proved = request.proved(self);
        let signals = self.gather(request, scratch, mode);
        self.combined_of_gathered(signals, proved, scratch, mode)
    }

    /// As [`decide`](Self::decide), with another evaluator of conditions.
    ///
    /// # Errors
    /// See [`DecideError`].
    pub fn decide_with<'a>(
        &'a self,
        evaluator: &dyn Evaluate,
        request: &Request<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        self.check(request)?;
        let settled = self.evaluate(evaluator, request, scratch, mode);
        let outcome = self.outcome_of_list(&settled, scratch, mode)?;
        Ok(Decision {
            engine: self,
            outcome,
        })
    }

    fn check(&self, request: &Request<'_>) -> Result<(), DecideError> {
        let belong = request.facts().belong_to(self.loaded());
        belong.then_some(()).ok_or(DecideError::OtherProgram)
    }

    /// Encode the request and find out which policies apply and which controls hold.
    pub(crate) fn evaluate(
        &self,
        evaluator: &dyn Evaluate,
        request: &Request<'_>,
        scratch: &mut Scratch,
        mode: Mode,
    ) -> Settled {
        let Scratch {
            encoding,
            held,
            applying,
            ..
        } = scratch;
        let signals = self.encode(evaluator, request, encoding);
        applying.clear();
        self.applying(evaluator, encoding.classes(), mode.rail(), applying);
        let settled = signals.settle(View::Stated);
        self.held(request, &settled, held);
        settled
    }

    /// Collect the policies that apply, disabled ones apart.
    pub(crate) fn applying(
        &self,
        evaluator: &dyn Evaluate,
        classes: &[u32],
        rail: Rail,
        applying: &mut Vec<u32>,
    ) {
        for (number, policy) in (0u32..).zip(&self.program().policies) {
            let is_evaluated = policy.state != State::Disabled;
            if is_evaluated && evaluator.policy(number as usize, rail, classes) {
                applying.push(number);
            }
        }
    }

    /// Find out which controls hold.
    pub(crate) fn held(&self, request: &Request<'_>, settled: &Settled, held: &mut Vec<bool>) {
        self.plan().holdings.list(request.claims(), settled, held);
    }
}

/// Those of the applying policies that are enforced.
pub(crate) fn enforced<'a>(
    program: &'a Program,
    applying: &'a [u32],
) -> impl Iterator<Item = u32> + use<'a> {
    let policy = |number: u32| -> Option<&Policy> { program.policies.get(number as usize) };
    let is_enforced =
        move |number: &u32| policy(*number).is_some_and(|policy| policy.state == State::Enabled);
    applying.iter().copied().filter(is_enforced)
}

pub(crate) fn conflict(names: &[String], first: u32, second: u32) -> DecideError {
    let name = |effect: u32| names.get(effect as usize).cloned().unwrap_or_default();
    DecideError::Conflict {
        first: name(first),
        second: name(second),
    }
}
