//! What two sets decide differently is reported, once, and nothing else is.

use std::sync::Arc;
use std::time::Instant;

use gatewright_analysis::diff::{Class, DiffOptions, Difference, Direction, diff};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Assumptions, World, classes_of};
use gatewright_hir::model::{Policy, PolicySet, Requirement, UserScope, Who};
use gatewright_hir::schema::{Combine, Schema};
use gatewright_tests::generate::Random;
use gatewright_tests::generate::policies::{Base, policy_set};
use gatewright_value::vocabulary::State;
use serde_json::Value;

use crate::is_full;
use crate::missing::{Missing, said};
use crate::oracle::{Asked, Oracle, Property, Question, demands_of};
use crate::own;
use crate::small::{self, Small, blank};

/// Two sets, and everything that either asks for somewhere.
struct Pair<'a> {
    sets: [&'a PolicySet; 2],
    sides: [Oracle; 2],
    /// For each thing, how each side is asked about it; blocks come first.
    aspects: Vec<[Question; 2]>,
}

/// For each thing that one side asks for and the other does not, whether the old one does.
type Vector = Vec<(usize, bool)>;

impl<'a> Pair<'a> {
    fn new(old: &'a PolicySet, new: &'a PolicySet) -> Pair<'a> {
        let enforced = |set: &PolicySet| -> Vec<Policy> {
            let policies = set.policies.iter().filter(|p| p.state == State::Enabled);
            policies.cloned().collect()
        };
        let all = [enforced(old), enforced(new)].concat();
        let mut asked = vec![Asked::Clause(Vec::new())];
        if !old.schema.is_entra {
            let count = u32::try_from(old.schema.effects.len()).unwrap();
            asked = (0..count).map(Asked::Effect).collect();
        }
        for one in all.iter().flat_map(|policy| demands_of(&policy.outcome)) {
            if !asked.contains(&one) {
                asked.push(one);
            }
        }
        let also: Vec<Property> = all
            .into_iter()
            .map(|policy| Property {
                name: String::new(),
                policy,
                is_always: true,
            })
            .collect();
        let sides = [old, new].map(|set| Oracle::new(set, false, &also));
        // A policy that applies to every request.
        let everywhere = |asked: &Asked| {
            let mut policy = blank(0);
            if let Asked::Clause(controls) = asked {
                policy.outcome.is_block = controls.is_empty();
                policy.outcome.requirement = Some(Requirement {
                    is_all: false,
                    controls: controls.clone(),
                    span: Default::default(),
                });
            }
            policy
        };
        let aspects = asked.into_iter().map(|asked| {
            let policy = everywhere(&asked);
            sides
                .each_ref()
                .map(|side| side.question(asked.clone(), &policy))
        });
        let aspects = aspects.collect();
        Pair {
            sets: [old, new],
            sides,
            aspects,
        }
    }

    fn vector(&self, sign_in: &Value) -> Option<Vector> {
        let mut vector = Vec::new();
        for (place, questions) in self.aspects.iter().enumerate() {
            let [old, new] =
                [0, 1].map(|side| self.sides[side].is_given(&questions[side], sign_in));
            let (old, new) = (old?, new?);
            if old != new {
                vector.push((place, old));
            }
            // What is asked of those who do not get in makes no difference.
            if place == 0 && (old || new) && self.sets[0].schema.is_entra {
                break;
            }
        }
        Some(vector)
    }

    fn differs(&self, sign_in: &Value) -> Option<bool> {
        // Both know the same proofs.
        let proofs = self.sides[0].proofs();
        let [old, new] = [0, 1].map(|side| self.sides[side].everything(sign_in, proofs));
        Some(old? != new?)
    }

    fn check(&self, small: &Small, counted: &mut Counted) -> Result<(), String> {
        let [old, new] = self.sets;
        let world = World::new(old, &[new], small.missing.assumptions());
        let difference = diff(&world, &DiffOptions::default());
        if difference.exhausted.is_some() {
            counted.cut += 1;
            return Ok(());
        }
        let vectors = self.of_classes(&difference)?;
        counted.pairs += 1;
        counted.classes += vectors.len();
        counted.covered += difference
            .classes
            .iter()
            .filter(|class| class.is_covered)
            .count();
        for facts in &small.sign_ins {
            let request = said(old, facts);
            let (Some(vector), Some(differs)) = (self.vector(&request), self.differs(&request))
            else {
                continue;
            };
            counted.sign_ins += 1;
            let say = |what: &str| {
                let known: Vec<(&Vector, Direction)> = vectors
                    .iter()
                    .zip(difference.classes.iter().map(|c| c.direction))
                    .collect();
                Err(format!("{what}: {vector:?} of {known:?}\n{request}"))
            };
            if differs == vector.is_empty() {
                return say("decided alike, and not");
            }
            counted.differing += usize::from(differs);
            let classes = classes_of(world.schema, &world.joint.space, facts);
            let around = difference.classes.iter().filter(|class| {
                let mut cubes = class.cubes.iter();
                cubes.any(|cube| cube.contains(&classes))
            });
            let around: Vec<Direction> = around.map(|class| class.direction).collect();
            let is_covered = difference.classes.iter().all(|class| class.is_covered);
            match around.as_slice() {
                [] if differs && is_covered => return say("decided differently, and in no class"),
                [] => {}
                [direction] if differs && *direction == self::direction(&vector) => {}
                [_] => return say("a cube reaches outside"),
                _ => return say("decided differently, and in several classes"),
            }
            let has_direction = vectors
                .iter()
                .any(|one| self::direction(one) == self::direction(&vector));
            if differs && !has_direction {
                return say("decided differently, and in no class of that direction");
            }
        }
        Ok(())
    }

    /// What each class is about, by its witness.
    fn of_classes(&self, difference: &Difference) -> Result<Vec<Vector>, String> {
        let mut vectors: Vec<Vector> = Vec::new();
        for class in &difference.classes {
            let witness = request(self.sets[0], &class.witness.facts, &Proofs::default());
            let vector = self.vector(&witness).ok_or("a witness that is refused")?;
            let say = |what: &str| {
                Err(format!(
                    "{what}: {vector:?}\n{witness}\n{class:?}\n{:?}",
                    difference.ordinary
                ))
            };
            if vector.is_empty() || self.differs(&witness) != Some(true) {
                return say("a witness that is decided alike");
            }
            if direction(&vector) != class.direction {
                return say("another direction");
            }
            vectors.push(vector);
        }
        Ok(vectors)
    }
}

