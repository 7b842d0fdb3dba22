//! Large sets: they compile, the bundle is sound, and every engine decides alike.
//!
//! A thousand policies in the ordinary run; `GATEWRIGHT_FULL=1` adds ten thousand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may fail"
)]

use gatewright_decision::statistics;
use gatewright_runtime::Mode;
use gatewright_tests::engines::Subject;
use gatewright_tests::generate::policies::{Base, narrow_set};
use gatewright_tests::generate::{Random, policy_set, sign_in};

fn check(count: usize, sign_ins: usize) {
    let base = Base::entra();
    for is_narrow in [false, true] {
        let mut random = Random::new(count as u64);
        let set = if is_narrow {
            narrow_set(&mut random, &base, count)
        } else {
            policy_set(&mut random, &base, count)
        };
        let subject = Subject::new(set).unwrap();
        for _ in 0..sign_ins {
            let request = sign_in(&mut random, &base.schema);
            for mode in [Mode::Graph, Mode::Pessimistic] {
                if let Err(disagreement) = subject.decide(&request, mode) {
                    panic!("{count} policies: {disagreement}\n{request}");
                }
            }
        }
        let statistics = statistics(&subject.decisions);
        let per_policy = statistics.node_count / count;
        println!(
            "{count} policies, narrow {is_narrow}: {} nodes",
            statistics.node_count
        );
        assert!(
            per_policy < 200,
            "{per_policy} nodes a policy: the store no longer shares"
        );
    }
}

#[test]
fn a_thousand_policies_compile_and_are_decided_alike() {
    check(1_000, 3);
}

#[test]
fn ten_thousand_policies_compile_and_are_decided_alike() {
    if std::env::var_os("GATEWRIGHT_FULL").is_none() {
        println!("skipped: set GATEWRIGHT_FULL=1 to run it (cargo dev check --full does)");
        return;
    }
    check(10_000, 3);
}
