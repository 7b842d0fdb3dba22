//! What every explanation has to be, on random sets and sign-ins: judged by the reference evaluator.

use std::collections::BTreeMap;

use gatewright_reference::decide;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{
    Random, own_request, own_set, payments_schema, policy_set, sign_in,
};
use serde_json::json;

use super::super::reason::Reason;
use super::case::Case;
use super::*;
use crate::facts::Fact;
use crate::values::{Realised, Realiser};

#[derive(Debug, Default)]
struct Counts {
    explained: usize,
    /// Of sign-ins that can exist.
    existing: usize,
    smallest: usize,
    /// Sign-ins with the facts of a reason, and the fewest for one.
    samples: usize,
    fewest: usize,
    /// Facts without which the reference finds another verdict.
    needed: usize,
    /// Facts of which the sign-in without them cannot be written, by why.
    unwritten: BTreeMap<&'static str, usize>,
    changes: usize,
    parts: usize,
    /// Sets of fewer facts, of which none forces the verdict.
    smaller: usize,
    unexplained: BTreeMap<String, usize>,
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
    sufficiency(case, &reason, others, counts, about);
    if reason.exhausted.is_none() {
        minimality(case, &verdict, &reason.facts, counts, about);
    }
    if reason.is_smallest {
        nothing_smaller(case, &verdict, reason.facts.len(), counts, about);
    }
    let (found, _) = case.explainer.changes(&case.sign_in, &verdict, 4);
    for one in &found {
        change(case, &verdict, one, counts, about);
    }
}

/// Whoever has what is told of the facts has the verdict.
fn sufficiency(
    case: &mut Case<'_, '_>,
    reason: &Reason,
    others: &[Value],
    counts: &mut Counts,
    about: &str,
) {
    let mut random = Random::new(reason.facts.len() as u64 + 7);
    let mut requests = case.alike(&reason.facts, others);
    requests.extend(case.neighbours(reason));
    requests.extend(case.found(reason, &mut random));
    let mut samples = 0;
    for request in requests {
        let Some((point, verdict)) = case.read(&request) else {
            continue;
        };
        if case.has_what_is_told(&point, reason) {
            samples += 1;
            assert_eq!(verdict, case.verdict, "{about}: {reason:?}\n{request:#}");
        }
    }
    counts.fewest = match counts.samples {
        0 => samples,
        _ => counts.fewest.min(samples),
    };
    counts.samples += samples;
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
            _ => {
                let why = why_unwritten(case, &other, &request);
                let why = why.unwrap_or_else(|| panic!("{about}: {left_out}\n{request:#}"));
                *counts.unwritten.entry(why).or_default() += 1;
            }
        }
    }
}

/// No set of fewer facts forces the verdict: those with one less are tried, where they are few.
fn nothing_smaller(
    case: &mut Case<'_, '_>,
    verdict: &verdicts::Verdict,
    size: usize,
    counts: &mut Counts,
    about: &str,
) {
    const TRIED_MAX: usize = 40;
    let units = case.explainer.units.len();
    if units > 12 {
        return;
    }
    let sets = (0_usize..1 << units).filter(|bits| bits.count_ones() as usize + 1 == size);
    let same = case
        .explainer
        .verdicts
        .same(&mut case.explainer.demands, verdict);
    let facts = case.explainer.as_is(&case.sign_in);
    for bits in sets.take(TRIED_MAX) {
        let mut asked = case.explainer.switches(&case.sign_in);
        asked.push(!same);
        let chosen = facts
            .iter()
            .enumerate()
            .filter(|(at, _)| bits >> at & 1 == 1);
        asked.extend(chosen.map(|(_, lit)| *lit));
        counts.smaller += 1;
        let found = case.explainer.demands.solver.find(&asked);
        assert!(!matches!(found, Answer::None(_)), "{about}: {bits:b}");
    }
}

/// Why no request says what a sign-in is, of the reasons that there are.
fn why_unwritten(case: &Case<'_, '_>, wanted: &Point, request: &Value) -> Option<&'static str> {
    let world = case.world();
    if !case.exists {
        return Some("a sign-in that cannot exist");
    }
    let read = case.point(request)?;
    let name = |at: usize| {
        let variable = world.joint.space.variables.get(at)?;
        let attribute = world.schema.attribute(variable.attribute)?;
        Some((attribute.name.as_str(), variable.unknown_class()))
    };
    let classes = wanted.classes.iter().zip(&read.classes).enumerate();
    let differing = classes.filter(|(_, (wanted, read))| wanted != read);
    let differing: Vec<(&str, u32, u32)> = differing
        .map(|(at, (_, read))| name(at).map(|(name, unknown)| (name, *read, unknown)))
        .collect::<Option<_>>()?;
    let all = |is: &dyn Fn(&str, bool) -> bool| {
        let mut differing = differing.iter();
        differing.all(|(name, read, unknown)| is(name, read == unknown))
    };
    // A request is of one identity class, also where nobody is to know which.
    let identity = world.schema.find_attribute("signIn.identity")?;
    if wanted.facts.get(&identity) == Some(&Fact::Unknown) {
        let entities = ["user.", "servicePrincipal.", "agent."];
        let is_of_somebody = |name: &str| entities.iter().any(|entity| name.starts_with(entity));
        return all(&|name, _| is_of_somebody(name)).then_some("who signs in is not known");
    }
    // Where device management reports, the mark of the device is what follows from that.
    let is_reported = request.get("compliance").is_some();
    let is_derived = all(&|name, is_unknown| name == "device.isCompliant" && is_unknown);
    (is_reported && is_derived).then_some("what the mark of a device follows from is not known")
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
        assert!(!case.exists, "{about}: {:?}", found.facts);
        return;
    };
    counts.changes += 1;
    let decision = decide(case.set(), &change.request, case.mode, None).unwrap();
    assert_eq!(decision["verdict"], json!(change.verdict), "{about}");
    told_as_widely_as_true(case, found, &change, about);
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

