//! Facts and changes in words, and the request with a change.

use gatewright_decision::{Classes, Variable};
use gatewright_hir::model::{Control, PolicySet};
use gatewright_hir::schema::AttributeId;
use gatewright_value::fold;
use serde_json::{Map, Value, json};

use super::changes::Found;
use super::reason::Reason;
use super::sign_in::{Point, SignIn};
use super::units::{About, Unit};
use super::{Explainer, Statement};
use crate::facts::{Fact, Facts};
use crate::request::{Proofs, request, written};
use crate::values::classes_of;
use crate::words::{self, Length, Names};

/// LIMIT: classes of a variable that are tried for a change; of more, its own is told.
const CLASSES_MAX: u32 = 512;

impl Explainer<'_> {
    /// The facts that force a verdict, in words.
    pub(super) fn because(&self, sign_in: &SignIn<'_>, reason: &Reason) -> Vec<Statement> {
        let facts = reason.facts.iter().zip(&reason.variables);
        let told = facts.filter_map(|(place, variables)| {
            let unit = self.units.get(*place)?;
            let classes = |variable: u32| vec![class(&sign_in.here, variable)];
            Some(self.statement(unit, &sign_in.here, variables, &classes))
        });
        told.collect()
    }

    /// What changes, in words: as widely as the verdict gets better.
    pub(super) fn changes_told(&self, sign_in: &SignIn<'_>, found: &Found) -> Vec<Statement> {
        let told = found.told.iter().filter_map(|place| {
            let unit = self.units.get(*place)?;
            let changed = unit.variables().iter().copied();
            let changed =
                changed.filter(|at| class(&sign_in.here, *at) != class(&found.other, *at));
            let changed: Vec<u32> = changed.collect();
            let classes = |variable: u32| match changed.len() {
                1 => self.wide(sign_in, found, variable),
                _ => vec![class(&found.other, variable)],
            };
            Some(self.statement(unit, &found.other, &changed, &classes))
        });
        told.collect()
    }

    /// The classes of a variable that do as well as the one that was found.
    fn wide(&self, sign_in: &SignIn<'_>, found: &Found, variable: u32) -> Vec<u32> {
        let known = self.demands.world.joint.space.known(variable);
        let own = class(&found.other, variable);
        if known > CLASSES_MAX || own >= known {
            return vec![own];
        }
        let mut classes = found.other.classes.clone();
        let mut wide = Vec::new();
        for class in 0..known {
            if let Some(slot) = classes.get_mut(variable as usize) {
                *slot = class;
            }
            let is_here = class == self::class(&sign_in.here, variable);
            let verdict = self
                .verdicts
                .at(&self.demands, &classes, &found.other.proved);
            if !is_here && verdict == found.verdict {
                wide.push(class);
            }
        }
        if wide.contains(&own) { wide } else { vec![own] }
    }

    fn statement(
        &self,
        unit: &Unit,
        at: &Point,
        variables: &[u32],
        classes: &dyn Fn(u32) -> Vec<u32>,
    ) -> Statement {
        let (attribute, element) = match &unit.about {
            About::Proof(place) => return self.proof(*place, at),
            About::Attribute(attribute, _) => (*attribute, None),
            About::Element(attribute, _, element) => (*attribute, Some(element)),
        };
        let schema = self.demands.world.schema;
        let found = schema.attribute(attribute);
        let fact = at.facts.get(&attribute);
        let is_here = variables.iter().any(|variable| class(at, *variable) == 1);
        let value = match element {
            Some(element) => Some(json!(element)),
            None => match fact {
                Some(Fact::Null) => Some(Value::Null),
                Some(fact) => found.and_then(|found| written(&found.kind, fact)),
                None => None,
            },
        };
        let rows = &self.demands.world.joint.space.variables;
        let texts = variables.iter().filter_map(|number| {
            let variable = rows.get(*number as usize)?;
            Some(self.clause(variable, &classes(*number), fact))
        });
        let texts: Vec<String> = texts.collect();
        Statement {
            fact: found.map_or_else(|| "app.baseline".to_owned(), |found| found.name.clone()),
            value,
            holds: element.map(|_| is_here),
            text: texts.join(" and "),
        }
    }

    /// What classes of a variable say. A value that no policy names is told as it is.
    fn clause(&self, variable: &Variable, classes: &[u32], fact: Option<&Fact>) -> String {
        if let (Classes::Text(entries), [class], Some(Fact::Text(text))) =
            (&variable.classes, classes, fact)
            && !entries
                .iter()
                .any(|entry| entry.is_exact && entry.class == *class)
        {
            let names = Names::new(self.set);
            let attribute = names.attribute(variable.attribute);
            let subject = names.subject(variable.attribute);
            return format!("{subject} is {}", names.value(attribute, &fold(text)));
        }
        words::fact_of_classes(self.set, variable, classes, Length::Short)
    }

    fn proof(&self, place: usize, at: &Point) -> Statement {
        let is_proved = at.proved.get(place).copied().unwrap_or(false);
        let control = self.verdicts.claims.controls.get(place);
        let said = control
            .map(|one| words::control(self.set, one))
            .unwrap_or_default();
        let verb = if is_proved {
            "has been proved"
        } else {
            "has not been proved"
        };
        Statement {
            fact: "claims".to_owned(),
            value: control.and_then(spelling).map(Value::from),
            holds: Some(is_proved),
            text: format!("{said} {verb}"),
        }
    }

    /// The request with a change, in several forms of which one should do: as much as possible as
    /// it was first.
    pub(super) fn requests(&self, sign_in: &SignIn<'_>, found: &Found) -> Vec<Value> {
        let space = &self.demands.world.joint.space;
        let mut merged = sign_in.here.facts.clone();
        for unit in found
            .facts
            .iter()
            .filter_map(|place| self.units.get(*place))
        {
            self.change(unit, &found.other, &mut merged);
        }
        let mut all = sign_in.here.facts.clone();
        all.extend(found.other.facts.clone());
        if classes_of(self.demands.world.schema, space, &merged) != found.other.classes {
            merged.clone_from(&all);
        }
        let mut forms = vec![merged.clone(), without_management(self.set, merged)];
        forms.push(all);
        let proofs = self.proofs(sign_in, found);
        let requests = forms.iter().map(|facts| {
            let mut changed = request(self.set, facts, &Proofs::default());
            claim(&mut changed, sign_in.request, &proofs);
            changed
        });
        requests.collect()
    }

    /// The value of a fact as it is to be.
    fn change(&self, unit: &Unit, other: &Point, facts: &mut Facts) {
        let take = |facts: &mut Facts, attribute: AttributeId| {
            if let Some(fact) = other.facts.get(&attribute) {
                facts.insert(attribute, fact.clone());
            }
        };
        match &unit.about {
            About::Proof(_) => {}
            About::Attribute(attribute, _) => {
                let found = self.demands.world.schema.attribute(*attribute);
                match found.and_then(|found| found.difference) {
                    Some((first, second)) => {
                        take(facts, first);
                        take(facts, second);
                    }
                    None => take(facts, *attribute),
                }
            }
            About::Element(attribute, variable, element) => {
                let is_in = class(other, *variable) == 1;
                match facts.get_mut(attribute) {
                    Some(Fact::Elements(elements)) => {
                        elements.retain(|one| fold(one) != element.as_str());
                        if is_in {
                            elements.push(element.clone());
                        }
                    }
                    _ => take(facts, *attribute),
                }
            }
        }
    }

    /// The controls that a change proves.
    fn proofs(&self, sign_in: &SignIn<'_>, found: &Found) -> Vec<String> {
        let places = sign_in
            .here
            .proved
            .iter()
            .zip(&found.other.proved)
            .enumerate();
        let new = places.filter(|(_, (was, is))| !**was && **is);
        let controls = new.filter_map(|(place, _)| self.verdicts.claims.controls.get(place));
        controls.filter_map(spelling).collect()
    }
}

