//! Questions about one policy that several lints ask.

use gatewright_source::Span;
use gatewright_value::vocabulary::{BuiltInControl, ClientApp, Platform};

use crate::model::{
    AppScope, Assignments, Control, LocationScope, PlatformScope, Policy, Scoped, Target,
    UserScope, Who,
};

/// Ids of applications that restrictions name.
pub(super) mod app {
    pub(crate) const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
    pub(crate) const SHAREPOINT: &str = "00000003-0000-0ff1-ce00-000000000000";
    pub(crate) const TEAMS: &str = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
    pub(crate) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
    pub(crate) const AZURE_PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
    pub(crate) const INTUNE_ENROLLMENT: &str = "d4ebce55-015a-49b5-a083-c84d1797ae8c";
    pub(crate) const OFFICE: &str = "Office365";
    pub(crate) const ADMIN_PORTALS: &str = "MicrosoftAdminPortals";
}

/// A condition that narrows a policy, besides who and what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    UserRisk,
    SignInRisk,
    InsiderRisk,
    PrincipalRisk,
    AgentRisk,
    Platforms,
    Locations,
    Clients,
    Devices,
    Flows,
    When,
    Unmodelled,
}

impl Dimension {
    /// What the condition is called.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Dimension::UserRisk => "user risk",
            Dimension::SignInRisk => "sign-in risk",
            Dimension::InsiderRisk => "insider risk",
            Dimension::PrincipalRisk => "service principal risk",
            Dimension::AgentRisk => "agent risk",
            Dimension::Platforms => "platforms",
            Dimension::Locations => "locations",
            Dimension::Clients => "kinds of client",
            Dimension::Devices => "a filter for devices",
            Dimension::Flows => "authentication flows",
            Dimension::When => "a rule",
            Dimension::Unmodelled => "a condition that is not understood",
        }
    }
}

/// The conditions that narrow a policy; one that holds for everything is none.
pub(super) fn conditions(policy: &Policy, a: &Assignments) -> Vec<(Dimension, Span)> {
    use Dimension as D;
    let platforms = a.platforms.as_ref().filter(|_| !is_every_platform(a));
    let locations = a.locations.as_ref().filter(|_| !is_every_network(a));
    let clients = a.clients.as_ref().filter(|_| !is_every_client(a));
    let unmodelled = policy.unmodelled.iter().find(|member| member.is_condition);
    let places = [
        (D::UserRisk, a.user_risk.as_ref().map(|c| c.span)),
        (D::SignInRisk, a.sign_in_risk.as_ref().map(|c| c.span)),
        (D::InsiderRisk, a.insider_risk.as_ref().map(|c| c.span)),
        (
            D::PrincipalRisk,
            a.service_principal_risk.as_ref().map(|c| c.span),
        ),
        (D::AgentRisk, a.agent_risk.as_ref().map(|c| c.span)),
        (D::Platforms, platforms.map(|c| c.span)),
        (D::Locations, locations.map(|c| c.span)),
        (D::Clients, clients.map(|c| c.span)),
        (D::Devices, a.devices.as_ref().map(|c| c.span)),
        (D::Flows, a.flows.as_ref().map(|c| c.span)),
        (D::When, policy.when.as_ref().map(|_| policy.name_span)),
        (D::Unmodelled, unmodelled.map(|member| member.span)),
    ];
    let configured = places.into_iter();
    configured
        .filter_map(|(dimension, span)| Some((dimension, span?)))
        .collect()
}

/// The users that a policy is for, if it is for users.
pub(super) fn users(a: &Assignments) -> Option<&Scoped<UserScope>> {
    match &a.who {
        Who::Users(users) => Some(users),
        Who::ServicePrincipals(_) | Who::Agents(_) => None,
    }
}

/// The resources that a policy is for, if it is for resources.
pub(super) fn apps(a: &Assignments) -> Option<&Scoped<AppScope>> {
    match &a.target {
        Target::Apps(apps) => Some(apps),
        Target::Actions(_) | Target::Contexts(_) | Target::Nothing(_) => None,
    }
}

