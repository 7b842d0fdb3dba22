//! What is prepared once per program, so that combining decisions neither sorts nor allocates.
//!
//! INVARIANT: clauses have no repetition and stand in the order in which `missing` shows them, so a
//! set of clause numbers in ascending order is in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use gatewright_bytecode::{Control, Instruction, Matcher, Program};
use gatewright_value::fold;
use gatewright_value::vocabulary::BuiltInControl;
use gatewright_vm::{AttributeHandle, Loaded};

use crate::claims::{Holding, is_interactive};
use crate::demands::Demands;
use crate::entra::{ObjectKind, Stream};
use crate::parts::Asked;
use crate::proof::Holdings;
use crate::session::Merged;
use crate::signals::SignalSlots;

/// What is prepared once per program.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) controls: Vec<ControlRow>,
    pub(crate) clauses: Vec<ClauseRow>,
    /// By policy: its clauses, ascending.
    pub(crate) policy_clauses: Vec<Vec<u32>>,
    /// Security profiles as written, with places in the order of their folded ids: equal ids have
    /// equal places.
    pub(crate) profiles: Vec<(u32, String)>,
    /// The same in the order of their folded ids, then as written.
    pub(crate) profile_order: Vec<u32>,
    /// By session: its security profiles.
    pub(crate) session_profiles: Vec<Vec<u32>>,
    pub(crate) signals: SignalSlots,
    pub(crate) holdings: Holdings,
    /// The attributes that decisions depend on.
    pub(crate) asked: Asked,
    /// What policies demand, unless there is more of it than bits.
    pub(crate) demands: Option<Demands>,
    /// How ordinary sign-ins are decided on the way through their bytes.
    pub(crate) stream: Option<Stream>,
    /// The time of the sign-in.
    pub(crate) now: Option<AttributeHandle>,
    /// Whether something is asked of what requests for baseline scopes only stand for.
    pub(crate) asks_baseline: bool,
    directory_askers: OnceLock<Vec<u32>>,
    attribute_askers: [OnceLock<Vec<u32>>; 3],
}

/// A control as combining sees it.
#[derive(Debug)]
pub(crate) struct ControlRow {
    /// How decisions spell it.
    pub(crate) spelling: String,
    pub(crate) is_interactive: bool,
    pub(crate) is_strength: bool,
    /// Its place in the service's order of prompting, then its folded spelling.
    order: (u8, String),
}

/// A clause: any of its controls satisfies it.
#[derive(Debug)]
pub(crate) struct ClauseRow {
    /// In order of prompting.
    pub(crate) controls: Vec<u32>,
    /// Ascending by number.
    pub(crate) sorted: Vec<u32>,
    pub(crate) has_strength: bool,
}

impl Plan {
    pub(crate) fn new(loaded: &Loaded) -> Plan {
        let program = loaded.program();
        let controls: Vec<ControlRow> = program.controls.iter().map(control_row).collect();
        let (clauses, policy_clauses) = clause_rows(program, &controls);
        let (profiles, session_profiles) = profile_rows(program);
        let signals = SignalSlots::new(loaded);
        let holdings = program.controls.iter().map(Holding::of).collect();
        let mut profile_order: Vec<u32> = (0..).zip(&profiles).map(|(at, _)| at).collect();
        profile_order.sort_by_key(|at| profiles.get(*at as usize).map(|profile| profile.0));
        let mut plan = Plan {
            controls,
            clauses,
            policy_clauses,
            profiles,
            profile_order,
            session_profiles,
            asked: Asked::new(program, signals.all().map(AttributeHandle::index)),
            signals,
            holdings: Holdings::new(holdings),
            demands: None,
            stream: None,
            now: loaded.attribute("signIn.now"),
            asks_baseline: asks_baseline(program),
            directory_askers: OnceLock::new(),
            attribute_askers: Default::default(),
        };
        plan.demands = Demands::new(program, &plan);
        plan.stream = Stream::new(loaded, &plan.signals);
        plan
    }

    /// The policies whose code asks for groups or roles, ascending.
    pub(crate) fn directory_askers(&self, program: &Program) -> &[u32] {
        self.directory_askers
            .get_or_init(|| directory_askers(program))
    }

