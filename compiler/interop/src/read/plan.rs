//! Plans of policies (beta): conditions that several rules share.
//!
//! Each rule becomes a policy: the shared conditions and its own have to hold. A dimension that both
//! set is not put together; the rule's part is then carried as a condition of which nobody knows
//! whether it holds.

use std::borrow::Cow;

use gatewright_hir::model::{Policy, Strength};

use super::policy::{Body, read_policy};
use crate::json::{Kind, Member, Value, canonical, is_vacuous};
use crate::sink::Sink;

/// Whether an object is a plan.
pub(crate) fn is_plan(value: &Value<'_>) -> bool {
    value.get("sharedConditions").is_some()
        && value
            .get("rules")
            .is_some_and(|rules| rules.as_array().is_some())
}

/// Read the policies of a plan, each with a text that is the same for all that say the same.
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
    for mut member in list(rule.get("conditions")) {
        let same = whole.iter().find(|known| known.name == member.name);
        match same {
            None => whole.push(member),
            Some(same) if canonical(&same.value) == canonical(&member.value) => {}
            Some(_) => {
                member.name = Cow::Owned(format!("{}OfRule", member.name));
                whole.push(member);
            }
        }
    }
    whole
}
