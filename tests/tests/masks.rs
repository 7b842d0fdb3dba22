//! Masks = bytecode, for every policy on both rails, on random policy sets, sets of narrow policies,
//! schemas of one's own and the corpus.
//!
//! What a sign-in shows is drawn as *outcomes* of the matchers, any that they can find together;
//! classes follow from them. The evaluator of masks here is the definition, word by word, and knows
//! nothing of how the runtime goes about it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use gatewright_bytecode::masks::{LANES, Lanes, Masks, NO_CELL};
use gatewright_bytecode::{Instruction, Matcher, Program, Variable, read, verify, write};
use gatewright_codegen::MaskUse;
use gatewright_compiler::compile;
use gatewright_hir::model::PolicySet;
use gatewright_tests::corpus::tenants;
use gatewright_tests::engines;
use gatewright_tests::generate::policies::{Base, narrow_set};
use gatewright_tests::generate::{Random, own_set, payments_schema, policy_set};
use gatewright_value::vocabulary::State;

/// Classes of Boolean variables.
const TRUE: u32 = 1;
const UNKNOWN: u32 = 2;

/// What the matchers found.
struct Found {
    /// Matchers with their outcomes.
    outcomes: Vec<(usize, u32)>,
    /// One class per variable.
    classes: Vec<u32>,
}

/// Anything that matchers can find together.
fn found(program: &Program, random: &mut Random) -> Found {
    let mut found = Found {
        outcomes: Vec::new(),
        classes: vec![0; program.variables.len()],
    };
    // Sometimes little is known, sometimes all.
    let unknown = *random.pick(&[0, 0, 10, 60]);
    for (number, matcher) in program.matchers.iter().enumerate() {
        let is_unknown = random.chance(unknown);
        found.draw(program, number, matcher, is_unknown, random);
    }
    found
}

impl Found {
    fn draw(
        &mut self,
        program: &Program,
        number: usize,
        matcher: &Matcher,
        is_unknown: bool,
        random: &mut Random,
    ) {
        match matcher {
            Matcher::Boolean { variable, .. }
            | Matcher::Text { variable, .. }
            | Matcher::Ordered { variable, .. } => {
                let row: &Variable = &program.variables[*variable as usize];
                let class = if is_unknown {
                    row.unknown_class()
                } else {
                    below(random, row.unknown_class() as usize)
                };
                self.outcomes.push((number, class));
                self.classes[*variable as usize] = class;
            }
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            } => {
                let rows = contains.iter().chain(suffixes).chain(patterns);
                self.draw_rows(number, rows.map(|row| row.1), is_unknown, random);
            }
            Matcher::Predicates { predicates, .. } => {
                let rows = predicates.iter().map(|row| row.1);
                self.draw_rows(number, rows, is_unknown, random);
            }
            Matcher::Elements { elements, .. } => {
                let unknown = u32::try_from(elements.len()).unwrap();
                if is_unknown {
                    self.outcomes.push((number, unknown));
                    for row in elements {
                        self.classes[row.1 as usize] = UNKNOWN;
                    }
                    return;
                }
                let share = *random.pick(&[0, 3, 30, 90]);
                for (row, outcome) in elements.iter().zip(0..) {
                    if random.chance(share) {
                        self.outcomes.push((number, outcome));
                        self.classes[row.1 as usize] = TRUE;
                    }
                }
            }
            Matcher::Targets { .. } => self.draw_targets(number, matcher, is_unknown, random),
        }
    }

    fn draw_rows(
        &mut self,
        number: usize,
        rows: impl Iterator<Item = u32>,
        is_unknown: bool,
        random: &mut Random,
    ) {
        for (variable, first) in rows.zip((0..).step_by(3)) {
            // Of predicates each can be unknown by itself.
            let class = if is_unknown {
                UNKNOWN
            } else {
                below(random, 2)
            };
            self.outcomes.push((number, first + class));
            self.classes[variable as usize] = class;
        }
    }

    fn draw_targets(
        &mut self,
        number: usize,
        matcher: &Matcher,
        is_unknown: bool,
        random: &mut Random,
    ) {
        let Matcher::Targets {
            variables,
            elements,
            others,
            uncertain,
            ..
        } = matcher
        else {
            panic!("no targets");
        };
        let mut class_of = |set: &u32, class: u32| {
            let class_now = &mut self.classes[variables[*set as usize] as usize];
            if class == TRUE || *class_now == 0 {
                *class_now = class;
            }
        };
        if is_unknown {
            for set in (0..).take(variables.len()) {
                class_of(&set, UNKNOWN);
            }
            let last = u32::try_from(elements.len() + 1).unwrap();
            self.outcomes.push((number, last));
            return;
        }
        for _ in 0..*random.pick(&[0, 1, 1, 2, 5]) {
            let outcome = random.below(elements.len() + 1);
            let sets = elements.get(outcome).map_or(others, |row| &row.1);
            for set in sets {
                class_of(set, TRUE);
            }
            for set in uncertain {
                class_of(set, UNKNOWN);
            }
            self.outcomes
                .push((number, u32::try_from(outcome).unwrap()));
        }
    }
}

