//! What each policy does for the whole.

use gatewright_analysis::analyze::Effect;
use gatewright_analysis::demand::Demand;
use gatewright_analysis::words;
use gatewright_hir::model::{AppScope, Control, Policy, Target, UserScope, Who};

use super::naming::demand;
use super::{PolicyEffect, Teller, ToldEffect};

/// LIMIT: items of a list that stand in a scope; of more, how many there are.
const ITEMS_SHOWN: usize = 3;

impl Teller<'_> {
    pub(super) fn effects(&self) -> Vec<PolicyEffect> {
        let policies = self
            .set
            .policies
            .iter()
            .zip(&self.analysis.effects)
            .enumerate();
        let told = policies.filter_map(|(place, (policy, effect))| {
            let asks: Vec<String> = Demand::of(&policy.outcome)
                .iter()
                .map(|one| match one.is_block() {
                    true => "block".to_owned(),
                    false => demand(self.set, one).replace('`', ""),
                })
                .collect();
            Some(PolicyEffect {
                policy: self.named(place)?,
                state: policy.state,
                scope: self.scope(policy),
                asks: match asks.as_slice() {
                    [] => "nothing".to_owned(),
                    asks => asks.join(" and "),
                },
                effect: self.effect(place, effect),
            })
        });
        told.collect()
    }

    fn effect(&self, place: usize, effect: &Effect) -> ToldEffect {
        match effect {
            Effect::Changes {
                demand: what,
                witness,
                cells,
            } => {
                // What was found superfluous before it was left out with it.
                let effects = self.analysis.effects.iter().enumerate();
                let is_idle =
                    |effect: &Effect| matches!(effect, Effect::Absorbed(_) | Effect::NeverApplies);
                let idle = effects.filter(|(at, effect)| *at > place && is_idle(effect));
                let mut without: Vec<usize> = idle.map(|(at, _)| at).collect();
                without.push(place);
                let about = "the effect of a policy";
                let policy = self.set.policies.get(place);
                let shown = if policy.is_none_or(|policy| self.is_by_applying(policy)) {
                    self.court.applying(about, witness, &[place], false)
                } else {
                    self.court.needs(about, witness, what, &without)
                };
                ToldEffect::Changes {
                    demand: demand(self.set, what),
                    witness: shown,
                    cells: *cells,
                }
            }
            Effect::Absorbed(by) => {
                let named = by.iter().filter_map(|place| self.named(*place));
                ToldEffect::Absorbed(named.map(|one| one.name).collect())
            }
            Effect::NeverApplies => ToldEffect::NeverApplies,
            Effect::NotEnforced => ToldEffect::NotEnforced,
            Effect::DemandsNothing => ToldEffect::DemandsNothing,
            Effect::Unknown(what) => ToldEffect::Unknown(what),
        }
    }

    /// Whether a policy changes something wherever it applies: its effect hangs on others, or it
    /// asks for a strength where other controls give way to it.
    ///
    /// SEMANTICS: §10.6
    fn is_by_applying(&self, policy: &Policy) -> bool {
        let is_action = policy
            .assignments
            .as_deref()
            .is_some_and(|of| matches!(of.target, Target::Actions(_)));
        let required = policy
            .outcome
            .requirement
            .iter()
            .flat_map(|one| &one.controls);
        let has_strength = required
            .into_iter()
            .any(|one| matches!(one, Control::Strength(_)));
        !self.set.schema.is_entra || (is_action && has_strength)
    }

    /// Whom and what a policy includes.
    fn scope(&self, policy: &Policy) -> String {
        let Some(of) = policy.assignments.as_deref() else {
            return String::new();
        };
        let object = |kind, id| words::object(self.set, kind, id);
        let who: Vec<String> = match &of.who {
            Who::Users(scope) => {
                let include = scope.include.iter();
                let names = include.map(|item| match &item.value {
                    UserScope::All => "everybody".to_owned(),
                    UserScope::None => "nobody".to_owned(),
                    UserScope::AllAgentUsers => "agents' user accounts".to_owned(),
                    UserScope::Guests(_) => "guests".to_owned(),
                    UserScope::User(id) => object("user", id),
                    UserScope::Group(id) => object("group", id),
                    UserScope::Role(id) => object("role", id),
                });
                names.collect()
            }
            Who::ServicePrincipals(_) => vec!["workload identities".to_owned()],
            Who::Agents(_) => vec!["agents".to_owned()],
        };
        let what: Vec<String> = match &of.target {
            Target::Apps(scope) => {
                let include = scope.include.iter();
                let names = include.map(|item| match &item.value {
                    AppScope::All => "all resources".to_owned(),
                    AppScope::None => "no resource".to_owned(),
                    AppScope::App(id) => object("app", id),
                    AppScope::Group(name) => name.clone(),
                    AppScope::Filter(_) => "resources by attribute".to_owned(),
                });
                names.collect()
            }
            Target::Actions(_) => vec!["user actions".to_owned()],
            Target::Contexts(_) => vec!["authentication contexts".to_owned()],
            Target::Nothing(_) => Vec::new(),
        };
        let parts = [few(who), few(what)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(" · ")
    }
}

fn few(mut items: Vec<String>) -> String {
    let more = items.len().saturating_sub(ITEMS_SHOWN);
    if more > 1 {
        items.truncate(ITEMS_SHOWN);
        items.push(format!("{more} more"));
    }
    items.join(", ")
}
