//! A decision against an expectation.

use std::collections::BTreeSet;

use gatewright_hir::model::{Control, PolicySet};
use gatewright_hir::scenario::{Expectation, ExpectationKind, PolicyName};
use gatewright_runtime::Report;
use gatewright_value::vocabulary::State;
use gatewright_value::{
    FrequencyAuthentication, FrequencyInterval, SessionControls, SignInFrequency, fold,
};
use serde_json::Value;

/// A decision in full.
pub(crate) struct Decided {
    pub(crate) report: Report,
    /// The report as everybody reads it.
    pub(crate) json: Value,
    pub(crate) session: SessionControls,
}

/// What was expected and what came out, in words that follow "expected" and "got".
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// The difference between a decision and an expectation; `None` where there is none.
pub(crate) fn judge(
    expectation: &Expectation,
    decided: &Decided,
    set: &PolicySet,
) -> Option<Difference> {
    let suffix = if expectation.is_report_only {
        " if report-only policies were enforced"
    } else {
        ""
    };
    let difference = match &expectation.kind {
        ExpectationKind::Verdict(names) => verdict(names, expectation.is_report_only, decided),
        ExpectationKind::Require(alternatives) => {
            required(alternatives, expectation.is_report_only, decided, set)
        }
        ExpectationKind::Applied(names) => {
            applied(names, expectation.is_report_only, &decided.report)
        }
        ExpectationKind::NotApplied(names) => not_applied(names, &decided.report),
        ExpectationKind::Session(controls) => session(controls, &decided.session),
        ExpectationKind::NoSession => (!decided.session.is_empty()).then(|| Difference {
            expected: "no session controls".to_owned(),
            got: listed(&shown_session(&decided.session)),
        }),
        ExpectationKind::Compliance(state) => compliance(state, &decided.json),
    };
    difference.map(|found| Difference {
        expected: format!("{}{suffix}", found.expected),
        got: found.got,
    })
}

/// The part of the report that the expectation is about.
fn outcome(json: &Value, is_report_only: bool) -> &Value {
    if is_report_only {
        json.get("reportOnly").unwrap_or(&Value::Null)
    } else {
        json
    }
}

fn verdict(names: &[String], is_report_only: bool, decided: &Decided) -> Option<Difference> {
    let expected = names.join("+");
    let outcome = outcome(&decided.json, is_report_only);
    let got = outcome
        .get("verdict")
        .and_then(Value::as_str)
        .unwrap_or("nothing");
    if got == expected {
        return None;
    }
    let missing = texts_of_texts(outcome.get("missing"));
    let detail = if missing.is_empty() {
        String::new()
    } else {
        format!(", because {} is missing", alternatives_in_words(&missing))
    };
    Some(Difference {
        expected: format!("`{expected}`"),
        got: format!("`{got}`{detail}"),
    })
}

type Alternatives = BTreeSet<BTreeSet<String>>;

fn required(
    wanted: &[Vec<Control>],
    is_report_only: bool,
    decided: &Decided,
    set: &PolicySet,
) -> Option<Difference> {
    let outcome = outcome(&decided.json, is_report_only);
    let is_entra = set.schema.is_entra;
    let got: Vec<Vec<String>> = if is_entra {
        texts_of_texts(outcome.get("missing"))
    } else {
        // Obligations stand each for itself.
        let controls = texts(outcome.get("controls"));
        controls.into_iter().map(|control| vec![control]).collect()
    };
    let spelled = wanted.iter().map(|any| {
        any.iter()
            .map(|control| spelling(control, set))
            .collect::<Vec<String>>()
    });
    let wanted: Vec<Vec<String>> = if is_entra {
        spelled.collect()
    } else {
        spelled.flatten().map(|control| vec![control]).collect()
    };
    let key = |alternatives: &[Vec<String>]| -> Alternatives {
        alternatives
            .iter()
            .map(|any| any.iter().map(|c| fold(c).into_owned()).collect())
            .collect()
    };
    if key(&wanted) == key(&got) {
        return None;
    }
    let named = |alternatives: &[Vec<String>]| {
        let shown: Vec<Vec<String>> = alternatives
            .iter()
            .map(|any| any.iter().map(|c| shown(c, set)).collect())
            .collect();
        alternatives_in_words(&shown)
    };
    let verdict = outcome.get("verdict").and_then(Value::as_str).unwrap_or("");
    let got = if got.is_empty() {
        format!("nothing: the verdict is `{verdict}`")
    } else {
        named(&got)
    };
    Some(Difference {
        expected: format!("{} to be required", named(&wanted)),
        got,
    })
}

fn spelling(control: &Control, set: &PolicySet) -> String {
    match control {
        Control::BuiltIn(control) => control.name().to_owned(),
        Control::Strength(id) => format!("strength:{id}"),
        Control::Terms(id) => format!("terms:{id}"),
        Control::Custom(id) => format!("custom:{id}"),
        Control::Own(id) => {
            let control = set.schema.controls.get(id.0 as usize);
            control.map_or_else(String::new, |control| control.name.clone())
        }
    }
}

/// A control with the name that people know instead of its id.
fn shown(spelling: &str, set: &PolicySet) -> String {
    let Some((kind, id)) = spelling.split_once(':') else {
        return spelling.to_owned();
    };
    let folded = fold(id);
    let strength = set.strengths.iter().find(|s| fold(&s.id) == folded);
    let object = set.names.iter().find(|name| fold(&name.id) == folded);
    let name = match kind {
        "strength" => strength.map(|strength| strength.display_name.as_str()),
        _ => object.map(|object| object.name.as_str()),
    };
    format!("{kind} {}", name.unwrap_or(id))
}

