//! Mutants: the changes that people make to policies by mistake.
//!
//! A mutant is a set in which one policy is changed in one place: an exclusion is gone, a platform
//! is forgotten, `and` stands for `or`, a policy stayed report-only. Tests that are worth the name
//! fail on it: DeMillo, Lipton and Sayward, "Hints on test data selection" (1978).
//!
//! What a mutant says is well typed, but need not be what the service accepts: it stands for a
//! slip, not for a text.
//!
//! INVARIANT: equal sets give equal mutants in equal order, and no mutant is equal to its policy.
//! Two may mean the same: who runs them sees that in their diagrams.

mod assignments;
mod dimension;
mod expressions;
mod outcome;

use gatewright_hir::model::{BUILT_IN_PREFIX, Expr, Policy, PolicySet};
use gatewright_source::Span;
use gatewright_value::vocabulary::State;

use crate::names::ObjectNames;

/// A policy set with one slip.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What the slip is: `` `CA001` no longer excludes the group BreakGlass ``.
    pub description: String,
    /// Where the set says otherwise.
    pub span: Span,
    /// The place of the policy in the set.
    pub policy: usize,
    /// Which kind of slip.
    pub operator: Operator,
    /// The policy as it would be.
    pub changed: Policy,
}

impl Mutant {
    /// The set with the slip.
    #[must_use]
    pub fn applied_to(&self, set: &PolicySet) -> PolicySet {
        let mut changed = set.clone();
        if let Some(policy) = changed.policies.get_mut(self.policy) {
            policy.clone_from(&self.changed);
        }
        changed
    }
}

/// A kind of slip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// Something that is included is left out, or something else is included too.
    Include,
    /// Something that is excluded is not, or is included instead.
    Exclude,
    /// All are included instead of some.
    All,
    /// A condition is missing as a whole.
    Condition,
    /// `and` for `or`, or the reverse; an operand is missing.
    Connective,
    /// A negation is missing, or the two sides of a filter are exchanged.
    Negation,
    /// A constant of a comparison is missing, or the bound is one off.
    Constant,
    /// The policy is in another state.
    State,
    /// Something else happens: a block for a requirement, a weaker strength, a control less.
    Outcome,
    /// A session control is missing, or laxer.
    Session,
}

impl Operator {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Operator::Include => "include",
            Operator::Exclude => "exclude",
            Operator::All => "all",
            Operator::Condition => "condition",
            Operator::Connective => "connective",
            Operator::Negation => "negation",
            Operator::Constant => "constant",
            Operator::State => "state",
            Operator::Outcome => "outcome",
            Operator::Session => "session",
        }
    }
}

/// The mutants of a set.
#[derive(Clone, Debug, Default)]
pub struct Mutants {
    /// By policy, then by place in it.
    pub mutants: Vec<Mutant>,
    /// How many more there would be, had the limits not been reached.
    pub left_out: usize,
}

/// LIMIT: mutants of a set. What is beyond is counted and not made.
const MUTANTS_MAX: usize = 20_000;

/// LIMIT: mutants of a policy.
const OF_POLICY_MAX: usize = 250;

/// LIMIT: parts of a policy times its mutants: each mutant is a copy. A policy that lists ten
/// thousand users has only a few.
const COPIED_PARTS_MAX: usize = 100_000;

/// The mutants of a set: every slip at every place of every policy that is switched on, those of
/// security defaults apart, which nobody writes.
#[must_use]
pub fn mutants(set: &PolicySet) -> Mutants {
    let mut found = Mutants::default();
    let names = ObjectNames::new(set);
    for (place, policy) in set.policies.iter().enumerate() {
        if policy.state == State::Disabled || policy.id.starts_with(BUILT_IN_PREFIX) {
            continue;
        }
        let room = MUTANTS_MAX.saturating_sub(found.mutants.len());
        let of_policy = (COPIED_PARTS_MAX / weight(policy)).clamp(1, OF_POLICY_MAX);
        let mut slips = Slips {
            set,
            names: &names,
            policy,
            place,
            most: of_policy.min(room),
            found: Vec::new(),
            left_out: 0,
        };
        outcome::state(&mut slips);
        assignments::assignments(&mut slips);
        expressions::conditions(&mut slips);
        outcome::outcome(&mut slips);
        found.left_out += slips.left_out;
        found.mutants.append(&mut slips.found);
    }
    found
}

/// Collects the mutants of one policy.
struct Slips<'s> {
    set: &'s PolicySet,
    names: &'s ObjectNames,
    policy: &'s Policy,
    place: usize,
    most: usize,
    found: Vec<Mutant>,
    left_out: usize,
}

impl Slips<'_> {
    /// Add a mutant; `says` follows the name of the policy. A change that changes nothing is none.
    fn add(
        &mut self,
        operator: Operator,
        span: Span,
        says: &str,
        change: impl FnOnce(&mut Policy),
    ) {
        if self.found.len() >= self.most {
            self.left_out += 1;
            return;
        }
        let mut changed = self.policy.clone();
        change(&mut changed);
        if changed == *self.policy {
            return;
        }
        self.found.push(Mutant {
            description: format!("`{}` {says}", self.policy.display_name),
            span,
            policy: self.place,
            operator,
            changed,
        });
    }
}

/// About how many parts a copy of the policy has; at least one.
fn weight(policy: &Policy) -> usize {
    let mut parts = 1 + policy.form.written.len();
    let mut open: Vec<&Expr> = policy.when.iter().collect();
    if let Some(assignments) = &policy.assignments {
        parts += assignments::item_count(assignments);
        open.extend(assignments.devices.iter().map(|filter| &filter.rule));
    }
    while let Some(expr) = open.pop() {
        parts += 1 + expressions::constant_count(expr);
        match expr {
            Expr::Not(inner) => open.push(inner),
            Expr::All(inner) | Expr::Any(inner) => open.extend(inner),
            Expr::Some(some) => open.push(&some.body),
            _ => {}
        }
    }
    parts
}
