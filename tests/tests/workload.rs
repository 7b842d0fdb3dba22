//! The workload of the benchmarks: our engine and the obvious way come to the same decisions, by way
//! of JSON and by way of typed requests.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a workload that cannot be built proves nothing"
)]

use gatewright_runtime::{Engine, Mode, Request, Scratch};
use gatewright_tests::workload::facts::{Attributes, combined};
use gatewright_tests::workload::sign_ins::{json, sign_ins};
use gatewright_tests::workload::{Shape, Workload, graph, oracle};

fn engine(workload: &Workload) -> Engine {
    let compilation = graph::compilation(workload);
    assert!(compilation.is_readable(), "{}", compilation.render());
    let program = compilation.program(&compilation.decisions());
    Engine::from_program(program).unwrap_or_else(|error| panic!("{error}"))
}

fn check(shape: Shape, count: usize, requests: usize) {
    let workload = Workload::new(shape, count);
    let engine = engine(&workload);
    let attributes = Attributes::new(&engine);
    let mut scratch = Scratch::default();
    for sign_in in sign_ins(&workload.locations, requests) {
        let expected = oracle::decide(&workload.policies, &workload.locations, &sign_in);
        let text = json(&sign_in);
        let typed = attributes.request(&engine, &sign_in).expect("types fit");
        let read = Request::from_json(&engine, text.as_bytes()).expect("the request is readable");
        for request in [typed, read] {
            let decision = engine
                .decide(&request, &mut scratch, Mode::Graph)
                .expect("the request can be decided");
            let found = (decision.applying().to_vec(), combined(&decision));
            assert_eq!(found, (expected.0.clone(), Some(expected.1)), "{text}");
        }
    }
}

#[test]
fn the_engine_decides_the_workload_as_the_obvious_way_does() {
    check(Shape::Mixed, 240, 300);
    check(Shape::Narrow, 500, 100);
}

#[test]
fn a_project_of_text_is_the_same_program() {
    let workload = Workload::new(Shape::Mixed, 60);
    let compilation = graph::compilation(&workload);
    let text = gatewright_compiler::compile(&graph::project(&compilation));
    assert!(text.is_readable(), "{}", text.render());
    assert_eq!(text.set.policies.len(), workload.policies.len());
}

#[test]
fn the_workload_is_what_it_says_it_is() {
    let workload = Workload::new(Shape::Mixed, 240);
    let sign_ins = sign_ins(&workload.locations, 500);
    let (mut applying, mut bytes, mut verdicts) = (0, 0, [0; 5]);
    for sign_in in &sign_ins {
        let (list, combined) = oracle::decide(&workload.policies, &workload.locations, sign_in);
        applying += list.len();
        bytes += json(sign_in).len();
        verdicts[combined.verdict as usize] += 1;
    }
    let mean = applying as f64 / sign_ins.len() as f64;
    assert!(
        (8.0..12.0).contains(&mean),
        "{mean} policies apply, {verdicts:?}"
    );
    let bytes = bytes / sign_ins.len();
    assert!((1_600..1_900).contains(&bytes), "{bytes} bytes");
    assert!(verdicts[1..].iter().all(|count| *count > 0), "{verdicts:?}");
}
