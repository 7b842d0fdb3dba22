//! A place in a text, and the [steps](super::steps) from it, for whoever says what is wrong where.
//!
//! A step that fails leaves the scanner where the problem is, or says so; it never panics and never
//! steps back.
//!
//! The text is known to be UTF-8, so what lies between two quotes is a text without being checked
//! again.

use super::steps::{after, after_space, escape, plain_length};

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
        self.rest = after_space(self.rest);
    }

    /// Step over this byte, if it is here.
    #[inline]
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        match after(self.rest, byte) {
            None => false,
            Some(rest) => {
                self.rest = rest;
                true
            }
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

    /// The character of an escape, or what is wrong with it.
    pub(crate) fn escape(&mut self) -> Result<char, &'static str> {
        let (character, rest) = escape(self.rest)?;
        self.rest = rest;
        Ok(character)
    }
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
}
