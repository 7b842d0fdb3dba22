//! Slips in the state of a policy, and in what it does.

use gatewright_hir::model::{Control, Policy, PolicySet, Requirement, Strength};
use gatewright_hir::schema::EffectId;
use gatewright_hir::strength::{MULTIFACTOR, implied};
use gatewright_value::vocabulary::{BuiltInControl, State};
use gatewright_value::{FrequencyInterval, PersistentBrowser, SessionControls};

use super::{Operator, Slips};

/// The policy is in another state.
pub(super) fn state(slips: &mut Slips<'_>) {
    let (span, state) = (slips.policy.name_span, slips.policy.state);
    let rows: &[(State, &str)] = match state {
        State::Enabled => &[
            (State::ReportOnly, "is left report-only"),
            (State::Disabled, "is disabled"),
        ],
        State::ReportOnly => &[
            (State::Enabled, "is enforced, not report-only"),
            (State::Disabled, "is disabled"),
        ],
        State::Disabled => &[],
    };
    for (state, says) in rows {
        slips.add(Operator::State, span, says, |policy| policy.state = *state);
    }
}

/// The policy does something else.
pub(super) fn outcome(slips: &mut Slips<'_>) {
    let policy = slips.policy;
    let is_entra = slips.set.schema.is_entra;
    let span = policy.outcome.span;
    if policy.outcome.is_block && is_entra {
        slips.add(
            Operator::Outcome,
            span,
            "requires mfa instead of blocking",
            |policy| {
                policy.outcome.is_block = false;
                policy.outcome.requirement = Some(Requirement {
                    is_all: false,
                    controls: vec![Control::BuiltIn(BuiltInControl::Mfa)],
                    span: policy.outcome.span,
                });
            },
        );
    }
    if let Some(requirement) = &policy.outcome.requirement {
        self::requirement(slips, requirement, is_entra);
    }
    session(slips, &policy.outcome.session);
    if let Some(effect) = policy.outcome.effect {
        let effects = &slips.set.schema.effects;
        let beside = [effect.0.checked_sub(1), effect.0.checked_add(1)];
        let rows: Vec<(u32, String)> = beside
            .into_iter()
            .flatten()
            .filter_map(|at| Some((at, effects.get(at as usize)?.name.clone())))
            .collect();
        for (at, name) in rows {
            let says = format!("has the effect {name}");
            slips.add(Operator::Outcome, span, &says, |policy| {
                policy.outcome.effect = Some(EffectId(at));
            });
        }
    }
}

fn requirement(slips: &mut Slips<'_>, requirement: &Requirement, is_entra: bool) {
    let span = requirement.span;
    let is_several = requirement.controls.len() > 1;
    if is_entra {
        let says = "blocks instead of requiring anything";
        slips.add(Operator::Outcome, span, says, |policy| {
            policy.outcome.is_block = true;
            policy.outcome.requirement = None;
        });
    }
    // The obligations of one's own schema stand each for itself.
    if is_several && is_entra {
        let says = if requirement.is_all {
            "requires any of its controls instead of all"
        } else {
            "requires all of its controls instead of any"
        };
        slips.add(Operator::Connective, span, says, |policy| {
            if let Some(requirement) = &mut policy.outcome.requirement {
                requirement.is_all = !requirement.is_all;
            }
        });
    }
    for (at, control) in requirement.controls.iter().enumerate() {
        let what = described(slips, control);
        let says = format!("no longer requires {what}");
        slips.add(Operator::Outcome, span, &says, |policy| {
            if is_several {
                with_controls(policy, |controls| {
                    controls.remove(at);
                });
            } else {
                policy.outcome.requirement = None;
            }
        });
        if let Some(weaker) = weaker(slips.set, control) {
            let says = format!("requires {} instead of {what}", described(slips, &weaker));
            slips.add(Operator::Outcome, span, &says, |policy| {
                with_controls(policy, |controls| {
                    if let Some(control) = controls.get_mut(at) {
                        *control = weaker;
                    }
                });
            });
        }
    }
}

fn with_controls(policy: &mut Policy, change: impl FnOnce(&mut Vec<Control>)) {
    if let Some(requirement) = &mut policy.outcome.requirement {
        change(&mut requirement.controls);
    }
}

