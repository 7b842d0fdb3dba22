//! Rules in the texts of JSON: what can be written in them, and their colours.

use super::{Fixture, labels, offered, project};
use crate::{HighlightKind, highlights};

const RULE: &str = "device.model -ne \\\"\\u00c5\\\" -and device.trustType -eq \\\"AzureAD\\\"";

#[test]
fn attributes_operators_and_values_are_offered_behind_escapes() {
    assert!(labels(RULE, "$0").contains("device.trustType"));
    let found = offered(RULE, "device.model -ne \\\"\\u00c5\\\" -and device.tru$0");
    let attribute = ("trustType".to_owned(), "trustType".to_owned());
    assert!(found.contains(&attribute), "{found:?}");
    let operators = labels(RULE, "device.trustType -$0 \\\"AzureAD\\\"");
    assert!(operators.contains("-eq") && !operators.contains("-contains"));
    assert!(labels(RULE, "device.model -eq \\\"x\\\" $0").contains("-and"));
}

#[test]
fn what_is_written_is_escaped() {
    let value = |rule: &str| {
        let found = offered(RULE, rule);
        let value = found.into_iter().find(|(label, _)| label == "ServerAD");
        value.map(|(_, insert)| insert)
    };
    for (rule, wanted) in [
        ("device.trustType -eq $0", "\\\"ServerAD\\\""),
        ("device.trustType -eq \\\"$0\\\"", "ServerAD"),
        ("device.trustType -eq \\\"Ser$0", "ServerAD\\\""),
        ("device.trustType -in $0", "[\\\\\"ServerAD\\\\\"$0]"),
    ] {
        assert_eq!(value(rule).as_deref(), Some(wanted), "{rule}");
    }
}

#[test]
fn what_is_replaced_is_what_was_typed_through_the_escapes() {
    let typed = "device.model -ne \\\"\\u00c5\\\" -and device.trustType -eq \\\"Az$0ur\\\"";
    let fixture = project(RULE, typed);
    let (source, offset) = fixture.cursor();
    let found = crate::completions(&fixture.snapshot, source, offset);
    let sources = &fixture.snapshot.compilation().sources;
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|item| sources.text(item.replaced) == "Azur"),
        "{found:?}"
    );
}

#[test]
fn names_of_rules_are_of_policy_text() {
    let fixture = Fixture::new(
        "//- a.gate\nrule managed = device.isCompliant -eq True\n//- p.json\n\
         { \"state\": \"enabled\", \"grantControls\": null, \"conditions\": { \"devices\": {\n\
         \"deviceFilter\": { \"mode\": \"include\", \"rule\": \"$0\" } } } }\n",
    );
    let (source, offset) = fixture.cursor();
    let found = crate::completions(&fixture.snapshot, source, offset);
    assert!(found.iter().any(|item| item.label == "device.model"));
    assert!(found.iter().all(|item| item.label != "managed"));
}

#[test]
fn the_words_of_a_rule_have_their_colours() {
    let fixture = project("", "");
    let source = fixture.source("policies/x.json");
    let sources = &fixture.snapshot.compilation().sources;
    let found = highlights(&fixture.snapshot, source, None);
    let found: Vec<_> = found
        .iter()
        .map(|one| (sources.text(one.span), one.kind))
        .collect();
    use HighlightKind::{Attribute, Entity, Operator, String};
    assert_eq!(
        found,
        [
            ("device", Entity),
            ("model", Attribute),
            ("-ne", Operator),
            ("\\\"\\u00c5\\\"", String),
            ("-and", Operator),
            ("device", Entity),
            ("trustType", Attribute),
            ("-eq", Operator),
            ("\\\"AzureAD\\\"", String),
        ]
    );
    let start = fixture.snapshot.text(source).find("-and").unwrap();
    let part = u32::try_from(start).unwrap()..u32::try_from(start + 1).unwrap();
    assert_eq!(highlights(&fixture.snapshot, source, Some(part)).len(), 1);
}
