//! Confirmation of what a search found, by the reference evaluator: it shares no code with the
//! search, so a mistake in one of them shows.
//!
//! What holds *always* is refuted where the set certainly does not demand it, so missing facts
//! count against it (mode graph); what holds *never* where the set possibly demands it (mode
//! pessimistic). A sign-in is in the scope of an invariant if it possibly is. Where policies take
//! something away from others, or effects must not meet, more of them is not always more; so of those
//! of which nobody knows whether they apply, none and each alone is looked at, too.
//!
//! SEMANTICS: §2.2, §10, §11

use std::borrow::Cow;
use std::sync::Arc;

use gatewright_hir::model::{Control, Outcome, Policy, PolicySet, Requirement};
use gatewright_hir::schema::{Combine, ControlId, Schema};
use gatewright_reference::{applies, decide};
use gatewright_source::Span;
use gatewright_value::vocabulary::{BuiltInControl, State};
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, PersistentBrowser,
    SessionControls, SignInFrequency, folded_eq,
};
use serde_json::Value;

pub use gatewright_reference::{Mode, RequestError};

use crate::demand::Demand;
use crate::request::{Proofs, claim, implies_some};

/// Judges sign-ins by the policies of a set.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    set: Cow<'a, PolicySet>,
}

impl<'a> Judge<'a> {
    /// By the enabled policies, and those that only report if these are to count as enabled.
    #[must_use]
    pub fn new(set: &'a PolicySet, counts_report_only: bool) -> Judge<'a> {
        let mut set = Cow::Borrowed(set);
        let is_reported = |policy: &Policy| policy.state == State::ReportOnly;
        if counts_report_only && set.policies.iter().any(is_reported) {
            for policy in &mut set.to_mut().policies {
                if is_reported(policy) {
                    policy.state = State::Enabled;
                }
            }
        }
        Judge { set }
    }

    /// What is certainly decided of the sign-in as it is.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn decide(&self, request: &Value) -> Result<Value, RequestError> {
        decide(&self.set, request, Mode::Graph, None)
    }

    /// Under a schema of one's own: whether the policies that apply to a request that can be read
    /// have different effects, where effects must not meet.
    #[must_use]
    pub fn conflicts(&self, request: &Value) -> bool {
        if self.set.schema.combine != Combine::Conflict || self.decide(request).is_ok() {
            return false;
        }
        let mut schema = Schema::clone(&self.set.schema);
        schema.combine = Combine::Union;
        let mut set = self.set.with_policies(self.set.policies.clone());
        set.schema = Arc::new(schema);
        decide(&set, request, Mode::Graph, None).is_ok()
    }

