//! What a policy does: grant controls and session controls.

use gatewright_hir::model::{Control, Outcome, Requirement, Strength};
use gatewright_source::Span;
use gatewright_value::vocabulary::BuiltInControl;
use gatewright_value::{
    FrequencyAuthentication, FrequencyInterval, SessionControls, SignInFrequency,
};

use super::policy::place;
use super::strength::read_strength;
use crate::json::{Member, canonical};
use crate::problems;
use crate::sink::{Fields, Item, Sink};

const SESSION: &[&str] = &["sessionControls"];
const GRANT: &[&str] = &["grantControls"];

/// Read `grantControls` and `sessionControls`.
pub(super) fn read(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    whole: Span,
    strengths: &mut Vec<(Strength, String)>,
) -> Outcome {
    let mut outcome = Outcome {
        span: whole,
        ..Outcome::default()
    };
    if let Some(member) = fields.take_said("grantControls")
        && let Some(mut inner) = sink.object(member)
    {
        place(&mut outcome, member.value.span, whole);
        grant(sink, &mut inner, &mut outcome, strengths);
        sink.carry_rest(&inner, GRANT);
    }
    if let Some(member) = fields.take_said("sessionControls")
        && let Some(mut inner) = sink.object(member)
    {
        place(&mut outcome, member.value.span, whole);
        outcome.session = session(sink, &mut inner);
        sink.carry_rest(&inner, SESSION);
    }
    outcome
}

fn grant(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    outcome: &mut Outcome,
    strengths: &mut Vec<(Strength, String)>,
) {
    let span = fields.span;
    let mut controls = Vec::new();
    for item in sink.list(fields, "builtInControls") {
        if sink.is_word(&item, "block") {
            outcome.is_block = true;
        } else {
            controls.extend(built_in(sink, &item));
        }
    }
    if let Some(member) = fields.take_said("authenticationStrength") {
        controls.extend(strength(sink, member, strengths).map(Control::Strength));
    }
    for item in sink.list(fields, "termsOfUse") {
        sink.id(&item);
        controls.push(Control::Terms(item.text));
    }
    for item in sink.list(fields, "customAuthenticationFactors") {
        controls.push(Control::Custom(item.text));
    }
    let mut distinct = Vec::with_capacity(controls.len());
    for control in controls {
        if !distinct.contains(&control) {
            distinct.push(control);
        }
    }
    let is_all = operator(sink, fields, distinct.len() + usize::from(outcome.is_block));
    if !distinct.is_empty() {
        outcome.requirement = Some(Requirement {
            is_all,
            controls: distinct,
            span,
        });
    }
}

/// A built-in control; one old template has a word for two of them.
fn built_in(sink: &mut Sink<'_>, item: &Item) -> Vec<Control> {
    if item.text.eq_ignore_ascii_case("MfaAndChangePassword") {
        sink.report(problems::old_spelling(
            item,
            "`mfa` and `passwordChange`",
            None,
        ));
        let both = [BuiltInControl::Mfa, BuiltInControl::PasswordChange];
        return both.map(Control::BuiltIn).to_vec();
    }
    let mut known: Vec<&str> = BuiltInControl::ALL.iter().map(|c| c.name()).collect();
    known.insert(0, "block");
    match BuiltInControl::parse(&item.text) {
        Some(_) => sink
            .member(item)
            .map(Control::BuiltIn)
            .into_iter()
            .collect(),
        None => {
            sink.unknown_word(item, "built-in control", &known);
            Vec::new()
        }
    }
}

fn operator(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>, control_count: usize) -> bool {
    let operator = fields
        .take("operator")
        .and_then(|member| sink.string(member));
    match operator {
        None => {
            if control_count > 0 {
                let place = Span {
                    end: fields.span.start + 1,
                    ..fields.span
                };
                sink.report(problems::missing_operator(place));
            }
            control_count > 1
        }
        Some(item) if sink.is_word(&item, "AND") => true,
        Some(item) if sink.is_word(&item, "OR") => false,
        Some(item) => {
            sink.unknown_word(&item, "operator of grant controls", &["AND", "OR"]);
            true
        }
    }
}

/// The id of a strength; the strength itself is kept where it is all there.
fn strength(
    sink: &mut Sink<'_>,
    member: &Member<'_>,
    strengths: &mut Vec<(Strength, String)>,
) -> Option<String> {
    let mut fields = sink.object(member)?;
    let id = fields.take("id").and_then(|id| sink.string(id));
    let Some(id) = id else {
        let name = "authenticationStrength";
        sink.report(problems::incomplete_control(
            member.name_span,
            name,
            "its `id`",
        ));
        return None;
    };
    sink.id(&id);
    if member.value.get("allowedCombinations").is_some()
        && let Some(found) = read_strength(sink, &member.value)
    {
        strengths.push((found, canonical(&member.value)));
    }
    Some(id.text)
}

