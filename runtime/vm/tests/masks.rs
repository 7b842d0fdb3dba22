//! Masks, parts of requests and batches say what the definition of masks says.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a check that cannot be made should fail the test"
)]

mod hand;
#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use allocation_counter::measure;
use gatewright_bytecode::Verified;
use gatewright_bytecode::masks::{LANES, Lanes};
use gatewright_vm::{
    ApplyError, Batch, Column, Dictionary, Gathered, Listing, Loaded, Part, Rail, Visit, applying,
    uncovered,
};
use hand::{Found, Random, Shape, Subject};

/// Sizes of one block and of several, with all that there is.
const SHAPES: [Shape; 6] = [
    shape(40, 5, usize::MAX, 0),
    shape(230, 12, usize::MAX, 0),
    shape(220, 11, usize::MAX, 0),
    shape(220, 9, usize::MAX, 7),
    shape(700, 11, 1, 0),
    shape(1_500, 13, 2, 20),
];

const fn shape(lanes: usize, slots: usize, narrow_from: usize, residual: usize) -> Shape {
    Shape {
        lanes,
        slots,
        narrow_from,
        residual,
        elements: 9,
        is_closed: lanes == 220,
    }
}

/// The lanes of each block.
struct All(Vec<Lanes>);

impl Visit for All {
    fn wants(&mut self, _block: usize) -> bool {
        true
    }

    fn block(&mut self, block: usize, lanes: Lanes) {
        assert_ne!(lanes, Lanes::default());
        assert_eq!(
            std::mem::replace(&mut self.0[block], lanes),
            Lanes::default()
        );
    }
}

fn flat(request: &[(u32, Vec<Found>)]) -> Vec<Found> {
    request
        .iter()
        .flat_map(|(_, found)| found.iter().copied())
        .collect()
}

fn lanes(subject: &Subject, gathered: &mut Gathered, parts: &[&Part]) -> Vec<Lanes> {
    let mut all = All(vec![Lanes::default(); subject.masks().blocks.len()]);
    applying(&subject.loaded, gathered, parts, &mut all).unwrap();
    all.0
}

fn part(
    subject: &Subject,
    gathered: &mut Gathered,
    rail: Rail,
    rows: &[(u32, Vec<Found>)],
) -> Part {
    gathered.start(&subject.loaded, rail);
    subject.gather(gathered, &flat(rows));
    Part::new(&subject.loaded, gathered, rows.iter().map(|row| row.0))
}

#[test]
fn what_is_gathered_decides_as_defined() {
    let mut gathered = Gathered::default();
    let mut listing = Listing::default();
    let mut applied = 0;
    for seed in 1..=18 {
        let mut random = Random(seed);
        let subject = Subject::new(&mut random, SHAPES[seed as usize % SHAPES.len()]);
        for rail in [Rail::Certain, Rail::Possible].repeat(10) {
            let found = flat(&subject.request(&mut random));
            let expected = subject.expected(rail, &found);
            gathered.start(&subject.loaded, rail);
            subject.gather(&mut gathered, &found);
            assert_eq!(lanes(&subject, &mut gathered, &[]), expected, "seed {seed}");
            let mut policies = Vec::new();
            listing
                .list(&subject.loaded, &mut gathered, &[], &mut policies)
                .unwrap();
            let mut numbers: Vec<u32> = subject
                .masks()
                .lanes
                .iter()
                .enumerate()
                .filter(|(lane, _)| {
                    expected[lane / LANES][lane % LANES / 64] >> (lane % 64) & 1 == 1
                })
                .map(|(_, policy)| *policy)
                .collect();
            numbers.sort_unstable();
            assert_eq!(policies, numbers, "seed {seed}");
            applied += policies.len();
        }
    }
    assert!(applied > 1000, "only {applied} policies ever apply");
}

