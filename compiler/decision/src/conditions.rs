//! The conditions of a policy, each with the reason to name where it does not hold.
//!
//! A policy applies where all its conditions hold; one that is not configured is absent. They stand
//! in the order of [`Reason`], which is the order in which reasons are reported.

use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, CompliancePolicy, Condition as Members, Edition, Located,
    PlatformScope, Policy, PolicySet, Scoped, ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_value::vocabulary::{ClientApp, IdentityKind, Reason, TargetKind, UserAction};

use crate::cancellation::checkpoint;
use crate::context::{Asked, Context};
use crate::expression::{expression, expression_span, locations, resource, resources};
use crate::formula::Formula;
use crate::predicate::filter;

/// What requests for baseline scopes only are taken to ask for, since
/// [`BASELINE_EDITION`]: the directory.
const DIRECTORY_APP: &str = "00000002-0000-0000-c000-000000000000";

/// Since this edition, requests for baseline scopes only meet policies for all resources that
/// exclude some; before, they did not.
const BASELINE_EDITION: Edition = Edition {
    year: 2026,
    month: 6,
};

/// A condition before classes are known.
pub(crate) struct AskedCondition<'c> {
    pub(crate) reason: Reason,
    pub(crate) formula: Asked<'c>,
    pub(crate) span: Span,
}

/// The conditions of every policy, in the order of the set.
pub(crate) fn conditions<'c>(cx: &'c Context<'_>) -> Vec<Vec<AskedCondition<'c>>> {
    let set: &'c PolicySet = cx.set;
    set.policies
        .iter()
        .map(|policy| {
            checkpoint();
            policy_conditions(cx, policy)
        })
        .collect()
}

/// Whether each compliance policy is assigned, then its requirements, in the order of the set.
pub(crate) fn compliance<'c>(cx: &'c Context<'_>) -> Vec<Vec<AskedCondition<'c>>> {
    let set: &'c PolicySet = cx.set;
    set.compliance
        .policies
        .iter()
        .map(|policy| compliance_conditions(cx, policy))
        .collect()
}

/// The reasons are never named; they say beside which conditions of policies these stand.
fn compliance_conditions<'c>(
    cx: &'c Context<'_>,
    policy: &'c CompliancePolicy,
) -> Vec<AskedCondition<'c>> {
    let assigned = Formula::all([
        users(cx, &policy.users),
        cx.equals("device.managedplatform", [policy.platform.name()]),
    ]);
    let mut found = vec![AskedCondition {
        reason: Reason::Users,
        formula: assigned,
        span: policy.name_span,
    }];
    found.extend(
        policy
            .requirements
            .iter()
            .map(|requirement| AskedCondition {
                reason: Reason::Devices,
                formula: expression(cx, &requirement.rule),
                span: requirement.span,
            }),
    );
    // Nobody can say whether a device satisfies what the language does not model.
    if let Some(member) = policy.unmodelled.iter().find(|member| member.is_condition) {
        found.push(AskedCondition {
            reason: Reason::Devices,
            formula: Formula::Unknown,
            span: member.span,
        });
    }
    found
}

fn policy_conditions<'c>(cx: &'c Context<'_>, policy: &'c Policy) -> Vec<AskedCondition<'c>> {
    let mut found = Vec::new();
    let mut add = |reason, formula, span| {
        found.push(AskedCondition {
            reason,
            formula,
            span,
        })
    };
    if let Some(assignments) = &policy.assignments {
        let (reason, formula) = who(cx, &assignments.who);
        add(reason, formula, who_span(&assignments.who));
        let (reason, formula, span) = target(cx, &assignments.target);
        add(reason, formula, span);
        signals(cx, assignments, &mut add);
    }
    if let Some(when) = &policy.when {
        add(
            Reason::When,
            expression(cx, when),
            expression_span(when).unwrap_or(policy.span),
        );
    }
    // However many there are, nobody can say whether they hold: one condition says so.
    if let Some(member) = policy.unmodelled.iter().find(|member| member.is_condition) {
        add(Reason::InvalidCondition, Formula::Unknown, member.span);
    }
    found
}

