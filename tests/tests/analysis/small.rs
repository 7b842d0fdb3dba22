//! Small policy sets, each with all sign-ins that can tell its policies apart.
//!
//! A set speaks of a few things only, such as groups, clients and devices; sign-ins are all
//! combinations of a few values of each, as far as such a sign-in can exist. That is written out
//! here from `docs/semantics.md`, §14, and not taken from what searches go by.

use gatewright_analysis::{Fact, Facts};
use gatewright_hir::model::{
    AgentScope, AppScope, Assignments, Comparison, Condition, Control, DeviceFilter, Edition, Expr,
    Guests, Located, LocationKind, LocationScope, NamedLocation, Outcome, PlatformScope, Policy,
    PolicySet, Requirement, Scoped, ServicePrincipalScope, Target, Test, UserScope, Who,
};
use gatewright_hir::schema::{AttributeId, Schema};
use gatewright_source::Span;
use gatewright_tests::generate::Random;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::world::{id, strengths};
use gatewright_value::vocabulary::{
    BuiltInControl, ClientApp, GuestType, Platform, RiskLevel, State, TransferMethod, UserAction,
};
use gatewright_value::{
    AddressRange, CloudAppSecurity, FrequencyAuthentication, FrequencyInterval, Kind,
    PersistentBrowser, SessionControls, SignInFrequency, fold,
};

use crate::missing::{Missing, follow};
use crate::oracle::Property;

#[path = "everyone.rs"]
mod everyone;

/// A set, what is claimed of it, and all its sign-ins.
pub(crate) struct Small {
    pub(crate) set: PolicySet,
    /// Another set about the same things.
    pub(crate) other: PolicySet,
    pub(crate) properties: Vec<Property>,
    pub(crate) sign_ins: Vec<Facts>,
    /// The sign-in that is unusual in nothing.
    pub(crate) ordinary: Facts,
    /// Whether all combinations are there.
    pub(crate) is_whole: bool,
    /// What may be missing of its sign-ins.
    pub(crate) missing: Missing,
}

/// What a set can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topic {
    Ids,
    Groups,
    Roles,
    Guests,
    Identities,
    Apps,
    Targets,
    Baseline,
    Clients,
    Platforms,
    Locations,
    SignInRisk,
    UserRisk,
    Flows,
    Devices,
    Extension,
    Enrolment,
}

const PEOPLE: [Topic; 5] = [
    Topic::Ids,
    Topic::Groups,
    Topic::Roles,
    Topic::Guests,
    Topic::Identities,
];
const OTHERS: [Topic; 12] = [
    Topic::Apps,
    Topic::Targets,
    Topic::Baseline,
    Topic::Clients,
    Topic::Platforms,
    Topic::Locations,
    Topic::SignInRisk,
    Topic::UserRisk,
    Topic::Flows,
    Topic::Devices,
    Topic::Extension,
    Topic::Enrolment,
];

