//! Policies: mixed ones, as a tenant has them, and narrow ones about a few groups each.

use super::model::{
    ALL_PLATFORMS, Apps, CLAUSES, Client, Effect, Field, Filter, Flow, Guest, Location, NO_HOURS,
    Ownership, People, Places, Platform, Policy, Risk, Rule, Trust,
};
use super::tenant;
use crate::generate::Random;

/// What policies are like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// All of them like those of a tenant.
    Mixed,
    /// 240 mixed ones; the others are each about a few groups.
    Narrow,
}

impl Shape {
    /// For tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Shape::Mixed => "mixed",
            Shape::Narrow => "narrow",
        }
    }
}

/// The number of policies from which on a narrow set is narrow.
pub const MIXED_AT_LEAST: usize = 240;

/// A set of policies, and the places that it speaks of.
#[derive(Clone, Debug)]
pub struct Workload {
    /// What the policies are like.
    pub shape: Shape,
    /// The policies.
    pub policies: Vec<Policy>,
    /// The named locations.
    pub locations: Vec<Location>,
}

impl Workload {
    /// The first `count` policies of a shape. A larger set of a shape begins with the smaller one.
    #[must_use]
    pub fn new(shape: Shape, count: usize) -> Workload {
        let mut random = Random::new(0x6A7E);
        let policy = |number| {
            let is_narrow = shape == Shape::Narrow && number >= MIXED_AT_LEAST;
            policy(&mut random, number, is_narrow)
        };
        Workload {
            shape,
            policies: (0..count).map(policy).collect(),
            locations: tenant::locations(),
        }
    }
}

fn policy(random: &mut Random, number: usize, is_narrow: bool) -> Policy {
    let is_block = random.chance(12);
    let mut policy = Policy {
        id: tenant::policy_id(number),
        name: format!(
            "CA{number:05} {}",
            if is_narrow { "narrow" } else { "mixed" }
        ),
        include: if is_narrow {
            narrow_people(random)
        } else {
            included(random)
        },
        exclude: excluded(random),
        include_apps: apps(random, if is_narrow { 30 } else { 42 }),
        exclude_apps: Apps::default(),
        clients: clients(random),
        platforms: platforms(random),
        places: random.chance(40).then(|| places(random)),
        user_risks: risks(random, 10),
        sign_in_risks: risks(random, 14),
        flows: if random.chance(3) {
            Flow::DeviceCode.bit()
        } else {
            0
        },
        filter: random.chance(25).then(|| filter(random)),
        effect: effect(random, is_block),
    };
    if policy.include_apps.all && random.chance(35) {
        for _ in 0..1 + random.below(3) {
            let app = tenant::app_id(random.below(tenant::APPS));
            policy.exclude_apps.listed.push(app);
        }
    }
    if is_block {
        narrow_to_the_unusual(random, &mut policy);
    }
    policy
}

/// What is blocked is unusual: old clients, high risk, countries without users, unknown systems.
fn narrow_to_the_unusual(random: &mut Random, policy: &mut Policy) {
    match random.below(5) {
        0 => policy.clients = Client::ActiveSync.bit() | Client::Other.bit(),
        1 => policy.sign_in_risks = Risk::High.bit(),
        2 => policy.user_risks = Risk::High.bit(),
        3 => {
            let at = tenant::RANGES + random.below(tenant::LOCATIONS - tenant::RANGES);
            let include = Places {
                listed: vec![at as u8],
                ..Places::default()
            };
            policy.places = Some((include, Places::default()));
            if policy.include.all {
                policy.include = some_groups(random, 3);
            }
        }
        _ => {
            let known = Platform::ALL.iter().fold(0, |bits, p| bits | p.bit());
            policy.platforms = (ALL_PLATFORMS, known);
        }
    }
}

fn popular_group(random: &mut Random) -> u128 {
    tenant::group_id(random.below(tenant::POPULAR_GROUPS))
}

fn some_groups(random: &mut Random, most: usize) -> People {
    People {
        groups: (0..1 + random.below(most))
            .map(|_| popular_group(random))
            .collect(),
        ..People::default()
    }
}

fn narrow_people(random: &mut Random) -> People {
    let rare = tenant::GROUPS - tenant::POPULAR_GROUPS;
    let mut people = People {
        groups: (0..1 + random.below(3))
            .map(|_| tenant::group_id(tenant::POPULAR_GROUPS + random.below(rare)))
            .collect(),
        ..People::default()
    };
    if random.chance(10) {
        people
            .users
            .push(tenant::user_id(random.below(tenant::USERS)));
    }
    people
}

fn included(random: &mut Random) -> People {
    let mut people = People::default();
    match random.below(100) {
        0..=25 => people.all = true,
        26..=76 => people = some_groups(random, 6),
        77..=86 => {
            for _ in 0..3 + random.below(8) {
                people
                    .roles
                    .push(tenant::role_id(random.below(tenant::ROLES)));
            }
        }
        87..=93 => people.guests = guests(random),
        _ => {
            for _ in 0..1 + random.below(5) {
                people
                    .users
                    .push(tenant::user_id(random.below(tenant::USERS)));
            }
        }
    }
    people
}

fn excluded(random: &mut Random) -> People {
    // The group of accounts for emergencies.
    let mut people = People {
        groups: vec![tenant::group_id(tenant::POPULAR_GROUPS - 1)],
        ..People::default()
    };
    for _ in 0..random.below(4) {
        people.groups.push(popular_group(random));
    }
    if random.chance(15) {
        people
            .users
            .push(tenant::user_id(random.below(tenant::USERS)));
    }
    if random.chance(10) {
        people
            .roles
            .push(tenant::role_id(random.below(tenant::ROLES)));
    }
    if random.chance(15) {
        people.guests = guests(random);
    }
    people
}

