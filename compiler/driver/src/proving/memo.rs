//! Invariants of a project that is compiled again and again.

use gatewright_analysis::Population;
use gatewright_hir::invariant::Invariant;
use gatewright_hir::model::{
    AppGroup, Compliance, Edition, NamedLocation, ObjectName, Policy, Strength,
};

use super::{Proof, ProveOptions, population, prove};
use crate::Compilation;

/// The proofs of last time, with everything that they depend on.
#[derive(Default)]
pub(crate) struct Memo(Option<Known>);

#[derive(PartialEq)]
struct Asked {
    edition: Edition,
    policies: Vec<Policy>,
    invariants: Vec<Invariant>,
    locations: Vec<NamedLocation>,
    strengths: Vec<Strength>,
    names: Vec<ObjectName>,
    app_groups: Vec<AppGroup>,
    compliance: Compliance,
    population: Population,
}

struct Known {
    asked: Asked,
    proofs: Vec<Proof>,
}

impl Memo {
    /// Decide the invariants of a compilation by the defaults, unless nothing has changed that they
    /// depend on: an edit of a test changes none. Cost: comparing the sets, and what is new.
    pub(crate) fn prove(
        &mut self,
        compilation: &Compilation,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Vec<Proof> {
        let set = &compilation.set;
        // Under a schema of one's own the schema may have changed.
        if compilation.invariants.is_empty() || !set.schema.is_entra {
            return prove(
                compilation,
                &compilation.invariants,
                &ProveOptions::default(),
                progress,
            );
        }
        let mut who = Population::default();
        population::add(&mut who, compilation);
        let asked = Asked {
            edition: set.edition,
            policies: set.policies.clone(),
            invariants: compilation.invariants.clone(),
            locations: set.locations.clone(),
            strengths: set.strengths.clone(),
            names: set.names.clone(),
            app_groups: set.app_groups.clone(),
            compliance: set.compliance.clone(),
            population: who,
        };
        if let Some(known) = self.0.as_ref().filter(|known| known.asked == asked) {
            return known.proofs.clone();
        }
        let proofs = prove(
            compilation,
            &compilation.invariants,
            &ProveOptions::default(),
            progress,
        );
        self.0 = Some(Known {
            asked,
            proofs: proofs.clone(),
        });
        proofs
    }
}

#[cfg(test)]
mod tests {
    use crate::{Cancellation, Cancelled, Compilation, Input, ProofOutcome, Session, SourceFile};

    fn outcome(session: &mut Session, risk: &str, test: &str) -> (ProofOutcome, Compilation) {
        let file = |path: &str, text: String| SourceFile {
            path: path.to_owned(),
            bytes: text.into_bytes(),
        };
        let policies = format!(
            "policy \"P\" {{ state enabled users all apps all {risk} require mfa }}\n\
             invariant \"I\" {{ always require mfa }}\n"
        );
        let compilation = session.compile(&Input {
            files: vec![file("a.gate", policies), file("b.gate", test.to_owned())],
            ..Input::default()
        });
        let mut proofs = session.prove(&compilation);
        (proofs.remove(0).outcome, compilation)
    }

    #[test]
    fn what_is_remembered_is_what_would_be_decided() {
        let mut session = Session::new();
        let is_proved = |found: &ProofOutcome| matches!(found, ProofOutcome::Proved { .. });
        let (first, _) = outcome(&mut session, "", "");
        assert!(is_proved(&first));
        let test = "test \"T\" { given { user app \"0\" client browser } expect { require mfa } }";
        let (second, compilation) = outcome(&mut session, "", test);
        assert_eq!(compilation.scenarios.len(), 1);
        assert_eq!(second, first);
        let (third, _) = outcome(&mut session, "signInRisk [high]", test);
        assert!(!is_proved(&third));
        assert_eq!(outcome(&mut session, "", test).0, first);
    }

    #[test]
    fn nothing_is_remembered_of_what_was_cancelled() {
        let mut session = Session::new();
        let (first, compilation) = outcome(&mut Session::new(), "signInRisk [high]", "");
        let cancellation = Cancellation::default();
        let mut heard = Vec::new();
        let mut progress = |done, count| {
            heard.push((done, count));
            cancellation.cancel();
        };
        let ended = cancellation.run(|| session.prove_with(&compilation, &mut progress));
        assert_eq!(ended, Err(Cancelled));
        // The first one was begun, and not ended.
        assert_eq!(heard, [(0, 1)]);
        let again = session.prove(&compilation);
        assert_eq!(again[0].outcome, first);
    }
}