/// Facts by the names of their attributes.
type Part = Vec<(&'static str, Fact)>;

/// A random small set of Conditional Access policies, and sign-ins of which this may be missing.
pub(crate) fn entra(
    random: &mut Random,
    base: &Base,
    sign_ins_max: usize,
    missing: Missing,
) -> Small {
    let mut topics = random.some(&PEOPLE, 0, 2);
    topics.extend(random.some(&OTHERS, 1, 3));
    let controls = controls(random);
    let mut strengths_known = base.strengths.clone();
    strengths_known.extend(strengths());
    strengths_known.sort_by(|a, b| a.id.cmp(&b.id));
    let maker = Maker {
        topics,
        controls,
        schema: &base.schema,
        missing,
    };
    let count = 1 + random.below(5);
    let policies = (0..count).map(|n| maker.policy(random, n)).collect();
    let set = PolicySet {
        schema: base.schema.clone(),
        edition: if random.chance(70) {
            Edition::NEWEST
        } else {
            Edition {
                year: 2026,
                month: 1,
            }
        },
        policies,
        locations: locations(),
        strengths: strengths_known,
        names: Vec::new(),
        app_groups: base.app_groups.clone(),
        compliance: Default::default(),
    };
    let other = match random.below(4) {
        0 => {
            let count = 1 + random.below(4);
            let policies = (0..count).map(|n| maker.policy(random, n)).collect();
            PolicySet {
                policies,
                ..set.clone()
            }
        }
        _ => maker.altered(random, &set),
    };
    let properties = (0..6).map(|n| maker.property(random, n)).collect();
    let (sign_ins, is_whole) = maker.sign_ins(random, sign_ins_max);
    let ordinary = facts(
        &base.schema,
        [
            plain_person(),
            plain_target(),
            plain_place(),
            unregistered(),
        ],
    );
    Small {
        set,
        other,
        properties,
        sign_ins,
        ordinary,
        is_whole,
        missing,
    }
}

fn controls(random: &mut Random) -> Vec<Control> {
    let built_in = [
        BuiltInControl::Mfa,
        BuiltInControl::CompliantDevice,
        BuiltInControl::DomainJoinedDevice,
        BuiltInControl::ApprovedApplication,
        BuiltInControl::PasswordChange,
    ];
    let mut all: Vec<Control> = built_in.into_iter().map(Control::BuiltIn).collect();
    for number in [2, 3, 4] {
        all.push(Control::Strength(format!(
            "00000000-0000-0000-0000-00000000000{number}"
        )));
    }
    all.push(Control::Strength(id("strength", 0)));
    all.push(Control::Strength(id("strength", 1)));
    all.push(Control::Terms(id("terms", 0)));
    random.some(&all, 2, 4)
}

fn ranges(text: &str, is_trusted: bool) -> LocationKind {
    let ranges = AddressRange::parse(text).map(|(range, _)| range);
    LocationKind::Ranges {
        ranges: ranges.into_iter().collect(),
        is_trusted,
    }
}

fn locations() -> Vec<NamedLocation> {
    let countries = |codes: &[&str], includes_unknown| LocationKind::Countries {
        countries: codes.iter().map(|code| (*code).to_owned()).collect(),
        includes_unknown,
        by_gps: false,
    };
    let kinds = [
        ranges("203.0.113.0/24", true),
        ranges("192.0.2.0/24", false),
        countries(&["KP"], true),
        countries(&["BE", "NL"], false),
    ];
    let mut all: Vec<NamedLocation> = kinds
        .into_iter()
        .enumerate()
        .map(|(number, kind)| NamedLocation {
            id: id("location", number),
            display_name: format!("Location {number}"),
            kind,
            span: Span::default(),
            form: Default::default(),
        })
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn located<T>(value: T) -> Located<T> {
    Located {
        value,
        span: Span::default(),
    }
}

fn condition<T>(members: Vec<T>) -> Condition<T> {
    Condition {
        members,
        span: Span::default(),
    }
}

pub(crate) fn blank(number: usize) -> Policy {
    Policy {
        id: id("policy", number),
        has_server_id: true,
        display_name: format!("P{number}"),
        state: State::Enabled,
        name_span: Span::default(),
        span: Span::default(),
        assignments: None,
        when: None,
        outcome: Outcome::default(),
        unmodelled: Vec::new(),
        form: Default::default(),
        annotations: Default::default(),
        scopes: Vec::new(),
    }
}

struct Maker<'a> {
    topics: Vec<Topic>,
    controls: Vec<Control>,
    schema: &'a Schema,
    missing: Missing,
}

impl Maker<'_> {
    fn has(&self, topic: Topic) -> bool {
        self.topics.contains(&topic)
    }

    /// The set with a change or two, as people make them.
    fn altered(&self, random: &mut Random, set: &PolicySet) -> PolicySet {
        let mut set = set.clone();
        for _ in 0..1 + random.below(2) {
            if set.policies.is_empty() {
                return set;
            }
            let at = random.below(set.policies.len());
            let fresh = self.policy(random, 20);
            let policy = &mut set.policies[at];
            match random.below(7) {
                0 => {
                    set.policies.remove(at);
                }
                1 => policy.outcome = self.outcome(random),
                2 => policy.state = State::Disabled,
                3 => policy.assignments = fresh.assignments,
                4 => set.policies.push(fresh),
                5 => {
                    let who = policy.assignments.as_mut().map(|of| &mut of.who);
                    if let Some(Who::Users(users)) = who {
                        users.exclude.pop();
                    }
                }
                _ => {
                    if let Some(of) = &mut policy.assignments {
                        (of.clients, of.platforms, of.devices) = (None, None, None);
                    }
                }
            }
        }
        set
    }

    fn policy(&self, random: &mut Random, number: usize) -> Policy {
        let state = match random.below(12) {
            0 => State::Disabled,
            1 => State::ReportOnly,
            _ => State::Enabled,
        };
        Policy {
            state,
            assignments: Some(Box::new(self.assignments(random, 40))),
            when: random.chance(10).then(|| self.when(random)).flatten(),
            outcome: self.outcome(random),
            ..blank(number)
        }
    }

    fn property(&self, random: &mut Random, number: usize) -> Property {
        let mut outcome = Outcome::default();
        match random.below(10) {
            0 | 1 => outcome.is_block = true,
            2 => outcome.session = session(random, true),
            _ => outcome.requirement = Some(self.requirement(random)),
        }
        let policy = Policy {
            assignments: Some(Box::new(self.assignments(random, 25))),
            outcome,
            ..blank(1000 + number)
        };
        let is_always = random.chance(65);
        Property {
            name: format!("invariant {number}"),
            policy,
            is_always,
        }
    }

    fn outcome(&self, random: &mut Random) -> Outcome {
        let is_block = random.chance(20);
        Outcome {
            is_block,
            requirement: (!is_block && random.chance(90)).then(|| self.requirement(random)),
            session: if random.chance(25) {
                session(random, false)
            } else {
                Default::default()
            },
            ..Outcome::default()
        }
    }

    fn requirement(&self, random: &mut Random) -> Requirement {
        let is_all = random.chance(40);
        let most = if random.chance(60) { 1 } else { 2 };
        Requirement {
            is_all,
            controls: random.some(&self.controls, 1, most),
            span: Span::default(),
        }
    }

    fn assignments(&self, random: &mut Random, percent: usize) -> Assignments {
        let mut chance = |topic: Topic, percent: usize| self.has(topic) && random.chance(percent);
        let (clients, flows) = (
            chance(Topic::Clients, percent),
            chance(Topic::Flows, percent),
        );
        let (platforms, locations) = (
            chance(Topic::Platforms, percent),
            chance(Topic::Locations, percent),
        );
        let (sign_in, user) = (
            chance(Topic::SignInRisk, percent),
            chance(Topic::UserRisk, percent),
        );
        let devices = chance(Topic::Devices, percent) || chance(Topic::Extension, percent);
        Assignments {
            who: self.who(random),
            target: self.target(random),
            user_risk: user.then(|| condition(random.some(RiskLevel::ALL, 1, 2))),
            sign_in_risk: sign_in.then(|| condition(random.some(RiskLevel::ALL, 1, 3))),
            insider_risk: None,
            service_principal_risk: None,
            agent_risk: None,
            platforms: platforms.then(|| {
                let one = |platform: &Platform| located(PlatformScope::Platform(*platform));
                let exclude = random.some(Platform::ALL, 1, 5).iter().map(one).collect();
                if random.chance(50) {
                    scoped(vec![located(PlatformScope::All)], exclude)
                } else {
                    let include = random.some(Platform::ALL, 1, 6).iter().map(one).collect();
                    scoped(
                        include,
                        if random.chance(30) {
                            exclude
                        } else {
                            Vec::new()
                        },
                    )
                }
            }),
            locations: locations.then(|| {
                let mut some = |most| -> Vec<Located<LocationScope>> {
                    (0..1 + random.below(most))
                        .map(|_| located(self.location(random)))
                        .collect()
                };
                let (include, exclude) = (some(2), some(2));
                match random.below(3) {
                    0 => scoped(include, Vec::new()),
                    1 => scoped(include, exclude),
                    _ => scoped(vec![located(LocationScope::All)], exclude),
                }
            }),
            clients: clients.then(|| condition(random.some(ClientApp::ALL, 1, 3))),
            devices: devices.then(|| DeviceFilter {
                is_exclude: random.chance(50),
                rule: self.device_rule(random, 2),
                text: "generated".to_owned(),
                span: Span::default(),
            }),
            flows: flows.then(|| condition(random.some(TransferMethod::ALL, 1, 2))),
        }
    }

    fn who(&self, random: &mut Random) -> Who {
        if self.has(Topic::Identities) && random.chance(35) {
            return if random.chance(60) {
                let one = ServicePrincipalScope::Id(id("servicePrincipal", 0));
                if random.chance(50) {
                    let exclude = if random.chance(50) {
                        vec![located(one)]
                    } else {
                        Vec::new()
                    };
                    Who::ServicePrincipals(scoped(
                        vec![located(ServicePrincipalScope::Owned)],
                        exclude,
                    ))
                } else {
                    Who::ServicePrincipals(scoped(vec![located(one)], Vec::new()))
                }
            } else {
                let one = AgentScope::Id(id("agent", 0));
                let one = if random.chance(50) {
                    AgentScope::All
                } else {
                    one
                };
                Who::Agents(scoped(vec![located(one)], Vec::new()))
            };
        }
        let mut items: Vec<UserScope> = Vec::new();
        if self.has(Topic::Ids) {
            items.push(UserScope::User(id("user", 0)));
        }
        if self.has(Topic::Groups) {
            items.extend([0, 1].map(|n| UserScope::Group(id("group", n))));
        }
        if self.has(Topic::Roles) {
            items.push(UserScope::Role(id("role", 0)));
        }
        if self.has(Topic::Guests) {
            let types = random.some(&GuestType::ALL[..3], 1, 2);
            let tenants = random.chance(50).then(|| vec![id("tenant", 0)]);
            items.push(UserScope::Guests(Guests { types, tenants }));
        }
        if self.has(Topic::Identities) {
            items.push(UserScope::AllAgentUsers);
        }
        let include = if items.is_empty() || random.chance(55) {
            vec![UserScope::All]
        } else {
            random.some(&items, 1, 2)
        };
        let exclude = if random.chance(45) {
            random.some(&items, 0, 2)
        } else {
            Vec::new()
        };
        let all = |items: Vec<UserScope>| items.into_iter().map(located).collect();
        Who::Users(scoped(all(include), all(exclude)))
    }

    fn target(&self, random: &mut Random) -> Target {
        if self.has(Topic::Targets) && random.chance(35) {
            return if random.chance(70) {
                Target::Actions(condition(random.some(UserAction::ALL, 1, 2)))
            } else {
                Target::Contexts(condition(vec!["c1".to_owned()]))
            };
        }
        let mut apps = Vec::new();
        if self.has(Topic::Apps) || self.has(Topic::Baseline) {
            apps.extend([0, 1].map(|n| AppScope::App(id("app", n))));
        }
        let include = if apps.is_empty() || random.chance(55) {
            vec![AppScope::All]
        } else {
            random.some(&apps, 1, 2)
        };
        let exclude = if random.chance(40) {
            random.some(&apps, 0, 1)
        } else {
            Vec::new()
        };
        let all = |items: Vec<AppScope>| items.into_iter().map(located).collect();
        Target::Apps(scoped(all(include), all(exclude)))
    }

    fn location(&self, random: &mut Random) -> LocationScope {
        match random.below(6) {
            0 => LocationScope::AllTrusted,
            _ => LocationScope::Named(id("location", random.below(4))),
        }
    }

    fn test(&self, name: &str, comparison: Comparison, is_negated: bool) -> Expr {
        let found = self.schema.find_attribute(name);
        Expr::Test(Test {
            attribute: found.unwrap_or(AttributeId(0)),
            comparison,
            is_negated,
            span: Span::default(),
            needs_managed_device: name.starts_with("device.extensionAttribute"),
        })
    }

    fn device_rule(&self, random: &mut Random, depth: usize) -> Expr {
        if depth > 0 && random.chance(40) {
            let parts = vec![
                self.device_rule(random, depth - 1),
                self.device_rule(random, depth - 1),
            ];
            return if random.chance(50) {
                Expr::All(parts)
            } else {
                Expr::Any(parts)
            };
        }
        let is_negated = random.chance(50);
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        if self.has(Topic::Extension) && random.chance(60) {
            let comparison = match random.below(3) {
                0 => Comparison::OneOf(texts(&["saw"])),
                1 => Comparison::StartsWith(texts(&["s"])),
                _ => Comparison::Contains(texts(&["aw"])),
            };
            return self.test("device.extensionAttribute1", comparison, is_negated);
        }
        match random.below(3) {
            0 => self.test("device.isCompliant", Comparison::IsTrue, is_negated),
            1 => self.test("device.isCompliant", Comparison::IsFalse, is_negated),
            _ => {
                let joined = texts(&[*random.pick(&["serverad", "azuread"])]);
                self.test("device.trustType", Comparison::OneOf(joined), is_negated)
            }
        }
    }

    fn when(&self, random: &mut Random) -> Option<Expr> {
        let is_negated = random.chance(50);
        let text = |text: &str| Comparison::OneOf(vec![text.to_owned()]);
        let mut ways = Vec::new();
        if self.has(Topic::Clients) {
            ways.push(self.test("signIn.client", text("browser"), is_negated));
        }
        if self.has(Topic::Groups) {
            let groups = Comparison::Has(vec![id("group", 0)]);
            ways.push(self.test("user.groups", groups, is_negated));
        }
        if self.has(Topic::Locations) {
            ways.push(Expr::Location(scoped(
                vec![located(self.location(random))],
                Vec::new(),
            )));
        }
        if self.has(Topic::Enrolment) {
            let enrols = Comparison::IsTrue;
            ways.push(self.test("signIn.enrollmentService", enrols, is_negated));
        }
        if self.has(Topic::Apps) {
            let app = AppScope::App(id("app", 0));
            ways.push(Expr::App(scoped(vec![located(app)], Vec::new())));
        }
        (!ways.is_empty()).then(|| random.pick(&ways).clone())
    }
}

