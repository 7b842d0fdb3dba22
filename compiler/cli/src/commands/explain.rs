//! `gatewright explain`: the page of a diagnostic.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use gatewright_diagnostics::{Code, Level, Levels, Severity, codes};

use crate::args::Explain;
use crate::outcome::Outcome;
use crate::terminal::Terminal;

/// Print the page, or the list of all codes.
pub(crate) fn run(args: &Explain, terminal: &Terminal) -> Result<Outcome> {
    let Some(name) = &args.code else {
        terminal.print(&list())?;
        return Ok(Outcome::Yes);
    };
    match Code::find(name) {
        Some(code) => {
            terminal.print(code.page())?;
            Ok(Outcome::Yes)
        }
        // Setting the level of a code that there is not says which one is meant.
        None => match Levels::default().set(name, Level::Deny) {
            Err(error) => bail!("{error}; `gatewright explain` lists them all"),
            Ok(()) => bail!("there is no diagnostic `{name}`"),
        },
    }
}

fn list() -> String {
    let mut text = String::new();
    for code in codes::all() {
        let severity = match code.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}  {:<34} {:<8} {}",
            code.name(),
            code.slug(),
            severity,
            code.summary()
        );
    }
    text
}
