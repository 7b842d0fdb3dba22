//! Device compliance: what `device.isCompliant` is where a request brings what device management
//! knows of the device, and what a report says about it (`docs/semantics.md`, "Device compliance").
//!
//! The state is derived before policies are evaluated, from classes that no policy has a say in, so
//! that there is no cycle. Knowing less never makes it more certain, on which explanations rely.

use gatewright_bytecode::{CompliancePolicy, Program};
use gatewright_value::{Truth, key_number};
use gatewright_vm::{Fact, Facts, Rail};
use serde::Serialize;

use crate::engine::Engine;
use crate::evaluate::{CompliancePart, Evaluate};
use crate::explain::truth_name;
use crate::request::Request;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What device management knows of a device besides its platform and settings, which are facts.
/// Instants are milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceManagement {
    /// Since when the device fails what is required.
    pub noncompliant_since: Option<i64>,
    /// When it reported last.
    pub last_check_in: Option<i64>,
}

/// What device management says of a device, or one of its policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ComplianceState {
    /// All requirements hold.
    Compliant,
    /// Some requirement does not hold, and the time to repair that is not over.
    InGracePeriod,
    /// Some requirement does not hold.
    Noncompliant,
    /// A missing fact decides.
    Unknown,
    /// The policy is not assigned.
    NotApplicable,
}

impl ComplianceState {
    /// What it makes of `device.isCompliant`.
    pub(crate) fn truth(self) -> Truth {
        match self {
            ComplianceState::Noncompliant => Truth::False,
            ComplianceState::Unknown => Truth::Unknown,
            _ => Truth::True,
        }
    }
}

/// How device compliance came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComplianceReport {
    /// Of the device.
    pub state: ComplianceState,
    /// Every compliance policy in order.
    pub policies: Vec<CompliancePolicyReport>,
}

/// What one compliance policy came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompliancePolicyReport {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// What it says of the device.
    pub state: ComplianceState,
}

/// A requirement that keeps a device from being compliant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequirementReport {
    /// The compliance policy, by id.
    pub policy: String,
    /// `false` or `unknown`.
    pub outcome: &'static str,
    /// The file that it is written in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// The derivation of one request's device compliance.
pub(crate) struct Derivation<'a> {
    program: &'a Program,
    evaluator: &'a dyn Evaluate,
    classes: &'a [u32],
    management: DeviceManagement,
    /// The time of the sign-in; unknown, or known to be this or none.
    now: Option<Option<i64>>,
}