fn session(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> SessionControls {
    let mut session = SessionControls::default();
    if let Some(mut inner) = control(sink, fields, "signInFrequency") {
        session.sign_in_frequency = frequency(sink, &mut inner);
        sink.carry_rest(&inner, &["sessionControls", "signInFrequency"]);
    }
    if let Some(mut inner) = control(sink, fields, "persistentBrowser") {
        session.persistent_browser = word(sink, &mut inner, "persistentBrowser", "mode");
    }
    session.application_enforced_restrictions =
        control(sink, fields, "applicationEnforcedRestrictions").is_some();
    if let Some(mut inner) = control(sink, fields, "cloudAppSecurity") {
        let name = "cloudAppSecurityType";
        session.cloud_app_security = word(sink, &mut inner, "cloudAppSecurity", name);
    }
    if let Some(member) = fields.take("disableResilienceDefaults") {
        session.disable_resilience_defaults = sink.boolean(member).unwrap_or(false);
    }
    session.secure_sign_in_session = control(sink, fields, "secureSignInSession").is_some();
    if let Some(mut inner) = control(sink, fields, "continuousAccessEvaluation") {
        let name = "continuousAccessEvaluation";
        session.continuous_access_evaluation = word(sink, &mut inner, name, "mode");
    }
    let name = "globalSecureAccessFilteringProfile";
    if let Some(mut inner) = control(sink, fields, name) {
        match inner.take_said("profileId").and_then(|id| sink.string(id)) {
            Some(id) => {
                sink.id(&id);
                session.filtering_profiles.push(id.text);
            }
            None => sink.report(problems::incomplete_control(
                inner.span,
                name,
                "a `profileId`",
            )),
        }
    }
    session
}

/// The members of a session control that is switched on.
fn control<'v, 't>(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'v, 't>,
    name: &'static str,
) -> Option<Fields<'v, 't>> {
    let member = fields.take_said(name)?;
    let mut inner = sink.object(member)?;
    let is_enabled = inner
        .take("isEnabled")
        .and_then(|member| sink.boolean(member));
    (is_enabled != Some(false)).then_some(inner)
}

/// The member of an enumeration that a control consists of.
fn word<T: crate::vocabulary::Vocabulary>(
    sink: &mut Sink<'_>,
    fields: &mut Fields<'_, '_>,
    control: &str,
    name: &'static str,
) -> Option<T> {
    let found = fields.take_said(name);
    if found.is_none() {
        let needs = format!("`{name}`");
        sink.report(problems::incomplete_control(fields.span, control, &needs));
    }
    sink.carry_rest(fields, &["sessionControls", control]);
    let item = found.and_then(|member| sink.string(member))?;
    sink.member(&item)
}

fn frequency(sink: &mut Sink<'_>, fields: &mut Fields<'_, '_>) -> Option<SignInFrequency> {
    let interval = fields
        .take_said("frequencyInterval")
        .and_then(|m| sink.string(m));
    let (unit, value) = (fields.take_said("type"), fields.take_said("value"));
    let length = value.or(unit).map(|member| member.value.span);
    let unit = unit.and_then(|member| sink.string(member));
    let value = value.and_then(|member| sink.number(member));
    let authentication = fields
        .take_said("authenticationType")
        .and_then(|m| sink.string(m));
    let authentication = match authentication {
        Some(item) => sink.member(&item)?,
        None => FrequencyAuthentication::PrimaryAndSecondary,
    };
    let is_every_time = match &interval {
        None => false,
        Some(item) if sink.is_word(item, "everyTime") => true,
        Some(item) if sink.is_word(item, "timeBased") => false,
        Some(item) => {
            sink.unknown_word(
                item,
                "interval of a sign-in frequency",
                &["timeBased", "everyTime"],
            );
            return None;
        }
    };
    if is_every_time {
        if let (Some(item), Some(length)) = (&interval, length) {
            sink.report(problems::frequency_says_both(item.span, length));
        }
        return Some(SignInFrequency {
            interval: FrequencyInterval::EveryTime,
            authentication,
        });
    }
    let (Some(unit), Some(value)) = (unit, value) else {
        let needs = "`value` and `type`, or `\"frequencyInterval\": \"everyTime\"`";
        sink.report(problems::incomplete_control(
            fields.span,
            "signInFrequency",
            needs,
        ));
        return None;
    };
    let interval = if sink.is_word(&unit, "hours") {
        FrequencyInterval::Hours(value)
    } else if sink.is_word(&unit, "days") {
        FrequencyInterval::Days(value)
    } else {
        sink.unknown_word(&unit, "unit of a sign-in frequency", &["hours", "days"]);
        return None;
    };
    Some(SignInFrequency {
        interval,
        authentication,
    })
}
