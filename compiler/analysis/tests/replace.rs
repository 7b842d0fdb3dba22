//! What it changes if one policy stands where another does, against a comparison of both sets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod common;

use common::project;
use gatewright_analysis::diff::{DiffOptions, diff};
use gatewright_analysis::replace::{Effect, OTHERS, Replacer};
use gatewright_analysis::{Assumptions, Budget, World};
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_value::vocabulary::State;

const TEXT: &str = r#"
group Ops = "10000000-0000-0000-0000-000000000001"
app   Pay = "20000000-0000-0000-0000-000000000002"
policy "A" { state enabled users all except groups [Ops] apps all require mfa }
policy "B" { state enabled users roles [GlobalAdministrator] apps all
    require strength PhishingResistantMfa session persistentBrowser never }
policy "C" { state enabled users all apps all clients [exchangeActiveSync, other] block }
policy "D" { state enabled users groups [Ops] apps [Pay] require any [mfa, compliantDevice] }
policy "E" { state enabled users all apps [Pay] platforms all except [linux] require mfa }
policy "F" { state disabled users all apps [Pay] signInRisk [high] block }
"#;

/// Takes the place of strengths that others require.
const REGISTRATION: &str = r#"
policy "G" { state enabled users all actions [registerSecurityInformation]
    require strength PhishingResistantMfa }
"#;

/// Every policy switched, with what another one does, and for whom another one is.
fn changes(set: &PolicySet) -> Vec<(usize, Policy)> {
    let mut found = Vec::new();
    for (place, policy) in set.policies.iter().enumerate() {
        let mut switched = policy.clone();
        switched.state = match policy.state {
            State::Enabled => State::Disabled,
            _ => State::Enabled,
        };
        found.push((place, switched));
        for other in &set.policies {
            let mut outcome = policy.clone();
            outcome.outcome = other.outcome.clone();
            let mut scope = policy.clone();
            scope.assignments = other.assignments.clone();
            found.extend([(place, outcome), (place, scope)]);
        }
    }
    found
}

fn agrees_with_a_comparison(text: &str) -> [usize; 2] {
    let set = project(text).set;
    let changes = changes(&set);
    let mut others = set.clone();
    others.policies = changes.iter().map(|(_, policy)| policy.clone()).collect();
    let world = World::new(&set, &[&others], Assumptions::default());
    let mut replacer = Replacer::new(&world, Budget::default());
    let first = world.policies(OTHERS).start;
    let mut counts = [0; 2];
    for (at, (place, policy)) in changes.iter().enumerate() {
        let mut changed = set.clone();
        changed.policies[*place] = policy.clone();
        let both = World::new(&set, &[&changed], Assumptions::default());
        let classes = diff(&both, &DiffOptions::default()).classes;
        let what = format!("{at}: {} at {place}", policy.display_name);
        match replacer.difference(*place, first + at) {
            Effect::Nothing => {
                counts[0] += 1;
                assert_eq!(classes, [], "{what}");
            }
            Effect::Differs(class) => {
                counts[1] += 1;
                assert!(!classes.is_empty(), "{what}: {class:#?}");
                let is_known = classes.iter().any(|one| one.direction == class.direction);
                assert!(is_known, "{what}: {class:#?}");
            }
            Effect::Unknown(why) => panic!("{what}: {why}"),
        }
    }
    counts
}

#[test]
fn a_replacement_changes_what_a_comparison_of_the_sets_finds() {
    let [nothing, differs] = agrees_with_a_comparison(TEXT);
    assert!(nothing > 10 && differs > 30, "{nothing} {differs}");
}

#[test]
fn policies_that_take_the_place_of_others_are_exchanged_with_what_hangs_on_them() {
    let [nothing, differs] = agrees_with_a_comparison(&format!("{TEXT}{REGISTRATION}"));
    assert!(nothing > 10 && differs > 40, "{nothing} {differs}");
}
