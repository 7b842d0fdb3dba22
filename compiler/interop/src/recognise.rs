//! Finding the objects of Microsoft Graph in a file, at any depth and in any wrapping.
//!
//! An object is recognised by its `@odata.type`, else by members that only its kind has, else by
//! the list that it stands in. What is recognised is read; what is not is looked into.

use gatewright_hir::model::{
    AppGroup, Compliance, CompliancePolicy, NamedLocation, ObjectName, Policy, Strength,
};
use gatewright_hir::settings::{CATALOGUE_PLATFORM, CATALOGUE_SETTINGS, platform_of, settings};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::vocabulary::CompliancePlatform;

use gatewright_diagnostics::Diagnostic;

use crate::context::Context;
use crate::directory::Directory;
use crate::json::{self, Kind, Member, Value, canonical, is_annotation};
use crate::problems;
use crate::read::{
    Body, RISK_POLICY_TYPE, is_plan, named_object, read_app_group, read_compliance,
    read_compliance_settings, read_group, read_location, read_plan, read_policy, read_risk_policy,
    read_security_defaults, read_strength, read_tagged, read_user,
};
use crate::sink::Sink;
use crate::strict;

/// What was found in one file.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The file.
    pub source: SourceId,
    /// In order of the file.
    pub policies: Vec<Found<Policy>>,
    /// In order of the file.
    pub locations: Vec<Found<NamedLocation>>,
    /// In order of the file, those inside policies included.
    pub strengths: Vec<Found<Strength>>,
    /// Names of groups, users, apps, roles, terms and contexts.
    pub names: Vec<ObjectName>,
    /// Groups of apps.
    pub app_groups: Vec<AppGroup>,
    /// The tenant's settings for device compliance.
    pub compliance: Compliance,
    /// Device compliance policies, in order of the file.
    pub compliance_policies: Vec<Found<CompliancePolicy>>,
    /// Whether security defaults are on, and where the file says so.
    pub security_defaults: Option<(bool, Span)>,
    /// Users and groups.
    pub directory: Directory,
    /// What is wrong with the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// An object, and a text that is the same for all objects that say the same.
#[derive(Clone, Debug)]
pub struct Found<T> {
    /// The object.
    pub object: T,
    pub(crate) identity: String,
}

/// Read a file.
#[must_use]
pub fn read(source: SourceId, text: &str, cx: &Context<'_>) -> Document {
    read_as(source, text, cx, false)
}

/// Read a file that is given as a directory: what a directory file cannot have is an error.
#[must_use]
pub fn read_directory(source: SourceId, text: &str, cx: &Context<'_>) -> Document {
    read_as(source, text, cx, true)
}

fn read_as(source: SourceId, text: &str, cx: &Context<'_>, is_directory: bool) -> Document {
    let mut sink = Sink::new(cx, source, text);
    let mut finder = Finder {
        document: Document {
            source,
            ..Document::default()
        },
        count: 0,
    };
    let (value, found) = json::read(source, text);
    found
        .into_iter()
        .for_each(|problem| sink.report(problems::json(problem)));
    if let Some(value) = &value {
        if is_directory {
            strict::check(&mut sink, value);
        }
        finder.look(&mut sink, value, None);
        if finder.count == 0 && sink.problems.is_empty() {
            let first = Span {
                end: value.span.end.min(value.span.start + 1),
                ..value.span
            };
            sink.report(problems::nothing_recognised(first, is_terraform(value)));
        }
    }
    let mut document = finder.document;
    document.diagnostics = sink.finish();
    document
}

