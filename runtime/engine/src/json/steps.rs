//! Steps over JSON's characters: what is left of a text goes in, what is left after the step comes
//! out, or nothing where the step cannot be made.
//!
//! What is left is a slice and nothing more, so that it stays in registers where steps follow one
//! another. Strings are searched sixteen bytes at a time.

use wide::u8x16;

/// The control characters that have to be escaped end here.
const CONTROL_END: u8 = 0x20;

/// What is left after white space.
#[inline]
pub(crate) fn after_space(rest: &[u8]) -> &[u8] {
    match rest {
        [first, ..] if *first <= b' ' => after_run_of_space(rest),
        _ => rest,
    }
}

/// What is left after white space of which there is some, as where JSON is written for people.
fn after_run_of_space(mut rest: &[u8]) -> &[u8] {
    const SPACES: [u8; 8] = [b' '; 8];
    loop {
        rest = match rest {
            [b' ', ..] => match rest.split_first_chunk() {
                Some((&SPACES, after)) => after,
                _ => rest.get(1..).unwrap_or_default(),
            },
            [b'\n' | b'\r' | b'\t', after @ ..] => after,
            _ => return rest,
        };
    }
}

/// What is left after this byte.
#[inline]
pub(crate) fn after(rest: &[u8], byte: u8) -> Option<&[u8]> {
    match rest {
        [first, rest @ ..] if *first == byte => Some(rest),
        _ => None,
    }
}

/// What is left after this byte and white space on both sides of it.
#[inline]
pub(crate) fn after_spaced(rest: &[u8], byte: u8) -> Option<&[u8]> {
    Some(after_space(after(after_space(rest), byte)?))
}

/// What separates one element, or member, from the next.
pub(crate) enum Separator<'a> {
    /// Another one is left.
    Comma(&'a [u8]),
    /// That was the last one, and this is left after the end.
    End(&'a [u8]),
}

/// What follows an element or a member of what ends with this byte.
#[inline]
pub(crate) fn separator(rest: &[u8], end: u8) -> Option<Separator<'_>> {
    match after_space(rest) {
        [b',', rest @ ..] => Some(Separator::Comma(after_space(rest))),
        [first, rest @ ..] if *first == end => Some(Separator::End(rest)),
        _ => None,
    }
}

/// A string without escapes and what is left after it. Neither where the string has some, where
/// something is wrong with it, or where there is none.
#[inline]
pub(crate) fn string(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = after(rest, b'"')?;
    let (text, rest) = rest.split_at_checked(plain_length(rest))?;
    Some((text, after(rest, b'"')?))
}

/// What is left after a string, whatever is in it.
#[inline]
pub(crate) fn after_string(rest: &[u8]) -> Option<&[u8]> {
    let rest = after(rest, b'"')?;
    match rest.get(plain_length(rest)..)? {
        [b'"', rest @ ..] => Some(rest),
        rest => after_escaped(rest),
    }
}

/// What is left after a string of which an escape follows.
#[cold]
fn after_escaped(mut rest: &[u8]) -> Option<&[u8]> {
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', ..] => escape(rest).ok()?.1,
            _ => return None,
        };
        rest = rest.get(plain_length(rest)..)?;
    }
}

/// The character of an escape and what is left after it, or what is wrong with it.
pub(crate) fn escape(rest: &[u8]) -> Result<(char, &[u8]), &'static str> {
    let character = match rest.get(1) {
        Some(same @ (b'"' | b'\\' | b'/')) => char::from(*same),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(rest),
        _ => return Err("there is no such escape"),
    };
    Ok((character, rest.get(2..).unwrap_or_default()))
}

fn unicode_escape(rest: &[u8]) -> Result<(char, &[u8]), &'static str> {
    const LENGTH: usize = 6;
    let first = code_unit(rest).ok_or("`\\u` takes four hexadecimal digits")?;
    let after = |length: usize| rest.get(length..).unwrap_or_default();
    if let Some(character) = char::from_u32(first) {
        return Ok((character, after(LENGTH)));
    }
    // Half of a pair: the other half must follow.
    let second = rest.get(LENGTH..).and_then(code_unit);
    let second = second.filter(|unit| (0xDC00..0xE000).contains(unit));
    let (true, Some(second)) = (first < 0xDC00, second) else {
        return Err("half of a surrogate pair stands alone");
    };
    let scalar = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    let character = char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER);
    Ok((character, after(2 * LENGTH)))
}

/// The number of an escape in hexadecimal digits.
fn code_unit(rest: &[u8]) -> Option<u32> {
    let digits = rest.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |number, digit| {
        Some(number * 16 + char::from(*digit).to_digit(16)?)
    })
}

