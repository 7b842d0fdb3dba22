//! What only the whole set shows, as far as it can be read off the policies: what no policy covers,
//! what a second policy contradicts, and how many there are.
//!
//! Everything here is linear in the set but for platforms that are left out, whose pairs have a
//! budget. What needs diagrams is in the compiler's facade.

use std::collections::BTreeMap;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_value::fold;
use gatewright_value::vocabulary::{BuiltInControl, Platform, State};

use super::shape::{
    Dimension, app, apps, conditions, controls, includes, includes_everybody, is_app, is_one_of,
    platforms, requires, users,
};
use crate::model::{
    AppScope, Assignments, Control, PlatformScope, Policy, PolicySet, Scoped, UserScope, Who,
};
use crate::problems::coverage as problem;

/// LIMIT: policies of a tenant, in all states; the first number is the older documented one.
const POLICIES_MAX: [usize; 2] = [195, 240];

/// LIMIT: pairs of items of policies that are compared for platforms that are left out.
const PAIRS_MAX: usize = 10_000_000;

/// The directory role of the accounts that synchronise a directory, by template id.
const SYNCHRONIZATION: &str = "d29b2b05-8046-44ba-8758-1e26182fcf32";

pub(super) fn check(set: &PolicySet, problems: &mut Vec<Diagnostic>) {
    count(set, problems);
    let enabled: Vec<(&Policy, &Assignments)> = set
        .policies
        .iter()
        .filter(|policy| policy.state == State::Enabled)
        .filter_map(|policy| Some((policy, policy.assignments.as_deref()?)))
        .collect();
    for (policy, a) in &enabled {
        synchronization(policy, a, problems);
    }
    exclusions(&enabled, problems);
    unknown_platforms(&enabled, problems);
    platforms_left_out(&enabled, problems);
    office(&enabled, problems);
    remediations(&enabled, problems);
    outside_of_the_sources(&enabled, problems);
}

fn count(set: &PolicySet, problems: &mut Vec<Diagnostic>) {
    let policies: Vec<&Policy> = set
        .policies
        .iter()
        .filter(|policy| policy.assignments.is_some())
        .collect();
    let [older, newer] = POLICIES_MAX;
    let limit = if policies.len() > newer { newer } else { older };
    if let Some(first) = policies.get(limit) {
        problems.push(problem::many_policies(
            first.name_span,
            policies.len(),
            POLICIES_MAX,
        ));
    }
}

fn synchronization(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let (Some(users), Some(apps)) = (users(a), apps(a)) else {
        return;
    };
    let is_all = includes_everybody(users) && includes(apps, |item| *item == AppScope::All);
    let is_excluded = users.exclude.iter().any(|item| {
        matches!(&item.value, UserScope::Role(id) if id.eq_ignore_ascii_case(SYNCHRONIZATION))
    });
    let asks = !policy.outcome.is_block && !controls(policy).is_empty();
    if is_all && asks && !is_excluded && conditions(policy, a).is_empty() {
        problems.push(problem::synchronization(users.span));
    }
}

/// An object that policies exclude, and how far others cover it.
#[derive(Default)]
struct Excluded {
    place: Option<Span>,
    /// How many policies for everybody exclude it.
    from_everybody: usize,
    is_included: bool,
}

fn exclusions(enabled: &[(&Policy, &Assignments)], problems: &mut Vec<Diagnostic>) {
    let mut by_object: BTreeMap<(u8, String), Excluded> = BTreeMap::new();
    let mut everybody = 0_usize;
    for (_, a) in enabled {
        let Some(users) = users(a) else { continue };
        let is_for_all = includes_everybody(users);
        everybody += usize::from(is_for_all);
        for item in &users.exclude {
            let Some(key) = object(&item.value) else {
                continue;
            };
            let excluded = by_object.entry(key).or_default();
            excluded.place = excluded.place.or(Some(item.span));
            excluded.from_everybody += usize::from(is_for_all);
        }
        for item in &users.include {
            let Some(key) = object(&item.value) else {
                continue;
            };
            by_object.entry(key).or_default().is_included = true;
        }
    }
    let uncovered = |e: &&Excluded| !e.is_included && e.from_everybody >= everybody;
    let mut places: Vec<Span> = by_object
        .values()
        .filter(uncovered)
        .filter_map(|e| e.place)
        .collect();
    places.sort_unstable_by_key(|span| (span.source, span.start));
    problems.extend(places.into_iter().map(problem::uncovered_exclusion));
    let excluded = enabled
        .iter()
        .filter_map(|(_, a)| users(a))
        .flat_map(|users| &users.exclude);
    let group = excluded
        .into_iter()
        .find(|item| matches!(item.value, UserScope::Group(_)));
    problems.extend(group.map(|item| problem::exclusion_groups(item.span)));
}

