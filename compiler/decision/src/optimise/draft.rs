//! What passes work on: the space, and every different formula once.
//!
//! INVARIANT: a literal names a variable of the space and classes that its variable has, none of
//! them the unknown one.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Size;
use crate::build::{Decisions, Stated, Statements};
use crate::class_set::ClassSet;
use crate::formula::{Formula, Literal};
use crate::limits::Limits;
use crate::space::{Classes, Space};

/// A policy set between two passes.
pub(super) struct Draft {
    statements: Statements,
    /// Every different formula, in order of appearance.
    formulas: Vec<Arc<Formula<Literal>>>,
    /// For each condition, policies first, its formula.
    places: Vec<usize>,
}

impl Draft {
    pub(super) fn new(statements: Statements) -> Draft {
        let mut place_by_formula = FxHashMap::default();
        let mut formulas: Vec<Arc<Formula<Literal>>> = Vec::new();
        let conditions = statements.policies.iter().chain(&statements.compliance);
        let place = |stated: &Stated| {
            let formula = Arc::as_ptr(&stated.formula);
            *place_by_formula.entry(formula).or_insert_with(|| {
                formulas.push(Arc::clone(&stated.formula));
                formulas.len() - 1
            })
        };
        let places = conditions.flatten().map(place).collect();
        Draft {
            statements,
            formulas,
            places,
        }
    }

    pub(super) fn space(&self) -> &Space {
        &self.statements.space
    }

    pub(super) fn formulas(&self) -> &[Arc<Formula<Literal>>] {
        &self.formulas
    }

    /// How many conditions say each formula.
    pub(super) fn uses(&self) -> Vec<u32> {
        let mut uses = vec![0u32; self.formulas.len()];
        for place in &self.places {
            if let Some(count) = uses.get_mut(*place) {
                *count = count.saturating_add(1);
            }
        }
        uses
    }

    /// Put another space in place, and what every formula becomes in it.
    pub(super) fn replace(
        &mut self,
        space: Space,
        mut rewrite: impl FnMut(&Formula<Literal>) -> Formula<Literal>,
    ) {
        self.statements.space = space;
        for formula in &mut self.formulas {
            *formula = Arc::new(rewrite(formula));
        }
    }

    /// Number variables anew: a place of the old space for each of the new one.
    pub(super) fn permute(&mut self, order: &[u32]) {
        let old = &self.statements.space.variables;
        let mut number = vec![u32::MAX; old.len()];
        for (new, old) in (0u32..).zip(order) {
            if let Some(slot) = number.get_mut(*old as usize) {
                *slot = new;
            }
        }
        let variable = |old_number: &u32| old.get(*old_number as usize).cloned();
        let variables = order.iter().filter_map(variable).collect();
        self.replace(Space { variables }, |formula| {
            map_literals(formula, &mut |literal| Literal {
                variable: number
                    .get(literal.variable as usize)
                    .copied()
                    .unwrap_or(u32::MAX),
                classes: literal.classes.clone(),
            })
        });
    }

    /// The diagrams of it. Formulas that have become equal are shared again.
    pub(super) fn decisions(&self, limits: &Limits) -> Decisions {
        let mut known: FxHashMap<&Formula<Literal>, &Arc<Formula<Literal>>> = FxHashMap::default();
        let shared: Vec<&Arc<Formula<Literal>>> = self
            .formulas
            .iter()
            .map(|formula| *known.entry(formula).or_insert(formula))
            .collect();
        let mut places = self.places.iter();
        let mut restated = |policies: &[Vec<Stated>]| {
            let stated = |old: &Stated| Stated {
                reason: old.reason,
                span: old.span,
                formula: places
                    .next()
                    .and_then(|place| shared.get(*place))
                    .map_or_else(|| Arc::clone(&old.formula), |new| Arc::clone(new)),
            };
            let mut stated = stated;
            let policy = |policy: &Vec<Stated>| policy.iter().map(&mut stated).collect();
            policies.iter().map(policy).collect()
        };
        let statements = Statements {
            space: self.statements.space.clone(),
            policies: restated(&self.statements.policies),
            compliance: restated(&self.statements.compliance),
        };
        statements.into_decisions(limits)
    }

