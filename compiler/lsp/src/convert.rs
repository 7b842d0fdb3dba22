//! What `gatewright-ide` found, in the protocol's words: a module for each family of requests.

pub(crate) mod actions;
pub(crate) mod completion;
pub(crate) mod explaining;
pub(crate) mod folding;
pub(crate) mod formatting;
pub(crate) mod highlighting;
pub(crate) mod lenses;
pub(crate) mod markup;
pub(crate) mod names;
pub(crate) mod navigation;
pub(crate) mod selection;
pub(crate) mod symbols;
