//! Offsets of a text, and places as the protocol counts them: lines and columns from 0, columns in
//! the units that client and server have agreed on.
//!
//! Lines end at `\n` and `\r\n`. The protocol has `\r` alone too, but editors that keep such texts
//! as they are count it as a character of its line, and the others have none left to send.

use gatewright_source::{ColumnUnit, Source, Span};
use gen_lsp_types::{Position, Range};

/// The place of an offset. One past the end is the end.
pub(crate) fn position(source: &Source, offset: u32, unit: ColumnUnit) -> Position {
    let found = source.position(offset);
    let character = match unit {
        ColumnUnit::Utf16 => found.column_utf16 - 1,
        ColumnUnit::Utf8 => {
            let start = source.line_range(found.offset).start;
            found
                .offset
                .saturating_sub(u32::try_from(start).unwrap_or(u32::MAX))
        }
    };
    Position {
        line: found.line - 1,
        character,
    }
}

/// The places of a span.
pub(crate) fn range(source: &Source, span: Span, unit: ColumnUnit) -> Range {
    Range {
        start: position(source, span.start, unit),
        end: position(source, span.end, unit),
    }
}

/// The offset of a place; one that the text does not have is moved to the nearest before it.
pub(crate) fn offset(source: &Source, at: Position, unit: ColumnUnit) -> u32 {
    source.offset((at.line, at.character), unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatewright_source::SourceMap;

    #[test]
    fn places_and_offsets_lead_to_each_other_in_both_units() {
        let mut sources = SourceMap::new();
        let text = "a\nå😀x\r\ny";
        let id = sources.add("a", text);
        let source = sources.get(id).unwrap();
        let x = u32::try_from(text.find('x').unwrap()).unwrap();
        for (unit, character) in [(ColumnUnit::Utf8, 6), (ColumnUnit::Utf16, 3)] {
            let place = position(source, x, unit);
            assert_eq!((place.line, place.character), (1, character));
            assert_eq!(offset(source, place, unit), x);
        }
    }
}
