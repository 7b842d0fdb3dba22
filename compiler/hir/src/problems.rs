//! What the checker says: typed facts in, wording and fixes out.
//!
//! One function or struct per finding, grouped by theme. A finding is worded here and nowhere else,
//! so that this folder is the place to read how the compiler speaks.

pub(crate) mod clauses;
pub(crate) mod expressions;
pub(crate) mod lints;
pub(crate) mod names;
pub(crate) mod schema;
pub(crate) mod syntax;
pub(crate) mod values;
