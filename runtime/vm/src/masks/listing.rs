//! Policy numbers in ascending order.
//!
//! Lanes are in the order of effects, so the numbers are sorted by setting a bit for each: a word
//! for 64 policies, and above it a bit for each word.
//!
//! INVARIANT: between two lists all bits are zero.

use gatewright_bytecode::masks::{LANES, Lanes};

use super::evaluate::{ApplyError, Visit, applying};
use super::gathered::Gathered;
use super::lanes::members;
use super::part::Part;
use crate::loaded::Loaded;

/// Space for sorting policy numbers.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    words: Vec<u64>,
    summary: Vec<u64>,
}

struct Setting<'a> {
    policies: &'a [u32],
    words: &'a mut [u64],
    summary: &'a mut [u64],
}

impl Setting<'_> {
    fn set(&mut self, block: usize, lanes: Lanes) {
        let policies = self.policies.get(block * LANES..).unwrap_or(&[]);
        for (word, policies) in lanes.iter().zip(policies.chunks(64)) {
            for policy in members(*word).filter_map(|lane| policies.get(lane)) {
                let place = *policy as usize / 64;
                if let Some(word) = self.words.get_mut(place) {
                    *word |= 1 << (policy % 64);
                }
                if let Some(word) = self.summary.get_mut(place / 64) {
                    *word |= 1 << (place % 64);
                }
            }
        }
    }
}

impl Visit for Setting<'_> {
    fn wants(&mut self, _block: usize) -> bool {
        true
    }

    fn wants_all(&self) -> bool {
        true
    }

    fn block(&mut self, block: usize, lanes: Lanes) {
        self.set(block, lanes);
    }
}

impl Listing {
    /// Append the policies that apply, enforced and report-only, ascending: see
    /// [`applying`](super::applying()).
    ///
    /// # Errors
    /// See [`ApplyError`]. Nothing has been appended then.
    pub fn list(
        &mut self,
        loaded: &Loaded,
        gathered: &mut Gathered,
        parts: &[&Part],
        into: &mut Vec<u32>,
    ) -> Result<(), ApplyError> {
        let mut setting = self.setting(loaded);
        let result = applying(loaded, gathered, parts, &mut setting);
        self.take(into);
        result
    }

    /// Append the policies of these lanes of the first block, ascending.
    pub fn list_lanes(&mut self, loaded: &Loaded, lanes: Lanes, into: &mut Vec<u32>) {
        let tables = loaded.tables();
        if let Some(policies) = tables.and_then(|tables| tables.in_order.as_deref()) {
            let (policies, _) = policies.as_chunks::<64>();
            for (word, policies) in lanes.into_iter().zip(policies) {
                let policy = |lane: usize| policies.get(lane % 64).copied();
                into.extend(members(word).filter_map(policy));
            }
            return;
        }
        self.setting(loaded).set(0, lanes);
        self.take(into);
    }

    fn setting<'a>(&'a mut self, loaded: &'a Loaded) -> Setting<'a> {
        let program = loaded.program();
        let count = program.policies.len().div_ceil(64);
        self.words.resize(count.max(self.words.len()), 0);
        self.summary
            .resize(count.div_ceil(64).max(self.summary.len()), 0);
        Setting {
            policies: program.masks.as_ref().map_or(&[], |masks| &masks.lanes),
            words: &mut self.words,
            summary: &mut self.summary,
        }
    }

    fn take(&mut self, into: &mut Vec<u32>) {
        for (summary, words) in self
            .summary
            .iter_mut()
            .zip(self.words.chunks_mut(64).enumerate())
        {
            let (high, words) = words;
            for middle in members(std::mem::take(summary)) {
                let Some(word) = words.get_mut(middle) else {
                    continue;
                };
                // Numbers of policies are words, so those of their places are.
                let first = (high * 64 + middle) as u32 * 64;
                into.extend(members(std::mem::take(word)).map(|low| first + low as u32));
            }
        }
    }
}
