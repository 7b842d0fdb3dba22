//! Deciding by masks: which policies apply, a block of them at a time.
//!
//! ```text
//! gathered.start(&loaded, rail);
//! outcomes(&loaded, &facts, &mut buffers, &mut gathered.sink(&loaded));
//! applying(&loaded, &mut gathered, &[], &mut visit)?;
//! ```
//!
//! - [`Gathered`] takes what matchers find and adds up the bits that this brings.
//! - A [`Part`] is what was gathered for some attributes, brought to its end as far as these
//!   attributes alone allow, to be used with other parts again and again.
//! - [`applying`] turns what was gathered and parts into the lanes of each block that apply.
//! - A [`Listing`] makes policy numbers in ascending order from lanes.
//!
//! Every attribute that matchers read is in one part, or was gathered beside them; see [`uncovered`].

mod answers;
mod evaluate;
mod gathered;
mod interned;
mod lanes;
mod listing;
mod part;
mod tables;

pub use answers::Answer;
pub use evaluate::{ApplyError, Visit, applying, only_block, uncovered};
pub use gathered::{GatherSink, Gathered};
pub use interned::{Interned, Interning};
pub use listing::Listing;
pub use part::Part;

pub(crate) use answers::Answers;
pub(crate) use evaluate::Settling;
pub(crate) use lanes::{EVERYTHING, NOTHING, and, any, members, or};
pub(crate) use tables::{AttributeSet, Tables};
