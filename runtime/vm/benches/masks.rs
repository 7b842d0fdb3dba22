//! What gathering, deciding and batches cost: `cargo bench -p gatewright-vm --bench masks`.
//!
//! Timed by hand: each row is the least of several rounds, in nanoseconds.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a measurement"
)]

#[path = "../tests/hand/mod.rs"]
mod hand;
#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use std::hint::black_box;
use std::time::Instant;

use gatewright_bytecode::masks::Lanes;
use gatewright_vm::{Batch, Column, Dictionary, Gathered, Listing, Part, Rail, Visit, applying};
use hand::{COLUMNS, Found, Random, Shape, Subject};

const ROUNDS: usize = 15;

/// The least time of a call, in nanoseconds, and print it.
fn time(what: &str, calls: usize, mut call: impl FnMut(usize)) {
    let round = |_| {
        let start = Instant::now();
        for number in 0..calls {
            call(number);
        }
        start.elapsed().as_nanos() as f64 / calls as f64
    };
    let least = (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min);
    println!("{least:9.1} ns  {what}");
}

struct Count(u32);

impl Visit for Count {
    fn wants(&mut self, _block: usize) -> bool {
        true
    }

    fn block(&mut self, _block: usize, lanes: Lanes) {
        self.0 += lanes.iter().map(|word| word.count_ones()).sum::<u32>();
    }
}

fn part(subject: &Subject, gathered: &mut Gathered, rows: &[(u32, Vec<Found>)]) -> Part {
    gathered.start(&subject.loaded, Rail::Certain);
    for (_, found) in rows {
        subject.gather(gathered, found);
    }
    Part::new(&subject.loaded, gathered, rows.iter().map(|row| row.0))
}

fn singles(name: &str, subject: &Subject) {
    let mut random = Random(99);
    let requests: Vec<_> = (0..64).map(|_| subject.request(&mut random)).collect();
    let flat: Vec<Vec<Found>> = requests
        .iter()
        .map(|request| {
            request
                .iter()
                .flat_map(|row| row.1.iter().copied())
                .collect()
        })
        .collect();
    let mean = flat.iter().map(Vec::len).sum::<usize>() / flat.len();
    let mut gathered = Gathered::default();
    let mut listing = Listing::default();
    let mut policies = Vec::new();
    let loaded = &subject.loaded;
    time(&format!("{name}: start"), 4096, |_| {
        gathered.start(loaded, Rail::Certain)
    });
    time(
        &format!("{name}: start, gather about {mean} outcomes"),
        4096,
        |at| {
            gathered.start(loaded, Rail::Certain);
            subject.gather(&mut gathered, &flat[at % flat.len()]);
        },
    );
    time(&format!("{name}: start, gather, apply"), 4096, |at| {
        gathered.start(loaded, Rail::Certain);
        subject.gather(&mut gathered, &flat[at % flat.len()]);
        let mut count = Count(0);
        applying(loaded, &mut gathered, &[], &mut count).unwrap();
        black_box(count.0);
    });
    let mut listed = 0;
    time(&format!("{name}: start, gather, apply, list"), 4096, |at| {
        gathered.start(loaded, Rail::Certain);
        subject.gather(&mut gathered, &flat[at % flat.len()]);
        policies.clear();
        listing
            .list(loaded, &mut gathered, &[], &mut policies)
            .unwrap();
        listed += policies.len();
    });
    println!(
        "              ({} policies in a list)",
        listed / 4096 / ROUNDS
    );
    let whole: [&[u32]; 1] = [&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]];
    for columns in [whole.as_slice(), COLUMNS.as_slice()] {
        let parts: Vec<Vec<Part>> = requests
            .iter()
            .map(|request| {
                let mut part_of = |own: &&[u32]| {
                    let rows = own.iter().map(|matcher| request[*matcher as usize].clone());
                    part(subject, &mut gathered, &rows.collect::<Vec<_>>())
                };
                columns.iter().map(&mut part_of).collect()
            })
            .collect();
        let parts: Vec<Vec<&Part>> = parts.iter().map(|parts| parts.iter().collect()).collect();
        gathered.start(loaded, Rail::Certain);
        time(&format!("{name}: {} parts", parts[0].len()), 4096, |at| {
            let mut count = Count(0);
            applying(loaded, &mut gathered, &parts[at % parts.len()], &mut count).unwrap();
            black_box(count.0);
        });
    }
}

