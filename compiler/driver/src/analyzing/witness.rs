//! What the reference evaluator says of the sign-ins that show something.

use std::cell::RefCell;

use gatewright_analysis::confirm::{Judge, Mode, RequestError};
use gatewright_analysis::demand::Demand;
use gatewright_analysis::diff::Witness;
use gatewright_analysis::request::{Proofs, claim, request};
use gatewright_analysis::words::sentence;
use gatewright_hir::model::{Policy, PolicySet};
use gatewright_value::vocabulary::State;
use serde_json::Value;

use super::ToldWitness;

/// Tells sign-ins and has them confirmed.
pub(super) struct Court<'a> {
    set: &'a PolicySet,
    judge: Judge<'a>,
    counts_report_only: bool,
    disagreements: RefCell<Vec<String>>,
}

impl<'a> Court<'a> {
    pub(super) fn new(set: &'a PolicySet, counts_report_only: bool) -> Court<'a> {
        Court {
            set,
            judge: Judge::new(set, counts_report_only),
            counts_report_only,
            disagreements: RefCell::default(),
        }
    }

    /// What was not confirmed so far.
    pub(super) fn disagreements(&self) -> Vec<String> {
        self.disagreements.borrow().clone()
    }

    /// A sign-in that is to get a token without any proof; under a schema of one's own, nothing is
    /// claimed of it.
    pub(super) fn admitted(&self, what: &str, witness: &Witness) -> ToldWitness {
        self.told(what, witness, |at| self.judge.admits(at, Mode::Graph))
    }

    /// A sign-in of which something is not demanded.
    pub(super) fn lacks(&self, what: &str, witness: &Witness, demand: &Demand) -> ToldWitness {
        self.told(what, witness, |at| Ok(!self.judge.meets(demand, at)?))
    }

    /// A sign-in that somebody who can prove everything cannot use.
    pub(super) fn blocked(&self, what: &str, witness: &Witness) -> ToldWitness {
        self.told(what, witness, |at| {
            self.judge.demands(&[], at, Mode::Pessimistic)
        })
    }

    /// A sign-in that somebody who can prove everything can use.
    pub(super) fn not_blocked(&self, what: &str, witness: &Witness) -> ToldWitness {
        self.told(what, witness, |at| {
            Ok(!self.judge.demands(&[], at, Mode::Graph)?)
        })
    }

    /// A sign-in at which these policies apply; with `is_blocked`, and which nobody can use.
    pub(super) fn applying(
        &self,
        what: &str,
        witness: &Witness,
        policies: &[usize],
        is_blocked: bool,
    ) -> ToldWitness {
        self.told(what, witness, |at| {
            for place in policies {
                let policy = self.set.policies.get(*place);
                if !policy.map_or(Ok(false), |policy| self.judge.is_in_scope(policy, at))? {
                    return Ok(false);
                }
            }
            Ok(!is_blocked || self.judge.demands(&[], at, Mode::Graph)?)
        })
    }

    /// A sign-in of which something is demanded, and would not be without these policies.
    pub(super) fn needs(
        &self,
        what: &str,
        witness: &Witness,
        demand: &Demand,
        without: &[usize],
    ) -> ToldWitness {
        let kept = self.set.policies.iter().enumerate();
        // Disabled in place, so that what the set says of everything else stays.
        let policies = kept.map(|(place, policy)| match without.contains(&place) {
            true => Policy {
                state: State::Disabled,
                ..policy.clone()
            },
            false => policy.clone(),
        });
        let rest = self.set.with_policies(policies.collect());
        let rest = Judge::new(&rest, self.counts_report_only);
        self.told(what, witness, |at| {
            Ok(self.judge.meets(demand, at)? && !rest.meets(demand, at)?)
        })
    }

    fn told(
        &self,
        what: &str,
        witness: &Witness,
        confirms: impl FnOnce(&Value) -> Result<bool, RequestError>,
    ) -> ToldWitness {
        let proofs = Proofs::default();
        let mut request = request(self.set, &witness.facts, &proofs);
        if self.set.schema.is_entra {
            claim(&mut request, &proofs);
        }
        let is_confirmed = confirms(&request).unwrap_or(false);
        if !is_confirmed {
            let told = format!("the reference evaluator does not confirm {what}: {request}");
            self.disagreements.borrow_mut().push(told);
        }
        ToldWitness {
            sentence: sentence(self.set, &witness.facts, &proofs),
            request,
            is_confirmed,
        }
    }
}
