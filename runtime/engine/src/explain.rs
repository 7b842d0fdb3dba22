//! Why: which conditions decided, and which facts force the verdict.
//!
//! **Forced.** A verdict is *forced* by some facts if it is the same whatever the other facts are.
//! That is decided by two bounds. From below: policies apply where they certainly do, and missing
//! facts satisfy controls as favourably as they can. From above: policies apply where they possibly
//! do, and missing facts satisfy controls as unfavourably as they can. More applying policies and
//! fewer held controls never make a verdict milder, so where the bounds agree, everything between
//! them does. What has been proved is given and stays.
//!
//! **Smallest.** Facts are forgotten one by one, later attributes first, each time only if the
//! verdict stays forced. Knowing less never makes the bounds closer, so no single fact of the
//! result can be left out. Where the bounds of the whole request already differ, nothing forces the
//! verdict; then the missing facts that were asked for are named.

use gatewright_bytecode::{Matcher, Place, Policy, Program};
use gatewright_value::vocabulary::{Reason, State};
use gatewright_value::{
    Field, Kind, Record, Truth, fold, format_duration, guid_text, key_number, ordered_text,
};
use gatewright_vm::{Fact, Rail};
use serde::Serialize;

use crate::combine::{Chosen, Combining, Verdict, choose, replaces_strengths};
use crate::compliance::{ComplianceState, Derivation, RequirementReport};
use crate::engine::{Engine, Scratch, enforced};
use crate::evaluate::Evaluate;
use crate::report::Report;
use crate::request::Request;
use crate::signals::View;

/// How one condition came out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) reason: Reason,
    pub(crate) truth: Truth,
    place: Place,
}

/// A condition that decided whether a policy applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionReport {
    /// What it is about.
    pub condition: &'static str,
    /// `true`, `false` or `unknown`.
    pub outcome: &'static str,
    /// The file that it is written in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// What forces a verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whether the verdict is the same whatever the missing facts are.
    pub is_forced: bool,
    /// The applying enforced policies that make the verdict what it is, by id.
    pub policies: Vec<String>,
    /// A smallest set of facts that forces the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Vec<FactReport>>,
    /// Missing facts that a policy or a control asks for, where nothing forces the verdict.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// Requirements of compliance policies that keep the device from being compliant, where that
    /// was derived.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<RequirementReport>,
}

/// A fact that contributes to forcing a verdict.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactReport {
    /// The attribute.
    pub attribute: String,
    /// Its value; of a set, the elements that the program knows.
    pub value: serde_json::Value,
}

impl Outcome {
    /// Whether it keeps the policy from applying.
    pub(crate) fn decides_against(&self) -> bool {
        self.truth != Truth::True
    }

    pub(crate) fn report(&self, program: &Program) -> ConditionReport {
        ConditionReport {
            condition: self.reason.name(),
            outcome: truth_name(self.truth),
            file: program.files.get(self.place.file as usize).cloned(),
            line: self.place.line,
            column: self.place.column,
        }
    }
}

/// A truth as reports spell it.
pub(crate) fn truth_name(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

/// How the conditions of a policy come out; none for a disabled policy.
pub(crate) fn conditions(
    evaluator: &dyn Evaluate,
    classes: &[u32],
    number: usize,
    policy: &Policy,
) -> Vec<Outcome> {
    if policy.state == State::Disabled {
        return Vec::new();
    }
    let outcome = |(at, condition): (usize, &gatewright_bytecode::Condition)| {
        let holds = |rail| evaluator.condition(number, at, rail, classes);
        let truth = match (holds(Rail::Certain), holds(Rail::Possible)) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        };
        Outcome {
            reason: condition.reason,
            truth,
            place: condition.place,
        }
    };
    policy.conditions.iter().enumerate().map(outcome).collect()
}

/// What forces the verdict of a report.
pub(crate) fn explain(
    engine: &Engine,
    evaluator: &dyn Evaluate,
    request: &Request<'_>,
    report: &Report,
    scratch: &mut Scratch,
) -> Explanation {
    let policies = deciding_policies(engine, report, scratch);
    let classes = scratch.encoding.classes();
    let derivation = Derivation::new(engine, evaluator, request, classes);
    let failing = derivation.filter(|one| one.state() != ComplianceState::Compliant);
    let requirements = failing.map(|one| one.failures()).unwrap_or_default();
    let mut bounds = Bounds {
        engine,
        evaluator,
        scratch,
    };
    let Some(forced) = bounds.forced(request) else {
        let asked = asked_attributes(engine);
        let program = engine.program();
        let unknown = asked
            .into_iter()
            .filter(|at| *request.facts().at(*at) == Fact::Unknown);
        let name = |at: u32| {
            program
                .attributes
                .get(at as usize)
                .map(|row| row.name.clone())
        };
        let unknown = unknown.filter_map(name).collect();
        return Explanation {
            is_forced: false,
            policies,
            facts: None,
            unknown,
            requirements,
        };
    };
    let mut smallest = request.clone();
    let attributes = 0..u32::try_from(engine.program().attributes.len()).unwrap_or(u32::MAX);
    for at in attributes.clone().rev() {
        let fact = smallest.facts.forget(at);
        if fact != Fact::Unknown && bounds.forced(&smallest).as_ref() != Some(&forced) {
            smallest.facts.restore(at, fact);
        }
    }
    let known = attributes.filter(|at| *smallest.facts.at(*at) != Fact::Unknown);
    let facts = known.filter_map(|at| fact_report(engine.program(), at, smallest.facts.at(at)));
    Explanation {
        is_forced: true,
        policies,
        facts: Some(facts.collect()),
        unknown: Vec::new(),
        requirements,
    }
}

