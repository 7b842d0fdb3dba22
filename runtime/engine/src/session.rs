//! Session controls: merging those of several policies, and their form as Graph objects.

mod bits;

use std::cmp::Reverse;

use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

pub(crate) use bits::{SessionBits, SessionSet};

/// Session controls of several policies in one. Merging is associative and does not depend on
/// order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    primary: Option<FrequencyInterval>,
    secondary: Option<FrequencyInterval>,
    persistent_browser: Option<PersistentBrowser>,
    application_enforced_restrictions: bool,
    cloud_app_security: Option<CloudAppSecurity>,
    disable_resilience_defaults: bool,
    secure_sign_in_session: bool,
    continuous_access_evaluation: Option<ContinuousAccess>,
}

impl Merged {
    /// The controls of no policy.
    pub(crate) const NONE: Merged = Merged {
        primary: None,
        secondary: None,
        persistent_browser: None,
        application_enforced_restrictions: false,
        cloud_app_security: None,
        disable_resilience_defaults: false,
        secure_sign_in_session: false,
        continuous_access_evaluation: None,
    };

    /// Add the controls of one more policy; security profiles are collected by the caller.
    pub(crate) fn add(&mut self, controls: &SessionControls) {
        let frequencies = [controls.sign_in_frequency, controls.secondary_frequency];
        for frequency in frequencies.into_iter().flatten() {
            let slot = match frequency.authentication {
                FrequencyAuthentication::PrimaryAndSecondary => &mut self.primary,
                FrequencyAuthentication::Secondary => &mut self.secondary,
            };
            *slot = slot
                .iter()
                .copied()
                .chain([frequency.interval])
                .min_by_key(strictness);
        }
        self.persistent_browser = strictest(
            self.persistent_browser,
            controls.persistent_browser,
            |mode| match mode {
                PersistentBrowser::Never => 1,
                PersistentBrowser::Always => 0,
            },
        );
        self.application_enforced_restrictions |= controls.application_enforced_restrictions;
        self.cloud_app_security = strictest(
            self.cloud_app_security,
            controls.cloud_app_security,
            |mode| match mode {
                CloudAppSecurity::BlockDownloads => 2,
                CloudAppSecurity::McasConfigured => 1,
                CloudAppSecurity::MonitorOnly => 0,
            },
        );
        self.disable_resilience_defaults |= controls.disable_resilience_defaults;
        self.secure_sign_in_session |= controls.secure_sign_in_session;
        self.continuous_access_evaluation = strictest(
            self.continuous_access_evaluation,
            controls.continuous_access_evaluation,
            |mode| match mode {
                ContinuousAccess::StrictLocation => 2,
                ContinuousAccess::StrictEnforcement => 1,
                ContinuousAccess::Disabled => 0,
            },
        );
    }

    /// The merged controls with these security profiles.
    pub(crate) fn controls(&self, filtering_profiles: Vec<String>) -> SessionControls {
        let (first, second) = self.frequencies();
        SessionControls {
            sign_in_frequency: first,
            secondary_frequency: second,
            persistent_browser: self.persistent_browser,
            application_enforced_restrictions: self.application_enforced_restrictions,
            cloud_app_security: self.cloud_app_security,
            disable_resilience_defaults: self.disable_resilience_defaults,
            secure_sign_in_session: self.secure_sign_in_session,
            continuous_access_evaluation: self.continuous_access_evaluation,
            filtering_profiles,
        }
    }

    /// The frequency that is shown first, and one for the second factor where that is shorter.
    fn frequencies(&self) -> (Option<SignInFrequency>, Option<SignInFrequency>) {
        let frequency = |interval, authentication| SignInFrequency {
            interval,
            authentication,
        };
        let primary = |interval| frequency(interval, FrequencyAuthentication::PrimaryAndSecondary);
        let secondary = |interval| frequency(interval, FrequencyAuthentication::Secondary);
        match (self.primary, self.secondary) {
            (Some(first), Some(second)) if second.hours() < first.hours() => {
                (Some(primary(first)), Some(secondary(second)))
            }
            (Some(first), _) => (Some(primary(first)), None),
            (None, second) => (second.map(secondary), None),
        }
    }
}

