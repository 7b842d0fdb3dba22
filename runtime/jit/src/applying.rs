//! Functions that find all applying policies: diagram after diagram, without a call in between.
//!
//! Policies with the same entry are tested once. A function holds diagrams up to a bounded weight;
//! a diagram that weighs too much for any, or that the program as a whole has no budget left for, is
//! *left over*: asked for on its own.

use cranelift_codegen::ir::{Block, InstBuilder as _, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use gatewright_bytecode::Program;
use gatewright_runtime::Rail;
use gatewright_value::vocabulary::State;

use crate::blocks::{ClassOf, Diagrams, Ends, Extent};

/// LIMIT: weight (instructions and edges) of the diagrams in one function.
pub(crate) const FUNCTION_WEIGHT_MAX: usize = 1 << 13;
/// LIMIT: how many times the weight of the whole code the functions may weigh that find applying
/// policies; they copy what diagrams share.
const COPIES_MAX: usize = 4;
/// LIMIT: weight of the diagrams that are compiled for one rail.
const RAIL_WEIGHT_MAX: usize = 1 << 20;

/// Policies with the same condition.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    entry: u32,
    extent: Extent,
    pub(crate) policies: Vec<u32>,
}

/// What is compiled together, and what is left over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    /// By function.
    pub(crate) functions: Vec<Vec<Group>>,
    /// Policies that are asked for on their own, ascending.
    pub(crate) left_over: Vec<u32>,
}

/// The entry of a policy.
pub(crate) fn entry(program: &Program, policy: u32, rail: Rail) -> Option<u32> {
    let policy = program.policies.get(policy as usize)?;
    Some(match rail {
        Rail::Certain => policy.certain,
        Rail::Possible => policy.possible,
    })
}

/// The numbers of the policies that are not disabled.
pub(crate) fn evaluated(program: &Program) -> impl Iterator<Item = u32> {
    let numbered = (0u32..).zip(&program.policies);
    numbered
        .filter(|(_, policy)| policy.state != State::Disabled)
        .map(|(number, _)| number)
}

/// Lay the diagrams of these policies out, in this order.
pub(crate) fn layout(
    program: &Program,
    diagrams: &mut Diagrams<'_>,
    policies: impl Iterator<Item = u32>,
    rail: Rail,
) -> Layout {
    let mut layout = Layout::default();
    let mut budget = program
        .code
        .len()
        .saturating_mul(COPIES_MAX)
        .min(RAIL_WEIGHT_MAX);
    // By entry: the function and the place in it of the group that has it.
    let mut places = vec![None; program.code.len()];
    let mut weight = FUNCTION_WEIGHT_MAX;
    for policy in policies {
        let Some(entry) = entry(program, policy, rail) else {
            continue;
        };
        let place = places.get(entry as usize).copied().flatten();
        let group = place.and_then(|(function, at): (usize, usize)| {
            layout.functions.get_mut(function)?.get_mut(at)
        });
        if let Some(group) = group {
            group.policies.push(policy);
            continue;
        }
        let extent = diagrams.extent(entry, FUNCTION_WEIGHT_MAX.min(budget));
        let Some(extent) = extent else {
            layout.left_over.push(policy);
            continue;
        };
        budget = budget.saturating_sub(extent.weight);
        // A diagram that is an end weighs something too: its policies are noted.
        weight += extent.weight + 1;
        if weight > FUNCTION_WEIGHT_MAX {
            layout.functions.push(Vec::new());
            weight = extent.weight + 1;
        }
        let function = layout.functions.len().saturating_sub(1);
        if let Some(groups) = layout.functions.last_mut() {
            if let Some(slot) = places.get_mut(entry as usize) {
                *slot = Some((function, groups.len()));
            }
            groups.push(Group {
                entry,
                extent,
                policies: vec![policy],
            });
        }
    }
    layout.left_over.sort_unstable();
    layout
}

/// Emit the diagrams of these groups one after the other, from where the builder stands; it stands
/// in the block after the last one then. `found` fills the block that a group goes to where it
/// applies, and ends it with a jump to the block that it is given.
pub(crate) fn emit(
    diagrams: &mut Diagrams<'_>,
    builder: &mut FunctionBuilder<'_>,
    groups: &[Group],
    class_of: &mut ClassOf<'_>,
    found: &mut dyn FnMut(&mut FunctionBuilder<'_>, &Group, Block),
) -> Option<()> {
    for group in groups {
        let (accept, next) = (builder.create_block(), builder.create_block());
        builder.set_cold_block(accept);
        let ends = Ends {
            accept,
            reject: next,
        };
        let words = group.extent.words.as_slice();
        diagrams.open(builder, words);
        let first = diagrams.block(group.entry, ends)?;
        builder.ins().jump(first, &[]);
        let filled = diagrams.fill(builder, words, ends, class_of, &mut |_, _| None);
        diagrams.close(words);
        filled?;
        builder.switch_to_block(accept);
        found(builder, group, next);
        builder.switch_to_block(next);
    }
    Some(())
}

/// Set the bits of these policies in a bit set at an address.
pub(crate) fn set_bits(builder: &mut FunctionBuilder<'_>, bits: Value, policies: &[u32]) {
    let mut policies = policies.iter().copied().peekable();
    while let Some(policy) = policies.next() {
        let mut word = 1u64 << (policy % 64);
        while let Some(same) = policies.next_if(|next| next / 64 == policy / 64) {
            word |= 1 << (same % 64);
        }
        let Ok(offset) = i32::try_from(policy / 64 * 8) else {
            return;
        };
        let flags = MemFlagsData::trusted();
        let old = builder.ins().load(types::I64, flags, bits, offset);
        let word = builder.ins().iconst(types::I64, word.cast_signed());
        let new = builder.ins().bor(old, word);
        builder.ins().store(flags, new, bits, offset);
    }
}
