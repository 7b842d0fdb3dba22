//! A device that is noncompliant although what it reports is right: it has not reported for long.
//!
//! SEMANTICS: §19.4

use gatewright_reference::{Said, told};
use gatewright_value::format_date_time;
use serde_json::{Value, json};

use super::Known;
use super::entra::{SOME_TIME, instant};
use crate::facts::Fact;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Have the device of a request be noncompliant where it is to be and no policy says so. Without a
/// time nothing is long ago.
pub(super) fn be_noncompliant(known: &Known<'_>, request: &mut Value) {
    let policies = &known.set.compliance.policies;
    if !known.is("device.isCompliant", false)
        || policies.is_empty()
        || request.get("compliance").is_none()
    {
        return;
    }
    let Ok(read) = told(known.set, request, None, &[]) else {
        return;
    };
    if read.facts.get("device.isCompliant") == Some(&Said::Boolean(false)) {
        return;
    }
    let now = match known.fact("signIn.now") {
        None => SOME_TIME,
        Some(Fact::Key(key)) => match instant(*key) {
            Some(now) => now,
            None => return,
        },
        Some(_) => return,
    };
    let days = i64::from(known.set.compliance.check_in_days) + 1;
    let last = json!(format_date_time(now.saturating_sub(days * DAY)));
    if let Some(compliance) = request.get_mut("compliance").and_then(Value::as_object_mut) {
        compliance.insert("lastCheckIn".to_owned(), last);
    }
    if let Some(members) = request.as_object_mut()
        && let Some(context) = members
            .entry("context")
            .or_insert_with(|| json!({}))
            .as_object_mut()
    {
        context
            .entry("now")
            .or_insert_with(|| json!(format_date_time(now)));
    }
}