/// Everything between the target and `when`.
fn signals<'c>(
    cx: &'c Context<'_>,
    assignments: &'c Assignments,
    add: &mut impl FnMut(Reason, Asked<'c>, Span),
) {
    let mut level = |reason, attribute: &str, levels: Option<(Vec<&'static str>, Span)>| {
        if let Some((names, span)) = levels {
            add(reason, cx.equals(attribute, names), span);
        }
    };
    let Assignments {
        user_risk,
        sign_in_risk,
        insider_risk,
        ..
    } = assignments;
    let Assignments {
        service_principal_risk,
        agent_risk,
        ..
    } = assignments;
    level(
        Reason::UserRisk,
        "user.risk",
        names(user_risk, |l| l.name()),
    );
    level(
        Reason::SignInRisk,
        "signin.risk",
        names(sign_in_risk, |l| l.name()),
    );
    level(
        Reason::InsiderRisk,
        "user.insiderrisk",
        names(insider_risk, |l| l.name()),
    );
    let levels = names(service_principal_risk, |l| l.name());
    level(
        Reason::ServicePrincipalRisk,
        "serviceprincipal.risk",
        levels,
    );
    level(
        Reason::AgentIdRisk,
        "agent.risk",
        names(agent_risk, |l| l.name()),
    );

    if let Some(scope) = &assignments.platforms {
        let any = |items: &[Located<PlatformScope>]| {
            Formula::any(items.iter().map(|item| match item.value {
                PlatformScope::All => Formula::True,
                PlatformScope::Platform(one) => cx.equals("signin.platform", [one.name()]),
            }))
        };
        let formula = Formula::within(any(&scope.include), any(&scope.exclude));
        add(Reason::DevicePlatform, formula, scope.span);
    }
    if let Some(scope) = &assignments.locations {
        add(Reason::Location, locations(cx, scope), scope.span);
    }
    if let Some(clients) = &assignments.clients {
        // Exchange ActiveSync as a condition covers the supported platforms too.
        let eas = clients.members.contains(&ClientApp::ExchangeActiveSync);
        let also = eas.then_some(ClientApp::EasSupported);
        let listed = clients
            .members
            .iter()
            .copied()
            .chain(also)
            .map(ClientApp::name);
        add(
            Reason::ClientApps,
            cx.equals("signin.client", listed),
            clients.span,
        );
    }
    if let Some(filter) = &assignments.devices {
        let rule = expression(cx, &filter.rule);
        let formula = if filter.is_exclude {
            rule.negated()
        } else {
            rule
        };
        add(Reason::Devices, formula, filter.span);
    }
    if let Some((methods, span)) = names(&assignments.flows, |method| method.name()) {
        add(
            Reason::AuthenticationFlow,
            cx.equals("session.flow", methods),
            span,
        );
    }
}

fn names<T: Copy>(
    condition: &Option<Members<T>>,
    name: fn(T) -> &'static str,
) -> Option<(Vec<&'static str>, Span)> {
    let condition = condition.as_ref()?;
    Some((
        condition.members.iter().copied().map(name).collect(),
        condition.span,
    ))
}

/// The identity class with who is in it. The classes are apart: a policy for users never meets a
/// service principal, and an agent's user account only through `AllAgentUsers`.
fn who<'c>(cx: &'c Context<'_>, who: &'c Who) -> (Reason, Asked<'c>) {
    match who {
        Who::Users(scope) => (Reason::Users, users(cx, scope)),
        Who::ServicePrincipals(scope) => {
            let any = |items: &'c [Located<ServicePrincipalScope>]| {
                Formula::any(items.iter().map(|item| match &item.value {
                    ServicePrincipalScope::Owned => cx.is_true("serviceprincipal.isowned"),
                    ServicePrincipalScope::None => Formula::False,
                    ServicePrincipalScope::Id(id) => cx.equals("serviceprincipal.id", [&**id]),
                    ServicePrincipalScope::Filter(rule) => {
                        filter(cx, "serviceprincipal.attributes", rule)
                    }
                }))
            };
            let members = Formula::within(any(&scope.include), any(&scope.exclude));
            let class = identity(cx, IdentityKind::ServicePrincipal);
            (Reason::WorkloadIdentities, Formula::all([class, members]))
        }
        Who::Agents(scope) => {
            let any = |items: &'c [Located<AgentScope>]| {
                Formula::any(items.iter().map(|item| match &item.value {
                    AgentScope::All => Formula::True,
                    AgentScope::None => Formula::False,
                    AgentScope::Id(id) => cx.equals("agent.id", [&**id]),
                    AgentScope::Filter(rule) => filter(cx, "agent.attributes", rule),
                }))
            };
            let members = Formula::within(any(&scope.include), any(&scope.exclude));
            let class = identity(cx, IdentityKind::Agent);
            (Reason::AgentIdentities, Formula::all([class, members]))
        }
    }
}