fn guests(random: &mut Random) -> u8 {
    if random.chance(50) {
        return Guest::ALL.iter().fold(0, |bits, guest| bits | guest.bit());
    }
    random.pick(&Guest::ALL[..3]).bit() | Guest::External.bit()
}

fn apps(random: &mut Random, all: usize) -> Apps {
    if random.chance(all) {
        return Apps {
            all: true,
            listed: Vec::new(),
        };
    }
    let listed = (0..1 + random.below(6))
        .map(|_| tenant::app_id(random.below(tenant::APPS)))
        .collect();
    Apps { all: false, listed }
}

fn clients(random: &mut Random) -> u8 {
    match random.below(10) {
        0..=4 => 0,
        5 | 6 => Client::Browser.bit() | Client::Modern.bit(),
        7 | 8 => Client::Browser.bit(),
        _ => Client::Modern.bit(),
    }
}

fn platforms(random: &mut Random) -> (u8, u8) {
    let some = |random: &mut Random| {
        random
            .some(Platform::ALL, 1, 3)
            .iter()
            .fold(0, |bits, platform| bits | platform.bit())
    };
    match random.below(10) {
        0..=5 => (0, 0),
        6 | 7 => (some(random), 0),
        _ => (ALL_PLATFORMS, some(random)),
    }
}

fn places(random: &mut Random) -> (Places, Places) {
    let all = Places {
        all: true,
        ..Places::default()
    };
    let listed = |random: &mut Random| Places {
        listed: (0..1 + random.below(3))
            .map(|_| random.below(tenant::LOCATIONS) as u8)
            .collect(),
        ..Places::default()
    };
    let trusted = Places {
        trusted: true,
        ..Places::default()
    };
    match random.below(10) {
        0..=4 => (all, trusted),
        5 | 6 => (listed(random), Places::default()),
        7 => (trusted, Places::default()),
        _ => (all, listed(random)),
    }
}

fn risks(random: &mut Random, percent: usize) -> u8 {
    if !random.chance(percent) {
        return 0;
    }
    match random.below(4) {
        0 => Risk::High.bit(),
        1 => Risk::High.bit() | Risk::Medium.bit(),
        2 => Risk::Low.bit() | Risk::Medium.bit(),
        _ => Risk::Medium.bit(),
    }
}

fn filter(random: &mut Random) -> Filter {
    let rule = match random.below(6) {
        0 | 1 => test(random),
        2 | 3 => Rule::Any(vec![test(random), test(random)]),
        4 => Rule::All(vec![test(random), test(random)]),
        _ => Rule::All(vec![
            Rule::Any(vec![test(random), test(random)]),
            test(random),
        ]),
    };
    Filter {
        excludes: random.chance(50),
        rule,
    }
}

fn test(random: &mut Random) -> Rule {
    let text = |text: &str| text.to_owned();
    match random.below(10) {
        0 => {
            let one = *random.pick(&["SAW", "PAW-Tier1", "Kiosk"]);
            Rule::Equals(Field::Extension1, vec![text(one)])
        }
        1 => Rule::Differs(Field::Extension1, vec![text("SAW"), text("PAW-Tier1")]),
        2 => {
            let start = *random.pick(&["10.0.", "10.0.26", "10.0.19", "15", "17."]);
            Rule::StartsWith(Field::Version, text(start))
        }
        3 => {
            let part = *random.pick(&["surface", "ThinkPad", "virtual", "book", "pro"]);
            Rule::Contains(Field::Model, text(part))
        }
        4 => {
            let site = *random.pick(&["NL-", "BE-", "DE-LT", "US-WS"]);
            Rule::StartsWith(Field::DisplayName, text(site))
        }
        5 => {
            let center = format!("cost-center-{}", 100 + random.below(40));
            Rule::Equals(Field::Extension2, vec![center])
        }
        6 => Rule::TrustIs(*random.pick(&[Trust::Hybrid, Trust::Joined])),
        7 => Rule::Compliant(random.chance(70)),
        8 => Rule::OwnedBy(*random.pick(Ownership::ALL)),
        _ => {
            let makers = random.some(&["Dell Inc.", "LENOVO", "HP", "Apple"], 1, 2);
            Rule::Equals(Field::Manufacturer, makers.into_iter().map(text).collect())
        }
    }
}

fn effect(random: &mut Random, is_block: bool) -> Effect {
    let clause = |controls: u16| {
        let at = CLAUSES.iter().position(|clause| *clause == controls);
        1u32 << at.unwrap_or_default()
    };
    let clauses = match random.below(100) {
        _ if is_block => 0,
        0..=39 => clause(CLAUSES[0]),
        40..=49 => 1 << (4 + random.below(3)),
        50..=59 => clause(CLAUSES[10]),
        60..=71 => 1 << (11 + random.below(9)),
        72..=74 => clause(CLAUSES[0]) | clause(CLAUSES[1]),
        75..=78 => clause(CLAUSES[0]) | clause(CLAUSES[3]),
        79..=84 => 1 << (7 + random.below(3)),
        85..=88 => clause(CLAUSES[0]) | clause(CLAUSES[7]),
        _ => 0,
    };
    let has_session = !is_block && (clauses == 0 || random.chance(12));
    let hours = *random.pick(&[1u16, 4, 8, 12, 24, 168]);
    Effect {
        is_report_only: random.chance(7),
        is_block,
        clauses,
        hours: if has_session { hours } else { NO_HOURS },
        never_persistent: has_session && random.chance(40),
    }
}
