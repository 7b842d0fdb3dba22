//! The conditions of a policy, each with the name that it has when it does not hold.
//!
//! SEMANTICS: §4.1, §6, §7.1

use gatewright_hir::model::{
    Assignments, Condition, DeviceFilter, PlatformScope, Policy, PolicySet, Scoped,
};
use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, InsiderRiskLevel, Reason, RiskLevel, TransferMethod,
};

use crate::facts::Facts;
use crate::logic::{self, Kleene};
use crate::rule::{self, World};
use crate::{location, target, who};

/// Every condition that the policy has, in the order of §8.
pub(crate) fn of_policy(set: &PolicySet, policy: &Policy, facts: &Facts) -> Vec<(Reason, Kleene)> {
    let world = World {
        schema: &set.schema,
        locations: &set.locations,
        app_groups: &set.app_groups,
        facts,
    };
    let mut conditions = Vec::new();
    if let Some(assignments) = &policy.assignments {
        conditions.push(who::holds(&world, &assignments.who));
        conditions.push(target::holds(&world, set.edition, &assignments.target));
        conditions.extend(of_assignments(&world, assignments));
    }
    if let Some(when) = &policy.when {
        conditions.push((Reason::When, rule::holds(&world, when)));
    }
    // SEMANTICS: §6.8
    if policy.unmodelled.iter().any(|member| member.is_condition) {
        conditions.push((Reason::InvalidCondition, Kleene::Unknown));
    }
    conditions
}

fn of_assignments(world: &World<'_>, assignments: &Assignments) -> Vec<(Reason, Kleene)> {
    let facts = world.facts;
    let mut conditions = Vec::new();
    let mut push = |reason: Reason, holds: Kleene| conditions.push((reason, holds));
    if let Some(levels) = &assignments.user_risk {
        push(
            Reason::UserRisk,
            is_member(facts, "user.risk", levels, RiskLevel::name),
        );
    }
    if let Some(levels) = &assignments.sign_in_risk {
        push(
            Reason::SignInRisk,
            is_member(facts, "signIn.risk", levels, RiskLevel::name),
        );
    }
    if let Some(levels) = &assignments.insider_risk {
        let holds = is_member(facts, "user.insiderRisk", levels, InsiderRiskLevel::name);
        push(Reason::InsiderRisk, holds);
    }
    if let Some(levels) = &assignments.service_principal_risk {
        let holds = is_member(facts, "servicePrincipal.risk", levels, RiskLevel::name);
        push(Reason::ServicePrincipalRisk, holds);
    }
    if let Some(levels) = &assignments.agent_risk {
        push(
            Reason::AgentIdRisk,
            is_member(facts, "agent.risk", levels, AgentRiskLevel::name),
        );
    }
    if let Some(platforms) = &assignments.platforms {
        push(Reason::DevicePlatform, on_platform(facts, platforms));
    }
    if let Some(locations) = &assignments.locations {
        push(Reason::Location, location::holds(world, locations));
    }
    if let Some(clients) = &assignments.clients {
        push(Reason::ClientApps, with_client(facts, clients));
    }
    if let Some(filter) = &assignments.devices {
        push(Reason::Devices, passes_filter(world, filter));
    }
    if let Some(flows) = &assignments.flows {
        let holds = is_member(facts, "session.flow", flows, TransferMethod::name);
        push(Reason::AuthenticationFlow, holds);
    }
    conditions
}

/// SEMANTICS: §4.2, §6.1, §6.6
fn is_member<T: Copy>(
    facts: &Facts,
    fact: &str,
    condition: &Condition<T>,
    name_of: impl Fn(T) -> &'static str,
) -> Kleene {
    logic::any(
        condition
            .members
            .iter()
            .map(|member| facts.equals(fact, name_of(*member))),
    )
}

/// SEMANTICS: §6.2
fn on_platform(facts: &Facts, scope: &Scoped<PlatformScope>) -> Kleene {
    let is_on = |item: &PlatformScope| match item {
        PlatformScope::All => Kleene::True,
        PlatformScope::Platform(platform) => facts.equals("signIn.platform", platform.name()),
    };
    let included = scope.include.iter().map(|item| is_on(&item.value));
    let excluded = scope.exclude.iter().map(|item| is_on(&item.value));
    logic::all([logic::any(included), logic::any(excluded).not()])
}

/// SEMANTICS: §6.5
fn with_client(facts: &Facts, condition: &Condition<ClientApp>) -> Kleene {
    logic::any(condition.members.iter().map(|member| {
        let is_same = facts.equals("signIn.client", member.name());
        if *member == ClientApp::ExchangeActiveSync {
            let is_supported = facts.equals("signIn.client", ClientApp::EasSupported.name());
            logic::any([is_same, is_supported])
        } else {
            is_same
        }
    }))
}

/// SEMANTICS: §7.1
fn passes_filter(world: &World<'_>, filter: &DeviceFilter) -> Kleene {
    let matches = rule::holds(world, &filter.rule);
    if filter.is_exclude {
        matches.not()
    } else {
        matches
    }
}
