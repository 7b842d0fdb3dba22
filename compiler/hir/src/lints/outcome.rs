//! Lock-outs, controls that exclude each other, gaps in lists of risk levels.

use gatewright_diagnostics::Diagnostic;
use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, ClientApp, InsiderRiskLevel, RiskLevel, State,
};

use crate::model::{
    AppScope, Assignments, Condition, Control, LocationScope, PlatformScope, Policy, Scoped,
    Target, UserScope, Who,
};
use crate::problems::lints as problem;

pub(super) fn check(policy: &Policy, problems: &mut Vec<Diagnostic>) {
    controls(policy, problems);
    let Some(assignments) = &policy.assignments else {
        return;
    };
    lock_out(policy, assignments, problems);
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

fn controls(policy: &Policy, problems: &mut Vec<Diagnostic>) {
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

fn lock_out(policy: &Policy, assignments: &Assignments, problems: &mut Vec<Diagnostic>) {
    if policy.state != State::Enabled || !policy.outcome.is_block {
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
    let everything = match &assignments.target {
        Target::Apps(apps) if is_everything(apps) => Some(apps.span),
        _ => None,
    };
    let block = policy.outcome.span;
    match everything {
        Some(apps) if !is_narrowed(policy, assignments) => {
            problems.push(problem::lock_out(policy.name_span, users.span, apps, block));
        }
        _ if !is_legacy_only(assignments) => {
            problems.push(problem::no_break_glass(policy.name_span, users.span, block));
        }
        _ => {}
    }
}

fn is_everybody(users: &Scoped<UserScope>) -> bool {
    users.exclude.is_empty()
        && users
            .include
            .iter()
            .any(|item| item.value == UserScope::All)
}

fn is_everything(apps: &Scoped<AppScope>) -> bool {
    apps.exclude.is_empty() && apps.include.iter().any(|item| item.value == AppScope::All)
}

/// Whether anything but users and apps decides whether the policy applies.
fn is_narrowed(policy: &Policy, assignments: &Assignments) -> bool {
    policy.when.is_some()
        || policy.unmodelled.iter().any(|member| member.is_condition)
        || assignments.user_risk.is_some()
        || assignments.sign_in_risk.is_some()
        || assignments.insider_risk.is_some()
        || !is_every_platform(assignments)
        || !is_every_network(assignments)
        || !is_every_client(assignments)
        || assignments.devices.is_some()
        || assignments.flows.is_some()
}

fn is_every_platform(assignments: &Assignments) -> bool {
    let is_all = |scope: &Scoped<PlatformScope>| {
        let mut include = scope.include.iter();
        scope.exclude.is_empty() && include.any(|item| item.value == PlatformScope::All)
    };
    assignments.platforms.as_ref().is_none_or(is_all)
}

fn is_every_network(assignments: &Assignments) -> bool {
    let is_all = |scope: &Scoped<LocationScope>| {
        let mut include = scope.include.iter();
        scope.exclude.is_empty() && include.any(|item| item.value == LocationScope::All)
    };
    assignments.locations.as_ref().is_none_or(is_all)
}

/// `easSupported` is a part of `exchangeActiveSync`.
fn is_every_client(assignments: &Assignments) -> bool {
    let kinds = [
        ClientApp::Browser,
        ClientApp::Modern,
        ClientApp::ExchangeActiveSync,
        ClientApp::Other,
    ];
    let clients = assignments.clients.as_ref();
    clients.is_none_or(|clients| kinds.iter().all(|kind| clients.members.contains(kind)))
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
