//! One decision with everything that explains it, and the sign-ins that challenge it.

use gatewright_reference::decide;
use gatewright_tests::generate::Random;
use gatewright_value::fold;
use serde_json::Value;

use super::super::reason::Reason;
use super::super::sign_in::facts as read_facts;
use super::super::units::About;
use super::*;
use crate::Facts;
use crate::facts::Fact;
use crate::request::{Proofs, request as write};
use crate::values::{Realised, Realiser, classes_of};

/// One decision with everything that explains it.
pub(super) struct Case<'c, 'w> {
    pub(super) explainer: Explainer<'w>,
    pub(super) sign_in: SignIn<'c>,
    pub(super) mode: Mode,
    pub(super) verdict: String,
    /// Whether nothing had to be set aside.
    pub(super) exists: bool,
}

impl<'w> Case<'_, 'w> {
    pub(super) fn set(&self) -> &PolicySet {
        self.explainer.set
    }

    pub(super) fn world(&self) -> &'w World<'w> {
        self.explainer.demands.world
    }

    /// What a request says to the search.
    pub(super) fn point(&self, request: &Value) -> Option<Point> {
        let world = self.world();
        let claims = &self.explainer.verdicts.claims;
        let (facts, proved) = read_facts(self.set(), request, None, &claims.controls).ok()?;
        let classes = classes_of(world.schema, &world.joint.space, &facts);
        Some(Point {
            facts,
            classes,
            proved,
        })
    }

    /// A request as the search sees it, if it can exist and is decided.
    pub(super) fn read(&self, request: &Value) -> Option<(Point, String)> {
        let world = self.world();
        let claims = &self.explainer.verdicts.claims;
        let point = self.point(request)?;
        let (mine, others) = (
            claims.switches(&self.explainer.demands, &point.classes, &point.proved),
            self.explainer.switches(&self.sign_in),
        );
        let is_possible = broken_rows(world, &point.classes).is_empty()
            && others.iter().all(|switch| mine.contains(switch));
        let has_unknown = world.joint.space.variables.iter().zip(&point.classes);
        let mut has_unknown = has_unknown.map(|(v, class)| v.unknown_class() == *class);
        let is_known = world.assumptions.with_missing_facts || !has_unknown.any(|is| is);
        let decision = decide(self.set(), request, self.mode, None).ok()?;
        let verdict = decision["verdict"].as_str()?.to_owned();
        (is_possible && is_known).then_some((point, verdict))
    }

    /// The request of facts, with proofs.
    pub(super) fn write(&self, facts: &Facts, proved: &[bool]) -> Value {
        let mut request = write(self.set(), facts, &Proofs::default());
        let controls = self.explainer.verdicts.claims.controls.iter().zip(proved);
        let controls = controls
            .filter(|(_, is)| **is)
            .map(|(control, _)| control.clone());
        if self.set().schema.is_entra {
            let controls = controls.collect();
            crate::request::claim(&mut request, &Proofs { controls });
        }
        request
    }

    /// Whether a sign-in has what is told of these facts: of an attribute that is asked several
    /// questions, that may be a few of the answers.
    pub(super) fn has_what_is_told(&self, other: &Point, reason: &Reason) -> bool {
        let mut told = reason.facts.iter().zip(&reason.variables);
        told.all(|(place, variables)| {
            let unit = &self.explainer.units[*place];
            let mut variables = variables.iter().map(|at| *at as usize);
            match unit.about {
                About::Proof(_) => unit.is_same(&self.sign_in.here, other),
                _ => variables.all(|at| self.sign_in.here.classes[at] == other.classes[at]),
            }
        })
    }

    /// Facts of a sign-in, with some of another one.
    pub(super) fn mixed(
        &self,
        base: &Point,
        other: &Point,
        places: &[usize],
    ) -> (Facts, Vec<bool>) {
        let (mut facts, mut proved) = (base.facts.clone(), base.proved.clone());
        for place in places {
            let unit = &self.explainer.units[*place];
            match &unit.about {
                About::Proof(at) => proved[*at] = other.proved[*at],
                About::Attribute(id, _) => {
                    if let Some(fact) = other.facts.get(id) {
                        facts.insert(*id, fact.clone());
                    }
                }
                About::Element(id, variable, element) => {
                    let is_in = other.classes[*variable as usize] == 1;
                    if let Some(Fact::Elements(elements)) = facts.get_mut(id) {
                        elements.retain(|one| fold(one) != *element);
                        elements.extend(is_in.then(|| element.clone()));
                    }
                }
            }
        }
        (facts, proved)
    }

    /// Sign-ins that should have the facts of a reason: other ones with these facts, alone or with
    /// some more of the sign-in.
    pub(super) fn alike(&self, reason: &[usize], others: &[Value]) -> Vec<Value> {
        let every: Vec<usize> = (0..self.explainer.units.len()).collect();
        let points = others.iter().enumerate();
        let points = points.filter_map(|(number, one)| Some((number, self.read(one)?.0)));
        let requests = points.map(|(number, other)| {
            let mut taken = reason.to_vec();
            let more = every.iter();
            taken.extend(more.filter(|place| (*place + number) % 3 < number % 3));
            let (facts, proved) = self.mixed(&other, &self.sign_in.here, &taken);
            self.write(&facts, &proved)
        });
        requests.collect()
    }

    /// The sign-in itself with one answer different, in every way in which policies tell values
    /// apart, apart from the answers that are told; and with each other proof.
    pub(super) fn neighbours(&self, reason: &Reason) -> Vec<Value> {
        let world = self.world();
        let mut realiser = Realiser::new(world.schema, &world.joint.space);
        let here = &self.sign_in.here;
        let told: Vec<u32> = reason.variables.concat();
        let mut found = Vec::new();
        for (at, variable) in world.joint.space.variables.iter().enumerate() {
            if told.iter().any(|one| *one as usize == at) {
                continue;
            }
            for class in 0..variable.class_count.min(12) {
                let mut classes = here.classes.clone();
                classes[at] = class;
                if let Realised::Facts(facts) = realiser.realise(&classes) {
                    found.push(self.write(&facts, &here.proved));
                }
            }
        }
        for place in 0..here.proved.len() {
            let mut proved = here.proved.clone();
            proved[place] = !proved[place];
            found.push(self.write(&here.facts, &proved));
        }
        found
    }

    /// What the solver finds where the reason holds, and some other facts are as chance has it.
    pub(super) fn found(&mut self, reason: &Reason, random: &mut Random) -> Vec<Value> {
        let facts = self.explainer.as_is(&self.sign_in);
        let variables = self.world().joint.space.variables.clone();
        let mut found = Vec::new();
        for _ in 0..12 {
            let mut asked = self.explainer.switches(&self.sign_in);
            for (place, of) in reason.facts.iter().zip(&reason.variables) {
                for at in of {
                    let class = self.sign_in.here.classes[*at as usize];
                    asked.push(self.explainer.demands.solver.exactly(*at, class));
                }
                asked.extend(of.is_empty().then(|| facts[*place]));
            }
            for _ in 0..random.below(4).min(variables.len()) {
                let at = random.below(variables.len());
                let class = random.below(variables[at].class_count as usize);
                let (at, class) = (u32::try_from(at).unwrap(), u32::try_from(class).unwrap());
                asked.push(self.explainer.demands.solver.exactly(at, class));
            }
            for proof in self.explainer.verdicts.claims.lits.iter() {
                if random.chance(20) {
                    asked.push(if random.chance(50) { *proof } else { !*proof });
                }
            }
            if let Answer::Found(model) = self.explainer.demands.solver.find(&asked) {
                let other = self.explainer.other(model);
                found.push(self.write(&other.facts, &other.proved));
            }
        }
        found
    }
}
