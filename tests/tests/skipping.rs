//! A combined decision passes over blocks of policies that can change nothing: here every policy
//! demands the same, but for a few that block or that have session controls, so that almost every
//! block could be passed over and hardly any may.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail"
)]

use std::collections::HashSet;

use gatewright_bytecode::Program;
use gatewright_bytecode::masks::LANES;
use gatewright_codegen::MaskUse;
use gatewright_hir::entra_schema;
use gatewright_runtime::{Engine, Mode, ReportOptions, Request, Scratch};
use gatewright_tests::engines;
use gatewright_tests::generate::policies::Base;
use gatewright_tests::generate::{Random, policy_set, sign_in};
use gatewright_tests::ways::Ways;

/// Policies: more blocks than are ever looked at together.
const POLICIES: usize = 2_304;

const SIGN_INS: usize = 40;

/// Different controls, and different session controls.
const FEW: usize = 12;

fn program(random: &mut Random) -> Program {
    let base = Base::entra();
    let set = policy_set(random, &base, POLICIES);
    let mut program = engines::program(&set, MaskUse::Always);
    // Few enough different demands to be bits: else nothing is passed over.
    program.controls.truncate(FEW);
    program.sessions.truncate(FEW);
    for policy in &mut program.policies {
        policy.is_block = false;
        policy.clauses = vec![vec![0]];
        policy.session = policy.session.filter(|number| (*number as usize) < FEW);
    }
    program
}

/// The policies of all blocks but the first 4, by number.
fn later(program: &Program) -> HashSet<u32> {
    let lanes = &program.masks.as_ref().unwrap().lanes;
    lanes.iter().skip(4 * LANES).copied().collect()
}

/// How many sign-ins came to what.
#[derive(Default)]
struct Seen {
    blocked: usize,
    granted: usize,
    with_session: usize,
}

/// Compare all ways.
fn check(program: Program, random: &mut Random) -> Seen {
    let engine = Engine::from_program(program).unwrap();
    let blocks = engine.program().masks.as_ref().unwrap().blocks.len();
    assert!(blocks > 6, "only {blocks} blocks");
    assert_eq!(engine.route().name(), "masks");
    let ways = Ways::new(engine.clone());
    let mut scratch = Scratch::default();
    let mut seen = Seen::default();
    let mut rows = Vec::new();
    for _ in 0..SIGN_INS {
        let value = sign_in(random, &entra_schema());
        let text = value.to_string();
        let request = Request::from_json(&engine, text.as_bytes()).unwrap();
        for mode in [Mode::Graph, Mode::Pessimistic] {
            let options = ReportOptions {
                mode,
                explain: false,
                hash: false,
            };
            let report = engine.report(&request, &mut scratch, &options).unwrap();
            let report = serde_json::to_value(report).unwrap();
            seen.blocked += usize::from(report["verdict"] == "block");
            seen.granted += usize::from(report["verdict"] == "grant");
            let has_session = report["session"]
                .as_object()
                .is_some_and(|all| !all.is_empty());
            seen.with_session += usize::from(has_session);
            let checked = ways.check(&value, &report, mode, &mut scratch);
            checked.unwrap_or_else(|disagreement| panic!("{disagreement}{value}"));
            if mode == Mode::Graph {
                rows.push((value.clone(), report));
            }
        }
    }
    let batch = ways.check_batch(&rows, Mode::Graph, &mut scratch);
    assert!(
        batch.unwrap_or_else(|disagreement| panic!("{disagreement}")),
        "demands are no bits"
    );
    seen
}

#[test]
fn a_block_is_not_passed_over_for_its_one_policy_that_blocks() {
    let mut random = Random::new(5);
    let mut program = program(&mut random);
    let later = later(&program);
    for (number, policy) in (0..).zip(&mut program.policies) {
        policy.session = None;
        policy.is_block = later.contains(&number) && random.chance(8);
    }
    let Seen { blocked, .. } = check(program, &mut random);
    assert!((10..70).contains(&blocked), "{blocked} blocked");
}

#[test]
fn a_block_is_not_passed_over_for_its_one_session_control() {
    let mut random = Random::new(6);
    let mut program = program(&mut random);
    let later = later(&program);
    for (number, policy) in (0..).zip(&mut program.policies) {
        if !later.contains(&number) {
            policy.session = None;
        }
    }
    let Seen { with_session, .. } = check(program, &mut random);
    assert!(with_session > 10, "{with_session} with session controls");
}

#[test]
fn a_block_is_not_passed_over_because_it_demands_nothing() {
    let mut random = Random::new(7);
    let mut program = program(&mut random);
    for policy in &mut program.policies {
        policy.clauses.clear();
        policy.session = None;
    }
    let Seen { granted, .. } = check(program, &mut random);
    assert!(granted > 40, "{granted} granted");
}
