//! `gatewright build`: the bytecode bundle.

use anyhow::{Context as _, Result, bail};

use crate::args::{Build, Common};
use crate::outcome::Outcome;
use crate::project::{self, Project};
use crate::terminal::{Terminal, counted};
use crate::write;

/// Compile and write the bundle.
pub(crate) fn run(args: &Build, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let compilation = match project::open(&args.path, common, terminal)? {
        Err(outcome) => return Ok(outcome),
        Ok(Project::Bundle(name, _)) => bail!("`{name}` is a bundle already"),
        Ok(Project::Compiled(compilation)) => compilation,
    };
    let program = compilation.program(&compilation.decisions());
    let bytes = compilation
        .bundle(&program)
        .context("the set is too large for a bundle")?;
    write::replace(&args.output, &bytes)?;
    terminal.say(&format!(
        "wrote {} to `{}`: {} bytes",
        counted(compilation.set.policies.len(), "policy", "policies"),
        args.output.display(),
        bytes.len()
    ));
    Ok(Outcome::Yes)
}
