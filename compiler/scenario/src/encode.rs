//! Sign-ins as classes of the diagrams that an engine's program was emitted from.

use std::cell::RefCell;

use gatewright_bytecode::Program;
use gatewright_codegen::{MaskUse, Options as EmitOptions, emit};
use gatewright_decision::{Decisions, Limits, build, join};
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{
    CompliancePart, Engine, Evaluate, Interpreter, Mode, Rail, Request, Scratch,
};
use gatewright_source::SourceMap;

use crate::run::RunError;

/// The diagrams of a set as they are written, and an engine that reads sign-ins for them.
#[derive(Debug)]
pub(crate) struct Encoding {
    pub(crate) decisions: Decisions,
    pub(crate) engine: Engine,
}

impl Encoding {
    /// Nothing is optimised away: an edge stands for what somebody wrote.
    pub(crate) fn new(set: &PolicySet, sources: &SourceMap) -> Result<Encoding, RunError> {
        Encoding::of(set, build(set, &Limits::default()), sources)
    }

    /// The same over the space in which it is said which sign-ins can exist.
    pub(crate) fn joint(set: &PolicySet, sources: &SourceMap) -> Result<Encoding, RunError> {
        let decisions = join(&[set]).diagrams(&Limits::default());
        Encoding::of(set, decisions, sources)
    }

    fn of(
        set: &PolicySet,
        decisions: Decisions,
        sources: &SourceMap,
    ) -> Result<Encoding, RunError> {
        let options = EmitOptions {
            masks: MaskUse::Never,
            ..EmitOptions::default()
        };
        let program: Program = emit(set, &decisions, sources, &options);
        let engine = Engine::from_program(program)?;
        Ok(Encoding { decisions, engine })
    }

    /// The classes of a sign-in, one per variable; none where no policy is switched on.
    pub(crate) fn classes(&self, request: &Request<'_>, scratch: &mut Scratch) -> Vec<u32> {
        let watch = Watch {
            interpreter: self.engine.interpreter(),
            classes: RefCell::default(),
        };
        // Effects that exclude each other are no matter here: nothing is decided.
        let _ = self
            .engine
            .decide_with(&watch, request, scratch, Mode::Graph);
        watch.classes.into_inner()
    }
}

/// Keeps the classes that policies are asked at; by then device compliance has been derived.
struct Watch<'e> {
    interpreter: Interpreter<'e>,
    classes: RefCell<Vec<u32>>,
}

impl Evaluate for Watch<'_> {
    fn policy(&self, _policy: usize, _rail: Rail, classes: &[u32]) -> bool {
        let mut kept = self.classes.borrow_mut();
        if kept.is_empty() {
            kept.extend_from_slice(classes);
        }
        false
    }

    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool {
        self.interpreter.condition(policy, condition, rail, classes)
    }

    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool {
        self.interpreter.compliance(policy, part, rail, classes)
    }
}
