//! The tests and invariants of a project, and running them.

use gatewright_compiler::{Proof, ProofOutcome, ProveOptions, for_runtime, prove};
use gatewright_diagnostics::Diagnostic;
use gatewright_hir::invariant::Invariant;
use gatewright_hir::scenario::Scenario;
use gatewright_scenario::{Failure, Options, TestResult, run};
use gatewright_source::Span;

use crate::Snapshot;

/// Something that passes or fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What it is.
    pub kind: TestKind,
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub name_span: Span,
    /// All of it.
    pub span: Span,
    /// Its place among those of its kind.
    pub place: usize,
}

/// What can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TestKind {
    /// A scenario test, which is decided by the runtime.
    Scenario,
    /// An invariant, which is decided over all sign-ins.
    Invariant,
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// In a word.
    pub verdict: Verdict,
    /// In a sentence.
    pub message: String,
    /// Where to look.
    pub span: Option<Span>,
    /// The sign-in that shows it.
    pub witness: Option<Witness>,
}

/// How a test can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is as expected.
    Passed,
    /// Something is not as expected.
    Failed,
    /// Nobody knows.
    Unknown,
    /// It cannot be run.
    Errored,
}

/// A sign-in that shows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// What it shows, in a few words.
    pub title: String,
    /// The sign-in, as JSON on several lines.
    pub request: String,
    /// What is so there, and why, as Markdown.
    pub markdown: String,
}

/// Every test and invariant that can be understood, in order of the sources.
#[must_use]
pub fn tests(snapshot: &Snapshot) -> Vec<Test> {
    let compilation = snapshot.compilation();
    let scenarios = compilation.scenarios.iter().enumerate();
    let scenarios = scenarios.map(|(place, one)| Test {
        kind: TestKind::Scenario,
        name: one.name.clone(),
        name_span: one.name_span,
        span: one.span,
        place,
    });
    let invariants = compilation.invariants.iter().enumerate();
    let invariants = invariants.map(|(place, one)| Test {
        kind: TestKind::Invariant,
        name: one.name.clone(),
        name_span: one.name_span,
        span: one.span,
        place,
    });
    let mut found: Vec<Test> = scenarios.chain(invariants).collect();
    found.sort_by_key(|test| (test.span.source, test.span.start, test.kind, test.place));
    found
}

/// Run these tests, and decide these invariants unless that was done; the outcomes are in the order
/// of what was chosen. `heard` is called with nothing when preparations are over, and with the place
/// of each that is done. Cost: for tests, building the program; for invariants, a few searches each.
#[must_use]
pub fn run_tests(
    snapshot: &Snapshot,
    chosen: &[Test],
    now: Option<i64>,
    heard: &mut dyn FnMut(Option<usize>),
) -> Vec<Outcome> {
    let diagnostics = &snapshot.compilation().diagnostics;
    if let Some(error) = diagnostics.iter().find(|found| found.is_unreadable()) {
        return vec![unreadable(snapshot, error); chosen.len()];
    }
    let of_kind = |kind: TestKind| -> Vec<usize> {
        let all = chosen.iter().enumerate();
        let some = all.filter(|(_, test)| test.kind == kind);
        some.map(|(at, _)| at).collect()
    };
    let mut outcomes = vec![None; chosen.len()];
    let scenarios = of_kind(TestKind::Scenario);
    let found = run_scenarios(snapshot, (chosen, &scenarios), now, heard);
    let invariants = of_kind(TestKind::Invariant);
    let decided = decide(snapshot, (chosen, &invariants), heard);
    let places = scenarios.into_iter().chain(invariants);
    for (at, outcome) in places.zip(found.into_iter().chain(decided)) {
        if let Some(slot) = outcomes.get_mut(at) {
            *slot = Some(outcome);
        }
    }
    let outcomes = outcomes.into_iter();
    outcomes
        .map(|outcome| outcome.unwrap_or_else(|| errored("it is not there any more".to_owned())))
        .collect()
}

/// The tests at these places of what was chosen.
type Chosen<'a> = (&'a [Test], &'a [usize]);

fn run_scenarios(
    snapshot: &Snapshot,
    (chosen, places): Chosen<'_>,
    now: Option<i64>,
    heard: &mut dyn FnMut(Option<usize>),
) -> Vec<Outcome> {
    let compilation = snapshot.compilation();
    let wanted = places.iter().filter_map(|at| {
        let test = chosen.get(*at)?;
        compilation.scenarios.get(test.place).cloned()
    });
    let wanted: Vec<Scenario> = wanted.collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let people = for_runtime(&compilation.directory);
    let options = Options {
        directory: snapshot.input().directory.as_ref().map(|_| &people),
        now,
        ..Options::default()
    };
    let mut progress = |done: usize, _| {
        heard(
            done.checked_sub(1)
                .and_then(|last| places.get(last))
                .copied(),
        )
    };
    let ran = run(
        &compilation.set,
        &wanted,
        &compilation.sources,
        &options,
        &mut progress,
    );
    match ran {
        Ok(ran) => ran.tests.iter().map(tested).collect(),
        Err(error) => vec![errored(error.to_string()); wanted.len()],
    }
}

