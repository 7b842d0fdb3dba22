//! Session controls: where each of them works.

use gatewright_diagnostics::Diagnostic;
use gatewright_value::vocabulary::{BuiltInControl, ClientApp, GuestType, Platform};
use gatewright_value::{ContinuousAccess, FrequencyInterval};

use super::Subject;
use super::shape::{
    app, apps, conditions, controls, includes, is_app, is_beyond, is_everything, is_one_of,
    platforms, users,
};
use crate::model::{AppScope, Assignments, Control, Guests, Policy, UserScope};
use crate::problems::{lints, sessions as problem};

/// Resources that token protection is supported for.
const PROTECTED: &[&str] = &[
    app::EXCHANGE,
    app::SHAREPOINT,
    app::TEAMS,
    "9cdead84-a844-4324-93f2-b2e6bb768d07",
    "0af06dc6-e4b5-4f28-818e-e78e62d137a5",
];

pub(super) fn check(subject: &Subject<'_>, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let policy = subject.policy;
    let session = &policy.outcome.session;
    let place = policy.outcome.span;
    let target = apps(a).map_or(policy.name_span, |apps| apps.span);
    if session.persistent_browser.is_some() && !apps(a).is_some_and(is_everything) {
        problems.push(problem::persistence(place, target));
    }
    if session.application_enforced_restrictions
        && !is_among(a, &[app::EXCHANGE, app::SHAREPOINT, app::OFFICE])
    {
        problems.push(problem::restrictions(place, target));
    }
    if session.continuous_access_evaluation == Some(ContinuousAccess::Disabled) {
        let condition = conditions(policy, a).into_iter().next();
        let narrowed = match condition {
            Some((_, span)) => Some(span),
            None => (!apps(a).is_some_and(is_everything)).then_some(target),
        };
        problems.extend(narrowed.map(|span| problem::access_evaluation(place, span)));
    }
    if session.secure_sign_in_session {
        token_protection(policy, a, problems);
    }
    frequency(subject, a, problems);
    external_users(policy, a, problems);
}

/// Whether only these resources are meant.
fn is_among(a: &Assignments, known: &[&str]) -> bool {
    apps(a).is_some_and(|apps| {
        !includes(apps, |item| !known.iter().any(|id| is_app(item, id))) && !apps.include.is_empty()
    })
}

fn frequency(subject: &Subject<'_>, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let policy = subject.policy;
    let Some(frequency) = policy.outcome.session.sign_in_frequency else {
        return;
    };
    let place = policy.outcome.span;
    let is_in_range = match frequency.interval {
        FrequencyInterval::Hours(hours) => (1..=23).contains(&hours),
        FrequencyInterval::Days(days) => (1..=365).contains(&days),
        FrequencyInterval::EveryTime => true,
    };
    // In text, the number is judged where it is written.
    if subject.is_graph && !is_in_range {
        problems.push(lints::frequency_range(place, frequency.interval));
    }
    let is_about_risk = a.user_risk.is_some() || a.sign_in_risk.is_some();
    if frequency.interval != FrequencyInterval::EveryTime || is_about_risk {
        return;
    }
    let is_office = |item: &AppScope| {
        let known = [app::OFFICE, app::EXCHANGE, app::SHAREPOINT, app::TEAMS];
        let portals = [app::AZURE_PORTAL, app::ADMIN_PORTALS];
        known.iter().chain(&portals).any(|id| is_app(item, id))
    };
    let office = apps(a).and_then(|apps| apps.include.iter().find(|i| is_office(&i.value)));
    if let Some(office) = office {
        problems.push(problem::every_time_on_office(place, office.span));
    } else if !is_among(a, &[app::INTUNE_ENROLLMENT]) {
        problems.push(problem::every_time_elsewhere(place));
    }
}

fn token_protection(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let place = policy.outcome.span;
    let is_supported =
        |p: &Platform| matches!(p, Platform::Windows | Platform::Ios | Platform::MacOs);
    let is_platform = platforms(a).is_some_and(|listed| listed.iter().all(is_supported));
    let is_client = a
        .clients
        .as_ref()
        .is_some_and(|clients| clients.members == [ClientApp::Modern]);
    let (what, span) = if !is_platform {
        let span = a.platforms.as_ref().map(|scope| scope.span);
        ("platforms without it are in scope", span)
    } else if !is_client {
        let span = a.clients.as_ref().map(|clients| clients.span);
        ("browsers and legacy clients are in scope", span)
    } else if !is_among(a, PROTECTED) {
        let span = apps(a).map(|apps| apps.span);
        ("resources without it are in scope", span)
    } else {
        return;
    };
    problems.push(problem::token_protection(
        place,
        what,
        span.unwrap_or(policy.name_span),
    ));
}

/// External users whose home tenant has their devices, and users without an object here.
fn external_users(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(users) = users(a) else { return };
    let guests = users.include.iter().find_map(|item| match &item.value {
        UserScope::Guests(guests) => Some((guests, item.span)),
        _ => None,
    });
    let Some((guests, span)) = guests else { return };
    let terms = controls(policy)
        .iter()
        .any(|c| matches!(c, Control::Terms(_)));
    if names_direct_connect(guests) && (terms || !policy.outcome.session.is_empty()) {
        let what = if terms {
            "terms of use"
        } else {
            "session controls"
        };
        problems.push(problem::direct_connect(policy.outcome.span, what, span));
    }
    let application = [
        BuiltInControl::ApprovedApplication,
        BuiltInControl::CompliantApplication,
    ];
    if let Some(requirement) = &policy.outcome.requirement
        && !policy.outcome.is_block
        && is_beyond(policy, |control| is_one_of(control, &application))
    {
        problems.push(problem::guests_and_applications(requirement.span, span));
    }
}

/// Of all guests, direct connect is one kind among others, and the policy works for those.
fn names_direct_connect(guests: &Guests) -> bool {
    guests.types.contains(&GuestType::B2bDirectConnectUser)
        && guests.types.len() < GuestType::ALL.len()
}
