//! The interpreter.
//!
//! INVARIANT: the program is verified and the classes are those that [`encode`](crate::encode())
//! made for it. Then every read below finds something, and since targets only go forward, the loop
//! ends. Should the invariant be broken, evaluation ends in *reject* all the same: the instruction
//! pointer must grow at every step.

use gatewright_bytecode::Instruction;

/// One of the two functions that every condition is compiled to. They differ only where facts are
/// missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rail {
    /// Whether it certainly holds.
    #[default]
    Certain,
    /// Whether it possibly holds.
    Possible,
}

/// Whether the condition at this entry holds.
#[must_use]
pub fn run(code: &[u32], entry: u32, classes: &[u32]) -> bool {
    let mut at = entry;
    loop {
        match step(code, at, classes) {
            Step::End(holds) => return holds,
            Step::Go(target) => at = target,
        }
    }
}

/// As [`run`], with the number of instructions that it took.
#[must_use]
pub fn run_counting(code: &[u32], entry: u32, classes: &[u32]) -> (bool, u32) {
    let mut at = entry;
    let mut count = 1;
    loop {
        match step(code, at, classes) {
            Step::End(holds) => return (holds, count),
            Step::Go(target) => at = target,
        }
        count += 1;
    }
}

enum Step {
    End(bool),
    Go(u32),
}

#[inline]
fn step(code: &[u32], at: u32, classes: &[u32]) -> Step {
    let class_of = |variable: u32| classes.get(variable as usize).copied();
    let target = match Instruction::decode(code, at) {
        Some(Instruction::Reject) => return Step::End(false),
        Some(Instruction::Accept) => return Step::End(true),
        Some(Instruction::Range {
            variable,
            first,
            last,
            yes,
            no,
        }) => class_of(variable).map(|class| {
            if first <= class && class <= last {
                yes
            } else {
                no
            }
        }),
        Some(Instruction::Switch { variable, rows }) => class_of(variable).and_then(|class| {
            let after = rows.partition_point(|row| row[0] <= class);
            after
                .checked_sub(1)
                .and_then(|row| rows.get(row))
                .map(|row| row[1])
        }),
        Some(Instruction::Table { variable, targets }) => class_of(variable)
            .and_then(|class| targets.get(class as usize))
            .copied(),
        None => None,
    };
    match target {
        Some(target) if target > at => Step::Go(target),
        _ => {
            debug_assert!(false, "word {at}: the program is not verified");
            Step::End(false)
        }
    }
}
