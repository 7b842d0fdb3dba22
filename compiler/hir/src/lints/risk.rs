//! Risk and what remediates it.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_value::FrequencyInterval;
use gatewright_value::vocabulary::BuiltInControl;

use super::shape::{
    Dimension, apps, conditions, controls, includes_everybody, is_everything, requires, users,
};
use crate::model::{Assignments, Control, Policy, Requirement, UserScope};
use crate::problems::risk as problem;

pub(super) fn check(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    if let (Some(user), Some(sign_in)) = (&a.user_risk, &a.sign_in_risk) {
        problems.push(problem::user_and_sign_in(sign_in.span, user.span));
    }
    let frequency = policy.outcome.session.sign_in_frequency;
    let is_every_time = frequency.is_some_and(|f| f.interval == FrequencyInterval::EveryTime);
    if let (Some(risk), false) = (&a.sign_in_risk, policy.outcome.is_block)
        && !controls(policy).is_empty()
        && !is_every_time
    {
        problems.push(problem::remembered(risk.span));
    }
    let Some(requirement) = &policy.outcome.requirement else {
        return;
    };
    if requires(policy, BuiltInControl::PasswordChange) {
        password_change(policy, a, requirement, problems);
    }
    if requires(policy, BuiltInControl::RiskRemediation) {
        let has_length = frequency.is_some() && !is_every_time;
        remediation(policy, a, requirement, has_length, problems);
    }
    guests(policy, a, requirement.span, problems);
}

fn is_strength(control: &Control) -> bool {
    matches!(control, Control::Strength(_))
}

fn password_change(
    policy: &Policy,
    a: &Assignments,
    requirement: &Requirement,
    problems: &mut Vec<Diagnostic>,
) {
    // What excludes a password change altogether is said of the remediation.
    if requires(policy, BuiltInControl::RiskRemediation) {
        return;
    }
    let mfa = Control::BuiltIn(BuiltInControl::Mfa);
    let change = Control::BuiltIn(BuiltInControl::PasswordChange);
    let has_mfa = requirement.controls.contains(&mfa);
    let strength = requirement.controls.iter().any(is_strength);
    let others = requirement
        .controls
        .iter()
        .any(|control| *control != mfa && *control != change && !is_strength(control));
    if !requirement.is_all || others || !(has_mfa || strength) {
        problems.push(problem::password_change_alone(requirement.span));
    } else if strength && !has_mfa {
        problems.push(problem::password_change_with_strength(requirement.span));
    }
    if let Some((what, span)) = beyond_user_risk(policy, a) {
        problems.push(problem::password_change_elsewhere(
            requirement.span,
            what,
            span,
        ));
    }
}

/// What keeps a policy from being about user risk in all resources and nothing else.
fn beyond_user_risk(policy: &Policy, a: &Assignments) -> Option<(String, Span)> {
    if a.user_risk.is_none() {
        return Some(("no user risk is asked for".to_owned(), policy.name_span));
    }
    match apps(a) {
        None => return Some(("it is not about resources".to_owned(), policy.name_span)),
        Some(apps) if !is_everything(apps) => {
            return Some(("not all resources are meant".to_owned(), apps.span));
        }
        Some(_) => {}
    }
    let other = conditions(policy, a)
        .into_iter()
        .find(|(dimension, _)| *dimension != Dimension::UserRisk)?;
    Some((format!("it asks for {} too", other.0.noun()), other.1))
}

fn remediation(
    policy: &Policy,
    a: &Assignments,
    requirement: &Requirement,
    has_length: bool,
    problems: &mut Vec<Diagnostic>,
) {
    let mut report = |what: &str, span: Span| {
        problems.push(problem::remediation_incomplete(
            requirement.span,
            what,
            span,
        ));
    };
    if requires(policy, BuiltInControl::PasswordChange) {
        return report("a password change stands beside it", requirement.span);
    }
    if !requirement.is_all || !requirement.controls.iter().any(is_strength) {
        return report(
            "no authentication strength is required with it",
            requirement.span,
        );
    }
    if has_length {
        return report(
            "the sign-in frequency is not every time",
            policy.outcome.span,
        );
    }
    if a.user_risk.is_none() {
        return report("no user risk is asked for", policy.name_span);
    }
    if let Some(apps) = apps(a).filter(|apps| !is_everything(apps)) {
        report("not all resources are meant", apps.span);
    }
}

fn guests(policy: &Policy, a: &Assignments, requirement: Span, problems: &mut Vec<Diagnostic>) {
    let remediates = requires(policy, BuiltInControl::PasswordChange)
        || requires(policy, BuiltInControl::RiskRemediation);
    let Some(users) = users(a).filter(|users| remediates && !includes_everybody(users)) else {
        return;
    };
    let guests = users
        .include
        .iter()
        .find(|i| matches!(i.value, UserScope::Guests(_)));
    problems.extend(guests.map(|item| problem::guests_cannot(requirement, item.span)));
}
