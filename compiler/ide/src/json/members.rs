//! The objects of Microsoft Graph that are read: their members, what each holds, what it means, and
//! what says the same in policy text.
//!
//! What counts is what the compiler makes of a file; this is what an editor says about it.

mod settings;
mod table;

use std::borrow::Cow;

use gatewright_compiler::ObjectShape;
use gatewright_diagnostics::Code;
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::vocabulary::CompliancePlatform;

macro_rules! shapes {
    ($($variant:ident $name:literal;)*) => {
        /// What kind of object.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Shape {
            $($variant,)*
            /// A compliance policy for a platform, where it is clear for which.
            Compliance(Option<CompliancePlatform>),
        }

        /// All of them, by the names that the table has.
        const SHAPES: &[(&str, Shape)] = &[
            $(($name, Shape::$variant),)*
            ("compliance", Shape::Compliance(None)),
        ];
    };
}

shapes! {
    Policy "policy";
    Template "template";
    Plan "plan";
    Rule "rule";
    RuleControls "ruleControls";
    Conditions "conditions";
    Users "users";
    Guests "guests";
    Tenants "tenants";
    Workloads "workloads";
    Agents "agents";
    Applications "applications";
    Traffic "traffic";
    AgentContext "agentContext";
    NetworkSecurity "networkSecurity";
    AttributeFilter "attributeFilter";
    Platforms "platforms";
    Locations "locations";
    Devices "devices";
    DeviceFilter "deviceFilter";
    Flows "flows";
    Grant "grant";
    GrantStrength "grantStrength";
    Session "session";
    Frequency "frequency";
    Browser "browser";
    CloudApps "cloudApps";
    Evaluation "evaluation";
    Profile "profile";
    Switch "switch";
    RiskPolicy "riskPolicy";
    Location "location";
    Range "range";
    Strength "strength";
    Configuration "configuration";
    Terms "terms";
    Context "context";
    User "user";
    Group "group";
    Role "role";
    App "app";
    AppGroup "appGroup";
    Defaults "defaults";
    ComplianceSettings "complianceSettings";
    Actions "actions";
    Action "action";
    Assignment "assignment";
    AssignmentTarget "assignmentTarget";
    Builds "builds";
    Annotation "annotation";
}

/// What a member holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Any text.
    Text,
    /// What people read: the name of the object.
    Name,
    /// The id of the object itself.
    OwnId,
    /// The id of another object, or a list of them.
    Ids(ObjectKind),
    /// The id of another object, and no list.
    Id(ObjectKind),
    /// Members of an enumeration of the schema, as a list.
    Members(&'static str),
    /// The same in one text, with commas between them.
    Joined(&'static str),
    /// One of the member's words.
    Words,
    /// Built-in controls.
    Controls,
    Flag,
    Number,
    /// The rule of a filter, in this dialect.
    Rule(&'static str),
    /// An object, or a list of them.
    Object(Shape),
    List(Shape),
    /// A list of texts.
    Texts,
    /// The server's own matter.
    Server,
}

/// A word that may stand somewhere, and what it means.
pub(super) type Word = (Cow<'static, str>, Cow<'static, str>);

/// A member of an object.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) holds: Holds,
    /// In a sentence.
    pub(super) means: Cow<'static, str>,
    /// What says the same in policy text; empty where nothing does.
    pub(super) clause: Cow<'static, str>,
    /// Words that may stand there, beside what it holds, and what they mean.
    pub(super) words: Vec<Word>,
    /// What the service asks for, and the finding that says so.
    pub(super) limits: Vec<(Code, &'static str)>,
}

impl Shape {
    /// What is recognised, as an editor sees it; `None` for what is not read.
    pub(super) fn of(recognised: ObjectShape) -> Option<Shape> {
        Some(match recognised {
            ObjectShape::Policy => Shape::Policy,
            ObjectShape::Template => Shape::Template,
            ObjectShape::Location => Shape::Location,
            ObjectShape::Strength => Shape::Strength,
            ObjectShape::AppGroup => Shape::AppGroup,
            ObjectShape::Compliance(platform) => Shape::Compliance(Some(platform)),
            ObjectShape::ComplianceSettings => Shape::ComplianceSettings,
            ObjectShape::SecurityDefaults => Shape::Defaults,
            ObjectShape::RiskPolicy => Shape::RiskPolicy,
            ObjectShape::Plan => Shape::Plan,
            ObjectShape::Named(kind) => match kind {
                ObjectKind::Terms => Shape::Terms,
                ObjectKind::Context => Shape::Context,
                ObjectKind::User => Shape::User,
                ObjectKind::Group => Shape::Group,
                ObjectKind::Role => Shape::Role,
                ObjectKind::App => Shape::App,
                _ => return None,
            },
            ObjectShape::Unsupported(_) => return None,
        })
    }

    /// The members that are known, those first that only this kind of object has.
    pub(super) fn members(self) -> impl Iterator<Item = &'static Member> {
        let (first, own): (&'static [Member], Shape) = match self {
            // A strength is the same inside of a policy.
            Shape::GrantStrength => (&[], Shape::Strength),
            Shape::Compliance(Some(platform)) => {
                (settings::members(platform), Shape::Compliance(None))
            }
            other => (&[], other),
        };
        first.iter().chain(table::members(own))
    }

    /// The member of this name, in any case.
    pub(super) fn member(self, name: &str) -> Option<&'static Member> {
        let mut members = self.members();
        members.find(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// What such an object is to policies.
    pub(super) fn object(self) -> Option<ObjectKind> {
        Some(match self {
            Shape::Location => ObjectKind::Location,
            Shape::Strength | Shape::GrantStrength => ObjectKind::Strength,
            Shape::Terms => ObjectKind::Terms,
            Shape::Context => ObjectKind::Context,
            Shape::User => ObjectKind::User,
            Shape::Group => ObjectKind::Group,
            Shape::Role => ObjectKind::Role,
            Shape::App => ObjectKind::App,
            _ => return None,
        })
    }

    /// The members that hold the id by which policies name the object, the first that is there.
    pub(super) fn id_members(self) -> &'static [&'static str] {
        match self {
            Shape::App => &["appId", "id"],
            Shape::Role => &["roleTemplateId", "templateId", "id"],
            _ => &["id"],
        }
    }
}

/// The kinds of objects that stand for themselves, in the order in which they are offered.
pub(super) const ALONE: &[Shape] = &[
    Shape::Policy,
    Shape::Location,
    Shape::Strength,
    Shape::Terms,
    Shape::Context,
    Shape::Group,
    Shape::User,
    Shape::Role,
    Shape::App,
    Shape::Template,
    Shape::Plan,
    Shape::RiskPolicy,
    Shape::Defaults,
    Shape::ComplianceSettings,
    Shape::Compliance(None),
];

/// Whether a name is one of OData's, not of a member.
pub(super) fn is_annotation(name: &str) -> bool {
    name.contains('@') || name.starts_with('#')
}

/// What OData says of an object or a member, by the name of the annotation: `@odata.type`,
/// `members@odata.type`, `#microsoft.graph.restore`.
pub(super) fn annotation(name: &str) -> Option<&'static Member> {
    let what = match name.split_once('@') {
        Some((_, what)) => what,
        None if name.starts_with('#') => "operation",
        None => return None,
    };
    Shape::Annotation.member(what)
}