fn below(random: &mut Random, bound: usize) -> u32 {
    u32::try_from(random.below(bound.max(1))).unwrap()
}

/// Whether the code at this entry accepts these classes.
fn run(program: &Program, entry: u32, classes: &[u32]) -> bool {
    let mut at = entry;
    loop {
        let class = |variable: u32| classes[variable as usize];
        at = match Instruction::decode(&program.code, at).unwrap() {
            Instruction::Reject => return false,
            Instruction::Accept => return true,
            Instruction::Range {
                variable,
                first,
                last,
                yes,
                no,
            } => {
                if (first..=last).contains(&class(variable)) {
                    yes
                } else {
                    no
                }
            }
            Instruction::Switch { variable, rows } => {
                let rows = rows.iter().rev();
                rows.into_iter()
                    .find(|row| row[0] <= class(variable))
                    .unwrap()[1]
            }
            Instruction::Table { variable, targets } => targets[class(variable) as usize],
        };
    }
}

/// What every outcome that was found brings: by block, then slot.
fn brought(masks: &Masks, found: &Found, is_possible: bool) -> Vec<Vec<Lanes>> {
    let mut brought = vec![vec![Lanes::default(); masks.slots.len()]; masks.blocks.len()];
    for (matcher, outcome) in &found.outcomes {
        let rows = &masks.matchers[*matcher];
        let cells = if is_possible && !rows.possible.is_empty() {
            &rows.possible
        } else {
            &rows.certain
        };
        let cell = cells[*outcome as usize];
        if cell == NO_CELL {
            continue;
        }
        for segment in masks.segments_of(cell as usize) {
            let slot = usize::from(segment.slot);
            let number = u32::try_from(*matcher).unwrap();
            assert!(masks.slots[slot].matchers.contains(&number));
            let bits = &mut brought[usize::from(segment.block)][slot];
            for (word, more) in bits.iter_mut().zip(segment.bits) {
                *word |= more;
            }
        }
    }
    brought
}

/// Whether the masks permit each lane, and how many blocks were opened.
fn permitted(masks: &Masks, found: &Found, is_possible: bool) -> (Vec<bool>, usize) {
    let brought = brought(masks, found, is_possible);
    let mut opened = 0;
    let mut permitted = Vec::with_capacity(masks.lanes.len());
    for lane in 0..masks.lanes.len() {
        let (block, bit) = (lane / LANES, lane % LANES);
        let of = |bits: &Lanes| bits[bit / 64] >> (bit % 64) & 1 == 1;
        let holds = masks.slots.iter().enumerate().all(|(number, slot)| {
            let brings = of(&brought[block][number]);
            if slot.forbids {
                !brings
            } else {
                brings || of(&masks.blocks[block].base[number])
            }
        });
        let opener = masks.blocks[block].opener;
        let is_open = opener.is_none_or(|slot| brought[block][slot as usize] != Lanes::default());
        assert!(
            is_open || !holds,
            "block {block} has something and was not opened"
        );
        opened += usize::from(bit == 0 && is_open);
        permitted.push(holds);
    }
    (permitted, opened)
}

