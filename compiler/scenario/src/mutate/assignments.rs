//! Slips in what a policy applies to.

use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, Condition, Guests, Located, LocationScope, PlatformScope,
    Policy, Scoped, ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, GuestType, InsiderRiskLevel, Platform, RiskLevel, TransferMethod,
    UserAction,
};

use super::dimension::{Dimension, members, scoped};
use super::{Operator, Slips};
use crate::names::ObjectNames;

/// How many items the conditions list.
pub(super) fn item_count(assignments: &Assignments) -> usize {
    fn of<T>(scope: &Scoped<T>) -> usize {
        scope.include.len() + scope.exclude.len()
    }
    let who = match &assignments.who {
        Who::Users(scope) => of(scope),
        Who::ServicePrincipals(scope) => of(scope),
        Who::Agents(scope) => of(scope),
    };
    let target = match &assignments.target {
        Target::Apps(scope) => of(scope),
        Target::Contexts(contexts) => contexts.members.len(),
        Target::Actions(_) | Target::Nothing(_) => 1,
    };
    who + target + assignments.locations.as_ref().map_or(0, of)
}

/// The slips in who, what, how and where.
pub(super) fn assignments(slips: &mut Slips<'_>) {
    let policy = slips.policy;
    let Some(assignments) = policy.assignments.as_deref() else {
        return;
    };
    who(slips, assignments);
    target(slips, assignments);
    signals(slips, assignments);
    places(slips, assignments);
    dropped(slips, assignments);
}

fn changed(policy: &mut Policy) -> Option<&mut Assignments> {
    policy.assignments.as_deref_mut()
}

fn who(slips: &mut Slips<'_>, assignments: &Assignments) {
    let names = slips.names;
    match &assignments.who {
        Who::Users(scope) => {
            let describe = |item: &UserScope| user(names, item);
            let dimension = Dimension {
                slot: |policy| match &mut changed(policy)?.who {
                    Who::Users(scope) => Some(scope),
                    _ => None,
                },
                describe: &describe,
                all: Some((UserScope::All, "all users")),
                nameable: Vec::new(),
            };
            scoped(slips, scope, &dimension);
            guests(slips, scope);
        }
        Who::ServicePrincipals(scope) => {
            let describe = |item: &ServicePrincipalScope| match item {
                ServicePrincipalScope::Owned => "all owned service principals".to_owned(),
                ServicePrincipalScope::None => "nobody".to_owned(),
                ServicePrincipalScope::Id(id) => format!("the service principal {}", names.of(id)),
                ServicePrincipalScope::Filter(_) => "what the filter matches".to_owned(),
            };
            let dimension = Dimension {
                slot: |policy| match &mut changed(policy)?.who {
                    Who::ServicePrincipals(scope) => Some(scope),
                    _ => None,
                },
                describe: &describe,
                all: Some((ServicePrincipalScope::Owned, "all owned service principals")),
                nameable: Vec::new(),
            };
            scoped(slips, scope, &dimension);
        }
        Who::Agents(scope) => {
            let describe = |item: &AgentScope| match item {
                AgentScope::All => "all agents".to_owned(),
                AgentScope::None => "nobody".to_owned(),
                AgentScope::Id(id) => format!("the agent {}", names.of(id)),
                AgentScope::Filter(_) => "what the filter matches".to_owned(),
            };
            let dimension = Dimension {
                slot: |policy| match &mut changed(policy)?.who {
                    Who::Agents(scope) => Some(scope),
                    _ => None,
                },
                describe: &describe,
                all: Some((AgentScope::All, "all agents")),
                nameable: Vec::new(),
            };
            scoped(slips, scope, &dimension);
        }
    }
}

fn user(names: &ObjectNames, item: &UserScope) -> String {
    match item {
        UserScope::All => "all users".to_owned(),
        UserScope::None => "nobody".to_owned(),
        UserScope::AllAgentUsers => "all agents' users".to_owned(),
        UserScope::User(id) => format!("the user {}", names.of(id)),
        UserScope::Group(id) => format!("the group {}", names.of(id)),
        UserScope::Role(id) => format!("the role {}", names.of(id)),
        UserScope::Guests(guests) => {
            let types: Vec<String> = guests.types.iter().map(ToString::to_string).collect();
            format!("guests ({})", types.join(", "))
        }
    }
}

