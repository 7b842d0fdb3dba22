//! Scripted sessions: a client in memory speaks with a server over channels, on files in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod client;
mod diagnostics;
mod documents;
mod features;
mod host;
mod invariants;
mod lifecycle;
mod projects;
mod robustness;
mod same_as_fresh;
mod streams;
