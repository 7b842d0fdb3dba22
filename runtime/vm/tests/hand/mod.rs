//! Masks made by hand: random ones, that no compiler has seen.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use gatewright_bytecode::masks::{
    Block, Cell, LANES, Lanes, Masks, MatcherCells, NO_CELL, Segment, Slot,
};
use gatewright_bytecode::{Matcher, Program, Verified};
use gatewright_value::vocabulary::{Reason, State};
use gatewright_vm::{ClassVector, Gathered, Loaded, Rail, Sink, run};

use crate::sample::Sample;

/// An outcome of a matcher.
pub type Found = (u32, u32);

/// Numbers that look random.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % count
    }

    pub fn is_once_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn word(&mut self, density: u32) -> u64 {
        let more = (1..density).fold(self.next(), |word, _| word | self.next());
        if density == 0 {
            more & self.next() & self.next()
        } else {
            more
        }
    }
}

/// What random masks look like.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub lanes: usize,
    pub slots: usize,
    /// Blocks from this one on have an opener.
    pub narrow_from: usize,
    /// Of so many lanes, one is residual; none where 0.
    pub residual: usize,
    /// Elements of each of the five sets.
    pub elements: usize,
    /// Whether each slot is of one of the [`COLUMNS`] alone.
    pub is_closed: bool,
}

/// Matchers whose attributes belong together.
pub const COLUMNS: [&[u32]; 8] = [&[0, 1], &[2], &[3], &[4], &[5], &[6, 10], &[7, 8], &[9, 11]];

/// A program with random masks.
pub struct Subject {
    pub loaded: Loaded,
    pub shape: Shape,
}

const TEXTS: [&str; 6] = [
    "user.department",
    "user.displayName",
    "device.displayName",
    "device.model",
    "app.context",
    "app.action",
];
const SETS: [&str; 5] = [
    "user.groups",
    "user.roles",
    "app.ids",
    "location.names",
    "session.methods",
];

fn valid(lanes: usize, block: usize) -> Lanes {
    let mut valid = Lanes::default();
    for lane in 0..lanes.saturating_sub(block * LANES).min(LANES) {
        valid[lane / 64] |= 1 << (lane % 64);
    }
    valid
}

fn program(random: &mut Random, shape: Shape) -> Program {
    let mut sample = Sample::entra();
    let mut variables = Vec::new();
    for name in TEXTS {
        variables.push(sample.text(name, &["a", "b", "c", "d", "e", "f"]));
    }
    variables.push(sample.boolean("device.isCompliant"));
    let elements: Vec<String> = (0..shape.elements).map(|at| format!("e{at:04}")).collect();
    let elements: Vec<&str> = elements.iter().map(String::as_str).collect();
    for name in SETS {
        variables.extend(sample.elements(name, &elements));
    }
    for number in 0..shape.lanes + shape.lanes / 10 + 1 {
        let state = match number % 12 {
            1 => State::Disabled,
            2 | 3 => State::ReportOnly,
            _ => State::Enabled,
        };
        let variable = variables[random.below(variables.len())];
        let test = sample.test(Reason::Users, variable, u32::from(random.is_once_in(2)));
        sample.policy(&format!("p{number}"), state, &[test]);
    }
    sample.finish()
}

/// Random masks for a program, over as many lanes as there are policies that are not disabled.
fn masks(random: &mut Random, program: &Program, shape: Shape) -> Masks {
    let of_state = |state: State| {
        let rows = (0u32..).zip(&program.policies);
        rows.filter(move |(_, policy)| policy.state == state)
            .map(|(number, _)| number)
    };
    // Not in the order of the policies, where that is allowed.
    let mut lanes: Vec<u32> = of_state(State::Enabled).collect();
    lanes.reverse();
    lanes.extend(of_state(State::ReportOnly));
    if lanes.len() <= LANES {
        lanes.sort_unstable();
    }
    let count = lanes.len();
    let block_count = count.div_ceil(LANES);
    let matcher_count = program.matchers.len();
    let slots: Vec<Slot> = (0..shape.slots)
        .map(|number| {
            let of = 1 + random.below(3);
            // The first slot is that of the sets of users: it opens.
            let mut matchers: Vec<u32> = if number == 0 {
                vec![7, 8]
            } else if shape.is_closed {
                COLUMNS[number % COLUMNS.len()].to_vec()
            } else {
                (0..of)
                    .map(|_| random.below(matcher_count) as u32)
                    .collect()
            };
            matchers.sort_unstable();
            matchers.dedup();
            Slot {
                forbids: number % 4 == 3,
                matchers,
            }
        })
        .collect();
    let blocks = (0..block_count).map(|block| {
        let is_narrow = block >= shape.narrow_from;
        let valid = valid(count, block);
        let base = slots.iter().enumerate().map(|(number, slot)| {
            let density = 2 + random.below(3) as u32;
            let bits = valid.map(|word| word & random.word(density));
            match () {
                () if slot.forbids || (is_narrow && number == 0) => Lanes::default(),
                () if random.is_once_in(3) => valid,
                () => bits,
            }
        });
        Block {
            base: base.collect(),
            opener: is_narrow.then_some(0),
        }
    });
    let mut masks = Masks {
        lanes,
        blocks: blocks.collect(),
        ..Masks::default()
    };
    if shape.residual > 0 {
        masks.residual = (0..count as u32)
            .filter(|_| random.is_once_in(shape.residual))
            .collect();
    }
    for (number, matcher) in (0u32..).zip(&program.matchers) {
        let outcomes = matcher.outcome_count(|variable| program.class_count(variable));
        let reached: Vec<u16> = (0u16..)
            .zip(&slots)
            .filter(|(_, slot)| slot.matchers.contains(&number))
            .map(|(slot, _)| slot)
            .collect();
        let mut row = |random: &mut Random| -> Vec<u32> {
            let cell = |_| cell(random, &mut masks, &reached, &slots, count, shape);
            (0..outcomes).map(cell).collect()
        };
        let certain = row(random);
        let possible = if random.is_once_in(2) {
            row(random)
        } else {
            Vec::new()
        };
        masks.matchers.push(MatcherCells { certain, possible });
    }
    masks.slots = slots;
    masks
}

