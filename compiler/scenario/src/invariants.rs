//! What became of invariants, which are tests of all sign-ins at once. Whoever calls decides them.

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_source::Span;

/// What became of an invariant.
#[derive(Clone, Debug, PartialEq)]
pub struct InvariantResult {
    /// Its name.
    pub name: String,
    /// Where its name is written.
    pub span: Span,
    /// Whether it holds.
    pub holds: Holds,
    /// What there is to say of it; nothing where that is allowed.
    pub finding: Option<Diagnostic>,
}

/// Whether an invariant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// At every sign-in.
    Yes,
    /// Not at this one.
    No {
        /// The sign-in in words.
        sentence: String,
        /// The sign-in, as JSON.
        request: String,
    },
    /// Nobody knows, for this reason.
    Unknown(String),
}

impl InvariantResult {
    /// Whether it does not hold, and nobody allows that.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        let is_error = |found: &Diagnostic| found.severity == Severity::Error;
        matches!(self.holds, Holds::No { .. }) && self.finding.as_ref().is_some_and(is_error)
    }

    /// In one word.
    pub(crate) fn outcome(&self) -> &'static str {
        match self.holds {
            Holds::Yes => "passed",
            Holds::Unknown(_) => "unknown",
            Holds::No { .. } if self.has_failed() => "failed",
            Holds::No { .. } => "allowed",
        }
    }
}
