//! What kind of object of Microsoft Graph something is.
//!
//! An object is recognised by its `@odata.type`, else by members that only its kind has, else by
//! the list that it stands in. That is asked of what has been read, and of what is being typed in
//! an editor, so all that has to be known of an object is its members ([`ObjectMembers`]).

use std::borrow::Cow;

use gatewright_hir::settings::{CATALOGUE_PLATFORM, CATALOGUE_SETTINGS, platform_of, settings};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::vocabulary::CompliancePlatform;

use crate::json::{Kind, Value};
use crate::read::RISK_POLICY_TYPE;

/// What kind of object of Microsoft Graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectShape {
    /// A policy of Conditional Access.
    Policy,
    /// A template of the service, with a policy in `details`.
    Template,
    /// A named location.
    Location,
    /// An authentication strength.
    Strength,
    /// A word for several applications.
    AppGroup,
    /// A device compliance policy.
    Compliance(CompliancePlatform),
    /// The tenant's settings for device compliance.
    ComplianceSettings,
    /// The policy that says whether security defaults are on.
    SecurityDefaults,
    /// A risk policy of Identity Protection.
    RiskPolicy,
    /// A plan: rules with conditions that they share.
    Plan,
    /// Something that has an id and a name.
    Named(ObjectKind),
    /// Something that is known and cannot be read; what it is, in the plural.
    Unsupported(&'static str),
}

/// A value of JSON, as far as recognising objects looks at it.
pub trait ObjectMembers: Copy {
    /// The value of this member, its name in any case; `None` where this is no object.
    fn member(self, name: &str) -> Option<Self>;
    /// The names of all members; empty where this is no object.
    fn names(self) -> Vec<String>;
    /// What a text says.
    fn text(&self) -> Option<Cow<'_, str>>;
    /// Whether this is an object.
    fn is_object(self) -> bool;
    /// Whether this is an array.
    fn is_array(self) -> bool;
}

impl ObjectMembers for &Value<'_> {
    fn member(self, name: &str) -> Option<Self> {
        self.get(name)
    }

    fn names(self) -> Vec<String> {
        let members = self.as_object().unwrap_or_default();
        members.iter().map(|one| one.name.to_string()).collect()
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        self.as_str().map(Cow::Borrowed)
    }

    fn is_object(self) -> bool {
        matches!(self.kind, Kind::Object(_))
    }

    fn is_array(self) -> bool {
        matches!(self.kind, Kind::Array(_))
    }
}

/// What an object is, or nothing that is known. `listed` is what stands in the list that it is in.
#[must_use]
pub fn shape_of<M: ObjectMembers>(object: M, listed: Option<ObjectShape>) -> Option<ObjectShape> {
    let said = object.member("@odata.type");
    let said = said.as_ref().and_then(M::text);
    said.and_then(|said| typed(&said))
        .or_else(|| by_members(object))
        .or_else(|| {
            let id = object.member("id").or_else(|| object.member("appId"));
            let name = object.member("name");
            let name = name.filter(|_| listed == Some(ObjectShape::AppGroup));
            listed.filter(|_| id.or(name).is_some())
        })
}

/// What stands in a list of this name.
#[must_use]
pub fn listed_shape(name: &str) -> Option<ObjectShape> {
    Some(match name.to_ascii_lowercase().as_str() {
        "users" => ObjectShape::Named(ObjectKind::User),
        "groups" => ObjectShape::Named(ObjectKind::Group),
        "roles" | "directoryroles" | "roledefinitions" => ObjectShape::Named(ObjectKind::Role),
        "apps" | "applications" | "serviceprincipals" => ObjectShape::Named(ObjectKind::App),
        "locations" | "namedlocations" => ObjectShape::Location,
        "strengths" | "authenticationstrengths" | "authenticationstrengthpolicies" => {
            ObjectShape::Strength
        }
        "terms" | "termsofuse" | "agreements" => ObjectShape::Named(ObjectKind::Terms),
        "contexts" | "authenticationcontexts" | "authenticationcontextclassreferences" => {
            ObjectShape::Named(ObjectKind::Context)
        }
        "appgroups" => ObjectShape::AppGroup,
        _ => return None,
    })
}

/// What an `@odata.type` says.
fn typed(said: &str) -> Option<ObjectShape> {
    let name = said.rsplit('.').next().unwrap_or_default();
    Some(match name {
        "conditionalAccessPolicy" => ObjectShape::Policy,
        "conditionalAccessTemplate" => ObjectShape::Template,
        "ipNamedLocation" | "countryNamedLocation" | "compliantNetworkNamedLocation" => {
            ObjectShape::Location
        }
        "authenticationStrengthPolicy" => ObjectShape::Strength,
        "agreement" => ObjectShape::Named(ObjectKind::Terms),
        "authenticationContextClassReference" => ObjectShape::Named(ObjectKind::Context),
        "user" => ObjectShape::Named(ObjectKind::User),
        "group" => ObjectShape::Named(ObjectKind::Group),
        "directoryRole" | "directoryRoleTemplate" | "unifiedRoleDefinition" => {
            ObjectShape::Named(ObjectKind::Role)
        }
        "servicePrincipal" | "application" => ObjectShape::Named(ObjectKind::App),
        "conditionalAccessPolicyPlan" => ObjectShape::Plan,
        "identitySecurityDefaultsEnforcementPolicy" => ObjectShape::SecurityDefaults,
        "deviceManagementSettings" => ObjectShape::ComplianceSettings,
        _ if name.ends_with("CompliancePolicy") => match platform_of(name) {
            Some(platform) => ObjectShape::Compliance(platform),
            None => ObjectShape::Unsupported("compliance policies of retired or unknown platforms"),
        },
        _ => return None,
    })
}

