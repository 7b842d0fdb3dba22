//! `gatewright completions`: what a shell completes.

use anyhow::Result;
use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::outcome::Outcome;
use crate::terminal::Terminal;

/// Print the script for a shell.
pub(crate) fn run(args: &Completions, terminal: &Terminal) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "gatewright", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Yes)
}
