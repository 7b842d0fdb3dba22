//! The decision DAG as a picture, with the names of the set.

use anyhow::{Result, bail};
use gatewright_analysis::words::{Labels, effect};
use gatewright_compiler::Compilation;
use gatewright_decision::{Decisions, DrawOptions, dot, svg};
use gatewright_hir::model::Policy;

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
