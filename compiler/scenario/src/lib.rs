//! Scenario tests: every step's sign-in is decided by the runtime and compared with what is
//! expected of it.
//!
//! INVARIANT: nothing here reads a clock, a file or the environment: equal tests give equal
//! results, and a test that needs a time says it.

mod coverage;
mod encode;
mod filter;
mod invariants;
mod judge;
mod mutate;
mod mutation;
mod names;
mod render;
mod request;
mod run;
mod suggestions;
mod why;

pub use coverage::{Coverage, Outcomes, PolicyEdge, Seen};
pub use filter::Filter;
pub use invariants::{Holds, InvariantResult};
pub use mutate::{Mutant, Mutants, Operator, mutants};
pub use mutation::{Fate, Judged, MutantResult, Mutation, Witness, mutation};
pub use render::{Suite, human, json, junit, suggested};
pub use request::to_json;
pub use run::{Failure, Options, Run, RunError, TestResult, run};
pub use suggestions::{Suggestion, Suggestions, Unsettled};
