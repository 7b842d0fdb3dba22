//! The daily habits of who works on this repository: `cargo dev …`.
//!
//! Nothing of the product depends on this crate, and it depends on none of the product's crates, so
//! that it still runs when they do not compile.

mod bless;
mod check;
mod counts;
mod mutants;
mod new_diagnostic;
mod patch;
mod process;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The daily habits of who works on Gatewright.
#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
struct Cli {
    #[command(subcommand)]
    habit: Habit,
}

#[derive(Subcommand)]
enum Habit {
    /// Check everything, one line per step.
    Check(check::Options),
    /// Accept what the tests see now: snapshots, expectations and generated documents.
    Bless,
    /// Count the instructions of a decision each way, and compare them with what is committed.
    Counts(counts::Options),
    /// Start a diagnostic: the row of the registry and its page.
    NewDiagnostic(new_diagnostic::Options),
    /// Show that the tests fail when the code is wrong: run them on every patch of tests/mutants.
    Mutants(mutants::Options),
}

fn main() -> ExitCode {
    let habit = Cli::parse().habit;
    let done = tree::root().and_then(|root| match habit {
        Habit::Check(options) => check::run(&root, &options),
        Habit::Bless => bless::run(&root),
        Habit::Counts(options) => counts::run(&root, &options),
        Habit::NewDiagnostic(options) => new_diagnostic::run(&root, &options),
        Habit::Mutants(options) => mutants::run(&root, &options),
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            process::say_error(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
