//! What is expected of a decision.

use serde_json::Value;

use super::Reason;
use super::terms::{Words, quoted};

/// The verdict, what is missing, and the policies that apply.
pub(super) fn text(words: &Words<'_>, decision: &Value) -> Result<String, Reason> {
    let mut parts = Vec::new();
    let verdict = decision
        .get("verdict")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if words.set.schema.is_entra {
        parts.push(verdict.to_owned());
        for clause in decision
            .get("missing")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let controls: Result<Vec<String>, Reason> = texts(clause)
                .map(|control| words.control(control))
                .collect();
            parts.push(match controls?.as_slice() {
                [only] => format!("require {only}"),
                several => format!("require any [{}]", several.join(", ")),
            });
        }
    } else {
        let effects: Vec<&str> = verdict.split('+').collect();
        let is_effect = |name: &&str| words.set.schema.effects.iter().any(|e| e.name == **name);
        if effects.iter().all(is_effect) {
            parts.push(match effects.as_slice() {
                [only] => format!("verdict {only}"),
                several => format!("verdict [{}]", several.join(", ")),
            });
        }
        let controls = decision.get("controls").unwrap_or(&Value::Null);
        let controls: Vec<&str> = texts(controls).collect();
        parts.push(if controls.is_empty() {
            "require nothing".to_owned()
        } else {
            format!("require all [{}]", controls.join(", "))
        });
    }
    let state = decision
        .pointer("/compliance/state")
        .and_then(Value::as_str);
    if let Some(state) = state.filter(|state| *state != "notApplicable") {
        parts.push(format!("compliance {state}"));
    }
    let mut applied = Vec::new();
    for policy in decision
        .get("policies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let applies = policy.get("policyApplies") == Some(&Value::Bool(true));
        let is_enabled = policy.get("state").and_then(Value::as_str) == Some("enabled");
        let name = policy.get("displayName").and_then(Value::as_str);
        if let (true, Some(name)) = (applies && is_enabled, name) {
            applied.push(quoted(name)?);
        }
    }
    if !applied.is_empty() || !words.set.schema.is_entra {
        parts.push(format!("applied [{}]", applied.join(", ")));
    }
    Ok(parts.join(" "))
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str)
}

impl Words<'_> {
    /// A control as requests and decisions spell it: `mfa`, `strength:<id>`.
    pub(super) fn control(&self, spelling: &str) -> Result<String, Reason> {
        match spelling.split_once(':') {
            None => Ok(spelling.to_owned()),
            Some(("strength", id)) => Ok(format!("strength {}", self.object("strength", id)?)),
            Some(("terms", id)) => Ok(format!("terms {}", self.object("terms", id)?)),
            Some((_, id)) => Ok(format!("custom {}", quoted(id)?)),
        }
    }
}
