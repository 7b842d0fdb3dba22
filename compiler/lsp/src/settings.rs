//! What the user has set, section `gatewright` of the client's configuration.

use std::time::Duration;

use serde_json::Value;

/// When invariants are decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invariants {
    /// When nothing has been typed for a while.
    OnPause,
    /// When a file is stored.
    OnSave,
    /// Never.
    Off,
}

/// What the user has set. What is missing or unreadable is as if it were not set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Whether names are shown beside ids.
    pub(crate) hint_names: bool,
    /// Whether the effective scope of a policy is shown.
    pub(crate) hint_scope: bool,
    /// Whether it is said what a negative operator means for an unregistered device.
    pub(crate) hint_unregistered_devices: bool,
    /// Whether there are lenses.
    pub(crate) lenses: bool,
    /// When invariants are decided.
    pub(crate) invariants: Invariants,
    /// How long nothing must have been typed before what takes longer is begun.
    pub(crate) pause: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            hint_names: true,
            hint_scope: true,
            hint_unregistered_devices: true,
            lenses: true,
            invariants: Invariants::OnPause,
            pause: Duration::from_millis(400),
        }
    }
}

/// LIMIT: milliseconds of a pause.
const PAUSE_MS_MAX: u64 = 60_000;

impl Settings {
    /// The settings that the section `gatewright` has.
    pub(crate) fn of(section: &Value) -> Settings {
        let default = Settings::default();
        let is_on = |pointer: &str, otherwise: bool| {
            let value = section.pointer(pointer).and_then(Value::as_bool);
            value.unwrap_or(otherwise)
        };
        let pause = section.pointer("/pauseMs").and_then(Value::as_u64);
        Settings {
            hint_names: is_on("/inlayHints/names", default.hint_names),
            hint_scope: is_on("/inlayHints/scope", default.hint_scope),
            hint_unregistered_devices: is_on(
                "/inlayHints/unregisteredDevices",
                default.hint_unregistered_devices,
            ),
            lenses: is_on("/lenses", default.lenses),
            invariants: match section.pointer("/invariants").and_then(Value::as_str) {
                Some("onSave") => Invariants::OnSave,
                Some("off") => Invariants::Off,
                _ => default.invariants,
            },
            pause: pause.map_or(default.pause, |ms| {
                Duration::from_millis(ms.min(PAUSE_MS_MAX))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_set_or_unreadable_has_its_default() {
        assert_eq!(Settings::of(&Value::Null), Settings::default());
        let section = json!({ "lenses": "no", "pauseMs": -1, "invariants": "sometimes" });
        assert_eq!(Settings::of(&section), Settings::default());
        let section =
            json!({ "inlayHints": { "names": false }, "invariants": "off", "pauseMs": 5 });
        let found = Settings::of(&section);
        assert!(!found.hint_names && found.hint_scope);
        assert_eq!(found.invariants, Invariants::Off);
        assert_eq!(found.pause, Duration::from_millis(5));
    }
}
