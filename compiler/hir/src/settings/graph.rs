//! The members of a compliance policy's Graph object that are no settings, and what is in them.

use gatewright_value::vocabulary::CompliancePlatform;

use super::{LEVEL_SWITCH, Setting, says_nothing, settings};

/// What a member of a Graph object is, beside the requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphMember {
    /// Something that a clause, named here, says.
    Clause(&'static str),
    /// A member that says nothing, or that says what clauses say in its own way.
    Form,
    /// Carried, and no requirement.
    Carried,
    /// Carried, and perhaps a requirement.
    Condition,
}

/// Members that clauses say as they are.
const CLAUSES: &[(&str, &str)] = &[
    ("id", "`@id(\"…\")`"),
    ("@odata.type", "the platform after `for`"),
];

/// Members that clauses say, and that can say more.
const FORMS: &[&str] = &["assignments", "scheduledActionsForRule", LEVEL_SWITCH];

/// Members that are no requirement.
const CARRIED: &[&str] = &[
    "description",
    "version",
    "createdDateTime",
    "lastModifiedDateTime",
    "roleScopeTagIds",
    "deviceStatuses",
    "userStatuses",
    "deviceStatusOverview",
    "userStatusOverview",
    "deviceSettingStateSummaries",
    // Of phones with Windows, which is retired.
    "mobileOsMinimumVersion",
    "mobileOsMaximumVersion",
    // What a violation of other settings does to the device.
    "localActions",
];

/// Values of enumerations that stand outside every order.
const UNORDERED: &[&str] = &["\"customPassword\""];

/// Members of a policy of the catalogue that are no requirement.
const CARRIED_OF_CATALOGUE: &[&str] = &[
    CATALOGUE_PLATFORM,
    "technologies",
    "settingCount",
    "isAssigned",
    "creationSource",
    "priorityMetaData",
    "templateReference",
];

/// The member in which a policy of the catalogue has its requirements.
pub const CATALOGUE_SETTINGS: &str = "settings";

/// The member in which a policy of the catalogue has its platform.
pub const CATALOGUE_PLATFORM: &str = "platforms";

/// The member that has the name of a policy.
#[must_use]
pub fn name_member(platform: CompliancePlatform) -> &'static str {
    match platform {
        CompliancePlatform::Linux => "name",
        _ => "displayName",
    }
}

/// What a member of a Graph object for the platform is.
#[must_use]
pub fn graph_member(platform: CompliancePlatform, name: &str, json: &str) -> GraphMember {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    if is(name_member(platform)) {
        return GraphMember::Clause("the name of the policy");
    }
    if platform == CompliancePlatform::Linux && CARRIED_OF_CATALOGUE.iter().copied().any(is) {
        return GraphMember::Carried;
    }
    if let Some((_, clause)) = CLAUSES.iter().find(|(known, _)| is(known)) {
        return GraphMember::Clause(clause);
    }
    let is_setting = settings(platform).iter().any(|s| s.member.is_some_and(is));
    let is_unordered = UNORDERED.contains(&json.trim());
    if FORMS.iter().copied().any(is) || (is_setting && !is_unordered) {
        GraphMember::Form
    } else if CARRIED.iter().copied().any(is) || name.contains('@') || name.starts_with('#') {
        GraphMember::Carried
    } else if is_silent(json) {
        GraphMember::Form
    } else {
        GraphMember::Condition
    }
}

/// The setting that a member asks for, where its value asks for something.
#[must_use]
pub fn asking_member(
    platform: CompliancePlatform,
    name: &str,
    json: &str,
) -> Option<&'static Setting> {
    let is = |setting: &&Setting| {
        setting
            .member
            .is_some_and(|member| member.eq_ignore_ascii_case(name))
    };
    let setting = settings(platform).iter().find(is)?;
    let bare = json.trim().trim_matches('"');
    (!is_silent(json) && !says_nothing(setting, bare)).then_some(setting)
}

/// Whether a value asks for nothing, whatever it belongs to.
fn is_silent(json: &str) -> bool {
    let bare: String = json.chars().filter(|c| !c.is_whitespace()).collect();
    matches!(bare.as_str(), "null" | "[]" | "{}" | "false" | "\"\"")
}
