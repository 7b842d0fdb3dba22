//! No sign-in costs more than what `inspect` prints: instructions of the walk; segments, blocks and
//! residual code of the masks. Random policy sets, random sign-ins, both rails.
//!
//! `GATEWRIGHT_SEED` says where to begin, `GATEWRIGHT_SETS` how many sets to try.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_bytecode::masks::{LANES, Lanes, Masks, NO_CELL};
use gatewright_bytecode::{Entries, MaskWork, Program, Verified, mask_work};
use gatewright_codegen::MaskUse;
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{Engine, Request};
use gatewright_tests::engines;
use gatewright_tests::generate::policies::{Base, narrow_set};
use gatewright_tests::generate::{Random, policy_set, sign_in};
use gatewright_value::vocabulary::State;
use gatewright_vm::{
    Buffers, Fact, Facts, GatherSink, Gathered, Loaded, Rail, Scratch, Sink, Visit, applying,
    encode, outcomes, run_counting,
};

/// Sizes of sets: within a block, and in several.
const SIZES: &[usize] = &[1, 3, 13, 60, 240, 300];

/// Sets of an ordinary run.
const SETS: u64 = 18;

/// Sign-ins per set, each on both rails.
const SIGN_INS: usize = 12;

/// How near to what is foretold anything came, in percent.
#[derive(Debug, Default)]
struct Nearest {
    instructions: u64,
    segments: u64,
    blocks: u64,
    residual: u64,
}

fn near(nearest: &mut u64, done: u64, most: u64) {
    assert!(done <= most, "{done} were done, {most} foretold");
    *nearest = (*nearest).max((done * 100).checked_div(most).unwrap_or(0));
}

/// Counts the segments that outcomes bring on their way, and keeps the outcomes.
struct Counting<'a> {
    masks: &'a Masks,
    rail: Rail,
    gather: GatherSink<'a>,
    segments: u64,
    /// By block, then slot: what was brought.
    brought: Vec<Vec<Lanes>>,
}

impl Sink for Counting<'_> {
    fn found(&mut self, matcher: u32, outcome: u32) {
        self.gather.found(matcher, outcome);
        let rows = &self.masks.matchers[matcher as usize];
        let is_other = self.rail == Rail::Possible && !rows.possible.is_empty();
        let cells = if is_other {
            &rows.possible
        } else {
            &rows.certain
        };
        let cell = cells[outcome as usize];
        if cell == NO_CELL {
            return;
        }
        for segment in self.masks.segments_of(cell as usize) {
            self.segments += 1;
            let bits = &mut self.brought[usize::from(segment.block)][usize::from(segment.slot)];
            for (word, more) in bits.iter_mut().zip(segment.bits) {
                *word |= more;
            }
        }
    }
}

/// Counts the blocks that are looked at.
#[derive(Default)]
struct Looked(u64);

impl Visit for Looked {
    fn wants(&mut self, _block: usize) -> bool {
        self.0 += 1;
        true
    }

    fn block(&mut self, _block: usize, _lanes: Lanes) {}
}

struct Subject {
    engine: Engine,
    loaded: Loaded,
    buffers: Buffers,
    scratch: Scratch,
    gathered: Gathered,
}

impl Subject {
    fn new(set: &PolicySet) -> Subject {
        let program = engines::program(set, MaskUse::Always);
        Subject {
            loaded: Loaded::new(Verified::new(program.clone()).unwrap()).unwrap(),
            engine: Engine::from_program(program).unwrap(),
            buffers: Buffers::default(),
            scratch: Scratch::default(),
            gathered: Gathered::default(),
        }
    }

