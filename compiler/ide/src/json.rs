//! Graph JSON: what an editor shows of policies, locations, strengths and directories as the
//! service writes them.

mod colours;
mod completion;
mod file;
mod hover;
mod ids;
mod layout;
mod members;
mod rule;
mod tree;

#[cfg(test)]
mod tests;

pub(crate) use colours::{highlights, links};
pub(crate) use completion::completions;
pub(crate) use file::Understood;
pub(crate) use hover::hover;
pub(crate) use ids::{hints, occurrences, symbol_at};
pub(crate) use layout::{folds, outline, selections};
