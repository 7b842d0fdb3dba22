//! Any text at all gives a tree and problems that point into it.

use gatewright_source::SourceId;
use gatewright_syntax::{
    SyntaxProblem, TokenTable, dump_file, dump_rule, lex_file, parse_file, parse_rule,
};
use proptest::prelude::*;

const SAMPLES: [&str; 2] = [
    include_str!("samples/contoso.gate"),
    include_str!("samples/payments.gate"),
];

const PIECES: [&str; 70] = [
    "policy",
    "scope",
    "template",
    "test",
    "rule",
    "group",
    "use",
    "entity",
    "enum",
    "dialect",
    "compliance",
    "invariant",
    "schema",
    "control",
    "session",
    "combine",
    "given",
    "expect",
    "for",
    "users",
    "apps",
    "devices",
    "when",
    "unless",
    "require",
    "block",
    "state",
    "graph",
    "always",
    "never",
    "except",
    "where",
    "all",
    "\"A\"",
    "'b'",
    "“c”",
    "\"open",
    "`",
    "\\",
    "*",
    "-",
    "-eq",
    "–ne",
    "-in",
    "-and",
    "or",
    "-not",
    "-any",
    "-x",
    "==",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ".",
    ":",
    "=",
    "?",
    "@",
    "4",
    "10.0.1",
    "2001:db8::/32",
    "// c",
    "/// d",
    "\n",
    "\n",
    "å日😀",
];

fn check(text: &str, problems: &[SyntaxProblem], tokens: &TokenTable) {
    let inside = |span: gatewright_source::Span| text.get(span.range()).is_some();
    for problem in problems {
        prop_assert_that(inside(problem.span), text, problem);
        prop_assert_that(
            problem.related.iter().all(|r| inside(r.span)),
            text,
            problem,
        );
    }
    let joined: Vec<&str> = tokens.iter().map(|(_, range)| &text[range]).collect();
    assert_eq!(joined.concat(), text);
}

#[track_caller]
fn prop_assert_that(holds: bool, text: &str, problem: &SyntaxProblem) {
    assert!(holds, "{problem:?} in {text:?}");
}

fn read(text: &str) {
    let file = parse_file(SourceId(0), text);
    check(text, &file.problems, &file.tokens);
    assert!(dump_file(&file.tree).len() >= file.tree.declarations.len());
    let rule = parse_rule(SourceId(0), text);
    check(text, &rule.problems, &rule.tokens);
    assert!(rule.tree.root.is_some() || !rule.problems.is_empty());
    assert!(!dump_rule(&rule.tree).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_characters_are_read(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_bytes_that_are_text_are_read(bytes in prop::collection::vec(0_u8..=255, 0..200)) {
        read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_order_of_tokens_is_read(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60),
        gap in prop::sample::select(&["", " ", "\n"][..]),
    ) {
        read(&pieces.join(gap));
    }

    #[test]
    fn a_sample_without_a_token_or_with_one_too_many_is_read(
        sample in prop::sample::select(&SAMPLES[..]),
        at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        is_deleted in any::<bool>(),
    ) {
        let tokens = lex_file(sample);
        let cut = tokens.range(at.index(tokens.len()));
        let piece = &sample[cut.clone()];
        let mut text = sample.to_owned();
        if is_deleted {
            text.replace_range(cut, "");
        } else {
            text.insert_str(tokens.range(to.index(tokens.len())).start, piece);
        }
        read(&text);
    }
}

#[test]
fn every_beginning_of_a_sample_is_read() {
    for sample in SAMPLES {
        let ends = sample.char_indices().map(|(at, _)| at);
        for end in ends.step_by(7) {
            read(&sample[..end]);
        }
    }
}
