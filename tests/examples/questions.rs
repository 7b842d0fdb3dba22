//! How long questions about all sign-ins take: a table of `docs/performance.md`.
//!
//! A real set (the largest of the corpus with 40 to 60 policies), the mixed policies of the
//! benchmarks, and random ones that use everything that the language has. A question is asked of a
//! world that is built for it, so what it takes to write a set down for the search is part of it.
//! *Answers* are proved, refuted and unknown invariants; *memory* is the most that the process had
//! at any time until then, so that it tells of the largest set so far.
//!
//! `cargo run --release -p gatewright-tests --example questions`, with sizes and names of sets
//! (`random`) to choose.
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use gatewright_analysis::analyze::{AnalyzeOptions, analyze};
use gatewright_analysis::diff::{DiffOptions, diff};
use gatewright_analysis::prove::{Prover, Verdict};
use gatewright_analysis::{Assumptions, Budget, World};
use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{Compliance, PolicySet};
use gatewright_tests::corpus;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set};
use gatewright_tests::repository;
use gatewright_tests::workload::{Shape, Workload, graph};
use gatewright_value::vocabulary::State;

/// Sizes of generated sets, unless they are given.
const SIZES: [usize; 3] = [240, 1000, 10_000];

/// Policies up to which the whole analysis is run.
const ANALYZED_MAX: usize = 1000;

/// Runs of which the median is told.
const RUNS: usize = 9;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let sizes: Vec<usize> = arguments.iter().filter_map(|n| n.parse().ok()).collect();
    let only: Vec<&String> = arguments
        .iter()
        .filter(|name| name.parse::<usize>().is_err())
        .collect();
    let sizes = if sizes.is_empty() {
        SIZES.to_vec()
    } else {
        sizes
    };
    let controls = controls();
    let count = controls.len();
    println!(
        "| set | policies | space | one invariant, median and slowest of {count} | all {count} \
         | answers | diff | classes | analyze | memory |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let is_asked = |name: &String| only.is_empty() || only.contains(&name);
    for (name, set) in sets(&sizes) {
        if !is_asked(&name) {
            continue;
        }
        let row = measure(&set, &controls);
        println!("| {name} | {} | {row} |", set.policies.len());
    }
}

fn sets(sizes: &[usize]) -> Vec<(String, PolicySet)> {
    let mut sets = Vec::new();
    let real = corpus::tenants()
        .into_iter()
        .map(|tenant| (tenant.name.clone(), compile(&tenant.input).set))
        .filter(|(_, set)| (40..=60).contains(&set.policies.len()))
        .max_by_key(|(_, set)| set.policies.len());
    if let Some((name, mut set)) = real {
        // What is published as a template only reports; as it would be used, it is enforced.
        set.policies
            .iter_mut()
            .for_each(|policy| policy.state = State::Enabled);
        sets.push((name, set));
    }
    for size in sizes {
        let mixed = graph::compilation(&Workload::new(Shape::Mixed, *size)).set;
        sets.push(("mixed".to_owned(), mixed));
        let random = policy_set(&mut Random::new(*size as u64), &Base::entra(), *size);
        sets.push(("random".to_owned(), random));
    }
    sets
}

/// The invariants of `examples/controls`.
fn controls() -> Vec<Invariant> {
    let folder = repository::root().join("examples/controls");
    let files = corpus::files(&folder, "gate").into_iter();
    let files = files.map(|(path, bytes)| SourceFile { path, bytes });
    compile(&Input {
        files: files.collect(),
        ..Input::default()
    })
    .invariants
}

fn asked(set: &PolicySet, invariants: &[Invariant]) -> PolicySet {
    PolicySet {
        policies: invariants.iter().map(|one| one.policy.clone()).collect(),
        compliance: Compliance::default(),
        ..set.clone()
    }
}

/// How many invariants are proved, refuted, and not known; and how long the slowest took.
#[derive(Default)]
struct Decided {
    counts: [usize; 3],
    slowest: Duration,
    building: Duration,
}

/// Decide these invariants.
fn prove(set: &PolicySet, invariants: &[Invariant]) -> Decided {
    let asked = asked(set, invariants);
    let start = Instant::now();
    let world = World::new(set, &[&asked], Assumptions::default());
    let mut prover = Prover::new(&world, 0, Budget::default());
    let mut decided = Decided {
        building: start.elapsed(),
        ..Decided::default()
    };
    for (number, invariant) in world.policies(1).zip(invariants) {
        let start = Instant::now();
        let place = match prover.decide(number, invariant.quantifier) {
            Verdict::Proved { .. } => 0,
            Verdict::Refuted(_) => 1,
            Verdict::Unknown(_) => 2,
        };
        decided.slowest = decided.slowest.max(start.elapsed());
        if let Some(count) = decided.counts.get_mut(place) {
            *count += 1;
        }
    }
    decided
}

/// The set after an ordinary change: three policies lose their last exclusion or their state.
fn edited(set: &PolicySet) -> PolicySet {
    let mut edited = set.clone();
    let step = (edited.policies.len() / 3).max(1);
    for policy in edited.policies.iter_mut().step_by(step) {
        policy.state = State::ReportOnly;
    }
    edited
}

fn measure(set: &PolicySet, controls: &[Invariant]) -> String {
    let runs = if set.policies.len() > 500 { 1 } else { RUNS };
    let mut cells = Vec::new();
    let alone: Vec<Decided> = controls
        .iter()
        .map(|one| prove(set, std::slice::from_ref(one)))
        .collect();
    let building = alone.iter().map(|one| one.building).min();
    let mut times: Vec<Duration> = alone.iter().map(|one| one.slowest).collect();
    times.sort_unstable();
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    cells.push(milliseconds(building.unwrap_or_default()));
    cells.push(format!(
        "{}, {}",
        milliseconds(at(times.len() / 2)),
        milliseconds(at(times.len().saturating_sub(1)))
    ));
    let [proved, refuted, unknown] = prove(set, controls).counts;
    let all = median(runs, || {
        black_box(prove(set, controls));
    });
    cells.push(milliseconds(all));
    cells.push(format!("{proved}, {refuted}, {unknown}"));
    let new = edited(set);
    let mut told = String::new();
    let compared = median(runs, || {
        let world = World::new(set, &[&new], Assumptions::default());
        let found = diff(&world, &DiffOptions::default());
        let cut = found
            .exhausted
            .map_or(String::new(), |what| format!(" ({what} ended)"));
        told = format!("{}{cut}", found.classes.len());
    });
    cells.push(milliseconds(compared));
    cells.push(told);
    if set.policies.len() <= ANALYZED_MAX {
        let analysed = median(1, || {
            black_box(analyze(set, &AnalyzeOptions::default(), &mut |_, _, _| {}));
        });
        cells.push(milliseconds(analysed));
    } else {
        cells.push("–".to_owned());
    }
    cells.push(memory());
    cells.join(" | ")
}

/// The most memory that the process has had, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.map_or("–".to_owned(), |kib| format!("{} MiB", kib / 1024))
}

fn median(runs: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(runs / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
