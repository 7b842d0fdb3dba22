//! The conditions of policies as one would write them in an expression language, and requests as
//! one would hand them to it: flat texts and sets of texts, folded.
//!
//! What named locations an address is in is worked out by the caller, as callers of such engines do.

use std::collections::HashMap;

use gatewright_tests::workload::model::{
    ALL_PLATFORMS, Client, Combined, Effect, Field as Text, Flow, Guest, Guid, Location, Ownership,
    People, Places, Platform, Policy, Risk, Rule, SignIn, Trust, guid_text,
};
use gatewright_tests::workload::oracle::{self, Sum};
use gatewright_tests::workload::{Workload, tenant};
use rustc_hash::FxHashMap;

/// A condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Not so.
    Not(Box<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
    /// The user is one of these.
    User(Vec<String>),
    /// The user is in one of these groups.
    Group(Vec<String>),
    /// The user has one of these roles.
    Role(Vec<String>),
    /// The application is one of these.
    App(Vec<String>),
    /// The address is in one of these places.
    Place(Vec<String>),
    /// A text is one of these.
    Is(&'static str, Vec<String>),
    /// A text begins so.
    Starts(&'static str, String),
    /// A text has this part.
    Contains(&'static str, String),
}

/// The texts of a request that are one of a few.
pub const ENUMERATIONS: [&str; 9] = [
    "client",
    "platform",
    "user_risk",
    "sign_in_risk",
    "flow",
    "guest",
    "compliant",
    "trust",
    "ownership",
];

/// The texts of a device.
pub const TEXTS: [&str; 6] = [
    "display_name",
    "manufacturer",
    "model",
    "version",
    "extension1",
    "extension2",
];

fn field_name(field: Text) -> &'static str {
    TEXTS[field as usize]
}

fn ids(ids: &[Guid]) -> Vec<String> {
    ids.iter().map(|id| guid_text(*id)).collect()
}

fn names<T: Copy>(
    all: &[T],
    bits: u8,
    bit: fn(T) -> u8,
    name: fn(T) -> &'static str,
) -> Vec<String> {
    let members = all.iter().copied();
    members
        .filter(|m| bits & bit(*m) != 0)
        .map(|m| name(m).to_owned())
        .collect()
}

/// The condition of a policy.
pub fn condition(policy: &Policy) -> Condition {
    let mut all = Vec::new();
    let mut is = |name, texts: Vec<String>| {
        if !texts.is_empty() {
            all.push(Condition::Is(name, texts));
        }
    };
    is(
        "client",
        names(Client::ALL, policy.clients, Client::bit, Client::name),
    );
    let platforms = |bits| names(Platform::ALL, bits, Platform::bit, Platform::name);
    if policy.platforms.0 != ALL_PLATFORMS {
        is("platform", platforms(policy.platforms.0));
    }
    is(
        "user_risk",
        names(Risk::ALL, policy.user_risks, Risk::bit, Risk::name),
    );
    is(
        "sign_in_risk",
        names(Risk::ALL, policy.sign_in_risks, Risk::bit, Risk::name),
    );
    is(
        "flow",
        names(Flow::ALL, policy.flows, Flow::bit, Flow::name),
    );
    let not = |condition| Condition::Not(Box::new(condition));
    if policy.platforms.0 == ALL_PLATFORMS {
        all.push(not(Condition::Is(
            "platform",
            platforms(policy.platforms.1),
        )));
    }
    if !policy.include_apps.all {
        all.push(Condition::App(ids(&policy.include_apps.listed)));
    }
    if !policy.exclude_apps.listed.is_empty() {
        all.push(not(Condition::App(ids(&policy.exclude_apps.listed))));
    }
    all.extend(people(&policy.include));
    all.extend(people(&policy.exclude).map(not));
    if let Some((include, exclude)) = &policy.places {
        all.extend(places(include));
        all.extend(places(exclude).map(not));
    }
    if let Some(filter) = &policy.filter {
        let rule = rule(&filter.rule);
        all.push(if filter.excludes { not(rule) } else { rule });
    }
    Condition::All(all)
}

/// Whether the user is among them; `None` where nothing is asked, which of excluded people is
/// nobody and of included ones everybody.
fn people(people: &People) -> Option<Condition> {
    if people.all {
        return None;
    }
    let mut any = Vec::new();
    if !people.users.is_empty() {
        any.push(Condition::User(ids(&people.users)));
    }
    if !people.groups.is_empty() {
        any.push(Condition::Group(ids(&people.groups)));
    }
    if !people.roles.is_empty() {
        any.push(Condition::Role(ids(&people.roles)));
    }
    if people.guests != 0 {
        let guests = names(Guest::ALL, people.guests, Guest::bit, Guest::name);
        any.push(Condition::Is("guest", guests));
    }
    (!any.is_empty()).then_some(Condition::Any(any))
}

fn places(places: &Places) -> Option<Condition> {
    if places.all {
        return None;
    }
    let mut listed: Vec<String> = places.listed.iter().map(|at| format!("l{at}")).collect();
    if places.trusted {
        listed.push("trusted".to_owned());
    }
    (!listed.is_empty()).then_some(Condition::Place(listed))
}

fn rule(of: &Rule) -> Condition {
    let texts = |texts: &[String]| texts.iter().map(|t| t.to_lowercase()).collect();
    match of {
        Rule::Equals(field, values) => Condition::Is(field_name(*field), texts(values)),
        Rule::Differs(field, values) => {
            Condition::Not(Box::new(Condition::Is(field_name(*field), texts(values))))
        }
        Rule::StartsWith(field, text) => Condition::Starts(field_name(*field), text.to_lowercase()),
        Rule::Contains(field, text) => Condition::Contains(field_name(*field), text.to_lowercase()),
        Rule::TrustIs(trust) => Condition::Is("trust", vec![trust.name().to_owned()]),
        Rule::OwnedBy(owner) => Condition::Is("ownership", vec![owner.name().to_owned()]),
        Rule::Compliant(truth) => Condition::Is("compliant", vec![truth.to_string()]),
        Rule::All(rules) => Condition::All(rules.iter().map(rule).collect()),
        Rule::Any(rules) => Condition::Any(rules.iter().map(rule).collect()),
    }
}

/// A request in flat texts.
#[derive(Clone, Debug)]
pub struct Flat {
    /// Who.
    pub user: String,
    /// What for.
    pub app: String,
    /// Groups.
    pub groups: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
    /// Named locations, and `trusted`.
    pub places: Vec<String>,
    /// By [`ENUMERATIONS`].
    pub members: [&'static str; 9],
    /// By [`TEXTS`], folded; empty where there is none.
    pub texts: [String; 6],
}

impl Flat {
    /// The texts of a sign-in.
    pub fn new(sign_in: &SignIn, locations: &[Location]) -> Flat {
        let mut places = Vec::new();
        let mut is_trusted = false;
        for (number, location) in locations.iter().enumerate() {
            if location.contains(sign_in.address, sign_in.country) {
                places.push(format!("l{number}"));
                is_trusted |= location.is_trusted();
            }
        }
        if is_trusted {
            places.push("trusted".to_owned());
        }
        let device = sign_in.device.as_ref();
        let compliant = device.map_or("", |d| if d.is_compliant { "true" } else { "false" });
        let text = |field: &Text| {
            device
                .and_then(|d| d.text(*field))
                .map_or(String::new(), str::to_lowercase)
        };
        let mut texts = [const { String::new() }; 6];
        for (into, field) in texts.iter_mut().zip(Text::ALL) {
            *into = text(field);
        }
        Flat {
            user: guid_text(sign_in.user),
            app: guid_text(sign_in.app),
            groups: ids(&sign_in.groups),
            roles: ids(&sign_in.roles),
            places,
            members: [
                sign_in.client.name(),
                sign_in.platform.map_or("unknown", Platform::name),
                sign_in.user_risk.name(),
                sign_in.sign_in_risk.name(),
                sign_in.flow.map_or("", Flow::name),
                sign_in.guest.map_or("", Guest::name),
                compliant,
                device.map_or("", |d| Trust::name(d.trust)),
                device.map_or("", |d| Ownership::name(d.ownership)),
            ],
            texts,
        }
    }

    /// Names and texts, those of a few and those of the device.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let members = ENUMERATIONS.into_iter().zip(self.members);
        members.chain(TEXTS.into_iter().zip(self.texts.iter().map(String::as_str)))
    }
}

/// Policies by application and, where they are about listed groups and users alone, by those: what
/// a careful caller asks an engine about.
pub struct Slices {
    /// By application: policies about everybody, roles or guests; those that block first.
    general: FxHashMap<Guid, Vec<u32>>,
    /// Policies by group or user.
    by_member: FxHashMap<Guid, Vec<u32>>,
    /// By policy: whether it reaches an application.
    reaches: Vec<FxHashMap<Guid, bool>>,
    is_for_all_apps: Vec<bool>,
    effects: Vec<Effect>,
    stamps: Vec<u32>,
    stamp: u32,
}

impl Slices {
    /// Slice a set.
    pub fn new(workload: &Workload) -> Slices {
        let mut numbers: Vec<u32> = (0..workload.policies.len() as u32).collect();
        numbers.sort_by_key(|number| {
            let effect = &workload.policies[*number as usize].effect;
            (
                effect.is_report_only,
                !effect.is_block,
                32 - effect.clauses.count_ones(),
            )
        });
        let mut slices = Slices {
            general: HashMap::default(),
            by_member: HashMap::default(),
            reaches: vec![HashMap::default(); workload.policies.len()],
            is_for_all_apps: workload
                .policies
                .iter()
                .map(|p| p.include_apps.all)
                .collect(),
            effects: workload
                .policies
                .iter()
                .map(|policy| policy.effect)
                .collect(),
            stamps: vec![0; workload.policies.len()],
            stamp: 0,
        };
        for number in numbers {
            let policy = &workload.policies[number as usize];
            let reaches = &mut slices.reaches[number as usize];
            for app in &policy.include_apps.listed {
                reaches.insert(*app, true);
            }
            for app in &policy.exclude_apps.listed {
                reaches.insert(*app, false);
            }
            let include = &policy.include;
            if !include.all && include.roles.is_empty() && include.guests == 0 {
                for member in include.groups.iter().chain(&include.users) {
                    slices.by_member.entry(*member).or_default().push(number);
                }
                continue;
            }
            for app in (0..tenant::APPS).map(tenant::app_id) {
                if slices.is_reached(number, app) {
                    slices.general.entry(app).or_default().push(number);
                }
            }
        }
        slices
    }

    fn is_reached(&self, number: u32, app: Guid) -> bool {
        let number = number as usize;
        let told = self.reaches[number].get(&app).copied();
        told.unwrap_or(self.is_for_all_apps[number])
    }

    /// Visit the policies that may apply, until told to stop.
    pub fn visit(&mut self, sign_in: &SignIn, mut visit: impl FnMut(u32, &Effect) -> bool) {
        self.stamp += 1;
        for number in self.general.get(&sign_in.app).into_iter().flatten() {
            if !visit(*number, &self.effects[*number as usize]) {
                return;
            }
        }
        for member in sign_in.groups.iter().chain([&sign_in.user]) {
            for number in self.by_member.get(member).into_iter().flatten() {
                let stamp = &mut self.stamps[*number as usize];
                let is_new = *stamp != self.stamp;
                *stamp = self.stamp;
                if is_new
                    && self.is_reached(*number, sign_in.app)
                    && !visit(*number, &self.effects[*number as usize])
                {
                    return;
                }
            }
        }
    }

    /// The combined decision; what is owed already is not asked.
    pub fn combined(&mut self, sign_in: &SignIn, mut applies: impl FnMut(u32) -> bool) -> Combined {
        let met = oracle::met(oracle::held(sign_in));
        let (mut sum, mut is_blocked) = (Sum::default(), false);
        self.visit(sign_in, |number, effect| {
            if effect.is_report_only || (!effect.is_block && sum.owes(effect, met)) {
                return true;
            }
            if applies(number) {
                if effect.is_block {
                    is_blocked = true;
                    return false;
                }
                sum.add(effect);
            }
            true
        });
        if is_blocked {
            return Combined::BLOCK;
        }
        sum.finish(met, sign_in.client)
    }

    /// All policies that apply.
    pub fn list(
        &mut self,
        sign_in: &SignIn,
        list: &mut Vec<u32>,
        mut applies: impl FnMut(u32) -> bool,
    ) {
        list.clear();
        self.visit(sign_in, |number, _| {
            if applies(number) {
                list.push(number);
            }
            true
        });
        list.sort_unstable();
    }
}

/// The combined decision of a list.
pub fn combine(workload: &Workload, list: &[u32], sign_in: &SignIn) -> Combined {
    let effects = list
        .iter()
        .map(|number| &workload.policies[*number as usize].effect);
    oracle::combine(effects, oracle::held(sign_in), sign_in.client)
}
