//! The instructions: one table, from which encoder, decoder, verifier and disassembler follow.
//!
//! An instruction is a word with the operation in its low 8 bits and a count in the high 24, followed
//! by operand words. Targets are absolute word indexes and always lie after the instruction, so that
//! evaluation ends.
//!
//! | op | name | operands | meaning |
//! |---|---|---|---|
//! | 0 | `reject` | – | the condition does not hold |
//! | 1 | `accept` | – | the condition holds |
//! | 2 | `range` | variable, first, last, yes, no | jump to `yes` if `first ≤ class ≤ last`, else `no` |
//! | 3 | `switch` | variable, then `count` × (first, target) | jump to the target of the last row whose `first ≤ class`; the first row starts at 0, rows ascend |
//! | 4 | `table` | variable, then `count` × target | jump to the target of the class; `count` is the variable's class count |

/// An operation, by the number in the low 8 bits of its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// The condition does not hold.
    Reject = 0,
    /// The condition holds.
    Accept = 1,
    /// One range of classes against the rest.
    Range = 2,
    /// Several ranges of classes.
    Switch = 3,
    /// One target per class.
    Table = 4,
}

impl Op {
    /// The operation of an instruction word.
    #[must_use]
    pub fn decode(word: u32) -> Option<Op> {
        match word & 0xFF {
            0 => Some(Op::Reject),
            1 => Some(Op::Accept),
            2 => Some(Op::Range),
            3 => Some(Op::Switch),
            4 => Some(Op::Table),
            _ => None,
        }
    }

    /// The instruction word of this operation and count.
    #[must_use]
    pub fn encode(self, count: u32) -> u32 {
        (count << 8) | self as u32
    }

    /// The count of an instruction word.
    #[must_use]
    pub fn count(word: u32) -> u32 {
        word >> 8
    }
}
