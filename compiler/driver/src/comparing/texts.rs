//! What is written differently.
//!
//! Policies are matched by id, then by name, then, where both were changed, by all that they say.

use std::collections::BTreeSet;

use gatewright_analysis::World;
use gatewright_analysis::diff::{NEW, OLD};
use gatewright_decision::Stated;
use gatewright_hir::model::{Outcome, Policy};
use gatewright_source::{SourceMap, Span};
use gatewright_value::fold;
use gatewright_value::vocabulary::Reason;
use rustc_hash::FxHashMap;

use super::PolicyName;
use crate::Compilation;

/// LIMIT: policies that are compared with one that nobody has the name of.
const TRIED_MAX: usize = 256;

/// A policy that is written differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// As it was; `None` where it is added.
    pub old: Option<PolicyName>,
    /// As it is; `None` where it is removed.
    pub new: Option<PolicyName>,
    /// What differs, of a policy that is on both sides.
    pub aspects: Vec<TextAspect>,
}

/// What differs about a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextAspect {
    /// Its name.
    Name,
    /// Its state.
    State,
    /// These conditions.
    Conditions(Vec<Reason>),
    /// What it blocks or requires.
    Requirement,
    /// Its session controls.
    Session,
    /// Only how it is written.
    Wording,
}

/// Whether all sources are the same, letter by letter, whatever the files are called.
pub(super) fn is_same(old: &Compilation, new: &Compilation) -> bool {
    let texts = |compilation: &Compilation| {
        let all = compilation.sources.iter();
        let mut texts: Vec<String> = all.map(|(_, source)| source.text.to_string()).collect();
        texts.sort_unstable();
        texts
    };
    texts(old) == texts(new)
}

/// The policies that are written differently, in the order of the new set, removed ones last.
pub(super) fn changes(
    old: &Compilation,
    new: &Compilation,
    world: &World<'_>,
) -> Vec<PolicyChange> {
    let pairs = Pairs { world, old, new };
    let partners = pairs.partners();
    let mut changes = Vec::new();
    for (number, partner) in world.policies(NEW).zip(&partners) {
        let (Some(policy), was) = (world.policy(number), partner.and_then(|n| world.policy(n)))
        else {
            continue;
        };
        let aspects = partner
            .map(|partner| pairs.aspects(partner, number))
            .unwrap_or_default();
        if was.is_none() || !aspects.is_empty() {
            changes.push(PolicyChange {
                old: was.map(PolicyName::of),
                new: Some(PolicyName::of(policy)),
                aspects,
            });
        }
    }
    for number in world.policies(OLD) {
        if !partners.contains(&Some(number)) {
            changes.push(PolicyChange {
                old: world.policy(number).map(PolicyName::of),
                new: None,
                aspects: Vec::new(),
            });
        }
    }
    changes
}

struct Pairs<'a> {
    world: &'a World<'a>,
    old: &'a Compilation,
    new: &'a Compilation,
}

impl Pairs<'_> {
    /// The old policy of each new one. Cost: linear, and a few comparisons for each policy that
    /// has neither the id nor the name of another.
    fn partners(&self) -> Vec<Option<usize>> {
        let news: Vec<usize> = self.world.policies(NEW).collect();
        let mut partners: Vec<Option<usize>> = vec![None; news.len()];
        let mut left: BTreeSet<usize> = self.world.policies(OLD).collect();
        let keys: [fn(&Policy) -> &str; 2] = [|policy| &policy.id, |policy| &policy.display_name];
        for key in keys {
            let key = |number: usize| {
                let policy = self.world.policy(number);
                policy.map_or_else(String::new, |policy| fold(key(policy)).into_owned())
            };
            let mut known: FxHashMap<String, usize> = FxHashMap::default();
            for old in &left {
                known.entry(key(*old)).or_insert(*old);
            }
            for (number, partner) in news.iter().zip(&mut partners) {
                if partner.is_none() {
                    *partner = known.remove(&key(*number)).filter(|old| left.remove(old));
                }
            }
        }
        for (number, partner) in news.iter().zip(&mut partners) {
            if partner.is_none() {
                let mut tried = left.iter().take(TRIED_MAX);
                let same = tried.find(|old| self.says_same(**old, *number)).copied();
                *partner = same.filter(|old| left.remove(old));
            }
        }
        partners
    }

    /// Whether two policies differ in what they are called at most.
    fn says_same(&self, old: usize, new: usize) -> bool {
        let state = |number: usize| self.world.policy(number).map(|policy| policy.state);
        state(old) == state(new)
            && self.outcome(old, new).is_empty()
            && self.conditions(old, new).is_empty()
    }

    /// What differs between two policies.
    fn aspects(&self, old: usize, new: usize) -> Vec<TextAspect> {
        let (Some(was), Some(is)) = (self.world.policy(old), self.world.policy(new)) else {
            return Vec::new();
        };
        let mut aspects = Vec::new();
        if was.display_name != is.display_name {
            aspects.push(TextAspect::Name);
        }
        if was.state != is.state {
            aspects.push(TextAspect::State);
        }
        let is_same_text = self.text(self.old, was.span) == self.text(self.new, is.span);
        // A later edition gives the same words another meaning; that is no change of the text.
        let is_reread = self.old.set.edition != self.new.set.edition && is_same_text;
        let conditions = self.conditions(old, new);
        if !conditions.is_empty() && !is_reread {
            aspects.push(TextAspect::Conditions(conditions));
        }
        aspects.extend(self.outcome(old, new));
        if aspects.is_empty() && !is_same_text {
            aspects.push(TextAspect::Wording);
        }
        aspects
    }

    /// The conditions that say something else, in the order in which reasons are named.
    fn conditions(&self, old: usize, new: usize) -> Vec<Reason> {
        let stated = |number: usize| -> &[Stated] {
            let policies = self.world.joint.policies.get(number);
            policies.map_or(&[][..], Vec::as_slice)
        };
        let says = |stated: &[Stated], reason: Reason| -> Vec<_> {
            let of = stated.iter().filter(|one| one.reason == reason);
            of.map(|one| one.formula.clone()).collect()
        };
        let (was, is) = (stated(old), stated(new));
        let mut reasons: Vec<Reason> = was.iter().chain(is).map(|one| one.reason).collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons.retain(|reason| says(was, *reason) != says(is, *reason));
        reasons
    }

    fn outcome(&self, old: usize, new: usize) -> Vec<TextAspect> {
        let (Some(was), Some(is)) = (self.world.policy(old), self.world.policy(new)) else {
            return Vec::new();
        };
        let required = |outcome: &Outcome| {
            let requirement = outcome.requirement.as_ref();
            let controls = requirement.map(|of| (of.is_all, of.controls.clone()));
            (outcome.is_block, outcome.effect, controls)
        };
        let mut aspects = Vec::new();
        if required(&was.outcome) != required(&is.outcome) {
            aspects.push(TextAspect::Requirement);
        }
        if was.outcome.session != is.outcome.session {
            aspects.push(TextAspect::Session);
        }
        aspects
    }

    /// The words of a text; how they are set on lines does not matter.
    fn text<'t>(&self, of: &'t Compilation, span: Span) -> Vec<&'t str> {
        let sources: &SourceMap = &of.sources;
        let source = sources.get(span.source);
        let text = source.and_then(|source| source.text.get(span.range()));
        text.unwrap_or_default().split_whitespace().collect()
    }
}
