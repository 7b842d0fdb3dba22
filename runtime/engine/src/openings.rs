//! What stays open when some controls hold, kept from one decision to the next.
//!
//! Sign-ins differ in what they have proved less than in anything else, so what follows from the
//! controls that hold is worked out once for each set of them that a thread meets, as far as there
//! is room.
//!
//! INVARIANT: a filled row is what its program says of its controls.

use gatewright_bytecode::masks::Lanes;

use crate::demands::{DemandSet, Demands};
use crate::proof::ControlSet;

/// Rows, as a power of two.
const ROWS_LOG2: u32 = 8;
/// How many rows there are.
const ROWS: usize = 1 << ROWS_LOG2;

/// Spreads sets that differ in few bits over the rows: 2⁶⁴ divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What stays open when these controls hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Opening {
    held: ControlSet,
    /// The demands that are not satisfied.
    pub(crate) open: DemandSet,
    /// The lanes of the first block that come to anything.
    pub(crate) telling: Lanes,
}

/// Openings of one program.
#[derive(Debug)]
pub(crate) struct Openings {
    program: u64,
    filled: [u64; ROWS / 64],
    rows: Box<[Opening; ROWS]>,
}

impl Default for Openings {
    fn default() -> Openings {
        Openings {
            program: 0,
            filled: [0; ROWS / 64],
            rows: Box::new([Opening::default(); ROWS]),
        }
    }
}

impl Opening {
    pub(crate) fn new(demands: &Demands, held: ControlSet) -> Opening {
        let open = demands.open(held);
        Opening {
            held,
            open,
            telling: demands.telling(open),
        }
    }
}

impl Openings {
    /// The opening of these controls in the program of this identity, whose demands these are.
    #[inline]
    pub(crate) fn of(&mut self, program: u64, demands: &Demands, held: ControlSet) -> Opening {
        if self.program != program {
            (self.program, self.filled) = (program, [0; ROWS / 64]);
        }
        let place = (held.wrapping_mul(SPREAD) >> (u64::BITS - ROWS_LOG2)) as usize;
        let slots = self
            .rows
            .get_mut(place)
            .zip(self.filled.get_mut(place / 64));
        let Some((row, filled)) = slots else {
            return Opening::new(demands, held);
        };
        let bit = 1 << (place % 64);
        if *filled & bit == 0 || row.held != held {
            *row = Opening::new(demands, held);
            *filled |= bit;
        }
        *row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use gatewright_bytecode::Program;

    #[test]
    fn rows_of_one_program_are_never_those_of_another() {
        let mut program = Program::default();
        program.origin.is_entra = true;
        let engine = Engine::from_program(program).unwrap();
        let demands = engine.plan().demands.as_ref().unwrap();
        let mut openings = Openings::default();
        let filled = |openings: &Openings| {
            let words = openings.filled.iter();
            words.map(|word| word.count_ones()).sum::<u32>()
        };
        openings.of(1, demands, 5);
        openings.of(1, demands, 5);
        assert_eq!(filled(&openings), 1);
        openings.of(2, demands, 7);
        assert_eq!((openings.program, filled(&openings)), (2, 1));
    }
}
