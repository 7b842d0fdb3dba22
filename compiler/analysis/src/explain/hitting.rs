//! Smallest sets that have something in common with each of several sets.
//!
//! What forces a verdict has something in common with everything that changes it, and the other way
//! round (Reiter, 1987); so the smallest of either is found by looking for the smallest candidate,
//! asking the solver, and adding what it answers (Ignatiev et al., 2015).

/// LIMIT: candidates that are looked at for one answer.
const STEPS_MAX: usize = 50_000;

/// What a search for a smallest set came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Hitting {
    /// This one, ascending; no other one costs less.
    One(Vec<usize>),
    /// There is none.
    None,
    /// The search was too long.
    Exhausted,
}

/// The cheapest set that has an element of each of these sets and all elements of no excluded one.
pub(super) fn cheapest(sets: &[Vec<usize>], excluded: &[Vec<usize>], costs: &[u32]) -> Hitting {
    let mut search = Search {
        sets,
        excluded,
        costs,
        best: None,
        steps: 0,
    };
    search.extend(&mut Vec::new(), 0);
    if search.steps > STEPS_MAX {
        return Hitting::Exhausted;
    }
    match search.best {
        Some((_, mut found)) => {
            found.sort_unstable();
            Hitting::One(found)
        }
        None => Hitting::None,
    }
}

/// What a set costs.
pub(super) fn cost(costs: &[u32], set: &[usize]) -> u32 {
    set.iter().filter_map(|one| costs.get(*one)).sum()
}

struct Search<'a> {
    sets: &'a [Vec<usize>],
    excluded: &'a [Vec<usize>],
    costs: &'a [u32],
    best: Option<(u32, Vec<usize>)>,
    steps: usize,
}

impl Search<'_> {
    /// Recursion is as deep as the best set is large.
    fn extend(&mut self, chosen: &mut Vec<usize>, spent: u32) {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return;
        }
        let is_excluded = |set: &Vec<usize>| set.iter().all(|one| chosen.contains(one));
        if self.excluded.iter().any(is_excluded) {
            return;
        }
        if self
            .best
            .as_ref()
            .is_some_and(|(best, _)| spent + self.rest(chosen) >= *best)
        {
            return;
        }
        let open = self.sets.iter().filter(|set| !is_hit(set, chosen));
        let Some(next) = open.min_by_key(|set| set.len()) else {
            self.best = Some((spent, chosen.clone()));
            return;
        };
        let mut next = next.clone();
        next.sort_by_key(|one| (self.costs.get(*one).copied(), *one));
        for one in next {
            chosen.push(one);
            self.extend(chosen, spent + cost(self.costs, &[one]));
            chosen.pop();
        }
    }

    /// What the sets that are not hit cost at least: those that have nothing in common are paid one
    /// by one.
    fn rest(&self, chosen: &[usize]) -> u32 {
        let mut taken: Vec<usize> = Vec::new();
        let mut rest = 0;
        for set in self.sets.iter().filter(|set| !is_hit(set, chosen)) {
            if is_hit(set, &taken) {
                continue;
            }
            let costs = set.iter().map(|one| cost(self.costs, &[*one]));
            rest += costs.min().unwrap_or(0);
            taken.extend(set);
        }
        rest
    }
}

fn is_hit(set: &[usize], chosen: &[usize]) -> bool {
    set.iter().any(|one| chosen.contains(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_common_element_is_cheaper_than_two() {
        let sets = [vec![0, 2], vec![1, 2], vec![2, 3]];
        assert_eq!(cheapest(&sets, &[], &[1, 1, 1, 1]), Hitting::One(vec![2]));
        assert_eq!(
            cheapest(&sets, &[], &[1, 1, 9, 1]),
            Hitting::One(vec![0, 1, 3])
        );
        assert_eq!(cheapest(&[], &[], &[]), Hitting::One(vec![]));
    }

    #[test]
    fn what_is_excluded_is_no_part_of_the_answer() {
        let sets = [vec![0, 1]];
        let excluded = [vec![0]];
        assert_eq!(cheapest(&sets, &excluded, &[1, 5]), Hitting::One(vec![1]));
        assert_eq!(cheapest(&sets, &[vec![0], vec![1]], &[1, 5]), Hitting::None);
    }
}
