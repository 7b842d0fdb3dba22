//! Did you mean: the known word that is nearest to a misspelt one.

/// LIMIT: characters of a word that is compared; longer ones are nobody's typing error.
const WORD_MAX: usize = 64;

/// The nearest of the known words, where it is near enough to be meant: a third of the characters
/// of the longer one may differ, case does not count. Of equally near ones the first.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word: Vec<char> = folded(word)?;
    let near = known.into_iter().filter_map(|candidate| {
        let characters = folded(candidate)?;
        let limit = (word.len().max(characters.len()) / 3).max(1);
        let distance = distance(&word, &characters);
        (distance <= limit).then_some((distance, candidate))
    });
    near.min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A hint that ends a message: ``, did you mean `x`?`` or nothing.
pub(crate) fn hint<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    nearest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

fn folded(word: &str) -> Option<Vec<char>> {
    let characters: Vec<char> = word.chars().take(WORD_MAX + 1).collect();
    let is_short = characters.len() <= WORD_MAX;
    is_short.then(|| {
        characters
            .into_iter()
            .flat_map(char::to_lowercase)
            .collect()
    })
}

/// Optimal string alignment: insertions, deletions, replacements and swaps of neighbours.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, from) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in right.iter().enumerate() {
            let at =
                |cells: &[usize], index: usize| cells.get(index).copied().unwrap_or(usize::MAX);
            let replaced = at(&above, column) + usize::from(from != to);
            let best = replaced
                .min(at(&above, column + 1) + 1)
                .min(at(&current, column) + 1);
            let swapped = match column.checked_sub(1) {
                Some(left_column)
                    if previous == Some(to) && right.get(left_column) == Some(from) =>
                {
                    at(&before, left_column).saturating_add(1)
                }
                _ => usize::MAX,
            };
            current.push(best.min(swapped));
        }
        before = std::mem::replace(&mut above, current);
        previous = Some(from);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_where_it_is_near() {
        let known = ["ipAddress", "country", "clientAppType"];
        assert_eq!(nearest("ipAdress", known), Some("ipAddress"));
        assert_eq!(nearest("COUNTYR", known), Some("country"));
        assert_eq!(nearest("weather", known), None);
        assert_eq!(nearest("x", ["y"]), Some("y"));
        assert_eq!(nearest(&"a".repeat(10_000_000), known), None);
    }
}
