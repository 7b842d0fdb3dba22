//! What invariants and differences mean, by decisions of the reference alone: every set of proofs
//! that somebody can have is tried.
//!
//! Nothing here is shared with what searches. Written from `docs/language/invariants.md` and
//! `docs/semantics.md`, §9 to §13 and §23.
//!
//! Where facts are missing, some policies possibly apply, and not certainly. Each choice of those
//! that do is a [`Reading`]; what holds *always* holds in all of them, and what holds *never* in
//! none.

use gatewright_hir::model::{Control, Outcome, Policy, PolicySet, Requirement};
use gatewright_hir::schema::Combine;
use gatewright_reference::{Mode, applies, decide};
use gatewright_value::SessionControls;
use gatewright_value::vocabulary::State;
use serde_json::{Value, json};

#[path = "claims.rs"]
mod claims;
#[path = "readings.rs"]
mod readings;
#[path = "sessions.rs"]
mod sessions;

pub(crate) use claims::{claiming, implies, is_claimed};
pub(crate) use sessions::is_as_strict;

use claims::{is_same, proof_sets};
use readings::{CERTAIN, POSSIBLE, Reading};
use sessions::plain;

/// An invariant.
#[derive(Clone, Debug)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) policy: Policy,
    pub(crate) is_always: bool,
}

/// A property with what is asked of each sign-in.
pub(crate) struct Case {
    is_always: bool,
    /// The invariant as the only policy.
    scope: PolicySet,
    /// Each thing that it asks for, with what is needed to judge it.
    asked: Vec<Question>,
}

/// One thing that is asked for.
pub(crate) struct Question {
    asked: Asked,
    /// Whoever the invariant is about has to have it, by a policy on its own.
    alone: PolicySet,
    /// The set where no device shows it.
    without_devices: Option<PolicySet>,
    /// Everything that can be proved and does not imply it.
    avoiding: Vec<Control>,
}

/// Judges sign-ins by a set.
pub(crate) struct Oracle {
    set: PolicySet,
    /// What can be proved.
    atoms: Vec<Control>,
    /// Every set of proofs that somebody can have.
    proofs: Vec<Vec<Control>>,
}

const REGISTRATION: &str = "urn:user:registersecurityinfo";

impl Oracle {
    /// With reported policies as if they were enforced, or not; what these properties ask for may
    /// be proved too.
    pub(crate) fn new(set: &PolicySet, with_report_only: bool, also: &[Property]) -> Oracle {
        let mut set = set.clone();
        for policy in &mut set.policies {
            if with_report_only && policy.state == State::ReportOnly {
                policy.state = State::Enabled;
            }
        }
        let own = set
            .policies
            .iter()
            .filter(|policy| policy.state == State::Enabled);
        let mut atoms: Vec<Control> = Vec::new();
        for policy in own.chain(also.iter().map(|one| &one.policy)) {
            let required = policy.outcome.requirement.iter();
            for control in required.flat_map(|of| &of.controls) {
                if is_claimed(control) && !atoms.iter().any(|known| is_same(known, control)) {
                    atoms.push(control.clone());
                }
            }
        }
        let proofs = proof_sets(&set.strengths, &atoms);
        Oracle { set, atoms, proofs }
    }

    /// What is needed to judge sign-ins by a property.
    pub(crate) fn case(&self, property: &Property) -> Case {
        let asked = demands_of(&property.policy.outcome).into_iter();
        let asked = asked.map(|asked| {
            let mut policy = property.policy.clone();
            if let Asked::Clause(controls) = &asked {
                policy.outcome = outcome_of(controls);
            }
            self.question(asked, &policy)
        });
        Case {
            is_always: property.is_always,
            asked: asked.collect(),
            scope: self.alone(&property.policy),
        }
    }

    pub(crate) fn question(&self, asked: Asked, policy: &Policy) -> Question {
        let without_devices = match &asked {
            Asked::Clause(controls) => without_devices(&self.set, controls),
            _ => None,
        };
        let avoiding = self.avoiding(&asked);
        Question {
            alone: self.alone(policy),
            without_devices,
            avoiding,
            asked,
        }
    }

