//! What evaluates conditions, side by side: the interpreter, closures, machine code, and machine
//! code for rows. Prints tables as Markdown.
//!
//! ```text
//! cargo run --release -p gatewright-jit --example engines [-- POLICIES_MAX]
//! ```
//!
//! Contenders take turns on the same classes and must agree; a figure is the median of 21 turns.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark prints, and may fail"
)]

#[path = "../tests/subjects/mod.rs"]
mod subjects;

use std::hint::black_box;
use std::time::Instant;

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_jit::{Columns, Native, Options};
use gatewright_runtime::{Engine, Lowering, Rail};
use gatewright_tests::generate::policies::narrow_set;
use gatewright_tests::generate::{Base, Random, policy_set, sign_in};

use subjects::closures::Closures;
use subjects::{Table, classes, engine_of, random_classes};

const TURNS: usize = 21;
const REQUESTS: usize = 256;

fn main() {
    let most = std::env::args()
        .nth(1)
        .map_or(10_000, |text| text.parse().unwrap());
    println!(
        "| set | instructions | interpreter | closures | native | rows | rows, effect | compile | code |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let base = Base::entra();
    for count in [10, 100, 240, 1_000, 10_000] {
        if count > most {
            break;
        }
        for is_narrow in [false, true] {
            let mut random = Random::new(7);
            let set = if is_narrow {
                narrow_set(&mut random, &base, count)
            } else {
                policy_set(&mut random, &base, count)
            };
            let engine = engine_of(&set);
            let request = |_| classes(&engine, &sign_in(&mut random, &base.schema)).unwrap();
            let rows: Vec<_> = (0..REQUESTS).map(request).collect();
            let shape = if is_narrow { "narrow" } else { "mixed" };
            measure(&format!("{count} {shape}"), &engine, &rows);
        }
    }
    for (count, terms) in [(24, 8), (240, 3), (240, 8), (240, 16)] {
        let engine = ranges(count, terms);
        let mut random = Random::new(7);
        let row = |_| random_classes(&mut random, engine.program());
        let rows: Vec<_> = (0..REQUESTS).map(row).collect();
        measure(
            &format!("{count} of own schema, {terms} terms"),
            &engine,
            &rows,
        );
    }
}

/// Policies of a schema of one's own: alternatives of ranges of integers and decimals, as pricing
/// and scoring have them.
fn ranges(count: usize, terms: usize) -> Engine {
    let mut random = Random::new(count as u64);
    let mut text = String::from("schema \"Scores\" version 1\n\nentity order {\n");
    for number in 0..6 {
        text.push_str(&format!(
            "    i{number}: Integer [0, 100000]\n    d{number}: Decimal\n"
        ));
    }
    text.push_str("}\n\ncontrol look \"A look\"\n\neffect pass \"It passes\"\n");
    text.push_str("effect hold \"It waits\"\neffect stop \"It stops\"\n\n");
    text.push_str("combine strongest otherwise pass\n\n");
    let mut policies = String::new();
    for number in 0..count {
        let alternatives: Vec<String> = (0..terms)
            .map(|_| {
                let tests: Vec<String> = (0..3)
                    .map(|_| {
                        let kind = *random.pick(&["i", "d"]);
                        let name = format!("order.{kind}{}", random.below(6));
                        let low = random.below(60_000);
                        let high = low + 1 + random.below(40_000);
                        format!("{name} -ge {low} -and {name} -lt {high}")
                    })
                    .collect();
                format!("({})", tests.join(" -and "))
            })
            .collect();
        let effect = *random.pick(&["pass", "hold", "stop"]);
        let when = alternatives.join("\n        -or ");
        policies.push_str(&format!(
            "policy \"P{number}\" {{\n    when {when}\n    then {effect}\n}}\n\n"
        ));
    }
    let file = |path: &str, text: String| SourceFile {
        path: path.to_owned(),
        bytes: text.into_bytes(),
    };
    let input = Input {
        files: vec![file("schema.gate", text), file("scores.gate", policies)],
        ..Input::default()
    };
    let compilation = compile(&input);
    assert!(compilation.is_readable(), "{}", compilation.render());
    engine_of(&compilation.set)
}

fn measure(name: &str, engine: &Engine, rows: &[Vec<u32>]) {
    let program = engine.program();
    let options = Options {
        check: false,
        ..Options::default()
    };
    let start = Instant::now();
    let native = Native::compile(engine, options).unwrap();
    let compiled = start.elapsed();
    let columns = Columns::compile(engine, Rail::Certain, options).unwrap();
    let closures = Closures::new(program);
    let table = Table::new(program, columns.variables(), rows);
    let given = table.columns();
    let mut bits = vec![0; rows.len() * columns.words()];
    let mut effects = vec![0; rows.len()];
    let mut listed = Vec::with_capacity(program.policies.len());
    let list_native = |row: &[u32], listed: &mut Vec<u32>| {
        native.applying(row, Rail::Certain, listed);
    };
    for row in rows {
        let expected = subjects::interpreted(engine, Rail::Certain, row);
        for by in [
            &list_native as &dyn Fn(&[u32], &mut Vec<u32>),
            &|row, listed| closures.applying(row, Rail::Certain, listed),
        ] {
            listed.clear();
            by(row, &mut listed);
            assert_eq!(listed, expected);
        }
    }
    subjects::assert_rows_alike(engine, &columns, Rail::Certain, rows);
    // Enough of each that the clock does not matter.
    let repeats = (200_000 / (program.policies.len() * rows.len())).max(1);
    let mut has_effects = false;
    let mut times: [Vec<f64>; 5] = [const { Vec::new() }; 5];
    for _ in 0..TURNS {
        let mut contender = 0;
        let mut turn = |run: &mut dyn FnMut()| {
            let start = Instant::now();
            (0..repeats).for_each(|_| run());
            let decisions = (repeats * rows.len()) as f64;
            times[contender].push(start.elapsed().as_secs_f64() * 1e9 / decisions);
            contender += 1;
        };
        let mut each = |by: &dyn Fn(&[u32], &mut Vec<u32>)| {
            for row in rows {
                listed.clear();
                by(black_box(row), &mut listed);
                black_box(&listed);
            }
        };
        turn(&mut || {
            each(&|row, listed| subjects::interpret(engine, Rail::Certain, row, listed));
        });
        turn(&mut || each(&|row, listed| closures.applying(row, Rail::Certain, listed)));
        turn(&mut || each(&list_native));
        turn(&mut || columns.applying(black_box(&given), &mut bits).unwrap());
        turn(&mut || has_effects = columns.effects(black_box(&given), &mut effects).unwrap());
    }
    let [vm, closures, native_time, by_rows, by_effect] = times.map(median);
    let by_effect = if has_effects {
        show(by_effect)
    } else {
        "–".to_owned()
    };
    let statistics = native.statistics();
    println!(
        "| {name} | {} | {} | {} | {} | {} | {by_effect} | {:.1} ms | {} kB |",
        engine.costs().instruction_count,
        show(vm),
        show(closures),
        show(native_time),
        show(by_rows),
        compiled.as_secs_f64() * 1e3,
        statistics.code_bytes / 1000,
    );
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn show(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1_000.0 => format!("{nanoseconds:.0} ns"),
        1_000.0..100_000.0 => format!("{:.2} µs", nanoseconds / 1e3),
        _ => format!("{:.0} µs", nanoseconds / 1e3),
    }
}
