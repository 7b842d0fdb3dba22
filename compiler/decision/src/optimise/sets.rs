//! Tests of elements of one set that are asked together become one test.
//!
//! "In group a, or in group b" is "some group is one of a and b", and "neither in a nor in b" its
//! opposite: some element lies in a union exactly where some element lies in a part of it. All
//! these tests read one fact, so they are unknown together, and the one that takes their place is
//! unknown with them.
//!
//! A set of which two elements are asked together has only tests of target sets afterwards: every
//! element is then looked up once, not once for itself and once for the sets it lies in.
//!
//! Miniature: `groups has a ∨ groups has b ∨ user.id ∈ {x}` becomes
//! `groups reaches {a, b} ∨ user.id ∈ {x}`.

use std::sync::Arc;

use gatewright_hir::schema::AttributeId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Notes;
use super::draft::Draft;
use crate::atom::TargetSet;
use crate::class_set::ClassSet;
use crate::formula::{Formula, Literal};
use crate::space::{Classes, Space, Variable, describe};

pub(super) fn merge(draft: &mut Draft, notes: &mut Notes) {
    let mut joining = Joining {
        before: draft.space().variables.clone(),
        made: Vec::new(),
        made_by_set: FxHashMap::default(),
    };
    for (number, variable) in (0u32..).zip(&joining.before) {
        if let Classes::Reaches(set) = &variable.classes {
            let key = (variable.attribute, set.clone());
            joining.made_by_set.insert(key, number);
        }
    }
    let formulas: Vec<Arc<Formula<Literal>>> = draft.formulas().to_vec();
    let mut rewritten: Vec<Formula<Literal>> = Vec::with_capacity(formulas.len());
    for formula in &formulas {
        rewritten.push(joining.rewrite(formula));
    }
    if joining.made.is_empty() {
        return;
    }
    for (place, one) in &joining.made {
        notes.add(|| format!("{} (at {place})", one.name));
    }
    // Elements that are asked alone are target sets of one element, where there are larger ones.
    let asked: FxHashSet<AttributeId> = joining.made.iter().map(|(_, one)| one.attribute).collect();
    let alone = |variable: Variable| match variable.classes {
        Classes::Has(element) if asked.contains(&variable.attribute) => Variable {
            classes: Classes::Reaches(TargetSet::new(false, vec![element])),
            ..variable
        },
        _ => variable,
    };
    let count = joining.before.len();
    let mut variables: Vec<Variable> = joining.before.into_iter().map(alone).collect();
    let mut order: Vec<(u32, u32)> = (0..).map(|number| (number, number)).take(count).collect();
    for (number, (place, one)) in (0u32..).zip(joining.made) {
        order.push((
            place,
            number.saturating_add(u32::try_from(count).unwrap_or(0)),
        ));
        variables.push(one);
    }
    // A test stands where the first of those that it takes the place of stood.
    order.sort_unstable();
    let order: Vec<u32> = order.into_iter().map(|(_, number)| number).collect();
    let mut rewritten = rewritten.into_iter();
    draft.replace(Space { variables }, |_| {
        rewritten.next().unwrap_or(Formula::Unknown)
    });
    draft.permute(&order);
}

/// Whether no two tests that could be one are left.
pub(super) fn verify(draft: &Draft) -> Result<(), String> {
    let joining = Joining {
        before: draft.space().variables.clone(),
        made: Vec::new(),
        made_by_set: FxHashMap::default(),
    };
    let is_joined = |formula: &Arc<Formula<Literal>>| joining.is_joined(formula);
    if draft.formulas().iter().all(is_joined) {
        Ok(())
    } else {
        Err("two tests of elements of one set stand side by side".to_owned())
    }
}

struct Joining {
    before: Vec<Variable>,
    /// New variables, each with the place that it takes among the old ones.
    made: Vec<(u32, Variable)>,
    made_by_set: FxHashMap<(AttributeId, TargetSet), u32>,
}

