//! What applying policies demand, as bits: the combined decision takes a few instructions for each
//! different demand, whatever the number of policies.
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

/// Demands of one program.
pub(crate) type DemandSet = u64;
/// Session controls of one program, by number.
pub(crate) type SessionSet = u64;

/// LIMIT: different demands, sessions or security profiles of a program that is combined as bits.
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
    /// The same, where there are few blocks and everything fits into a word.
    packed: Vec<Packed>,
    /// How many bits demands have in a packed word.
    packed_demands: u32,
    /// By session: its security profiles, as places in `Plan::profile_order`.
    session_profiles: Vec<u64>,
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

#[derive(Debug, Default)]
struct OfBlock {
    enforced: Lanes,
    blocking: Lanes,
    demands: Vec<(u8, Lanes)>,
    sessions: Vec<(u8, Lanes)>,
    all_demands: DemandSet,
    all_sessions: SessionSet,
    has_enforced: bool,
    has_blocking: bool,
}

/// LIMIT: blocks that have a table of packed words, 64 KiB each.
const PACKED_BLOCKS_MAX: usize = 4;
/// In a packed word: that an enforced policy applies, and that one blocks. Demands stand from bit
/// 0 on, sessions after them.
const APPLIES: u64 = 1 << 62;
const BLOCKS: u64 = 1 << 63;
/// Bits of a packed word that demands and sessions have.
const PACKED_BITS: usize = 62;

/// What the lanes of a byte come to, by its value, then its place: eight lanes for one load, and
/// no branch that depends on them.
struct Packed(Box<[[u64; LANES / 8]; 256]>);

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
        let counts = [plan.clauses.len(), program.sessions.len(), profiles.len()];
        if !plan.holdings.are_bits() || has_twins || counts.iter().any(|count| *count > BITS_MAX) {
            return None;
        }
        let is_own = program.effects.is_some();
        let mut rows = if is_own { Vec::new() } else { clauses(plan) };
        let numbered = program.policies.iter().zip(&plan.policy_clauses);
        let policies = numbered.map(|(policy, clauses)| OfPolicy {
            demands: if is_own {
                own_demand(policy, &mut rows)
            } else {
                bits(clauses)
            },
            sessions: policy.session.map_or(0, bit),
            is_block: policy.is_block && !is_own,
            is_enforced: policy.state == State::Enabled,
        });
        let policies: Vec<OfPolicy> = policies.collect();
        if rows.len() > BITS_MAX {
            return None;
        }
        let place = |profile: &u32| {
            let place = plan.profile_order.iter().position(|at| at == profile);
            place.and_then(|place| u32::try_from(place).ok())
        };
        let ordered = |row: &Vec<u32>| set(row.iter().filter_map(place));
        let lanes = program.masks.as_ref().map_or(&[][..], |masks| &masks.lanes);
        let of_block = |lanes: &[u32]| OfBlock::new(lanes, &policies);
        let blocks: Vec<OfBlock> = lanes.chunks(LANES).map(of_block).collect();
        let are_packed =
            blocks.len() <= PACKED_BLOCKS_MAX && rows.len() + program.sessions.len() <= PACKED_BITS;
        let packed_demands = u32::try_from(rows.len()).unwrap_or(0);
        let packed = lanes
            .chunks(LANES)
            .filter(|_| are_packed)
            .map(|lanes| Packed::new(lanes, &policies, packed_demands));
        let packed = packed.collect();
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
            blocks,
            packed,
            packed_demands,
            rows,
            policies,
            session_profiles: plan.session_profiles.iter().map(ordered).collect(),
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

    /// Add what the applying lanes of a block demand.
    #[inline]
    pub(crate) fn add(&self, block: usize, lanes: Lanes, owed: &mut Owed) {
        if let Some(packed) = self.packed.get(block) {
            let word = packed.of(lanes);
            owed.applies |= word & APPLIES != 0;
            owed.blocks |= word & BLOCKS != 0;
            let word = word & (APPLIES - 1);
            owed.demands |= word & self.all;
            owed.sessions |= word >> self.packed_demands;
        } else if let Some(row) = self.blocks.get(block) {
            row.add(&lanes, owed);
        }
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

    /// The security profiles of sessions, as places in `Plan::profile_order`.
    pub(crate) fn profiles(&self, sessions: SessionSet) -> u64 {
        let numbered = (0..).zip(&self.session_profiles);
        let of = numbered.filter(|(number, _)| sessions & bit(*number) != 0);
        of.fold(0, |all, (_, profiles)| all | profiles)
    }

    /// Those of the missing clauses that contain no other one that is missing.
    pub(crate) fn shortest(&self, missing: DemandSet) -> DemandSet {
        let numbered = (0..).zip(&self.rows);
        let shortest = numbered
            .filter(|(number, row)| missing & bit(*number) != 0 && row.contained & missing == 0);
        set(shortest.map(|(number, _)| number))
    }

    fn rows_of(&self, demands: DemandSet) -> impl Iterator<Item = &DemandRow> {
        let numbered = (0..).zip(&self.rows);
        let of = numbered.filter(move |(number, _)| demands & bit(*number) != 0);
        of.map(|(_, row)| row)
    }
}