    /// Everything that can be proved and does not imply what is asked for.
    pub(crate) fn avoiding(&self, asked: &Asked) -> Vec<Control> {
        let controls: &[Control] = match asked {
            Asked::Clause(controls) => controls,
            _ => &[],
        };
        let is_free = |atom: &&Control| {
            !controls
                .iter()
                .any(|one| implies(&self.set.strengths, atom, one))
        };
        self.atoms.iter().filter(is_free).cloned().collect()
    }

    pub(crate) fn set(&self) -> &PolicySet {
        &self.set
    }

    /// Whether the sign-in refutes the property. `None` where the reference refuses it.
    pub(crate) fn refutes(&self, case: &Case, sign_in: &Value) -> Option<bool> {
        // SEMANTICS: §23.2. What is missing may make it a sign-in of the scope.
        let how = applies(&case.scope, sign_in, Mode::Pessimistic, None).ok()?;
        if !how[0].applies {
            return Some(false);
        }
        let refutes = |reading: &Reading| match case.is_always {
            true => self.lacks(case, sign_in, reading),
            false => self.has(case, sign_in, reading),
        };
        let mut are_decided = None;
        for reading in self.readings(sign_in, case.is_always)? {
            // Where effects conflict nothing is decided, so nothing is said about it.
            match refutes(&reading) {
                Some(true) => return Some(true),
                Some(false) => are_decided = Some(false),
                None => {}
            }
        }
        are_decided
    }

