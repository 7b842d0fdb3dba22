//! From policies that apply to a verdict.
//!
//! SEMANTICS: §10, §12

use std::collections::BTreeMap;

use gatewright_hir::model::{Control, Policy, PolicySet, Target};
use gatewright_value::vocabulary::{BuiltInControl, State, UserAction};
use serde_json::{Value, json};

use crate::evaluate::{self, Applicability};
use crate::facts::fold;
use crate::logic::Kleene;
use crate::request::Request;
use crate::{Mode, claims, session};

/// The decision of a request under Entra's schema.
pub(crate) fn decide(set: &PolicySet, request: &Request, mode: Mode) -> Value {
    let mut evaluated: Vec<(&Policy, Applicability)> = Vec::new();
    for policy in &set.policies {
        evaluated.push((policy, evaluate::policy(set, policy, &request.facts, mode)));
    }
    let applying: Vec<&Policy> = evaluated
        .iter()
        .filter(|(_, how)| how.applies)
        .map(|(policy, _)| *policy)
        .collect();
    let is_enforced = |policy: &&Policy| policy.state == State::Enabled;
    let enforced = View {
        set,
        request,
        policies: applying.iter().copied().filter(is_enforced).collect(),
    };
    let together = View {
        set,
        request,
        policies: applying,
    };

    let mut policies = Vec::new();
    for (policy, how) in &evaluated {
        if request.applied_policies_only && !how.applies {
            continue;
        }
        policies.push(json!({
            "id": policy.id,
            "displayName": policy.display_name,
            "state": policy.state.name(),
            "policyApplies": how.applies,
            "result": result(policy, how, &enforced, &together),
            "analysisReasons": how.primary_name(),
            "allReasons": how.names(),
        }));
    }
    let sessions: Vec<_> = enforced
        .policies
        .iter()
        .map(|policy| &policy.outcome.session)
        .collect();
    let mut decision = json!({
        "verdict": enforced.verdict(),
        "missing": enforced.missing(),
        "session": session::merge(&sessions),
        "policies": policies,
        "reportOnly": { "verdict": together.verdict(), "missing": together.missing() },
        "edition": set.edition.to_string(),
        "mode": mode.name(),
    });
    // SEMANTICS: §19.6
    if let (Some(members), Some(compliance)) = (decision.as_object_mut(), &request.compliance) {
        members.insert("compliance".to_owned(), compliance.clone());
    }
    decision
}

/// SEMANTICS: §10.4
fn result(
    policy: &Policy,
    how: &Applicability,
    enforced: &View<'_>,
    together: &View<'_>,
) -> &'static str {
    match policy.state {
        State::Disabled => "notEnabled",
        State::Enabled if !how.applies => "notApplied",
        State::Enabled => {
            let is_met = !policy.outcome.is_block && enforced.unmet(policy).is_empty();
            if is_met { "success" } else { "failure" }
        }
        State::ReportOnly if !how.applies => "reportOnlyNotApplied",
        State::ReportOnly if policy.outcome.is_block => "reportOnlyFailure",
        State::ReportOnly => {
            let unmet = together.unmet(policy);
            if unmet.is_empty() {
                "reportOnlySuccess"
            } else if unmet.iter().all(|clause| together.can_be_met(clause)) {
                "reportOnlyInterrupted"
            } else {
                "reportOnlyFailure"
            }
        }
    }
}

/// Policies that apply and are taken together: the enforced ones, or these and report-only ones.
struct View<'a> {
    set: &'a PolicySet,
    request: &'a Request,
    policies: Vec<&'a Policy>,
}

/// Alternatives of which one is needed.
type Clause<'a> = Vec<&'a Control>;