fn scoped<T>(include: Vec<Located<T>>, exclude: Vec<Located<T>>) -> Scoped<T> {
    Scoped {
        include,
        exclude,
        span: Span::default(),
    }
}

fn session(random: &mut Random, is_single: bool) -> SessionControls {
    let mut session = SessionControls::default();
    for _ in 0..if is_single { 1 } else { 2 } {
        match random.below(5) {
            0 | 1 => {
                session.sign_in_frequency = Some(SignInFrequency {
                    interval: match random.below(3) {
                        0 => FrequencyInterval::EveryTime,
                        1 => FrequencyInterval::Hours(*random.pick(&[1, 24, 48])),
                        _ => FrequencyInterval::Days(*random.pick(&[1, 2])),
                    },
                    authentication: *random.pick(FrequencyAuthentication::ALL),
                });
            }
            2 => session.persistent_browser = Some(*random.pick(PersistentBrowser::ALL)),
            3 => session.cloud_app_security = Some(*random.pick(CloudAppSecurity::ALL)),
            _ => session.secure_sign_in_session = true,
        }
    }
    session
}

fn text(text: &str) -> Fact {
    Fact::Text(fold(text).into_owned())
}

fn plain_person() -> Part {
    vec![
        ("signIn.identity", text("user")),
        ("user.id", text(&id("user", 9))),
    ]
}