/// `counts`: how many values the columns have.
fn batch(name: &str, subject: &Subject, counts: [usize; 8], rows: usize) {
    let mut random = Random(7);
    let mut gathered = Gathered::default();
    let matchers = &subject.loaded.program().matchers;
    let dictionaries: Vec<Dictionary> = COLUMNS
        .iter()
        .zip(counts)
        .map(|(own, count)| {
            let own = own
                .iter()
                .map(|matcher| matchers[*matcher as usize].attribute());
            let parts = (0..count).map(|_| {
                let own = own.clone();
                let rows: Vec<_> = own.map(|a| (a, subject.outcomes(&mut random, a))).collect();
                part(subject, &mut gathered, &rows)
            });
            Dictionary::new(&subject.loaded, parts.collect()).unwrap()
        })
        .collect();
    let codes: Vec<Vec<u32>> = dictionaries
        .iter()
        .map(|of| (0..rows).map(|_| random.below(of.count()) as u32).collect())
        .collect();
    let columns: Vec<Column<'_>> = dictionaries
        .iter()
        .zip(&codes)
        .map(|(dictionary, codes)| Column { dictionary, codes })
        .collect();
    let batch = Batch::new(&subject.loaded, &columns).unwrap();
    let mut effects = vec![0u8; rows];
    let per_row = |what: &str, mut call: Box<dyn FnMut() + '_>| {
        let round = |_| {
            let start = Instant::now();
            call();
            start.elapsed().as_nanos() as f64 / rows as f64
        };
        let least = (0..ROUNDS).map(round).fold(f64::INFINITY, f64::min);
        println!(
            "{least:9.2} ns a row  {name}, {} columns: {what}",
            columns.len()
        );
    };
    let mut sum = 0;
    let mut scratch = Gathered::default();
    per_row(
        "lanes",
        Box::new(|| {
            let each = |_, _, lanes: Lanes| sum ^= lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3];
            batch.each(0..rows, &mut scratch, each).unwrap();
        }),
    );
    black_box(sum);
    let mut scratch = Gathered::default();
    let effect = |effect: u8, _, [a, b, c, d]: Lanes| {
        effect | u8::from(a != 0) | u8::from(b != 0) << 1 | u8::from(c | d != 0) << 2
    };
    per_row(
        "effects",
        Box::new(|| {
            batch
                .fold(0..rows, &mut scratch, &mut effects, effect)
                .unwrap();
        }),
    );
    black_box(&effects);
}

/// Say which rows by words that their names begin with; all of them unless told.
fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| arg != "--bench")
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name == w);
    let subject = |lanes, narrow_from, elements| {
        let shape = Shape {
            lanes,
            slots: 12,
            narrow_from,
            residual: 0,
            elements,
            is_closed: true,
        };
        Subject::new(&mut Random(1), shape)
    };
    let small = [6, 5, 4, 6, 4, 60, 200, 40];
    if is_wanted("one") {
        singles("one block", &subject(220, usize::MAX, 60));
    }
    if is_wanted("batch") {
        batch("one block", &subject(220, usize::MAX, 60), small, 100_000);
    }
    if is_wanted("scattered") {
        let large = [6, 5, 4, 6, 4, 60, 150_000, 20_000];
        batch(
            "one block, 150 000 values",
            &subject(220, usize::MAX, 60),
            large,
            400_000,
        );
    }
    if is_wanted("broad") {
        singles("40 broad blocks", &subject(9_200, usize::MAX, 60));
    }
    if is_wanted("narrow") {
        let narrow = subject(9_200, 2, 600);
        singles("2 broad blocks, 38 narrow", &narrow);
        batch("2 broad blocks, 38 narrow", &narrow, small, 20_000);
    }
}
