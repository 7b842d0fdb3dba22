//! Decision DAG to bytecode program.
//!
//! [`emit`] lowers what [`gatewright_decision::build`] has built: variables and their classes
//! become matchers, nodes become instructions, and what policies require becomes tables of numbers.
//! Nothing is decided here: an entry of the program and the root it comes from are the same
//! function.

mod code;
mod controls;
mod masks;
mod matchers;
mod places;
mod program;

pub use program::{MaskUse, Options, emit};