    /// The policies whose code asks for custom security attributes of these objects, ascending.
    pub(crate) fn attribute_askers(&self, program: &Program, kind: ObjectKind) -> &[u32] {
        let [apps, principals, agents] = &self.attribute_askers;
        let (askers, attributes): (_, &[&str]) = match kind {
            ObjectKind::App => (apps, &["app.resources", "app.baseline"]),
            ObjectKind::ServicePrincipal => (principals, &["servicePrincipal.attributes"]),
            ObjectKind::Agent => (agents, &["agent.attributes"]),
        };
        askers.get_or_init(|| attribute_askers(program, attributes))
    }

    /// Add the controls of a session to others, and its security profiles to those in order.
    pub(crate) fn merge(
        &self,
        program: &Program,
        session: u32,
        merged: &mut Merged,
        profiles: &mut Vec<u32>,
    ) {
        if let Some(controls) = program.sessions.get(session as usize) {
            merged.add(controls);
        }
        for profile in self
            .session_profiles
            .get(session as usize)
            .into_iter()
            .flatten()
        {
            // Of ids that differ in case, the first one stands.
            let place = |profile: &u32| Some(self.profiles.get(*profile as usize)?.0);
            let found = profiles.binary_search_by_key(&place(profile), place);
            if let Err(at) = found {
                profiles.insert(at, *profile);
            }
        }
    }

    pub(crate) fn control(&self, number: u32) -> Option<&ControlRow> {
        self.controls.get(number as usize)
    }

    pub(crate) fn clause(&self, number: u32) -> Option<&ClauseRow> {
        self.clauses.get(number as usize)
    }
}

fn control_row(control: &Control) -> ControlRow {
    let (rank, spelling) = match control {
        Control::BuiltIn(control) => (rank(*control), control.name().to_owned()),
        Control::Strength { id, .. } => (0, format!("strength:{id}")),
        Control::Terms(id) => (8, format!("terms:{id}")),
        Control::Custom(id) => (9, format!("custom:{id}")),
        Control::Own(name) => (0, name.clone()),
    };
    ControlRow {
        is_interactive: is_interactive(control),
        is_strength: matches!(control, Control::Strength { .. }),
        order: (rank, fold(&spelling).into_owned()),
        spelling,
    }
}

/// The service's order of prompting. Strengths stand with `mfa`, which comes before them by name.
fn rank(control: BuiltInControl) -> u8 {
    match control {
        BuiltInControl::Mfa => 0,
        BuiltInControl::CompliantDevice => 1,
        BuiltInControl::DomainJoinedDevice => 2,
        BuiltInControl::ApprovedApplication => 3,
        BuiltInControl::CompliantApplication => 4,
        BuiltInControl::PasswordChange => 5,
        BuiltInControl::RiskRemediation => 6,
        BuiltInControl::VerifiedId => 7,
    }
}

type ClauseRows = (Vec<ClauseRow>, Vec<Vec<u32>>);

fn clause_rows(program: &Program, controls: &[ControlRow]) -> ClauseRows {
    let order = |control: &u32| controls.get(*control as usize).map(|row| &row.order);
    // By first rank, then length, then ranks and spellings: the order of `missing`.
    let mut numbers = BTreeMap::new();
    let key_of = |clause: &[u32]| {
        let mut alternatives: Vec<u32> = clause.to_vec();
        alternatives.sort_by_key(|control| order(control));
        let orders: Vec<_> = alternatives.iter().map(order).collect();
        let first = orders.first().copied().flatten().map_or(0, |order| order.0);
        ((first, alternatives.len(), orders), alternatives)
    };
    let all = program.policies.iter().flat_map(|policy| &policy.clauses);
    for clause in all.clone() {
        let (key, alternatives) = key_of(clause);
        numbers
            .entry((key, clause.as_slice()))
            .or_insert((0, alternatives));
    }
    let mut clauses = Vec::with_capacity(numbers.len());
    for (number, ((_, sorted), row)) in (0u32..).zip(&mut numbers) {
        row.0 = number;
        let has_strength = sorted.iter().any(|control| {
            controls
                .get(*control as usize)
                .is_some_and(|row| row.is_strength)
        });
        let (controls, sorted) = (std::mem::take(&mut row.1), sorted.to_vec());
        clauses.push(ClauseRow {
            controls,
            sorted,
            has_strength,
        });
    }
    let number_of = |clause: &Vec<u32>| {
        let (key, _) = key_of(clause);
        numbers.get(&(key, clause.as_slice())).map(|row| row.0)
    };
    let of_policy = program.policies.iter().map(|policy| {
        let mut numbers: Vec<u32> = policy.clauses.iter().filter_map(number_of).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    });
    let of_policy = of_policy.collect();
    (clauses, of_policy)
}

