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

/// What the columns of a place are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnUnit {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16.
    Utf16,
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

    /// The offset of a line and a column, both from 0. A column past the end of its line is that end,
    /// before the terminator; a line past the last one is the end of the text; a column inside a
    /// character is the start of that character.
    #[must_use]
    pub fn offset(&self, text: &str, (line, column): (u32, u32), unit: ColumnUnit) -> u32 {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let Some(start) = self.starts.get(line as usize) else {
            return count(text.len());
        };
        let body = self.line_range(text, *start);
        let column = column as usize;
        let at = match unit {
            ColumnUnit::Utf8 => {
                let mut at = body.start.saturating_add(column).min(body.end);
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            }
            ColumnUnit::Utf16 => self.after_units(text, body, column),
        };
        count(at)
    }

    /// The last boundary of a line before which there are at most so many units of UTF-16.
    fn after_units(&self, text: &str, body: std::ops::Range<usize>, units: usize) -> usize {
        let first = self.marks.partition_point(|mark| mark.offset < body.start);
        let end = self.marks.partition_point(|mark| mark.offset <= body.end);
        let marks = self.marks.get(first..end).unwrap_or_default();
        let passed = marks.partition_point(|mark| mark.units <= units);
        let nearest = passed.checked_sub(1).and_then(|last| marks.get(last));
        let (mut at, mut counted) =
            nearest.map_or((body.start, 0), |mark| (mark.offset, mark.units));
        for character in text.get(at..body.end).unwrap_or("").chars() {
            counted += character.len_utf16();
            if counted > units {
                break;
            }
            at += character.len_utf8();
        }
        at
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

    #[test]
    fn a_line_and_a_column_lead_back_to_the_offset() {
        let long = "aå日😀".repeat(3_000);
        for text in ["", "a", "a\nå日😀x\r\n\n end", "\r\n", long.as_str()] {
            let index = LineIndex::new(text);
            for (at, _) in text.char_indices().chain([(text.len(), ' ')]) {
                let at = u32::try_from(at).unwrap();
                let line = index.line_range(text, at);
                if at as usize > line.end {
                    continue; // Inside of a terminator.
                }
                let found = index.position(text, at);
                let utf16 = (found.line - 1, found.column_utf16 - 1);
                let utf8 = (found.line - 1, at - u32::try_from(line.start).unwrap());
                assert_eq!(index.offset(text, utf16, ColumnUnit::Utf16), at);
                assert_eq!(index.offset(text, utf8, ColumnUnit::Utf8), at);
            }
        }
    }

    #[test]
    fn places_that_a_text_does_not_have_are_moved_to_one_that_it_has() {
        let text = "å😀\r\nb";
        let index = LineIndex::new(text);
        let utf8 = |line, column| index.offset(text, (line, column), ColumnUnit::Utf8);
        let utf16 = |line, column| index.offset(text, (line, column), ColumnUnit::Utf16);
        assert_eq!((utf8(0, 1), utf8(0, 4), utf8(0, 99)), (0, 2, 6));
        assert_eq!((utf16(0, 2), utf16(0, 3), utf16(0, u32::MAX)), (2, 6, 6));
        assert_eq!((utf8(1, 7), utf16(2, 0), utf8(u32::MAX, 1)), (9, 9, 9));
    }
}
