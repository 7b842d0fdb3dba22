//! Small policies, a schema and requests for tests.

use std::sync::Arc;

use gatewright_hir::model::{
    AppGroup, AppScope, Assignments, AttributeFilter, Comparison, Condition, Control, DeviceFilter,
    Edition, Expr, FieldTest, Located, LocationKind, LocationScope, NamedLocation, Outcome, Policy,
    PolicySet, Quantified, Requirement, Scoped, Target, Test, UserScope, Who,
};
use gatewright_hir::schema::{Attribute, Schema};
use gatewright_value::Kind;
use gatewright_value::vocabulary::{BuiltInControl, State};
use serde_json::{Value, json};

use crate::Mode;

/// Attributes of Entra's schema that tests compare.
const ATTRIBUTES: [(&str, Kind); 20] = [
    ("device.trustType", Kind::String),
    ("device.displayName", Kind::String),
    ("device.model", Kind::String),
    ("device.extensionAttribute1", Kind::String),
    ("device.isCompliant", Kind::Boolean),
    ("device.isRegistered", Kind::Boolean),
    ("device.systemLabels", Kind::String),
    ("user.department", Kind::String),
    ("user.groups", Kind::Guid),
    ("signIn.risk", Kind::String),
    ("signIn.now", Kind::DateTime),
    ("location.ip", Kind::Address),
    ("location.isUnmapped", Kind::Boolean),
    ("location.names", Kind::Guid),
    ("device.managedPlatform", Kind::String),
    ("user.isMfaRegistered", Kind::Boolean),
    ("user.isRegistrationOverdue", Kind::Boolean),
    ("signIn.isMfaDeemedNecessary", Kind::Boolean),
    ("setting.bitLockerEnabled", Kind::Boolean),
    ("setting.osVersion", Kind::Version),
];

/// Attributes whose types are made of others.
fn more_attributes() -> Vec<Attribute> {
    let records = || Kind::Set(Box::new(Kind::Record));
    let levels = ["secured", "low", "medium", "high", "unavailable"];
    let level = Kind::Enumeration {
        members: texts(&levels),
        is_open: false,
    };
    vec![
        attribute("app.resources", records(), false),
        attribute("servicePrincipal.attributes", records(), false),
        attribute("agent.attributes", records(), false),
        attribute("setting.threatLevel", level, true),
    ]
}

pub(super) fn schema() -> Schema {
    let attributes = ATTRIBUTES
        .iter()
        .map(|(name, kind)| attribute(name, kind.clone(), true))
        .chain(more_attributes());
    Schema {
        is_entra: true,
        attributes: attributes.collect(),
        ..Schema::default()
    }
}

pub(super) fn attribute(name: &str, kind: Kind, is_optional: bool) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind,
        enumeration: None,
        is_optional,
        difference: None,
        docs: String::new(),
        span: Default::default(),
    }
}

pub(super) fn set(policies: Vec<Policy>) -> PolicySet {
    PolicySet {
        schema: Arc::new(schema()),
        edition: Edition::NEWEST,
        policies,
        locations: Vec::new(),
        strengths: Vec::new(),
        names: Vec::new(),
        compliance: gatewright_hir::model::Compliance::default(),
        app_groups: vec![AppGroup {
            name: "Office365".into(),
            apps: vec!["exchange".into()],
        }],
    }
}

/// An enabled policy for all users and all resources that does nothing.
pub(super) fn policy(name: &str) -> Policy {
    Policy {
        id: name.to_owned(),
        has_server_id: false,
        display_name: name.to_owned(),
        state: State::Enabled,
        name_span: Default::default(),
        span: Default::default(),
        assignments: Some(Box::new(Assignments::new(
            users(vec![UserScope::All], vec![]),
            apps(vec![AppScope::All], vec![]),
        ))),
        when: None,
        outcome: Outcome::default(),
        unmodelled: Vec::new(),
        form: gatewright_hir::model::GraphForm::default(),
        annotations: gatewright_hir::model::Annotations::default(),
        scopes: Vec::new(),
    }
}

/// The same policy with its assignments changed.
pub(super) fn with(mut policy: Policy, change: impl FnOnce(&mut Assignments)) -> Policy {
    change(policy.assignments.as_mut().unwrap());
    policy
}

pub(super) fn in_state(mut policy: Policy, state: State) -> Policy {
    policy.state = state;
    policy
}

pub(super) fn blocking(name: &str) -> Policy {
    let mut policy = policy(name);
    policy.outcome.is_block = true;
    policy
}

pub(super) fn requiring(name: &str, is_all: bool, controls: Vec<Control>) -> Policy {
    let mut policy = policy(name);
    let span = Default::default();
    policy.outcome.requirement = Some(Requirement {
        is_all,
        controls,
        span,
    });
    policy
}

pub(super) fn built_in(control: BuiltInControl) -> Control {
    Control::BuiltIn(control)
}

