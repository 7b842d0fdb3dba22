//! How decisions scale over two threads that share one engine, and how a machine does.
//!
//! ```text
//! cargo run --release -p gatewright-tests --example threads [ROUNDS]
//! cargo run --release -p gatewright-tests --example threads watch [written]
//! ```
//!
//! The first prints, for each way to decide, decisions a second on one thread and on two, and how
//! many times as many two make. In the same rounds, two loops without any engine say what the
//! machine allows: one that only calculates, and one that walks through memory of its own which is
//! as large as what deciding reads. One thread and two take turns, and of each the quickest round
//! counts, since other work on the machine only takes away.
//!
//! The second decides a little every way on two threads and prints nothing, to be watched by a
//! checker of threads, as `cargo dev check --full` does. With `written` the threads also write one
//! word that they share: a checker that does not tell sees nothing.

use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gatewright_runtime::{
    AttributeHandle, Engine, Mode, Part, Proof, ReadOptions, Request, Scratch,
};
use gatewright_tests::workload::facts::{Attributes, groups};
use gatewright_tests::workload::sign_ins::{json, sign_ins};
use gatewright_tests::workload::{Shape, Workload, graph};

/// Policies of the set.
const POLICIES: usize = 240;

/// Sign-ins that are decided over and over.
const SIGN_INS: usize = 200;

/// Rounds unless told.
const ROUNDS: usize = 60;

/// How long a thread works in a round, about.
const ROUND: Duration = Duration::from_millis(20);

/// Words of memory that a thread walks through: half a megabyte.
const WORDS: usize = 1 << 16;

const MODE: Mode = Mode::Graph;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What threads share.
struct Shared {
    engine: Engine,
    requests: Vec<Request<'static>>,
    texts: Vec<String>,
    proofs: Vec<Proof>,
    parts: Vec<[Part; 3]>,
    /// Nothing that decides knows of it.
    written: AtomicU64,
}

/// What a thread has alone.
struct Own {
    scratch: Scratch,
    words: Vec<u32>,
    seed: u64,
}

/// Does something `passes` times; the result is how often that was.
type Work = fn(&Shared, &mut Own, usize) -> Result<usize, Failure>;

/// What is measured, by name.
const WORKS: [(&str, Work); 6] = [
    ("calculating alone", calculate),
    ("walking through memory of its own", walk),
    ("combined decision, typed", combined),
    ("list of all that apply, typed", list),
    ("combined decision, JSON", bytes),
    ("combined decision, encoded parts", parts),
];

fn calculate(_: &Shared, own: &mut Own, passes: usize) -> Result<usize, Failure> {
    for _ in 0..passes * 1000 {
        own.seed ^= own.seed << 13;
        own.seed ^= own.seed >> 7;
        own.seed ^= own.seed << 17;
    }
    black_box(own.seed);
    Ok(passes * 1000)
}

fn walk(_: &Shared, own: &mut Own, passes: usize) -> Result<usize, Failure> {
    let mut at = 0;
    for _ in 0..passes * 200 {
        at = own.words.get(at as usize).copied().unwrap_or_default();
    }
    black_box(at);
    Ok(passes * 200)
}

fn combined(shared: &Shared, own: &mut Own, passes: usize) -> Result<usize, Failure> {
    for request in shared.requests.iter().cycle().take(passes) {
        let outcome = shared.engine.combined(request, &mut own.scratch, MODE)?;
        black_box(outcome.verdict());
    }
    Ok(passes)
}

fn list(shared: &Shared, own: &mut Own, passes: usize) -> Result<usize, Failure> {
    for request in shared.requests.iter().cycle().take(passes) {
        let decision = shared.engine.decide(request, &mut own.scratch, MODE)?;
        black_box(decision.applying().len());
    }
    Ok(passes)
}

fn bytes(shared: &Shared, own: &mut Own, passes: usize) -> Result<usize, Failure> {
    let options = ReadOptions::default();
    for text in shared.texts.iter().cycle().take(passes) {
        let text = text.as_bytes();
        let scratch = &mut own.scratch;
        let outcome = shared.engine.combined_json(text, &options, scratch, MODE)?;
        black_box(outcome.verdict());
    }
    Ok(passes)
}

fn parts(shared: &Shared, own: &mut Own, passes: usize) -> Result<usize, Failure> {
    let sign_ins = shared.parts.iter().zip(&shared.proofs);
    for (parts, proof) in sign_ins.cycle().take(passes) {
        let (engine, scratch) = (&shared.engine, &mut own.scratch);
        let outcome = engine.combined_parts(&parts.each_ref(), proof, scratch, MODE)?;
        black_box(outcome.verdict());
    }
    Ok(passes)
}

