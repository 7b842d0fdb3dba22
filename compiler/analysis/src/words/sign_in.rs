//! One sentence for one sign-in. What is ordinary is left out.

use gatewright_hir::model::{Control, PolicySet};
use gatewright_hir::schema::AttributeId;
use gatewright_value::vocabulary::{BuiltInControl, IdentityKind, TargetKind};
use gatewright_value::{Kind, fold, ordered_text};
use serde_json::Value;

use super::names::{self, Names, action};
use super::{elements, ordered};
use crate::facts::{Fact, Facts};
use crate::request::{Proofs, identity, target};
use crate::world::World;

/// What happens, in words: `a user in the group Finance signs in to Payroll with a browser from
/// 198.51.100.7, on an unregistered device`.
#[must_use]
pub fn sentence(set: &PolicySet, facts: &Facts, proofs: &Proofs) -> String {
    let names = Names::new(set);
    let teller = Teller {
        names: &names,
        facts,
    };
    let mut text = if set.schema.is_entra {
        teller.sign_in()
    } else {
        teller.request()
    };
    let proved: Vec<String> = proofs.controls.iter().map(|c| told(&names, c)).collect();
    if !proved.is_empty() {
        text.push_str(", having proved ");
        text.push_str(&names::list(&proved, "and"));
    }
    text
}

/// Facts to tell: an address and a country as in any ordinary sign-in are left out, which is said by
/// their variables.
#[must_use]
pub fn worth_telling(world: &World<'_>, facts: &Facts, is_unusual: &dyn Fn(u32) -> bool) -> Facts {
    let mut told = facts.clone();
    let places = [
        "location.ip",
        "location.country",
        "location.isUnmapped",
        "location.names",
    ];
    let places = places.map(|name| world.schema.find_attribute(name));
    let variables = (0u32..).zip(&world.joint.space.variables);
    let mut of_places = variables.filter(|(_, row)| places.contains(&Some(row.attribute)));
    if !of_places.any(|(number, _)| is_unusual(number)) {
        let [ip, country, ..] = places;
        told.retain(|attribute, _| ip != Some(*attribute) && country != Some(*attribute));
    }
    told
}

/// A control in words, by the name of its object.
#[must_use]
pub fn control(set: &PolicySet, control: &Control) -> String {
    told(&Names::new(set), control)
}

fn told(names: &Names<'_>, control: &Control) -> String {
    match control {
        Control::BuiltIn(control) => match control {
            BuiltInControl::Mfa => "multifactor authentication".to_owned(),
            BuiltInControl::CompliantDevice => "a compliant device".to_owned(),
            BuiltInControl::DomainJoinedDevice => "a hybrid joined device".to_owned(),
            BuiltInControl::ApprovedApplication => "an approved client app".to_owned(),
            BuiltInControl::CompliantApplication => "an app protection policy".to_owned(),
            BuiltInControl::PasswordChange => "a password change".to_owned(),
            BuiltInControl::RiskRemediation => "risk remediation".to_owned(),
            BuiltInControl::VerifiedId => "a verified id".to_owned(),
        },
        Control::Strength(id) => format!("the strength {}", names.of("strength", id)),
        Control::Terms(id) => format!("the terms {}", names.of("terms", id)),
        Control::Custom(id) => format!("the custom control \"{id}\""),
        Control::Own(id) => {
            let control = names.set.schema.controls.get(id.0 as usize);
            control.map_or_else(|| "another schema's control".to_owned(), |c| c.name.clone())
        }
    }
}

struct Teller<'a> {
    names: &'a Names<'a>,
    facts: &'a Facts,
}

