//! `gatewright build`: the bytecode bundle.

use anyhow::{Context as _, Result};

use crate::args::{Build, Common};
use crate::outcome::Outcome;
use crate::terminal::{Terminal, counted};
use crate::{project, write};

/// Compile and write the bundle.
pub(crate) fn run(args: &Build, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let input = project::sources(std::slice::from_ref(&args.path), common)?;
    let compilation = match project::compiled(&input, terminal) {
        Err(outcome) => return Ok(outcome),
        Ok(compilation) => compilation,
    };
    let program = compilation.program(&compilation.decisions());
    let bytes = if args.without_sources {
        let bytes = compilation.bundle(&program);
        bytes.context("the set is too large for a bundle")?
    } else {
        let bytes = compilation.bundle_with_sources(&program, &input);
        bytes.context("the sources do not go into a bundle; `--without-sources` leaves them out")?
    };
    write::replace(&args.output, &bytes)?;
    terminal.say(&format!(
        "wrote {} to `{}`: {} bytes",
        counted(compilation.set.policies.len(), "policy", "policies"),
        args.output.display(),
        bytes.len()
    ));
    Ok(Outcome::Yes)
}
