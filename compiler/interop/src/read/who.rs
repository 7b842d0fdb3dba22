//! Who signs in: users, workload identities or agent identities.

use gatewright_hir::model::{
    AgentScope, AttributeFilter, Guests, Located, Scoped, ServicePrincipalScope, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_value::vocabulary::GuestType;

use super::devices::read_rule;
use crate::json::{Member, is_vacuous};
use crate::problems;
use crate::sink::{Fields, Item, Sink};

const USERS: &[&str] = &["conditions", "users"];
const CLIENTS: &[&str] = &["conditions", "clientApplications"];

/// Read `users`, `clientApplications` and `agents`.
pub(super) fn read(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Who {
    let users_member = fields.take_said("users");
    let clients_member = fields.take_said("clientApplications");
    let agents_member = fields.take_said("agents");
    let span = users_member
        .or(clients_member)
        .map_or(fields.span, |m| m.value.span);
    let mut users = Scoped {
        include: Vec::new(),
        exclude: Vec::new(),
        span,
    };
    if let Some(mut inner) = users_member.and_then(|member| sink.object(member)) {
        users = read_users(sink, &mut inner);
        sink.carry_rest(&inner, USERS);
    }
    if let Some(member) = agents_member {
        agents(sink, member, &mut users);
    }
    let has_users = users
        .include
        .iter()
        .any(|item| item.value != UserScope::None);
    if has_users && let Some(member) = clients_member {
        if is_selecting(member) {
            sink.carry(member, &["conditions"]);
            let place = member.name_span;
            let found = problems::several_kinds(place, users.span, "users", "workload identities");
            sink.report(found);
        }
        return Who::Users(users);
    }
    let clients = clients_member.and_then(|member| sink.object(member));
    if let Some(who) = clients.and_then(|mut inner| read_clients(sink, &mut inner)) {
        return who;
    }
    if users_member.is_none() && agents_member.is_none() {
        let place = Span {
            end: fields.span.start + 1,
            ..fields.span
        };
        sink.report(problems::missing_member(
            place,
            "users",
            "applies to nobody",
        ));
    } else if users.include.is_empty() && !users.exclude.is_empty() {
        sink.report(problems::empty_include(
            users.span,
            "includeUsers",
            "excludeUsers",
        ));
    }
    Who::Users(users)
}

fn read_users(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Scoped<UserScope> {
    let span = fields.span;
    let include = side(
        sink,
        fields,
        [
            "includeUsers",
            "includeGroups",
            "includeRoles",
            "includeGuestsOrExternalUsers",
        ],
    );
    let exclude = side(
        sink,
        fields,
        [
            "excludeUsers",
            "excludeGroups",
            "excludeRoles",
            "excludeGuestsOrExternalUsers",
        ],
    );
    sink.stands_alone("All", &include, UserScope::All, "includeUsers");
    Scoped {
        include,
        exclude,
        span,
    }
}

fn side(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    [users, groups, roles, guests]: [&'static str; 4],
) -> Vec<Located<UserScope>> {
    let mut scopes = Vec::new();
    for item in sink.list(fields, users) {
        let value = user(sink, &item);
        scopes.push(Located {
            value,
            span: item.span,
        });
    }
    for item in sink.list(fields, groups) {
        sink.id(&item);
        scopes.push(Located {
            value: UserScope::Group(item.text),
            span: item.span,
        });
    }
    for item in sink.list(fields, roles) {
        sink.id(&item);
        scopes.push(Located {
            value: UserScope::Role(item.text),
            span: item.span,
        });
    }
    if let Some(member) = fields.take_said(guests) {
        scopes.extend(read_guests(sink, member));
    }
    scopes
}

fn user(sink: &mut Sink<'_>, item: &Item) -> UserScope {
    if sink.is_word(item, "All") {
        UserScope::All
    } else if sink.is_word(item, "None") {
        UserScope::None
    } else if sink.is_word(item, "AllAgentIdUsers") {
        UserScope::AllAgentUsers
    } else if sink.is_word(item, "GuestsOrExternalUsers") {
        UserScope::Guests(Guests {
            types: GuestType::ALL.to_vec(),
            tenants: None,
        })
    } else {
        sink.id(item);
        UserScope::User(item.text.clone())
    }
}

fn read_guests(sink: &mut Sink<'_>, member: &Member<'_>) -> Option<Located<UserScope>> {
    let mut fields = sink.object(member)?;
    let words = match fields.take_said("guestOrExternalUserTypes") {
        Some(types) => sink.flags(types),
        None => Vec::new(),
    };
    let types = sink.members(&words, GuestType::ALL);
    let tenants = match fields.take_said("externalTenants") {
        Some(tenants) => read_tenants(sink, tenants),
        None => None,
    };
    let path = ["conditions", "users", &member.name];
    sink.carry_rest(&fields, &path);
    let value = UserScope::Guests(Guests { types, tenants });
    Some(Located {
        value,
        span: member.value.span,
    })
}

/// Home tenants; `None` means all of them.
fn read_tenants(sink: &mut Sink<'_>, member: &Member<'_>) -> Option<Vec<String>> {
    let mut fields = sink.object(member)?;
    let kind = fields
        .take("membershipKind")
        .and_then(|kind| sink.string(kind));
    let members = fields.take("members");
    let is_enumerated = match &kind {
        None => members.is_some(),
        Some(kind) if sink.is_word(kind, "all") => false,
        Some(kind) if sink.is_word(kind, "enumerated") => true,
        Some(kind) => {
            sink.unknown_word(kind, "kind of tenant list", &["all", "enumerated"]);
            false
        }
    };
    sink.carry_rest(&fields, &["conditions", "users", &member.name]);
    if !is_enumerated {
        return None;
    }
    let items = members
        .map(|members| sink.strings(members))
        .unwrap_or_default();
    items.iter().for_each(|item| sink.id(item));
    Some(items.into_iter().map(|item| item.text).collect())
}

/// `agents` is beta and not described; that it selects agents' user accounts is plain, and whatever
/// else it says is an unknown condition.
fn agents(sink: &mut Sink<'_>, member: &Member<'_>, users: &mut Scoped<UserScope>) {
    let included = member.value.get("includeAgentUsers");
    let is_said = users
        .include
        .iter()
        .any(|item| item.value == UserScope::AllAgentUsers);
    if !is_said && included.is_some_and(|value| !is_vacuous(value)) {
        users.include.push(Located {
            value: UserScope::AllAgentUsers,
            span: member.value.span,
        });
    }
    sink.carry(member, &["conditions"]);
    let place = member.name_span;
    sink.report(problems::unmodelled("conditions.agents", place, true, None));
}

/// Whether a `clientApplications` object includes anything.
fn is_selecting(member: &Member<'_>) -> bool {
    let names = [
        "includeServicePrincipals",
        "includeAgentIdServicePrincipals",
        "servicePrincipalFilter",
        "agentIdServicePrincipalFilter",
    ];
    names.iter().any(|name| {
        member
            .value
            .get(name)
            .is_some_and(|value| !is_vacuous(value))
    })
}

fn read_clients(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Option<Who> {
    let span = fields.span;
    let include = sink.list(fields, "includeServicePrincipals");
    let exclude = sink.list(fields, "excludeServicePrincipals");
    let mut principals = Scoped {
        include: located(sink, include, principal),
        exclude: located(sink, exclude, principal),
        span,
    };
    if let Some(member) = fields.take_said("servicePrincipalFilter") {
        filter(
            sink,
            member,
            CLIENTS,
            &mut principals,
            ServicePrincipalScope::Filter,
        );
    }
    let include = fields.take_said("includeAgentIdServicePrincipals");
    let exclude = sink.list(fields, "excludeAgentIdServicePrincipals");
    let included = include
        .map(|member| sink.strings(member))
        .unwrap_or_default();
    let mut agents = Scoped {
        include: located(sink, included, agent),
        exclude: located(sink, exclude, agent),
        span,
    };
    if let Some(member) = fields.take_said("agentIdServicePrincipalFilter") {
        filter(sink, member, CLIENTS, &mut agents, AgentScope::Filter);
    }
    sink.carry_rest(fields, CLIENTS);
    let has_principals = !(principals.include.is_empty() && principals.exclude.is_empty());
    let has_agents = !(agents.include.is_empty() && agents.exclude.is_empty());
    if let (true, true, Some(member)) = (has_principals, has_agents, include) {
        sink.carry(member, CLIENTS);
        let found = problems::several_kinds(
            member.name_span,
            span,
            "workload identities",
            "agent identities",
        );
        sink.report(found);
    }
    match (has_principals, has_agents) {
        (true, _) => Some(Who::ServicePrincipals(principals)),
        (false, true) => Some(Who::Agents(agents)),
        (false, false) => None,
    }
}

fn located<T>(
    sink: &mut Sink<'_>,
    items: Vec<Item>,
    read: fn(&mut Sink<'_>, &Item) -> T,
) -> Vec<Located<T>> {
    let one = |item: Item| Located {
        value: read(sink, &item),
        span: item.span,
    };
    items.into_iter().map(one).collect()
}

fn principal(sink: &mut Sink<'_>, item: &Item) -> ServicePrincipalScope {
    if sink.is_word(item, "ServicePrincipalsInMyTenant") {
        ServicePrincipalScope::Owned
    } else if sink.is_word(item, "None") {
        ServicePrincipalScope::None
    } else {
        sink.id(item);
        ServicePrincipalScope::Id(item.text.clone())
    }
}

fn agent(sink: &mut Sink<'_>, item: &Item) -> AgentScope {
    if sink.is_word(item, "All") {
        AgentScope::All
    } else if sink.is_word(item, "None") {
        AgentScope::None
    } else {
        sink.id(item);
        AgentScope::Id(item.text.clone())
    }
}

/// A filter over custom security attributes.
pub(super) fn filter<T>(
    sink: &mut Sink<'_>,
    member: &Member<'_>,
    path: &[&str],
    scoped: &mut Scoped<T>,
    make: fn(AttributeFilter) -> T,
) {
    let Some(mut fields) = sink.object(member) else {
        return;
    };
    let rule = fields.take("rule").filter(|rule| !rule.value.is_null());
    let mode = fields.take("mode").filter(|mode| !mode.value.is_null());
    let is_exclude = is_exclude_mode(sink, mode, member.name_span);
    let inner: Vec<&str> = path.iter().copied().chain([&*member.name]).collect();
    sink.carry_rest(&fields, &inner);
    let Some(rule) = rule else {
        let (place, name) = (member.name_span, &member.name);
        sink.report(problems::incomplete_control(place, name, "a `rule`"));
        return;
    };
    let Some((rule, item)) = read_rule(sink, rule, "ca-csa") else {
        return;
    };
    let located = Located {
        value: make(AttributeFilter {
            rule,
            text: item.text,
        }),
        span: item.span,
    };
    if is_exclude {
        scoped.exclude.push(located);
    } else {
        scoped.include.push(located);
    }
}

/// Whether the mode of the filter at `filter` is `exclude`.
pub(super) fn is_exclude_mode(
    sink: &mut Sink<'_>,
    mode: Option<&Member<'_>>,
    filter: Span,
) -> bool {
    let Some(mode) = mode else {
        let taken_for = "taken for `include`";
        sink.report(problems::missing_member(filter, "mode", taken_for));
        return false;
    };
    let Some(item) = sink.string(mode) else {
        return false;
    };
    if sink.is_word(&item, "exclude") {
        return true;
    }
    if !sink.is_word(&item, "include") {
        sink.unknown_word(&item, "mode of a filter", &["include", "exclude"]);
    }
    false
}

/// A users condition that nobody meets.
pub(super) fn no_users(span: Span) -> Who {
    Who::Users(Scoped {
        include: Vec::new(),
        exclude: Vec::new(),
        span,
    })
}
