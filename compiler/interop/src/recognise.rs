//! Finding the objects of Microsoft Graph in a file, at any depth and in any wrapping.
//!
//! What is recognised ([`shape_of`]) is read; what is not is looked into.

mod shape;

use gatewright_hir::model::{
    AppGroup, Compliance, CompliancePolicy, NamedLocation, ObjectName, Policy, Strength,
};
use gatewright_source::{SourceId, Span};
use gatewright_syntax::ast::ObjectKind;

use gatewright_diagnostics::Diagnostic;

use crate::context::Context;
use crate::directory::Directory;
use crate::json::{self, Kind, Member, Value, canonical, is_annotation};
use crate::problems;
use crate::read::{
    Body, named_object, read_app_group, read_compliance, read_compliance_settings, read_group,
    read_location, read_plan, read_policy, read_risk_policy, read_security_defaults, read_strength,
    read_tagged, read_user,
};
use crate::sink::Sink;
use crate::strict;

pub use shape::{ObjectMembers, ObjectShape, listed_shape, shape_of};

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

struct Finder {
    document: Document,
    count: usize,
}

impl Finder {
    /// Look at a value; recursion is bounded by the nesting of the file.
    fn look(&mut self, sink: &mut Sink<'_>, value: &Value<'_>, hint: Option<ObjectShape>) {
        match &value.kind {
            Kind::Array(items) => {
                for item in items {
                    self.look(sink, item, hint);
                }
            }
            Kind::Object(members) => match shape_of(value, hint) {
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

    fn look_into(
        &mut self,
        sink: &mut Sink<'_>,
        members: &[Member<'_>],
        hint: Option<ObjectShape>,
    ) {
        let mut listed = Vec::new();
        for member in members.iter().filter(|m| !is_annotation(&m.name)) {
            let own = listed_shape(&member.name);
            let tagged = read_tagged(member);
            self.count += tagged.len();
            self.document.directory.tagged.extend(tagged);
            if let (Some(ObjectShape::Named(kind)), Some(_)) = (own, member.value.as_array()) {
                listed.push(kind);
            }
            if let (Some(ObjectShape::Location), Some(_)) = (own, member.value.as_array()) {
                listed.push(ObjectKind::Location);
            }
            if let (Some(ObjectShape::Strength), Some(_)) = (own, member.value.as_array()) {
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

    fn read(&mut self, sink: &mut Sink<'_>, value: &Value<'_>, shape: ObjectShape) {
        let document = &mut self.document;
        match shape {
            ObjectShape::Policy | ObjectShape::Template => {
                let details = value
                    .get("details")
                    .filter(|_| shape == ObjectShape::Template);
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
            ObjectShape::Location => {
                let location = read_location(sink, value);
                document
                    .locations
                    .extend(location.map(|object| found(object, value)));
            }
            ObjectShape::Strength => {
                let strength = read_strength(sink, value);
                document
                    .strengths
                    .extend(strength.map(|object| found(object, value)));
            }
            ObjectShape::Compliance(platform) => {
                let policy = read_compliance(sink, value, platform);
                document
                    .compliance_policies
                    .extend(policy.map(|object| found(object, value)));
            }
            ObjectShape::ComplianceSettings => {
                read_compliance_settings(sink, value, &mut document.compliance);
            }
            ObjectShape::Plan => {
                let mut strengths = Vec::new();
                let policies = read_plan(sink, value, &mut strengths);
                document.policies.extend(all_found(policies));
                document.strengths.extend(all_found(strengths));
            }
            ObjectShape::RiskPolicy => {
                let policy = read_risk_policy(sink, value);
                document
                    .policies
                    .extend(policy.map(|object| found(object, value)));
            }
            ObjectShape::SecurityDefaults => {
                document.security_defaults = read_security_defaults(sink, value);
            }
            ObjectShape::AppGroup => document.app_groups.extend(read_app_group(sink, value)),
            ObjectShape::Named(kind) => {
                document.names.extend(named_object(sink, kind, value));
                match kind {
                    ObjectKind::User => document.directory.users.extend(read_user(sink, value)),
                    ObjectKind::Group => document.directory.groups.extend(read_group(sink, value)),
                    _ => {}
                }
            }
            ObjectShape::Unsupported(what) => {
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
