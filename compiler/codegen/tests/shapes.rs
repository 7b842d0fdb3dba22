//! What a node becomes by the classes that it tells apart, and what a matcher lists.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a check that cannot be made should fail the test"
)]

#[path = "../../decision/tests/fixture/mod.rs"]
mod fixture;

use fixture::*;
use gatewright_bytecode::{Instruction, Matcher, Program, verify};
use gatewright_codegen::{Options, emit};
use gatewright_decision::Limits;
use gatewright_hir::model::*;
use gatewright_source::SourceMap;

const NAME: &str = "device.displayName";

#[track_caller]
fn compile(set: &PolicySet) -> Program {
    let decisions = gatewright_decision::build(set, &Limits::default());
    let program = emit(set, &decisions, &SourceMap::new(), &Options::default());
    verify(&program).expect("a program that is fit to run");
    program
}

fn shape(program: &Program, entry: u32) -> &'static str {
    match Instruction::decode(&program.code, entry) {
        Some(Instruction::Range { .. }) => "range",
        Some(Instruction::Switch { .. }) => "switch",
        Some(Instruction::Table { .. }) => "table",
        _ => "end",
    }
}

/// The shapes of a test of some of so many names, where it certainly holds and where it possibly
/// does: there the names, and the missing fact.
fn shapes(chosen: impl IntoIterator<Item = usize>, total: usize) -> [&'static str; 2] {
    let names: Vec<String> = (0..total).map(|number| format!("n{number:02}")).collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let chosen: Vec<&str> = chosen.into_iter().map(|number| all[number]).collect();
    let others = when(one_of(NAME, &all));
    let program = compile(&set(vec![when(one_of(NAME, &chosen)), others]));
    let policy = &program.policies[0];
    [policy.certain, policy.possible].map(|entry| shape(&program, entry))
}

#[test]
fn a_node_becomes_its_shortest_instruction() {
    assert_eq!(shapes([0], 1), ["range", "table"]);
    assert_eq!(shapes([3], 12), ["range", "table"]);
    assert_eq!(shapes([3, 9], 12), ["table", "table"]);
    assert_eq!(shapes([3], 40), ["range", "switch"]);
    assert_eq!(shapes([3, 9], 40), ["switch", "switch"]);
    assert_eq!(shapes((0..40).step_by(2), 40), ["table", "table"]);
    // Null, and null or missing: the last classes.
    let program = compile(&set(vec![when(test(NAME, Comparison::IsNull))]));
    let policy = &program.policies[0];
    let entries = [policy.certain, policy.possible];
    assert_eq!(
        entries.map(|entry| shape(&program, entry)),
        ["range", "range"]
    );
}

#[test]
fn a_matcher_lists_constants_and_prefixes_with_their_classes() {
    let prefix = test(NAME, Comparison::StartsWith(vec!["b".into()]));
    let rule = Expr::Any(vec![prefix, one_of(NAME, &["a", "c"])]);
    let program = compile(&set(vec![when(rule)]));
    let [
        Matcher::Text {
            exact, prefixes, ..
        },
    ] = &program.matchers[..]
    else {
        panic!("one matcher: {:?}", program.matchers)
    };
    assert_eq!(*exact, [("a".to_owned(), 1), ("c".to_owned(), 3)]);
    assert_eq!(*prefixes, [("b".to_owned(), 2)]);
}

#[test]
fn every_kind_of_part_has_a_matcher_where_it_stands_alone() {
    for comparison in [
        Comparison::Contains(vec!["x".into()]),
        Comparison::EndsWith(vec!["x".into()]),
        Comparison::Matches("x".into()),
    ] {
        // A variable that no matcher sets would not be verified.
        let program = compile(&set(vec![when(test(NAME, comparison))]));
        assert!(matches!(program.matchers[..], [Matcher::TextParts { .. }]));
    }
}

#[test]
fn target_sets_without_exclusions_share_a_matcher() {
    let of = |number| policy(apps(vec![app(&format!("a{number}"))], Vec::new()));
    let program = compile(&set((0..200).map(of).collect()));
    let is_targets = |matcher: &&Matcher| matches!(matcher, Matcher::Targets { .. });
    assert_eq!(program.matchers.iter().filter(is_targets).count(), 1);
}
