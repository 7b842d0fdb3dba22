//! `gatewright export`: policies to Graph JSON or Terraform.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::{export, split, terraform};
use gatewright_diagnostics::{Severity, render, sort, summary};
use gatewright_interop::ExportOptions;

use crate::args::{Common, Export, ExportFormat};
use crate::outcome::Outcome;
use crate::terminal::{Terminal, counted};
use crate::{project, write};

/// The list of what an export wrote, so that the next one replaces that and nothing else.
const LIST: &str = ".gatewright-export";

/// Compile, and write what was asked for, all of it or nothing.
pub(crate) fn run(args: &Export, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let compilation = project::open_sources(std::slice::from_ref(&args.path), common)?;
    let mut found = compilation.diagnostics.clone();
    let mut set = compilation.set.clone();
    let mut split_count = 0;
    if args.split && compilation.is_readable() {
        let result = split(&set);
        split_count = result.split_count;
        found.extend(result.diagnostics);
        set = result.set;
    }
    let exported = match args.format {
        ExportFormat::Graph => export(
            &set,
            ExportOptions {
                normalise: args.normalise,
            },
        ),
        ExportFormat::Terraform => terraform(&set),
    };
    found.extend(exported.diagnostics);
    sort(&mut found);
    if !found.is_empty() {
        let text = render::human(&found, &compilation.sources, terminal.color_err);
        terminal.say(text.trim_end());
    }
    if found.iter().any(|d| d.severity == Severity::Error) {
        terminal.say(&format!("{}; nothing was written", summary(&found)));
        return Ok(Outcome::Invalid);
    }
    replace(&args.output, &exported.files)?;
    let split = match split_count {
        0 => String::new(),
        count => format!(
            ", {} split and proved equal",
            counted(count, "policy", "policies")
        ),
    };
    terminal.say(&format!(
        "wrote {} in {} to `{}`{split}",
        counted(set.policies.len(), "policy", "policies"),
        counted(exported.files.len(), "file", "files"),
        args.output.display()
    ));
    Ok(Outcome::Yes)
}

/// Replace what an earlier export wrote to the folder.
fn replace(folder: &Path, files: &[(String, String)]) -> Result<()> {
    let list = folder.join(LIST);
    let earlier: BTreeSet<String> = match std::fs::read_to_string(&list) {
        Ok(text) => text
            .lines()
            .filter(|line| is_inside(line))
            .map(str::to_owned)
            .collect(),
        Err(_) => BTreeSet::new(),
    };
    for (path, _) in files.iter().filter(|(path, _)| !earlier.contains(path)) {
        let path = folder.join(path);
        if path.exists() {
            bail!(
                "`{}` is there already and no export wrote it; nothing was written",
                path.display()
            );
        }
    }
    write::make_folder(folder)?;
    let now: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let mut all: BTreeSet<&str> = now.clone();
    all.extend(earlier.iter().map(String::as_str));
    // Before anything else, so that an export that was broken off can be done again.
    write_list(&list, &all)?;
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(folder) = path.parent() {
            write::make_folder(folder)?;
        }
        write::replace(&path, text.as_bytes())?;
    }
    for path in earlier.iter().filter(|path| !now.contains(path.as_str())) {
        let path = folder.join(path);
        if path.exists() {
            std::fs::remove_file(&path)
                .with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
    }
    write_list(&list, &now)
}

fn write_list(path: &Path, files: &BTreeSet<&str>) -> Result<()> {
    let text: String = files.iter().map(|file| format!("{file}\n")).collect();
    write::replace(path, text.as_bytes())
}

/// Whether a path of the list stays inside the folder.
fn is_inside(path: &str) -> bool {
    let mut parts = Path::new(path).components();
    !path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
}
