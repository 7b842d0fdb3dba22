//! Masks = bytecode, on random policy sets and random sign-ins: whole, in parts, and in batches.
//!
//! `GATEWRIGHT_SEED` says where to begin, `GATEWRIGHT_SETS` how many sets to compare.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use allocation_counter::measure;
use gatewright_bytecode::masks::{LANES, Lanes};
use gatewright_bytecode::{Program, Verified};
use gatewright_codegen::MaskUse;
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{Engine, Request};
use gatewright_tests::engines;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{
    Random, own_request, own_set, payments_schema, policy_set, sign_in,
};
use gatewright_value::vocabulary::State;
use gatewright_vm::{
    Batch, Buffers, Column, Dictionary, Encoder, Facts, Gathered, Listing, Loaded, Part, Rail,
    Scratch, encode, outcomes, run,
};

/// Sizes of sets: within a block, and in two.
const SIZES: &[usize] = &[1, 2, 5, 13, 40, 80, 240, 330];

/// Sets of an ordinary run.
const SETS: u64 = 24;

/// Sign-ins per set, each on both rails.
const SIGN_INS: usize = 12;

const RAILS: [Rail; 2] = [Rail::Certain, Rail::Possible];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A program with masks, loaded, and an engine that reads requests to it.
struct Subject {
    engine: Engine,
    loaded: Loaded,
    buffers: Buffers,
    scratch: Scratch,
    gathered: Gathered,
    listing: Listing,
}

impl Subject {
    /// `None` where the set has no masks.
    fn new(set: &PolicySet) -> Option<Subject> {
        let program = engines::program(set, MaskUse::Always);
        let loaded = Loaded::new(Verified::new(program.clone()).unwrap()).unwrap();
        loaded.has_masks().then(|| Subject {
            engine: Engine::from_program(program).unwrap(),
            loaded,
            buffers: Buffers::default(),
            scratch: Scratch::default(),
            gathered: Gathered::default(),
            listing: Listing::default(),
        })
    }

    fn program(&self) -> &Program {
        self.loaded.program()
    }

    /// What a request says, as facts of this program.
    fn facts(&self, request: &serde_json::Value) -> Facts<'static> {
        let bytes = request.to_string();
        let request = Request::from_json(&self.engine, bytes.as_bytes()).unwrap();
        let mut facts = Facts::unknown(&self.loaded);
        for attribute in 0..u32::try_from(self.program().attributes.len()).unwrap() {
            let fact = request.facts().at(attribute).clone().into_owned();
            let handle = self.loaded.attribute_at(attribute).unwrap();
            facts.set(&self.loaded, handle, fact).unwrap();
        }
        facts
    }

    /// The policies that apply, by walking the bytecode.
    fn walk(&mut self, facts: &Facts<'_>, rail: Rail) -> Vec<u32> {
        let classes = encode(&self.loaded, facts, &mut self.scratch);
        let program = self.loaded.program();
        let policies = (0..).zip(&program.policies);
        let evaluated = policies.filter(|(_, policy)| policy.state != State::Disabled);
        let applying = evaluated.filter(|(_, policy)| match rail {
            Rail::Certain => run(&program.code, policy.certain, classes),
            Rail::Possible => run(&program.code, policy.possible, classes),
        });
        applying.map(|(number, _)| number).collect()
    }

    fn gather(&mut self, facts: &Facts<'_>, rail: Rail) {
        self.gathered.start(&self.loaded, rail);
        let mut sink = self.gathered.sink(&self.loaded);
        outcomes(&self.loaded, facts, &mut self.buffers, &mut sink);
    }

    fn list(&mut self, parts: &[&Part]) -> Vec<u32> {
        let mut policies = Vec::new();
        self.listing
            .list(&self.loaded, &mut self.gathered, parts, &mut policies)
            .unwrap();
        policies
    }

    fn part(&mut self, facts: &Facts<'_>, rail: Rail, attributes: &[u32]) -> Part {
        self.gathered.start(&self.loaded, rail);
        let mut sink = self.gathered.sink(&self.loaded);
        let mut encoder = Encoder::new(&self.loaded, &mut self.buffers, &mut sink);
        for attribute in attributes {
            encoder.fact(*attribute, facts.at(*attribute));
        }
        Part::new(&self.loaded, &mut self.gathered, attributes.iter().copied())
    }

    /// The attributes in some columns.
    fn partition(&self, random: &mut Random) -> Vec<Vec<u32>> {
        let mut columns = vec![Vec::new(); 1 + random.below(8)];
        for attribute in 0..u32::try_from(self.program().attributes.len()).unwrap() {
            let column = random.below(columns.len());
            columns[column].push(attribute);
        }
        columns
    }
}

