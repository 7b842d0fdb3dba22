//! What an expert prepares by hand: ids interned, conditions as bits, places and devices as classes.
//! The tuned loop, the masks and the columns all start from here.

use gatewright_tests::workload::model::{
    ALL_PLATFORMS, Device, Effect, Field as Text, Flow, Guid, Location, People, Places, Policy,
    Rule, SignIn, UNKNOWN_PLATFORM,
};
use gatewright_tests::workload::{Workload, tenant};
use rustc_hash::FxHashMap;

use crate::plain::holds;

/// The place that is always there.
const EVERYWHERE: u64 = 1 << 63;

/// Whom, by numbers.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// Everybody.
    pub all: bool,
    /// Known users, ascending.
    pub users: Vec<u32>,
    /// Known groups.
    pub groups: Vec<u32>,
    /// Known roles, by bit.
    pub roles: u64,
    /// Kinds of guest, by bit.
    pub guests: u8,
}

/// A policy, prepared.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number.
    pub number: u32,
    /// What it does.
    pub effect: Effect,
    /// The signals that it allows: a request has one bit in each dimension.
    pub signals: u64,
    /// Applications, by bit.
    pub apps: [u64; 4],
    /// Places, any of which must be there.
    pub places: u64,
    /// Places, none of which may be there.
    pub other_places: u64,
    /// Whom.
    pub include: Who,
    /// Whom not.
    pub exclude: Who,
    /// A rule by number, and whether it leaves out what it matches.
    pub filter: Option<(u32, bool)>,
}

/// Everything that is prepared.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// Groups that policies name.
    pub groups: FxHashMap<Guid, u32>,
    /// Users that policies name.
    pub users: FxHashMap<Guid, u32>,
    /// Roles that policies name.
    pub roles: FxHashMap<Guid, u32>,
    /// Every application.
    pub apps: FxHashMap<Guid, u16>,
    /// Distinct rules.
    pub rules: Vec<Rule>,
    compiled: Vec<Compiled>,
    /// Policies: those that block first, those that only report last, and the more demanding before
    /// the less.
    pub rows: Vec<Row>,
    atoms: Atoms,
    bounds: Vec<u128>,
    bound_places: Vec<u64>,
    countries: Vec<u64>,
    nowhere: u64,
}

/// What is asked of the texts of devices.
#[derive(Clone, Debug, Default)]
struct Atoms {
    tests: Vec<Rule>,
    /// By attribute: texts that were met, and which tests they satisfy.
    known: [FxHashMap<String, u128>; Text::ALL.len()],
    /// By attribute: the tests on it.
    fields: [Vec<u32>; Text::ALL.len()],
}

/// A rule over the bits of tests.
#[derive(Clone, Debug)]
enum Compiled {
    Bit(u32),
    All(Vec<Compiled>),
    Any(Vec<Compiled>),
}

/// The attribute that a test is about.
fn field_of(rule: &Rule) -> Option<Text> {
    match rule {
        Rule::Equals(field, _)
        | Rule::Differs(field, _)
        | Rule::StartsWith(field, _)
        | Rule::Contains(field, _) => Some(*field),
        _ => None,
    }
}

fn number(table: &mut FxHashMap<Guid, u32>, id: Guid) -> u32 {
    let next = table.len() as u32;
    *table.entry(id).or_insert(next)
}

fn country_slot(country: [u8; 2]) -> usize {
    usize::from(country[0].wrapping_sub(b'A')) * 26 + usize::from(country[1].wrapping_sub(b'A'))
}

impl Prepared {
    /// Prepare a set of policies.
    pub fn new(workload: &Workload) -> Prepared {
        let mut prepared = Prepared::default();
        for app in 0..tenant::APPS {
            prepared.apps.insert(tenant::app_id(app), app as u16);
        }
        prepared.prepare_places(&workload.locations);
        let trusted = (0..64)
            .zip(&workload.locations)
            .filter(|(_, location)| location.is_trusted())
            .fold(0, |bits, (at, _)| bits | 1u64 << at);
        for (number, policy) in (0..).zip(&workload.policies) {
            let row = prepared.row(number, policy, trusted);
            prepared.rows.push(row);
        }
        let rank = |row: &Row| {
            let effect = &row.effect;
            let class = match (effect.is_report_only, effect.is_block) {
                (false, true) => 0,
                (false, false) => 1,
                (true, _) => 2,
            };
            let demands = effect.clauses.count_ones();
            (
                class,
                u32::MAX - demands,
                effect.clauses,
                effect.hours,
                row.number,
            )
        };
        prepared.rows.sort_by_key(rank);
        prepared
    }

