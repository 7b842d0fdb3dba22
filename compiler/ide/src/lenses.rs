//! What stands above tests, invariants and policies.
//!
//! Listing them costs nothing that is not known: what a policy changes is found out when somebody
//! looks ([`policy_effect`](crate::policy_effect())).

use gatewright_compiler::ProofOutcome;
use gatewright_source::{SourceId, Span};

use crate::Snapshot;
use crate::testing::{Outcome, Test, TestKind, Verdict, Witness, proved, tests};

/// A line above a declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lens {
    /// The name of the declaration.
    pub span: Span,
    /// What it says and does.
    pub kind: LensKind,
}

/// What a lens says and does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LensKind {
    /// Runs a test, or decides an invariant, under this title.
    Run(String, Test),
    /// Shows a sign-in, under this title.
    Show(String, Witness),
    /// Says what the policy of this name changes, and all instances of it; not known yet.
    Effect(String),
    /// Draws the decision DAG of the policy of this name.
    Graph(String),
}

/// LIMIT: characters of a title; the whole of it is shown on a click.
const TITLE_CHARS_MAX: usize = 120;

/// LIMIT: instances of a test in a template that have lenses.
const INSTANCES_MAX: usize = 8;

/// The lenses of a source, in order. `ran` knows what became of tests that were run on this
/// snapshot. Cost: linear in the declarations of the project.
#[must_use]
pub fn lenses(
    snapshot: &Snapshot,
    source: SourceId,
    ran: &dyn Fn(&Test) -> Option<Outcome>,
) -> Vec<Lens> {
    let mut found = Vec::new();
    let mut own = tests(snapshot);
    own.retain(|test| test.span.source == source);
    for instances in own.chunk_by(|one, next| one.name_span == next.name_span) {
        for test in instances.iter().take(INSTANCES_MAX) {
            let span = test.name_span;
            let kinds = match test.kind {
                TestKind::Scenario => of_test(ran(test), test),
                TestKind::Invariant => vec![of_invariant(snapshot, ran(test), test)],
            };
            let name = (instances.len() > 1).then_some(test.name.as_str());
            let named = kinds.into_iter().map(|kind| with_name(kind, name));
            found.extend(named.map(|kind| Lens { span, kind }));
        }
    }
    let policies = snapshot.compilation().set.policies.iter();
    let mut last = None;
    for policy in policies.filter(|policy| policy.name_span.source == source) {
        let span = policy.name_span;
        // The instances of a template have one place.
        if last.replace(span) == Some(span) {
            continue;
        }
        let name = &policy.display_name;
        let kinds = [
            LensKind::Effect(name.clone()),
            LensKind::Graph(name.clone()),
        ];
        found.extend(kinds.map(|kind| Lens { span, kind }));
    }
    found.sort_by_key(|lens| lens.span.start);
    found.dedup();
    found
}

/// What a lens of one instance of a template says.
fn with_name(kind: LensKind, name: Option<&str>) -> LensKind {
    let said = |title: String| match name {
        Some(name) => short(&format!("{name}: {title}")),
        None => title,
    };
    match kind {
        LensKind::Run(title, test) => LensKind::Run(said(title), test),
        LensKind::Show(title, witness) => LensKind::Show(said(title), witness),
        other => other,
    }
}

fn of_test(outcome: Option<Outcome>, test: &Test) -> Vec<LensKind> {
    let run = LensKind::Run("Run test".to_owned(), test.clone());
    let Some(outcome) = outcome else {
        return vec![run];
    };
    let title = short(&match outcome.verdict {
        Verdict::Failed => format!("failed: {}", outcome.message),
        Verdict::Passed | Verdict::Unknown | Verdict::Errored => outcome.message,
    });
    let told = match outcome.witness {
        Some(witness) => LensKind::Show(title, witness),
        None => LensKind::Run(title, test.clone()),
    };
    vec![run, told]
}

/// The state of an invariant, by what is known of all of them or by what was asked of this one.
fn of_invariant(snapshot: &Snapshot, ran: Option<Outcome>, test: &Test) -> LensKind {
    let proofs = snapshot.proofs();
    let proof = proofs.and_then(|proofs| proofs.get(test.place));
    let title = match proof.map(|proof| &proof.outcome) {
        Some(ProofOutcome::Proved {
            by,
            is_vacuous: false,
        }) if by.len() > 1 => Some(format!("proved by {} policies", by.len())),
        _ => None,
    };
    let Some(outcome) = proof.map(proved).or(ran) else {
        return LensKind::Run("not decided yet".to_owned(), test.clone());
    };
    match outcome.witness {
        Some(witness) => LensKind::Show("refuted: show the sign-in".to_owned(), witness),
        None => LensKind::Run(short(&title.unwrap_or(outcome.message)), test.clone()),
    }
}

