//! Who signs in, with the custom security attributes of a workload identity or an agent identity:
//! one record where the sign-in is such an identity's, none else.
//!
//! SEMANTICS: §16.2

use std::collections::BTreeSet;

use super::questions::{FALSE, UNKNOWN};
use super::records::{RecordSpace, json};
use super::text::TextGroup;
use super::{Literal, Solved};
use crate::facts::Fact;
use gatewright_hir::schema::AttributeId;

/// Who signs in, and the attributes of workload and agent identities.
pub(super) struct IdentityGroup<'s> {
    pub(super) identity: TextGroup<'s>,
    pub(super) holders: Vec<Holder>,
}

/// An attribute that holds the one record of an identity.
pub(super) struct Holder {
    pub(super) attribute: AttributeId,
    /// The identity that has it, folded.
    pub(super) of: &'static str,
    pub(super) space: RecordSpace,
    pub(super) variables: BTreeSet<u32>,
}

/// Who signs in, the most usual first.
const IDENTITIES: [&str; 4] = ["user", "serviceprincipal", "agentidentity", "agentuser"];

impl IdentityGroup<'_> {
    /// Values that are in these classes.
    pub(super) fn solve(&mut self, literals: &[Literal]) -> Solved<Vec<(AttributeId, Fact)>> {
        let is_of_holder = |variable: u32| {
            let mut holders = self.holders.iter();
            holders.any(|holder| holder.variables.contains(&variable))
        };
        let own: Vec<Literal> = literals
            .iter()
            .copied()
            .filter(|(variable, _)| !is_of_holder(*variable))
            .collect();
        let mut exhausted = None;
        if !own.is_empty() && self.identity.is_unknown(&own) {
            let facts = [(self.identity.attribute, Fact::Unknown)];
            let holders = self.holders.iter().map(|holder| {
                let said = holder.own(literals);
                said.iter()
                    .all(|(_, class)| *class == UNKNOWN)
                    .then_some((holder.attribute, Fact::Unknown))
            });
            let holders: Option<Vec<(AttributeId, Fact)>> = holders.collect();
            return holders.map_or(Solved::None, |holders| {
                Solved::One(facts.into_iter().chain(holders).collect())
            });
        }
        for who in IDENTITIES {
            if !self.identity.admits(&own, who) {
                continue;
            }
            let text = Fact::Text(who.to_owned());
            let mut facts = vec![(self.identity.attribute, text)];
            let mut is_found = true;
            for holder in &mut self.holders {
                match holder.solve(literals, who) {
                    Solved::One(fact) => facts.push((holder.attribute, fact)),
                    Solved::None => is_found = false,
                    Solved::Exhausted(what) => {
                        exhausted = Some(what);
                        is_found = false;
                    }
                }
            }
            if is_found {
                return Solved::One(facts);
            }
        }
        exhausted.map_or(Solved::None, Solved::Exhausted)
    }
}

impl Holder {
    fn own(&self, literals: &[Literal]) -> Vec<Literal> {
        let own = literals
            .iter()
            .filter(|(variable, _)| self.variables.contains(variable));
        own.copied().collect()
    }

    /// The records where this is who signs in.
    fn solve(&mut self, literals: &[Literal], who: &str) -> Solved<Fact> {
        let own = self.own(literals);
        if !own.is_empty() && own.iter().all(|(_, class)| *class == UNKNOWN) {
            return Solved::One(Fact::Unknown);
        }
        if who != self.of {
            let is_empty = own.iter().all(|(_, class)| *class == FALSE);
            return if is_empty {
                Solved::One(Fact::Records(Vec::new()))
            } else {
                Solved::None
            };
        }
        let record = self.space.one(&own);
        record.map(|record| Fact::Records(vec![json(&record)]))
    }
}
