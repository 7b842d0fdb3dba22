//! What applying policies demand, as bits: the combined decision takes a few instructions for each
//! policy that applies and can still tell something.
//!
//! Under Conditional Access a *demand* is a clause; under a schema of one's own it is an effect
//! with the obligations that come with it. Sets of demands and of session controls are words. A
//! program that has more of them than a word has bits is combined from the list of its applying
//! policies instead, see [`Combining`](crate::combine::Combining); both say the same.
//!
//! INVARIANT: clauses keep their numbers, so a set of clauses in ascending order is in the order of
//! `missing`.

use gatewright_bytecode::masks::{LANES, Lanes};
use gatewright_bytecode::{Policy, Program, TargetClass};
use gatewright_value::vocabulary::State;
use gatewright_vm::Visit;

use crate::combine::{Chosen, Verdict, choose};
use crate::plan::{ClauseRow, Plan};
use crate::proof::ControlSet;
use crate::session::{SessionBits, SessionSet};

/// Demands of one program.
pub(crate) type DemandSet = u64;

/// LIMIT: different demands or security profiles of a program that is combined as bits.
const BITS_MAX: usize = 64;

/// What the policies of a program demand.
#[derive(Debug)]
pub(crate) struct Demands {
    rows: Vec<DemandRow>,
    all: DemandSet,
    /// Those that the user can satisfy during the sign-in.
    interactive: DemandSet,
    /// Whether the effects are those of a schema of one's own.
    is_own: bool,
    /// Whether strengths can be replaced while security information is being registered.
    pub(crate) can_replace_strengths: bool,
    /// By policy.
    policies: Vec<OfPolicy>,
    /// By block of lanes; empty where there are no masks.
    blocks: Vec<OfBlock>,
    /// By demand: the enforced lanes of the first block that come with it.
    demanding: Vec<Lanes>,
    /// What session controls are as bits; profiles are places in `Plan::profile_order`.
    pub(crate) sessions: SessionBits,
}

#[derive(Debug)]
struct DemandRow {
    /// Any of these satisfies a clause; all of them come with an effect.
    controls: ControlSet,
    /// Other clauses, each of which holds only alternatives of this one.
    contained: DemandSet,
    effect: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct OfPolicy {
    demands: DemandSet,
    sessions: SessionSet,
    is_block: bool,
    is_enforced: bool,
}

struct OfBlock {
    enforced: Lanes,
    blocking: Lanes,
    /// The enforced ones that come with session controls.
    with_sessions: Lanes,
    /// By lane.
    rows: Box<[OfLane; LANES]>,
    all_demands: DemandSet,
    all_sessions: SessionSet,
}

/// What an enforced lane comes to.
#[derive(Clone, Copy, Debug, Default)]
struct OfLane {
    demands: DemandSet,
    sessions: SessionSet,
}

/// What is known so far of what the applying enforced policies come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Owed {
    pub(crate) demands: DemandSet,
    pub(crate) sessions: SessionSet,
    pub(crate) applies: bool,
    pub(crate) blocks: bool,
}

