//! Bytes to text: UTF-8 and UTF-16, with and without byte order mark.
//!
//! Tenant exports come in all of these. Text without a mark is taken for UTF-8 unless every other
//! byte of its beginning is zero, which valid JSON or policy text in UTF-8 never is.

/// How a text was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
}

/// A text and how it was stored; the byte order mark is not part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// How it was stored.
    pub encoding: Encoding,
    /// Whether a byte order mark was there.
    pub has_mark: bool,
}

/// Bytes that are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What the bytes were taken for.
    pub encoding: Encoding,
    /// Offset of the first byte that does not fit.
    pub offset: usize,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match self.encoding {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16Le => "UTF-16 (little-endian)",
            Encoding::Utf16Be => "UTF-16 (big-endian)",
        };
        write!(f, "not valid {name} at byte {}", self.offset)
    }
}

impl std::error::Error for DecodeError {}

/// Turn stored bytes into text.
///
/// # Errors
/// The first byte that does not fit the encoding, or an odd byte at the end of UTF-16.
pub fn decode(bytes: &[u8]) -> Result<Decoded, DecodeError> {
    let (encoding, mark) = detect(bytes);
    let body = bytes.get(mark..).unwrap_or_default();
    let at = |offset| DecodeError {
        encoding,
        offset: mark + offset,
    };
    let text = match encoding {
        Encoding::Utf8 => std::str::from_utf8(body)
            .map_err(|e| at(e.valid_up_to()))?
            .to_owned(),
        Encoding::Utf16Le => utf16(body, u16::from_le_bytes).map_err(at)?,
        Encoding::Utf16Be => utf16(body, u16::from_be_bytes).map_err(at)?,
    };
    Ok(Decoded {
        text,
        encoding,
        has_mark: mark > 0,
    })
}

fn detect(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => (Encoding::Utf16Le, 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16Be, 2),
        [first, 0, third, 0, ..] if *first != 0 && *third != 0 => (Encoding::Utf16Le, 0),
        [0, second, 0, fourth, ..] if *second != 0 && *fourth != 0 => (Encoding::Utf16Be, 0),
        _ => (Encoding::Utf8, 0),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, usize> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = 0;
    for decoded in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        let character = decoded.map_err(|_| at)?;
        at += character.len_utf16() * 2;
        text.push(character);
    }
    if rest.is_empty() { Ok(text) } else { Err(at) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        if mark {
            units.insert(0, 0xFEFF);
        }
        let bytes = |u: u16| {
            if big {
                u.to_be_bytes()
            } else {
                u.to_le_bytes()
            }
        };
        units.into_iter().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"å\": \"日😀\"}";
        for big in [false, true] {
            for mark in [false, true] {
                let found = decode(&utf16_bytes(text, big, mark)).unwrap();
                assert_eq!((found.text.as_str(), found.has_mark), (text, mark));
            }
        }
        assert_eq!(decode(text.as_bytes()).unwrap().text, text);
        let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
        assert_eq!(decode(&marked).unwrap().text, text);
    }

    #[test]
    fn broken_bytes_are_named_by_offset() {
        assert_eq!(decode(b"ab\xFF").unwrap_err().offset, 2);
        assert_eq!(decode(b"\xFF\xFEa\0\x00\xD8").unwrap_err().offset, 4);
        assert_eq!(decode(b"\xFF\xFEa\0b").unwrap_err().offset, 4);
    }
}
