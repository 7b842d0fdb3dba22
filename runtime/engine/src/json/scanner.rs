//! The one reader of JSON's characters: a place in a text, and the steps from it.
//!
//! Everything that reads JSON here steps with a scanner: the [tree](super::tree) with errors in
//! words, and what decides a sign-in on the way through its bytes without them. A step that fails
//! leaves the scanner where the problem is, or says so; it never panics and never steps back.
//!
//! Strings are searched eight bytes at a time. The text is known to be UTF-8, so what lies between
//! two quotes is a text without being checked again.

/// The control characters that have to be escaped end here.
const CONTROL_END: u8 = 0x20;

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scanner<'a> {
    text: &'a str,
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    /// At the start of a text.
    pub(crate) fn new(text: &'a str) -> Scanner<'a> {
        Scanner {
            text,
            rest: text.as_bytes(),
        }
    }

    /// The place, in bytes from the start.
    pub(crate) fn offset(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    /// The bytes from here on.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The text from a former place up to here.
    pub(crate) fn text_from(&self, start: usize) -> &'a str {
        self.text.get(start..self.offset()).unwrap_or_default()
    }

    /// The character here.
    pub(crate) fn character(&self) -> Option<char> {
        self.text.get(self.offset()..)?.chars().next()
    }

    /// The byte here.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Step over white space.
    #[inline]
    pub(crate) fn skip_space(&mut self) {
        if self.rest.first().is_some_and(|byte| *byte <= b' ') {
            self.skip_run_of_space();
        }
    }

    /// Step over white space of which there is some, as where JSON is written for people.
    fn skip_run_of_space(&mut self) {
        const SPACES: [u8; 8] = [b' '; 8];
        let mut rest = self.rest;
        loop {
            rest = match rest {
                [b' ', ..] => match rest.split_first_chunk() {
                    Some((&SPACES, after)) => after,
                    _ => rest.get(1..).unwrap_or_default(),
                },
                [b'\n' | b'\r' | b'\t', after @ ..] => after,
                _ => break,
            };
        }
        self.rest = rest;
    }

    /// Step over this byte, if it is here.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Step over these bytes, if they are here.
    #[inline]
    pub(crate) fn take_all(&mut self, bytes: &[u8]) -> bool {
        match self.rest.strip_prefix(bytes) {
            None => false,
            Some(rest) => {
                self.rest = rest;
                true
            }
        }
    }

    /// Step over so many bytes, which are ASCII.
    pub(crate) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Within a string, the text up to its end, to an escape, to a control character or to the end
    /// of everything, whichever comes first.
    #[inline]
    pub(crate) fn plain(&mut self) -> &'a str {
        let start = self.offset();
        let length = plain_length(self.rest);
        self.skip(length);
        // All of these are characters of their own, so no character is cut.
        self.text
            .get(start..start.saturating_add(length))
            .unwrap_or_default()
    }

    /// A string without escapes; `None`, somewhere in it, if it has some, if something is wrong
    /// with it, or if there is none here.
    #[inline]
    pub(crate) fn string(&mut self) -> Option<&'a str> {
        if !self.take(b'"') {
            return None;
        }
        let text = self.plain();
        self.take(b'"').then_some(text)
    }

    /// Step over a string, whatever is in it; the result is whether it is one.
    #[inline]
    pub(crate) fn skip_string(&mut self) -> bool {
        if !self.take(b'"') {
            return false;
        }
        loop {
            self.skip(plain_length(self.rest));
            match self.rest.first() {
                Some(b'"') => {
                    self.skip(1);
                    return true;
                }
                Some(b'\\') if self.escape().is_ok() => {}
                _ => return false,
            }
        }
    }

    /// The character of an escape, or what is wrong with it.
    pub(crate) fn escape(&mut self) -> Result<char, &'static str> {
        let character = match self.rest.get(1) {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(*same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err("there is no such escape"),
        };
        self.skip(2);
        Ok(character)
    }

    fn unicode_escape(&mut self) -> Result<char, &'static str> {
        const LENGTH: usize = 6;
        let rest = self.rest;
        let first = code_unit(rest).ok_or("`\\u` takes four hexadecimal digits")?;
        if let Some(character) = char::from_u32(first) {
            self.skip(LENGTH);
            return Ok(character);
        }
        // Half of a pair: the other half must follow.
        let second = rest.get(LENGTH..).and_then(code_unit);
        let second = second.filter(|unit| (0xDC00..0xE000).contains(unit));
        let (true, Some(second)) = (first < 0xDC00, second) else {
            return Err("half of a surrogate pair stands alone");
        };
        self.skip(2 * LENGTH);
        let scalar = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        Ok(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// As [`string`](Self::string), as bytes.
    #[inline]
    pub(crate) fn string_bytes(&mut self) -> Option<&'a [u8]> {
        let (b'"', rest) = self.rest.split_first()? else {
            return None;
        };
        let (text, rest) = rest.split_at_checked(plain_length(rest))?;
        let (b'"', rest) = rest.split_first()? else {
            return None;
        };
        self.rest = rest;
        Some(text)
    }

    /// A string of exactly `N` bytes without a quote that `read` makes something of; otherwise the
    /// scanner stays where it is. `read` has to refuse backslashes and control characters.
    #[inline]
    pub(crate) fn string_of<const N: usize, T>(
        &mut self,
        read: impl FnOnce(&'a [u8; N]) -> Option<T>,
    ) -> Option<T> {
        let (b'"', rest) = self.rest.split_first()? else {
            return None;
        };
        let (text, rest) = rest.split_first_chunk::<N>()?;
        let (b'"', rest) = rest.split_first()? else {
            return None;
        };
        let value = read(text)?;
        self.rest = rest;
        Some(value)
    }
}

