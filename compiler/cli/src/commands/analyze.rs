//! `gatewright analyze`: what is wrong with a policy set, over all sign-ins.

mod human;
mod json;
mod page;

use anyhow::{Result, anyhow};
use gatewright_compiler::{AnalyzeOptions, Analyzed, Severity, analyze, break_glass};
use gatewright_value::vocabulary::State;

use crate::args::{Analyze, Common, DataFormat};
use crate::outcome::Outcome;
use crate::project;
use crate::terminal::{Progress, Terminal, counted};
use crate::write;

/// Analyse, print what was found, and write the page where one is wanted.
pub(crate) fn run(args: &Analyze, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let assumptions = args.assumed.assumptions()?;
    let compilation = match project::open_compiled(&args.path, common, terminal)? {
        Ok(compilation) => compilation,
        Err(outcome) => return Ok(outcome),
    };
    let options = AnalyzeOptions {
        assumptions,
        budget: args.assumed.budget(),
        break_glass: break_glass(&compilation, &args.break_glass)
            .map_err(|what| anyhow!("--break-glass: {what}"))?,
        is_by_persona: args.by_persona,
    };
    let found = analyze(&compilation, &options, &mut progress());
    if let Some(path) = &args.report {
        let report = page::report(&compilation, &found, args, common)?;
        write::replace(path, gatewright_report::page(&report).as_bytes())?;
    }
    let text = match args.format {
        DataFormat::Human => human::text(&compilation, &found, args.notes, terminal.color_out),
        DataFormat::Json => json::text(&compilation, &found)?,
    };
    terminal.print(&text)?;
    let is_enforced = |state: State| {
        state == State::Enabled || state == State::ReportOnly && args.assumed.report_only
    };
    if !found.effects.iter().any(|one| is_enforced(one.state)) {
        terminal
            .say("note: no policy is enforced; `--report-only` takes those that report as such");
    }
    sum_up(&found, terminal);
    Ok(match (found.has_wrong(), found.is_certain()) {
        (true, _) => Outcome::No,
        (false, true) => Outcome::Yes,
        (false, false) => Outcome::Unknown,
    })
}

/// Say how much there is of everything, and what was left open.
fn sum_up(found: &Analyzed, terminal: &Terminal) {
    for what in &found.exhausted {
        terminal.say(&format!("unknown: {what}; `--budget` searches further"));
    }
    for what in &found.disagreements {
        terminal.say(&format!("unknown, and a defect of gatewright: {what}"));
    }
    let notes = found
        .findings
        .iter()
        .filter(|one| one.severity == Severity::Note)
        .count();
    let refuted = found
        .invariants
        .iter()
        .filter(|one| one.is_refuted())
        .count();
    let lock_outs = found
        .entrances
        .iter()
        .filter(|one| one.holds == Some(false))
        .count();
    let gaps = counted(found.gaps.len(), "gap", "gaps");
    let at_least = if found.has_all_gaps { "" } else { "at least " };
    terminal.say(&format!(
        "{}: {}, {}, {}, {}, {at_least}{gaps}",
        counted(found.effects.len(), "policy", "policies"),
        counted(found.findings.len() - notes, "warning", "warnings"),
        counted(notes, "note", "notes"),
        counted(lock_outs, "lock-out", "lock-outs"),
        counted(refuted, "refuted invariant", "refuted invariants"),
    ));
}

/// What is being looked at.
fn progress() -> impl FnMut(&str, usize, usize) {
    let mut progress = Progress::new();
    move |what, done, all| {
        if done != all {
            progress.show(&format!("{} of {all}: {what}", done + 1));
        }
    }
}