/// The verdict as bounds see it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Bound {
    Entra(Verdict),
    /// The chosen effects, ascending.
    Own(Vec<u32>),
}

struct Bounds<'a> {
    engine: &'a Engine,
    evaluator: &'a dyn Evaluate,
    scratch: &'a mut Scratch,
}

impl Bounds<'_> {
    /// The verdict, if both bounds agree on it.
    fn forced(&mut self, request: &Request<'_>) -> Option<Bound> {
        let engine = self.engine;
        let (program, plan) = (engine.program(), engine.plan());
        let signals = engine.encode(self.evaluator, request, &mut self.scratch.encoding);
        let classes = self.scratch.encoding.classes();
        let [mut certain, mut possible] = [Vec::new(), Vec::new()];
        engine.applying(self.evaluator, classes, Rail::Certain, &mut certain);
        engine.applying(self.evaluator, classes, Rail::Possible, &mut possible);
        let certain: Vec<u32> = enforced(program, &certain).collect();
        let possible: Vec<u32> = enforced(program, &possible).collect();
        if let Some(effects) = &program.effects {
            return forced_effects(engine, effects, &certain, &possible);
        }
        let held = &mut self.scratch.held;
        // Replaced strengths make a verdict milder, so that bound takes the other rail.
        let mut bound = |view: View, applying: &[u32], replacing: &[u32]| {
            let settled = signals.settle(view);
            engine.held(request, &settled, held);
            let replacing = replacing.iter().copied();
            let are_strengths_replaced =
                replaces_strengths(program, plan, settled.is_registering, replacing);
            let can_interact = !settled.is_legacy;
            let combining = Combining {
                program,
                plan,
                held,
                can_interact,
                are_strengths_replaced,
            };
            combining.verdict(applying.iter().copied())
        };
        let below = bound(View::Lenient, &certain, &possible);
        let above = bound(View::Strict, &possible, &certain);
        (below == above).then_some(Bound::Entra(below))
    }
}

/// The effects that are chosen whatever policies apply between these bounds.
fn forced_effects(
    engine: &Engine,
    effects: &gatewright_bytecode::Effects,
    certain: &[u32],
    possible: &[u32],
) -> Option<Bound> {
    let effect = |number: &u32| engine.program().policies.get(*number as usize)?.effect;
    let chosen = |applying: &[u32]| {
        let mut occurring: Vec<u32> = applying.iter().filter_map(effect).collect();
        occurring.sort_unstable();
        occurring.dedup();
        match choose(effects, occurring.iter().copied()) {
            Chosen::Otherwise(effect) | Chosen::One(effect) => Some(vec![effect]),
            Chosen::All => Some(occurring),
            Chosen::Conflict(..) => None,
        }
    };
    let (below, above) = (chosen(certain)?, chosen(possible)?);
    // The effect without a policy may lie anywhere in the order: it is forced only where no policy
    // with an effect can apply, or where those that certainly do settle the choice.
    let can_be_otherwise = !certain.iter().any(|number| effect(number).is_some());
    let is_settled = below == above
        && (!can_be_otherwise
            || possible
                .iter()
                .all(|number| effect(number).is_none_or(|effect| vec![effect] == below)));
    is_settled.then_some(Bound::Own(below))
}

/// The applying enforced policies that make the verdict what it is.
fn deciding_policies(engine: &Engine, report: &Report, scratch: &Scratch) -> Vec<String> {
    let program = engine.program();
    let mut policies: Vec<String> = Vec::new();
    let applied = enforced(program, &scratch.applying);
    for policy in applied.filter_map(|number| program.policies.get(number as usize)) {
        let row = report.policies().iter().find(|row| row.id == policy.id);
        let decides = match report {
            Report::Entra(report) => match report.verdict {
                Verdict::Block => policy.is_block,
                Verdict::Deny | Verdict::Interrupt => {
                    row.is_some_and(|row| row.result == "failure")
                }
                Verdict::Grant | Verdict::NotApplicable => true,
            },
            Report::Own(report) => policy.effect.is_some_and(|effect| {
                let names = program.effects.as_ref().map(|effects| &effects.names);
                let name = names.and_then(|names| names.get(effect as usize));
                name.is_some_and(|name| report.verdict.split('+').any(|chosen| chosen == name))
            }),
        };
        if decides {
            policies.push(policy.id.clone());
        }
    }
    policies
}

