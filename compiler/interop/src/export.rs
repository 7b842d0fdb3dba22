//! Typed policies to the objects of Microsoft Graph.
//!
//! An object is written from what it means, in the profile of its form; then each member that was
//! written in another way is put in its place. What decides is the object as a whole: it is read
//! again, and members that would change its meaning are left out. An edited text is therefore never
//! overridden by what once was.
//!
//! INVARIANT: reading what is written here gives what was written.

mod check;
mod compliance;
mod files;
mod fill_in;
mod form;
mod inexpressible;
mod normalise;
mod objects;
mod plan;
mod policy;
mod profile;
mod rule;
mod terraform;

pub use check::contradictions;
pub use files::{ExportOptions, Exported, write_graph};
pub use rule::rule_text;
pub use terraform::write_terraform;

pub(crate) use form::{Change, apply, changes, part, worded};
pub(crate) use objects::{location_node, named_node, strength_node};
pub(crate) use plan::grouped;
pub(crate) use policy::{Expanded, generate};

pub(crate) use compliance::compliance_form;
pub use compliance::write_compliance;
