//! Conditions to conjunctions of clauses.
//!
//! Kleene's conjunction and disjunction form a distributive lattice, so distributing one over the
//! other, joining literals of one variable, and dropping a clause that another implies are exact at
//! Unknown too. Where a conversion would grow beyond the limits, what comes out is *weaker*: it
//! holds wherever the condition does.

use std::borrow::Cow;

use gatewright_decision::{ClassSet, Formula, Literal};

/// LIMIT: clauses that a disjunction may become.
const CLAUSES_MAX: usize = 32;

/// LIMIT: literals that the clauses of a disjunction may have together, beyond those that stand in
/// it.
const COPIED_LITERALS_MAX: usize = 1 << 12;

/// LIMIT: literals of a clause that is looked at for whether it implies another.
const COMPARED_LITERALS_MAX: usize = 64;

/// A disjunction of literals of different variables, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clause<'f> {
    pub(super) literals: Vec<(u32, Cow<'f, ClassSet>)>,
}

/// A conjunction of clauses.
#[derive(Clone, Debug)]
pub(super) struct Conjunction<'f> {
    pub(super) clauses: Vec<Clause<'f>>,
    /// Whether it says what was converted; else it is weaker.
    pub(super) is_exact: bool,
}

/// The clauses of a formula. Recursion is bounded by the nesting of the formula.
pub(super) fn conjunction(formula: &Formula<Literal>) -> Conjunction<'_> {
    let nothing = |is_exact| Conjunction {
        clauses: Vec::new(),
        is_exact,
    };
    match formula {
        Formula::True => nothing(true),
        // Nobody can say whether it holds, so the masks do not.
        Formula::Unknown => nothing(false),
        Formula::False => Conjunction {
            clauses: vec![Clause::default()],
            is_exact: true,
        },
        Formula::Literal(literal) => Conjunction {
            clauses: vec![Clause::of([literal])],
            is_exact: true,
        },
        Formula::And(parts) => {
            let mut whole = nothing(true);
            for part in parts {
                let part = conjunction(part);
                whole.clauses.extend(part.clauses);
                whole.is_exact &= part.is_exact;
            }
            whole
        }
        Formula::Or(parts) => disjunction(parts),
    }
}

fn disjunction(parts: &[Formula<Literal>]) -> Conjunction<'_> {
    let literals = parts.iter().filter_map(|part| match part {
        Formula::Literal(literal) => Some(literal),
        _ => None,
    });
    let mut whole = Conjunction {
        clauses: vec![Clause::of(literals)],
        is_exact: true,
    };
    let others = parts
        .iter()
        .filter(|part| !matches!(part, Formula::Literal(_)));
    for part in others {
        let mut part = conjunction(part);
        whole.is_exact &= part.is_exact;
        let growth = |part: &Conjunction<'_>| {
            let clauses = whole.clauses.len() * part.clauses.len();
            let literals = |of: &Conjunction<'_>| of.clauses.iter().map(Clause::len).sum::<usize>();
            let copied =
                literals(&whole) * part.clauses.len() + literals(part) * whole.clauses.len();
            (clauses, copied)
        };
        let (clauses, copied) = growth(&part);
        if clauses > CLAUSES_MAX
            || (whole.clauses.len().min(part.clauses.len()) > 1 && copied > COPIED_LITERALS_MAX)
        {
            // One clause of each side still says something.
            whole.is_exact = false;
            whole.keep_shortest();
            part.keep_shortest();
        }
        whole.clauses = product(&whole.clauses, &part.clauses);
        drop_implied(&mut whole.clauses);
    }
    whole
}

impl Conjunction<'_> {
    fn keep_shortest(&mut self) {
        let shortest =
            (0..self.clauses.len()).min_by_key(|at| self.clauses.get(*at).map(Clause::len));
        let shortest = shortest.map(|at| self.clauses.swap_remove(at));
        self.clauses = shortest.into_iter().collect();
    }
}

