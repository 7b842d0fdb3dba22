//! What can be proved: each control that policies ask for, as a fact of the sign-in.
//!
//! SEMANTICS: §9, §14

use batsat::Lit;
use gatewright_decision::{Classes, Literal};
use gatewright_hir::model::{Control, PolicySet, Strength};
use gatewright_hir::strength::control_implies;
use gatewright_value::fold;
use gatewright_value::vocabulary::{BuiltInControl, State};

use crate::controls::Holding;
use crate::demands::Demands;

/// The controls that enabled policies ask for and that a proof holds, those that imply each other
/// once. What a device shows is a fact of the device.
pub(super) fn provable(set: &PolicySet) -> Vec<Control> {
    let enabled = set
        .policies
        .iter()
        .filter(|policy| policy.state == State::Enabled);
    let required = enabled.flat_map(|policy| &policy.outcome.requirement);
    let mut found: Vec<Control> = Vec::new();
    for control in required.flat_map(|requirement| &requirement.controls) {
        if !is_of_device(control)
            && !matches!(control, Control::Own(_))
            && place_of(&found, &set.strengths, control).is_none()
        {
            found.push(control.clone());
        }
    }
    found
}

/// Whether the device itself shows a control.
pub(super) fn is_of_device(control: &Control) -> bool {
    matches!(
        control,
        Control::BuiltIn(BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice)
    )
}

// SEMANTICS: §9.6
/// Whether a user of a client that is not legacy can prove it during the sign-in.
pub(super) fn is_interactive(control: &Control) -> bool {
    match control {
        Control::BuiltIn(control) => matches!(
            control,
            BuiltInControl::Mfa
                | BuiltInControl::PasswordChange
                | BuiltInControl::RiskRemediation
                | BuiltInControl::VerifiedId
        ),
        Control::Strength(_) | Control::Terms(_) | Control::Custom(_) => true,
        Control::Own(_) => false,
    }
}

/// The place of a control among those that can be proved, or of one that is as good.
fn place_of(provable: &[Control], strengths: &[Strength], control: &Control) -> Option<usize> {
    provable.iter().position(|known| {
        is_same(known, control)
            || (control_implies(strengths, known, control)
                && control_implies(strengths, control, known))
    })
}

fn is_same(one: &Control, other: &Control) -> bool {
    match (one, other) {
        (Control::Strength(one), Control::Strength(other))
        | (Control::Terms(one), Control::Terms(other))
        | (Control::Custom(one), Control::Custom(other)) => fold(one) == fold(other),
        _ => one == other,
    }
}

/// Proofs as propositions.
pub(super) struct Claims {
    pub(super) controls: Vec<Control>,
    pub(super) lits: Vec<Lit>,
    strengths: Vec<Strength>,
    exclusions: Vec<Exclusion>,
}

/// What no sign-in has together, where it is switched on.
struct Exclusion {
    switch: Lit,
    /// Proofs that are there, or not.
    proofs: Vec<(usize, bool)>,
    methods: Vec<Literal>,
    /// Where the client is legacy.
    is_legacy: bool,
}

impl Claims {
    pub(super) fn new(demands: &mut Demands<'_>, set: &PolicySet) -> Claims {
        let controls = provable(set);
        let lits = controls
            .iter()
            .map(|_| demands.solver.proposition())
            .collect();
        let mut claims = Claims {
            controls,
            lits,
            strengths: set.strengths.clone(),
            exclusions: Vec::new(),
        };
        claims.implications(demands);
        claims.methods(demands);
        if demands.world.has_row("legacyClient") {
            claims.legacy(demands);
        }
        claims
    }

    /// The place of a control; `None` where no proof holds it.
    pub(super) fn place(&self, control: &Control) -> Option<usize> {
        place_of(&self.controls, &self.strengths, control)
    }

    fn exclude(&mut self, demands: &mut Demands<'_>, body: &[Lit], mut exclusion: Exclusion) {
        exclusion.switch = demands.solver.proposition();
        let mut all = body.to_vec();
        all.push(exclusion.switch);
        demands.solver.exclude(&all);
        self.exclusions.push(exclusion);
    }