/// The attributes that policies or controls ask for, ascending.
fn asked_attributes(engine: &Engine) -> Vec<u32> {
    let program = engine.program();
    let mut asked: Vec<u32> = program.matchers.iter().map(Matcher::attribute).collect();
    if program.origin.is_entra && !program.controls.is_empty() {
        asked.extend(engine.plan().signals.all().map(|slot| slot.index()));
    }
    asked.sort_unstable();
    asked.dedup();
    asked
}

fn fact_report(program: &Program, at: u32, fact: &Fact<'_>) -> Option<FactReport> {
    use serde_json::Value;
    let info = program.attributes.get(at as usize)?;
    let value = match fact {
        Fact::Unknown => return None,
        Fact::Null => Value::Null,
        Fact::Boolean(truth) => Value::Bool(*truth),
        Fact::Text(text) => Value::String(text.as_ref().to_owned()),
        Fact::Guid(guid) => Value::String(guid_text(*guid).as_str().to_owned()),
        Fact::Member(place) => Value::String(member(&info.kind, *place)),
        Fact::Guids(elements) => {
            let texts = elements.iter().map(|guid| guid_text(*guid));
            let known = texts.filter(|text| is_listed(program, at, text.as_str()));
            known
                .map(|text| Value::String(text.as_str().to_owned()))
                .collect()
        }
        Fact::Address(key) => ordered_text(&Kind::Address, *key).into(),
        Fact::Ordered(key) => ordered(&info.kind, *key),
        Fact::Set(elements) => {
            let is_listed = |element: &str| is_listed(program, at, &fold(element));
            let known = elements.iter().filter(|element| is_listed(element));
            known
                .map(|element| Value::String(element.as_ref().to_owned()))
                .collect()
        }
        Fact::Records(records) => {
            let asked = asked_fields(program, at);
            records.iter().map(|one| record(one, &asked)).collect()
        }
    };
    Some(FactReport {
        attribute: info.name.clone(),
        value,
    })
}

/// The name of a member of an enumeration.
fn member(kind: &Kind, place: u16) -> String {
    let members = match kind {
        Kind::Enumeration { members, .. } => members.as_slice(),
        _ => &[],
    };
    members.get(usize::from(place)).cloned().unwrap_or_default()
}

/// Whether the program knows this element of a set, or treats all elements alike.
fn is_listed(program: &Program, at: u32, element: &str) -> bool {
    let matchers = program
        .matchers
        .iter()
        .filter(|matcher| matcher.attribute() == at);
    matchers.into_iter().any(|matcher| match matcher {
        Matcher::Elements { elements, .. } => elements.iter().any(|row| row.0 == element),
        Matcher::Targets {
            elements,
            others,
            uncertain,
            ..
        } if others.is_empty() && uncertain.is_empty() => {
            elements.iter().any(|row| row.0 == element)
        }
        _ => true,
    })
}

/// The fields of records that the program asks about.
fn asked_fields(program: &Program, at: u32) -> Vec<&str> {
    let of_attribute = program
        .matchers
        .iter()
        .filter(|matcher| matcher.attribute() == at);
    let predicates = of_attribute.flat_map(|matcher| match matcher {
        Matcher::Predicates { predicates, .. } => predicates.as_slice(),
        _ => &[],
    });
    let questions = predicates.flat_map(|(predicate, _)| predicate.questions());
    questions.map(|question| question.field.as_str()).collect()
}

fn record(record: &Record<'_>, asked: &[&str]) -> serde_json::Value {
    use serde_json::Value;
    let text = |text: &str| Value::String(text.to_owned());
    let known = record.fields().filter(|(name, _)| asked.contains(name));
    let members = known.map(|(name, value)| {
        let value = match value {
            Field::Text(one) => text(one),
            Field::List(texts) => texts.iter().map(|one| text(one)).collect(),
        };
        (name.to_owned(), value)
    });
    Value::Object(members.collect())
}

/// A value of an ordered type from its key.
fn ordered(kind: &Kind, key: u128) -> serde_json::Value {
    match kind {
        Kind::Integer { .. } => key_number(key).into(),
        Kind::Duration => format_duration(key_number(key)).into(),
        kind => ordered_text(kind, key).into(),
    }
}
