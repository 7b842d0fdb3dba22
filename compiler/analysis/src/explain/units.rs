//! What counts as one fact of a sign-in.

use batsat::Lit;
use gatewright_decision::Classes;
use gatewright_hir::schema::AttributeId;

use super::sign_in::Point;
use super::verdicts::Verdicts;
use crate::demands::Demands;
use crate::solver::is_element;

/// One fact: the value of an attribute, an element of a set, or a proof.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) about: About,
    /// The facts that change together when somebody acts.
    pub(super) group: String,
    pub(super) changing: Changing,
    /// How little it tells; what tells least is left out first.
    pub(super) weight: u32,
}

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// An attribute, by all variables that ask about it, but those of single elements.
    Attribute(AttributeId, Vec<u32>),
    /// An element of a set.
    Element(AttributeId, u32, String),
    /// A proof, by its place.
    Proof(usize),
}

/// Whether somebody can change a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Changing {
    Yes,
    /// Only by being somebody else.
    Person,
    No,
}

/// The facts of a world.
pub(super) fn of(demands: &Demands<'_>, verdicts: &Verdicts) -> Vec<Unit> {
    let world = demands.world;
    let mut units = Vec::new();
    for variables in demands.solver.facts() {
        let first = variables
            .first()
            .and_then(|v| world.joint.space.variables.get(*v as usize));
        let (Some(first), Some(number)) = (first, variables.first()) else {
            continue;
        };
        let attribute = world.schema.attribute(first.attribute);
        let name = attribute.map_or("", |attribute| attribute.name.as_str());
        let about = match &first.classes {
            Classes::Has(element) if is_element(&first.classes) => {
                About::Element(first.attribute, *number, element.clone())
            }
            _ => About::Attribute(first.attribute, variables.clone()),
        };
        let is_entra = world.schema.is_entra;
        units.push(Unit {
            group: if is_entra {
                group(name)
            } else {
                name.to_owned()
            },
            changing: if is_entra {
                changing(name)
            } else {
                Changing::Yes
            },
            weight: if is_entra { weight(name) } else { 5 },
            about,
        });
    }
    let proofs = verdicts.claims.controls.iter().enumerate();
    units.extend(proofs.map(|(place, _)| Unit {
        about: About::Proof(place),
        group: format!("proof {place}"),
        changing: Changing::Yes,
        weight: 0,
    }));
    units
}

impl Unit {
    /// Its variables; none for a proof.
    pub(super) fn variables(&self) -> &[u32] {
        match &self.about {
            About::Attribute(_, variables) => variables,
            About::Element(_, variable, _) => std::slice::from_ref(variable),
            About::Proof(_) => &[],
        }
    }

    /// That it is as in a sign-in.
    pub(super) fn as_in(
        &self,
        demands: &mut Demands<'_>,
        verdicts: &Verdicts,
        sign_in: &Point,
    ) -> Lit {
        if let About::Proof(place) = &self.about {
            let lit = verdicts.claims.lits.get(*place).copied();
            let lit = lit.unwrap_or(demands.solver.truth());
            let is_proved = sign_in.proved.get(*place).copied().unwrap_or(false);
            return if is_proved { lit } else { !lit };
        }
        let mut lits = Vec::new();
        for variable in self.variables() {
            let class = sign_in.classes.get(*variable as usize);
            let class = class.copied().unwrap_or_default();
            lits.push(demands.solver.exactly(*variable, class));
        }
        demands.solver.all(&lits)
    }

    /// Whether it is the same in two sign-ins.
    pub(super) fn is_same(&self, one: &Point, other: &Point) -> bool {
        match &self.about {
            About::Proof(place) => one.proved.get(*place) == other.proved.get(*place),
            _ => self
                .variables()
                .iter()
                .all(|at| one.classes.get(*at as usize) == other.classes.get(*at as usize)),
        }
    }
}

/// How little a fact tells of this sign-in: that something is not so, less than that it is.
pub(super) fn weight_at(unit: &Unit, demands: &Demands<'_>, sign_in: &Point) -> u32 {
    let class = |variable: &u32| sign_in.classes.get(*variable as usize).copied();
    match &unit.about {
        About::Element(_, variable, _) if class(variable) == Some(0) => unit.weight + 6,
        About::Attribute(_, variables) => {
            let rows = &demands.world.joint.space.variables;
            let is_null = variables.iter().all(|variable| {
                let row = rows.get(*variable as usize);
                row.is_some_and(|row| {
                    row.null_class().is_some() && row.null_class() == class(variable)
                })
            });
            unit.weight + if is_null { 7 } else { 0 }
        }
        _ => unit.weight,
    }
}

fn group(name: &str) -> String {
    let entity = name.split_once('.').map_or("", |(entity, _)| entity);
    match entity {
        "setting" => "device".to_owned(),
        "device" | "location" => entity.to_owned(),
        _ => name.to_owned(),
    }
}

fn changing(name: &str) -> Changing {
    let entity = name.split_once('.').map_or("", |(entity, _)| entity);
    match (entity, name) {
        (_, "signIn.identity" | "signIn.target" | "session.methods") => Changing::No,
        ("app" | "", _) => Changing::No,
        (_, "user.risk" | "user.insiderRisk" | "user.isMfaRegistered") => Changing::Yes,
        (_, "user.isRegistrationOverdue" | "servicePrincipal.risk" | "agent.risk") => Changing::Yes,
        (_, "signIn.enrollmentService" | "signIn.baselineScopesOnly" | "signIn.now") => {
            Changing::No
        }
        (_, "signIn.isMfaDeemedNecessary") => Changing::No,
        ("user" | "servicePrincipal" | "agent", _) => Changing::Person,
        _ => Changing::Yes,
    }
}

fn weight(name: &str) -> u32 {
    match name {
        "location.isUnmapped" | "device.managedPlatform" => 10,
        "signIn.enrollmentService" | "signIn.baselineScopesOnly" => 9,
        "app.ids" | "app.resources" => 8,
        "signIn.identity" => 7,
        "signIn.target" => 6,
        "device.isRegistered" => 5,
        "signIn.client" | "session.flow" => 3,
        "user.groups" | "user.roles" => 2,
        "location.country" | "location.ip" | "device.isCompliant" => 1,
        _ if name.ends_with(".risk") => 1,
        _ => 4,
    }
}
