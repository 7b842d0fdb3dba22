//! Source texts, positions in them, and how bytes become text.
//!
//! Everything above this crate speaks of places as a [`Span`]: a source and a half-open range of
//! **bytes** of its decoded text. Lines, columns and UTF-16 units are computed at the rim, by
//! [`LineIndex`].
//!
//! This crate knows no token, no tree and no file system.

mod decode;
mod lines;
mod map;
mod span;

pub use decode::{DecodeError, Decoded, Encoding, decode};
pub use lines::{ColumnUnit, LineIndex, Position};
pub use map::{Source, SourceMap};
pub use span::{SourceId, Span};
