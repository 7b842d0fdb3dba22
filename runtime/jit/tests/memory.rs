//! Code is executable or writable, never both, and is gone when its owner is.
//!
//! One test, because it looks at the mappings of the whole process.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may fail"
)]

mod subjects;

use std::sync::Arc;

use gatewright_jit::{Columns, Native, Options};
use gatewright_runtime::{Lowering, Rail};
use gatewright_tests::generate::{Base, Random, policy_set};

/// Bytes of this process that code may run in and no file stands behind.
fn anonymous_code() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut found = 0;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let (range, rights) = (words.next().unwrap(), words.next().unwrap());
        assert!(
            !(rights.contains('w') && rights.contains('x')),
            "writable and executable: {line}"
        );
        let is_anonymous = words.nth(3).is_none();
        if rights.contains('x') && is_anonymous {
            let (first, end) = range.split_once('-').unwrap();
            let number = |text: &str| usize::from_str_radix(text, 16).unwrap();
            found += number(end) - number(first);
        }
    }
    found
}

#[test]
fn code_is_never_writable_and_is_gone_with_its_owner() {
    let mut random = Random::new(1);
    let base = Base::entra();
    let engine = subjects::engine_of(&policy_set(&mut random, &base, 20));
    let before = anonymous_code();
    let compile = || Native::compile(&engine, Options::default()).unwrap();
    let (native, columns) = (
        compile(),
        Columns::compile(&engine, Rail::Certain, Options::default()).unwrap(),
    );
    let during = anonymous_code();
    let bytes = native.statistics().code_bytes + columns.statistics().code_bytes;
    assert!(during >= before + bytes, "{before:?} {during:?} {bytes}");
    drop((native, columns));
    assert_eq!(anonymous_code(), before, "code outlives its owner");

    // Exchanged while others decide: the old code goes when its last user does.
    let mut shared = Arc::new(compile());
    let one = anonymous_code();
    for _ in 0..30 {
        let classes = subjects::random_classes(&mut random, engine.program());
        let expected = subjects::interpreted(&engine, Rail::Certain, &classes);
        let users: Vec<_> = (0..2)
            .map(|_| {
                let (native, classes) = (Arc::clone(&shared), classes.clone());
                std::thread::spawn(move || {
                    let mut applying = Vec::new();
                    native.applying(&classes, Rail::Certain, &mut applying);
                    applying
                })
            })
            .collect();
        shared = Arc::new(compile());
        for user in users {
            assert_eq!(user.join().unwrap(), expected);
        }
        assert_eq!(anonymous_code(), one);
    }
    drop(shared);
    assert_eq!(anonymous_code(), before);
}