    /// Whether something that is asked for is not given.
    fn lacks(&self, case: &Case, sign_in: &Value, reading: &Reading) -> Option<bool> {
        for one in &case.asked {
            if !self.is_given_in(one, sign_in, reading)? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Whether something that is asked for is demanded; of clauses, all together.
    fn has(&self, case: &Case, sign_in: &Value, reading: &Reading) -> Option<bool> {
        let mut clauses = 0;
        let mut are_demanded = true;
        for one in &case.asked {
            match &one.asked {
                Asked::Clause(_) => {
                    clauses += 1;
                    are_demanded = are_demanded && self.demands(one, sign_in, reading)?;
                }
                Asked::Session(wanted) if self.sets(wanted, sign_in)? => return Some(true),
                Asked::Session(_) => {}
                _ if self.demands(one, sign_in, reading)? => return Some(true),
                _ => {}
            }
        }
        Some(clauses > 0 && are_demanded)
    }

    /// The readings that can refute something. A policy more never asks for less, so the fewest or
    /// the most are enough, but where policies take something away from others.
    ///
    /// SEMANTICS: §10.6, §13.3
    fn readings(&self, sign_in: &Value, is_always: bool) -> Option<Vec<Reading>> {
        let applying = |mode| applies(&self.set, sign_in, mode, None).ok();
        let (certain, possible) = (applying(Mode::Graph)?, applying(Mode::Pessimistic)?);
        let open = (0..self.set.policies.len()).filter(|at| {
            let is_enforced = self.set.policies[*at].state == State::Enabled;
            is_enforced && certain[*at].applies != possible[*at].applies
        });
        let open: Vec<usize> = open.collect();
        let registers = sign_in["signInContext"]["userAction"] == REGISTRATION;
        if open.is_empty() || self.set.schema.is_entra && !registers {
            return Some(vec![if is_always { CERTAIN } else { POSSIBLE }]);
        }
        let readings = (0u32..1 << open.len()).map(|bits| {
            let off = open.iter().enumerate();
            let off = off.filter(|(at, _)| bits >> at & 1 == 1);
            Reading {
                mode: Mode::Pessimistic,
                off: off.map(|(_, policy)| *policy).collect(),
            }
        });
        Some(readings.collect())
    }

    fn alone(&self, policy: &Policy) -> PolicySet {
        let policy = Policy {
            state: State::Enabled,
            ..policy.clone()
        };
        with_policies(&self.set, vec![policy])
    }

    /// Whether nobody certainly gets a token without this.
    pub(crate) fn is_given(&self, question: &Question, sign_in: &Value) -> Option<bool> {
        self.is_given_in(question, sign_in, &CERTAIN)
    }

    fn is_given_in(&self, question: &Question, sign_in: &Value, reading: &Reading) -> Option<bool> {
        if !matches!(question.asked, Asked::Clause(_)) {
            return self.demands(question, sign_in, reading);
        }
        let set = reading.of(&self.set);
        for proofs in self.proofs.iter().chain([&question.avoiding]) {
            let request = claiming(sign_in, proofs);
            if admits(&set, &request, reading.mode)?
                && !POSSIBLE.admits(&question.alone, &request)?
            {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Whether the set asks for this, or for something as strong.
    fn demands(&self, question: &Question, sign_in: &Value, reading: &Reading) -> Option<bool> {
        match &question.asked {
            Asked::Clause(controls) => {
                let set = question.without_devices.as_ref().unwrap_or(&self.set);
                let set = reading.of(set);
                let avoids = |proofs: &&Vec<Control>| {
                    !proofs.iter().any(|proof| {
                        controls
                            .iter()
                            .any(|c| implies(&self.set.strengths, proof, c))
                    })
                };
                let proofs = self.proofs.iter().chain([&question.avoiding]);
                for proofs in proofs.filter(avoids) {
                    if admits(&set, &claiming(sign_in, proofs), reading.mode)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Asked::Session(wanted) => Some(match self.session(sign_in, reading)? {
                None => true,
                Some(session) => is_as_strict(&session, wanted),
            }),
            Asked::Effect(wanted) => {
                let decision = reading.decide(&self.set, sign_in)?;
                Some(has_effect(&self.set, &decision, *wanted))
            }
            Asked::Obligation(name) => {
                let decision = reading.decide(&self.set, sign_in)?;
                Some(
                    decision["controls"]
                        .as_array()?
                        .contains(&json!(self.name_of(*name))),
                )
            }
        }
    }

    fn name_of(&self, control: u32) -> &str {
        &self.set.schema.controls[control as usize].name
    }

    /// The merged session controls of whoever proves everything; `None` where nobody gets in.
    fn session(&self, sign_in: &Value, reading: &Reading) -> Option<Option<Value>> {
        let everything = self.proofs.iter().max_by_key(|proofs| proofs.len())?;
        let decision = reading.decide(&self.set, &claiming(sign_in, everything))?;
        Some(is_admitted(&decision).then(|| decision["session"].clone()))
    }

    /// Whether some policy sets one of these session controls just so.
    fn sets(&self, wanted: &SessionControls, sign_in: &Value) -> Option<bool> {
        let how = applies(&self.set, sign_in, Mode::Pessimistic, None).ok()?;
        let policies = self.set.policies.iter().zip(how);
        let mut enforced = policies.filter(|(p, how)| how.applies && p.state == State::Enabled);
        Some(enforced.any(|(policy, _)| {
            let has = &policy.outcome.session;
            let hours = |of: &SessionControls| {
                let mut all = [of.sign_in_frequency, of.secondary_frequency]
                    .into_iter()
                    .flatten();
                all.next().map(|f| (f.interval.hours(), f.authentication))
            };
            hours(wanted).is_some() && hours(has) == hours(wanted)
                || wanted.persistent_browser.is_some()
                    && has.persistent_browser == wanted.persistent_browser
                || wanted.cloud_app_security.is_some()
                    && has.cloud_app_security == wanted.cloud_app_security
                || wanted.continuous_access_evaluation.is_some()
                    && has.continuous_access_evaluation == wanted.continuous_access_evaluation
                || wanted.application_enforced_restrictions && has.application_enforced_restrictions
                || wanted.disable_resilience_defaults && has.disable_resilience_defaults
                || wanted.secure_sign_in_session && has.secure_sign_in_session
                || wanted
                    .filtering_profiles
                    .iter()
                    .any(|p| has.filtering_profiles.contains(p))
        }))
    }

    /// What happens to everybody, whatever they can prove: for each set of proofs whether they get
    /// in, and with which session controls. Two sets decide alike where these are equal.
    pub(crate) fn everything(
        &self,
        sign_in: &Value,
        proofs: &[Vec<Control>],
    ) -> Option<Vec<Value>> {
        let decide = |proofs: &Vec<Control>| {
            let decision = decide(&self.set, &claiming(sign_in, proofs), Mode::Graph, None).ok()?;
            if !self.set.schema.is_entra {
                return Some(json!([decision["verdict"], decision["controls"]]));
            }
            let is_in = is_admitted(&decision);
            Some(if is_in {
                plain(&decision["session"])
            } else {
                Value::Null
            })
        };
        proofs.iter().map(decide).collect()
    }

    pub(crate) fn proofs(&self) -> &[Vec<Control>] {
        &self.proofs
    }
}

/// One thing that can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Clause(Vec<Control>),
    Session(SessionControls),
    Effect(u32),
    Obligation(u32),
}

/// SEMANTICS: §10.1, §11, §13.3
pub(crate) fn demands_of(outcome: &Outcome) -> Vec<Asked> {
    let mut found = Vec::new();
    if outcome.is_block {
        found.push(Asked::Clause(Vec::new()));
    }
    found.extend(outcome.effect.map(|effect| Asked::Effect(effect.0)));
    if let Some(requirement) = &outcome.requirement {
        let own = requirement
            .controls
            .iter()
            .filter_map(|control| match control {
                Control::Own(id) => Some(Asked::Obligation(id.0)),
                _ => None,
            });
        let own: Vec<Asked> = own.collect();
        if !own.is_empty() {
            found.extend(own);
        } else if requirement.is_all {
            let controls = requirement.controls.iter();
            found.extend(controls.map(|one| Asked::Clause(vec![one.clone()])));
        } else if !requirement.controls.is_empty() {
            found.push(Asked::Clause(requirement.controls.clone()));
        }
    }
    if outcome.session != SessionControls::default() {
        found.push(Asked::Session(outcome.session.clone()));
    }
    found
}

pub(crate) fn outcome_of(controls: &[Control]) -> Outcome {
    Outcome {
        is_block: controls.is_empty(),
        requirement: (!controls.is_empty()).then(|| Requirement {
            is_all: false,
            controls: controls.to_vec(),
            span: Default::default(),
        }),
        ..Outcome::default()
    }
}

/// SEMANTICS: §13.3
fn has_effect(set: &PolicySet, decision: &Value, wanted: u32) -> bool {
    let effects = &set.schema.effects;
    let verdict = decision["verdict"].as_str().unwrap_or_default();
    let names: Vec<&str> = verdict.split('+').collect();
    let place = |name: &str| effects.iter().position(|effect| effect.name == name);
    match set.schema.combine {
        Combine::Strongest | Combine::Least => {
            place(verdict).is_some_and(|place| place >= wanted as usize)
        }
        Combine::Union | Combine::Conflict => {
            names.contains(&effects[wanted as usize].name.as_str())
        }
    }
}

pub(crate) fn is_admitted(decision: &Value) -> bool {
    matches!(
        decision["verdict"].as_str(),
        Some("grant" | "notApplicable")
    )
}

fn admits(set: &PolicySet, request: &Value, mode: Mode) -> Option<bool> {
    decide(set, request, mode, None)
        .ok()
        .as_ref()
        .map(is_admitted)
}

/// The set where no device shows these controls; `None` where that is the same one.
pub(crate) fn without_devices(set: &PolicySet, controls: &[Control]) -> Option<PolicySet> {
    if controls.iter().all(is_claimed) {
        return None;
    }
    let mut policies = set.policies.clone();
    let nobody = Control::Custom("what-nobody-holds".to_owned());
    let outcomes = policies.iter_mut().map(|policy| &mut policy.outcome);
    for requirement in outcomes.filter_map(|outcome| outcome.requirement.as_mut()) {
        for control in &mut requirement.controls {
            if !is_claimed(control) && controls.contains(control) {
                *control = nobody.clone();
            }
        }
    }
    Some(with_policies(set, policies))
}

pub(crate) fn with_policies(set: &PolicySet, policies: Vec<Policy>) -> PolicySet {
    PolicySet {
        policies,
        ..set.clone()
    }
}
