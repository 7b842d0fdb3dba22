//! What every explanation has to be, on random sets and sign-ins: judged by the reference evaluator.

use std::collections::BTreeMap;

use gatewright_reference::decide;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{
    Random, own_request, own_set, payments_schema, policy_set, sign_in,
};
use gatewright_value::fold;
use serde_json::json;

use super::super::sign_in::facts as read_facts;
use super::super::units::About;
use super::*;
use crate::Facts;
use crate::facts::Fact;
use crate::request::{Proofs, request as write};
use crate::values::classes_of;

/// One decision with everything that explains it.
struct Case<'c, 'w> {
    explainer: Explainer<'w>,
    sign_in: SignIn<'c>,
    mode: Mode,
    verdict: String,
    /// Whether nothing had to be set aside.
    exists: bool,
}

#[derive(Debug, Default)]
struct Counts {
    explained: usize,
    /// Of sign-ins that can exist.
    existing: usize,
    smallest: usize,
    samples: usize,
    needed: usize,
    changes: usize,
    parts: usize,
    /// Models of sign-ins that can exist, but come back from their request as something else.
    unwritten: usize,
    unexplained: BTreeMap<String, usize>,
}

impl Case<'_, '_> {
    fn set(&self) -> &PolicySet {
        self.explainer.set
    }

    /// A request as the search sees it, if it can exist and is decided.
    fn read(&self, request: &Value) -> Option<(Point, String)> {
        let world = self.explainer.demands.world;
        let claims = &self.explainer.verdicts.claims;
        let (facts, proved) = read_facts(self.set(), request, None, &claims.controls).ok()?;
        let classes = classes_of(world.schema, &world.joint.space, &facts);
        let point = Point {
            facts,
            classes,
            proved,
        };
        let (mine, others) = (
            claims.switches(&self.explainer.demands, &point.classes, &point.proved),
            self.explainer.switches(&self.sign_in),
        );
        let is_possible = broken_rows(world, &point.classes).is_empty()
            && others.iter().all(|switch| mine.contains(switch));
        let has_unknown = world.joint.space.variables.iter().zip(&point.classes);
        let mut has_unknown = has_unknown.map(|(v, class)| v.unknown_class() == *class);
        let is_known = world.assumptions.with_missing_facts || !has_unknown.any(|is| is);
        let decision = decide(self.set(), request, self.mode, None).ok()?;
        let verdict = decision["verdict"].as_str()?.to_owned();
        (is_possible && is_known).then_some((point, verdict))
    }

    /// The request of facts, with proofs.
    fn write(&self, facts: &Facts, proved: &[bool]) -> Value {
        let mut request = write(self.set(), facts, &Proofs::default());
        let controls = self.explainer.verdicts.claims.controls.iter().zip(proved);
        let controls = controls
            .filter(|(_, is)| **is)
            .map(|(control, _)| control.clone());
        if self.set().schema.is_entra {
            let controls = controls.collect();
            crate::request::claim(&mut request, &Proofs { controls });
        }
        request
    }

    fn agrees(&self, other: &Point, facts: &[usize]) -> bool {
        let units = facts.iter().map(|place| &self.explainer.units[*place]);
        units
            .into_iter()
            .all(|unit| unit.is_same(&self.sign_in.here, other))
    }

    /// Facts of a sign-in, with some of another one.
    fn mixed(&self, base: &Point, other: &Point, places: &[usize]) -> (Facts, Vec<bool>) {
        let (mut facts, mut proved) = (base.facts.clone(), base.proved.clone());
        for place in places {
            let unit = &self.explainer.units[*place];
            match &unit.about {
                About::Proof(at) => proved[*at] = other.proved[*at],
                About::Attribute(id, _) => {
                    if let Some(fact) = other.facts.get(id) {
                        facts.insert(*id, fact.clone());
                    }
                }
                About::Element(id, variable, element) => {
                    let is_in = other.classes[*variable as usize] == 1;
                    if let Some(Fact::Elements(elements)) = facts.get_mut(id) {
                        elements.retain(|one| fold(one) != *element);
                        elements.extend(is_in.then(|| element.clone()));
                    }
                }
            }
        }
        (facts, proved)
    }
}

/// The properties of one explanation.
fn examine(case: &mut Case<'_, '_>, others: &[Value], counts: &mut Counts, about: &str) {
    let verdict = case.explainer.verdicts.at(
        &case.explainer.demands,
        &case.sign_in.here.classes,
        &case.sign_in.here.proved,
    );
    let named = verdict.name(&case.set().schema);
    assert_eq!(named, case.verdict, "{about}: {:#}", case.sign_in.request);
    let reason = match case.explainer.reason(&case.sign_in, &verdict) {
        Ok(reason) => reason,
        Err(why) => {
            *counts.unexplained.entry(why.to_owned()).or_default() += 1;
            return;
        }
    };
    counts.explained += 1;
    counts.existing += usize::from(case.exists);
    counts.smallest += usize::from(reason.is_smallest);
    sufficiency(case, &reason.facts, others, counts, about);
    if reason.exhausted.is_none() {
        minimality(case, &verdict, &reason.facts, counts, about);
    }
    let (found, _) = case.explainer.changes(&case.sign_in, &verdict, 4);
    for one in &found {
        change(case, &verdict, one, counts, about);
    }
}

