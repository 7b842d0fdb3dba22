//! Lock-outs, controls that exclude each other, gaps in lists of risk levels.

use gatewright_diagnostics::Diagnostic;
use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, InsiderRiskLevel, RiskLevel, State,
};

use super::Notation;
use super::shape::{apps, conditions, controls, includes_everybody, is_everything, is_one_of};
use crate::model::{Assignments, Condition, Control, Policy, Scoped, UserScope, Who};
use crate::problems::lints as problem;

pub(super) fn check(policy: &Policy, notation: Notation, problems: &mut Vec<Diagnostic>) {
    exclusive(policy, problems);
    let Some(assignments) = &policy.assignments else {
        return;
    };
    lock_out(policy, assignments, notation, problems);
    let levels = [RiskLevel::Low, RiskLevel::Medium, RiskLevel::High];
    gap(
        assignments.user_risk.as_ref(),
        &levels,
        RiskLevel::name,
        problems,
    );
    gap(
        assignments.sign_in_risk.as_ref(),
        &levels,
        RiskLevel::name,
        problems,
    );
    gap(
        assignments.service_principal_risk.as_ref(),
        &levels,
        RiskLevel::name,
        problems,
    );
    let levels = [
        InsiderRiskLevel::Minor,
        InsiderRiskLevel::Moderate,
        InsiderRiskLevel::Elevated,
    ];
    gap(
        assignments.insider_risk.as_ref(),
        &levels,
        InsiderRiskLevel::name,
        problems,
    );
    let levels = [
        AgentRiskLevel::Low,
        AgentRiskLevel::Medium,
        AgentRiskLevel::High,
    ];
    gap(
        assignments.agent_risk.as_ref(),
        &levels,
        AgentRiskLevel::name,
        problems,
    );
}

fn exclusive(policy: &Policy, problems: &mut Vec<Diagnostic>) {
    let Some(requirement) = &policy.outcome.requirement else {
        return;
    };
    if policy.outcome.is_block && !requirement.controls.is_empty() {
        problems.push(problem::block_with_grant(requirement.span));
    }
    let has_mfa = requirement
        .controls
        .contains(&Control::BuiltIn(BuiltInControl::Mfa));
    let has_strength = requirement
        .controls
        .iter()
        .any(|c| matches!(c, Control::Strength(_)));
    if has_mfa && has_strength {
        problems.push(problem::mfa_with_strength(requirement.span));
    }
}

fn lock_out(
    policy: &Policy,
    assignments: &Assignments,
    notation: Notation,
    problems: &mut Vec<Diagnostic>,
) {
    if policy.state != State::Enabled {
        return;
    }
    let Who::Users(users) = &assignments.who else {
        return;
    };
    // Users have no such risk: whether the policy meets them is not known.
    let is_for_others =
        assignments.service_principal_risk.is_some() || assignments.agent_risk.is_some();
    if is_for_others || !is_everybody(users) {
        return;
    }
    let everything = apps(assignments)
        .filter(|apps| is_everything(apps))
        .map(|apps| apps.span);
    let block = policy.outcome.span;
    if !policy.outcome.is_block {
        let narrow = is_narrowed(policy, assignments);
        if let (Some(apps), false, Some(requirement)) =
            (everything, narrow, &policy.outcome.requirement)
            && is_device_only(policy)
        {
            let (name, devices) = (policy.name_span, requirement.span);
            problems.push(problem::device_lock_out(
                name, users.span, apps, devices, notation,
            ));
        }
        return;
    }
    match everything {
        Some(apps) if !is_narrowed(policy, assignments) => {
            problems.push(problem::lock_out(
                policy.name_span,
                users.span,
                apps,
                block,
                notation,
            ));
        }
        _ if !is_legacy_only(assignments) => {
            problems.push(problem::no_break_glass(
                policy.name_span,
                users.span,
                block,
                notation,
            ));
        }
        _ => {}
    }
}

fn is_everybody(users: &Scoped<UserScope>) -> bool {
    users.exclude.is_empty() && includes_everybody(users)
}

/// Whether anything but users and apps decides whether the policy applies.
fn is_narrowed(policy: &Policy, assignments: &Assignments) -> bool {
    !conditions(policy, assignments).is_empty()
}

/// Whether nothing but a managed device or a protected application is enough.
fn is_device_only(policy: &Policy) -> bool {
    let managed = [
        BuiltInControl::CompliantDevice,
        BuiltInControl::DomainJoinedDevice,
        BuiltInControl::CompliantApplication,
    ];
    let controls = controls(policy);
    !controls.is_empty() && controls.iter().all(|control| is_one_of(control, &managed))
}

/// Whether only legacy clients are met, which emergency accounts do not use.
fn is_legacy_only(assignments: &Assignments) -> bool {
    let clients = assignments.clients.as_ref();
    clients.is_some_and(|clients| clients.members.iter().all(|client| client.is_legacy()))
}

/// Report the least level above one that is listed that is not listed itself.
fn gap<T: Copy + PartialEq>(
    condition: Option<&Condition<T>>,
    levels: &[T],
    name: fn(T) -> &'static str,
    problems: &mut Vec<Diagnostic>,
) {
    let Some(condition) = condition else { return };
    let has = |level: &&T| condition.members.contains(level);
    let listed = levels.iter().position(|level| has(&level));
    let Some(least) = listed else { return };
    let above = levels.get(least..).unwrap_or_default();
    let missing = above.iter().find(|level| !has(level));
    let present = above.iter().take_while(|level| has(level)).last();
    if let (Some(present), Some(missing)) = (present, missing) {
        problems.push(problem::risk_gap(
            condition.span,
            name(*present),
            name(*missing),
        ));
    }
}
