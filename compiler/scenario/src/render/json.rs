//! Results as one JSON object.

use gatewright_source::SourceMap;

use super::{mutation, place, suggestions};
use crate::coverage::{Coverage, PolicyEdge, Seen};
use crate::invariants::{Holds, InvariantResult};
use crate::request::quote;
use crate::run::{Failure, Run, TestResult};

/// The results as JSON, its members in the documented order.
#[must_use]
pub fn json(run: &Run, sources: &SourceMap) -> String {
    let tests: Vec<String> = run.tests.iter().map(|t| self::test(t, sources)).collect();
    let failed = run.failed();
    let unknown = run
        .invariants
        .iter()
        .filter(|one| matches!(one.holds, Holds::Unknown(_)));
    let passed = run.tests.len() + run.invariants.len() - failed - unknown.count();
    let invariants = run.invariants.iter();
    let invariants: Vec<String> = invariants.map(|one| invariant(one, sources)).collect();
    let coverage = run
        .coverage
        .as_ref()
        .map(|coverage| format!(",\"coverage\":{}", self::coverage(coverage, sources)));
    let mutation = run
        .mutation
        .as_ref()
        .map(|mutation| format!(",\"mutation\":{}", mutation::json(mutation, sources)));
    let suggested = run.suggestions.as_ref();
    let suggested = suggested.map(|found| format!(",\"suggestions\":{}", suggestions::json(found)));
    format!(
        "{{\"passed\":{passed},\"failed\":{failed},\"leftOut\":{},\"tests\":[{}],\
         \"invariants\":[{}]{}{}{}}}\n",
        run.left_out,
        tests.join(","),
        invariants.join(","),
        coverage.unwrap_or_default(),
        mutation.unwrap_or_default(),
        suggested.unwrap_or_default()
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

fn invariant(invariant: &InvariantResult, sources: &SourceMap) -> String {
    let (file, line, column) = place(invariant.span, sources);
    let (message, request) = match &invariant.holds {
        Holds::Yes => (None, None),
        Holds::No { sentence, request } => (Some(sentence), Some(request)),
        Holds::Unknown(why) => (Some(why), None),
    };
    let message = message.map(|text| format!(",\"message\":{}", quote(text)));
    let request = request.map(|request| format!(",\"request\":{request}"));
    format!(
        "{{\"name\":{},\"file\":{},\"line\":{line},\"column\":{column},\"outcome\":\"{}\"{}{}}}",
        quote(&invariant.name),
        quote(&file),
        invariant.outcome(),
        message.unwrap_or_default(),
        request.unwrap_or_default()
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
    // Of a policy, not of a condition: conditions share nodes.
    let of_policy = |seen: &Seen| {
        let (seen, total) = coverage.count_of(seen.place);
        format!(",\"edgesSeen\":{seen},\"edges\":{total}")
    };
    let nothing = |_: &Seen| String::new();
    let list = |list: &[Seen], held: &str, failed: &str, counts: &dyn Fn(&Seen) -> String| {
        let rows: Vec<String> = list
            .iter()
            .map(|seen| {
                let (file, line, column) = place(seen.span, sources);
                format!(
                    "{{\"policy\":{},\"what\":{},\"file\":{},\"line\":{line},\"column\":{column},\
                     \"{held}\":{},\"{failed}\":{}{}}}",
                    quote(&seen.policy),
                    quote(&seen.what),
                    quote(&file),
                    seen.outcomes.held,
                    seen.outcomes.failed,
                    counts(seen)
                )
            })
            .collect();
        rows.join(",")
    };
    let edges: Vec<String> = coverage
        .edges
        .iter()
        .map(|edge| self::edge(coverage, edge, sources))
        .collect();
    format!(
        "{{\"seen\":{seen},\"total\":{total},\"percentage\":{:.1},\"ruledOut\":{},\
         \"policies\":[{}],\"conditions\":[{}],\"edges\":[{}]}}",
        coverage.percentage(),
        coverage.ruled_out,
        list(&coverage.policies, "applied", "notApplied", &of_policy),
        list(&coverage.conditions, "held", "failed", &nothing),
        edges.join(",")
    )
}

fn edge(coverage: &Coverage, edge: &PolicyEdge, sources: &SourceMap) -> String {
    let (file, line, column) = place(edge.span, sources);
    let row = coverage
        .policies
        .binary_search_by_key(&edge.policy, |seen| seen.place);
    let policy = row.ok().and_then(|row| coverage.policies.get(row));
    format!(
        "{{\"policy\":{},\"condition\":{},\"what\":{},\"file\":{},\"line\":{line},\
         \"column\":{column},\"reached\":{},\"covered\":{}}}",
        quote(policy.map_or("", |seen| &seen.policy)),
        quote(edge.reason.name()),
        quote(&edge.what),
        quote(&file),
        edge.is_reached,
        edge.is_covered
    )
}
