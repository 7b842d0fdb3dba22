//! Mutation testing: which slips the tests notice.
//!
//! Nothing is compiled per mutant. Policies and mutants stand in one set, each mutant after its
//! policy, and are compiled together; a sign-in is read and encoded once for all of them. Then
//! whether a mutant applies is a walk along its diagram, and only where it comes to something else
//! than its policy does is the sign-in decided again, with the mutant in the policy's place.
//!
//! INVARIANT: a mutant is killed iff the tests fail on the set with the slip, compiled by itself;
//! the tests hold on to that.

use std::collections::BTreeMap;

use gatewright_decision::{NodeId, Roots, Shape, engine};
use gatewright_hir::model::{Outcome, Policy, PolicySet};
use gatewright_hir::scenario::{Scenario, Step, Value};
use gatewright_runtime::{
    CompliancePart, Evaluate, Interpreter, Mode, Rail, ReadOptions, Report, ReportOptions, Request,
    Scratch,
};
use gatewright_source::SourceMap;
use gatewright_value::Truth;
use gatewright_value::vocabulary::State;

use crate::encode::Encoding;
use crate::judge::{Decided, judge};
use crate::mutate::{Mutant, mutants};
use crate::request::to_json;
use crate::run::{Options, RunError};

/// What else can be said about mutants that the tests let through: of each, what became of it. It
/// may take long, so it is asked once, about these mutants only.
pub type Judged<'h> = dyn FnMut(&[&Mutant]) -> Vec<Fate> + 'h;

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A test fails on it: this one, at this sign-in, counted from 1.
    Killed {
        /// The test.
        test: String,
        /// Its sign-in.
        step: usize,
    },
    /// No test fails, but this invariant does.
    Noticed {
        /// The invariant.
        invariant: String,
        /// Where it does not hold.
        witness: Witness,
    },
    /// It is provably no change at all.
    NoChange,
    /// Nothing notices it, though this is decided differently.
    Survived(Witness),
    /// Nothing notices it. Whether it changes anything is unknown, for this reason if there is one.
    Unknown(Option<String>),
}

/// A sign-in that shows something: a test with it would, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What it shows, in words.
    pub sentence: String,
    /// The sign-in, as JSON.
    pub request: String,
}

impl Fate {
    /// Whether nothing notices it, and it is not known to be no change.
    #[must_use]
    pub fn is_survivor(&self) -> bool {
        matches!(self, Fate::Survived(_) | Fate::Unknown(_))
    }
}

/// A mutant and what became of it.
#[derive(Clone, Debug)]
pub struct MutantResult {
    /// The mutant.
    pub mutant: Mutant,
    /// What became of it.
    pub fate: Fate,
}

/// What became of all mutants.
#[derive(Clone, Debug, Default)]
pub struct Mutation {
    /// By policy, then by place in it. Of several that say the same, the first.
    pub results: Vec<MutantResult>,
    /// Mutants beyond the limits, which were not made.
    pub left_out: usize,
}

impl Mutation {
    /// The mutants that nothing notices.
    pub fn survivors(&self) -> impl Iterator<Item = &MutantResult> {
        self.results
            .iter()
            .filter(|result| result.fate.is_survivor())
    }

    /// How many were killed, noticed by an invariant, are no change, and survived.
    #[must_use]
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        let [killed, noticed, unchanged, survived] = &mut counts;
        for result in &self.results {
            *match result.fate {
                Fate::Killed { .. } => &mut *killed,
                Fate::Noticed { .. } => &mut *noticed,
                Fate::NoChange => &mut *unchanged,
                Fate::Survived(_) | Fate::Unknown(_) => &mut *survived,
            } += 1;
        }
        counts
    }

    /// The share of the mutants that are a change and were noticed; 100 where there is none.
    #[must_use]
    pub fn percentage(&self) -> f64 {
        let [killed, noticed, _, survived] = self.counts();
        let exact = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
        let total = killed + noticed + survived;
        if total == 0 {
            return 100.0;
        }
        100.0 * exact(killed + noticed) / exact(total)
    }
}

/// LIMIT: mutants that are compiled together; more of them are done in several rounds. What is
/// compiled stays small beside a large set.
const TOGETHER_MAX: usize = 1024;