fn direction(vector: &Vector) -> Direction {
    let is_looser = vector.iter().any(|(_, of_old)| *of_old);
    let is_stricter = vector.iter().any(|(_, of_old)| !*of_old);
    match (is_looser, is_stricter) {
        (true, false) => Direction::Looser,
        (false, true) => Direction::Stricter,
        _ => Direction::Changed,
    }
}

#[derive(Default, Debug)]
struct Counted {
    pairs: usize,
    cut: usize,
    classes: usize,
    covered: usize,
    sign_ins: usize,
    differing: usize,
}

fn check_all(what: &str, count: u64, mut make: impl FnMut(&mut Random) -> Small) {
    let started = Instant::now();
    let mut counted = Counted::default();
    let mut failures = Vec::new();
    for seed in 0..count {
        let mut random = Random::new(seed);
        let small = make(&mut random);
        let pair = Pair::new(&small.set, &small.other);
        if let Err(failure) = pair.check(&small, &mut counted) {
            let policies = small.set.policies.iter().chain(&small.other.policies);
            let policies: Vec<String> = policies.map(|policy| format!("{policy:?}")).collect();
            let all = format!("seed {seed}: {failure}\n{}", policies.join("\n"));
            failures.push(crate::proofs::brief(all));
        }
    }
    println!("{what}: {counted:?}, {:?}", started.elapsed());
    for failure in failures.iter().take(6) {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} failures", failures.len());
}

#[test]
fn every_sign_in_that_is_decided_differently_is_in_one_class() {
    let base = Base::entra();
    let (count, most) = if is_full() { (200, 200) } else { (60, 120) };
    check_all("differences", count, |random| {
        small::entra(random, &base, most, Missing::Nothing)
    });
}

#[test]
fn every_sign_in_of_which_facts_are_missing_is_in_one_class_too() {
    let base = Base::entra();
    let (count, most) = if is_full() { (150, 120) } else { (30, 50) };
    check_all("differences with missing facts", count, |random| {
        small::entra(random, &base, most, Missing::Facts)
    });
}

/// Schemas under which everything is decided: where effects conflict nothing is.
fn deciding() -> Vec<Arc<Schema>> {
    let mut schemas = own::schemas();
    schemas.retain(|schema| schema.combine != Combine::Conflict);
    schemas
}

#[test]
fn every_request_of_ones_own_that_is_decided_differently_is_in_one_class() {
    let schemas = deciding();
    let (count, most) = if is_full() { (500, 300) } else { (100, 150) };
    check_all("differences of one's own", count, |random| {
        let schema = random.pick(&schemas);
        own::own(random, schema, most, Missing::Nothing)
    });
}

