//! The other conditions: clients, platforms, locations, risks and flows.

use gatewright_hir::model::{
    Assignments, Condition, Located, LocationScope, PlatformScope, Scoped, Target, Who,
};
use gatewright_source::Span;
use gatewright_value::vocabulary::{
    AgentRiskLevel, ClientApp, InsiderRiskLevel, RiskLevel, TransferMethod,
};
use indexmap::IndexSet;

use super::{devices, who};
use crate::json::Member;
use crate::problems;
use crate::sink::{Fields, Item, Sink};
use crate::vocabulary::Vocabulary;

/// Levels of insider risk that a policy can name.
const INSIDER_LEVELS: &[InsiderRiskLevel] = &[
    InsiderRiskLevel::Minor,
    InsiderRiskLevel::Moderate,
    InsiderRiskLevel::Elevated,
];
/// Levels of agent risk that a policy can name.
const AGENT_LEVELS: &[AgentRiskLevel] = &[
    AgentRiskLevel::Low,
    AgentRiskLevel::Medium,
    AgentRiskLevel::High,
];

/// Assignments that no sign-in meets.
pub(super) fn nobody(span: Span) -> Assignments {
    Assignments::new(who::no_users(span), Target::Nothing(span))
}

/// Read every condition but who and what.
pub(super) fn read(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    who: Who,
    target: Target,
) -> Assignments {
    let clients = clients(sink, fields, &who);
    Assignments {
        who,
        target,
        user_risk: flags(sink, fields, "userRiskLevels", RiskLevel::ALL),
        sign_in_risk: flags(sink, fields, "signInRiskLevels", RiskLevel::ALL),
        insider_risk: flags(sink, fields, "insiderRiskLevels", INSIDER_LEVELS),
        service_principal_risk: flags(sink, fields, "servicePrincipalRiskLevels", RiskLevel::ALL),
        agent_risk: flags(sink, fields, "agentIdRiskLevels", AGENT_LEVELS),
        platforms: platforms(sink, fields),
        locations: locations(sink, fields),
        clients,
        devices: devices::read(sink, fields),
        flows: flows(sink, fields),
    }
}

/// A set of members, as an array or a string of flags.
fn flags<T: Vocabulary>(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    among: &[T],
) -> Option<Condition<T>> {
    let member = fields.take_said(name)?;
    condition(sink, member, among)
}

fn condition<T: Vocabulary>(
    sink: &mut Sink<'_>,
    member: &Member<'_>,
    among: &[T],
) -> Option<Condition<T>> {
    // `none` is a member of risk levels, and says "no flag" elsewhere.
    let has_none = among.iter().any(|m| m.spelling() == "none");
    let items = if has_none && member.value.as_array().is_some() {
        sink.strings(member)
    } else {
        sink.flags(member)
    };
    let members = sink.members(&items, among);
    (!items.is_empty()).then_some(Condition {
        members,
        span: member.value.span,
    })
}

fn clients(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    who: &Who,
) -> Option<Condition<ClientApp>> {
    let Some(member) = fields
        .take("clientAppTypes")
        .filter(|member| !member.value.is_null())
    else {
        if matches!(who, Who::Users(_)) {
            let place = Span {
                end: fields.span.start + 1,
                ..fields.span
            };
            sink.report(problems::missing_member(
                place,
                "clientAppTypes",
                "taken for `all`",
            ));
        }
        return None;
    };
    let items = sink.strings(member);
    if member.value.as_array().is_some_and(<[_]>::is_empty) {
        sink.report(problems::empty_client_types(member.value.span));
        return None;
    }
    if let Some(all) = items
        .iter()
        .find(|item| item.text.eq_ignore_ascii_case("all"))
    {
        sink.is_word(all, "all");
        if items
            .iter()
            .any(|item| !item.text.eq_ignore_ascii_case("all"))
        {
            sink.report(problems::all_with_others("all", all.span, "clientAppTypes"));
        }
        return None;
    }
    let members: IndexSet<ClientApp> = items.iter().filter_map(|item| client(sink, item)).collect();
    Some(Condition {
        members: members.into_iter().collect(),
        span: member.value.span,
    })
}

fn client(sink: &mut Sink<'_>, item: &Item) -> Option<ClientApp> {
    let renamed = match item.text.to_ascii_lowercase().as_str() {
        "modern" => ClientApp::Modern,
        "easunsupported" => ClientApp::ExchangeActiveSync,
        _ => return sink.member(item),
    };
    let now = renamed.name();
    sink.report(problems::old_spelling(item, &format!("`{now}`"), Some(now)));
    Some(renamed)
}

fn platforms(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Option<Scoped<PlatformScope>> {
    let names = ["platforms", "includePlatforms", "excludePlatforms"];
    let platforms = scoped(sink, fields, names, |sink, item| {
        if sink.is_word(item, "all") {
            return Some(PlatformScope::All);
        }
        sink.member(item).map(PlatformScope::Platform)
    })?;
    sink.stands_alone(
        "all",
        &platforms.include,
        PlatformScope::All,
        "includePlatforms",
    );
    Some(platforms)
}

fn locations(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Option<Scoped<LocationScope>> {
    let names = ["locations", "includeLocations", "excludeLocations"];
    let locations = scoped(sink, fields, names, |sink, item| {
        if sink.is_word(item, "All") {
            return Some(LocationScope::All);
        }
        if sink.is_word(item, "AllTrusted") {
            return Some(LocationScope::AllTrusted);
        }
        sink.id(item);
        Some(LocationScope::Named(item.text.clone()))
    })?;
    sink.stands_alone(
        "All",
        &locations.include,
        LocationScope::All,
        "includeLocations",
    );
    Some(locations)
}

fn scoped<T>(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    [name, include_name, exclude_name]: [&'static str; 3],
    read: fn(&mut Sink<'_>, &Item) -> Option<T>,
) -> Option<Scoped<T>> {
    let member = fields.take_said(name)?;
    let mut inner = sink.object(member)?;
    let included = sink.list(&mut inner, include_name);
    let excluded = sink.list(&mut inner, exclude_name);
    sink.carry_rest(&inner, &["conditions", name]);
    if included.is_empty() && excluded.is_empty() {
        return None;
    }
    if included.is_empty() {
        let place = member.name_span;
        sink.report(problems::empty_include(place, include_name, exclude_name));
    }
    let mut side = |items: Vec<Item>| -> Vec<Located<T>> {
        let one = |item: Item| {
            read(sink, &item).map(|value| Located {
                value,
                span: item.span,
            })
        };
        items.into_iter().filter_map(one).collect()
    };
    let (include, exclude) = (side(included), side(excluded));
    Some(Scoped {
        include,
        exclude,
        span: member.value.span,
    })
}

fn flows(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Option<Condition<TransferMethod>> {
    let member = fields.take_said("authenticationFlows")?;
    let mut inner = sink.object(member)?;
    let methods = inner.take_said("transferMethods");
    let found = methods.and_then(|methods| condition(sink, methods, TransferMethod::ALL));
    sink.carry_rest(&inner, &["conditions", "authenticationFlows"]);
    found
}