pub(super) fn scoped<T>(include: Vec<T>, exclude: Vec<T>) -> Scoped<T> {
    let located = |value| Located {
        value,
        span: Default::default(),
    };
    Scoped {
        include: include.into_iter().map(located).collect(),
        exclude: exclude.into_iter().map(located).collect(),
        span: Default::default(),
    }
}

pub(super) fn users(include: Vec<UserScope>, exclude: Vec<UserScope>) -> Who {
    Who::Users(scoped(include, exclude))
}

pub(super) fn apps(include: Vec<AppScope>, exclude: Vec<AppScope>) -> Target {
    Target::Apps(scoped(include, exclude))
}

pub(super) fn members<T>(members: Vec<T>) -> Condition<T> {
    Condition {
        members,
        span: Default::default(),
    }
}

pub(super) fn named(id: &str, kind: LocationKind) -> NamedLocation {
    let display_name = id.to_owned();
    NamedLocation {
        id: id.to_owned(),
        display_name,
        kind,
        span: Default::default(),
        form: Default::default(),
    }
}

pub(super) fn at(id: &str) -> LocationScope {
    LocationScope::Named(id.to_owned())
}

/// A comparison; names of attributes as in [`schema`].
pub(super) fn compare(attribute: &str, comparison: Comparison) -> Expr {
    Expr::Test(Test {
        attribute: schema().find_attribute(attribute).unwrap(),
        comparison,
        is_negated: false,
        span: Default::default(),
        needs_managed_device: attribute.contains("extensionAttribute"),
    })
}

/// A question about a field; about the element itself where the name is empty.
pub(super) fn field(name: &str, comparison: Comparison) -> Expr {
    Expr::Field(FieldTest {
        field: name.to_owned(),
        comparison,
        is_negated: false,
        span: Default::default(),
    })
}

/// Some element of a set.
pub(super) fn some(set: &str, body: Expr) -> Expr {
    Expr::Some(Quantified {
        collection: schema().find_attribute(set).unwrap(),
        body: Box::new(body),
        span: Default::default(),
    })
}

/// Every element of a set.
pub(super) fn every(set: &str, body: Expr) -> Expr {
    Expr::Not(Box::new(some(set, Expr::Not(Box::new(body)))))
}

/// A filter over custom security attributes.
pub(super) fn tagged(rule: Expr) -> AttributeFilter {
    AttributeFilter {
        rule,
        text: String::new(),
    }
}

/// A policy for whatever satisfies a rule.
pub(super) fn when(rule: Expr) -> Policy {
    let mut policy = policy("p");
    policy.when = Some(rule);
    policy
}

/// The same comparison with the complementary operator.
pub(super) fn negated(rule: Expr) -> Expr {
    match rule {
        Expr::Test(test) => Expr::Test(Test {
            is_negated: !test.is_negated,
            ..test
        }),
        Expr::Field(test) => Expr::Field(FieldTest {
            is_negated: !test.is_negated,
            ..test
        }),
        other => Expr::Not(Box::new(other)),
    }
}

pub(super) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn filter(is_exclude: bool, rule: Expr) -> DeviceFilter {
    DeviceFilter {
        is_exclude,
        rule,
        text: String::new(),
        span: Default::default(),
    }
}

/// A user with a browser on Windows, without risk, without a device, asking for `app1`; the members
/// of the change replace or extend that, `null` removes.
pub(super) fn request(change: Value) -> Value {
    let mut request = json!({
        "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn", "userId": "u1" },
        "signInContext": { "@odata.type": "applicationContext", "includeApplications": ["app1"] },
        "signInConditions": {
            "clientAppType": "browser",
            "devicePlatform": "windows",
            "userRiskLevel": "none",
            "signInRiskLevel": "none",
            "insiderRiskLevel": "none",
            "servicePrincipalRiskLevel": "none",
            "agentIdRiskLevel": "none",
        },
    });
    merge(&mut request, change);
    request
}

fn merge(into: &mut Value, change: Value) {
    match (into, change) {
        (Value::Object(into), Value::Object(change)) => {
            for (name, value) in change {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, change) => *into = change,
    }
}

/// A request for the user action of registering security information.
pub(super) fn registering(change: Value) -> Value {
    let mut request = request(change);
    request["signInContext"] = json!({ "userAction": "registerSecurityInformation" });
    request
}

pub(super) fn decide(set: &PolicySet, request: &Value) -> Value {
    crate::decide(set, request, Mode::Graph, None).unwrap()
}

/// Whether the only policy applies: `Some` in both modes alike, `None` where they differ.
pub(super) fn applies(set: &PolicySet, request: &Value) -> Option<bool> {
    let applies = |mode| crate::applies(set, request, mode, None).unwrap()[0].applies;
    let (certainly, possibly) = (applies(Mode::Graph), applies(Mode::Pessimistic));
    if certainly == possibly {
        Some(certainly)
    } else {
        None
    }
}

/// As [`applies`], of a policy alone.
pub(super) fn meets(policy: Policy, request: &Value) -> Option<bool> {
    applies(&set(vec![policy]), request)
}
