//! What random cases have reached, counted.

use std::collections::BTreeMap;

use gatewright_hir::model::{
    AppScope, Expr, LocationScope, Policy, PolicySet, Target, UserScope, Who,
};
use serde_json::Value;

/// Counts by what was reached.
#[derive(Clone, Debug, Default)]
pub struct Histogram(BTreeMap<String, u64>);

impl Histogram {
    /// Count once more.
    pub fn count(&mut self, what: impl Into<String>) {
        *self.0.entry(what.into()).or_default() += 1;
    }

    /// How often something was reached.
    #[must_use]
    pub fn get(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// Count what a set is made of.
    pub fn count_set(&mut self, set: &PolicySet) {
        self.count(format!("edition {}", set.edition));
        for policy in &set.policies {
            self.count_policy(policy);
        }
        for policy in &set.compliance.policies {
            self.count(format!("compliance policy for {}", policy.platform));
            for requirement in &policy.requirements {
                self.count_expr(&requirement.rule);
            }
        }
    }

    fn count_policy(&mut self, policy: &Policy) {
        self.count(format!("state {}", policy.state));
        if let Some(when) = &policy.when {
            self.count("condition when");
            self.count_expr(when);
        }
        if let Some(assignments) = &policy.assignments {
            match &assignments.who {
                Who::Users(users) => {
                    for item in users.include.iter().chain(&users.exclude) {
                        self.count(format!("users {}", variant(&item.value)));
                        if let UserScope::Guests(guests) = &item.value {
                            let what = if guests.tenants.is_some() {
                                "some"
                            } else {
                                "all"
                            };
                            self.count(format!("guests from {what} tenants"));
                        }
                    }
                }
                who @ Who::ServicePrincipals(scope) => {
                    self.count(format!("who {}", variant(who)));
                    for item in scope.include.iter().chain(&scope.exclude) {
                        self.count(format!("workloads {}", variant(&item.value)));
                    }
                }
                who @ Who::Agents(scope) => {
                    self.count(format!("who {}", variant(who)));
                    for item in scope.include.iter().chain(&scope.exclude) {
                        self.count(format!("agents {}", variant(&item.value)));
                    }
                }
            }
            match &assignments.target {
                Target::Apps(apps) => {
                    for item in apps.include.iter().chain(&apps.exclude) {
                        self.count_app(&item.value);
                    }
                }
                target => self.count(format!("target {}", variant(target))),
            }
            for item in assignments
                .locations
                .iter()
                .flat_map(|l| l.include.iter().chain(&l.exclude))
            {
                self.count_location(&item.value);
            }
            if let Some(filter) = &assignments.devices {
                let mode = if filter.is_exclude {
                    "exclude"
                } else {
                    "include"
                };
                self.count(format!("condition devices {mode}"));
                self.count_expr(&filter.rule);
            }
        }
        self.count_outcome(policy);
    }

    fn count_outcome(&mut self, policy: &Policy) {
        if policy.outcome.is_block {
            self.count("outcome block");
        }
        if let Some(requirement) = &policy.outcome.requirement {
            let operator = if requirement.is_all { "all" } else { "any" };
            for control in &requirement.controls {
                self.count(format!("require {operator} {}", variant(control)));
            }
        }
        if !policy.outcome.session.is_empty() {
            self.count("outcome session");
        }
    }

    fn count_app(&mut self, app: &AppScope) {
        self.count(format!("apps {}", variant(app)));
    }

    fn count_location(&mut self, location: &LocationScope) {
        self.count(format!("locations {}", variant(location)));
    }

    fn count_expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Not(inner) => {
                self.count("operator not");
                self.count_expr(inner);
            }
            Expr::All(parts) | Expr::Any(parts) => {
                self.count(format!("operator {}", variant(expr)));
                parts.iter().for_each(|part| self.count_expr(part));
            }
            Expr::Test(test) => {
                let sign = if test.is_negated { "not " } else { "" };
                self.count(format!("operator {sign}{}", variant(&test.comparison)));
            }
            Expr::Some(some) => {
                self.count("expression Some");
                self.count_expr(&some.body);
            }
            Expr::Field(test) => {
                let sign = if test.is_negated { "not " } else { "" };
                self.count(format!("field {sign}{}", variant(&test.comparison)));
            }
            other => self.count(format!("expression {}", variant(other))),
        }
    }

    /// Count what a decision came to.
    pub fn count_decision(&mut self, decision: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        self.count(format!("verdict {}", text(&decision["verdict"])));
        self.count(format!(
            "report-only verdict {}",
            text(&decision["reportOnly"]["verdict"])
        ));
        for member in decision["session"].as_object().into_iter().flatten() {
            self.count(format!("session {}", member.0));
        }
        for clause in decision["missing"].as_array().into_iter().flatten() {
            for control in clause.as_array().into_iter().flatten() {
                let name = text(control);
                let kind = name.split(':').next().unwrap_or("?");
                self.count(format!("missing {kind}"));
            }
        }
        if let Some(compliance) = decision.get("compliance") {
            self.count(format!("device {}", text(&compliance["state"])));
            for policy in compliance["policies"].as_array().into_iter().flatten() {
                self.count(format!("compliance {}", text(&policy["state"])));
            }
        }
        for policy in decision["policies"].as_array().into_iter().flatten() {
            self.count(format!("result {}", text(&policy["result"])));
            self.count(format!("reason {}", text(&policy["analysisReasons"])));
        }
    }

    /// As a table, one line per count.
    #[must_use]
    pub fn table(&self) -> String {
        self.0
            .iter()
            .map(|(what, count)| format!("{count:>10}  {what}\n"))
            .collect()
    }
}

/// The name of a value's variant, read off its debug form.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    let end = text
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(text.len());
    let name = text.get(..end).unwrap_or("").to_owned();
    if name == "BuiltIn" {
        return text
            .trim_start_matches("BuiltIn(")
            .trim_end_matches(')')
            .to_owned();
    }
    name
}