fn cell(
    random: &mut Random,
    masks: &mut Masks,
    reached: &[u16],
    slots: &[Slot],
    lanes: usize,
    shape: Shape,
) -> u32 {
    let first = masks.segments.len();
    let block_count = masks.blocks.len();
    let is_broad = random.is_once_in(4);
    for block in 0..block_count {
        for slot in reached {
            let is_narrow = block >= shape.narrow_from && *slot == 0;
            let is_left_out = if is_narrow || !is_broad {
                block_count > 1 && !random.is_once_in(block_count)
            } else {
                random.is_once_in(20)
            };
            let forbids = slots[usize::from(*slot)].forbids;
            let density = if forbids { 0 } else { 2 };
            let bits = valid(lanes, block).map(|word| word & random.word(density));
            if !is_left_out && bits != Lanes::default() {
                masks.segments.push(Segment {
                    block: block as u16,
                    slot: *slot,
                    bits,
                });
            }
        }
    }
    if masks.segments.len() == first {
        return NO_CELL;
    }
    masks.cells.push(Cell {
        first: first as u32,
    });
    masks.cells.len() as u32 - 1
}

impl Subject {
    pub fn new(random: &mut Random, shape: Shape) -> Subject {
        let mut program = program(random, shape);
        program.masks = Some(masks(random, &program, shape));
        let loaded = Loaded::new(Verified::new(program).unwrap()).unwrap();
        assert!(loaded.has_masks());
        Subject { loaded, shape }
    }

    pub fn masks(&self) -> &Masks {
        self.loaded.program().masks.as_ref().unwrap()
    }

    /// What the matchers of an attribute find of some value.
    pub fn outcomes(&self, random: &mut Random, attribute: u32) -> Vec<Found> {
        let program = self.loaded.program();
        let mut found = Vec::new();
        for (number, matcher) in (0u32..).zip(&program.matchers) {
            if matcher.attribute() != attribute {
                continue;
            }
            let count = matcher.outcome_count(|variable| program.class_count(variable));
            match matcher {
                Matcher::Elements { .. } => {
                    if random.is_once_in(8) {
                        found.push((number, count as u32 - 1));
                    } else {
                        let elements = 0..random.below(12);
                        let element = |_| (number, random.below(count - 1) as u32);
                        found.extend(elements.map(element));
                    }
                }
                _ => found.push((number, random.below(count) as u32)),
            }
        }
        found
    }

    pub fn attributes(&self) -> Vec<u32> {
        let matchers = &self.loaded.program().matchers;
        matchers.iter().map(Matcher::attribute).collect()
    }

    /// What the matchers of all attributes find of some request, by attribute.
    pub fn request(&self, random: &mut Random) -> Vec<(u32, Vec<Found>)> {
        let attributes = self.attributes().into_iter();
        attributes
            .map(|attribute| (attribute, self.outcomes(random, attribute)))
            .collect()
    }

    pub fn gather(&self, gathered: &mut Gathered, found: &[Found]) {
        let mut sink = gathered.sink(&self.loaded);
        for (matcher, outcome) in found {
            sink.found(*matcher, *outcome);
        }
    }

    /// The lanes of each block that apply, in so many words.
    pub fn expected(&self, rail: Rail, found: &[Found]) -> Vec<Lanes> {
        let masks = self.masks();
        let program = self.loaded.program();
        let mut classes = Vec::new();
        let mut vector = ClassVector::new(&self.loaded, &mut classes);
        for (matcher, outcome) in found {
            vector.found(*matcher, *outcome);
        }
        let mut result = Vec::new();
        for (number, block) in masks.blocks.iter().enumerate() {
            let mut lanes = valid(masks.lanes.len(), number);
            for (slot, (row, base)) in masks.slots.iter().zip(&block.base).enumerate() {
                let mut bits = *base;
                for (matcher, outcome) in found {
                    let cells = &masks.matchers[*matcher as usize];
                    let is_possible = rail == Rail::Possible && !cells.possible.is_empty();
                    let cells = if is_possible {
                        &cells.possible
                    } else {
                        &cells.certain
                    };
                    let cell = cells[*outcome as usize];
                    let segments = if cell == NO_CELL {
                        &[]
                    } else {
                        masks.segments_of(cell as usize)
                    };
                    for segment in segments {
                        if (usize::from(segment.block), usize::from(segment.slot)) == (number, slot)
                        {
                            bits = [0, 1, 2, 3].map(|word| bits[word] | segment.bits[word]);
                        }
                    }
                }
                let permitted = if row.forbids {
                    bits.map(|word| !word)
                } else {
                    bits
                };
                lanes = [0, 1, 2, 3].map(|word| lanes[word] & permitted[word]);
            }
            for lane in &masks.residual {
                let lane = *lane as usize;
                if lane / LANES == number {
                    let policy = &program.policies[masks.lanes[lane] as usize];
                    let entry = match rail {
                        Rail::Certain => policy.certain,
                        Rail::Possible => policy.possible,
                    };
                    if !run(&program.code, entry, &classes) {
                        lanes[lane % LANES / 64] &= !(1 << (lane % 64));
                    }
                }
            }
            result.push(lanes);
        }
        result
    }
}
