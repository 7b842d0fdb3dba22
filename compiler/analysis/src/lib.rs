//! Questions about all sign-ins at once: proofs with counterexamples, differences of two policy
//! sets, gaps, explanations.
//!
//! A [`World`] puts policy sets over one space and says which sign-ins can exist. Searches
//! ([`prove`], [`diff`]) go through a SAT solver over the classes of that space; what they find is
//! turned into values, into a request, and is confirmed by the reference evaluator before anybody
//! hears of it.
//!
//! Nothing here reads a clock or a file, and every search has a budget: where it ends, the answer
//! is that nobody knows, with what was exhausted.

pub mod analyze;
pub mod confirm;
mod controls;
pub mod cubes;
pub mod demand;
mod demands;
pub mod diff;
pub mod explain;
pub mod facts;
pub mod given;
pub mod paths;
pub mod prove;
pub mod replace;
pub mod request;
mod search;
mod solver;
mod values;
pub mod words;
pub mod world;

pub use facts::{Fact, Facts};
pub use solver::{Budget, Effort};
pub use values::classes_of;
pub use world::{Assumptions, Population, Rail, World};
