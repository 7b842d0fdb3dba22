//! Policies, and exclusions of policies, that make no difference; and those that leave a hole.

use std::collections::BTreeMap;

use gatewright_hir::model::Policy;
use gatewright_source::Span;
use gatewright_value::vocabulary::State;

use super::variants::Change;
use super::{Analyst, Effect, Excluded, Finding, FindingKind, Found};
use crate::demand::{Demand, clauses};
use crate::demands::requires_strength_for_action;
use crate::diff::Witness;
use crate::world::Rail;

/// Both rails: what makes no difference makes none whatever is missing.
const RAILS: [Rail; 2] = [Rail::Certain, Rail::Possible];

/// What ends a search.
const STEPS: &str = "the steps of the search";

/// Whether what a policy demands is demanded by others.
enum Absorption {
    /// By these.
    By(Vec<usize>),
    /// Not this, here.
    No(Demand, Witness),
    /// Nobody knows: what was exhausted.
    Unknown(&'static str),
}

impl Analyst<'_> {
    /// What each policy changes, and findings about those that change nothing. Policies that are
    /// told can all be left out together: one that has been found superfluous absorbs no other.
    pub(super) fn redundancy(&mut self) -> Vec<Effect> {
        let count = self.set.policies.len();
        let mut effects: Vec<Effect> = (0..count).map(|_| Effect::NotEnforced).collect();
        let mut superfluous: Vec<usize> = Vec::new();
        let enforced = self.demands.enforced(super::SUBJECT).to_vec();
        for place in enforced.into_iter().rev() {
            let effect = self.effect(place, &superfluous);
            let kind = match &effect {
                Effect::NeverApplies => Some((FindingKind::NeverApplies, Vec::new())),
                Effect::Absorbed(by) => Some((FindingKind::ChangesNothing, by.clone())),
                _ => None,
            };
            if let Some((kind, certificate)) = kind {
                superfluous.push(place);
                self.tell(kind, place, certificate);
            }
            if let Some(slot) = effects.get_mut(place) {
                *slot = effect;
            }
        }
        if !self.world.assumptions.with_report_only {
            for place in self.in_state(State::ReportOnly) {
                let effect = self.effect(place, &superfluous);
                if let Effect::Absorbed(by) = effect {
                    self.tell(FindingKind::ReportOnlyChangesNothing, place, by);
                }
            }
        }
        effects
    }

    fn tell(&mut self, kind: FindingKind, place: usize, certificate: Vec<usize>) {
        self.findings.push(Finding {
            kind,
            policies: vec![place],
            certificate,
            witness: None,
            span: self.span(place),
        });
    }

    fn effect(&mut self, place: usize, without: &[usize]) -> Effect {
        let question = format!("whether `{}` applies", self.name(place));
        let applies = self.demands.solver.policy(place, Rail::Possible);
        match self.find(&question, &[applies]) {
            Found::None(_) => return Effect::NeverApplies,
            Found::Unknown => return Effect::Unknown(STEPS),
            Found::One(_) => {}
        }
        let Some(policy) = self.set.policies.get(place) else {
            return Effect::NotEnforced;
        };
        if Demand::of(&policy.outcome).is_empty() {
            return Effect::DemandsNothing;
        }
        let mut others = without.to_vec();
        others.push(place);
        match self.absorption(place, policy, &others) {
            Absorption::By(by) => Effect::Absorbed(by),
            Absorption::No(demand, witness) => Effect::Changes {
                demand,
                witness,
                cells: 0,
            },
            Absorption::Unknown(what) => Effect::Unknown(what),
        }
    }

    fn absorption(&mut self, place: usize, policy: &Policy, without: &[usize]) -> Absorption {
        let mut certificate = Vec::new();
        // SEMANTICS: §10.6. A strength for an action takes others away: it is never nothing.
        let demands = match requires_strength_for_action(policy) {
            true => Vec::new(),
            false => Demand::of(&policy.outcome),
        };
        for (rail, demand) in RAILS
            .into_iter()
            .flat_map(|rail| demands.iter().map(move |demand| (rail, demand)))
        {
            let own = match demand {
                // Effects hang on each other, so a policy is nothing if it never applies.
                Demand::Effect(_) | Demand::Obligation(_) => {
                    Some(self.demands.solver.policy(place, rail))
                }
                _ => self.demands.by(place, demand, rail),
            };
            let Some(own) = own else { continue };
            let others = self.others(without, demand, rail);
            let mut asked = vec![own];
            asked.extend(others.iter().map(|(lit, _)| !*lit));
            let question = format!("whether `{}` changes anything", self.name(place));
            match self.find(&question, &asked) {
                Found::None(core) => certificate.extend(Self::certificate(&core, &others)),
                Found::Unknown => return Absorption::Unknown(STEPS),
                // Where it certainly applies it changes nothing.
                Found::One(_) if rail == Rail::Possible => {
                    return Absorption::Unknown("what the language knows of its conditions");
                }
                Found::One(_) => {
                    return match self.smallest(&question, &asked) {
                        Found::One(witness) => Absorption::No(demand.clone(), witness),
                        _ => Absorption::Unknown(STEPS),
                    };
                }
            }
        }
        if requires_strength_for_action(policy) {
            let applies = self.demands.solver.policy(place, Rail::Certain);
            let question = format!("whether `{}` changes anything", self.name(place));
            return match self.smallest(&question, &[applies]) {
                Found::One(witness) => {
                    let demand = Demand::of(&policy.outcome).into_iter().next();
                    Absorption::No(demand.unwrap_or(Demand::BLOCK), witness)
                }
                _ => Absorption::Unknown(STEPS),
            };
        }
        certificate.sort_unstable();
        certificate.dedup();
        Absorption::By(certificate)
    }