fn described(slips: &Slips<'_>, control: &Control) -> String {
    let of = |id: &str| slips.names.of(id).to_owned();
    match control {
        Control::BuiltIn(control) => control.to_string(),
        Control::Strength(id) => format!("the strength {}", of(id)),
        Control::Terms(id) => format!("the terms {}", of(id)),
        Control::Custom(id) => format!("the custom control {}", of(id)),
        Control::Own(id) => {
            let control = slips.set.schema.controls.get(id.0 as usize);
            control.map_or_else(String::new, |control| control.name.clone())
        }
    }
}

/// The next weaker strength: of those that this one implies and that do not imply it, the one that
/// implies the most others.
fn weaker(set: &PolicySet, control: &Control) -> Option<Control> {
    let Control::Strength(id) = control else {
        return None;
    };
    let is_meant = |strength: &&Strength| strength.id.eq_ignore_ascii_case(id);
    let strength = set.strengths.iter().find(is_meant)?;
    if strength.id.eq_ignore_ascii_case(MULTIFACTOR) {
        return None;
    }
    let candidates = implied(strength, &set.strengths);
    let reach = |candidate: &Strength| implied(candidate, &set.strengths);
    let next = candidates
        .into_iter()
        .map(|candidate| (candidate, reach(candidate)))
        .filter(|(_, implied)| !implied.iter().any(&is_meant))
        // The last of several maxima is taken; equals stand in the order of their ids.
        .max_by_key(|(_, implied)| implied.len())?;
    Some(Control::Strength(next.0.id.clone()))
}

/// Session controls are missing, or laxer.
fn session(slips: &mut Slips<'_>, session: &SessionControls) {
    type Change = fn(&mut SessionControls);
    let rows: [(bool, &str, Change); 8] = [
        (
            session.sign_in_frequency.is_some(),
            "signInFrequency",
            |s| {
                s.sign_in_frequency = None;
            },
        ),
        (
            session.persistent_browser.is_some(),
            "persistentBrowser",
            |s| {
                s.persistent_browser = None;
            },
        ),
        (
            session.application_enforced_restrictions,
            "applicationEnforcedRestrictions",
            |s| s.application_enforced_restrictions = false,
        ),
        (
            session.cloud_app_security.is_some(),
            "cloudAppSecurity",
            |s| {
                s.cloud_app_security = None;
            },
        ),
        (
            session.disable_resilience_defaults,
            "disableResilienceDefaults",
            |s| s.disable_resilience_defaults = false,
        ),
        (session.secure_sign_in_session, "secureSignInSession", |s| {
            s.secure_sign_in_session = false;
        }),
        (
            session.continuous_access_evaluation.is_some(),
            "continuousAccessEvaluation",
            |s| s.continuous_access_evaluation = None,
        ),
        (
            !session.filtering_profiles.is_empty(),
            "filteringProfile",
            |s| s.filtering_profiles.clear(),
        ),
    ];
    let span = slips.policy.outcome.span;
    for (is_set, name, change) in rows {
        if is_set {
            let says = format!("no longer sets {name}");
            slips.add(Operator::Session, span, &says, |policy| {
                change(&mut policy.outcome.session);
            });
        }
    }
    laxer(slips, session);
}

/// Session controls with another value.
fn laxer(slips: &mut Slips<'_>, session: &SessionControls) {
    let span = slips.policy.outcome.span;
    if let Some(frequency) = session.sign_in_frequency {
        let (longer, says) = match frequency.interval {
            FrequencyInterval::EveryTime => (
                FrequencyInterval::Hours(1),
                "asks every hour instead of every time",
            ),
            FrequencyInterval::Hours(hours) => (
                FrequencyInterval::Hours(hours.saturating_mul(2)),
                "asks half as often to sign in",
            ),
            FrequencyInterval::Days(days) => (
                FrequencyInterval::Days(days.saturating_mul(2)),
                "asks half as often to sign in",
            ),
        };
        slips.add(Operator::Session, span, says, |policy| {
            if let Some(frequency) = &mut policy.outcome.session.sign_in_frequency {
                frequency.interval = longer;
            }
        });
    }
    if let Some(browser) = session.persistent_browser {
        let (other, says) = match browser {
            PersistentBrowser::Always => {
                (PersistentBrowser::Never, "ends sessions with the browser")
            }
            PersistentBrowser::Never => (
                PersistentBrowser::Always,
                "lets sessions outlive the browser",
            ),
        };
        slips.add(Operator::Session, span, says, |policy| {
            policy.outcome.session.persistent_browser = Some(other);
        });
    }
}
