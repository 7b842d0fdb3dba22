//! What the checker says: typed facts in, wording and fixes out.
//!
//! One function or struct per finding, grouped by theme. A finding is worded here and nowhere else,
//! so that this folder is the place to read how the compiler speaks.

pub(crate) mod clauses;
pub(crate) mod clients;
pub(crate) mod compliance;
pub(crate) mod coverage;
pub(crate) mod data;
pub(crate) mod dialects;
pub(crate) mod expressions;
pub(crate) mod invariants;
pub(crate) mod lints;
pub(crate) mod names;
pub(crate) mod objects;
pub(crate) mod risk;
pub(crate) mod scenarios;
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod structure;
pub(crate) mod syntax;
pub(crate) mod targets;
pub(crate) mod templates;
pub(crate) mod values;
pub(crate) mod workloads;
