//! The widest region around a sign-in at which nothing is required.
//!
//! A *star* comes first: of every variable the values with which, all else being as it is, nothing
//! is required either. That takes no order in which facts are tried. It is widened by what known
//! gaps are unusual in, where that goes together, so that two gaps need no third one for whoever is
//! in both. Then whatever is required of somebody in the star is cut out: as a corner, if several
//! changes lead there, and otherwise by taking values away, until nothing is required in what is
//! left.

use std::collections::{BTreeMap, BTreeSet};

use batsat::Lit;
use gatewright_decision::ClassSet;

use super::{QUESTION, Region, Scope};
use crate::analyze::{Analyst, Found};
use crate::controls::is;
use crate::cubes::Cube;
use crate::diff::Witness;
use crate::solver::{Answer, is_element};

/// LIMIT: classes of a variable that are tried one by one; of more, the sign-in's own stays.
const CLASSES_MAX: u32 = 4096;

/// LIMIT: corners that a region may lack. Of more, whole values are taken away, and their sign-ins
/// are left to other regions.
const CORNERS_MAX: usize = 8;

/// LIMIT: what is cut out of a star; after more, a cube has to do.
const CUTS_MAX: usize = 32;

impl Analyst<'_> {
    /// A region with a sign-in at which nothing is required, and of which none of the known ones
    /// knows. `None` where a search does not end.
    pub(super) fn around(
        &mut self,
        classes: &[u32],
        scope: &Scope,
        known: &[(Region, Witness)],
    ) -> Option<Region> {
        let caught = self.caught(classes, scope);
        let moves = self.moves(classes, scope, known);
        let mut star = self.star(&caught, &moves, scope);
        let alone = self.star(&caught, &Cube::default(), scope);
        self.set_apart(&mut star, &alone, classes, known);
        if let Some(region) = self.cut(star, classes, &moves, scope) {
            return Some(region);
        }
        let asked = [scope.lits.as_slice(), &[scope.required]].concat();
        let other = self.demands.solver.all(&asked);
        let within = self.demands.solver.generalise(classes, other)?;
        Some(Region {
            within,
            without: Vec::new(),
        })
    }

    /// What known gaps are unusual in, where nothing is required of whoever is unusual in that as
    /// well, and no known gap has it so.
    fn moves(&self, classes: &[u32], scope: &Scope, known: &[(Region, Witness)]) -> Cube {
        let mut moves: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for (region, witness) in known {
            let rows = (0u32..).zip(classes.iter().zip(&witness.classes));
            let moved = rows.map(|(variable, (own, theirs))| {
                let is_moved = self.demands.solver.is_unusual(variable, &witness.classes);
                if is_moved { *theirs } else { *own }
            });
            let moved: Vec<u32> = moved.collect();
            let is_known = known.iter().any(|(region, _)| region.contains(&moved));
            if is_known || !self.is_free(&moved, scope) {
                continue;
            }
            let rows = (0u32..).zip(classes.iter().zip(&moved));
            for (variable, (_, to)) in rows.filter(|(_, (from, to))| from != to) {
                let set = region.within.sets.iter().find(|(one, _)| *one == variable);
                let runs = set.map_or(vec![(*to, *to)], |(_, set)| set.runs().to_vec());
                moves.entry(variable).or_default().extend(runs);
            }
        }
        let sets = moves.into_iter();
        Cube {
            sets: sets
                .map(|(v, runs)| (v, ClassSet::from_runs(runs)))
                .collect(),
        }
    }

    /// Whether no policy applies at these classes.
    fn is_free(&self, classes: &[u32], scope: &Scope) -> bool {
        let policies = &self.world.joint.policies;
        let applies = |number: &usize| {
            let conditions = policies.get(*number);
            conditions.is_some_and(|all| all.iter().all(|one| is(&one.formula, classes)))
        };
        !scope.policies.iter().any(applies)
    }

    /// By variable, the classes of a star, which has those of the moves too.
    fn star(&mut self, caught: &[(u32, ClassSet)], moves: &Cube, scope: &Scope) -> Cube {
        let mut star = scope.target.clone();
        for (variable, caught) in caught {
            let mut caught = caught.clone();
            if let Some((_, moved)) = moves.sets.iter().find(|(one, _)| one == variable) {
                let count = self.count(*variable);
                caught = ClassSet::intersection(vec![caught, moved.complement(count)], count);
            }
            // What nobody in question can be needs no telling.
            if self.can_be(*variable, &caught, &scope.lits) {
                self.take_away(&mut star, *variable, &caught);
            }
        }
        star
    }

    /// By variable, the classes with which a policy applies, all else being as it is.
    fn caught(&self, classes: &[u32], scope: &Scope) -> Vec<(u32, ClassSet)> {
        let mut caught: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
        for number in &scope.policies {
            for (variable, set) in self.caught_by(*number, classes) {
                caught.entry(variable).or_default().extend(set.runs());
            }
        }
        let caught = caught.into_iter();
        caught
            .map(|(variable, runs)| (variable, ClassSet::from_runs(runs)))
            .collect()
    }

    /// By variable, the classes with which one policy applies, all else being as it is.
    fn caught_by(&self, number: usize, classes: &[u32]) -> Vec<(u32, ClassSet)> {
        let world = self.world;
        let conditions = world.joint.policies.get(number);
        let conditions = conditions.map_or(&[][..], Vec::as_slice);
        let Some(failing) = conditions.iter().find(|one| !is(&one.formula, classes)) else {
            return Vec::new();
        };
        let mut variables = BTreeSet::new();
        failing
            .formula
            .for_each_literal(&mut |literal| _ = variables.insert(literal.variable));
        let mut changed = classes.to_vec();
        let mut found = Vec::new();
        for variable in variables {
            let Some(own) = classes.get(variable as usize).copied() else {
                continue;
            };
            let count = world.joint.space.known(variable);
            if count > CLASSES_MAX {
                found.push((variable, ClassSet::run(own, own).complement(count)));
                continue;
            }
            let mut runs = Vec::new();
            for class in (0..count).filter(|class| *class != own) {
                if let Some(slot) = changed.get_mut(variable as usize) {
                    *slot = class;
                }
                // What failed decides most often.
                if is(&failing.formula, &changed)
                    && conditions.iter().all(|one| is(&one.formula, &changed))
                {
                    runs.push((class, class));
                }
            }
            if let Some(slot) = changed.get_mut(variable as usize) {
                *slot = own;
            }
            if !runs.is_empty() {
                found.push((variable, ClassSet::from_runs(runs)));
            }
        }
        found
    }

    /// Whether somebody can be in these classes.
    fn can_be(&mut self, variable: u32, classes: &ClassSet, scope: &[Lit]) -> bool {
        let cube = Cube {
            sets: vec![(variable, classes.clone())],
        };
        let mut asked = scope.to_vec();
        asked.extend(self.demands.solver.cube(&cube));
        !matches!(self.demands.solver.find(&asked), Answer::None(_))
    }

    /// Where one unusual fact alone makes a star say more than a known region, tell it: without it
    /// the sentence would say what is said already.
    fn set_apart(
        &self,
        star: &mut Cube,
        alone: &Cube,
        classes: &[u32],
        known: &[(Region, Witness)],
    ) {
        let has_usual = |variable: u32, set: &ClassSet| {
            let usual = self.demands.solver.ordinary(variable);
            usual.is_some_and(|class| set.contains(class))
        };
        for (region, _) in known {
            let sets = region.within.sets.iter();
            // What the star has and the region has not.
            let mut apart = sets.filter(|(variable, set)| {
                let own = alone.sets.iter().find(|(one, _)| one == variable);
                let count = self.count(*variable);
                let missing = own.map_or(ClassSet::empty(), |(_, own)| own.complement(count));
                let neither = ClassSet::union(vec![set.clone(), missing.clone()]).complement(count);
                !neither.runs().is_empty() && !has_usual(*variable, &missing)
            });
            if let (Some((variable, set)), None) = (apart.next(), apart.next())
                && !is_in(classes, *variable, set)
                && has_usual(*variable, set)
            {
                self.take_away(star, *variable, set);
            }
        }
    }

    /// Cut out of a star whatever is required of somebody in it. `None` where that takes too much.
    fn cut(
        &mut self,
        mut star: Cube,
        classes: &[u32],
        moves: &Cube,
        scope: &Scope,
    ) -> Option<Region> {
        let switch = self.demands.solver.proposition();
        let mut corners: Vec<Cube> = Vec::new();
        for _ in 0..CUTS_MAX {
            let within = [scope.lits.clone(), self.demands.solver.cube(&star)].concat();
            let asked = [within.as_slice(), &[scope.required, switch]].concat();
            let caught = match self.find(QUESTION, &asked) {
                Found::One(caught) => caught,
                Found::Unknown => return None,
                Found::None(_) => {
                    // The star is smaller than it was when they were found.
                    corners.retain_mut(|corner| {
                        self.trim(corner, &star);
                        corner.sets.iter().all(|(_, set)| !set.runs().is_empty())
                    });
                    return Some(Region {
                        within: star,
                        without: merged(corners),
                    });
                }
            };
            let free = [within.as_slice(), &[!scope.required]].concat();
            let free = self.demands.solver.all(&free);
            let mut corner = self.demands.solver.generalise(&caught.classes, free)?;
            self.trim(&mut corner, &star);
            let (changed, guards): (Vec<_>, Vec<_>) = corner
                .sets
                .iter()
                .cloned()
                .partition(|(variable, set)| !is_in(classes, *variable, set));
            let is_moved = |(variable, _): &(u32, ClassSet)| {
                let mut moved = moves.sets.iter().map(|(moved, _)| moved);
                moved.any(|moved| moved == variable)
            };
            let is_corner =
                changed.len() > 1 || changed.iter().all(is_moved) && guards.iter().any(is_moved);
            if is_corner && corners.len() < CORNERS_MAX {
                let mut excluded = self.demands.solver.cube(&corner);
                excluded.push(switch);
                self.demands.solver.exclude(&excluded);
                corners.push(corner);
                continue;
            }
            // What somebody is or has in particular says least of everybody else.
            let variables = &self.world.joint.space.variables;
            let is_particular = |variable: u32| {
                let variable = variables.get(variable as usize);
                variable.is_some_and(|variable| is_element(&variable.classes))
            };
            let particular = changed
                .iter()
                .find(|(variable, _)| is_particular(*variable));
            let (variable, set) = particular.or(changed.last())?;
            self.take_away(&mut star, *variable, set);
        }
        None
    }

    /// Say of a corner of a star only what is not so all over the star.
    fn trim(&self, corner: &mut Cube, star: &Cube) {
        corner.sets.retain_mut(|(variable, set)| {
            let known = star.sets.iter().find(|(one, _)| one == variable);
            let Some((_, all)) = known else {
                return true;
            };
            let count = self.count(*variable);
            *set = ClassSet::intersection(vec![set.clone(), all.clone()], count);
            set != all
        });
    }

    /// Take classes of a variable away from a cube.
    fn take_away(&self, cube: &mut Cube, variable: u32, classes: &ClassSet) {
        let left = classes.complement(self.count(variable));
        let count = self.count(variable);
        let place = cube.sets.partition_point(|(one, _)| *one < variable);
        match cube.sets.get_mut(place) {
            Some((one, set)) if *one == variable => {
                *set = ClassSet::intersection(vec![set.clone(), left], count);
            }
            _ => cube.sets.insert(place, (variable, left)),
        }
    }

    /// How many classes a variable can be in.
    fn count(&self, variable: u32) -> u32 {
        let known = self.world.joint.space.known(variable);
        known + u32::from(self.world.assumptions.with_missing_facts)
    }
}

