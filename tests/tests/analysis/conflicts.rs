//! Two sets under a schema whose effects conflict: where the policies of one side contradict each
//! other, nothing is decided, and that is a difference too.

use std::collections::BTreeSet;

use gatewright_analysis::diff::{DiffOptions, Direction, diff};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Assumptions, World, classes_of};
use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::Combine;
use gatewright_reference::{Mode, decide};
use gatewright_tests::generate::Random;
use serde_json::Value;

use crate::is_full;
use crate::missing::Missing;
use crate::own;
use crate::small::Small;

/// What a set says of a request: its verdict and its obligations, or that it says nothing.
fn said(set: &PolicySet, request: &Value) -> BTreeSet<String> {
    let Ok(decision) = decide(set, request, Mode::Graph, None) else {
        return BTreeSet::from(["conflict".to_owned()]);
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let verdict = text(&decision["verdict"]);
    let obligations = decision["controls"].as_array().unwrap().iter();
    let all = obligations.map(|one| format!("with {}", text(one)));
    // Where nothing is said nothing is demanded.
    let verdict = [verdict].into_iter().filter(|one| one != "notApplicable");
    all.chain(verdict).collect()
}

fn direction(old: &BTreeSet<String>, new: &BTreeSet<String>) -> Option<Direction> {
    match (old.is_subset(new), new.is_subset(old)) {
        (true, true) => None,
        (false, true) => Some(Direction::Looser),
        (true, false) => Some(Direction::Stricter),
        (false, false) => Some(Direction::Changed),
    }
}

#[derive(Debug, Default)]
struct Counted {
    classes: usize,
    conflicts: usize,
    requests: usize,
    differing: usize,
}

fn check(small: &Small, counted: &mut Counted) -> Result<(), String> {
    let (old, new) = (&small.set, &small.other);
    let world = World::comparing(old, new, &[], Assumptions::default());
    let difference = diff(&world, &DiffOptions::default());
    if difference.exhausted.is_some() {
        return Ok(());
    }
    for class in &difference.classes {
        let request = class.request(old);
        let [before, after] = [old, new].map(|set| said(set, &request));
        if direction(&before, &after) != Some(class.direction) {
            return Err(format!("{before:?} → {after:?}: {request}\n{class:#?}"));
        }
        let conflict = "conflict".to_owned();
        counted.conflicts += usize::from(before.contains(&conflict) || after.contains(&conflict));
    }
    counted.classes += difference.classes.len();
    let is_covered = difference.classes.iter().all(|class| class.is_covered);
    for facts in &small.sign_ins {
        let request = request(old, facts, &Proofs::default());
        let [before, after] = [old, new].map(|set| said(set, &request));
        let direction = direction(&before, &after);
        let classes = classes_of(world.schema, &world.joint.space, facts);
        let around = difference.classes.iter().filter(|class| {
            let mut cubes = class.cubes.iter();
            cubes.any(|cube| cube.contains(&classes))
        });
        let around: Vec<Direction> = around.map(|class| class.direction).collect();
        let is_told = match direction {
            None => around.is_empty(),
            Some(direction) => around == [direction] || (around.is_empty() && !is_covered),
        };
        if !is_told {
            return Err(format!("{before:?} → {after:?} in {around:?}: {request}"));
        }
        counted.requests += 1;
        counted.differing += usize::from(direction.is_some());
    }
    Ok(())
}

#[test]
fn every_request_is_in_one_class_where_effects_conflict_on_one_side() {
    let mut schemas = own::schemas();
    schemas.retain(|schema| schema.combine == Combine::Conflict);
    assert_eq!(
        schemas.len(),
        2,
        "with and without an effect where none applies"
    );
    let (count, most) = if is_full() { (3000, 2000) } else { (150, 150) };
    let mut counted = Counted::default();
    for seed in 0..count {
        let mut random = Random::new(seed);
        let schema = random.pick(&schemas);
        let small = own::own(&mut random, schema, most, Missing::Nothing);
        if let Err(failure) = check(&small, &mut counted) {
            panic!("seed {seed}: {failure}");
        }
    }
    println!("conflicts: {counted:?}");
    assert!(
        counted.conflicts > 20 && counted.differing > 500,
        "{counted:?}"
    );
}