fn class(at: &Point, variable: u32) -> u32 {
    at.classes
        .get(variable as usize)
        .copied()
        .unwrap_or_default()
}

/// How claims spell a control.
fn spelling(control: &Control) -> Option<String> {
    Some(match control {
        Control::BuiltIn(control) => control.name().to_owned(),
        Control::Strength(id) => format!("strength:{id}"),
        Control::Terms(id) => format!("terms:{id}"),
        Control::Custom(id) => format!("custom:{id}"),
        Control::Own(_) => return None,
    })
}

/// The facts without what device management says, so that whether a device is compliant is said.
fn without_management(set: &PolicySet, mut facts: Facts) -> Facts {
    for (number, attribute) in (0u32..).zip(&set.schema.attributes) {
        let name = attribute.name.as_str();
        if name.starts_with("setting.") || name == "device.managedPlatform" {
            facts.remove(&AttributeId(number));
        }
    }
    facts
}

/// The claims of the request, and these proofs.
fn claim(changed: &mut Value, request: &Value, proofs: &[String]) {
    let Some(members) = changed.as_object_mut() else {
        return;
    };
    let mut claims = match request.get("claims") {
        Some(Value::Object(claims)) => claims.clone(),
        _ => Map::new(),
    };
    if !proofs.is_empty() {
        let satisfied = claims.get("satisfied").and_then(Value::as_array).cloned();
        let mut satisfied = satisfied.unwrap_or_default();
        satisfied.extend(proofs.iter().cloned().map(Value::from));
        claims.insert("satisfied".to_owned(), Value::Array(satisfied));
    }
    if claims.is_empty() {
        members.remove("claims");
    } else {
        members.insert("claims".to_owned(), Value::Object(claims));
    }
}
