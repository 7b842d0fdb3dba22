//! Which tests to run: a part of the name, or a pattern with `*` and `?`. Case does not count.

use gatewright_value::fold;

/// A choice of tests by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pattern: Option<Vec<char>>,
}

impl Filter {
    /// A text that occurs in the name, or a pattern for all of it if it has `*` or `?`.
    #[must_use]
    pub fn new(written: &str) -> Filter {
        let folded = fold(written);
        let is_pattern = folded.contains(['*', '?']);
        let pattern = if is_pattern {
            folded.into_owned()
        } else {
            format!("*{folded}*")
        };
        Filter {
            pattern: Some(pattern.chars().collect()),
        }
    }

    /// Whether a test of this name is chosen; without a pattern, every test is.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let Some(pattern) = &self.pattern else {
            return true;
        };
        let name: Vec<char> = fold(name).chars().collect();
        glob(pattern, &name)
    }
}

/// The usual two-finger match: on a mismatch the last star takes one character more.
fn glob(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == name.get(n) => (p, n) = (p + 1, n + 1),
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_chosen_by_a_part_or_by_a_pattern() {
        let chosen = |pattern: &str, name: &str| Filter::new(pattern).matches(name);
        assert!(chosen("hotel", "An administrator on a Hotel phone"));
        assert!(!chosen("motel", "An administrator on a hotel phone"));
        assert!(chosen("an *phone", "An administrator on a hotel phone"));
        assert!(!chosen("an *hotel", "An administrator on a hotel phone"));
        assert!(chosen("?n*", "An administrator"));
        assert!(chosen("", "anything"));
        assert!(Filter::default().matches("anything"));
        assert!(!chosen(&"*a".repeat(40), &"a".repeat(39)));
    }
}