/// Whether a file holds resources of Terraform: its configuration, a plan or a state.
fn is_terraform(value: &Value<'_>) -> bool {
    let has = |name: &str| value.get(name).is_some();
    let is_configuration = value.get("resource").is_some_and(|resource| {
        let providers = [
            "azuread_conditional_access_policy",
            "azuread_named_location",
        ];
        providers
            .into_iter()
            .any(|name| resource.get(name).is_some())
    });
    is_configuration || has("terraform_version")
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Policy,
    Template,
    Location,
    Strength,
    AppGroup,
    Compliance(CompliancePlatform),
    ComplianceSettings,
    SecurityDefaults,
    RiskPolicy,
    Plan,
    Named(ObjectKind),
    Unsupported(&'static str),
}

struct Finder {
    document: Document,
    count: usize,
}

impl Finder {
    /// Look at a value; recursion is bounded by the nesting of the file.
    fn look(&mut self, sink: &mut Sink<'_>, value: &Value<'_>, hint: Option<Shape>) {
        match &value.kind {
            Kind::Array(items) => {
                for item in items {
                    self.look(sink, item, hint);
                }
            }
            Kind::Object(members) => match shape(value, hint) {
                Some(shape) => {
                    self.count += 1;
                    self.read(sink, value, shape);
                    sink.report_strangers();
                }
                None => self.look_into(sink, members, hint),
            },
            _ => {}
        }
    }

    fn look_into(&mut self, sink: &mut Sink<'_>, members: &[Member<'_>], hint: Option<Shape>) {
        let mut listed = Vec::new();
        for member in members.iter().filter(|m| !is_annotation(&m.name)) {
            let own = listed_shape(&member.name);
            let tagged = read_tagged(member);
            self.count += tagged.len();
            self.document.directory.tagged.extend(tagged);
            if let (Some(Shape::Named(kind)), Some(_)) = (own, member.value.as_array()) {
                listed.push(kind);
            }
            if let (Some(Shape::Location), Some(_)) = (own, member.value.as_array()) {
                listed.push(ObjectKind::Location);
            }
            if let (Some(Shape::Strength), Some(_)) = (own, member.value.as_array()) {
                listed.push(ObjectKind::Strength);
            }
            let is_value = member.name.eq_ignore_ascii_case("value");
            self.look(sink, &member.value, if is_value { hint } else { own });
        }
        let complete = members
            .iter()
            .find(|m| m.name.eq_ignore_ascii_case("complete"));
        if let Some(member) = complete.filter(|_| !listed.is_empty())
            && sink.boolean(member) == Some(true)
        {
            self.document.directory.complete.extend(listed);
        }
    }

    fn read(&mut self, sink: &mut Sink<'_>, value: &Value<'_>, shape: Shape) {
        let document = &mut self.document;
        match shape {
            Shape::Policy | Shape::Template => {
                let details = value.get("details").filter(|_| shape == Shape::Template);
                let body = Body {
                    object: details.unwrap_or(value),
                    template: details.is_some().then_some(value),
                };
                let mut strengths = Vec::new();
                let policy = read_policy(sink, body, &mut strengths);
                document
                    .policies
                    .extend(policy.map(|object| found(object, value)));
                document.strengths.extend(all_found(strengths));
            }
            Shape::Location => {
                let location = read_location(sink, value);
                document
                    .locations
                    .extend(location.map(|object| found(object, value)));
            }
            Shape::Strength => {
                let strength = read_strength(sink, value);
                document
                    .strengths
                    .extend(strength.map(|object| found(object, value)));
            }
            Shape::Compliance(platform) => {
                let policy = read_compliance(sink, value, platform);
                document
                    .compliance_policies
                    .extend(policy.map(|object| found(object, value)));
            }
            Shape::ComplianceSettings => {
                read_compliance_settings(sink, value, &mut document.compliance);
            }
            Shape::Plan => {
                let mut strengths = Vec::new();
                let policies = read_plan(sink, value, &mut strengths);
                document.policies.extend(all_found(policies));
                document.strengths.extend(all_found(strengths));
            }
            Shape::RiskPolicy => {
                let policy = read_risk_policy(sink, value);
                document
                    .policies
                    .extend(policy.map(|object| found(object, value)));
            }
            Shape::SecurityDefaults => {
                document.security_defaults = read_security_defaults(sink, value);
            }
            Shape::AppGroup => document.app_groups.extend(read_app_group(sink, value)),
            Shape::Named(kind) => {
                document.names.extend(named_object(sink, kind, value));
                match kind {
                    ObjectKind::User => document.directory.users.extend(read_user(sink, value)),
                    ObjectKind::Group => document.directory.groups.extend(read_group(sink, value)),
                    _ => {}
                }
            }
            Shape::Unsupported(what) => {
                let place = value.get("displayName").unwrap_or(value);
                let place = Span {
                    end: place.span.end.min(place.span.start + 60),
                    ..place.span
                };
                sink.report(problems::unsupported_object(place, what));
            }
        }
    }
}

