//! One mistake is one problem, and what stands before and after it is read.

use gatewright_source::SourceId;
use gatewright_syntax::ast::{Declaration, DeclarationKind};
use gatewright_syntax::{SyntaxProblemKind as Kind, parse_file};

const BEFORE: &str = "group First = \"1\"\npolicy \"Before\" {\n    users all\n    block\n}\n";
const AFTER: &str = "\npolicy \"After\" {\n    users all\n    block\n}\nrule Last = a -eq 1\n";

fn names(declarations: &[Declaration]) -> Vec<String> {
    let mut names = Vec::new();
    for declaration in declarations {
        match &declaration.kind {
            DeclarationKind::Policy { name, .. } | DeclarationKind::Test { name, .. } => {
                names.push(name.value.clone());
            }
            DeclarationKind::Scope { name, members, .. } => {
                names.push(format!(
                    "{}({})",
                    name.value,
                    self::names(members).join(" ")
                ));
            }
            DeclarationKind::Template { name, members, .. } => {
                names.push(format!("{}({})", name.text, self::names(members).join(" ")));
            }
            DeclarationKind::Object { name, .. } | DeclarationKind::Rule { name, .. } => {
                names.push(name.text.clone());
            }
            _ => names.push(String::new()),
        }
    }
    names
}

/// The text between two good neighbours gives this one problem and these declarations.
#[track_caller]
fn one_problem(middle: &str, wanted: &[&str], is_it: fn(&Kind) -> bool) {
    let parsed = parse_file(SourceId(0), &format!("{BEFORE}{middle}{AFTER}"));
    let all = [&["First", "Before"], wanted, &["After", "Last"]].concat();
    assert_eq!(names(&parsed.tree.declarations), all, "{middle}");
    let [problem] = parsed.problems.as_slice() else {
        panic!("{middle}: {:?}", parsed.problems)
    };
    assert!(is_it(&problem.kind), "{middle}: {problem:?}");
    for declaration in parsed.tree.declarations.iter().filter(|d| d.is_broken) {
        assert!(wanted.contains(&names(std::slice::from_ref(declaration))[0].as_str()));
    }
}

fn is_unclosed(kind: &Kind) -> bool {
    matches!(kind, Kind::UnclosedBracket { .. })
}

#[test]
fn a_missing_brace_ends_before_the_next_declaration() {
    one_problem("policy \"P\" {\n    users all\n", &["P"], is_unclosed);
    one_problem(
        "policy \"P\" {\n    users groups [A\n    block\n}",
        &["P"],
        is_unclosed,
    );
    one_problem(
        "policy \"P\" {\n    when (a -eq 1\n    block\n}",
        &["P"],
        is_unclosed,
    );
    one_problem(
        "test \"T\" {\n  given { user A\n  expect { block }\n}",
        &["T"],
        is_unclosed,
    );
    one_problem(
        "test \"T\" {\n  given { user A }\n  expect { block\n}",
        &["T"],
        is_unclosed,
    );
    one_problem(
        "policy \"P\" {\n    graph { \"a\": {\n}",
        &["P"],
        is_unclosed,
    );
    one_problem("@owner(\"x\"\npolicy \"P\" { block }", &["P"], is_unclosed);
}

#[test]
fn a_scope_without_its_brace_ends_where_the_indentation_does() {
    let scope = "scope \"S\" {\n    users all\n    policy \"P\" {\n        block\n    }\n";
    one_problem(scope, &["S(P)"], is_unclosed);
    let inner = "scope \"S\" {\n    policy \"P\" {\n        block\n    policy \"Q\" { block }\n}\n";
    one_problem(inner, &["S(P Q)"], is_unclosed);
    one_problem(
        "template T(a) {\n    policy \"P\" { block }\n",
        &["T(P)"],
        is_unclosed,
    );
}

#[test]
fn braces_too_many_take_nothing_with_them() {
    let is_unmatched: fn(&Kind) -> bool = |kind| matches!(kind, Kind::UnmatchedBracket { .. });
    one_problem("policy \"P\" { block } } } }", &["P"], is_unmatched);
    let scope = "scope \"S\" {\n    policy \"P\" { block } }\n    policy \"Q\" { block }\n}";
    let parsed = parse_file(SourceId(0), &format!("{BEFORE}{scope}{AFTER}"));
    assert_eq!(parsed.problems.len(), 1);
}

