//! "Did you mean": the candidate that is nearest to what was written, if one is near enough.
//!
//! LIMIT: words above [`WORD_MAX`] characters and lists above [`CANDIDATES_MAX`] get no suggestion,
//! so that hostile input costs nothing.

/// Longest word that is compared.
const WORD_MAX: usize = 80;
/// Most candidates that are compared.
const CANDIDATES_MAX: usize = 5_000;

/// Shortest word that is taken for the beginning of a candidate.
const PREFIX_MIN: usize = 5;

/// The candidate that `written` was probably meant to be: equal but for case, within a third of its
/// length in edits, or the shortest that begins with it. The first of several that are equally near.
#[must_use]
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().take(CANDIDATES_MAX).collect();
    within_edits(written, &candidates).or_else(|| begun(written, &candidates))
}

fn begun<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let folded = written.to_lowercase();
    let length = folded.chars().count();
    if !(PREFIX_MIN..=WORD_MAX).contains(&length) {
        return None;
    }
    let begins = |candidate: &&&str| candidate.to_lowercase().starts_with(&folded);
    let short = candidates.iter().filter(|c| c.len() <= 4 * WORD_MAX);
    short
        .filter(begins)
        .min_by_key(|candidate| candidate.len())
        .copied()
}

fn within_edits<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if written.chars().count() > WORD_MAX {
        return None;
    }
    let folded = written.to_lowercase();
    let length = folded.chars().count();
    let edits_max = (length / 3).max(1);
    candidates
        .iter()
        .copied()
        .filter(|candidate| candidate.len() <= 4 * WORD_MAX)
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= edits_max)
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(edits, candidate)| {
            *edits <= edits_max && *edits < candidate.chars().count().max(1)
        })
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// `a`, `b` or `c`, each in backticks; past eight the rest is counted.
pub(crate) fn one_of<'a>(items: impl IntoIterator<Item = &'a str>, conjunction: &str) -> String {
    const SHOWN: usize = 8;
    let items: Vec<&str> = items.into_iter().collect();
    let mut shown: Vec<String> = items.iter().take(SHOWN).map(|i| format!("`{i}`")).collect();
    if items.len() > SHOWN + 1 {
        shown.push(format!("{} others", items.len() - SHOWN));
    } else {
        shown.extend(items.get(SHOWN).map(|i| format!("`{i}`")));
    }
    join(&shown, conjunction)
}

/// `a, b or c`
pub(crate) fn join(items: &[String], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let names = ["trustType", "profileType", "model"];
        assert_eq!(nearest("trustTyp", names), Some("trustType"));
        assert_eq!(nearest("TRUSTTYPE", names), Some("trustType"));
        assert_eq!(nearest("modle", names), Some("model"));
        assert_eq!(nearest("department", names), None);
        assert_eq!(nearest("profi", names), Some("profileType"));
        assert_eq!(nearest("prof", names), None);
        assert_eq!(nearest("x", ["y"]), None);
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(one_of(["a", "b", "c"], "or"), "`a`, `b` or `c`");
        assert_eq!(one_of(["a"], "or"), "`a`");
        let many: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        let text = one_of(many.iter().map(String::as_str), "or");
        assert!(text.ends_with("`7` or 4 others"), "{text}");
    }
}
