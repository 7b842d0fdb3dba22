//! Regions of sign-ins as a few cubes: for each variable a set of classes, and any sign-in whose
//! classes lie in all of them.
//!
//! A cube is grown from one sign-in of a region, variable by variable, as long as the whole of it
//! stays inside. A cube that is full-grown is a prime implicant of the region, as far as diagrams
//! can tell: that some classes cannot come together is not looked at, so a cube may be smaller than
//! it could be, and never reaches outside.

use gatewright_decision::{ClassSet, Dag, NodeId, Space};
use rustc_hash::{FxHashMap, FxHashSet};

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

/// Where all of the first hold and none of the second does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Region {
    /// These hold at every sign-in of it.
    pub(crate) everywhere: Vec<NodeId>,
    /// These hold at none.
    pub(crate) nowhere: Vec<NodeId>,
}

/// LIMIT: classes of a variable that are tried one by one; of more, the sign-in's own stays.
const CLASSES_MAX: u32 = 512;

/// Grows cubes.
pub(crate) struct Grower<'d> {
    dag: &'d Dag,
    space: &'d Space,
    /// Whether the unknown classes are part of the space.
    with_missing_facts: bool,
    /// Which variables a diagram tests.
    support: FxHashMap<NodeId, FxHashSet<u32>>,
}

/// What a cube allows while it grows: `None` is everything.
type Allowed = Vec<Option<ClassSet>>;

impl<'d> Grower<'d> {
    pub(crate) fn new(dag: &'d Dag, space: &'d Space, with_missing_facts: bool) -> Grower<'d> {
        Grower {
            dag,
            space,
            with_missing_facts,
            support: FxHashMap::default(),
        }
    }

    /// The cube of a sign-in of the region. Variables are freed in this order: what comes late is
    /// more likely to stay. Cost: for each variable, a walk of the diagrams that test it; for each
    /// class of one that cannot be freed, another.
    pub(crate) fn grow(
        &mut self,
        region: &Region,
        classes: &[u32],
        order: impl Iterator<Item = u32>,
    ) -> Cube {
        let one = |class: &u32| Some(ClassSet::run(*class, *class));
        let mut allowed: Allowed = classes.iter().map(one).collect();
        for variable in order {
            let testing = self.testing(region, variable);
            let place = variable as usize;
            let before = allowed.get(place).cloned().flatten();
            let set = |allowed: &mut Allowed, classes: Option<ClassSet>| {
                if let Some(slot) = allowed.get_mut(place) {
                    *slot = classes;
                }
            };
            set(&mut allowed, self.everything(variable));
            if self.is_inside(&testing, &allowed) {
                continue;
            }
            let count = self.count(variable);
            if count > CLASSES_MAX {
                set(&mut allowed, before);
                continue;
            }
            // Cubes that differ in one variable, each inside, are inside together.
            let mut inside = Vec::new();
            for class in 0..count {
                set(&mut allowed, Some(ClassSet::run(class, class)));
                if before.as_ref().is_some_and(|before| before.contains(class))
                    || self.is_inside(&testing, &allowed)
                {
                    inside.push((class, class));
                }
            }
            set(&mut allowed, Some(ClassSet::from_runs(inside)));
        }
        let sets = (0u32..).zip(allowed);
        let sets = sets.filter_map(|(variable, set)| {
            let set = set?;
            let is_free = set.runs() == [(0, self.count(variable).saturating_sub(1))];
            (!is_free).then_some((variable, set))
        });
        Cube {
            sets: sets.collect(),
        }
    }

    fn count(&self, variable: u32) -> u32 {
        let known = self.space.known(variable);
        known + u32::from(self.with_missing_facts)
    }

    /// Without missing facts, the unknown class is nobody's.
    fn everything(&self, variable: u32) -> Option<ClassSet> {
        let last = self.count(variable).checked_sub(1)?;
        (!self.with_missing_facts).then(|| ClassSet::run(0, last))
    }

    /// The part of a region that a variable matters to.
    fn testing(&mut self, region: &Region, variable: u32) -> Region {
        let mut of = |roots: &[NodeId]| {
            let mut kept = roots.to_vec();
            kept.retain(|root| self.tests(*root, variable));
            kept
        };
        Region {
            everywhere: of(&region.everywhere),
            nowhere: of(&region.nowhere),
        }
    }

    fn tests(&mut self, root: NodeId, variable: u32) -> bool {
        let dag = self.dag;
        let support = self.support.entry(root).or_insert_with(|| {
            let nodes = dag.reachable(&[root]).into_iter();
            nodes
                .filter_map(|id| dag.node(id).map(|node| node.variable))
                .collect()
        });
        support.contains(&variable)
    }

    fn is_inside(&self, region: &Region, allowed: &Allowed) -> bool {
        let reaches = |root: &NodeId, end| reaches(self.dag, *root, allowed, end);
        !region
            .everywhere
            .iter()
            .any(|root| reaches(root, NodeId::FALSE))
            && !region
                .nowhere
                .iter()
                .any(|root| reaches(root, NodeId::TRUE))
    }
}

/// Whether some sign-in that is allowed leads from a root to this end.
fn reaches(dag: &Dag, root: NodeId, allowed: &Allowed, end: NodeId) -> bool {
    let mut seen = FxHashSet::default();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        if id == end {
            return true;
        }
        let Some(node) = dag.node(id) else { continue };
        if !seen.insert(id) {
            continue;
        }
        let set = allowed.get(node.variable as usize).and_then(Option::as_ref);
        let ends = node.edges.iter().skip(1).map(|edge| edge.first);
        let ends = ends.chain([u32::MAX]);
        for (edge, end) in node.edges.iter().zip(ends) {
            let last = end.saturating_sub(1);
            if set.is_none_or(|set| meets(set, edge.first, last)) {
                open.push(edge.child);
            }
        }
    }
    false
}

/// Whether a set has a class from `first` to `last`.
fn meets(set: &ClassSet, first: u32, last: u32) -> bool {
    let runs = set.runs();
    let after = runs.partition_point(|(_, end)| *end < first);
    runs.get(after).is_some_and(|(start, _)| *start <= last)
}
