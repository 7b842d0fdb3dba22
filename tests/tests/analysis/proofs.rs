//! What is proved holds at every sign-in there is, and what is refuted does not hold at the sign-in
//! that is told: both by decisions of the reference.

use std::time::Instant;

use gatewright_analysis::prove::{Prover, Verdict};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Assumptions, Budget, World, classes_of};
use gatewright_decision::Classes;
use gatewright_hir::invariant::Quantifier;
use gatewright_hir::model::PolicySet;
use gatewright_source::Span;
use gatewright_tests::generate::Random;
use gatewright_tests::generate::policies::Base;
use serde_json::Value;

use crate::doubts::is_confirmed;
use crate::is_full;
use crate::missing::{Missing, said};
use crate::oracle::{Oracle, Property};
use crate::own;
use crate::small::{self, Small};

pub(crate) fn quantifier(property: &Property) -> Quantifier {
    if property.is_always {
        Quantifier::Always(Span::default())
    } else {
        Quantifier::Never(Span::default())
    }
}

/// The properties as the policies of a set of their own.
pub(crate) fn of_properties(set: &PolicySet, properties: &[Property]) -> PolicySet {
    PolicySet {
        policies: properties.iter().map(|one| one.policy.clone()).collect(),
        ..set.clone()
    }
}

#[derive(Default)]
pub(crate) struct Counted {
    pub(crate) proved: usize,
    pub(crate) vacuous: usize,
    pub(crate) refuted: usize,
    pub(crate) whole: usize,
    pub(crate) sign_ins: usize,
}

/// A disagreement, without spans and what is absent.
pub(crate) fn told(
    what: &str,
    set: &PolicySet,
    property: &Property,
    request: &Value,
    verdict: &Verdict,
) -> String {
    let mut text = format!(
        "{what}\nalways: {} {:?}\n",
        property.is_always, property.policy
    );
    for policy in &set.policies {
        text.push_str(&format!("{policy:?}\n"));
    }
    text.push_str(&format!("{request}\n{verdict:?}\n"));
    brief(text)
}

/// Without spans and what is absent.
pub(crate) fn brief(mut text: String) -> String {
    for noise in [
        "span: Span { source: SourceId(0), start: 0, end: 0 }",
        "name_",
        "unmodelled: [], form: GraphForm { profile: Minimal, written: [], template: None, \
         plan: None }, annotations: Annotations { owner: None, ticket: None, expires: None, used_at: [], is_titled: false }, scopes: []",
        "#microsoft.graph.",
        "-0000-4000-8000-000000000",
    ] {
        text = text.replace(noise, "");
    }
    for member in [
        "user_risk",
        "sign_in_risk",
        "insider_risk",
        "service_principal_risk",
        "agent_risk",
        "platforms",
        "locations",
        "clients",
        "devices",
        "flows",
        "when",
        "effect",
        "sign_in_frequency",
        "secondary_frequency",
        "persistent_browser",
        "cloud_app_security",
        "continuous_access_evaluation",
        "requirement",
    ] {
        text = text
            .replace(&format!("{member}: None, "), "")
            .replace(&format!("{member}: None"), "");
    }
    for flag in [
        "application_enforced_restrictions",
        "disable_resilience_defaults",
        "secure_sign_in_session",
    ] {
        text = text.replace(&format!("{flag}: false, "), "");
    }
    text
}

