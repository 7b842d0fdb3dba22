//! How a policy is put together: words that stand alone, controls that exclude each other, sizes,
//! parts that are retired.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_value::vocabulary::{BuiltInControl, Platform};

use super::shape::{apps, controls, requires, users};
use crate::model::{
    AgentScope, AppScope, Assignments, Control, Located, PlatformScope, Policy, Scoped,
    ServicePrincipalScope, UserScope, Who,
};
use crate::problems::structure as problem;

/// LIMIT: objects of one list from which on the size of a policy becomes a matter.
const LIST_MAX: usize = 250;

pub(super) fn check(policy: &Policy, problems: &mut Vec<Diagnostic>) {
    several_strengths(policy, problems);
    if requires(policy, BuiltInControl::ApprovedApplication) {
        let place = requirement_span(policy);
        problems.push(problem::retired(
            place,
            "`approvedApplication`",
            "`compliantApplication`",
        ));
    }
    if let Some(custom) = controls(policy)
        .iter()
        .find(|c| matches!(c, Control::Custom(_)))
    {
        problems.push(problem::custom_control(requirement_span(policy), custom));
    }
    let Some(a) = &policy.assignments else {
        return;
    };
    none_with_others(a, problems);
    filter_with_all(a, problems);
    tenants_without_guests(a, problems);
    windows_phone(a, problems);
    long_lists(a, problems);
}

fn requirement_span(policy: &Policy) -> Span {
    policy
        .outcome
        .requirement
        .as_ref()
        .map_or(policy.outcome.span, |r| r.span)
}

fn several_strengths(policy: &Policy, problems: &mut Vec<Diagnostic>) {
    let strengths = controls(policy)
        .iter()
        .filter(|c| matches!(c, Control::Strength(_)));
    if strengths.count() > 1 {
        problems.push(problem::several_strengths(requirement_span(policy)));
    }
}

/// `None` beside others of its own list; beside groups and roles it says nothing.
fn none_with_others(a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let place = match &a.who {
        // The user accounts of agents stand in a member of their own, beside `None` for people.
        Who::Users(scope) => none_among(scope, &UserScope::None, |item| {
            matches!(item, UserScope::User(_))
        }),
        Who::ServicePrincipals(scope) => none_among(scope, &ServicePrincipalScope::None, |item| {
            matches!(
                item,
                ServicePrincipalScope::Id(_) | ServicePrincipalScope::Owned
            )
        }),
        Who::Agents(scope) => none_among(scope, &AgentScope::None, |item| {
            matches!(item, AgentScope::Id(_) | AgentScope::All)
        }),
    };
    problems.extend(place.map(|(none, other)| problem::none_with_others(none, other)));
    let place = apps(a).and_then(|scope| {
        none_among(scope, &AppScope::None, |item| {
            matches!(item, AppScope::App(_) | AppScope::Group(_))
        })
    });
    problems.extend(place.map(|(none, other)| problem::none_with_others(none, other)));
}

fn none_among<T: PartialEq>(
    scope: &Scoped<T>,
    none: &T,
    is_other: impl Fn(&T) -> bool,
) -> Option<(Span, Span)> {
    let none = scope.include.iter().find(|item| item.value == *none)?;
    let other = scope.include.iter().find(|item| is_other(&item.value))?;
    Some((none.span, other.span))
}

fn filter_with_all(a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(apps) = apps(a) else { return };
    let mut items = apps.include.iter().chain(&apps.exclude);
    let filter = items.find(|item| matches!(item.value, AppScope::Filter(_)));
    let is_special = |item: &&Located<AppScope>| match &item.value {
        AppScope::All | AppScope::None => true,
        AppScope::Group(name) => name.eq_ignore_ascii_case("AllAgentIdResources"),
        AppScope::App(_) | AppScope::Filter(_) => false,
    };
    if let (Some(filter), Some(special)) = (filter, apps.include.iter().find(is_special)) {
        problems.push(problem::filter_with_all(filter.span, special.span));
    }
}

fn tenants_without_guests(a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(users) = users(a) else { return };
    for item in users.include.iter().chain(&users.exclude) {
        if let UserScope::Guests(guests) = &item.value
            && guests.types.is_empty()
        {
            problems.push(problem::tenants_without_guests(item.span));
        }
    }
}

fn windows_phone(a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let phone = PlatformScope::Platform(Platform::WindowsPhone);
    let included = a.platforms.iter().flat_map(|scope| &scope.include);
    for item in included.filter(|item| item.value == phone) {
        problems.push(problem::retired_platform(item.span));
    }
}

fn long_lists(a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let mut report = |what: &str, count: usize, span: Option<Span>| {
        if let (true, Some(span)) = (count >= LIST_MAX, span) {
            problems.push(problem::long_list(span, what, count));
        }
    };
    if let Some(users) = users(a) {
        for side in [&users.include, &users.exclude] {
            report(
                "users, groups and roles",
                side.len(),
                side.first().map(|i| i.span),
            );
        }
    }
    if let Some(apps) = apps(a) {
        for side in [&apps.include, &apps.exclude] {
            report("resources", side.len(), side.first().map(|i| i.span));
        }
    }
    if let Who::ServicePrincipals(scope) = &a.who {
        for side in [&scope.include, &scope.exclude] {
            report(
                "workload identities",
                side.len(),
                side.first().map(|i| i.span),
            );
        }
    }
}
