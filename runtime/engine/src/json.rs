//! JSON with places: a small reader that knows where everything was written.
//!
//! RFC 8259 and nothing more: no comments, no trailing commas. Characters are read by [steps]; what
//! is read for its own sake becomes a [tree], with a [scanner] that knows its place, and a sign-in
//! that only has to be decided does not (`entra/stream.rs`).
//!
//! In a tree, strings are borrowed where they have no escapes, numbers stay text, members stay in
//! order, and a repeated member is an error with both places, because readers differ in which one
//! they take.

mod names;
mod scanner;
pub(crate) mod steps;
mod tree;

pub(crate) use names::Names;
pub(crate) use tree::{Json, Member, Reader, Value};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// Line and column of a byte, both from 1; columns are characters.
pub(crate) fn line_and_column(bytes: &[u8], offset: usize) -> (u32, u32) {
    let before = bytes.get(..offset).unwrap_or(bytes);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let current = before.get(start..).unwrap_or_default();
    // Bytes that continue a character are not counted.
    let column = current
        .iter()
        .filter(|byte| (**byte & 0xC0) != 0x80)
        .count()
        + 1;
    let narrow = |count| u32::try_from(count).unwrap_or(u32::MAX);
    (narrow(line), narrow(column))
}
