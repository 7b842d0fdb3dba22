//! Workload identities, agents and their user accounts.

use gatewright_diagnostics::Diagnostic;

use super::shape::{Dimension, apps, conditions, is_everything};
use crate::model::{Assignments, Policy, Target, UserScope, Who};
use crate::problems::workloads as problem;

pub(super) fn check(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    match &a.who {
        Who::ServicePrincipals(scope) => {
            if !policy.outcome.is_block && policy.outcome.requirement.is_some() {
                problems.push(problem::grant(policy.outcome.span, scope.span));
            }
            conditions_of_users(policy, a, problems);
        }
        Who::Agents(scope) => {
            if !policy.outcome.is_block {
                problems.push(problem::agents(
                    policy.outcome.span,
                    scope.span,
                    "agent identities",
                ));
            }
        }
        Who::Users(scope) => {
            let accounts = scope
                .include
                .iter()
                .find(|item| item.value == UserScope::AllAgentUsers);
            let Some(accounts) = accounts else { return };
            if !policy.outcome.is_block {
                let what = "the user accounts of agents";
                problems.push(problem::agents(policy.outcome.span, accounts.span, what));
            }
            if let Some(excluded) = scope.exclude.first() {
                problems.push(problem::agents_excluded(excluded.span, accounts.span));
            }
        }
    }
}

fn conditions_of_users(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let foreign = conditions(policy, a).into_iter().find(|(dimension, _)| {
        !matches!(
            dimension,
            Dimension::Locations
                | Dimension::PrincipalRisk
                | Dimension::When
                | Dimension::Unmodelled
        )
    });
    if let Some((dimension, span)) = foreign {
        problems.push(problem::condition(span, dimension.noun()));
    }
    if !policy.outcome.session.is_empty() {
        problems.push(problem::condition(policy.outcome.span, "session controls"));
    }
    match &a.target {
        Target::Actions(actions) => {
            problems.push(problem::condition(actions.span, "user actions"));
        }
        Target::Apps(_) => {
            let some = apps(a).filter(|apps| !is_everything(apps) && !apps.include.is_empty());
            problems.extend(some.map(|apps| problem::condition(apps.span, "single resources")));
        }
        Target::Contexts(_) | Target::Nothing(_) => {}
    }
}
