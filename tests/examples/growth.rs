//! How compiling and deciding grow with the number of policies: the table of `docs/performance.md`.
//!
//! `cargo run --release -p gatewright-tests --example growth`

use std::time::{Duration, Instant};

use gatewright_bytecode::write;
use gatewright_codegen::{Options, emit};
use gatewright_decision::{Limits, build, statistics};
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{Engine, Mode, Request, Scratch};
use gatewright_source::SourceMap;
use gatewright_tests::generate::policies::{Base, narrow_set};
use gatewright_tests::generate::{Random, policy_set, sign_in};

/// Sign-ins that are decided per set.
const SIGN_INS: usize = 2_000;

/// Each figure is the median of so many runs.
const RUNS: usize = 5;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn timed<T>(mut work: impl FnMut() -> T) -> (T, Duration) {
    let mut times = Vec::new();
    loop {
        let start = Instant::now();
        let result = work();
        times.push(start.elapsed());
        if times.len() == RUNS {
            return (result, median(times));
        }
    }
}

fn row(
    shape: &str,
    set: &PolicySet,
    random: &mut Random,
) -> Result<String, Box<dyn std::error::Error>> {
    let (decisions, build_time) = timed(|| build(set, &Limits::default()));
    let sources = SourceMap::new();
    let (program, emit_time) = timed(|| emit(set, &decisions, &sources, &Options::default()));
    let bytes = write(&program, &[])?;
    let (engine, load_time) = timed(|| Engine::load(&bytes));
    let engine = engine?;
    let texts: Vec<String> = (0..SIGN_INS)
        .map(|_| sign_in(random, &set.schema).to_string())
        .collect();
    let requests: Vec<Request<'_>> = texts
        .iter()
        .map(|text| Request::from_json(&engine, text.as_bytes()))
        .collect::<Result<_, _>>()?;
    let mut scratch = Scratch::default();
    let (applied, decide_time) = timed(|| {
        let mut applied = 0;
        for request in &requests {
            if let Ok(decision) = engine.decide(request, &mut scratch, Mode::Graph) {
                applied += decision.applied().count();
            }
        }
        applied
    });
    let statistics = statistics(&decisions);
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(format!(
        "| {shape} | {} | {:.1} | {} | {} | {:.1} | {} | {:.1} | {} | {:.2} | {:.1} |",
        set.policies.len(),
        milliseconds(build_time),
        statistics.node_count,
        statistics.fallbacks.len(),
        milliseconds(emit_time),
        bytes.len() / 1024,
        milliseconds(load_time),
        engine.costs().instructions_max,
        milliseconds(decide_time) * 1e3 / SIGN_INS as f64,
        applied as f64 / SIGN_INS as f64,
    ))
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let base = Base::entra();
    println!(
        "| shape | policies | build ms | nodes | chains | emit ms | bundle KiB | load ms | worst path | decide µs | apply |\n\
         |---|---|---|---|---|---|---|---|---|---|---|"
    );
    for count in [10, 100, 240, 1_000, 10_000] {
        let mut random = Random::new(count as u64);
        let mixed = policy_set(&mut random, &base, count);
        println!("{}", row("mixed", &mixed, &mut random)?);
        let narrow = narrow_set(&mut random, &base, count);
        println!("{}", row("narrow", &narrow, &mut random)?);
    }
    Ok(())
}
