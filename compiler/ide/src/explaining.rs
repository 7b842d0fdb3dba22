//! Why one sign-in is decided as it is, as a page.

use std::fmt::Write as _;

use gatewright_analysis::demand::Demand;
use gatewright_analysis::explain::{ExplainOptions, Statement};
use gatewright_analysis::explain::{Explanation, Unexplained, explain};
use gatewright_analysis::words;
use gatewright_compiler::{Compilation, dated, for_reference, for_runtime};
use gatewright_hir::model::PolicySet;
use gatewright_runtime::{
    ConditionReport, Engine, PolicyReport, ReadOptions, Report, ReportOptions, Request, Scratch,
};
use gatewright_value::vocabulary::Reason;
use serde_json::Value;

use crate::Snapshot;
use crate::testing::decidable;

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What was decided, as decisions name it.
    pub verdict: String,
    /// Why, and what would change it, as Markdown.
    pub markdown: String,
}

/// Decide one sign-in, given as JSON, and say why. `now` is the instant of a sign-in that names
/// none, in milliseconds since 1970. Cost: building the program, then some dozens of searches.
///
/// # Errors
/// What cannot be read, with its line and column, or why nothing is decided.
pub fn explain_request(
    snapshot: &Snapshot,
    request: &str,
    now: Option<i64>,
) -> Result<Explained, String> {
    decidable(snapshot)?;
    let compilation = snapshot.compilation();
    let program = compilation.program(&compilation.decisions());
    let engine = Engine::from_program(program)
        .map_err(|error| format!("the project cannot be decided: {error}"))?;
    let has_directory = snapshot.input().directory.is_some();
    let people = has_directory.then(|| for_runtime(&compilation.directory));
    let options = ReadOptions {
        directory: people.as_ref(),
        now,
    };
    let read = Request::from_json_with(&engine, request.as_bytes(), &options)
        .map_err(|error| error.to_string())?;
    let options = ReportOptions {
        explain: true,
        hash: false,
        ..ReportOptions::default()
    };
    let report = engine
        .report(&read, &mut Scratch::default(), &options)
        .map_err(|error| error.to_string())?;
    let value: Value = serde_json::from_str(request).map_err(|error| error.to_string())?;
    let value = match now {
        Some(now) => dated(value, compilation, now),
        None => value,
    };
    let found = reasons(compilation, value, has_directory);
    let page = Page {
        set: &compilation.set,
        report: &report,
        found,
        warnings: read.warnings(),
    };
    Ok(Explained {
        verdict: report.verdict().to_owned(),
        markdown: page.markdown(),
    })
}

fn reasons(
    compilation: &Compilation,
    request: Value,
    has_directory: bool,
) -> Result<Explanation, String> {
    let directory = has_directory.then(|| for_reference(&compilation.directory));
    let options = ExplainOptions {
        directory: directory.as_ref(),
        ..ExplainOptions::default()
    };
    let found = explain(&compilation.set, &[&request], &options);
    let found = found.into_iter().next();
    found
        .unwrap_or(Err(Unexplained::Impossible))
        .map_err(|why| match why {
            Unexplained::Unreadable(why) => why,
            Unexplained::Exhausted(what) => format!("{what} are exhausted"),
            Unexplained::Impossible => "no sign-in that can exist has these facts".to_owned(),
        })
}

/// What a page is made from.
struct Page<'a> {
    set: &'a PolicySet,
    report: &'a Report,
    found: Result<Explanation, String>,
    warnings: &'a [String],
}

