//! The command `gatewright`.
//!
//! Reads arguments, brings the bytes, calls the pure compiler and the runtime, prints, and ends with
//! the exit code that `docs/cli.md` promises. Everything that touches the outside world is here.

mod args;
mod assumed;
mod clock;
mod commands;
mod load;
mod outcome;
mod people;
mod project;
mod terminal;
mod write;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Cli, Command, Rule};
use crate::outcome::Outcome;
use crate::terminal::Terminal;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; everything else is a message. Where printing fails,
            // nobody is left to tell.
            let _ = error.print();
            return if error.use_stderr() {
                Outcome::CouldNotRun
            } else {
                Outcome::Yes
            }
            .into();
        }
    };
    let terminal = Terminal::new(cli.common.color);
    match run(&cli, &terminal) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            terminal.say(&format!("gatewright: {error:#}"));
            Outcome::CouldNotRun.into()
        }
    }
}

fn run(cli: &Cli, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let common = &cli.common;
    match &cli.command {
        Command::Check(args) => commands::check::run(args, common, terminal),
        Command::Eval(args) => commands::eval::run(args, common, terminal),
        Command::Fmt(args) => commands::fmt::run(args, terminal),
        Command::Test(args) => commands::test::run(args, common, terminal),
        Command::Diff(args) => commands::diff::run(args, common, terminal),
        Command::Prove(args) => commands::prove::run(args, common, terminal),
        Command::Analyze(args) => commands::analyze::run(args, common, terminal),
        Command::Rule(Rule::Check(args)) => commands::rule::check(args, terminal),
        Command::Rule(Rule::Eval(args)) => commands::rule::eval(args, common, terminal),
        Command::Rule(Rule::Translate(args)) => commands::rule::translate(args, terminal),
        Command::Import(args) => commands::import::run(args, common, terminal),
        Command::Export(args) => commands::export::run(args, common, terminal),
        Command::Build(args) => commands::build::run(args, common, terminal),
        Command::Inspect(args) => commands::inspect::run(args, common, terminal),
        Command::Bench(args) => commands::bench::run(args, common, terminal),
        Command::Explain(args) => commands::explain::run(args, terminal),
        Command::Lsp(_) => commands::lsp::run(common),
        Command::New(args) => commands::new::run(args, terminal),
        Command::Version => {
            terminal.print(concat!("gatewright ", env!("CARGO_PKG_VERSION"), "\n"))?;
            Ok(Outcome::Yes)
        }
        Command::Completions(args) => commands::completions::run(args, terminal),
    }
}