/// `mfa, and compliantDevice or domainJoinedDevice`
fn alternatives_in_words(alternatives: &[Vec<String>]) -> String {
    let parts: Vec<String> = alternatives
        .iter()
        .map(|any| {
            let quoted: Vec<String> = any.iter().map(|control| format!("`{control}`")).collect();
            quoted.join(" or ")
        })
        .collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(", and ")
    }
}

fn applied(names: &[PolicyName], is_report_only: bool, report: &Report) -> Option<Difference> {
    let state = if is_report_only {
        State::ReportOnly
    } else {
        State::Enabled
    };
    let got: BTreeSet<&str> = report
        .policies()
        .iter()
        .filter(|policy| policy.policy_applies && policy.state == state)
        .map(|policy| policy.display_name.as_str())
        .collect();
    let wanted: BTreeSet<&str> = names.iter().map(|policy| policy.name.as_str()).collect();
    if got == wanted {
        return None;
    }
    let more: Vec<String> = got.difference(&wanted).map(|n| quoted(n)).collect();
    let less: Vec<String> = wanted.difference(&got).map(|n| quoted(n)).collect();
    let (less, more) = (less.join(", "), more.join(", "));
    let got = match (less.as_str(), more.as_str()) {
        (_, _) if got.is_empty() => "none".to_owned(),
        ("", _) => format!("also {more}"),
        (_, "") => format!("all but {less}"),
        _ => format!("not {less}, but {more}"),
    };
    let expected = if wanted.is_empty() {
        "no policy to apply".to_owned()
    } else {
        let names: Vec<String> = wanted.iter().map(|name| quoted(name)).collect();
        format!("exactly {} to apply", names.join(", "))
    };
    Some(Difference { expected, got })
}

fn not_applied(names: &[PolicyName], report: &Report) -> Option<Difference> {
    let applies = |name: &str| {
        let mut policies = report.policies().iter();
        policies.any(|policy| policy.policy_applies && policy.display_name == name)
    };
    let found: Vec<String> = names
        .iter()
        .filter(|policy| applies(&policy.name))
        .map(|policy| quoted(&policy.name))
        .collect();
    (!found.is_empty()).then(|| Difference {
        expected: format!("{} not to apply", found.join(", ")),
        got: "that it does".to_owned(),
    })
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

fn session(wanted: &SessionControls, got: &SessionControls) -> Option<Difference> {
    let (wanted, got) = (shown_session(wanted), shown_session(got));
    let lacking: Vec<String> = wanted
        .iter()
        .filter(|w| !got.contains(w))
        .cloned()
        .collect();
    if lacking.is_empty() {
        return None;
    }
    Some(Difference {
        expected: format!("the session control {}", listed(&lacking)),
        got: if got.is_empty() {
            "no session controls".to_owned()
        } else {
            listed(&got)
        },
    })
}

fn listed(controls: &[String]) -> String {
    let quoted: Vec<String> = controls
        .iter()
        .map(|control| format!("`{control}`"))
        .collect();
    quoted.join(", ")
}

/// Session controls as policies write them.
fn shown_session(session: &SessionControls) -> Vec<String> {
    let mut shown = Vec::new();
    if let Some(frequency) = &session.sign_in_frequency {
        shown.push(shown_frequency(frequency));
    }
    let modes = [
        session
            .persistent_browser
            .map(|m| format!("persistentBrowser {}", m.name())),
        session
            .cloud_app_security
            .map(|m| format!("cloudAppSecurity {}", m.name())),
        session
            .continuous_access_evaluation
            .map(|m| format!("continuousAccessEvaluation {}", m.name())),
    ];
    shown.extend(modes.into_iter().flatten());
    let flags = [
        (
            session.application_enforced_restrictions,
            "applicationEnforcedRestrictions",
        ),
        (
            session.disable_resilience_defaults,
            "disableResilienceDefaults",
        ),
        (session.secure_sign_in_session, "secureSignInSession"),
    ];
    let set = flags.iter().filter(|(is_set, _)| *is_set);
    shown.extend(set.map(|(_, name)| (*name).to_owned()));
    let profiles = session.filtering_profiles.iter();
    shown.extend(profiles.map(|id| format!("filteringProfile \"{}\"", fold(id))));
    shown
}

fn shown_frequency(frequency: &SignInFrequency) -> String {
    let interval = match frequency.interval {
        FrequencyInterval::EveryTime => "everyTime".to_owned(),
        FrequencyInterval::Hours(hours) => format!("{hours} hours"),
        FrequencyInterval::Days(days) => format!("{days} days"),
    };
    let secondary = match frequency.authentication {
        FrequencyAuthentication::Secondary => " secondary",
        FrequencyAuthentication::PrimaryAndSecondary => "",
    };
    format!("signInFrequency {interval}{secondary}")
}

fn compliance(state: &str, json: &Value) -> Option<Difference> {
    let got = json
        .get("compliance")
        .and_then(|compliance| compliance.get("state"))
        .and_then(Value::as_str);
    if got == Some(state) {
        return None;
    }
    let got = match got {
        Some(got) => format!("`{got}`"),
        None => "no compliance: the sign-in reports no settings, or the project has no compliance \
                 policy"
            .to_owned(),
    };
    Some(Difference {
        expected: format!("a device that is `{state}`"),
        got,
    })
}

fn texts(value: Option<&Value>) -> Vec<String> {
    let elements = value.and_then(Value::as_array).into_iter().flatten();
    elements
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn texts_of_texts(value: Option<&Value>) -> Vec<Vec<String>> {
    let elements = value.and_then(Value::as_array).into_iter().flatten();
    elements.map(|element| texts(Some(element))).collect()
}