    fn prepare_places(&mut self, locations: &[Location]) {
        self.countries = vec![0; 26 * 26];
        let mut bounds = vec![0];
        for (number, location) in locations.iter().enumerate() {
            match location {
                Location::Ranges { ranges, .. } => {
                    for (first, _, last) in ranges {
                        bounds.extend([*first, last.saturating_add(1)]);
                    }
                }
                Location::Countries {
                    countries,
                    includes_unknown,
                } => {
                    for country in countries {
                        self.countries[country_slot(*country)] |= 1 << number;
                    }
                    self.nowhere |= u64::from(*includes_unknown) << number;
                }
            }
        }
        bounds.sort_unstable();
        bounds.dedup();
        let places = |address: &u128| {
            (0..).zip(locations).fold(0, |bits, (number, location)| {
                let is_in = matches!(location, Location::Ranges { .. })
                    && location.contains(*address, None);
                bits | u64::from(is_in) << number
            })
        };
        self.bound_places = bounds.iter().map(places).collect();
        self.bounds = bounds;
    }

    fn who(&mut self, people: &People) -> Who {
        let mut users: Vec<u32> = people
            .users
            .iter()
            .map(|user| number(&mut self.users, *user))
            .collect();
        users.sort_unstable();
        Who {
            all: people.all,
            users,
            groups: people
                .groups
                .iter()
                .map(|group| number(&mut self.groups, *group))
                .collect(),
            roles: people
                .roles
                .iter()
                .fold(0, |bits, role| bits | 1 << number(&mut self.roles, *role)),
            guests: people.guests,
        }
    }

    fn row(&mut self, number: u32, policy: &Policy, trusted: u64) -> Row {
        let all = |bits: u8| u64::from(if bits == 0 { u8::MAX } else { bits });
        let platforms = match policy.platforms {
            (0, _) => u64::from(u8::MAX),
            (ALL_PLATFORMS, exclude) => u64::from(!exclude),
            (include, exclude) => u64::from(include & !exclude),
        };
        let places = |places: &Places| {
            let listed = places.listed.iter().fold(0, |bits, at| bits | 1u64 << at);
            listed
                | if places.trusted { trusted } else { 0 }
                | if places.all { EVERYWHERE } else { 0 }
        };
        let (include, exclude) = (self.who(&policy.include), self.who(&policy.exclude));
        let filter = policy.filter.as_ref().map(|filter| {
            let at = self.rules.iter().position(|rule| *rule == filter.rule);
            let at = at.unwrap_or_else(|| {
                self.rules.push(filter.rule.clone());
                let compiled = self.atoms.compile(&filter.rule);
                self.compiled.push(compiled);
                self.rules.len() - 1
            });
            (at as u32, filter.excludes)
        });
        Row {
            number,
            effect: policy.effect,
            signals: all(policy.clients)
                | platforms << 8
                | all(policy.user_risks) << 16
                | all(policy.sign_in_risks) << 24
                | all(policy.flows) << 32,
            apps: self.app_bits(policy),
            places: policy
                .places
                .as_ref()
                .map_or(EVERYWHERE, |(include, _)| places(include)),
            other_places: policy
                .places
                .as_ref()
                .map_or(0, |(_, exclude)| places(exclude)),
            include,
            exclude,
            filter,
        }
    }

