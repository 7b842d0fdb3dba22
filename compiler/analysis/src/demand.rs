//! What policies demand, and what is at least as strong.
//!
//! A policy that applies contributes clauses: of each, one alternative must be held. A block is the
//! clause without alternatives. Clauses only ever ask for more, and one control implies another by
//! itself, not together with a third; so what a set of clauses forces is forced by one of them alone:
//! hold everything but what implies a given clause, and a clause is unmet exactly if all its
//! alternatives imply it.

use gatewright_hir::model::{Control, Outcome, Policy, PolicySet, Strength};
use gatewright_hir::schema::{Combine, EffectId};
use gatewright_hir::strength::control_implies;
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};

/// Something that a sign-in can be met with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Demand {
    /// One of these controls must be held. Without any, nobody gets in.
    Clause(Vec<Control>),
    /// This session control; exactly one is set.
    Session(SessionControls),
    /// The verdict is this effect or a stronger one, as the schema's own rule combines them.
    Effect(EffectId),
    /// This obligation, under a schema of one's own.
    Obligation(Control),
    /// Nothing is decided, as policies of different effects meet where effects must not.
    Conflict,
}

impl Demand {
    /// Nobody gets in.
    pub const BLOCK: Demand = Demand::Clause(Vec::new());

    /// Whether it is the clause that nothing meets.
    #[must_use]
    pub fn is_block(&self) -> bool {
        matches!(self, Demand::Clause(controls) if controls.is_empty())
    }

    /// Everything that an outcome demands, each by itself: a block, the clauses, the session
    /// controls; the effect and the obligations under a schema of one's own.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Vec<Demand> {
        let mut demands = Vec::new();
        if outcome.is_block {
            demands.push(Demand::BLOCK);
        }
        demands.extend(outcome.effect.map(Demand::Effect));
        if let Some(requirement) = &outcome.requirement {
            let is_own = |control: &Control| matches!(control, Control::Own(_));
            let own = requirement.controls.iter().filter(|one| is_own(one));
            demands.extend(own.map(|one| Demand::Obligation(one.clone())));
            let others = requirement.controls.iter().filter(|one| !is_own(one));
            let others: Vec<Control> = others.cloned().collect();
            if requirement.is_all {
                demands.extend(others.into_iter().map(|one| Demand::Clause(vec![one])));
            } else if !others.is_empty() {
                demands.push(Demand::Clause(others));
            }
        }
        demands.extend(sessions(&outcome.session).into_iter().map(Demand::Session));
        demands
    }

    /// Whether whoever meets this one meets the other one too.
    #[must_use]
    pub fn implies(&self, other: &Demand, strengths: &[Strength]) -> bool {
        match (self, other) {
            (Demand::Clause(has), Demand::Clause(wanted)) => has.iter().all(|has| {
                let mut wanted = wanted.iter();
                wanted.any(|wanted| control_implies(strengths, has, wanted))
            }),
            (Demand::Clause(has), _) => has.is_empty(),
            (Demand::Session(has), Demand::Session(wanted)) => is_as_strict(has, wanted),
            (one, other) => one == other,
        }
    }

    /// In a few words, as policies write it.
    #[must_use]
    pub fn describe(&self, set: &PolicySet) -> String {
        match self {
            Demand::Clause(controls) if controls.is_empty() => "block".to_owned(),
            Demand::Clause(controls) => {
                let names: Vec<String> = controls.iter().map(|c| name(set, c)).collect();
                names.join(" or ")
            }
            Demand::Session(session) => session_name(session),
            Demand::Effect(effect) => {
                let found = set.schema.effects.get(effect.0 as usize);
                found.map_or_else(String::new, |effect| effect.name.clone())
            }
            Demand::Obligation(control) => name(set, control),
            Demand::Conflict => "conflict".to_owned(),
        }
    }
}

