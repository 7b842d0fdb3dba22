//! Bundles that were cut off or damaged, and what is none.

use gatewright_bytecode::{SourceFile as SourceHash, inputs};
use gatewright_compiler::{Input, SourceFile, compile, unpack};
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

/// A bundle with its sources.
fn bundle_with_sources() -> Vec<u8> {
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        bytes: text.into(),
    };
    let input = Input {
        manifest: Some(file("gatewright.toml", "name = \"p\"")),
        files: vec![file("policies/p.gate", POLICY)],
        ..Input::default()
    };
    let compilation = compile(&input);
    let program = compilation.program(&compilation.decisions());
    compilation.bundle_with_sources(&program, &input).unwrap()
}

fn load_error(bytes: &[u8]) -> Option<String> {
    on_a_small_stack(|| Engine::load(bytes).err().map(|error| error.to_string()))
}

#[test]
fn a_bundle_that_is_cut_off_anywhere_is_refused() {
    for (bundle, step) in [
        (bundle(POLICY), 1),
        (bundle_with_sources(), 1),
        (large_bundle(), 97),
    ] {
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
    for (bundle, step) in [
        (bundle(POLICY), 1),
        (bundle_with_sources(), 1),
        (large_bundle(), 61),
    ] {
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

/// Make the hash at the end fit.
fn seal(bytes: &mut [u8]) {
    let (content, end) = bytes.split_at_mut(bytes.len() - 32);
    let name = SourceHash::new("", content).hash;
    let digits = name.strip_prefix("blake3:").unwrap();
    for (at, byte) in end.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap();
    }
}

/// Whoever made it also made the hash: sources are refused, or compile to what is decided.
#[test]
fn sources_that_somebody_changed_are_refused_or_mean_the_same() {
    let bundle = bundle_with_sources();
    let content = bundle.len() - 32;
    let first = inputs(&bundle).unwrap()[0].bytes.as_ptr().addr() - bundle.as_ptr().addr();
    let program = Engine::load(&bundle).unwrap().hash().map(str::to_owned);
    let mut reasons = Histogram::default();
    // From the beginning of the section, a few bytes before the first content.
    for at in first - 24..content {
        for bit in [0, 5, 7] {
            let mut changed = bundle.clone();
            changed[at] ^= 1 << bit;
            seal(&mut changed);
            match on_a_small_stack(|| unpack(&changed, "p.gwb")) {
                Err(error) => reasons.count(error.to_string()),
                Ok(found) => {
                    assert_eq!(found.other_producer, None);
                    let compilation = compile(&found.input);
                    let again = compilation.program(&compilation.decisions());
                    let engine = Engine::from_program(again).unwrap();
                    assert_eq!(engine.hash().map(str::to_owned), program, "byte {at}");
                    reasons.count("means the same");
                }
            }
        }
    }
    println!("{}", reasons.table());
    assert!(reasons.get("its sources do not compile to the program in it") > 50);
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
