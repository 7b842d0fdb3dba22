//! From applying policies to a verdict.
//!
//! A policy that blocks decides; otherwise every clause of every applying policy must be met, and
//! the verdict says whether they are, and if not, whether the user can still meet them.
//!
//! A special case: while security information is being registered, strengths that policies for that
//! action require stand in for the strengths that policies for resources require; all other grants
//! add up as ever (`docs/semantics.md`, "Registering security information").

use std::fmt;

use gatewright_bytecode::{Combine, Effects, Policy, Program, TargetClass};
use serde::{Serialize, Serializer};

use crate::plan::Plan;

/// What was decided, under the schema of Conditional Access. Ordered from what lets a sign-in
/// through to what stops it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// No enforced policy applied; the token is issued.
    #[default]
    NotApplicable,
    /// Everything that is required holds.
    Grant,
    /// Something is missing that the user can still satisfy.
    Interrupt,
    /// Something is missing that the user cannot satisfy during the sign-in.
    Deny,
    /// A policy blocks.
    Block,
}

impl Verdict {
    /// Every verdict, in order.
    pub const ALL: [Verdict; 5] = [
        Verdict::NotApplicable,
        Verdict::Grant,
        Verdict::Interrupt,
        Verdict::Deny,
        Verdict::Block,
    ];

    /// As decisions spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::NotApplicable => "notApplicable",
            Verdict::Grant => "grant",
            Verdict::Interrupt => "interrupt",
            Verdict::Deny => "deny",
            Verdict::Block => "block",
        }
    }

    /// Whether the token is issued.
    #[must_use]
    pub fn lets_through(self) -> bool {
        matches!(self, Verdict::Grant | Verdict::NotApplicable)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How far the clauses of a policy are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Met {
    Fully,
    /// What is missing can still be satisfied by the user.
    Interactively,
    Not,
}

/// What combining needs to know of a sign-in.
#[derive(Clone, Copy)]
pub(crate) struct Combining<'a> {
    pub(crate) program: &'a Program,
    pub(crate) plan: &'a Plan,
    /// By control: whether it holds.
    pub(crate) held: &'a [bool],
    /// Whether the user can satisfy anything during the sign-in.
    pub(crate) can_interact: bool,
    /// Whether strengths that resources require count as held.
    pub(crate) are_strengths_replaced: bool,
}

