//! Several policy sets over one space, for questions about all sign-ins.
//!
//! What two editions of a set say can be compared only where both are about the same variables. The
//! sets keep what is their own: a location or a resource group of one name may mean one thing here
//! and another there.

use gatewright_hir::model::PolicySet;

use crate::build::{Decisions, Stated, Statements, state_in};
use crate::context::Context;
use crate::existence::anchors;
use crate::limits::Limits;
use crate::space::Space;

/// What several sets say, without diagrams.
#[derive(Clone, Debug)]
pub struct Joint {
    /// The variables of all of them, and those that [`existence`](crate::existence()) speaks of.
    pub space: Space,
    /// The conditions of every policy, sets one after the other.
    pub policies: Vec<Vec<Stated>>,
    /// Of every compliance policy whether it is assigned, then its requirements; sets one after the
    /// other.
    pub compliance: Vec<Vec<Stated>>,
    /// Where the policies of each set start in `policies`.
    pub starts: Vec<usize>,
    /// Where the compliance policies of each set start in `compliance`.
    pub compliance_starts: Vec<usize>,
}

/// The formulas of these sets, which must have one schema. Cost: near-linear in the policies.
#[must_use]
pub fn join(sets: &[&PolicySet]) -> Joint {
    let contexts: Vec<Context<'_>> = sets.iter().map(|set| Context::new(set)).collect();
    let anchors = contexts.first().map(anchors).unwrap_or_default();
    let Statements {
        space,
        policies,
        compliance,
    } = state_in(&contexts, &anchors);
    let starts = |count: fn(&PolicySet) -> usize| {
        let counts = sets.iter().scan(0, |start, set| {
            let here = *start;
            *start += count(set);
            Some(here)
        });
        counts.collect()
    };
    Joint {
        space,
        policies,
        compliance,
        starts: starts(|set| set.policies.len()),
        compliance_starts: starts(|set| set.compliance.policies.len()),
    }
}

impl Joint {
    /// The diagrams of all of it. Cost: that of [`build`](crate::build()) without the formulas.
    #[must_use]
    pub fn diagrams(&self, limits: &Limits) -> Decisions {
        let statements = Statements {
            space: self.space.clone(),
            policies: self.policies.clone(),
            compliance: self.compliance.clone(),
        };
        statements.into_decisions(limits)
    }
}
