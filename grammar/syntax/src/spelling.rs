//! Which known word was probably meant by an unknown one.

/// LIMIT: longer words are no misspelling of anything; comparing is quadratic in the length.
const WORD_BYTES_MAX: usize = 40;

/// The option nearest to `word`, if it is near enough; the first of equals. Case does not count as
/// a difference, so a word that differs in case alone is nearest to itself.
pub(crate) fn nearest<'a>(
    word: &str,
    options: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if word.len() > WORD_BYTES_MAX {
        return None;
    }
    let folded = word.to_lowercase();
    let length = folded.chars().count();
    let budget = match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    };
    options
        .into_iter()
        .filter(|option| option.chars().count().abs_diff(length) <= budget)
        .map(|option| {
            (
                strsim::damerau_levenshtein(&folded, &option.to_lowercase()),
                option,
            )
        })
        .filter(|(distance, _)| *distance <= budget)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, option)| option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let options = ["policy", "scope", "test", "when"];
        assert_eq!(nearest("polcy", options), Some("policy"));
        assert_eq!(nearest("Policy", options), Some("policy"));
        assert_eq!(nearest("tset", options), Some("test"));
        assert_eq!(nearest("x", options), None);
        assert_eq!(nearest("banana", options), None);
        assert_eq!(nearest("grnts", ["agents"]), None);
        assert_eq!(nearest(&"policy".repeat(1_000_000), options), None);
    }
}
