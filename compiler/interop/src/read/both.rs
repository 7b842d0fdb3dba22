//! Two values of one condition, of which both have to hold.
//!
//! INVARIANT: what is put together holds for exactly those requests for which both hold; where no
//! one value of the condition does that, nothing is put together.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gatewright_source::Span;

use crate::json::{Kind, Member, Value, canonical, is_annotation, is_vacuous};
use crate::sink::is_guid;

/// What two values are together.
#[derive(Debug)]
pub(super) enum Both<'t> {
    /// This value.
    Is(Value<'t>),
    /// No request satisfies both.
    Nothing,
    /// No value says it.
    Unknown,
}

/// Lists of included and excluded items, and the item that stands for all.
struct Lists {
    include: &'static str,
    exclude: &'static str,
    /// Whether no request belongs to two items.
    is_disjoint: bool,
}

/// Put two values of a member of `conditions` together.
pub(super) fn both<'t>(name: &str, left: &Value<'t>, right: &Value<'t>) -> Both<'t> {
    if canonical(left) == canonical(right) {
        return Both::Is(left.clone());
    }
    match name.to_ascii_lowercase().as_str() {
        "clientapptypes" => words(left, right, Some("all")),
        "userrisklevels"
        | "signinrisklevels"
        | "serviceprincipalrisklevels"
        | "insiderrisklevels"
        | "agentidrisklevels" => words(left, right, None),
        "authenticationflows" => flows(left, right),
        "platforms" => lists(
            left,
            right,
            &Lists {
                include: "includePlatforms",
                exclude: "excludePlatforms",
                is_disjoint: true,
            },
        ),
        "locations" => lists(
            left,
            right,
            &Lists {
                include: "includeLocations",
                exclude: "excludeLocations",
                is_disjoint: false,
            },
        ),
        "applications" => applications(left, right),
        "users" => users(left, right),
        "devices" => devices(left, right),
        _ => Both::Unknown,
    }
}

/// The members that say something, by their names in lower case.
fn said<'v, 't>(value: &'v Value<'t>) -> Option<Vec<(String, &'v Member<'t>)>> {
    let members = value.as_object()?.iter();
    let said = members.filter(|m| !is_annotation(&m.name) && !is_vacuous(&m.value));
    Some(said.map(|m| (m.name.to_ascii_lowercase(), m)).collect())
}

/// Whether an object says nothing but these members.
fn only(value: &Value<'_>, names: &[&str]) -> bool {
    let is_known = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    said(value).is_some_and(|members| members.iter().all(|(name, _)| is_known(name)))
}

fn text<'t>(text: impl Into<Cow<'t, str>>, span: Span) -> Value<'t> {
    Value {
        kind: Kind::String(text.into()),
        span,
    }
}

fn object<'t>(members: Vec<(&'static str, Value<'t>)>, span: Span) -> Value<'t> {
    let member = |(name, value): (&'static str, Value<'t>)| Member {
        name: Cow::Borrowed(name),
        name_span: span,
        value,
    };
    Value {
        kind: Kind::Object(members.into_iter().map(member).collect()),
        span,
    }
}

/// The texts of a list, an absent list being an empty one.
fn texts(value: Option<&Value<'_>>) -> Option<Vec<String>> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return Some(Vec::new());
    };
    let items = value.as_array()?.iter();
    items.map(|item| item.as_str().map(str::to_owned)).collect()
}

fn list<'t>(items: Vec<String>, span: Span) -> Value<'t> {
    let items = items.into_iter().map(|item| text(item, span));
    Value {
        kind: Kind::Array(items.collect()),
        span,
    }
}

fn folded(items: &[String]) -> BTreeSet<String> {
    items.iter().map(|item| item.to_lowercase()).collect()
}

/// The items of the first that the second has too.
fn common(left: &[String], right: &[String]) -> Vec<String> {
    let right = folded(right);
    let items = left.iter();
    items
        .filter(|item| right.contains(&item.to_lowercase()))
        .cloned()
        .collect()
}

