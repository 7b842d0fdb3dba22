//! The optimiser: passes over what a policy set says, between its formulas and its diagrams.
//!
//! A pass rewrites the space and every formula over it; the diagrams are built from the formulas
//! afterwards, so the two cannot come apart, on either rail. The meaning of a formula is kept for
//! every sign-in, missing facts included: what holds in ordinary logic alone is not used.
//!
//! | pass | what it does |
//! |---|---|
//! | `sets` | tests of elements of one set that are asked together become one test |
//! | `classes` | classes that no condition tells apart become one; variables that nothing asks about go |
//!
//! Classes of a sign-in are classes of one space: those of the space before mean nothing after.

mod classes;
mod draft;
mod sets;

use core::time::Duration;

use gatewright_hir::model::PolicySet;

use crate::build::{Decisions, Statements, state};
use crate::limits::Limits;
use draft::Draft;

/// A pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    /// Tests of elements of one set that are asked together become one.
    Sets,
    /// Classes that no condition tells apart become one.
    Classes,
}

impl Pass {
    /// All of them, in the order in which they run.
    pub const ALL: [Pass; 2] = [Pass::Sets, Pass::Classes];

    /// Its name in reports and options.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Pass::Sets => "sets",
            Pass::Classes => "classes",
        }
    }

    /// The pass of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Pass> {
        Pass::ALL.into_iter().find(|pass| pass.name() == name)
    }

    /// Check what the pass promises of what it leaves: that it would find nothing more to do.
    ///
    /// # Errors
    /// What is left to do, in words.
    pub fn verify(self, decisions: &Decisions) -> Result<(), String> {
        let draft = Draft::new(Statements::of(decisions));
        draft.verify()?;
        match self {
            Pass::Sets => sets::verify(&draft),
            Pass::Classes => classes::verify(&draft),
        }
    }

    fn run(self, draft: &mut Draft, notes: &mut Notes) {
        match self {
            Pass::Sets => sets::merge(draft, notes),
            Pass::Classes => classes::merge(draft, notes),
        }
    }
}

/// Which passes run, and what they say of themselves.
#[derive(Clone, Debug)]
pub struct OptimiseOptions {
    /// What building the diagrams may cost.
    pub limits: Limits,
    /// The passes that run.
    pub passes: Vec<Pass>,
    /// Whether every pass says what it did.
    pub has_dump: bool,
    /// Whether diagrams are built around every pass, to count their nodes.
    pub counts_nodes: bool,
    /// The time since any fixed moment, for the time that passes take. There is no clock here.
    pub clock: Option<fn() -> Duration>,
}

impl Default for OptimiseOptions {
    fn default() -> Self {
        OptimiseOptions {
            limits: Limits::default(),
            passes: Pass::ALL.to_vec(),
            has_dump: false,
            counts_nodes: false,
            clock: None,
        }
    }
}

/// What the passes did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One entry per pass that ran, in order.
    pub effects: Vec<Effect>,
}

/// What a pass did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Which pass.
    pub pass: Pass,
    /// How much there was.
    pub before: Size,
    /// How much is left.
    pub after: Size,
    /// How long it took, where there is a clock.
    pub took: Option<Duration>,
    /// What it did, a line each, where that was asked for.
    pub dump: String,
}

/// How much there is to test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Variables.
    pub variables: usize,
    /// Classes of all variables.
    pub classes: usize,
    /// Literals of all different conditions.
    pub literals: usize,
    /// Runs of classes of these literals.
    pub runs: usize,
    /// Nodes of all diagrams, where they were counted.
    pub nodes: Option<usize>,
}

/// What a pass says of itself.
pub(crate) struct Notes {
    text: Option<String>,
}

impl Notes {
    /// Add a line, which is made only where somebody reads it.
    pub(crate) fn add(&mut self, line: impl FnOnce() -> String) {
        if let Some(text) = &mut self.text {
            text.push_str(&line());
            text.push('\n');
        }
    }
}

impl Effect {
    /// What it did in one line, without its name.
    #[must_use]
    pub fn summary(&self) -> String {
        let Effect { before, after, .. } = self;
        let mut counts = vec![
            ("variables", before.variables, after.variables),
            ("classes", before.classes, after.classes),
            ("literals", before.literals, after.literals),
            ("runs", before.runs, after.runs),
        ];
        if let (Some(before), Some(after)) = (before.nodes, after.nodes) {
            counts.push(("nodes", before, after));
        }
        let mut parts: Vec<String> = counts
            .iter()
            .map(|(what, before, after)| format!("{what} {before} → {after}"))
            .collect();
        parts.extend(self.took.map(|took| format!("{} µs", took.as_micros())));
        parts.join(", ")
    }
}

impl std::fmt::Display for Effect {
    /// One line.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.pass.name(), self.summary())
    }
}

/// Build the diagrams of a policy set, optimised: the same as [`optimise`] of what
/// [`build`](crate::build()) builds, without building it first.
#[must_use]
pub fn build_optimised(set: &PolicySet, options: &OptimiseOptions) -> (Decisions, Report) {
    run(state(set), options)
}

/// Optimise diagrams. They decide every sign-in as before, by classes of another space.
#[must_use]
pub fn optimise(decisions: &Decisions, options: &OptimiseOptions) -> (Decisions, Report) {
    run(Statements::of(decisions), options)
}

fn run(statements: Statements, options: &OptimiseOptions) -> (Decisions, Report) {
    let mut draft = Draft::new(statements);
    let mut report = Report::default();
    let size = |draft: &Draft| {
        let mut size = draft.size();
        if options.counts_nodes {
            size.nodes = Some(draft.decisions(&options.limits).dag.node_count());
        }
        size
    };
    let mut before = size(&draft);
    for pass in Pass::ALL {
        if !options.passes.contains(&pass) {
            continue;
        }
        let mut notes = Notes {
            text: options.has_dump.then(String::new),
        };
        let start = options.clock.map(|clock| clock());
        pass.run(&mut draft, &mut notes);
        let took = options.clock.zip(start);
        let took = took.map(|(clock, start)| clock().saturating_sub(start));
        debug_assert_eq!(draft.verify(), Ok(()), "{}", pass.name());
        let after = size(&draft);
        report.effects.push(Effect {
            pass,
            before,
            after,
            took,
            dump: notes.text.unwrap_or_default(),
        });
        before = after;
    }
    (draft.decisions(&options.limits), report)
}
