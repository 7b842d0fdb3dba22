//! Which elements a set has, so that what is asked of one set by many lists hangs together.
//!
//! A request that reaches a resource of one list reaches every list that the resource is in. Each
//! element that any list names is a proposition, and one more stands for all others. A list holds if
//! one of its elements is there; *all but* a list, if one between two of its elements is, and the
//! propositions of such stretches are shared as the nodes of a tree. So what is written down is
//! near-linear in the lists, however many there are.

use std::collections::{BTreeMap, BTreeSet};

use batsat::{Lit, SolverInterface as _, lbool};
use gatewright_decision::{Classes, Space, TargetSet};
use gatewright_hir::schema::AttributeId;

use super::Solver;

/// What is asked of one set.
#[derive(Default)]
struct Asked<'s> {
    lists: Vec<(u32, &'s TargetSet)>,
    elements: BTreeSet<&'s str>,
    /// Elements that are asked for by themselves.
    named: Vec<(u32, &'s str)>,
}

/// Some element from one number up to another is there.
struct Tree {
    /// Of this element, or of one below.
    lit: Lit,
    below: Option<Box<(Tree, Tree)>>,
}

/// What is asked of each set that is asked about by lists.
fn asked(space: &Space) -> BTreeMap<AttributeId, Asked<'_>> {
    let mut found: BTreeMap<AttributeId, Asked<'_>> = BTreeMap::new();
    for (number, variable) in (0u32..).zip(&space.variables) {
        let asked = found.entry(variable.attribute).or_default();
        match &variable.classes {
            Classes::Reaches(set) => {
                asked.elements.extend(set.listed.iter().map(String::as_str));
                asked.lists.push((number, set));
            }
            Classes::Has(element) => {
                asked.elements.insert(element);
                asked.named.push((number, element));
            }
            _ => {}
        }
    }
    found.retain(|_, asked| !asked.lists.is_empty());
    found
}

impl Solver<'_> {
    /// Say what lists have to do with each other.
    pub(super) fn constrain_targets(&mut self) {
        for asked in asked(self.space()).into_values() {
            // The ordinary element is in no list.
            let other = self.element(true);
            let elements: Vec<&str> = asked.elements.into_iter().collect();
            let lits: Vec<Lit> = elements.iter().map(|_| self.element(false)).collect();
            let tree = self.tree(&lits);
            let place = |element: &str| elements.binary_search(&element).ok();
            for (variable, element) in asked.named {
                let there = place(element).and_then(|at| lits.get(at)).copied();
                self.equate(variable, there.as_slice());
            }
            for (variable, set) in asked.lists {
                let mut places: Vec<usize> = set
                    .listed
                    .iter()
                    .filter_map(|element| place(element))
                    .collect();
                places.sort_unstable();
                let mut ways = Vec::new();
                if set.is_complement {
                    ways.push(other);
                    let mut start = 0;
                    for listed in places.into_iter().chain([lits.len()]) {
                        stretch(tree.as_ref(), (0, lits.len()), (start, listed), &mut ways);
                        start = listed + 1;
                    }
                } else {
                    ways.extend(places.into_iter().filter_map(|at| lits.get(at)).copied());
                }
                self.equate(variable, &ways);
            }
        }
    }

    fn element(&mut self, is_usual: bool) -> Lit {
        Lit::new(self.sat.new_var(lbool::new(is_usual), true), true)
    }

    /// A variable is true exactly if one of these is, unless it is unknown.
    fn equate(&mut self, variable: u32, ways: &[Lit]) {
        let (yes, no) = (self.run(variable, (1, 1)), self.run(variable, (0, 0)));
        for way in ways {
            self.sat.add_clause_reuse(&mut vec![!*way, !no]);
        }
        let mut clause = ways.to_vec();
        clause.push(!yes);
        self.sat.add_clause_reuse(&mut clause);
    }

    /// The tree over these elements. Recursion is logarithmic in their number.
    fn tree(&mut self, lits: &[Lit]) -> Option<Tree> {
        let (left, right) = match lits {
            [] => return None,
            [only] => {
                return Some(Tree {
                    lit: *only,
                    below: None,
                });
            }
            _ => lits.split_at(lits.len() / 2),
        };
        let (left, right) = (self.tree(left)?, self.tree(right)?);
        Some(Tree {
            lit: self.union(&[left.lit, right.lit], false),
            below: Some(Box::new((left, right))),
        })
    }
}

/// The nodes that together are the elements from `start` up to `end`, of a tree that is those from
/// `from` up to `to`.
fn stretch(
    tree: Option<&Tree>,
    (from, to): (usize, usize),
    (start, end): (usize, usize),
    ways: &mut Vec<Lit>,
) {
    let Some(tree) = tree else { return };
    if start >= to || end <= from || start >= end {
        return;
    }
    if start <= from && to <= end {
        ways.push(tree.lit);
        return;
    }
    if let Some(below) = &tree.below {
        let middle = from + (to - from) / 2;
        stretch(Some(&below.0), (from, middle), (start, end), ways);
        stretch(Some(&below.1), (middle, to), (start, end), ways);
    }
}