/// Whoever does what is told of a change, in one of the ways that it leaves open, has the verdict.
fn told_as_widely_as_true(
    case: &Case<'_, '_>,
    found: &changes::Found,
    change: &Change,
    about: &str,
) {
    let world = case.world();
    let wide = case.explainer.widely(&case.sign_in, found);
    let mut random = Random::new(wide.len() as u64);
    for _ in 0..8 {
        let mut classes = found.other.classes.clone();
        for (variable, choices) in &wide {
            classes[*variable as usize] = *random.pick(choices);
        }
        let mut realiser = Realiser::new(world.schema, &world.joint.space);
        let Realised::Facts(facts) = realiser.realise(&classes) else {
            continue;
        };
        let request = case.write(&facts, &found.other.proved);
        match case.read(&request) {
            Some((point, verdict)) if point.classes == classes => {
                assert_eq!(
                    verdict, change.verdict,
                    "{about}: {}\n{request:#}",
                    change.text
                );
                let decision = decide(case.set(), &request, case.mode, None).unwrap();
                let missing = decision
                    .get("missing")
                    .cloned()
                    .unwrap_or_else(|| json!([]));
                assert_eq!(missing, json!(change.missing), "{about}: {}", change.text);
            }
            _ => {}
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
    let needs = Needs::of(&plain, &sign_in);
    let world = World::new(set, &[], needs.assumptions());
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
        exists: needs.rows.is_empty(),
    };
    examine(&mut case, others, counts, about);
}

fn text(decision: &Value) -> &str {
    decision["verdict"].as_str().unwrap()
}

/// A random sign-in, if possible one that can exist.
fn existing(random: &mut Random, set: &PolicySet, plain: &World<'_>) -> Value {
    let mut request = Value::Null;
    for _ in 0..12 {
        request = sign_in(random, &set.schema);
        if random.chance(60) {
            request.as_object_mut().unwrap().remove("unknown");
        }
        let read = SignIn::read(set, &plain.joint.space, &request, None, &[]).unwrap();
        if broken_rows(plain, &read.here.classes).is_empty() {
            break;
        }
    }
    request
}

#[test]
fn reasons_force_and_changes_help_under_random_sets() {
    let base = Base::entra();
    let mut counts = Counts::default();
    for seed in 0..16 {
        let mut random = Random::new(seed);
        let mut set = policy_set(&mut random, &base, 6);
        set.policies.retain(|policy| policy.state == State::Enabled);
        let mode = if random.chance(70) {
            Mode::Graph
        } else {
            Mode::Pessimistic
        };
        let plain = World::new(&set, &[], Assumptions::default());
        let others: Vec<Value> = (0..40)
            .map(|_| existing(&mut random, &set, &plain))
            .collect();
        for number in 0..3 {
            let mut request = existing(&mut random, &set, &plain);
            // Of what could be better, there is more to tell.
            for _ in 0..8 {
                let decision = decide(&set, &request, mode, None).unwrap();
                if number == 0 || !["grant", "notApplicable"].contains(&text(&decision)) {
                    break;
                }
                request = existing(&mut random, &set, &plain);
            }
            let about = format!("{seed}/{number}");
            run(&set, &request, mode, &others, &mut counts, &about);
        }
    }
    assert!(counts.explained > 40, "{counts:#?}");
    assert!(counts.existing > 40, "{counts:#?}");
    assert!(counts.samples > 4_000 && counts.fewest >= 30, "{counts:#?}");
    assert!(counts.needed > 90, "{counts:#?}");
    assert!(counts.changes > 15, "{counts:#?}");
    assert!(counts.parts > 15, "{counts:#?}");
}

#[test]
fn reasons_force_and_changes_help_under_a_schema_of_ones_own() {
    let schema = payments_schema().unwrap();
    let mut counts = Counts::default();
    for seed in 0..20 {
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
    assert!(counts.explained > 50, "{counts:#?}");
    assert!(counts.samples > 2_000 && counts.fewest >= 20, "{counts:#?}");
    assert!(counts.needed > 50, "{counts:#?}");
    assert!(counts.parts > 50, "{counts:#?}");
    assert!(counts.unwritten.is_empty(), "{counts:#?}");
}
