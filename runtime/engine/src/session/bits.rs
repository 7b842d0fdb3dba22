//! Session controls as bits, so that merging those of several policies is a union.
//!
//! Where policies ask for different things, the strictest stands; so the choices of one control are
//! bits in the order of their strictness, and what a set of them means is its highest bit. Intervals
//! have a bit for each that the program knows.

use gatewright_bytecode::Program;
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls,
};

use super::Merged;

/// Session controls of one program.
pub(crate) type SessionSet = u64;

/// Weakest first.
const BROWSER: [PersistentBrowser; 2] = [PersistentBrowser::Always, PersistentBrowser::Never];
const CLOUD: [CloudAppSecurity; 3] = [
    CloudAppSecurity::MonitorOnly,
    CloudAppSecurity::McasConfigured,
    CloudAppSecurity::BlockDownloads,
];
const CONTINUOUS: [ContinuousAccess; 3] = [
    ContinuousAccess::Disabled,
    ContinuousAccess::StrictEnforcement,
    ContinuousAccess::StrictLocation,
];

/// Where the bits of each control start.
const BROWSER_FROM: u32 = 0;
const CLOUD_FROM: u32 = 2;
const CONTINUOUS_FROM: u32 = 5;
const RESTRICTIONS: u64 = 1 << 8;
const RESILIENCE: u64 = 1 << 9;
const SECURE: u64 = 1 << 10;
const PRIMARY_FROM: u32 = 11;

/// What the bits of a program mean.
#[derive(Debug)]
pub(crate) struct SessionBits {
    /// Weakest first.
    primary: Vec<FrequencyInterval>,
    secondary: Vec<FrequencyInterval>,
    secondary_from: u32,
    profiles_from: u32,
    /// By session.
    sets: Vec<SessionSet>,
}

impl SessionBits {
    /// The bits of a program with so many security profiles, which are, by session, the bits of
    /// `profiles`. `None` where a word has not enough of them.
    pub(crate) fn new(
        program: &Program,
        profiles: &[u64],
        profile_count: usize,
    ) -> Option<SessionBits> {
        let intervals = |of: FrequencyAuthentication| {
            let sessions = program.sessions.iter();
            let of_session = sessions.flat_map(move |session| intervals(session, of));
            let mut intervals: Vec<FrequencyInterval> = of_session.collect();
            intervals.sort_by_key(|interval| std::cmp::Reverse(super::strictness(interval)));
            intervals.dedup();
            intervals
        };
        let primary = intervals(FrequencyAuthentication::PrimaryAndSecondary);
        let secondary = intervals(FrequencyAuthentication::Secondary);
        let from = |before: u32, count: usize| before.checked_add(u32::try_from(count).ok()?);
        let secondary_from = from(PRIMARY_FROM, primary.len())?;
        let profiles_from = from(secondary_from, secondary.len())?;
        if from(profiles_from, profile_count)? > SessionSet::BITS {
            return None;
        }
        let mut bits = SessionBits {
            primary,
            secondary,
            secondary_from,
            profiles_from,
            sets: Vec::new(),
        };
        let sets = program.sessions.iter().zip(profiles);
        bits.sets = sets
            .map(|(session, profiles)| {
                bits.of(session) | profiles.checked_shl(profiles_from).unwrap_or(0)
            })
            .collect();
        Some(bits)
    }

    /// The bits of a session.
    pub(crate) fn session(&self, number: u32) -> SessionSet {
        self.sets.get(number as usize).copied().unwrap_or(0)
    }

    /// What all of them come to.
    #[inline]
    pub(crate) fn merged(&self, set: SessionSet) -> Merged {
        if set == 0 {
            return Merged::NONE;
        }
        Merged {
            primary: strictest(set, PRIMARY_FROM, &self.primary),
            secondary: strictest(set, self.secondary_from, &self.secondary),
            persistent_browser: strictest(set, BROWSER_FROM, &BROWSER),
            application_enforced_restrictions: set & RESTRICTIONS != 0,
            cloud_app_security: strictest(set, CLOUD_FROM, &CLOUD),
            disable_resilience_defaults: set & RESILIENCE != 0,
            secure_sign_in_session: set & SECURE != 0,
            continuous_access_evaluation: strictest(set, CONTINUOUS_FROM, &CONTINUOUS),
        }
    }

    /// The security profiles.
    pub(crate) fn profiles(&self, set: SessionSet) -> u64 {
        set.checked_shr(self.profiles_from).unwrap_or(0)
    }

    fn of(&self, controls: &SessionControls) -> SessionSet {
        let mut set = choice(controls.persistent_browser, BROWSER_FROM, &BROWSER)
            | choice(controls.cloud_app_security, CLOUD_FROM, &CLOUD)
            | choice(
                controls.continuous_access_evaluation,
                CONTINUOUS_FROM,
                &CONTINUOUS,
            );
        for (is_set, bit) in [
            (controls.application_enforced_restrictions, RESTRICTIONS),
            (controls.disable_resilience_defaults, RESILIENCE),
            (controls.secure_sign_in_session, SECURE),
        ] {
            set |= if is_set { bit } else { 0 };
        }
        let kinds = [
            (
                FrequencyAuthentication::PrimaryAndSecondary,
                PRIMARY_FROM,
                &self.primary,
            ),
            (
                FrequencyAuthentication::Secondary,
                self.secondary_from,
                &self.secondary,
            ),
        ];
        for (kind, from, rows) in kinds {
            for interval in intervals(controls, kind) {
                set |= choice(Some(interval), from, rows);
            }
        }
        set
    }
}

fn intervals(
    controls: &SessionControls,
    of: FrequencyAuthentication,
) -> impl Iterator<Item = FrequencyInterval> + use<> {
    let frequencies = [controls.sign_in_frequency, controls.secondary_frequency];
    let of = move |frequency: &gatewright_value::SignInFrequency| frequency.authentication == of;
    let frequencies = frequencies.into_iter().flatten().filter(of);
    frequencies.map(|frequency| frequency.interval)
}

/// The bit of a choice among those that start here.
fn choice<T: PartialEq>(chosen: Option<T>, from: u32, rows: &[T]) -> SessionSet {
    let place = chosen.and_then(|chosen| rows.iter().position(|row| *row == chosen));
    let place = place.and_then(|place| u32::try_from(place).ok());
    place.map_or(0, |place| 1u64.checked_shl(from + place).unwrap_or(0))
}

/// The strictest choice in a set among those that start here.
#[inline]
fn strictest<T: Copy>(set: SessionSet, from: u32, rows: &[T]) -> Option<T> {
    let others =
        u32::try_from(rows.len()).map_or(0, |count| u64::MAX.checked_shl(count).unwrap_or(0));
    let word = set.checked_shr(from).unwrap_or(0) & !others;
    rows.get(word.checked_ilog2()? as usize).copied()
}
