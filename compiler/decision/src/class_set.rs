//! Sets of classes of one variable, as runs.
//!
//! A set never holds the *unknown* class: at a missing fact a test has no answer, whatever it asks
//! for. Complements are therefore taken within the known classes only, which is Kleene's negation.
//!
//! INVARIANT: runs ascend, do not overlap and do not touch.

/// A set of known classes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClassSet {
    runs: Vec<(u32, u32)>,
}

impl ClassSet {
    /// The set with no class.
    #[must_use]
    pub fn empty() -> ClassSet {
        ClassSet::default()
    }

    /// The classes from `first` to `last`, both included; empty where they are inverted.
    #[must_use]
    pub fn run(first: u32, last: u32) -> ClassSet {
        ClassSet::from_runs(vec![(first, last)])
    }

    /// The union of runs in any order. Cost: a sort of the runs.
    #[must_use]
    pub fn from_runs(mut runs: Vec<(u32, u32)>) -> ClassSet {
        runs.retain(|(first, last)| first <= last);
        runs.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::with_capacity(runs.len());
        for (first, last) in runs {
            match merged.last_mut() {
                Some(previous) if first <= previous.1.saturating_add(1) => {
                    previous.1 = previous.1.max(last);
                }
                _ => merged.push((first, last)),
            }
        }
        merged.shrink_to_fit();
        ClassSet { runs: merged }
    }

    /// The union of all. Cost: a sort of all runs, so a chain of 30 000 tests stays cheap.
    #[must_use]
    pub fn union(sets: Vec<ClassSet>) -> ClassSet {
        ClassSet::from_runs(sets.into_iter().flat_map(|set| set.runs).collect())
    }

    /// The intersection of all, among the first `known` classes. It goes through complements, since
    /// meeting one set after the other would be quadratic for a long chain of `-ne`.
    #[must_use]
    pub fn intersection(sets: Vec<ClassSet>, known: u32) -> ClassSet {
        let outside = sets.into_iter().map(|set| set.complement(known)).collect();
        ClassSet::union(outside).complement(known)
    }

    /// The first `known` classes without these.
    #[must_use]
    pub fn complement(&self, known: u32) -> ClassSet {
        let mut runs = Vec::with_capacity(self.runs.len() + 1);
        let mut next = 0;
        for (first, last) in &self.runs {
            if next < *first {
                runs.push((next, first - 1));
            }
            next = last.saturating_add(1);
        }
        if next < known {
            runs.push((next, known - 1));
        }
        ClassSet { runs }
    }

    /// Whether the class is in the set.
    #[must_use]
    pub fn contains(&self, class: u32) -> bool {
        let after = self.runs.partition_point(|(first, _)| *first <= class);
        let run = after.checked_sub(1).and_then(|at| self.runs.get(at));
        run.is_some_and(|(_, last)| class <= *last)
    }

    /// The runs, ascending, both ends included.
    #[must_use]
    pub fn runs(&self) -> &[(u32, u32)] {
        &self.runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(classes: &[u32]) -> ClassSet {
        ClassSet::from_runs(classes.iter().map(|class| (*class, *class)).collect())
    }

    #[test]
    fn touching_and_overlapping_runs_become_one() {
        assert_eq!(set(&[3, 1, 2, 2, 7]).runs(), [(1, 3), (7, 7)]);
        assert_eq!(ClassSet::from_runs(vec![(0, 9), (2, 3)]).runs(), [(0, 9)]);
        assert_eq!(ClassSet::run(4, 3), ClassSet::empty());
    }

    #[test]
    fn operations_agree_with_membership() {
        let known = 6;
        for left in 0u32..64 {
            for right in (0u32..64).step_by(5) {
                let of = |bits: u32| {
                    set(&(0..known)
                        .filter(|c| bits >> c & 1 == 1)
                        .collect::<Vec<_>>())
                };
                let (a, b) = (of(left), of(right));
                assert_eq!(
                    ClassSet::union(vec![a.clone(), b.clone()]),
                    of(left | right)
                );
                assert_eq!(
                    ClassSet::intersection(vec![a.clone(), b], known),
                    of(left & right)
                );
                assert_eq!(a.complement(known), of(!left & 63));
                assert!((0..known).all(|c| a.contains(c) == (left >> c & 1 == 1)));
            }
        }
    }
}
