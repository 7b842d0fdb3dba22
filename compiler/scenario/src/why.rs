//! Why a decision is not as expected: the policies that made it so, and the first condition that
//! kept a policy from applying.

use gatewright_hir::model::PolicySet;
use gatewright_hir::scenario::{Expectation, ExpectationKind, PolicyName};
use gatewright_runtime::{ConditionReport, PolicyReport, Report};
use gatewright_source::{SourceMap, Span};
use gatewright_value::vocabulary::State;

/// A policy's part in a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Where: the policy's name, or the condition that decided.
    pub span: Option<Span>,
    /// What, in words.
    pub text: String,
}

/// LIMIT: policies that a finding shows; more would bury the expectation.
const REASONS_MAX: usize = 6;

/// The policies that made the decision what it is.
pub(crate) fn reasons(
    expectation: &Expectation,
    report: &Report,
    set: &PolicySet,
    sources: &SourceMap,
) -> Vec<Reason> {
    let places = Places { set, sources };
    let is_asked = |policy: &PolicyReport| {
        policy.state == State::Enabled
            || (expectation.is_report_only && policy.state == State::ReportOnly)
    };
    let mut reasons = Vec::new();
    let applying = report
        .policies()
        .iter()
        .filter(|policy| policy.policy_applies && is_asked(policy));
    match &expectation.kind {
        ExpectationKind::Applied(names) => {
            let is_named = |name: &str| names.iter().any(|policy| policy.name == name);
            let surprising = applying.filter(|policy| !is_named(&policy.display_name));
            reasons.extend(surprising.map(|policy| places.applies(policy)));
            let named = report.policies().iter();
            let named = named.filter(|p| is_named(&p.display_name) && !p.policy_applies);
            reasons.extend(named.map(|policy| places.does_not_apply(policy)));
        }
        ExpectationKind::NotApplied(names) => {
            let is_named = |name: &str| names.iter().any(|p: &PolicyName| p.name == name);
            let found = report.policies().iter();
            let found = found.filter(|p| p.policy_applies && is_named(&p.display_name));
            reasons.extend(found.map(|policy| places.applies(policy)));
        }
        ExpectationKind::Compliance(_) => {}
        ExpectationKind::Verdict(_)
        | ExpectationKind::Require(_)
        | ExpectationKind::Session(_)
        | ExpectationKind::NoSession => {
            // What is not satisfied decides a verdict; where all is, everything that applies does.
            let (failing, others): (Vec<_>, Vec<_>) = applying.partition(|policy| {
                let decides = ["failure", "reportOnlyFailure", "reportOnlyInterrupted"];
                decides.contains(&policy.result)
            });
            let is_session = matches!(
                expectation.kind,
                ExpectationKind::Session(_) | ExpectationKind::NoSession
            );
            let shown = if failing.is_empty() || is_session {
                [failing, others].concat()
            } else {
                failing
            };
            reasons.extend(shown.into_iter().map(|policy| places.applies(policy)));
            if reasons.is_empty() {
                // Nothing applies: the conditions that kept the enforced policies away.
                let asked = report.policies().iter().filter(|policy| is_asked(policy));
                reasons.extend(asked.map(|policy| places.does_not_apply(policy)));
            }
        }
    }
    let more = reasons.len().saturating_sub(REASONS_MAX);
    reasons.truncate(REASONS_MAX);
    if more > 0 {
        reasons.push(Reason {
            span: None,
            text: format!("{more} more policies have a part in it"),
        });
    }
    reasons
}

struct Places<'a> {
    set: &'a PolicySet,
    sources: &'a SourceMap,
}

impl Places<'_> {
    fn name(&self, policy: &PolicyReport) -> Option<Span> {
        let mut policies = self.set.policies.iter();
        policies
            .find(|known| known.id == policy.id && known.display_name == policy.display_name)
            .map(|known| known.name_span)
    }

    fn applies(&self, policy: &PolicyReport) -> Reason {
        let does = match policy.result {
            "failure" => "applies and is not satisfied",
            "reportOnlyFailure" | "reportOnlyInterrupted" => {
                "would apply and is not satisfied (report-only)"
            }
            result if result.starts_with("reportOnly") => "would apply (report-only)",
            _ => "applies",
        };
        Reason {
            span: self.name(policy),
            text: format!("`{}` {does}", policy.display_name),
        }
    }

    fn does_not_apply(&self, policy: &PolicyReport) -> Reason {
        let name = &policy.display_name;
        if policy.state == State::Disabled {
            return Reason {
                span: self.name(policy),
                text: format!("`{name}` is disabled"),
            };
        }
        let first = policy.conditions.iter().flatten().next();
        let Some(first) = first else {
            return Reason {
                span: self.name(policy),
                text: format!("`{name}` does not apply"),
            };
        };
        let how = if first.outcome == "unknown" {
            "is not known to hold"
        } else {
            "does not hold"
        };
        Reason {
            span: self.condition(first).or_else(|| self.name(policy)),
            text: format!("`{name}` does not apply: this {how}"),
        }
    }

    /// The line of a condition, from where it starts.
    fn condition(&self, condition: &ConditionReport) -> Option<Span> {
        let file = condition.file.as_deref()?;
        let (id, source) = self
            .sources
            .iter()
            .find(|(_, source)| source.name == file)?;
        let line = usize::try_from(condition.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(condition.column).ok()?.checked_sub(1)?;
        let start: usize = source
            .text
            .split_inclusive('\n')
            .take(line)
            .map(str::len)
            .sum();
        let text = source.text.get(start..)?.lines().next()?;
        let indent: usize = text.chars().take(column).map(char::len_utf8).sum();
        let written = text.get(indent..)?;
        let written = written.split("//").next().unwrap_or(written).trim_end();
        let start = u32::try_from(start + indent).ok()?;
        let length = u32::try_from(written.len().max(1)).ok()?;
        Some(Span::new(id, start, start + length))
    }
}
