//! Conditions as formulas in Kleene's strong logic.
//!
//! A formula is a tree of conjunctions and disjunctions over literals; negation stands only inside
//! literals, where De Morgan's laws (which hold in Kleene logic) have pushed it. What does *not*
//! hold there is used nowhere: `x ∨ ¬x` is not true while `x` is unknown, and a literal that is
//! true at no known class is not false, since it too is unknown at a missing fact.
//!
//! Two literals of one variable may be merged all the same, and chains of thousands of tests are:
//! at a known class both are two-valued, so their conjunction is true exactly on the intersection
//! of their classes, their disjunction on the union; at the unknown class both are Unknown, and so
//! are `U ∧ U`, `U ∨ U` and the merged literal.
//!
//! Miniature: `risk = high ∨ (department = x ∧ risk ≠ low) ∨ risk = medium` becomes
//! `risk ∈ {medium, high} ∨ (department ∈ {x} ∧ risk ∉ {low})`.

use gatewright_value::Truth;
use rustc_hash::FxHashMap;

use crate::class_set::ClassSet;

/// A formula over literals of type `L`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Formula<L> {
    /// Holds always.
    True,
    /// Holds never.
    False,
    /// Nobody can say.
    Unknown,
    /// A test.
    Literal(L),
    /// All of these; at least two, none of them a conjunction, `True` or `False`.
    And(Vec<Formula<L>>),
    /// Any of these; at least two, none of them a disjunction, `True` or `False`.
    Or(Vec<Formula<L>>),
}

/// A test of one variable: true where its class is in the set, unknown at the unknown class.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Literal {
    /// The variable, a place in [`Space::variables`](crate::Space::variables).
    pub variable: u32,
    /// Where it is true.
    pub classes: ClassSet,
}

/// A literal that can be turned round.
pub trait Complement {
    /// The literal that is true where this one is false, and unknown where it is unknown.
    #[must_use]
    fn complement(self) -> Self;
}

impl<L> Formula<L> {
    /// The conjunction of these; true where there is none.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Formula<L>>) -> Formula<L> {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Formula::True => {}
                Formula::False => return Formula::False,
                Formula::And(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match (kept.len(), kept.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                kept.push(last);
                Formula::And(kept)
            }
            (_, None) => Formula::True,
        }
    }

    /// The disjunction of these; false where there is none.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Formula<L>>) -> Formula<L> {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Formula::False => {}
                Formula::True => return Formula::True,
                Formula::Or(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match (kept.len(), kept.pop()) {
            (1, Some(only)) => only,
            (_, Some(last)) => {
                kept.push(last);
                Formula::Or(kept)
            }
            (_, None) => Formula::False,
        }
    }

    /// Calls `visit` for every literal, depth first, from left to right.
    pub fn for_each_literal<'f>(&'f self, visit: &mut impl FnMut(&'f L)) {
        match self {
            Formula::Literal(literal) => visit(literal),
            Formula::And(parts) | Formula::Or(parts) => {
                for part in parts {
                    part.for_each_literal(visit);
                }
            }
            Formula::True | Formula::False | Formula::Unknown => {}
        }
    }
}

impl<L: Complement> Formula<L> {
    /// Kleene's negation.
    #[must_use]
    pub fn negated(self) -> Formula<L> {
        match self {
            Formula::True => Formula::False,
            Formula::False => Formula::True,
            Formula::Unknown => Formula::Unknown,
            Formula::Literal(literal) => Formula::Literal(literal.complement()),
            Formula::And(parts) => Formula::Or(parts.into_iter().map(Formula::negated).collect()),
            Formula::Or(parts) => Formula::And(parts.into_iter().map(Formula::negated).collect()),
        }
    }

    /// Some include and no exclude.
    #[must_use]
    pub fn within(include: Formula<L>, exclude: Formula<L>) -> Formula<L> {
        Formula::all([include, exclude.negated()])
    }
}

impl Formula<Literal> {
    /// The truth at these classes, one per variable; a class that is not given counts as unknown.
    #[must_use]
    pub fn evaluate(&self, classes: &[u32], known: &impl Fn(u32) -> u32) -> Truth {
        match self {
            Formula::True => Truth::True,
            Formula::False => Truth::False,
            Formula::Unknown => Truth::Unknown,
            Formula::Literal(literal) => match classes.get(literal.variable as usize) {
                Some(class) if *class < known(literal.variable) => {
                    Truth::from(literal.classes.contains(*class))
                }
                _ => Truth::Unknown,
            },
            Formula::And(parts) => parts.iter().fold(Truth::True, |truth, part| {
                truth.and(part.evaluate(classes, known))
            }),
            Formula::Or(parts) => parts.iter().fold(Truth::False, |truth, part| {
                truth.or(part.evaluate(classes, known))
            }),
        }
    }