fn decide(
    snapshot: &Snapshot,
    (chosen, places): Chosen<'_>,
    heard: &mut dyn FnMut(Option<usize>),
) -> Vec<Outcome> {
    let compilation = snapshot.compilation();
    if let Some(proofs) = snapshot.proofs() {
        let known = places.iter().filter_map(|at| chosen.get(*at));
        let known = known.filter_map(|test| proofs.get(test.place));
        return known.map(proved).collect();
    }
    let wanted = places.iter().filter_map(|at| {
        let test = chosen.get(*at)?;
        compilation.invariants.get(test.place).cloned()
    });
    let wanted: Vec<Invariant> = wanted.collect();
    let mut progress = |done: usize, _| {
        heard(
            done.checked_sub(1)
                .and_then(|last| places.get(last))
                .copied(),
        )
    };
    let options = ProveOptions::default();
    let proofs = prove(compilation, &wanted, &options, &mut progress);
    proofs.iter().map(proved).collect()
}

fn tested(result: &TestResult) -> Outcome {
    let said: Vec<String> = result
        .failures
        .iter()
        .map(|failure| failed(result, failure))
        .collect();
    let Some(first) = result.failures.first() else {
        return Outcome {
            verdict: Verdict::Passed,
            message: match result.steps {
                1 => "passed".to_owned(),
                steps => format!("passed: {steps} sign-ins"),
            },
            span: None,
            witness: None,
        };
    };
    let mut markdown = format!("### Test `{}`\n", result.name);
    for (failure, said) in result.failures.iter().zip(&said) {
        markdown.push_str(&format!("\n- {said}\n"));
        for reason in &failure.why {
            markdown.push_str(&format!("  - {}\n", reason.text));
        }
    }
    for warning in &result.warnings {
        markdown.push_str(&format!("\n_{warning}_\n"));
    }
    let request = pretty(&first.request);
    Outcome {
        verdict: Verdict::Failed,
        message: said.join("\n"),
        span: Some(first.span),
        witness: Some(Witness {
            title: result.name.clone(),
            request,
            markdown,
        }),
    }
}

fn failed(result: &TestResult, failure: &Failure) -> String {
    let step = if result.steps > 1 {
        format!("sign-in {}: ", failure.step)
    } else {
        String::new()
    };
    format!("{step}expected {}, got {}", failure.expected, failure.got)
}

/// What was found of an invariant.
pub(crate) fn proved(proof: &Proof) -> Outcome {
    let plain = |verdict, message| Outcome {
        verdict,
        message,
        span: None,
        witness: None,
    };
    match &proof.outcome {
        ProofOutcome::Proved {
            is_vacuous: true, ..
        } => plain(
            Verdict::Passed,
            "proved: it speaks of no sign-in".to_owned(),
        ),
        ProofOutcome::Proved { by, .. } if by.is_empty() => {
            plain(Verdict::Passed, "proved".to_owned())
        }
        ProofOutcome::Proved { by, .. } => {
            let by: Vec<String> = by.iter().map(|name| format!("`{name}`")).collect();
            plain(Verdict::Passed, format!("proved by {}", by.join(", ")))
        }
        ProofOutcome::Undecided(what) => plain(Verdict::Unknown, format!("not decided: {what}")),
        ProofOutcome::Refuted(found) => {
            let request = pretty(&found.request.to_string());
            let always = if proof.is_always { "always" } else { "never" };
            let mut markdown = format!(
                "### Invariant `{}`\n\n{always} {} does not hold here: {}\n",
                proof.name, proof.claim, found.sentence
            );
            for missed in &found.missed {
                let conditions = missed
                    .conditions
                    .iter()
                    .map(|one| format!("`{}`", one.text));
                let conditions: Vec<String> = conditions.collect();
                let name = &missed.policy.name;
                let conditions = conditions.join(", ");
                markdown.push_str(&format!(
                    "\n- `{name}` does not apply: not met is {conditions}\n"
                ));
            }
            if found.missed_further > 0 {
                let more = found.missed_further;
                markdown.push_str(&format!("\n- nor do {more} more that ask for it\n"));
            }
            for (policies, what) in [
                (
                    &found.asking,
                    "applies, and asks for something else or for less",
                ),
                (&found.report_only, "would see to it, but only reports"),
                (&found.culprits, "asks for it"),
            ] {
                for policy in policies {
                    markdown.push_str(&format!("\n- `{}` {what}\n", policy.name));
                }
            }
            Outcome {
                verdict: Verdict::Failed,
                message: format!("refuted: {}", found.sentence),
                span: Some(proof.name_span),
                witness: Some(Witness {
                    title: proof.name.clone(),
                    request,
                    markdown,
                }),
            }
        }
    }
}

fn errored(message: String) -> Outcome {
    Outcome {
        verdict: Verdict::Errored,
        message,
        span: None,
        witness: None,
    }
}