fn plain_target() -> Part {
    vec![
        ("signIn.target", text("apps")),
        ("app.ids", Fact::Elements(vec![id("app", 9)])),
    ]
}

fn plain_place() -> Part {
    let address = AddressRange::parse("198.51.100.7");
    vec![
        (
            "location.ip",
            address.map_or(Fact::Null, |(range, _)| Fact::Key(range.first)),
        ),
        ("location.country", text("fr")),
    ]
}

fn unregistered() -> Part {
    vec![("device.isRegistered", Fact::Boolean(false))]
}

// SEMANTICS: §14
fn can_exist(parts: &[Part; 4]) -> bool {
    let find = |name: &str| parts.iter().flatten().find(|(known, _)| *known == name);
    let is = |name: &str, texts: &[&str]| {
        let found = find(name).map(|(_, fact)| fact);
        found.is_some_and(|fact| texts.iter().any(|one| *fact == text(one)))
    };
    let is_legacy = is(
        "signIn.client",
        &["exchangeActiveSync", "easSupported", "other"],
    );
    let shows_none = is_legacy || is("session.flow", &["deviceCodeFlow"]);
    let is_unregistered =
        find("device.isRegistered").is_some_and(|(_, fact)| *fact == Fact::Boolean(false));
    !shows_none || is_unregistered
}

/// A fact for every attribute: these, and nothing unusual beside them.
pub(crate) fn facts<const N: usize>(schema: &Schema, parts: [Part; N]) -> Facts {
    let mut facts = Facts::new();
    for (number, attribute) in (0u32..).zip(&schema.attributes) {
        let plain = match attribute.name.as_str() {
            "signIn.client" => text("browser"),
            "signIn.platform" => text("windows"),
            "signIn.risk" | "user.risk" | "user.insiderRisk" => text("none"),
            "servicePrincipal.risk" | "agent.risk" => text("none"),
            _ => match &attribute.kind {
                Kind::Set(element) if **element == Kind::Record => continue,
                Kind::Set(_) => Fact::Elements(Vec::new()),
                _ if attribute.is_optional => Fact::Null,
                Kind::Boolean => Fact::Boolean(false),
                _ => continue,
            },
        };
        facts.insert(AttributeId(number), plain);
    }
    for (name, fact) in parts.into_iter().flatten() {
        if let Some(id) = schema.find_attribute(name) {
            facts.insert(id, fact);
        }
    }
    follow(schema, &mut facts);
    facts
}
