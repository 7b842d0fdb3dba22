//! What was found, for people at a terminal.

use std::fmt::Write as _;

use gatewright_analysis::analyze::{Access, PLATFORMS};
use gatewright_compiler::{
    Analyzed, Compilation, ProofOutcome, Property, Severity, ToldEffect, ToldFinding, ToldGap,
    ToldWitness,
};
use gatewright_source::Span;

use crate::terminal::counted;

/// LIMIT: gaps that are told here; the page and the JSON have all.
const GAPS_SHOWN: usize = 8;

/// LIMIT: corners of a gap that are told here.
const UNLESS_SHOWN: usize = 4;

/// Escape sequences, or nothing.
struct Paint(bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        match self.0 {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.with("2", text)
    }

    /// How a question came out.
    fn sign(&self, holds: Option<bool>) -> String {
        match holds {
            Some(true) => self.with("32", "✓"),
            Some(false) => self.with("31", "✗"),
            None => self.with("33", "?"),
        }
    }
}

/// Everything, in groups.
pub(super) fn text(
    compilation: &Compilation,
    found: &Analyzed,
    with_notes: bool,
    is_coloured: bool,
) -> String {
    let paint = Paint(is_coloured);
    let mut text = String::new();
    // Writing to a string cannot fail.
    properties(
        &mut text,
        &paint,
        "Invariants of the project",
        &found.invariants,
    );
    controls(&mut text, &paint, found);
    lock_out(&mut text, &paint, found);
    findings(&mut text, &paint, compilation, found, with_notes);
    gaps(&mut text, &paint, found);
    matrix(&mut text, &paint, found);
    effects(&mut text, &paint, found);
    text.trim_start_matches('\n').to_owned()
}

fn heading(text: &mut String, paint: &Paint, title: &str) {
    _ = writeln!(text, "\n{}", paint.bold(title));
}

fn properties(text: &mut String, paint: &Paint, title: &str, properties: &[Property]) {
    if properties.is_empty() {
        return;
    }
    heading(text, paint, title);
    for property in properties {
        one_property(text, paint, property);
    }
}

fn one_property(text: &mut String, paint: &Paint, property: &Property) {
    let name = &property.proof.name;
    let (sign, why) = match &property.proof.outcome {
        ProofOutcome::Proved {
            is_vacuous: true, ..
        } => (
            paint.sign(Some(true)),
            "speaks of no sign-in that can exist".to_owned(),
        ),
        ProofOutcome::Proved { .. } => (paint.sign(Some(true)), String::new()),
        ProofOutcome::Refuted(refutation) => (paint.sign(Some(false)), refutation.sentence.clone()),
        ProofOutcome::Undecided(what) => (paint.sign(None), what.clone()),
    };
    _ = writeln!(text, "  {sign} {name}");
    if !why.is_empty() {
        _ = writeln!(text, "      {}", paint.dim(&why));
    }
}

/// The headlines with their witnesses, of the others how many there are.
fn controls(text: &mut String, paint: &Paint, found: &Analyzed) {
    if found.controls.is_empty() {
        return;
    }
    let without = match found.break_glass.is_empty() {
        true => String::new(),
        false => format!(", without {}", said(&found.break_glass.join(", "))),
    };
    heading(text, paint, &format!("Controls{without}"));
    let (first, rest): (Vec<_>, Vec<_>) = found.controls.iter().partition(|one| one.is_headline);
    for property in first {
        one_property(text, paint, property);
    }
    let is_proved = |one: &&&Property| matches!(one.proof.outcome, ProofOutcome::Proved { .. });
    let proved = rest.iter().filter(is_proved).count();
    let line = format!("and {proved} of {} others hold", rest.len());
    _ = writeln!(text, "  {}", paint.dim(&line));
}