/// A title on one line, cut where it is long.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().replace('`', "");
    match line.char_indices().nth(TITLE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests_of_lenses {
    use super::*;
    use crate::fixture::Fixture;
    use crate::run_tests;

    const PROJECT: &str = "//- a.gate\n\
        policy \"Ü😀\" { state enabled users all apps all signInRisk [high] require mfa }\n\
        invariant \"Always\" { always require mfa }\n\
        invariant \"At risk\" { signInRisk [high] always require mfa }\n\
        test \"Calm\" { given { user app \"0\" client browser signInRisk none } expect { require mfa } }\n\
        //- b.gate\n\
        policy \"Other\" { state enabled users all apps all signInRisk [low] block }\n";

    fn titles(snapshot: &Snapshot, source: SourceId, is_run: bool) -> Vec<(String, String)> {
        let ran = |test: &Test| {
            let outcomes = run_tests(snapshot, std::slice::from_ref(test), None, &mut |_| {});
            outcomes.into_iter().next().filter(|_| is_run)
        };
        let found = lenses(snapshot, source, &ran).into_iter();
        let titles = found.map(|lens| {
            let name = &snapshot.text(source)[lens.span.range()];
            let title = match lens.kind {
                LensKind::Run(title, _) | LensKind::Show(title, _) => title,
                LensKind::Effect(_) => "effect".to_owned(),
                LensKind::Graph(name) => format!("graph of {name}"),
            };
            (name.to_owned(), title)
        });
        titles.collect()
    }

    fn pair(name: &str, title: &str) -> (String, String) {
        (format!("\"{name}\""), title.to_owned())
    }

    #[test]
    fn what_is_not_known_yet_can_be_asked_for() {
        let fixture = Fixture::new(PROJECT);
        let found = titles(&fixture.snapshot, fixture.source("a.gate"), false);
        let expected = [
            pair("Ü😀", "effect"),
            pair("Ü😀", "graph of Ü😀"),
            pair("Always", "not decided yet"),
            pair("At risk", "not decided yet"),
            pair("Calm", "Run test"),
        ];
        assert_eq!(found, expected);
        let other = titles(&fixture.snapshot, fixture.source("b.gate"), false);
        assert_eq!(other.len(), 2);
    }

    #[test]
    fn what_is_known_is_said() {
        let fixture = Fixture::new(PROJECT);
        let source = fixture.source("a.gate");
        let by_run = titles(&fixture.snapshot, source, true);
        assert_eq!(by_run[2], pair("Always", "refuted: show the sign-in"));
        assert_eq!(by_run[3], pair("At risk", "proved by Ü😀"));
        assert!(by_run[5].1.starts_with("failed: expected "), "{by_run:?}");
        let by_proofs = titles(&fixture.proved(), source, false);
        assert_eq!(by_proofs[2..4], by_run[2..4]);
    }

    #[test]
    fn what_cannot_be_understood_has_no_lens() {
        let fixture =
            Fixture::new("policy \"A\" { users all apps all block }\ntest \"T\" { given {\npolicy");
        let found = titles(&fixture.snapshot, fixture.only_source(), false);
        assert!(found.iter().all(|(name, _)| name == "\"A\""), "{found:?}");
    }

    #[test]
    fn instances_of_a_test_are_told_apart() {
        let fixture = Fixture::new(
            "policy \"P\" { state enabled users all apps all block }\n\
             template Blocked(name: text) {\n\
             test \"{name}\" { given { user app \"0\" client browser } expect { block } }\n}\n\
             use Blocked(\"A\")\nuse Blocked(\"B\")\n",
        );
        let found = titles(&fixture.snapshot, fixture.only_source(), false);
        let found: Vec<_> = found[2..].iter().map(|(_, title)| title.as_str()).collect();
        assert_eq!(found, ["A: Run test", "B: Run test"]);
    }

    #[test]
    fn instances_of_a_template_share_a_lens() {
        let fixture = Fixture::new(
            "template Risky(name: text, level: list of RiskLevel) {\n\
             policy \"{name}\" { state enabled users all apps all signInRisk level require mfa }\n}\n\
             use Risky(\"A\", [high])\nuse Risky(\"B\", [low])\n",
        );
        let found = titles(&fixture.snapshot, fixture.only_source(), false);
        let expected = [("\"{name}\"", "effect"), ("\"{name}\"", "graph of A")];
        let found: Vec<_> = found
            .iter()
            .map(|(a, b)| (a.as_str(), b.as_str()))
            .collect();
        assert_eq!(found, expected);
    }
}
