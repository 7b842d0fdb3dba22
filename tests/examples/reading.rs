//! How fast sources are read: the second table of `docs/performance.md`.
//!
//! `cargo run --release -p gatewright-tests --example reading`

use std::hint::black_box;
use std::time::Instant;

use gatewright_compiler::{Input, SourceFile, compile};
use gatewright_source::SourceId;
use gatewright_syntax::{lex_file, parse_file};
use gatewright_tests::corpus;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set};
use gatewright_tests::histogram::Histogram;
use gatewright_tests::repository::files;
use gatewright_tests::sayable::sayable;

/// Texts are repeated up to this length.
const BYTES: usize = 10_000_000;

/// Each figure is the best of so many runs.
const RUNS: usize = 5;

fn seconds(mut work: impl FnMut()) -> f64 {
    let run = || {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    std::iter::repeat_with(run)
        .take(RUNS)
        .fold(f64::INFINITY, f64::min)
}

fn row(what: &str, bytes: usize, seconds: f64) -> String {
    let megabytes = bytes as f64 / 1e6;
    let (time, speed) = (seconds * 1e3, megabytes / seconds);
    format!("| {what} | {megabytes:.1} | {time:.0} | {speed:.0} |")
}

/// A project of random policies, all in one file.
fn project(policy_count: usize) -> Input {
    let base = Base::entra();
    let mut set = policy_set(&mut Random::new(policy_count as u64), &base, policy_count);
    sayable(&mut set, &mut Histogram::default());
    let options = gatewright_interop::ImportOptions {
        grouped: true,
        ..Default::default()
    };
    let written = gatewright_interop::write_project(&set, &options);
    let files = written
        .into_iter()
        .filter(|(path, _)| path.ends_with(".gate"))
        .map(|(path, text)| SourceFile {
            path,
            bytes: text.into_bytes(),
        })
        .collect();
    Input {
        files,
        ..Input::default()
    }
}

fn length(input: &Input) -> usize {
    input.files.iter().map(|file| file.bytes.len()).sum()
}

#[expect(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    println!("| what | MB | ms | MB/s |\n|---|---|---|---|");
    let contoso: String = files()
        .into_iter()
        .filter(|file| file.path.starts_with("examples/contoso/") && file.path.ends_with(".gate"))
        .map(|file| file.text)
        .collect();
    let text = contoso.repeat(BYTES / contoso.len() + 1);
    let lex = seconds(|| drop(black_box(lex_file(&text))));
    println!("{}", row("tokens of policy text", text.len(), lex));
    let parse = seconds(|| drop(black_box(parse_file(SourceId(0), &text))));
    println!("{}", row("tokens and tree", text.len(), parse));
    for count in [1_000, 10_000] {
        let input = project(count);
        let check = seconds(|| drop(black_box(compile(&input))));
        let what = format!("{count} policies as text, checked and linted");
        println!("{}", row(&what, length(&input), check));
    }
    let corpus: Vec<Input> = corpus::tenants().into_iter().map(|t| t.input).collect();
    let read = seconds(|| {
        corpus
            .iter()
            .for_each(|input| drop(black_box(compile(input))))
    });
    let bytes = corpus.iter().map(length).sum();
    println!(
        "{}",
        row("the corpus of Graph JSON, checked and linted", bytes, read)
    );
}
