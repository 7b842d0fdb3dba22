//! What a token comes with, in a few words.

use serde_json::Value;

/// The session controls of a decision, each as a clause has it: `signInFrequency 4 hours`.
#[must_use]
pub fn session(controls: &Value) -> Vec<String> {
    let members = controls.as_object().into_iter().flatten();
    let parts = members.map(|(name, value)| {
        let text = |member: &str| value.get(member).and_then(Value::as_str);
        let count = value.get("value").and_then(Value::as_u64);
        let detail = match (text("frequencyInterval"), count) {
            (Some("everyTime"), _) => Some("every time".to_owned()),
            (Some(_), Some(count)) => Some(format!("{count} {}", text("type").unwrap_or_default())),
            _ => text("mode")
                .or_else(|| text("cloudAppSecurityType"))
                .or_else(|| text("profileId"))
                .map(str::to_owned),
        };
        detail.map_or_else(|| name.clone(), |detail| format!("{name} {detail}"))
    });
    parts.collect()
}
