//! Names, types and meaning: the typed policies that every later phase works on.
//!
//! Trees come in, a [`model::PolicySet`] and diagnostics come out. Nothing fails: what cannot be
//! understood is reported, and the rest is checked.

mod annotations;
mod check;
mod compliance;
pub mod data;
mod expr;
mod lints;
mod lower_schema;
pub mod model;
mod objects;
mod policy;
mod problems;
pub mod rule;
mod rules;
pub mod scenario;
pub mod schema;
mod stdlib;
mod suggest;
mod suppress;
mod symbols;
mod terms;

pub use check::{Checked, Context, check};
pub use lints::lint;
pub use lower_schema::{OWN_DIALECT, lower_schema};
pub use problems::syntax::diagnostic as syntax_diagnostic;
pub use stdlib::{ENTRA_NAME, ENTRA_TEXT, entra_schema};
pub use suppress::suppress;
