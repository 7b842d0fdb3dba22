//! Lock-outs, controls that exclude each other, gaps in lists of risk levels.

use gatewright_diagnostics::Diagnostic;
use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, InsiderRiskLevel, RiskLevel, State,
};

use super::Notation;
use super::shape::{apps, conditions, controls, includes_everybody, is_everything, is_one_of};
use crate::model::{AppScope, Assignments, Condition, Control, Policy, Scoped, UserScope, Who};
use crate::problems::lints as problem;

pub(super) fn check(
    policy: &Policy,
    set: &[Policy],
    notation: Notation,
    problems: &mut Vec<Diagnostic>,
) {
    exclusive(policy, problems);
    let Some(assignments) = &policy.assignments else {
        return;
    };
    lock_out(policy, assignments, notation, problems);
    let mut gaps = Gaps {
        policy,
        assignments,
        set,
        problems,
    };
    let levels = [RiskLevel::Low, RiskLevel::Medium, RiskLevel::High];
    gaps.check(|a| a.user_risk.as_ref(), &levels, RiskLevel::name);
    gaps.check(|a| a.sign_in_risk.as_ref(), &levels, RiskLevel::name);
    gaps.check(
        |a| a.service_principal_risk.as_ref(),
        &levels,
        RiskLevel::name,
    );
    let levels = [
        InsiderRiskLevel::Minor,
        InsiderRiskLevel::Moderate,
        InsiderRiskLevel::Elevated,
    ];
    gaps.check(|a| a.insider_risk.as_ref(), &levels, InsiderRiskLevel::name);
    let levels = [
        AgentRiskLevel::Low,
        AgentRiskLevel::Medium,
        AgentRiskLevel::High,
    ];
    gaps.check(|a| a.agent_risk.as_ref(), &levels, AgentRiskLevel::name);
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

/// LIMIT: policies that are asked whether they cover a level, so that a set of many costs little.
const COMPANIONS_MAX: usize = 500;

/// What is needed to find levels of risk that are left out.
struct Gaps<'s> {
    policy: &'s Policy,
    assignments: &'s Assignments,
    set: &'s [Policy],
    problems: &'s mut Vec<Diagnostic>,
}

impl Gaps<'_> {
    /// Report the least level above one that is listed that is not listed itself, unless another
    /// policy treats that level, as where `medium` is asked for a factor and `high` is blocked.
    fn check<T: Copy + PartialEq>(
        &mut self,
        condition: impl Fn(&Assignments) -> Option<&Condition<T>>,
        levels: &[T],
        name: fn(T) -> &'static str,
    ) {
        let Some(own) = condition(self.assignments) else {
            return;
        };
        let has = |level: &&T| own.members.contains(level);
        let listed = levels.iter().position(|level| has(&level));
        let Some(least) = listed else { return };
        let above = levels.get(least..).unwrap_or_default();
        let missing = above.iter().find(|level| !has(level));
        let present = above.iter().take_while(|level| has(level)).last();
        let (Some(present), Some(missing)) = (present, missing) else {
            return;
        };
        let treats = |other: &Policy| {
            let Some(assignments) = other.assignments.as_ref() else {
                return false;
            };
            let has_level = condition(assignments).is_some_and(|c| c.members.contains(missing));
            has_level && self.is_in_force(other) && covers(assignments, self.assignments)
        };
        if !self.set.iter().take(COMPANIONS_MAX).any(treats) {
            let found = problem::risk_gap(own.span, name(*present), name(*missing));
            self.problems.push(found);
        }
    }

    /// Whether another policy is enforced where this one is.
    fn is_in_force(&self, other: &Policy) -> bool {
        match self.policy.state {
            State::Enabled => other.state == State::Enabled,
            State::ReportOnly => other.state != State::Disabled,
            State::Disabled => true,
        }
    }
}

/// Whether all whom and what a policy includes another one includes too, as far as names tell.
fn covers(other: &Assignments, own: &Assignments) -> bool {
    fn includes<T: PartialEq>(other: &Scoped<T>, own: &Scoped<T>, all: &T) -> bool {
        let has = |wanted: &T| other.include.iter().any(|item| item.value == *wanted);
        has(all) || own.include.iter().all(|item| has(&item.value))
    }
    let is_who = match (&other.who, &own.who) {
        (Who::Users(other), Who::Users(own)) => includes(other, own, &UserScope::All),
        (other, own) => std::mem::discriminant(other) == std::mem::discriminant(own),
    };
    let is_target = match (apps(other), apps(own)) {
        (Some(other), Some(own)) => includes(other, own, &AppScope::All),
        _ => false,
    };
    is_who && is_target
}