impl Page<'_> {
    // Writing to a string cannot fail.
    fn markdown(&self) -> String {
        let mut out = format!("## {}\n", headline(self.report.verdict()));
        match self.report {
            Report::Entra(report) => {
                if !report.missing.is_empty() {
                    let _ = writeln!(out, "\nMissing: {}", clauses(self.set, &report.missing));
                }
                let session = serde_json::to_value(&report.session).unwrap_or_default();
                let session = words::session(&session);
                if !session.is_empty() {
                    let session = session.join("`, `");
                    let _ = writeln!(out, "\nThe token comes with `{session}`.");
                }
                if let Some(compliance) = &report.compliance {
                    let state = serde_json::to_value(compliance).unwrap_or_default();
                    let state = state.get("state").and_then(Value::as_str);
                    let _ = writeln!(out, "\nThe device is {}.", state.unwrap_or("unknown"));
                }
                let enforced = report.report_only.verdict.name();
                if enforced != self.report.verdict() {
                    let enforced = decided(self.set, enforced, &report.report_only.missing);
                    let _ = writeln!(out, "\nWith report-only policies enforced: **{enforced}**.");
                }
            }
            Report::Own(report) if !report.controls.is_empty() => {
                let _ = writeln!(out, "\nIt comes with {}.", report.controls.join(", "));
            }
            Report::Own(_) => {}
        }
        for warning in self.warnings {
            let _ = writeln!(out, "\n> {warning}");
        }
        self.because(&mut out);
        self.policies(&mut out);
        out
    }

    fn because(&self, out: &mut String) {
        let found = match &self.found {
            Ok(found) => found,
            Err(why) => {
                let _ = writeln!(out, "\n_Why is not known: {why}._");
                return;
            }
        };
        let texts = |all: &[Statement]| -> Vec<String> {
            all.iter().map(|one| format!("- {}\n", one.text)).collect()
        };
        if !found.because.is_empty() {
            let _ = write!(out, "\n### Because\n\n{}", texts(&found.because).concat());
        }
        if !found.changes.is_empty() {
            let _ = write!(out, "\n### What would change it\n\n");
            for change in &found.changes {
                let verdict = decided(self.set, &change.verdict, &change.missing);
                let whom = if change.is_about_person {
                    "for somebody else: "
                } else {
                    ""
                };
                let _ = writeln!(out, "- {whom}would be {verdict} if {}", change.text);
            }
        }
        for sentence in &found.set_aside {
            let _ = writeln!(out, "\n> This sign-in cannot exist: {sentence}");
        }
        for what in &found.exhausted {
            let _ = writeln!(out, "\n> Not all of it is told: {what} are exhausted");
        }
    }

    /// Those that apply first.
    fn policies(&self, out: &mut String) {
        let (applying, others): (Vec<_>, Vec<_>) = self
            .report
            .policies()
            .iter()
            .partition(|policy| policy.policy_applies);
        for (title, policies) in [
            ("Policies that apply", applying),
            ("Policies that do not apply", others),
        ] {
            if policies.is_empty() {
                continue;
            }
            let _ = write!(out, "\n### {title}\n\n");
            for policy in policies {
                policy_lines(out, self.set, policy);
            }
        }
    }
}

fn policy_lines(out: &mut String, set: &PolicySet, policy: &PolicyReport) {
    let mut policies = set.policies.iter();
    let known =
        policies.find(|known| known.id == policy.id && known.display_name == policy.display_name);
    let does = known.map_or_else(String::new, |known| {
        format!(" ({})", words::effect(set, known))
    });
    let is_block =
        known.is_some_and(|known| Demand::of(&known.outcome).iter().any(Demand::is_block));
    let conditions: Vec<&ConditionReport> = policy.conditions.iter().flatten().collect();
    let said = match policy.result {
        "success" | "reportOnlySuccess" => ": satisfied".to_owned(),
        "failure" | "reportOnlyFailure" | "reportOnlyInterrupted" if !is_block => {
            ": not satisfied".to_owned()
        }
        "notEnabled" if known.is_some() => String::new(),
        _ if policy.policy_applies => String::new(),
        // What a condition tells with its place is not told before.
        _ if !conditions.is_empty() => String::new(),
        _ => {
            let reasons = policy.all_reasons.iter();
            let reasons: Vec<String> = reasons.map(|reason| why_not(reason)).collect();
            format!(": {}", reasons.join(", "))
        }
    };
    let _ = writeln!(out, "- `{}`{does}{said}", policy.display_name);
    for condition in conditions {
        let ConditionReport {
            condition,
            outcome,
            file,
            line,
            column,
        } = condition;
        let subject = subject(condition);
        let says = match *outcome {
            "true" => format!("{subject} matches"),
            "unknown" => format!("whether {subject} matches is not known"),
            _ => why_not(condition),
        };
        let place = file.as_ref();
        let place = place.map_or_else(String::new, |file| format!(" ({file}:{line}:{column})"));
        let _ = writeln!(out, "  - {says}{place}");
    }
}

