//! What running a program costs at worst: the longest path from every entry.
//!
//! Jumps only go forward, so one pass from the last instruction to the first finds all longest
//! paths.

use crate::op::instructions;
use crate::program::Program;

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
