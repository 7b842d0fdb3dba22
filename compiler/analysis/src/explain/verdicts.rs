//! Verdicts as propositions of a search, and as what a sign-in comes to.
//!
//! SEMANTICS: §9, §10, §13.3

use batsat::Lit;
use gatewright_hir::model::{Control, Policy, PolicySet};
use gatewright_hir::schema::{Combine, EffectId, Schema};
use gatewright_value::vocabulary::BuiltInControl;

use super::claims::{Claims, is_interactive, is_legacy, is_of_device};
use crate::controls::Holding;
use crate::demand::clauses;
use crate::demands::{Demands, holds, is_for_resources, is_strength, requires_strength_for_action};
use crate::world::Rail;

/// What a sign-in comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Block,
    Deny,
    Interrupt,
    Grant,
    NotApplicable,
    /// Under a schema of one's own: the effects that are chosen, ascending; none where no policy
    /// with an effect applies.
    Effects(Vec<EffectId>),
}

impl Verdict {
    /// As decisions name it.
    pub(super) fn name(&self, schema: &Schema) -> String {
        let name_of = |effect: &EffectId| {
            let found = schema.effects.get(effect.0 as usize);
            found.map(|effect| effect.name.clone()).unwrap_or_default()
        };
        match self {
            Verdict::Block => "block".to_owned(),
            Verdict::Deny => "deny".to_owned(),
            Verdict::Interrupt => "interrupt".to_owned(),
            Verdict::Grant => "grant".to_owned(),
            Verdict::NotApplicable => "notApplicable".to_owned(),
            Verdict::Effects(effects) if effects.is_empty() => {
                let otherwise = schema.otherwise.as_ref();
                otherwise.map_or_else(|| "notApplicable".to_owned(), name_of)
            }
            Verdict::Effects(effects) => effects.iter().map(name_of).collect::<Vec<_>>().join("+"),
        }
    }

    /// How good it is for whoever signs in: the more, the better. Under a schema of one's own,
    /// weaker effects are; without an order, none is better than another.
    pub(super) fn rank(&self, schema: &Schema) -> Option<u32> {
        let of_effect = |effect: &EffectId| u32::MAX - effect.0;
        match (self, schema.combine) {
            (Verdict::Block | Verdict::Deny, _) => Some(0),
            (Verdict::Interrupt, _) => Some(1),
            (Verdict::Grant | Verdict::NotApplicable, _) => Some(2),
            (Verdict::Effects(effects), Combine::Strongest | Combine::Least) => {
                effects.first().or(schema.otherwise.as_ref()).map(of_effect)
            }
            (Verdict::Effects(_), Combine::Union | Combine::Conflict) => None,
        }
    }
}

/// The verdicts of a set, as it is evaluated in one mode.
pub(super) struct Verdicts {
    pub(super) rail: Rail,
    pub(super) claims: Claims,
    entra: Entra,
    /// Under a schema of one's own: by effect, that a policy with it applies.
    effects: Vec<Lit>,
}

/// The verdicts of Entra's schema.
struct Entra {
    blocked: Lit,
    /// Some policy applies.
    some: Lit,
    /// Something is unmet.
    unmet: Lit,
    /// Something is unmet that the user can do nothing about.
    denied: Lit,
    /// Strengths for resources count as held.
    replaced: Lit,
}

/// A way in which a sign-in could come to be decided otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effect {
    pub(super) lit: Lit,
    /// What is preferred of several: the less.
    pub(super) cost: u32,
}

impl Verdicts {
    pub(super) fn new(demands: &mut Demands<'_>, set: &PolicySet, rail: Rail) -> Verdicts {
        let claims = Claims::new(demands, set);
        let never = !demands.solver.truth();
        let mut verdicts = Verdicts {
            rail,
            claims,
            entra: Entra {
                blocked: never,
                some: never,
                unmet: never,
                denied: never,
                replaced: never,
            },
            effects: Vec::new(),
        };
        if set.schema.is_entra {
            verdicts.entra = verdicts.entra(demands);
        } else {
            verdicts.effects = verdicts.effects(demands, &set.schema);
        }
        verdicts
    }

