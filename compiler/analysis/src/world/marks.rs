//! Whether a device is compliant, by two sets.
//!
//! Conditional Access sees a mark on the device, and device management derives it from what the
//! device reports, by its policies. Of two sets whose compliance policies differ, each has its own
//! mark for one and the same device: the old one keeps the variable of `device.isCompliant`, and
//! what the new one says is rewritten to a second variable, the last one of the space.
//!
//! INVARIANT: only the first variable has values in a request. What both marks are at a sign-in
//! follows from what the device reports, which is for whoever searches to write down.
//!
//! SEMANTICS: §19

use std::sync::Arc;

use gatewright_decision::{Attributes, Formula, Joint, Literal, Space};
use gatewright_hir::model::PolicySet;
use gatewright_hir::schema::Schema;
use rustc_hash::FxHashMap;

use super::World;

/// The row that ties the mark to what a device reports.
pub(super) const ROW: &str = "compliance";

/// A formula that several conditions share.
type Shared = Arc<Formula<Literal>>;

/// The variables of a mark for each of two sets.
#[derive(Clone, Debug)]
pub struct Marks {
    /// By set, old and new.
    pub variables: [u32; 2],
    /// The variable that says by which platform management knows the device.
    pub(crate) platform: u32,
    /// The space without the second mark.
    pub(crate) asked: Space,
    /// Conditions of the new set about the mark, as they are now and as they were.
    pub(crate) rewritten: Vec<(Shared, Shared)>,
}

/// How two sets come to a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deriving {
    /// In the same way, or not at all.
    Alike,
    /// Both have compliance policies, and they differ.
    Differently,
    /// Only one of them has any.
    OnOneSide,
}

impl Deriving {
    /// How the first two sets of a joint do.
    #[must_use]
    pub fn of(sets: [&PolicySet; 2], joint: &Joint) -> Deriving {
        let [old, new] = sets.map(|set| &set.compliance);
        match (old.policies.is_empty(), new.policies.is_empty()) {
            (true, true) => return Deriving::Alike,
            (false, false) => {}
            _ => return Deriving::OnOneSide,
        }
        let mut starts = joint.compliance_starts.iter().copied();
        let says = sets.map(|set| {
            let start = starts.next().unwrap_or_default();
            let stated = joint.compliance.iter().skip(start);
            let policies = set.compliance.policies.iter().zip(stated);
            let mut says: Vec<(u32, Vec<*const Formula<Literal>>)> = policies
                .map(|(policy, stated)| {
                    let formulas = stated.iter().map(|one| Arc::as_ptr(&one.formula));
                    (policy.grace_hours(), formulas.collect())
                })
                .collect();
            says.sort_unstable();
            says.dedup();
            says
        });
        let [of_old, of_new] = says;
        let is_same = of_old == of_new
            && old.is_secure_by_default == new.is_secure_by_default
            && old.check_in_days == new.check_in_days;
        match is_same {
            true => Deriving::Alike,
            false => Deriving::Differently,
        }
    }
}

impl Marks {
    /// Give the second set of a joint a mark of its own. `None` where no mark is asked about, or no
    /// platform: then no device has a mark that is derived.
    pub(super) fn split(schema: &Schema, joint: &mut Joint) -> Option<Marks> {
        let asked = joint.space.clone();
        let of = Attributes {
            schema,
            space: &asked,
        };
        let (old, _) = of.variable("device.iscompliant")?;
        let (platform, _) = of.variable("device.managedplatform")?;
        let variable = joint.space.variables.get(old as usize)?.clone();
        let new = u32::try_from(joint.space.variables.len()).ok()?;
        joint.space.variables.push(variable);
        let (start, end) = match joint.starts.as_slice() {
            [_, start, end, ..] => (*start, *end),
            [_, start] => (*start, joint.policies.len()),
            _ => return None,
        };
        let mut known: FxHashMap<*const Formula<Literal>, Shared> = FxHashMap::default();
        let mut rewritten = Vec::new();
        let of_new = joint.policies.get_mut(start..end)?;
        for stated in of_new.iter_mut().flatten() {
            let pointer = Arc::as_ptr(&stated.formula);
            let renamed =
                known
                    .entry(pointer)
                    .or_insert_with(|| match renamed(&stated.formula, old, new) {
                        Some(formula) => {
                            let formula = Arc::new(formula);
                            rewritten.push((Arc::clone(&formula), Arc::clone(&stated.formula)));
                            formula
                        }
                        None => Arc::clone(&stated.formula),
                    });
            let renamed = Arc::clone(renamed);
            stated.formula = renamed;
        }
        Some(Marks {
            variables: [old, new],
            platform,
            asked,
            rewritten,
        })
    }

    /// A formula about the first mark, about the second one; `None` where it is about neither.
    pub(crate) fn of_new(&self, formula: &Formula<Literal>) -> Option<Formula<Literal>> {
        let [old, new] = self.variables;
        renamed(formula, old, new)
    }
}

/// A formula with another variable; `None` where it has nothing of the one. Recursion is bounded by
/// the nesting of the formula.
fn renamed(formula: &Formula<Literal>, from: u32, to: u32) -> Option<Formula<Literal>> {
    let parts = |parts: &[Formula<Literal>]| -> Option<Vec<Formula<Literal>>> {
        let changed: Vec<Option<Formula<Literal>>> =
            parts.iter().map(|part| renamed(part, from, to)).collect();
        changed.iter().any(Option::is_some).then(|| {
            let pairs = changed.into_iter().zip(parts);
            pairs
                .map(|(changed, part)| changed.unwrap_or_else(|| part.clone()))
                .collect()
        })
    };
    match formula {
        Formula::True | Formula::False | Formula::Unknown => None,
        Formula::Literal(literal) => (literal.variable == from).then(|| {
            Formula::Literal(Literal {
                variable: to,
                classes: literal.classes.clone(),
            })
        }),
        Formula::And(all) => parts(all).map(Formula::And),
        Formula::Or(any) => parts(any).map(Formula::Or),
    }
}

/// Where only one set derives the mark, sign-ins are those of which it is stated: of a report the
/// other set knows nothing.
pub(super) fn keep_stated(world: &mut World<'_>) {
    let of = Attributes {
        schema: world.schema,
        space: &world.joint.space,
    };
    let unmanaged = of.is_null("device.managedplatform");
    for row in world.rows.iter_mut().filter(|row| row.name == ROW) {
        row.implications.clear();
        row.clauses = unmanaged.iter().map(|null| vec![null.clone()]).collect();
    }
}
