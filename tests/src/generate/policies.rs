//! Random policy sets.

use std::sync::Arc;

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::data::Data;
use gatewright_hir::entra_schema;
use gatewright_hir::model::{
    AgentScope, AppGroup, AppScope, Assignments, Condition, Control, DeviceFilter, Edition, Guests,
    Located, LocationScope, Outcome, PlatformScope, Policy, PolicySet, Requirement, Scoped,
    ServicePrincipalScope, Strength, Target, Unmodelled, UserScope, Who,
};
use gatewright_hir::schema::{ControlId, EffectId, Schema};
use gatewright_source::Span;
use gatewright_value::vocabulary::{
    AgentRiskLevel, BuiltInControl, ClientApp, GuestType, InsiderRiskLevel, Platform, RiskLevel,
    State, TransferMethod, UserAction,
};
use gatewright_value::{
    CloudAppSecurity, ContinuousAccess, FrequencyAuthentication, FrequencyInterval,
    PersistentBrowser, SessionControls, SignInFrequency,
};

use super::compliance::compliance;
use super::expressions::{expression, scoped};
use super::random::Random;
use super::{tags, world};
use crate::repository::root;

/// What does not vary from set to set: the schema and the built-in data.
#[derive(Clone, Debug)]
pub struct Base {
    /// The schema.
    pub schema: Arc<Schema>,
    /// The built-in strengths.
    pub strengths: Vec<Strength>,
    /// The built-in groups of resources.
    pub app_groups: Vec<AppGroup>,
}

impl Base {
    /// That of Conditional Access.
    #[must_use]
    pub fn entra() -> Base {
        Base {
            schema: entra_schema(),
            strengths: Data::built_in().built_in_strengths(),
            app_groups: Data::built_in().app_groups.clone(),
        }
    }
}

/// The schema of one's own that stands in `examples/payments`.
///
/// # Errors
/// It is not there, or cannot be understood.
pub fn payments_schema() -> Result<Arc<Schema>, String> {
    let path = "examples/payments/schema.gate";
    let bytes = std::fs::read(root().join(path)).map_err(|error| format!("{path}: {error}"))?;
    let file = SourceFile {
        path: "schema.gate".to_owned(),
        bytes,
    };
    let compilation = compile(&Input {
        files: vec![file],
        ..Input::default()
    });
    if compilation.is_readable() {
        Ok(compilation.set.schema)
    } else {
        Err(compilation.render())
    }
}

/// A random set of Conditional Access policies.
#[must_use]
pub fn policy_set(random: &mut Random, base: &Base, policy_count: usize) -> PolicySet {
    let mut strengths = base.strengths.clone();
    strengths.extend(world::strengths());
    strengths.sort_by(|a, b| a.id.cmp(&b.id));
    PolicySet {
        schema: base.schema.clone(),
        edition: if random.chance(80) {
            Edition::NEWEST
        } else {
            Edition {
                year: 2026,
                month: 1,
            }
        },
        policies: (0..policy_count)
            .map(|n| policy(random, &base.schema, n))
            .collect(),
        locations: world::locations(),
        strengths,
        names: Vec::new(),
        app_groups: base.app_groups.clone(),
        compliance: compliance(random, &base.schema),
    }
}

/// A random set in which every policy speaks of its own few users, groups and resources, as the
/// exceptions and pilots of a large tenant do.
#[must_use]
pub fn narrow_set(random: &mut Random, base: &Base, policy_count: usize) -> PolicySet {
    let mut set = policy_set(random, base, policy_count);
    let span = Span::default();
    let located = |value| Located { value, span };
    let app = |number| Located {
        value: AppScope::App(world::id("narrowApp", number)),
        span,
    };
    for (number, policy) in set.policies.iter_mut().enumerate() {
        let Some(assignments) = &mut policy.assignments else {
            continue;
        };
        let users = (0..3).map(|n| UserScope::User(world::id("narrowUser", number * 3 + n)));
        let mut include: Vec<_> = users.map(located).collect();
        include.push(located(UserScope::Group(world::id("narrowGroup", number))));
        let exclude = vec![located(UserScope::Group(world::id("group", number % 8)))];
        assignments.who = Who::Users(Scoped {
            include,
            exclude,
            span,
        });
        let include = vec![app(number), app(number / 2)];
        assignments.target = Target::Apps(Scoped {
            include,
            exclude: Vec::new(),
            span,
        });
    }
    set
}

