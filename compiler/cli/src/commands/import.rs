//! `gatewright import`: Graph JSON to a project.

use anyhow::{Result, bail};
use gatewright_diagnostics::{render, summary};
use gatewright_interop::{ImportOptions, write_project};

use crate::args::{Common, Import};
use crate::outcome::Outcome;
use crate::terminal::{Terminal, counted};
use crate::{project, write};

/// Read, and write what was read as policy text.
pub(crate) fn run(args: &Import, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let compilation = project::open_sources(&args.paths, common)?;
    let diagnostics = &compilation.diagnostics;
    if !diagnostics.is_empty() {
        let text = render::human(diagnostics, &compilation.sources, terminal.color_err);
        terminal.say(text.trim_end());
    }
    if !compilation.is_readable() {
        terminal.say(&format!("{}; nothing was written", summary(diagnostics)));
        return Ok(Outcome::Invalid);
    }
    let name = args
        .output
        .file_name()
        .map(|n| n.to_string_lossy().into_owned());
    let options = ImportOptions {
        name: name.unwrap_or_else(|| "imported".to_owned()),
        grouped: args.grouped,
        security_defaults: compilation.security_defaults,
    };
    let files = write_project(&compilation.set, &options);
    for (path, _) in &files {
        let path = args.output.join(path);
        if path.exists() {
            bail!("`{}` is there already; nothing was written", path.display());
        }
    }
    for (path, text) in &files {
        let path = args.output.join(path);
        if let Some(folder) = path.parent() {
            write::make_folder(folder)?;
        }
        write::replace(&path, text.as_bytes())?;
    }
    terminal.say(&format!(
        "wrote {} in {} to `{}`",
        counted(compilation.set.policies.len(), "policy", "policies"),
        counted(files.len(), "file", "files"),
        args.output.display()
    ));
    Ok(Outcome::Yes)
}
