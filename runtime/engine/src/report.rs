//! The report: a decision in full, with every policy and its reasons, ready to be JSON.
//!
//! The order of the fields is the order of the members.

use gatewright_bytecode::Policy;
use gatewright_value::vocabulary::{Reason, State};
use serde::Serialize;

use crate::combine::{Chosen, Combining, Met, Verdict, choose, replaces_strengths};
use crate::compliance::{ComplianceReport, Derivation};
use crate::engine::{DecideError, Engine, Mode, Scratch, enforced};
use crate::evaluate::Evaluate;
use crate::explain::{self, ConditionReport, Explanation};
use crate::request::Request;
use crate::session::SessionReport;

/// What a report contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// How facts that are not known are taken.
    pub mode: Mode,
    /// Whether it says which conditions decided, and which facts force the verdict.
    pub explain: bool,
    /// Whether it names the program by its hash.
    pub hash: bool,
}

impl Default for ReportOptions {
    fn default() -> ReportOptions {
        ReportOptions {
            mode: Mode::Graph,
            explain: false,
            hash: true,
        }
    }
}

/// A decision in full.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Report {
    /// Under the schema of Conditional Access.
    Entra(Box<EntraReport>),
    /// Under a schema of one's own.
    Own(Box<OwnReport>),
}

/// A decision of Conditional Access in full.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntraReport {
    /// What was decided.
    pub verdict: Verdict,
    /// What is missing: all of these, of each any.
    pub missing: Vec<Vec<String>>,
    /// The merged session controls of the applying enforced policies.
    pub session: SessionReport,
    /// Every policy in order, or only those that apply.
    pub policies: Vec<PolicyReport>,
    /// What would be decided if report-only policies were enforced.
    pub report_only: EntraReportOnly,
    /// Device compliance, where it was derived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compliance: Option<ComplianceReport>,
    /// The meaning of the service, by date.
    pub edition: String,
    /// The name of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// How facts that are not known were taken.
    pub mode: &'static str,
    /// What forces the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

/// What would be decided if report-only policies were enforced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntraReportOnly {
    /// The verdict.
    pub verdict: Verdict,
    /// What would be missing.
    pub missing: Vec<Vec<String>>,
}

/// A decision under a schema of one's own in full.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnReport {
    /// The chosen effects, joined by `+`, weakest first.
    pub verdict: String,
    /// The obligations that come with them.
    pub controls: Vec<String>,
    /// Every policy in order.
    pub policies: Vec<PolicyReport>,
    /// What would be decided if report-only policies were enforced.
    pub report_only: OwnReportOnly,
    /// The edition that the program was compiled for.
    pub edition: String,
    /// The name of the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// How facts that are not known were taken.
    pub mode: &'static str,
    /// What forces the verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
}

/// What would be decided if report-only policies were enforced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnReportOnly {
    /// The chosen effects, or `conflict` where they would exclude each other.
    pub verdict: String,
    /// The obligations that would come with them.
    pub controls: Vec<String>,
}

/// What one policy came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyReport {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// Whether it is enforced.
    pub state: State,
    /// Whether it applies.
    pub policy_applies: bool,
    /// `success`, `failure`, `notApplied`, …
    pub result: &'static str,
    /// The primary reason why it does not apply, or `notSet`.
    pub analysis_reasons: &'static str,
    /// Every reason.
    pub all_reasons: Vec<&'static str>,
    /// The conditions that decided whether it applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Vec<ConditionReport>>,
}

impl Report {
    /// The verdict as JSON spells it.
    #[must_use]
    pub fn verdict(&self) -> &str {
        match self {
            Report::Entra(report) => report.verdict.name(),
            Report::Own(report) => &report.verdict,
        }
    }

    /// Every policy.
    #[must_use]
    pub fn policies(&self) -> &[PolicyReport] {
        match self {
            Report::Entra(report) => &report.policies,
            Report::Own(report) => &report.policies,
        }
    }

    /// What forces the verdict, where that was asked for.
    #[must_use]
    pub fn explanation(&self) -> Option<&Explanation> {
        match self {
            Report::Entra(report) => report.explanation.as_ref(),
            Report::Own(report) => report.explanation.as_ref(),
        }
    }

    /// The report as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Engine {
    /// Decide a sign-in and report on it in full.
    ///
    /// # Errors
    /// See [`DecideError`].
    pub fn report(
        &self,
        request: &Request<'_>,
        scratch: &mut Scratch,
        options: &ReportOptions,
    ) -> Result<Report, DecideError> {
        self.report_with(&self.interpreter(), request, scratch, options)
    }

