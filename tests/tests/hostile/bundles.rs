//! Bundles that were cut off or damaged, and what is none.

use gatewright_compiler::compile;
use gatewright_runtime::Engine;
use gatewright_tests::corpus::{folder, origins};
use gatewright_tests::histogram::Histogram;

use crate::{POLICY, assert_alive, bundle, on_a_small_stack};

/// A bundle with every kind of condition in it: that of a corpus repository.
fn large_bundle() -> Vec<u8> {
    let origin = origins()
        .into_iter()
        .find(|o| o.name.starts_with("Cloudshield"))
        .unwrap();
    let compilation = compile(&origin.input());
    let decisions = compilation.decisions();
    compilation
        .bundle(&compilation.program(&decisions))
        .unwrap()
}

fn load_error(bytes: &[u8]) -> Option<String> {
    on_a_small_stack(|| Engine::load(bytes).err().map(|error| error.to_string()))
}

#[test]
fn a_bundle_that_is_cut_off_anywhere_is_refused() {
    for (bundle, step) in [(bundle(POLICY), 1), (large_bundle(), 97)] {
        assert_eq!(load_error(&bundle), None);
        let mut reasons = Histogram::default();
        for length in (0..bundle.len()).step_by(step) {
            let reason =
                load_error(&bundle[..length]).unwrap_or_else(|| panic!("{length} bytes load"));
            assert!(
                length < 8 || reason.contains("cut off"),
                "{length} bytes: {reason}"
            );
            reasons.count(reason.split(':').next().unwrap_or_default());
        }
        println!("{} bytes\n{}", bundle.len(), reasons.table());
        let mut longer = bundle.clone();
        longer.push(0);
        assert!(load_error(&longer).is_some_and(|reason| reason.contains("too long")));
    }
    assert_alive();
}

#[test]
fn a_bundle_with_a_bit_turned_over_is_refused() {
    for (bundle, step) in [(bundle(POLICY), 1), (large_bundle(), 61)] {
        let mut reasons = Histogram::default();
        for at in (0..bundle.len()).step_by(step) {
            let mut damaged = bundle.clone();
            damaged[at] ^= 1 << (at % 8);
            let reason = load_error(&damaged).unwrap_or_else(|| panic!("bit {at} does not matter"));
            reasons.count(reason.split(':').next().unwrap_or_default());
        }
        println!("{} bytes\n{}", bundle.len(), reasons.table());
        assert!(reasons.get("damaged") > 100);
    }
    assert_alive();
}

#[test]
fn what_is_no_bundle_is_refused() {
    let policies = std::fs::read(folder().join("policies/index.jsonl")).unwrap();
    for bytes in [
        &b""[..],
        b"\0",
        POLICY.as_bytes(),
        &policies,
        &vec![0xFF; 1 << 20],
    ] {
        let reason = load_error(bytes).unwrap();
        let words = if bytes.is_empty() {
            "cut off"
        } else {
            "not a bundle"
        };
        assert!(reason.contains(words), "{reason}");
    }
}
