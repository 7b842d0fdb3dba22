//! Where labels are: spans made safe to draw, and grouped into what is shown together.
//!
//! INVARIANT: the range of a [`Place`] is inside its text, on character boundaries and not inverted,
//! whatever the span was.

use gatewright_source::{Source, SourceMap, Span};

use crate::Label;

/// Labels with at most this many lines between them are drawn in one frame.
const GAP_LINES_MAX: u32 = 4;

/// A label over more lines is drawn at its first line only.
const LINES_MAX: u32 = 30;

/// A label in a text.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) label: &'a Label,
    /// Bytes of the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// From 1.
    pub(super) first_line: u32,
    pub(super) last_line: u32,
}

/// Places of one text that are near each other; never empty.
#[derive(Clone, Debug)]
pub(super) struct Cluster<'a> {
    pub(super) source: &'a Source,
    pub(super) places: Vec<Place<'a>>,
    pub(super) first_line: u32,
    pub(super) last_line: u32,
}

impl Cluster<'_> {
    /// `file:line:column` of the primary place, else of the first.
    pub(super) fn location(&self) -> String {
        let name = &self.source.name;
        let place = self
            .places
            .iter()
            .find(|p| p.label.is_primary)
            .or(self.places.first());
        if self.source.text.is_empty() {
            return name.clone();
        }
        let offset = place.map_or(0, |place| place.start);
        let at = self
            .source
            .position(u32::try_from(offset).unwrap_or(u32::MAX));
        format!("{name}:{}:{}", at.line, at.column)
    }
}

/// Clamp a span to its text and to whole characters.
pub(super) fn sanitised(text: &str, span: Span) -> (usize, usize) {
    let mut start = (span.start as usize).min(text.len());
    let mut end = (span.end as usize).min(text.len()).max(start);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    while !text.is_char_boundary(end) {
        end += 1;
    }
    (start, end)
}

/// The line around `offset`, without its terminator.
pub(super) fn line_around(source: &Source, offset: usize) -> (usize, usize) {
    let line = source.line_range(u32::try_from(offset).unwrap_or(u32::MAX));
    (line.start, line.end)
}

/// Group the labels whose source is known: the primary place's text and frame first, then the order
/// of the labels, and within one text the order of lines.
pub(super) fn clusters<'a>(labels: &'a [Label], sources: &'a SourceMap) -> Vec<Cluster<'a>> {
    let mut order = Vec::new();
    for label in labels {
        if !order.contains(&label.span.source) {
            order.push(label.span.source);
        }
    }
    let mut clusters: Vec<Cluster<'a>> = Vec::new();
    for id in order {
        let Some(source) = sources.get(id) else {
            continue;
        };
        let here = labels.iter().filter(|label| label.span.source == id);
        let mut places: Vec<_> = here.map(|label| place(source, label)).collect();
        places.sort_by_key(|place| (place.first_line, place.start));
        let first = clusters.len();
        for place in places {
            match clusters.get_mut(first..).and_then(<[_]>::last_mut) {
                Some(near) if place.first_line <= near.last_line + GAP_LINES_MAX => {
                    near.last_line = near.last_line.max(place.last_line);
                    near.places.push(place);
                }
                _ => clusters.push(Cluster {
                    source,
                    first_line: place.first_line,
                    last_line: place.last_line,
                    places: vec![place],
                }),
            }
        }
    }
    clusters.sort_by_key(|cluster| !cluster.places.iter().any(|p| p.label.is_primary));
    clusters
}

fn place<'a>(source: &'a Source, label: &'a Label) -> Place<'a> {
    let text = &*source.text;
    let (mut start, mut end) = sanitised(text, label.span);
    if start == text.len() {
        // The end of the text is shown behind its last visible character.
        start = text.trim_end().len();
        end = start;
    }
    while end > start + 1 && matches!(text.as_bytes().get(end - 1), Some(b'\n' | b'\r')) {
        end -= 1;
    }
    let line = |offset| {
        source
            .position(u32::try_from(offset).unwrap_or(u32::MAX))
            .line
    };
    let first_line = line(start);
    let mut last_line = line(end.saturating_sub(1).max(start));
    if last_line > first_line && (last_line - first_line > LINES_MAX || label.text.is_empty()) {
        end = line_around(source, start).1.max(start);
        last_line = first_line;
    }
    Place {
        label,
        start,
        end,
        first_line,
        last_line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewright_source::SourceId;

    fn label(source: SourceId, start: u32, end: u32, is_primary: bool) -> Label {
        Label {
            span: Span { source, start, end },
            text: "x".into(),
            is_primary,
        }
    }

    #[test]
    fn spans_are_moved_to_whole_characters_of_the_text() {
        let id = SourceId(0);
        let text = "a日b";
        assert_eq!(
            sanitised(
                text,
                Span {
                    source: id,
                    start: 2,
                    end: 3
                }
            ),
            (1, 4)
        );
        assert_eq!(
            sanitised(
                text,
                Span {
                    source: id,
                    start: 9,
                    end: 99
                }
            ),
            (5, 5)
        );
        assert_eq!(
            sanitised(
                text,
                Span {
                    source: id,
                    start: 4,
                    end: 1
                }
            ),
            (4, 4)
        );
    }

    #[test]
    fn far_lines_and_other_files_get_frames_of_their_own_and_the_primary_one_is_first() {
        let mut sources = SourceMap::new();
        let near = sources.add("near.gate", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n");
        let far = sources.add("far.gate", "1\n2\n");
        let labels = [
            label(near, 20, 21, true),
            label(far, 0, 1, false),
            label(near, 0, 1, false),
            label(near, 2, 3, false),
        ];
        let found: Vec<_> = clusters(&labels, &sources)
            .iter()
            .map(|cluster| (cluster.location(), cluster.places.len()))
            .collect();
        let expected = [
            ("near.gate:10:3", 1),
            ("near.gate:1:1", 2),
            ("far.gate:1:1", 1),
        ];
        assert_eq!(
            found,
            expected.map(|(name, count)| (name.to_owned(), count))
        );
    }

    #[test]
    fn the_end_of_the_text_is_shown_behind_the_last_visible_character() {
        let mut sources = SourceMap::new();
        let id = sources.add("a.gate", "policy {\n\n\n");
        let labels = [label(id, 11, 11, true)];
        assert_eq!(clusters(&labels, &sources)[0].location(), "a.gate:1:9");
    }
}
