//! What the passes of the optimiser do, alone and together: the table of `docs/performance.md`.
//!
//! `cargo run --release -p gatewright-tests --example optimiser [POLICIES]`

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gatewright_bytecode::{Program, write};
use gatewright_codegen::{Options, emit};
use gatewright_compiler::compile;
use gatewright_decision::{
    Classes, Decisions, Formula, Literal, OptimiseOptions, Pass, Space, build_optimised,
};
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

/// What passes that do not exist would find in what the others leave.
#[derive(Default)]
struct Rest {
    /// Nodes, where every condition of every policy had its own.
    unshared: usize,
    literals: usize,
    /// Literals of parts that a part beside them absorbs: `A ∨ (A ∧ B)`.
    absorbed: usize,
    /// Tests of parts of a text, beside a test for exact values of the same text.
    implied: usize,
}

impl Rest {
    fn add(&mut self, decisions: &Decisions) {
        let mut seen: Vec<*const Formula<Literal>> = Vec::new();
        for policy in &decisions.policies {
            let roots = policy.conditions.iter().map(|condition| condition.roots);
            for roots in roots.chain([policy.roots]) {
                let pair = [roots.certain, roots.possible];
                self.unshared += decisions.dag.reachable(&pair).len();
            }
            for condition in &policy.conditions {
                let formula = &condition.formula;
                if !seen.contains(&std::sync::Arc::as_ptr(formula)) {
                    seen.push(std::sync::Arc::as_ptr(formula));
                    self.literals += formula.literal_count();
                    self.formula(&decisions.space, formula);
                }
            }
        }
    }

    fn formula(&mut self, space: &Space, formula: &Formula<Literal>) {
        let (parts, is_conjunction) = match formula {
            Formula::And(parts) => (parts, true),
            Formula::Or(parts) => (parts, false),
            _ => return,
        };
        for (at, part) in parts.iter().enumerate() {
            let others = parts.iter().enumerate().filter(|(other, _)| *other != at);
            let mut others = others.map(|(_, other)| other);
            if others.any(|other| absorbs(other, part, is_conjunction)) {
                self.absorbed += part.literal_count();
            }
            let is_implied = parts.iter().any(|other| implies(space, other, part));
            self.implied += usize::from(is_implied);
            self.formula(space, part);
        }
    }
}

/// Whether `kept ∨ part` is `kept` (in a conjunction: `kept ∧ part`), by what is written.
fn absorbs(kept: &Formula<Literal>, part: &Formula<Literal>, is_conjunction: bool) -> bool {
    let inner = match (part, is_conjunction) {
        (Formula::And(inner), false) | (Formula::Or(inner), true) => inner,
        _ => return false,
    };
    let within =
        |(first, last): &(u32, u32), (low, high): &(u32, u32)| low <= first && last <= high;
    let is_subset = |small: &Literal, large: &Literal| {
        let mut runs = small.classes.runs().iter();
        small.variable == large.variable
            && runs.all(|run| large.classes.runs().iter().any(|other| within(run, other)))
    };
    inner.iter().any(|one| match (one, kept) {
        (Formula::Literal(one), Formula::Literal(kept)) if is_conjunction => is_subset(kept, one),
        (Formula::Literal(one), Formula::Literal(kept)) => is_subset(one, kept),
        (one, kept) => one == kept,
    })
}

/// Whether one literal is of the exact values of a text and the other of a part of it.
fn implies(space: &Space, exact: &Formula<Literal>, part: &Formula<Literal>) -> bool {
    let (Formula::Literal(exact), Formula::Literal(part)) = (exact, part) else {
        return false;
    };
    let variable = |literal: &Literal| space.variables.get(literal.variable as usize);
    let Some((of_exact, of_part)) = variable(exact).zip(variable(part)) else {
        return false;
    };
    let parts = matches!(
        of_part.classes,
        Classes::Contains(_) | Classes::EndsWith(_) | Classes::Matches(_)
    );
    parts && matches!(of_exact.classes, Classes::Text(_)) && of_exact.attribute == of_part.attribute
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn rest(shape: &str, sets: &[PolicySet]) {
    let (mut rest, mut nodes) = (Rest::default(), 0);
    for set in sets {
        let (decisions, _) = build_optimised(set, &OptimiseOptions::default());
        nodes += decisions.dag.node_count();
        rest.add(&decisions);
    }
    let Rest {
        unshared,
        literals,
        absorbed,
        implied,
    } = rest;
    println!("| {shape} | {nodes} | {unshared} | {literals} | {absorbed} | {implied} |");
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<(), Failure> {
    let base = Base::entra();
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
    let mut sets = vec![("corpus".to_owned(), corpus)];
    for count in counts {
        let mut random = Random::new(count as u64);
        sets.push((
            format!("mixed {count}"),
            vec![policy_set(&mut random, &base, count)],
        ));
        sets.push((
            format!("narrow {count}"),
            vec![narrow_set(&mut random, &base, count)],
        ));
    }
    for (shape, sets) in sets.iter().skip(1) {
        rows(shape, sets)?;
    }
    println!(
        "\n| set | nodes | without sharing | literals | absorbed beside them | of texts that are \
         tested beside them |\n|---|---|---|---|---|---|"
    );
    for (shape, sets) in &sets {
        rest(shape, sets);
    }
    Ok(())
}
