//! `cargo dev check`: everything that must hold, one line per step with its time.
//!
//! A step that fails prints what it said and does not stop the next one.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::counts;
use crate::mutants;
use crate::process::{Finished, begin, cargo, finish, say, say_error};

/// How much to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The inner loop: format, lints, unit tests and house rules.
    #[arg(long, conflicts_with = "full")]
    fast: bool,
    /// Also what takes long: a million decisions in every engine, peers, instructions, mutants.
    #[arg(long)]
    full: bool,
}

/// The modules whose faults would decide wrongly (operators, combination, encoding, lowering, and
/// the verifier), by the package whose tests have to notice. Every mutant of theirs has to be
/// killed, or excluded with a reason in `.cargo/mutants.toml`.
const MUTATED: &[(&str, &str, &str)] = &[
    (
        "gatewright-value",
        "runtime/value/src",
        "truth fold ordered address",
    ),
    ("gatewright-vm", "runtime/vm/src", "encode interpret"),
    (
        "gatewright-runtime",
        "runtime/engine/src",
        "combine session claims signals plan",
    ),
    ("gatewright-bytecode", "runtime/bytecode/src", "verify"),
    (
        "gatewright-decision",
        "compiler/decision/src",
        "formula class_set apply chain",
    ),
    (
        "gatewright-codegen",
        "compiler/codegen/src",
        "code controls matchers program",
    ),
];

/// Run the steps; true where all hold.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let mut all_hold = true;
    for (name, command) in steps(root, options) {
        all_hold &= step(name, command)?;
    }
    if options.full {
        all_hold &= native_code_in_valgrind(root)?;
        all_hold &= threads_in_helgrind(root)?;
        all_hold &= counts::run(root, &counts::Options::default())?;
        all_hold &= mutants::run(root, &mutants::Options::default())?;
        all_hold &= cargo_mutants(root)?;
    }
    say(if all_hold {
        "all holds"
    } else {
        "something does not hold, see above"
    });
    Ok(all_hold)
}

fn steps(root: &Path, options: &Options) -> Vec<(&'static str, Command)> {
    let clippy = "clippy --quiet --workspace --all-targets -- -D warnings";
    let mut steps = vec![
        ("format", words(root, "fmt --all --check")),
        ("lints", words(root, clippy)),
    ];
    if options.fast {
        steps.push((
            "unit tests",
            words(root, "test --quiet --workspace --lib --bins"),
        ));
        steps.push((
            "house rules",
            words(root, "test --quiet -p gatewright-tests --test tidy"),
        ));
        return steps;
    }
    // The tests of `gatewright-tests` hold the house rules and compare every generated file with
    // what would be generated now.
    let tests = "test --quiet --workspace --all-targets --no-fail-fast";
    steps.push(("tests, house rules, generated files", words(root, tests)));
    steps.push((
        "examples in documentation",
        words(root, "test --quiet --workspace --doc"),
    ));
    let mut doc = words(
        root,
        "doc --quiet --workspace --no-deps --document-private-items",
    );
    doc.env("RUSTDOCFLAGS", "-D warnings");
    steps.push(("documentation", doc));
    if options.full {
        let words_of_test =
            "test --quiet --profile profiling -p gatewright-tests --test differential";
        let mut differential = words(root, words_of_test);
        differential.env("GATEWRIGHT_DECISIONS", "1000000");
        steps.push(("a million decisions in every engine", differential));
        let mut scale = words(
            root,
            "test --quiet --profile profiling -p gatewright-tests --test scale",
        );
        scale.env("GATEWRIGHT_FULL", "1");
        steps.push(("ten thousand policies in every engine", scale));
        let peers = "run --quiet --release --manifest-path tests/peers/Cargo.toml -- --quick";
        steps.push(("peers decide alike", words(root, peers)));
    }
    steps
}

/// Machine code that reads or writes what was not allocated; see `docs/testing.md`.
fn native_code_in_valgrind(root: &Path) -> Result<bool> {
    let name = "native code under valgrind";
    if !counts::has_valgrind() {
        say(&format!("{name:<40} skipped: valgrind is not installed"));
        return Ok(true);
    }
    let runner = "target.'cfg(unix)'.runner = \
                  'valgrind --smc-check=all-non-file --error-exitcode=9 -q'";
    let test = "-p gatewright-jit --test agreement -- programs_that native_masks";
    let mut command = cargo(root, &["test", "--quiet", "--config", runner]);
    command.args(test.split(' '));
    command.env("GATEWRIGHT_NATIVE_SETS", "1");
    step(name, command)
}

