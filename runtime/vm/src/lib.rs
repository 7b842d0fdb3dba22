//! Encoding a request into classes, and the interpreter.
//!
//! [`Loaded`] is a verified program made ready to run: patterns are compiled, lookups prepared.
//! [`Facts`] are what is known of one sign-in, a [`Fact`] per attribute. [`encode()`] turns them
//! into one class per variable, each value looked up once whatever the number of policies, and
//! [`run()`] evaluates an entry of the code on the classes. Neither allocates once its [`Scratch`]
//! has met values of the same sizes.

mod encode;
mod facts;
mod interpret;
mod loaded;

pub use encode::{Scratch, encode, settle};
pub use facts::{AttributeHandle, Fact, FactError, Facts, TEXT_BYTES_MAX};
pub use interpret::{run, run_counting};
pub use loaded::{Loaded, PatternError};