/// Whether something among the included items is so.
pub(super) fn includes<T>(scope: &Scoped<T>, is: impl Fn(&T) -> bool) -> bool {
    scope.include.iter().any(|item| is(&item.value))
}

/// Whether all users are included, whoever is excluded.
pub(super) fn includes_everybody(users: &Scoped<UserScope>) -> bool {
    includes(users, |item| *item == UserScope::All)
}

/// Whether all resources are included and none is excluded.
pub(super) fn is_everything(apps: &Scoped<AppScope>) -> bool {
    apps.exclude.is_empty() && includes(apps, |item| *item == AppScope::All)
}

/// Whether a resource is this one, or this group of them.
pub(super) fn is_app(item: &AppScope, known: &str) -> bool {
    match item {
        AppScope::App(id) | AppScope::Group(id) => id.eq_ignore_ascii_case(known),
        AppScope::All | AppScope::None | AppScope::Filter(_) => false,
    }
}

/// What a policy requires.
pub(super) fn controls(policy: &Policy) -> &[Control] {
    policy
        .outcome
        .requirement
        .as_ref()
        .map_or(&[], |r| r.controls.as_slice())
}

/// Whether a policy requires this built-in control.
pub(super) fn requires(policy: &Policy, control: BuiltInControl) -> bool {
    controls(policy).contains(&Control::BuiltIn(control))
}

/// Whether nobody meets the requirement who can give none of the controls that are `out_of_reach`.
pub(super) fn is_beyond(policy: &Policy, out_of_reach: impl Fn(&Control) -> bool) -> bool {
    let Some(requirement) = &policy.outcome.requirement else {
        return false;
    };
    let mut controls = requirement.controls.iter();
    if requirement.is_all {
        controls.any(out_of_reach)
    } else {
        !requirement.controls.is_empty() && controls.all(out_of_reach)
    }
}

/// Whether a control is one of these built-in ones.
pub(super) fn is_one_of(control: &Control, among: &[BuiltInControl]) -> bool {
    matches!(control, Control::BuiltIn(one) if among.contains(one))
}

/// The platforms that are meant, where some are told apart.
pub(super) fn platforms(a: &Assignments) -> Option<Vec<Platform>> {
    let scope = a.platforms.as_ref().filter(|_| !is_every_platform(a))?;
    let among = |items: &[crate::model::Located<PlatformScope>], platform: Platform| {
        let is = |item: PlatformScope| {
            item == PlatformScope::All || item == PlatformScope::Platform(platform)
        };
        items.iter().any(|item| is(item.value))
    };
    let all = Platform::ALL.iter().copied();
    Some(
        all.filter(|p| among(&scope.include, *p) && !among(&scope.exclude, *p))
            .collect(),
    )
}

pub(super) fn is_every_platform(assignments: &Assignments) -> bool {
    let is_all = |scope: &Scoped<PlatformScope>| {
        scope.exclude.is_empty() && includes(scope, |item| *item == PlatformScope::All)
    };
    assignments.platforms.as_ref().is_none_or(is_all)
}

pub(super) fn is_every_network(assignments: &Assignments) -> bool {
    let is_all = |scope: &Scoped<LocationScope>| {
        scope.exclude.is_empty() && includes(scope, |item| *item == LocationScope::All)
    };
    assignments.locations.as_ref().is_none_or(is_all)
}

/// `easSupported` is a part of `exchangeActiveSync`.
pub(super) fn is_every_client(assignments: &Assignments) -> bool {
    let kinds = [
        ClientApp::Browser,
        ClientApp::Modern,
        ClientApp::ExchangeActiveSync,
        ClientApp::Other,
    ];
    let clients = assignments.clients.as_ref();
    clients.is_none_or(|clients| kinds.iter().all(|kind| clients.members.contains(kind)))
}
