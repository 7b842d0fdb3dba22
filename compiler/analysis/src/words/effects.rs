//! What a policy does, in a few words.

use gatewright_hir::model::{Policy, PolicySet};
use gatewright_value::vocabulary::State;

use super::control;
use crate::demand::Demand;

/// What a policy does where it applies: `requires multifactor authentication`.
#[must_use]
pub fn effect(set: &PolicySet, policy: &Policy) -> String {
    let parts: Vec<String> = Demand::of(&policy.outcome)
        .iter()
        .map(|demand| match demand {
            Demand::Clause(_) if demand.is_block() => "blocks access".to_owned(),
            Demand::Clause(controls) => {
                let controls: Vec<String> = controls.iter().map(|one| control(set, one)).collect();
                format!("requires {}", controls.join(" or "))
            }
            Demand::Obligation(one) => format!("with {}", control(set, one)),
            Demand::Session(_) => format!("sets {}", demand.describe(set)),
            Demand::Effect(_) | Demand::Conflict => demand.describe(set),
        })
        .collect();
    let does = match parts.is_empty() {
        true => "does nothing".to_owned(),
        false => parts.join(", "),
    };
    match policy.state {
        State::Enabled => does,
        State::ReportOnly => format!("report-only: {does}"),
        State::Disabled => format!("switched off: {does}"),
    }
}