    fn entra(&self, demands: &mut Demands<'_>) -> Entra {
        let applying = applying(demands, self.rail);
        let lits = |of: &dyn Fn(&Policy) -> bool| -> Vec<Lit> {
            let these = applying.iter().filter(|(policy, _)| of(policy));
            these.map(|(_, lit)| *lit).collect()
        };
        let some = demands.solver.any(&lits(&|_| true));
        let blocked = demands.solver.any(&lits(&|policy| policy.outcome.is_block));
        let replacing = demands.solver.any(&lits(&requires_strength_for_action));
        let registers = demands.controls.registers;
        let replaced = demands.solver.all(&[registers, replacing]);
        let (mut unmet, mut denied) = (Vec::new(), Vec::new());
        let mfa = Control::BuiltIn(BuiltInControl::Mfa);
        let legacy = demands.controls.impossible(&mfa);
        for (policy, applies) in applying.iter().filter(|(p, _)| !p.outcome.is_block) {
            for clause in clauses(policy) {
                let mut held: Vec<Lit> = clause
                    .iter()
                    .map(|control| self.held(demands, control))
                    .collect();
                if is_for_resources(policy) && clause.iter().any(is_strength) {
                    held.push(replaced);
                }
                let held = demands.solver.any(&held);
                let missing = demands.solver.all(&[*applies, !held]);
                unmet.push(missing);
                denied.push(match clause.iter().any(is_interactive) {
                    true => demands.solver.all(&[missing, legacy]),
                    false => missing,
                });
            }
        }
        Entra {
            blocked,
            some,
            unmet: demands.solver.any(&unmet),
            denied: demands.solver.any(&denied),
            replaced,
        }
    }

    /// That a control is held.
    fn held(&self, demands: &mut Demands<'_>, control: &Control) -> Lit {
        if is_of_device(control) {
            return demands.controls.held(control);
        }
        let proved = self
            .claims
            .place(control)
            .and_then(|at| self.claims.lits.get(at).copied());
        let Some(proved) = proved else {
            return !demands.solver.truth();
        };
        let impossible = demands.controls.impossible(control);
        demands.solver.all(&[proved, !impossible])
    }

    fn effects(&self, demands: &mut Demands<'_>, schema: &Schema) -> Vec<Lit> {
        let applying = applying(demands, self.rail);
        let effects = (0u32..).zip(&schema.effects).map(|(number, _)| {
            let these = applying.iter();
            let these = these.filter(|(p, _)| p.outcome.effect == Some(EffectId(number)));
            let lits: Vec<Lit> = these.map(|(_, lit)| *lit).collect();
            demands.solver.any(&lits)
        });
        effects.collect()
    }

    /// That this is the verdict.
    pub(super) fn lit(&self, demands: &mut Demands<'_>, verdict: &Verdict) -> Lit {
        let entra = &self.entra;
        let parts: Vec<Lit> = match verdict {
            Verdict::Block => vec![entra.blocked],
            Verdict::Deny => vec![!entra.blocked, entra.denied],
            Verdict::Interrupt => vec![!entra.blocked, !entra.denied, entra.unmet],
            Verdict::Grant => vec![!entra.blocked, entra.some, !entra.unmet],
            Verdict::NotApplicable => vec![!entra.some],
            Verdict::Effects(chosen) => self.chosen(demands.world.schema, chosen),
        };
        demands.solver.all(&parts)
    }

    /// That exactly these effects are chosen.
    fn chosen(&self, schema: &Schema, chosen: &[EffectId]) -> Vec<Lit> {
        let is_chosen = |effect: EffectId| chosen.contains(&effect);
        let effects = (0u32..).map(EffectId).zip(self.effects.iter().copied());
        let said = effects.filter_map(|(effect, occurs)| {
            if is_chosen(effect) {
                return Some(occurs);
            }
            let other = chosen.first();
            // What an effect that is chosen beats may occur or not.
            let is_beaten = match schema.combine {
                Combine::Strongest => other.is_some_and(|chosen| effect.0 < chosen.0),
                Combine::Least => other.is_some_and(|chosen| effect.0 > chosen.0),
                Combine::Union | Combine::Conflict => false,
            };
            (!is_beaten).then_some(!occurs)
        });
        said.collect()
    }

