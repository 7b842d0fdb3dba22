//! What is missing of a sign-in decides, each a few lines of policy. Disagreements that were found
//! once stand here too.

use gatewright_analysis::confirm::Judge;
use gatewright_analysis::prove::{Counterexample, Prover, Verdict};
use gatewright_analysis::request::{Proofs, request};
use gatewright_analysis::{Budget, World};
use gatewright_hir::model::PolicySet;
use serde_json::json;

use crate::missing::Missing;
use crate::oracle::{Oracle, Property};
use crate::proofs::{of_properties, quantifier};
use crate::traps::compiled;

/// Whether the reference confirms a counterexample, as it is asked before anybody hears of one.
pub(crate) fn is_confirmed(
    set: &PolicySet,
    with_report_only: bool,
    property: &Property,
    shown: &Counterexample,
) -> bool {
    let judge = Judge::new(set, with_report_only);
    let proofs = Proofs {
        controls: shown.proofs.clone(),
    };
    let at = request(set, &shown.facts, &proofs);
    let policy = &property.policy;
    let is_session = policy.outcome.session != Default::default();
    let refutes = match (property.is_always, is_session) {
        (is_always, _) if !set.schema.is_entra => judge.refutes_own(policy, is_always, &at),
        (true, false) => judge.refutes_always(policy, &at),
        (true, true) => judge.refutes_always_session(policy, &at),
        (false, false) => judge.refutes_never(policy, &at),
        (false, true) => judge.refutes_never_session(policy, &at),
    };
    refutes == Ok(true)
}

struct Doubt {
    name: &'static str,
    text: &'static str,
    /// What nobody knows where the invariant does not hold; `None` if it holds whatever is missing.
    shown: Option<&'static [&'static str]>,
}

const OWN: &str = "schema \"Things\" version 1
    entity thing {
        isLoud: Boolean
        isOld: Boolean
    }
    control otp interactive \"A password\"
    effect approve \"yes\"
    effect stepUp \"not yet\"
    effect refuse \"no\"\n";

const DOUBTS: &[Doubt] = &[
    Doubt {
        name: "a platform that is not known is in no list of platforms",
        text: "policy \"P\" { state enabled users all apps all platforms [windows, android, iOS,
                macOS, linux, windowsPhone] require mfa }
            invariant \"I\" { platforms [windows] always require mfa }",
        shown: Some(&["signIn.platform"]),
    },
    Doubt {
        name: "all platforms are all, known or not",
        text: "policy \"P\" { state enabled users all apps all platforms all require mfa }
            invariant \"I\" { platforms [windows] always require mfa }",
        shown: None,
    },
    Doubt {
        name: "whoever may be in an excluded group may go without",
        text: "policy \"P\" { state enabled users all except groups [Finance] apps all block }
            invariant \"I\" { users all except groups [Finance] always block }",
        shown: Some(&["user.groups"]),
    },
    Doubt {
        name: "what may apply is not never",
        text: "policy \"P\" { state enabled users all apps all locations [Office] block }
            invariant \"I\" { locations all except [Office] never block }",
        shown: Some(&["location.ip"]),
    },
    Doubt {
        name: "a policy that may apply may take a strength away",
        text: "policy \"P\" { state enabled users all apps all
                require strength PhishingResistantMfa }
            policy \"R\" { state enabled users all actions [registerSecurityInformation]
                locations all except [Office] require strength Mfa }
            invariant \"I\" { actions [registerSecurityInformation] locations [Office]
                always require strength PhishingResistantMfa }",
        shown: Some(&["location.ip"]),
    },
    Doubt {
        name: "a policy that takes a strength away and asks for the same takes nothing",
        text: "policy \"P\" { state enabled users all apps all
                require strength PhishingResistantMfa }
            policy \"R\" { state enabled users all actions [registerSecurityInformation]
                locations all except [Office] require strength PhishingResistantMfa }
            invariant \"I\" { actions [registerSecurityInformation]
                always require strength PhishingResistantMfa }",
        shown: None,
    },
    Doubt {
        name: "where effects conflict nothing is decided",
        text: "combine conflict
            policy \"P\" { when thing.isLoud then approve }
            policy \"Q\" { then refuse }
            invariant \"I\" { never then approve }",
        shown: None,
    },
    Doubt {
        name: "what comes out where nothing applies comes out where the same may",
        text: "combine strongest otherwise approve
            policy \"P\" { when thing.isLoud then approve }
            invariant \"I\" { always then approve }",
        shown: None,
    },
    Doubt {
        name: "of several policies that list a control one is enough, whichever applies",
        text: "combine strongest
            policy \"P\" { when thing.isLoud then refuse require [otp] }
            policy \"Q\" { then approve require [otp] }
            invariant \"I\" { always require [otp] }",
        shown: None,
    },
    Doubt {
        name: "a stronger effect that may come out may come without the control",
        text: "combine strongest
            policy \"P\" { when thing.isLoud -and thing.isOld then refuse }
            policy \"Q\" { then approve require [otp] }
            invariant \"I\" { unless thing.isOld always require [otp] }",
        shown: Some(&["thing.isOld"]),
    },
];

#[test]
fn what_is_missing_counts_against_what_is_claimed() {
    for doubt in DOUBTS {
        let is_own = doubt.text.starts_with("combine");
        let text = match is_own {
            true => format!("{OWN}{}", doubt.text),
            false => doubt.text.to_owned(),
        };
        let (set, properties) = compiled(&text, !is_own);
        let [property] = properties.as_slice() else {
            panic!("{}: one invariant", doubt.name);
        };
        let claimed = of_properties(&set, &properties);
        let decide = |missing: Missing| {
            let world = World::new(&set, &[&claimed], missing.assumptions());
            let mut prover = Prover::new(&world, 0, Budget::default());
            prover.decide(world.policies(1).start, quantifier(property))
        };
        let known = decide(Missing::Nothing);
        assert!(
            matches!(known, Verdict::Proved { .. }),
            "{}: {known:?}",
            doubt.name
        );
        match (decide(Missing::Facts), doubt.shown) {
            (Verdict::Proved { .. }, None) => {}
            (Verdict::Refuted(shown), Some(unknown)) => {
                let witness = request(&set, &shown.facts, &Proofs::default());
                assert_eq!(witness["unknown"], json!(unknown), "{}", doubt.name);
                let oracle = Oracle::new(&set, false, &properties);
                let refutes = oracle.refutes(&oracle.case(property), &witness);
                assert_eq!(refutes, Some(true), "{}", doubt.name);
                assert!(
                    is_confirmed(&set, false, property, &shown),
                    "{}",
                    doubt.name
                );
            }
            (verdict, _) => panic!("{}: {verdict:?}", doubt.name),
        }
    }
}
