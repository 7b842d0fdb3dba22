//! The instructions: one table, from which encoder, decoder, verifier and disassembler follow.
//!
//! An instruction is a word with the operation in its low 8 bits and a count in the high 24,
//! followed by operand words. Targets are absolute word indexes and always lie after the
//! instruction, so that evaluation ends.
//!
//! | op | name | operands | meaning |
//! |---|---|---|---|
//! | 0 | `reject` | – | the condition does not hold |
//! | 1 | `accept` | – | the condition holds |
//! | 2 | `range` | variable, first, last, yes, no | go by whether `first ≤ class ≤ last` |
//! | 3 | `switch` | variable, then `count` × (first, target) | go to the row of the class |
//! | 4 | `table` | variable, then `count` × target | go to the target of the class |
//!
//! The row of a class is the last one whose `first ≤ class`; rows ascend, and the first one starts
//! at 0. The count of a table is the variable's class count.

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

/// An instruction with its operands, borrowed from the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instruction<'a> {
    /// The condition does not hold.
    Reject,
    /// The condition holds.
    Accept,
    /// One range of classes against the rest.
    Range {
        /// The variable that is tested.
        variable: u32,
        /// First class of the range.
        first: u32,
        /// Last class of the range.
        last: u32,
        /// Where to go on inside the range.
        yes: u32,
        /// Where to go on outside.
        no: u32,
    },
    /// Several ranges of classes.
    Switch {
        /// The variable that is tested.
        variable: u32,
        /// Pairs of a first class and a target.
        rows: &'a [[u32; 2]],
    },
    /// One target per class.
    Table {
        /// The variable that is tested.
        variable: u32,
        /// The target of each class.
        targets: &'a [u32],
    },
}

impl<'a> Instruction<'a> {
    /// The instruction that starts at a word. `None` where there is none: an unknown operation, a
    /// count on an operation that has none, operands that are cut off.
    #[must_use]
    pub fn decode(code: &'a [u32], at: u32) -> Option<Instruction<'a>> {
        let (word, operands) = code.get(at as usize..)?.split_first()?;
        let count = Op::count(*word) as usize;
        match (Op::decode(*word)?, operands) {
            (Op::Reject, _) if count == 0 => Some(Instruction::Reject),
            (Op::Accept, _) if count == 0 => Some(Instruction::Accept),
            (Op::Range, [variable, first, last, yes, no, ..]) if count == 0 => {
                let (variable, first, last, yes, no) = (*variable, *first, *last, *yes, *no);
                Some(Instruction::Range {
                    variable,
                    first,
                    last,
                    yes,
                    no,
                })
            }
            (Op::Switch, [variable, rows @ ..]) => {
                let (rows, _) = rows.get(..count.checked_mul(2)?)?.as_chunks();
                Some(Instruction::Switch {
                    variable: *variable,
                    rows,
                })
            }
            (Op::Table, [variable, targets @ ..]) => Some(Instruction::Table {
                variable: *variable,
                targets: targets.get(..count)?,
            }),
            _ => None,
        }
    }

    /// The variable that it tests.
    #[must_use]
    pub fn variable(&self) -> Option<u32> {
        match *self {
            Instruction::Reject | Instruction::Accept => None,
            Instruction::Range { variable, .. }
            | Instruction::Switch { variable, .. }
            | Instruction::Table { variable, .. } => Some(variable),
        }
    }

    /// How many words it takes.
    #[must_use]
    pub fn words(&self) -> usize {
        match self {
            Instruction::Reject | Instruction::Accept => 1,
            Instruction::Range { .. } => 6,
            Instruction::Switch { rows, .. } => 2 + 2 * rows.len(),
            Instruction::Table { targets, .. } => 2 + targets.len(),
        }
    }

    /// Where it can go on to, in the order of its operands.
    pub fn targets(&self) -> impl Iterator<Item = u32> + use<'a> {
        let (pair, rows, table): (&[u32], &'a [[u32; 2]], &'a [u32]) = match *self {
            Instruction::Reject | Instruction::Accept => (&[], &[], &[]),
            Instruction::Range { yes, no, .. } => (&[yes, no], &[], &[]),
            Instruction::Switch { rows, .. } => (&[], rows, &[]),
            Instruction::Table { targets, .. } => (&[], &[], targets),
        };
        let pair: [Option<u32>; 2] = [pair.first().copied(), pair.get(1).copied()];
        let rows = rows.iter().map(|[_, target]| *target);
        pair.into_iter()
            .flatten()
            .chain(rows)
            .chain(table.iter().copied())
    }
}

/// Every instruction with the word at which it starts, from the first word on. Ends with an error
/// that is the word at which no instruction starts.
pub fn instructions(code: &[u32]) -> impl Iterator<Item = Result<(u32, Instruction<'_>), u32>> {
    let mut next = Some(0u32);
    std::iter::from_fn(move || {
        let at = next.take().filter(|at| (*at as usize) < code.len())?;
        let Some(instruction) = Instruction::decode(code, at) else {
            return Some(Err(at));
        };
        next = u32::try_from(instruction.words())
            .ok()
            .and_then(|words| at.checked_add(words));
        Some(Ok((at, instruction)))
    })
}

impl Op {
    /// The name that listings use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Op::Reject => "reject",
            Op::Accept => "accept",
            Op::Range => "range",
            Op::Switch => "switch",
            Op::Table => "table",
        }
    }

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
