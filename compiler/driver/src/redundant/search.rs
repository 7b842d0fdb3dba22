//! How the active policies of a set stand to each other.

use gatewright_decision::{Decisions, NodeId, Roots, Shape, build};
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_value::vocabulary::State;

use crate::overlap::Walk;
use crate::redundant::{LIMITS, contradiction, is_same_action, is_whole, part};
use crate::strength::{Comparison, does_the_same};

/// LIMIT: pairs of nodes that all questions of a set may look at.
const PAIRS_MAX: usize = 1_000_000;

/// LIMIT: how many times larger a store may become by edits until it is built anew.
const GROWTH_MAX: usize = 2;

/// How a policy stands to others, by their places among the active ones; of several that would do,
/// the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Relation {
    /// No sign-in meets it.
    pub(crate) is_unreachable: bool,
    /// Makes it superfluous.
    pub(crate) absorbed_by: Option<usize>,
    /// Is enforced while it is on trial.
    pub(crate) twin: Option<usize>,
    /// Meets it and sets what it forbids.
    pub(crate) contradicts: Option<usize>,
}

/// What was found of a set.
pub(crate) struct Searched {
    /// By active policy.
    pub(crate) relations: Vec<Relation>,
    /// Whether the budget lasted.
    pub(crate) is_complete: bool,
    /// The diagrams that it was read off, where they may be asked again.
    pub(crate) diagrams: Option<Diagrams>,
}

/// The diagrams of active policies, all of them ordered.
pub(crate) struct Diagrams {
    pub(crate) decisions: Decisions,
    /// By active policy.
    pub(crate) roots: Vec<Roots>,
    /// Nodes when the store was new; it grows with each edit.
    pub(crate) nodes_at_first: usize,
}

/// What is known of active policies, where they are as they were.
pub(crate) struct Known {
    pub(crate) relations: Vec<Option<Relation>>,
    pub(crate) roots: Vec<Option<Roots>>,
    pub(crate) decisions: Decisions,
    pub(crate) nodes_at_first: usize,
}

impl Relation {
    /// The relation by new places; nothing where another policy that it names is gone.
    pub(crate) fn moved(&self, places: &[Option<usize>]) -> Option<Relation> {
        let place = |old: Option<usize>| match old {
            None => Some(None),
            Some(old) => places.get(old).copied().flatten().map(Some),
        };
        Some(Relation {
            is_unreachable: self.is_unreachable,
            absorbed_by: place(self.absorbed_by)?,
            twin: place(self.twin)?,
            contradicts: place(self.contradicts)?,
        })
    }
}

/// The relations of all active policies.
pub(crate) fn all(set: &PolicySet, active: &[&Policy]) -> Searched {
    let decisions = build(&part(set, active.iter().copied()), &LIMITS);
    let roots: Vec<Roots> = decisions.policies.iter().map(|of| of.roots).collect();
    let mut search = Search::new(set, active, &roots, &decisions);
    let everybody: Vec<usize> = (0..active.len()).collect();
    let relations = everybody.iter().map(|at| search.relation(*at, &everybody));
    let relations = relations.collect();
    let is_complete = search.is_complete();
    let nodes_at_first = decisions.dag.node_count();
    Searched {
        relations,
        is_complete,
        diagrams: diagrams(decisions, roots, nodes_at_first),
    }
}

/// The diagrams for the next time. Of what is not ordered, equal functions need not be equal nodes,
/// and another order of variables could show more.
fn diagrams(
    mut decisions: Decisions,
    roots: Vec<Roots>,
    nodes_at_first: usize,
) -> Option<Diagrams> {
    decisions.policies.clear();
    let are_ordered = roots.iter().all(|roots| roots.shape == Shape::Ordered);
    let is_small = decisions.dag.node_count() <= nodes_at_first.saturating_mul(GROWTH_MAX);
    (are_ordered && is_small).then_some(Diagrams {
        decisions,
        roots,
        nodes_at_first,
    })
}

/// The relations where some are known: only pairs with a policy that has changed are looked at.
/// `None` where they cannot be had without the diagrams of all.
pub(crate) fn again(set: &PolicySet, active: &[&Policy], mut known: Known) -> Option<Searched> {
    let is_changed = |at: &usize| known.relations.get(*at).is_some_and(Option::is_none);
    let everybody: Vec<usize> = (0..active.len()).collect();
    let changed: Vec<usize> = everybody.iter().copied().filter(is_changed).collect();
    let policies = changed.iter().filter_map(|at| active.get(*at).copied());
    let built = known.decisions.extend(&part(set, policies), &LIMITS)?;
    for (at, found) in changed.iter().zip(built) {
        if let Some(slot) = known.roots.get_mut(*at) {
            *slot = Some(found.roots);
        }
    }
    let roots: Vec<Roots> = known.roots.into_iter().collect::<Option<_>>()?;
    if roots.iter().any(|roots| roots.shape != Shape::Ordered) {
        return None;
    }
    let mut search = Search::new(set, active, &roots, &known.decisions);
    let mut relations = Vec::with_capacity(active.len());
    for (at, known) in known.relations.iter().enumerate() {
        relations.push(match known {
            None => search.relation(at, &everybody),
            Some(known) => known.or_earlier(search.relation(at, &changed)),
        });
    }
    let is_complete = search.is_complete();
    let diagrams = diagrams(known.decisions, roots, known.nodes_at_first);
    is_complete.then_some(Searched {
        relations,
        is_complete,
        diagrams,
    })
}