/// What is counted while comparing.
#[derive(Default)]
struct Counts {
    lanes: usize,
    residual: usize,
    applied: usize,
    overshot: usize,
    sign_ins: usize,
    blocks: usize,
    opened: usize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts {
            lanes,
            residual,
            applied,
            overshot,
            sign_ins,
            blocks,
            opened,
        } = self;
        write!(
            f,
            "{residual} of {lanes} lanes residual; {sign_ins} sign-ins, {applied} policies applied, \
             {overshot} permitted that did not; {opened} of {blocks} blocks opened"
        )
    }
}

/// Compare masks and code on this many sign-ins.
fn compare(program: &Program, sign_ins: usize, random: &mut Random, counts: &mut Counts) {
    let masks = program.masks.as_ref().expect("masks");
    let mut is_residual = vec![false; masks.lanes.len()];
    for lane in &masks.residual {
        is_residual[*lane as usize] = true;
    }
    counts.lanes += masks.lanes.len();
    counts.residual += masks.residual.len();
    for _ in 0..sign_ins {
        let found = found(program, random);
        for is_possible in [false, true] {
            let (permitted, opened) = permitted(masks, &found, is_possible);
            counts.sign_ins += 1;
            counts.opened += opened;
            counts.blocks += masks.blocks.len();
            for (lane, permitted) in permitted.into_iter().enumerate() {
                let policy = &program.policies[masks.lanes[lane] as usize];
                let entry = if is_possible {
                    policy.possible
                } else {
                    policy.certain
                };
                let applies = run(program, entry, &found.classes);
                let is_same = if is_residual[lane] {
                    permitted >= applies
                } else {
                    permitted == applies
                };
                assert!(
                    is_same,
                    "{}: masks {permitted}, code {applies}, possible {is_possible}",
                    policy.display_name
                );
                counts.applied += usize::from(applies);
                counts.overshot += usize::from(permitted && !applies);
            }
        }
    }
}

/// The program of a set, with masks whether or not they pay, saved and read again.
fn program(set: &PolicySet) -> Program {
    let program = engines::program(set, MaskUse::Always);
    let bytes = write(&program, &[]).unwrap();
    let (read, _) = read(&bytes).unwrap().program.into_parts();
    assert!(read == program, "saving changes the program");
    read
}

fn has_lanes(set: &PolicySet) -> bool {
    set.policies.iter().any(|p| p.state != State::Disabled)
}

#[test]
fn masks_of_mixed_policies_say_what_the_code_says() {
    let base = Base::entra();
    let mut counts = Counts::default();
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        let size = [1, 2, 3, 5, 8, 21, 60, 240][usize::try_from(seed).unwrap() % 8];
        let set = policy_set(&mut random, &base, size);
        if has_lanes(&set) {
            compare(&program(&set), 40, &mut random, &mut counts);
        }
    }
    println!("mixed: {counts}");
    assert!(counts.applied > 1000, "{counts}");
    // Most conditions are conjunctions of clauses.
    assert!(counts.residual * 4 < counts.lanes, "{counts}");
}

#[test]
fn masks_of_several_blocks_say_what_the_code_says() {
    let base = Base::entra();
    for size in [400, 700, 1500] {
        let mut random = Random::new(size as u64);
        for (shape, set) in [
            ("mixed", policy_set(&mut random, &base, size)),
            ("narrow", narrow_set(&mut random, &base, size)),
        ] {
            let program = program(&set);
            let mut counts = Counts::default();
            compare(&program, 30, &mut random, &mut counts);
            println!("{shape} {size}: {counts}");
            assert!(program.masks.unwrap().blocks.len() > 1);
        }
    }
}

