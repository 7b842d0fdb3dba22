//! Case folding: how strings are made comparable without case.
//!
//! Simple case folding as Unicode defines it, character by character, and no normalisation: `ß` and
//! `ss` stay different, `K` (Kelvin sign) and `k` become equal.

use std::borrow::Cow;

/// The text with every character folded. Borrows where nothing changes. Cost: one pass.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    match text.find(|c| fold_char(c) != c) {
        None => Cow::Borrowed(text),
        Some(at) => {
            let (same, rest) = text.split_at(at);
            let mut folded = String::with_capacity(text.len());
            folded.push_str(same);
            folded.extend(rest.chars().map(fold_char));
            Cow::Owned(folded)
        }
    }
}

/// Put the folded text into `buffer`, in place of what was there. Allocates only where the buffer
/// is too small.
pub fn fold_into(text: &str, buffer: &mut String) {
    buffer.clear();
    if text.is_ascii() {
        buffer.push_str(text);
        buffer.make_ascii_lowercase();
    } else {
        buffer.extend(text.chars().map(fold_char));
    }
}

/// Whether two texts are equal without case, without building either folded text.
#[must_use]
pub fn folded_eq(left: &str, right: &str) -> bool {
    // As most texts are that are equal at all.
    if left == right {
        return true;
    }
    if left.is_ascii() && right.is_ascii() {
        return left.eq_ignore_ascii_case(right);
    }
    left.chars().map(fold_char).eq(right.chars().map(fold_char))
}

fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    unicode_case_mapping::case_folded(c)
        .and_then(|folded| char::from_u32(folded.get()))
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_simple_and_covers_more_than_ascii() {
        assert_eq!(fold("AzureAD"), "azuread");
        assert_eq!(fold("ÅΣς"), "åσσ");
        assert_eq!(fold("ß"), "ß");
        assert!(folded_eq("\u{212A}elvin", "kELVIN"));
        assert!(!folded_eq("kelvin", "kelvi"));
        assert!(matches!(fold("same"), Cow::Borrowed(_)));
        let mut buffer = String::from("before");
        for text in ["AzureAD", "ÅΣς", "", "same"] {
            fold_into(text, &mut buffer);
            assert_eq!(buffer, fold(text));
        }
    }
}
