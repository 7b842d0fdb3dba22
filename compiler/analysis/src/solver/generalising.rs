//! From one sign-in to all that are like it in what matters, by searching.
//!
//! Of a sign-in with every fact said, a proof that it is of one kind names the facts that it needed.
//! What is left is tried one by one, and of facts that stay, other values are. So a cube is found
//! that says nothing needless, given what can exist; in diagrams that is not seen.

use batsat::Lit;
use gatewright_decision::ClassSet;

use super::{Answer, Solver};
use crate::cubes::Cube;

/// LIMIT: facts that are tried one by one; of more, those that a proof needed stay.
const TRIED_MAX: usize = 48;

/// LIMIT: classes of a variable that are tried one by one; of more, the sign-in's own stays.
const CLASSES_MAX: u32 = 64;

impl Solver<'_> {
    /// The cube around a sign-in in which `other` holds nowhere, which does not hold at the sign-in
    /// itself. `None` where a search does not end. Cost: a search for each fact that matters, and
    /// for each other value that it may have.
    pub(crate) fn generalise(&mut self, classes: &[u32], other: Lit) -> Option<Cube> {
        let mut kept = self.needed(classes, other)?;
        if kept.len() <= TRIED_MAX {
            self.drop_needless(&mut kept, other);
            self.widen(&mut kept, other);
        }
        kept.sort_unstable_by_key(|(variable, _)| *variable);
        Some(Cube { sets: kept })
    }

    /// The facts that a proof needs, in the order in which they are to be tried: what is odd in a
    /// sign-in comes last.
    fn needed(&mut self, classes: &[u32], other: Lit) -> Option<Vec<(u32, ClassSet)>> {
        let order: Vec<u32> = self.facts.iter().flatten().rev().copied().collect();
        let mut said: Vec<(u32, u32, Lit)> = Vec::with_capacity(order.len());
        for variable in order {
            let class = classes.get(variable as usize).copied()?;
            said.push((variable, class, self.exactly(variable, class)));
        }
        let mut asked: Vec<Lit> = said.iter().map(|(_, _, lit)| *lit).collect();
        asked.push(other);
        let Answer::None(core) = self.find(&asked) else {
            return None;
        };
        let needed = said.into_iter().filter(|(_, _, lit)| core.contains(lit));
        let needed = needed.map(|(variable, class, _)| (variable, ClassSet::run(class, class)));
        Some(needed.collect())
    }

    fn drop_needless(&mut self, kept: &mut Vec<(u32, ClassSet)>, other: Lit) {
        let mut place = 0;
        while place < kept.len() {
            let one = kept.remove(place);
            if !self.is_enough(kept, other) {
                kept.insert(place, one);
                place += 1;
            }
        }
    }

    fn widen(&mut self, kept: &mut [(u32, ClassSet)], other: Lit) {
        for place in 0..kept.len() {
            let Some((variable, own)) = kept.get(place).cloned() else {
                return;
            };
            let known = self.space().known(variable);
            if known > CLASSES_MAX {
                continue;
            }
            let mut runs = own.runs().to_vec();
            for class in (0..known).filter(|class| !own.contains(*class)) {
                if let Some(slot) = kept.get_mut(place) {
                    slot.1 = ClassSet::run(class, class);
                }
                // What nobody can be is no part of a description.
                if self.is_enough(kept, other) && self.is_there(kept) {
                    runs.push((class, class));
                }
            }
            if let Some(slot) = kept.get_mut(place) {
                slot.1 = ClassSet::from_runs(runs);
            }
        }
    }

    /// Whether there is a sign-in in a cube.
    fn is_there(&mut self, kept: &[(u32, ClassSet)]) -> bool {
        let cube = Cube {
            sets: kept.to_vec(),
        };
        let asked = self.cube(&cube);
        matches!(self.find(&asked), Answer::Found(_))
    }

    /// Whether a cube leaves no room for anything else.
    fn is_enough(&mut self, kept: &[(u32, ClassSet)], other: Lit) -> bool {
        let cube = Cube {
            sets: kept.to_vec(),
        };
        let mut asked = self.cube(&cube);
        asked.push(other);
        matches!(self.find(&asked), Answer::None(_))
    }
}