/// A random set of policies under a schema of one's own.
#[must_use]
pub fn own_set(random: &mut Random, schema: &Arc<Schema>, policy_count: usize) -> PolicySet {
    let policies = (0..policy_count)
        .map(|n| {
            let mut policy = blank(random, n);
            policy.when = random.chance(90).then(|| expression(random, schema, "", 3));
            let effect = random.below(schema.effects.len());
            policy.outcome.effect = u32::try_from(effect).ok().map(EffectId);
            let count = u32::try_from(schema.controls.len()).unwrap_or(0);
            let all: Vec<Control> = (0..count).map(|c| Control::Own(ControlId(c))).collect();
            let controls = random.some(&all, 0, 2);
            policy.outcome.requirement = (!controls.is_empty()).then(|| Requirement {
                is_all: true,
                controls,
                span: Span::default(),
            });
            policy
        })
        .collect();
    PolicySet {
        schema: schema.clone(),
        edition: Edition::NEWEST,
        policies,
        locations: Vec::new(),
        strengths: Vec::new(),
        names: Vec::new(),
        app_groups: Vec::new(),
        compliance: gatewright_hir::model::Compliance::default(),
    }
}

fn blank(random: &mut Random, number: usize) -> Policy {
    let state = match random.below(10) {
        0 => State::Disabled,
        1 | 2 => State::ReportOnly,
        _ => State::Enabled,
    };
    Policy {
        id: world::id("policy", number),
        has_server_id: true,
        display_name: format!("P{number:04}"),
        state,
        name_span: Span::default(),
        span: Span::default(),
        assignments: None,
        when: None,
        outcome: Outcome::default(),
        unmodelled: Vec::new(),
        form: gatewright_hir::model::GraphForm::default(),
        annotations: gatewright_hir::model::Annotations::default(),
        scopes: Vec::new(),
    }
}

fn policy(random: &mut Random, schema: &Schema, number: usize) -> Policy {
    let mut policy = blank(random, number);
    policy.assignments = Some(Box::new(assignments(random, schema)));
    policy.when = random.chance(14).then(|| expression(random, schema, "", 2));
    policy.outcome = outcome(random);
    if random.chance(2) {
        policy.unmodelled.push(Unmodelled {
            path: vec!["conditions".to_owned(), "times".to_owned()],
            json: "{\"x\": 1}".to_owned(),
            span: Span::default(),
            is_condition: true,
        });
    }
    policy
}

fn assignments(random: &mut Random, schema: &Schema) -> Assignments {
    let levels = [
        RiskLevel::Low,
        RiskLevel::Medium,
        RiskLevel::High,
        RiskLevel::None,
    ];
    Assignments {
        who: who(random),
        target: target(random),
        user_risk: maybe(random, 10, &levels),
        sign_in_risk: maybe(random, 10, RiskLevel::ALL),
        insider_risk: maybe(random, 6, &InsiderRiskLevel::ALL[..3]),
        service_principal_risk: maybe(random, 3, &levels),
        agent_risk: maybe(random, 3, &AgentRiskLevel::ALL[..3]),
        platforms: random.chance(20).then(|| scoped(random, platform_scope)),
        locations: random
            .chance(25)
            .then(|| scoped(random, |r| location_scope(r, true))),
        clients: maybe(random, 25, ClientApp::ALL),
        devices: random.chance(20).then(|| DeviceFilter {
            is_exclude: random.chance(50),
            rule: expression(random, schema, "device.", 3),
            text: "generated".to_owned(),
            span: Span::default(),
        }),
        flows: maybe(random, 6, TransferMethod::ALL),
    }
}

fn maybe<T: Copy + Ord>(random: &mut Random, percent: usize, all: &[T]) -> Option<Condition<T>> {
    random.chance(percent).then(|| {
        let mut members = random.some(all, 1, 3);
        members.sort();
        Condition {
            members,
            span: Span::default(),
        }
    })
}

fn who(random: &mut Random) -> Who {
    match random.below(20) {
        0 | 1 => Who::ServicePrincipals(scoped(random, |random| match random.below(6) {
            0 | 1 => ServicePrincipalScope::Owned,
            2 => ServicePrincipalScope::None,
            3 => ServicePrincipalScope::Filter(tags::filter(random)),
            _ => ServicePrincipalScope::Id(world::id("servicePrincipal", random.below(3))),
        })),
        2 => Who::Agents(scoped(random, |random| match random.below(6) {
            0 | 1 => AgentScope::All,
            2 => AgentScope::None,
            3 => AgentScope::Filter(tags::filter(random)),
            _ => AgentScope::Id(world::id("agent", random.below(3))),
        })),
        _ => {
            let mut users = scoped(random, user_scope);
            if random.chance(40) {
                users.include = vec![Located {
                    value: UserScope::All,
                    span: Span::default(),
                }];
            }
            Who::Users(users)
        }
    }
}

