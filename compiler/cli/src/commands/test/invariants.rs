//! The invariants of a project as tests.

use gatewright_compiler::{Compilation, Proof, ProofOutcome, ProveOptions, findings, prove};
use gatewright_hir::invariant::Invariant;
use gatewright_scenario::{Filter, Holds, InvariantResult, Run};

use super::progress;
use crate::terminal::{Terminal, counted};

/// Decide those of the project that are chosen. Invariants without policies are for other projects.
pub(super) fn decide(compilation: &Compilation, filter: &Filter, result: &mut Run) {
    if compilation.set.policies.is_empty() {
        return;
    }
    let all = &compilation.invariants;
    let chosen = all.iter().filter(|one| filter.matches(&one.name));
    let chosen: Vec<Invariant> = chosen.cloned().collect();
    result.left_out += all.len() - chosen.len();
    let options = ProveOptions::default();
    let proofs = prove(compilation, &chosen, &options, &mut progress("invariants"));
    result.invariants = proofs.iter().map(|proof| one(compilation, proof)).collect();
}

fn one(compilation: &Compilation, proof: &Proof) -> InvariantResult {
    let holds = match &proof.outcome {
        ProofOutcome::Proved { .. } => Holds::Yes,
        ProofOutcome::Undecided(why) => Holds::Unknown(why.clone()),
        ProofOutcome::Refuted(refutation) => Holds::No {
            sentence: refutation.sentence.clone(),
            request: refutation.request.to_string(),
        },
    };
    InvariantResult {
        name: proof.name.clone(),
        span: proof.name_span,
        holds,
        finding: findings(compilation, std::slice::from_ref(proof)).pop(),
    }
}

/// Whether nobody knows of some whether it holds.
pub(super) fn has_unknown(result: &Run) -> bool {
    let mut invariants = result.invariants.iter();
    invariants.any(|one| matches!(one.holds, Holds::Unknown(_)))
}

/// The sum on standard error.
pub(super) fn tell(result: &Run, terminal: &Terminal) {
    if result.invariants.is_empty() {
        return;
    }
    let count = |is: fn(&Holds) -> bool| {
        result
            .invariants
            .iter()
            .filter(|one| is(&one.holds))
            .count()
    };
    let what = counted(result.invariants.len(), "invariant", "invariants");
    terminal.say(&format!(
        "{what}: {} proved, {} refuted, {} undecided",
        count(|holds| matches!(holds, Holds::Yes)),
        count(|holds| matches!(holds, Holds::No { .. })),
        count(|holds| matches!(holds, Holds::Unknown(_)))
    ));
}
