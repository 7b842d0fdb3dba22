//! Scenario tests: every step's sign-in is decided by the runtime and compared with what is
//! expected of it.
//!
//! INVARIANT: nothing here reads a clock, a file or the environment: equal tests give equal
//! results, and a test that needs a time says it.

mod coverage;
mod filter;
mod judge;
mod render;
mod request;
mod run;
mod why;

pub use coverage::{Coverage, Outcomes, Seen};
pub use filter::Filter;
pub use render::{Suite, human, json, junit};
pub use request::to_json;
pub use run::{Failure, Options, Run, RunError, TestResult, run};
