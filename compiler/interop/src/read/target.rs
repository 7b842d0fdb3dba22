//! What is asked for: resources, user actions or authentication contexts.

use gatewright_hir::model::{AppScope, Condition, Located, Scoped, Target};
use gatewright_source::Span;
use gatewright_value::vocabulary::UserAction;
use indexmap::IndexSet;

use super::who::filter;
use crate::json::Member;
use crate::problems;
use crate::sink::{Fields, Item, Sink};

const PATH: &[&str] = &["conditions", "applications"];

/// Read `applications`.
pub(super) fn read(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Target {
    let place = Span {
        end: fields.span.start + 1,
        ..fields.span
    };
    let Some(member) = fields.take_said("applications") else {
        sink.report(problems::missing_member(
            place,
            "applications",
            "applies to nothing",
        ));
        return Target::Nothing(place);
    };
    let Some(mut inner) = sink.object(member) else {
        return Target::Nothing(member.value.span);
    };
    let apps = apps(sink, &mut inner);
    let actions = inner.take_said("includeUserActions");
    let contexts = inner.take_said("includeAuthenticationContextClassReferences");
    sink.carry_rest(&inner, PATH);
    let has_apps = apps.include.iter().any(|item| item.value != AppScope::None);
    let kinds = [
        has_apps.then_some((apps.span, "resources", None)),
        actions.map(|m| (m.name_span, "user actions", Some(m))),
        contexts.map(|m| (m.name_span, "authentication contexts", Some(m))),
    ];
    let mut kinds = kinds.into_iter().flatten();
    let first = kinds.next();
    for (span, what, member) in kinds {
        if let (Some((other, other_what, _)), Some(member)) = (first, member) {
            sink.carry(member, PATH);
            sink.report(problems::several_kinds(span, other, other_what, what));
        }
    }
    match (has_apps, actions, contexts) {
        (false, Some(member), _) => Target::Actions(read_actions(sink, member)),
        (false, None, Some(member)) => Target::Contexts(read_contexts(sink, member)),
        _ => {
            if apps.include.is_empty() && !apps.exclude.is_empty() {
                let (include, exclude) = ("includeApplications", "excludeApplications");
                sink.report(problems::empty_include(apps.span, include, exclude));
            }
            Target::Apps(apps)
        }
    }
}

fn apps(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Scoped<AppScope> {
    let span = fields.span;
    let include = sink.list(fields, "includeApplications");
    let exclude = sink.list(fields, "excludeApplications");
    let mut scoped = Scoped {
        include: include.into_iter().map(|item| app(sink, item)).collect(),
        exclude: exclude.into_iter().map(|item| app(sink, item)).collect(),
        span,
    };
    if let Some(member) = fields.take_said("applicationFilter") {
        filter(sink, member, PATH, &mut scoped, AppScope::Filter);
    }
    sink.stands_alone("All", &scoped.include, AppScope::All, "includeApplications");
    scoped
}

fn app(sink: &mut Sink<'_>, item: Item) -> Located<AppScope> {
    let groups = sink.cx.app_groups;
    let group = groups
        .iter()
        .find(|group| group.name.eq_ignore_ascii_case(&item.text));
    let value = if sink.is_word(&item, "All") {
        AppScope::All
    } else if sink.is_word(&item, "None") {
        AppScope::None
    } else if let Some(group) = group {
        sink.is_word(&item, &group.name);
        AppScope::Group(group.name.clone())
    } else {
        sink.id(&item);
        AppScope::App(item.text)
    };
    Located {
        value,
        span: item.span,
    }
}

fn read_actions(sink: &mut Sink<'_>, member: &Member<'_>) -> Condition<UserAction> {
    let items = sink.strings(member);
    let members = sink.members(&items, UserAction::ALL);
    Condition {
        members,
        span: member.value.span,
    }
}

fn read_contexts(sink: &mut Sink<'_>, member: &Member<'_>) -> Condition<String> {
    let items = sink.strings(member);
    let members: IndexSet<String> = items
        .iter()
        .map(|item| item.text.to_ascii_lowercase())
        .collect();
    Condition {
        members: members.into_iter().collect(),
        span: member.value.span,
    }
}