#[test]
fn masks_of_a_schema_of_ones_own_say_what_the_code_says() {
    let schema = payments_schema().unwrap();
    let mut counts = Counts::default();
    for seed in 1..=60 {
        let mut random = Random::new(seed);
        let size = [1, 2, 5, 13, 40, 300][usize::try_from(seed).unwrap() % 6];
        let set = own_set(&mut random, &schema, size);
        if has_lanes(&set) {
            compare(&program(&set), 20, &mut random, &mut counts);
        }
    }
    println!("own: {counts}");
    assert!(counts.applied > 1000, "{counts}");
}

#[test]
fn masks_of_the_corpus_say_what_the_code_says() {
    let mut random = Random::new(1);
    let mut counts = Counts::default();
    for tenant in tenants() {
        let set = compile(&tenant.input).set;
        if has_lanes(&set) {
            compare(&program(&set), 200, &mut random, &mut counts);
        }
    }
    println!("corpus: {counts}");
    assert!(counts.lanes > 100, "{counts}");
    assert!(counts.residual * 10 < counts.lanes, "{counts}");
}

/// Masks that were changed by chance are refused, or are masks that can be relied on.
#[test]
fn changed_masks_never_panic() {
    let mut random = Random::new(7);
    let set = narrow_set(&mut random, &Base::entra(), 300);
    let original = program(&set);
    let mut refused = 0;
    for _ in 0..400 {
        let mut changed = original.clone();
        change(changed.masks.as_mut().unwrap(), &mut random);
        if verify(&changed).is_err() {
            refused += 1;
            continue;
        }
        let masks = changed.masks.as_ref().unwrap();
        for is_possible in [false, true] {
            let found = found(&changed, &mut random);
            let _ = permitted(masks, &found, is_possible);
        }
    }
    println!("{refused} of 400 refused");
    assert!(refused > 200, "{refused}");
}

/// Change a number somewhere.
fn change(masks: &mut Masks, random: &mut Random) {
    let number = *random.pick(&[0, 1, 2, 63, 64, 300, u32::MAX]);
    let short = u16::try_from(number & 0xFFFF).unwrap();
    let some = |random: &mut Random, len: usize| random.below(len.max(1));
    match random.below(12) {
        0 => {
            let at = some(random, masks.lanes.len());
            masks.lanes[at] = number;
        }
        1 => masks.residual.push(number),
        2 => {
            let at = some(random, masks.slots.len());
            masks.slots[at].forbids ^= true;
        }
        3 => {
            let at = some(random, masks.slots.len());
            masks.slots[at].matchers.pop();
        }
        4 => {
            let at = some(random, masks.blocks.len());
            masks.blocks[at].opener = Some(number);
        }
        5 => {
            let at = some(random, masks.blocks.len());
            let slot = some(random, masks.slots.len());
            masks.blocks[at].base[slot][3] ^= 1 << random.below(64);
        }
        6 => {
            let at = some(random, masks.cells.len());
            masks.cells[at].first = number;
        }
        7 => {
            let at = some(random, masks.segments.len());
            masks.segments[at].block = short;
        }
        8 => {
            let at = some(random, masks.segments.len());
            masks.segments[at].slot = short;
        }
        9 => {
            let at = some(random, masks.segments.len());
            masks.segments[at].bits[3] ^= 1 << random.below(64);
        }
        10 => {
            let at = some(random, masks.matchers.len());
            masks.matchers[at].certain.push(number);
        }
        _ => {
            let at = some(random, masks.matchers.len());
            if let Some(cell) = masks.matchers[at].certain.first_mut() {
                *cell = number;
            }
        }
    }
}
