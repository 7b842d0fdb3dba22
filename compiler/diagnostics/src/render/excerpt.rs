//! The lines of a cluster as they are drawn: long lines cut around the labels, and characters that
//! would disturb a terminal replaced.
//!
//! PERF: the cost is that of the lines with labels, not of the text, so a report on a file of ten
//! megabytes costs as much as one on ten lines.

use super::place::{Cluster, line_around};

/// Longer lines are cut.
const LINE_BYTES_MAX: usize = 200;

/// What is kept on either side of the ends of a label, in characters.
const CONTEXT_CHARS: usize = 48;

/// The drawn text of a cluster, and where the places are in it.
#[derive(Debug)]
pub(super) struct Excerpt {
    pub(super) text: String,
    /// One range for each place of the cluster, in its order.
    pub(super) ranges: Vec<std::ops::Range<usize>>,
}

/// A stretch of the original text that is drawn, and where.
#[derive(Clone, Copy, Debug)]
struct Piece {
    start: usize,
    end: usize,
    drawn_at: usize,
}

/// Draw the labelled lines; lines without a label are empty, so that numbers can be counted.
pub(super) fn excerpt(cluster: &Cluster<'_>) -> Excerpt {
    let text = &*cluster.source.text;
    let mut drawn = String::new();
    let mut pieces = Vec::new();
    for number in cluster.first_line..=cluster.last_line {
        let mut points = Vec::new();
        for place in &cluster.places {
            if place.first_line == number {
                points.push(place.start);
            }
            if place.last_line == number {
                points.push(place.end);
            }
        }
        if let Some(first) = points.first() {
            let (start, end) = line_around(cluster.source, *first);
            draw_line(text, (start, end), &points, &mut drawn, &mut pieces);
        }
        drawn.push('\n');
    }
    let at = |offset| drawn_offset(text, &pieces, offset);
    let places = cluster.places.iter();
    let ranges = places
        .map(|place| widened(&drawn, at(place.start), at(place.end)))
        .collect();
    Excerpt {
        text: drawn,
        ranges,
    }
}

fn draw_line(
    text: &str,
    (start, end): (usize, usize),
    points: &[usize],
    drawn: &mut String,
    pieces: &mut Vec<Piece>,
) {
    let mut kept: Vec<(usize, usize)> = if end - start <= LINE_BYTES_MAX {
        vec![(start, end)]
    } else {
        points
            .iter()
            .map(|point| around(text, (start, end), *point))
            .collect()
    };
    kept.sort_unstable();
    let mut last_end = start;
    for (from, to) in kept {
        let from = from.max(last_end);
        if from >= to && from != start {
            continue;
        }
        if from > last_end {
            drawn.push('…');
        }
        pieces.push(Piece {
            start: from,
            end: to,
            drawn_at: drawn.len(),
        });
        drawn.extend(text.get(from..to).unwrap_or("").chars().map(shown));
        last_end = to;
    }
    if last_end < end {
        drawn.push('…');
    }
}

fn around(text: &str, (start, end): (usize, usize), point: usize) -> (usize, usize) {
    let point = point.clamp(start, end);
    let before = text.get(start..point).unwrap_or("");
    let after = text.get(point..end).unwrap_or("");
    let from = before
        .char_indices()
        .rev()
        .nth(CONTEXT_CHARS - 1)
        .map_or(0, |(at, _)| at);
    let to = after
        .char_indices()
        .nth(CONTEXT_CHARS)
        .map_or(after.len(), |(at, _)| at);
    (start + from, point + to)
}

fn drawn_offset(text: &str, pieces: &[Piece], offset: usize) -> usize {
    let Some(piece) = pieces.iter().rfind(|piece| piece.start <= offset) else {
        return pieces.first().map_or(0, |piece| piece.drawn_at);
    };
    let inside = text.get(piece.start..offset.min(piece.end)).unwrap_or("");
    piece.drawn_at + inside.chars().map(|c| shown(c).len_utf8()).sum::<usize>()
}

