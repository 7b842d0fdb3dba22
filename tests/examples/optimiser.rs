//! What the passes of the optimiser do, alone and together: the table of `docs/performance.md`.
//!
//! `cargo run --release -p gatewright-tests --example optimiser [POLICIES]`

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gatewright_bytecode::{Program, write};
use gatewright_codegen::{Options, emit};
use gatewright_compiler::compile;
use gatewright_decision::{Decisions, OptimiseOptions, Pass, build_optimised};
use gatewright_hir::data::Data;
use gatewright_hir::entra_schema;
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{
    CompliancePart, Engine, Evaluate, Mode, Rail, ReportOptions, Request, Scratch,
};
use gatewright_source::SourceMap;
use gatewright_tests::corpus::tenants;
use gatewright_tests::generate::policies::{Base, narrow_set};
use gatewright_tests::generate::{Random, policy_set, sign_in};
use gatewright_vm::run_counting;

/// Sign-ins whose instructions are counted, per set.
const SIGN_INS: usize = 200;

/// Each time is the smallest of so many.
const RUNS: usize = 5;

type Failure = Box<dyn std::error::Error>;

/// Counts the instructions that deciding whether policies apply takes.
struct Counting<'p> {
    program: &'p Program,
    instructions: Cell<u64>,
}

impl Evaluate for Counting<'_> {
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool {
        let Some(policy) = self.program.policies.get(policy) else {
            return false;
        };
        let entry = match rail {
            Rail::Certain => policy.certain,
            Rail::Possible => policy.possible,
        };
        let (holds, count) = run_counting(&self.program.code, entry, classes);
        self.instructions
            .set(self.instructions.get() + u64::from(count));
        holds
    }

    fn condition(&self, _: usize, _: usize, _: Rail, _: &[u32]) -> bool {
        true
    }

    fn compliance(&self, _: usize, _: CompliancePart, _: Rail, _: &[u32]) -> bool {
        true
    }
}

/// What is measured of the sets of a shape together.
#[derive(Default)]
struct Figures {
    variables: usize,
    classes: usize,
    nodes: usize,
    words: usize,
    bytes: usize,
    instructions: f64,
    /// Building, passes included.
    build: Duration,
    /// The passes.
    passes: Duration,
}

/// The time since the first call.
fn clock() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn measure(sets: &[PolicySet], passes: &[Pass]) -> Result<Figures, Failure> {
    let options = OptimiseOptions {
        passes: passes.to_vec(),
        clock: Some(clock),
        ..OptimiseOptions::default()
    };
    let mut sum = Figures::default();
    for set in sets {
        let mut best: Option<(Duration, Decisions)> = None;
        let mut least_passes = Duration::MAX;
        for _ in 0..RUNS {
            let start = Instant::now();
            let (decisions, report) = build_optimised(set, &options);
            let took = start.elapsed();
            let of_passes = report.effects.iter().filter_map(|effect| effect.took);
            least_passes = least_passes.min(of_passes.sum());
            if best.as_ref().is_none_or(|(least, _)| took < *least) {
                best = Some((took, decisions));
            }
        }
        let Some((build, decisions)) = best else {
            continue;
        };
        let program = emit(set, &decisions, &SourceMap::new(), &Options::default());
        sum.build += build;
        sum.passes += least_passes;
        sum.variables += decisions.space.variables.len();
        let counts = decisions.space.variables.iter().map(|v| v.class_count);
        sum.classes += counts.map(|count| count as usize).sum::<usize>();
        sum.nodes += decisions.dag.node_count();
        sum.words += program.code.len();
        sum.bytes += write(&program, &[])?.len();
        sum.instructions += instructions(set, program)?;
    }
    Ok(sum)
}

/// Instructions per decision, over random sign-ins in the mode `graph`.
fn instructions(set: &PolicySet, program: Program) -> Result<f64, Failure> {
    let engine = Engine::from_program(program)?;
    let counting = Counting {
        program: engine.program(),
        instructions: Cell::new(0),
    };
    let mut random = Random::new(1);
    let mut scratch = Scratch::default();
    let options = ReportOptions {
        mode: Mode::Graph,
        explain: false,
        hash: false,
    };
    for _ in 0..SIGN_INS {
        let text = sign_in(&mut random, &set.schema).to_string();
        let request = Request::from_json(&engine, text.as_bytes())?;
        engine.report_with(&counting, &request, &mut scratch, &options)?;
    }
    Ok(counting.instructions.get() as f64 / SIGN_INS as f64)
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn rows(shape: &str, sets: &[PolicySet]) -> Result<(), Failure> {
    let row = |what: &str, passes: &[Pass]| -> Result<(), Failure> {
        let Figures {
            variables,
            classes,
            nodes,
            words,
            bytes,
            instructions,
            build,
            passes,
        } = measure(sets, passes)?;
        println!(
            "| {shape} | {what} | {variables} | {classes} | {nodes} | {words} | {} | \
             {instructions:.0} | {:.2} | {:.2} |",
            bytes / 1024,
            build.as_secs_f64() * 1e3,
            passes.as_secs_f64() * 1e3,
        );
        Ok(())
    };
    row("none", &[])?;
    for pass in Pass::ALL {
        row(&format!("`{}` alone", pass.name()), &[pass])?;
    }
    row("all", &Pass::ALL)
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<(), Failure> {
    let base = Base {
        schema: entra_schema(),
        strengths: Data::built_in().built_in_strengths(),
        app_groups: Data::built_in().app_groups.clone(),
    };
    println!(
        "| set | passes | variables | classes | nodes | code words | bundle KiB | instructions | \
         build ms | of it passes |\n|---|---|---|---|---|---|---|---|---|---|"
    );
    let corpus: Vec<PolicySet> = tenants()
        .iter()
        .map(|tenant| compile(&tenant.input).set)
        .filter(|set| !set.policies.is_empty())
        .collect();
    rows("corpus", &corpus)?;
    let counts: Vec<usize> = match std::env::args().nth(1) {
        Some(count) => vec![count.parse()?],
        None => vec![240, 1_000, 10_000],
    };
    for count in counts {
        let mut random = Random::new(count as u64);
        let mixed = policy_set(&mut random, &base, count);
        rows(&format!("mixed {count}"), &[mixed])?;
        let narrow = narrow_set(&mut random, &base, count);
        rows(&format!("narrow {count}"), &[narrow])?;
    }
    Ok(())
}
