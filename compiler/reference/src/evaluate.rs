//! Whether a policy applies, and why not.
//!
//! SEMANTICS: §2.2, §4.1, §8

use gatewright_hir::model::{Policy, PolicySet};
use gatewright_value::vocabulary::{Reason, State};

use crate::Mode;
use crate::conditions;
use crate::facts::Facts;
use crate::logic::{self, Kleene};

/// Whether a policy applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicability {
    /// Whether it does.
    pub applies: bool,
    /// The primary reason; `None` where the policy applies.
    pub primary: Option<Reason>,
    /// All reasons, in order.
    pub all: Vec<Reason>,
}

impl Applicability {
    /// How the primary reason is written.
    #[must_use]
    pub fn primary_name(&self) -> &'static str {
        match self.primary {
            None => "notSet",
            Some(reason) => reason.name(),
        }
    }

    /// How all reasons are written.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.all.iter().map(|reason| reason.name()).collect()
    }
}

/// Whether this policy applies to a request.
pub(crate) fn policy(set: &PolicySet, policy: &Policy, facts: &Facts, mode: Mode) -> Applicability {
    if policy.state == State::Disabled {
        let reason = Reason::PolicyNotEnabled;
        return Applicability {
            applies: false,
            primary: Some(reason),
            all: vec![reason],
        };
    }
    let conditions = conditions::of_policy(set, policy, facts);
    let verdict = logic::all(conditions.iter().map(|(_, holds)| *holds));
    let applies = match mode {
        Mode::Graph => verdict == Kleene::True,
        Mode::Pessimistic => verdict != Kleene::False,
    };
    let mut all = Vec::new();
    for (reason, holds) in &conditions {
        if *holds == Kleene::False {
            all.push(*reason);
        }
    }
    if conditions
        .iter()
        .any(|(_, holds)| *holds == Kleene::Unknown)
    {
        all.push(Reason::NotEnoughInformation);
    }
    let primary = if applies { None } else { all.first().copied() };
    Applicability {
        applies,
        primary,
        all,
    }
}