/// Why a policy does not apply, by the name that the service has for it.
fn why_not(reason: &str) -> String {
    match Reason::parse(reason) {
        Some(Reason::PolicyNotEnabled) => "it is switched off".to_owned(),
        Some(Reason::EmptyPolicy) => "there is nothing in it".to_owned(),
        Some(Reason::InvalidPolicy) => "it cannot be decided".to_owned(),
        Some(Reason::NotEnoughInformation) => "a fact that decides is missing".to_owned(),
        _ => format!("{} does not match", subject(reason)),
    }
}

/// What a condition is about.
fn subject(condition: &str) -> &str {
    match Reason::parse(condition) {
        Some(Reason::Users) => "the user",
        Some(Reason::WorkloadIdentities) => "the workload identity",
        Some(Reason::AgentIdentities) => "the agent identity",
        Some(Reason::Application) => "the resource",
        Some(Reason::UserActions) => "the user action",
        Some(Reason::AuthenticationContext) => "the authentication context",
        Some(Reason::UserRisk) => "the user risk",
        Some(Reason::SignInRisk) => "the sign-in risk",
        Some(Reason::InsiderRisk) => "the insider risk",
        Some(Reason::ServicePrincipalRisk) => "the workload risk",
        Some(Reason::AgentIdRisk) => "the agent risk",
        Some(Reason::DevicePlatform) => "the platform",
        Some(Reason::Location) => "the location",
        Some(Reason::ClientApps) => "the client",
        Some(Reason::Devices) => "the device",
        Some(Reason::AuthenticationFlow) => "the authentication flow",
        Some(Reason::When) => "its `when`",
        Some(
            Reason::PolicyNotEnabled
            | Reason::EmptyPolicy
            | Reason::InvalidPolicy
            | Reason::InvalidCondition
            | Reason::NotEnoughInformation,
        )
        | None => "a condition",
    }
}

/// What is decided, in the middle of a sentence.
fn decided(set: &PolicySet, verdict: &str, missing: &[Vec<String>]) -> String {
    match verdict {
        "grant" => "granted".to_owned(),
        "notApplicable" => "granted with no policy applying".to_owned(),
        "interrupt" => format!("asked for {}", clauses(set, missing)),
        "block" => "blocked".to_owned(),
        "deny" => format!("denied without {}", clauses(set, missing)),
        own => own.to_owned(),
    }
}

fn headline(verdict: &str) -> String {
    match verdict {
        "grant" => "Granted".to_owned(),
        "notApplicable" => "Granted: no policy applies".to_owned(),
        "interrupt" => "Asked for more".to_owned(),
        "block" => "Blocked".to_owned(),
        "deny" => "Denied: what is missing cannot be given here".to_owned(),
        own => own.to_owned(),
    }
}