/// A control by the name that people know.
#[must_use]
pub fn name(set: &PolicySet, control: &Control) -> String {
    let titled = |id: &str| {
        let named = set
            .names
            .iter()
            .find(|name| name.id.eq_ignore_ascii_case(id));
        named.map_or_else(|| id.to_owned(), |named| named.name.clone())
    };
    match control {
        Control::BuiltIn(control) => control.name().to_owned(),
        Control::Strength(id) => {
            let mut strengths = set.strengths.iter();
            let found = strengths.find(|strength| strength.id.eq_ignore_ascii_case(id));
            let title = found.map_or_else(|| id.clone(), |found| found.display_name.clone());
            format!("the strength \"{title}\"")
        }
        Control::Terms(id) => format!("the terms \"{}\"", titled(id)),
        Control::Custom(id) => format!("the custom control \"{}\"", titled(id)),
        Control::Own(id) => {
            let found = set.schema.controls.get(id.0 as usize);
            found.map_or_else(String::new, |control| control.name.clone())
        }
    }
}

/// The clauses of a policy, the one without alternatives being a block; none where it only sets
/// session controls.
pub(crate) fn clauses(policy: &Policy) -> Vec<Vec<Control>> {
    if policy.outcome.is_block {
        return vec![Vec::new()];
    }
    let demands = Demand::of(&policy.outcome).into_iter();
    let clauses = demands.filter_map(|demand| match demand {
        Demand::Clause(controls) => Some(controls),
        _ => None,
    });
    clauses.collect()
}

/// Each session control that is set, by itself.
fn sessions(all: &SessionControls) -> Vec<SessionControls> {
    let none = SessionControls::default;
    let mut found = Vec::new();
    let mut add = |is_set: bool, one: SessionControls| {
        if is_set {
            found.push(one);
        }
    };
    for frequency in [all.sign_in_frequency, all.secondary_frequency] {
        add(
            frequency.is_some(),
            SessionControls {
                sign_in_frequency: frequency,
                ..none()
            },
        );
    }
    add(
        all.persistent_browser.is_some(),
        SessionControls {
            persistent_browser: all.persistent_browser,
            ..none()
        },
    );
    add(
        all.application_enforced_restrictions,
        SessionControls {
            application_enforced_restrictions: true,
            ..none()
        },
    );
    add(
        all.cloud_app_security.is_some(),
        SessionControls {
            cloud_app_security: all.cloud_app_security,
            ..none()
        },
    );
    add(
        all.disable_resilience_defaults,
        SessionControls {
            disable_resilience_defaults: true,
            ..none()
        },
    );
    add(
        all.secure_sign_in_session,
        SessionControls {
            secure_sign_in_session: true,
            ..none()
        },
    );
    add(
        all.continuous_access_evaluation.is_some(),
        SessionControls {
            continuous_access_evaluation: all.continuous_access_evaluation,
            ..none()
        },
    );
    for profile in &all.filtering_profiles {
        add(
            true,
            SessionControls {
                filtering_profiles: vec![profile.clone()],
                ..none()
            },
        );
    }
    found
}

