//! What a policy set under a schema of one's own demands. Effects and obligations hang on all
//! policies together: what one of them says another one may take away.
//!
//! SEMANTICS: §13.3

use std::collections::BTreeMap;

use batsat::Lit;
use gatewright_hir::model::{Control, Policy, Requirement};
use gatewright_hir::schema::{Combine, EffectId};

use super::Demands;
use crate::demand::{Demand, effect_counts};
use crate::world::Rail;

/// What says that a policy applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applying {
    /// Its conditions.
    Itself,
    /// A proposition that its switch ties to its conditions.
    StandIn,
}

impl Demands<'_> {
    /// Under a schema of one's own: that the set demands this, of stand-ins for its policies, with a
    /// switch for each by which it is taken at its word. A proof names the switches that it needs.
    pub(crate) fn by_switched(
        &mut self,
        set: usize,
        demand: &Demand,
        rail: Rail,
    ) -> Option<(Lit, Vec<(Lit, usize)>)> {
        let numbers = self.enforced(set).to_vec();
        let demanded = match demand {
            Demand::Effect(effect) => self.effect(set, &numbers, *effect, rail, Applying::StandIn),
            Demand::Obligation(control) => {
                self.obligation(set, &numbers, control, rail, Applying::StandIn)
            }
            Demand::Clause(_) | Demand::Session(_) | Demand::Conflict => return None,
        };
        let switches = numbers
            .into_iter()
            .map(|number| (self.switch(number), number));
        Some((demanded, switches.collect()))
    }

    /// Under a schema of one's own: whether a policy demands this where it applies, unless another
    /// one takes the verdict away.
    pub(crate) fn is_ground(&self, number: usize, demand: &Demand) -> bool {
        let Some(policy) = self.world.policy(number) else {
            return false;
        };
        match (demand, policy.outcome.effect) {
            (Demand::Effect(wanted), Some(effect)) => {
                effect_counts(self.world.schema.combine, effect, *wanted)
            }
            (Demand::Obligation(wanted), Some(_)) => {
                let requirement = policy.outcome.requirement.as_ref();
                requirement.is_some_and(|of| of.controls.contains(wanted))
            }
            _ => false,
        }
    }

    fn switch(&mut self, number: usize) -> Lit {
        if let Some(known) = self.switches.get(&number) {
            return *known;
        }
        let switch = self.solver.proposition();
        self.switches.insert(number, switch);
        switch
    }

    fn applying(&mut self, number: usize, rail: Rail, how: Applying) -> Lit {
        let applies = self.solver.policy(number, rail);
        if how == Applying::Itself {
            return applies;
        }
        if let Some(known) = self.stand_ins.get(&(number, rail)) {
            return *known;
        }
        let (switch, stand_in) = (self.switch(number), self.solver.proposition());
        self.solver.exclude(&[switch, stand_in, !applies]);
        self.solver.exclude(&[switch, !stand_in, applies]);
        self.stand_ins.insert((number, rail), stand_in);
        stand_in
    }

    /// Under a schema of one's own: that the verdict is this effect, or a stronger one where
    /// effects have an order.
    pub(super) fn effect(
        &mut self,
        set: usize,
        numbers: &[usize],
        wanted: EffectId,
        rail: Rail,
        how: Applying,
    ) -> Lit {
        let Some(schema) = self.world.sets.get(set).map(|set| &set.schema) else {
            return !self.solver.truth();
        };
        let combine = schema.combine;
        let otherwise = schema
            .otherwise
            .is_some_and(|effect| effect_counts(combine, effect, wanted));
        let (mut counting, mut others) = (Vec::new(), Vec::new());
        for number in numbers {
            let effect = self.world.policy(*number).and_then(|p| p.outcome.effect);
            let Some(effect) = effect else { continue };
            if effect_counts(combine, effect, wanted) {
                counting.push(self.applying(*number, rail, how));
            } else {
                others.push(self.applying(*number, self.against(rail), how));
            }
        }
        let mut chosen = self.solver.any(&counting);
        let others = self.solver.any(&others);
        // Where effects conflict nothing is decided, which refutes nothing.
        let are_undecided = combine == Combine::Conflict && rail == Rail::Possible;
        if combine == Combine::Least || are_undecided {
            chosen = self.solver.all(&[chosen, !others]);
        }
        if !otherwise {
            return chosen;
        }
        // Where nothing applies, or what does counts too.
        self.solver.any(&[chosen, !others])
    }

    /// Under a schema whose effects conflict: that two different ones meet, so that nothing is
    /// decided.
    pub(crate) fn undecided(&mut self, set: usize) -> Lit {
        let schema = self.world.sets.get(set).map(|set| &set.schema);
        if schema.is_none_or(|schema| schema.combine != Combine::Conflict) {
            return !self.solver.truth();
        }
        let mut by_effect: BTreeMap<u32, Vec<Lit>> = BTreeMap::new();
        for number in self.enforced(set).to_vec() {
            let effect = self.world.policy(number).and_then(|p| p.outcome.effect);
            if let Some(effect) = effect {
                let applies = self.solver.policy(number, Rail::Certain);
                by_effect.entry(effect.0).or_default().push(applies);
            }
        }
        let mut before = !self.solver.truth();
        let mut meeting = Vec::new();
        for applying in by_effect.values() {
            let here = self.solver.any(applying);
            meeting.push(self.solver.all(&[before, here]));
            before = self.solver.any(&[before, here]);
        }
        self.solver.any(&meeting)
    }

    /// Under a schema of one's own: that a policy whose effect is chosen lists the control.
    pub(super) fn obligation(
        &mut self,
        set: usize,
        numbers: &[usize],
        wanted: &Control,
        rail: Rail,
        how: Applying,
    ) -> Lit {
        let Some(schema) = self.world.sets.get(set).map(|set| &set.schema) else {
            return !self.solver.truth();
        };
        let combine = schema.combine;
        let with_effect: Vec<Effective> = numbers
            .iter()
            .filter_map(|number| {
                let outcome = &self.world.policy(*number)?.outcome;
                let requirement: Option<&Requirement> = outcome.requirement.as_ref();
                Some(Effective {
                    number: *number,
                    effect: outcome.effect?,
                    lists: requirement.is_some_and(|of| of.controls.contains(wanted)),
                })
            })
            .collect();
        let is_ranked = matches!(combine, Combine::Strongest | Combine::Least);
        if self.is_for_proofs && is_ranked && rail == Rail::Certain {
            return self.obligation_whatever_applies(combine, &with_effect, how);
        }
        let is_decided = self.is_for_proofs && rail == Rail::Possible;
        let beats = |other: EffectId, own: EffectId| match combine {
            // Where effects conflict nothing is decided, which refutes nothing.
            Combine::Conflict => is_decided && other != own,
            _ => beats(combine, other, own),
        };
        let mut ways = Vec::new();
        for one in with_effect.iter().filter(|one| one.lists) {
            let mut parts = vec![self.applying(one.number, rail, how)];
            for other in &with_effect {
                if beats(other.effect, one.effect) {
                    parts.push(!self.applying(other.number, self.against(rail), how));
                }
            }
            ways.push(self.solver.all(&parts));
        }
        self.solver.any(&ways)
    }

    /// Where the effect of some policy is chosen: that one which lists the control has it, whichever
    /// of those apply of which that is not known. Something certainly applies, and whatever possibly
    /// applies and does not list the control is beaten, or joined by one that does.
    fn obligation_whatever_applies(
        &mut self,
        combine: Combine,
        policies: &[Effective],
        how: Applying,
    ) -> Lit {
        let mut certain = Vec::with_capacity(policies.len());
        for one in policies {
            certain.push(self.applying(one.number, Rail::Certain, how));
        }
        let mut parts = vec![self.solver.any(&certain)];
        for bare in policies.iter().filter(|one| !one.lists) {
            let mut ways = vec![!self.applying(bare.number, Rail::Possible, how)];
            let helps = |other: &Effective| {
                beats(combine, other.effect, bare.effect)
                    || other.lists && other.effect == bare.effect
            };
            let helping = policies.iter().zip(&certain);
            ways.extend(helping.filter(|(one, _)| helps(one)).map(|(_, lit)| *lit));
            parts.push(self.solver.any(&ways));
        }
        self.solver.all(&parts)
    }

    /// Under a schema of one's own: whether a set demands an effect or an obligation at a sign-in.
    pub(crate) fn own_at(&self, set: usize, demand: &Demand, classes: &[u32]) -> bool {
        let Some(schema) = self.world.sets.get(set).map(|set| &set.schema) else {
            return false;
        };
        let applying = self.enforced(set).iter();
        let applying = applying.filter(|number| self.applies(**number, classes, Rail::Certain));
        let applying = applying.filter_map(|number| self.world.policy(*number));
        let effective: Vec<&Policy> = applying.filter(|p| p.outcome.effect.is_some()).collect();
        let effects = effective.iter().filter_map(|policy| policy.outcome.effect);
        let chosen = match schema.combine {
            Combine::Strongest => effects.max_by_key(|effect| effect.0),
            Combine::Least => effects.min_by_key(|effect| effect.0),
            Combine::Union | Combine::Conflict => None,
        };
        let is_chosen = |effect: Option<EffectId>| chosen.is_none() || effect == chosen;
        match demand {
            Demand::Effect(wanted) if effective.is_empty() => schema
                .otherwise
                .is_some_and(|effect| effect_counts(schema.combine, effect, *wanted)),
            Demand::Effect(wanted) => effective.iter().any(|policy| {
                is_chosen(policy.outcome.effect)
                    && policy
                        .outcome
                        .effect
                        .is_some_and(|effect| effect_counts(schema.combine, effect, *wanted))
            }),
            Demand::Obligation(control) => effective.iter().any(|policy| {
                let requirement = policy.outcome.requirement.as_ref();
                is_chosen(policy.outcome.effect)
                    && requirement.is_some_and(|of| of.controls.contains(control))
            }),
            // SEMANTICS: §13.3
            Demand::Conflict => {
                let first = effective.first().and_then(|policy| policy.outcome.effect);
                let is_other = |policy: &&Policy| policy.outcome.effect != first;
                schema.combine == Combine::Conflict && effective.iter().any(is_other)
            }
            Demand::Clause(_) | Demand::Session(_) => false,
        }
    }
}

/// A policy of a schema of one's own that has an effect.
struct Effective {
    number: usize,
    effect: EffectId,
    /// Whether it lists the control that is asked about.
    lists: bool,
}

/// Whether an effect is chosen and not another one.
fn beats(combine: Combine, one: EffectId, other: EffectId) -> bool {
    match combine {
        Combine::Strongest => one.0 > other.0,
        Combine::Least => one.0 < other.0,
        Combine::Union | Combine::Conflict => false,
    }
}