impl<'a> Combining<'a> {
    pub(crate) fn policy(&self, number: u32) -> Option<&'a Policy> {
        self.program.policies.get(number as usize)
    }

    /// The clauses of a policy that are not met.
    pub(crate) fn unmet(&self, number: u32) -> impl Iterator<Item = u32> + use<'a> {
        let this = *self;
        let target = self.policy(number).map(|policy| policy.target);
        let is_replaced = self.are_strengths_replaced && target == Some(TargetClass::Apps);
        let clauses = self.plan.policy_clauses.get(number as usize);
        clauses
            .into_iter()
            .flatten()
            .copied()
            .filter(move |clause| {
                this.plan.clause(*clause).is_some_and(|row| {
                    let is_held = |control: &u32| this.held.get(*control as usize) == Some(&true);
                    let is_met = is_replaced && row.has_strength;
                    !(is_met || row.controls.iter().any(is_held))
                })
            })
    }

    /// Whether the user can still meet a clause.
    fn is_interactive(&self, clause: u32) -> bool {
        let controls = self
            .plan
            .clause(clause)
            .map_or(&[][..], |row| row.controls.as_slice());
        let mut rows = controls
            .iter()
            .filter_map(|control| self.plan.control(*control));
        self.can_interact && rows.any(|row| row.is_interactive)
    }

    /// How far the clauses of a policy are met.
    pub(crate) fn met(&self, number: u32) -> Met {
        let unmet = self.unmet(number).map(|clause| {
            if self.is_interactive(clause) {
                Met::Interactively
            } else {
                Met::Not
            }
        });
        unmet.max().unwrap_or(Met::Fully)
    }

    /// The verdict of these applying policies.
    pub(crate) fn verdict(&self, applying: impl Iterator<Item = u32>) -> Verdict {
        let verdicts = applying.filter_map(|number| {
            let verdict = match self.met(number) {
                _ if self.policy(number)?.is_block => Verdict::Block,
                Met::Fully => Verdict::Grant,
                Met::Interactively => Verdict::Interrupt,
                Met::Not => Verdict::Deny,
            };
            Some(verdict)
        });
        verdicts.max().unwrap_or_default()
    }

    /// Put the unmet clauses of these applying policies into `missing`: in order, without
    /// repetition, and without those that contain another. Allocates only where `missing` is small.
    pub(crate) fn missing(&self, applying: impl Iterator<Item = u32>, missing: &mut Vec<u32>) {
        missing.clear();
        missing.extend(applying.flat_map(|number| self.unmet(number)));
        missing.sort_unstable();
        missing.dedup();
        let sorted = |clause: u32| self.plan.clause(clause).map_or(&[][..], |row| &row.sorted);
        // A clause is longer than any other that it contains, and one that is itself absorbed was
        // absorbed by something that absorbs what it would.
        let mut kept = 0;
        for at in 0..missing.len() {
            let Some(clause) = missing.get(at).copied() else {
                break;
            };
            let is_absorbed = missing
                .iter()
                .enumerate()
                // Before `kept` stand the kept ones, from `at` on those to come; the places between
                // repeat clauses that were looked at.
                .filter(|(place, _)| *place < kept || *place > at)
                .any(|(_, other)| is_proper_subset(sorted(*other), sorted(clause)));
            if !is_absorbed {
                if let Some(slot) = missing.get_mut(kept) {
                    *slot = clause;
                }
                kept += 1;
            }
        }
        missing.truncate(kept);
    }
}

/// Whether one ascending list is contained in a longer one.
fn is_proper_subset(small: &[u32], large: &[u32]) -> bool {
    if small.len() >= large.len() {
        return false;
    }
    let mut rest = large.iter();
    small.iter().all(|wanted| rest.any(|found| found == wanted))
}

/// Whether strengths for resources are replaced: security information is being registered, and one
/// of these applying policies for that action requires a strength.
pub(crate) fn replaces_strengths(
    program: &Program,
    plan: &Plan,
    is_registering: bool,
    mut applying: impl Iterator<Item = u32>,
) -> bool {
    let requires_strength = |number: u32| {
        let clauses = plan
            .policy_clauses
            .get(number as usize)
            .into_iter()
            .flatten();
        clauses
            .filter_map(|clause| plan.clause(*clause))
            .any(|row| row.has_strength)
    };
    is_registering
        && applying.any(|number| {
            let policy = program.policies.get(number as usize);
            policy.is_some_and(|policy| policy.target == TargetClass::SecurityInfo)
                && requires_strength(number)
        })
}

/// What a combining rule chooses from the effects of the applying policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// No applying policy has an effect.
    Otherwise(u32),
    /// One effect.
    One(u32),
    /// Every effect that occurs.
    All,
    /// Two that exclude each other.
    Conflict(u32, u32),
}

/// Choose among effects by the schema's rule.
pub(crate) fn choose(effects: &Effects, occurring: impl Iterator<Item = u32>) -> Chosen {
    let range = occurring.fold(None, |range: Option<(u32, u32)>, effect| {
        let (least, most) = range.unwrap_or((effect, effect));
        Some((least.min(effect), most.max(effect)))
    });
    match (range, effects.combine) {
        (None, _) => Chosen::Otherwise(effects.otherwise),
        (Some((_, most)), Combine::Strongest) => Chosen::One(most),
        (Some((least, _)), Combine::Least) => Chosen::One(least),
        (Some((least, most)), _) if least == most => Chosen::One(most),
        (Some(_), Combine::Union) => Chosen::All,
        (Some((least, most)), Combine::Conflict) => Chosen::Conflict(least, most),
    }
}