/// What the members of an object say.
fn by_members<M: ObjectMembers>(object: M) -> Option<ObjectShape> {
    let has = |name: &str| object.member(name).is_some();
    let is_array = |name: &str| object.member(name).is_some_and(M::is_array);
    if has(RISK_POLICY_TYPE) {
        Some(ObjectShape::RiskPolicy)
    } else if is_policy(object) {
        Some(ObjectShape::Policy)
    } else if object.member("details").is_some_and(is_policy) {
        Some(ObjectShape::Template)
    } else if is_array("ipRanges") || is_array("countriesAndRegions") || has("compliantNetworkType")
    {
        Some(ObjectShape::Location)
    } else if is_array("allowedCombinations") {
        Some(ObjectShape::Strength)
    } else if is_catalogue(object) {
        Some(ObjectShape::Compliance(CompliancePlatform::Linux))
    } else if has("scheduledActionsForRule") {
        Some(match platform_by_members(object) {
            Some(platform) => ObjectShape::Compliance(platform),
            None => ObjectShape::Unsupported("compliance policies that do not say their platform"),
        })
    } else if has("deviceComplianceCheckinThresholdDays") || has("secureByDefault") {
        Some(ObjectShape::ComplianceSettings)
    } else if has("isEnabled") && has_id(object, SECURITY_DEFAULTS_ID) {
        Some(ObjectShape::SecurityDefaults)
    } else if is_plan(object) {
        Some(ObjectShape::Plan)
    } else if !has("id") && !has("appId") {
        None
    } else {
        named(object).map(ObjectShape::Named)
    }
}

/// What an object with an id and a name is.
fn named<M: ObjectMembers>(object: M) -> Option<ObjectKind> {
    let has = |name: &str| object.member(name).is_some();
    if has("isViewingBeforeAcceptanceRequired") || has("isPerDeviceAcceptanceRequired") {
        Some(ObjectKind::Terms)
    } else if has("isAvailable") && has("displayName") {
        Some(ObjectKind::Context)
    } else if has("userPrincipalName")
        && has("displayName")
        && !has("appliedConditionalAccessPolicies")
    {
        Some(ObjectKind::User)
    } else if has("securityEnabled") || has("groupTypes") {
        Some(ObjectKind::Group)
    } else if has("roleTemplateId") || has("rolePermissions") {
        Some(ObjectKind::Role)
    } else if has("appId") && has("displayName") && (has("servicePrincipalType") || has("appRoles"))
    {
        Some(ObjectKind::App)
    } else {
        None
    }
}

/// Whether an object is a compliance policy whose requirements are settings of the catalogue.
fn is_catalogue<M: ObjectMembers>(object: M) -> bool {
    let settings = object.member(CATALOGUE_SETTINGS);
    let platform = object.member(CATALOGUE_PLATFORM);
    let platform = platform.as_ref().and_then(M::text);
    let is_linux = platform.is_some_and(|said| said.eq_ignore_ascii_case("linux"));
    let is_compliance = object.member("scheduledActionsForRule").is_some();
    settings.is_some_and(M::is_array) && is_linux && is_compliance
}

/// The id that the policy of security defaults has in every tenant.
const SECURITY_DEFAULTS_ID: &str = "00000000-0000-0000-0000-000000000005";

fn has_id<M: ObjectMembers>(object: M, wanted: &str) -> bool {
    let id = object.member("id");
    let id = id.as_ref().and_then(M::text);
    id.is_some_and(|id| id == wanted)
}

/// The only platform that has all the settings of a compliance policy, if it is one.
fn platform_by_members<M: ObjectMembers>(object: M) -> Option<CompliancePlatform> {
    let has = |platform: CompliancePlatform, name: &str| {
        let known = settings(platform).iter().filter_map(|s| s.member);
        known
            .into_iter()
            .any(|member| member.eq_ignore_ascii_case(name))
    };
    let is_setting = |name: &str| CompliancePlatform::ALL.iter().any(|p| has(*p, name));
    let names = object.names();
    let names: Vec<&String> = names.iter().filter(|name| is_setting(name)).collect();
    let all = CompliancePlatform::ALL.iter().copied();
    let fits = |platform: &CompliancePlatform| names.iter().all(|name| has(*platform, name));
    let mut fitting = all.filter(|_| !names.is_empty()).filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Whether an object is a plan.
fn is_plan<M: ObjectMembers>(object: M) -> bool {
    object.member("sharedConditions").is_some() && object.member("rules").is_some_and(M::is_array)
}

/// Whether an object has the members of a policy, and is none of Terraform's resources.
fn is_policy<M: ObjectMembers>(object: M) -> bool {
    let has = |name: &str| object.member(name).is_some();
    if has("display_name") || has("grant_controls") || has("session_controls") {
        return false;
    }
    let has_controls = has("grantControls") || has("sessionControls");
    let conditions = object.member("conditions").filter(|c| c.is_object());
    let known = [
        "users",
        "applications",
        "clientApplications",
        "clientAppTypes",
    ];
    match conditions {
        Some(conditions) => {
            has_controls || has("state") || known.iter().any(|n| conditions.member(n).is_some())
        }
        None => has_controls && has("state"),
    }
}
