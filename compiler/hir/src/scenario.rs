//! Scenario tests: `test "name" { given { … } expect { … } }`.
//!
//! A test is a row of steps. A step is a sign-in and what is expected of its decision; what its
//! `given` leaves out is as in the step before. The sign-in is kept as the members of a request,
//! which is the contract that everything that decides understands.

mod changes;
mod cursor;
mod expectations;
mod facts;
mod requests;
mod values;
mod words;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Declaration, DeclarationKind, TestBlock, Text};
use gatewright_value::{SessionControls, fold};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{Control, NamedLocation, PolicySet};
use crate::policy::PolicyCx;
use crate::problems::scenarios as problem;
use crate::rule::typographic_at;

pub use requests::Value;

/// Whether facts say an attribute in other words, and not by its name: `device registered`.
#[must_use]
pub fn is_said_otherwise(attribute: &str) -> bool {
    words::derived(attribute).is_some()
}

/// A sign-in after the other, and what is expected of their decisions.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// Where its name is written.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// In order; at least one.
    pub steps: Vec<Step>,
}

/// A sign-in, and what is expected of its decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The sign-in in full, facts of earlier steps included: the members of a request.
    pub request: Value,
    /// Where its own facts are written.
    pub given: Span,
    /// All of these hold.
    pub expectations: Vec<Expectation>,
}

/// Something that a decision is expected to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What.
    pub kind: ExpectationKind,
    /// Whether it is about what would be decided if report-only policies were enforced.
    pub is_report_only: bool,
    /// Where it is written.
    pub span: Span,
}

/// What can be expected.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpectationKind {
    /// The verdict, as decisions spell it; the effects, weakest first, under a schema of one's own.
    Verdict(Vec<String>),
    /// What is still missing: exactly all of these, of each any control. Under a schema of one's
    /// own, exactly these obligations.
    Require(Vec<Vec<Control>>),
    /// Exactly these policies apply: the enforced ones, or those that only report.
    Applied(Vec<PolicyName>),
    /// None of these policies applies, whatever its state.
    NotApplied(Vec<PolicyName>),
    /// The session controls that are set here come with the token, with these values.
    Session(SessionControls),
    /// No session control comes with the token.
    NoSession,
    /// What device management makes of the device: `compliant`, `inGracePeriod`, `noncompliant` or
    /// `unknown`.
    Compliance(String),
}

/// A policy by its display name.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyName {
    /// The name.
    pub name: String,
    /// Where it is written.
    pub span: Span,
}

/// Understand a test; `None` where it cannot be understood, which is reported.
pub(crate) fn lower(
    cx: PolicyCx<'_>,
    locations: &[NamedLocation],
    declaration: &Declaration,
    problems: &mut Vec<Diagnostic>,
) -> Option<Scenario> {
    let DeclarationKind::Test { name, blocks } = &declaration.kind else {
        return None;
    };
    problems.extend(typographic_at(cx.sources, name.span));
    let mut found = Vec::new();
    let steps = steps(cx, locations, name, blocks, &mut found);
    if declaration.is_broken {
        // What seems to be missing or wrong may only have been unreadable.
        return None;
    }
    if !found.is_empty() {
        problems.append(&mut found);
        return None;
    }
    if steps.is_empty() {
        problems.push(problem::no_steps(name, blocks.is_empty()));
        return None;
    }
    Some(Scenario {
        name: name.value.clone(),
        name_span: name.span,
        span: declaration.span,
        steps,
    })
}

/// Every `given` with the `expect` after it. Several of one kind in a row add up.
fn steps(
    cx: PolicyCx<'_>,
    locations: &[NamedLocation],
    name: &Text,
    blocks: &[TestBlock],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut request = requests::empty(cx.schema.is_entra);
    let mut at = 0;
    while at < blocks.len() {
        let row = |from: usize, is_given: bool| {
            let rest = blocks.get(from..).unwrap_or_default();
            let count = rest.iter().take_while(|b| b.is_given == is_given).count();
            rest.get(..count).unwrap_or_default()
        };
        let given = row(at, true);
        let expect = row(at + given.len(), false);
        at += given.len() + expect.len();
        let facts_span = match (given.first(), given.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => {
                let first = expect.first().map_or(name.span, |block| block.keyword);
                problems.push(problem::expect_without_given(first));
                continue;
            }
        };
        let count_before = problems.len();
        facts::lower(cx, locations, given, &mut request, problems);
        if expect.is_empty() {
            let keyword = given.last().map_or(name.span, |block| block.keyword);
            problems.push(problem::given_without_expect(keyword));
            continue;
        }
        // A fact that could not be read is not missing; what the first step lacks, all do.
        if cx.schema.is_entra
            && steps.is_empty()
            && problems.len() == count_before
            && let Some(lacking) = requests::lacking(&request)
        {
            problems.push(problem::incomplete_sign_in(facts_span, lacking));
        }
        let expectations = expectations::lower(cx, name, expect, problems);
        if expectations.is_empty() && expect.iter().all(|block| block.terms.is_empty()) {
            let keyword = expect.first().map_or(name.span, |block| block.keyword);
            problems.push(problem::nothing_expected(keyword));
        }
        steps.push(Step {
            request: request.clone(),
            given: facts_span,
            expectations,
        });
    }
    steps
}

/// What is wrong with the names in tests: policies that the set does not have, tests that share
/// their name. The set is that of the whole project, Graph JSON included.
#[must_use]
pub fn check_names(scenarios: &[Scenario], set: &PolicySet) -> Vec<Diagnostic> {
    let known: FxHashSet<&str> = set
        .policies
        .iter()
        .map(|policy| policy.display_name.as_str())
        .collect();
    let mut problems = Vec::new();
    let mut first_by_name: FxHashMap<String, Span> = FxHashMap::default();
    for scenario in scenarios {
        let key = fold(&scenario.name).into_owned();
        if let Some(first) = first_by_name.get(&key) {
            problems.push(problem::duplicate_test(
                &scenario.name,
                scenario.name_span,
                *first,
            ));
        } else {
            first_by_name.insert(key, scenario.name_span);
        }
        let expectations = scenario.steps.iter().flat_map(|step| &step.expectations);
        for expectation in expectations {
            let (ExpectationKind::Applied(names) | ExpectationKind::NotApplied(names)) =
                &expectation.kind
            else {
                continue;
            };
            for policy in names.iter().filter(|p| !known.contains(p.name.as_str())) {
                let candidates = set.policies.iter().map(|p| p.display_name.as_str());
                problems.push(problem::unknown_policy(
                    &policy.name,
                    policy.span,
                    candidates,
                ));
            }
        }
    }
    problems
}
