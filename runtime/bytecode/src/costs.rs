//! What running a program costs at worst: the longest path from every entry.
//!
//! Jumps only go forward, so one pass from the last instruction to the first finds all longest
//! paths.

use crate::masks::{Masks, NO_CELL};
use crate::op::instructions;
use crate::program::{Matcher, Program};
use gatewright_value::vocabulary::State;

// Fitted to `cargo run --release -p gatewright-tests --example masks -- walk`, where masks win
// clearly from four policies on.

/// Picoseconds of one instruction.
const INSTRUCTION: u64 = 2_500;
/// Picoseconds of starting one policy.
const ENTRY: u64 = 3_000;
/// Instructions of a policy after which most sign-ins have left it: what is cheap and selective is
/// tested first.
const TYPICAL_PATH: u32 = 3;
/// Picoseconds of deciding by masks, whatever they are.
const START: u64 = 10_000;
/// Picoseconds of adding the bits of a segment.
const SEGMENT: u64 = 1_200;
/// Picoseconds of looking at a block, and at each of its slots.
const BLOCK: u64 = 2_000;
const SLOT: u64 = 600;
/// Elements of a set that are found, on average.
const ELEMENTS: u64 = 2;
/// Of so many blocks that have to be opened, and of so many residual lanes, one is.
const RARE: u64 = 8;

/// What running a program costs at worst, counted in instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// Instructions in the code.
    pub instruction_count: usize,
    /// By policy: the longest path of the longer of its two entries.
    pub policies: Vec<u32>,
    /// The longest paths of all policies together, those of compliance policies included: what one
    /// decision costs at most.
    pub instructions_max: u64,
}

/// The costs of a program whose code is sound: complete instructions, forward targets.
pub(crate) fn costs(program: &Program) -> Costs {
    let sound: Vec<_> = instructions(&program.code).flatten().collect();
    let mut longest = vec![0u32; program.code.len()];
    for (at, instruction) in sound.iter().rev() {
        let after = instruction
            .targets()
            .map(|target| longest.get(target as usize).copied().unwrap_or(0))
            .max()
            .unwrap_or(0);
        if let Some(path) = longest.get_mut(*at as usize) {
            *path = after.saturating_add(1);
        }
    }
    let path = |entry: u32| longest.get(entry as usize).copied().unwrap_or(0);
    let policies: Vec<u32> = program
        .policies
        .iter()
        .map(|policy| path(policy.certain).max(path(policy.possible)))
        .collect();
    let of_compliance = program.compliance_policies().iter();
    let of_compliance = of_compliance.flat_map(|policy| [policy.assigned, policy.met]);
    // Both entries are run: the state of a policy has three truths.
    let of_compliance = of_compliance.flat_map(|entries| [entries.certain, entries.possible]);
    let paths = policies.iter().copied().chain(of_compliance.map(path));
    let instructions_max = paths.map(u64::from).sum();
    Costs {
        instruction_count: sound.len(),
        policies,
        instructions_max,
    }
}

/// What a decision is expected to cost, encoding apart, in nanoseconds of some ordinary machine. A
/// model: it says which way is shorter, not how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimates {
    /// By running the code of every policy.
    pub walking: u64,
    /// By the masks, where there are any.
    pub masks: Option<u64>,
}

/// What deciding by a verified program is expected to cost.
#[must_use]
pub fn estimates(program: &Program) -> Estimates {
    let costs = costs(program);
    let policies = program.policies.iter().zip(&costs.policies);
    let lanes = policies.filter(|(policy, _)| policy.state != State::Disabled);
    let path = |path: u32| ENTRY + INSTRUCTION * u64::from(path.min(TYPICAL_PATH));
    let walking: u64 = lanes.map(|(_, longest)| path(*longest)).sum();
    let masks = program.masks.as_ref();
    let masks = masks.map(|masks| of_masks(program, masks) + of_residual(masks, path(u32::MAX)));
    Estimates {
        walking: walking.div_ceil(1_000),
        masks: masks.map(|masks| masks.div_ceil(1_000)),
    }
}

fn of_masks(program: &Program, masks: &Masks) -> u64 {
    let rows = program.matchers.iter().zip(&masks.matchers);
    let segments = rows.map(|(matcher, cells)| {
        let of_cell = |cell: &u32| match *cell {
            NO_CELL => 0,
            cell => masks.segments_of(cell as usize).len() as u64,
        };
        let (mut outcomes, mut times) = (cells.certain.as_slice(), 1);
        // How many outcomes are found together; *unknown* is no ordinary one.
        match matcher {
            Matcher::Boolean { .. } | Matcher::Text { .. } | Matcher::Ordered { .. } => {}
            Matcher::TextParts { .. } | Matcher::Predicates { .. } => {
                times = (outcomes.len() / 3) as u64;
            }
            Matcher::Elements { .. } | Matcher::Targets { .. } => {
                times = ELEMENTS;
                outcomes = outcomes.split_last().map_or(outcomes, |(_, rest)| rest);
            }
        }
        let sum: u64 = outcomes.iter().map(of_cell).sum();
        (times * sum).div_ceil(outcomes.len().max(1) as u64)
    });
    let segments: u64 = segments.sum();
    let of_block = BLOCK + SLOT * masks.slots.len() as u64;
    let opened = masks.blocks.iter().filter(|block| block.opener.is_some());
    let opened = opened.count() as u64;
    let open = masks.blocks.len() as u64 - opened;
    START + SEGMENT * segments + of_block * (open + opened.div_ceil(RARE))
}

fn of_residual(masks: &Masks, of_policy: u64) -> u64 {
    (masks.residual.len() as u64).div_ceil(RARE) * of_policy
}
