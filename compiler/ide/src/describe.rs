//! A policy in a sentence: to whom and what it applies, where, and what it does.

use gatewright_analysis::demand::Demand;
use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, Located, LocationScope, PlatformScope, Policy, PolicySet,
    Scoped, ServicePrincipalScope, Target, UserScope, Who,
};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::vocabulary::{ClientApp, GuestType, State, UserAction};

/// LIMIT: things that one list names; further ones are counted.
const LISTED_MAX: usize = 4;

/// A policy of the service in a sentence or two.
#[must_use]
pub(crate) fn policy(set: &PolicySet, policy: &Policy) -> String {
    let mut text = demands(set, policy);
    if let Some(assignments) = &policy.assignments {
        text.push_str(" for ");
        text.push_str(&who(set, &assignments.who));
        text.push_str(", ");
        text.push_str(&target(set, &assignments.target));
        for condition in conditions(set, assignments) {
            text.push_str(", ");
            text.push_str(&condition);
        }
    }
    if policy.when.is_some() {
        let more = if policy.assignments.is_some() {
            ", where its `when` holds"
        } else {
            " where its `when` holds"
        };
        text.push_str(more);
    }
    text.push('.');
    text.push_str(match policy.state {
        State::Enabled => "",
        State::ReportOnly => " It only reports.",
        State::Disabled => " It is disabled.",
    });
    capitalised(&text)
}

/// What it does: `blocks`, `requires mfa`.
fn demands(set: &PolicySet, policy: &Policy) -> String {
    let all = Demand::of(&policy.outcome);
    if all.iter().any(Demand::is_block) {
        return "blocks".to_owned();
    }
    let mut required = Vec::new();
    let mut set_to = Vec::new();
    let mut effect = None;
    for demand in &all {
        let words = demand.describe(set);
        match demand {
            Demand::Session(_) => set_to.push(words),
            Demand::Effect(_) => effect = Some(format!("has the effect {words}")),
            Demand::Conflict => effect = Some(words),
            Demand::Clause(_) | Demand::Obligation(_) => required.push(words),
        }
    }
    let mut parts: Vec<String> = effect.into_iter().collect();
    if !required.is_empty() {
        parts.push(format!("requires {}", list(required, "and")));
    }
    if !set_to.is_empty() {
        parts.push(format!("sets {}", list(set_to, "and")));
    }
    if parts.is_empty() {
        parts.push("does nothing".to_owned());
    }
    list(parts, "and")
}

/// An object by its name, or its id in quotes.
pub(crate) fn object(set: &PolicySet, kind: ObjectKind, id: &str) -> String {
    find(set, kind, id).map_or_else(|| format!("\"{id}\""), str::to_owned)
}

/// The name of an object.
pub(crate) fn find<'s>(set: &'s PolicySet, kind: ObjectKind, id: &str) -> Option<&'s str> {
    let is_it = |other: &str| other.eq_ignore_ascii_case(id);
    let found = match kind {
        ObjectKind::Location => {
            let mut locations = set.locations.iter();
            locations
                .find(|one| is_it(&one.id))
                .map(|one| &one.display_name)
        }
        ObjectKind::Strength => {
            let mut strengths = set.strengths.iter();
            strengths
                .find(|one| is_it(&one.id))
                .map(|one| &one.display_name)
        }
        _ => {
            let mut names = set.names.iter();
            let found = names.find(|one| one.kind == kind && is_it(&one.id));
            found.map(|one| &one.name)
        }
    };
    found.map(String::as_str)
}

fn who(set: &PolicySet, who: &Who) -> String {
    match who {
        Who::Users(scope) => scoped(scope, "nobody", |item| match item {
            UserScope::All => "all users".to_owned(),
            UserScope::None => "nobody".to_owned(),
            UserScope::AllAgentUsers => "all agents' user accounts".to_owned(),
            UserScope::User(id) => format!("the user {}", object(set, ObjectKind::User, id)),
            UserScope::Group(id) => format!("the group {}", object(set, ObjectKind::Group, id)),
            UserScope::Role(id) => format!("the role {}", object(set, ObjectKind::Role, id)),
            UserScope::Guests(guests) if guests.types.len() == GuestType::ALL.len() => {
                "guests".to_owned()
            }
            UserScope::Guests(guests) => {
                let types = guests.types.iter().map(|guest| guest.name().to_owned());
                format!("guests ({})", list(types.collect(), "and"))
            }
        }),
        Who::ServicePrincipals(scope) => scoped(scope, "no workload", |item| match item {
            ServicePrincipalScope::Owned => "all workload identities".to_owned(),
            ServicePrincipalScope::None => "no workload".to_owned(),
            ServicePrincipalScope::Id(id) => format!("the workload \"{id}\""),
            ServicePrincipalScope::Filter(_) => "workloads by filter".to_owned(),
        }),
        Who::Agents(scope) => scoped(scope, "no agent", |item| match item {
            AgentScope::All => "all agents".to_owned(),
            AgentScope::None => "no agent".to_owned(),
            AgentScope::Id(id) => format!("the agent \"{id}\""),
            AgentScope::Filter(_) => "agents by filter".to_owned(),
        }),
    }
}

