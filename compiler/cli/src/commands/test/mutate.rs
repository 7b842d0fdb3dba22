//! What is left of the mutants that no test notices: those that an invariant notices, and those
//! that change nothing.

use gatewright_analysis::Budget;
use gatewright_compiler::{Compilation, Consequence, Replacement, consequences};
use gatewright_hir::invariant::Invariant;
use gatewright_scenario::{Fate, Filter, Mutant, Witness};

use super::progress;

/// What becomes of these mutants, by the invariants that are chosen, and by proof.
pub(super) fn judged(compilation: &Compilation, filter: &Filter, mutants: &[&Mutant]) -> Vec<Fate> {
    let invariants = compilation.invariants.iter();
    let invariants = invariants.filter(|one| filter.matches(&one.name));
    let invariants: Vec<Invariant> = invariants.cloned().collect();
    let replacements: Vec<Replacement<'_>> = mutants
        .iter()
        .map(|mutant| Replacement {
            policy: mutant.policy,
            with: &mutant.changed,
        })
        .collect();
    let found = consequences(
        compilation,
        &invariants,
        &replacements,
        Budget::default(),
        &mut progress("mutants that no test notices"),
    );
    found.into_iter().map(fate).collect()
}

fn fate(consequence: Consequence) -> Fate {
    let witness = |sentence, request: serde_json::Value| Witness {
        sentence,
        request: request.to_string(),
    };
    match consequence {
        Consequence::Breaks {
            invariant,
            sentence,
            request,
        } => Fate::Noticed {
            invariant,
            witness: witness(sentence, request),
        },
        Consequence::Nothing => Fate::NoChange,
        Consequence::Changes { sentence, request } => Fate::Survived(witness(sentence, request)),
        Consequence::Unknown(why) => Fate::Unknown(Some(why)),
    }
}