impl<'a> View<'a> {
    /// SEMANTICS: §10.2
    fn verdict(&self) -> &'static str {
        if self.policies.iter().any(|policy| policy.outcome.is_block) {
            return "block";
        }
        if self.policies.is_empty() {
            return "notApplicable";
        }
        let unmet = self.all_unmet();
        if unmet.is_empty() {
            "grant"
        } else if unmet.iter().all(|clause| self.can_be_met(clause)) {
            "interrupt"
        } else {
            "deny"
        }
    }

    /// SEMANTICS: §10.3
    fn missing(&self) -> Vec<Vec<String>> {
        if self.policies.iter().any(|policy| policy.outcome.is_block) {
            return Vec::new();
        }
        // A control is its rank and its folded spelling here.
        let mut written: BTreeMap<String, String> = BTreeMap::new();
        let mut clauses: Vec<Vec<(u8, String)>> = Vec::new();
        for unmet in self.all_unmet() {
            let mut clause = Vec::new();
            for control in unmet {
                let spelling = claims::spelling(control);
                clause.push((rank(control), fold(&spelling)));
                written.entry(fold(&spelling)).or_insert(spelling);
            }
            clause.sort();
            clause.dedup();
            if !clauses.contains(&clause) {
                clauses.push(clause);
            }
        }
        let is_absorbed = |clause: &Vec<(u8, String)>| {
            clauses.iter().any(|other| {
                other.len() < clause.len() && other.iter().all(|control| clause.contains(control))
            })
        };
        let mut kept: Vec<_> = clauses
            .iter()
            .filter(|clause| !is_absorbed(clause))
            .collect();
        kept.sort_by_key(|clause| (clause.first().map(|first| first.0), clause.len(), *clause));
        let spelled = |folded: &String| written.get(folded).cloned().unwrap_or_default();
        kept.iter()
            .map(|clause| clause.iter().map(|(_, name)| spelled(name)).collect())
            .collect()
    }

    fn all_unmet(&self) -> Vec<Clause<'a>> {
        self.policies
            .iter()
            .flat_map(|policy| self.unmet(policy))
            .collect()
    }

    /// The clauses of a policy of which no alternative is held.
    fn unmet<'p>(&self, policy: &'p Policy) -> Vec<Clause<'p>> {
        let mut clauses = clauses(policy);
        clauses.retain(|clause| !clause.iter().any(|control| self.is_held(policy, control)));
        clauses
    }

    fn is_held(&self, policy: &Policy, control: &Control) -> bool {
        let is_replaced = matches!(control, Control::Strength(_))
            && matches!(target(policy), Some(Target::Apps(_)))
            && self.replaces_strengths();
        is_replaced || claims::is_held(self.set, self.request, control)
    }

    /// Whether a strength on the registration of security information replaces those on resources.
    ///
    /// SEMANTICS: §10.6
    fn replaces_strengths(&self) -> bool {
        let facts = &self.request.facts;
        let action = UserAction::RegisterSecurityInfo.name();
        let registers = facts.equals("signIn.target", "userAction") == Kleene::True
            && facts.equals("app.action", action) == Kleene::True;
        registers
            && self.policies.iter().any(|policy| {
                matches!(target(policy), Some(Target::Actions(_))) && requires_strength(policy)
            })
    }

    fn can_be_met(&self, clause: &[&Control]) -> bool {
        clause
            .iter()
            .any(|control| claims::can_be_satisfied(self.request, control))
    }
}

fn target(policy: &Policy) -> Option<&Target> {
    policy
        .assignments
        .as_ref()
        .map(|assignments| &assignments.target)
}

fn requires_strength(policy: &Policy) -> bool {
    let controls = policy
        .outcome
        .requirement
        .iter()
        .flat_map(|required| &required.controls);
    controls
        .into_iter()
        .any(|control| matches!(control, Control::Strength(_)))
}

/// SEMANTICS: §10.1
fn clauses(policy: &Policy) -> Vec<Clause<'_>> {
    match &policy.outcome.requirement {
        None => Vec::new(),
        Some(required) if required.controls.is_empty() => Vec::new(),
        Some(required) if required.is_all => required
            .controls
            .iter()
            .map(|control| vec![control])
            .collect(),
        Some(required) => vec![required.controls.iter().collect()],
    }
}

/// The order of prompting.
///
/// SEMANTICS: §10.3
fn rank(control: &Control) -> u8 {
    match control {
        Control::BuiltIn(BuiltInControl::Mfa) | Control::Strength(_) => 0,
        Control::BuiltIn(BuiltInControl::CompliantDevice) => 1,
        Control::BuiltIn(BuiltInControl::DomainJoinedDevice) => 2,
        Control::BuiltIn(BuiltInControl::ApprovedApplication) => 3,
        Control::BuiltIn(BuiltInControl::CompliantApplication) => 4,
        Control::BuiltIn(BuiltInControl::PasswordChange) => 5,
        Control::BuiltIn(BuiltInControl::RiskRemediation) => 6,
        Control::BuiltIn(BuiltInControl::VerifiedId) => 7,
        Control::Terms(_) => 8,
        Control::Custom(_) => 9,
        Control::Own(_) => 10,
    }
}