/// Attributes that parts of the sentence tell; the others follow one by one.
const TOLD: [&str; 32] = [
    "signIn.identity",
    "signIn.target",
    "signIn.client",
    "signIn.platform",
    "signIn.risk",
    "signIn.now",
    "signIn.baselineScopesOnly",
    "signIn.enrollmentService",
    "signIn.isMfaDeemedNecessary",
    "user.id",
    "user.groups",
    "user.roles",
    "user.guestType",
    "user.homeTenant",
    "user.risk",
    "user.insiderRisk",
    "servicePrincipal.id",
    "servicePrincipal.isOwned",
    "servicePrincipal.risk",
    "agent.id",
    "agent.risk",
    "app.ids",
    "app.action",
    "app.context",
    "location.ip",
    "location.country",
    "location.isUnmapped",
    "location.names",
    "session.flow",
    "session.methods",
    "device.isRegistered",
    "device.isCompliant",
];

impl<'a> Teller<'a> {
    fn id(&self, name: &str) -> Option<AttributeId> {
        self.names.set.schema.find_attribute(name)
    }

    fn fact(&self, name: &str) -> Option<&'a Fact> {
        self.facts.get(&self.id(name)?)
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        match self.fact(name)? {
            Fact::Text(text) => Some(text),
            _ => None,
        }
    }

    fn is(&self, name: &str, value: bool) -> bool {
        self.fact(name) == Some(&Fact::Boolean(value))
    }

    /// A text by its name or in the spelling of its type.
    fn value(&self, name: &str) -> Option<String> {
        let attribute = self.names.attribute(self.id(name)?);
        Some(self.names.value(attribute, self.text(name)?))
    }

    /// The elements of a set by name.
    fn elements(&self, name: &str) -> Vec<String> {
        let attribute = self.id(name).and_then(|id| self.names.attribute(id));
        match (self.fact(name), attribute) {
            (Some(Fact::Elements(ids)), Some(attribute)) => {
                elements::reached(self.names, attribute, ids)
            }
            _ => Vec::new(),
        }
    }

    fn sign_in(&self) -> String {
        let mut text = format!("{} {}", self.who(), self.what());
        for part in [self.client(), self.platform(), self.flow(), self.place()] {
            if !part.is_empty() {
                text.push(' ');
                text.push_str(&part);
            }
        }
        let mut rest = Vec::new();
        rest.extend(self.device());
        rest.extend(self.risks());
        rest.extend(self.circumstances());
        rest.extend(self.others(&TOLD));
        rest.extend(self.unknown());
        for part in rest {
            text.push_str(", ");
            text.push_str(&part);
        }
        text
    }

    fn who(&self) -> String {
        let mut text = match identity(self.names.set, self.facts) {
            IdentityKind::ServicePrincipal => {
                let own = if self.is("servicePrincipal.isOwned", false) {
                    "another tenant's"
                } else {
                    "the"
                };
                return match self.text("servicePrincipal.id") {
                    Some(id) => format!("{own} service principal \"{id}\""),
                    None if own == "the" => "a service principal".to_owned(),
                    None => format!("{own} service principal"),
                };
            }
            IdentityKind::Agent => {
                return match self.text("agent.id") {
                    Some(id) => format!("the agent identity \"{id}\""),
                    None => "an agent identity".to_owned(),
                };
            }
            IdentityKind::AgentUser => "an agent's user account".to_owned(),
            IdentityKind::User => match (self.value("user.guestType"), self.user()) {
                (Some(guest), Some(user)) => format!("the guest {user} ({guest})"),
                (Some(guest), None) => format!("a guest ({guest})"),
                (None, Some(user)) => format!("the user {user}"),
                (None, None) => "a user".to_owned(),
            },
        };
        if let Some(tenant) = self.text("user.homeTenant") {
            text.push_str(&format!(" from the tenant \"{tenant}\""));
        }
        for (name, one, several) in [
            ("user.groups", "in the group", "in the groups"),
            ("user.roles", "with the role", "with the roles"),
        ] {
            let elements = self.elements(name);
            if !elements.is_empty() {
                let words = if elements.len() == 1 { one } else { several };
                text.push_str(&format!(" {words} {}", names::list(&elements, "and")));
            }
        }
        text
    }

    /// The user, where the set has a name or a policy for them.
    fn user(&self) -> Option<String> {
        let id = self.text("user.id")?;
        let name = self.names.of("user", id);
        let is_asked = self
            .names
            .set
            .policies
            .iter()
            .any(|policy| names_user(policy, id));
        (is_asked || !name.starts_with('"')).then_some(name)
    }

    fn what(&self) -> String {
        match target(self.names.set, self.facts) {
            TargetKind::Apps => {
                let apps = self.elements("app.ids");
                match self.fact("app.ids") {
                    Some(Fact::Elements(_)) if apps.is_empty() => {
                        "signs in without a resource".to_owned()
                    }
                    _ if apps.is_empty() => "signs in".to_owned(),
                    _ => format!("signs in to {}", names::list(&apps, "and")),
                }
            }
            TargetKind::UserAction => match self.text("app.action") {
                Some(text) => format!("signs in for {}", action(text)),
                None => "signs in for a user action".to_owned(),
            },
            TargetKind::AuthenticationContext => match self.value("app.context") {
                Some(context) => format!("signs in for the authentication context {context}"),
                None => "signs in for an authentication context".to_owned(),
            },
        }
    }

    fn client(&self) -> String {
        match self.text("signIn.client") {
            None | Some("browser") => String::new(),
            Some(_) => format!("with {}", self.value("signIn.client").unwrap_or_default()),
        }
    }

    fn platform(&self) -> String {
        let id = self.id("signIn.platform");
        let attribute = id.and_then(|id| self.names.attribute(id));
        match (self.text("signIn.platform"), attribute.map(|a| &a.kind)) {
            (None | Some("windows"), _) => String::new(),
            (Some(text), Some(Kind::Enumeration { members, .. }))
                if !members.iter().any(|member| fold(member) == text) =>
            {
                "on a platform that the service does not know".to_owned()
            }
            _ => format!("on {}", self.value("signIn.platform").unwrap_or_default()),
        }
    }

    fn flow(&self) -> String {
        let flow = self.value("session.flow");
        flow.map_or_else(String::new, |flow| format!("by {flow}"))
    }

    fn place(&self) -> String {
        let mut places = Vec::new();
        if let Some(Fact::Key(key)) = self.fact("location.ip") {
            let address = ordered_text(&Kind::Address, *key).unwrap_or_default();
            let within = ordered::places(self.names, *key);
            places.push(match within.as_slice() {
                [] => address,
                within => format!("{address} ({})", names::list(within, "and")),
            });
        }
        if let Some(country) = self.value("location.country") {
            places.push(format!("the country {country}"));
        }
        if self.is("location.isUnmapped", true) {
            places.push("no country".to_owned());
        }
        for place in self.elements("location.names") {
            places.push(format!("the named location {place}"));
        }
        if places.is_empty() {
            return String::new();
        }
        format!("from {}", names::list(&places, "in"))
    }

    fn device(&self) -> Option<String> {
        if self.is("device.isRegistered", false) {
            return Some("on an unregistered device".to_owned());
        }
        match (
            self.fact("device.isCompliant"),
            self.fact("device.isRegistered"),
        ) {
            (Some(Fact::Boolean(true)), _) => Some("on a compliant device".to_owned()),
            (Some(Fact::Boolean(false)), _) => Some("on a noncompliant device".to_owned()),
            (_, Some(Fact::Boolean(true))) => Some("on a registered device".to_owned()),
            _ => None,
        }
    }

    fn risks(&self) -> Vec<String> {
        let risks = [
            ("signIn.risk", "sign-in risk"),
            ("user.risk", "user risk"),
            ("user.insiderRisk", "insider risk"),
            ("servicePrincipal.risk", "workload risk"),
            ("agent.risk", "agent risk"),
        ];
        let told = risks.into_iter().filter_map(|(name, noun)| {
            let level = self.value(name).filter(|level| level != "none")?;
            Some(format!("at {level} {noun}"))
        });
        told.collect()
    }

    fn circumstances(&self) -> Vec<String> {
        let mut told = Vec::new();
        for (name, phrase) in [
            ("signIn.baselineScopesOnly", "asking only for basic scopes"),
            ("signIn.enrollmentService", "enrolling the device"),
            (
                "signIn.isMfaDeemedNecessary",
                "multifactor authentication being deemed necessary",
            ),
        ] {
            if self.is(name, true) {
                told.push(phrase.to_owned());
            }
        }
        let methods = self.elements("session.methods");
        if !methods.is_empty() {
            told.push(format!("having used {}", names::list(&methods, "and")));
        }
        if let Some(Fact::Key(key)) = self.fact("signIn.now") {
            let time = ordered_text(&Kind::DateTime, *key).unwrap_or_default();
            told.push(format!("at {time}"));
        }
        told
    }

    /// Every other fact that says something: `device.trustType "ServerAD"`.
    fn others(&self, told: &[&str]) -> Vec<String> {
        let mut others = Vec::new();
        for (id, fact) in self.facts {
            let Some(attribute) = self.names.attribute(*id) else {
                continue;
            };
            let name = attribute.name.as_str();
            if told.contains(&name) || attribute.difference.is_some() {
                continue;
            }
            let value = match fact {
                Fact::Unknown | Fact::Null => continue,
                Fact::Boolean(value) => value.to_string(),
                Fact::Text(text) => self.names.value(Some(attribute), text),
                Fact::Key(key) => ordered_text(&attribute.kind, *key).unwrap_or_default(),
                Fact::Elements(elements) if elements.is_empty() => continue,
                Fact::Elements(elements) => {
                    let elements = elements
                        .iter()
                        .map(|e| self.names.value(Some(attribute), e));
                    names::list(&elements.collect::<Vec<_>>(), "and")
                }
                Fact::Records(records) => match records_text(records) {
                    Some(text) => text,
                    None => continue,
                },
            };
            others.push(format!("{name} being {value}"));
        }
        others
    }

    /// What nobody knows; a device of which nothing is known is told once.
    fn unknown(&self) -> Option<String> {
        let is_device = self.fact("device.isRegistered") == Some(&Fact::Unknown);
        let mut subjects = Vec::new();
        if is_device {
            subjects.push("the device".to_owned());
        }
        for (id, _) in self
            .facts
            .iter()
            .filter(|(_, fact)| **fact == Fact::Unknown)
        {
            let attribute = self.names.attribute(*id);
            let of_device = attribute.is_some_and(|a| a.name.starts_with("device."));
            if !(is_device && of_device) {
                subjects.push(self.names.subject(*id));
            }
        }
        let is_some = !subjects.is_empty();
        is_some.then(|| format!("with {} not known", names::list(&subjects, "and")))
    }

    /// A request of a schema of one's own.
    fn request(&self) -> String {
        let mut parts = self.others(&[]);
        parts.extend(self.unknown());
        if parts.is_empty() {
            return "any request".to_owned();
        }
        format!("a request with {}", parts.join(", "))
    }
}

/// Records with their fields, those left out that say only which object it is.
fn records_text(records: &[Value]) -> Option<String> {
    let mut told = Vec::new();
    for record in records {
        let fields = record.as_object().into_iter().flatten();
        let fields = fields.filter(|(name, _)| *name != "id");
        let fields: Vec<String> = fields
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        if !fields.is_empty() {
            told.push(fields.join(", "));
        }
    }
    (!told.is_empty()).then(|| format!("[{}]", told.join("; ")))
}

/// Whether a policy speaks of the user by id.
fn names_user(policy: &gatewright_hir::model::Policy, id: &str) -> bool {
    use gatewright_hir::model::{UserScope, Who};
    let Some(Who::Users(users)) = policy.assignments.as_ref().map(|a| &a.who) else {
        return false;
    };
    let mut items = users.include.iter().chain(&users.exclude);
    items.any(|item| matches!(&item.value, UserScope::User(user) if fold(user) == id))
}
