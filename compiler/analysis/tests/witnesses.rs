//! From facts to requests, to words, to the text of tests; and what the reference makes of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

#[path = "witnesses/confirm.rs"]
mod confirm;
#[path = "witnesses/given.rs"]
mod given;
#[path = "witnesses/project.rs"]
mod project;
#[path = "witnesses/requests.rs"]
mod requests;
#[path = "witnesses/words.rs"]
mod words;
