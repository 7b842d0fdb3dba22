//! The decision DAG as an engine: the runtime combines, the diagrams answer.

use gatewright_decision::{Decisions, engine};
use gatewright_runtime::{CompliancePart, Evaluate, Rail};
use gatewright_value::Truth;

/// Evaluates conditions by walking the diagrams that a program was emitted from.
#[derive(Clone, Copy, Debug)]
pub struct DagWalk<'d>(pub &'d Decisions);

impl Evaluate for DagWalk<'_> {
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool {
        holds(engine::policy(self.0, policy, classes), rail)
    }

    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool {
        holds(engine::condition(self.0, policy, condition, classes), rail)
    }

    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool {
        let Some(built) = self.0.compliance.get(policy) else {
            return false;
        };
        let roots = match part {
            CompliancePart::Assigned => Some(built.assigned),
            CompliancePart::Met => Some(built.met),
            CompliancePart::Requirement(at) => built.requirements.get(at).map(|row| row.roots),
        };
        roots.is_some_and(|roots| holds(engine::roots(self.0, roots, classes), rail))
    }
}

fn holds(truth: Truth, rail: Rail) -> bool {
    match rail {
        Rail::Certain => truth == Truth::True,
        Rail::Possible => truth != Truth::False,
    }
}
