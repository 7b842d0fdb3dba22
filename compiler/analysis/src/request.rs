//! A sign-in as JSON: from facts to a request that everything that decides understands.
//!
//! INVARIANT: reading the request gives back the facts. What no fact speaks of is filled in with
//! ordinary values where people expect some (client, platform, risks), since nothing asks about it.
//!
//! SEMANTICS: §1, §13.1

mod check_in;
mod entra;
mod own;
mod spelling;
#[cfg(test)]
mod tests;

use gatewright_hir::model::{Control, Policy, PolicySet};
use gatewright_hir::schema::AttributeId;
use gatewright_hir::strength::control_implies;
use gatewright_value::fold;
use gatewright_value::vocabulary::{BuiltInControl, IdentityKind, TargetKind};
use serde_json::{Map, Value, json};

use crate::facts::{Fact, Facts};

pub(crate) use spelling::written;

/// Someone of whom nothing is known but what the facts say.
pub(crate) const SOMEONE: &str = "00000000-0000-4000-8000-000000000000";

/// What has been proved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proofs {
    /// The controls, in any order. Those about the device are facts and not proved by saying so.
    pub controls: Vec<Control>,
}

impl Proofs {
    /// Everything that a policy of the set could ask for.
    #[must_use]
    pub fn every(set: &PolicySet) -> Proofs {
        let mut proofs = Proofs::default();
        let built_in = BuiltInControl::ALL.iter().copied();
        proofs.extend(
            built_in
                .filter(|control| !is_device(*control))
                .map(Control::BuiltIn),
        );
        let strengths = set.strengths.iter();
        proofs.extend(strengths.map(|strength| Control::Strength(strength.id.clone())));
        proofs.extend(set.policies.iter().flat_map(required).cloned());
        proofs
    }

    /// Everything that a policy of the set could ask for, apart from what implies one of these.
    #[must_use]
    pub fn avoiding(set: &PolicySet, controls: &[Control]) -> Proofs {
        let mut proofs = Proofs::every(set);
        let is_left = |held: &Control| !implies_some(set, held, controls);
        proofs.controls.retain(is_left);
        proofs
    }

    fn extend(&mut self, controls: impl IntoIterator<Item = Control>) {
        for control in controls {
            let is_proved = match &control {
                Control::BuiltIn(built_in) => !is_device(*built_in),
                Control::Own(_) => false,
                _ => true,
            };
            let mut known = self.controls.iter();
            if is_proved && !known.any(|known| spelling::is_same_control(known, &control)) {
                self.controls.push(control);
            }
        }
    }
}

/// Whether whoever holds a control holds one of these by that.
pub(crate) fn implies_some(set: &PolicySet, held: &Control, wanted: &[Control]) -> bool {
    let mut wanted = wanted.iter();
    wanted.any(|wanted| {
        spelling::is_same_control(held, wanted) || control_implies(&set.strengths, held, wanted)
    })
}

/// The controls that a policy asks for.
fn required(policy: &Policy) -> impl Iterator<Item = &Control> {
    let requirement = policy.outcome.requirement.iter();
    requirement.flat_map(|requirement| &requirement.controls)
}

/// Whether the device itself shows it.
fn is_device(control: BuiltInControl) -> bool {
    matches!(
        control,
        BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice
    )
}

/// The request that says these facts and claims these proofs.
#[must_use]
pub fn request(set: &PolicySet, facts: &Facts, proofs: &Proofs) -> Value {
    let known = Known { set, facts };
    if set.schema.is_entra {
        let mut request = Value::Object(entra::request(&known));
        check_in::be_noncompliant(&known, &mut request);
        claim(&mut request, proofs);
        request
    } else {
        Value::Object(own::request(&known))
    }
}

