//! The policies of a plan as a scope: what they share stands in the scope's clauses.

use gatewright_hir::model::PlanForm;

use super::layout::{Clause, clauses, string};
use super::policy::PolicyText;
use crate::json::{Node, is_annotation};

/// The clauses that say a member of `conditions`.
const HEADS: &[(&str, &[&str])] = &[
    ("users", &["users"]),
    ("clientApplications", &["workloads", "agents"]),
    ("applications", &["apps", "actions", "contexts"]),
    ("clientAppTypes", &["clients"]),
    ("platforms", &["platforms"]),
    ("locations", &["locations"]),
    ("devices", &["devices"]),
    ("userRiskLevels", &["userRisk"]),
    ("signInRiskLevels", &["signInRisk"]),
    ("insiderRiskLevels", &["insiderRisk"]),
    ("servicePrincipalRiskLevels", &["workloadRisk"]),
    ("agentIdRiskLevels", &["agentRisk"]),
    ("authenticationFlows", &["flows"]),
];

/// Write the scope of a plan.
pub(super) fn write(form: &PlanForm, name: &str, mut policies: Vec<PolicyText>) -> String {
    let shared = shared(form, &policies);
    let mut text = format!("@plan({})\nscope {} {{\n", string(&form.plan), string(name));
    text.push_str(&clauses(&shared));
    for policy in &mut policies {
        policy
            .clauses
            .retain(|clause| !shared.iter().any(|s| s.head == clause.head));
        text.push('\n');
        text.push_str(&policy.laid_out());
    }
    text.push_str("}\n");
    text
}

/// The clauses of shared conditions that are the same in all policies.
fn shared(form: &PlanForm, policies: &[PolicyText]) -> Vec<Clause> {
    let plan = Node::parse(&form.plan);
    let conditions = plan.get("sharedConditions").and_then(Node::members);
    let names = conditions.into_iter().flatten().map(|(name, _)| name);
    let names = names.filter(|name| !is_annotation(name));
    let rows = names.filter_map(|name| {
        HEADS
            .iter()
            .find(|(member, _)| member.eq_ignore_ascii_case(name))
    });
    let heads: Vec<&str> = rows.flat_map(|(_, heads)| *heads).copied().collect();
    let of = |policy: &PolicyText, head: &str| -> Vec<Clause> {
        let clauses = policy.clauses.iter();
        clauses
            .filter(|clause| clause.head == head)
            .cloned()
            .collect()
    };
    let Some((first, others)) = policies.split_first() else {
        return Vec::new();
    };
    // In the order of the first policy.
    let is_shared = |clause: &&Clause| {
        let all = of(first, clause.head);
        heads.contains(&clause.head) && others.iter().all(|policy| of(policy, clause.head) == all)
    };
    first.clauses.iter().filter(is_shared).cloned().collect()
}
