//! The escapes of JSON texts, there and back, with where everything is written.

/// A text without its escapes, and where its bytes are written.
pub(in crate::json) struct Unescaped {
    pub(in crate::json) text: String,
    /// For every byte and for the end.
    places: Vec<usize>,
}

impl Unescaped {
    /// What is written at `start`, without its quotes. What is no escape stands for itself.
    pub(super) fn of(raw: &str, start: usize) -> Unescaped {
        let mut found = Unescaped {
            text: String::with_capacity(raw.len()),
            places: Vec::with_capacity(raw.len() + 1),
        };
        let mut at = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let (c, length) = first(rest);
            found.text.push(c);
            let bytes = std::iter::repeat_n(start + at, c.len_utf8());
            found.places.extend(bytes);
            at += length;
        }
        found.places.push(start + raw.len());
        found
    }

    /// Where the byte is written.
    pub(in crate::json) fn place(&self, byte: usize) -> usize {
        let last = self.places.last();
        self.places.get(byte).or(last).copied().unwrap_or_default()
    }

    /// The byte that is written there, or the next one.
    pub(in crate::json) fn byte(&self, place: usize) -> usize {
        let found = self.places.partition_point(|one| *one < place);
        found.min(self.text.len())
    }
}

/// Whether what follows an opening quote ends with one that is not escaped.
pub(super) fn is_closed(rest: &str) -> bool {
    let Some(body) = rest.strip_suffix('"') else {
        return false;
    };
    let backslashes = body.len() - body.trim_end_matches('\\').len();
    backslashes.is_multiple_of(2)
}

/// A text as it stands between the quotes of JSON.
pub(in crate::json) fn escaped(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => found.extend(['\\', c]),
            '\n' => found.push_str("\\n"),
            '\t' => found.push_str("\\t"),
            '\r' => found.push_str("\\r"),
            c if c.is_control() => found.push_str(&format!("\\u{:04x}", u32::from(c))),
            other => found.push(other),
        }
    }
    found
}

/// The first character that a piece of a string stands for, and how much of it that takes.
fn first(raw: &str) -> (char, usize) {
    let plain = raw.chars().next().unwrap_or_default();
    let Some(escape) = raw.strip_prefix('\\').and_then(|rest| rest.chars().next()) else {
        return (plain, plain.len_utf8());
    };
    let unit = |at: usize| {
        let digits = raw.get(at..at + 4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    match escape {
        'n' => ('\n', 2),
        't' => ('\t', 2),
        'r' => ('\r', 2),
        'b' => ('\u{8}', 2),
        'f' => ('\u{c}', 2),
        '"' | '\\' | '/' => (escape, 2),
        'u' => {
            let Some(high) = unit(2) else {
                return (plain, 1);
            };
            let low = raw.get(6..8).filter(|mark| *mark == "\\u");
            let low = low.and_then(|_| unit(8));
            let pair = low.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
            match (char::from_u32(u32::from(high)), pair) {
                (Some(single), _) => (single, 6),
                (None, Some(pair)) => (pair, 12),
                (None, None) => (char::REPLACEMENT_CHARACTER, 6),
            }
        }
        _ => (plain, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_escaped_is_read_back() {
        for text in ["", "a \"b\" \\ c", "å 😀\n\t\r\u{1}", "\\u0041"] {
            let written = escaped(text);
            assert!(is_closed(&format!("{written}\"")), "{written}");
            assert_eq!(Unescaped::of(&written, 0).text, text);
        }
    }
}
