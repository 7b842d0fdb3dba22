//! How much a build may cost.

/// What a build may cost; past it, the shape of a diagram changes, never what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// LIMIT: nodes that building the ordered diagram of one condition may make, or four for each
    /// of its literals if that is more. Beyond, the condition becomes a chain.
    pub condition_nodes_max: usize,
    /// LIMIT: how many times larger than its conditions together the diagram of a policy may be.
    /// Beyond, the conditions are linked one after the other, which is never larger.
    pub policy_growth_max: usize,
    /// LIMIT: nodes of all diagrams together. Beyond, conditions become chains, whose size is that
    /// of the policies' text.
    pub nodes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            condition_nodes_max: 4096,
            policy_growth_max: 4,
            nodes_max: 4_000_000,
        }
    }
}
