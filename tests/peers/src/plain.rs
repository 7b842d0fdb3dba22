//! Plain Rust: structs, lists and loops, cheap conditions first, no preparation.
//!
//! Timed: everything from the typed request on; from bytes, serde_json and the conversion too.

use gatewright_tests::workload::model::{
    ALL_PLATFORMS, Apps, Combined, Device, Effect, Field as Text, Filter, Location, People, Places,
    Policy, Rule, SignIn, UNKNOWN_PLATFORM,
};
use gatewright_tests::workload::{Workload, oracle};

use crate::contender::{Contract, Field, From, Pair};
use crate::parsing;

fn applies(policy: &Policy, locations: &[Location], sign_in: &SignIn) -> bool {
    let lists = |bits: u8, bit: u8| bits == 0 || bits & bit != 0;
    lists(policy.clients, sign_in.client.bit())
        && is_platform(policy.platforms, sign_in)
        && lists(policy.user_risks, sign_in.user_risk.bit())
        && lists(policy.sign_in_risks, sign_in.sign_in_risk.bit())
        && lists(policy.flows, sign_in.flow.map_or(0, |flow| flow.bit()))
        && reaches(&policy.include_apps, sign_in)
        && !reaches(&policy.exclude_apps, sign_in)
        && includes(&policy.include, sign_in)
        && !includes(&policy.exclude, sign_in)
        && policy.places.as_ref().is_none_or(|(include, exclude)| {
            is_in(include, locations, sign_in) && !is_in(exclude, locations, sign_in)
        })
        && policy
            .filter
            .as_ref()
            .is_none_or(|filter| selects(filter, sign_in.device.as_ref()))
}

fn is_platform((include, exclude): (u8, u8), sign_in: &SignIn) -> bool {
    let platform = sign_in.platform.map_or(UNKNOWN_PLATFORM, |p| p.bit());
    include == 0 || (include == ALL_PLATFORMS || include & platform != 0) && exclude & platform == 0
}

fn includes(people: &People, sign_in: &SignIn) -> bool {
    people.all
        || sign_in
            .guest
            .is_some_and(|guest| people.guests & guest.bit() != 0)
        || people.users.contains(&sign_in.user)
        || people.roles.iter().any(|role| sign_in.roles.contains(role))
        || people
            .groups
            .iter()
            .any(|group| sign_in.groups.contains(group))
}

fn reaches(apps: &Apps, sign_in: &SignIn) -> bool {
    apps.all || apps.listed.contains(&sign_in.app)
}

fn is_in(places: &Places, locations: &[Location], sign_in: &SignIn) -> bool {
    let contains = |at: &Location| at.contains(sign_in.address, sign_in.country);
    places.all
        || places.trusted && locations.iter().any(|at| at.is_trusted() && contains(at))
        || places
            .listed
            .iter()
            .any(|number| contains(&locations[usize::from(*number)]))
}

fn selects(filter: &Filter, device: Option<&Device>) -> bool {
    holds(&filter.rule, device) != filter.excludes
}

fn starts_with(text: &str, start: &str) -> bool {
    let (text, start) = (text.as_bytes(), start.as_bytes());
    text.len() >= start.len() && text[..start.len()].eq_ignore_ascii_case(start)
}

fn contains(text: &str, part: &str) -> bool {
    let mut windows = text.as_bytes().windows(part.len());
    windows.any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

/// Whether a rule holds for a device.
pub fn holds(rule: &Rule, device: Option<&Device>) -> bool {
    let text = |field: Text| device.and_then(|device| device.text(field));
    let is_one = |field, texts: &[String]| {
        text(field).is_some_and(|text| texts.iter().any(|t| t.eq_ignore_ascii_case(text)))
    };
    match rule {
        Rule::Equals(field, texts) => is_one(*field, texts),
        Rule::Differs(field, texts) => !is_one(*field, texts),
        Rule::StartsWith(field, start) => text(*field).is_some_and(|text| starts_with(text, start)),
        Rule::Contains(field, part) => text(*field).is_some_and(|text| contains(text, part)),
        Rule::TrustIs(trust) => device.is_some_and(|device| device.trust == *trust),
        Rule::OwnedBy(owner) => device.is_some_and(|device| device.ownership == *owner),
        Rule::Compliant(truth) => device.is_some_and(|device| device.is_compliant == *truth),
        Rule::All(rules) => rules.iter().all(|rule| holds(rule, device)),
        Rule::Any(rules) => rules.iter().any(|rule| holds(rule, device)),
    }
}

fn combined(workload: &Workload, sign_in: &SignIn) -> Combined {
    let policies = workload.policies.iter();
    let applying = policies.filter(|policy| applies(policy, &workload.locations, sign_in));
    let effects = applying.map(|policy| -> &Effect { &policy.effect });
    oracle::combine(effects, oracle::held(sign_in), sign_in.client)
}

fn list(workload: &Workload, sign_in: &SignIn, list: &mut Vec<u32>) {
    list.clear();
    for (number, policy) in (0..).zip(&workload.policies) {
        if applies(policy, &workload.locations, sign_in) {
            list.push(number);
        }
    }
}

/// All forms of it.
pub fn add<'a>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    let name = "plain Rust";
    let count = sign_ins.len();
    let copy = field.load(name, || workload.clone());
    drop(copy);
    field.add(
        name,
        Contract::Combined,
        From::Memory,
        count,
        Pair::new((), move |(), at, out| {
            out.combined = Some(combined(workload, &sign_ins[at]));
        }),
    );
    field.add(
        name,
        Contract::List,
        From::Memory,
        count,
        Pair::new((), move |(), at, out| {
            list(workload, &sign_ins[at], &mut out.list);
        }),
    );
    field.add(
        name,
        Contract::Combined,
        From::Json,
        count,
        Pair::new((), move |(), at, out| {
            let sign_in = parsing::slow(&texts[at]).sign_in();
            out.combined = Some(combined(workload, &sign_in));
        }),
    );
    field.add(
        name,
        Contract::List,
        From::Json,
        count,
        Pair::new((), move |(), at, out| {
            let sign_in = parsing::slow(&texts[at]).sign_in();
            list(workload, &sign_in, &mut out.list);
        }),
    );
}
