//! The language server: the only crate that names a type of the Language Server Protocol.
//!
//! [`serve`] speaks with a client over channels until it leaves; [`transport`] makes channels of
//! streams of bytes. What there is to say comes from `gatewright-ide` and is turned into the
//! protocol's words in `convert`; projects and files come from a [`Host`], so a session can be
//! scripted without a file system.
//!
//! The main thread owns the texts and the projects. Edits are applied in the order in which they
//! arrive; before a request is served, or when nothing waits, what has changed is compiled once into
//! a snapshot. Requests are answered on a few threads from the snapshot that they met, files are
//! read on one of their own, and what takes longer than typing allows runs behind, after a pause,
//! until the next edit.
//!
//! INVARIANT: whatever a client sends, the server lives until it is asked to leave or the client is
//! gone. A panic ends what it happened in, and nothing else.

mod background;
mod capabilities;
mod client;
mod commands;
mod context;
mod convert;
mod custom;
mod diagnostics;
mod documents;
mod host;
mod outcomes;
mod pages;
mod pool;
mod positions;
mod projects;
mod pull;
mod requests;
mod server;
mod settings;
mod tokens;
pub mod transport;
mod uri;

pub use host::{Host, Loaded};
pub use server::{End, serve};
