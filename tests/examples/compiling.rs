//! How long it takes from text to a loaded program, and after an edit: a table of
//! `docs/performance.md`.
//!
//! Three projects of each size: *random* policies, which use everything that the language has; the
//! *mixed* ones of the benchmarks, as a text says them; and these as `import` writes them, with how
//! each member stood in the Graph JSON (*imported*). Each step has its median; the whole and the check
//! after an edit also their minimum, which is what they take while nothing else runs.
//!
//! `cargo run --release -p gatewright-tests --example compiling`, with sizes and names to choose.

use std::hint::black_box;
use std::time::{Duration, Instant};

use gatewright_compiler::{Input, Session, SourceFile, compile};
use gatewright_hir::model::PolicySet;
use gatewright_runtime::Engine;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set};
use gatewright_tests::histogram::Histogram;
use gatewright_tests::sayable::sayable;
use gatewright_tests::workload::{Shape, Workload, graph};

/// Runs of projects with fewer policies than [`LARGE`]; the edits are as many.
const RUNS: usize = 31;

/// Runs of the others.
const RUNS_OF_LARGE: usize = 3;

/// From here on, a project is compiled less often.
const LARGE: usize = 1000;

/// Policies in a file.
const POLICIES_PER_FILE: usize = 6;

/// What a run is made of, by the heads of its columns.
const STEPS: [&str; 5] = ["check", "decisions", "program", "bundle", "load"];

/// The middle one and the least, in milliseconds.
fn median_and_least(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort();
    let at = |place: usize| times.get(place).copied().unwrap_or_default().as_secs_f64() * 1e3;
    (at(times.len() / 2), at(0))
}

/// A project of random policies.
fn random(policy_count: usize) -> Input {
    let mut set = policy_set(
        &mut Random::new(policy_count as u64),
        &Base::entra(),
        policy_count,
    );
    sayable(&mut set, &mut Histogram::default());
    project(&set)
}

/// A project of the benchmarks' policies.
fn mixed(policy_count: usize) -> Input {
    project(&graph::plain(&Workload::new(Shape::Mixed, policy_count)))
}

/// The same as it is imported.
fn imported(policy_count: usize) -> Input {
    let workload = Workload::new(Shape::Mixed, policy_count);
    project(&graph::compilation(&workload).set)
}

/// Makes a project with so many policies.
type Project = fn(usize) -> Input;

/// The projects, by name.
const PROJECTS: [(&str, Project); 3] =
    [("random", random), ("mixed", mixed), ("imported", imported)];

/// The text of these policies, a few in each file.
fn project(set: &PolicySet) -> Input {
    let options = gatewright_interop::ImportOptions::default();
    let mut files: Vec<SourceFile> = Vec::new();
    let mut in_last = 0;
    for (path, text) in gatewright_interop::write_project(set, &options) {
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

/// How long each step took in each run, then the whole.
type Times = [Vec<Duration>; 6];

/// From text to a loaded program: each step, then all of them; and the size of the bundle.
fn compilations(input: &Input, runs: usize) -> Result<(Times, usize), Box<dyn std::error::Error>> {
    let mut times = Times::default();
    let mut bundle_bytes = 0;
    for _ in 0..runs {
        let mut marks = vec![Instant::now()];
        let compilation = compile(input);
        marks.push(Instant::now());
        let decisions = compilation.decisions();
        marks.push(Instant::now());
        let program = compilation.program(&decisions);
        marks.push(Instant::now());
        let bundle = compilation.bundle(&program)?;
        marks.push(Instant::now());
        let engine = Engine::load(&bundle)?;
        marks.push(Instant::now());
        bundle_bytes = bundle.len();
        black_box(engine);
        let laps = marks.iter().zip(marks.iter().skip(1));
        let laps = laps.map(|(start, end)| end.duration_since(*start));
        let whole = laps.clone().sum();
        for (times, lap) in times.iter_mut().zip(laps.chain([whole])) {
            times.push(lap);
        }
    }
    Ok((times, bundle_bytes))
}

/// Check again after each of some edits of one policy, in files here and there: an enabled policy
/// becomes report-only, and back.
fn edits(input: &Input, runs: usize) -> Result<Vec<Duration>, &'static str> {
    let mut input = input.clone();
    let mut session = Session::new();
    black_box(session.compile(&input));
    let mut times = Vec::new();
    let count = input.files.len();
    for at in 0.. {
        if times.len() == runs {
            break;
        }
        if at > count + runs {
            return Err("no file has a policy to edit");
        }
        let Some(file) = input.files.get_mut(at * 7 % count) else {
            break;
        };
        let text = String::from_utf8_lossy(&file.bytes);
        let (on, on_trial) = (" enabled\n", " reportOnly\n");
        let mut edited = text.replacen(on, on_trial, 1);
        if edited == text {
            edited = text.replacen(on_trial, on, 1);
        }
        if edited == text {
            continue;
        }
        file.bytes = edited.into_bytes();
        let start = Instant::now();
        black_box(session.compile(&input));
        times.push(start.elapsed());
    }
    Ok(times)
}

/// The most memory that this process has had, in megabytes, where the system says it.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1000)
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!(
        "| policies | | files | kB | {} ms | all ms | least ms | bundle kB | after an edit ms | least ms | peak so far MB |",
        STEPS.join(" ms | ")
    );
    println!("{}|", "|---".repeat(11 + STEPS.len() - 1));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let counts = arguments
        .iter()
        .filter_map(|argument| argument.parse().ok());
    let mut counts: Vec<usize> = counts.collect();
    if counts.is_empty() {
        counts = vec![240, 10_000];
    }
    let is_asked = |name: &str| {
        let mut names = PROJECTS.iter().map(|(name, _)| *name);
        arguments.iter().any(|argument| argument == name)
            || !names.any(|name| arguments.iter().any(|argument| argument == name))
    };
    for count in counts {
        for (name, make) in PROJECTS.into_iter().filter(|(name, _)| is_asked(name)) {
            let input = make(count);
            let runs = if count < LARGE { RUNS } else { RUNS_OF_LARGE };
            let (times, bundle_bytes) = compilations(&input, runs)?;
            let [steps @ .., (all, least)] = times.map(median_and_least);
            let steps: Vec<String> = steps.map(|(step, _)| format!("{step:.2}")).into();
            let (edit, least_edit) = median_and_least(edits(&input, runs)?);
            let bytes: usize = input.files.iter().map(|file| file.bytes.len()).sum();
            println!(
                "| {count} | {name} | {} | {} | {} | {all:.2} | {least:.2} | {} | {edit:.2} | {least_edit:.2} | {} |",
                input.files.len(),
                bytes / 1000,
                steps.join(" | "),
                bundle_bytes / 1000,
                peak().map_or_else(|| "?".to_owned(), |peak| peak.to_string()),
            );
        }
    }
    Ok(())
}