fn is_in(classes: &[u32], variable: u32, set: &ClassSet) -> bool {
    let class = classes.get(variable as usize);
    class.is_some_and(|class| set.contains(*class))
}

/// Cubes that differ in one variable as one.
fn merged(mut cubes: Vec<Cube>) -> Vec<Cube> {
    let mut place = 0;
    while place < cubes.len() {
        let mut other = place + 1;
        let mut has_changed = false;
        while other < cubes.len() {
            let (Some(one), Some(next)) = (cubes.get(place), cubes.get(other)) else {
                break;
            };
            if let Some(both) = union(one, next) {
                cubes.remove(other);
                if let Some(slot) = cubes.get_mut(place) {
                    *slot = both;
                }
                has_changed = true;
            } else {
                other += 1;
            }
        }
        // What is wider may go together with what was passed by.
        place = if has_changed { 0 } else { place + 1 };
    }
    cubes
}

/// The union of two cubes, if that is a cube and they differ in one variable at most.
fn union(one: &Cube, other: &Cube) -> Option<Cube> {
    if one.sets.len() != other.sets.len() {
        return None;
    }
    let mut both = one.clone();
    let mut differing = 0;
    for (mine, theirs) in both.sets.iter_mut().zip(&other.sets) {
        if mine.0 != theirs.0 {
            return None;
        }
        if mine.1 != theirs.1 {
            differing += 1;
            mine.1 = ClassSet::union(vec![mine.1.clone(), theirs.1.clone()]);
        }
    }
    (differing <= 1).then_some(both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube(sets: &[(u32, u32, u32)]) -> Cube {
        let sets = sets.iter();
        let sets = sets.map(|(variable, first, last)| (*variable, ClassSet::run(*first, *last)));
        Cube {
            sets: sets.collect(),
        }
    }

    #[test]
    fn corners_that_differ_in_one_variable_are_one() {
        let three = vec![
            cube(&[(0, 1, 1), (3, 2, 2)]),
            cube(&[(0, 1, 1), (3, 5, 6)]),
            cube(&[(0, 4, 4), (3, 2, 2)]),
        ];
        let two = merged(three);
        assert_eq!(two.len(), 2);
        assert!(two[0].contains(&[1, 0, 0, 5]));
        assert!(!two[0].contains(&[1, 0, 0, 3]));
    }

    #[test]
    fn corners_of_other_variables_stay_apart() {
        let two = vec![cube(&[(0, 1, 1), (3, 2, 2)]), cube(&[(0, 1, 1), (4, 2, 2)])];
        assert_eq!(merged(two.clone()), two);
    }
}
