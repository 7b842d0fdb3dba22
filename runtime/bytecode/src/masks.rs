//! Bit-parallel masks: which policies each finding of a matcher permits.
//!
//! A policy's condition is brought into the form of a conjunction of clauses, each a disjunction of
//! literals (a literal: the class of one variable lies in a set). Every policy that is not disabled
//! is a *lane*: one bit. Lanes stand in *blocks* of 256, and a sign-in is decided for a whole block
//! at once:
//!
//! ```text
//! for each slot:   permitted = base(slot) | bits of the cells that were found
//!                  lanes    &= permitted            (a slot that permits)
//!                  lanes    &= !permitted           (a slot that forbids)
//! ```
//!
//! - What a matcher finds is an *outcome* ([`Matcher::outcome_count`]), and every outcome has a
//!   *cell*: the bits that it brings to each slot. Outcomes of several elements or attributes simply
//!   add up, because everything is an OR.
//! - A *slot* holds at most one clause per lane. A slot that *forbids* holds all clauses of one
//!   literal whose falsity some outcome shows (`platform ∉ {linux}`, `not in group G`); one that
//!   *permits* holds clauses whose truth outcomes show (`in group G, or user U`). `base` are the
//!   lanes without a clause there.
//! - A condition that does not fit (a clause that needs the absence of an element next to other
//!   literals, a conversion that would grow too large) leaves its lane *residual*: the masks then
//!   permit at least what the policy does, and its code is run where they do.
//! - A block of narrow lanes has an *opener*: a slot in which every lane of the block has a clause.
//!   Unless some outcome brings bits to that slot, the block need not be looked at.
//!
//! The two rails differ only in what *unknown* outcomes bring.

use serde::{Deserialize, Serialize};

use crate::program::Matcher;

/// Lanes in a block.
pub const LANES: usize = 256;

/// LIMIT: blocks of a program, so that a set of blocks is a word. Programs with more policies are
/// decided by walking.
pub const BLOCKS_MAX: usize = 64;

/// The lanes of a block, as bits: lane `i` is bit `i % 64` of word `i / 64`.
pub type Lanes = [u64; LANES / 64];

/// The cell of an outcome that brings nothing.
pub const NO_CELL: u32 = u32::MAX;

/// The mask lowering of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masks {
    /// The policy of each lane. Every policy that is not disabled has exactly one. Those
    /// of one block ascend.
    pub lanes: Vec<u32>,
    /// The lanes whose code is to be run where the masks permit them, ascending.
    pub residual: Vec<u32>,
    /// The slots of all blocks, in the order in which they are best looked at.
    pub slots: Vec<Slot>,
    /// What the lanes of each block start from.
    pub blocks: Vec<Block>,
    /// What outcomes bring. The segments of cell `i` end where those of cell `i + 1` begin.
    pub cells: Vec<Cell>,
    /// The bits that cells bring, by block, then slot, in each cell.
    pub segments: Vec<Segment>,
    /// One for each matcher.
    pub matchers: Vec<MatcherCells>,
}

/// A place for one clause of each lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Whether what outcomes bring forbids; else it permits.
    pub forbids: bool,
    /// The matchers whose outcomes bring bits to it, ascending.
    pub matchers: Vec<u32>,
}

/// Up to [`LANES`] lanes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// For each slot the lanes without a clause in it. Slots that forbid have no bits here.
    pub base: Vec<Lanes>,
    /// The slot without which nothing in the block applies.
    pub opener: Option<u32>,
}

/// What an outcome brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Its first segment.
    pub first: u32,
}

/// Bits that a cell brings to a slot of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Segment {
    /// Which block.
    pub block: u16,
    /// Which slot.
    pub slot: u16,
    /// Which lanes.
    pub bits: Lanes,
}

/// The cells of a matcher's outcomes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatcherCells {
    /// By outcome, on the rail *certain*: a cell or [`NO_CELL`].
    pub certain: Vec<u32>,
    /// By outcome, on the rail *possible*; empty where it is the same.
    pub possible: Vec<u32>,
}

impl Masks {
    /// The bits that a cell brings.
    #[must_use]
    pub fn segments_of(&self, cell: usize) -> &[Segment] {
        let first = |cell: usize| self.cells.get(cell).map(|cell| cell.first as usize);
        let Some(start) = first(cell) else {
            return &[];
        };
        let end = first(cell + 1).unwrap_or(self.segments.len());
        self.segments.get(start..end).unwrap_or(&[])
    }
}

impl Matcher {
    /// How many outcomes it can find, numbered from 0. `class_count` is the number of classes of a
    /// variable.
    ///
    /// | matcher | outcomes | found |
    /// |---|---|---|
    /// | `Boolean`, `Text`, `Ordered` | the classes of its variable | exactly one |
    /// | `TextParts`, `Predicates` | `3 × row + class`, rows in order (parts: contains, suffixes, patterns) | one for each row |
    /// | `Elements` | one for each row; then *unknown* | those of the elements that are there |
    /// | `Targets` | one for each row; then *others*; then *unknown* | one for each element |
    #[must_use]
    pub fn outcome_count(&self, class_count: impl Fn(u32) -> u32) -> usize {
        match self {
            Matcher::Boolean { variable, .. }
            | Matcher::Text { variable, .. }
            | Matcher::Ordered { variable, .. } => class_count(*variable) as usize,
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            } => 3 * (contains.len() + suffixes.len() + patterns.len()),
            Matcher::Predicates { predicates, .. } => 3 * predicates.len(),
            Matcher::Elements { elements, .. } => elements.len() + 1,
            Matcher::Targets { elements, .. } => elements.len() + 2,
        }
    }
}
