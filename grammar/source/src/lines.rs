//! Byte offsets to lines and columns, and back.

/// A place as people and other programs count it. All fields start at 1 except `offset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in Unicode scalar values, from 1.
    pub column: u32,
    /// Column in UTF-16 code units, from 1.
    pub column_utf16: u32,
    /// Byte offset in the decoded text, from 0.
    pub offset: u32,
}

/// Where the lines of one text start. Building is linear in the text, a look-up logarithmic.
///
/// PERF: a file of many megabytes may be one line (minified JSON), and every label of a report asks
/// for a column; so long lines carry marks at even distances, from which to count.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    marks: Vec<Mark>,
}

/// A place in a long line with the columns (from 0) that were counted up to it.
#[derive(Clone, Copy, Debug)]
struct Mark {
    offset: usize,
    chars: usize,
    units: usize,
}

/// The distance of marks, and the length up to which a line has none.
const MARK_BYTES: usize = 4096;

impl LineIndex {
    /// Index `text`; lines end at `\n`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)),
        );
        let mut index = LineIndex {
            starts,
            marks: Vec::new(),
        };
        for line in 0..index.starts.len() {
            let start = index.line_start(line);
            let end = index
                .starts
                .get(line + 1)
                .map_or(text.len(), |next| *next as usize);
            if end.saturating_sub(start) > MARK_BYTES {
                index.mark(text, start, end);
            }
        }
        index
    }

    fn line_start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(0) as usize
    }

    fn mark(&mut self, text: &str, start: usize, end: usize) {
        let mut last = Mark {
            offset: start,
            chars: 0,
            units: 0,
        };
        while last.offset + MARK_BYTES < end {
            let mut next = last.offset + MARK_BYTES;
            while !text.is_char_boundary(next) {
                next += 1;
            }
            last = last.advanced(text, next);
            self.marks.push(last);
        }
    }

    /// Where `offset` is; an offset past the end or inside a character is moved back to the nearest
    /// boundary.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let mut at = (offset as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self
            .starts
            .partition_point(|start| *start as usize <= at)
            .max(1)
            - 1;
        let start = self.line_start(line);
        let marks = self.marks.partition_point(|mark| mark.offset <= at);
        let nearest = marks.checked_sub(1).and_then(|last| self.marks.get(last));
        let from = nearest.filter(|mark| mark.offset >= start).copied();
        let found = from
            .unwrap_or(Mark {
                offset: start,
                chars: 0,
                units: 0,
            })
            .advanced(text, at);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position {
            line: count(line + 1),
            column: count(found.chars + 1),
            column_utf16: count(found.units + 1),
            offset: count(at),
        }
    }

    /// The line that `offset` is in, without its terminator (`\n` or `\r\n`).
    #[must_use]
    pub fn line_range(&self, text: &str, offset: u32) -> std::ops::Range<usize> {
        let at = offset as usize;
        let line = self
            .starts
            .partition_point(|start| *start as usize <= at)
            .max(1)
            - 1;
        let start = self.line_start(line);
        let next = self
            .starts
            .get(line + 1)
            .map_or(text.len(), |next| *next as usize);
        let body = text.get(start..next).unwrap_or("");
        let body = body.strip_suffix('\n').unwrap_or(body);
        start..start + body.strip_suffix('\r').unwrap_or(body).len()
    }

    /// Number of lines; an empty text has one.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }
}

impl Mark {
    fn advanced(self, text: &str, offset: usize) -> Mark {
        let between = text.get(self.offset..offset).unwrap_or("");
        Mark {
            offset,
            chars: self.chars + between.chars().count(),
            units: self.units + between.encode_utf16().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_utf16_units() {
        let text = "a\nå日😀x";
        let index = LineIndex::new(text);
        let at = u32::try_from(text.find('x').unwrap()).unwrap();
        let found = index.position(text, at);
        assert_eq!((found.line, found.column, found.column_utf16), (2, 4, 5));
    }

    #[test]
    fn the_line_around_a_place_has_no_terminator() {
        let text = "a\r\nbc\n\nd";
        let index = LineIndex::new(text);
        let line = |offset| &text[index.line_range(text, offset)];
        let found: Vec<_> = (0..=text.len())
            .map(|at| line(u32::try_from(at).unwrap()))
            .collect();
        assert_eq!(found, ["a", "a", "a", "bc", "bc", "bc", "", "d", "d"]);
    }

    #[test]
    fn an_offset_inside_a_character_or_past_the_end_is_moved_back() {
        let text = "日";
        let index = LineIndex::new(text);
        assert_eq!(index.position(text, 1).offset, 0);
        assert_eq!(index.position(text, 99).offset, 3);
    }

    #[test]
    fn columns_in_a_very_long_line_are_the_counted_ones() {
        let text = format!("first\n{}\nlast", "aå日😀".repeat(5_000));
        let index = LineIndex::new(&text);
        assert!(index.marks.len() > 10, "the long line has marks");
        for (at, _) in text.char_indices().step_by(97) {
            let found = index.position(&text, u32::try_from(at).unwrap());
            let before = text[..at].rsplit('\n').next().unwrap();
            assert_eq!(found.column as usize, before.chars().count() + 1);
            assert_eq!(
                found.column_utf16 as usize,
                before.encode_utf16().count() + 1
            );
        }
        let last = index.position(&text, u32::try_from(text.len()).unwrap());
        assert_eq!((last.line, last.column), (3, 5));
    }
}
