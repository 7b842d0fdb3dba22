//! Kinds of client and platforms: what legacy protocols and platforms cannot give.

use gatewright_diagnostics::{Diagnostic, Severity};
use gatewright_value::vocabulary::{BuiltInControl, ClientApp, Platform};

use super::shape::{
    Dimension, app, apps, conditions, controls, includes, is_app, is_beyond, is_every_client,
    is_one_of, platforms, users,
};
use crate::model::{Assignments, Control, PlatformScope, Policy, UserScope};
use crate::problems::clients as problem;

const DEVICE: &[BuiltInControl] = &[
    BuiltInControl::CompliantDevice,
    BuiltInControl::DomainJoinedDevice,
];
const APPLICATION: &[BuiltInControl] = &[
    BuiltInControl::ApprovedApplication,
    BuiltInControl::CompliantApplication,
];

pub(super) fn check(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    legacy(policy, a, problems);
    if policy.outcome.is_block || controls(policy).is_empty() {
        return;
    }
    protected_apps(policy, a, problems);
    domain_join(policy, a, problems);
    sole_guard(policy, a, problems);
}

fn legacy(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(clients) = a.clients.as_ref().filter(|_| !is_every_client(a)) else {
        return;
    };
    let has = |client| clients.members.contains(&client);
    let has_eas = has(ClientApp::ExchangeActiveSync) || has(ClientApp::EasSupported);
    let has_other = has(ClientApp::Other);
    let is_eas_only = has_eas && clients.members.iter().all(|c| c.is_legacy()) && !has_other;
    let is_legacy_only = clients.members.iter().all(|c| c.is_legacy());
    if has_eas && !policy.outcome.is_block {
        let beyond = apps(a).is_none_or(|apps| {
            apps.include.is_empty() || includes(apps, |item| !is_app(item, app::EXCHANGE))
        });
        if beyond {
            let target = apps(a).map_or(policy.name_span, |apps| apps.span);
            problems.push(problem::activesync_beyond(clients.span, target));
        }
    }
    if is_eas_only && let Some(users) = users(a) {
        let wide = users.include.iter().find(|item| {
            matches!(
                item.value,
                UserScope::All | UserScope::Guests(_) | UserScope::Role(_)
            )
        });
        problems.extend(wide.map(|item| problem::activesync_everybody(clients.span, item.span)));
    }
    if has_eas && is_legacy_only {
        let other = conditions(policy, a).into_iter().find(|(dimension, _)| {
            let is_known = matches!(
                dimension,
                Dimension::Platforms | Dimension::Clients | Dimension::Unmodelled
            );
            !is_known
        });
        let report =
            |(dimension, span)| problem::activesync_condition(clients.span, dimension, span);
        problems.extend(other.map(report));
    }
    if (has_eas || has_other) && !policy.outcome.is_block {
        legacy_requirement(policy, clients.span, has_other, problems);
    }
}

fn legacy_requirement(
    policy: &Policy,
    clients: gatewright_source::Span,
    has_other: bool,
    problems: &mut Vec<Diagnostic>,
) {
    let Some(requirement) = &policy.outcome.requirement else {
        return;
    };
    let is_device = |control: &Control| is_one_of(control, DEVICE);
    let is_asked = |control: &Control| !is_device(control) && !is_one_of(control, APPLICATION);
    let out_of_reach = |control: &Control| is_asked(control) || (has_other && is_device(control));
    if !is_beyond(policy, out_of_reach) {
        return;
    }
    problems.push(if requirement.controls.iter().any(is_asked) {
        problem::legacy_cannot_answer(requirement.span, clients)
    } else {
        problem::legacy_has_no_device(requirement.span, clients)
    });
}

/// Whether a platform has protected applications of this kind.
fn has_application(control: &Control, platform: Platform) -> bool {
    match control {
        Control::BuiltIn(BuiltInControl::ApprovedApplication) => {
            matches!(platform, Platform::Android | Platform::Ios)
        }
        Control::BuiltIn(BuiltInControl::CompliantApplication) => {
            matches!(
                platform,
                Platform::Android | Platform::Ios | Platform::Windows
            )
        }
        _ => true,
    }
}

fn protected_apps(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(requirement) = &policy.outcome.requirement else {
        return;
    };
    if !is_beyond(policy, |control| is_one_of(control, APPLICATION)) {
        return;
    }
    let Some(listed) = platforms(a) else {
        // A filter or a rule may leave the other platforms out.
        if a.devices.is_none() && policy.when.is_none() {
            let mut found = problem::application_anywhere(requirement.span);
            found.severity = Severity::Hint;
            problems.push(found);
        }
        return;
    };
    let lacks =
        |platform: &Platform| is_beyond(policy, |control| !has_application(control, *platform));
    let place = a
        .platforms
        .as_ref()
        .map_or(policy.name_span, |scope| scope.span);
    let is_desktop = |platform: &&Platform| matches!(platform, Platform::MacOs | Platform::Linux);
    if let Some(platform) = listed.iter().filter(is_desktop).find(|p| lacks(p)) {
        let name = platform.name();
        problems.push(problem::application_on_desktop(
            requirement.span,
            place,
            name,
        ));
    } else if let Some(platform) = listed.iter().find(|p| lacks(p)) {
        let name = platform.name();
        problems.push(problem::application_elsewhere(
            requirement.span,
            place,
            name,
        ));
    }
}

fn domain_join(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let (Some(requirement), Some(listed)) = (&policy.outcome.requirement, platforms(a)) else {
        return;
    };
    let is_join = |control: &Control| is_one_of(control, &[BuiltInControl::DomainJoinedDevice]);
    if !is_beyond(policy, is_join) {
        return;
    }
    let is_elsewhere = |p: &&Platform| !matches!(p, Platform::Windows | Platform::WindowsPhone);
    if let Some(platform) = listed.iter().find(is_elsewhere) {
        let place = a
            .platforms
            .as_ref()
            .map_or(policy.name_span, |scope| scope.span);
        problems.push(problem::domain_join_elsewhere(
            requirement.span,
            place,
            platform.name(),
        ));
    }
}

/// A requirement that a forged user agent escapes; one that devices or applications prove is left
/// out, since it shows the platform by itself.
fn sole_guard(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(scope) = &a.platforms else { return };
    let is_all = includes(scope, |item| *item == PlatformScope::All);
    let names_some = !is_all && !scope.include.is_empty();
    let proves = |control: &Control| is_one_of(control, DEVICE) || is_one_of(control, APPLICATION);
    if names_some && !controls(policy).iter().any(proves) {
        problems.push(problem::sole_guard(scope.span, policy.outcome.span));
    }
}
