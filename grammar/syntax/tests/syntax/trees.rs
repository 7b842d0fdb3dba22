//! Whole files that are right: every declaration, every clause.

use gatewright_source::SourceId;
use gatewright_syntax::ast::{ClauseBody, DeclarationKind, Expr, Operand};
use gatewright_syntax::{
    Parsed, dump_file, dump_problems, dump_tokens, parse_file, parse_rule, parse_rule_at,
};

const CONTOSO: &str = include_str!("samples/contoso.gate");
const PAYMENTS: &str = include_str!("samples/payments.gate");

#[track_caller]
fn file(text: &str) -> Parsed<gatewright_syntax::ast::File> {
    let parsed = parse_file(SourceId(0), text);
    assert_eq!(dump_problems(&parsed.problems), "");
    parsed
}

#[test]
fn the_company_of_the_language_page_is_read() {
    insta::assert_snapshot!(dump_file(&file(CONTOSO).tree));
}

#[test]
fn schemas_templates_and_every_kind_of_clause_are_read() {
    insta::assert_snapshot!(dump_file(&file(PAYMENTS).tree));
}

#[test]
fn tokens_are_shown_with_their_bytes() {
    let text = "rule R = a –eq 'x' // why\n";
    insta::assert_snapshot!(dump_tokens(&file(text).tokens, text));
}

#[test]
fn a_file_on_one_line_is_read_like_one_on_many() {
    let one_line = CONTOSO
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join(" ");
    let many = file(CONTOSO).tree.declarations.len();
    assert_eq!(file(&one_line).tree.declarations.len(), many);
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "//! å\n@id(\"1\")\npolicy \"P\" { when a.b -eq 1 }\n";
    let parsed = file(text);
    let at = |span: gatewright_source::Span| &text[span.range()];
    let policy = &parsed.tree.declarations[0];
    assert_eq!(
        at(policy.span),
        "@id(\"1\")\npolicy \"P\" { when a.b -eq 1 }"
    );
    assert_eq!(at(policy.keyword), "policy");
    let DeclarationKind::Policy { clauses, .. } = &policy.kind else {
        panic!()
    };
    assert_eq!(at(clauses[0].span), "when a.b -eq 1");
    let ClauseBody::Expression(root) = clauses[0].body else {
        panic!()
    };
    assert_eq!(at(parsed.tree.exprs.span(root)), "a.b -eq 1");
}

#[test]
fn the_text_of_a_filter_is_its_rule_from_first_to_last_token() {
    let text = "policy \"P\" { devices except\n  a -eq 1 // no\n -or b\n block }";
    let parsed = file(text);
    let DeclarationKind::Policy { clauses, .. } = &parsed.tree.declarations[0].kind else {
        panic!()
    };
    let ClauseBody::Filter {
        is_exclude,
        text: rule,
        ..
    } = &clauses[0].body
    else {
        panic!()
    };
    assert!(is_exclude);
    assert_eq!(&text[rule.range()], "a -eq 1 // no\n -or b");
}

#[test]
fn a_rule_inside_another_file_has_the_spans_of_that_file() {
    let parsed = parse_rule_at(SourceId(3), "a -eq \"x\"", 100);
    let root = parsed.tree.root.unwrap();
    let span = parsed.tree.exprs.span(root);
    assert_eq!((span.source, span.start, span.end), (SourceId(3), 100, 109));
    assert_eq!(parsed.tokens.range(0), 0..1);
    let broken = parse_rule_at(SourceId(3), "a -eq \"x", 100);
    assert_eq!(broken.problems[0].span.start, 106);
}

#[test]
fn documentation_belongs_to_what_follows() {
    let text =
        "//! file\n/// one\n@a\n/// two\ngroup A = \"1\" // no\n/// three\ngroup B = \"2\"\n";
    let parsed = file(text);
    let docs: Vec<_> = parsed
        .tree
        .declarations
        .iter()
        .map(|d| d.docs.join("|"))
        .collect();
    assert_eq!(parsed.tree.docs, ["file"]);
    assert_eq!(docs, ["one|two", "three"]);
}

#[test]
fn any_word_may_be_a_name_where_it_stands_for_one() {
    file(
        "policy \"P\" { apps [block, users] except apps, state users groups [policy, when] block }",
    );
    file("rule policy = user.state -eq \"x\" -or session.block -eq never\ngroup rule = \"x\"");
    file("test \"T\" { given { block users policy when } expect { block } }");
    file("entity policy { rule: String graph: String }");
}

#[test]
fn an_operator_remembers_how_it_was_written() {
    let parsed = parse_rule(SourceId(0), "a –EQ 1");
    let Expr::Compare {
        operator, right, ..
    } = parsed.tree.exprs.get(parsed.tree.root.unwrap())
    else {
        panic!()
    };
    assert!(operator.has_hyphen && operator.has_dash);
    assert!(matches!(right, Operand::Literal(name) if name.text == "1"));
}
