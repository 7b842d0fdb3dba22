//! Session controls: what a token comes with.

use serde::{Deserialize, Serialize};

use crate::vocabulary::vocabulary;

/// The session controls of a policy, or of several merged. A control that is switched off is
/// absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SessionControls {
    /// How often to sign in again.
    pub sign_in_frequency: Option<SignInFrequency>,
    /// After merging: a second-factor frequency that is shorter than `sign_in_frequency`.
    pub secondary_frequency: Option<SignInFrequency>,
    /// Whether the browser session outlives the browser.
    pub persistent_browser: Option<PersistentBrowser>,
    /// Whether the application enforces its own restrictions.
    pub application_enforced_restrictions: bool,
    /// Whether and how the session goes through Defender for Cloud Apps.
    pub cloud_app_security: Option<CloudAppSecurity>,
    /// Whether sessions are not extended in an outage.
    pub disable_resilience_defaults: bool,
    /// Token protection.
    pub secure_sign_in_session: bool,
    /// Continuous access evaluation.
    pub continuous_access_evaluation: Option<ContinuousAccess>,
    /// Security profiles of Global Secure Access, sorted, without repetition; a policy has at most
    /// one.
    pub filtering_profiles: Vec<String>,
}

impl SessionControls {
    /// Whether there is no control at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == SessionControls::default()
    }
}

/// How often to sign in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SignInFrequency {
    /// After how long.
    pub interval: FrequencyInterval,
    /// With which factors.
    pub authentication: FrequencyAuthentication,
}

/// After how long to sign in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FrequencyInterval {
    /// At every sign-in.
    EveryTime,
    /// After so many hours.
    Hours(u32),
    /// After so many days.
    Days(u32),
}

impl FrequencyInterval {
    /// Length in hours; 0 for every time.
    #[must_use]
    pub fn hours(self) -> u64 {
        match self {
            FrequencyInterval::EveryTime => 0,
            FrequencyInterval::Hours(hours) => u64::from(hours),
            FrequencyInterval::Days(days) => u64::from(days) * 24,
        }
    }
}

vocabulary! {
    /// Which factors are asked for again.
    FrequencyAuthentication {
        /// First and second factor.
        PrimaryAndSecondary "primaryAndSecondaryAuthentication",
        /// Second factor only.
        Secondary "secondaryAuthentication",
    }

    /// Whether the browser session outlives the browser.
    PersistentBrowser {
        /// It does.
        Always "always",
        /// It does not.
        Never "never",
    }

    /// How the session goes through Defender for Cloud Apps.
    CloudAppSecurity {
        /// As configured there.
        McasConfigured "mcasConfigured",
        /// Watched only.
        MonitorOnly "monitorOnly",
        /// Downloads are blocked.
        BlockDownloads "blockDownloads",
    }

    /// Continuous access evaluation.
    ContinuousAccess {
        /// Enforced strictly.
        StrictEnforcement "strictEnforcement",
        /// Switched off.
        Disabled "disabled",
        /// Enforced strictly for the location.
        StrictLocation "strictLocation",
    }
}