#[test]
fn parts_decide_as_the_whole() {
    let mut gathered = Gathered::default();
    for seed in 1..=18 {
        let mut random = Random(seed);
        let subject = Subject::new(&mut random, SHAPES[seed as usize % SHAPES.len()]);
        for rail in [Rail::Certain, Rail::Possible].repeat(10) {
            let request = subject.request(&mut random);
            let count = 1 + random.below(6);
            let mut rows = vec![Vec::new(); count];
            for row in &request {
                rows[random.below(count)].push(row.clone());
            }
            let expected = subject.expected(rail, &flat(&request));
            let parts: Vec<Part> = rows
                .iter()
                .map(|rows| part(&subject, &mut gathered, rail, rows))
                .collect();
            let parts: Vec<&Part> = parts.iter().collect();
            gathered.start(&subject.loaded, rail);
            assert_eq!(
                lanes(&subject, &mut gathered, &parts),
                expected,
                "seed {seed}"
            );
            // The last one gathered beside the others.
            let (_, others) = parts.split_last().unwrap();
            gathered.start(&subject.loaded, rail);
            subject.gather(&mut gathered, &flat(rows.last().unwrap()));
            assert_eq!(
                lanes(&subject, &mut gathered, others),
                expected,
                "seed {seed}"
            );
            let mut left: Vec<u32> = rows.last().unwrap().iter().map(|row| row.0).collect();
            left.sort_unstable();
            assert_eq!(uncovered(&subject.loaded, others).collect::<Vec<_>>(), left);
        }
    }
}

/// Columns of parts for the rows of a partition of the attributes.
fn dictionaries(
    subject: &Subject,
    random: &mut Random,
    rail: Rail,
) -> Vec<(Dictionary, Vec<Vec<Found>>)> {
    let mut columns = vec![Vec::new(); 1 + random.below(7)];
    for attribute in subject.attributes() {
        let column = random.below(columns.len());
        columns[column].push(attribute);
    }
    let mut gathered = Gathered::default();
    let mut dictionary = |attributes: &Vec<u32>| {
        // Some are large and have the same values again and again.
        let (count, distinct) = match random.below(3) {
            0 => (1500, 1 + random.below(40)),
            _ => (1 + random.below(9), 9),
        };
        let values: Vec<Vec<(u32, Vec<Found>)>> = (0..distinct)
            .map(|_| {
                attributes
                    .iter()
                    .map(|a| (*a, subject.outcomes(random, *a)))
                    .collect()
            })
            .collect();
        let values = values.iter().cycle().take(count);
        let parts = values
            .clone()
            .map(|rows| part(subject, &mut gathered, rail, rows));
        let dictionary = Dictionary::new(&subject.loaded, parts.collect()).unwrap();
        assert_eq!(dictionary.count(), count);
        (dictionary, values.map(|rows| flat(rows)).collect())
    };
    columns
        .iter()
        .filter(|column| !column.is_empty())
        .map(&mut dictionary)
        .collect()
}

#[test]
fn batches_decide_as_single_requests() {
    let mut gathered = Gathered::default();
    for seed in 1..=12 {
        let mut random = Random(seed);
        let subject = Subject::new(&mut random, SHAPES[seed as usize % SHAPES.len()]);
        for rail in [Rail::Certain, Rail::Possible] {
            let dictionaries = dictionaries(&subject, &mut random, rail);
            let rows = 300 + random.below(3_000);
            let codes: Vec<Vec<u32>> = dictionaries
                .iter()
                .map(|(of, _)| (0..rows).map(|_| random.below(of.count()) as u32).collect())
                .collect();
            let columns: Vec<Column<'_>> = dictionaries
                .iter()
                .zip(&codes)
                .map(|((dictionary, _), codes)| Column { dictionary, codes })
                .collect();
            let batch = Batch::new(&subject.loaded, &columns).unwrap();
            let blocks = subject.masks().blocks.len();
            let mut decided = vec![vec![Lanes::default(); blocks]; rows];
            let (first, middle) = (3, rows / 2 + 1);
            for range in [first..middle, middle..rows] {
                let each = |row: usize, block: usize, lanes| decided[row][block] = lanes;
                batch.each(range, &mut gathered, each).unwrap();
            }
            let mut counts = vec![0u32; rows];
            let count = |count: u32, _, lanes: Lanes| {
                count + lanes.iter().map(|word| word.count_ones()).sum::<u32>()
            };
            batch
                .fold(0..rows, &mut gathered, &mut counts, count)
                .unwrap();
            for row in (first..rows).step_by(7) {
                let values = dictionaries.iter().zip(&codes);
                let found: Vec<Found> = values
                    .flat_map(|((_, values), codes)| values[codes[row] as usize].iter().copied())
                    .collect();
                let expected = subject.expected(rail, &found);
                assert_eq!(decided[row], expected, "seed {seed}, row {row}");
                let expected = expected.iter().flatten().map(|word| word.count_ones());
                assert_eq!(counts[row], expected.sum::<u32>(), "seed {seed}, row {row}");
            }
        }
    }
}

