//! `gatewright diff`: which sign-ins two policy sets decide differently.

mod human;
mod json;
mod markdown;
mod words;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use gatewright_analysis::diff::Step;
use gatewright_compiler::{
    CompareOptions, CompareStep, Comparison, Compilation, compare, incomparable,
};

use super::prove::properties;
use crate::args::{Common, Diff, DiffFormat};
use crate::outcome::Outcome;
use crate::terminal::{Progress, Terminal, counted};
use crate::{load, people, project};

/// Compare, and print what differs.
pub(crate) fn run(args: &Diff, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let stdin = Path::new("-");
    if args.old == stdin && args.new == stdin {
        bail!("standard input can be OLD or NEW, not both");
    }
    let mut options = CompareOptions {
        assumptions: args.assumed.assumptions()?,
        budget: args.assumed.budget(),
        within: None,
    };
    let users = args.users.as_ref().map(|path| {
        let common = Common {
            directory: Some(path.clone()),
            ..common.clone()
        };
        let users = people::of_file(&common);
        users.with_context(|| format!("--users `{}`", load::display(path)))
    });
    let users = users.transpose()?;
    let old = open(&args.old, args.old_edition.as_ref(), common, terminal)?;
    let new = open(&args.new, args.new_edition.as_ref(), common, terminal)?;
    let (Some(old), Some(new)) = (old, new) else {
        return Ok(Outcome::Invalid);
    };
    if let Some(why) = incomparable(&old, &new) {
        bail!("{why}; only sets with one schema can be compared");
    }
    if let Some(within) = &args.within {
        // Standard input can be read once.
        let (path, edition) = match args.new == stdin {
            false => (&args.new, &args.new_edition),
            true => (&args.old, &args.old_edition),
        };
        let common = by(edition.as_ref(), common);
        options.within = properties::within(within, path, &common, terminal)?;
        if options.within.is_none() {
            return Ok(Outcome::Invalid);
        }
    }
    let comparison = {
        let mut progress = Progress::new();
        let mut show = |step| {
            if let Some(text) = shown(step) {
                progress.show(&text);
            }
        };
        compare(&old, &new, &options, users.as_ref(), &mut show)
    };
    let text = match args.format {
        DiffFormat::Human => human::text(&comparison, terminal.color_out),
        DiffFormat::Json => json::text(&comparison)?,
        DiffFormat::Markdown => markdown::text(&comparison)?,
    };
    terminal.print(&text)?;
    doubts(&comparison, terminal);
    Ok(
        match (comparison.is_certain(), comparison.classes.as_slice()) {
            (false, _) => Outcome::Unknown,
            (true, []) => Outcome::Yes,
            (true, _) => Outcome::No,
        },
    )
}

/// How far a comparison has come, in a few words. Not everybody who is counted is told.
fn shown(step: CompareStep) -> Option<String> {
    Some(match step {
        CompareStep::Searching(Step::Demands(done, all)) => {
            format!("{} of {all}: what is demanded where", done + 1)
        }
        CompareStep::Searching(Step::Found(count)) => {
            let found = counted(count, "difference", "differences");
            format!("looking for differences: {found} so far")
        }
        CompareStep::Searching(Step::Described(done, all)) => {
            format!("{} of {all}: where a difference is", done + 1)
        }
        CompareStep::People(done, all) if done % 16 == 0 || done == all => {
            format!("{done} of {all} people")
        }
        CompareStep::People(..) => return None,
    })
}

/// Load and compile one side; `None` where it is invalid.
fn open(
    path: &Path,
    edition: Option<&String>,
    common: &Common,
    terminal: &Terminal,
) -> Result<Option<Box<Compilation>>> {
    let common = by(edition, common);
    Ok(project::open_compiled(path, &common, terminal)?.ok())
}

/// The options for a side that is read by an edition of its own.
fn by(edition: Option<&String>, common: &Common) -> Common {
    Common {
        edition: edition.or(common.edition.as_ref()).cloned(),
        ..common.clone()
    }
}

/// Say on standard error why an answer is not certain.
fn doubts(comparison: &Comparison, terminal: &Terminal) {
    for note in &comparison.notes {
        terminal.say(&format!("note: {note}"));
    }
    if let Some(what) = &comparison.exhausted {
        terminal.say(&format!(
            "unknown: {what}; there may be further differences, `--budget` searches further"
        ));
    }
    if comparison.has_further {
        terminal.say("note: there are further differences, which are not listed");
    }
    for (place, class) in comparison.classes.iter().enumerate() {
        if !class.is_confirmed {
            terminal.say(&format!(
                "unknown: the reference evaluator does not confirm difference {}: {}",
                place + 1,
                class.request
            ));
        }
    }
}
