//! Facts and changes in words, and the request with a change.

use gatewright_decision::{Classes, Variable};
use gatewright_hir::model::{Control, PolicySet};
use gatewright_hir::schema::AttributeId;
use gatewright_value::vocabulary::BuiltInControl;
use gatewright_value::{Kind, fold, ordered_text};
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

/// LIMIT: classes of a variable that are tried for a change, times those of variables that are told
/// beside it; of more, its own is told.
const CLASSES_MAX: u32 = 512;

impl Explainer<'_> {
    /// The facts that force a verdict, in words.
    pub(super) fn because(&self, sign_in: &SignIn<'_>, reason: &Reason) -> Vec<Statement> {
        let facts = reason.facts.iter().zip(&reason.variables);
        let told = facts.filter_map(|(place, variables)| {
            let unit = self.units.get(*place)?;
            Some(self.statement(unit, &sign_in.here, variables, None).0)
        });
        told.collect()
    }

    /// What changes, in words: as widely as the verdict gets better. Each as it would be, and as
    /// what follows *if*.
    pub(super) fn changes_told(
        &self,
        sign_in: &SignIn<'_>,
        found: &Found,
    ) -> Vec<(Statement, String)> {
        let wide = self.widely(sign_in, found);
        let told = found.told.iter().filter_map(|place| {
            let unit = self.units.get(*place)?;
            let changed = self.changed_variables(unit, sign_in, found);
            let classes = |variable: u32| {
                let mut wide = wide.iter();
                let known = wide.find(|(known, _)| *known == variable);
                known.map_or_else(
                    || vec![class(&found.other, variable)],
                    |(_, classes)| classes.clone(),
                )
            };
            Some(self.statement(unit, &found.other, &changed, Some(&classes)))
        });
        told.collect()
    }

    fn changed_variables(&self, unit: &Unit, sign_in: &SignIn<'_>, found: &Found) -> Vec<u32> {
        let variables = unit.variables().iter().copied();
        let is_changed = |at: &u32| class(&sign_in.here, *at) != class(&found.other, *at);
        variables.filter(is_changed).collect()
    }

    /// Of the facts of a change that are one answer each, the classes that do as well as those that
    /// were found: any of one together with any of the others.
    pub(super) fn widely(&self, sign_in: &SignIn<'_>, found: &Found) -> Vec<(u32, Vec<u32>)> {
        let mut wide: Vec<(u32, Vec<u32>)> = Vec::new();
        for unit in found.told.iter().filter_map(|at| self.units.get(*at)) {
            if let [only] = self.changed_variables(unit, sign_in, found).as_slice() {
                let classes = self.wide(sign_in, found, *only, &wide);
                wide.push((*only, classes));
            }
        }
        wide
    }

    /// The classes of a variable that do as well as the one that was found, whatever others are.
    fn wide(
        &self,
        sign_in: &SignIn<'_>,
        found: &Found,
        variable: u32,
        others: &[(u32, Vec<u32>)],
    ) -> Vec<u32> {
        let known = self.demands.world.joint.space.known(variable);
        let own = class(&found.other, variable);
        let Some(around) = around(&found.other, others) else {
            return vec![own];
        };
        let count = u32::try_from(around.len()).unwrap_or(u32::MAX);
        if known.saturating_mul(count) > CLASSES_MAX || own >= known {
            return vec![own];
        }
        let outcome = |classes: &[u32]| {
            let proved = &found.other.proved;
            self.verdicts.outcome(&self.demands, classes, proved)
        };
        let (_, wanted) = outcome(&found.other.classes);
        let does = |class: u32| {
            let mut around = around.iter();
            around.all(|classes| {
                let mut classes = classes.clone();
                if let Some(slot) = classes.get_mut(variable as usize) {
                    *slot = class;
                }
                let (verdict, unmet) = outcome(&classes);
                verdict == found.verdict
                    && unmet.iter().all(|clause| wanted.contains(clause))
                    && wanted.iter().all(|clause| unmet.contains(clause))
            })
        };
        let is_other = |candidate: &u32| *candidate != class(&sign_in.here, variable);
        let wide: Vec<u32> = (0..known).filter(is_other).filter(|c| does(*c)).collect();
        if wide.contains(&own) { wide } else { vec![own] }
    }

    /// A fact, as it is or as widely as these classes of its variables say; and the same as what
    /// follows *if*.
    fn statement(
        &self,
        unit: &Unit,
        at: &Point,
        variables: &[u32],
        classes: Option<&dyn Fn(u32) -> Vec<u32>>,
    ) -> (Statement, String) {
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
            let own = class(at, *number);
            let told = match classes {
                None => fact.and_then(|fact| self.own_value(variable, own, fact)),
                Some(_) => None,
            };
            let classes = classes.map_or_else(|| vec![own], |classes| classes(*number));
            let by_class = || words::fact_of_classes(self.set, variable, &classes, Length::Short);
            Some(told.unwrap_or_else(by_class))
        });
        let mut texts: Vec<String> = texts.collect();
        // What is denied stands last.
        texts.sort_by_key(|text| text.contains(" no "));
        let names = Names::new(self.set);
        let conditional = texts
            .iter()
            .map(|text| words::conditional(&names, attribute, text));
        let conditional: Vec<String> = conditional.collect();
        let statement = Statement {
            fact: found.map_or_else(|| "app.baseline".to_owned(), |found| found.name.clone()),
            value,
            name: element.map(|element| names.value(found, element)),
            holds: element.map(|_| is_here),
            text: joined(&texts),
        };
        (statement, joined(&conditional))
    }

    /// The value of an attribute as it is, where its class says less: a text that no policy names,
    /// or an address, which is told with the named locations that it lies in.
    fn own_value(&self, variable: &Variable, class: u32, fact: &Fact) -> Option<String> {
        let names = Names::new(self.set);
        let attribute = names.attribute(variable.attribute)?;
        let subject = names.subject(variable.attribute);
        match (&variable.classes, fact, &attribute.kind) {
            (Classes::Text(entries), Fact::Text(text), _) => {
                let mut entries = entries.iter();
                let is_named = entries.any(|entry| entry.is_exact && entry.class == class);
                let value = names.value(Some(attribute), &fold(text));
                (!is_named).then(|| format!("{subject} is {value}"))
            }
            (Classes::Ordered(_), Fact::Key(key), Kind::Address) => {
                let address = ordered_text(&Kind::Address, *key)?;
                let places = match self.set.schema.is_entra {
                    true => words::places(&names, *key),
                    false => Vec::new(),
                };
                Some(match places.as_slice() {
                    [] => format!("{subject} is {address}"),
                    places => format!("{subject} is {address} ({})", places.join(", ")),
                })
            }
            _ => None,
        }
    }

    /// A proof, and the same as what follows *if*.
    fn proof(&self, place: usize, at: &Point) -> (Statement, String) {
        let is_proved = at.proved.get(place).copied().unwrap_or(false);
        let control = self.verdicts.claims.controls.get(place);
        let (said, auxiliary, done) = control.map(|one| deed(self.set, one)).unwrap_or_default();
        let not = if is_proved { "" } else { "not " };
        let statement = Statement {
            fact: "claims".to_owned(),
            value: control.and_then(spelling).map(Value::from),
            name: None,
            holds: Some(is_proved),
            text: format!("{said} {auxiliary} {not}been {done}"),
        };
        (statement, format!("{said} were {not}{done}"))
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

/// The classes of a sign-in, with each choice of these; none where there are too many.
fn around(at: &Point, others: &[(u32, Vec<u32>)]) -> Option<Vec<Vec<u32>>> {
    let mut found = vec![at.classes.clone()];
    for (variable, choices) in others {
        if found.len().saturating_mul(choices.len()) > CLASSES_MAX as usize {
            return None;
        }
        let each = found.iter().flat_map(|classes| {
            choices.iter().map(|choice| {
                let mut classes = classes.clone();
                if let Some(slot) = classes.get_mut(*variable as usize) {
                    *slot = *choice;
                }
                classes
            })
        });
        found = each.collect();
    }
    Some(found)
}

fn class(at: &Point, variable: u32) -> u32 {
    at.classes
        .get(variable as usize)
        .copied()
        .unwrap_or_default()
}

/// What somebody does to prove a control: about what, `has` or `have`, and what is done with it.
fn deed(set: &PolicySet, control: &Control) -> (String, &'static str, &'static str) {
    let (said, done) = match control {
        Control::Terms(_) => return (words::control(set, control), "have", "accepted"),
        Control::BuiltIn(BuiltInControl::PasswordChange) => ("the password", "changed"),
        Control::BuiltIn(BuiltInControl::RiskRemediation) => ("the risk", "remediated"),
        Control::BuiltIn(BuiltInControl::VerifiedId) => ("a verified id", "presented"),
        Control::BuiltIn(BuiltInControl::Mfa) => ("multifactor authentication", "completed"),
        Control::BuiltIn(BuiltInControl::ApprovedApplication) => ("an approved client app", "used"),
        Control::BuiltIn(BuiltInControl::CompliantApplication) => {
            ("an app protection policy", "applied")
        }
        _ => return (words::control(set, control), "has", "satisfied"),
    };
    (said.to_owned(), "has", done)
}

/// Clauses in one; of those that begin alike, the beginning is not repeated.
fn joined(clauses: &[String]) -> String {
    const BEGINNINGS: [&str; 2] = ["the sign-in reaches ", "the sign-in reached "];
    let mut whole = String::new();
    for clause in clauses {
        let mut beginnings = BEGINNINGS.iter();
        let rest = beginnings.find_map(|beginning| {
            let rest = clause.strip_prefix(beginning)?;
            whole.starts_with(beginning).then_some(rest)
        });
        match rest {
            _ if whole.is_empty() => whole.push_str(clause),
            Some(rest) => whole.extend([", and ", rest]),
            None => whole.extend([" and ", clause]),
        }
    }
    whole
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
