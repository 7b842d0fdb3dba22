//! SEMANTICS: §11

use gatewright_value::vocabulary::State;
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};
use serde_json::{Value, json};

use super::builder::{blocking, decide, in_state, policy, request, set};

fn merged(sessions: Vec<SessionControls>) -> Value {
    let policies = sessions.into_iter().map(|session| {
        let mut policy = policy("p");
        policy.outcome.session = session;
        policy
    });
    decide(&set(policies.collect()), &request(json!({})))["session"].clone()
}

fn every(interval: FrequencyInterval, authentication: FrequencyAuthentication) -> SessionControls {
    let sign_in_frequency = Some(SignInFrequency {
        interval,
        authentication,
    });
    SessionControls {
        sign_in_frequency,
        ..SessionControls::default()
    }
}

#[test]
fn the_shortest_frequency_wins_by_type() {
    use FrequencyAuthentication::{PrimaryAndSecondary as Both, Secondary as Second};
    use FrequencyInterval::{Days, EveryTime, Hours};
    let shown = |value: u32, unit: &str, authentication: FrequencyAuthentication| {
        json!({
            "isEnabled": true, "frequencyInterval": "timeBased", "value": value, "type": unit,
            "authenticationType": authentication.name(),
        })
    };
    let every_time = json!({
        "isEnabled": true, "frequencyInterval": "everyTime", "value": null, "type": null,
        "authenticationType": "primaryAndSecondaryAuthentication",
    });
    let rows = [
        (
            vec![every(Hours(4), Both), every(Days(1), Both)],
            shown(4, "hours", Both),
            None,
        ),
        (
            vec![every(Hours(4), Both), every(EveryTime, Both)],
            every_time.clone(),
            None,
        ),
        (
            vec![every(Days(1), Both), every(Hours(24), Both)],
            shown(24, "hours", Both),
            None,
        ),
        (
            vec![every(Hours(24), Both), every(Days(1), Both)],
            shown(24, "hours", Both),
            None,
        ),
        (vec![every(Days(2), Second)], shown(2, "days", Second), None),
        (
            vec![every(Hours(8), Both), every(Hours(2), Second)],
            shown(8, "hours", Both),
            Some(shown(2, "hours", Second)),
        ),
        (
            vec![every(Hours(24), Both), every(Days(1), Second)],
            shown(24, "hours", Both),
            None,
        ),
        (
            vec![every(Hours(2), Both), every(Hours(8), Second)],
            shown(2, "hours", Both),
            None,
        ),
        (
            vec![every(EveryTime, Both), every(EveryTime, Second)],
            every_time,
            None,
        ),
    ];
    for (sessions, first, second) in rows {
        let mut expected = json!({ "signInFrequency": first });
        if let Some(second) = second {
            expected["secondarySignInFrequency"] = second;
        }
        assert_eq!(merged(sessions.clone()), expected, "{sessions:?}");
    }
}

#[test]
fn the_strictest_of_every_other_control_wins() {
    let session = |change: fn(&mut SessionControls)| {
        let mut session = SessionControls::default();
        change(&mut session);
        session
    };
    let actual = merged(vec![
        session(|s| s.persistent_browser = Some(PersistentBrowser::Always)),
        session(|s| s.persistent_browser = Some(PersistentBrowser::Never)),
        session(|s| s.cloud_app_security = Some(CloudAppSecurity::MonitorOnly)),
        session(|s| s.cloud_app_security = Some(CloudAppSecurity::McasConfigured)),
        session(|s| s.continuous_access_evaluation = Some(ContinuousAccess::Disabled)),
        session(|s| s.continuous_access_evaluation = Some(ContinuousAccess::StrictEnforcement)),
        session(|s| s.application_enforced_restrictions = true),
        session(|s| s.disable_resilience_defaults = true),
        session(|s| s.secure_sign_in_session = true),
        session(|s| s.filtering_profiles = vec!["b".into()]),
        session(|s| s.filtering_profiles = vec!["a".into(), "B".into()]),
    ]);
    let expected = json!({
        "persistentBrowser": { "isEnabled": true, "mode": "never" },
        "applicationEnforcedRestrictions": { "isEnabled": true },
        "cloudAppSecurity": { "isEnabled": true, "cloudAppSecurityType": "mcasConfigured" },
        "disableResilienceDefaults": true,
        "secureSignInSession": { "isEnabled": true },
        "continuousAccessEvaluation": { "mode": "strictEnforcement" },
        "globalSecureAccessFilteringProfile": { "isEnabled": true, "profileIds": ["a", "b"] },
    });
    assert_eq!(actual, expected);
    let actual = merged(vec![
        session(|s| s.cloud_app_security = Some(CloudAppSecurity::BlockDownloads)),
        session(|s| s.cloud_app_security = Some(CloudAppSecurity::McasConfigured)),
        session(|s| s.continuous_access_evaluation = Some(ContinuousAccess::StrictEnforcement)),
        session(|s| s.continuous_access_evaluation = Some(ContinuousAccess::StrictLocation)),
        session(|s| s.filtering_profiles = vec!["b".into()]),
    ]);
    let expected = json!({
        "cloudAppSecurity": { "isEnabled": true, "cloudAppSecurityType": "blockDownloads" },
        "continuousAccessEvaluation": { "mode": "strictLocation" },
        "globalSecureAccessFilteringProfile": { "isEnabled": true, "profileId": "b" },
    });
    assert_eq!(actual, expected);
}

#[test]
fn only_enforced_policies_that_apply_give_session_controls() {
    let mut enforced = blocking("enforced");
    enforced.outcome.session.secure_sign_in_session = true;
    let mut reported = in_state(policy("reported"), State::ReportOnly);
    reported.outcome.session.application_enforced_restrictions = true;
    let decision = decide(&set(vec![enforced, reported]), &request(json!({})));
    // Merged whatever the verdict is.
    assert_eq!(decision["verdict"], "block");
    assert_eq!(
        decision["session"],
        json!({ "secureSignInSession": { "isEnabled": true } })
    );
    assert_eq!(merged(vec![SessionControls::default()]), json!({}));
}
