//! What questions are about: policy sets over one space, and the sign-ins that can exist.

mod marks;

use gatewright_decision::{Joint, ROWS, Row, Space, existence, join};
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_hir::schema::Schema;
use gatewright_value::vocabulary::State;

pub use gatewright_decision::Population;

pub use marks::{Deriving, Marks};

/// What is taken for granted when sign-ins are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// Rows of [`ROWS`] that are switched off, by name: such sign-ins count as possible.
    pub rows_off: Vec<String>,
    /// Whether facts may be missing.
    pub with_missing_facts: bool,
    /// Whether it may be missing too who signs in, and what for. Whoever decides a sign-in knows
    /// both, so this is for requests that say otherwise.
    pub with_missing_target: bool,
    /// Whether policies that only report are taken as enforced.
    pub with_report_only: bool,
    /// Who can sign in.
    pub population: Population,
}

/// Policy sets over one space.
#[derive(Clone, Debug)]
pub struct World<'s> {
    /// The vocabulary of all sets.
    pub schema: &'s Schema,
    /// The sets; at least one.
    pub sets: Vec<&'s PolicySet>,
    /// What they say.
    pub joint: Joint,
    /// The rows that are on.
    pub rows: Vec<Row>,
    /// What was taken for granted.
    pub assumptions: Assumptions,
    /// Whether a device is compliant, where the first two sets derive it differently.
    pub marks: Option<Marks>,
}

/// Which of the two ordinary functions of a three-valued condition is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rail {
    /// It holds whatever the missing facts are.
    Certain,
    /// It holds if the missing facts are so.
    Possible,
}

impl Rail {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Rail {
        match self {
            Rail::Certain => Rail::Possible,
            Rail::Possible => Rail::Certain,
        }
    }
}

impl<'s> World<'s> {
    /// The world of these sets, which must have one schema. The existence of sign-ins is judged by
    /// the first one's compliance policies. Cost: near-linear in the policies.
    #[must_use]
    pub fn new(
        first: &'s PolicySet,
        others: &[&'s PolicySet],
        assumptions: Assumptions,
    ) -> World<'s> {
        let mut sets = vec![first];
        sets.extend(others);
        let joint = join(&sets);
        World::over(first, sets, joint, None, assumptions)
    }

    /// The world in which two sets are compared, with further ones. Where their compliance policies
    /// differ, each set has a mark of its own that says whether a device is compliant. Cost:
    /// near-linear in the policies.
    #[must_use]
    pub fn comparing(
        old: &'s PolicySet,
        new: &'s PolicySet,
        others: &[&'s PolicySet],
        assumptions: Assumptions,
    ) -> World<'s> {
        let mut sets = vec![old, new];
        sets.extend(others);
        let mut joint = join(&sets);
        let is_derived = !assumptions.rows_off.iter().any(|off| off == marks::ROW);
        let deriving = Deriving::of([old, new], &joint);
        let marks = (is_derived && deriving == Deriving::Differently)
            .then(|| Marks::split(&old.schema, &mut joint))
            .flatten();
        let mut world = World::over(old, sets, joint, marks, assumptions);
        if deriving == Deriving::OnOneSide {
            marks::keep_stated(&mut world);
        }
        world
    }

    fn over(
        first: &'s PolicySet,
        sets: Vec<&'s PolicySet>,
        joint: Joint,
        marks: Option<Marks>,
        assumptions: Assumptions,
    ) -> World<'s> {
        let count = first.compliance.policies.len();
        let of_first = joint.compliance.get(..count).unwrap_or_default();
        let rows = existence(first, &joint.space, of_first, &assumptions.population);
        let is_on = |row: &Row| !assumptions.rows_off.iter().any(|off| off == row.name);
        let rows = rows.into_iter().filter(is_on).collect();
        World {
            schema: &first.schema,
            sets,
            joint,
            rows,
            assumptions,
            marks,
        }
    }

    /// The variables of which a sign-in has values; what a set derives is none of them.
    pub(crate) fn asked(&self) -> &Space {
        let asked = self.marks.as_ref().map(|marks| &marks.asked);
        asked.unwrap_or(&self.joint.space)
    }

    /// Whether a variable is a mark that a set derives.
    pub(crate) fn is_mark(&self, variable: usize) -> bool {
        let marks = self.marks.as_ref().map(|marks| marks.variables);
        marks.is_some_and(|marks| marks.iter().any(|mark| *mark as usize == variable))
    }

    /// Whether a row of this name exists.
    #[must_use]
    pub fn is_row(name: &str) -> bool {
        ROWS.iter().any(|(known, _)| *known == name)
    }

    /// Whether a row is on.
    #[must_use]
    pub fn has_row(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.name == name)
    }

    /// The numbers of the policies of a set, as they stand in [`Joint::policies`].
    #[must_use]
    pub fn policies(&self, set: usize) -> std::ops::Range<usize> {
        let start = self.joint.starts.get(set).copied().unwrap_or_default();
        let count = self.sets.get(set).map_or(0, |set| set.policies.len());
        start..start + count
    }

    /// A policy by its number.
    #[must_use]
    pub fn policy(&self, number: usize) -> Option<&'s Policy> {
        let set = self.set_of(number)?;
        let start = self.joint.starts.get(set)?;
        self.sets.get(set)?.policies.get(number - start)
    }

    /// The set in which the policy of this number is.
    #[must_use]
    pub fn set_of(&self, number: usize) -> Option<usize> {
        let after = self.joint.starts.partition_point(|start| *start <= number);
        // Sets without policies share their start with the next one.
        (0..after)
            .rev()
            .find(|set| self.policies(*set).contains(&number))
    }

    /// The numbers of the policies of a set that count: enabled ones, and with the switch those that
    /// only report.
    #[must_use]
    pub fn enforced(&self, set: usize) -> Vec<usize> {
        let counts = |number: &usize| {
            self.policy(*number)
                .is_some_and(|policy| match policy.state {
                    State::Enabled => true,
                    State::ReportOnly => self.assumptions.with_report_only,
                    State::Disabled => false,
                })
        };
        self.policies(set).filter(counts).collect()
    }
}