impl Demands {
    /// The demands of a program that is combined as bits.
    pub(crate) fn new(program: &Program, plan: &Plan) -> Option<Demands> {
        let profiles = &plan.profiles;
        // Of ids that differ in case alone, the first policy's stands, which bits do not tell.
        let has_twins = (1..).zip(profiles.iter().skip(1)).any(|(at, profile)| {
            let before = profiles.iter().take(at);
            before.into_iter().any(|other| other.0 == profile.0)
        });
        let counts = [plan.clauses.len(), profiles.len()];
        if !plan.holdings.are_bits() || has_twins || counts.iter().any(|count| *count > BITS_MAX) {
            return None;
        }
        let place = |profile: &u32| {
            let place = plan.profile_order.iter().position(|at| at == profile);
            place.and_then(|place| u32::try_from(place).ok())
        };
        let ordered = |row: &Vec<u32>| set(row.iter().filter_map(place));
        let session_profiles: Vec<u64> = plan.session_profiles.iter().map(ordered).collect();
        let sessions = SessionBits::new(program, &session_profiles, profiles.len())?;
        let is_own = program.effects.is_some();
        let mut rows = if is_own { Vec::new() } else { clauses(plan) };
        let numbered = program.policies.iter().zip(&plan.policy_clauses);
        let policies = numbered.map(|(policy, clauses)| OfPolicy {
            demands: if is_own {
                own_demand(policy, &mut rows)
            } else {
                bits(clauses)
            },
            sessions: policy.session.map_or(0, |number| sessions.session(number)),
            is_block: policy.is_block && !is_own,
            is_enforced: policy.state == State::Enabled,
        });
        let policies: Vec<OfPolicy> = policies.collect();
        if rows.len() > BITS_MAX {
            return None;
        }
        let lanes = program.masks.as_ref().map_or(&[][..], |masks| &masks.lanes);
        let of_block = |lanes: &[u32]| OfBlock::new(lanes, &policies);
        let blocks: Vec<OfBlock> = lanes.chunks(LANES).map(of_block).collect();
        let demanding = |number| {
            let first = blocks.first();
            first.map_or(Lanes::default(), |block| block.lanes_with(bit(number)))
        };
        let demanding = (0..).zip(&rows).map(|(number, _)| demanding(number));
        let demanding = demanding.collect();
        let interactive = (0..).zip(&rows).filter(|(_, row)| {
            let mut controls = (0..).zip(&plan.controls);
            controls
                .any(|(number, control)| row.controls & bit(number) != 0 && control.is_interactive)
        });
        Some(Demands {
            interactive: set(interactive.map(|(number, _)| number)),
            all: set((0..).zip(&rows).map(|(number, _)| number)),
            is_own,
            can_replace_strengths: can_replace_strengths(program, plan),
            demanding,
            blocks,
            rows,
            policies,
            sessions,
        })
    }

    /// The demands that stay open when these controls hold.
    #[inline]
    pub(crate) fn open(&self, held: ControlSet) -> DemandSet {
        if self.is_own {
            return self.all;
        }
        let mut open = 0;
        let mut place = 1u64;
        for row in &self.rows {
            open |= if row.controls & held == 0 { place } else { 0 };
            place <<= 1;
        }
        open
    }

    /// The lanes of the first block that come to anything where these demands stay open: those
    /// that block, that come with session controls, or that demand one of them.
    pub(crate) fn telling(&self, open: DemandSet) -> Lanes {
        let sessions = self.blocks.first().map(|block| block.with_sessions);
        let demanding = |number| self.demanding.get(number as usize).copied();
        let mut telling = sessions.unwrap_or_default();
        for lanes in numbers(open).filter_map(demanding) {
            for (word, lanes) in telling.iter_mut().zip(lanes) {
                *word |= lanes;
            }
        }
        telling
    }

    /// Add what the applying lanes of a block demand. Where one blocks, nothing else is added.
    #[inline]
    pub(crate) fn add(&self, block: usize, lanes: Lanes, owed: &mut Owed) {
        if let Some(block) = self.blocks.get(block) {
            block.mark(lanes, owed);
            if !owed.blocks {
                block.add(lanes, block.enforced, owed);
            }
        }
    }

    /// What the applying lanes of the only block come to, of which those of `telling` come to
    /// anything. Where one blocks, nothing else is said, unless `all` is.
    #[inline]
    pub(crate) fn of_only(&self, lanes: Lanes, telling: Lanes, all: bool) -> Owed {
        let mut owed = Owed::default();
        if let Some(block) = self.blocks.first() {
            block.mark(lanes, &mut owed);
            if all || !owed.blocks {
                block.add(lanes, telling, &mut owed);
            }
        }
        owed
    }

    /// What a list of applying policies comes to.
    pub(crate) fn of_list(&self, applying: &[u32], open: DemandSet) -> Owed {
        let mut owed = Owed::default();
        let rows = applying
            .iter()
            .filter_map(|number| self.policies.get(*number as usize));
        for row in rows.filter(|row| row.is_enforced) {
            owed.applies = true;
            owed.blocks |= row.is_block;
            owed.demands |= row.demands & open;
            owed.sessions |= row.sessions;
        }
        owed
    }

    /// What is left to be owed when only these demands stay open.
    #[inline]
    pub(crate) fn left(&self, mut owed: Owed, open: DemandSet) -> Owed {
        owed.demands &= open;
        owed
    }

