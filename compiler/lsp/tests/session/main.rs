//! Scripted sessions: a client in memory speaks with a server over channels, on files in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod actions;
mod client;
mod completion;
mod diagnostics;
mod documents;
mod explaining;
mod features;
mod formatting;
mod highlighting;
mod host;
mod invariants;
mod json;
mod lenses;
mod lifecycle;
mod marked;
mod names;
mod pauses;
mod projects;
mod robustness;
mod same_as_fresh;
mod selection;
mod streams;
mod testing;