fn found<T>(object: T, value: &Value<'_>) -> Found<T> {
    Found {
        object,
        identity: canonical(value),
    }
}

fn all_found<T>(objects: Vec<(T, String)>) -> impl Iterator<Item = Found<T>> {
    let objects = objects.into_iter();
    objects.map(|(object, identity)| Found { object, identity })
}

/// What an object is, or nothing that is known.
fn shape(value: &Value<'_>, hint: Option<Shape>) -> Option<Shape> {
    let said = value.get("@odata.type").and_then(Value::as_str);
    said.and_then(typed_shape)
        .or_else(|| shape_by_members(value))
        .or_else(|| {
            let id = value.get("id").or_else(|| value.get("appId"));
            let name = value.get("name").filter(|_| hint == Some(Shape::AppGroup));
            hint.filter(|_| id.or(name).is_some())
        })
}

/// What an `@odata.type` says.
fn typed_shape(said: &str) -> Option<Shape> {
    let name = said.rsplit('.').next().unwrap_or_default();
    Some(match name {
        "conditionalAccessPolicy" => Shape::Policy,
        "conditionalAccessTemplate" => Shape::Template,
        "ipNamedLocation" | "countryNamedLocation" | "compliantNetworkNamedLocation" => {
            Shape::Location
        }
        "authenticationStrengthPolicy" => Shape::Strength,
        "agreement" => Shape::Named(ObjectKind::Terms),
        "authenticationContextClassReference" => Shape::Named(ObjectKind::Context),
        "user" => Shape::Named(ObjectKind::User),
        "group" => Shape::Named(ObjectKind::Group),
        "directoryRole" | "directoryRoleTemplate" | "unifiedRoleDefinition" => {
            Shape::Named(ObjectKind::Role)
        }
        "servicePrincipal" | "application" => Shape::Named(ObjectKind::App),
        "conditionalAccessPolicyPlan" => Shape::Plan,
        "identitySecurityDefaultsEnforcementPolicy" => Shape::SecurityDefaults,
        "deviceManagementSettings" => Shape::ComplianceSettings,
        _ if name.ends_with("CompliancePolicy") => match platform_of(name) {
            Some(platform) => Shape::Compliance(platform),
            None => Shape::Unsupported("compliance policies of retired or unknown platforms"),
        },
        _ => return None,
    })
}

/// What the members of an object say.
fn shape_by_members(value: &Value<'_>) -> Option<Shape> {
    let has = |name: &str| value.get(name).is_some();
    let is_array = |name: &str| value.get(name).is_some_and(|v| v.as_array().is_some());
    if has(RISK_POLICY_TYPE) {
        Some(Shape::RiskPolicy)
    } else if is_policy(value) {
        Some(Shape::Policy)
    } else if value.get("details").is_some_and(is_policy) {
        Some(Shape::Template)
    } else if is_array("ipRanges") || is_array("countriesAndRegions") || has("compliantNetworkType")
    {
        Some(Shape::Location)
    } else if is_array("allowedCombinations") {
        Some(Shape::Strength)
    } else if is_catalogue(value) {
        Some(Shape::Compliance(CompliancePlatform::Linux))
    } else if has("scheduledActionsForRule") {
        Some(match platform_by_members(value) {
            Some(platform) => Shape::Compliance(platform),
            None => Shape::Unsupported("compliance policies that do not say their platform"),
        })
    } else if has("deviceComplianceCheckinThresholdDays") || has("secureByDefault") {
        Some(Shape::ComplianceSettings)
    } else if has("isEnabled") && id_of(value) == Some(SECURITY_DEFAULTS_ID) {
        Some(Shape::SecurityDefaults)
    } else if is_plan(value) {
        Some(Shape::Plan)
    } else if !has("id") && !has("appId") {
        None
    } else if has("isViewingBeforeAcceptanceRequired") || has("isPerDeviceAcceptanceRequired") {
        Some(Shape::Named(ObjectKind::Terms))
    } else if has("isAvailable") && has("displayName") {
        Some(Shape::Named(ObjectKind::Context))
    } else if has("userPrincipalName")
        && has("displayName")
        && !has("appliedConditionalAccessPolicies")
    {
        Some(Shape::Named(ObjectKind::User))
    } else if has("securityEnabled") || has("groupTypes") {
        Some(Shape::Named(ObjectKind::Group))
    } else if has("roleTemplateId") || has("rolePermissions") {
        Some(Shape::Named(ObjectKind::Role))
    } else if has("appId") && has("displayName") && (has("servicePrincipalType") || has("appRoles"))
    {
        Some(Shape::Named(ObjectKind::App))
    } else {
        None
    }
}