/// Run the tests that `options` choose against every mutant of the set. They must pass on the set
/// itself: where one fails, it would kill everything.
///
/// `judged` is asked about the mutants that no test notices; `progress` is told after each mutant
/// how many of how many the tests have been run on.
///
/// # Errors
/// The set cannot be compiled to a program that runs.
pub fn mutation(
    set: &PolicySet,
    scenarios: &[Scenario],
    sources: &SourceMap,
    options: &Options<'_>,
    judged: &mut Judged<'_>,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Mutation, RunError> {
    let chosen = scenarios
        .iter()
        .filter(|scenario| options.filter.matches(&scenario.name));
    let asked: Vec<Asked<'_>> = chosen.flat_map(sign_ins).collect();
    let mut found = mutants(set);
    let all = found.mutants.len();
    let mut done = 0;
    let mut mutation = Mutation {
        results: Vec::with_capacity(all),
        left_out: found.left_out,
    };
    while !found.mutants.is_empty() {
        let rest = found
            .mutants
            .split_off(found.mutants.len().min(TOGETHER_MAX));
        let round = std::mem::replace(&mut found.mutants, rest);
        let together = Together::new(set, &round, sources)?;
        let steps = together.encode(&asked, options);
        let mut scratch = Scratch::default();
        let mut known: BTreeMap<usize, Vec<Meaning>> = BTreeMap::new();
        for (mutant, place) in round.into_iter().zip(&together.mutants) {
            done += 1;
            progress(done, all);
            let (base, changed) = (
                together.meaning(place.policy),
                together.meaning(place.mutant),
            );
            let seen = known.entry(mutant.policy).or_default();
            if seen.iter().any(|seen| seen.is_equal(&changed)) {
                continue;
            }
            let fate = if base.is_equal(&changed) {
                Fate::NoChange
            } else {
                let killed = together.killed(place, &steps, set, &mut scratch);
                killed.unwrap_or(Fate::Unknown(None))
            };
            seen.push(changed);
            mutation.results.push(MutantResult { mutant, fate });
        }
    }
    let open: Vec<&Mutant> = mutation.survivors().map(|result| &result.mutant).collect();
    let fates = judged(&open);
    let results = mutation.results.iter_mut();
    let open = results.filter(|result| result.fate.is_survivor());
    for (result, fate) in open.zip(fates) {
        result.fate = fate;
    }
    Ok(mutation)
}

/// What a policy comes to at every sign-in.
#[derive(Clone, PartialEq)]
struct Meaning {
    roots: Roots,
    state: State,
    outcome: Outcome,
}

impl Meaning {
    /// Whether two policies of one set provably come to the same: equal functions are equal nodes
    /// of ordered diagrams.
    fn is_equal(&self, other: &Meaning) -> bool {
        let is_never = |roots: Roots| roots.possible == NodeId::FALSE;
        if is_never(self.roots) && is_never(other.roots) {
            return true;
        }
        let is_ordered = |roots: Roots| roots.shape == Shape::Ordered;
        let roots_agree = self.roots.certain == other.roots.certain
            && self.roots.possible == other.roots.possible
            && is_ordered(self.roots)
            && is_ordered(other.roots);
        roots_agree && self.state == other.state && does_same(&self.outcome, &other.outcome)
    }
}

/// Whether two outcomes are the same, wherever they are written.
fn does_same(one: &Outcome, other: &Outcome) -> bool {
    let requirement = |outcome: &Outcome| {
        let requirement = outcome.requirement.clone();
        requirement.map(|requirement| (requirement.is_all, requirement.controls))
    };
    one.is_block == other.is_block
        && requirement(one) == requirement(other)
        && one.session == other.session
        && one.effect == other.effect
}

/// A set with its mutants.
struct Together {
    policies: Vec<Policy>,
    encoding: Encoding,
    /// Of each mutant its place here, and that of its policy.
    mutants: Vec<Pair>,
    /// By place: whether it is a policy of the set itself.
    is_own: Vec<bool>,
}

/// A policy and a mutant of it.
struct Pair {
    policy: usize,
    mutant: usize,
}

/// A sign-in of a test.
struct Asked<'a> {
    test: &'a str,
    number: usize,
    step: &'a Step,
    json: String,
}

/// A sign-in of a test, read and encoded.
struct Encoded<'e> {
    asked: &'e Asked<'e>,
    request: Request<'e>,
    classes: Vec<u32>,
    /// By place: whether it applies, its state apart; of the set's own policies.
    applies: Vec<bool>,
}

impl Together {
    fn new(set: &PolicySet, mutants: &[Mutant], sources: &SourceMap) -> Result<Together, RunError> {
        let mut together = set.clone();
        together.policies.clear();
        let (mut pairs, mut is_own) = (Vec::new(), Vec::new());
        let mut next = mutants.iter().peekable();
        for (at, policy) in set.policies.iter().enumerate() {
            let place = together.policies.len();
            together.policies.push(policy.clone());
            is_own.push(true);
            while let Some(mutant) = next.next_if(|mutant| mutant.policy == at) {
                pairs.push(Pair {
                    policy: place,
                    mutant: together.policies.len(),
                });
                is_own.push(false);
                let mut changed = mutant.changed.clone();
                changed.id = format!("{} / {}", policy.id, pairs.len());
                together.policies.push(changed);
            }
        }
        let encoding = Encoding::new(&together, sources)?;
        Ok(Together {
            policies: together.policies,
            encoding,
            mutants: pairs,
            is_own,
        })
    }