fn user_scope(random: &mut Random) -> UserScope {
    match random.below(12) {
        0 => UserScope::All,
        1 => UserScope::None,
        2 => UserScope::AllAgentUsers,
        3 | 4 => UserScope::User(world::id("user", random.below(6))),
        5..=7 => UserScope::Group(world::id("group", random.below(8))),
        8 | 9 => UserScope::Role(world::id("role", random.below(4))),
        _ => UserScope::Guests(Guests {
            types: random.some(GuestType::ALL, 1, 6),
            tenants: random
                .chance(40)
                .then(|| random.some(&world::ids("tenant", 3), 1, 2)),
        }),
    }
}

fn target(random: &mut Random) -> Target {
    let span = Span::default();
    match random.below(20) {
        0..=2 => Target::Actions(Condition {
            members: random.some(UserAction::ALL, 1, 2),
            span,
        }),
        3 => {
            let contexts = ["c1", "c2", "c3"].map(str::to_owned);
            Target::Contexts(Condition {
                members: random.some(&contexts, 1, 2),
                span,
            })
        }
        4 if random.chance(20) => Target::Nothing(span),
        _ => {
            let mut apps: Scoped<AppScope> = scoped(random, app_scope);
            if random.chance(50) {
                apps.include = vec![Located {
                    value: AppScope::All,
                    span,
                }];
            }
            Target::Apps(apps)
        }
    }
}

/// An item of the resources condition.
pub fn app_scope(random: &mut Random) -> AppScope {
    match random.below(12) {
        0 | 1 => AppScope::All,
        2 => AppScope::None,
        3 => AppScope::Group("Office365".to_owned()),
        4 => AppScope::Group("MicrosoftAdminPortals".to_owned()),
        5 => AppScope::Filter(tags::filter(random)),
        _ => AppScope::App(random.pick(&world::apps()).clone()),
    }
}

/// An item of the locations condition.
pub fn location_scope(random: &mut Random, allow_all: bool) -> LocationScope {
    match random.below(10) {
        0 | 1 if allow_all => LocationScope::All,
        2 => LocationScope::AllTrusted,
        3 => LocationScope::Named((*random.pick(world::UNKNOWN_LOCATIONS)).to_owned()),
        _ => LocationScope::Named(world::id("location", random.below(7))),
    }
}

fn platform_scope(random: &mut Random) -> PlatformScope {
    if random.chance(35) {
        PlatformScope::All
    } else {
        PlatformScope::Platform(*random.pick(Platform::ALL))
    }
}

fn outcome(random: &mut Random) -> Outcome {
    let is_block = random.chance(15);
    let requirement =
        (!is_block && random.chance(85) || random.chance(3)).then(|| requirement(random));
    Outcome {
        is_block,
        requirement,
        session: if random.chance(25) {
            session(random)
        } else {
            SessionControls::default()
        },
        effect: None,
        span: Span::default(),
    }
}

fn requirement(random: &mut Random) -> Requirement {
    let mut all: Vec<Control> = BuiltInControl::ALL
        .iter()
        .map(|control| Control::BuiltIn(*control))
        .collect();
    for id in world::BUILT_IN_STRENGTHS {
        all.push(Control::Strength((*id).to_owned()));
    }
    all.push(Control::Strength(world::id("strength", 0)));
    all.push(Control::Strength(world::id("strength", 1)));
    all.push(Control::Strength(world::id("strength", 9)));
    all.push(Control::Terms(world::id("terms", 0)));
    all.push(Control::Custom("custom-0".to_owned()));
    let mut controls = random.some(&all, 1, 3);
    if random.chance(45) {
        controls = vec![Control::BuiltIn(BuiltInControl::Mfa)];
    }
    if random.chance(2) {
        controls.clear();
    }
    Requirement {
        is_all: random.chance(50),
        controls,
        span: Span::default(),
    }
}

fn session(random: &mut Random) -> SessionControls {
    let frequency = random.chance(50).then(|| SignInFrequency {
        interval: match random.below(3) {
            0 => FrequencyInterval::EveryTime,
            1 => FrequencyInterval::Hours(*random.pick(&[1, 8, 24, 48])),
            _ => FrequencyInterval::Days(*random.pick(&[1, 2, 7])),
        },
        authentication: *random.pick(FrequencyAuthentication::ALL),
    });
    SessionControls {
        sign_in_frequency: frequency,
        secondary_frequency: None,
        persistent_browser: random
            .chance(30)
            .then(|| *random.pick(PersistentBrowser::ALL)),
        application_enforced_restrictions: random.chance(15),
        cloud_app_security: random
            .chance(20)
            .then(|| *random.pick(CloudAppSecurity::ALL)),
        disable_resilience_defaults: random.chance(10),
        secure_sign_in_session: random.chance(10),
        continuous_access_evaluation: random
            .chance(20)
            .then(|| *random.pick(ContinuousAccess::ALL)),
        filtering_profiles: if random.chance(10) {
            vec![world::id("profile", random.below(2))]
        } else {
            Vec::new()
        },
    }
}