    /// Whether the sign-in gets a token as it is.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn admits(&self, request: &Value, mode: Mode) -> Result<bool, RequestError> {
        admits(&self.set, request, mode)
    }

    /// Whether the sign-in is one that an invariant speaks of.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn is_in_scope(&self, invariant: &Policy, request: &Value) -> Result<bool, RequestError> {
        let how = applies(&self.alone(invariant), request, Mode::Pessimistic, None)?;
        Ok(how.first().is_some_and(|how| how.applies))
    }

    /// Whether the sign-in shows that the set does not always demand what an invariant does: the
    /// set admits it, and the invariant alone does not.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn refutes_always(
        &self,
        invariant: &Policy,
        request: &Value,
    ) -> Result<bool, RequestError> {
        Ok(!admits(&self.alone(invariant), request, Mode::Pessimistic)?
            && self.somehow(request, Mode::Graph, |set, mode| admits(set, request, mode))?)
    }

    /// Whether the sign-in shows that the set demands what an invariant says it never does: in its
    /// scope, somebody who can prove everything else is not admitted. Of an invariant that blocks,
    /// everything is everything.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn refutes_never(&self, invariant: &Policy, request: &Value) -> Result<bool, RequestError> {
        if !self.is_in_scope(invariant, request)? {
            return Ok(false);
        }
        let required = invariant.outcome.requirement.as_ref();
        let controls = match required {
            Some(required) if !invariant.outcome.is_block => required.controls.as_slice(),
            _ => &[],
        };
        self.somehow(request, Mode::Pessimistic, |set, mode| {
            demands(set, controls, request, mode)
        })
    }

    /// Whether the set demands one of these controls at a sign-in, a block where there are none:
    /// somebody who can prove everything else is not admitted.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn demands(
        &self,
        controls: &[Control],
        request: &Value,
        mode: Mode,
    ) -> Result<bool, RequestError> {
        demands(&self.set, controls, request, mode)
    }

    /// Whether the set certainly makes a demand of a sign-in, or one at least as strong.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn meets(&self, demand: &Demand, request: &Value) -> Result<bool, RequestError> {
        let outcome = match demand {
            Demand::Clause(controls) => return self.demands(controls, request, Mode::Graph),
            Demand::Session(wanted) => {
                let sessions = self.sessions(request, Mode::Graph)?;
                return Ok(is_as_strict(&sessions, wanted));
            }
            Demand::Conflict => return Ok(self.conflicts(request)),
            Demand::Effect(effect) => Outcome {
                effect: Some(*effect),
                ..Outcome::default()
            },
            Demand::Obligation(control) => Outcome {
                requirement: Some(Requirement {
                    is_all: true,
                    controls: vec![control.clone()],
                    span: Span::default(),
                }),
                ..Outcome::default()
            },
        };
        let decision = self.decide(request)?;
        let comes_out = own_outcome(&self.set, &outcome, &decision);
        Ok(comes_out.contains(&true))
    }

    /// Whether the sign-in shows that the session controls of an invariant do not always come with
    /// a token: in its scope, somebody who can prove everything is admitted without them.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn refutes_always_session(
        &self,
        invariant: &Policy,
        request: &Value,
    ) -> Result<bool, RequestError> {
        let mut request = request.clone();
        claim(&mut request, &Proofs::every(&self.set));
        if !self.is_in_scope(invariant, &request)? || !self.admits(&request, Mode::Graph)? {
            return Ok(false);
        }
        let sessions = self.sessions(&request, Mode::Graph)?;
        Ok(!is_as_strict(&sessions, &invariant.outcome.session))
    }

    /// Whether the sign-in shows that some policy sets a session control just as an invariant says
    /// that none does.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn refutes_never_session(
        &self,
        invariant: &Policy,
        request: &Value,
    ) -> Result<bool, RequestError> {
        if !self.is_in_scope(invariant, request)? {
            return Ok(false);
        }
        let sessions = self.sessions(request, Mode::Pessimistic)?;
        let wanted = &invariant.outcome.session;
        Ok(sessions.iter().any(|session| sets_some(session, wanted)))
    }

    /// Under a schema of one's own: whether the sign-in shows that an effect, or one of several
    /// obligations, does not always or not never come out in the scope of an invariant.
    ///
    /// # Errors
    /// The request cannot be read.
    pub fn refutes_own(
        &self,
        invariant: &Policy,
        is_always: bool,
        request: &Value,
    ) -> Result<bool, RequestError> {
        if !self.is_in_scope(invariant, request)? {
            return Ok(false);
        }
        let mode = if is_always {
            Mode::Graph
        } else {
            Mode::Pessimistic
        };
        self.somehow(request, mode, |set, mode| {
            let decision = decide(set, request, mode, None)?;
            let comes_out = own_outcome(set, &invariant.outcome, &decision);
            Ok(comes_out.contains(&!is_always))
        })
    }

    /// Whether something holds in this mode, or where none or one alone applies of the policies of
    /// which that is not known.
    fn somehow(
        &self,
        request: &Value,
        mode: Mode,
        holds: impl Fn(&PolicySet, Mode) -> Result<bool, RequestError>,
    ) -> Result<bool, RequestError> {
        let first = holds(&self.set, mode);
        if first == Ok(true) {
            return first;
        }
        let how = |mode| applies(&self.set, request, mode, None);
        let (certain, possible) = (how(Mode::Graph)?, how(Mode::Pessimistic)?);
        let both = certain.iter().zip(&possible);
        let open: Vec<bool> = both.map(|(one, two)| one.applies != two.applies).collect();
        let places = (0..open.len()).filter(|place| open.get(*place) == Some(&true));
        let ways = places.take(ALONE_MAX).map(Some);
        for alone in std::iter::once(None).chain(ways) {
            let policies = self.set.policies.iter().enumerate();
            let applying = policies
                .filter(|(place, _)| Some(*place) == alone || open.get(*place) == Some(&false))
                .map(|(_, policy)| policy.clone());
            let set = self.set.with_policies(applying.collect());
            // Where effects conflict nothing is decided, which shows nothing.
            if holds(&set, Mode::Pessimistic) == Ok(true) {
                return Ok(true);
            }
        }
        first
    }

    /// The session controls of the policies that apply and are enforced.
    fn sessions(&self, request: &Value, mode: Mode) -> Result<Vec<&SessionControls>, RequestError> {
        let how = applies(&self.set, request, mode, None)?;
        let policies = self.set.policies.iter().zip(how);
        let enforced =
            policies.filter(|(policy, how)| how.applies && policy.state == State::Enabled);
        Ok(enforced
            .map(|(policy, _)| &policy.outcome.session)
            .collect())
    }

    /// The invariant as the only policy among the objects of the set.
    fn alone(&self, invariant: &Policy) -> PolicySet {
        let policy = Policy {
            state: State::Enabled,
            ..invariant.clone()
        };
        self.set.with_policies(vec![policy])
    }
}

