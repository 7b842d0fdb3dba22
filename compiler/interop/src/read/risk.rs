//! The risk policies of Identity Protection, retired on 2026-10-01, as policies of Conditional
//! Access.
//!
//! A threshold becomes the set of the levels from it on. No interface of Microsoft Graph ever gave
//! these policies out, so that the shape is one of our own: `riskPolicyType`, `isEnabled`,
//! `riskLevel`, `control`, and the lists of users that policies have.

use gatewright_hir::model::{
    Annotations, AppScope, Assignments, Condition, Control, GraphForm, Located, Outcome, Policy,
    Requirement, Scoped, Target, UserScope, Who,
};
use gatewright_source::Span;
use gatewright_value::vocabulary::{BuiltInControl, RiskLevel, State};

use crate::json::Value;
use crate::problems;
use crate::sink::{Fields, Item, Sink};

/// The member by which such a policy is recognised.
pub(crate) const TYPE: &str = "riskPolicyType";

const TYPES: &[&str] = &["userRisk", "signInRisk", "mfaRegistration"];
const CONTROLS: &[&str] = &["requireMfa", "requirePasswordChange", "block"];

/// Read a policy; `None` where it has no counterpart, which is reported.
pub(crate) fn read_risk_policy(sink: &mut Sink<'_>, value: &Value<'_>) -> Option<Policy> {
    let mut fields = Fields::new(value)?;
    let kind = fields.take(TYPE).and_then(|member| sink.string(member))?;
    let name = fields
        .take_said("displayName")
        .and_then(|member| sink.string(member));
    let is_enabled = fields
        .take("isEnabled")
        .and_then(|member| sink.boolean(member));
    let level = fields
        .take_said("riskLevel")
        .and_then(|member| sink.string(member));
    let control = fields
        .take_said("control")
        .and_then(|member| sink.string(member));
    let users = users(sink, &mut fields, kind.span);
    if !TYPES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&kind.text))
    {
        sink.unknown_word(&kind, "type of risk policy", TYPES);
        return None;
    }
    let is_registration = kind.text.eq_ignore_ascii_case("mfaRegistration");
    sink.report(problems::legacy_risk_policy(kind.span, is_registration));
    if is_registration {
        return None;
    }
    sink.report_rest(&fields);
    let is_user_risk = kind.text.eq_ignore_ascii_case("userRisk");
    let levels = levels(sink, level, kind.span)?;
    let outcome = outcome(sink, control, kind.span)?;
    let all = Located {
        value: AppScope::All,
        span: kind.span,
    };
    let apps = Scoped {
        include: vec![all],
        exclude: Vec::new(),
        span: kind.span,
    };
    let mut assignments = Assignments::new(Who::Users(users), Target::Apps(apps));
    if is_user_risk {
        assignments.user_risk = Some(levels);
    } else {
        assignments.sign_in_risk = Some(levels);
    }
    let usual = if is_user_risk {
        "User risk policy"
    } else {
        "Sign-in risk policy"
    };
    let name_span = name.as_ref().map_or(kind.span, |name| name.span);
    let display_name = name.map_or_else(|| usual.to_owned(), |name| name.text);
    let state = match is_enabled {
        Some(false) => State::Disabled,
        Some(true) | None => State::Enabled,
    };
    Some(Policy {
        name_span,
        span: value.span,
        outcome,
        ..policy(display_name, state, assignments)
    })
}

/// A policy without places that asks for nothing.
fn policy(display_name: String, state: State, assignments: Assignments) -> Policy {
    Policy {
        id: display_name.clone(),
        has_server_id: false,
        display_name,
        state,
        name_span: Span::default(),
        span: Span::default(),
        assignments: Some(Box::new(assignments)),
        when: None,
        outcome: Outcome::default(),
        unmodelled: Vec::new(),
        form: GraphForm::default(),
        annotations: Annotations::default(),
        scopes: Vec::new(),
    }
}

/// The levels from the threshold on.
fn levels(sink: &mut Sink<'_>, level: Option<Item>, place: Span) -> Option<Condition<RiskLevel>> {
    const ORDER: [RiskLevel; 3] = [RiskLevel::Low, RiskLevel::Medium, RiskLevel::High];
    let Some(level) = level else {
        sink.report(problems::missing_member(place, "riskLevel", "left out"));
        return None;
    };
    let at = ORDER
        .iter()
        .position(|known| known.name().eq_ignore_ascii_case(&level.text));
    let Some(members) = at.and_then(|at| ORDER.get(at..)) else {
        sink.unknown_word(&level, "threshold of risk", &["low", "medium", "high"]);
        return None;
    };
    Some(Condition {
        members: members.to_vec(),
        span: level.span,
    })
}

fn outcome(sink: &mut Sink<'_>, control: Option<Item>, place: Span) -> Option<Outcome> {
    let Some(control) = control else {
        sink.report(problems::missing_member(place, "control", "left out"));
        return None;
    };
    let span = control.span;
    let requires = |controls: &[BuiltInControl]| {
        Some(Outcome {
            requirement: Some(Requirement {
                is_all: controls.len() > 1,
                controls: controls.iter().copied().map(Control::BuiltIn).collect(),
                span,
            }),
            span,
            ..Outcome::default()
        })
    };
    match control.text.to_ascii_lowercase().as_str() {
        "block" => Some(Outcome {
            is_block: true,
            span,
            ..Outcome::default()
        }),
        "requiremfa" => requires(&[BuiltInControl::Mfa]),
        // A password change is secure only after multifactor authentication.
        "requirepasswordchange" => requires(&[BuiltInControl::Mfa, BuiltInControl::PasswordChange]),
        _ => {
            sink.unknown_word(&control, "control of a risk policy", CONTROLS);
            None
        }
    }
}

/// Everybody, unless lists say otherwise.
fn users(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>, place: Span) -> Scoped<UserScope> {
    let mut scope = Scoped {
        include: Vec::new(),
        exclude: Vec::new(),
        span: place,
    };
    for (name, make, is_include) in [
        (
            "includeUsers",
            UserScope::User as fn(String) -> UserScope,
            true,
        ),
        ("includeGroups", UserScope::Group, true),
        ("excludeUsers", UserScope::User, false),
        ("excludeGroups", UserScope::Group, false),
    ] {
        for item in sink.list(fields, name) {
            let value = if item.text.eq_ignore_ascii_case("All") {
                UserScope::All
            } else {
                sink.id(&item);
                make(item.text)
            };
            let side = if is_include {
                &mut scope.include
            } else {
                &mut scope.exclude
            };
            side.push(Located {
                value,
                span: item.span,
            });
        }
    }
    if scope.include.is_empty() {
        scope.include.push(Located {
            value: UserScope::All,
            span: place,
        });
    }
    scope
}