    fn facts(&self, request: &str) -> Facts<'static> {
        let request = Request::from_json(&self.engine, request.as_bytes()).unwrap();
        let mut facts = Facts::unknown(&self.loaded);
        for attribute in 0..u32::try_from(self.loaded.program().attributes.len()).unwrap() {
            let fact = request.facts().at(attribute).clone().into_owned();
            let handle = self.loaded.attribute_at(attribute).unwrap();
            facts.set(&self.loaded, handle, fact).unwrap();
        }
        facts
    }

    /// The code of every policy, and both entries of what compliance depends on.
    fn walk(&mut self, facts: &Facts<'_>, rail: Rail, nearest: &mut Nearest) {
        let classes = encode(&self.loaded, facts, &mut self.scratch);
        let program = self.loaded.program();
        let costs = self.loaded.costs();
        let mut sum = 0;
        for (policy, most) in program.policies.iter().zip(&costs.policies) {
            let steps = run_counting(
                &program.code,
                of_rail(rail, policy.certain, policy.possible),
                classes,
            )
            .1;
            assert!(steps <= *most);
            let is_run = policy.state != State::Disabled;
            sum += if is_run { u64::from(steps) } else { 0 };
        }
        for policy in program.compliance_policies() {
            for Entries { certain, possible } in [policy.assigned, policy.met] {
                let steps =
                    [certain, possible].map(|at| run_counting(&program.code, at, classes).1);
                sum += steps.map(u64::from).iter().sum::<u64>();
            }
        }
        near(&mut nearest.instructions, sum, costs.instructions_max);
    }

    fn masks(&mut self, facts: &Facts<'_>, rail: Rail, work: &MaskWork, nearest: &mut Nearest) {
        let classes = encode(&self.loaded, facts, &mut self.scratch);
        let program = self.loaded.program();
        let masks = program.masks.as_ref().unwrap();
        self.gathered.start(&self.loaded, rail);
        let mut sink = Counting {
            masks,
            rail,
            gather: self.gathered.sink(&self.loaded),
            segments: 0,
            brought: vec![vec![Lanes::default(); masks.slots.len()]; masks.blocks.len()],
        };
        outcomes(&self.loaded, facts, &mut self.buffers, &mut sink);
        let Counting {
            segments, brought, ..
        } = sink;
        let by_element = work.segments_by_element * elements(program, facts);
        near(&mut nearest.segments, segments, work.segments + by_element);
        let residual = masks.residual.iter();
        let residual = residual.filter(|lane| is_permitted(masks, &brought, **lane as usize));
        let steps = residual.map(|lane| {
            let policy = &program.policies[masks.lanes[*lane as usize] as usize];
            let entry = of_rail(rail, policy.certain, policy.possible);
            u64::from(run_counting(&program.code, entry, classes).1)
        });
        near(
            &mut nearest.residual,
            steps.sum(),
            work.residual_instructions,
        );
        let mut looked = Looked::default();
        applying(&self.loaded, &mut self.gathered, &[], &mut looked).unwrap();
        near(&mut nearest.blocks, looked.0, work.blocks);
    }
}

fn of_rail(rail: Rail, certain: u32, possible: u32) -> u32 {
    match rail {
        Rail::Certain => certain,
        Rail::Possible => possible,
    }
}

/// The elements of all sets; one that is not known or null counts as one.
fn elements(program: &Program, facts: &Facts<'_>) -> u64 {
    let count = |attribute: u32| match facts.at(attribute) {
        Fact::Set(elements) => elements.len(),
        Fact::Guids(elements) => elements.len(),
        Fact::Records(elements) => elements.len(),
        _ => 1,
    };
    let is_set = |attribute: &u32| {
        let kind = &program.attributes[*attribute as usize].kind;
        matches!(kind, gatewright_value::Kind::Set(_))
    };
    let attributes = 0..u32::try_from(program.attributes.len()).unwrap();
    attributes.filter(is_set).map(count).sum::<usize>() as u64
}

/// Whether the masks permit a lane, as they are defined.
fn is_permitted(masks: &Masks, brought: &[Vec<Lanes>], lane: usize) -> bool {
    let (block, bit) = (lane / LANES, lane % LANES);
    let has = |bits: &Lanes| bits[bit / 64] >> (bit % 64) & 1 == 1;
    masks.slots.iter().enumerate().all(|(slot, row)| {
        let brings = has(&brought[block][slot]);
        if row.forbids {
            !brings
        } else {
            brings || has(&masks.blocks[block].base[slot])
        }
    })
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn no_sign_in_costs_more_than_is_foretold() {
    let base = Base::entra();
    let mut nearest = Nearest::default();
    let first = number("GATEWRIGHT_SEED", 0);
    for seed in first..first + number("GATEWRIGHT_SETS", SETS) {
        let mut random = Random::new(seed);
        let size = SIZES[usize::try_from(seed).unwrap() % SIZES.len()];
        let set = match seed % 3 {
            2 => narrow_set(&mut random, &base, size),
            _ => policy_set(&mut random, &base, size),
        };
        let mut subject = Subject::new(&set);
        let work = mask_work(subject.loaded.program(), subject.loaded.costs());
        let work = work.filter(|_| subject.loaded.has_masks());
        for _ in 0..SIGN_INS {
            let request = sign_in(&mut random, &set.schema);
            let facts = subject.facts(&request.to_string());
            for rail in [Rail::Certain, Rail::Possible] {
                subject.walk(&facts, rail, &mut nearest);
                if let Some(work) = &work {
                    subject.masks(&facts, rail, work, &mut nearest);
                }
            }
        }
    }
    // What is foretold says something: it is not far from what was seen.
    assert!(nearest.instructions > 20, "{nearest:?}");
    assert!(
        nearest.segments > 20 && nearest.blocks == 100,
        "{nearest:?}"
    );
    assert!(nearest.residual > 0, "{nearest:?}");
}
