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
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
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

    let drawn = diagnostic.labels.get(..LABELS_MAX).unwrap_or(&diagnostic.labels);
    let clusters = clusters(drawn, sources);
    let suggestions: Vec<_> = diagnostic
        .fixes
        .iter()
        .map(|fix| suggestion(fix, diagnostic, sources))
        .collect();
    let last_line = clusters.iter().map(|cluster| cluster.last_line);
    let last_line = last_line.chain(suggestions.iter().map(|s| s.last_line)).max().unwrap_or(1);
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
        let _ = writeln!(out, "{}", paint.margin(&format!("{}{foot}", line.repeat(width + 1))));
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
        for line in bodies.get(index).into_iter().flatten() {
            let (number, bar) = match line.number {
                Some(number) => ((cluster.first_line as usize + number - 1).to_string(), "│"),
                None if line.visible.is_empty() => (String::new(), "┆"),
                None => (String::new(), "│"),
            };
            let margin = paint.margin(&format!("{number:>width$} {bar}"));
            let _ = writeln!(out, "{margin}{}", line.body);
        }
    }
}

/// A line that ariadne drew, without its margin.
#[derive(Debug)]
struct BodyLine {
    number: Option<usize>,
    body: String,
    /// The body without colours.
    visible: String,
}

/// Take ariadne's output apart: for each frame, its lines.
fn frame_bodies(report: &str) -> Vec<Vec<BodyLine>> {
    let mut frames: Vec<Vec<BodyLine>> = Vec::new();
    for line in report.lines() {
        if line.contains(FRAME) {
            frames.push(Vec::new());
            continue;
        }
        let Some(frame) = frames.last_mut() else { continue };
        let Some(line) = body_line(line) else { continue };
        if line.visible.ends_with(SILENT) {
            silence(frame);
        } else if is_decoration(&line, frame.last()) {
            continue;
        } else {
            frame.push(line);
        }
    }
    for frame in &mut frames {
        while frame.last().is_some_and(|line| line.number.is_none() && line.visible.is_empty()) {
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
    match before {
        None => line.visible.is_empty(),
        Some(before) => {
            let arrows_only = line.visible.chars().all(|c| c == ' ' || c == '│');
            arrows_only && !line.visible.is_empty() && before.visible.contains('╰')
        }
    }
}

/// Close the arrow that would lead to a label without text.
fn silence(frame: &mut [BodyLine]) {
    let underline = frame.iter_mut().rev().take_while(|line| line.number.is_none()).last();
    if let Some(line) = underline {
        line.body = line.body.replace('┬', "─");
        line.visible = line.visible.replace('┬', "─");
    }
}

/// Split the margin ` 14 │` off; none for the foot of the report.
fn body_line(line: &str) -> Option<BodyLine> {
    let rest = line.trim_start_matches(' ');
    let (color, rest) = split_color(rest);
    let rest = rest.trim_start_matches(' ');
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = rest.split_at_checked(digits)?;
    let rest = rest.trim_start_matches(' ');
    let rest = rest.strip_prefix(['│', '┆'])?;
    let body = match split_color(rest) {
        (Some(_), rest) if color.is_some() => rest,
        _ => rest,
    };
    let body = body.trim_end().to_owned();
    let visible = without_color(&body).trim().to_owned();
    Some(BodyLine { number: number.parse().ok(), body, visible })
}

fn split_color(text: &str) -> (Option<&str>, &str) {
    let end = text.strip_prefix("\x1b[").and_then(|rest| rest.find('m')).map(|at| at + 3);
    match end.and_then(|end| text.split_at_checked(end)) {
        Some((color, rest)) => (Some(color), rest),
        None => (None, text),
    }
}

fn without_color(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\x1b') {
        let (plain, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(plain);
        rest = match split_color(tail) {
            (Some(_), after) => after,
            (None, tail) => tail.get(1..).unwrap_or(""),
        };
    }
    out + rest
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
    let config = Config::new()
        .with_index_type(IndexType::Byte)
        .with_color(paint.color)
        .with_cross_gap(false);
    let kind = ReportKind::Custom("", primary);
    let mut report = Report::build(kind, (0, 0..0)).with_config(config);
    let mut order = 0;
    for (index, (cluster, excerpt)) in clusters.iter().zip(excerpts).enumerate() {
        for (place, text) in drawing_order(cluster) {
            let Some(range) = excerpt.ranges.get(place) else { continue };
            let Some(place) = cluster.places.get(place) else { continue };
            let color = if place.label.is_primary { primary } else { Color::Blue };
            let mut label = Label::new((index, range.clone())).with_color(color).with_order(order);
            label = label.with_priority(i32::from(place.label.is_primary));
            if let Some(text) = text {
                label = label.with_message(text);
            }
            report.add_label(label);
            order += 1;
        }
    }
    let frames = excerpts.iter().map(|excerpt| Source::from(excerpt.text.clone())).collect();
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
        place.map(|p| (p.last_line, p.label.text.is_empty(), std::cmp::Reverse(p.start)))
    });
    let mut last_line_with_text = 0;
    let mut found = Vec::new();
    for index in order {
        let Some(place) = cluster.places.get(index) else { continue };
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
