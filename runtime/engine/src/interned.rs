//! Requests by numbers: every value has been looked up, and nothing has been brought together.
//!
//! A service that keeps its users' groups as numbers keeps them in here: an interned request has
//! four bytes for each group that the program knows, and no texts.

use gatewright_bytecode::masks::Lanes;
use gatewright_vm::Interning;

use crate::decision::Decision;
use crate::engine::{DecideError, Engine, Mode, Scratch};
use crate::outcome::Outcome;
use crate::parts::{Part, Proof};
use crate::request::Request;
use crate::signals::{Signals, View};

/// A request whose values have been looked up, for one program and mode. Made by
/// [`Engine::intern`].
#[derive(Clone, Debug)]
pub struct Interned {
    found: Found,
    signals: Signals,
    proof: Proof,
    mode: Mode,
}

#[derive(Clone, Debug)]
enum Found {
    Numbers(gatewright_vm::Interned),
    /// Of a program that numbers are not for: a part of everything.
    Whole(Box<Part>),
}

impl Engine {
    /// Look up every value of a request, to decide it again and again. Allocates.
    ///
    /// # Errors
    /// The request is of another program, or decisions depend on more attributes than parts can
    /// cover.
    pub fn intern(
        &self,
        request: &Request<'_>,
        scratch: &mut Scratch,
        mode: Mode,
    ) -> Result<Interned, DecideError> {
        let loaded = self.loaded();
        if !request.facts().belong_to(loaded) {
            return Err(DecideError::OtherProgram);
        }
        let proof = self.prove(request.claims());
        let (found, signals) = match Interning::new(loaded, mode.rail()) {
            Some(mut interning) => {
                let derived = self.derived(request, scratch);
                let buffers = &mut scratch.buffers;
                let signals = self.find(request, derived, buffers, &mut interning);
                (Found::Numbers(interning.finish()), signals)
            }
            None => {
                let part = self.encode_part(request, self.uncovered(&[]), scratch, mode)?;
                let signals = part.signals;
                (Found::Whole(Box::new(part)), signals)
            }
        };
        Ok(Interned {
            found,
            signals,
            proof,
            mode,
        })
    }

    /// What the policies that apply come to; otherwise as [`combined`](Self::combined).
    ///
    /// # Errors
    /// The request was interned for another program; see [`DecideError`].
    pub fn combined_interned<'a>(
        &'a self,
        interned: &Interned,
        scratch: &'a mut Scratch,
    ) -> Result<Outcome<'a>, DecideError> {
        let Interned { proof, mode, .. } = interned;
        let numbers = match &interned.found {
            Found::Numbers(numbers) => numbers,
            Found::Whole(part) => return self.combined_parts(&[part], proof, scratch, *mode),
        };
        let lanes = self.lanes(numbers, proof)?;
        let settled = interned.signals.settle(View::Stated);
        match self.bits(&settled) {
            Some(demands) => {
                self.combined_of_lanes(lanes, demands, &settled, proof.proved, scratch, *mode)
            }
            None => {
                let decision =
                    self.decision_of_lanes(lanes, proof.held(), &settled, scratch, *mode)?;
                Ok(decision.outcome.if_blocked_nothing_else())
            }
        }
    }

    /// The decision with the list of the policies that apply; otherwise as
    /// [`decide`](Self::decide).
    ///
    /// # Errors
    /// As [`combined_interned`](Self::combined_interned).
    pub fn decide_interned<'a>(
        &'a self,
        interned: &Interned,
        scratch: &'a mut Scratch,
    ) -> Result<Decision<'a>, DecideError> {
        let Interned { proof, mode, .. } = interned;
        let numbers = match &interned.found {
            Found::Numbers(numbers) => numbers,
            Found::Whole(part) => return self.decide_parts(&[part], proof, scratch, *mode),
        };
        let lanes = self.lanes(numbers, proof)?;
        let settled = interned.signals.settle(View::Stated);
        self.decision_of_lanes(lanes, proof.held(), &settled, scratch, *mode)
    }

    #[inline]
    fn lanes(
        &self,
        numbers: &gatewright_vm::Interned,
        proof: &Proof,
    ) -> Result<Lanes, DecideError> {
        let lanes = numbers.lanes(self.loaded());
        let is_own = proof.program == self.loaded().identity();
        lanes.filter(|_| is_own).ok_or(DecideError::OtherProgram)
    }
}
