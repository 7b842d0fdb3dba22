//! The reference evaluator as an engine.

use anyhow::{Context as _, Result};
use gatewright_compiler::Compilation;
use gatewright_hir::Date;
use gatewright_reference::{Mode, decide as decide_one};
use serde_json::{Value, json};

use crate::{args, people};

/// Decide in order.
pub(super) fn decide(
    compilation: &Compilation,
    requests: &[Value],
    mode: args::Mode,
    now: i64,
    has_directory: bool,
) -> Result<Vec<Value>> {
    let mode = match mode {
        args::Mode::Graph => Mode::Graph,
        args::Mode::Pessimistic => Mode::Pessimistic,
    };
    // People among the sources give names to ids, and nothing to requests.
    let directory = has_directory.then(|| people::for_reference(&compilation.directory));
    requests
        .iter()
        .enumerate()
        .map(|(at, request)| {
            let request = dated(request, compilation, now);
            decide_one(&compilation.set, &request, mode, directory.as_ref())
                .with_context(|| format!("sign-in {}", at + 1))
        })
        .collect()
}

/// The members of a decision, its policies and its session controls, in the order in which every
/// engine prints them.
const MEMBERS: &[&str] = &[
    "verdict",
    "missing",
    "controls",
    "session",
    "policies",
    "reportOnly",
    "compliance",
    "edition",
    "bundle",
    // Of a policy.
    "id",
    "displayName",
    "state",
    "policyApplies",
    "result",
    "analysisReasons",
    "allReasons",
    // Of the session.
    "signInFrequency",
    "secondarySignInFrequency",
    "persistentBrowser",
    "applicationEnforcedRestrictions",
    "cloudAppSecurity",
    "disableResilienceDefaults",
    "secureSignInSession",
    "continuousAccessEvaluation",
    // Of a session control, and of the decision the last.
    "isEnabled",
    "frequencyInterval",
    "value",
    "type",
    "authenticationType",
    "mode",
];

/// The members of what device compliance came to.
const COMPLIANCE: &[&str] = &["state", "policies"];

/// A decision as JSON on one line, its members in the documented order; others follow in theirs.
/// A decision is a few levels deep, whatever the request was.
pub(super) fn line(value: &Value) -> String {
    ordered(value, MEMBERS)
}

/// A value whose members stand in this order, all others as in a decision.
fn ordered(value: &Value, order: &[&str]) -> String {
    match value {
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(line).collect();
            format!("[{}]", elements.join(","))
        }
        Value::Object(members) => {
            let rank = |name: &str| order.iter().position(|known| *known == name);
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by_key(|(name, _)| rank(name).unwrap_or(order.len()));
            let member = |(name, value): (&String, &Value)| {
                let order = match name.as_str() {
                    "compliance" => COMPLIANCE,
                    _ => MEMBERS,
                };
                format!("{}:{}", json!(name), ordered(value, order))
            };
            let members: Vec<String> = members.into_iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
        _ => value.to_string(),
    }
}

/// The request with the clock that the command line fixed, where it has none of its own.
pub(super) fn dated(request: &Value, compilation: &Compilation, now: i64) -> Value {
    let mut request = request.clone();
    if compilation.set.schema.is_entra
        && request.pointer("/context/now").is_none_or(Value::is_null)
        && let Some(members) = request.as_object_mut()
        && let Some(context) = members
            .entry("context")
            .or_insert_with(|| json!({}))
            .as_object_mut()
    {
        context.insert("now".to_owned(), json!(rfc3339(now)));
    }
    request
}

/// Milliseconds since 1970 as RFC 3339.
fn rfc3339(milliseconds: i64) -> String {
    let (seconds, millis) = (milliseconds.div_euclid(1000), milliseconds.rem_euclid(1000));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{}T{hour:02}:{minute:02}:{:02}.{millis:03}Z",
        Date::from_ms(milliseconds),
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn instants_are_written_as_rfc_3339() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_795_000_000_001), "2026-11-18T11:06:40.001Z");
        assert_eq!(rfc3339(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(rfc3339(-1), "1969-12-31T23:59:59.999Z");
    }
}
