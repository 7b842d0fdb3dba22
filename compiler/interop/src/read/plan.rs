//! Plans of policies (beta): conditions that several rules share.
//!
//! Each rule becomes a policy: the shared conditions and its own have to hold. A dimension that
//! both set is put together where that is exact; else the rule's part is carried as a condition of
//! which nobody knows whether it holds. The policies know the plan that they came from, so that it
//! can be given back.

use std::borrow::Cow;
use std::sync::Arc;

use gatewright_hir::model::{GraphForm, PlanForm, Policy, Strength};

use super::both::{Both, both};
use super::policy::{Body, read_policy};
use crate::json::{Kind, Member, Node, Value, canonical, is_vacuous};
use crate::problems;
use crate::sink::Sink;

/// LIMIT: bytes of shared conditions, written out for every rule.
const SHARED_BYTES_MAX: usize = 64 << 20;

/// Read the policies of a plan, in order of its rules, each with a text that is the same for all
/// that say the same.
pub(crate) fn read_plan(
    sink: &mut Sink<'_>,
    value: &Value<'_>,
    strengths: &mut Vec<(Strength, String)>,
) -> Vec<(Policy, String)> {
    let name = text(value, "displayName").unwrap_or("Plan").to_owned();
    let rules = value
        .get("rules")
        .and_then(Value::as_array)
        .unwrap_or_default();
    let shared = value
        .get("sharedConditions")
        .map_or(0, |shared| shared.span.len());
    if shared as usize * rules.len() > SHARED_BYTES_MAX {
        sink.report(problems::plan_too_large(value.span));
        return Vec::new();
    }
    let mut plan = Node::plain(value);
    plan.remove(&["rules"]);
    let plan: Arc<str> = plan.compact().into();
    let mut found = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let whole = Value {
            kind: Kind::Object(members(value, rule, &title(&name, rule, at))),
            span: rule.span,
        };
        let body = Body {
            object: &whole,
            template: None,
        };
        if let Some(mut policy) = read_policy(sink, body, strengths) {
            policy.scopes = vec![name.clone()];
            policy.form = GraphForm {
                plan: Some(PlanForm {
                    plan: Arc::clone(&plan),
                    rule: Some(Node::plain(rule).compact()),
                    span: value.span,
                }),
                ..GraphForm::default()
            };
            found.push((policy, canonical(&whole)));
        }
    }
    found
}

fn title(plan: &str, rule: &Value<'_>, at: usize) -> String {
    let own = text(rule, "displayName").or_else(|| text(rule, "name"));
    own.map_or_else(
        || format!("{plan}: rule {}", at + 1),
        |own| format!("{plan}: {own}"),
    )
}

fn text<'v>(value: &'v Value<'_>, name: &str) -> Option<&'v str> {
    value
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

/// The members that a policy would have.
fn members<'t>(plan: &Value<'t>, rule: &Value<'t>, title: &str) -> Vec<Member<'t>> {
    let place = rule.span;
    let named = |name: &'static str, kind: Kind<'t>| Member {
        name: Cow::Borrowed(name),
        name_span: place,
        value: Value { kind, span: place },
    };
    let mut whole = vec![named(
        "displayName",
        Kind::String(Cow::Owned(title.to_owned())),
    )];
    let of = |value: &Value<'t>, name: &str| -> Option<Member<'t>> {
        let members = value.as_object()?;
        members
            .iter()
            .find(|member| member.name.eq_ignore_ascii_case(name))
            .cloned()
    };
    let state = of(rule, "state").or_else(|| of(plan, "state"));
    whole.extend(of(rule, "id").into_iter().chain(state));
    whole.push(named("conditions", Kind::Object(conditions(plan, rule))));
    if let Some(controls) = rule.get("controls") {
        whole.extend(of(controls, "grantControls"));
        whole.extend(of(controls, "sessionControls"));
    }
    // What nobody knows is carried with each policy.
    let known = [
        "id",
        "displayName",
        "name",
        "state",
        "conditions",
        "controls",
        "sharedConditions",
    ];
    let unknown = |member: &&Member<'t>| {
        let name: &str = &member.name;
        name != "rules"
            && !name.contains('@')
            && !known.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    for part in [rule, plan] {
        for member in part.as_object().unwrap_or_default().iter().filter(unknown) {
            if !whole.iter().any(|taken| taken.name == member.name) {
                whole.push(member.clone());
            }
        }
    }
    whole
}

/// The shared conditions and those of the rule.
fn conditions<'t>(plan: &Value<'t>, rule: &Value<'t>) -> Vec<Member<'t>> {
    let list = |value: Option<&Value<'t>>| -> Vec<Member<'t>> {
        let members = value.and_then(Value::as_object).unwrap_or_default();
        members
            .iter()
            .filter(|m| !is_vacuous(&m.value))
            .cloned()
            .collect()
    };
    let mut whole = list(plan.get("sharedConditions"));
    let mut is_empty = false;
    for mut member in list(rule.get("conditions")) {
        let same = whole
            .iter_mut()
            .find(|known| known.name.eq_ignore_ascii_case(&member.name));
        let Some(same) = same else {
            whole.push(member);
            continue;
        };
        match both(&member.name, &same.value, &member.value) {
            Both::Is(value) => same.value = value,
            Both::Nothing => is_empty = true,
            Both::Unknown => {
                member.name = Cow::Owned(format!("{}OfRule", member.name));
                whole.push(member);
            }
        }
    }
    if is_empty {
        whole.retain(|member| !member.name.eq_ignore_ascii_case("applications"));
        whole.push(nothing(rule));
    }
    whole
}

/// The condition that no request satisfies.
fn nothing<'t>(rule: &Value<'t>) -> Member<'t> {
    let at = |kind| Value {
        kind,
        span: rule.span,
    };
    let member = |name: &'static str, value| Member {
        name: Cow::Borrowed(name),
        name_span: rule.span,
        value,
    };
    let none = at(Kind::String(Cow::Borrowed("None")));
    let list = at(Kind::Array(vec![none]));
    let apps = at(Kind::Object(vec![member("includeApplications", list)]));
    member("applications", apps)
}