/// Includes name users, or agents' user accounts as a whole; excludes count for both.
fn users<'c>(cx: &'c Context<'_>, scope: &'c Scoped<UserScope>) -> Asked<'c> {
    let is_agents = |item: &&Located<UserScope>| item.value == UserScope::AllAgentUsers;
    let of_users = scope.include.iter().filter(|item| !is_agents(item));
    let users = Formula::all([
        identity(cx, IdentityKind::User),
        Formula::any(of_users.map(|item| match &item.value {
            UserScope::All => Formula::True,
            other => user_item(cx, other),
        })),
    ]);
    let agents = match scope.include.iter().any(|item| is_agents(&item)) {
        true => identity(cx, IdentityKind::AgentUser),
        false => Formula::False,
    };
    let exclude = scope.exclude.iter().map(|item| user_item(cx, &item.value));
    Formula::within(Formula::any([users, agents]), Formula::any(exclude))
}

fn user_item<'c>(cx: &'c Context<'_>, item: &'c UserScope) -> Asked<'c> {
    match item {
        UserScope::All => identity(cx, IdentityKind::User),
        UserScope::AllAgentUsers => identity(cx, IdentityKind::AgentUser),
        UserScope::None => Formula::False,
        UserScope::User(id) => cx.equals("user.id", [&**id]),
        UserScope::Group(id) => cx.has("user.groups", id),
        UserScope::Role(id) => cx.has("user.roles", id),
        UserScope::Guests(guests) => {
            let types = guests.types.iter().map(|guest| guest.name());
            let tenants = guests.tenants.as_ref().map_or(Formula::True, |tenants| {
                cx.equals("user.hometenant", tenants.iter().map(String::as_str))
            });
            Formula::all([cx.equals("user.guesttype", types), tenants])
        }
    }
}

fn identity<'c>(cx: &'c Context<'_>, kind: IdentityKind) -> Asked<'c> {
    cx.equals("signin.identity", [kind.name()])
}

fn who_span(who: &Who) -> Span {
    match who {
        Who::Users(scope) => scope.span,
        Who::ServicePrincipals(scope) => scope.span,
        Who::Agents(scope) => scope.span,
    }
}

fn target<'c>(cx: &'c Context<'_>, target: &'c Target) -> (Reason, Asked<'c>, Span) {
    match target {
        Target::Nothing(span) => (Reason::Application, Formula::False, *span),
        Target::Apps(scope) => (Reason::Application, apps(cx, scope), scope.span),
        Target::Actions(actions) => {
            let names = actions.members.iter().map(|action| action.name());
            let formula = Formula::all([
                target_kind(cx, TargetKind::UserAction),
                cx.equals("app.action", names),
            ]);
            (Reason::UserActions, formula, actions.span)
        }
        Target::Contexts(contexts) => {
            let formula = Formula::all([
                target_kind(cx, TargetKind::AuthenticationContext),
                cx.equals("app.context", contexts.members.iter().map(String::as_str)),
            ]);
            (Reason::AuthenticationContext, formula, contexts.span)
        }
    }
}

/// Resources. All of them include the registration of security information, whatever is excluded.
fn apps<'c>(cx: &'c Context<'_>, scope: &'c Scoped<AppScope>) -> Asked<'c> {
    let is_all = scope.include.iter().any(|item| item.value == AppScope::All);
    let reached = if is_all && !scope.exclude.is_empty() {
        by_scopes(cx, scope)
    } else {
        resources(cx, scope)
    };
    let of_apps = Formula::all([target_kind(cx, TargetKind::Apps), reached]);
    if !is_all {
        return of_apps;
    }
    let registration = Formula::all([
        target_kind(cx, TargetKind::UserAction),
        cx.equals("app.action", [UserAction::RegisterSecurityInfo.name()]),
    ]);
    Formula::any([of_apps, registration])
}

/// A policy for all resources that excludes some, by whether only baseline scopes are asked for.
/// The two cases stay apart even where they agree: while it is unknown which one it is, so is the
/// result.
fn by_scopes<'c>(cx: &'c Context<'_>, scope: &'c Scoped<AppScope>) -> Asked<'c> {
    let is_baseline = cx.is_true("signin.baselinescopesonly");
    let ordinary = Formula::all([is_baseline.clone().negated(), resources(cx, scope)]);
    if cx.set.edition < BASELINE_EDITION {
        return ordinary;
    }
    let special = Formula::all([is_baseline, resource(cx, scope, DIRECTORY_APP)]);
    Formula::any([special, ordinary])
}

fn target_kind<'c>(cx: &'c Context<'_>, kind: TargetKind) -> Asked<'c> {
    cx.equals("signin.target", [kind.name()])
}
