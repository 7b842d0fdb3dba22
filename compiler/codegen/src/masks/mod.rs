//! Conditions to masks: see [`gatewright_bytecode::masks`] for what they are.
//!
//! 1. [`clauses`] brings every condition into the form of a conjunction of clauses;
//! 2. [`place`] finds a slot for each clause, by way of [`shown`], which says what outcomes show;
//! 3. [`order`] sorts the lanes;
//! 4. [`cells`] turns clauses inside out: from outcomes to lanes.
//!
//! What does not fit anywhere is left out, and its lane is residual: the masks are never stronger
//! than the policy.

mod cells;
mod clauses;
mod order;
mod place;
mod shown;

use gatewright_bytecode::Program;
use gatewright_bytecode::limits::{OUTCOMES_MAX, SEGMENTS_MAX};
use gatewright_bytecode::masks::{BLOCKS_MAX, LANES, Masks};
use gatewright_decision::Decisions;
use gatewright_value::vocabulary::State;

/// LIMIT: segments for each lane, beyond those that any program may have.
const SEGMENTS_PER_LANE_MAX: usize = 64;

/// LIMIT: segments that any program may have.
const SEGMENTS_ALWAYS: usize = 1 << 13;

/// The mask lowering, where it is possible. The program is complete but for it.
pub(crate) fn masks(decisions: &Decisions, program: &Program) -> Option<Masks> {
    let policies: Vec<u32> = (0u32..)
        .zip(&program.policies)
        .filter(|(_, policy)| policy.state != State::Disabled)
        .map(|(number, _)| number)
        .collect();
    if policies.is_empty() || policies.len() > BLOCKS_MAX * LANES {
        return None;
    }
    let class_count = |variable: u32| program.class_count(variable);
    let outcomes = program
        .matchers
        .iter()
        .map(|m| m.outcome_count(class_count));
    if outcomes.sum::<usize>() > OUTCOMES_MAX {
        return None;
    }
    let mut placement = place::place(decisions, program, &policies);
    order::sort(&mut placement, program);
    let segments_max = policies.len() * SEGMENTS_PER_LANE_MAX + SEGMENTS_ALWAYS;
    cells::build(&placement, program, segments_max.min(SEGMENTS_MAX))
}