    /// Whoever has proved a strength has proved what it implies.
    fn implications(&mut self, demands: &mut Demands<'_>) {
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (one, has) in self.controls.iter().enumerate() {
            for (other, implied) in self.controls.iter().enumerate() {
                if one != other && control_implies(&self.strengths, has, implied) {
                    pairs.push((one, other));
                }
            }
        }
        for (one, other) in pairs {
            let (Some(has), Some(implied)) = (self.lits.get(one), self.lits.get(other)) else {
                continue;
            };
            let body = [*has, !*implied];
            let exclusion = Exclusion {
                switch: *has,
                proofs: vec![(one, true), (other, false)],
                methods: Vec::new(),
                is_legacy: false,
            };
            self.exclude(demands, &body, exclusion);
        }
    }

    /// Whoever has used the methods of a combination has proved the strength.
    fn methods(&mut self, demands: &mut Demands<'_>) {
        let world = demands.world;
        let used = |method: &str| {
            let variables = (0u32..).zip(&world.joint.space.variables);
            let mut variables = variables.filter(|(_, variable)| {
                let attribute = world.schema.attribute(variable.attribute);
                attribute.is_some_and(|one| one.name == "session.methods")
            });
            let found = variables.find(|(_, variable)| {
                matches!(&variable.classes, Classes::Has(text) if *text == fold(method))
            });
            found.map(|(variable, _)| Literal {
                variable,
                classes: gatewright_decision::ClassSet::run(1, 1),
            })
        };
        let mut found: Vec<(usize, Vec<Literal>)> = Vec::new();
        for strength in &self.strengths {
            let Some(place) = self.place(&Control::Strength(strength.id.clone())) else {
                continue;
            };
            for combination in strength
                .combinations
                .iter()
                .filter(|one| !one.is_restricted)
            {
                let methods = combination.methods.iter().map(|method| used(method.name()));
                found.extend(methods.collect::<Option<Vec<_>>>().map(|all| (place, all)));
            }
        }
        for (place, methods) in found {
            let Some(has) = self.lits.get(place).copied() else {
                continue;
            };
            let mut body: Vec<Lit> = methods
                .iter()
                .map(|method| demands.solver.literal(method))
                .collect();
            body.push(!has);
            let exclusion = Exclusion {
                switch: has,
                proofs: vec![(place, false)],
                methods,
                is_legacy: false,
            };
            self.exclude(demands, &body, exclusion);
        }
    }

    /// A legacy client proves nothing that somebody has to do.
    fn legacy(&mut self, demands: &mut Demands<'_>) {
        for place in 0..self.controls.len() {
            let (Some(control), Some(has)) = (self.controls.get(place), self.lits.get(place))
            else {
                continue;
            };
            if !is_interactive(control) {
                continue;
            }
            let body = [*has, demands.controls.impossible(control)];
            let exclusion = Exclusion {
                switch: *has,
                proofs: vec![(place, true)],
                methods: Vec::new(),
                is_legacy: true,
            };
            self.exclude(demands, &body, exclusion);
        }
    }

    /// What switches on everything that does not exclude this sign-in itself.
    pub(super) fn switches(
        &self,
        demands: &Demands<'_>,
        classes: &[u32],
        proved: &[bool],
    ) -> Vec<Lit> {
        let is_legacy = is_legacy(demands, classes);
        let holds = |exclusion: &&Exclusion| {
            let mut proofs = exclusion.proofs.iter();
            let mut methods = exclusion.methods.iter();
            let is_here = proofs.all(|(place, is)| proved.get(*place) == Some(is))
                && methods.all(|method| {
                    let class = classes.get(method.variable as usize);
                    class.is_some_and(|class| method.classes.contains(*class))
                })
                && (is_legacy || !exclusion.is_legacy);
            !is_here
        };
        let on = self.exclusions.iter().filter(holds);
        on.map(|exclusion| exclusion.switch).collect()
    }
}

/// Whether the client of a sign-in is legacy.
pub(super) fn is_legacy(demands: &Demands<'_>, classes: &[u32]) -> bool {
    let mfa = Control::BuiltIn(BuiltInControl::Mfa);
    demands.holding(&mfa, classes) == Holding::Impossible
}