    /// The verdict. Clauses that are owed are those that are missing.
    #[inline]
    pub(crate) fn verdict(&self, owed: &Owed, can_interact: bool) -> Verdict {
        let interactive = if can_interact { self.interactive } else { 0 };
        if owed.blocks {
            Verdict::Block
        } else if !owed.applies || self.is_own {
            Verdict::NotApplicable
        } else if owed.demands == 0 {
            Verdict::Grant
        } else if owed.demands & !interactive != 0 {
            Verdict::Deny
        } else {
            Verdict::Interrupt
        }
    }

    /// What the rule of a schema of one's own chooses from the effects that are owed.
    pub(crate) fn choose(&self, effects: &gatewright_bytecode::Effects, owed: &Owed) -> Chosen {
        choose(effects, self.effects(owed.demands))
    }

    /// The effects of these demands, in no order, with repetition.
    pub(crate) fn effects(&self, demands: DemandSet) -> impl Iterator<Item = u32> {
        self.rows_of(demands).map(|row| row.effect)
    }

    /// The obligations that come with chosen effects.
    pub(crate) fn obligations(
        &self,
        demands: DemandSet,
        is_chosen: impl Fn(u32) -> bool,
    ) -> ControlSet {
        let rows = self.rows_of(demands).filter(|row| is_chosen(row.effect));
        rows.fold(0, |controls, row| controls | row.controls)
    }

    /// Those of the missing clauses that contain no other one that is missing.
    pub(crate) fn shortest(&self, missing: DemandSet) -> DemandSet {
        let contains_none = |number: &u32| {
            let row = self.rows.get(*number as usize);
            row.is_some_and(|row| row.contained & missing == 0)
        };
        set(numbers(missing).filter(contains_none))
    }

    fn rows_of(&self, demands: DemandSet) -> impl Iterator<Item = &DemandRow> {
        numbers(demands).filter_map(|number| self.rows.get(number as usize))
    }
}

impl OfBlock {
    fn new(lanes: &[u32], policies: &[OfPolicy]) -> OfBlock {
        let mut block = OfBlock {
            enforced: Lanes::default(),
            blocking: Lanes::default(),
            with_sessions: Lanes::default(),
            rows: Box::new([OfLane::default(); LANES]),
            all_demands: 0,
            all_sessions: 0,
        };
        let places = block.rows.iter_mut().enumerate();
        for ((lane, row), number) in places.zip(lanes) {
            let policy = policies.get(*number as usize);
            let Some(policy) = policy.filter(|policy| policy.is_enforced) else {
                continue;
            };
            (row.demands, row.sessions) = (policy.demands, policy.sessions);
            block.all_demands |= policy.demands;
            block.all_sessions |= policy.sessions;
            let sets = [
                (&mut block.enforced, true),
                (&mut block.blocking, policy.is_block),
                (&mut block.with_sessions, policy.sessions != 0),
            ];
            for (set, is_in) in sets {
                if let Some(word) = set.get_mut(lane / 64) {
                    *word |= u64::from(is_in) << (lane % 64);
                }
            }
        }
        block
    }

    /// The enforced lanes that come with any of these demands.
    fn lanes_with(&self, demands: DemandSet) -> Lanes {
        let mut lanes = Lanes::default();
        for (lane, row) in self.rows.iter().enumerate() {
            if let Some(word) = lanes.get_mut(lane / 64) {
                *word |= u64::from(row.demands & demands != 0) << (lane % 64);
            }
        }
        lanes
    }

    #[inline]
    fn mark(&self, lanes: Lanes, owed: &mut Owed) {
        owed.applies |= meet(lanes, self.enforced);
        owed.blocks |= meet(lanes, self.blocking);
    }

    /// Add what the applying lanes demand; only the `telling` ones are looked at.
    ///
    /// PERF: a dozen policies apply to a sign-in, so one after the other costs less than a test for
    /// each different demand, or a table of bytes that does not fit the first cache.
    #[inline]
    fn add(&self, lanes: Lanes, telling: Lanes, owed: &mut Owed) {
        let (rows, _) = self.rows.as_chunks::<64>();
        for ((word, telling), rows) in lanes.into_iter().zip(telling).zip(rows) {
            let mut rest = word & telling;
            while rest != 0 {
                let row = rows.get(rest.trailing_zeros() as usize % 64);
                let row = row.copied().unwrap_or_default();
                owed.demands |= row.demands;
                owed.sessions |= row.sessions;
                rest &= rest - 1;
            }
        }
    }
}

