//! Merging session controls.
//!
//! SEMANTICS: §11

use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};
use serde_json::{Map, Value, json};

use crate::facts::fold;

/// The session controls of several policies, as the objects of Microsoft Graph.
pub(crate) fn merge(policies: &[&SessionControls]) -> Value {
    let mut session = Map::new();
    let (shown, also_shown) = frequencies(policies);
    let mut put = |name: &str, value: Value| session.insert(name.to_owned(), value);
    if let Some(shown) = shown {
        put("signInFrequency", frequency(shown));
    }
    if let Some(also_shown) = also_shown {
        put("secondarySignInFrequency", frequency(also_shown));
    }
    let browsers: Vec<_> = policies
        .iter()
        .filter_map(|p| p.persistent_browser)
        .collect();
    if let Some(mode) = first_of(
        &[PersistentBrowser::Never, PersistentBrowser::Always],
        &browsers,
    ) {
        put(
            "persistentBrowser",
            json!({ "isEnabled": true, "mode": mode.name() }),
        );
    }
    if policies.iter().any(|p| p.application_enforced_restrictions) {
        put(
            "applicationEnforcedRestrictions",
            json!({ "isEnabled": true }),
        );
    }
    let kinds: Vec<_> = policies
        .iter()
        .filter_map(|p| p.cloud_app_security)
        .collect();
    let ranking = [
        CloudAppSecurity::BlockDownloads,
        CloudAppSecurity::McasConfigured,
        CloudAppSecurity::MonitorOnly,
    ];
    if let Some(kind) = first_of(&ranking, &kinds) {
        let value = json!({ "isEnabled": true, "cloudAppSecurityType": kind.name() });
        put("cloudAppSecurity", value);
    }
    if policies.iter().any(|p| p.disable_resilience_defaults) {
        put("disableResilienceDefaults", Value::Bool(true));
    }
    if policies.iter().any(|p| p.secure_sign_in_session) {
        put("secureSignInSession", json!({ "isEnabled": true }));
    }
    let modes: Vec<_> = policies
        .iter()
        .filter_map(|p| p.continuous_access_evaluation)
        .collect();
    let ranking = [
        ContinuousAccess::StrictLocation,
        ContinuousAccess::StrictEnforcement,
        ContinuousAccess::Disabled,
    ];
    if let Some(mode) = first_of(&ranking, &modes) {
        put("continuousAccessEvaluation", json!({ "mode": mode.name() }));
    }
    if let Some(value) = profiles(policies) {
        put("globalSecureAccessFilteringProfile", value);
    }
    Value::Object(session)
}

/// The frequency that is shown, and a shorter one for the second factor.
fn frequencies(
    policies: &[&SessionControls],
) -> (Option<SignInFrequency>, Option<SignInFrequency>) {
    let both = shortest(policies, FrequencyAuthentication::PrimaryAndSecondary);
    let second = shortest(policies, FrequencyAuthentication::Secondary);
    match (both, second) {
        (None, only) => (only, None),
        (Some(both), Some(second)) if hours(second.interval) < hours(both.interval) => {
            (Some(both), Some(second))
        }
        (Some(both), _) => (Some(both), None),
    }
}

/// Every profile once.
fn profiles(policies: &[&SessionControls]) -> Option<Value> {
    let mut profiles: Vec<&str> = Vec::new();
    for id in policies.iter().flat_map(|p| &p.filtering_profiles) {
        if !profiles.iter().any(|other| fold(other) == fold(id)) {
            profiles.push(id);
        }
    }
    profiles.sort_by_key(|id| fold(id));
    match profiles.as_slice() {
        [] => None,
        [only] => Some(json!({ "isEnabled": true, "profileId": only })),
        several => Some(json!({ "isEnabled": true, "profileIds": several })),
    }
}

/// The first of a ranking that some policy asks for.
fn first_of<T: Copy + PartialEq>(ranking: &[T], asked: &[T]) -> Option<T> {
    ranking
        .iter()
        .copied()
        .find(|candidate| asked.contains(candidate))
}

/// The shortest frequency of one authentication type; of equal lengths, hours before days.
fn shortest(
    policies: &[&SessionControls],
    authentication: FrequencyAuthentication,
) -> Option<SignInFrequency> {
    let mut shortest: Option<SignInFrequency> = None;
    for frequency in policies.iter().filter_map(|p| p.sign_in_frequency) {
        if frequency.authentication != authentication {
            continue;
        }
        let is_shorter = match shortest {
            None => true,
            Some(other) => {
                let (length, other_length) = (hours(frequency.interval), hours(other.interval));
                let is_in_hours = matches!(frequency.interval, FrequencyInterval::Hours(_));
                length < other_length || (length == other_length && is_in_hours)
            }
        };
        if is_shorter {
            shortest = Some(frequency);
        }
    }
    shortest
}

/// Length in hours, every time below everything.
fn hours(interval: FrequencyInterval) -> i64 {
    match interval {
        FrequencyInterval::EveryTime => -1,
        FrequencyInterval::Hours(hours) => i64::from(hours),
        FrequencyInterval::Days(days) => i64::from(days) * 24,
    }
}

fn frequency(frequency: SignInFrequency) -> Value {
    let (interval, value, unit) = match frequency.interval {
        FrequencyInterval::EveryTime => ("everyTime", Value::Null, Value::Null),
        FrequencyInterval::Hours(hours) => ("timeBased", json!(hours), json!("hours")),
        FrequencyInterval::Days(days) => ("timeBased", json!(days), json!("days")),
    };
    json!({
        "isEnabled": true,
        "frequencyInterval": interval,
        "value": value,
        "type": unit,
        "authenticationType": frequency.authentication.name(),
    })
}