/// A type of guest is forgotten, or the tenants that they come from.
fn guests(slips: &mut Slips<'_>, scope: &Scoped<UserScope>) {
    let rows = [(false, &scope.include), (true, &scope.exclude)];
    for (is_exclude, items) in rows {
        let verb = if is_exclude { "excludes" } else { "includes" };
        for (at, item) in items.iter().enumerate() {
            let UserScope::Guests(guests) = &item.value else {
                continue;
            };
            let mut change = |says: &str, change: &dyn Fn(&mut Guests)| {
                slips.add(Operator::Include, item.span, says, |policy| {
                    if let Some(guests) = guests_at(policy, is_exclude, at) {
                        change(guests);
                    }
                });
            };
            // Where all types are meant, nobody forgets one.
            let is_some = guests.types.len() < GuestType::ALL.len();
            for (place, kind) in guests.types.iter().enumerate() {
                if is_some && guests.types.len() > 1 {
                    change(
                        &format!("no longer {verb} guests of type {kind}"),
                        &|guests| {
                            guests.types.remove(place);
                        },
                    );
                }
            }
            if guests.tenants.is_some() {
                change(&format!("{verb} guests of all tenants"), &|guests| {
                    guests.tenants = None;
                });
            }
        }
    }
}

fn guests_at(policy: &mut Policy, is_exclude: bool, at: usize) -> Option<&mut Guests> {
    let Who::Users(scope) = &mut changed(policy)?.who else {
        return None;
    };
    let items = if is_exclude {
        &mut scope.exclude
    } else {
        &mut scope.include
    };
    match items.get_mut(at) {
        Some(Located {
            value: UserScope::Guests(guests),
            ..
        }) => Some(guests),
        _ => None,
    }
}

fn target(slips: &mut Slips<'_>, assignments: &Assignments) {
    let names = slips.names;
    match &assignments.target {
        Target::Apps(scope) => {
            let describe = |item: &AppScope| app(names, item);
            let dimension = Dimension {
                slot: |policy| match &mut changed(policy)?.target {
                    Target::Apps(scope) => Some(scope),
                    _ => None,
                },
                describe: &describe,
                all: Some((AppScope::All, "all apps")),
                nameable: Vec::new(),
            };
            scoped(slips, scope, &dimension);
        }
        Target::Actions(condition) => {
            let slot: fn(&mut Policy) -> Option<&mut Condition<UserAction>> =
                |policy| match &mut changed(policy)?.target {
                    Target::Actions(actions) => Some(actions),
                    _ => None,
                };
            let describe = |action: UserAction| format!("the action {action}");
            members(slips, condition, slot, &describe, &[]);
        }
        Target::Contexts(contexts) => {
            for (at, context) in contexts.members.iter().enumerate() {
                if contexts.members.len() < 2 {
                    break;
                }
                let name = names.of(context);
                let says = format!("no longer applies at the context {name}");
                slips.add(Operator::Include, contexts.span, &says, |policy| {
                    let assignments = changed(policy);
                    if let Some(Target::Contexts(contexts)) = assignments.map(|a| &mut a.target) {
                        contexts.members.remove(at);
                    }
                });
            }
        }
        Target::Nothing(_) => {}
    }
}

pub(super) fn app(names: &ObjectNames, item: &AppScope) -> String {
    match item {
        AppScope::All => "all apps".to_owned(),
        AppScope::None => "no app".to_owned(),
        AppScope::App(id) => format!("the app {}", names.of(id)),
        AppScope::Group(name) => name.clone(),
        AppScope::Filter(_) => "what the filter matches".to_owned(),
    }
}

pub(super) fn location(names: &ObjectNames, item: &LocationScope) -> String {
    match item {
        LocationScope::All => "all locations".to_owned(),
        LocationScope::AllTrusted => "trusted locations".to_owned(),
        LocationScope::Named(id) => format!("the location {}", names.of(id)),
    }
}

/// Levels, clients and flows.
fn signals(slips: &mut Slips<'_>, assignments: &Assignments) {
    macro_rules! members_of {
        ($field:ident, $type:ty, $what:literal, $nameable:expr) => {
            if let Some(condition) = &assignments.$field {
                let slot: fn(&mut Policy) -> Option<&mut Condition<$type>> =
                    |policy| changed(policy)?.$field.as_mut();
                let describe = |member: $type| format!(concat!($what, " {}"), member);
                let nameable: Vec<$type> = $nameable(&condition.members);
                members(slips, condition, slot, &describe, &nameable);
            }
        };
    }
    members_of!(user_risk, RiskLevel, "the user risk", next_risks);
    members_of!(sign_in_risk, RiskLevel, "the sign-in risk", next_risks);
    members_of!(
        insider_risk,
        InsiderRiskLevel,
        "the insider risk",
        |named: &[_]| next(
            named,
            &[
                InsiderRiskLevel::Minor,
                InsiderRiskLevel::Moderate,
                InsiderRiskLevel::Elevated,
            ],
        )
    );
    members_of!(
        service_principal_risk,
        RiskLevel,
        "the risk of the service principal",
        next_risks
    );
    members_of!(
        agent_risk,
        AgentRiskLevel,
        "the risk of the agent",
        |named: &[_]| next(
            named,
            &[
                AgentRiskLevel::Low,
                AgentRiskLevel::Medium,
                AgentRiskLevel::High,
            ],
        )
    );
    members_of!(clients, ClientApp, "the client", |_: &[_]| vec![
        ClientApp::Browser,
        ClientApp::Modern,
        ClientApp::ExchangeActiveSync,
        ClientApp::Other,
    ]);
    members_of!(flows, TransferMethod, "the flow", |_: &[_]| {
        TransferMethod::ALL.to_vec()
    });
}

