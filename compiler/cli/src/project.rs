//! A policy set on its way to a decision: what every verb that takes a `PATH` begins with.

use std::path::{Path, PathBuf};

use anyhow::Result;
use gatewright_compiler::{Compilation, Input, compile};
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
        Loaded::Sources(input) => Ok(compiled(&input, terminal).map(Project::Compiled)),
    }
}

/// Load and compile one path, a bundle from the sources in it; findings go to standard error.
///
/// The errors are those of [`open`].
pub(crate) fn open_compiled(
    path: &Path,
    common: &Common,
    terminal: &Terminal,
) -> Result<Result<Box<Compilation>, Outcome>> {
    let input = sources(&[path.to_path_buf()], common)?;
    Ok(compiled(&input, terminal))
}

/// Compile; findings go to standard error, and where nothing can be decided that is the error.
pub(crate) fn compiled(input: &Input, terminal: &Terminal) -> Result<Box<Compilation>, Outcome> {
    let compilation = compile(input);
    report(&compilation, terminal);
    match compilation.is_readable() {
        true => Ok(Box::new(compilation)),
        false => Err(Outcome::Invalid),
    }
}

/// Load and compile paths, a bundle from the sources in it.
pub(crate) fn open_sources(paths: &[PathBuf], common: &Common) -> Result<Compilation> {
    Ok(compile(&sources(paths, common)?))
}

/// What is to be compiled: the sources at paths, or those in a bundle.
pub(crate) fn sources(paths: &[PathBuf], common: &Common) -> Result<Input> {
    match load::load(paths, common)? {
        Loaded::Sources(input) => Ok(input),
        Loaded::Bundle(name, bytes) => load::unpacked(&name, &bytes, common),
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