#[test]
fn every_request_of_ones_own_of_which_facts_are_missing_is_in_one_class_too() {
    let schemas = deciding();
    let (count, most) = if is_full() { (300, 200) } else { (40, 80) };
    check_all(
        "differences of one's own with missing facts",
        count,
        |random| {
            let schema = random.pick(&schemas);
            own::own(random, schema, most, Missing::Facts)
        },
    );
}

/// The same policies in another order, under other names, and in more pieces.
fn said_otherwise(random: &mut Random, set: &PolicySet) -> PolicySet {
    let mut policies: Vec<Policy> = Vec::new();
    for (number, policy) in set.policies.iter().enumerate() {
        let mut policy = policy.clone();
        policy.id = format!("renamed-{number}");
        policy.display_name = format!("Renamed {number}");
        let mut pieces = vec![policy];
        if let Some(requirement) = pieces[0].outcome.requirement.clone()
            && requirement.is_all
            && requirement.controls.len() > 1
        {
            let whole = pieces.remove(0);
            for control in requirement.controls {
                let mut piece = whole.clone();
                piece.outcome.requirement = Some(Requirement {
                    is_all: true,
                    controls: vec![control],
                    ..Requirement::clone(whole.outcome.requirement.as_ref().unwrap())
                });
                pieces.push(piece);
            }
        }
        for piece in pieces {
            let users = match piece.assignments.as_ref().map(|of| &of.who) {
                Some(Who::Users(users)) if users.include.len() > 1 => users.include.clone(),
                _ => Vec::new(),
            };
            if users.is_empty() {
                policies.push(piece);
                continue;
            }
            for one in users {
                let mut part = piece.clone();
                if let Some(Who::Users(users)) = part.assignments.as_mut().map(|of| &mut of.who) {
                    users.include = vec![one];
                    users.exclude.extend(users.exclude.clone());
                }
                policies.push(part);
            }
        }
    }
    for at in (1..policies.len()).rev() {
        policies.swap(at, random.below(at + 1));
    }
    PolicySet {
        policies,
        ..set.clone()
    }
}

#[test]
fn what_is_said_in_another_way_is_no_difference() {
    let base = Base::entra();
    let count = if is_full() { 240 } else { 60 };
    for seed in 0..count {
        let mut random = Random::new(seed);
        let mut set = if seed % 4 == 0 {
            policy_set(&mut random, &base, 12)
        } else {
            small::entra(&mut random, &base, 1, Missing::Nothing).set
        };
        // A policy that is in no group but one that is empty.
        for policy in &mut set.policies {
            if let Some(Who::Users(users)) = policy.assignments.as_mut().map(|of| &mut of.who) {
                users.exclude.retain(|one| one.value != UserScope::None);
            }
        }
        let other = said_otherwise(&mut random, &set);
        let world = World::new(&set, &[&other], Assumptions::default());
        let difference = diff(&world, &DiffOptions::default());
        let shown: Option<&Class> = difference.classes.first();
        assert_eq!(shown, None, "seed {seed}");
        assert_eq!(difference.exhausted, None, "seed {seed}");
    }
}

#[test]
fn witnesses_of_larger_sets_are_decided_as_their_classes_say() {
    let base = Base::entra();
    let count = if is_full() { 40 } else { 6 };
    let started = Instant::now();
    let (mut classes, mut cut) = (0, 0);
    for seed in 0..count {
        let mut random = Random::new(seed);
        let mut old = policy_set(&mut random, &base, 24);
        old.compliance = Default::default();
        let mut new = old.clone();
        let at = random.below(new.policies.len());
        new.policies.remove(at);
        let from = policy_set(&mut random, &base, 1).policies.remove(0);
        let at = random.below(new.policies.len());
        new.policies[at].assignments = from.assignments;
        let world = World::new(&old, &[&new], Assumptions::default());
        let difference = diff(&world, &DiffOptions::default());
        let pair = Pair::new(&old, &new);
        cut += usize::from(difference.exhausted.is_some());
        classes += difference.classes.len();
        for class in &difference.classes {
            let witness = request(&old, &class.witness.facts, &Proofs::default());
            let differs = pair.differs(&witness);
            assert_eq!(differs, Some(true), "seed {seed}: {witness}\n{class:#?}");
            let vector = pair.vector(&witness).unwrap();
            assert_eq!(
                direction(&vector),
                class.direction,
                "seed {seed}: {witness}\n{class:#?}"
            );
        }
    }
    println!(
        "{count} larger pairs: {classes} classes, {cut} cut short, {:?}",
        started.elapsed()
    );
}
