//! What there is to say of invariants that were decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use gatewright_diagnostics::{Diagnostic, codes};
use gatewright_hir as hir;
use gatewright_source::SourceId;
use gatewright_syntax::parse_file;

use super::{Proof, ProofOutcome, Refutation};
use crate::Compilation;

/// LIMIT: policies that a finding points to.
const POLICIES_SHOWN: usize = 3;

/// The findings about invariants, as the project wants them: by its levels, without those that it
/// suppresses. One that is proved and speaks of some sign-in has none.
#[must_use]
pub fn findings(compilation: &Compilation, proofs: &[Proof]) -> Vec<Diagnostic> {
    let found: Vec<Diagnostic> = proofs.iter().filter_map(finding).collect();
    if found.is_empty() {
        return found;
    }
    // What declarations allow is in their text, and the trees are gone by now.
    let spans = found
        .iter()
        .flat_map(|one| &one.labels)
        .map(|label| label.span);
    let sources: BTreeSet<SourceId> = spans.map(|span| span.source).collect();
    let texts = sources.into_iter().filter_map(|id| {
        let source = compilation.sources.get(id)?;
        Some((id, Arc::new(parse_file(id, &source.text).tree)))
    });
    let texts: Vec<_> = texts.collect();
    let mut found = hir::suppress(&compilation.sources, &texts, &[], found);
    found.retain(|one| one.code.name().starts_with("GW027"));
    compilation.manifest.levels.apply(found)
}

fn finding(proof: &Proof) -> Option<Diagnostic> {
    let mut found = match &proof.outcome {
        ProofOutcome::Refuted(refutation) => refuted(proof, refutation),
        ProofOutcome::Undecided(what) => undecided(proof, what),
        ProofOutcome::Proved { is_vacuous, .. } if *is_vacuous => vacuous(proof),
        ProofOutcome::Proved { .. } => return None,
    };
    for place in &proof.used_at {
        found = found.label(*place, hir::USED_HERE);
    }
    Some(found)
}

fn refuted(proof: &Proof, refutation: &Refutation) -> Diagnostic {
    let message = format!("the invariant `{}` does not hold", proof.name);
    let mut found = Diagnostic::new(codes::GW0270, proof.name_span, message)
        .because(format!("refuted: {}", refutation.sentence));
    for missed in refutation.missed.iter().take(POLICIES_SHOWN) {
        let name = &missed.policy.name;
        for condition in missed.conditions.iter().take(1) {
            let others = match missed.conditions.len() {
                1 => String::new(),
                count => format!(", nor are {} further conditions", count - 1),
            };
            let text = format!("not met there, so `{name}` does not apply{others}");
            found = found.label(condition.span, text);
        }
    }
    for policy in refutation.asking.iter().take(POLICIES_SHOWN) {
        found = found.label(
            policy.span,
            "applies there, and asks for something else or for less",
        );
    }
    for culprit in refutation.culprits.iter().take(POLICIES_SHOWN) {
        found = found.label(
            culprit.span,
            "asks for this there, or for something as strong",
        );
    }
    for policy in refutation.report_only.iter().take(POLICIES_SHOWN) {
        found = found.label(policy.span, "would see to it there, but only reports");
    }
    let help = if proof.is_always {
        "let a policy that sees to it apply there too, or leave such sign-ins out of the invariant; \
         `gatewright prove` prints the sign-in as a request"
    } else {
        "leave such sign-ins out of the policy, or out of the invariant; `gatewright prove` prints \
         the sign-in as a request"
    };
    found.help(help)
}

fn undecided(proof: &Proof, what: &str) -> Diagnostic {
    let message = format!("nobody knows whether the invariant `{}` holds", proof.name);
    Diagnostic::new(codes::GW0271, proof.name_span, message)
        .because(what)
        .help("`gatewright prove --budget` searches further; a narrower invariant is easier")
}

fn vacuous(proof: &Proof) -> Diagnostic {
    let message = format!("the invariant `{}` speaks of no sign-in", proof.name);
    Diagnostic::new(codes::GW0272, proof.name_span, message)
        .because("no sign-in that can exist meets all of its conditions")
        .help("look for conditions that exclude each other")
}