#[test]
fn blocks_that_are_not_wanted_are_not_visited() {
    struct Odd(Vec<usize>);
    impl Visit for Odd {
        fn wants(&mut self, block: usize) -> bool {
            block % 2 == 1
        }
        fn block(&mut self, block: usize, _lanes: Lanes) {
            self.0.push(block);
        }
    }
    let mut random = Random(5);
    let subject = Subject::new(&mut random, shape(1_000, 6, usize::MAX, 0));
    let mut gathered = Gathered::default();
    gathered.start(&subject.loaded, Rail::Certain);
    subject.gather(&mut gathered, &flat(&subject.request(&mut random)));
    let mut odd = Odd(Vec::new());
    applying(&subject.loaded, &mut gathered, &[], &mut odd).unwrap();
    assert!(odd.0.iter().all(|block| block % 2 == 1) && odd.0.is_sorted());
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let mut random = Random(3);
    let subject = Subject::new(&mut random, SHAPES[1]);
    let other = Subject::new(&mut random, SHAPES[0]);
    let mut gathered = Gathered::default();
    let request = subject.request(&mut random);
    let (user, rest) = request.split_at(4);
    let user_part = part(&subject, &mut gathered, Rail::Certain, user);
    let possible = part(&subject, &mut gathered, Rail::Possible, rest);
    let whole = part(&subject, &mut gathered, Rail::Certain, &request);
    let foreign = part(&other, &mut gathered, Rail::Certain, &[]);
    let mut all = All(vec![Lanes::default(); 8]);
    let mut apply = |gathered: &mut Gathered, parts: &[&Part]| {
        applying(&subject.loaded, gathered, parts, &mut all)
    };
    assert_eq!(apply(&mut gathered, &[]), Err(ApplyError::OtherProgram));
    gathered.start(&subject.loaded, Rail::Certain);
    let rows: [(&[&Part], _); 3] = [
        (&[&user_part, &foreign], ApplyError::OtherProgram),
        (&[&user_part, &possible], ApplyError::OtherRail),
        (&[&whole, &user_part], ApplyError::Overlap),
    ];
    for (parts, error) in rows {
        assert_eq!(apply(&mut gathered, parts), Err(error));
    }
    let bare = Loaded::new(Verified::new(sample::varied()).unwrap()).unwrap();
    assert!(!bare.has_masks());
    gathered.start(&bare, Rail::Certain);
    assert_eq!(
        applying(&bare, &mut gathered, &[], &mut all),
        Err(ApplyError::NoMasks)
    );

    let new = |parts: &[&Part]| {
        Dictionary::new(
            &subject.loaded,
            parts.iter().map(|part| (*part).clone()).collect(),
        )
    };
    assert_eq!(new(&[]).unwrap_err(), ApplyError::Columns);
    assert_eq!(new(&[&user_part, &whole]).unwrap_err(), ApplyError::Columns);
    assert_eq!(new(&[&foreign]).unwrap_err(), ApplyError::OtherProgram);
    let (some, all) = (new(&[&user_part]).unwrap(), new(&[&whole, &whole]).unwrap());
    let column = |dictionary, codes| Column { dictionary, codes };
    let batch = |columns: &[Column<'_>]| {
        let batch = Batch::new(&subject.loaded, columns)?;
        batch.each(0..9, &mut Gathered::default(), |_, _, _| {})
    };
    assert_eq!(batch(&[column(&all, &[0, 1])]), Ok(()));
    assert_eq!(batch(&[column(&all, &[0, 2])]), Err(ApplyError::Columns));
    assert_eq!(batch(&[column(&some, &[0])]), Err(ApplyError::Uncovered));
    assert_eq!(
        batch(&[column(&some, &[0]), column(&all, &[0])]),
        Err(ApplyError::Overlap)
    );
}

#[test]
fn nothing_is_allocated_once_the_scratch_space_is_warm() {
    for shape in SHAPES {
        let mut random = Random(11);
        let subject = Subject::new(&mut random, shape);
        let mut gathered = Gathered::default();
        let mut listing = Listing::default();
        let mut policies = Vec::with_capacity(shape.lanes * 2);
        let request = subject.request(&mut random);
        let (user, rest) = request.split_at(5);
        let user = part(&subject, &mut gathered, Rail::Certain, user);
        let rest = flat(rest);
        let mut decide = || {
            gathered.start(&subject.loaded, Rail::Certain);
            subject.gather(&mut gathered, &rest);
            policies.clear();
            listing
                .list(&subject.loaded, &mut gathered, &[&user], &mut policies)
                .unwrap();
        };
        decide();
        assert_eq!(measure(decide).count_total, 0, "{shape:?}");
    }
}