impl Own {
    fn new() -> Own {
        // A way through all words that jumps about: a generator whose period is their number.
        let next = |at: usize| ((at * 1_664_525 + 1_013_904_223) % WORDS) as u32;
        Own {
            scratch: Scratch::default(),
            words: (0..WORDS).map(next).collect(),
            seed: 0x9E37_79B9_7F4A_7C15,
        }
    }
}

impl Shared {
    fn new() -> Result<Shared, Failure> {
        let workload = Workload::new(Shape::Mixed, POLICIES);
        let compilation = graph::compilation(&workload);
        let engine = Engine::from_program(compilation.program(&compilation.decisions()))?;
        let attributes = Attributes::new(&engine);
        let sign_ins = sign_ins(&workload.locations, SIGN_INS);
        let mut scratch = Scratch::default();
        let (mut requests, mut parts, mut proofs) = (Vec::new(), Vec::new(), Vec::new());
        let groups = groups(&engine);
        for sign_in in &sign_ins {
            let request = attributes.request(&engine, sign_in)?.into_owned();
            let [user, device, others] = &groups;
            let mut part = |group: &[AttributeHandle]| {
                engine.encode_part(&request, group.iter().copied(), &mut scratch, MODE)
            };
            parts.push([part(user)?, part(device)?, part(others)?]);
            proofs.push(engine.prove(request.claims()));
            requests.push(request);
        }
        Ok(Shared {
            texts: sign_ins.iter().map(json).collect(),
            engine,
            requests,
            proofs,
            parts,
            written: AtomicU64::new(0),
        })
    }
}

/// How many times a second `count` threads do this together, when each does it so many times. From
/// the moment at which all begin to that at which the last one ends.
fn rate(shared: &Shared, count: usize, work: Work, passes: usize) -> Result<f64, Failure> {
    let barrier = Barrier::new(count);
    let one = || -> Result<(Instant, Instant, usize), Failure> {
        let mut own = Own::new();
        work(shared, &mut own, passes / 10)?;
        barrier.wait();
        let start = Instant::now();
        let done = work(shared, &mut own, passes)?;
        Ok((start, Instant::now(), done))
    };
    let results: Result<Vec<_>, Failure> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(one)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined
            .map(|result| result.map_err(|_| "a thread has panicked")?)
            .collect()
    });
    let results = results?;
    let start = results.iter().map(|(start, _, _)| *start).min();
    let end = results.iter().map(|(_, end, _)| *end).max();
    let done: usize = results.iter().map(|(_, _, done)| done).sum();
    let (start, end) = start.zip(end).ok_or("no thread")?;
    Ok(done as f64 / end.duration_since(start).as_secs_f64())
}

/// How many passes take a round.
fn passes(shared: &Shared, work: Work) -> Result<usize, Failure> {
    let (mut own, mut passes) = (Own::new(), 100);
    loop {
        let start = Instant::now();
        work(shared, &mut own, passes)?;
        if start.elapsed() * 2 > ROUND {
            return Ok(passes * 2);
        }
        passes *= 2;
    }
}

/// Decide every way on two threads, and write what they share if that is wanted.
fn watch(shared: &'static Shared, writes: bool) -> Result<(), Failure> {
    let ways = move || -> Result<(), Failure> {
        let mut own = Own::new();
        for (_, work) in WORKS {
            work(shared, &mut own, SIGN_INS)?;
            if writes {
                shared.written.store(own.seed, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    let threads = [std::thread::spawn(ways), std::thread::spawn(ways)];
    for thread in threads {
        thread.join().map_err(|_| "a thread has panicked")??;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<(), Failure> {
    let shared: &'static Shared = Box::leak(Box::new(Shared::new()?));
    let argument = std::env::args().nth(1);
    if argument.as_deref() == Some("watch") {
        return watch(
            shared,
            std::env::args().nth(2).as_deref() == Some("written"),
        );
    }
    let rounds: usize = argument.map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let mut best = [[0f64; 2]; WORKS.len()];
    let passes: Vec<usize> = WORKS
        .iter()
        .map(|(_, work)| passes(shared, *work))
        .collect::<Result<_, _>>()?;
    for _ in 0..rounds {
        for (((_, work), passes), best) in WORKS.iter().zip(&passes).zip(&mut best) {
            for (count, best) in (1..).zip(best) {
                *best = best.max(rate(shared, count, *work, *passes)?);
            }
        }
    }
    println!("| | one thread, 1/s | two threads, 1/s | times as many |\n|---|---|---|---|");
    for ((name, _), [one, two]) in WORKS.iter().zip(best) {
        println!("| {name} | {one:.3e} | {two:.3e} | {:.2} |", two / one);
    }
    Ok(())
}