    pub(super) fn size(&self) -> Size {
        let variables = &self.space().variables;
        let mut size = Size {
            variables: variables.len(),
            classes: variables.iter().map(|v| v.class_count as usize).sum(),
            ..Size::default()
        };
        for formula in &self.formulas {
            formula.for_each_literal(&mut |literal| {
                size.literals += 1;
                size.runs += literal.classes.runs().len();
            });
        }
        size
    }

    /// Check the invariant, and that the space is sound.
    pub(super) fn verify(&self) -> Result<(), String> {
        for (number, variable) in self.space().variables.iter().enumerate() {
            let unknown = variable.unknown_class();
            let values = variable.null_class().unwrap_or(unknown);
            let is_sound = match &variable.classes {
                Classes::Boolean => variable.class_count == 4,
                Classes::Text(entries) => {
                    let is_sorted =
                        entries.is_sorted_by(|a, b| (&a.text, a.is_exact) < (&b.text, b.is_exact));
                    is_sorted && entries.iter().all(|entry| entry.class < values)
                }
                Classes::Ordered(cells) => {
                    let is_whole =
                        cells.classes.is_empty() || cells.classes.len() == cells.starts.len() + 1;
                    let mut classes = (0..=cells.starts.len()).map(|cell| cells.class_of(cell));
                    is_whole
                        && cells.starts.is_sorted_by(|a, b| a < b)
                        && classes.all(|class| class < values)
                }
                _ => variable.class_count == 3,
            };
            if !is_sound {
                return Err(format!("variable {number}: its classes are not sound"));
            }
        }
        let mut broken = None;
        for formula in &self.formulas {
            formula.for_each_literal(&mut |literal| {
                let known = self.space().known(literal.variable);
                let is_within = |(_, last): &(u32, u32)| *last < known;
                if known == 0 || !literal.classes.runs().iter().all(is_within) {
                    broken = Some(literal.variable);
                }
            });
        }
        broken.map_or(Ok(()), |variable| {
            Err(format!(
                "a literal names classes that variable {variable} has not"
            ))
        })
    }
}

/// The formula with other literals in the same places. Recursion is bounded by the nesting of the
/// formula.
pub(super) fn map_literals(
    formula: &Formula<Literal>,
    map: &mut impl FnMut(&Literal) -> Literal,
) -> Formula<Literal> {
    let mut all =
        |parts: &[Formula<Literal>]| parts.iter().map(|part| map_literals(part, map)).collect();
    match formula {
        Formula::And(parts) => Formula::And(all(parts)),
        Formula::Or(parts) => Formula::Or(all(parts)),
        Formula::Literal(literal) => Formula::Literal(map(literal)),
        Formula::True => Formula::True,
        Formula::False => Formula::False,
        Formula::Unknown => Formula::Unknown,
    }
}

/// The different class sets that each variable is tested for, with the conditions that do.
pub(super) fn tests(draft: &Draft) -> Vec<Vec<(&ClassSet, u32)>> {
    let mut tests: Vec<Vec<(&ClassSet, u32)>> = vec![Vec::new(); draft.space().variables.len()];
    let mut places: FxHashMap<(u32, &ClassSet), usize> = FxHashMap::default();
    for (formula, uses) in draft.formulas.iter().zip(draft.uses()) {
        formula.for_each_literal(&mut |literal| {
            let Some(found) = tests.get_mut(literal.variable as usize) else {
                return;
            };
            let key = (literal.variable, &literal.classes);
            let place = *places.entry(key).or_insert_with(|| {
                found.push((&literal.classes, 0));
                found.len() - 1
            });
            if let Some((_, count)) = found.get_mut(place) {
                *count = count.saturating_add(uses);
            }
        });
    }
    tests
}
