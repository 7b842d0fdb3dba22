//! How the active policies of a set stand to each other.

use gatewright_decision::{Decisions, NodeId, PolicyRoots, Shape, build};
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_value::vocabulary::State;

use crate::overlap::Walk;
use crate::redundant::{LIMITS, contradiction, is_same_action, is_whole, part};
use crate::strength::{Comparison, does_the_same};

/// LIMIT: pairs of nodes that all questions of a set may look at.
const PAIRS_MAX: usize = 1_000_000;

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

/// What is known of active policies, where they are as they were.
pub(crate) struct Known {
    pub(crate) relations: Vec<Option<Relation>>,
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

/// The relations of all active policies, and whether the budget lasted.
pub(crate) fn all(set: &PolicySet, active: &[&Policy]) -> (Vec<Relation>, bool) {
    let decisions = build(&part(set, active.iter().copied()), &LIMITS);
    let roots = decisions.policies.iter().map(Some).collect();
    let mut search = Search::new(set, active, roots, &decisions);
    let everybody: Vec<usize> = (0..active.len()).collect();
    let relations = everybody.iter().map(|at| search.relation(*at, &everybody));
    let relations = relations.collect();
    (
        relations,
        !search.is_cut_short && !search.walk.is_exhausted(),
    )
}

/// The relations where some are known: only pairs with a policy that has changed are looked at.
/// `None` where the budget did not last.
pub(crate) fn again(set: &PolicySet, active: &[&Policy], known: &Known) -> Option<Vec<Relation>> {
    let is_changed = |at: &usize| known.relations.get(*at).is_some_and(Option::is_none);
    let everybody: Vec<usize> = (0..active.len()).collect();
    let changed: Vec<usize> = everybody.iter().copied().filter(is_changed).collect();
    let mut comparison = Comparison::new(active.iter().copied(), &set.strengths);
    let mut concerns = |at: usize, changed: usize| {
        let of = |place: usize| active.get(place).copied();
        let Some((one, other)) = of(at).zip(of(changed)) else {
            return false;
        };
        at == changed
            || comparison.does_as_much(at, changed)
            || comparison.does_as_much(changed, at)
            || contradiction(&one.outcome.session, &other.outcome.session).is_some()
    };
    let mut is_concerned = |at: &usize| changed.iter().any(|changed| concerns(*at, *changed));
    let concerned: Vec<usize> = everybody
        .iter()
        .copied()
        .filter(|at| is_concerned(at))
        .collect();
    let policies = concerned.iter().filter_map(|at| active.get(*at).copied());
    let decisions = build(&part(set, policies), &LIMITS);
    let mut roots = vec![None; active.len()];
    for (at, found) in concerned.iter().zip(&decisions.policies) {
        if let Some(slot) = roots.get_mut(*at) {
            *slot = Some(found);
        }
    }
    let mut search = Search::new(set, active, roots, &decisions);
    let mut relations = Vec::with_capacity(active.len());
    for (at, known) in known.relations.iter().enumerate() {
        relations.push(match known {
            None => search.relation(at, &concerned),
            Some(known) => known.or_earlier(search.relation(at, &changed)),
        });
    }
    (!search.is_cut_short && !search.walk.is_exhausted()).then_some(relations)
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
    /// By active policy, where they were built.
    roots: Vec<Option<&'s PolicyRoots>>,
    comparison: Comparison<'s>,
    walk: Walk<'s>,
    /// Whether a question was not answered.
    is_cut_short: bool,
}

/// A policy with its ordered diagrams.
type Subject<'s> = (&'s Policy, gatewright_decision::Roots);

impl<'s> Search<'s> {
    fn new(
        set: &'s PolicySet,
        active: &'s [&'s Policy],
        roots: Vec<Option<&'s PolicyRoots>>,
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

    /// The policy at a place, if it is in this state and its diagrams can be walked.
    fn subject(&self, at: usize, state: State) -> Option<Subject<'s>> {
        let policy = self.active.get(at).copied()?;
        let roots = self.roots.get(at).copied().flatten()?.roots;
        let fits = policy.state == state && roots.shape == Shape::Ordered;
        fits.then_some((policy, roots))
    }

    /// How a policy stands to these others, which are ascending.
    fn relation(&mut self, at: usize, others: &[usize]) -> Relation {
        let roots = self.roots.get(at).copied().flatten();
        Relation {
            is_unreachable: roots.is_some_and(|roots| roots.roots.possible == NodeId::FALSE),
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
        others.iter().copied().find(|place| {
            let Some((other, others)) = self.subject(*place, State::Enabled) else {
                return false;
            };
            *place != at
                && self.comparison.does_as_much(at, *place)
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