/// All of these, of each any, objects by their names.
fn clauses(set: &PolicySet, missing: &[Vec<String>]) -> String {
    let clauses = missing.iter().map(|clause| {
        let controls = clause.iter().map(String::as_str);
        words::alternatives(Some(set), controls)
    });
    clauses.collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gatewright_compiler::{Input, SourceFile, compile};

    use super::*;
    use crate::fixture::Fixture;

    const POLICIES: &str = "policy \"Ü😀\" { state enabled users all apps all clients [browser] signInRisk [high] require mfa \
        session signInFrequency 4 hours }\n\
        policy \"Later\" { state reportOnly users all apps all block }\n";

    fn request(risk: &str) -> String {
        format!(
            r#"{{"signInIdentity":{{"userId":"u"}},
                "signInContext":{{"includeApplications":["a"]}},
                "signInConditions":{{"clientAppType":"browser","signInRiskLevel":"{risk}"}}}}"#
        )
    }

    fn explained(text: &str, request: &str) -> Result<Explained, String> {
        explain_request(&Fixture::new(text).snapshot, request, Some(0))
    }

    #[test]
    fn a_decision_is_told_with_its_facts_its_changes_and_its_policies() {
        let found = explained(POLICIES, &request("high")).unwrap();
        assert_eq!(found.verdict, "interrupt");
        let page = found.markdown;
        for part in [
            "## Asked for more",
            "Missing: mfa",
            "comes with `signInFrequency 4 hours`.",
            "enforced: **blocked**",
            "### Because",
            "### What would change it",
            "- `Ü😀` (requires multifactor authentication, sets a new sign-in after 4 hours): \
             not satisfied",
            "  - the resource matches (main.gate:1:",
            "- `Later` (report-only: blocks access)\n",
            "main.gate:1:",
        ] {
            assert!(page.contains(part), "{part} is not in:\n{page}");
        }
    }

    #[test]
    fn conditions_that_keep_a_policy_away_are_named_with_their_places() {
        let page = explained(POLICIES, &request("none")).unwrap().markdown;
        assert!(page.contains("### Policies that do not apply"), "{page}");
        assert!(page.contains("risk does not match (main.gate:1:"), "{page}");
    }

    #[test]
    fn strengths_are_named_and_no_word_of_the_service_is_left() {
        let text = "policy \"S\" { state enabled users all apps all clients [browser] \
                    require strength PhishingResistantMfa }\n\
                    policy \"Off\" { state disabled users all apps all block }\n\
                    policy \"Ahead\" { state reportOnly users all apps all signInRisk [high] \
                    require mfa }\n";
        let page = explained(text, &request("none")).unwrap().markdown;
        assert!(
            page.contains("Missing: strength Phishing-resistant MFA\n"),
            "{page}"
        );
        assert!(
            page.contains("- `Off` (switched off: blocks access)\n"),
            "{page}"
        );
        for word in [
            "strength:",
            "00000000-",
            "failure",
            "notApplied",
            "notEnabled",
            "signInRisk",
            "application",
            "holds",
        ] {
            assert!(!page.contains(word), "{word} is in:\n{page}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let error = explained(POLICIES, "{\n  5").unwrap_err();
        assert!(error.contains("line 2"), "{error}");
        assert!(explained(POLICIES, "").is_err());
        assert!(explained(POLICIES, &"[".repeat(100_000)).is_err());
    }

    #[test]
    fn a_directory_completes_what_a_sign_in_leaves_out() {
        let group = "5b0c0de0-0000-4000-8000-000000000001";
        let file = |path: &str, text: String| SourceFile {
            path: path.to_owned(),
            bytes: text.into_bytes(),
        };
        let policies =
            format!("policy \"P\" {{ state enabled users groups [\"{group}\"] apps all block }}\n");
        let people = format!(r#"{{"users":[{{"id":"u","groups":["{group}"]}}]}}"#);
        let input = Input {
            files: vec![file("a.gate", policies)],
            directory: Some(file("people.json", people)),
            ..Input::default()
        };
        let compilation = compile(&input);
        let snapshot = Snapshot::new(Arc::new(input), compilation);
        let found = explain_request(&snapshot, &request("none"), None).unwrap();
        assert_eq!(found.verdict, "block");
        assert!(found.markdown.contains("### Because"), "{}", found.markdown);
    }

    #[test]
    fn a_broken_project_decides_nothing() {
        let broken = format!("{POLICIES}policy \"B\" {{");
        let error = explained(&broken, &request("high")).unwrap_err();
        assert!(error.contains("main.gate:3"), "{error}");
    }
}