impl OfBlock {
    fn new(lanes: &[u32], policies: &[OfPolicy]) -> OfBlock {
        let rows = (0..LANES).zip(lanes);
        let rows = rows.filter_map(|(lane, number)| Some((lane, policies.get(*number as usize)?)));
        let enforced = || rows.clone().filter(|(_, row)| row.is_enforced);
        let lanes_of = |is_meant: &dyn Fn(&OfPolicy) -> bool| {
            let mut found = Lanes::default();
            for (lane, _) in enforced().filter(|(_, row)| is_meant(row)) {
                if let Some(word) = found.get_mut(lane / 64) {
                    *word |= 1 << (lane % 64);
                }
            }
            found
        };
        let all_demands = enforced().fold(0, |all, (_, row)| all | row.demands);
        let all_sessions = enforced().fold(0, |all, (_, row)| all | row.sessions);
        let demands = numbers(all_demands).map(|number| {
            (
                number,
                lanes_of(&|row| row.demands & bit(number.into()) != 0),
            )
        });
        let sessions = numbers(all_sessions).map(|number| {
            (
                number,
                lanes_of(&|row| row.sessions & bit(number.into()) != 0),
            )
        });
        OfBlock {
            enforced: lanes_of(&|_| true),
            blocking: lanes_of(&|row| row.is_block),
            demands: demands.collect(),
            sessions: sessions.collect(),
            all_demands,
            all_sessions,
            has_enforced: enforced().next().is_some(),
            has_blocking: enforced().any(|(_, row)| row.is_block),
        }
    }

    /// Add what the applying lanes demand.
    #[inline]
    fn add(&self, lanes: &Lanes, owed: &mut Owed) {
        owed.applies |= meet(lanes, &self.enforced);
        owed.blocks |= meet(lanes, &self.blocking);
        owed.demands |= found(&self.demands, lanes);
        owed.sessions |= found(&self.sessions, lanes);
    }
}

#[inline]
fn meet(left: &Lanes, right: &Lanes) -> bool {
    let [a, b, c, d] = left;
    let [e, f, g, h] = right;
    (a & e) | (b & f) | (c & g) | (d & h) != 0
}

#[inline]
fn found(rows: &[(u8, Lanes)], lanes: &Lanes) -> u64 {
    let mut found = 0;
    for (number, mask) in rows {
        found |= u64::from(meet(lanes, mask)) << (number & 63);
    }
    found
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
            && (row.has_blocking
                || (row.has_enforced && !owed.applies)
                || row.all_demands & self.open & !owed.demands != 0
                || row.all_sessions & !owed.sessions != 0)
    }

    #[inline]
    fn block(&mut self, block: usize, lanes: Lanes) {
        self.demands.add(block, lanes, &mut self.owed);
    }
}

impl Packed {
    fn new(lanes: &[u32], policies: &[OfPolicy], sessions_from: u32) -> Packed {
        let word = |number: &u32| {
            let row = policies.get(*number as usize).filter(|row| row.is_enforced);
            row.map_or(0, |row| {
                let blocks = if row.is_block { BLOCKS } else { 0 };
                let sessions = row.sessions.checked_shl(sessions_from).unwrap_or(0);
                row.demands | sessions | blocks | APPLIES
            })
        };
        let words: Vec<u64> = lanes.iter().map(word).collect();
        let mut rows = vec![[0; LANES / 8]; 256];
        for value in 1..rows.len() {
            // A value is one lane more than the value without it.
            let without = rows.get(value & (value - 1)).copied().unwrap_or_default();
            let lane = value.trailing_zeros() as usize;
            let Some(row) = rows.get_mut(value) else {
                continue;
            };
            *row = without;
            for (word, lanes) in row.iter_mut().zip(words.chunks(8)) {
                *word |= lanes.get(lane).copied().unwrap_or(0);
            }
        }
        let rows = rows.into_boxed_slice().try_into();
        Packed(rows.unwrap_or_else(|_| Box::new([[0; LANES / 8]; 256])))
    }

    #[inline]
    #[expect(
        clippy::indexing_slicing,
        reason = "a byte is below 256, and 32 bytes are as many as places"
    )]
    fn of(&self, lanes: Lanes) -> u64 {
        let mut found = 0;
        for (high, word) in lanes.into_iter().enumerate() {
            for (low, byte) in word.to_le_bytes().into_iter().enumerate() {
                found |= self.0[usize::from(byte)][8 * high + low];
            }
        }
        found
    }
}

impl std::fmt::Debug for Packed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packed")
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
fn numbers(set: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |number| set >> number & 1 != 0)
}
