//! The longest of many prefixes that a text starts with.
//!
//! Prefixes are in order. The last one that is not above the text, its *predecessor*, has every
//! prefix of the text as a prefix of its own; so the longest is found on the way from the
//! predecessor to ever shorter prefixes of it: the first that is no longer than what the
//! predecessor and the text have in common.

/// Prefixes with their classes.
#[derive(Clone, Debug, Default)]
pub(super) struct Prefixes {
    /// The first eight bytes of each, the first of them highest, short ones filled with zeros. They
    /// decide most comparisons.
    heads: Box<[u64]>,
    rows: Box<[Row]>,
}

#[derive(Clone, Debug)]
struct Row {
    text: Box<str>,
    class: u32,
    /// The longest other prefix that this one starts with.
    parent: Option<u32>,
}

impl Prefixes {
    /// Of folded texts that ascend.
    pub(super) fn new(prefixes: &[(String, u32)]) -> Prefixes {
        let mut open: Vec<(u32, &str)> = Vec::new();
        let mut rows = Vec::with_capacity(prefixes.len());
        for (number, (text, class)) in (0..).zip(prefixes) {
            while open
                .last()
                .is_some_and(|(_, before)| !text.starts_with(before))
            {
                open.pop();
            }
            rows.push(Row {
                text: text.as_str().into(),
                class: *class,
                parent: open.last().map(|(number, _)| *number),
            });
            open.push((number, text));
        }
        Prefixes {
            heads: prefixes.iter().map(|row| head(row.0.as_bytes())).collect(),
            rows: rows.into(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The class of the longest that a text starts with, which is folded, or in ASCII in any case.
    #[inline]
    pub(super) fn class(&self, text: &[u8]) -> Option<u32> {
        let of_text = small(head(text));
        let first = self.heads.partition_point(|head| *head < of_text);
        let ties = self.rows.get(first..)?;
        let same = self
            .heads
            .get(first..)?
            .partition_point(|head| *head == of_text);
        let folded = || text.iter().map(u8::to_ascii_lowercase);
        let not_above = ties
            .get(..same)?
            .partition_point(|row| row.text.bytes().le(folded()));
        let mut row = self.rows.get((first + not_above).checked_sub(1)?)?;
        let common = row
            .text
            .bytes()
            .zip(folded())
            .take_while(|(a, b)| a == b)
            .count();
        while row.text.len() > common {
            row = self.rows.get(row.parent? as usize)?;
        }
        Some(row.class)
    }
}

#[inline]
fn head(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(head) => u64::from_be_bytes(*head),
        None => text
            .iter()
            .zip((0..8).rev())
            .fold(0, |head, (byte, place)| {
                head | u64::from(*byte) << (8 * place)
            }),
    }
}

/// Eight bytes with small letters in place of the capital ones in ASCII.
#[inline]
fn small(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let ascii = word & (0x7F * ONES);
    // Bit 7 from `A` on, and from after `Z` on.
    let from_a = ascii + (0x80 - 0x41) * ONES;
    let after_z = ascii + (0x80 - 0x5B) * ONES;
    word | (from_a & !after_z & !word & (0x80 * ONES)) >> 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_is_found_among_nested_ones_and_ones_with_zeros() {
        let mut texts = [
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "ab",
            "abcdefgh",
            "abcdefgh\0",
            "abcdefghi",
        ];
        texts.sort_unstable();
        let more = [
            "b\u{fffd}",
            "ba",
            "b",
            "abcdefghij",
            "abcdefghik",
            "abcdefghj",
        ];
        let mut all: Vec<&str> = texts.iter().chain(&more).copied().collect();
        all.sort_unstable();
        for skip in 0..all.len() {
            let rows: Vec<(String, u32)> = all
                .iter()
                .skip(skip)
                .zip(1..)
                .map(|(text, class)| ((*text).to_owned(), class))
                .collect();
            let prefixes = Prefixes::new(&rows);
            for start in &all {
                for end in ["", "\0", "a", "i", "z", "\u{10ffff}"] {
                    let text = format!("{start}{end}");
                    let fits = rows.iter().filter(|row| text.starts_with(&row.0));
                    let longest = fits.max_by_key(|row| row.0.len()).map(|row| row.1);
                    assert_eq!(
                        prefixes.class(text.as_bytes()),
                        longest,
                        "{text:?} of {rows:?}"
                    );
                    let capitals = text.to_ascii_uppercase();
                    assert_eq!(
                        prefixes.class(capitals.as_bytes()),
                        longest,
                        "{capitals:?} of {rows:?}"
                    );
                }
            }
        }
    }
}