/// Platforms and networks.
fn places(slips: &mut Slips<'_>, assignments: &Assignments) {
    if let Some(scope) = &assignments.platforms {
        let describe = |item: &PlatformScope| match item {
            PlatformScope::All => "all platforms".to_owned(),
            PlatformScope::Platform(platform) => format!("the platform {platform}"),
        };
        let dimension = Dimension {
            slot: |policy| changed(policy)?.platforms.as_mut(),
            describe: &describe,
            all: Some((PlatformScope::All, "all platforms")),
            nameable: Platform::ALL
                .iter()
                .map(|platform| PlatformScope::Platform(*platform))
                .collect(),
        };
        scoped(slips, scope, &dimension);
    }
    if let Some(scope) = &assignments.locations {
        let names = slips.names;
        let describe = |item: &LocationScope| location(names, item);
        let dimension = Dimension {
            slot: |policy| changed(policy)?.locations.as_mut(),
            describe: &describe,
            all: Some((LocationScope::All, "all locations")),
            nameable: Vec::new(),
        };
        scoped(slips, scope, &dimension);
    }
}

fn next_risks(named: &[RiskLevel]) -> Vec<RiskLevel> {
    next(named, &[RiskLevel::Low, RiskLevel::Medium, RiskLevel::High])
}

/// The levels beside those that are named: where somebody draws the line one step off.
fn next<T: Copy + PartialEq>(named: &[T], levels: &[T]) -> Vec<T> {
    let is_named = |level: Option<&T>| level.is_some_and(|level| named.contains(level));
    (0..levels.len())
        .filter(|at| {
            let before = at.checked_sub(1).and_then(|before| levels.get(before));
            is_named(before) || is_named(levels.get(at + 1))
        })
        .filter_map(|at| levels.get(at).copied())
        .filter(|level| !named.contains(level))
        .collect()
}

/// A condition is not configured at all.
fn dropped(slips: &mut Slips<'_>, assignments: &Assignments) {
    type Change = fn(&mut Assignments);
    fn span<T>(condition: &Option<Condition<T>>) -> Option<Span> {
        condition.as_ref().map(|condition| condition.span)
    }
    let platforms = assignments.platforms.as_ref().map(|scope| scope.span);
    let locations = assignments.locations.as_ref().map(|scope| scope.span);
    let devices = assignments.devices.as_ref().map(|filter| filter.span);
    let of_principals = span(&assignments.service_principal_risk);
    let rows: [(&str, Option<Span>, Change); 10] = [
        ("the user risk", span(&assignments.user_risk), |a| {
            a.user_risk = None
        }),
        ("the sign-in risk", span(&assignments.sign_in_risk), |a| {
            a.sign_in_risk = None;
        }),
        ("the insider risk", span(&assignments.insider_risk), |a| {
            a.insider_risk = None;
        }),
        ("the risk of the service principal", of_principals, |a| {
            a.service_principal_risk = None;
        }),
        (
            "the risk of the agent",
            span(&assignments.agent_risk),
            |a| {
                a.agent_risk = None;
            },
        ),
        ("the platform", platforms, |a| a.platforms = None),
        ("the location", locations, |a| a.locations = None),
        ("the client", span(&assignments.clients), |a| {
            a.clients = None
        }),
        ("the device", devices, |a| a.devices = None),
        ("the flow", span(&assignments.flows), |a| a.flows = None),
    ];
    for (what, span, change) in rows {
        let Some(span) = span else {
            continue;
        };
        let says = format!("no longer asks for {what}");
        slips.add(Operator::Condition, span, &says, |policy| {
            if let Some(assignments) = changed(policy) {
                change(assignments);
            }
        });
    }
}
