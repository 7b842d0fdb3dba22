//! A request with the time at which it is decided.

use gatewright_runtime::format_date_time;
use serde_json::{Value, json};

use crate::Compilation;

/// The request with this time, in milliseconds since 1970, where it has none of its own and the
/// vocabulary knows of time.
#[must_use]
pub fn dated(mut request: Value, compilation: &Compilation, now: i64) -> Value {
    if compilation.set.schema.is_entra
        && request.pointer("/context/now").is_none_or(Value::is_null)
        && let Some(members) = request.as_object_mut()
        && let Some(context) = members
            .entry("context")
            .or_insert_with(|| json!({}))
            .as_object_mut()
    {
        context.insert("now".to_owned(), json!(format_date_time(now)));
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Input, compile};

    #[test]
    fn a_time_is_put_where_there_is_none() {
        let compilation = compile(&Input::default());
        let now = |request: Value| dated(request, &compilation, 0)["context"]["now"].clone();
        let epoch = json!("1970-01-01T00:00:00Z");
        assert_eq!(now(json!({})), epoch);
        assert_eq!(now(json!({ "context": { "now": null } })), epoch);
        let own = json!({ "context": { "now": "2026-11-22T09:00:00Z" } });
        assert_eq!(now(own), json!("2026-11-22T09:00:00Z"));
    }
}
