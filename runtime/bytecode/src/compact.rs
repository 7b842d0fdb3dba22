//! Numbers in few bytes: the building blocks of the sections that are laid out by hand.
//!
//! A number is written seven bits a byte, lowest first, the top bit saying that more follow. It has
//! one form only: a number with a needless last byte is refused.
//!
//! INVARIANT: reading allocates nothing on the word of a number alone; what a count announces has
//! to be there.

use crate::bundle::{self, BundleError};

/// Bytes that are being written.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn number(&mut self, number: u32) {
        let mut rest = number;
        while rest >= 0x80 {
            self.bytes.push((rest & 0x7F) as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    /// A count of things in memory. None is near the limit of a number: lists are within LIMITs.
    pub(crate) fn count(&mut self, count: usize) {
        self.number(u32::try_from(count).unwrap_or(u32::MAX));
    }

    /// Bytes of a text or a file, their number first.
    pub(crate) fn text(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        self.number(bundle::length_word(bytes.len())?);
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// A list that ascends without repetition: its length, then gaps.
    pub(crate) fn ascending(&mut self, numbers: &[u32]) {
        self.count(numbers.len());
        let mut next = 0u32;
        for number in numbers {
            // One that does not ascend comes out as another list, which the verifier refuses.
            self.number(number.wrapping_sub(next));
            next = number.wrapping_add(1);
        }
    }
}

/// Bytes that are being read.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, String> {
        let (first, rest) = self.bytes.split_first().ok_or_else(cut_off)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (first, rest) = self.bytes.split_first_chunk().ok_or_else(cut_off)?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u32, String> {
        let mut number = 0u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x7F);
            let is_last = byte & 0x80 == 0;
            if (shift == 28 && (bits > 0xF || !is_last)) || (is_last && bits == 0 && shift > 0) {
                return Err("a number is not in its form".to_owned());
            }
            number |= bits << shift;
            if is_last {
                break;
            }
        }
        Ok(number)
    }

    /// A count of things of which each takes at least a byte.
    pub(crate) fn count(&mut self) -> Result<usize, String> {
        let count = self.number()? as usize;
        if count > self.bytes.len() {
            return Err(cut_off());
        }
        Ok(count)
    }

    /// Bytes of a text or a file.
    pub(crate) fn text(&mut self) -> Result<&'a [u8], String> {
        let length = self.count()?;
        let (text, rest) = self.bytes.split_at_checked(length).ok_or_else(cut_off)?;
        self.bytes = rest;
        Ok(text)
    }

    pub(crate) fn ascending(&mut self) -> Result<Vec<u32>, String> {
        let count = self.count()?;
        let mut next = Some(0u32);
        let mut numbers = Vec::with_capacity(count);
        for _ in 0..count {
            let gap = self.number()?;
            let number = next.and_then(|next| next.checked_add(gap));
            let number = number.ok_or("a list goes beyond all numbers")?;
            next = number.checked_add(1);
            numbers.push(number);
        }
        Ok(numbers)
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn end(&self) -> Result<(), String> {
        match self.bytes.len() {
            0 => Ok(()),
            left => Err(format!("{left} bytes are left over")),
        }
    }
}

fn cut_off() -> String {
    "the section ends too early".to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;

    #[test]
    fn numbers_and_lists_come_back() {
        let numbers = [0, 1, 127, 128, 16_383, 16_384, 1 << 27, 1 << 28, u32::MAX];
        let mut writer = Writer::default();
        for number in numbers {
            writer.number(number);
        }
        writer.ascending(&[3, 4, 9, u32::MAX]);
        let mut reader = Reader::new(&writer.bytes);
        for number in numbers {
            assert_eq!(reader.number(), Ok(number));
        }
        assert_eq!(reader.ascending().unwrap(), [3, 4, 9, u32::MAX]);
        assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn other_forms_of_a_number_are_refused() {
        let refused: [&[u8]; 5] = [
            &[],
            &[0x80],
            &[0x80, 0],
            &[0xFF, 0xFF, 0xFF, 0xFF, 0x10],
            &[0xFF, 0xFF, 0xFF, 0xFF, 0x8F],
        ];
        for bytes in refused {
            assert!(Reader::new(bytes).number().is_err(), "{bytes:?}");
        }
        // A count that is not there, and a list beyond the last number.
        assert!(Reader::new(&[9]).count().is_err());
        let mut writer = Writer::default();
        writer.count(2);
        writer.number(u32::MAX);
        writer.number(0);
        assert!(Reader::new(&writer.bytes).ascending().is_err());
    }
}