    /// Exclusions that other policies make pointless, and exclusions that nobody makes up for: the
    /// first by policy, the second by what is excluded.
    pub(super) fn exclusions(&mut self) {
        let start = self.world.policies(1).start;
        let mut holes: BTreeMap<Excluded, Finding> = BTreeMap::new();
        let mut idle: BTreeMap<Excluded, Finding> = BTreeMap::new();
        for place in 0..self.variants.len() {
            let Some(variant) = self.variants.get(place) else {
                continue;
            };
            let (Change::Included(item), Some(of)) = (&variant.change, variant.of.first()) else {
                continue;
            };
            let (item, of, span) = (item.clone(), *of, variant.span);
            let is_enforced = self.demands.enforced(super::SUBJECT).contains(&of);
            if !is_enforced || self.break_glass.contains(&item) {
                continue;
            }
            let (found, kind) = match self.exclusion(start + place, of) {
                Some(Absorption::By(by)) => {
                    let kind = FindingKind::ExclusionWithoutEffect { item: item.clone() };
                    let found = idle
                        .entry(item)
                        .or_insert_with(|| about(kind.clone(), span));
                    found.certificate.extend(by);
                    found.certificate.sort_unstable();
                    found.certificate.dedup();
                    found.policies.push(of);
                    continue;
                }
                Some(Absorption::No(..)) if self.is_allowed(of, &item) => continue,
                Some(Absorption::No(demand, witness)) => {
                    let open = self.open(start + place, &item);
                    let kind = FindingKind::ExclusionLeavesHole {
                        item: item.clone(),
                        demand,
                        is_open: open.is_some(),
                    };
                    let found = holes.entry(item).or_insert_with(|| {
                        let mut found = about(kind.clone(), span);
                        found.witness = Some(witness.clone());
                        found
                    });
                    found.policies.push(of);
                    let was_open = matches!(
                        found.kind,
                        FindingKind::ExclusionLeavesHole { is_open: true, .. }
                    );
                    let Some(open) = open.filter(|_| !was_open || found.policies.len() == 1) else {
                        continue;
                    };
                    found.witness = Some(open);
                    found.span = span;
                    (found, kind)
                }
                Some(Absorption::Unknown(_)) | None => continue,
            };
            found.kind = kind;
        }
        self.findings
            .extend(idle.into_values().chain(holes.into_values()));
    }

    /// Whether what a policy excludes is what it allows: it blocks everything else.
    fn is_allowed(&self, place: usize, item: &Excluded) -> bool {
        let policy = self.set.policies.get(place);
        let is_person = matches!(
            item,
            Excluded::User(_) | Excluded::Group(_) | Excluded::Role(_) | Excluded::Guests
        );
        !is_person && policy.is_some_and(|policy| policy.outcome.is_block)
    }

    /// A sign-in of which nothing at all is required, and would be without the exclusion: of nobody
    /// whom other exclusions are for.
    fn open(&mut self, variant: usize, item: &Excluded) -> Option<Witness> {
        let policy = self.world.policy(variant)?;
        if clauses(policy).is_empty() {
            return None;
        }
        let mut scope = vec![self.demands.solver.policy(variant, Rail::Certain)];
        for other in self.exceptions().into_iter().filter(|other| other != item) {
            scope.extend(self.is(&other).map(|is| !is));
        }
        let asked = self.free(&scope);
        match self.smallest("what an exclusion leaves open", &asked) {
            Found::One(witness) => Some(witness),
            Found::None(_) | Found::Unknown => None,
        }
    }

    /// Whether what a policy would demand without an exclusion is demanded by others; `None` where
    /// it demands nothing.
    fn exclusion(&mut self, variant: usize, of: usize) -> Option<Absorption> {
        let policy = self.set.policies.get(of)?;
        let mut certificate = Vec::new();
        let demands = Demand::of(&policy.outcome);
        if demands.is_empty() {
            return None;
        }
        for demand in demands {
            let Some(with) = self.demands.by(variant, &demand, Rail::Certain) else {
                continue;
            };
            let mut others = self.others(&[of], &demand, Rail::Certain);
            let own = self.demands.by(of, &demand, Rail::Certain);
            others.extend(own.map(|lit| (lit, of)));
            let mut asked = vec![with];
            asked.extend(others.iter().map(|(lit, _)| !*lit));
            let question = format!("what an exclusion of `{}` does", self.name(of));
            match self.find(&question, &asked) {
                Found::None(core) => {
                    let mut by = Self::certificate(&core, &others);
                    by.retain(|number| *number != of);
                    certificate.extend(by);
                }
                Found::Unknown => return Some(Absorption::Unknown(STEPS)),
                Found::One(_) => {
                    return Some(match self.smallest(&question, &asked) {
                        Found::One(witness) => Absorption::No(demand, witness),
                        _ => Absorption::Unknown(STEPS),
                    });
                }
            }
        }
        certificate.sort_unstable();
        certificate.dedup();
        Some(Absorption::By(certificate))
    }
}

/// A finding about policies that are added to it.
fn about(kind: FindingKind, span: Span) -> Finding {
    Finding {
        kind,
        policies: Vec::new(),
        certificate: Vec::new(),
        witness: None,
        span,
    }
}