    fn meaning(&self, place: usize) -> Meaning {
        let roots = self.encoding.decisions.policies.get(place);
        let policy = self.policies.get(place);
        Meaning {
            roots: roots.map_or(Roots::ALWAYS, |policy| policy.roots),
            state: policy.map_or(State::Disabled, |policy| policy.state),
            outcome: policy
                .map(|policy| policy.outcome.clone())
                .unwrap_or_default(),
        }
    }

    /// The sign-ins of the tests. Those that cannot be read kill nothing: they fail already.
    fn encode<'e>(&'e self, asked: &'e [Asked<'e>], options: &Options<'e>) -> Vec<Encoded<'e>> {
        let read_options = ReadOptions {
            directory: options.directory,
            now: options.now,
        };
        let mut scratch = Scratch::default();
        let mut found = Vec::new();
        for asked in asked {
            let (engine, json) = (&self.encoding.engine, asked.json.as_bytes());
            let Ok(request) = Request::from_json_with(engine, json, &read_options) else {
                continue;
            };
            let classes = self.encoding.classes(&request, &mut scratch);
            let own = self.is_own.iter().enumerate();
            let applies = own
                .map(|(place, is_own)| *is_own && self.holds(place, &classes))
                .collect();
            found.push(Encoded {
                asked,
                request,
                classes,
                applies,
            });
        }
        found
    }

    fn holds(&self, place: usize, classes: &[u32]) -> bool {
        engine::policy(&self.encoding.decisions, place, classes) == Truth::True
    }

    /// The first expectation that fails with the mutant in its policy's place.
    fn killed(
        &self,
        pair: &Pair,
        steps: &[Encoded<'_>],
        set: &PolicySet,
        scratch: &mut Scratch,
    ) -> Option<Fate> {
        let policies = (
            self.policies.get(pair.policy)?,
            self.policies.get(pair.mutant)?,
        );
        let does_same = policies.0.state == policies.1.state
            && does_same(&policies.0.outcome, &policies.1.outcome);
        let is_on = |policy: &Policy| policy.state != State::Disabled;
        for encoded in steps {
            let applied = encoded.applies.get(pair.policy).copied().unwrap_or(false);
            let applies = self.holds(pair.mutant, &encoded.classes);
            let before = applied && is_on(policies.0);
            let after = applies && is_on(policies.1);
            if before == after && (does_same || !before) {
                continue;
            }
            if self.fails(pair, encoded, set, applies, scratch) {
                return Some(Fate::Killed {
                    test: encoded.asked.test.to_owned(),
                    step: encoded.asked.number,
                });
            }
        }
        None
    }

    fn fails(
        &self,
        pair: &Pair,
        encoded: &Encoded<'_>,
        set: &PolicySet,
        applies: bool,
        scratch: &mut Scratch,
    ) -> bool {
        let evaluator = Replaced {
            interpreter: self.encoding.engine.interpreter(),
            applies: &encoded.applies,
            pair,
            mutant_applies: applies,
        };
        let options = ReportOptions {
            mode: Mode::Graph,
            explain: false,
            hash: false,
        };
        let report =
            self.encoding
                .engine
                .report_with(&evaluator, &encoded.request, scratch, &options);
        // Effects that exclude each other: the test cannot come to its decision.
        let Ok(report) = report else {
            return true;
        };
        let session = match &report {
            Report::Entra(report) => report.session.0.clone(),
            Report::Own(_) => gatewright_value::SessionControls::default(),
        };
        let decided = Decided {
            json: serde_json::to_value(&report).unwrap_or_default(),
            report,
            session,
        };
        let mut expectations = encoded.asked.step.expectations.iter();
        expectations.any(|expectation| judge(expectation, &decided, set).is_some())
    }
}

/// The sign-ins of a test.
fn sign_ins(test: &Scenario) -> impl Iterator<Item = Asked<'_>> {
    test.steps.iter().enumerate().map(|(at, step)| Asked {
        test: &test.name,
        number: at + 1,
        step,
        json: to_json(&applied_only(&step.request)),
    })
}

/// The request, answered with the policies that apply: mutants are many.
fn applied_only(request: &Value) -> Value {
    match request {
        Value::Members(members) => {
            let mut members = members.clone();
            members.push(("appliedPoliciesOnly".to_owned(), Value::Boolean(true)));
            Value::Members(members)
        }
        other => other.clone(),
    }
}

/// The policies of the set, one of them replaced by a mutant; the other mutants are not there.
struct Replaced<'r> {
    interpreter: Interpreter<'r>,
    applies: &'r [bool],
    pair: &'r Pair,
    mutant_applies: bool,
}

impl Evaluate for Replaced<'_> {
    fn policy(&self, policy: usize, _rail: Rail, _classes: &[u32]) -> bool {
        if policy == self.pair.mutant {
            return self.mutant_applies;
        }
        policy != self.pair.policy && self.applies.get(policy).copied().unwrap_or(false)
    }

    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool {
        self.interpreter.condition(policy, condition, rail, classes)
    }

    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool {
        self.interpreter.compliance(policy, part, rail, classes)
    }
}
