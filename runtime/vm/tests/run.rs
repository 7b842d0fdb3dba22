//! The interpreter ends where the diagram does, in as many steps as were foretold at most.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check that cannot be made should fail the test"
)]

#[path = "../../bytecode/tests/sample/mod.rs"]
mod sample;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use gatewright_bytecode::{Op, verify};
use gatewright_vm::{run, run_counting};

/// `range`, `switch` and `table` on variable 0 of five classes, then the ends.
fn code() -> Vec<u32> {
    let mut code = vec![Op::Range.encode(0), 0, 1, 2, 22, 21];
    code.extend([Op::Switch.encode(3), 0, 0, 21, 2, 22, 4, 21]);
    code.extend([Op::Table.encode(5), 0, 22, 21, 21, 21, 22]);
    code.extend([Op::Reject.encode(0), Op::Accept.encode(0)]);
    code
}

#[test]
fn every_operation_goes_where_the_class_says() {
    let rows: [(u32, [bool; 5]); 5] = [
        (0, [false, true, true, false, false]),
        (6, [false, false, true, true, false]),
        (14, [true, false, false, false, true]),
        (21, [false; 5]),
        (22, [true; 5]),
    ];
    for (entry, expected) in rows {
        for (class, expected) in (0..).zip(expected) {
            assert_eq!(
                run(&code(), entry, &[class]),
                expected,
                "@{entry} at class {class}"
            );
        }
    }
}

#[test]
fn a_loop_that_no_verifier_saw_ends_in_reject() {
    let code = [Op::Range.encode(0), 0, 0, 1, 0, 0];
    let (sender, receiver) = mpsc::channel();
    let running = std::thread::spawn(move || sender.send(run(&code, 0, &[0])));
    // Where assertions are on, one of them says so first, and nothing is sent.
    match receiver.recv_timeout(Duration::from_secs(10)) {
        Ok(holds) => assert!(!holds),
        Err(RecvTimeoutError::Disconnected) => assert!(running.join().is_err()),
        Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
    }
}

#[test]
fn no_path_is_longer_than_foretold() {
    let program = sample::varied();
    let costs = verify(&program).unwrap();
    let counts: Vec<u32> = program
        .variables
        .iter()
        .map(|row| row.class_count)
        .collect();
    for (policy, max) in program.policies.iter().zip(&costs.policies) {
        let mut longest = 0;
        for round in 0..500u32 {
            let class = |(place, count): (u32, &u32)| (round / (place % 5 + 1) + place) % count;
            let classes: Vec<u32> = (0..).zip(&counts).map(class).collect();
            for entry in [policy.certain, policy.possible] {
                let (holds, steps) = run_counting(&program.code, entry, &classes);
                assert_eq!(holds, run(&program.code, entry, &classes));
                assert!(steps <= *max);
                longest = longest.max(steps);
            }
        }
        assert!(longest > 1);
    }
}
