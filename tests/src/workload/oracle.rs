//! What a sign-in comes to, worked out in the most obvious way, and the arithmetic of clauses that
//! all contenders share.

use super::model::{
    ALL_PLATFORMS, Apps, CLAUSES, COMPLIANT, Client, Combined, Controls, Device, Effect, Filter,
    Flow, HYBRID, Location, MFA, Method, NO_HOURS, PASSWORD_CHANGE, People, Places, Policy, Rule,
    STRENGTH_2, STRENGTH_3, STRENGTH_4, SignIn, TERMS_0, Trust, UNKNOWN_PLATFORM, Verdict,
};
use super::tenant;

/// The controls that hold.
#[must_use]
#[inline]
pub fn held(sign_in: &SignIn) -> Controls {
    let mut held = 0;
    if sign_in.client.is_legacy() {
        return held;
    }
    let has = |method: Method| sign_in.methods & method.bit() != 0;
    let is_strong = has(Method::Key) || has(Method::Hello);
    if is_strong {
        held |= STRENGTH_3 | STRENGTH_4;
    }
    if is_strong || (has(Method::Password) && (has(Method::Push) || has(Method::Text))) {
        held |= MFA | STRENGTH_2;
    }
    if sign_in.has_changed_password {
        held |= PASSWORD_CHANGE;
    }
    for accepted in &sign_in.terms {
        for (number, terms) in tenant::TERMS.iter().enumerate() {
            if terms == accepted {
                held |= TERMS_0 << number;
            }
        }
    }
    if let Some(device) = &sign_in.device
        && sign_in.flow != Some(Flow::DeviceCode)
    {
        if device.is_compliant {
            held |= COMPLIANT;
        }
        if device.trust == Trust::Hybrid {
            held |= HYBRID;
        }
    }
    held
}

/// The clauses that these controls meet.
#[must_use]
#[inline]
pub fn met(held: Controls) -> u32 {
    (0..).zip(CLAUSES).fold(0, |met, (bit, clause)| {
        met | u32::from(clause & held != 0) << bit
    })
}

/// The clauses that nobody can meet during a sign-in: those of devices alone.
pub const NOT_INTERACTIVE: u32 = {
    let (mut at, mut found) = (0, 0);
    while at < CLAUSES.len() {
        if CLAUSES[at] & !(COMPLIANT | HYBRID) == 0 {
            found |= 1 << at;
        }
        at += 1;
    }
    found
};

/// By clause: those that it properly contains.
const CONTAINED: [u32; CLAUSES.len()] = {
    let (mut contained, mut large) = ([0; CLAUSES.len()], 0);
    while large < CLAUSES.len() {
        let mut small = 0;
        while small < CLAUSES.len() {
            if small != large && CLAUSES[small] & !CLAUSES[large] == 0 {
                contained[large] |= 1 << small;
            }
            small += 1;
        }
        large += 1;
    }
    contained
};

/// The missing clauses without those that contain another.
#[must_use]
#[inline]
pub fn absorb(missing: u32) -> u32 {
    let (mut rest, mut kept) = (missing, missing);
    while rest != 0 {
        let clause = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        if CONTAINED[clause] & missing != 0 {
            kept &= !(1 << clause);
        }
    }
    kept
}

/// What the effects of the applying policies add up to.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    /// Whether any applied.
    pub any: bool,
    /// Clauses.
    pub clauses: u32,
    /// The shortest.
    pub hours: u16,
    /// Whether any asks for it.
    pub never_persistent: bool,
}

impl Default for Sum {
    fn default() -> Sum {
        Sum {
            any: false,
            clauses: 0,
            hours: NO_HOURS,
            never_persistent: false,
        }
    }
}

impl Sum {
    /// Add a policy that is enforced and does not block.
    #[inline]
    pub fn add(&mut self, effect: &Effect) {
        self.any = true;
        self.clauses |= effect.clauses;
        self.hours = self.hours.min(effect.hours);
        self.never_persistent |= effect.never_persistent;
    }

    /// Whether a policy would change nothing.
    #[must_use]
    #[inline]
    pub fn owes(&self, effect: &Effect, met: u32) -> bool {
        self.any
            && effect.clauses & !(self.clauses | met) == 0
            && effect.hours >= self.hours
            && (self.never_persistent || !effect.never_persistent)
    }

    /// The decision, where no policy blocks.
    #[must_use]
    #[inline]
    pub fn finish(&self, met: u32, client: Client) -> Combined {
        let unmet = self.clauses & !met;
        let verdict = if !self.any {
            Verdict::NotApplicable
        } else if unmet == 0 {
            Verdict::Grant
        } else if client.is_legacy() || unmet & NOT_INTERACTIVE != 0 {
            Verdict::Deny
        } else {
            Verdict::Interrupt
        };
        Combined {
            verdict,
            missing: absorb(unmet),
            hours: self.hours,
            never_persistent: self.never_persistent,
        }
    }
}