// SEMANTICS: §11
/// Whether session controls are at least as strict as those that are wanted. Controls of several
/// policies merge into the strictest of each, so one policy is enough.
#[must_use]
pub fn is_as_strict(has: &SessionControls, wanted: &SessionControls) -> bool {
    let frequency = |wanted: &SignInFrequency| {
        let mut all = has.sign_in_frequency.iter().chain(&has.secondary_frequency);
        all.any(|has| {
            // Whoever signs in again with both factors does so with the second one.
            let is_asked = has.authentication == wanted.authentication
                || has.authentication == FrequencyAuthentication::PrimaryAndSecondary;
            is_asked && has.interval.hours() <= wanted.interval.hours()
        })
    };
    let browser = |wanted: &PersistentBrowser| {
        has.persistent_browser == Some(*wanted)
            || has.persistent_browser == Some(PersistentBrowser::Never)
    };
    let security = |wanted: &CloudAppSecurity| {
        let rank = |one: &CloudAppSecurity| match one {
            CloudAppSecurity::BlockDownloads => 0,
            CloudAppSecurity::McasConfigured => 1,
            CloudAppSecurity::MonitorOnly => 2,
        };
        has.cloud_app_security
            .is_some_and(|has| rank(&has) <= rank(wanted))
    };
    let evaluation = |wanted: &ContinuousAccess| {
        let rank = |one: &ContinuousAccess| match one {
            ContinuousAccess::StrictLocation => 0,
            ContinuousAccess::StrictEnforcement => 1,
            ContinuousAccess::Disabled => 2,
        };
        has.continuous_access_evaluation
            .is_some_and(|has| rank(&has) <= rank(wanted))
    };
    let flag = |has: bool, wanted: bool| has || !wanted;
    let mut profiles = wanted.filtering_profiles.iter();
    wanted.sign_in_frequency.iter().all(frequency)
        && wanted.secondary_frequency.iter().all(frequency)
        && wanted.persistent_browser.iter().all(browser)
        && wanted.cloud_app_security.iter().all(security)
        && wanted.continuous_access_evaluation.iter().all(evaluation)
        && flag(
            has.application_enforced_restrictions,
            wanted.application_enforced_restrictions,
        )
        && flag(
            has.disable_resilience_defaults,
            wanted.disable_resilience_defaults,
        )
        && flag(has.secure_sign_in_session, wanted.secure_sign_in_session)
        && profiles.all(|id| has.filtering_profiles.contains(id))
}

/// Whether the one session control that is wanted is set so, and not more strictly.
pub(crate) fn is_set_just_so(has: &SessionControls, wanted: &SessionControls) -> bool {
    let all = |of: &SessionControls| {
        let frequencies = [of.sign_in_frequency, of.secondary_frequency].into_iter();
        frequencies
            .flatten()
            .map(|one| (one.interval.hours(), one.authentication))
            .collect::<Vec<_>>()
    };
    let is_same_frequency = |frequency| all(has).contains(frequency);
    all(wanted).iter().all(is_same_frequency)
        && (wanted.persistent_browser.is_none()
            || has.persistent_browser == wanted.persistent_browser)
        && (wanted.cloud_app_security.is_none()
            || has.cloud_app_security == wanted.cloud_app_security)
        && (wanted.continuous_access_evaluation.is_none()
            || has.continuous_access_evaluation == wanted.continuous_access_evaluation)
}

/// Whether an effect makes the verdict at least a wanted one, where it is chosen.
pub(crate) fn effect_counts(combine: Combine, effect: EffectId, wanted: EffectId) -> bool {
    match combine {
        Combine::Strongest | Combine::Least => effect.0 >= wanted.0,
        Combine::Union | Combine::Conflict => effect == wanted,
    }
}

fn session_name(session: &SessionControls) -> String {
    let SessionControls {
        sign_in_frequency,
        persistent_browser,
        cloud_app_security,
        continuous_access_evaluation,
        filtering_profiles,
        ..
    } = session;
    if let Some(frequency) = sign_in_frequency {
        let interval = match frequency.interval {
            FrequencyInterval::EveryTime => "every time".to_owned(),
            FrequencyInterval::Hours(1) => "after an hour".to_owned(),
            FrequencyInterval::Hours(hours) => format!("after {hours} hours"),
            FrequencyInterval::Days(1) => "after a day".to_owned(),
            FrequencyInterval::Days(days) => format!("after {days} days"),
        };
        return format!("a new sign-in {interval}");
    }
    if let Some(mode) = persistent_browser {
        return format!("persistent browser {}", mode.name());
    }
    if let Some(kind) = cloud_app_security {
        return format!("Defender for Cloud Apps, {}", kind.name());
    }
    if let Some(mode) = continuous_access_evaluation {
        return format!("continuous access evaluation, {}", mode.name());
    }
    if let [profile, ..] = filtering_profiles.as_slice() {
        return format!("the filtering profile {profile}");
    }
    if session.application_enforced_restrictions {
        return "application enforced restrictions".to_owned();
    }
    if session.secure_sign_in_session {
        return "token protection".to_owned();
    }
    "resilience defaults off".to_owned()
}
