//! Names, types and meaning: the typed policies that every later phase works on.
//!
//! Trees come in, a [`model::PolicySet`] and diagnostics come out. Nothing fails: what cannot be
//! understood is reported, and the rest is checked.

mod annotations;
mod check;
mod compliance;
mod concepts;
pub mod countries;
mod cycles;
pub mod data;
mod date;
mod expr;
pub mod invariant;
mod lints;
mod lower_dialect;
mod lower_schema;
mod memo;
pub mod model;
mod objects;
mod parameter;
mod policy;
mod problems;
mod references;
pub mod rule;
mod rules;
mod samples;
pub mod scenario;
pub mod schema;
pub mod settings;
mod stdlib;
pub mod strength;
mod suggest;
mod suppress;
mod symbols;
mod template;
mod terms;
mod translate;
mod unread;
mod walk;

pub use check::{Checked, Context, check, check_again};
pub use compliance::settle_compliance;
pub use date::Date;
pub use lints::{Notation, lint};
pub use lower_schema::{OWN_DIALECT, lower_schema};
pub use memo::Memo;
pub use problems::syntax::diagnostic as syntax_diagnostic;
pub use problems::templates::USED_HERE;
pub use references::{Reference, Target};
pub use stdlib::{
    ENTRA_NAME, ENTRA_TEXT, SECURITY_DEFAULTS_NAME, SECURITY_DEFAULTS_TEXT, entra_schema,
    intune_schema, membership_schema, schema_of_dialect,
};
pub use suggest::nearest;
pub use suppress::{mark_instances, suppress};
pub use translate::{Translation, translate};
pub use unread::Unread;