type ProfileRows = (Vec<(u32, String)>, Vec<Vec<u32>>);

fn profile_rows(program: &Program) -> ProfileRows {
    let all = || {
        program
            .sessions
            .iter()
            .flat_map(|session| &session.filtering_profiles)
    };
    let folded: BTreeSet<String> = all().map(|profile| fold(profile).into_owned()).collect();
    let places: BTreeMap<&str, u32> = folded.iter().map(String::as_str).zip(0..).collect();
    let written: BTreeSet<&String> = all().collect();
    let numbers: BTreeMap<&String, u32> = written.iter().copied().zip(0..).collect();
    let place = |profile: &str| places.get(fold(profile).as_ref()).copied().unwrap_or(0);
    let profiles = written
        .iter()
        .map(|profile| (place(profile), (*profile).clone()));
    let numbers_of = |profiles: &Vec<String>| -> Vec<u32> {
        profiles
            .iter()
            .filter_map(|profile| numbers.get(profile).copied())
            .collect()
    };
    let sessions = program.sessions.iter();
    let of_session = sessions
        .map(|session| numbers_of(&session.filtering_profiles))
        .collect();
    (profiles.collect(), of_session)
}

fn directory_askers(program: &Program) -> Vec<u32> {
    let is_directory = |variable: u32| {
        let variable = program.variables.get(variable as usize);
        let attribute = variable.and_then(|row| program.attributes.get(row.attribute as usize));
        attribute.is_some_and(|row| row.name == "user.groups" || row.name == "user.roles")
    };
    askers(program, is_directory)
}

/// The policies that ask records of these attributes for more than their ids.
fn attribute_askers(program: &Program, attributes: &[&str]) -> Vec<u32> {
    let is_meant = |attribute: u32| {
        let row = program.attributes.get(attribute as usize);
        row.is_some_and(|row| attributes.contains(&row.name.as_str()))
    };
    let mut variables = BTreeSet::new();
    for matcher in &program.matchers {
        let Matcher::Predicates {
            attribute,
            predicates,
        } = matcher
        else {
            continue;
        };
        for (predicate, variable) in predicates {
            let mut fields = predicate
                .questions()
                .map(|question| question.field.as_str());
            if is_meant(*attribute) && fields.any(|field| !["", "id"].contains(&field)) {
                variables.insert(*variable);
            }
        }
    }
    if variables.is_empty() {
        return Vec::new();
    }
    askers(program, |variable| variables.contains(&variable))
}

fn asks_baseline(program: &Program) -> bool {
    program.matchers.iter().any(|matcher| {
        let row = program.attributes.get(matcher.attribute() as usize);
        row.is_some_and(|row| row.name == "app.baseline")
    })
}

/// The first few of these policies, by name.
pub(crate) fn named_policies(program: &Program, policies: &[u32]) -> String {
    const NAMES_MAX: usize = 3;
    let named = policies
        .iter()
        .filter_map(|number| program.policies.get(*number as usize));
    let names: Vec<String> = named
        .take(NAMES_MAX)
        .map(|policy| format!("`{}`", policy.display_name))
        .collect();
    let more = match policies.len().saturating_sub(NAMES_MAX) {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    format!("{}{more}", names.join(", "))
}

/// The policies whose code tests one of these variables, ascending.
fn askers(program: &Program, is_meant: impl Fn(u32) -> bool) -> Vec<u32> {
    let asks = |entry: u32| {
        let mut seen = std::collections::BTreeSet::from([entry]);
        let mut open = vec![entry];
        while let Some(at) = open.pop() {
            let Some(instruction) = Instruction::decode(&program.code, at) else {
                continue;
            };
            if instruction.variable().is_some_and(&is_meant) {
                return true;
            }
            open.extend(instruction.targets().filter(|target| seen.insert(*target)));
        }
        false
    };
    let policies = (0u32..).zip(&program.policies);
    policies
        .filter(|(_, policy)| asks(policy.possible))
        .map(|(number, _)| number)
        .collect()
}