/// Whether an object is a compliance policy whose requirements are settings of the catalogue.
fn is_catalogue(value: &Value<'_>) -> bool {
    let settings = value.get(CATALOGUE_SETTINGS).and_then(Value::as_array);
    let platform = value.get(CATALOGUE_PLATFORM).and_then(Value::as_str);
    let is_linux = platform.is_some_and(|said| said.eq_ignore_ascii_case("linux"));
    let is_compliance = value.get("scheduledActionsForRule").is_some();
    settings.is_some() && is_linux && is_compliance
}

/// The id that the policy of security defaults has in every tenant.
const SECURITY_DEFAULTS_ID: &str = "00000000-0000-0000-0000-000000000005";

fn id_of<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.get("id").and_then(Value::as_str)
}

/// The only platform that has all the settings of a compliance policy, if it is one.
fn platform_by_members(value: &Value<'_>) -> Option<CompliancePlatform> {
    let members = value.as_object()?;
    let has = |platform: CompliancePlatform, name: &str| {
        let known = settings(platform).iter().filter_map(|s| s.member);
        known
            .into_iter()
            .any(|member| member.eq_ignore_ascii_case(name))
    };
    let is_setting = |name: &str| CompliancePlatform::ALL.iter().any(|p| has(*p, name));
    let names: Vec<&str> = members
        .iter()
        .map(|m| &*m.name)
        .filter(|n| is_setting(n))
        .collect();
    let all = CompliancePlatform::ALL.iter().copied();
    let fits = |platform: &CompliancePlatform| names.iter().all(|name| has(*platform, name));
    let mut fitting = all.filter(|_| !names.is_empty()).filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Whether an object has the members of a policy, and is none of Terraform's resources.
fn is_policy(value: &Value<'_>) -> bool {
    let has = |name: &str| value.get(name).is_some();
    if has("display_name") || has("grant_controls") || has("session_controls") {
        return false;
    }
    let has_controls = has("grantControls") || has("sessionControls");
    let conditions = value.get("conditions").filter(|c| c.as_object().is_some());
    let known = [
        "users",
        "applications",
        "clientApplications",
        "clientAppTypes",
    ];
    match conditions {
        Some(conditions) => {
            has_controls || has("state") || known.iter().any(|n| conditions.get(n).is_some())
        }
        None => has_controls && has("state"),
    }
}

/// What stands in a list of this name.
fn listed_shape(name: &str) -> Option<Shape> {
    Some(match name.to_ascii_lowercase().as_str() {
        "users" => Shape::Named(ObjectKind::User),
        "groups" => Shape::Named(ObjectKind::Group),
        "roles" | "directoryroles" | "roledefinitions" => Shape::Named(ObjectKind::Role),
        "apps" | "applications" | "serviceprincipals" => Shape::Named(ObjectKind::App),
        "locations" | "namedlocations" => Shape::Location,
        "strengths" | "authenticationstrengths" | "authenticationstrengthpolicies" => {
            Shape::Strength
        }
        "terms" | "termsofuse" | "agreements" => Shape::Named(ObjectKind::Terms),
        "contexts" | "authenticationcontexts" | "authenticationcontextclassreferences" => {
            Shape::Named(ObjectKind::Context)
        }
        "appgroups" => Shape::AppGroup,
        _ => return None,
    })
}
