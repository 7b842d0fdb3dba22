//! The clauses that are written for a policy, by their heads.
//!
//! A scope's clauses hold for every policy in it. A dimension is set at one level only; `except`
//! adds up, and so do `when` and `unless`.

use std::hash::Hash;

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Clause, ClauseBody, Head, Name, Phrase, Term};
use indexmap::IndexSet;

use super::Level;
use crate::problems::clauses as problem;

/// Heads of a Conditional Access policy, beside [`LISTS`].
const ENTRA_HEADS: &[Head] = &[
    Head::State,
    Head::Devices,
    Head::When,
    Head::Unless,
    Head::Block,
    Head::Require,
    Head::Session,
    Head::Graph,
];

/// Heads of a policy under a schema of one's own.
const OWN_HEADS: &[Head] = &[
    Head::State,
    Head::When,
    Head::Unless,
    Head::Then,
    Head::Require,
];

/// Heads whose clauses of several levels are put together, not refused.
const ADDING_UP: &[Head] = &[Head::When, Head::Unless];

/// Heads of conditions that are lists.
pub(crate) const LISTS: &[Head] = &[
    Head::Users,
    Head::Guests,
    Head::Workloads,
    Head::Agents,
    Head::Apps,
    Head::Actions,
    Head::Contexts,
    Head::Clients,
    Head::Platforms,
    Head::Locations,
    Head::UserRisk,
    Head::SignInRisk,
    Head::InsiderRisk,
    Head::WorkloadRisk,
    Head::AgentRisk,
    Head::Flows,
];

/// Every clause with its head, outermost level first.
pub(super) struct Written<'a> {
    clauses: Vec<&'a Clause>,
    /// Heads of clauses that a comma put into the clause before.
    swallowed: Vec<Head>,
}

/// The phrases of a clause, those of several levels put together.
pub(super) struct Parts<'a> {
    pub(super) include: Vec<&'a Phrase>,
    pub(super) exclude: Vec<&'a Phrase>,
    pub(super) span: Span,
    /// Whether `except` is written anywhere, and where.
    pub(super) except: Option<Span>,
}

impl<'a> Parts<'a> {
    /// Every phrase, with whether it includes.
    pub(super) fn sides(&self) -> impl Iterator<Item = (&'a Phrase, bool)> {
        let include = self.include.iter().map(|phrase| (*phrase, true));
        include.chain(self.exclude.iter().map(|phrase| (*phrase, false)))
    }
}

impl<'a> Written<'a> {
    /// Collect the clauses, and report those that cannot stand together.
    pub(super) fn gather(
        is_entra: bool,
        levels: &[Level<'a>],
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let belongs = |head: &Head| match is_entra {
            true => ENTRA_HEADS.contains(head) || LISTS.contains(head),
            false => OWN_HEADS.contains(head),
        };
        let mut clauses: Vec<&'a Clause> = Vec::new();
        let mut swallowed = Vec::new();
        for level in levels {
            let outer = clauses.len();
            for clause in level.clauses {
                if !belongs(&clause.head) {
                    problems.push(problem::foreign_clause(clause, is_entra));
                    continue;
                }
                let (of_scopes, of_level) = clauses.split_at_checked(outer).unwrap_or_default();
                // `apps [A]` and `apps where …` add up.
                let is_same =
                    |c: &&&Clause| c.head == clause.head && is_filter(c) == is_filter(clause);
                if let Some(first) = of_level.iter().find(is_same) {
                    problems.push(problem::duplicate_clause(clause, first.head_span));
                    continue;
                }
                let set = of_scopes.iter().find(|c| c.head == clause.head);
                if let Some(scope) = set
                    && !ADDING_UP.contains(&clause.head)
                    && !adds_only_exceptions(clause)
                {
                    let place = (scope.head_span, level.keyword);
                    problems.push(problem::set_by_scope(clause, place.0));
                    continue;
                }
                if let ClauseBody::Phrases { include, except } = &clause.body {
                    let mut first = except
                        .iter()
                        .filter_map(|(at, list)| Some((*at, list.first()?)));
                    let first = first.next_back();
                    let excepted = except.iter().flat_map(|(_, phrases)| phrases);
                    for phrase in include.iter().chain(excepted) {
                        let Some((word, head)) = stray_head(clause, phrase) else {
                            continue;
                        };
                        let bare = first.filter(|(_, first)| std::ptr::eq(*first, phrase));
                        problems.push(match bare {
                            Some((except, _)) => problem::nothing_excepted(except, word),
                            None => problem::comma_before(word, head),
                        });
                        swallowed.push(head);
                    }
                }
                clauses.push(clause);
            }
        }
        Written { clauses, swallowed }
    }

    pub(super) fn has(&self, head: Head) -> bool {
        self.clauses.iter().any(|clause| clause.head == head)
    }

    /// Whether none of these heads is written, not even in a wrong place.
    pub(super) fn lacks(&self, heads: &[Head]) -> bool {
        !heads
            .iter()
            .any(|head| self.has(*head) || self.swallowed.contains(head))
    }

    /// Where the head is written first.
    pub(super) fn head_span(&self, head: Head) -> Span {
        self.only(head)
            .map_or_else(Span::default, |clause| clause.head_span)
    }

    /// The outermost clause of a head.
    pub(super) fn only(&self, head: Head) -> Option<&'a Clause> {
        self.clauses
            .iter()
            .copied()
            .find(|clause| clause.head == head)
    }