    fn app_bits(&self, policy: &Policy) -> [u64; 4] {
        let mut bits = if policy.include_apps.all {
            [u64::MAX; 4]
        } else {
            [0; 4]
        };
        let apps = |listed: &[Guid]| -> Vec<usize> {
            listed
                .iter()
                .map(|app| usize::from(self.apps[app]))
                .collect()
        };
        for app in apps(&policy.include_apps.listed) {
            bits[app / 64] |= 1 << (app % 64);
        }
        for app in apps(&policy.exclude_apps.listed) {
            bits[app / 64] &= !(1 << (app % 64));
        }
        bits
    }

    /// The signals of a request: one bit in each dimension.
    #[inline]
    pub fn signals(sign_in: &SignIn) -> u64 {
        let platform = sign_in.platform.map_or(UNKNOWN_PLATFORM, |p| p.bit());
        let flow = sign_in.flow.map_or(NO_FLOW, Flow::bit);
        u64::from(sign_in.client.bit())
            | u64::from(platform) << 8
            | u64::from(sign_in.user_risk.bit()) << 16
            | u64::from(sign_in.sign_in_risk.bit()) << 24
            | u64::from(flow) << 32
    }

    /// The places of a request.
    #[inline]
    pub fn places(&self, sign_in: &SignIn) -> u64 {
        let after = self
            .bounds
            .partition_point(|bound| *bound <= sign_in.address);
        let by_country = match sign_in.country {
            Some(country) => self.countries[country_slot(country)],
            None => self.nowhere,
        };
        self.bound_places[after - 1] | by_country | EVERYWHERE
    }

    /// Which tests a device satisfies.
    #[inline]
    pub fn device(&mut self, device: Option<&Device>) -> u128 {
        self.atoms.bits(device)
    }

    /// Whether a rule holds where these tests do.
    #[inline]
    pub fn holds(&self, rule: u32, tests: u128) -> bool {
        self.compiled[rule as usize].holds(tests)
    }
}

/// The bit of a session without a special flow.
const NO_FLOW: u8 = 1 << 7;

impl Atoms {
    fn compile(&mut self, rule: &Rule) -> Compiled {
        match rule {
            Rule::All(rules) => Compiled::All(rules.iter().map(|r| self.compile(r)).collect()),
            Rule::Any(rules) => Compiled::Any(rules.iter().map(|r| self.compile(r)).collect()),
            Rule::TrustIs(trust) => Compiled::Bit(120 + *trust as u32),
            Rule::OwnedBy(owner) => Compiled::Bit(123 + *owner as u32),
            Rule::Compliant(truth) => Compiled::Bit(125 + u32::from(*truth)),
            test => Compiled::Bit(self.number(test)),
        }
    }

    fn number(&mut self, test: &Rule) -> u32 {
        if let Some(at) = self.tests.iter().position(|known| known == test) {
            return at as u32;
        }
        let number = self.tests.len() as u32;
        assert!(number < 120, "tests on texts have a bit each");
        self.tests.push(test.clone());
        if let Some(field) = field_of(test) {
            self.fields[field as usize].push(number);
        }
        number
    }

    fn bits(&mut self, device: Option<&Device>) -> u128 {
        let mut bits = 0;
        for field in Text::ALL {
            let at = *field as usize;
            let text = device.and_then(|device| device.text(*field));
            let key = text.unwrap_or("\0");
            if let Some(found) = self.known[at].get(key) {
                bits |= found;
                continue;
            }
            let found = self.fields[at].iter().fold(0u128, |bits, test| {
                bits | u128::from(holds(&self.tests[*test as usize], device)) << test
            });
            // Names are each of one device: no use in keeping them.
            if *field != Text::DisplayName {
                self.known[at].insert(key.to_owned(), found);
            }
            bits |= found;
        }
        if let Some(device) = device {
            bits |= 1u128 << (120 + device.trust as u32);
            bits |= 1u128 << (123 + device.ownership as u32);
            bits |= 1u128 << (125 + u32::from(device.is_compliant));
        }
        bits
    }
}

impl Compiled {
    fn holds(&self, bits: u128) -> bool {
        match self {
            Compiled::Bit(bit) => bits >> bit & 1 == 1,
            Compiled::All(rules) => rules.iter().all(|rule| rule.holds(bits)),
            Compiled::Any(rules) => rules.iter().any(|rule| rule.holds(bits)),
        }
    }
}
