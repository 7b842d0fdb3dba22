//! The reference evaluator as an engine.

use anyhow::{Context as _, Result};
use gatewright_compiler::{Compilation, dated};
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
            let request = dated(request.clone(), compilation, now);
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