    /// As [`report`](Self::report), with another evaluator of conditions.
    ///
    /// # Errors
    /// See [`DecideError`].
    pub fn report_with(
        &self,
        evaluator: &dyn Evaluate,
        request: &Request<'_>,
        scratch: &mut Scratch,
        options: &ReportOptions,
    ) -> Result<Report, DecideError> {
        let decision = self.decide_with(evaluator, request, scratch, options.mode)?;
        let mut report = if self.program().effects.is_some() {
            let effects: Vec<&str> = decision.effects().collect();
            Report::Own(Box::new(OwnReport {
                verdict: effects.join("+"),
                controls: decision.controls().map(str::to_owned).collect(),
                policies: Vec::new(),
                report_only: OwnReportOnly {
                    verdict: String::new(),
                    controls: Vec::new(),
                },
                edition: self.program().origin.edition.clone(),
                bundle: None,
                mode: options.mode.name(),
                explanation: None,
            }))
        } else {
            let missing = decision
                .missing()
                .map(|clause| clause.map(str::to_owned).collect());
            let mut session = decision.session();
            session.filtering_profiles = decision.filtering_profiles().map(str::to_owned).collect();
            Report::Entra(Box::new(EntraReport {
                verdict: decision.verdict(),
                missing: missing.collect(),
                session: SessionReport(session),
                policies: Vec::new(),
                report_only: EntraReportOnly {
                    verdict: Verdict::NotApplicable,
                    missing: Vec::new(),
                },
                compliance: None,
                edition: self.program().origin.edition.clone(),
                bundle: None,
                mode: options.mode.name(),
                explanation: None,
            }))
        };
        self.complete(&mut report, evaluator, request, scratch, options);
        Ok(report)
    }

    /// Add the policies, what report-only policies would change, and the explanation.
    fn complete(
        &self,
        report: &mut Report,
        evaluator: &dyn Evaluate,
        request: &Request<'_>,
        scratch: &mut Scratch,
        options: &ReportOptions,
    ) {
        let settled = self.evaluate(evaluator, request, scratch, options.mode);
        let (program, plan) = (self.program(), self.plan());
        let applying = scratch.applying.as_slice();
        let replaces = |applying: &mut dyn Iterator<Item = u32>| {
            replaces_strengths(program, plan, settled.is_registering, applying)
        };
        let combining = |are_strengths_replaced| Combining {
            program,
            plan,
            held: &scratch.held,
            can_interact: !settled.is_legacy,
            are_strengths_replaced,
        };
        let of_enforced = combining(replaces(&mut enforced(program, applying)));
        let of_all = combining(replaces(&mut applying.iter().copied()));
        let bundle = if options.hash {
            self.hash().map(str::to_owned)
        } else {
            None
        };
        let reporting = Reporting {
            evaluator,
            classes: scratch.encoding.classes(),
            of_enforced,
            of_all,
            options,
        };
        let policies = reporting.policies(applying, request.applied_policies_only());
        let derivation = Derivation::new(self, evaluator, request, reporting.classes);
        match report {
            Report::Entra(report) => {
                report.policies = policies;
                report.bundle = bundle;
                report.report_only = entra_report_only(&of_all, applying);
                report.compliance = derivation.map(|derivation| derivation.report());
            }
            Report::Own(report) => {
                report.policies = policies;
                report.bundle = bundle;
                report.report_only = own_report_only(&of_all, applying);
            }
        }
        if options.explain {
            let explanation = explain::explain(self, evaluator, request, report, scratch);
            match report {
                Report::Entra(report) => report.explanation = Some(explanation),
                Report::Own(report) => report.explanation = Some(explanation),
            }
        }
    }
}

fn entra_report_only(combining: &Combining<'_>, applying: &[u32]) -> EntraReportOnly {
    let verdict = combining.verdict(applying.iter().copied());
    let mut missing = Vec::new();
    if matches!(verdict, Verdict::Interrupt | Verdict::Deny) {
        combining.missing(applying.iter().copied(), &mut missing);
    }
    let spelling = |control: &u32| {
        combining
            .plan
            .control(*control)
            .map(|row| row.spelling.clone())
    };
    let clauses = missing
        .iter()
        .filter_map(|clause| combining.plan.clause(*clause));
    let missing = clauses
        .map(|row| row.controls.iter().filter_map(spelling).collect())
        .collect();
    EntraReportOnly { verdict, missing }
}