/// Sets of words, as a list or as a text with commas.
fn words<'t>(left: &Value<'t>, right: &Value<'t>, all: Option<&str>) -> Both<'t> {
    let read = |value: &Value<'_>| match value.as_str() {
        Some(text) => Some(text.split(',').map(|word| word.trim().to_owned()).collect()),
        None => texts(Some(value)),
    };
    let (Some(first), Some(second)) = (read(left), read(right)) else {
        return Both::Unknown;
    };
    let is_all = |words: &[String]| all.is_some_and(|all| has(words, all));
    if is_all(&first) {
        return Both::Is(right.clone());
    }
    if is_all(&second) {
        return Both::Is(left.clone());
    }
    let words = common(&first, &second);
    if words.is_empty() {
        return Both::Nothing;
    }
    Both::Is(match left.as_str() {
        Some(_) => text(words.join(","), right.span),
        None => list(words, right.span),
    })
}

fn has(items: &[String], wanted: &str) -> bool {
    items.iter().any(|item| item.eq_ignore_ascii_case(wanted))
}

fn flows<'t>(left: &Value<'t>, right: &Value<'t>) -> Both<'t> {
    const METHODS: &str = "transferMethods";
    let (Some(first), Some(second)) = (left.get(METHODS), right.get(METHODS)) else {
        return Both::Unknown;
    };
    if !only(left, &[METHODS]) || !only(right, &[METHODS]) {
        return Both::Unknown;
    }
    match words(first, second, None) {
        Both::Is(value) => Both::Is(object(vec![(METHODS, value)], right.span)),
        other => other,
    }
}

/// What two lists of included items include together; `None` where no list does. A list without
/// items leaves it to the other one.
fn included(left: &[String], right: &[String], is_disjoint: bool) -> Option<Vec<String>> {
    if has(left, "All") && !right.is_empty() || left.is_empty() {
        return Some(right.to_vec());
    }
    if has(right, "All") || right.is_empty() || folded(left) == folded(right) {
        return Some(left.to_vec());
    }
    is_disjoint.then(|| common(left, right))
}

fn lists<'t>(left: &Value<'t>, right: &Value<'t>, lists: &Lists) -> Both<'t> {
    let Lists {
        include,
        exclude,
        is_disjoint,
    } = *lists;
    if !only(left, &[include, exclude]) || !only(right, &[include, exclude]) {
        return Both::Unknown;
    }
    let read = |value: &Value<'_>, name: &str| texts(value.get(name));
    let (Some(first), Some(second)) = (read(left, include), read(right, include)) else {
        return Both::Unknown;
    };
    let (Some(mut excluded), Some(more)) = (read(left, exclude), read(right, exclude)) else {
        return Both::Unknown;
    };
    let is_open = first.is_empty() && second.is_empty();
    let Some(items) = included(&first, &second, is_disjoint) else {
        return Both::Unknown;
    };
    if items.is_empty() && !is_open {
        return Both::Nothing;
    }
    excluded.extend(more);
    let span = right.span;
    let mut members = Vec::new();
    if !items.is_empty() {
        members.push((include, list(items, span)));
    }
    if !excluded.is_empty() {
        members.push((exclude, list(excluded, span)));
    }
    Both::Is(object(members, span))
}

/// Resources: only ids belong to one resource alone.
fn applications<'t>(left: &Value<'t>, right: &Value<'t>) -> Both<'t> {
    const INCLUDE: &str = "includeApplications";
    let is_ids = |value: &Value<'_>| {
        texts(value.get(INCLUDE)).is_some_and(|items| items.iter().all(|item| is_guid(item)))
    };
    let is_disjoint = is_ids(left) && is_ids(right);
    lists(
        left,
        right,
        &Lists {
            include: INCLUDE,
            exclude: "excludeApplications",
            is_disjoint,
        },
    )
}

const INCLUDED_USERS: &[&str] = &[
    "includeUsers",
    "includeGroups",
    "includeRoles",
    "includeGuestsOrExternalUsers",
];

const EXCLUDED_USERS: &[&str] = &[
    "excludeUsers",
    "excludeGroups",
    "excludeRoles",
    "excludeGuestsOrExternalUsers",
];

