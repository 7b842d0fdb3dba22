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
use gatewright_vm::{AttributeHandle, Loaded, PatternError, encode, run, settle};

use crate::claims::is_held;
use crate::combine::{Chosen, Combining, Verdict, choose, replaces_strengths};
use crate::compliance::Derivation;
use crate::decision::Decision;
use crate::plan::Plan;
use crate::request::Request;
use crate::session::Merged;
use crate::signals::{Settled, Signals, View};

/// A program that decides. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
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

    fn rail(self) -> Rail {
        match self {
            Mode::Graph => Rail::Certain,
            Mode::Pessimistic => Rail::Possible,
        }
    }
}

/// One of the two functions that every condition is compiled to. They differ only where facts are
/// missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rail {
    /// Whether it certainly holds.
    Certain,
    /// Whether it possibly holds.
    Possible,
}

/// What evaluates conditions on the classes of a request. The engine's own is the interpreter of
/// its bytecode; another one, over the same variables and policies, can stand in.
pub trait Evaluate {
    /// Whether this policy applies, its state apart.
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool;

    /// Whether this condition of this policy holds.
    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool;

    /// Whether this part of this compliance policy holds.
    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool;
}

/// What can be asked of a compliance policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompliancePart {
    /// Whether it is assigned to the user and the device.
    Assigned,
    /// Whether the device satisfies all requirements.
    Met,
    /// Whether the device satisfies the requirement of this number.
    Requirement(usize),
}

/// The interpreter of bytecode.
#[derive(Clone, Copy, Debug)]
pub struct Interpreter<'a> {
    program: &'a Program,
}

impl Evaluate for Interpreter<'_> {
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool {
        let entry = self.program.policies.get(policy).map(|policy| match rail {
            Rail::Certain => policy.certain,
            Rail::Possible => policy.possible,
        });
        entry.is_some_and(|entry| run(&self.program.code, entry, classes))
    }

    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool {
        let conditions = self
            .program
            .policies
            .get(policy)
            .map(|policy| &policy.conditions);
        let entry = conditions
            .and_then(|rows| rows.get(condition))
            .map(|condition| match rail {
                Rail::Certain => condition.certain,
                Rail::Possible => condition.possible,
            });
        entry.is_some_and(|entry| run(&self.program.code, entry, classes))
    }

    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool {
        let policy = self.program.compliance_policies().get(policy);
        let entries = policy.and_then(|policy| match part {
            CompliancePart::Assigned => Some(policy.assigned),
            CompliancePart::Met => Some(policy.met),
            CompliancePart::Requirement(at) => policy.requirements.get(at).map(|row| row.entries),
        });
        let entry = entries.map(|entries| match rail {
            Rail::Certain => entries.certain,
            Rail::Possible => entries.possible,
        });
        entry.is_some_and(|entry| run(&self.program.code, entry, classes))
    }
}

/// Space that deciding works in: one per thread, used again and again, for any engine.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) encoding: gatewright_vm::Scratch,
    /// By control: whether it holds.
    pub(crate) held: Vec<bool>,
    /// Applying policies that are enforced or report-only, ascending.
    pub(crate) applying: Vec<u32>,
    pub(crate) missing: Vec<u32>,
    /// Security profiles of the applying enforced policies.
    pub(crate) profiles: Vec<u32>,
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
        Interpreter {
            program: self.program(),
        }
    }

    pub(crate) fn loaded(&self) -> &Loaded {
        &self.inner.loaded
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.inner.plan
    }

    /// Decide a sign-in. Allocates nothing once the scratch space has met requests of the same
    /// sizes, takes no lock, and does not panic.
    ///
    /// # Errors
    /// See [`DecideError`].
    pub fn decide<'a>(
        &'a self,
        request: &Request<'_>,
        scratch: &'a mut Scratch,
        mode: Mode,
    ) -> Result<Decision<'a>, DecideError> {
        self.decide_with(&self.interpreter(), request, scratch, mode)
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
        if !request.facts().belong_to(self.loaded()) {
            return Err(DecideError::OtherProgram);
        }
        let settled = self.evaluate(evaluator, request, scratch, mode);
        let (program, plan) = (self.program(), self.plan());
        let Scratch {
            held,
            applying,
            missing,
            profiles,
            ..
        } = scratch;
        let enforced = || enforced(program, applying);
        let are_strengths_replaced =
            replaces_strengths(program, plan, settled.is_registering, enforced());
        let can_interact = !settled.is_legacy;
        let combining = Combining {
            program,
            plan,
            held,
            can_interact,
            are_strengths_replaced,
        };
        let (mut verdict, mut chosen) = (Verdict::NotApplicable, None);
        missing.clear();
        profiles.clear();
        let mut session = Merged::default();
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
                let number = number as usize;
                if let Some(controls) = program.sessions.get(number) {
                    session.add(controls);
                }
                for profile in plan.session_profiles.get(number).into_iter().flatten() {
                    // Of ids that differ in case, the first one stands.
                    let place = |profile: &u32| Some(plan.profiles.get(*profile as usize)?.0);
                    let found = profiles.binary_search_by_key(&place(profile), place);
                    if let Err(at) = found {
                        profiles.insert(at, *profile);
                    }
                }
            }
        }
        let (missing, profiles): (&[u32], &[u32]) = (missing, profiles);
        Ok(Decision {
            engine: self,
            applying,
            missing,
            profiles,
            session,
            verdict,
            chosen,
            mode,
        })
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

    /// Encode the request, device compliance derived where the request says what it follows from;
    /// the result is what controls and combining depend on.
    pub(crate) fn encode(
        &self,
        evaluator: &dyn Evaluate,
        request: &Request<'_>,
        encoding: &mut gatewright_vm::Scratch,
    ) -> Signals {
        let mut signals = Signals::read(&self.plan().signals, request.facts());
        let classes = encode(self.loaded(), request.facts(), encoding);
        let derivation = Derivation::new(self, evaluator, request, classes);
        let state = derivation.map(|derivation| derivation.state());
        if let Some(state) = state.filter(|_| !request.is_compliance_unknown) {
            signals.set_compliance(state.truth());
            if let Some(compliant) = self.plan().signals.compliant() {
                settle(self.loaded(), compliant, state.truth(), encoding);
            }
        }
        signals
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
        held.clear();
        let controls = self.program().controls.iter();
        held.extend(controls.map(|control| is_held(control, request.claims(), settled)));
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

fn conflict(names: &[String], first: u32, second: u32) -> DecideError {
    let name = |effect: u32| names.get(effect as usize).cloned().unwrap_or_default();
    DecideError::Conflict {
        first: name(first),
        second: name(second),
    }
}