    /// That the verdict has the same name: without a policy that applies, it may be an effect too.
    pub(super) fn same(&self, demands: &mut Demands<'_>, verdict: &Verdict) -> Lit {
        let this = self.lit(demands, verdict);
        let other = match (verdict, demands.world.schema.otherwise) {
            (Verdict::Effects(effects), Some(otherwise)) => match effects.as_slice() {
                [] => Verdict::Effects(vec![otherwise]),
                [only] if *only == otherwise => Verdict::Effects(Vec::new()),
                _ => return this,
            },
            _ => return this,
        };
        let other = self.lit(demands, &other);
        demands.solver.any(&[this, other])
    }

    /// The verdicts that are better than one of this rank, the best first, each as a proposition.
    pub(super) fn better(&self, demands: &mut Demands<'_>, rank: u32) -> Vec<Lit> {
        let schema = demands.world.schema;
        let all: Vec<Verdict> = if schema.is_entra {
            vec![Verdict::Grant, Verdict::NotApplicable, Verdict::Interrupt]
        } else {
            let effects = (0u32..).zip(&schema.effects);
            let effects = effects.map(|(number, _)| Verdict::Effects(vec![EffectId(number)]));
            effects.chain([Verdict::Effects(Vec::new())]).collect()
        };
        let mut ranked: Vec<(u32, Lit)> = Vec::new();
        for verdict in all {
            if let Some(other) = verdict.rank(schema).filter(|other| *other > rank) {
                ranked.push((other, self.lit(demands, &verdict)));
            }
        }
        ranked.sort_by_key(|(rank, _)| std::cmp::Reverse(*rank));
        let mut better: Vec<Lit> = Vec::new();
        for same in ranked.chunk_by(|(one, _), (other, _)| one == other) {
            let lits: Vec<Lit> = same.iter().map(|(_, lit)| *lit).collect();
            better.push(demands.solver.any(&lits));
        }
        better
    }

    /// What a sign-in comes to.
    pub(super) fn at(&self, demands: &Demands<'_>, classes: &[u32], proved: &[bool]) -> Verdict {
        self.outcome(demands, classes, proved).0
    }

    /// What a sign-in comes to, and the clauses that are not met.
    pub(super) fn outcome(
        &self,
        demands: &Demands<'_>,
        classes: &[u32],
        proved: &[bool],
    ) -> (Verdict, Vec<Vec<Control>>) {
        let numbers = demands.enforced(0).iter();
        let applying = numbers.filter(|number| demands.applies(**number, classes, self.rail));
        let applying: Vec<&Policy> = applying
            .filter_map(|number| demands.world.policy(*number))
            .collect();
        let schema = demands.world.schema;
        if !schema.is_entra {
            let mut effects: Vec<EffectId> = applying
                .iter()
                .filter_map(|policy| policy.outcome.effect)
                .collect();
            effects.sort_by_key(|effect| effect.0);
            effects.dedup();
            let chosen = match schema.combine {
                Combine::Strongest => effects.last().copied().into_iter().collect(),
                Combine::Least => effects.first().copied().into_iter().collect(),
                Combine::Union | Combine::Conflict => effects,
            };
            return (Verdict::Effects(chosen), Vec::new());
        }
        if applying.iter().any(|policy| policy.outcome.is_block) {
            return (Verdict::Block, Vec::new());
        }
        if applying.is_empty() {
            return (Verdict::NotApplicable, Vec::new());
        }
        let is_replaced = self.is_replaced(demands, classes);
        let unmet = applying.iter();
        let unmet = unmet.flat_map(|one| self.unmet(demands, one, is_replaced, classes, proved));
        let unmet: Vec<Vec<Control>> = unmet.collect();
        let is_legacy = is_legacy(demands, classes);
        let can_be_met = |clause: &Vec<Control>| !is_legacy && clause.iter().any(is_interactive);
        let verdict = match (unmet.is_empty(), unmet.iter().all(can_be_met)) {
            (true, _) => Verdict::Grant,
            (false, true) => Verdict::Interrupt,
            (false, false) => Verdict::Deny,
        };
        (verdict, unmet)
    }

