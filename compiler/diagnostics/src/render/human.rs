//! For people: a frame for each place, the finding above, what to do below.
//!
//! ariadne draws the lines, underlines and arrows of each frame; this module gives it excerpts (so
//! that cost and output are bounded by what is shown), and writes heads, numbers and feet itself.
//! No other file names ariadne.
//!
//! INVARIANT: never panics, whatever the spans (property test `any_span_can_be_drawn`).
//! INVARIANT: the characters [`FRAME`] and [`SILENT`] are in no excerpt, so finding them in ariadne's
//! output is certain.

use std::fmt::Write as _;

use ariadne::{Cache, Color, Config, IndexType, Label, Report, ReportKind, Source};
use gatewright_source::SourceMap;

use super::excerpt::{Excerpt, excerpt, shown_text};
use super::place::{Cluster, clusters};
use super::suggestion::suggestion;
use crate::{Diagnostic, Severity};

/// Stands for the name of a frame.
const FRAME: char = '\u{1}';
/// The text of a label that has none.
const SILENT: char = '\u{2}';

/// Messages are drawn up to this length, in characters; names in them may be of any length.
const MESSAGE_CHARS_MAX: usize = 400;

/// Further labels are counted, not drawn.
const LABELS_MAX: usize = 16;

/// Draw every finding, in the given order, with an empty line between two.
#[must_use]
pub fn human(diagnostics: &[Diagnostic], sources: &SourceMap, color: bool) -> String {
    let mut out = String::new();
    for (index, diagnostic) in diagnostics.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        draw(diagnostic, sources, Paint { color }, &mut out);
    }
    out
}

/// The colours of what ariadne does not draw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    pub(super) fn paint(self, code: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn margin(self, text: &str) -> String {
        self.paint("38;5;246", text)
    }
}

fn draw(diagnostic: &Diagnostic, sources: &SourceMap, paint: Paint, out: &mut String) {
    let (word, code) = match diagnostic.severity {
        Severity::Error => ("error", "1;31"),
        Severity::Warning => ("warning", "1;33"),
        Severity::Hint => ("hint", "1;36"),
    };
    let head = paint.paint(code, &format!("{word}[{}]", diagnostic.code.name()));
    let message = shown_text(&diagnostic.message, MESSAGE_CHARS_MAX);
    let _ = writeln!(out, "{head}{}", paint.paint("1", &format!(": {message}")));

    let drawn = diagnostic
        .labels
        .get(..LABELS_MAX)
        .unwrap_or(&diagnostic.labels);
    let clusters = clusters(drawn, sources);
    let suggestions: Vec<_> = diagnostic
        .fixes
        .iter()
        .map(|fix| suggestion(fix, diagnostic, sources))
        .collect();
    let last_line = clusters.iter().map(|cluster| cluster.last_line);
    let last_line = last_line
        .chain(suggestions.iter().map(|s| s.last_line))
        .max()
        .unwrap_or(1);
    let width = last_line.to_string().len();

    draw_frames(&clusters, diagnostic.severity, width, paint, out);
    let bar = format!("{} {}", " ".repeat(width), paint.margin("│"));
    if diagnostic.labels.len() > LABELS_MAX {
        let count = diagnostic.labels.len() - LABELS_MAX;
        let _ = writeln!(out, "{bar} … and {count} more places");
    }
    if let Some(help) = &diagnostic.help {
        let help = shown_text(help, MESSAGE_CHARS_MAX);
        let _ = writeln!(out, "{bar} {} {help}", paint.paint("1;36", "help:"));
    }
    for suggestion in &suggestions {
        suggestion.draw(diagnostic.help.as_deref(), width, paint, out);
    }
    let foot = if clusters.is_empty() { "╵" } else { "╯" };
    let has_box = !clusters.is_empty() || diagnostic.help.is_some() || !suggestions.is_empty();
    if has_box {
        let line = if clusters.is_empty() { " " } else { "─" };
        let _ = writeln!(
            out,
            "{}",
            paint.margin(&format!("{}{foot}", line.repeat(width + 1)))
        );
    }
}

