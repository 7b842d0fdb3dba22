//! What two sets decide differently.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod common;

use common::project;
use gatewright_analysis::demand::Demand;
use gatewright_analysis::diff::{DiffOptions, Difference, diff};
use gatewright_analysis::{Assumptions, World};

fn compare(old: &str, new: &str) -> (Difference, Vec<String>) {
    let (old, new) = (project(old), project(new));
    let world = World::new(&old.set, &[&new.set], Assumptions::default());
    let difference = diff(&world, &DiffOptions::default());
    let told = difference.classes.iter().map(|class| {
        let names = |demands: &[Demand]| {
            let names: Vec<String> = demands.iter().map(|d| d.describe(&old.set)).collect();
            names.join(", ")
        };
        format!(
            "{}: {} → {}",
            class.direction.name(),
            names(&class.dropped),
            names(&class.added)
        )
    });
    let told = told.collect();
    (difference, told)
}

const MFA: &str = "policy \"A\" { state enabled users all apps all require mfa }";

#[test]
fn what_is_said_in_other_words_is_no_difference() {
    let twice = "policy \"A\" { state enabled users all apps all require mfa }
        policy \"B\" { state enabled users roles [GlobalAdministrator] apps all require any [mfa] }";
    let (difference, _) = compare(MFA, twice);
    assert_eq!(difference.classes, []);
    assert_eq!(difference.exhausted, None);
}

#[test]
fn an_exclusion_is_a_looser_class_with_the_excluded_as_witness() {
    let excluded = "group Ops = \"10000000-0000-0000-0000-000000000001\"
        policy \"A\" { state enabled users all except groups [Ops] apps all require mfa }";
    let (difference, told) = compare(MFA, excluded);
    assert_eq!(told, ["looser: mfa → "]);
    // A legacy client can prove nothing: there the requirement kept everybody out.
    assert_eq!(difference.classes[0].also_dropped, [Demand::BLOCK]);
    assert!(difference.classes[0].is_covered, "{difference:#?}");
}
