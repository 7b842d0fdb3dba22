//! Microsoft Graph JSON in, typed policies out; typed policies in, policy text out.
//!
//! [`read()`] takes one file and finds the objects in it, whatever the wrapping; [`assemble()`] puts
//! the files of a project or tenant together. [`write_project`] writes policies as text that reads
//! well and means the same. How device filter rules are read is given by the caller
//! ([`RuleReader`]).
//!
//! `docs/semantics.md` is the authority for what members mean; every finding is a `GW06xx` code.

mod assemble;
mod context;
pub mod corpus;
mod directory;
mod export;
mod json;
mod problems;
mod read;
mod recognise;
mod sink;
mod strict;
mod vocabulary;
mod write;

pub use assemble::{Assembled, assemble};
pub use context::{Context, RuleReader, RuleReading};
pub use directory::{
    AttributeValue, Directory, DirectoryGroup, DirectoryIndex, DirectoryUser, Memberships,
    TagValue, TaggedKind, TaggedObject, USER_ATTRIBUTES,
};
pub use export::{
    ExportOptions, Exported, contradictions, rule_text, write_compliance, write_graph,
    write_terraform,
};
pub use recognise::{
    Document, Found, ObjectMembers, ObjectShape, listed_shape, read, read_directory, shape_of,
};
pub use write::{ImportOptions, write_project};