fn object(item: &UserScope) -> Option<(u8, String)> {
    match item {
        UserScope::User(id) => Some((0, fold(id).into_owned())),
        UserScope::Group(id) => Some((1, fold(id).into_owned())),
        UserScope::Role(id) => Some((2, fold(id).into_owned())),
        UserScope::All | UserScope::None | UserScope::AllAgentUsers | UserScope::Guests(_) => None,
    }
}

fn unknown_platforms(enabled: &[(&Policy, &Assignments)], problems: &mut Vec<Diagnostic>) {
    let blocks = |(policy, a): &(&Policy, &Assignments)| {
        let catches = a
            .platforms
            .as_ref()
            .is_some_and(|scope| includes(scope, |item| *item == PlatformScope::All));
        policy.outcome.is_block && catches
    };
    if let Some((first, _)) = enabled.iter().find(|(_, a)| users(a).is_some())
        && !enabled.iter().any(blocks)
    {
        problems.push(problem::unknown_platforms(first.name_span));
    }
}

fn platforms_left_out(enabled: &[(&Policy, &Assignments)], problems: &mut Vec<Diagnostic>) {
    let mut pairs = PAIRS_MAX;
    let is_identity = |control: &Control| {
        matches!(control, Control::Strength(_)) || is_one_of(control, &[BuiltInControl::Mfa])
    };
    for (at, (policy, a)) in enabled.iter().enumerate() {
        let Some(scope) = &a.platforms else { continue };
        let asks = !policy.outcome.is_block && controls(policy).iter().any(is_identity);
        if !asks || !includes(scope, |item| *item == PlatformScope::All) {
            continue;
        }
        for item in &scope.exclude {
            let PlatformScope::Platform(platform) = item.value else {
                continue;
            };
            let mut others = enabled.iter().enumerate().filter(|(place, _)| *place != at);
            let is_covered = others.any(|(_, (other, b))| {
                pairs = pairs.saturating_sub(size(a).saturating_mul(size(b)));
                pairs == 0 || covers(other, b, platform, a)
            });
            if !is_covered {
                problems.push(problem::platform_left_out(item.span, platform.name()));
            }
        }
    }
    if pairs == 0
        && let Some((first, _)) = enabled.first()
    {
        problems.push(problem::not_compared(first.name_span));
    }
}

/// What comparing a policy with another one costs.
fn size(a: &Assignments) -> usize {
    let users = users(a).map_or(0, |users| users.include.len());
    1 + users + apps(a).map_or(0, |apps| apps.include.len())
}

/// Whether a policy does something on a platform for some of the people and resources of another.
fn covers(policy: &Policy, a: &Assignments, platform: Platform, of: &Assignments) -> bool {
    let does = policy.outcome.is_block || !controls(policy).is_empty();
    does && platforms(a).is_none_or(|listed| listed.contains(&platform))
        && meet(users(a), users(of), &UserScope::All)
        && meet(apps(a), apps(of), &AppScope::All)
}

fn meet<T: PartialEq>(one: Option<&Scoped<T>>, other: Option<&Scoped<T>>, all: &T) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return false;
    };
    let has = |item: &T| includes(other, |of| of == item);
    includes(one, |item| item == all || has(item))
}

/// The applications of Office that depend on each other, by name.
const SIBLINGS: [(&str, &str); 3] = [
    (app::EXCHANGE, "Exchange Online"),
    (app::SHAREPOINT, "SharePoint Online"),
    (app::TEAMS, "Microsoft Teams"),
];

/// LIMIT: different things that policies do to one application; beyond, nothing is said of it.
const DEMANDS_MAX: usize = 64;

/// What a policy does to who it meets.
type Demand<'p> = (bool, &'p [Control]);