/// LIMIT: policies that are looked at as the only one that applies of those of which that is not
/// known.
const ALONE_MAX: usize = 256;

fn demands(
    set: &PolicySet,
    controls: &[Control],
    request: &Value,
    mode: Mode,
) -> Result<bool, RequestError> {
    let mut request = request.clone();
    claim(&mut request, &Proofs::avoiding(set, controls));
    let set = without_facts(set, controls, &request);
    Ok(!admits(&set, &request, mode)?)
}

fn admits(set: &PolicySet, request: &Value, mode: Mode) -> Result<bool, RequestError> {
    let decision = decide(set, request, mode, None)?;
    let verdict = decision.get("verdict").and_then(Value::as_str);
    Ok(matches!(verdict, Some("grant" | "notApplicable")))
}

/// Of the effect and of every obligation of an outcome, whether it is in a decision. An effect
/// that beats it counts where the schema chooses one.
fn own_outcome(set: &PolicySet, outcome: &Outcome, decision: &Value) -> Vec<bool> {
    let schema = &set.schema;
    let is_ranked = matches!(schema.combine, Combine::Strongest | Combine::Least);
    // Where effects add up, the verdict names all of them.
    let verdict = decision.get("verdict").and_then(Value::as_str);
    let names: Vec<&str> = verdict.into_iter().flat_map(|all| all.split('+')).collect();
    let is_said = |rank: usize| {
        let effect = schema.effects.get(rank);
        effect.is_some_and(|effect| names.contains(&&*effect.name))
    };
    let has_effect = |wanted: usize| match is_ranked {
        true => (wanted..schema.effects.len()).any(is_said),
        false => is_said(wanted),
    };
    let listed = decision.get("controls").and_then(Value::as_array);
    let listed: Vec<&str> = listed
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let has_control = |control: &Control| match control {
        Control::Own(id) => {
            let found = schema.controls.get(id.0 as usize);
            found.is_some_and(|found| listed.contains(&&*found.name))
        }
        _ => false,
    };
    let effect = outcome.effect.iter();
    let required = outcome.requirement.iter();
    let required = required.flat_map(|required| &required.controls);
    let effects = effect.map(|effect| has_effect(effect.0 as usize));
    effects.chain(required.map(has_control)).collect()
}

/// The set, where none of these controls is held by facts: what a device shows and by which methods
/// somebody has signed in is no matter of what is claimed. In their place stand controls that nobody
/// holds.
fn without_facts<'s>(
    set: &'s PolicySet,
    controls: &[Control],
    request: &Value,
) -> Cow<'s, PolicySet> {
    let methods = request.pointer("/claims/methods").and_then(Value::as_array);
    let has_methods = methods.is_some_and(|methods| !methods.is_empty());
    let is_avoided = |control: &Control| {
        let is_fact = match control {
            Control::BuiltIn(
                BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice,
            ) => true,
            Control::BuiltIn(BuiltInControl::Mfa) | Control::Strength(_) => has_methods,
            _ => false,
        };
        is_fact && implies_some(set, control, controls)
    };
    let requirements = set
        .policies
        .iter()
        .filter_map(|p| p.outcome.requirement.as_ref());
    let mut required = requirements.flat_map(|requirement| &requirement.controls);
    if !required.any(is_avoided) {
        return Cow::Borrowed(set);
    }
    let mut policies = set.policies.clone();
    let outcomes = policies.iter_mut().map(|policy| &mut policy.outcome);
    for requirement in outcomes.filter_map(|outcome| outcome.requirement.as_mut()) {
        for control in requirement.controls.iter_mut().filter(|c| is_avoided(c)) {
            *control = match control {
                // Registering security information asks for strengths (§10.6).
                Control::Strength(_) => Control::Strength("held by nobody".to_owned()),
                _ => Control::Own(ControlId(u32::MAX)),
            };
        }
    }
    Cow::Owned(set.with_policies(policies))
}