/// Every clause of one side or every clause of the other.
fn product<'f>(left: &[Clause<'f>], right: &[Clause<'f>]) -> Vec<Clause<'f>> {
    let pairs = left
        .iter()
        .flat_map(|one| right.iter().map(move |other| (one, other)));
    pairs.map(|(one, other)| one.or(other)).collect()
}

/// Drop each clause that another one implies; of equal ones the first stays.
fn drop_implied(clauses: &mut Vec<Clause<'_>>) {
    let mut kept: Vec<Clause<'_>> = Vec::with_capacity(clauses.len());
    for clause in std::mem::take(clauses) {
        if kept.iter().any(|other| other.implies(&clause)) {
            continue;
        }
        kept.retain(|other| !clause.implies(other));
        kept.push(clause);
    }
    *clauses = kept;
}

impl Default for Clause<'_> {
    /// The clause that never holds.
    fn default() -> Self {
        Clause {
            literals: Vec::new(),
        }
    }
}

impl<'f> Clause<'f> {
    fn of(literals: impl IntoIterator<Item = &'f Literal>) -> Clause<'f> {
        let mut literals: Vec<_> = literals
            .into_iter()
            .map(|literal| (literal.variable, Cow::Borrowed(&literal.classes)))
            .collect();
        // Conditions have been joined: no variable occurs twice.
        literals.sort_by_key(|literal| literal.0);
        debug_assert!(literals.is_sorted_by(|a, b| a.0 < b.0));
        Clause { literals }
    }

    pub(super) fn len(&self) -> usize {
        self.literals.len()
    }

    fn or(&self, other: &Clause<'f>) -> Clause<'f> {
        let mut literals = Vec::with_capacity(self.len() + other.len());
        let (mut ours, mut theirs) = (
            self.literals.iter().peekable(),
            other.literals.iter().peekable(),
        );
        loop {
            let (next_ours, next_theirs) = (ours.peek().map(|l| l.0), theirs.peek().map(|l| l.0));
            let is_ours = next_ours.is_some_and(|one| next_theirs.is_none_or(|other| one <= other));
            let is_theirs =
                next_theirs.is_some_and(|other| next_ours.is_none_or(|one| other <= one));
            match (ours.next_if(|_| is_ours), theirs.next_if(|_| is_theirs)) {
                (Some(one), Some(other)) if one.1 == other.1 => literals.push(one.clone()),
                (Some((variable, one)), Some((_, other))) => {
                    let sets = vec![one.clone().into_owned(), other.clone().into_owned()];
                    literals.push((*variable, Cow::Owned(ClassSet::union(sets))));
                }
                (Some(only), None) | (None, Some(only)) => literals.push(only.clone()),
                (None, None) => return Clause { literals },
            }
        }
    }

    /// Both at once, where their literals are of the same variables and of the same classes but for
    /// one variable at most. `known` is the number of a variable's classes without *unknown*.
    pub(super) fn and(&self, other: &Clause<'f>, known: impl Fn(u32) -> u32) -> Option<Clause<'f>> {
        if self.len() != other.len() {
            return None;
        }
        let mut both = self.clone();
        let mut differ = 0;
        for ((variable, ours), (theirs_of, theirs)) in both.literals.iter_mut().zip(&other.literals)
        {
            if variable != theirs_of {
                return None;
            }
            if ours != theirs {
                differ += 1;
                if differ > 1 {
                    return None;
                }
                let sets = vec![ours.clone().into_owned(), theirs.clone().into_owned()];
                *ours = Cow::Owned(ClassSet::intersection(sets, known(*variable)));
            }
        }
        Some(both)
    }

    /// Whether every literal of this clause is within one of the other.
    fn implies(&self, other: &Clause<'f>) -> bool {
        if self.len() > other.len() || other.len() > COMPARED_LITERALS_MAX {
            return false;
        }
        self.literals.iter().all(|(variable, classes)| {
            let theirs = other
                .literals
                .binary_search_by_key(variable, |literal| literal.0);
            let theirs = theirs.ok().and_then(|at| other.literals.get(at));
            theirs.is_some_and(|theirs| is_within(classes, &theirs.1))
        })
    }
}

fn is_within(inner: &ClassSet, outer: &ClassSet) -> bool {
    let runs = outer.runs();
    inner.runs().iter().all(|(first, last)| {
        let after = runs.partition_point(|run| run.0 <= *first);
        let run = after.checked_sub(1).and_then(|at| runs.get(at));
        run.is_some_and(|run| *last <= run.1)
    })
}
