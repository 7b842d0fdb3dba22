//! What an editor offers and says at every word of real text: of the example projects, and of the
//! pages of the language.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod actions;
mod completion;
mod everywhere;
mod examples;
mod hover;
