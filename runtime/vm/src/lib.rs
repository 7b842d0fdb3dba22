//! Encoding a request into classes, and the interpreter.
//!
//! [`Loaded`] is a verified program made ready to run: patterns are compiled, lookups prepared.
//! [`Facts`] are what is known of one sign-in, a [`Fact`] per attribute. [`encode()`] turns them
//! into one class per variable, each value looked up once whatever the number of policies, and
//! [`run()`] evaluates an entry of the code on the classes. Neither allocates once its [`Scratch`]
//! has met values of the same sizes.
//!
//! Where a program has masks, what is found needs no classes: [`Gathered`] adds up what it brings,
//! [`applying()`] says which lanes apply, a [`Part`] is encoded once for many decisions, and a
//! [`Batch`] decides columns.

mod batch;
mod encode;
mod facts;
mod interpret;
mod loaded;
mod lookup;
mod masks;

pub use batch::{Batch, Column, Dictionary};
pub use encode::{Buffers, ClassVector, Encoder, Scratch, Sink, encode, outcomes, settle};
pub use facts::{AttributeHandle, Fact, FactError, Facts, TEXT_BYTES_MAX};
pub use interpret::{Rail, run, run_counting};
pub use loaded::Loaded;
pub use lookup::PatternError;
pub use masks::{
    Answer, ApplyError, GatherSink, Gathered, Interned, Interning, Listing, Part, Visit, applying,
    only_block, uncovered,
};
