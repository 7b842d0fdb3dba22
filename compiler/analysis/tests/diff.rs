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
use gatewright_analysis::diff::{DiffOptions, Difference, Step, diff, diff_in_steps};
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

#[test]
fn whoever_waits_hears_how_far_it_has_come() {
    let (old, new) = (
        project(MFA),
        project(&MFA.replace("mfa", "compliantDevice")),
    );
    let world = World::new(&old.set, &[&new.set], Assumptions::default());
    let mut steps = Vec::new();
    let difference = diff_in_steps(&world, &DiffOptions::default(), &mut |step| {
        steps.push(step);
    });
    assert_eq!(difference, diff(&world, &DiffOptions::default()));
    let found = difference.classes.len();
    // A block, and what each side requires.
    let mut expected: Vec<Step> = (0..3).map(|done| Step::Demands(done, 3)).collect();
    expected.extend((0..=found).map(Step::Found));
    expected.extend((0..found).map(|done| Step::Described(done, found)));
    assert_eq!(steps, expected);
}

#[test]
fn what_both_sets_have_is_not_searched_for() {
    let policy = |name: &str, users: &str, requires: &str| {
        format!("policy \"{name}\" {{ state enabled users {users} apps all require {requires} }}\n")
    };
    let admins = policy("B", "roles [GlobalAdministrator]", "compliantDevice");
    let sets = [
        format!("{}{admins}", policy("A", "all", "mfa")),
        format!("{admins}{}", policy("Renamed", "all", "mfa")),
    ];
    let [old, new] = sets.each_ref().map(|text| project(text));
    let world = World::new(&old.set, &[&new.set], Assumptions::default());
    let mut steps = 0;
    let difference = diff_in_steps(&world, &DiffOptions::default(), &mut |_| steps += 1);
    assert_eq!((difference.classes.len(), steps), (0, 0));
    // Of one that is new, only what that one demands is looked at, and blocks.
    let more = format!(
        "{}{}",
        sets[1],
        policy("C", "guests [internalGuest]", "passwordChange")
    );
    let more = project(&more);
    let world = World::new(&old.set, &[&more.set], Assumptions::default());
    let mut steps = Vec::new();
    let _ = diff_in_steps(&world, &DiffOptions::default(), &mut |step| {
        steps.push(step)
    });
    assert_eq!(
        steps[..3],
        [Step::Demands(0, 2), Step::Demands(1, 2), Step::Found(0)]
    );
}
