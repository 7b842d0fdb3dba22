//! Rows of `docs/semantics.md`, section by section, over policies built by hand.

mod builder;
mod compliance;
mod conditions;
mod devices;
mod own;
mod quantifiers;
mod registration;
mod requests;
mod session;
mod strengths;
mod tags;
mod targets;
mod verdict;
mod who;
