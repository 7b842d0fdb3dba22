//! Rows of `docs/semantics.md`, section by section, over policies built by hand.

mod builder;
mod conditions;
mod devices;
mod own;
mod requests;
mod session;
mod strengths;
mod targets;
mod verdict;
mod who;
