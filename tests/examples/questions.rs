//! How long questions about all sign-ins take: a table of `docs/performance.md`.
//!
//! A real set (the largest of the corpus with 40 to 60 policies), the mixed policies of the
//! benchmarks, and random ones that use everything that the language has. A question is asked of a
//! world that is built for it, so what it takes to write a set down for the search is part of it.
//!
//! `cargo run --release -p gatewright-tests --example questions`, with sizes to choose.

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

/// Runs of which the median is told.
const RUNS: usize = 9;

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|n| n.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        SIZES.to_vec()
    } else {
        sizes
    };
    let controls = controls();
    let count = controls.len();
    println!("| set | policies | world | one invariant | all {count} controls | diff | analyze |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (name, set) in sets(&sizes) {
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
    if std::env::var_os("EFFORT").is_some() {
        eprintln!("{:?}", prover.effort());
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
    let slowest = alone.iter().map(|one| one.slowest).max();
    let building = alone.iter().map(|one| one.building).min();
    cells.push(milliseconds(building.unwrap_or_default()));
    cells.push(milliseconds(slowest.unwrap_or_default()));
    let counts = prove(set, controls).counts;
    let all = median(runs, || {
        black_box(prove(set, controls));
    });
    cells.push(format!("{} {counts:?}", milliseconds(all)));
    let new = edited(set);
    let mut classes = 0;
    let compared = median(runs, || {
        let world = World::new(set, &[&new], Assumptions::default());
        let found = diff(&world, &DiffOptions::default());
        classes = found.classes.len();
        if let Some(what) = found.exhausted {
            eprintln!("diff: {what}");
        }
    });
    cells.push(format!("{} ({classes} classes)", milliseconds(compared)));
    if set.policies.len() <= 1000 {
        let mut said = String::new();
        let analysed = median(1, || {
            let start = Instant::now();
            let found = analyze(set, &AnalyzeOptions::default(), &mut |what, _, _| {
                eprintln!("{:?} {what}", start.elapsed());
            });
            said = format!(
                "{} findings, {} gaps",
                found.findings.len(),
                found.gaps.items.len()
            );
            for (question, what) in found.exhausted.iter().take(3) {
                eprintln!("{question}: {what}");
            }
        });
        cells.push(format!("{} ({said})", milliseconds(analysed)));
    } else {
        cells.push("–".to_owned());
    }
    cells.join(" | ")
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
