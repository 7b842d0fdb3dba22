//! What is too deep, too long or too much.

use gatewright_compiler::{Compilation, check_rule};
use gatewright_hir::rule::DEVICE_RULE_DIALECT;
use serde_json::json;

use crate::requests::refusal;
use crate::sources::graph;
use crate::{
    DEEP, POLICY, assert_alive, assert_said, compile_one, engine, marked, on_a_small_stack, said,
};

/// Nesting in every place that can nest: the file, the code, and the text with the first level
/// beyond the cap marked.
fn nested() -> Vec<(&'static str, &'static str, String)> {
    let around = |start: &str, open: &str, middle: &str, close: &str, end: &str| {
        let (outer, inner) = (open.repeat(256), open.repeat(DEEP - 256));
        format!("{start}{outer}‸{inner}{middle}{}{end}", close.repeat(DEEP))
    };
    let policy = |clause: &str| POLICY.replace("block", clause);
    let (start, end) = (policy("when "), "}".to_owned());
    let start = start.trim_end_matches([' ', '}']);
    let gate = |open: &str, middle: &str, close: &str| {
        (
            "a.gate",
            "GW0503",
            around(&format!("{start} "), open, middle, close, &end),
        )
    };
    let test = "user.city -eq \"x\"";
    vec![
        gate("(", test, ")"),
        (
            "a.gate",
            "GW0503",
            around("rule R = ", "(", test, ")", &format!("\n{POLICY}")),
        ),
        (
            "a.gate",
            "GW0503",
            around("rule R = ", "-not ", test, "", &format!("\n{POLICY}")),
        ),
        (
            "a.gate",
            "GW0503",
            around("", "scope \"s\" { ", POLICY, "}", ""),
        ),
        ("a.json", "GW0601", around("", "[", "", "]", "")),
        ("a.json", "GW0601", around("", "{\"a\":", "1", "}", "")),
    ]
}

#[test]
fn a_hundred_thousand_levels_are_refused_at_the_first_that_is_too_deep() {
    for (path, code, text) in nested() {
        let (text, (line, column)) = marked(&text);
        let compilation = compile_one(path, text.as_str());
        assert_eq!(said(&compilation), [(code, line, column)], "{path}");
    }
    assert_alive();
}

#[test]
fn a_hundred_thousand_levels_in_a_rule_are_refused_in_the_rule() {
    let rule = format!(
        "{}device.model -eq \"x\"{}",
        "(".repeat(DEEP),
        ")".repeat(DEEP)
    );
    let checked = on_a_small_stack(|| check_rule(DEVICE_RULE_DIALECT, &rule)).unwrap();
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| (d.code.name(), d.span().start))
        .collect();
    assert_eq!(said, [("GW0501", 0), ("GW0503", 256)]);
    assert!(checked.set.is_none());
    let filter = json!({"deviceFilter": {"mode": "include", "rule": rule}}).to_string();
    let text = graph(
        "\"clientAppTypes\"",
        &format!("\"devices\": {filter},\n  \"clientAppTypes\""),
    );
    let found = said_codes(&compile_one("a.json", text));
    assert_eq!(found, ["GW0501", "GW0503"]);
}

fn said_codes(compilation: &Compilation) -> Vec<&'static str> {
    said(compilation)
        .into_iter()
        .map(|(code, _, _)| code)
        .collect()
}

#[test]
fn three_thousand_levels_of_json_are_refused_and_two_hundred_are_not() {
    let nested = |levels: usize| {
        let inner = format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        graph("\"state\"", &format!("\"extra\": {inner},\n \"state\""))
    };
    assert_eq!(said_codes(&compile_one("a.json", nested(3000))), ["GW0601"]);
    assert_eq!(said_codes(&compile_one("a.json", nested(200))), ["GW0611"]);
}

const FIFTY_MEGABYTES: usize = 50 << 20;

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_json() {
    assert_said("a.json", &b"[".repeat(FIFTY_MEGABYTES), ("GW0601", 1, 257));
}

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_policy_text() {
    assert_said("a.gate", &b"[".repeat(FIFTY_MEGABYTES), ("GW0101", 1, 1));
}

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_a_rule() {
    let rule = "(".repeat(FIFTY_MEGABYTES);
    let checked = on_a_small_stack(|| check_rule(DEVICE_RULE_DIALECT, &rule)).unwrap();
    let said: Vec<_> = checked
        .diagnostics
        .iter()
        .map(|d| (d.code.name(), d.span().start))
        .collect();
    assert_eq!(said, [("GW0501", 0), ("GW0503", 256)]);
}

#[test]
fn fifty_megabytes_of_open_brackets_are_refused_as_a_request() {
    let engine = engine();
    for bracket in ["[", "{\"signInContext\":"] {
        let bytes = bracket.repeat(FIFTY_MEGABYTES / bracket.len());
        let error = on_a_small_stack(|| refusal(&engine, bytes.as_bytes()));
        assert_eq!(error.line, 1);
        assert!(error.message.contains("deep"), "{error}");
    }
}

#[test]
fn a_line_of_ten_megabytes_is_read_and_what_follows_has_its_column() {
    let long = "x".repeat(10 << 20);
    let column = u32::try_from(long.len()).unwrap();
    assert_said(
        "a.gate",
        format!("// {long}\n\0").as_bytes(),
        ("GW0102", 2, 1),
    );
    let text = format!("{POLICY} // {long}");
    assert_eq!(said_codes(&compile_one("a.gate", text)), Vec::<&str>::new());
    let json = format!("{{\"{long}\": tru}}");
    assert_said("a.json", json.as_bytes(), ("GW0601", 1, column + 6));
}