fn lock_out(text: &mut String, paint: &Paint, found: &Analyzed) {
    if found.entrances.is_empty() {
        return;
    }
    heading(text, paint, "Lock-out");
    if found.is_guessed {
        let line = match found.break_glass.is_empty() {
            true => "nobody is excluded from most policies; `--break-glass` names who is to get in",
            false => "guessed from who most policies exclude; `--break-glass` says otherwise",
        };
        _ = writeln!(text, "  {}", paint.dim(line));
    }
    for one in &found.entrances {
        _ = writeln!(
            text,
            "  {} {}: {}",
            paint.sign(one.holds),
            said(&one.who),
            one.claim
        );
        if one.holds != Some(true) {
            _ = writeln!(text, "      {}", said(&one.because));
            one.witness
                .iter()
                .for_each(|shown| witness(text, paint, shown));
        }
    }
}

fn findings(
    text: &mut String,
    paint: &Paint,
    compilation: &Compilation,
    found: &Analyzed,
    with_notes: bool,
) {
    let (notes, warnings): (Vec<_>, Vec<_>) = found
        .findings
        .iter()
        .partition(|one| one.severity == Severity::Note);
    if !warnings.is_empty() {
        heading(text, paint, "Warnings");
    }
    for one in warnings {
        finding(text, paint, compilation, one);
    }
    if notes.is_empty() {
        return;
    }
    heading(text, paint, "Notes");
    if with_notes {
        notes
            .iter()
            .for_each(|one| finding(text, paint, compilation, one));
        return;
    }
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for note in notes {
        match counts.iter_mut().find(|(title, _)| *title == note.title) {
            Some((_, count)) => *count += 1,
            None => counts.push((note.title, 1)),
        }
    }
    for (title, count) in counts {
        _ = writeln!(text, "  {count:>3} × {title}");
    }
    _ = writeln!(text, "  {}", paint.dim("`--notes` tells them"));
}

fn finding(text: &mut String, paint: &Paint, compilation: &Compilation, one: &ToldFinding) {
    let title = match one.severity {
        Severity::Note => paint.bold(one.title),
        _ => paint.with("1;33", one.title),
    };
    let place = place(compilation, one.span);
    _ = writeln!(text, "  {title}  {}", paint.dim(&place));
    _ = writeln!(text, "      {}", one.sentence);
    one.witness
        .iter()
        .for_each(|shown| witness(text, paint, shown));
    _ = writeln!(text, "      {} {}", paint.dim("help:"), one.advice);
}

fn witness(text: &mut String, paint: &Paint, witness: &ToldWitness) {
    let label = match witness.is_confirmed {
        true => "for example:",
        false => "not confirmed:",
    };
    _ = writeln!(text, "      {} {}", paint.dim(label), witness.sentence);
}

fn gaps(text: &mut String, paint: &Paint, found: &Analyzed) {
    heading(
        text,
        paint,
        "Gaps: sign-ins of users at which nothing is required",
    );
    if !found.asks_for_users {
        _ = writeln!(text, "  not looked for under a schema of one's own");
        return;
    }
    if found.gaps.is_empty() {
        let line = match found.has_all_gaps {
            true => "there are none",
            false => "nobody knows",
        };
        _ = writeln!(text, "  {line}");
    }
    let is_by_persona = found.gaps.iter().any(|gap| gap.persona.is_some());
    let shown = if is_by_persona {
        found.gaps.len()
    } else {
        GAPS_SHOWN
    };
    let mut persona = None;
    for gap in found.gaps.iter().take(shown) {
        if gap.persona != persona {
            persona.clone_from(&gap.persona);
            _ = writeln!(text, "  {}", persona.as_deref().unwrap_or_default());
        }
        one_gap(text, paint, gap);
    }
    let more = found.gaps.len().saturating_sub(shown);
    if more > 0 || !found.has_all_gaps {
        let line = match (more, found.has_all_gaps) {
            (0, _) => "and more that were not looked for".to_owned(),
            (more, true) => format!("and {more} more"),
            (more, false) => format!("and at least {more} more"),
        };
        _ = writeln!(text, "  {}", paint.dim(&line));
    }
}