fn office(enabled: &[(&Policy, &Assignments)], problems: &mut Vec<Diagnostic>) {
    let mut demands: [Vec<Demand<'_>>; 3] = Default::default();
    for (policy, a) in enabled {
        let Some(scope) = apps(a) else { continue };
        for ((id, _), demands) in SIBLINGS.iter().zip(&mut demands) {
            let demand = (policy.outcome.is_block, controls(policy));
            let is_new = demands.len() < DEMANDS_MAX && !demands.contains(&demand);
            if reaches(scope, id) && is_new {
                demands.push(demand);
            }
        }
    }
    let mut is_suggested = false;
    for (policy, a) in enabled {
        let Some(scope) = apps(a) else { continue };
        let is_named = |id: &str| scope.include.iter().find(|item| is_app(&item.value, id));
        let Some(named) = SIBLINGS.iter().find_map(|(id, _)| is_named(id)) else {
            continue;
        };
        let has_suite = includes(scope, |item| is_app(item, app::OFFICE));
        if !is_suggested && !has_suite {
            is_suggested = true;
            problems.push(problem::single_office_apps(named.span));
        }
        let does = policy.outcome.is_block || !controls(policy).is_empty();
        let is_legacy = a
            .clients
            .as_ref()
            .is_some_and(|clients| clients.members.iter().all(|client| client.is_legacy()));
        if users(a).is_none() || !does || is_legacy {
            continue;
        }
        let own = controls(policy);
        let mut siblings = SIBLINGS.iter().zip(&demands);
        let differs = siblings.find(|((id, _), demands)| {
            let as_much = |(is_block, controls): &Demand<'_>| {
                *is_block == policy.outcome.is_block && own.iter().all(|c| controls.contains(c))
            };
            let is_known = demands.len() < DEMANDS_MAX;
            is_known && !reaches(scope, id) && !demands.iter().any(as_much)
        });
        let report = |((_, name), _): (&(&str, &str), _)| problem::siblings(named.span, name);
        problems.extend(differs.map(report));
    }
}

fn reaches(scope: &Scoped<AppScope>, id: &str) -> bool {
    let is = |item: &AppScope| is_app(item, id) || is_app(item, app::OFFICE);
    let is_excluded = scope.exclude.iter().any(|item| is(&item.value));
    !is_excluded && includes(scope, |item| *item == AppScope::All || is(item))
}

fn remediations(enabled: &[(&Policy, &Assignments)], problems: &mut Vec<Diagnostic>) {
    let with = |control: BuiltInControl| {
        let mut policies = enabled.iter().map(|(policy, _)| *policy);
        policies.find(|policy| requires(policy, control))
    };
    if let (Some(change), Some(remediation)) = (
        with(BuiltInControl::PasswordChange),
        with(BuiltInControl::RiskRemediation),
    ) && change.span != remediation.span
    {
        problems.push(problem::two_remediations(
            change.name_span,
            remediation.name_span,
        ));
    }
}

/// What depends on the tenant's licences and settings, which no source shows: told once each.
fn outside_of_the_sources(enabled: &[(&Policy, &Assignments)], problems: &mut Vec<Diagnostic>) {
    let licences = [
        (Dimension::UserRisk, "Microsoft Entra ID P2"),
        (Dimension::SignInRisk, "Microsoft Entra ID P2"),
        (Dimension::InsiderRisk, "Microsoft Purview"),
        (
            Dimension::PrincipalRisk,
            "Microsoft Entra Workload ID Premium",
        ),
    ];
    let mut told: Vec<&str> = Vec::new();
    for (policy, a) in enabled {
        for (dimension, span) in conditions(policy, a) {
            let licence = licences
                .iter()
                .find(|(of, _)| *of == dimension)
                .map(|(_, name)| *name);
            if let Some(licence) = licence.filter(|licence| !told.contains(licence)) {
                told.push(licence);
                problems.push(problem::licence(span, dimension.noun(), licence));
            }
        }
    }
    let frequency =
        |(policy, _): &&(&Policy, &Assignments)| policy.outcome.session.sign_in_frequency.is_some();
    if let Some((policy, _)) = enabled.iter().find(frequency) {
        problems.push(problem::remembered_mfa(policy.outcome.span));
    }
    let workloads = enabled.iter().find_map(|(_, a)| match &a.who {
        Who::ServicePrincipals(scope) => Some(scope.span),
        Who::Users(_) | Who::Agents(_) => None,
    });
    problems.extend(workloads.map(problem::workloads_not_covered));
}