impl Relation {
    /// What is known, or what was found beside it where that comes first.
    fn or_earlier(self, found: Relation) -> Relation {
        let first =
            |known: Option<usize>, found: Option<usize>| known.into_iter().chain(found).min();
        Relation {
            is_unreachable: self.is_unreachable,
            absorbed_by: first(self.absorbed_by, found.absorbed_by),
            twin: first(self.twin, found.twin),
            contradicts: first(self.contradicts, found.contradicts),
        }
    }
}

struct Search<'s> {
    active: &'s [&'s Policy],
    /// By active policy.
    roots: &'s [Roots],
    comparison: Comparison<'s>,
    walk: Walk<'s>,
    /// Whether a question was not answered.
    is_cut_short: bool,
}

/// A policy with its ordered diagrams.
type Subject<'s> = (&'s Policy, Roots);

impl<'s> Search<'s> {
    fn new(
        set: &'s PolicySet,
        active: &'s [&'s Policy],
        roots: &'s [Roots],
        decisions: &'s Decisions,
    ) -> Search<'s> {
        Search {
            active,
            roots,
            comparison: Comparison::new(active.iter().copied(), &set.strengths),
            walk: Walk::new(&decisions.dag, PAIRS_MAX),
            is_cut_short: false,
        }
    }

    /// Whether every question was answered.
    fn is_complete(&self) -> bool {
        !self.is_cut_short && !self.walk.is_exhausted()
    }

    /// The policy at a place, if it is in this state and its diagrams can be walked.
    fn subject(&self, at: usize, state: State) -> Option<Subject<'s>> {
        let policy = self.active.get(at).copied()?;
        let roots = self.roots.get(at).copied()?;
        let fits = policy.state == state && roots.shape == Shape::Ordered;
        fits.then_some((policy, roots))
    }

    /// How a policy stands to these others, which are ascending.
    fn relation(&mut self, at: usize, others: &[usize]) -> Relation {
        let roots = self.roots.get(at);
        Relation {
            is_unreachable: roots.is_some_and(|roots| roots.possible == NodeId::FALSE),
            absorbed_by: self.absorbed_by(at, others),
            twin: self.twin(at, others),
            contradicts: self.contradicts(at, others),
        }
    }

    /// The first enabled policy that makes this enabled one superfluous.
    fn absorbed_by(&mut self, at: usize, others: &[usize]) -> Option<usize> {
        let (policy, roots) = self.subject(at, State::Enabled)?;
        if roots.possible == NodeId::FALSE || !is_whole(policy) {
            return None;
        }
        let mut witnesses = None;
        others.iter().copied().find(|place| {
            let Some((other, others)) = self.subject(*place, State::Enabled) else {
                return false;
            };
            if *place == at || !self.comparison.does_as_much(at, *place) {
                return false;
            }
            // One sign-in refutes nearly all others, and costs little.
            let walk = &self.walk;
            let (certain, possible) = witnesses
                .get_or_insert_with(|| (walk.witness(roots.certain), walk.witness(roots.possible)));
            walk.holds(others.possible, possible)
                && (roots.certain == NodeId::FALSE || walk.holds(others.certain, certain))
                && is_same_action(policy, other)
                // Of two that are alike, the later one goes.
                && (*place < at || others != roots || !self.comparison.does_as_much(*place, at))
                && self.implies(roots.possible, others.possible)
                && self.implies(roots.certain, others.certain)
        })
    }

    /// The first enabled policy that is the same as this report-only one.
    fn twin(&mut self, at: usize, others: &[usize]) -> Option<usize> {
        let (policy, roots) = self.subject(at, State::ReportOnly)?;
        if !is_whole(policy) {
            return None;
        }
        others.iter().copied().find(|place| {
            let other = self.subject(*place, State::Enabled);
            other.is_some_and(|(other, others)| {
                (others.certain, others.possible) == (roots.certain, roots.possible)
                    && does_the_same(policy, other)
            })
        })
    }

    /// The first enabled policy before this enabled one that meets it and sets what it forbids.
    fn contradicts(&mut self, at: usize, others: &[usize]) -> Option<usize> {
        let (policy, roots) = self.subject(at, State::Enabled)?;
        let earlier = others.iter().copied().take_while(|place| *place < at);
        earlier.into_iter().find(|place| {
            let Some((other, others)) = self.subject(*place, State::Enabled) else {
                return false;
            };
            let sessions = (&policy.outcome.session, &other.outcome.session);
            if contradiction(sessions.0, sessions.1).is_none() {
                return false;
            }
            let meet = self.walk.meet(roots.certain, others.certain);
            self.is_cut_short |= meet.is_none();
            meet == Some(true)
        })
    }

    fn implies(&mut self, first: NodeId, second: NodeId) -> bool {
        let answer = self.walk.implies(first, second);
        self.is_cut_short |= answer.is_none();
        answer == Some(true)
    }
}