fn target(set: &PolicySet, target: &Target) -> String {
    match target {
        Target::Apps(scope) => scoped(scope, "no resource", |item| match item {
            AppScope::All => "all resources".to_owned(),
            AppScope::None => "no resource".to_owned(),
            AppScope::App(id) => object(set, ObjectKind::App, id),
            AppScope::Group(name) => name.clone(),
            AppScope::Filter(_) => "resources by filter".to_owned(),
        }),
        Target::Actions(condition) => {
            let words = condition.members.iter().map(|action| match action {
                UserAction::RegisterSecurityInfo => "registering security information",
                UserAction::RegisterDevice => "registering devices",
                UserAction::AccountRecovery => "recovering accounts",
            });
            list(words.map(str::to_owned).collect(), "and")
        }
        Target::Contexts(condition) => {
            let words = condition.members.iter();
            let words = words.map(|id| object(set, ObjectKind::Context, id));
            format!("the context {}", list(words.collect(), "and"))
        }
        Target::Nothing(_) => "no resource".to_owned(),
    }
}

/// What else has to hold, a few words each.
fn conditions(set: &PolicySet, of: &Assignments) -> Vec<String> {
    let mut found = Vec::new();
    let mut levels = |what: &str, names: Option<Vec<&'static str>>| {
        let names = names.map(|names| names.into_iter().map(str::to_owned).collect());
        found.extend(names.map(|names| format!("at {what} {}", list(names, "or"))));
    };
    macro_rules! names {
        ($condition:expr) => {
            $condition
                .as_ref()
                .map(|c| c.members.iter().map(|m| m.name()).collect())
        };
    }
    levels("user risk", names!(of.user_risk));
    levels("sign-in risk", names!(of.sign_in_risk));
    levels("insider risk", names!(of.insider_risk));
    levels("workload risk", names!(of.service_principal_risk));
    levels("agent risk", names!(of.agent_risk));
    found.extend(of.platforms.as_ref().map(|scope| {
        let words = scoped(scope, "no platform", |item| match item {
            PlatformScope::All => "all platforms".to_owned(),
            PlatformScope::Platform(platform) => platform.name().to_owned(),
        });
        format!("on {words}")
    }));
    found.extend(of.locations.as_ref().map(|scope| {
        let words = scoped(scope, "nowhere", |item| match item {
            LocationScope::All => "anywhere".to_owned(),
            LocationScope::AllTrusted => "trusted locations".to_owned(),
            LocationScope::Named(id) => object(set, ObjectKind::Location, id),
        });
        format!("from {words}")
    }));
    found.extend(of.clients.as_ref().map(|condition| {
        let words = condition.members.iter().map(|client| match client {
            ClientApp::Browser => "browsers",
            ClientApp::Modern => "mobile and desktop clients",
            ClientApp::ExchangeActiveSync | ClientApp::EasSupported => "Exchange ActiveSync",
            ClientApp::Other => "legacy clients",
        });
        format!("with {}", list(words.map(str::to_owned).collect(), "or"))
    }));
    found.extend(of.devices.as_ref().map(|filter| {
        if filter.is_exclude {
            format!("on devices other than those with `{}`", filter.text)
        } else {
            format!("on devices with `{}`", filter.text)
        }
    }));
    found.extend(of.flows.as_ref().map(|condition| {
        let names = condition.members.iter().map(|flow| flow.name().to_owned());
        format!("in the flow {}", list(names.collect(), "or"))
    }));
    found
}

fn scoped<T>(scope: &Scoped<T>, none: &str, word: impl Fn(&T) -> String) -> String {
    let words = |items: &[Located<T>]| -> Vec<String> {
        items.iter().map(|item| word(&item.value)).collect()
    };
    let mut text = if scope.include.is_empty() {
        none.to_owned()
    } else {
        list(words(&scope.include), "and")
    };
    if !scope.exclude.is_empty() {
        text.push_str(" except ");
        text.push_str(&list(words(&scope.exclude), "and"));
    }
    text
}

/// `a, b and c`; of many, some and how many more.
pub(crate) fn list(mut words: Vec<String>, last: &str) -> String {
    words.dedup();
    if words.len() > LISTED_MAX {
        let more = words.len() - (LISTED_MAX - 1);
        words.truncate(LISTED_MAX - 1);
        words.push(format!("{more} more"));
    }
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.map_or_else(String::new, |first| first + chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn described(text: &str) -> String {
        let fixture = Fixture::new(text);
        let set = &fixture.snapshot.compilation().set;
        policy(set, &set.policies[0])
    }

    #[test]
    fn the_sentence_says_who_what_where_and_how() {
        assert_eq!(
            described(
                r#"
group BreakGlass = "5b0c0de0-0000-4000-8000-000000000001"
policy "P" {
    state reportOnly
    users roles [GlobalAdministrator], groups ["5b0c0de0-0000-4000-8000-000000000002"] except groups [BreakGlass]
    apps all
    platforms all except [windows]
    signInRisk [medium, high]
    require any [mfa, compliantDevice]
    session signInFrequency 4 hours
}
"#
            ),
            "Requires mfa or compliantDevice and sets a new sign-in after 4 hours for the role Global \
             Administrator and the group \"5b0c0de0-0000-4000-8000-000000000002\" except the group \
             BreakGlass, all resources, at sign-in risk medium or high, on all platforms except \
             windows. It only reports."
        );
    }

    #[test]
    fn a_block_needs_no_more_words() {
        assert_eq!(
            described(
                "policy \"P\" { state enabled users all apps [Office365] clients [exchangeActiveSync, other] block }"
            ),
            "Blocks for all users, Office365, with Exchange ActiveSync or legacy clients."
        );
    }
}
