//! What the language can say and a policy of Entra cannot.

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_hir::model::{
    AgentScope, AppScope, Control, Expr, Located, Policy, Scoped, ServicePrincipalScope, Target,
    UserScope, Who,
};
use gatewright_source::{SourceId, Span};

use super::rule::rule_text;
use crate::context::{Context, RULE_SOURCE};
use crate::problems::inexpressible as problem;

/// Every part of a policy that cannot be said, with its place.
pub(crate) fn check(policy: &Policy, cx: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(when) = &policy.when {
        // A rule that is named in the condition stands elsewhere.
        let span = place(when, policy.name_span.source).unwrap_or(policy.name_span);
        let why = "use the clauses of a policy, or `export --split`, which writes several policies \
                   where they say the same";
        found.push(problem("`when` and `unless`", why, span));
    }
    let Some(assignments) = &policy.assignments else {
        let why = "a policy under a schema of one's own has no form in Graph";
        found.push(problem("this policy", why, policy.name_span));
        return found;
    };
    match &assignments.who {
        Who::Users(users) => {
            for items in [&users.include, &users.exclude] {
                found.extend(guests(items));
            }
        }
        Who::ServicePrincipals(principals) => {
            let is_filter =
                |scope: &ServicePrincipalScope| matches!(scope, ServicePrincipalScope::Filter(_));
            found.extend(filters(principals, is_filter));
        }
        Who::Agents(agents) => {
            found.extend(filters(agents, |scope| {
                matches!(scope, AgentScope::Filter(_))
            }));
        }
    }
    if let Target::Apps(apps) = &assignments.target {
        found.extend(filters(apps, |scope| matches!(scope, AppScope::Filter(_))));
    }
    if let Some(devices) = &assignments.devices
        && !stands_alone(&devices.text, cx)
        && rule_text(cx.schema, "ca-device", &devices.rule).is_none()
    {
        let why = "write the rule out in the filter's own words";
        found.push(problem("this rule", why, devices.span));
    }
    let requirement = policy.outcome.requirement.as_ref();
    if let Some(requirement) = requirement {
        let is_strength = |control: &&Control| matches!(control, Control::Strength(_));
        if requirement.controls.iter().filter(is_strength).count() > 1 {
            let why = "require each in a policy of its own, or declare one strength for both";
            found.push(problem(
                "two strengths in one policy",
                why,
                requirement.span,
            ));
        }
        if policy.outcome.is_block {
            let why = "`block` leaves nothing to require";
            found.push(problem("`block` beside `require`", why, requirement.span));
        }
    }
    found
}

/// A policy whose rule names no other: the names are replaced by what they stand for.
pub(crate) fn written_out(policy: &Policy, cx: &Context<'_>) -> Policy {
    let mut policy = policy.clone();
    let devices = policy.assignments.as_mut().and_then(|a| a.devices.as_mut());
    if let Some(devices) = devices
        && !stands_alone(&devices.text, cx)
        && let Some(text) = rule_text(cx.schema, "ca-device", &devices.rule)
    {
        devices.text = text;
    }
    policy
}

/// Whether a rule can be read without the project around it.
fn stands_alone(rule: &str, cx: &Context<'_>) -> bool {
    let reading = (cx.rule)("ca-device", RULE_SOURCE, rule.trim());
    let is_error = |d: &Diagnostic| d.severity == Severity::Error;
    !reading.diagnostics.iter().any(is_error)
}

/// Guests of some tenants beside guests of others: there is room for one list of tenants.
fn guests(items: &[Located<UserScope>]) -> Option<Diagnostic> {
    let mut guests = items.iter().filter_map(|item| match &item.value {
        UserScope::Guests(guests) => Some((guests, item.span)),
        _ => None,
    });
    let (first, _) = guests.next()?;
    let (_, span) = guests.find(|(other, _)| other.tenants != first.tenants)?;
    let why = "write a policy for each list of tenants";
    Some(problem("guests of several lists of tenants", why, span))
}

/// Several filters over custom security attributes: there is room for one.
fn filters<T>(scoped: &Scoped<T>, is_filter: impl Fn(&T) -> bool) -> Option<Diagnostic> {
    let items = scoped.include.iter().chain(&scoped.exclude);
    let mut filters = items.filter(|item| is_filter(&item.value));
    let _ = filters.next()?;
    let second = filters.next()?;
    let why = "join the rules with -or, or write a policy for each";
    Some(problem("two filters of one kind", why, second.span))
}

/// Where an expression stands in a source. Recursion is bounded: expressions are nested no deeper than the
/// parser allows.
fn place(expr: &Expr, source: SourceId) -> Option<Span> {
    let span = match expr {
        Expr::Constant(_) => return None,
        Expr::Not(inner) => return place(inner, source),
        Expr::All(parts) | Expr::Any(parts) => {
            let spans = parts.iter().filter_map(|part| place(part, source));
            return spans.reduce(Span::to);
        }
        Expr::Test(test) => test.span,
        Expr::Location(scoped) => scoped.span,
        Expr::App(scoped) => scoped.span,
        Expr::Some(some) => some.span,
        Expr::Field(test) => test.span,
        Expr::Unknown(span) => *span,
    };
    (span.source == source).then_some(span)
}