/// Sets with sign-ins, by seeds.
fn subjects(mut check: impl FnMut(u64, &mut Random, &mut Subject, &[Facts<'_>])) {
    let base = Base::entra();
    let first = number("GATEWRIGHT_SEED", 1);
    let mut without = 0;
    let sets = number("GATEWRIGHT_SETS", SETS);
    for seed in first..first + sets {
        let mut random = Random::new(seed);
        let size = SIZES[usize::try_from(seed).unwrap() % SIZES.len()];
        let set = policy_set(&mut random, &base, size);
        let Some(mut subject) = Subject::new(&set) else {
            without += 1;
            continue;
        };
        let facts: Vec<Facts<'_>> = (0..SIGN_INS)
            .map(|_| subject.facts(&sign_in(&mut random, &base.schema)))
            .collect();
        check(seed, &mut random, &mut subject, &facts);
    }
    println!("{without} sets without masks");
    assert!(without * 4 <= sets, "{without} sets have no masks");
}

#[test]
fn masks_say_what_bytecode_says() {
    let (mut applied, mut residual) = (0, 0);
    subjects(|seed, _, subject, facts| {
        residual += subject.program().masks.as_ref().unwrap().residual.len();
        for (at, facts) in facts.iter().enumerate() {
            for rail in RAILS {
                let expected = subject.walk(facts, rail);
                subject.gather(facts, rail);
                assert_eq!(
                    subject.list(&[]),
                    expected,
                    "seed {seed}, sign-in {at}, {rail:?}"
                );
                applied += expected.len();
            }
        }
    });
    println!("{applied} applying, {residual} residual lanes");
    assert!(applied > 500, "only {applied} policies ever apply");
}

#[test]
fn a_schema_of_ones_own_has_masks_too() {
    let schema = &payments_schema().unwrap();
    let mut compared = 0;
    for seed in 1..=24 {
        let mut random = Random::new(seed);
        let set = own_set(
            &mut random,
            schema,
            SIZES[usize::try_from(seed).unwrap() % 6],
        );
        let Some(mut subject) = Subject::new(&set) else {
            continue;
        };
        for _ in 0..SIGN_INS {
            let facts = subject.facts(&own_request(&mut random, schema));
            for rail in RAILS {
                let expected = subject.walk(&facts, rail);
                subject.gather(&facts, rail);
                assert_eq!(subject.list(&[]), expected, "seed {seed}, {rail:?}");
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "only {compared} requests were compared");
}

#[test]
fn recorded_outcomes_are_the_class_vector() {
    subjects(|seed, _, subject, facts| {
        for facts in facts {
            let classes = encode(&subject.loaded, facts, &mut subject.scratch).to_vec();
            subject
                .gathered
                .start_recording(&subject.loaded, Rail::Certain);
            let mut sink = subject.gathered.sink(&subject.loaded);
            outcomes(&subject.loaded, facts, &mut subject.buffers, &mut sink);
            assert_eq!(
                subject.gathered.classes(&subject.loaded),
                classes,
                "seed {seed}"
            );
        }
    });
}

#[test]
fn parts_decide_as_the_whole() {
    subjects(|seed, random, subject, facts| {
        for (facts, rail) in facts.iter().zip(RAILS.into_iter().cycle()) {
            let expected = subject.walk(facts, rail);
            let columns = subject.partition(random);
            let parts: Vec<Part> = columns
                .iter()
                .map(|column| subject.part(facts, rail, column))
                .collect();
            let parts: Vec<&Part> = parts.iter().collect();
            subject.gathered.start(&subject.loaded, rail);
            assert_eq!(subject.list(&parts), expected, "seed {seed}, {columns:?}");
        }
    });
}

#[test]
fn batches_decide_as_single_sign_ins() {
    subjects(|seed, random, subject, facts| {
        let columns = subject.partition(random);
        for rail in RAILS {
            let dictionaries: Vec<Dictionary> = columns
                .iter()
                .map(|column| {
                    let parts = facts.iter().map(|facts| subject.part(facts, rail, column));
                    let parts = parts.collect();
                    Dictionary::new(&subject.loaded, parts).unwrap()
                })
                .collect();
            let rows = 150;
            let mut code = |_| u32::try_from(random.below(facts.len())).unwrap();
            let codes: Vec<Vec<u32>> = columns
                .iter()
                .map(|_| (0..rows).map(&mut code).collect())
                .collect();
            let pairs = dictionaries.iter().zip(&codes);
            let pairs: Vec<Column<'_>> = pairs
                .map(|(dictionary, codes)| Column { dictionary, codes })
                .collect();
            let batch = Batch::new(&subject.loaded, &pairs).unwrap();
            let masks = subject.loaded.program().masks.as_ref().unwrap();
            let mut decided = vec![Vec::new(); rows];
            let each = |row: usize, block: usize, lanes: Lanes| {
                let lanes = (0..LANES).filter(|lane| lanes[lane / 64] >> (lane % 64) & 1 == 1);
                decided[row].extend(lanes.map(|lane| masks.lanes[block * LANES + lane]));
            };
            batch.each(0..rows, &mut Gathered::default(), each).unwrap();
            for (row, mut decided) in decided.into_iter().enumerate().step_by(5) {
                let mut mixed = Facts::unknown(&subject.loaded);
                for (column, codes) in columns.iter().zip(&codes) {
                    for attribute in column {
                        let handle = subject.loaded.attribute_at(*attribute).unwrap();
                        let fact = facts[codes[row] as usize].at(*attribute).clone();
                        mixed.set(&subject.loaded, handle, fact).unwrap();
                    }
                }
                decided.sort_unstable();
                assert_eq!(
                    decided,
                    subject.walk(&mixed, rail),
                    "seed {seed}, row {row}"
                );
            }
        }
    });
}

#[test]
fn nothing_is_allocated_for_a_sign_in() {
    subjects(|seed, _, subject, facts| {
        let mut policies = Vec::with_capacity(1000);
        let mut decide = |subject: &mut Subject| {
            for facts in facts {
                subject.gather(facts, Rail::Possible);
                let Subject {
                    loaded,
                    gathered,
                    listing,
                    ..
                } = &mut *subject;
                policies.clear();
                listing.list(loaded, gathered, &[], &mut policies).unwrap();
            }
        };
        decide(subject);
        assert_eq!(measure(|| decide(subject)).count_total, 0, "seed {seed}");
    });
}
