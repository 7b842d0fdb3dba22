//! Device compliance: random policies, and what random devices report.

use gatewright_hir::model::{
    Compliance, CompliancePolicy, Expr, GraphForm, Located, ScheduledAction, Scoped,
    SettingRequirement, Unmodelled, UserScope,
};
use gatewright_hir::schema::Schema;
use gatewright_source::Span;
use gatewright_value::vocabulary::{CompliancePlatform, NoncomplianceAction};
use serde_json::{Map, Value, json};

use super::expressions::expression;
use super::random::Random;
use super::requests::value;
use super::world;

/// Settings that most policies ask about and most devices report.
const USUAL: &[&str] = &[
    "setting.threatLevel",
    "setting.osVersion",
    "setting.passwordMinimumLength",
    "setting.bitLockerEnabled",
];

/// The time of every sign-in that says one.
pub const NOW: &str = "2026-11-22T09:00:00Z";

/// Times at and beside the ends of grace periods, of validity, and of the time to register.
pub const TIMES: &[&str] = &[
    "2026-11-22T08:59:59.999Z",
    "2026-11-21T09:00:00.001Z",
    "2026-11-21T10:00:00+01:00",
    "2026-11-20T09:00:00Z",
    "2026-11-08T09:00:00.001Z",
    "2026-11-08T09:00:00Z",
    "2026-10-23T09:00:00Z",
    "2026-10-23T08:59:59.999Z",
    "2026-12-01T00:00:00Z",
];

/// Random compliance policies; often none.
#[must_use]
pub fn compliance(random: &mut Random, schema: &Schema) -> Compliance {
    let count = if random.chance(40) {
        0
    } else {
        1 + random.below(4)
    };
    Compliance {
        policies: (0..count).map(|n| policy(random, schema, n)).collect(),
        is_secure_by_default: random.chance(40),
        check_in_days: *random.pick(&[1, 30, 30, 120]),
    }
}

fn policy(random: &mut Random, schema: &Schema, number: usize) -> CompliancePolicy {
    let name = format!("C{number:02}");
    CompliancePolicy {
        id: world::id("compliance", number),
        has_server_id: true,
        display_name: name,
        name_span: Span::default(),
        span: Span::default(),
        platform: if random.chance(60) {
            CompliancePlatform::Windows
        } else {
            *random.pick(CompliancePlatform::ALL)
        },
        users: users(random),
        requirements: (0..1 + random.below(2))
            .map(|_| SettingRequirement {
                rule: requirement(random, schema),
                span: Span::default(),
            })
            .collect(),
        actions: actions(random),
        unmodelled: unmodelled(random),
        form: GraphForm::default(),
    }
}

/// Rarely a member that may be a requirement, or one that is none.
fn unmodelled(random: &mut Random) -> Vec<Unmodelled> {
    if !random.chance(6) {
        return Vec::new();
    }
    vec![Unmodelled {
        path: vec!["somethingNew".to_owned()],
        json: "{}".to_owned(),
        span: Span::default(),
        is_condition: random.chance(70),
    }]
}

fn requirement(random: &mut Random, schema: &Schema) -> Expr {
    let prefix = if random.chance(85) {
        *random.pick(USUAL)
    } else {
        "setting."
    };
    let depth = random.below(2);
    expression(random, schema, prefix, depth)
}

fn users(random: &mut Random) -> Scoped<UserScope> {
    let located = |value| Located {
        value,
        span: Span::default(),
    };
    let group = |random: &mut Random| UserScope::Group(world::id("group", random.below(8)));
    let include = match random.below(10) {
        0..=4 => vec![UserScope::All],
        5 => vec![UserScope::User(world::id("user", random.below(6)))],
        6..=8 => vec![group(random), group(random)],
        _ => Vec::new(),
    };
    let exclude = if random.chance(30) {
        vec![group(random)]
    } else {
        Vec::new()
    };
    Scoped {
        include: include.into_iter().map(located).collect(),
        exclude: exclude.into_iter().map(located).collect(),
        span: Span::default(),
    }
}

fn actions(random: &mut Random) -> Vec<ScheduledAction> {
    let kinds = [
        NoncomplianceAction::Block,
        NoncomplianceAction::Notification,
    ];
    let mut actions = Vec::new();
    for _ in 0..random.below(4) {
        actions.push(ScheduledAction {
            kind: *random.pick(&kinds),
            after_hours: *random.pick(&[0, 24, 24, 48]),
            template: None,
            span: Span::default(),
        });
    }
    actions
}

/// A random `compliance` of a request.
#[must_use]
pub fn report(random: &mut Random, schema: &Schema) -> Value {
    let mut report = Map::new();
    if random.chance(60) {
        let platform = if random.chance(60) {
            CompliancePlatform::Windows
        } else {
            *random.pick(CompliancePlatform::ALL)
        };
        report.insert("platform".to_owned(), json!(platform.name()));
    }
    let mut settings = Map::new();
    for attribute in &schema.attributes {
        let Some(name) = attribute.name.strip_prefix("setting.") else {
            continue;
        };
        let is_usual = USUAL.contains(&attribute.name.as_str());
        if random.chance(if is_usual { 80 } else { 15 }) {
            settings.insert(name.to_owned(), value(random, attribute));
        }
    }
    if settings.contains_key("threatLevel") && random.chance(10) {
        let none = *random.pick(&["none", "Clear"]);
        settings.insert("threatLevel".to_owned(), json!(none));
    }
    if random.chance(90) {
        report.insert("settings".to_owned(), Value::Object(settings));
    }
    for name in ["noncompliantSince", "lastCheckIn"] {
        if random.chance(60) {
            report.insert(name.to_owned(), json!(random.pick(TIMES)));
        }
    }
    Value::Object(report)
}

/// What a request says of the registration of security information.
pub fn registration(random: &mut Random, context: &mut Map<String, Value>) {
    if random.chance(60) {
        context.insert("mfaRegistered".to_owned(), json!(random.chance(30)));
    }
    if random.chance(70) {
        let first = *random.pick(TIMES);
        context.insert("firstInteractiveSignIn".to_owned(), json!(first));
    }
    if random.chance(40) {
        context.insert("mfaDeemedNecessary".to_owned(), json!(random.chance(60)));
    }
}
