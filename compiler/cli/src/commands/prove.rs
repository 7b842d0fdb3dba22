//! `gatewright prove`: properties of all sign-ins, proved or refuted.

mod constraint;
pub(super) mod properties;
mod render;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::{Proof, ProofOutcome, ProveOptions, prove};

use self::properties::Chosen;
use super::test::progress;
use crate::args::{Common, Prove, ProveFormat};
use crate::outcome::Outcome;
use crate::terminal::{Terminal, counted};
use crate::{load, project, write};

/// Prove what is asked for, or print which sign-ins can exist.
pub(crate) fn run(args: &Prove, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    if args.format == ProveFormat::Dot && !args.print_constraint {
        bail!("`--format dot` draws a constraint; add `--print-constraint`");
    }
    let assumptions = args.assumed.assumptions()?;
    let chosen = properties::choose(args, common)?;
    project::report(&chosen.compilation, terminal);
    if !chosen.compilation.is_readable() {
        return Ok(Outcome::Invalid);
    }
    if args.print_constraint {
        terminal.print(&constraint::print(&chosen, assumptions, args.format))?;
        return Ok(Outcome::Yes);
    }
    if chosen.invariants.is_empty() {
        bail!(
            "there is no invariant in `{}`; say what to prove, such as \
             'clients [exchangeActiveSync, other] always block'",
            load::display(&args.path)
        );
    }
    let options = ProveOptions {
        assumptions,
        budget: args.assumed.budget(),
        within: chosen.within.clone(),
    };
    let mut progress = progress("properties");
    let Chosen {
        compilation,
        invariants,
        ..
    } = &chosen;
    let proofs = prove(compilation, invariants, &options, &mut progress);
    let files = match &args.witness {
        Some(folder) => witnesses(folder, &proofs)?,
        None => vec![None; proofs.len()],
    };
    let text = match args.format {
        ProveFormat::Json => render::json(&proofs, &compilation.sources)?,
        _ => render::human(&proofs, &files, &compilation.sources),
    };
    terminal.print(&text)?;
    Ok(sum_up(&proofs, terminal))
}

/// Write the request of every refutation into a folder; the files by the places of the proofs.
fn witnesses(folder: &Path, proofs: &[Proof]) -> Result<Vec<Option<String>>> {
    let mut taken = BTreeSet::new();
    let mut files = Vec::with_capacity(proofs.len());
    for proof in proofs {
        let ProofOutcome::Refuted(refutation) = &proof.outcome else {
            files.push(None);
            continue;
        };
        write::make_folder(folder)?;
        let slug = slug(&proof.name);
        let names = (2..).map(|number| format!("{slug}-{number}"));
        let mut names = std::iter::once(slug.clone()).chain(names);
        let name = names.find(|name| !taken.contains(name));
        let name = name.context("no name is left for a file")?;
        let path = folder.join(format!("{name}.json"));
        taken.insert(name);
        let mut text = serde_json::to_string_pretty(&refutation.request)?;
        text.push('\n');
        write::replace(&path, text.as_bytes())?;
        files.push(Some(load::display(&path)));
    }
    Ok(files)
}

/// LIMIT: characters of a file name that is made of an invariant's name.
const SLUG_CHARS_MAX: usize = 80;

/// A name for a file: letters and digits of the invariant's name, dashes between words.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let slug: String = words.join("-").chars().take(SLUG_CHARS_MAX).collect();
    match slug.trim_end_matches('-') {
        "" => "invariant".to_owned(),
        slug => slug.to_owned(),
    }
}

/// Say how many came out how, and end accordingly.
fn sum_up(proofs: &[Proof], terminal: &Terminal) -> Outcome {
    let count =
        |is: fn(&ProofOutcome) -> bool| proofs.iter().filter(|proof| is(&proof.outcome)).count();
    let refuted = count(|outcome| matches!(outcome, ProofOutcome::Refuted(_)));
    let unknown = count(|outcome| matches!(outcome, ProofOutcome::Undecided(_)));
    terminal.say(&format!(
        "{}: {} proved, {refuted} refuted, {unknown} undecided",
        counted(proofs.len(), "property", "properties"),
        proofs.len() - refuted - unknown
    ));
    match (refuted, unknown) {
        (0, 0) => Outcome::Yes,
        (0, _) => Outcome::Unknown,
        _ => Outcome::No,
    }
}
