//! What each pass of the optimiser does to small sets. That passes keep the meaning is checked
//! wherever a test of this crate asks whether a policy applies.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a check that cannot be made should fail the test"
)]

mod fixture;

use fixture::*;
use gatewright_decision::{Classes, Decisions, OptimiseOptions, Pass, Variable, engine, optimise};
use gatewright_hir::model::*;
use gatewright_value::Truth::{False, True, Unknown};

fn after(decisions: &Decisions, pass: Pass) -> (Decisions, String) {
    let options = OptimiseOptions {
        passes: vec![pass],
        has_dump: true,
        ..OptimiseOptions::default()
    };
    let (optimised, report) = optimise(decisions, &options);
    pass.verify(&optimised).unwrap();
    (optimised, report.effects[0].dump.clone())
}

fn variable<'d>(decisions: &'d Decisions, start: &str) -> &'d Variable {
    let mut found = decisions.space.variables.iter();
    found
        .find(|variable| variable.name.starts_with(start))
        .unwrap()
}

fn user_id(id: &str) -> UserScope {
    UserScope::User(id.into())
}

#[test]
fn constants_that_are_always_named_together_become_one_class() {
    let emergency = || vec![user_id("a"), user_id("c")];
    let one = policy(users(vec![UserScope::All], emergency()));
    let other = policy(users(vec![user_id("b")], emergency()));
    let policies = set(vec![one, other]);
    let decisions = build(&policies);
    assert_eq!(variable(&decisions, "user.id").class_count, 6);
    let (merged, dump) = after(&decisions, Pass::Classes);
    let found = variable(&merged, "user.id");
    assert_eq!(found.class_count, 5);
    assert!(dump.contains("user.id: 6 → 5 classes"), "{dump}");
    let Classes::Text(entries) = &found.classes else {
        panic!("{found:?}")
    };
    assert_eq!(entries[0].class, entries[2].class);
    for (id, truths) in [
        ("a", [False; 2]),
        ("b", [True; 2]),
        ("c", [False; 2]),
        ("d", [True, False]),
    ] {
        let classes = SignIn::user("mail")
            .with("user.id", id)
            .encode(&merged.space);
        let found = [0, 1].map(|place| engine::policy(&merged, place, &classes));
        assert_eq!(found, truths, "{id}");
    }
}

#[test]
fn entries_that_say_what_is_around_them_go() {
    let starts = |texts: &[&str]| {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        test("user.department", Comparison::StartsWith(texts))
    };
    let either = Expr::Any(vec![
        starts(&["sa"]),
        one_of("user.department", &["sales", "hr"]),
    ]);
    let decisions = build(&set(vec![when(either)]));
    let (merged, _) = after(&decisions, Pass::Classes);
    let Classes::Text(entries) = &variable(&merged, "user.department").classes else {
        panic!("no text")
    };
    let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(texts, ["hr", "sa"]);
    for (text, truth) in [("Sales", True), ("sax", True), ("HR", True), ("h", False)] {
        let classes = SignIn::user("mail").with("user.department", text);
        let classes = classes.encode(&merged.space);
        assert_eq!(engine::policy(&merged, 0, &classes), truth, "{text}");
    }
}

#[test]
fn elements_that_are_asked_together_become_one_test() {
    let scope = users(vec![group("a"), group("b")], vec![group("x"), group("y")]);
    let policies = set(vec![policy(scope)]);
    let decisions = build(&policies);
    let (joined, dump) = after(&decisions, Pass::Sets);
    assert!(dump.contains("user.groups reaches \"a\", \"b\""), "{dump}");
    assert!(joined.dag.node_count() < decisions.dag.node_count());
    let user = || SignIn::user("mail");
    for (sign_in, truth) in [
        (user(), False),
        (user().with("user.groups", ["b"]), True),
        (user().with("user.groups", ["a", "y"]), False),
        (user().unknown("user.groups"), Unknown),
    ] {
        let classes = sign_in.encode(&joined.space);
        assert_eq!(engine::policy(&joined, 0, &classes), truth, "{sign_in:?}");
        assert_eq!(applies(&policies, &sign_in), truth);
    }
}

#[test]
fn what_no_condition_asks_is_dropped_with_its_classes() {
    let decisions = build(&set(vec![policy(users(
        vec![group("a"), group("b")],
        vec![],
    ))]));
    let (joined, _) = after(&decisions, Pass::Sets);
    let is_of_groups = |variable: &&Variable| variable.name.starts_with("user.groups");
    assert_eq!(
        joined.space.variables.iter().filter(is_of_groups).count(),
        3
    );
    let (dropped, dump) = after(&joined, Pass::Classes);
    assert_eq!(
        dropped.space.variables.iter().filter(is_of_groups).count(),
        1
    );
    assert!(dump.contains("dropped"), "{dump}");
}

#[test]
fn an_option_switches_a_pass_off_and_reports_name_those_that_ran() {
    let decisions = build(&set(vec![policy(users(
        vec![group("a"), group("b")],
        vec![],
    ))]));
    let options = OptimiseOptions {
        passes: Vec::new(),
        ..OptimiseOptions::default()
    };
    let (same, report) = optimise(&decisions, &options);
    assert_eq!(report.effects, []);
    assert_eq!(same.space, decisions.space);
    let (_, report) = optimise(&decisions, &OptimiseOptions::default());
    let ran: Vec<Pass> = report.effects.iter().map(|effect| effect.pass).collect();
    assert_eq!(ran, Pass::ALL);
    for pass in Pass::ALL {
        assert_eq!(Pass::parse(pass.name()), Some(pass));
    }
}