impl Joining {
    /// Recursion is bounded by the nesting of the formula.
    fn rewrite(&mut self, formula: &Formula<Literal>) -> Formula<Literal> {
        match formula {
            Formula::And(parts) => Formula::all(self.parts(parts, 0)),
            Formula::Or(parts) => Formula::any(self.parts(parts, 1)),
            other => other.clone(),
        }
    }

    /// Recursion is bounded by the nesting of the formula.
    fn is_joined(&self, formula: &Formula<Literal>) -> bool {
        let (parts, class) = match formula {
            Formula::And(parts) => (parts, 0),
            Formula::Or(parts) => (parts, 1),
            _ => return true,
        };
        let mut joinable = parts.iter().filter_map(|part| self.joinable(part, class));
        let mut seen = FxHashSet::default();
        joinable.all(|(attribute, _)| seen.insert(attribute))
            && parts.iter().all(|part| self.is_joined(part))
    }

    /// The attribute and the variable of a test that can be joined with others.
    fn joinable(&self, part: &Formula<Literal>, class: u32) -> Option<(AttributeId, u32)> {
        match part {
            Formula::Literal(literal) if literal.classes.runs() == [(class, class)] => {
                let attribute = self.attribute(literal.variable)?;
                Some((attribute, literal.variable))
            }
            _ => None,
        }
    }

    /// The parts with those that ask about elements joined; `class` is what the test of an element
    /// must be for its literal to be true: in a disjunction that it is there, in a conjunction that
    /// it is not.
    fn parts(&mut self, parts: &[Formula<Literal>], class: u32) -> Vec<Formula<Literal>> {
        let mut kept: Vec<Formula<Literal>> = Vec::with_capacity(parts.len());
        let mut groups: Vec<(AttributeId, usize, Vec<u32>)> = Vec::new();
        for part in parts {
            let Some((attribute, variable)) = self.joinable(part, class) else {
                kept.push(self.rewrite(part));
                continue;
            };
            match groups.iter_mut().find(|group| group.0 == attribute) {
                Some((_, _, variables)) => variables.push(variable),
                None => {
                    groups.push((attribute, kept.len(), vec![variable]));
                    kept.push(part.clone());
                }
            }
        }
        for (attribute, place, variables) in groups {
            if variables.len() > 1
                && let Some(slot) = kept.get_mut(place)
            {
                *slot = Formula::Literal(Literal {
                    variable: self.joined(attribute, &variables),
                    classes: ClassSet::run(class, class),
                });
            }
        }
        kept
    }

    /// The attribute of a variable that asks for listed elements of a set.
    fn attribute(&self, variable: u32) -> Option<AttributeId> {
        let variable = self.before.get(variable as usize)?;
        let is_listed = match &variable.classes {
            Classes::Has(_) => true,
            Classes::Reaches(set) => !set.is_complement,
            _ => false,
        };
        is_listed.then_some(variable.attribute)
    }

    /// The variable for all elements that these ask for.
    fn joined(&mut self, attribute: AttributeId, variables: &[u32]) -> u32 {
        let mut listed = Vec::new();
        for variable in variables {
            match self.before.get(*variable as usize).map(|v| &v.classes) {
                Some(Classes::Has(element)) => listed.push(element.clone()),
                Some(Classes::Reaches(set)) => listed.extend(set.listed.iter().cloned()),
                _ => {}
            }
        }
        let set = TargetSet::new(false, listed);
        let next = self.before.len().saturating_add(self.made.len());
        let next = u32::try_from(next).unwrap_or(u32::MAX);
        let number = *self
            .made_by_set
            .entry((attribute, set.clone()))
            .or_insert(next);
        let place = variables.iter().copied().min().unwrap_or(0);
        if number == next {
            let first = self.before.get(place as usize);
            let name = first.map_or("", |variable| variable.name.as_str());
            let subject = name.split(' ').next().unwrap_or("");
            let variable = Variable {
                attribute,
                name: format!("{subject} reaches {}", describe(&set)),
                class_count: 3,
                classes: Classes::Reaches(set),
            };
            self.made.push((place, variable));
        }
        number
    }
}
