//! Bad input of every kind: a finding, never a crash.

use proptest::prelude::*;

use crate::common::*;

#[test]
fn broken_files_are_unreadable_and_no_more() {
    let rows = [
        (
            "truncated",
            r#"{"displayName": "P", "conditions": {"users": {"includeUsers": ["#.to_owned(),
        ),
        ("open brackets", "[".repeat(50_000_000)),
        ("open objects", "{\"a\":".repeat(100_000)),
        (
            "repeated members",
            r#"{"displayName": "a", "displayName": "b", "conditions": {}, "state": "enabled"}"#
                .to_owned(),
        ),
        (
            "a lone surrogate",
            r#"[{"displayName": "\ud800", "conditions": {}, "state": "enabled"}]"#.to_owned(),
        ),
        ("nothing", String::new()),
        ("text", "policy \"P\" { block }".to_owned()),
    ];
    for (what, text) in rows {
        let document = read_one(&text);
        assert!(
            document.diagnostics.iter().any(|d| d.is_unreadable()),
            "{what}"
        );
        assert!(
            document.diagnostics.len() <= 4,
            "{what}: {:?}",
            document.diagnostics.len()
        );
    }
}

#[test]
fn large_files_are_read_in_reasonable_time() {
    let policy = r#"{"displayName": "P@", "state": "enabled", "conditions": {"x": 1,
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"]},
        "users": {"includeUsers": ["All", "y"]}}},"#;
    let many: String = (0..20_000)
        .map(|n| policy.replace('@', &n.to_string()))
        .collect();
    let text = format!("[{}]", many.trim_end_matches(','));
    let started = std::time::Instant::now();
    let assembled = assemble_all(&[&text]);
    assert_eq!(assembled.set.policies.len(), 20_000);
    let wide = format!(
        "{{{}\"conditions\": {{}}, \"state\": \"enabled\"}}",
        "\"m\": 1,".repeat(200_000)
    );
    assert!(read_one(&wide).diagnostics.len() <= 10_001);
    let long = format!(
        "{{\"displayName\": \"{}\", \"conditions\": {{}}, \"state\": \"x\"}}",
        "é\\n".repeat(2_000_000)
    );
    assert_eq!(read_one(&long).policies.len(), 1);
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn wrong_types_everywhere_are_told_at_the_value() {
    for path in files(
        &corpus().join("policies/microsoftgraph+microsoft-graph-docs.ru-RU"),
        ".json",
    ) {
        let text = text_of(&path);
        for (wrong, right) in [
            ("7", "\"enabled\""),
            ("{\"a\": 1}", "[\""),
            ("\"x\"", "null"),
            ("3", "true"),
        ] {
            let document = read_one(&text.replace(right, wrong));
            for finding in &document.diagnostics {
                assert!(finding.span().range().end <= text.replace(right, wrong).len());
            }
        }
    }
}

fn corpus_texts() -> Vec<String> {
    let mut texts: Vec<String> = files(&corpus().join("policies"), ".json")
        .iter()
        .map(|path| text_of(path))
        .collect();
    texts.extend(
        files(&corpus().join("locations"), ".json")
            .iter()
            .map(|path| text_of(path)),
    );
    texts
}

/// Cut, overwrite or repeat a part of a text.
fn mutated(text: &str, at: usize, length: usize, with: &str) -> String {
    let mut start = at % (text.len() + 1);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (start + length).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{with}{}", &text[..start], &text[end.max(start)..])
}

/// What is put into damaged files.
const SPLINTERS: &str = r#"[\x00-\x7f]{0,6}|null|\[|\{\}|"\\u00e5""#;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn damaged_corpus_files_never_crash_and_findings_stay_inside(
        which in 0usize..1000,
        cuts in prop::collection::vec((0usize..20_000, 0usize..12, SPLINTERS), 1..4),
    ) {
        static TEXTS: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
        let texts = TEXTS.get_or_init(corpus_texts);
        let mut text = texts[which % texts.len()].clone();
        for (at, length, with) in &cuts {
            text = mutated(&text, *at, *length, with);
        }
        let document = read_one(&text);
        for label in document.diagnostics.iter().flat_map(|d| &d.labels) {
            prop_assert!(text.get(label.span.range()).is_some(), "{:?}", label);
        }
        let _ = assemble_all(&[&text]);
    }
}
