//! The optimiser keeps what policies mean: each pass alone and all together decide like the
//! reference evaluator, on random sets and on real ones.
//!
//! Requests are compared, not classes: the classes of a sign-in are others after a pass.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

use gatewright_compiler::compile;
use gatewright_decision::{Limits, OptimiseOptions, Pass, build, build_optimised, optimise};
use gatewright_hir::model::PolicySet;
use gatewright_runtime::Mode;
use gatewright_tests::corpus::tenants;
use gatewright_tests::engines::Subject;
use gatewright_tests::generate::policies::{Base, narrow_set};
use gatewright_tests::generate::{Random, policy_set, sign_in};

/// Sizes of random sets.
const SIZES: [usize; 6] = [1, 2, 3, 8, 21, 60];

/// Random sets of each choice of passes.
const SETS: u64 = 24;

/// Sign-ins per set, each in both modes.
const SIGN_INS: usize = 12;

fn options(passes: &[Pass]) -> OptimiseOptions {
    OptimiseOptions {
        passes: passes.to_vec(),
        ..OptimiseOptions::default()
    }
}

/// No pass, each alone, all.
fn choices() -> Vec<Vec<Pass>> {
    let alone = Pass::ALL.into_iter().map(|pass| vec![pass]);
    let mut choices: Vec<Vec<Pass>> = alone.collect();
    choices.extend([Vec::new(), Pass::ALL.to_vec()]);
    choices
}

/// Every engine says of every sign-in what the reference says, with its reasons.
#[track_caller]
fn check(set: &PolicySet, passes: &[Pass], random: &mut Random, what: &str) {
    let subject = Subject::optimised(set.clone(), &options(passes)).unwrap();
    for _ in 0..SIGN_INS {
        let request = sign_in(random, &set.schema);
        for mode in [Mode::Graph, Mode::Pessimistic] {
            if let Err(disagreement) = subject.decide(&request, mode) {
                panic!("{what}, {passes:?}: {disagreement}\n{request}");
            }
        }
    }
}

#[test]
fn passes_keep_the_meaning_of_random_sets() {
    let base = Base::entra();
    for passes in choices() {
        for seed in 0..SETS {
            let mut random = Random::new(seed);
            let size = SIZES[usize::try_from(seed).unwrap() % SIZES.len()];
            let set = if seed % 4 == 3 {
                narrow_set(&mut random, &base, size)
            } else {
                policy_set(&mut random, &base, size)
            };
            check(&set, &passes, &mut random, &format!("seed {seed}"));
        }
    }
}

#[test]
fn passes_keep_the_meaning_of_real_policies() {
    let mut random = Random::new(7);
    for tenant in tenants() {
        let set = compile(&tenant.input).set;
        for passes in choices() {
            check(&set, &passes, &mut random, &tenant.name);
        }
    }
}

#[test]
fn optimising_diagrams_is_building_optimised_ones() {
    let base = Base::entra();
    for seed in 0..8 {
        let set = policy_set(&mut Random::new(seed), &base, 40);
        let built = build(&set, &Limits::default());
        for passes in choices() {
            let options = options(&passes);
            let (direct, report) = build_optimised(&set, &options);
            let (after, same) = optimise(&built, &options);
            assert_eq!(report, same);
            assert_eq!(direct.space, after.space);
            assert_eq!(direct.policies, after.policies);
            assert_eq!(direct.compliance, after.compliance);
            assert_eq!(direct.verify(), Ok(()));
        }
    }
}

#[test]
fn passes_never_add_to_what_they_are_to_reduce() {
    let base = Base::entra();
    for seed in 0..8 {
        let set = policy_set(&mut Random::new(seed), &base, 60);
        let all = OptimiseOptions {
            counts_nodes: true,
            has_dump: true,
            ..OptimiseOptions::default()
        };
        let (_, report) = build_optimised(&set, &all);
        let (again, _) = build_optimised(&set, &all);
        assert_eq!(again.space, build_optimised(&set, &all).0.space);
        for effect in report.effects {
            let (before, after) = (effect.before, effect.after);
            match effect.pass {
                Pass::Sets => {
                    assert!(after.literals <= before.literals, "{effect}");
                    assert!(after.nodes <= before.nodes, "{effect}");
                }
                Pass::Classes => {
                    assert!(after.classes <= before.classes, "{effect}");
                    assert!(after.variables <= before.variables, "{effect}");
                    assert_eq!(after.nodes, before.nodes, "{effect}");
                }
            }
            assert!(!effect.dump.is_empty() || before == after, "{effect}");
        }
    }
}
