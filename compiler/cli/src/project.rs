//! A policy set on its way to a decision: what every verb that takes a `PATH` begins with.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use gatewright_compiler::{Compilation, compile};
use gatewright_diagnostics::{Diagnostic, Severity, render, summary};

use crate::args::Common;
use crate::load::{self, Loaded};
use crate::outcome::Outcome;
use crate::terminal::Terminal;

/// Sources compiled, or a bundle as it is.
pub(crate) enum Project {
    /// Sources, with everything that the compiler has to say.
    Compiled(Box<Compilation>),
    /// A bundle, with the name to show.
    Bundle(String, Vec<u8>),
}

/// Load and compile one path; findings go to standard error.
///
/// The outer error means that the program could not run, the inner one that the source is invalid.
pub(crate) fn open(
    path: &Path,
    common: &Common,
    terminal: &Terminal,
) -> Result<Result<Project, Outcome>> {
    match load::load(&[path.to_path_buf()], common)? {
        Loaded::Bundle(name, bytes) => Ok(Ok(Project::Bundle(name, bytes))),
        Loaded::Sources(input) => {
            let compilation = compile(&input);
            report(&compilation, terminal);
            if compilation.is_readable() {
                Ok(Ok(Project::Compiled(Box::new(compilation))))
            } else {
                Ok(Err(Outcome::Invalid))
            }
        }
    }
}

/// Load and compile paths that must be sources.
pub(crate) fn open_sources(paths: &[PathBuf], common: &Common) -> Result<Compilation> {
    match load::load(paths, common)? {
        Loaded::Bundle(name, _) => bail!("`{name}` is a bundle; this verb needs its sources"),
        Loaded::Sources(input) => Ok(compile(&input)),
    }
}

/// Tell the findings of a compilation: all of them where nothing can be decided, else the errors,
/// and the number of the others.
pub(crate) fn report(compilation: &Compilation, terminal: &Terminal) {
    let diagnostics = &compilation.diagnostics;
    if diagnostics.is_empty() {
        return;
    }
    let is_shown = |d: &Diagnostic| !compilation.is_readable() || d.severity == Severity::Error;
    let (shown, counted): (Vec<Diagnostic>, Vec<Diagnostic>) =
        diagnostics.iter().cloned().partition(is_shown);
    if !shown.is_empty() {
        let text = render::human(&shown, &compilation.sources, terminal.color_err);
        terminal.say(text.trim_end());
    }
    if !counted.is_empty() {
        terminal.say(&format!(
            "{}; `gatewright check` shows them",
            summary(&counted)
        ));
    }
}