/// An empty range gets a character to stand on; the line feed counts as one.
fn widened(drawn: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    if end > start {
        return start..end;
    }
    let next = drawn.get(start..).and_then(|rest| rest.chars().next());
    start..start + next.map_or(0, char::len_utf8)
}

/// What is drawn for a character: itself, unless it would move the cursor, change colours or the
/// direction of the text, or not be seen at all.
pub(super) fn shown(c: char) -> char {
    match c {
        '\t' => c,
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{FFFD}'),
        '\x7F' => '\u{2421}',
        '\u{80}'..='\u{9F}'
        | '\u{200B}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}' => '\u{FFFD}',
        _ => c,
    }
}

/// A text of one line as it is shown, cut in the middle where it is longer than `chars_max`.
pub(super) fn shown_text(text: &str, chars_max: usize) -> String {
    let shown_char = |c: char| if c.is_whitespace() { ' ' } else { shown(c) };
    let Some((cut, _)) = text.char_indices().nth(chars_max) else {
        return text.chars().map(shown_char).collect();
    };
    let head = text
        .get(..cut)
        .unwrap_or("")
        .chars()
        .take(chars_max / 2)
        .map(shown_char);
    let tail = text.chars().rev().take(chars_max / 2).collect::<Vec<_>>();
    head.chain(['…'])
        .chain(tail.into_iter().rev().map(shown_char))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::place::clusters;
    use super::*;
    use crate::Label;
    use gatewright_source::{SourceMap, Span};

    fn drawn(text: &str, spans: &[(usize, usize)]) -> (String, Vec<String>) {
        let mut sources = SourceMap::new();
        let source = sources.add("a", text);
        let offset = |at: usize| u32::try_from(at).unwrap();
        let label = |&(start, end): &(usize, usize)| Label {
            span: Span::new(source, offset(start), offset(end)),
            text: "x".into(),
            is_primary: true,
        };
        let labels: Vec<_> = spans.iter().map(label).collect();
        let clusters = clusters(&labels, &sources);
        let found = excerpt(&clusters[0]);
        let ranges = found
            .ranges
            .iter()
            .map(|range| found.text[range.clone()].to_owned());
        (found.text.clone(), ranges.collect())
    }

    #[test]
    fn a_long_line_is_cut_around_every_end_of_every_label() {
        let text = format!(
            "{}first{}second{}",
            "å".repeat(900),
            "日".repeat(900),
            "x".repeat(900)
        );
        let first = text.find("first").unwrap();
        let second = text.find("second").unwrap();
        let (drawn, labelled) = drawn(&text, &[(first, first + 5), (second, second + 6)]);
        assert_eq!(labelled, ["first", "second"]);
        assert!(
            drawn.starts_with("…å") && drawn.trim_end().ends_with("x…"),
            "{drawn}"
        );
        assert!(
            drawn.contains("日…日") && drawn.chars().count() < 320,
            "{drawn}"
        );
    }

    #[test]
    fn a_label_longer_than_its_window_is_cut_inside() {
        let text = format!("[{}]", "1,".repeat(4_000));
        let (drawn, labelled) = drawn(&text, &[(0, text.len())]);
        assert!(
            drawn.starts_with("[1,1,") && drawn.trim_end().ends_with("1,]"),
            "{drawn}"
        );
        assert_eq!(labelled, [drawn.trim_end()]);
    }

    #[test]
    fn what_would_disturb_a_terminal_is_replaced_and_labels_keep_their_place() {
        let (drawn, labelled) = drawn("a\u{1b}[31m\u{202E}b\tc\r\n", &[(9, 10)]);
        assert_eq!(drawn, "a␛[31m\u{FFFD}b\tc\n");
        assert_eq!(labelled, ["b"]);
    }

    #[test]
    fn text_is_cut_in_the_middle() {
        assert_eq!(shown_text("short\ntext", 20), "short text");
        assert_eq!(shown_text(&"x".repeat(50), 10), "xxxxx…xxxxx");
    }
}
