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

/// What all proofs of a batch leave open.
#[derive(Debug)]
pub(super) struct AllLeaves {
    /// By proof: the place in `leaves`, which those that prove the same share.
    proved: Vec<u32>,
    /// By what is proved, then by settled signals.
    leaves: Vec<[Leaves; SETTLED_MAX]>,
    /// By certain signals: the place of what they settle to.
    settled: [u8; CERTAIN_MAX],
}

impl AllLeaves {
    pub(super) fn new(engine: &Engine, demands: &Demands, proofs: &[Proof]) -> AllLeaves {
        let (proved, distinct) = distinct(proofs);
        let leaves = distinct
            .into_iter()
            .map(|proof| leaves_of(engine, demands, proof));
        AllLeaves {
            proved,
            leaves: leaves.collect(),
            settled: std::array::from_fn(|place| {
                let settled = Signals::of_certain_place(place).settle(View::Stated);
                u8::try_from(settled.place()).unwrap_or(0)
            }),
        }
    }

    /// What the proof of this number leaves open under the certain signals of this place.
    #[inline]
    pub(super) fn get(&self, proof: usize, certain: usize) -> Option<&Leaves> {
        let proved = self.proved.get(proof).copied();
        let by_settled = proved.and_then(|at| self.leaves.get(at as usize));
        let place = self.settled.get(certain).copied().map(usize::from);
        by_settled.zip(place).and_then(|(of, at)| of.get(at))
    }
}

/// The certain signals of some rows, which are looked up column by column.
pub(super) struct Tile {
    first: usize,
    end: usize,
    places: [u8; TILE],
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

impl Tile {
    /// The place of the certain signals of a row, see [`Signals::certain_place`]. Rows ascend.
    #[inline]
    pub(super) fn certain(&mut self, said: &[Said<'_>], row: usize) -> Result<usize, DecideError> {
        if row >= self.end {
            self.fill(said, row).ok_or(DecideError::Columns)?;
        }
        let place = self.places.get(row.wrapping_sub(self.first));
        place.copied().map(usize::from).ok_or(DecideError::Columns)
    }

    fn fill(&mut self, said: &[Said<'_>], first: usize) -> Option<()> {
        (self.first, self.end) = (first, first + TILE);
        self.places = [0; TILE];
        for (said, codes) in said {
            for (place, code) in self.places.iter_mut().zip(codes.get(first..)?) {
                let said = said.get(*code as usize)?.certain_place();
                *place |= u8::try_from(said).unwrap_or(0);
            }
        }
        Some(())
    }
}

/// By proof the place of what it proves among all that is proved, and a proof of each.
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
            let place = u32::try_from(distinct.len()).unwrap_or(u32::MAX);
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