fn unreadable(snapshot: &Snapshot, error: &Diagnostic) -> Outcome {
    Outcome {
        span: Some(error.span()),
        ..errored(refusal(snapshot, error))
    }
}

/// Why a project is not decided.
///
/// # Errors
/// The first thing that cannot be read.
pub(crate) fn decidable(snapshot: &Snapshot) -> Result<(), String> {
    let diagnostics = &snapshot.compilation().diagnostics;
    let error = diagnostics.iter().find(|found| found.is_unreadable());
    error.map_or(Ok(()), |error| Err(refusal(snapshot, error)))
}

fn refusal(snapshot: &Snapshot, error: &Diagnostic) -> String {
    let span = error.span();
    let name = snapshot.compilation().sources.name(span.source);
    let text = snapshot.text(span.source);
    let before = text.get(..span.start as usize).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!(
        "nothing is decided while a part of the project cannot be read: {name}:{line}: {}",
        error.message
    )
}

/// JSON on several lines.
pub(crate) fn pretty(json: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(json).ok();
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    pretty.unwrap_or_else(|| json.to_owned())
}

/// JSON in Markdown.
pub(crate) fn fenced(json: &str) -> String {
    format!("\n```json\n{json}\n```\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;
    use gatewright_compiler::{Cancellation, Cancelled};

    const PROJECT: &str = "policy \"Ü😀\" { state enabled users all apps all signInRisk [high] require mfa }\n\
        test \"Risky\" { given { user app \"0\" client browser signInRisk high } expect { require mfa } }\n\
        invariant \"Always\" { always require mfa }\n\
        test \"Calm\" { given { user app \"0\" client browser signInRisk none } expect { require mfa } }\n\
        invariant \"At risk\" { signInRisk [high] always require mfa }\n";

    fn outcomes(fixture: &Fixture) -> Vec<(String, Outcome)> {
        let all = tests(&fixture.snapshot);
        let found = run_tests(&fixture.snapshot, &all, None, &mut |_| {});
        all.into_iter().map(|test| test.name).zip(found).collect()
    }

    #[test]
    fn tests_pass_or_fail_and_invariants_hold_or_not() {
        let fixture = Fixture::new(PROJECT);
        let found = outcomes(&fixture);
        let verdicts: Vec<_> = found
            .iter()
            .map(|(name, outcome)| (name.as_str(), outcome.verdict))
            .collect();
        assert_eq!(
            verdicts,
            [
                ("Risky", Verdict::Passed),
                ("Always", Verdict::Failed),
                ("Calm", Verdict::Failed),
                ("At risk", Verdict::Passed),
            ]
        );
        let calm = &found[2].1;
        assert!(calm.message.starts_with("expected "), "{}", calm.message);
        let witness = calm.witness.as_ref().unwrap();
        assert!(witness.markdown.contains("Ü😀"), "{}", witness.markdown);
        assert!(witness.request.contains("\"signInRiskLevel\": \"none\""));
        let always = found[1].1.witness.as_ref().unwrap();
        assert!(always.markdown.contains("`Ü😀` does not apply"));
        assert_eq!(found[3].1.message, "proved by `Ü😀`");
    }

    #[test]
    fn what_is_done_is_heard_in_turn_and_what_is_known_is_not_decided_again() {
        let fixture = Fixture::new(PROJECT);
        let all = tests(&fixture.snapshot);
        let mut heard = Vec::new();
        let _ = run_tests(&fixture.snapshot, &all, None, &mut |at| heard.push(at));
        let expected = [None, Some(0), Some(2), None, Some(1), Some(3)];
        assert_eq!(heard, expected);
        let known = fixture.proved();
        heard.clear();
        let found = run_tests(&known, &all[1..2], None, &mut |at| heard.push(at));
        assert_eq!((found[0].verdict, heard.len()), (Verdict::Failed, 0));
    }

    #[test]
    fn a_run_can_be_cancelled_behind_each_test() {
        let fixture = Fixture::new(PROJECT);
        let all = tests(&fixture.snapshot);
        for place in [0, 2, 1] {
            let cancellation = Cancellation::default();
            let mut heard = Vec::new();
            let ended = cancellation.run(|| {
                run_tests(&fixture.snapshot, &all, None, &mut |at| {
                    heard.push(at);
                    if at == Some(place) {
                        cancellation.cancel();
                    }
                })
            });
            assert_eq!(ended, Err(Cancelled));
            assert!(!heard.contains(&Some(3)), "{heard:?}");
        }
    }

    #[test]
    fn a_broken_project_runs_nothing_and_says_why() {
        let fixture = Fixture::new(&format!(
            "//- a.gate\n{PROJECT}//- b.gate\n\npolicy \"B\" {{"
        ));
        let found = outcomes(&fixture);
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|(_, one)| one.verdict == Verdict::Errored));
        assert!(found[0].1.message.contains("b.gate:2"), "{found:?}");
    }
}