/// Whoever has the facts has the verdict.
fn sufficiency(
    case: &Case<'_, '_>,
    reason: &[usize],
    others: &[Value],
    counts: &mut Counts,
    about: &str,
) {
    let every: Vec<usize> = (0..case.explainer.units.len()).collect();
    for (number, other) in others.iter().enumerate() {
        let Some((other, _)) = case.read(other) else {
            continue;
        };
        // Some samples lie near the sign-in, and some anywhere.
        let mut taken = reason.to_vec();
        taken.extend(
            every
                .iter()
                .filter(|place| (*place + number) % 3 < number % 3),
        );
        let (facts, proved) = case.mixed(&other, &case.sign_in.here, &taken);
        let request = case.write(&facts, &proved);
        let Some((point, verdict)) = case.read(&request) else {
            continue;
        };
        if case.agrees(&point, reason) {
            counts.samples += 1;
            assert_eq!(verdict, case.verdict, "{about}: {reason:?}\n{request:#}");
        }
    }
}

/// Without any of the facts there is a sign-in with another verdict.
fn minimality(
    case: &mut Case<'_, '_>,
    verdict: &verdicts::Verdict,
    reason: &[usize],
    counts: &mut Counts,
    about: &str,
) {
    let same = case
        .explainer
        .verdicts
        .same(&mut case.explainer.demands, verdict);
    let facts = case.explainer.as_is(&case.sign_in);
    for left_out in reason {
        let mut asked = case.explainer.switches(&case.sign_in);
        asked.push(!same);
        let others: Vec<usize> = reason
            .iter()
            .copied()
            .filter(|one| one != left_out)
            .collect();
        asked.extend(others.iter().map(|one| facts[*one]));
        let model = match case.explainer.demands.solver.find(&asked) {
            Answer::Found(model) => model,
            Answer::None(_) => panic!("{about}: {left_out} is not needed in {reason:?}"),
            Answer::Exhausted(_) => continue,
        };
        let other = case.explainer.other(model);
        let demands = &case.explainer.demands;
        let comes_to = case
            .explainer
            .verdicts
            .at(demands, &other.classes, &other.proved);
        assert_ne!(comes_to.name(&case.set().schema), case.verdict, "{about}");
        let request = case.write(&other.facts, &other.proved);
        match case.read(&request) {
            Some((point, verdict)) if point.classes == other.classes => {
                counts.needed += 1;
                assert_ne!(verdict, case.verdict, "{about}: {left_out}\n{request:#}");
            }
            _ => counts.unwritten += usize::from(case.exists),
        }
    }
}

/// A change does what it says, and no part of it does anything.
fn change(
    case: &mut Case<'_, '_>,
    verdict: &verdicts::Verdict,
    found: &changes::Found,
    counts: &mut Counts,
    about: &str,
) {
    let schema = case.set().schema.clone();
    let rank = verdict.rank(&schema).unwrap();
    assert!(found.verdict.rank(&schema).unwrap() > rank, "{about}");
    let Some(change) = case.explainer.confirmed(&case.sign_in, found, case.mode) else {
        counts.unwritten += usize::from(case.exists);
        return;
    };
    counts.changes += 1;
    let decision = decide(case.set(), &change.request, case.mode, None).unwrap();
    assert_eq!(decision["verdict"], json!(change.verdict), "{about}");
    if found.facts.len() > 6 {
        return;
    }
    let better = case
        .explainer
        .verdicts
        .better(&mut case.explainer.demands, rank);
    assert!(!better.is_empty());
    for bits in 0..(1usize << found.facts.len()) - 1 {
        let part = found
            .facts
            .iter()
            .enumerate()
            .filter(|(at, _)| bits >> at & 1 == 1);
        let part: Vec<usize> = part.map(|(_, place)| *place).collect();
        let (facts, proved) = case.mixed(&case.sign_in.here, &found.other, &part);
        let request = case.write(&facts, &proved);
        let Some((point, name)) = case.read(&request) else {
            continue;
        };
        // Only where the part is what was written.
        let units = case.explainer.units.iter().enumerate();
        let mut units = units.map(|(place, unit)| {
            let wanted = match part.contains(&place) {
                true => &found.other,
                false => &case.sign_in.here,
            };
            unit.is_same(&point, wanted)
        });
        if units.all(|is| is) {
            counts.parts += 1;
            let at =
                case.explainer
                    .verdicts
                    .at(&case.explainer.demands, &point.classes, &point.proved);
            assert_eq!(at.name(&schema), name, "{about}");
            assert!(
                at.rank(&schema).unwrap() <= rank,
                "{about}: {part:?}\n{request:#}"
            );
        }
    }
}

