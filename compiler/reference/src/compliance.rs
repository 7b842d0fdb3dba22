//! Device compliance: what management knows of a device, and what follows.
//!
//! SEMANTICS: §19

use gatewright_hir::model::{Compliance, CompliancePolicy, PolicySet};
use gatewright_hir::schema::Schema;
use gatewright_value::Kind;
use gatewright_value::vocabulary::CompliancePlatform;
use serde_json::{Value, json};

use crate::facts::{Fact, Facts, fold};
use crate::logic::{self, Kleene};
use crate::read::{Object, refuse};
use crate::rule::{self, World};
use crate::{RequestError, order, own, who};

/// What a request says under `compliance`, settings apart.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// Milliseconds since 1970.
    noncompliant_since: Option<i64>,
    /// Milliseconds since 1970.
    last_check_in: Option<i64>,
}

/// The state of a device or of a policy about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    NotApplicable,
    Compliant,
    InGracePeriod,
    Noncompliant,
    Unknown,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::NotApplicable => "notApplicable",
            State::Compliant => "compliant",
            State::InGracePeriod => "inGracePeriod",
            State::Noncompliant => "noncompliant",
            State::Unknown => "unknown",
        }
    }
}

/// Read `compliance`; `None` where it is absent.
///
/// SEMANTICS: §19.1
pub(crate) fn read(
    schema: &Schema,
    given: &Object<'_>,
    facts: &mut Facts,
) -> Result<Option<Report>, RequestError> {
    given.allow(&["platform", "settings", "noncompliantSince", "lastCheckIn"])?;
    read_settings(schema, &given.object("settings")?, facts)?;
    if !given.is_there() {
        return Ok(None);
    }
    if let Some(written) = given.text("platform")? {
        let Some(platform) = CompliancePlatform::parse(written) else {
            return refuse(format!("`{written}` is no platform of device management"));
        };
        let platform = Fact::Text(platform.name().to_owned());
        facts.set("device.managedPlatform", platform);
    }
    Ok(Some(Report {
        noncompliant_since: given.time("noncompliantSince")?,
        last_check_in: given.time("lastCheckIn")?,
    }))
}

fn read_settings(
    schema: &Schema,
    settings: &Object<'_>,
    facts: &mut Facts,
) -> Result<(), RequestError> {
    let mut allowed = Vec::new();
    for attribute in &schema.attributes {
        let Some(name) = attribute.name.strip_prefix("setting.") else {
            continue;
        };
        allowed.push(name);
        let fact = match settings.member(name) {
            None if matches!(attribute.kind, Kind::Set(_)) => Fact::Set(Vec::new()),
            None => Fact::Null,
            // SEMANTICS: §19.5
            Some(Value::String(level)) if is_no_threat(&attribute.kind, level) => {
                Fact::Text("secured".to_owned())
            }
            Some(value) => own::read_value(&attribute.kind, value, &settings.place_of(name))?,
        };
        facts.set(&attribute.name, fact);
    }
    settings.allow(&allowed)
}

/// Whether this is another name for the least threat level.
fn is_no_threat(kind: &Kind, level: &str) -> bool {
    let Kind::Enumeration { members, .. } = kind else {
        return false;
    };
    let has = |name: &str| members.iter().any(|member| fold(member) == fold(name));
    (fold(level) == "none" || fold(level) == "clear") && has("secured") && !has(level)
}

/// Set `device.managedPlatform` and `device.isCompliant`, after what is not known has been said; the
/// decision's member `compliance`, where there is one.
pub(crate) fn derive(set: &PolicySet, report: &Report, facts: &mut Facts) -> Option<Value> {
    if *facts.get("device.managedPlatform") == Fact::Null {
        let platform = platform_of_client(facts.get("signIn.platform"));
        facts.set("device.managedPlatform", platform);
    }
    if set.compliance.policies.is_empty() {
        return None;
    }
    let (state, policies) = states(set, report, facts);
    if *facts.get("device.isCompliant") != Fact::Unknown {
        let is_compliant = match state {
            State::Noncompliant => Fact::Boolean(false),
            State::Unknown => Fact::Unknown,
            _ => Fact::Boolean(true),
        };
        facts.set("device.isCompliant", is_compliant);
    }
    let mut told = Vec::new();
    for (policy, state) in set.compliance.policies.iter().zip(policies) {
        told.push(json!({
            "id": policy.id,
            "displayName": policy.display_name,
            "state": state.name(),
        }));
    }
    Some(json!({ "state": state.name(), "policies": told }))
}

