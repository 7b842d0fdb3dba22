//! Predicates, differences and compliance policies are verified, saved and listed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod sample;

use gatewright_bytecode::{
    Costs, Difference, Matcher, Op, Program, disassemble, limits, program_hash, read, verify, write,
};
use gatewright_value::vocabulary::{Reason, State};
use gatewright_value::{AttributeInfo, FieldComparison, Kind, Predicate, PredicateStep};
use sample::{Sample, attribute, is_one_of};

/// A predicate that a policy tests, a difference, and a compliance policy.
fn program() -> Program {
    let mut sample = Sample::entra();
    let row = |name, kind| attribute(name, kind, true);
    sample
        .program
        .attributes
        .push(row("user.hired", Kind::DateTime));
    sample
        .program
        .attributes
        .push(row("user.tenure", Kind::Duration));
    let difference = Difference {
        attribute: sample.attribute("user.tenure"),
        minuend: sample.attribute("signIn.now"),
        subtrahend: sample.attribute("user.hired"),
    };
    sample.program.differences.push(difference);
    let level = is_one_of("hr_level", &["high"]);
    let pattern = Predicate::field("id", FieldComparison::Matches("^a".to_owned()));
    let some = sample.predicates(
        "app.resources",
        vec![Predicate::any([level, pattern]).negated()],
    );
    let test = sample.test(Reason::Application, some[0], 1);
    sample.policy("Tagged", State::Enabled, &[test]);
    let encrypted = sample.boolean("setting.bitLockerEnabled");
    let encrypted = sample.test(Reason::Devices, encrypted, 1);
    sample.compliance("Windows", &[], &[encrypted], 24);
    sample.finish()
}

fn predicate(program: &mut Program) -> &mut Predicate {
    match &mut program.matchers[0] {
        Matcher::Predicates { predicates, .. } => &mut predicates[0].0,
        _ => panic!(),
    }
}

type Break = fn(&mut Program);

#[test]
fn broken_predicates_differences_and_compliance_policies_are_refused() {
    fn steps(program: &mut Program, steps: Vec<PredicateStep>) {
        *predicate(program) = Predicate::from_steps(steps);
    }
    let rows: [(&str, Break, &str); 15] = [
        ("no result", |p| steps(p, vec![]), "leaves not one result"),
        (
            "operands",
            |p| steps(p, vec![PredicateStep::And]),
            "leaves not one result",
        ),
        (
            "two results",
            |p| steps(p, vec![PredicateStep::Unknown; 2]),
            "leaves not one result",
        ),
        (
            "deep",
            |p| {
                let deep = Predicate::DEPTH_MAX + 1;
                let mut row = vec![PredicateStep::Unknown; deep];
                row.extend(vec![PredicateStep::Or; deep - 1]);
                steps(p, row);
            },
            "too long or too deep",
        ),
        (
            "long",
            |p| {
                let mut row = vec![PredicateStep::Unknown];
                row.extend(vec![PredicateStep::Not; Predicate::STEPS_MAX]);
                steps(p, row);
            },
            "too long or too deep",
        ),
        (
            "folded",
            |p| *predicate(p) = is_one_of("a", &["B"]),
            "a text is not folded",
        ),
        (
            "field",
            |p| *predicate(p) = is_one_of("A", &["b"]),
            "a text is not folded",
        ),
        (
            "pattern",
            |p| {
                let long = "a".repeat(limits::PATTERN_BYTES_MAX + 1);
                *predicate(p) = Predicate::field("a", FieldComparison::Matches(long));
            },
            "a pattern is too long",
        ),
        (
            "classes",
            |p| p.variables[0].class_count = 4,
            "variable 0 has 4 classes, not 3",
        ),
        (
            "record",
            |p| {
                p.attributes.push(AttributeInfo {
                    name: "a.b".to_owned(),
                    kind: Kind::Record,
                    is_optional: true,
                });
            },
            "a record is an element of a set",
        ),
        (
            "difference",
            |p| p.differences[0].attribute -= 1,
            "a difference is no duration",
        ),
        (
            "difference of",
            |p| p.differences[0].minuend = 0,
            "a difference is not of two date-times",
        ),
        (
            "repeated",
            |p| p.differences.push(p.differences[0]),
            "differences: their attributes do not ascend",
        ),
        (
            "entry",
            |p| p.compliance.as_mut().unwrap().policies[0].met.possible = 1,
            "compliance policy 0 (`Windows`): an entry is not the start of an instruction",
        ),
        (
            "place",
            |p| {
                p.compliance.as_mut().unwrap().policies[0].requirements[0]
                    .place
                    .file = 9
            },
            "compliance policy 0 (`Windows`): the file of a place does not exist",
        ),
    ];
    verify(&program()).unwrap();
    for (what, change, expected) in rows {
        let mut program = program();
        change(&mut program);
        let error = verify(&program).map(drop).expect_err(what).to_string();
        assert!(error.contains(expected), "{what}: {error}");
    }
    let mut empty = program();
    empty.compliance.as_mut().unwrap().policies.clear();
    assert!(verify(&empty).is_err());
}

#[test]
fn constants_that_are_looked_up_must_ascend() {
    let question = |texts: [&str; 2]| gatewright_value::FieldQuestion {
        field: "a".to_owned(),
        comparison: FieldComparison::OneOf(texts.map(str::to_owned).to_vec()),
    };
    let mut program = program();
    for (texts, is_fit) in [(["a", "b"], true), (["b", "a"], false), (["a", "a"], false)] {
        let step = PredicateStep::Field(question(texts));
        *predicate(&mut program) = Predicate::from_steps(vec![step]);
        assert_eq!(verify(&program).is_ok(), is_fit, "{texts:?}");
    }
}

#[test]
fn they_come_back_from_a_bundle_and_have_a_part_in_the_name() {
    let with = program();
    let bytes = write(&with, &[]).unwrap();
    assert_eq!(*read(&bytes).unwrap().program.program(), with);
    let mut without = program();
    without.compliance = None;
    without.differences.clear();
    let fewer = write(&without, &[]).unwrap();
    assert_eq!(*read(&fewer).unwrap().program.program(), without);
    // Two rows of the section table.
    assert_eq!(bytes[16], fewer[16] + 2);
    assert_ne!(program_hash(&with), program_hash(&without));
}

#[test]
fn compliance_policies_count_in_the_costs_and_stand_in_the_listing() {
    let program = program();
    let Costs {
        policies,
        instructions_max,
        ..
    } = verify(&program).unwrap();
    assert_eq!(policies, [2]);
    // Assigned: the end twice; met: a test and the end, twice.
    assert_eq!(instructions_max, 2 + 2 + 4);
    let listing = disassemble(&program);
    assert!(
        listing.contains("compliance policy 0 `Windows`: assigned @"),
        "{listing}"
    );
    assert!(
        listing.contains("; compliance 0 requirement 0"),
        "{listing}"
    );
    assert_eq!(program.code.last(), Some(&Op::Accept.encode(0)));
}