impl<'a> Derivation<'a> {
    /// The derivation, where the request and the program have what it takes.
    pub(crate) fn new(
        engine: &'a Engine,
        evaluator: &'a dyn Evaluate,
        request: &Request<'_>,
        classes: &'a [u32],
    ) -> Option<Derivation<'a>> {
        let program = engine.program();
        let (management, _) = request.management.zip(program.compliance.as_ref())?;
        Some(Derivation {
            program,
            evaluator,
            classes,
            management,
            now: now(engine, request.facts()),
        })
    }

    /// The state of the device.
    pub(crate) fn state(&self) -> ComplianceState {
        use ComplianceState as S;
        let Some(compliance) = &self.program.compliance else {
            return S::Unknown;
        };
        let stale_after = i64::from(compliance.check_in_days) * DAY;
        let is_stale =
            self.has_passed(self.management.last_check_in, |passed| passed > stale_after);
        let (mut is_assigned, mut failing) = (Truth::False, is_stale);
        let mut is_in_grace = false;
        for (number, policy) in compliance.policies.iter().enumerate() {
            let assigned = self.holds(number, CompliancePart::Assigned);
            let met = self.holds(number, CompliancePart::Met);
            is_assigned = is_assigned.or(assigned);
            let state = self.state_of(policy, assigned, met);
            is_in_grace |= state == S::InGracePeriod;
            let found = match state {
                S::Noncompliant => Truth::True,
                // Assigned or not, it finds nothing wrong.
                S::Unknown if met == Truth::True => Truth::False,
                S::Unknown => Truth::Unknown,
                _ => Truth::False,
            };
            failing = failing.or(found);
        }
        let is_unassigned_a_failure = Truth::from(compliance.is_secure_by_default);
        match failing.or((!is_assigned).and(is_unassigned_a_failure)) {
            Truth::True => S::Noncompliant,
            Truth::Unknown => S::Unknown,
            Truth::False if is_in_grace => S::InGracePeriod,
            Truth::False => S::Compliant,
        }
    }

    /// The derivation in full.
    pub(crate) fn report(&self) -> ComplianceReport {
        let policies = self.program.compliance_policies().iter().enumerate();
        let report = |(number, policy): (usize, &CompliancePolicy)| CompliancePolicyReport {
            id: policy.id.clone(),
            display_name: policy.display_name.clone(),
            state: self.policy_state(number, policy),
        };
        ComplianceReport {
            state: self.state(),
            policies: policies.map(report).collect(),
        }
    }

    /// The requirements of assigned policies that do not certainly hold.
    pub(crate) fn failures(&self) -> Vec<RequirementReport> {
        let mut found = Vec::new();
        for (number, policy) in self.program.compliance_policies().iter().enumerate() {
            if self.holds(number, CompliancePart::Assigned) == Truth::False {
                continue;
            }
            for (at, requirement) in policy.requirements.iter().enumerate() {
                let truth = self.holds(number, CompliancePart::Requirement(at));
                if truth == Truth::True {
                    continue;
                }
                let place = requirement.place;
                found.push(RequirementReport {
                    policy: policy.id.clone(),
                    outcome: truth_name(truth),
                    file: self.program.files.get(place.file as usize).cloned(),
                    line: place.line,
                    column: place.column,
                });
            }
        }
        found
    }

    fn policy_state(&self, number: usize, policy: &CompliancePolicy) -> ComplianceState {
        let assigned = self.holds(number, CompliancePart::Assigned);
        let met = self.holds(number, CompliancePart::Met);
        self.state_of(policy, assigned, met)
    }

    fn state_of(&self, policy: &CompliancePolicy, assigned: Truth, met: Truth) -> ComplianceState {
        use ComplianceState as S;
        match (assigned, met) {
            (Truth::False, _) => S::NotApplicable,
            (Truth::Unknown, _) | (Truth::True, Truth::Unknown) => S::Unknown,
            (Truth::True, Truth::True) => S::Compliant,
            (Truth::True, Truth::False) => {
                let grace = i64::from(policy.grace_hours) * HOUR;
                let since = self.management.noncompliant_since;
                let is_over = match grace {
                    0 => Truth::True,
                    _ => self.has_passed(since, |passed| passed >= grace),
                };
                match is_over {
                    Truth::True => S::Noncompliant,
                    Truth::Unknown => S::Unknown,
                    Truth::False => S::InGracePeriod,
                }
            }
        }
    }

    /// Whether the time since an instant is long enough; it is not where either end is missing.
    fn has_passed(&self, since: Option<i64>, is_long: impl Fn(i64) -> bool) -> Truth {
        match (since, self.now) {
            (None, _) | (Some(_), Some(None)) => Truth::False,
            (Some(_), None) => Truth::Unknown,
            (Some(since), Some(Some(now))) => Truth::from(is_long(now.saturating_sub(since))),
        }
    }

    fn holds(&self, number: usize, part: CompliancePart) -> Truth {
        let is = |rail| self.evaluator.compliance(number, part, rail, self.classes);
        match (is(Rail::Certain), is(Rail::Possible)) {
            (true, _) => Truth::True,
            (false, true) => Truth::Unknown,
            (false, false) => Truth::False,
        }
    }
}

fn now(engine: &Engine, facts: &Facts<'_>) -> Option<Option<i64>> {
    let slot = engine.plan().now?;
    match facts.get(slot) {
        Fact::Ordered(key) => Some(Some(key_number(*key))),
        Fact::Null => Some(None),
        _ => None,
    }
}