/// SEMANTICS: §19.1
fn platform_of_client(platform: &Fact) -> Fact {
    let Fact::Text(name) = platform else {
        return Fact::Unknown;
    };
    let managed = match fold(name).as_str() {
        "windows" => "windows",
        "ios" => "iOS",
        "macos" => "macOS",
        "linux" => "linux",
        "android" => "androidWorkProfile",
        _ => return Fact::Unknown,
    };
    Fact::Text(managed.to_owned())
}

/// The state of the device, and that of each policy.
///
/// SEMANTICS: §19.4
fn states(set: &PolicySet, report: &Report, facts: &Facts) -> (State, Vec<State>) {
    let world = World {
        schema: &set.schema,
        locations: &set.locations,
        app_groups: &set.app_groups,
        facts,
    };
    let compliance = &set.compliance;
    let mut policies = Vec::new();
    let mut assigned_to_some = Kleene::False;
    let mut is_undecided = false;
    for policy in &compliance.policies {
        let assigned = is_assigned(&world, policy);
        let met = is_met(&world, policy);
        let state = state_of(policy, assigned, met, report, facts);
        assigned_to_some = logic::any([assigned_to_some, assigned]);
        is_undecided |= match assigned {
            Kleene::False => false,
            Kleene::Unknown => met != Kleene::True,
            Kleene::True => state == State::Unknown,
        };
        policies.push(state);
    }
    let has = |state: State| policies.contains(&state);
    let stale = is_stale(compliance, report, facts);
    let is_secure = compliance.is_secure_by_default;
    let state = if stale == Kleene::True
        || has(State::Noncompliant)
        || (is_secure && assigned_to_some == Kleene::False)
    {
        State::Noncompliant
    } else if stale == Kleene::Unknown
        || is_undecided
        || (is_secure && assigned_to_some == Kleene::Unknown)
    {
        State::Unknown
    } else if has(State::InGracePeriod) {
        State::InGracePeriod
    } else {
        State::Compliant
    };
    (state, policies)
}

/// SEMANTICS: §19.2
fn is_assigned(world: &World<'_>, policy: &CompliancePolicy) -> Kleene {
    logic::all([
        world.facts.equals("signIn.identity", "user"),
        who::are_users(world, &policy.users),
        world
            .facts
            .equals("device.managedPlatform", policy.platform.name()),
    ])
}

/// SEMANTICS: §19.3, §19.7
fn is_met(world: &World<'_>, policy: &CompliancePolicy) -> Kleene {
    let required = policy.requirements.iter();
    let required = required.map(|requirement| rule::holds(world, &requirement.rule));
    let unmodelled = policy
        .unmodelled
        .iter()
        .filter(|member| member.is_condition);
    logic::all(required.chain(unmodelled.map(|_| Kleene::Unknown)))
}

/// SEMANTICS: §19.3
fn state_of(
    policy: &CompliancePolicy,
    assigned: Kleene,
    met: Kleene,
    report: &Report,
    facts: &Facts,
) -> State {
    match (assigned, met) {
        (Kleene::False, _) => State::NotApplicable,
        (Kleene::Unknown, _) | (_, Kleene::Unknown) => State::Unknown,
        (Kleene::True, Kleene::True) => State::Compliant,
        (Kleene::True, Kleene::False) => {
            match is_in_grace(policy.grace_hours(), report.noncompliant_since, facts) {
                Kleene::True => State::InGracePeriod,
                Kleene::Unknown => State::Unknown,
                Kleene::False => State::Noncompliant,
            }
        }
    }
}

fn is_in_grace(hours: u32, since: Option<i64>, facts: &Facts) -> Kleene {
    if hours == 0 {
        return Kleene::False;
    }
    match (since, facts.get("signIn.now")) {
        (None, _) => Kleene::True,
        (Some(_), Fact::Unknown) => Kleene::Unknown,
        (Some(since), Fact::Number(now)) => {
            let passed = order::to_integer(*now) - i128::from(since);
            Kleene::from(passed < i128::from(hours) * 3_600_000)
        }
        (Some(_), _) => Kleene::True,
    }
}

/// SEMANTICS: §19.4
fn is_stale(compliance: &Compliance, report: &Report, facts: &Facts) -> Kleene {
    match (report.last_check_in, facts.get("signIn.now")) {
        (None, _) => Kleene::False,
        (Some(_), Fact::Unknown) => Kleene::Unknown,
        (Some(last), Fact::Number(now)) => {
            let passed = order::to_integer(*now) - i128::from(last);
            Kleene::from(passed > i128::from(compliance.check_in_days) * 86_400_000)
        }
        (Some(_), _) => Kleene::False,
    }
}
