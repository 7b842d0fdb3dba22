//! Identity classes, and who is meant within them.
//!
//! SEMANTICS: §4.3 to §4.6

use gatewright_hir::model::{
    AgentScope, Expr, Guests, Scoped, ServicePrincipalScope, UserScope, Who,
};
use gatewright_value::vocabulary::Reason;

use crate::facts::Fact;
use crate::logic::{self, Kleene};
use crate::record::{self, Element, Record};
use crate::rule::World;

/// Whether a policy for these meets the request, and what it is called when it does not.
pub(crate) fn holds(world: &World<'_>, who: &Who) -> (Reason, Kleene) {
    let is_class = |class: &str| world.facts.equals("signIn.identity", class);
    match who {
        Who::Users(scope) => {
            let is_user = logic::any([is_class("user"), is_class("agentUser")]);
            let holds = logic::all([is_user, are_users(world, scope)]);
            (Reason::Users, holds)
        }
        Who::ServicePrincipals(scope) => {
            let included = scope
                .include
                .iter()
                .map(|item| is_workload(world, &item.value));
            let excluded = scope
                .exclude
                .iter()
                .map(|item| is_workload(world, &item.value));
            let in_class = is_class("servicePrincipal");
            let holds = [in_class, logic::any(included), logic::any(excluded).not()];
            (Reason::WorkloadIdentities, logic::all(holds))
        }
        Who::Agents(scope) => {
            let included = scope
                .include
                .iter()
                .map(|item| is_agent(world, &item.value));
            let excluded = scope
                .exclude
                .iter()
                .map(|item| is_agent(world, &item.value));
            let in_class = is_class("agentIdentity");
            let holds = [in_class, logic::any(included), logic::any(excluded).not()];
            (Reason::AgentIdentities, logic::all(holds))
        }
    }
}

/// Whether the users of a policy hold, whatever the class of the request.
///
/// SEMANTICS: §4.4
pub(crate) fn are_users(world: &World<'_>, scope: &Scoped<UserScope>) -> Kleene {
    let included = scope
        .include
        .iter()
        .map(|item| includes_user(world, &item.value));
    let excluded = scope
        .exclude
        .iter()
        .map(|item| excludes_user(world, &item.value));
    logic::all([logic::any(included), logic::any(excluded).not()])
}

/// An included item: for the class user, except for the item that means agents' users.
fn includes_user(world: &World<'_>, item: &UserScope) -> Kleene {
    match item {
        UserScope::AllAgentUsers => excludes_user(world, item),
        _ => {
            let is_user = world.facts.equals("signIn.identity", "user");
            logic::all([is_user, excludes_user(world, item)])
        }
    }
}

/// An item as it stands: what it says of an excluded user, of an agent's user account too.
fn excludes_user(world: &World<'_>, item: &UserScope) -> Kleene {
    let facts = world.facts;
    match item {
        UserScope::All => facts.equals("signIn.identity", "user"),
        UserScope::None => Kleene::False,
        UserScope::AllAgentUsers => facts.equals("signIn.identity", "agentUser"),
        UserScope::User(id) => facts.equals("user.id", id),
        UserScope::Group(id) => facts.has("user.groups", id),
        UserScope::Role(id) => facts.has("user.roles", id),
        UserScope::Guests(guests) => is_guest(world, guests),
    }
}

fn is_guest(world: &World<'_>, guests: &Guests) -> Kleene {
    let facts = world.facts;
    let types = guests
        .types
        .iter()
        .map(|kind| facts.equals("user.guestType", kind.name()));
    let from_tenant = match &guests.tenants {
        None => Kleene::True,
        Some(tenants) => logic::any(
            tenants
                .iter()
                .map(|tenant| facts.equals("user.homeTenant", tenant)),
        ),
    };
    logic::all([logic::any(types), from_tenant])
}

fn is_workload(world: &World<'_>, item: &ServicePrincipalScope) -> Kleene {
    match item {
        ServicePrincipalScope::Owned => world.facts.is_true("servicePrincipal.isOwned"),
        ServicePrincipalScope::None => Kleene::False,
        ServicePrincipalScope::Id(id) => world.facts.equals("servicePrincipal.id", id),
        ServicePrincipalScope::Filter(filter) => {
            passes(world, "servicePrincipal.attributes", &filter.rule)
        }
    }
}

fn is_agent(world: &World<'_>, item: &AgentScope) -> Kleene {
    match item {
        AgentScope::All => Kleene::True,
        AgentScope::None => Kleene::False,
        AgentScope::Id(id) => world.facts.equals("agent.id", id),
        AgentScope::Filter(filter) => passes(world, "agent.attributes", &filter.rule),
    }
}

/// Whether a filter holds for the attributes of the identity that signs in.
///
/// SEMANTICS: §16.3
fn passes(world: &World<'_>, attributes: &str, filter: &Expr) -> Kleene {
    let untagged = Record::default();
    let element = match world.facts.get(attributes) {
        Fact::Unknown => Element::Unknown,
        Fact::Records(records) => Element::Record(records.first().unwrap_or(&untagged)),
        _ => Element::Record(&untagged),
    };
    record::holds(element, filter)
}
