//! Regions of sign-ins as a few cubes: for each variable a set of classes, and any sign-in whose
//! classes lie in all of them.
//!
//! A cube is made from one sign-in of a region (`solver/generalising.rs`): it says what the proof
//! needs that everything in it is in the region, and nothing else.

use gatewright_decision::ClassSet;

/// Sign-ins: everything whose variables are in these classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cube {
    /// The variables that are not free, ascending, with their classes.
    pub sets: Vec<(u32, ClassSet)>,
}

impl Cube {
    /// Whether a sign-in lies in it, by its classes.
    #[must_use]
    pub fn contains(&self, classes: &[u32]) -> bool {
        self.sets.iter().all(|(variable, set)| {
            let class = classes.get(*variable as usize);
            class.is_some_and(|class| set.contains(*class))
        })
    }
}