/// Smaller is stricter; no two intervals are equally strict.
fn strictness(interval: &FrequencyInterval) -> (u64, u8) {
    let unit = match interval {
        FrequencyInterval::EveryTime => 0,
        FrequencyInterval::Hours(_) => 1,
        FrequencyInterval::Days(_) => 2,
    };
    (interval.hours(), unit)
}

fn strictest<T: Copy>(left: Option<T>, right: Option<T>, rank: impl Fn(T) -> u8) -> Option<T> {
    left.into_iter()
        .chain(right)
        .min_by_key(|mode| Reverse(rank(*mode)))
}

/// Session controls as whole Graph objects; only members that are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionReport(pub SessionControls);

impl Serialize for SessionReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let controls = &self.0;
        let mut map = serializer.serialize_map(None)?;
        let enabled = |is_set: bool| is_set.then_some(Enabled { is_enabled: true });
        member(
            &mut map,
            "signInFrequency",
            controls.sign_in_frequency.map(Frequency::new),
        )?;
        let secondary = controls.secondary_frequency.map(Frequency::new);
        member(&mut map, "secondarySignInFrequency", secondary)?;
        let browser = controls.persistent_browser.map(|mode| Browser {
            is_enabled: true,
            mode,
        });
        member(&mut map, "persistentBrowser", browser)?;
        let restrictions = enabled(controls.application_enforced_restrictions);
        member(&mut map, "applicationEnforcedRestrictions", restrictions)?;
        let cloud = controls.cloud_app_security;
        let cloud = cloud.map(|mode| CloudApps {
            is_enabled: true,
            cloud_app_security_type: mode,
        });
        member(&mut map, "cloudAppSecurity", cloud)?;
        let resilience = controls.disable_resilience_defaults.then_some(true);
        member(&mut map, "disableResilienceDefaults", resilience)?;
        member(
            &mut map,
            "secureSignInSession",
            enabled(controls.secure_sign_in_session),
        )?;
        let continuous = controls
            .continuous_access_evaluation
            .map(|mode| Continuous { mode });
        member(&mut map, "continuousAccessEvaluation", continuous)?;
        let profile = match controls.filtering_profiles.as_slice() {
            [] => None,
            [one] => Some(Profile {
                is_enabled: true,
                profile_id: Some(one),
                profile_ids: None,
            }),
            several => Some(Profile {
                is_enabled: true,
                profile_id: None,
                profile_ids: Some(several),
            }),
        };
        member(&mut map, "globalSecureAccessFilteringProfile", profile)?;
        map.end()
    }
}

fn member<M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    value: Option<impl Serialize>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, &value))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enabled {
    is_enabled: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Frequency {
    is_enabled: bool,
    frequency_interval: &'static str,
    value: Option<u32>,
    r#type: Option<&'static str>,
    authentication_type: FrequencyAuthentication,
}

impl Frequency {
    fn new(frequency: SignInFrequency) -> Frequency {
        let (frequency_interval, value, unit) = match frequency.interval {
            FrequencyInterval::EveryTime => ("everyTime", None, None),
            FrequencyInterval::Hours(hours) => ("timeBased", Some(hours), Some("hours")),
            FrequencyInterval::Days(days) => ("timeBased", Some(days), Some("days")),
        };
        Frequency {
            is_enabled: true,
            frequency_interval,
            value,
            r#type: unit,
            authentication_type: frequency.authentication,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Browser {
    is_enabled: bool,
    mode: PersistentBrowser,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CloudApps {
    is_enabled: bool,
    cloud_app_security_type: CloudAppSecurity,
}

#[derive(Serialize)]
struct Continuous {
    mode: ContinuousAccess,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    is_enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_ids: Option<&'a [String]>,
}
