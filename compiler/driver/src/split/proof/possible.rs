//! Which classes a sign-in to Entra can be in.

use std::collections::BTreeSet;

use gatewright_decision::{Classes, Space, TargetSet};
use gatewright_hir::schema::Schema;
use gatewright_value::{Kind, fold};

/// What has been answered about resources: per variable its class, in order of the walk.
pub(super) type Answers = Vec<(u32, u32)>;

/// What can be, of a space.
pub(super) struct Possible<'d> {
    space: &'d Space,
    /// Classes in which no value is, per variable.
    empty: Vec<Vec<u32>>,
}

impl<'d> Possible<'d> {
    pub(super) fn new(schema: &Schema, space: &'d Space) -> Possible<'d> {
        let one = |variable: &gatewright_decision::Variable| {
            let mut empty = Vec::new();
            let Some(attribute) = schema.attribute(variable.attribute) else {
                return empty;
            };
            if !attribute.is_optional {
                empty.extend(variable.null_class());
            }
            let named = match &variable.classes {
                Classes::Text(entries) => entries,
                _ => return empty,
            };
            if let Kind::Enumeration {
                members,
                is_open: false,
            } = &attribute.kind
            {
                let is_named = |member: &String| {
                    let member = fold(member);
                    named.iter().any(|c| c.is_exact && c.text == member)
                };
                if members.iter().all(is_named) {
                    empty.push(0);
                }
            }
            empty
        };
        Possible {
            space,
            empty: space.variables.iter().map(one).collect(),
        }
    }

    pub(super) fn class_count(&self, variable: u32) -> u32 {
        let found = self.space.variables.get(variable as usize);
        found.map_or(0, |variable| variable.class_count)
    }

    /// Whether answers about this variable are kept, because others follow from them.
    pub(super) fn has_answers(&self, variable: u32) -> bool {
        self.targets(variable).is_some()
    }

    /// The answers with one more.
    pub(super) fn answered(&self, answers: &Answers, variable: u32, class: u32) -> Answers {
        let mut answers = answers.clone();
        if self.has_answers(variable) {
            answers.push((variable, class));
        }
        answers
    }

    /// Whether some sign-in of these answers is in the class.
    pub(super) fn is_possible(&self, answers: &Answers, variable: u32, class: u32) -> bool {
        let empty = self.empty.get(variable as usize);
        if empty.is_some_and(|empty| empty.contains(&class)) {
            return false;
        }
        let Some(asked) = self.targets(variable) else {
            return true;
        };
        let unknown = UNKNOWN;
        // The resources are known together or not at all.
        if answers
            .iter()
            .any(|(_, other)| (*other == unknown) != (class == unknown))
        {
            return false;
        }
        if class == unknown {
            return true;
        }
        let with = |wanted: u32| {
            let before = answers.iter().filter(move |(_, class)| *class == wanted);
            let before = before.filter_map(|(variable, _)| self.targets(*variable));
            before.chain((class == wanted).then_some(asked))
        };
        let avoided: Vec<&TargetSet> = with(0).collect();
        with(1).all(|reached| has_other(reached, &avoided))
    }

    fn targets(&self, variable: u32) -> Option<&'d TargetSet> {
        match &self.space.variables.get(variable as usize)?.classes {
            Classes::Reaches(set) => Some(set),
            _ => None,
        }
    }
}

/// The class of a variable about target sets where they are not known.
const UNKNOWN: u32 = 2;

/// Whether a set has an element that is in none of the others.
fn has_other(set: &TargetSet, others: &[&TargetSet]) -> bool {
    let is_outside = |text: &str| !others.iter().any(|other| other.holds(text));
    if !set.is_complement {
        return set.listed.iter().any(|text| is_outside(text));
    }
    // Of all that is listed nowhere there is always one more, unless another set has it too.
    if others.iter().all(|other| !other.is_complement) {
        return true;
    }
    let listed = others.iter().flat_map(|other| &other.listed);
    let listed: BTreeSet<&String> = listed.collect();
    listed
        .into_iter()
        .any(|text| set.holds(text) && is_outside(text))
}