/// Explain a sign-in of a set as `explain` does, and examine that.
fn run(
    set: &PolicySet,
    request: &Value,
    mode: Mode,
    others: &[Value],
    counts: &mut Counts,
    about: &str,
) {
    let Ok(decision) = decide(set, request, mode, None) else {
        return;
    };
    let plain = World::new(set, &[], Assumptions::default());
    let controls = claims::provable(set);
    let sign_in = SignIn::read(set, &plain.joint.space, request, None, &controls).unwrap();
    let rows = broken_rows(&plain, &sign_in.here.classes);
    let assumptions = Assumptions {
        with_missing_facts: sign_in.has_unknown(&plain.joint.space),
        rows_off: rows.iter().map(|row| (*row).to_owned()).collect(),
        ..Assumptions::default()
    };
    let world = World::new(set, &[], assumptions);
    let options = ExplainOptions {
        mode,
        ..ExplainOptions::default()
    };
    let mut explainer = Explainer::new(set, &world, &options);
    let mut asked = explainer.switches(&sign_in);
    asked.extend(explainer.as_is(&sign_in));
    match explainer.demands.solver.find(&asked) {
        Answer::Found(_) => {}
        Answer::None(_) => {
            *counts
                .unexplained
                .entry("impossible".to_owned())
                .or_default() += 1;
            return;
        }
        Answer::Exhausted(what) => {
            *counts.unexplained.entry(what.to_owned()).or_default() += 1;
            return;
        }
    }
    let mut case = Case {
        explainer,
        sign_in,
        mode,
        verdict: decision["verdict"].as_str().unwrap().to_owned(),
        exists: rows.is_empty(),
    };
    examine(&mut case, others, counts, about);
}

/// A random sign-in, if possible one that can exist.
fn existing(random: &mut Random, set: &PolicySet) -> Value {
    let plain = World::new(set, &[], Assumptions::default());
    let mut request = Value::Null;
    for _ in 0..12 {
        request = sign_in(random, &set.schema);
        if random.chance(60) {
            request.as_object_mut().unwrap().remove("unknown");
        }
        let read = SignIn::read(set, &plain.joint.space, &request, None, &[]).unwrap();
        if broken_rows(&plain, &read.here.classes).is_empty() {
            break;
        }
    }
    request
}

#[test]
fn reasons_force_and_changes_help_under_random_sets() {
    let base = Base::entra();
    let mut counts = Counts::default();
    for seed in 0..25 {
        let mut random = Random::new(seed);
        let mut set = policy_set(&mut random, &base, 6);
        set.policies.retain(|policy| policy.state == State::Enabled);
        let mode = if random.chance(70) {
            Mode::Graph
        } else {
            Mode::Pessimistic
        };
        let others: Vec<Value> = (0..30).map(|_| existing(&mut random, &set)).collect();
        for number in 0..3 {
            let request = existing(&mut random, &set);
            let about = format!("{seed}/{number}");
            run(&set, &request, mode, &others, &mut counts, &about);
        }
    }
    assert!(counts.explained > 60, "{counts:#?}");
    assert!(counts.existing > 60, "{counts:#?}");
    assert!(counts.samples > 700, "{counts:#?}");
    assert!(counts.needed > 150, "{counts:#?}");
    assert!(counts.changes > 10, "{counts:#?}");
    assert!(counts.parts > 10, "{counts:#?}");
    assert!(counts.unwritten < 25, "{counts:#?}");
}

#[test]
fn reasons_force_and_changes_help_under_a_schema_of_ones_own() {
    let schema = payments_schema().unwrap();
    let mut counts = Counts::default();
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let mut set = own_set(&mut random, &schema, 5);
        set.policies.retain(|policy| policy.state == State::Enabled);
        let others: Vec<Value> = (0..30).map(|_| own_request(&mut random, &schema)).collect();
        for number in 0..3 {
            let request = own_request(&mut random, &schema);
            run(
                &set,
                &request,
                Mode::Graph,
                &others,
                &mut counts,
                &format!("{seed}/{number}"),
            );
        }
    }
    assert!(counts.explained > 100, "{counts:#?}");
    assert!(counts.samples > 2000, "{counts:#?}");
    assert!(counts.needed > 100, "{counts:#?}");
    assert!(counts.parts > 100, "{counts:#?}");
    assert_eq!(counts.unwritten, 0, "{counts:#?}");
}