/// Two threads that decide with one engine, watched for writes to what they share. That the checker
/// sees one is shown by threads that write something.
fn threads_in_helgrind(root: &Path) -> Result<bool> {
    let name = "threads under helgrind";
    if !counts::has_valgrind() {
        say(&format!("{name:<40} skipped: valgrind is not installed"));
        return Ok(true);
    }
    let runner = "target.'cfg(unix)'.runner = 'valgrind --tool=helgrind --error-exitcode=9 -q \
                  --suppressions=tests/threads.supp'";
    let run = |words: &str| {
        let mut command = cargo(root, &["run", "--quiet", "--release", "--config", runner]);
        command.args(words.split(' '));
        command
    };
    let example = "-p gatewright-tests --example threads -- watch";
    let is_clean = step(name, run(example))?;
    begin(&format!("{:<40} ", "helgrind sees a write"));
    let mut written = finish(run(&format!("{example} written")), None)?;
    written.is_success = !written.is_success && written.output.contains("data race");
    say(&outcome(&written));
    Ok(is_clean && written.is_success)
}

fn words(root: &Path, words: &str) -> Command {
    cargo(root, &words.split_whitespace().collect::<Vec<_>>())
}

fn step(name: &str, command: Command) -> Result<bool> {
    begin(&format!("{name:<40} "));
    let finished = finish(command, None)?;
    say(&outcome(&finished));
    if !finished.is_success {
        say_error(&finished.output);
    }
    Ok(finished.is_success)
}

fn outcome(finished: &Finished) -> String {
    let word = if finished.is_success {
        "holds"
    } else {
        "FAILS"
    };
    format!("{word}  {:>7.1} s", finished.time.as_secs_f64())
}

fn cargo_mutants(root: &Path) -> Result<bool> {
    let version = finish(cargo(root, &["mutants", "--version"]), None);
    if !version.is_ok_and(|finished| finished.is_success) {
        let reason = "skipped: cargo-mutants is not installed (cargo install cargo-mutants)";
        say(&format!("{:<40} {reason}", "generated mutants"));
        return Ok(true);
    }
    let mut all_hold = true;
    for (package, folder, modules) in MUTATED {
        let output = root.join("target/mutants").join(package);
        std::fs::create_dir_all(&output)?;
        let mut command = cargo(
            root,
            &["mutants", "--no-shuffle", "--test-package", package],
        );
        command.arg("--output").arg(&output);
        for module in modules.split(' ') {
            command.args(["--file", &format!("{folder}/{module}.rs")]);
        }
        begin(&format!("{:<40} ", format!("mutants of {package}")));
        let mut finished = finish(command, None)?;
        finished.is_success = is_every_mutant_noticed(&finished.output);
        say(&outcome(&finished));
        if !finished.is_success {
            say_error(&finished.output);
        }
        all_hold &= finished.is_success;
    }
    Ok(all_hold)
}

/// What cargo-mutants says counts, not its status: that is an error too where a mutant was noticed
/// by a test that did not end.
fn is_every_mutant_noticed(output: &str) -> bool {
    let has = |word, what| {
        let mut lines = output.lines();
        lines.any(|line| line.starts_with(word) && line.contains(what))
    };
    has("ok ", "Unmutated baseline") && !has("MISSED ", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mutant_that_does_not_end_is_noticed_and_a_missed_one_is_not() {
        let baseline = "ok       Unmutated baseline in 2.0s build + 0.1s test\n";
        let with = |line: &str| is_every_mutant_noticed(&format!("{baseline}{line}\n"));
        assert!(with("TIMEOUT  src/a.rs:1:2: replace + with * in f"));
        assert!(!with("MISSED   src/a.rs:1:2: replace + with * in f"));
        assert!(!is_every_mutant_noticed("FAILED   Unmutated baseline\n"));
    }
}