/// A string of exactly `N` bytes that `read` makes something of, and what is left after it. `read`
/// has to refuse quotes, backslashes and control characters.
///
/// `M` is two more than `N`, for the quotes.
#[inline]
pub(crate) fn string_of<const N: usize, const M: usize, T>(
    rest: &[u8],
    read: impl FnOnce(&[u8; N]) -> Option<T>,
) -> Option<(T, &[u8])> {
    const { assert!(M == N + 2, "a string has two quotes") };
    let (quoted, rest) = rest.split_first_chunk::<M>()?;
    let (b'"', text) = quoted.split_first()? else {
        return None;
    };
    let (text, end) = text.split_first_chunk::<N>()?;
    let [b'"'] = end else {
        return None;
    };
    Some((read(text)?, rest))
}

/// How many bytes come before the first that ends a string or cannot stand in it as it is.
#[inline]
pub(crate) fn plain_length(bytes: &[u8]) -> usize {
    // Most strings are short, so that the loop is left to those that are not.
    match bytes.split_first_chunk() {
        Some((chunk, rest)) => match specials(chunk) {
            0 => BYTES + long_plain_length(rest),
            found => found.trailing_zeros() as usize,
        },
        None => long_plain_length(bytes),
    }
}

#[inline(never)]
fn long_plain_length(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    let mut length = 0;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let found = specials(chunk);
        if found != 0 {
            return length + found.trailing_zeros() as usize;
        }
        length += BYTES;
        rest = after;
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < CONTROL_END;
    length + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Bytes that are looked at together.
pub(crate) const BYTES: usize = 16;

/// Which bytes are quotes, backslashes or control characters, as bits.
#[inline]
fn specials(bytes: &[u8; BYTES]) -> u32 {
    let bytes = u8x16::new(*bytes);
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let is_control = bytes.min(u8x16::splat(CONTROL_END - 1)).simd_eq(bytes);
    (is(b'"') | is(b'\\') | is_control).to_bitmask()
}

/// Which bytes are quotes, as bits.
#[inline]
pub(crate) fn quotes(bytes: &[u8; BYTES]) -> u32 {
    u8x16::new(*bytes).simd_eq(u8x16::splat(b'"')).to_bitmask()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte by byte.
    fn slow_string(rest: &[u8]) -> Option<(&[u8], &[u8])> {
        let rest = rest.strip_prefix(b"\"")?;
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < 0x20;
        let end = rest.iter().position(is_special)?;
        (rest[end] == b'"').then(|| (&rest[..end], &rest[end + 1..]))
    }

    #[test]
    fn strings_end_where_they_do_byte_by_byte() {
        let fillers = ["a", "!", "#", "[", "]", " ", "\u{7F}", "é", "☃", "😀"];
        let specials = ["\"", "\\", "\\\"", "\u{1F}", "\n", "\0", ""];
        let tails = [
            "",
            "\"",
            "tail of a text that is longer than a vector \"\\\n",
        ];
        for filler in fillers {
            for length in 0..=40 {
                for special in specials {
                    for tail in tails {
                        let text = format!("\"{}{special}{tail}", filler.repeat(length));
                        let found = string(text.as_bytes());
                        assert_eq!(found, slow_string(text.as_bytes()), "{text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_byte_at_every_place_is_told_apart() {
        for length in [1, 15, 16, 17, 31, 32, 33, 40] {
            for place in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'a'; length];
                    text[place] = byte;
                    let is_special = byte < 0x20 || matches!(byte, b'"' | b'\\');
                    let expected = if is_special { place } else { length };
                    assert_eq!(
                        plain_length(&text),
                        expected,
                        "{byte} at {place} of {length}"
                    );
                }
            }
        }
    }

    #[test]
    fn strings_with_escapes_are_stepped_over() {
        for (text, left) in [
            (r#""""#, Some("")),
            (r#""a\n\"\u00e9\ud83d\ude00","#, Some(",")),
            (r#""a long text before the \/ escape" x"#, Some(" x")),
            (r#""\x""#, None),
            (r#""\ud83d""#, None),
            (r#""a\""#, None),
            ("\"\\n\n\"", None),
            ("\"\\n", None),
            ("x", None),
        ] {
            let found = after_string(text.as_bytes());
            assert_eq!(found, left.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn strings_of_a_length_are_read_where_both_quotes_are() {
        let read = |text: &[u8; 3]| Some(*text);
        let string_of = |text| string_of::<3, 5, _>(text, read);
        assert_eq!(
            string_of(b"\"abc\",".as_slice()),
            Some((*b"abc", b",".as_slice()))
        );
        for text in ["", "\"abc", "\"abcd\"", "\"ab\"", "abc\"\"\""] {
            assert_eq!(string_of(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn separators_may_have_space_around_them() {
        for (text, expected) in [
            (",x", Some((true, "x"))),
            (" \n,\t x", Some((true, "x"))),
            ("  ]  ,", Some((false, "  ,"))),
            ("}", None),
            ("", None),
            (" ", None),
        ] {
            let found = separator(text.as_bytes(), b']').map(|found| match found {
                Separator::Comma(rest) => (true, std::str::from_utf8(rest).unwrap()),
                Separator::End(rest) => (false, std::str::from_utf8(rest).unwrap()),
            });
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
