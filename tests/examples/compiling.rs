//! How long it takes from text to a loaded program, and after an edit: a table of
//! `docs/performance.md`.
//!
//! `cargo run --release -p gatewright-tests --example compiling`

use std::hint::black_box;
use std::time::{Duration, Instant};

use gatewright_compiler::{Input, Session, SourceFile, compile};
use gatewright_runtime::Engine;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set};
use gatewright_tests::histogram::Histogram;
use gatewright_tests::sayable::sayable;

/// Each figure is the median of so many runs.
const RUNS: usize = 15;

/// Policies in a file.
const POLICIES_PER_FILE: usize = 6;

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    middle.as_secs_f64() * 1e3
}

/// A project of random policies in files of a few each.
fn project(policy_count: usize) -> Input {
    let base = Base::entra();
    let mut set = policy_set(&mut Random::new(policy_count as u64), &base, policy_count);
    sayable(&mut set, &mut Histogram::default());
    let options = gatewright_interop::ImportOptions::default();
    let written = gatewright_interop::write_project(&set, &options);
    let mut files: Vec<SourceFile> = Vec::new();
    let mut in_last = 0;
    for (path, text) in written {
        if !path.ends_with(".gate") {
            continue;
        }
        match files.last_mut().filter(|_| in_last < POLICIES_PER_FILE) {
            Some(last) => {
                last.bytes.extend(text.into_bytes());
                in_last += 1;
            }
            None => {
                files.push(SourceFile {
                    path,
                    bytes: text.into_bytes(),
                });
                in_last = 1;
            }
        }
    }
    Input {
        files,
        ..Input::default()
    }
}

/// Check again after each of some edits of one policy, in files here and there.
fn edits(input: &Input) -> Vec<Duration> {
    let mut input = input.clone();
    let mut session = Session::new();
    black_box(session.compile(&input));
    let mut times = Vec::new();
    for at in 0..RUNS {
        let count = input.files.len();
        let Some(file) = input.files.get_mut(at * 7 % count) else {
            break;
        };
        let text = String::from_utf8_lossy(&file.bytes);
        let edited = text.replacen("apps all", "apps all except Office365", 1);
        let edited = if edited == text {
            text.replacen("state enabled", "state reportOnly", 1)
        } else {
            edited
        };
        file.bytes = edited.into_bytes();
        let start = Instant::now();
        black_box(session.compile(&input));
        times.push(start.elapsed());
    }
    times
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| policies | files | kB | check ms | decisions ms | program ms | bundle ms | load ms | bundle kB | check after an edit ms |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    let counts: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let counts = if counts.is_empty() {
        vec![240, 10_000]
    } else {
        counts
    };
    for count in counts {
        let input = project(count);
        let mut steps: [Vec<Duration>; 5] = Default::default();
        let mut bundle_bytes = 0;
        for _ in 0..if count > 1000 { 3 } else { RUNS } {
            let mut start = Instant::now();
            let mut lap = |step: usize| {
                if let Some(times) = steps.get_mut(step) {
                    times.push(start.elapsed());
                }
                start = Instant::now();
            };
            let compilation = compile(&input);
            lap(0);
            let decisions = compilation.decisions();
            lap(1);
            let program = compilation.program(&decisions);
            lap(2);
            let bundle = compilation.bundle(&program)?;
            lap(3);
            let engine = Engine::load(&bundle)?;
            lap(4);
            bundle_bytes = bundle.len();
            black_box(engine);
        }
        let edit = median(edits(&input));
        let bytes: usize = input.files.iter().map(|file| file.bytes.len()).sum();
        let [check, decisions, program, bundle, load] = steps.map(median);
        println!(
            "| {count} | {} | {} | {check:.2} | {decisions:.2} | {program:.2} | {bundle:.2} | {load:.2} | {} | {edit:.2} |",
            input.files.len(),
            bytes / 1000,
            bundle_bytes / 1000,
        );
    }
    Ok(())
}
