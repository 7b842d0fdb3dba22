//! Resources, user actions, authentication contexts and flows.

use gatewright_diagnostics::Diagnostic;
use gatewright_value::vocabulary::{BuiltInControl, ClientApp, State, TransferMethod, UserAction};

use super::Subject;
use super::shape::{
    app, apps, controls, includes, includes_everybody, is_app, is_beyond, is_every_client,
    is_everything, is_one_of, users,
};
use crate::model::{
    AppScope, Assignments, Condition, Control, LocationKind, LocationScope, Policy, Target, Who,
};
use crate::objects::is_context_id;
use crate::problems::{clauses, targets as problem};

/// Client applications that people take for resources: id and name.
const CLIENTS: &[(&str, &str)] = &[
    ("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Azure CLI"),
    ("1950a258-227b-4e31-a9cf-717495945fc2", "Azure PowerShell"),
    (
        "14d82eec-204b-4c2f-b7e8-296a70dab67e",
        "Microsoft Graph Command Line Tools",
    ),
    ("d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office"),
    (
        "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
        "the Microsoft Teams client",
    ),
    (
        "ab9b8c07-8f02-4f72-87fa-80105867a763",
        "the OneDrive sync engine",
    ),
    ("27922004-5251-4030-b22d-91ecd9a37ea4", "Outlook Mobile"),
    ("aebc6443-996d-45c2-90f0-388ff96faa56", "Visual Studio Code"),
];

pub(super) fn check(subject: &Subject<'_>, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let policy = subject.policy;
    match &a.target {
        Target::Apps(scope) => {
            resources(scope, problems);
            portals(a, scope, problems);
        }
        Target::Actions(actions) => user_actions(policy, a, actions, problems),
        // In text, each id is judged where it is written.
        Target::Contexts(contexts) if subject.is_graph => {
            for id in contexts.members.iter().filter(|id| !is_context_id(id)) {
                problems.push(clauses::bad_context(id, contexts.span));
            }
        }
        Target::Contexts(_) | Target::Nothing(_) => {}
    }
    flows(policy, a, problems);
    positions(subject, a, problems);
}

fn resources(scope: &crate::model::Scoped<AppScope>, problems: &mut Vec<Diagnostic>) {
    for item in &scope.include {
        let known = CLIENTS.iter().find(|(id, _)| is_app(&item.value, id));
        problems.extend(known.map(|(_, name)| problem::client_as_target(item.span, name)));
    }
    for item in scope
        .exclude
        .iter()
        .filter(|item| is_app(&item.value, app::GRAPH))
    {
        problems.push(problem::graph_excluded(item.span));
    }
    let is_all = includes(scope, |item| *item == AppScope::All);
    if let (true, Some(first)) = (is_all, scope.exclude.first()) {
        problems.push(problem::exclusion_opens_baseline(first.span));
    }
}

fn portals(
    a: &Assignments,
    scope: &crate::model::Scoped<AppScope>,
    problems: &mut Vec<Diagnostic>,
) {
    let group = scope
        .include
        .iter()
        .find(|item| is_app(&item.value, app::ADMIN_PORTALS));
    let has_browser =
        |clients: &Condition<ClientApp>| clients.members.contains(&ClientApp::Browser);
    let is_without_browser = !matches!(a.who, Who::Users(_))
        || (!is_every_client(a) && !a.clients.as_ref().is_none_or(has_browser));
    if let (Some(group), true) = (group, is_without_browser) {
        problems.push(problem::portals_without_browser(group.span));
    }
}

fn user_actions(
    policy: &Policy,
    a: &Assignments,
    actions: &Condition<UserAction>,
    problems: &mut Vec<Diagnostic>,
) {
    if policy.state == State::ReportOnly {
        problems.push(problem::action_in_report_only(
            actions.span,
            policy.name_span,
        ));
    }
    let is_identity = |control: &Control| {
        matches!(control, Control::Strength(_)) || is_one_of(control, &[BuiltInControl::Mfa])
    };
    let asks = !policy.outcome.is_block && is_beyond(policy, is_identity);
    if actions.members.contains(&UserAction::RegisterDevice) {
        let other = controls(policy).iter().any(|control| !is_identity(control));
        let requirement = policy.outcome.requirement.as_ref().filter(|_| other);
        let clients = a.clients.as_ref().filter(|_| !is_every_client(a));
        let wrong = [
            requirement.map(|r| ("a control besides multifactor authentication", r.span)),
            clients.map(|c| ("kinds of client", c.span)),
            a.devices.as_ref().map(|d| ("a filter for devices", d.span)),
        ];
        for (what, span) in wrong.into_iter().flatten() {
            problems.push(problem::device_registration(span, what, actions.span));
        }
        if asks {
            problems.push(problem::device_registration_setting(actions.span));
        }
    }
    let is_everybody = users(a).is_some_and(includes_everybody);
    if actions.members.contains(&UserAction::RegisterSecurityInfo)
        && asks
        && is_everybody
        && a.locations.is_none()
    {
        problems.push(problem::registration_deadlock(
            actions.span,
            policy.outcome.span,
        ));
    }
}

fn flows(policy: &Policy, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(flows) = &a.flows else { return };
    if !flows.members.contains(&TransferMethod::DeviceCodeFlow) {
        return;
    }
    if policy.outcome.is_block {
        let in_part = apps(a).filter(|apps| !is_everything(apps));
        let report = |apps: &crate::model::Scoped<AppScope>| {
            problem::flow_blocked_in_part(flows.span, apps.span)
        };
        problems.extend(in_part.map(report));
        return;
    }
    let device = [
        BuiltInControl::CompliantDevice,
        BuiltInControl::DomainJoinedDevice,
    ];
    if let Some(requirement) = &policy.outcome.requirement
        && is_beyond(policy, |control| is_one_of(control, &device))
    {
        problems.push(problem::device_code(requirement.span, flows.span));
    }
}

/// Locations by the position of a phone.
fn positions(subject: &Subject<'_>, a: &Assignments, problems: &mut Vec<Diagnostic>) {
    let Some(scope) = &a.locations else { return };
    let is_by_gps = |item: &LocationScope| match item {
        LocationScope::Named(id) => subject.location(id).is_some_and(|location| {
            matches!(location.kind, LocationKind::Countries { by_gps: true, .. })
        }),
        LocationScope::All | LocationScope::AllTrusted => false,
    };
    let items = scope.include.iter().chain(&scope.exclude);
    let Some(item) = items.into_iter().find(|item| is_by_gps(&item.value)) else {
        return;
    };
    let policy = subject.policy;
    if policy.state == State::ReportOnly {
        problems.push(problem::gps_in_report_only(item.span, policy.name_span));
    } else if is_beyond(policy, is_passwordless)
        && let Some(requirement) = &policy.outcome.requirement
    {
        problems.push(problem::gps_passwordless(item.span, requirement.span));
    }
}

/// The built-in strength of methods without a password.
fn is_passwordless(control: &Control) -> bool {
    matches!(control, Control::Strength(id) if id == "00000000-0000-0000-0000-000000000003")
}
