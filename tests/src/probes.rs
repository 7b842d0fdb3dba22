//! What single constructs of a policy come to, asked of the reference evaluator.
//!
//! A decision does not show what a filter or a quantifier inside a condition came to. A probe is a
//! set of one policy that has nothing else in it.

use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, Expr, Located, Policy, PolicySet, Scoped,
    ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_hir::schema::Schema;
use gatewright_reference::{Mode, applies};
use gatewright_source::Span;
use gatewright_value::Kind;
use gatewright_value::vocabulary::{Reason, State};
use serde_json::Value;

use crate::histogram::Histogram;

/// One construct of a set, alone.
pub struct Probe {
    name: String,
    /// What the condition is called that the construct is.
    reason: Reason,
    set: PolicySet,
}

/// Every filter over custom security attributes and every quantifier of a set.
#[must_use]
pub fn of_set(set: &PolicySet) -> Vec<Probe> {
    let mut probes = Vec::new();
    for policy in &set.policies {
        if let Some(when) = &policy.when {
            of_expression(set, policy, when, false, &mut probes);
        }
        let Some(assignments) = &policy.assignments else {
            continue;
        };
        if let Target::Apps(apps) = &assignments.target {
            of_scope(apps, |item| {
                if let AppScope::Filter(_) = item {
                    let target = Target::Apps(only(item.clone()));
                    let reason = Reason::Application;
                    probes.push(probe(set, policy, "app filter", reason, anyone(target)));
                }
            });
        }
        let target = Target::Apps(only(AppScope::All));
        match &assignments.who {
            Who::Users(_) => {}
            Who::ServicePrincipals(scope) => of_scope(scope, |item| {
                if let ServicePrincipalScope::Filter(_) = item {
                    let who = Who::ServicePrincipals(only(item.clone()));
                    let alone = Assignments::new(who, target.clone());
                    let reason = Reason::WorkloadIdentities;
                    probes.push(probe(set, policy, "workload filter", reason, alone));
                }
            }),
            Who::Agents(scope) => of_scope(scope, |item| {
                if let AgentScope::Filter(_) = item {
                    let who = Who::Agents(only(item.clone()));
                    let alone = Assignments::new(who, target.clone());
                    let reason = Reason::AgentIdentities;
                    probes.push(probe(set, policy, "agent filter", reason, alone));
                }
            }),
        }
    }
    probes
}

fn of_scope<T>(scope: &Scoped<T>, mut each: impl FnMut(&T)) {
    for item in scope.include.iter().chain(&scope.exclude) {
        each(&item.value);
    }
}

fn of_expression(
    set: &PolicySet,
    policy: &Policy,
    expr: &Expr,
    is_negated: bool,
    probes: &mut Vec<Probe>,
) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts
            .iter()
            .for_each(|part| of_expression(set, policy, part, false, probes)),
        Expr::Not(inner) => of_expression(set, policy, inner, true, probes),
        Expr::Some(some) => {
            // `-all P` is *not some element satisfies not P*.
            let is_every = is_negated && matches!(*some.body, Expr::Not(_));
            let quantifier = if is_every { "every" } else { "some" };
            let name = format!("{quantifier} {}", elements(&set.schema, expr));
            let mut alone = probe(
                set,
                policy,
                &name,
                Reason::When,
                Assignments::new(
                    Who::Users(only(UserScope::All)),
                    Target::Apps(only(AppScope::All)),
                ),
            );
            let rule = if is_every {
                Expr::Not(Box::new(expr.clone()))
            } else {
                expr.clone()
            };
            for policy in &mut alone.set.policies {
                policy.when = Some(rule.clone());
            }
            probes.push(alone);
        }
        _ => {}
    }
}

fn elements(schema: &Schema, expr: &Expr) -> &'static str {
    let Expr::Some(some) = expr else {
        return "?";
    };
    match schema.attribute(some.collection).map(|a| &a.kind) {
        Some(Kind::Set(element)) if **element == Kind::Record => "record",
        Some(Kind::Set(element)) if **element == Kind::Guid => "id",
        _ => "text",
    }
}

fn probe(
    set: &PolicySet,
    policy: &Policy,
    name: &str,
    reason: Reason,
    assignments: Assignments,
) -> Probe {
    let mut policy = policy.clone();
    policy.state = State::Enabled;
    policy.when = None;
    policy.unmodelled.clear();
    policy.assignments = Some(Box::new(assignments));
    Probe {
        name: name.to_owned(),
        reason,
        set: PolicySet {
            policies: vec![policy],
            ..set.clone()
        },
    }
}

/// Whoever signs in as a user.
fn anyone(target: Target) -> Assignments {
    Assignments::new(Who::Users(only(UserScope::All)), target)
}

fn only<T>(value: T) -> Scoped<T> {
    let span = Span::default();
    Scoped {
        include: vec![Located { value, span }],
        exclude: Vec::new(),
        span,
    }
}

/// Count what each construct comes to for a request that says one.
pub fn count(probes: &[Probe], request: &Value, histogram: &mut Histogram) {
    for probe in probes {
        // Another class or target does not reach the construct.
        let reaches = match probe.reason {
            Reason::WorkloadIdentities => "servicePrincipalId",
            Reason::AgentIdentities => "agentServicePrincipalId",
            _ => "userId",
        };
        let has_audience = request["signInContext"]["includeApplications"]
            .as_array()
            .is_some_and(|audiences| !audiences.is_empty());
        if request["signInIdentity"].get(reaches).is_none() || !has_audience {
            continue;
        }
        let holds = |mode| {
            let all = applies(&probe.set, request, mode, None).unwrap_or_default();
            all.into_iter().next()
        };
        let (Some(certain), Some(possible)) = (holds(Mode::Graph), holds(Mode::Pessimistic)) else {
            continue;
        };
        let came_to = if certain.applies {
            "true"
        } else if possible.applies {
            "unknown"
        } else if possible.all.contains(&probe.reason) {
            "false"
        } else {
            continue;
        };
        histogram.count(format!("{} {came_to}", probe.name));
    }
}