    /// The number of literals.
    #[must_use]
    pub fn literal_count(&self) -> usize {
        let mut count = 0;
        self.for_each_literal(&mut |_| count += 1);
        count
    }
}

/// Joins the parts of a conjunction or a disjunction, literals of one variable into one (see the
/// module's text). `known` gives a variable's number of known classes. The order of the parts is
/// that of their first appearance. Cost: near-linear in the parts and their runs.
pub(crate) fn join(
    parts: Vec<Formula<Literal>>,
    is_conjunction: bool,
    known: &impl Fn(u32) -> u32,
) -> Formula<Literal> {
    // Neutral and deciding constants go first, nested parts of the same kind come up.
    let flat = match if is_conjunction {
        Formula::all(parts)
    } else {
        Formula::any(parts)
    } {
        Formula::And(parts) if is_conjunction => parts,
        Formula::Or(parts) if !is_conjunction => parts,
        other => return other,
    };
    let mut kept: Vec<Formula<Literal>> = Vec::with_capacity(flat.len());
    let mut group_by_variable: FxHashMap<u32, usize> = FxHashMap::default();
    let mut groups: Vec<(usize, u32, Vec<ClassSet>)> = Vec::new();
    let mut has_unknown = false;
    for part in flat {
        match part {
            Formula::Literal(literal) => {
                let group = *group_by_variable
                    .entry(literal.variable)
                    .or_insert_with(|| {
                        groups.push((kept.len(), literal.variable, Vec::new()));
                        kept.push(Formula::Unknown);
                        groups.len() - 1
                    });
                if let Some((_, _, sets)) = groups.get_mut(group) {
                    sets.push(literal.classes);
                }
            }
            Formula::Unknown if has_unknown => {}
            other => {
                has_unknown |= other == Formula::Unknown;
                kept.push(other);
            }
        }
    }
    for (place, variable, mut sets) in groups {
        let classes = match (sets.len(), sets.pop()) {
            (1, Some(only)) => only,
            (_, last) => {
                sets.extend(last);
                if is_conjunction {
                    ClassSet::intersection(sets, known(variable))
                } else {
                    ClassSet::union(sets)
                }
            }
        };
        if let Some(slot) = kept.get_mut(place) {
            *slot = Formula::Literal(Literal { variable, classes });
        }
    }
    if is_conjunction {
        Formula::all(kept)
    } else {
        Formula::any(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literal(variable: u32, classes: &[u32]) -> Formula<Literal> {
        let runs = classes.iter().map(|class| (*class, *class)).collect();
        Formula::Literal(Literal {
            variable,
            classes: ClassSet::from_runs(runs),
        })
    }

    #[test]
    fn literals_of_one_variable_merge_in_place() {
        let parts = vec![literal(1, &[0]), literal(0, &[2]), literal(1, &[2])];
        let joined = join(parts.clone(), false, &|_| 3);
        assert_eq!(
            joined,
            Formula::Or(vec![literal(1, &[0, 2]), literal(0, &[2])])
        );
        let joined = join(parts, true, &|_| 3);
        assert_eq!(
            joined,
            Formula::And(vec![literal(1, &[]), literal(0, &[2])])
        );
    }

    #[test]
    fn a_literal_and_its_opposite_stay_unknown_at_a_missing_fact() {
        let joined = join(vec![literal(0, &[0]), literal(0, &[1])], false, &|_| 2);
        assert_eq!(joined.evaluate(&[0], &|_| 2), Truth::True);
        assert_eq!(joined.evaluate(&[2], &|_| 2), Truth::Unknown);
    }

    #[test]
    fn joining_leaves_a_part_of_the_other_kind_and_one_unknown() {
        let (x, y) = (literal(0, &[0]), literal(1, &[0]));
        let both = Formula::And(vec![x.clone(), y.clone()]);
        assert_eq!(join(vec![both.clone()], false, &|_| 2), both);
        let either = Formula::Or(vec![x.clone(), y]);
        assert_eq!(join(vec![either.clone()], true, &|_| 2), either);
        let parts = vec![Formula::Unknown, x.clone(), Formula::Unknown];
        assert_eq!(
            join(parts, false, &|_| 2),
            Formula::Or(vec![Formula::Unknown, x])
        );
    }

    #[test]
    fn constants_decide_or_vanish_and_unknown_stays() {
        let x = literal(0, &[0]);
        assert_eq!(Formula::all([Formula::True, x.clone()]), x);
        assert_eq!(Formula::all([Formula::False, x.clone()]), Formula::False);
        assert_eq!(Formula::any([Formula::False, x.clone()]), x);
        let guarded = Formula::any([Formula::Unknown, x]);
        assert_eq!(guarded.evaluate(&[1], &|_| 2), Truth::Unknown);
        assert_eq!(guarded.evaluate(&[0], &|_| 2), Truth::True);
    }
}
