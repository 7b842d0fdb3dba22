//! Merged session controls, as decisions write them.

use gatewright_value::SessionControls;
use serde_json::{Value, json};

/// SEMANTICS: §11. The merged session controls of a decision without what is only spelling: hours
/// in place of days, and the second factor asked for as often as the first or more.
pub(super) fn plain(session: &Value) -> Value {
    let mut plain = session.clone();
    plain["signInFrequency"] = json!([frequency(session, true), frequency(session, false)]);
    plain["secondarySignInFrequency"] = Value::Null;
    plain
}

/// After how many hours somebody has to sign in again, with both factors or with the second.
fn frequency(session: &Value, is_both: bool) -> Option<u64> {
    let members = ["signInFrequency", "secondarySignInFrequency"];
    let hours = members.iter().filter_map(|member| {
        let one = &session[*member];
        if is_both && one["authenticationType"] != "primaryAndSecondaryAuthentication" {
            return None;
        }
        match one["frequencyInterval"].as_str()? {
            "everyTime" => Some(0),
            _ if one["type"] == "days" => one["value"].as_u64().map(|days| days * 24),
            _ => one["value"].as_u64(),
        }
    });
    hours.min()
}

/// Whether merged session controls are at least as strict as others.
pub(crate) fn is_as_strict(session: &Value, wanted: &SessionControls) -> bool {
    let rank = |words: &[&str], word: &str| words.iter().position(|one| *one == word);
    let is_ranked = |words: &[&str], has: &Value, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| {
            let has = has.as_str().and_then(|has| rank(words, has));
            has.is_some() && has <= rank(words, wanted)
        })
    };
    let is_on = |member: &str| session[member]["isEnabled"] == true;
    let frequencies = [wanted.sign_in_frequency, wanted.secondary_frequency];
    let is_as_often = frequencies.into_iter().flatten().all(|wanted| {
        let is_both = wanted.authentication.name() == "primaryAndSecondaryAuthentication";
        let hours = wanted.interval.hours();
        frequency(session, is_both).is_some_and(|has| has <= hours)
    });
    let profiles = &session["globalSecureAccessFilteringProfile"];
    let has_profile = |id: &String| {
        let one = profiles["profileId"].as_str();
        let more = profiles["profileIds"].as_array().into_iter().flatten();
        one.into_iter()
            .chain(more.filter_map(Value::as_str))
            .any(|has| has == id)
    };
    is_as_often
        && is_ranked(
            &["never", "always"],
            &session["persistentBrowser"]["mode"],
            wanted.persistent_browser.map(|mode| mode.name()),
        )
        && is_ranked(
            &["blockDownloads", "mcasConfigured", "monitorOnly"],
            &session["cloudAppSecurity"]["cloudAppSecurityType"],
            wanted.cloud_app_security.map(|kind| kind.name()),
        )
        && is_ranked(
            &["strictLocation", "strictEnforcement", "disabled"],
            &session["continuousAccessEvaluation"]["mode"],
            wanted.continuous_access_evaluation.map(|mode| mode.name()),
        )
        && (!wanted.application_enforced_restrictions || is_on("applicationEnforcedRestrictions"))
        && (!wanted.secure_sign_in_session || is_on("secureSignInSession"))
        && (!wanted.disable_resilience_defaults || session["disableResilienceDefaults"] == true)
        && wanted.filtering_profiles.iter().all(has_profile)
}
