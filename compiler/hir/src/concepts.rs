//! The same thing by the names and values of several dialects.
//!
//! Conditional Access, dynamic membership and Intune each have a filter for devices, and name the
//! same properties and values in different ways. Messages and translations both read this table.

use gatewright_value::folded_eq;

use crate::lower_schema::OWN_DIALECT;
use crate::schema::Dialect;

/// The dialects that ask for devices, as the columns of the tables here.
pub(crate) const DEVICE_DIALECTS: [&str; 3] = ["ca-device", "dyn-device", "intune-device"];

/// What the columns are called in a sentence.
const TITLES: [(&str, &str); 3] = [
    ("Conditional Access", "Conditional Access name"),
    ("dynamic membership", "dynamic-membership name"),
    ("Intune", "Intune name"),
];

/// A property of devices: what each dialect calls it, and its values where they differ.
#[derive(Debug)]
pub(crate) struct Concept {
    names: [Option<&'static str>; 3],
    /// Values by dialect; empty where a value is the same everywhere.
    values: &'static [[Option<&'static str>; 3]],
    /// Whether a value is hidden from Conditional Access where the device is not managed.
    pub(crate) needs_managed_device: bool,
}

const fn same(names: [Option<&'static str>; 3]) -> Concept {
    Concept {
        names,
        values: &[],
        needs_managed_device: false,
    }
}

const fn alike(name: &'static str) -> Concept {
    same([Some(name), Some(name), None])
}

const fn extension(name: &'static str) -> Concept {
    Concept {
        needs_managed_device: true,
        ..alike(name)
    }
}

const CONCEPTS: &[Concept] = &[
    Concept {
        names: [
            Some("trustType"),
            Some("deviceTrustType"),
            Some("deviceTrustType"),
        ],
        values: &[
            [Some("AzureAD"), Some("AzureAD"), Some("Azure AD joined")],
            [
                Some("ServerAD"),
                Some("ServerAD"),
                Some("Hybrid Azure AD joined"),
            ],
            [
                Some("Workplace"),
                Some("Workplace"),
                Some("Azure AD registered"),
            ],
            [None, None, Some("Unknown")],
        ],
        needs_managed_device: false,
    },
    Concept {
        names: [
            Some("deviceOwnership"),
            Some("deviceOwnership"),
            Some("deviceOwnership"),
        ],
        values: &[
            [Some("Personal"), Some("Personal"), Some("Personal")],
            [Some("Company"), Some("Company"), Some("Corporate")],
            [None, Some("Unknown"), Some("unknown")],
        ],
        needs_managed_device: false,
    },
    same([Some("operatingSystem"), Some("deviceOSType"), None]),
    same([
        Some("operatingSystemVersion"),
        Some("deviceOSVersion"),
        Some("osVersion"),
    ]),
    same([
        Some("manufacturer"),
        Some("deviceManufacturer"),
        Some("manufacturer"),
    ]),
    same([Some("model"), Some("deviceModel"), Some("model")]),
    same([Some("displayName"), Some("displayName"), Some("deviceName")]),
    same([Some("mdmAppId"), Some("deviceManagementAppId"), None]),
    same([Some("physicalIds"), Some("devicePhysicalIds"), None]),
    alike("systemLabels"),
    alike("deviceId"),
    alike("profileType"),
    same([
        Some("enrollmentProfileName"),
        Some("enrollmentProfileName"),
        Some("enrollmentProfileName"),
    ]),
    same([None, Some("deviceCategory"), Some("deviceCategory")]),
    Concept {
        names: [None, Some("isRooted"), Some("isRooted")],
        values: &[
            [None, Some("true"), Some("True")],
            [None, Some("false"), Some("False")],
            [None, None, Some("unknown")],
        ],
        needs_managed_device: false,
    },
    extension("extensionAttribute1"),
    extension("extensionAttribute2"),
    extension("extensionAttribute3"),
    extension("extensionAttribute4"),
    extension("extensionAttribute5"),
    extension("extensionAttribute6"),
    extension("extensionAttribute7"),
    extension("extensionAttribute8"),
    extension("extensionAttribute9"),
    extension("extensionAttribute10"),
    extension("extensionAttribute11"),
    extension("extensionAttribute12"),
    extension("extensionAttribute13"),
    extension("extensionAttribute14"),
    extension("extensionAttribute15"),
    same([Some("isCompliant"), None, None]),
    same([None, Some("accountEnabled"), None]),
    same([None, Some("managementType"), None]),
    same([None, Some("memberOf"), None]),
    same([None, Some("objectId"), None]),
    same([None, None, Some("operatingSystemVersion")]),
    same([None, None, Some("cpuArchitecture")]),
    same([None, None, Some("operatingSystemSKU")]),
    same([None, None, Some("isTpmAttested")]),
];

/// Names that no rule has, with whose they are and the attribute of Conditional Access.
const ELSEWHERE: &[(&str, &str, Option<&str>)] = &[
    ("compliant", "name in other tools", Some("isCompliant")),
    ("complianceState", "Intune name", Some("isCompliant")),
    ("joinType", "name in other tools", Some("trustType")),
    (
        "ownership",
        "name in sign-in requests",
        Some("deviceOwnership"),
    ),
    ("isManaged", "name in the sign-in log", None),
];

/// An attribute by the name of another dialect.
#[derive(Debug)]
pub(crate) struct Foreign {
    /// `dynamic-membership name`
    pub(crate) whose: String,
    /// `device.trustType`, if there is such a thing here.
    pub(crate) here: Option<String>,
    /// What does not see it.
    pub(crate) asker: &'static str,
}

/// The column of a dialect; the language's own names devices as Conditional Access does.
fn column(dialect: &str) -> Option<usize> {
    let dialect = if dialect == OWN_DIALECT {
        "ca-device"
    } else {
        dialect
    };
    DEVICE_DIALECTS.iter().position(|name| *name == dialect)
}

fn name_in(concept: &Concept, column: usize) -> Option<&'static str> {
    concept.names.get(column).copied().flatten()
}

