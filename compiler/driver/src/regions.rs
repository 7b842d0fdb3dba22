//! Regions of the sign-in space as people read them: who, to what, with what, from where.

use gatewright_analysis::cubes::Cube;
use gatewright_analysis::words::{Length, fact_of_classes};
use gatewright_decision::{Classes, Space, TargetSet, Variable};
use gatewright_hir::model::PolicySet;

/// Sign-ins that share some facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// All of it in words.
    pub sentence: String,
    /// The facts that are not free.
    pub facts: Vec<RegionFact>,
}

/// A fact of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionFact {
    /// `user.groups`
    pub attribute: String,
    /// What is said of it: `the user is in the group Finance`.
    pub says: String,
    /// Whether it is so in an ordinary sign-in: a member of this tenant, in no group and no role,
    /// in a browser on Windows, at no risk.
    pub is_usual: bool,
}

/// Tells regions.
pub(crate) struct Regions<'a> {
    pub(crate) space: &'a Space,
    /// The objects by name.
    pub(crate) lexicon: &'a PolicySet,
    /// The class of each variable in an ordinary sign-in.
    pub(crate) ordinary: &'a [u32],
    /// Where two sets derive differently whether a device is compliant, the variable of each.
    pub(crate) marks: Option<[u32; 2]>,
}

impl Regions<'_> {
    /// A cube in words.
    pub(crate) fn region(&self, cube: &Cube) -> Region {
        let sets = cube.sets.iter();
        let sets: Vec<(u32, Vec<u32>)> = sets
            .map(|(variable, set)| {
                let runs = set.runs().iter();
                (
                    *variable,
                    runs.flat_map(|(first, last)| *first..=*last).collect(),
                )
            })
            .collect();
        let mut facts = self.facts(&sets);
        facts.sort_by_key(|fact| rank(&fact.attribute));
        facts.extend(self.exclusions(&sets));
        let says: Vec<&str> = facts.iter().map(|fact| fact.says.as_str()).collect();
        let sentence = match says.as_slice() {
            [] => "every sign-in".to_owned(),
            says => says.join("; "),
        };
        Region { sentence, facts }
    }

    /// What is said of each variable, but for what a set has not: see [`Regions::exclusions`].
    fn facts(&self, sets: &[(u32, Vec<u32>)]) -> Vec<RegionFact> {
        let facts = sets.iter().filter_map(|(number, classes)| {
            let variable = self.space.variables.get(*number as usize)?;
            let is_told = absent(variable, classes).is_none();
            let usual = self.ordinary.get(*number as usize);
            // Nothing is ordinary under a schema of one's own.
            let is_usual =
                self.lexicon.schema.is_entra && usual.is_some_and(|u| classes.contains(u));
            let mut fact = is_told.then(|| self.fact(variable, classes, is_usual))?;
            if let Some(marks) = self.marks.filter(|marks| marks.contains(number)) {
                let [old, new] = marks.map(|mark| {
                    let mut sets = sets.iter();
                    sets.find(|(number, _)| *number == mark)
                        .map(|(_, classes)| classes)
                });
                match (old == new, marks.first() == Some(number)) {
                    (true, true) => {}
                    // Both are told by the first one.
                    (true, false) => return None,
                    (false, true) => fact.says.push_str(" by the old compliance policies"),
                    (false, false) => fact.says.push_str(" by the new compliance policies"),
                }
            }
            Some(fact)
        });
        facts.collect()
    }

    /// All that a set has not in one fact, for each attribute: sets have many exclusions.
    fn exclusions(&self, sets: &[(u32, Vec<u32>)]) -> Vec<RegionFact> {
        let mut merged: Vec<(Variable, Vec<String>)> = Vec::new();
        for (number, classes) in sets {
            let Some(variable) = self.space.variables.get(*number as usize) else {
                continue;
            };
            let Some(elements) = absent(variable, classes) else {
                continue;
            };
            let attribute = variable.attribute;
            match merged
                .iter_mut()
                .find(|(known, _)| known.attribute == attribute)
            {
                Some((_, known)) => known.extend(elements),
                None => merged.push((variable.clone(), elements)),
            }
        }
        let facts = merged.into_iter().map(|(mut variable, elements)| {
            if elements.len() > 1 {
                variable.classes = Classes::Reaches(TargetSet::new(false, elements));
            }
            self.fact(&variable, &[0], self.lexicon.schema.is_entra)
        });
        facts.collect()
    }

    fn fact(&self, variable: &Variable, classes: &[u32], is_usual: bool) -> RegionFact {
        let attribute = self.lexicon.schema.attribute(variable.attribute);
        RegionFact {
            attribute: attribute.map_or_else(String::new, |one| one.name.clone()),
            says: fact_of_classes(self.lexicon, variable, classes, Length::Short),
            is_usual,
        }
    }
}

/// The elements that a set has not, where classes say that and nothing else.
fn absent(variable: &Variable, classes: &[u32]) -> Option<Vec<String>> {
    match (&variable.classes, classes) {
        (Classes::Has(element), [0]) => Some(vec![element.clone()]),
        (Classes::Reaches(set), [0]) if !set.is_complement => Some(set.listed.clone()),
        _ => None,
    }
}

/// Where a fact stands in a description: who, to what, with what, from where, then the rest. The
/// order of the schema does for the attributes of one entity.
fn rank(attribute: &str) -> usize {
    const ORDER: [&str; 11] = [
        "user.",
        "servicePrincipal.",
        "agent.",
        "signIn.identity",
        "signIn.target",
        "app.",
        "signIn.client",
        "signIn.platform",
        "session.",
        "device.",
        "location.",
    ];
    let place = ORDER.iter().position(|start| attribute.starts_with(start));
    match attribute {
        "user.risk" | "user.insiderRisk" => ORDER.len(),
        _ => place.unwrap_or(ORDER.len()),
    }
}