/// Whether these session controls, merged, are at least as strict as those that are wanted. Of each
/// control the strictest one is what is left, so one that is strict enough is enough.
///
/// SEMANTICS: §11
fn is_as_strict(merged: &[&SessionControls], wanted: &SessionControls) -> bool {
    let some = |is_enough: &dyn Fn(&SessionControls) -> bool| {
        merged.iter().any(|session| is_enough(session))
    };
    let covers = |have: Option<SignInFrequency>, wanted: SignInFrequency| {
        have.is_some_and(|have| {
            let is_asked = have.authentication == wanted.authentication
                || have.authentication == FrequencyAuthentication::PrimaryAndSecondary;
            is_asked && have.interval.hours() <= wanted.interval.hours()
        })
    };
    let cloud = |kind: CloudAppSecurity| match kind {
        CloudAppSecurity::BlockDownloads => 0,
        CloudAppSecurity::McasConfigured => 1,
        CloudAppSecurity::MonitorOnly => 2,
    };
    let access = |mode: ContinuousAccess| match mode {
        ContinuousAccess::StrictLocation => 0,
        ContinuousAccess::StrictEnforcement => 1,
        ContinuousAccess::Disabled => 2,
    };
    let frequencies = [wanted.sign_in_frequency, wanted.secondary_frequency];
    let mut frequencies = frequencies.into_iter().flatten();
    let mut profiles = wanted.filtering_profiles.iter();
    frequencies.all(|wanted| some(&|s| covers(s.sign_in_frequency, wanted)))
        && wanted.persistent_browser.is_none_or(|wanted| {
            some(&|s| {
                let have = s.persistent_browser;
                have.is_some_and(|have| have == wanted || have == PersistentBrowser::Never)
            })
        })
        && wanted.cloud_app_security.is_none_or(|wanted| {
            some(&|s| {
                s.cloud_app_security
                    .is_some_and(|have| cloud(have) <= cloud(wanted))
            })
        })
        && wanted.continuous_access_evaluation.is_none_or(|wanted| {
            some(&|s| {
                let have = s.continuous_access_evaluation;
                have.is_some_and(|have| access(have) <= access(wanted))
            })
        })
        && flags(wanted)
            .into_iter()
            .enumerate()
            .all(|(at, is_wanted)| !is_wanted || some(&|s| flags(s).get(at) == Some(&true)))
        && profiles.all(|id| some(&|s| has_profile(s, id)))
}

/// The controls that are on or off.
fn flags(session: &SessionControls) -> [bool; 3] {
    [
        session.application_enforced_restrictions,
        session.disable_resilience_defaults,
        session.secure_sign_in_session,
    ]
}

fn has_profile(session: &SessionControls, id: &str) -> bool {
    let mut profiles = session.filtering_profiles.iter();
    profiles.any(|profile| folded_eq(profile, id))
}

/// Whether some control that is wanted is set just so.
fn sets_some(session: &SessionControls, wanted: &SessionControls) -> bool {
    let frequency = |s: &SessionControls| {
        let frequency = s.sign_in_frequency;
        frequency.map(|f| (f.interval.hours(), f.authentication))
    };
    fn is_same<T: PartialEq>(have: Option<T>, wanted: Option<T>) -> bool {
        wanted.is_some() && have == wanted
    }
    is_same(frequency(session), frequency(wanted))
        || is_same(session.persistent_browser, wanted.persistent_browser)
        || is_same(session.cloud_app_security, wanted.cloud_app_security)
        || is_same(
            session.continuous_access_evaluation,
            wanted.continuous_access_evaluation,
        )
        || flags(session)
            .into_iter()
            .zip(flags(wanted))
            .any(|(have, wanted)| have && wanted)
        || wanted
            .filtering_profiles
            .iter()
            .any(|id| has_profile(session, id))
}