/// Hold the prover against every sign-in of a small set.
fn check(small: &Small, with_report_only: bool, counted: &mut Counted) -> Result<(), String> {
    let Small {
        set, properties, ..
    } = small;
    let claimed = of_properties(set, properties);
    let assumptions = Assumptions {
        with_report_only,
        ..small.missing.assumptions()
    };
    let world = World::new(set, &[&claimed], assumptions);
    let mut prover = Prover::new(&world, 0, Budget::default());
    let oracle = Oracle::new(set, with_report_only, properties);
    let requests: Vec<Value> = small
        .sign_ins
        .iter()
        .map(|facts| said(set, facts))
        .collect();
    counted.whole += usize::from(small.is_whole);
    for (property, number) in properties.iter().zip(world.policies(1)) {
        counted.sign_ins += requests.len();
        let case = oracle.case(property);
        let refuting = |(_, request): &(usize, &Value)| {
            // Two effects that conflict are an error.
            let refutes = oracle.refutes(&case, request);
            assert!(
                refutes.is_some() || !set.schema.is_entra,
                "refused: {request:#}"
            );
            refutes == Some(true)
        };
        let refuting = requests.iter().enumerate().filter(refuting);
        let verdict = prover.decide(number, quantifier(property));
        let say = |what: &str, request: &Value| Err(told(what, set, property, request, &verdict));
        match &verdict {
            Verdict::Unknown(what) => return say(what, &Value::Null),
            Verdict::Proved { is_vacuous, by } => {
                counted.proved += 1;
                counted.vacuous += usize::from(*is_vacuous);
                if let Some((_, request)) = refuting.into_iter().next() {
                    return say("proved, and refuted", request);
                }
                let mut fewer = set.clone();
                let by: Vec<usize> = by.clone();
                let kept = fewer.policies.into_iter().enumerate();
                fewer.policies = kept
                    .filter(|(n, _)| by.contains(n))
                    .map(|(_, p)| p)
                    .collect();
                if property.is_always && set.schema.is_entra {
                    let fewer = Oracle::new(&fewer, with_report_only, properties);
                    let case = fewer.case(property);
                    for request in &requests {
                        if fewer.refutes(&case, request) == Some(true) {
                            return say("the policies that are named are not enough", request);
                        }
                    }
                }
            }
            Verdict::Refuted(shown) => {
                counted.refuted += 1;
                let witness = request(set, &shown.facts, &Proofs::default());
                if oracle.refutes(&case, &witness) != Some(true) {
                    return say("refuted by what does not refute", &witness);
                }
                if !is_confirmed(set, with_report_only, property, shown) {
                    return say("refuted, and not confirmed", &witness);
                }
                let space = &world.joint.space;
                let encode = |facts| classes_of(world.schema, space, facts);
                // Under a schema of one's own nothing is usual but what is absent or named nowhere.
                let usual = space.variables.iter().map(|variable| {
                    let attribute = world.schema.attribute(variable.attribute);
                    let null = variable.null_class();
                    null.filter(|_| attribute.is_some_and(|one| one.is_optional))
                        .unwrap_or(0)
                });
                let ordinary = match set.schema.is_entra {
                    true => encode(&small.ordinary),
                    false => usual.collect(),
                };
                let unusual = |classes: &[u32]| -> Vec<(u32, Option<usize>)> {
                    let variables = space.variables.iter().enumerate();
                    let unusual = variables.filter(|(at, _)| classes[*at] != ordinary[*at]);
                    let mut facts: Vec<_> = unusual
                        .map(|(at, variable)| {
                            let is_element = matches!(variable.classes, Classes::Has(_));
                            (variable.attribute.0, is_element.then_some(at))
                        })
                        .collect();
                    facts.sort_unstable();
                    facts.dedup();
                    facts
                };
                let shown = unusual(&shown.classes);
                for (at, request) in refuting {
                    let smaller = unusual(&encode(&small.sign_ins[at]));
                    let is_smaller = smaller.len() < shown.len()
                        && smaller.iter().all(|fact| shown.contains(fact));
                    if is_smaller {
                        return say("less would do", request);
                    }
                }
            }
        }
    }
    Ok(())
}

/// Hold the prover against as many small sets.
fn check_all(what: &str, count: u64, mut make: impl FnMut(&mut Random) -> Small) {
    let started = Instant::now();
    let mut counted = Counted::default();
    let mut failures = Vec::new();
    for seed in 0..count {
        let mut random = Random::new(seed);
        let small = make(&mut random);
        let with_report_only = random.chance(30);
        if let Err(failure) = check(&small, with_report_only, &mut counted) {
            failures.push(format!("seed {seed}: {failure}"));
        }
    }
    let Counted {
        proved,
        vacuous,
        refuted,
        whole,
        sign_ins,
    } = counted;
    println!(
        "{count} {what} ({whole} with every sign-in): {proved} proved ({vacuous} of nothing), \
         {refuted} refuted, {sign_ins} sign-ins, {:?}",
        started.elapsed()
    );
    for failure in failures.iter().take(6) {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} failures", failures.len());
}

#[test]
fn proofs_and_refutations_of_small_sets_are_those_of_every_sign_in() {
    let base = Base::entra();
    let (count, most) = if is_full() { (250, 400) } else { (60, 200) };
    check_all("small sets", count, |random| {
        small::entra(random, &base, most, Missing::Nothing)
    });
}

#[test]
fn proofs_and_refutations_hold_whatever_is_missing() {
    let base = Base::entra();
    let (count, most) = if is_full() { (250, 400) } else { (40, 150) };
    check_all("small sets with missing facts", count, |random| {
        let missing = match random.below(4) {
            0 => Missing::Target,
            _ => Missing::Facts,
        };
        small::entra(random, &base, most, missing)
    });
}

#[test]
fn proofs_and_refutations_under_a_schema_of_ones_own_are_those_of_every_request() {
    let schemas = own::schemas();
    let (count, most) = if is_full() { (600, 400) } else { (100, 200) };
    check_all("sets of one's own", count, |random| {
        let schema = random.pick(&schemas);
        own::own(random, schema, most, Missing::Nothing)
    });
}

#[test]
fn proofs_and_refutations_under_a_schema_of_ones_own_hold_whatever_is_missing() {
    let schemas = own::schemas();
    let (count, most) = if is_full() { (600, 400) } else { (60, 150) };
    check_all("sets of one's own with missing facts", count, |random| {
        let schema = random.pick(&schemas);
        own::own(random, schema, most, Missing::Facts)
    });
}