/// The combined decision of applying policies, for engines that find only those.
#[must_use]
#[inline]
pub fn combine<'a>(
    effects: impl IntoIterator<Item = &'a Effect>,
    held: Controls,
    client: Client,
) -> Combined {
    let mut sum = Sum::default();
    for effect in effects {
        if effect.is_report_only {
            continue;
        }
        if effect.is_block {
            return Combined::BLOCK;
        }
        sum.add(effect);
    }
    sum.finish(met(held), client)
}

/// The policies that apply, and the combined decision.
#[must_use]
pub fn decide(
    policies: &[Policy],
    locations: &[Location],
    sign_in: &SignIn,
) -> (Vec<u32>, Combined) {
    let applying: Vec<u32> = (0..)
        .zip(policies)
        .filter(|(_, policy)| applies(policy, locations, sign_in))
        .map(|(number, _)| number)
        .collect();
    let effects = applying
        .iter()
        .filter_map(|number| policies.get(*number as usize))
        .map(|policy| &policy.effect);
    let combined = combine(effects, held(sign_in), sign_in.client);
    (applying, combined)
}

/// Whether a policy applies.
#[must_use]
pub fn applies(policy: &Policy, locations: &[Location], sign_in: &SignIn) -> bool {
    let lists = |bits: u8, bit: u8| bits == 0 || bits & bit != 0;
    let platform = sign_in.platform.map_or(UNKNOWN_PLATFORM, |p| p.bit());
    let (platforms, other_platforms) = policy.platforms;
    let is_platform = platforms == 0
        || (platforms == ALL_PLATFORMS || platforms & platform != 0)
            && other_platforms & platform == 0;
    let is_place = policy.places.as_ref().is_none_or(|(include, exclude)| {
        is_in(include, locations, sign_in) && !is_in(exclude, locations, sign_in)
    });
    includes(&policy.include, sign_in)
        && !includes(&policy.exclude, sign_in)
        && reaches(&policy.include_apps, sign_in)
        && !reaches(&policy.exclude_apps, sign_in)
        && lists(policy.clients, sign_in.client.bit())
        && is_platform
        && is_place
        && lists(policy.user_risks, sign_in.user_risk.bit())
        && lists(policy.sign_in_risks, sign_in.sign_in_risk.bit())
        && lists(policy.flows, sign_in.flow.map_or(0, |flow| flow.bit()))
        && policy
            .filter
            .as_ref()
            .is_none_or(|filter| selects(filter, sign_in.device.as_ref()))
}

fn includes(people: &People, sign_in: &SignIn) -> bool {
    people.all
        || people.users.contains(&sign_in.user)
        || people
            .groups
            .iter()
            .any(|group| sign_in.groups.contains(group))
        || people.roles.iter().any(|role| sign_in.roles.contains(role))
        || people.guests & sign_in.guest.map_or(0, |guest| guest.bit()) != 0
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
            .filter_map(|number| locations.get(usize::from(*number)))
            .any(contains)
}

/// Whether a filter lets a policy apply to a device; `None` is one that is not registered.
#[must_use]
pub fn selects(filter: &Filter, device: Option<&Device>) -> bool {
    holds(&filter.rule, device) != filter.excludes
}

fn holds(rule: &Rule, device: Option<&Device>) -> bool {
    let text = |field| device.and_then(|device| device.text(field));
    let is_one = |field, texts: &[String]| {
        text(field).is_some_and(|text| texts.iter().any(|t| t.eq_ignore_ascii_case(text)))
    };
    let folded = |field| text(field).map(str::to_ascii_lowercase);
    match rule {
        Rule::Equals(field, texts) => is_one(*field, texts),
        Rule::Differs(field, texts) => !is_one(*field, texts),
        Rule::StartsWith(field, start) => {
            folded(*field).is_some_and(|text| text.starts_with(&start.to_ascii_lowercase()))
        }
        Rule::Contains(field, part) => {
            folded(*field).is_some_and(|text| text.contains(&part.to_ascii_lowercase()))
        }
        Rule::TrustIs(trust) => device.is_some_and(|device| device.trust == *trust),
        Rule::OwnedBy(owner) => device.is_some_and(|device| device.ownership == *owner),
        Rule::Compliant(truth) => device.is_some_and(|device| device.is_compliant == *truth),
        Rule::All(rules) => rules.iter().all(|rule| holds(rule, device)),
        Rule::Any(rules) => rules.iter().any(|rule| holds(rule, device)),
    }
}