fn own_report_only(combining: &Combining<'_>, applying: &[u32]) -> OwnReportOnly {
    let policies = || {
        applying
            .iter()
            .filter_map(|number| combining.policy(*number))
    };
    let occurs = |effect: u32| policies().any(|policy| policy.effect == Some(effect));
    let effects = combining.program.effects.as_ref();
    let occurring = policies().filter_map(|policy| policy.effect);
    let chosen = effects.map(|effects| choose(effects, occurring));
    let is_chosen = |effect: u32| match chosen {
        Some(Chosen::Otherwise(chosen) | Chosen::One(chosen)) => chosen == effect,
        Some(Chosen::All) => occurs(effect),
        Some(Chosen::Conflict(..)) | None => false,
    };
    if let Some(Chosen::Conflict(..)) = chosen {
        // What is only reported must not break a decision.
        return OwnReportOnly {
            verdict: "conflict".to_owned(),
            controls: Vec::new(),
        };
    }
    let names = (0u32..).zip(effects.into_iter().flat_map(|effects| &effects.names));
    let names = names.filter(|(effect, _)| is_chosen(*effect));
    let names: Vec<&str> = names.map(|(_, name)| name.as_str()).collect();
    let is_obliged = |control: u32| {
        policies().any(|policy| {
            policy.effect.is_some_and(is_chosen)
                && policy
                    .clauses
                    .iter()
                    .any(|clause| clause.contains(&control))
        })
    };
    let controls = (0u32..).zip(&combining.plan.controls);
    let controls = controls.filter(|(control, _)| is_obliged(*control));
    OwnReportOnly {
        verdict: names.join("+"),
        controls: controls.map(|(_, row)| row.spelling.clone()).collect(),
    }
}

/// What reporting on the policies needs.
struct Reporting<'a> {
    evaluator: &'a dyn Evaluate,
    classes: &'a [u32],
    /// Combining as the enforced policies see it.
    of_enforced: Combining<'a>,
    /// Combining as if report-only policies were enforced.
    of_all: Combining<'a>,
    options: &'a ReportOptions,
}

impl Reporting<'_> {
    fn policies(&self, applying: &[u32], applied_only: bool) -> Vec<PolicyReport> {
        let policies = (0u32..).zip(&self.of_all.program.policies);
        let reports = policies.map(|(number, policy)| {
            let applies = applying.binary_search(&number).is_ok();
            self.policy(number, policy, applies)
        });
        reports
            .filter(|report| report.policy_applies || !applied_only)
            .collect()
    }

    fn policy(&self, number: u32, policy: &Policy, applies: bool) -> PolicyReport {
        let outcomes = explain::conditions(self.evaluator, self.classes, number as usize, policy);
        let all_reasons = reasons(policy, applies, &outcomes);
        let analysis_reasons = match all_reasons.first() {
            Some(reason) if !applies => reason,
            _ => "notSet",
        };
        let conditions = self.options.explain.then(|| {
            let deciding = if policy.state == State::Disabled {
                &[][..]
            } else {
                &outcomes
            };
            let deciding = deciding
                .iter()
                .filter(|outcome| applies || outcome.decides_against());
            deciding
                .map(|outcome| outcome.report(self.of_all.program))
                .collect()
        });
        PolicyReport {
            id: policy.id.clone(),
            display_name: policy.display_name.clone(),
            state: policy.state,
            policy_applies: applies,
            result: self.result(number, policy, applies),
            analysis_reasons,
            all_reasons,
            conditions,
        }
    }

    fn result(&self, number: u32, policy: &Policy, applies: bool) -> &'static str {
        if self.of_all.program.effects.is_some() {
            return match (policy.state, applies) {
                (State::Disabled, _) => "notEnabled",
                (State::Enabled, true) => "applied",
                (State::Enabled, false) => "notApplied",
                (State::ReportOnly, true) => "reportOnlyApplied",
                (State::ReportOnly, false) => "reportOnlyNotApplied",
            };
        }
        let met = |combining: &Combining<'_>| match policy.is_block {
            true => Met::Not,
            false => combining.met(number),
        };
        match (policy.state, applies) {
            (State::Disabled, _) => "notEnabled",
            (State::Enabled, false) => "notApplied",
            (State::Enabled, true) => match met(&self.of_enforced) {
                Met::Fully => "success",
                Met::Interactively | Met::Not => "failure",
            },
            (State::ReportOnly, false) => "reportOnlyNotApplied",
            (State::ReportOnly, true) => match met(&self.of_all) {
                Met::Fully => "reportOnlySuccess",
                Met::Interactively => "reportOnlyInterrupted",
                Met::Not => "reportOnlyFailure",
            },
        }
    }
}

/// Every reason in order, without repetition: of the conditions that certainly do not hold, then
/// that a missing fact decides, where one does.
fn reasons(policy: &Policy, applies: bool, outcomes: &[explain::Outcome]) -> Vec<&'static str> {
    use gatewright_value::Truth;
    if policy.state == State::Disabled {
        return vec![Reason::PolicyNotEnabled.name()];
    }
    let refused = outcomes
        .iter()
        .filter(|outcome| outcome.truth == Truth::False);
    let mut reasons: Vec<Reason> = refused.map(|outcome| outcome.reason).collect();
    if outcomes
        .iter()
        .any(|outcome| outcome.truth == Truth::Unknown)
        || (reasons.is_empty() && !applies)
    {
        reasons.push(Reason::NotEnoughInformation);
    }
    reasons.dedup();
    reasons.into_iter().map(Reason::name).collect()
}