fn one_gap(text: &mut String, paint: &Paint, gap: &ToldGap) {
    _ = writeln!(text, "  - {}", gap.sentence);
    if !gap.except.is_empty() {
        _ = writeln!(
            text,
            "      {} {}",
            paint.dim("where"),
            gap.except.join("; ")
        );
    }
    for unless in gap.unless.iter().take(UNLESS_SHOWN) {
        _ = writeln!(text, "      {} {unless}", paint.dim("unless"));
    }
    if let Some(more @ 1..) = gap.unless.len().checked_sub(UNLESS_SHOWN) {
        let line = format!("and {more} more that are left out");
        _ = writeln!(text, "      {}", paint.dim(&line));
    }
    witness(text, paint, &gap.witness);
}

/// Of each cell the weakest part, and with a mark where risk makes a difference.
fn matrix(text: &mut String, paint: &Paint, found: &Analyzed) {
    if found.matrix.is_empty() {
        return;
    }
    heading(text, paint, "The weakest way to a token");
    let width = found
        .matrix
        .iter()
        .map(|row| row.persona.chars().count())
        .max();
    let width = width.unwrap_or_default().clamp(8, 32);
    let mut line = format!("  {:width$}", "");
    for platform in PLATFORMS {
        _ = write!(line, "  {platform:<16}");
    }
    _ = writeln!(text, "{}", paint.dim(line.trim_end()));
    let mut is_marked = false;
    for row in &found.matrix {
        let mut line = format!("  {:width$}", row.persona);
        for risks in &row.cells {
            let weakest = risks.iter().map(|cell| cell.access).min();
            let weakest = weakest.unwrap_or(Access::Unknown);
            let differs = risks.iter().any(|cell| cell.access != weakest);
            is_marked |= differs;
            let word = format!("{}{}", word(weakest), if differs { "*" } else { "" });
            let padded = format!("{word:<16}");
            let shown = match weakest {
                Access::Nothing => paint.with("31", &padded),
                Access::Unknown => paint.with("33", &padded),
                _ => padded,
            };
            _ = write!(line, "  {shown}");
        }
        _ = writeln!(text, "{}", line.trim_end());
    }
    if is_marked {
        _ = writeln!(text, "  {}", paint.dim("* stricter at some levels of risk"));
    }
}

fn word(access: Access) -> &'static str {
    match access {
        Access::Nothing => "nothing",
        Access::Other => "something",
        Access::Mfa => "mfa",
        Access::ManagedDevice => "device",
        Access::PhishingResistant => "phishing-proof",
        Access::ManagedDeviceAndMfa => "device and mfa",
        Access::Blocked => "blocked",
        Access::NoSignIn => "–",
        Access::Unknown => "?",
    }
}

/// The policies by how much hangs on them.
fn effects(text: &mut String, paint: &Paint, found: &Analyzed) {
    let mut counted_cells: Vec<(&str, &str, usize)> = Vec::new();
    let mut idle = 0;
    for one in &found.effects {
        match &one.effect {
            ToldEffect::Changes { demand, cells, .. } => {
                counted_cells.push((&one.policy.name, demand, *cells));
            }
            ToldEffect::NotEnforced => {}
            _ => idle += 1,
        }
    }
    if counted_cells.is_empty() {
        return;
    }
    let all = found.cell_count();
    heading(text, paint, "What would be missing without each policy");
    counted_cells.sort_by_key(|(_, _, cells)| std::cmp::Reverse(*cells));
    for (name, demand, cells) in counted_cells {
        let share = match cells {
            0 => String::new(),
            cells => format!(", in {cells} of {all} cells"),
        };
        let line = format!("{}{share}", said(demand));
        _ = writeln!(text, "  {name}  {}", paint.dim(&line));
    }
    if idle > 0 {
        let line = counted(idle, "enforced policy changes", "enforced policies change");
        _ = writeln!(
            text,
            "  {}",
            paint.dim(&format!("{line} nothing that was found"))
        );
    }
}

/// Names on a terminal need no marks where they stand by themselves.
fn said(text: &str) -> String {
    text.replace('`', "")
}

fn place(compilation: &Compilation, span: Span) -> String {
    let sources = &compilation.sources;
    let source = sources.get(span.source);
    let position = source.map(|source| source.position(span.start));
    let line = position.map_or(0, |position| position.line);
    format!("{}:{line}", sources.name(span.source))
}