    /// The clauses of a head, outermost first.
    pub(super) fn all(&self, head: Head) -> Vec<&'a Clause> {
        self.clauses
            .iter()
            .copied()
            .filter(|clause| clause.head == head)
            .collect()
    }

    /// The list of a head where all that it includes is empty lists.
    pub(super) fn empty_list(&self, head: Head) -> Option<Span> {
        if self.all(head).into_iter().any(is_filter) {
            return None;
        }
        let parts = self.phrases(head)?;
        let lists = parts.include.iter().map(|phrase| {
            phrase.terms.iter().find_map(|term| match term {
                Term::List { items, span } if items.is_empty() => Some(*span),
                _ => None,
            })
        });
        lists.collect::<Option<Vec<Span>>>()?.first().copied()
    }

    /// The phrases of a head; `None` where there is no such clause or it could not be read.
    pub(super) fn phrases(&self, head: Head) -> Option<Parts<'a>> {
        let mut found: Option<Parts<'a>> = None;
        for clause in self.all(head) {
            let (include, except): (&[Phrase], _) = match &clause.body {
                ClauseBody::Phrases { include, except } => (include, except.as_ref()),
                ClauseBody::Filter { .. } => (&[], None),
                _ => continue,
            };
            let parts = found.get_or_insert_with(|| Parts {
                include: Vec::new(),
                exclude: Vec::new(),
                span: clause.span,
                except: None,
            });
            let is_own = |phrase: &&Phrase| stray_head(clause, phrase).is_none();
            parts.include.extend(include.iter().filter(is_own));
            if let Some((span, phrases)) = except {
                parts.except = parts.except.or(Some(*span));
                parts.exclude.extend(phrases.iter().filter(is_own));
            }
        }
        found
    }
}

/// The word of a phrase that starts a clause of its own, after a comma too many.
fn stray_head<'c>(clause: &Clause, phrase: &'c Phrase) -> Option<(&'c Name, Head)> {
    let word = phrase.terms.first()?.as_word()?;
    let head = Head::ALL
        .iter()
        .copied()
        .find(|head| head.word() == word.text)?;
    let is_kind = matches!(head, Head::Users | Head::Guests | Head::Agents);
    (!is_kind && head != clause.head && phrase.terms.len() > 1).then_some((word, head))
}

/// Whether the clause is a filter beside which names may stand: `apps where …`.
fn is_filter(clause: &Clause) -> bool {
    clause.head != Head::Devices && matches!(clause.body, ClauseBody::Filter { .. })
}

fn adds_only_exceptions(clause: &Clause) -> bool {
    match &clause.body {
        ClauseBody::Phrases { include, except } => include.is_empty() && except.is_some(),
        ClauseBody::Filter { is_exclude, .. } => *is_exclude && is_filter(clause),
        _ => false,
    }
}

/// The elements in their order, repeated ones once.
pub(super) fn distinct<T: Eq + Hash>(elements: Vec<T>) -> Vec<T> {
    let distinct: IndexSet<T> = elements.into_iter().collect();
    distinct.into_iter().collect()
}
