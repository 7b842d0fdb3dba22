//! The decision DAG as a picture, with the names of the set.

use anyhow::{Result, bail};
use gatewright_analysis::demand::Demand;
use gatewright_analysis::words::{Labels, control};
use gatewright_compiler::Compilation;
use gatewright_decision::{Decisions, DrawOptions, dot, svg};
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_value::vocabulary::State;

use crate::args::Inspect;

/// Draw what was asked for, in DOT or SVG.
pub(super) fn picture(
    args: &Inspect,
    compilation: &Compilation,
    decisions: &Decisions,
) -> Result<String> {
    let set = &compilation.set;
    let labels = Labels::new(set);
    let options = DrawOptions {
        policies: wanted(args, &set.policies)?,
        names: set
            .policies
            .iter()
            .map(|p| p.display_name.clone())
            .collect(),
        effects: set.policies.iter().map(|p| effect(set, p)).collect(),
        naming: &labels,
        choice: "--policy NAME draws others",
        ..DrawOptions::default()
    };
    if args.dot {
        return Ok(dot(decisions, &options));
    }
    let title = match options.policies.as_slice() {
        [] => "When each policy applies",
        [_] => "When the policy applies",
        _ => "When these policies apply",
    };
    Ok(svg(decisions, &options, title))
}

/// The places of the policies that were asked for; none where all are.
fn wanted(args: &Inspect, policies: &[Policy]) -> Result<Vec<usize>> {
    let Some(wanted) = &args.policy else {
        return Ok(Vec::new());
    };
    let is_wanted = |name: &str| name.to_lowercase().contains(&wanted.to_lowercase());
    let places: Vec<usize> = policies
        .iter()
        .enumerate()
        .filter(|(_, p)| is_wanted(&p.display_name) || is_wanted(&p.id))
        .map(|(place, _)| place)
        .collect();
    if places.is_empty() {
        bail!("no policy is called `{wanted}`");
    }
    Ok(places)
}

/// What a policy does where it applies: `requires multifactor authentication`.
fn effect(set: &PolicySet, policy: &Policy) -> String {
    let parts: Vec<String> = Demand::of(&policy.outcome)
        .iter()
        .map(|demand| match demand {
            Demand::Clause(controls) if controls.is_empty() => "blocks access".to_owned(),
            Demand::Clause(controls) => {
                let controls: Vec<String> = controls.iter().map(|c| control(set, c)).collect();
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
