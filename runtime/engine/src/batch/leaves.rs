//! What the proofs of a batch leave open, and what its rows say of signals.
//!
//! Rows are many and what they prove is little: what stays open is worked out once for everything
//! different that is proved, under each way in which signals can settle.

use std::collections::HashMap;

use crate::deciding::Held;
use crate::demands::Demands;
use crate::engine::{DecideError, Engine};
use crate::openings::Opening;
use crate::parts::Proof;
use crate::signals::{CERTAIN_MAX, SETTLED_MAX, Settled, Signals, View};

/// Rows whose signals are looked up together.
const TILE: usize = 64;

/// What the values of a column say of signals, and the codes of rows.
pub(super) type Said<'a> = (&'a [Signals], &'a [u32]);

/// What a proof leaves open under settled signals.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Leaves {
    pub(super) opening: Opening,
    pub(super) can_interact: bool,
    /// Whether strengths may be replaced: then the row is decided on its own.
    pub(super) may_replace: bool,
}

/// What all rows of a batch leave open.
#[derive(Debug)]
pub(super) struct AllLeaves<'a> {
    /// By proof: the place of its first row in `leaves`; proofs that prove the same share it.
    proved: Vec<u32>,
    /// By what is proved, then by settled signals.
    leaves: Vec<Leaves>,
    /// By certain signals: the place of what they settle to.
    settled: [u8; CERTAIN_MAX],
    /// By row; empty where all have the first proof.
    proof_codes: &'a [u32],
    /// The columns that say something of signals.
    said: Vec<Said<'a>>,
}

impl<'a> AllLeaves<'a> {
    pub(super) fn new(
        engine: &Engine,
        demands: &Demands,
        proofs: &[Proof],
        proof_codes: &'a [u32],
        said: Vec<Said<'a>>,
    ) -> AllLeaves<'a> {
        let (proved, distinct) = distinct(proofs);
        let leaves = distinct
            .into_iter()
            .flat_map(|proof| leaves_of(engine, demands, proof));
        AllLeaves {
            proved,
            leaves: leaves.collect(),
            settled: std::array::from_fn(|place| {
                let settled = Signals::of_certain_place(place).settle(View::Stated);
                u8::try_from(settled.place()).unwrap_or(0)
            }),
            proof_codes,
            said,
        }
    }

    /// What a row leaves open. Rows ascend, from one call to the next.
    #[inline]
    pub(super) fn of(&self, row: usize, tile: &mut Tile) -> Result<&Leaves, DecideError> {
        if row >= tile.end {
            self.fill(tile, row).ok_or(DecideError::Columns)?;
        }
        let place = tile.places.get(row.wrapping_sub(tile.first));
        let leaves = place.and_then(|place| self.leaves.get(*place as usize));
        leaves.ok_or(DecideError::Columns)
    }

    fn fill(&self, tile: &mut Tile, first: usize) -> Option<()> {
        (tile.first, tile.end) = (first, first + TILE);
        let mut certain = [0; TILE];
        for (said, codes) in &self.said {
            for (place, code) in certain.iter_mut().zip(codes.get(first..)?) {
                *place |= said.get(*code as usize)?.certain_place();
            }
        }
        let first_proof = *self.proved.first()?;
        tile.places = [first_proof; TILE];
        if !self.proof_codes.is_empty() {
            let codes = self.proof_codes.get(first..)?;
            for (place, code) in tile.places.iter_mut().zip(codes) {
                *place = *self.proved.get(*code as usize)?;
            }
        }
        for (place, certain) in tile.places.iter_mut().zip(certain) {
            *place += u32::from(*self.settled.get(certain)?);
        }
        Some(())
    }
}

/// Rows whose leaves have been looked up, column by column.
pub(super) struct Tile {
    first: usize,
    end: usize,
    /// Places in the leaves.
    places: [u32; TILE],
}

impl Default for Tile {
    fn default() -> Tile {
        Tile {
            first: 0,
            end: 0,
            places: [0; TILE],
        }
    }
}

/// By proof the place of the first of the leaves of what it proves, and a proof of each.
fn distinct(proofs: &[Proof]) -> (Vec<u32>, Vec<&Proof>) {
    let (mut places, mut distinct) = (HashMap::new(), Vec::new());
    let place = |proof| {
        // Claims that are no bits are looked up one by one.
        let key = match Proof::held(proof) {
            Held::Bits(proved) => Some(proved),
            Held::By(_) => None,
        };
        let known = key.and_then(|key| places.get(&key).copied());
        known.unwrap_or_else(|| {
            let place = u32::try_from(distinct.len() * SETTLED_MAX).unwrap_or(u32::MAX);
            distinct.push(proof);
            if let Some(key) = key {
                places.insert(key, place);
            }
            place
        })
    };
    (proofs.iter().map(place).collect(), distinct)
}

fn leaves_of(engine: &Engine, demands: &Demands, proof: &Proof) -> [Leaves; SETTLED_MAX] {
    let holdings = &engine.plan().holdings;
    let mut all_settled = [None; SETTLED_MAX];
    for certain in 0..CERTAIN_MAX {
        let settled = Signals::of_certain_place(certain).settle(View::Stated);
        if let Some(place) = all_settled.get_mut(settled.place()) {
            *place = Some(settled);
        }
    }
    all_settled.map(|settled: Option<Settled>| {
        let Some(settled) = settled else {
            return Leaves::default();
        };
        let held = match proof.held() {
            Held::Bits(proved) => holdings.held(proved, &settled),
            Held::By(claims) => holdings.held(holdings.prove(claims), &settled),
        };
        Leaves {
            opening: Opening::new(demands, held),
            can_interact: !settled.is_legacy,
            may_replace: settled.is_registering && demands.can_replace_strengths,
        }
    })
}
