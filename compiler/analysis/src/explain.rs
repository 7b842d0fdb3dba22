//! Why a sign-in is decided as it is, and what would have to be different.
//!
//! For one decision there are two answers. The *reason* is a set of facts of the sign-in that forces
//! the verdict: every sign-in that can exist and has these facts has this verdict, and of no part of
//! the set that can be said. A *change* says other values for a few facts that somebody can change,
//! with which the verdict is better, and no part of which does.
//!
//! A fact is the value of an attribute, as far as the policies tell values apart; whether a set has
//! an element; or whether a control has been proved. That a fact is missing is a value like others,
//! where anything of the sign-in is missing.
//!
//! INVARIANT: what is told is proved, or the answer says what was exhausted. The sign-in of each
//! change has been decided by the reference evaluator, and has the verdict that is told.

mod changes;
mod claims;
mod hitting;
mod reason;
mod sign_in;
#[cfg(test)]
mod tests;
mod units;
mod verdicts;
mod wording;

use std::collections::BTreeMap;

use batsat::Lit;
use gatewright_hir::model::PolicySet;
pub use gatewright_reference::{Directory, DirectoryUser};
use gatewright_reference::{Mode, decide};
use gatewright_value::vocabulary::State;
use serde_json::Value;

use self::changes::Found;
use self::sign_in::{Point, SignIn, broken_rows};
use self::units::Unit;
use self::verdicts::Verdicts;
use crate::demands::Demands;
use crate::solver::{Answer, Budget, Model};
use crate::world::{Assumptions, Rail, World};

/// How explanations are made.
#[derive(Clone, Debug)]
pub struct ExplainOptions<'d> {
    /// How facts that are not known are taken.
    pub mode: Mode,
    /// What completes requests.
    pub directory: Option<&'d Directory>,
    /// What each search may cost.
    pub budget: Budget,
    /// LIMIT: changes that are told of a decision.
    pub changes_max: usize,
}

impl Default for ExplainOptions<'_> {
    fn default() -> Self {
        ExplainOptions {
            mode: Mode::Graph,
            directory: None,
            budget: Budget {
                learnt_max: 20_000,
                models_max: 2_000,
            },
            changes_max: 4,
        }
    }
}

/// Why a sign-in is decided as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The verdict, as decisions name it.
    pub verdict: String,
    /// Facts that force the verdict. Without any of them another verdict would be possible.
    pub because: Vec<Statement>,
    /// Whether no set of fewer facts forces it.
    pub is_smallest: bool,
    /// What would make the verdict better, fewest facts first.
    pub changes: Vec<Change>,
    /// Why the sign-in cannot exist; what says so was set aside.
    pub set_aside: Vec<&'static str>,
    /// What was exhausted before everything was found.
    pub exhausted: Vec<&'static str>,
}

/// A fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The attribute, or `claims` for a proof.
    pub fact: String,
    /// Its value; the element of a set; the control of a proof. None where it is not known.
    pub value: Option<Value>,
    /// Of an element, what it is called; the text ends with it.
    pub name: Option<String>,
    /// Of an element whether it is in the set, of a proof whether it has been given.
    pub holds: Option<bool>,
    /// All of it in words.
    pub text: String,
}

/// A change that makes a verdict better.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The verdict with it.
    pub verdict: String,
    /// What is missing then.
    pub missing: Vec<Vec<String>>,
    /// What changes, as what follows *if*: `the device were compliant`.
    pub text: String,
    /// What changes. What follows from it is left out.
    pub statements: Vec<Statement>,
    /// Whether it takes another person, or one in other groups.
    pub is_about_person: bool,
    /// The sign-in with it.
    pub request: Value,
}

/// Why there is no explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unexplained {
    /// The request cannot be read or decided.
    Unreadable(String),
    /// This was exhausted first.
    Exhausted(&'static str),
    /// The sign-in cannot exist, whatever is set aside.
    Impossible,
}

/// What a sign-in needs of its world.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Needs {
    /// Whether facts may be missing.
    is_unknown: bool,
    /// The rows that are set aside.
    rows: Vec<&'static str>,
}

impl Needs {
    fn of(plain: &World<'_>, sign_in: &SignIn<'_>) -> Needs {
        Needs {
            is_unknown: sign_in.has_unknown(&plain.joint.space),
            rows: broken_rows(plain, &sign_in.here.classes),
        }
    }

