//! A fix as the lines before and after it.

use std::fmt::Write as _;

use gatewright_source::{Source, SourceId, SourceMap};

use super::excerpt::{shown, shown_text};
use super::human::Paint;
use super::place::sanitised;
use crate::{Applicability, Diagnostic, Edit, Fix};

/// Longer lines are cut, in characters.
const LINE_CHARS_MAX: usize = 160;
/// What is shown of a line before the first and after the last edit, in bytes.
const CONTEXT_BYTES: usize = 80;
/// More lines are counted, not shown.
const LINES_MAX: usize = 8;
/// Edits with at most so many bytes between them are shown as one change.
const GAP_BYTES_MAX: usize = 400;

/// A fix, ready to be drawn.
#[derive(Debug)]
pub(super) struct Suggestion<'a> {
    fix: &'a Fix,
    changes: Vec<Change>,
    /// The highest line number that will be written.
    pub(super) last_line: u32,
}

#[derive(Debug)]
struct Change {
    /// Where it is not the file of the finding.
    file: Option<String>,
    /// Of the first line, from 1.
    number: u32,
    before: Vec<String>,
    after: Vec<String>,
}

/// Work out what `fix` changes, by file and line.
pub(super) fn suggestion<'a>(
    fix: &'a Fix,
    diagnostic: &Diagnostic,
    sources: &SourceMap,
) -> Suggestion<'a> {
    let mut edits: Vec<&Edit> = fix.edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let home = diagnostic.span().source;
    let mut changes = Vec::new();
    let mut rest = edits.as_slice();
    while let Some(first) = rest.first() {
        let id = first.span.source;
        let is_near = |pair: &[&Edit]| match pair {
            [a, b] => b.span.source == id && b.span.start <= a.span.end + GAP_BYTES_MAX as u32,
            _ => false,
        };
        let count = 1 + rest.windows(2).take_while(|pair| is_near(pair)).count();
        let (near, others) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        if let Some(source) = sources.get(id) {
            changes.push(change(near, id, home, source));
        }
        rest = others;
    }
    let lines = |change: &Change| change.before.len().max(change.after.len());
    let last =
        |change: &Change| change.number + u32::try_from(lines(change)).unwrap_or(0).max(1) - 1;
    let last_line = changes.iter().map(last).max().unwrap_or(0);
    Suggestion {
        fix,
        changes,
        last_line,
    }
}

fn change(edits: &[&Edit], id: SourceId, home: SourceId, source: &Source) -> Change {
    let text = &*source.text;
    let ranges: Vec<_> = edits
        .iter()
        .map(|edit| sanitised(text, edit.span))
        .collect();
    let first = ranges.first().map_or(0, |range| range.0);
    let last = ranges.iter().map(|range| range.1).max().unwrap_or(first);
    let (start, is_cut_before) = context_start(text, first);
    let (end, is_cut_after) = context_end(text, last);

    let mut after = String::new();
    let mut done = start;
    for (edit, (from, to)) in edits.iter().zip(&ranges) {
        after.push_str(text.get(done..*from).unwrap_or(""));
        after.push_str(&edit.text);
        done = done.max(*to);
    }
    after.push_str(text.get(done..end).unwrap_or(""));
    let before = lines(text.get(start..end).unwrap_or(""));
    let after = lines(&after);

    // Lines that stay as they are at either end say nothing.
    let pairs = before.iter().zip(&after);
    let same_head = pairs
        .take_while(|(a, b)| a == b)
        .count()
        .min(before.len().min(after.len()));
    let room = before.len().min(after.len()) - same_head;
    let pairs = before.iter().rev().zip(after.iter().rev());
    let same_tail = pairs.take_while(|(a, b)| a == b).count().min(room);
    let is_first = same_head == 0;
    let kept = |all: &[String]| {
        let kept = all
            .get(same_head..all.len() - same_tail)
            .unwrap_or_default();
        let last = kept.len().saturating_sub(1);
        let mark = |(at, line): (usize, &String)| {
            let head = if at == 0 && is_first && is_cut_before {
                "…"
            } else {
                ""
            };
            let tail = if at == last && same_tail == 0 && is_cut_after {
                "…"
            } else {
                ""
            };
            format!("{head}{line}{tail}")
        };
        kept.iter().enumerate().map(mark).collect()
    };
    let number = source
        .position(u32::try_from(start).unwrap_or(u32::MAX))
        .line;
    Change {
        file: (id != home).then(|| source.name.clone()),
        number: number + u32::try_from(same_head).unwrap_or(0),
        before: kept(&before),
        after: kept(&after),
    }
}

/// The start of the line, or a place in it not far before `offset`.
fn context_start(text: &str, offset: usize) -> (usize, bool) {
    let mut floor = offset.saturating_sub(CONTEXT_BYTES);
    while !text.is_char_boundary(floor) {
        floor -= 1;
    }
    match text.get(floor..offset).and_then(|near| near.rfind('\n')) {
        Some(at) => (floor + at + 1, false),
        None => (
            floor,
            floor > 0 && text.as_bytes().get(floor - 1) != Some(&b'\n'),
        ),
    }
}

/// The end of the line, or a place in it not far behind `offset`.
fn context_end(text: &str, offset: usize) -> (usize, bool) {
    let mut ceiling = (offset + CONTEXT_BYTES).min(text.len());
    while !text.is_char_boundary(ceiling) {
        ceiling += 1;
    }
    match text.get(offset..ceiling).and_then(|near| near.find('\n')) {
        Some(at) => (offset + at, false),
        None => (
            ceiling,
            ceiling < text.len() && text.as_bytes().get(ceiling) != Some(&b'\n'),
        ),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.split('\n')
        .map(|line| line.trim_end().to_owned())
        .collect()
}

impl Suggestion<'_> {
    /// The title, unless the help says the same, and the lines.
    pub(super) fn draw(&self, help: Option<&str>, width: usize, paint: Paint, out: &mut String) {
        let bar = format!("{} {}", " ".repeat(width), paint.margin("│"));
        let word = match self.fix.applicability {
            Applicability::Always => "fix:",
            Applicability::Maybe => "try:",
        };
        if help != Some(self.fix.title.as_str()) {
            let title = shown_text(&self.fix.title, 400);
            let _ = writeln!(out, "{bar} {} {title}", paint.paint("1;32", word));
        }
        for change in &self.changes {
            if let Some(file) = &change.file {
                let _ = writeln!(out, "{bar} in {}", shown_text(file, 400));
            }
            for (lines, sign, code) in [(&change.before, '-', "31"), (&change.after, '+', "32")] {
                for (number, line) in (change.number..).zip(lines.iter().take(LINES_MAX)) {
                    let line = format!("{number:>width$} {sign} {}", shown_line(line));
                    let _ = writeln!(out, "{}", paint.paint(code, line.trim_end()));
                }
                if lines.len() > LINES_MAX {
                    let more = lines.len() - LINES_MAX;
                    let _ = writeln!(out, "{bar} … and {more} more lines");
                }
            }
        }
    }
}

/// Indentation is kept, a long line is cut.
fn shown_line(line: &str) -> String {
    let mut shown_chars = String::new();
    for (count, c) in line.chars().enumerate() {
        if count == LINE_CHARS_MAX * 2 {
            shown_chars.push('…');
            break;
        }
        match c {
            '\t' => shown_chars.push_str("    "),
            c => shown_chars.push(shown(c)),
        }
    }
    shown_chars
}
