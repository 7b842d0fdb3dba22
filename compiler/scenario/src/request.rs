//! A step's sign-in as JSON: the request that `gatewright eval` decides.

use gatewright_hir::scenario::Value;

/// The request as one line of JSON, its members in order.
#[must_use]
pub fn to_json(request: &Value) -> String {
    let mut json = String::new();
    write(request, &mut json);
    json
}

/// Values are nested as deeply as the facts of the language make them.
fn write(value: &Value, json: &mut String) {
    match value {
        Value::Null => json.push_str("null"),
        Value::Boolean(truth) => json.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => json.push_str(&plain(number)),
        Value::Text(text) => json.push_str(&quote(text)),
        Value::List(values) => {
            json.push('[');
            for (at, value) in values.iter().enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                write(value, json);
            }
            json.push(']');
        }
        Value::Members(members) => {
            json.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                json.push_str(if at > 0 { "," } else { "" });
                json.push_str(&quote(name));
                json.push(':');
                write(value, json);
            }
            json.push('}');
        }
    }
}

/// JSON has no leading zeros.
fn plain(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let cut = digits.trim_start_matches('0');
    let zero = if cut.is_empty() || cut.starts_with('.') {
        "0"
    } else {
        ""
    };
    format!("{sign}{zero}{cut}")
}

pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_keep_the_order_of_their_members_and_are_json() {
        let text = |text: &str| Value::Text(text.to_owned());
        let request = Value::Members(vec![
            ("b".into(), Value::List(vec![text("a\"\n"), Value::Null])),
            ("a".into(), Value::Number("-007.50".into())),
            ("c".into(), Value::Boolean(true)),
        ]);
        let json = to_json(&request);
        assert_eq!(json, r#"{"b":["a\"\n",null],"a":-7.50,"c":true}"#);
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}
