//! One module per verb.

pub(crate) mod analyze;
pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod fmt;
pub(crate) mod import;
pub(crate) mod inspect;
pub(crate) mod lsp;
pub(crate) mod new;
pub(crate) mod prove;
pub(crate) mod rule;
pub(crate) mod test;