/// Users: everybody and somebody are somebody, and single users are apart; of groups and roles
/// nobody knows who is in two of them.
fn users<'t>(left: &Value<'t>, right: &Value<'t>) -> Both<'t> {
    let names: Vec<&str> = INCLUDED_USERS
        .iter()
        .chain(EXCLUDED_USERS)
        .copied()
        .collect();
    if !only(left, &names) || !only(right, &names) {
        return Both::Unknown;
    }
    let Some(mut members) = included_users(left, right) else {
        return Both::Unknown;
    };
    for name in EXCLUDED_USERS {
        let sides = [left, right].map(|value| value.get(name).filter(|v| !is_vacuous(v)));
        let value = match sides {
            [None, None] => continue,
            [Some(one), None] | [None, Some(one)] => one.clone(),
            [Some(one), Some(other)] if canonical(one) == canonical(other) => one.clone(),
            [first, second] => match (texts(first), texts(second)) {
                (Some(mut items), Some(more)) => {
                    items.extend(more);
                    list(items, right.span)
                }
                _ => return Both::Unknown,
            },
        };
        members.push((name, value));
    }
    Both::Is(object(members, right.span))
}

/// The members that include users.
fn included_users<'t>(
    left: &Value<'t>,
    right: &Value<'t>,
) -> Option<Vec<(&'static str, Value<'t>)>> {
    let of = |value: &Value<'t>| -> Vec<(&'static str, Value<'t>)> {
        let members = INCLUDED_USERS.iter().filter_map(|name| {
            let member = value.get(name).filter(|v| !is_vacuous(v))?;
            Some((*name, member.clone()))
        });
        members.collect()
    };
    let (first, second) = (of(left), of(right));
    let single = |members: &[(&'static str, Value<'t>)]| match members {
        [("includeUsers", value)] => texts(Some(value)),
        _ => None,
    };
    let (left_users, right_users) = (single(&first), single(&second));
    // An agent's user account is not among all users.
    let has_agents = |value: &Value<'t>| {
        texts(value.get("includeUsers")).is_none_or(|items| has(&items, "AllAgentIdUsers"))
    };
    let is_all = |users: &Option<Vec<String>>| users.as_ref().is_some_and(|u| has(u, "All"));
    if has_agents(left) || has_agents(right) {
        return None;
    }
    if is_all(&left_users) && !second.is_empty() || first.is_empty() {
        return Some(second);
    }
    if is_all(&right_users) || second.is_empty() {
        return Some(first);
    }
    let same = |members: &[(&'static str, Value<'t>)]| {
        let texts = members
            .iter()
            .map(|(name, value)| (*name, canonical(value)));
        texts.collect::<Vec<_>>()
    };
    if same(&first) == same(&second) {
        return Some(first);
    }
    let (left_users, right_users) = (left_users?, right_users?);
    let is_single = |users: &[String]| users.iter().all(|id| is_guid(id) || id == "None");
    if !is_single(&left_users) || !is_single(&right_users) {
        return None;
    }
    let mut ids = common(&left_users, &right_users);
    ids.retain(|id| id != "None");
    if ids.is_empty() {
        ids.push("None".to_owned());
    }
    Some(vec![("includeUsers", list(ids, right.span))])
}

/// Filters for devices of one mode: one rule with both.
fn devices<'t>(left: &Value<'t>, right: &Value<'t>) -> Both<'t> {
    const FILTER: &str = "deviceFilter";
    let read = |value: &Value<'t>| {
        let filter = value.get(FILTER).filter(|_| only(value, &[FILTER]))?;
        let filter = Some(filter).filter(|filter| only(filter, &["mode", "rule"]))?;
        let part = |name: &str| filter.get(name).and_then(Value::as_str).map(str::to_owned);
        Some((part("mode")?, part("rule")?))
    };
    let (Some((mode, first)), Some((other, second))) = (read(left), read(right)) else {
        return Both::Unknown;
    };
    if !mode.eq_ignore_ascii_case(&other) {
        return Both::Unknown;
    }
    // What either filter excludes is excluded.
    let word = match mode.eq_ignore_ascii_case("exclude") {
        true => "-or",
        false => "-and",
    };
    let span = right.span;
    let rule = text(format!("({first}) {word} ({second})"), span);
    let filter = object(vec![("mode", text(mode, span)), ("rule", rule)], span);
    Both::Is(object(vec![(FILTER, filter)], span))
}