fn draw_frames(
    clusters: &[Cluster<'_>],
    severity: Severity,
    width: usize,
    paint: Paint,
    out: &mut String,
) {
    let excerpts: Vec<Excerpt> = clusters.iter().map(excerpt).collect();
    let report = ariadne_report(clusters, &excerpts, severity, paint);
    let bodies = frame_bodies(&report);
    for (index, cluster) in clusters.iter().enumerate() {
        let corner = if index == 0 { "╭─[" } else { "├─[" };
        let _ = writeln!(
            out,
            "{} {} {} {}",
            " ".repeat(width),
            paint.margin(corner),
            shown_text(&cluster.location(), MESSAGE_CHARS_MAX),
            paint.margin("]"),
        );
        if cluster.source.text.is_empty() {
            for place in cluster
                .places
                .iter()
                .filter(|place| !place.label.text.is_empty())
            {
                let text = shown_text(&place.label.text, MESSAGE_CHARS_MAX);
                let _ = writeln!(out, "{} {} {text}", " ".repeat(width), paint.margin("│"));
            }
            continue;
        }
        for line in bodies.get(index).into_iter().flatten() {
            let (number, bar) = match line.number {
                Some(number) => ((cluster.first_line as usize + number - 1).to_string(), "│"),
                None if line.is_blank() => (String::new(), "┆"),
                None => (String::new(), "│"),
            };
            let margin = paint.margin(&format!("{number:>width$} {bar}"));
            let _ = writeln!(out, "{margin}{}", line.text(paint));
        }
    }
}

/// A line that ariadne drew, without its margin.
#[derive(Debug)]
struct BodyLine {
    number: Option<usize>,
    cells: Vec<Cell>,
}

/// A character with the colour that it is drawn in (the codes of a terminal; empty for none).
#[derive(Clone, Debug)]
struct Cell {
    color: String,
    character: char,
}

impl BodyLine {
    fn is_blank(&self) -> bool {
        self.cells.is_empty()
    }

    fn contains(&self, character: char) -> bool {
        self.cells.iter().any(|cell| cell.character == character)
    }

    /// The body with as few colour codes as it needs.
    fn text(&self, paint: Paint) -> String {
        let mut out = String::new();
        for run in self.cells.chunk_by(|a, b| a.color == b.color) {
            let text: String = run.iter().map(|cell| cell.character).collect();
            match run.first().map(|cell| cell.color.as_str()) {
                Some(color) if !color.is_empty() => out.push_str(&paint.paint(color, &text)),
                _ => out.push_str(&text),
            }
        }
        out
    }
}

/// Take ariadne's output apart: for each frame, its lines.
fn frame_bodies(report: &str) -> Vec<Vec<BodyLine>> {
    let mut frames: Vec<Vec<BodyLine>> = Vec::new();
    for line in report.lines() {
        if line.contains(FRAME) {
            frames.push(Vec::new());
            continue;
        }
        let Some(frame) = frames.last_mut() else {
            continue;
        };
        let Some(mut line) = body_line(line) else {
            continue;
        };
        if line.contains(SILENT) {
            silence(frame);
        } else if !is_decoration(&line, frame.last()) {
            if line.number.is_none() {
                shorten_arrow(&mut line.cells);
            }
            frame.push(line);
        }
    }
    for frame in &mut frames {
        while frame
            .last()
            .is_some_and(|line| line.number.is_none() && line.is_blank())
        {
            frame.pop();
        }
    }
    frames
}

/// Empty lines under a head, and lines that only lead arrows on.
fn is_decoration(line: &BodyLine, before: Option<&BodyLine>) -> bool {
    if line.number.is_some() {
        return false;
    }
    let leads_on = line
        .cells
        .iter()
        .all(|cell| matches!(cell.character, ' ' | '│'));
    before.map_or(line.is_blank(), |before| {
        leads_on && !line.is_blank() && before.number.is_none() && before.contains('╰')
    })
}

/// Close the arrow that would lead to a label without text.
fn silence(frame: &mut [BodyLine]) {
    let underline = frame
        .iter_mut()
        .rev()
        .take_while(|line| line.number.is_none())
        .last();
    for cell in underline.into_iter().flat_map(|line| &mut line.cells) {
        if cell.character == '┬' {
            cell.character = '─';
        }
    }
}

/// `╰── text`, where ariadne would align the texts of a line.
fn shorten_arrow(cells: &mut Vec<Cell>) {
    let Some(corner) = cells.iter().position(|cell| cell.character == '╰') else {
        return;
    };
    let run = cells
        .iter()
        .skip(corner + 1)
        .take_while(|cell| cell.character == '─')
        .count();
    if run > 2 {
        cells.drain(corner + 3..corner + 1 + run);
    }
}

/// Split the margin ` 14 │` off; none for the foot of the report.
fn body_line(line: &str) -> Option<BodyLine> {
    let cells = cells(line);
    let margin = cells
        .iter()
        .position(|cell| matches!(cell.character, '│' | '┆'))?;
    let (number, body) = cells.split_at_checked(margin)?;
    let number: String = number.iter().map(|cell| cell.character).collect();
    let number = match number.trim() {
        "" => None,
        digits => Some(digits.parse().ok()?),
    };
    let body = body.get(1..).unwrap_or_default();
    let end = body
        .iter()
        .rposition(|cell| cell.character != ' ')
        .map_or(0, |at| at + 1);
    Some(BodyLine {
        number,
        cells: body.get(..end).unwrap_or_default().to_vec(),
    })
}

/// The characters of a line with their colours.
fn cells(line: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut color = "";
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        let code = rest
            .strip_prefix("\x1b[")
            .and_then(|rest| rest.split_once('m'));
        if let Some((code, after)) = code {
            color = if code == "0" { "" } else { code };
            rest = after;
            continue;
        }
        // A space has no colour that could be seen.
        let color = if character == ' ' { "" } else { color };
        cells.push(Cell {
            color: color.to_owned(),
            character,
        });
        rest = rest.get(character.len_utf8()..).unwrap_or("");
    }
    cells
}