/// What another dialect means by `device.last`, which `dialect` does not know.
pub(crate) fn foreign(dialect: &Dialect, entity: Option<&str>, last: &str) -> Option<Foreign> {
    let here = column(&dialect.name)?;
    if !entity?.eq_ignore_ascii_case("device") {
        return None;
    }
    let (asker, _) = TITLES.get(here).copied()?;
    let owners = |concept: &Concept| -> Vec<usize> {
        let is_its = |name: &Option<&str>| name.is_some_and(|n| n.eq_ignore_ascii_case(last));
        (0..)
            .zip(&concept.names)
            .filter(|(at, name)| *at != here && is_its(name))
            .map(|(at, _)| at)
            .collect()
    };
    let mut meant: Vec<(&Concept, Vec<usize>)> = CONCEPTS
        .iter()
        .map(|concept| (concept, owners(concept)))
        .filter(|(_, owners)| !owners.is_empty())
        .collect();
    meant.sort_by_key(|(concept, _)| name_in(concept, here).is_none());
    if let Some((concept, owners)) = meant.first() {
        let title = |at: &usize| TITLES.get(*at).copied().unwrap_or_default();
        let whose = match owners.as_slice() {
            [only] => title(only).1.to_owned(),
            several => {
                let names: Vec<&str> = several.iter().map(|at| title(at).0).collect();
                format!("{} name", names.join(" and "))
            }
        };
        return Some(Foreign {
            whose,
            here: name_in(concept, here).map(|name| format!("device.{name}")),
            asker,
        });
    }
    let (_, whose, name) = ELSEWHERE
        .iter()
        .find(|(name, _, _)| name.eq_ignore_ascii_case(last))?;
    let concept = name.and_then(|name| find("ca-device", name));
    Some(Foreign {
        whose: (*whose).to_owned(),
        here: concept
            .and_then(|concept| name_in(concept, here))
            .map(|name| format!("device.{name}")),
        asker,
    })
}

/// The concept of an attribute of a dialect, by its name without the entity.
pub(crate) fn find(dialect: &str, last: &str) -> Option<&'static Concept> {
    let column = column(dialect)?;
    CONCEPTS
        .iter()
        .find(|c| name_in(c, column).is_some_and(|name| name.eq_ignore_ascii_case(last)))
}

impl Concept {
    /// What a dialect calls it.
    pub(crate) fn name(&self, dialect: &str) -> Option<&'static str> {
        name_in(self, column(dialect)?)
    }

    /// Whether its values are spelled in another way in some dialect.
    pub(crate) fn has_own_values(&self) -> bool {
        !self.values.is_empty()
    }

    /// A value of one dialect in another; `None` where the other has no such value.
    pub(crate) fn value(&self, from: &str, to: &str, text: &str) -> Option<String> {
        if self.values.is_empty() {
            return Some(text.to_owned());
        }
        let (from, to) = (column(from)?, column(to)?);
        let row = self.values.iter().find(|row| {
            let known = row.get(from).copied().flatten();
            known.is_some_and(|known| folded_eq(known, text))
        })?;
        row.get(to).copied().flatten().map(str::to_owned)
    }

    /// What a value that some other dialect writes is in this one.
    pub(crate) fn value_elsewhere(&self, dialect: &str, text: &str) -> Option<&'static str> {
        let here = column(dialect)?;
        let row = self
            .values
            .iter()
            .find(|row| row.iter().flatten().any(|known| folded_eq(known, text)))?;
        row.get(here).copied().flatten()
    }
}
