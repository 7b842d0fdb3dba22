//! Texts made to hurt: long, deep, and unbalanced. Counts are asserted, never time.

use gatewright_source::SourceId;
use gatewright_syntax::ast::Expr;
use gatewright_syntax::{
    NESTING_MAX, PROBLEMS_MAX, SyntaxProblem, SyntaxProblemKind as Kind, dump_file, dump_rule,
    parse_file, parse_rule,
};

/// Run on the stack that a thread has by default.
fn on_small_stack(check: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(check)
        .unwrap();
    thread.join().unwrap();
}

/// Whether this is all that is said.
fn is_too_deep(problems: &[SyntaxProblem]) -> bool {
    let kind = Kind::TooDeep { limit: NESTING_MAX };
    matches!(problems, [problem] if problem.kind == kind)
}

#[test]
fn a_rule_of_a_hundred_thousand_tokens_is_one_flat_chain() {
    let text = vec!["device.a -eq \"x\""; 20_000].join(" -or ");
    let parsed = parse_rule(SourceId(0), &text);
    assert!(parsed.problems.is_empty());
    let Expr::Or(parts) = parsed.tree.exprs.get(parsed.tree.root.unwrap()) else {
        panic!()
    };
    assert_eq!(parts.len(), 20_000);
    assert_eq!(parsed.tree.exprs.len(), 20_001);
}

#[test]
fn a_file_of_many_policies_is_read_whole() {
    let policy =
        "policy \"P\" {\n    state enabled\n    users all except groups [A]\n    block\n}\n";
    let parsed = parse_file(SourceId(0), &policy.repeat(5_000));
    assert!(parsed.problems.is_empty());
    assert_eq!(parsed.tree.declarations.len(), 5_000);
}

#[test]
fn nesting_up_to_the_cap_is_read_and_shown_without_deep_stacks() {
    on_small_stack(|| {
        for unit in ["(", "-not ", "(-not a -or b -and (", "a -any "] {
            let per_unit =
                unit.matches(['(', '-']).count() - unit.matches(" -or b -and").count() * 2;
            let count = NESTING_MAX / per_unit;
            let closing = ")".repeat(count * unit.matches('(').count());
            let parsed = parse_rule(SourceId(0), &format!("{}x{closing}", unit.repeat(count)));
            assert!(parsed.problems.is_empty(), "{unit}: {:?}", parsed.problems);
            assert!(dump_rule(&parsed.tree).contains("name x"));
        }
        let deep = "scope \"S\" {".repeat(NESTING_MAX) + &"}".repeat(NESTING_MAX);
        let parsed = parse_file(SourceId(0), &deep);
        assert!(parsed.problems.is_empty());
        assert_eq!(dump_file(&parsed.tree).lines().count(), NESTING_MAX);
    });
}

#[test]
fn nesting_past_the_cap_is_one_problem() {
    on_small_stack(|| {
        for unit in ["(", "[", "-not ", "a -any ", "-not ("] {
            let parsed = parse_rule(SourceId(0), &unit.repeat(100_000));
            let [problem] = parsed.problems.as_slice() else {
                panic!("{unit}")
            };
            assert_eq!(problem.kind, Kind::TooDeep { limit: NESTING_MAX }, "{unit}");
        }
        let balanced = format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000));
        let parsed = parse_rule(SourceId(0), &balanced);
        assert!(is_too_deep(&parsed.problems));
        let scopes = parse_file(SourceId(0), &"scope \"S\" {".repeat(100_000));
        assert!(is_too_deep(&scopes.problems));
    });
}

#[test]
fn millions_of_open_brackets_are_one_problem() {
    on_small_stack(|| {
        for bracket in ["(", "[", "{"] {
            let many = bracket.repeat(50 << 20);
            let parsed = parse_file(SourceId(0), &many);
            assert_eq!(parsed.problems.len(), 1, "{bracket}");
            assert!(parsed.tokens.len() < 2 << 20);
            let policy = format!("policy \"P\" {{ users {many}");
            assert_eq!(
                parse_file(SourceId(0), &policy).problems.len(),
                1,
                "{bracket}"
            );
        }
        let parsed = parse_rule(SourceId(0), &"(".repeat(50 << 20));
        assert!(is_too_deep(&parsed.problems));
    });
}

#[test]
fn what_is_wrong_everywhere_is_said_a_bounded_number_of_times() {
    on_small_stack(|| {
        let texts = [
            "@",
            "policy \"P\"\n",
            "usrs\n",
            "graph {",
            "}",
            "\"\n",
            "@a(\n",
            "group\n",
        ];
        for text in texts {
            let parsed = parse_file(SourceId(0), &text.repeat(3_000));
            let count = parsed.problems.len();
            assert!((1..=PROBLEMS_MAX).contains(&count), "{text}: {count}");
            let inner = format!("policy \"P\" {{\n{}", text.repeat(3_000));
            let count = parse_file(SourceId(0), &inner).problems.len();
            assert!((1..=PROBLEMS_MAX).contains(&count), "{text}: {count}");
        }
    });
}
