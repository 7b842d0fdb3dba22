//! What both sets have, so that it makes no difference.
//!
//! Most of what is compared is the same policy twice. Where both sets have a policy, with equal
//! conditions over the one space and equal demands, they differ only where the others do: so only
//! what the others demand is looked for, and the one is needed only to say where both demand it
//! anyway.

use std::sync::Arc;

use gatewright_decision::{Formula, Literal};
use gatewright_hir::model::{Control, Policy, PolicySet};
use gatewright_value::vocabulary::BuiltInControl;
use rustc_hash::{FxHashMap, FxHashSet};

use super::aspects::canonical;
use super::{NEW, OLD};
use crate::demand::{Demand, clauses};
use crate::demands::{is_for_resources, is_strength, requires_strength_for_action};
use crate::world::World;

/// The policies of two sets that may make a difference.
pub(super) struct Parts {
    /// By set, those that the other one does not have.
    pub(super) changed: [Vec<usize>; 2],
    /// By set, those that both have, where each set comes to a mark of its own and they ask for it.
    pub(super) marked: [Vec<usize>; 2],
    /// By set, those whose demands may be different ones: the above, and under a schema of one's
    /// own all that count, as effects hang on each other.
    pub(super) concerned: [Vec<usize>; 2],
}

/// A condition as it was before each set had a mark of its own.
type Pointer = *const Formula<Literal>;

/// Where a policy applies, what it demands, and whether others can take that away.
type Key = (Vec<Pointer>, Vec<Demand>, bool);

impl Parts {
    pub(super) fn of(world: &World<'_>) -> Parts {
        let enforced = [OLD, NEW].map(|set| world.enforced(set));
        let originals = originals(world);
        let keys = enforced.each_ref().map(|numbers| {
            let keys = numbers.iter().map(|number| key(world, &originals, *number));
            keys.collect::<Vec<Key>>()
        });
        let [old, new] = keys.each_ref().map(|keys| keys.iter().collect());
        let known: [FxHashSet<&Key>; 2] = [new, old];
        let are_alike = has_same_strengths(world);
        let of_sets = |is_kept: &dyn Fn(usize, usize, &Key) -> bool| {
            [OLD, NEW].map(|set| {
                let numbers = enforced.get(set).into_iter().flatten();
                let keys = keys.get(set).into_iter().flatten();
                let kept = numbers.zip(keys);
                let kept = kept.filter(|(number, key)| is_kept(set, **number, key));
                kept.map(|(number, _)| *number).collect::<Vec<usize>>()
            })
        };
        let has_strength = |number: usize| world.policy(number).is_some_and(has_strength);
        let is_known = |set: usize, key: &Key| known.get(set).is_some_and(|of| of.contains(key));
        let mut changed = of_sets(&|set, number, key| {
            !is_known(set, key) || (!are_alike && has_strength(number))
        });
        // SEMANTICS: §10.6. A policy that takes strengths away concerns all that ask for them.
        let is_replacing = |number: &usize| {
            let policy = world.policy(*number);
            policy.is_some_and(requires_strength_for_action)
        };
        if changed.iter().flatten().any(is_replacing) {
            let may_be_replaced = |number: usize| {
                let policy = world.policy(number);
                has_strength(number) && policy.is_some_and(is_for_resources)
            };
            changed = of_sets(&|set, number, key| {
                !is_known(set, key) || has_strength(number) && !are_alike || may_be_replaced(number)
            });
        }
        let is_changed: FxHashSet<usize> = changed.iter().flatten().copied().collect();
        let marked = of_sets(&|_, number, _| {
            !is_changed.contains(&number) && asks_for_mark(world, &originals, number)
        });
        let is_all = !world.schema.is_entra && !is_changed.is_empty();
        let concerned = [OLD, NEW].map(|set| {
            let of = |lists: &[Vec<usize>; 2]| lists.get(set).cloned().unwrap_or_default();
            match is_all {
                true => of(&enforced),
                false => {
                    let mut both = of(&changed);
                    both.extend(of(&marked));
                    both.sort_unstable();
                    both
                }
            }
        });
        Parts {
            changed,
            marked,
            concerned,
        }
    }

    /// Whether nothing can make a difference.
    pub(super) fn is_empty(&self) -> bool {
        self.concerned.iter().all(Vec::is_empty)
    }
}

/// By condition about the mark, the one that it was.
fn originals(world: &World<'_>) -> FxHashMap<Pointer, Pointer> {
    let rewritten = world.marks.iter().flat_map(|marks| &marks.rewritten);
    rewritten
        .flat_map(|(now, before)| {
            let before = Arc::as_ptr(before);
            [(Arc::as_ptr(now), before), (before, before)]
        })
        .collect()
}

fn key(world: &World<'_>, originals: &FxHashMap<Pointer, Pointer>, number: usize) -> Key {
    let conditions = world.joint.policies.get(number).into_iter().flatten();
    let pointers = conditions.map(|one| {
        let pointer = Arc::as_ptr(&one.formula);
        originals.get(&pointer).copied().unwrap_or(pointer)
    });
    let policy = world.policy(number);
    let demands = policy.into_iter().flat_map(|one| Demand::of(&one.outcome));
    (
        pointers.collect(),
        demands.map(canonical).collect(),
        policy.is_some_and(is_for_resources),
    )
}

/// Whether a policy hangs on the mark, by its conditions or by what it requires.
fn asks_for_mark(
    world: &World<'_>,
    originals: &FxHashMap<Pointer, Pointer>,
    number: usize,
) -> bool {
    if world.marks.is_none() {
        return false;
    }
    let mut conditions = world.joint.policies.get(number).into_iter().flatten();
    let is_mark =
        |control: &Control| matches!(control, Control::BuiltIn(BuiltInControl::CompliantDevice));
    conditions.any(|one| originals.contains_key(&Arc::as_ptr(&one.formula)))
        || world
            .policy(number)
            .is_some_and(|policy| clauses(policy).iter().flatten().any(is_mark))
}

fn has_strength(policy: &Policy) -> bool {
    let requirement = policy.outcome.requirement.as_ref();
    requirement.is_some_and(|of| of.controls.iter().any(is_strength))
}

/// Whether a strength of one id is satisfied by the same in both sets.
fn has_same_strengths(world: &World<'_>) -> bool {
    let says = |set: usize| {
        let strengths = world.sets.get(set).map(|set: &&PolicySet| &set.strengths);
        let strengths = strengths.into_iter().flatten();
        strengths
            .map(|one| (one.id.to_ascii_lowercase(), &one.combinations))
            .collect::<Vec<_>>()
    };
    let (old, new) = (says(OLD), says(NEW));
    old.len() == new.len() && old.iter().all(|one| new.contains(one))
}
