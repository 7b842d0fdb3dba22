//! Results as one JSON object.

use gatewright_source::SourceMap;

use super::place;
use crate::coverage::{Coverage, Seen};
use crate::request::quote;
use crate::run::{Failure, Run, TestResult};

/// The results as JSON, its members in the documented order.
#[must_use]
pub fn json(run: &Run, sources: &SourceMap) -> String {
    let tests: Vec<String> = run.tests.iter().map(|t| self::test(t, sources)).collect();
    let failed = run.failed();
    let passed = run.tests.len() - failed;
    let coverage = run
        .coverage
        .as_ref()
        .map(|coverage| format!(",\"coverage\":{}", self::coverage(coverage, sources)));
    format!(
        "{{\"passed\":{passed},\"failed\":{failed},\"leftOut\":{},\"tests\":[{}]{}}}\n",
        run.left_out,
        tests.join(","),
        coverage.unwrap_or_default()
    )
}

fn test(test: &TestResult, sources: &SourceMap) -> String {
    let (file, line, column) = place(test.span, sources);
    let outcome = if test.failures.is_empty() {
        "passed"
    } else {
        "failed"
    };
    let failures: Vec<String> = test.failures.iter().map(|f| failure(f, sources)).collect();
    let warnings: Vec<String> = test.warnings.iter().map(|w| quote(w)).collect();
    format!(
        "{{\"name\":{},\"file\":{},\"line\":{line},\"column\":{column},\"outcome\":\"{outcome}\",\
         \"steps\":{},\"failures\":[{}],\"warnings\":[{}]}}",
        quote(&test.name),
        quote(&file),
        test.steps,
        failures.join(","),
        warnings.join(",")
    )
}

fn failure(failure: &Failure, sources: &SourceMap) -> String {
    let (file, line, column) = place(failure.span, sources);
    let why: Vec<String> = failure
        .why
        .iter()
        .map(|reason| quote(&reason.text))
        .collect();
    format!(
        "{{\"step\":{},\"file\":{},\"line\":{line},\"column\":{column},\"expected\":{},\"got\":{},\
         \"why\":[{}],\"request\":{}}}",
        failure.step,
        quote(&file),
        quote(&failure.expected),
        quote(&failure.got),
        why.join(","),
        failure.request
    )
}

fn coverage(coverage: &Coverage, sources: &SourceMap) -> String {
    let (seen, total) = coverage.count();
    let list = |list: &[Seen], held: &str, failed: &str| {
        let rows: Vec<String> = list
            .iter()
            .map(|seen| {
                let (file, line, column) = place(seen.span, sources);
                format!(
                    "{{\"policy\":{},\"what\":{},\"file\":{},\"line\":{line},\"column\":{column},\
                     \"{held}\":{},\"{failed}\":{}}}",
                    quote(&seen.policy),
                    quote(&seen.what),
                    quote(&file),
                    seen.outcomes.held,
                    seen.outcomes.failed
                )
            })
            .collect();
        rows.join(",")
    };
    format!(
        "{{\"seen\":{seen},\"total\":{total},\"percentage\":{:.1},\"policies\":[{}],\
         \"conditions\":[{}]}}",
        coverage.percentage(),
        list(&coverage.policies, "applied", "notApplied"),
        list(&coverage.conditions, "held", "failed")
    )
}