impl std::fmt::Debug for OfBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OfBlock")
            .field("all_demands", &self.all_demands)
            .field("all_sessions", &self.all_sessions)
            .finish_non_exhaustive()
    }
}

#[inline]
fn meet(left: Lanes, right: Lanes) -> bool {
    let ([a, b, c, d], [e, f, g, h]) = (left, right);
    (a & e) | (b & f) | (c & g) | (d & h) != 0
}

/// The combined decision, block by block: blocks that can change nothing are not looked at.
pub(crate) struct Combined<'a> {
    demands: &'a Demands,
    open: DemandSet,
    pub(crate) owed: Owed,
}

impl<'a> Combined<'a> {
    #[inline]
    pub(crate) fn new(demands: &'a Demands, open: DemandSet) -> Combined<'a> {
        Combined {
            demands,
            open,
            owed: Owed::default(),
        }
    }
}

impl Visit for Combined<'_> {
    #[inline]
    fn wants(&mut self, block: usize) -> bool {
        let Some(row) = self.demands.blocks.get(block) else {
            return false;
        };
        let owed = &self.owed;
        !owed.blocks
            && (row.blocking != Lanes::default()
                || (row.enforced != Lanes::default() && !owed.applies)
                || row.all_demands & self.open & !owed.demands != 0
                || row.all_sessions & !owed.sessions != 0)
    }

    #[inline]
    fn block(&mut self, block: usize, lanes: Lanes) {
        self.demands.add(block, lanes, &mut self.owed);
    }
}

fn clauses(plan: &Plan) -> Vec<DemandRow> {
    let row = |clause: &ClauseRow| {
        let controls = bits(&clause.sorted);
        let is_contained = |other: &ClauseRow| {
            let others = bits(&other.sorted);
            others != controls && others & !controls == 0
        };
        let contained = (0..).zip(&plan.clauses);
        let contained = contained.filter(|(_, other)| is_contained(other));
        DemandRow {
            controls,
            contained: set(contained.map(|(number, _)| number)),
            effect: 0,
        }
    };
    plan.clauses.iter().map(row).collect()
}

/// The demand of a policy under a schema of one's own: its effect with all that it obliges to.
fn own_demand(policy: &Policy, rows: &mut Vec<DemandRow>) -> DemandSet {
    let Some(effect) = policy.effect else {
        return 0;
    };
    let controls = policy
        .clauses
        .iter()
        .fold(0, |all, clause| all | bits(clause));
    let known = rows
        .iter()
        .position(|row| row.effect == effect && row.controls == controls);
    let place = known.unwrap_or_else(|| {
        rows.push(DemandRow {
            controls,
            contained: 0,
            effect,
        });
        rows.len() - 1
    });
    u32::try_from(place).map_or(0, bit)
}

/// Whether a policy for registering security information requires a strength.
fn can_replace_strengths(program: &Program, plan: &Plan) -> bool {
    let mut numbered = program.policies.iter().zip(&plan.policy_clauses);
    numbered.any(|(policy, clauses)| {
        let mut clauses = clauses.iter().filter_map(|clause| plan.clause(*clause));
        policy.target == TargetClass::SecurityInfo && clauses.any(|clause| clause.has_strength)
    })
}

fn bit(number: u32) -> u64 {
    1u64.checked_shl(number).unwrap_or(0)
}

fn set(numbers: impl Iterator<Item = u32>) -> u64 {
    numbers.fold(0, |all, number| all | bit(number))
}

fn bits(numbers: &[u32]) -> u64 {
    set(numbers.iter().copied())
}

/// The numbers in a set, ascending.
pub(crate) fn numbers(set: u64) -> impl Iterator<Item = u32> {
    let mut rest = set;
    std::iter::from_fn(move || {
        let number = (rest != 0).then(|| rest.trailing_zeros())?;
        rest &= rest - 1;
        Some(number)
    })
}