fn ariadne_report(
    clusters: &[Cluster<'_>],
    excerpts: &[Excerpt],
    severity: Severity,
    paint: Paint,
) -> String {
    let primary = match severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Hint => Color::Cyan,
    };
    // Characters, counted here: with byte offsets, ariadne 0.6.0 takes a count of characters for a
    // byte offset in the heads of further frames and panics inside a character.
    let config = Config::new()
        .with_index_type(IndexType::Char)
        .with_color(paint.color)
        .with_cross_gap(false);
    let kind = ReportKind::Custom("", primary);
    let mut report = Report::build(kind, (0, 0..0)).with_config(config);
    let mut order = 0;
    for (index, (cluster, excerpt)) in clusters.iter().zip(excerpts).enumerate() {
        for (place, text) in drawing_order(cluster) {
            let Some(range) = excerpt.ranges.get(place) else {
                continue;
            };
            let chars = |offset| {
                excerpt
                    .text
                    .get(..offset)
                    .map_or(0, |text| text.chars().count())
            };
            let range = chars(range.start)..chars(range.end);
            let Some(place) = cluster.places.get(place) else {
                continue;
            };
            let color = if place.label.is_primary {
                primary
            } else {
                Color::Blue
            };
            let mut label = Label::new((index, range))
                .with_color(color)
                .with_order(order);
            label = label.with_priority(i32::from(place.label.is_primary));
            if let Some(text) = text {
                label = label.with_message(text);
            }
            report.add_label(label);
            order += 1;
        }
    }
    let frames = excerpts
        .iter()
        .map(|excerpt| Source::from(excerpt.text.clone()))
        .collect();
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = report.finish().write(Frames(frames), &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The rightmost label of a line is drawn first, so that no arrow crosses another. A label without
/// text is only underlined; as ariadne underlines nothing on a line where no label has a text, the
/// first of such a line gets [`SILENT`] for one.
fn drawing_order(cluster: &Cluster<'_>) -> Vec<(usize, Option<String>)> {
    let mut order: Vec<usize> = (0..cluster.places.len()).collect();
    order.sort_by_key(|index| {
        let place = cluster.places.get(*index);
        place.map(|p| {
            (
                p.last_line,
                p.label.text.is_empty(),
                std::cmp::Reverse(p.start),
            )
        })
    });
    let mut last_line_with_text = 0;
    let mut found = Vec::new();
    for index in order {
        let Some(place) = cluster.places.get(index) else {
            continue;
        };
        let is_first = last_line_with_text != place.last_line;
        let text = match place.label.text.as_str() {
            "" if is_first => Some(SILENT.to_string()),
            "" => None,
            text => Some(shown_text(text, MESSAGE_CHARS_MAX)),
        };
        last_line_with_text = place.last_line;
        found.push((index, text));
    }
    found
}

/// The excerpts, by the index of their cluster.
struct Frames(Vec<Source>);

impl Cache<usize> for Frames {
    type Storage = String;

    fn fetch(&mut self, id: &usize) -> Result<&Source, impl std::fmt::Debug> {
        self.0.get(*id).ok_or("no such frame")
    }

    fn display<'a>(&self, _: &'a usize) -> Option<impl std::fmt::Display + 'a> {
        Some(FRAME)
    }
}