    fn assumptions(&self) -> Assumptions {
        Assumptions {
            rows_off: self.rows.iter().map(|row| (*row).to_owned()).collect(),
            with_missing_facts: self.is_unknown,
            with_missing_target: self.is_unknown,
            ..Assumptions::default()
        }
    }
}

/// LIMIT: sign-ins that one solver is asked about; what they leave in it is given back.
const SIGN_INS_MAX: usize = 256;

/// Explain the decisions of sign-ins under the enabled policies of a set, in their order. Sign-ins
/// that need the same world share it. Cost: that of a world once, then some dozens of searches for
/// each.
#[must_use]
pub fn explain(
    set: &PolicySet,
    requests: &[&Value],
    options: &ExplainOptions<'_>,
) -> Vec<Result<Explanation, Unexplained>> {
    let mut enabled = set.clone();
    enabled
        .policies
        .retain(|policy| policy.state == State::Enabled);
    let plain = World::new(&enabled, &[], Assumptions::default());
    let controls = claims::provable(&enabled);
    let mut answers: Vec<Result<Explanation, Unexplained>> = Vec::new();
    let mut worlds: BTreeMap<Needs, Vec<(usize, SignIn<'_>)>> = BTreeMap::new();
    for (place, request) in requests.iter().enumerate() {
        let read = SignIn::read(
            &enabled,
            &plain.joint.space,
            request,
            options.directory,
            &controls,
        );
        answers.push(match read {
            Ok(sign_in) => {
                let needs = Needs::of(&plain, &sign_in);
                worlds.entry(needs).or_default().push((place, sign_in));
                Err(Unexplained::Impossible)
            }
            Err(error) => Err(Unexplained::Unreadable(error.0)),
        });
    }
    for (needs, sign_ins) in worlds {
        let world = World::new(&enabled, &[], needs.assumptions());
        for some in sign_ins.chunks(SIGN_INS_MAX) {
            let mut explainer = Explainer::new(&enabled, &world, options);
            for (place, sign_in) in some {
                let answer = explainer
                    .explain(sign_in, options)
                    .map(|explanation| Explanation {
                        set_aside: set_aside(&plain, &needs, sign_in.request),
                        ..explanation
                    });
                if let Some(slot) = answers.get_mut(*place) {
                    *slot = answer;
                }
            }
        }
    }
    answers
}

/// Why a sign-in cannot exist, by the rows that it breaks. A request that tells the mark of a device
/// and not what device management knows of it is an ordinary one: then the mark is a fact.
fn set_aside(plain: &World<'_>, needs: &Needs, request: &Value) -> Vec<&'static str> {
    let is_reported = request.get("compliance").is_some_and(Value::is_object);
    let rows = plain
        .rows
        .iter()
        .filter(|row| needs.rows.contains(&row.name) && (row.name != "compliance" || is_reported));
    rows.map(|row| row.sentence).collect()
}

/// Explains sign-ins of one world.
struct Explainer<'w> {
    set: &'w PolicySet,
    demands: Demands<'w>,
    verdicts: Verdicts,
    units: Vec<Unit>,
}

impl<'w> Explainer<'w> {
    fn new(set: &'w PolicySet, world: &'w World<'w>, options: &ExplainOptions<'_>) -> Self {
        let mut demands = Demands::new(world, options.budget);
        let rail = match options.mode {
            Mode::Graph => Rail::Certain,
            Mode::Pessimistic => Rail::Possible,
        };
        let verdicts = Verdicts::new(&mut demands, set, rail);
        let units = units::of(&demands, &verdicts);
        Explainer {
            set,
            demands,
            verdicts,
            units,
        }
    }

    fn explain(
        &mut self,
        sign_in: &SignIn<'_>,
        options: &ExplainOptions<'_>,
    ) -> Result<Explanation, Unexplained> {
        let mut asked = self.switches(sign_in);
        asked.extend(self.as_is(sign_in));
        match self.demands.solver.find(&asked) {
            Answer::Found(_) => {}
            Answer::None(_) => return Err(Unexplained::Impossible),
            Answer::Exhausted(what) => return Err(Unexplained::Exhausted(what)),
        }
        let verdict = self
            .verdicts
            .at(&self.demands, &sign_in.here.classes, &sign_in.here.proved);
        let name = verdict.name(self.demands.world.schema);
        let (decided, _) = self
            .decide(sign_in.request, options.mode, options.directory)
            .map_err(Unexplained::Unreadable)?;
        if decided != name {
            return Err(Unexplained::Exhausted(
                "the meaning of the sign-in to the analysis",
            ));
        }
        let reason = self
            .reason(sign_in, &verdict)
            .map_err(Unexplained::Exhausted)?;
        let (found, what) = self.changes(sign_in, &verdict, options.changes_max);
        let mut exhausted: Vec<&'static str> = Vec::new();
        exhausted.extend(reason.exhausted);
        exhausted.extend(what);
        let mut changes = Vec::new();
        for one in &found {
            match self.confirmed(sign_in, one, options.mode) {
                Some(change) => changes.push(change),
                None => exhausted.push("the ways to write a change as a request"),
            }
        }
        exhausted.dedup();
        Ok(Explanation {
            verdict: name,
            because: self.because(sign_in, &reason),
            is_smallest: reason.is_smallest,
            changes,
            set_aside: Vec::new(),
            exhausted,
        })
    }

    /// The change with its request, if the reference evaluator decides it as it should.
    fn confirmed(&self, sign_in: &SignIn<'_>, found: &Found, mode: Mode) -> Option<Change> {
        let wanted = found.verdict.name(self.demands.world.schema);
        let requests = self.requests(sign_in, found).into_iter();
        let mut decided = requests.filter_map(|request| {
            let (verdict, missing) = self.decide(&request, mode, None).ok()?;
            (verdict == wanted).then_some((request, missing))
        });
        let (request, missing) = decided.next()?;
        let told = self.changes_told(sign_in, found);
        let (statements, texts): (Vec<Statement>, Vec<String>) = told.into_iter().unzip();
        let text = match texts.as_slice() {
            [first @ .., last] if !first.is_empty() => format!("{}; and {last}", first.join("; ")),
            _ => texts.concat(),
        };
        Some(Change {
            verdict: wanted,
            missing,
            text,
            statements,
            is_about_person: found.is_about_person,
            request,
        })
    }

    /// What the reference evaluator says: the verdict, and what is missing.
    fn decide(
        &self,
        request: &Value,
        mode: Mode,
        directory: Option<&Directory>,
    ) -> Result<(String, Vec<Vec<String>>), String> {
        let decision = decide(self.set, request, mode, directory).map_err(|error| error.0)?;
        let verdict = decision
            .get("verdict")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let texts = |value: &Value| -> Vec<String> {
            let texts = value.as_array().into_iter().flatten();
            texts.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let missing = decision.get("missing").and_then(Value::as_array);
        Ok((
            verdict.to_owned(),
            missing.into_iter().flatten().map(texts).collect(),
        ))
    }

    /// What no sign-in has, as far as this one has not.
    fn switches(&self, sign_in: &SignIn<'_>) -> Vec<Lit> {
        let (classes, proved) = (&sign_in.here.classes, &sign_in.here.proved);
        self.verdicts
            .claims
            .switches(&self.demands, classes, proved)
    }

    /// By unit, that it is as in a sign-in.
    fn as_is(&mut self, sign_in: &SignIn<'_>) -> Vec<Lit> {
        self.as_in(&sign_in.here)
    }

    fn as_in(&mut self, at: &Point) -> Vec<Lit> {
        let units = self.units.iter();
        units
            .map(|unit| unit.as_in(&mut self.demands, &self.verdicts, at))
            .collect()
    }

    /// The units that are not as in a sign-in.
    fn changed(&self, sign_in: &SignIn<'_>, other: &Point) -> Vec<usize> {
        let units = self.units.iter().enumerate();
        let changed = units.filter(|(_, unit)| !unit.is_same(&sign_in.here, other));
        changed.map(|(place, _)| place).collect()
    }

    /// The sign-in of the model that was found last.
    fn other(&self, model: Model) -> Point {
        let lits = self.verdicts.claims.lits.iter();
        Point {
            proved: lits.map(|lit| self.demands.solver.is_true(*lit)).collect(),
            classes: model.classes,
            facts: model.facts,
        }
    }
}
