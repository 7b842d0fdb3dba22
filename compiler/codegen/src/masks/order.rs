//! The order of lanes, and what opens blocks.
//!
//! The lanes of one block are in the order of the policies, so that the list of those that apply is
//! in order. In a set of more than one block, enforced policies come before report-only ones, and
//! first *broad* lanes, then *narrow* ones, those with a clause that few of many outcomes make true
//! (a group, an app), by the slot of that clause. Either stand by what their policies require, those
//! that block first, so that a block in which nothing can change the combined decision any more is
//! left out; narrow ones that require the same by first outcome, so that what a user is in opens
//! few blocks.

use gatewright_bytecode::masks::LANES;
use gatewright_bytecode::{Policy, Program, TargetClass};
use gatewright_value::vocabulary::State;

use super::place::{Lane, Placement};

/// LIMIT: outcomes up to which a clause opens blocks.
const OPENING_OUTCOMES_MAX: u32 = 16;

/// Sort the lanes.
pub(super) fn sort(placement: &mut Placement<'_>, program: &Program) {
    if placement.lanes.len() <= LANES {
        return;
    }
    let mut lanes = std::mem::take(&mut placement.lanes);
    let policy = |lane: &Lane| program.policies.get(lane.policy as usize);
    let is_report_only = |lane: &Lane| policy(lane).is_some_and(|p| p.state == State::ReportOnly);
    lanes.sort_by_cached_key(|lane| {
        let opening = opening(placement, lane);
        let slot = opening.map(|opening| opening.0);
        (
            is_report_only(lane),
            slot,
            policy(lane).map(effect),
            opening,
        )
    });
    placement.lanes = lanes;
}

/// What policies have in common that lead to the same decision.
fn effect(policy: &Policy) -> impl Ord + use<> {
    let target = match policy.target {
        TargetClass::Apps => 0u8,
        TargetClass::SecurityInfo => 1,
        TargetClass::Other => 2,
    };
    let is_other = !policy.is_block;
    let clauses = policy.clauses.clone();
    (is_other, policy.effect, clauses, policy.session, target)
}

/// Slot, matcher and first outcome of a lane's clause that opens blocks.
fn opening(placement: &Placement<'_>, lane: &Lane) -> Option<(u16, u32, u32)> {
    let clauses = lane.clauses.iter().filter_map(|(clause, slot)| {
        let placed = placement.clauses.get(*clause as usize)?;
        let few = placed.few.filter(|few| *few <= OPENING_OUTCOMES_MAX)?;
        let outcomes = placed
            .clause
            .literals
            .iter()
            .filter_map(|(variable, classes)| {
                let seen = placement.seen.get(*variable as usize)?;
                Some((seen.matcher, seen.first(classes)))
            });
        let (matcher, outcome) = outcomes.min().unwrap_or_default();
        Some((few, *slot, matcher, outcome))
    });
    clauses
        .min()
        .map(|(_, slot, matcher, outcome)| (slot, matcher, outcome))
}

/// The slot that opens a block: every lane has a clause there that few outcomes make true.
pub(super) fn opener(placement: &Placement<'_>, block: &[Lane]) -> Option<u16> {
    let opens = |lane: &Lane, slot: u16| {
        lane.clauses.iter().any(|(clause, of)| {
            let placed = placement.clauses.get(*clause as usize);
            let few = placed.and_then(|placed| placed.few);
            *of == slot && few.is_some_and(|few| few <= OPENING_OUTCOMES_MAX)
        })
    };
    let (first, rest) = block.split_first()?;
    let slots = first.clauses.iter().map(|(_, slot)| *slot);
    let slots = slots.filter(|slot| opens(first, *slot));
    slots
        .filter(|slot| rest.iter().all(|lane| opens(lane, *slot)))
        .min()
}
