//! Escapes in JSON strings, in both directions and with their places.

use std::ops::Range;

/// A piece of the body of a string, and the bytes that it is written with.
pub(super) struct Piece<'t> {
    pub(super) value: Unescaped<'t>,
    pub(super) range: Range<usize>,
}

/// What a piece stands for.
pub(super) enum Unescaped<'t> {
    /// Itself.
    Plain(&'t str),
    /// One character.
    Character(char),
    /// Half of a UTF-16 pair.
    LoneSurrogate,
    /// No escape that JSON knows.
    Bad,
}

/// Cut the body of a string (without quotes) into pieces.
pub(super) fn unescape(body: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = body.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let plain = rest.find('\\').unwrap_or(rest.len());
        let (value, length) = if plain > 0 {
            (
                Unescaped::Plain(rest.get(..plain).unwrap_or_default()),
                plain,
            )
        } else {
            escape(rest)
        };
        at += length;
        Some(Piece {
            value,
            range: start..at,
        })
    })
}

/// The escape at the start of `rest`, and its length.
fn escape(rest: &str) -> (Unescaped<'_>, usize) {
    let bytes = rest.as_bytes();
    let character = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(rest),
        _ => {
            let length = rest.chars().nth(1).map_or(0, char::len_utf8);
            return (Unescaped::Bad, 1 + length);
        }
    };
    (Unescaped::Character(character), 2)
}

fn unicode(rest: &str) -> (Unescaped<'_>, usize) {
    let Some(first) = unit(rest, 0) else {
        let digits = rest
            .chars()
            .skip(2)
            .take_while(char::is_ascii_hexdigit)
            .take(4)
            .count();
        return (Unescaped::Bad, 2 + digits);
    };
    if let Some(character) = char::from_u32(first.into()) {
        return (Unescaped::Character(character), 6);
    }
    let second = unit(rest, 6).filter(|_| (0xD800..0xDC00).contains(&first));
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next());
    match pair {
        Some(Ok(character)) => (Unescaped::Character(character), 12),
        _ => (Unescaped::LoneSurrogate, 6),
    }
}

/// The number of the `\uXXXX` at this place.
fn unit(rest: &str, at: usize) -> Option<u16> {
    let digits = rest.get(at..)?.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    if is_hex {
        u16::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// Where the characters of a string's value are written.
///
/// Built once for a string and asked for many places; a string without escapes costs one entry.
pub(crate) struct EscapeMap {
    /// Offset in the value, offset in the text, whether one escape stands from here to the next.
    steps: Vec<(usize, usize, bool)>,
}

impl EscapeMap {
    /// Map the string whose literal, quotes included, starts at `offset` of its text.
    pub(crate) fn new(literal: &str, offset: usize) -> EscapeMap {
        let body = literal
            .get(1..literal.len().saturating_sub(1))
            .unwrap_or_default();
        let body_offset = offset + 1;
        let mut steps = Vec::new();
        let mut value_at = 0;
        let mut end = body_offset;
        for piece in unescape(body) {
            let (length, is_escape) = match piece.value {
                Unescaped::Plain(plain) => (plain.len(), false),
                Unescaped::Character(character) => (character.len_utf8(), true),
                Unescaped::LoneSurrogate => (char::REPLACEMENT_CHARACTER.len_utf8(), true),
                Unescaped::Bad => (0, true),
            };
            steps.push((value_at, body_offset + piece.range.start, is_escape));
            value_at += length;
            end = body_offset + piece.range.end;
        }
        steps.push((value_at, end, true));
        EscapeMap { steps }
    }

    /// Where the character at this offset of the value starts in the text; the closing quote for
    /// offsets past the end.
    pub(crate) fn place(&self, value_offset: usize) -> usize {
        let after = self
            .steps
            .partition_point(|(value_at, _, _)| *value_at <= value_offset);
        let step = after.checked_sub(1).and_then(|at| self.steps.get(at));
        let (value_at, text_at, is_escape) = step.copied().unwrap_or((0, 0, true));
        if is_escape {
            text_at
        } else {
            text_at + (value_offset - value_at)
        }
    }
}

/// The value as a JSON string, quotes included; only what must be escaped is.
pub(crate) fn quote(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            control if u32::from(control) < 0x20 => {
                text.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => text.push(other),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_value_leads_back_to_where_it_is_written() {
        let literal = r#""a\"b日\u00e5\ud83d\ude00c\\""#;
        let map = EscapeMap::new(literal, 100);
        let value = "a\"b日å😀c\\";
        let places: Vec<&str> = value
            .char_indices()
            .map(|(at, character)| {
                let next = at + character.len_utf8();
                &literal[map.place(at) - 100..map.place(next) - 100]
            })
            .collect();
        assert_eq!(
            places,
            [
                "a",
                "\\\"",
                "b",
                "日",
                "\\u00e5",
                "\\ud83d\\ude00",
                "c",
                "\\\\"
            ]
        );
        assert_eq!(map.place(999), 100 + literal.len() - 1);
    }

    #[test]
    fn quoting_escapes_what_json_cannot_hold() {
        assert_eq!(quote("a\"\\\n\u{1}å"), "\"a\\\"\\\\\\n\\u0001å\"");
    }
}