/// Claim these proofs in a request of Entra's schema in place of those that it claims. Methods
/// stay: they are facts.
pub fn claim(request: &mut Value, proofs: &Proofs) {
    let Some(members) = request.as_object_mut() else {
        return;
    };
    let mut claims = match members.remove("claims") {
        Some(Value::Object(claims)) => claims,
        _ => Map::new(),
    };
    let (mut satisfied, mut terms, mut custom) = (Vec::new(), Vec::new(), Vec::new());
    for control in &proofs.controls {
        match control {
            Control::BuiltIn(control) if is_device(*control) => {}
            Control::BuiltIn(control) => satisfied.push(control.name().to_owned()),
            Control::Strength(id) => satisfied.push(format!("strength:{id}")),
            Control::Terms(id) => terms.push(id.clone()),
            Control::Custom(id) => custom.push(id.clone()),
            Control::Own(_) => {}
        }
    }
    for (name, list) in [
        ("satisfied", satisfied),
        ("terms", terms),
        ("custom", custom),
    ] {
        claims.remove(name);
        if !list.is_empty() {
            claims.insert(name.to_owned(), json!(list));
        }
    }
    if !claims.is_empty() {
        members.insert("claims".to_owned(), Value::Object(claims));
    }
}

/// When a sign-in is, in milliseconds since 1970; some time where no fact says it.
pub(crate) fn time(set: &PolicySet, facts: &Facts) -> i64 {
    let said = match (Known { set, facts }).fact("signIn.now") {
        Some(Fact::Key(key)) => entra::instant(*key),
        _ => None,
    };
    said.unwrap_or(entra::SOME_TIME)
}

/// Who signs in; where no fact says it, whoever the other facts are about.
pub(crate) fn identity(set: &PolicySet, facts: &Facts) -> IdentityKind {
    entra::identity_kind(&Known { set, facts })
}

/// What is asked for; where no fact says it, what the other facts are about.
pub(crate) fn target(set: &PolicySet, facts: &Facts) -> TargetKind {
    entra::target_kind(&Known { set, facts })
}

/// Facts by the names of their attributes.
struct Known<'a> {
    set: &'a PolicySet,
    facts: &'a Facts,
}

impl<'a> Known<'a> {
    /// What is known of an attribute; `None` where nothing asks about it.
    fn fact(&self, name: &str) -> Option<&'a Fact> {
        let id = self.set.schema.find_attribute(name)?;
        self.facts.get(&id)
    }

    /// How a request writes the value of an attribute; `None` where it has none.
    fn value(&self, name: &str) -> Option<Value> {
        let id = self.set.schema.find_attribute(name)?;
        let attribute = self.set.schema.attribute(id)?;
        written(&attribute.kind, self.facts.get(&id)?)
    }

    /// The text of an attribute, as it is folded.
    fn text(&self, name: &str) -> Option<&'a str> {
        match self.fact(name)? {
            Fact::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What requests for baseline scopes only stand for, which is no attribute of the schema.
    fn baseline(&self) -> Option<&'a Fact> {
        let number = u32::try_from(self.set.schema.attributes.len()).ok()?;
        self.facts.get(&AttributeId(number))
    }

    fn is_unknown(&self, name: &str) -> bool {
        self.fact(name) == Some(&Fact::Unknown)
    }

    fn is(&self, name: &str, value: bool) -> bool {
        self.fact(name) == Some(&Fact::Boolean(value))
    }

    /// The texts of a set, where there are any.
    fn elements(&self, name: &str) -> &'a [String] {
        match self.fact(name) {
            Some(Fact::Elements(elements)) => elements,
            _ => &[],
        }
    }

    fn records(&self, name: &str) -> &'a [Value] {
        match self.fact(name) {
            Some(Fact::Records(records)) => records,
            _ => &[],
        }
    }
}

/// The text of a field of a record, folded.
fn field<'r>(record: &'r Value, name: &str) -> Option<&'r str> {
    let members = record.as_object()?;
    let found = members.iter().find(|(known, _)| fold(known) == name)?;
    found.1.as_str()
}