/// The number of an escape in hexadecimal digits.
fn code_unit(rest: &[u8]) -> Option<u32> {
    let digits = rest.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |number, digit| {
        Some(number * 16 + char::from(*digit).to_digit(16)?)
    })
}

/// How many bytes come before the first that ends a string or cannot stand in it as it is.
#[inline]
fn plain_length(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let found = specials(u64::from_le_bytes(*word));
        if found != 0 {
            return at * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\') || *byte < CONTROL_END;
    let before = bytes.len().saturating_sub(tail.len());
    before + tail.iter().position(is_special).unwrap_or(tail.len())
}

/// The high bits of the bytes of a word that are quotes, backslashes or control characters. Above
/// the lowest one there may be false ones.
#[inline]
fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let below = |word: u64, end: u8| word.wrapping_sub(ONES.wrapping_mul(u64::from(end))) & !word;
    let is = |byte: u8| below(word ^ ONES.wrapping_mul(u64::from(byte)), 1);
    (is(b'"') | is(b'\\') | below(word, CONTROL_END)) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_string_is_found_wherever_it_is() {
        for before in 0..20 {
            for (special, after) in [
                ("\"", "é\"\\"),
                ("\\", "\"\""),
                ("\u{1F}", "\\"),
                ("\n", ""),
            ] {
                for filler in ["a", "!", "#", "[", "]", " ", "\u{7F}"] {
                    let text = filler.repeat(before) + special + after + "tail";
                    let mut scanner = Scanner::new(&text);
                    assert_eq!(scanner.plain(), filler.repeat(before), "{text:?}");
                    assert_eq!(scanner.offset(), before, "{text:?}");
                    assert_eq!(scanner.peek(), special.bytes().next(), "{text:?}");
                }
            }
            let text = "é☃😀".repeat(before);
            let mut scanner = Scanner::new(&text);
            assert_eq!(scanner.plain(), text);
            assert_eq!(scanner.peek(), None);
        }
    }

    #[test]
    fn runs_of_space_are_stepped_over() {
        for count in 0..30 {
            let text = " ".repeat(count) + "\r\n\t" + &" ".repeat(count) + "x";
            let mut scanner = Scanner::new(&text);
            scanner.skip_space();
            assert_eq!(scanner.offset(), 2 * count + 3);
            assert!(scanner.take(b'x') && scanner.peek().is_none());
        }
        let mut scanner = Scanner::new("\u{B}");
        scanner.skip_space();
        assert_eq!(scanner.offset(), 0);
    }

    #[test]
    fn strings_that_are_not_plain_are_none() {
        let rows = [
            ("\"\"", Some("")),
            ("\"abé\" ", Some("abé")),
            ("\"a\\n\"", None),
            ("\"a", None),
            ("\"a\n\"", None),
            ("a\"", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(Scanner::new(text).string(), expected, "{text:?}");
            let bytes = Scanner::new(text).string_bytes();
            assert_eq!(bytes, expected.map(str::as_bytes), "{text:?}");
        }
        let mut scanner = Scanner::new("\"abc\"\"abcd\"");
        let read = |text: &[u8; 3]| Some(*text);
        assert_eq!(scanner.string_of(read), Some(*b"abc"));
        assert_eq!(scanner.string_of(read), None);
        assert_eq!(scanner.string(), Some("abcd"));
    }
}