    // SEMANTICS: §10.6
    fn is_replaced(&self, demands: &Demands<'_>, classes: &[u32]) -> bool {
        let mut numbers = demands.enforced(0).iter();
        demands.controls.is_registration(classes)
            && numbers.any(|number| {
                let policy = demands.world.policy(*number);
                policy.is_some_and(requires_strength_for_action)
                    && demands.applies(*number, classes, self.rail)
            })
    }

    /// The clauses of a policy that are not met.
    fn unmet(
        &self,
        demands: &Demands<'_>,
        policy: &Policy,
        is_replaced: bool,
        classes: &[u32],
        proved: &[bool],
    ) -> Vec<Vec<Control>> {
        if policy.outcome.is_block {
            return Vec::new();
        }
        let is_replaced = is_replaced && is_for_resources(policy);
        let is_held = |control: &Control| match demands.holding(control, classes) {
            Holding::Held => true,
            Holding::Impossible => false,
            Holding::Provable => {
                let place = self.claims.place(control);
                place
                    .and_then(|at| proved.get(at))
                    .copied()
                    .unwrap_or(false)
            }
        };
        let is_met = |clause: &Vec<Control>| {
            let mut clause = clause.iter();
            clause.any(|control| is_held(control) || (is_replaced && is_strength(control)))
        };
        clauses(policy)
            .into_iter()
            .filter(|clause| !is_met(clause))
            .collect()
    }

    /// In which ways a sign-in could come to a better verdict: each is false now, and without any
    /// of them nothing gets better.
    pub(super) fn effects_at(
        &self,
        demands: &mut Demands<'_>,
        classes: &[u32],
        proved: &[bool],
    ) -> Vec<Effect> {
        let world = demands.world;
        let mut found: Vec<Effect> = Vec::new();
        let mut add = |lit: Lit, cost: u32| {
            if !found.iter().any(|known| known.lit == lit) {
                found.push(Effect { lit, cost });
            }
        };
        if !world.schema.is_entra {
            for number in demands.enforced(0).to_vec() {
                let applies = demands.applies(number, classes, self.rail);
                let lit = demands.solver.policy(number, self.rail);
                add(if applies { !lit } else { lit }, 10);
            }
            return found;
        }
        let is_replaced = self.is_replaced(demands, classes);
        for number in demands.enforced(0).to_vec() {
            let Some(policy) = world.policy(number) else {
                continue;
            };
            if !demands.applies(number, classes, self.rail) {
                continue;
            }
            let unmet = self.unmet(demands, policy, is_replaced, classes, proved);
            if !policy.outcome.is_block && unmet.is_empty() {
                continue;
            }
            for control in unmet.iter().flatten() {
                let held = self.held(demands, control);
                add(held, if is_of_device(control) { 11 } else { 10 });
            }
            for condition in world.joint.policies.get(number).into_iter().flatten() {
                if holds(world, &condition.formula, classes, self.rail) {
                    add(!demands.solver.condition(&condition.formula, self.rail), 12);
                }
            }
        }
        if is_legacy(demands, classes) {
            let mfa = Control::BuiltIn(BuiltInControl::Mfa);
            add(!demands.controls.impossible(&mfa), 11);
        }
        if !is_replaced {
            add(self.entra.replaced, 12);
        }
        found
    }
}

/// The policies that count, each with the proposition that it applies.
fn applying<'w>(demands: &mut Demands<'w>, rail: Rail) -> Vec<(&'w Policy, Lit)> {
    let mut found = Vec::new();
    for number in demands.enforced(0).to_vec() {
        if let Some(policy) = demands.world.policy(number) {
            found.push((policy, demands.solver.policy(number, rail)));
        }
    }
    found
}
