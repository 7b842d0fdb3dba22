//! Where outcomes show the classes of a variable.

use gatewright_bytecode::{Matcher, Program};
use gatewright_decision::ClassSet;

/// LIMIT: classes of a variable up to which what is not in a set is shown as cheaply as what is.
const SMALL_VARIABLE: u32 = 16;

/// A value that falls into no class of its own.
const OTHERS: u32 = 0;

/// How outcomes show the classes of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Every class has an outcome, that of class `c` being `first + c`.
    Every {
        /// The outcome of class 0.
        first: u32,
    },
    /// Only class 1 and *unknown* are shown; class 0 is that nothing is found.
    Present {
        /// The first outcome that shows class 1.
        first: u32,
        /// How many do; none where any value that is not listed does, too.
        outcomes: Option<u32>,
    },
}

/// A variable as the masks see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) matcher: u32,
    /// The class of a missing fact: all others are smaller.
    pub(super) unknown: u32,
    pub(super) shown: Shown,
}

/// One row for each variable; every variable has exactly one matcher.
pub(super) fn seen(program: &Program) -> Vec<Seen> {
    let nothing = Seen {
        matcher: 0,
        unknown: 0,
        shown: Shown::Every { first: 0 },
    };
    let mut found = vec![nothing; program.variables.len()];
    for (matcher, row) in (0u32..).zip(&program.matchers) {
        let mut set = |variable: u32, shown: Shown| {
            if let Some(seen) = found.get_mut(variable as usize) {
                let unknown = program.class_count(variable).saturating_sub(1);
                *seen = Seen {
                    matcher,
                    unknown,
                    shown,
                };
            }
        };
        match row {
            Matcher::Boolean { variable, .. }
            | Matcher::Text { variable, .. }
            | Matcher::Ordered { variable, .. } => set(*variable, Shown::Every { first: 0 }),
            Matcher::TextParts {
                contains,
                suffixes,
                patterns,
                ..
            } => {
                let rows = contains.iter().chain(suffixes).chain(patterns);
                for (first, row) in (0u32..).step_by(3).zip(rows) {
                    set(row.1, Shown::Every { first });
                }
            }
            Matcher::Predicates { predicates, .. } => {
                for (first, row) in (0u32..).step_by(3).zip(predicates) {
                    set(row.1, Shown::Every { first });
                }
            }
            Matcher::Elements { elements, .. } => {
                for (first, row) in (0u32..).zip(elements) {
                    let outcomes = Some(1);
                    set(row.1, Shown::Present { first, outcomes });
                }
            }
            Matcher::Targets { .. } => targets(row, &mut set),
        }
    }
    found
}

fn targets(matcher: &Matcher, set: &mut impl FnMut(u32, Shown)) {
    let Matcher::Targets {
        variables,
        elements,
        others,
        ..
    } = matcher
    else {
        return;
    };
    let mut rows = vec![(0u32, Some(0u32)); variables.len()];
    for (outcome, (_, places)) in (0u32..).zip(elements) {
        for place in places {
            if let Some((first, count)) = rows.get_mut(*place as usize) {
                if *count == Some(0) {
                    *first = outcome;
                }
                *count = count.and_then(|count| count.checked_add(1));
            }
        }
    }
    for place in others {
        if let Some((_, count)) = rows.get_mut(*place as usize) {
            *count = None;
        }
    }
    for (variable, (first, outcomes)) in variables.iter().zip(rows) {
        set(*variable, Shown::Present { first, outcomes });
    }
}

impl Seen {
    /// Whether outcomes show every class of the set: those that make a literal true.
    pub(super) fn shows(&self, classes: &ClassSet) -> bool {
        match self.shown {
            Shown::Every { .. } => true,
            Shown::Present { .. } => !classes.contains(OTHERS),
        }
    }

    /// Whether a clause of this literal alone is better said by what forbids it. What is shown in
    /// few of many classes is not: each of the others would have to say so.
    pub(super) fn forbids(&self, classes: &ClassSet) -> bool {
        match self.shown {
            Shown::Every { .. } => {
                self.unknown <= SMALL_VARIABLE || size(classes) > self.unknown / 2
            }
            Shown::Present { .. } => classes.contains(OTHERS),
        }
    }

    /// How many outcomes make the literal true, where they are few among many.
    pub(super) fn few(&self, classes: &ClassSet) -> Option<u32> {
        match self.shown {
            Shown::Present { .. } if classes.runs().is_empty() => Some(0),
            Shown::Present { outcomes, .. } => outcomes.filter(|_| !classes.contains(OTHERS)),
            Shown::Every { .. } => {
                let is_narrow = self.unknown > SMALL_VARIABLE && !classes.contains(OTHERS);
                is_narrow.then(|| size(classes))
            }
        }
    }

    /// The first outcome that makes the literal true.
    pub(super) fn first(&self, classes: &ClassSet) -> u32 {
        match self.shown {
            Shown::Present { first, .. } => first,
            Shown::Every { first } => {
                let class = classes.runs().first().map_or(0, |run| run.0);
                first.saturating_add(class)
            }
        }
    }

    /// In how many of a thousand sign-ins the literal is taken to be true: nothing is known of
    /// sign-ins, so classes count alike, and an element is rare.
    pub(super) fn share(&self, classes: &ClassSet) -> u64 {
        const ELEMENT: u64 = 30;
        match (self.few(classes), self.shown) {
            (Some(few), Shown::Present { .. }) => ELEMENT.saturating_mul(u64::from(few)).min(1000),
            (None, Shown::Present { .. }) => 1000 - ELEMENT,
            (_, Shown::Every { .. }) => {
                u64::from(size(classes)) * 1000 / u64::from(self.unknown.max(1))
            }
        }
    }
}

/// How many classes are in a set.
fn size(classes: &ClassSet) -> u32 {
    classes.runs().iter().fold(0u32, |size, (first, last)| {
        size.saturating_add(last.saturating_sub(*first))
            .saturating_add(1)
    })
}
