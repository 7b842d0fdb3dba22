//! Evaluating conditions one by one: the interpreter of bytecode, and what can stand in for it.

use gatewright_bytecode::Program;
use gatewright_vm::{Rail, run};

/// What evaluates conditions on the classes of a request. The engine's own is the interpreter of
/// its bytecode; another one, over the same variables and policies, can stand in.
pub trait Evaluate {
    /// Whether this policy applies, its state apart.
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool;

    /// Whether this condition of this policy holds.
    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool;

    /// Whether this part of this compliance policy holds.
    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool;
}

/// What can be asked of a compliance policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompliancePart {
    /// Whether it is assigned to the user and the device.
    Assigned,
    /// Whether the device satisfies all requirements.
    Met,
    /// Whether the device satisfies the requirement of this number.
    Requirement(usize),
}

/// The interpreter of bytecode.
#[derive(Clone, Copy, Debug)]
pub struct Interpreter<'a> {
    program: &'a Program,
}

impl<'a> Interpreter<'a> {
    pub(crate) fn new(program: &'a Program) -> Interpreter<'a> {
        Interpreter { program }
    }
}

impl Evaluate for Interpreter<'_> {
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool {
        let entry = self.program.policies.get(policy).map(|policy| match rail {
            Rail::Certain => policy.certain,
            Rail::Possible => policy.possible,
        });
        entry.is_some_and(|entry| run(&self.program.code, entry, classes))
    }

    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool {
        let conditions = self
            .program
            .policies
            .get(policy)
            .map(|policy| &policy.conditions);
        let entry = conditions
            .and_then(|rows| rows.get(condition))
            .map(|condition| match rail {
                Rail::Certain => condition.certain,
                Rail::Possible => condition.possible,
            });
        entry.is_some_and(|entry| run(&self.program.code, entry, classes))
    }

    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool {
        let policy = self.program.compliance_policies().get(policy);
        let entries = policy.and_then(|policy| match part {
            CompliancePart::Assigned => Some(policy.assigned),
            CompliancePart::Met => Some(policy.met),
            CompliancePart::Requirement(at) => policy.requirements.get(at).map(|row| row.entries),
        });
        let entry = entries.map(|entries| match rail {
            Rail::Certain => entries.certain,
            Rail::Possible => entries.possible,
        });
        entry.is_some_and(|entry| run(&self.program.code, entry, classes))
    }
}