#[test]
fn a_misspelt_keyword_is_read_as_the_one_that_was_meant() {
    let is_misspelt: fn(&Kind) -> bool = |kind| {
        matches!(
            kind,
            Kind::UnknownDeclaration {
                candidate: Some(_),
                ..
            }
        )
    };
    one_problem(
        "polcy \"P\" {\n    users all\n    block\n}",
        &["P"],
        is_misspelt,
    );
    one_problem("Policy \"P\" { users all block }", &["P"], is_misspelt);
    one_problem("grop G = \"1\"", &["G"], is_misspelt);
    one_problem("banana \"P\" { users all block }", &[], |kind| {
        matches!(
            kind,
            Kind::UnknownDeclaration {
                candidate: None,
                ..
            }
        )
    });
}

#[test]
fn a_misspelt_head_is_read_as_the_one_that_was_meant() {
    let text = "policy \"P\" {\n    usrs all\n    platform [iOS]\n    block\n    grants mfa\n}";
    let parsed = parse_file(SourceId(0), text);
    let DeclarationKind::Policy { clauses, .. } = &parsed.tree.declarations[0].kind else {
        panic!()
    };
    let heads: Vec<_> = clauses.iter().map(|clause| clause.head.word()).collect();
    assert_eq!(heads, ["users", "platforms", "block"]);
    let candidates: Vec<_> = parsed
        .problems
        .iter()
        .map(|problem| match &problem.kind {
            Kind::UnknownClause { candidate, .. } => candidate.map(|head| head.word()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(candidates, [Some("users"), Some("platforms"), None]);
}

#[test]
fn each_clause_has_its_own_problem() {
    let text = "policy \"P\" {\n    users groups [A\n    apps\n    when a -eq\n    \
                platforms -eq iOS\n    devices a -eq 1\n    require any [mfa]\n}";
    let parsed = parse_file(SourceId(0), text);
    let found: Vec<_> = parsed.problems.iter().map(|p| &p.kind).collect();
    assert!(
        matches!(
            found.as_slice(),
            [
                Kind::UnclosedBracket { .. },
                Kind::EmptyClause { .. },
                Kind::MissingValue { .. },
                Kind::Unexpected { .. },
                Kind::Unexpected { .. },
            ]
        ),
        "{found:?}"
    );
}

#[test]
fn a_name_is_known_even_where_the_rest_is_broken() {
    let is_unexpected: fn(&Kind) -> bool = |kind| matches!(kind, Kind::Unexpected { .. });
    one_problem("group G = ", &["G"], is_unexpected);
    one_problem("group \"G\" = \"1\"", &["G"], is_unexpected);
    one_problem("group G \"1\"", &["G"], is_unexpected);
    one_problem("policy P { users all block }", &["P"], is_unexpected);
    one_problem(
        "policy \"P\"\n    users all\n    block\n}",
        &["P"],
        is_unexpected,
    );
    one_problem("policy \"P\"", &["P"], is_unexpected);
    one_problem("rule R = a -eq", &["R"], |kind| {
        matches!(kind, Kind::MissingValue { .. })
    });
    one_problem(
        "policy \"P {\n    users all\n    block\n}",
        &["P {"],
        |kind| matches!(kind, Kind::UnterminatedString { .. }),
    );
}

#[test]
fn a_clause_outside_of_a_policy_is_one_problem() {
    let is_unexpected: fn(&Kind) -> bool = |kind| matches!(kind, Kind::Unexpected { .. });
    one_problem("when a -eq 1\n    -and (b", &[], is_unexpected);
}

#[test]
fn annotations_of_nothing_are_a_problem() {
    let parsed = parse_file(SourceId(0), "group A = \"1\"\n@owner(\"x\")\n");
    assert!(matches!(parsed.problems[0].kind, Kind::Unexpected { .. }));
}

#[test]
fn a_brace_too_many_inside_of_a_declaration_does_not_end_it() {
    let is_unmatched: fn(&Kind) -> bool = |kind| matches!(kind, Kind::UnmatchedBracket { .. });
    let is_unexpected: fn(&Kind) -> bool = |kind| matches!(kind, Kind::Unexpected { .. });
    let policy = |users: &str| format!("policy \"P\" {{\n    users {users}\n    block\n}}");
    one_problem(&policy("} all"), &["P"], is_unmatched);
    one_problem(&policy("all\n    } apps all"), &["P"], is_unmatched);
    one_problem(&policy("{ all"), &["P"], is_unexpected);
    one_problem("group } G = \"1\"", &["G"], is_unmatched);
    let scope = |users: &str| {
        format!("scope \"S\" {{\n    users {users}\n    policy \"P\" {{ block }}\n}}")
    };
    one_problem(&scope("{ all"), &["S(P)"], is_unexpected);
    let test = "test \"T\" {\n    given { user } A }\n    expect { block }\n}";
    let parsed = parse_file(SourceId(0), &format!("{BEFORE}{test}{AFTER}"));
    assert_eq!(parsed.problems.len(), 1, "{:?}", parsed.problems);
}

#[test]
fn the_brace_that_is_missing_is_that_of_the_inner_declaration_by_its_indentation() {
    let scope = "scope \"S\" {\n    users all\n    policy \"P\" {\n        block\n}";
    one_problem(scope, &["S(P)"], is_unclosed);
}

#[test]
fn a_slip_before_a_declaration_or_its_name_hides_neither() {
    for slip in ["(", "[", "{", ",", ".", "@", "/*", "-"] {
        one_problem(&format!("{slip} policy \"P\" {{ block }}"), &["P"], |_| {
            true
        });
        one_problem(&format!("{slip} group G = \"1\""), &["G"], |_| true);
    }
    for slip in ["(", ")", "]", "}", ",", "@"] {
        one_problem(&format!("group {slip} G = \"1\""), &["G"], |_| true);
        one_problem(
            &format!("policy {slip} \"P\" {{\n    block\n}}"),
            &["P"],
            |_| true,
        );
    }
    one_problem("@\npolicy \"P\" { block }", &["P"], |_| true);
}

#[test]
fn clauses_of_a_declaration_without_a_name_are_no_declarations() {
    let text = "policy\n    users all\n    session signInFrequency 4 hours\n    block\n}";
    one_problem(text, &[""], |_| true);
}

#[test]
fn what_a_quote_too_many_hides_is_one_problem() {
    let is_open: fn(&Kind) -> bool = |kind| matches!(kind, Kind::UnterminatedString { .. });
    one_problem("' group G = 1", &[], is_open);
    one_problem(
        "policy \"P\" {\n    users ' all\n    block\n}",
        &["P"],
        is_open,
    );
}

#[test]
fn one_attribute_member_or_row_that_cannot_be_read_leaves_the_others_alone() {
    let text = "entity e {\n    a: String\n    b: [\n    c: String\n}\n\
                enum E {\n    x\n    ]\n    y\n}\n\
                dialect \"d\" {\n    e.a: [eq]\n    e.b [\n    e.c: [ne]\n}";
    let parsed = parse_file(SourceId(0), text);
    assert_eq!(parsed.problems.len(), 3, "{:?}", parsed.problems);
    let counts: Vec<usize> = { parsed.tree.declarations.iter() }
        .map(|declaration| match &declaration.kind {
            DeclarationKind::Entity { attributes, .. } => attributes.len(),
            DeclarationKind::Enum { members, .. } => members.len(),
            DeclarationKind::Dialect { rows, .. } => rows.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [2, 2, 2]);
}

#[test]
fn a_dot_that_waits_for_a_name_takes_no_clause_and_no_declaration() {
    let text = "policy \"P\" {\n    devices where device.\n    users all\n    block\n}";
    let parsed = parse_file(SourceId(0), text);
    assert_eq!(parsed.problems.len(), 1, "{:?}", parsed.problems);
    let DeclarationKind::Policy { clauses, .. } = &parsed.tree.declarations[0].kind else {
        panic!()
    };
    assert_eq!(clauses.len(), 3);
    one_problem("rule R = device.", &["R"], |_| true);
    // A name on the next line is a name.
    let text = "policy \"P\" {\n    when payer.\n        state -eq 1\n    block\n}";
    assert_eq!(parse_file(SourceId(0), text).problems, []);
}

#[test]
fn words_that_stand_in_no_tree_are_kept() {
    let text = "policy \"P\" {\n    devices where device.model -eq 'a' -and device.\n    \
                require [mfa\n}\nbanana \"Q\" { x }\n";
    let parsed = parse_file(SourceId(0), text);
    let words = parsed.tree.unread.iter();
    let words: Vec<&str> = words.map(|term| &text[term.span().range()]).collect();
    let expected = [
        "where",
        "device.model",
        "'a'",
        "device",
        "mfa",
        "banana",
        "\"Q\"",
        "x",
    ];
    assert_eq!(words, expected);
}
