//! A typed sign-in as a request of ours, and our decision in the terms of the workload.

use gatewright_runtime::{
    AttributeHandle, Decision, Engine, Fact, FactError, Outcome, Request, date_time_key,
    parse_date_time,
};
use gatewright_value::vocabulary::{self, BuiltInControl};
use gatewright_value::{FrequencyInterval, Kind, PersistentBrowser, SessionControls};

use super::model::{
    CLAUSES, CONTROLS, Client, Combined, Controls, Field, Flow, Guest, Method, NO_HOURS, Ownership,
    Platform, Risk, SignIn, Trust, Verdict, guid_text,
};
use super::tenant;

/// The time of every sign-in.
pub const NOW: &str = "2026-11-22T09:00:00Z";

/// Attributes that stay unknown, as they do where a request in JSON says nothing of them.
const UNKNOWN: &[&str] = &["agent.risk", "location.names", "servicePrincipal.risk"];

/// The attributes of a program that sign-ins of the workload say something of, looked up once.
#[derive(Debug)]
pub struct Attributes {
    /// What every sign-in has in common, and all that is null or empty.
    constants: Vec<(AttributeHandle, Fact<'static>)>,
    user: Option<AttributeHandle>,
    guest: Members,
    groups: Option<AttributeHandle>,
    roles: Option<AttributeHandle>,
    apps: Option<AttributeHandle>,
    client: Members,
    platform: Members,
    address: Option<AttributeHandle>,
    country: Option<AttributeHandle>,
    unmapped: Option<AttributeHandle>,
    user_risk: Members,
    sign_in_risk: Members,
    flow: Members,
    registered: Option<AttributeHandle>,
    device: Option<AttributeHandle>,
    compliant: Option<AttributeHandle>,
    trust: Members,
    ownership: Members,
    fields: Vec<(Field, AttributeHandle)>,
}

impl Attributes {
    /// Look them up.
    #[must_use]
    pub fn new(engine: &Engine) -> Attributes {
        let named = |name: &str| engine.attribute(name);
        let members = |name: &str, names: &[&'static str]| Members::new(engine, name, names);
        let field = |field: &Field| {
            let name = format!("device.{}", field.name());
            Some((*field, engine.attribute(&name)?))
        };
        Attributes {
            constants: constants(engine),
            user: named("user.id"),
            guest: members(
                "user.guestType",
                &Guest::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            groups: named("user.groups"),
            roles: named("user.roles"),
            apps: named("app.ids"),
            client: members(
                "signIn.client",
                &Client::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            platform: members(
                "signIn.platform",
                &Platform::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            address: named("location.ip"),
            country: named("location.country"),
            unmapped: named("location.isUnmapped"),
            user_risk: members(
                "user.risk",
                &Risk::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            sign_in_risk: members(
                "signIn.risk",
                &Risk::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            flow: members(
                "session.flow",
                &Flow::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            registered: named("device.isRegistered"),
            device: named("device.deviceId"),
            compliant: named("device.isCompliant"),
            trust: members(
                "device.trustType",
                &Trust::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            ownership: members(
                "device.ownership",
                &Ownership::ALL.iter().map(|m| m.name()).collect::<Vec<_>>(),
            ),
            fields: Field::ALL.iter().filter_map(field).collect(),
        }
    }

    /// The request of a sign-in.
    ///
    /// # Errors
    /// An attribute has another type than it has under Conditional Access.
    pub fn request<'a>(
        &self,
        engine: &Engine,
        sign_in: &'a SignIn,
    ) -> Result<Request<'a>, FactError> {
        let mut request = Request::unknown(engine);
        for (attribute, fact) in &self.constants {
            request.set(engine, *attribute, fact.clone())?;
        }
        let mut set = |attribute: Option<AttributeHandle>, fact: Fact<'a>| match attribute {
            Some(attribute) => request.set(engine, attribute, fact),
            None => Ok(()),
        };
        let of = |members: &Members, member: usize| (members.attribute, members.fact(member));
        set(self.user, Fact::Guid(sign_in.user))?;
        if let Some(guest) = sign_in.guest {
            let (attribute, fact) = of(&self.guest, guest as usize);
            set(attribute, fact)?;
        }
        set(self.groups, Fact::Guids((&sign_in.groups).into()))?;
        set(self.roles, Fact::Guids((&sign_in.roles).into()))?;
        set(self.apps, Fact::Guids(vec![sign_in.app].into()))?;
        let platform = sign_in
            .platform
            .map_or(usize::MAX, |platform| platform as usize);
        for (attribute, fact) in [
            of(&self.client, sign_in.client as usize),
            of(&self.platform, platform),
            of(&self.user_risk, sign_in.user_risk as usize),
            of(&self.sign_in_risk, sign_in.sign_in_risk as usize),
        ] {
            set(attribute, fact)?;
        }
        set(self.address, Fact::Address(sign_in.address))?;
        if let Some(country) = &sign_in.country {
            let country = std::str::from_utf8(country).unwrap_or_default();
            set(self.country, Fact::text(country))?;
        }
        set(self.unmapped, Fact::Boolean(sign_in.country.is_none()))?;
        if let Some(flow) = sign_in.flow {
            let (attribute, fact) = of(&self.flow, flow as usize);
            set(attribute, fact)?;
        }
        set(self.registered, Fact::Boolean(sign_in.device.is_some()))?;
        if let Some(device) = &sign_in.device {
            set(self.device, Fact::Guid(device.id))?;
            set(self.compliant, Fact::Boolean(device.is_compliant))?;
            let (attribute, fact) = of(&self.trust, device.trust as usize);
            set(attribute, fact)?;
            let (attribute, fact) = of(&self.ownership, device.ownership as usize);
            set(attribute, fact)?;
            for (field, attribute) in &self.fields {
                if let Some(text) = device.text(*field) {
                    set(Some(*attribute), Fact::text(text))?;
                }
            }
        }
        claim(sign_in, &mut request);
        request.prove(engine);
        Ok(request)
    }
}

/// An enumeration of the workload as an attribute has it.
#[derive(Debug)]
struct Members {
    attribute: Option<AttributeHandle>,
    /// By member of the workload's enumeration.
    facts: Vec<Fact<'static>>,
}

impl Members {
    fn new(engine: &Engine, name: &str, names: &[&'static str]) -> Members {
        let attribute = engine.attribute(name);
        let mut rows = engine.program().attributes.iter();
        let kind = rows.find(|row| row.name == name).map(|row| &row.kind);
        let place = |name: &str| match kind {
            Some(Kind::Enumeration { members, .. }) => {
                let mut members = members.iter();
                let at = members.position(|member| member.eq_ignore_ascii_case(name))?;
                u16::try_from(at).ok()
            }
            _ => None,
        };
        let fact = |name: &&'static str| place(name).map_or(Fact::text(*name), Fact::Member);
        Members {
            attribute,
            facts: names.iter().map(fact).collect(),
        }
    }

    /// The fact of a member; beyond the last one, something that nobody knows.
    fn fact(&self, member: usize) -> Fact<'static> {
        let known = self.facts.get(member).cloned();
        known.unwrap_or_else(|| Fact::text("unknown"))
    }
}

/// A member of an enumeration by its place; a text where the attribute is none.
fn member(kind: &Kind, name: &'static str) -> Fact<'static> {
    let place = match kind {
        Kind::Enumeration { members, .. } => members.iter().position(|member| member == name),
        _ => None,
    };
    let place = place.and_then(|place| u16::try_from(place).ok());
    place.map_or(Fact::text(name), Fact::Member)
}

/// What every sign-in has in common: it is a user's, for an application, now; nothing else is said.
fn constants(engine: &Engine) -> Vec<(AttributeHandle, Fact<'static>)> {
    let now = parse_date_time(NOW).map_or(Fact::Null, |now| Fact::Ordered(date_time_key(now)));
    let rows = engine.program().attributes.iter();
    rows.filter_map(|row| {
        let fact = match (&row.kind, row.name.as_str()) {
            (_, name) if UNKNOWN.contains(&name) => return None,
            (kind, "signIn.identity") => member(kind, "user"),
            (kind, "signIn.target") => member(kind, "apps"),
            (_, "signIn.now") => now.clone(),
            (kind, "user.insiderRisk") => member(kind, "none"),
            (Kind::Set(_), _) => Fact::empty_set(&row.kind),
            (Kind::Boolean, name) if !row.is_optional || name.starts_with("signIn.") => {
                Fact::Boolean(false)
            }
            _ => Fact::Null,
        };
        Some((engine.attribute(&row.name)?, fact))
    })
    .collect()
}

fn claim(sign_in: &SignIn, request: &mut Request<'_>) {
    let claims = request.claims_mut();
    for method in Method::ALL {
        let ours = vocabulary::Method::ALL
            .iter()
            .find(|ours| ours.name() == method.name());
        if let Some(ours) = ours.filter(|_| sign_in.methods & method.bit() != 0) {
            claims.method(*ours);
        }
    }
    if sign_in.has_changed_password {
        claims.control(BuiltInControl::PasswordChange);
    }
    for terms in &sign_in.terms {
        claims.terms(guid_text(*terms));
    }
}

/// The attributes of the user, of the device, and the others.
#[must_use]
pub fn groups(engine: &Engine) -> [Vec<AttributeHandle>; 3] {
    let of = |entity| -> Vec<AttributeHandle> { engine.attributes_of(entity).collect() };
    let (user, device) = (of("user"), of("device"));
    let names = engine.program().attributes.iter();
    let all = names.filter_map(|row| engine.attribute(&row.name));
    let others = all.filter(|handle| !user.contains(handle) && !device.contains(handle));
    let others = others.collect();
    [user, device, others]
}

/// Our decision in the terms of the workload; `None` where a missing clause is none of its clauses.
#[must_use]
pub fn combined(decision: &Decision<'_>) -> Option<Combined> {
    let verdict = verdict(decision.verdict());
    let missing = decision.missing().map(Iterator::collect);
    combined_of(verdict, missing, &decision.session())
}

/// Our combined decision in the terms of the workload; `None` as for [`combined`].
#[must_use]
pub fn combined_outcome(outcome: &Outcome<'_>) -> Option<Combined> {
    let verdict = verdict(outcome.verdict());
    let missing = outcome.missing().map(Iterator::collect);
    combined_of(verdict, missing, &outcome.session())
}

/// Our verdict in the terms of the workload.
#[must_use]
pub fn verdict(verdict: gatewright_runtime::Verdict) -> Verdict {
    match verdict {
        gatewright_runtime::Verdict::NotApplicable => Verdict::NotApplicable,
        gatewright_runtime::Verdict::Grant => Verdict::Grant,
        gatewright_runtime::Verdict::Interrupt => Verdict::Interrupt,
        gatewright_runtime::Verdict::Deny => Verdict::Deny,
        gatewright_runtime::Verdict::Block => Verdict::Block,
    }
}

/// A decision in the terms of the workload, from its parts: of each missing clause the spellings of
/// its controls. `None` where a clause is none of the workload's.
#[must_use]
pub fn combined_of<'a>(
    verdict: Verdict,
    missing: impl Iterator<Item = Vec<&'a str>>,
    session: &SessionControls,
) -> Option<Combined> {
    if verdict == Verdict::Block {
        return Some(Combined::BLOCK);
    }
    let mut bits = 0;
    for clause in missing {
        let controls: Option<Controls> = clause
            .into_iter()
            .map(control)
            .try_fold(0, |all, control| Some(all | control?));
        let at = CLAUSES
            .iter()
            .position(|clause| Some(*clause) == controls)?;
        bits |= 1 << at;
    }
    let hours = match session
        .sign_in_frequency
        .map(|frequency| frequency.interval)
    {
        Some(FrequencyInterval::Hours(hours)) => u16::try_from(hours).ok()?,
        Some(FrequencyInterval::Days(days)) => u16::try_from(days * 24).ok()?,
        Some(FrequencyInterval::EveryTime) => 0,
        None => NO_HOURS,
    };
    Some(Combined {
        verdict,
        missing: bits,
        hours,
        never_persistent: session.persistent_browser == Some(PersistentBrowser::Never),
    })
}

/// The control that is spelled so.
fn control(spelling: &str) -> Option<Controls> {
    let name = match spelling.split_once(':') {
        Some(("strength", id)) => format!("strength:{}", id.get(35..)?),
        Some(("terms", id)) => {
            let mut terms = tenant::TERMS.iter();
            format!("terms:{}", terms.position(|terms| guid_text(*terms) == id)?)
        }
        _ => spelling.to_owned(),
    };
    let at = CONTROLS.iter().position(|control| **control == name)?;
    Some(1 << at)
}
