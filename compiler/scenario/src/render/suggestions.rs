//! Proposed tests, as text to paste and for programs.

use std::fmt::Write as _;

use crate::request::quote;
use crate::suggestions::{Suggestion, Suggestions};

/// The tests as they stand in a source file; what the language cannot say is a comment with the
/// sign-in, so the text can be used as it is.
#[must_use]
pub fn suggested(suggestions: &Suggestions) -> String {
    let mut texts: Vec<String> = Vec::new();
    for test in &suggestions.tests {
        texts.push(match &test.text {
            Ok(text) => format!("{}{text}", shown(test)),
            Err(reason) => format!(
                "// `{}`: no test can say this: {reason}\n{}// {}\n",
                test.name,
                shown(test),
                test.request
            ),
        });
    }
    let mut text = texts.join("\n");
    for edge in &suggestions.unknown {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "\n// `{}`: whether a sign-in comes where {} is unknown: {}",
            edge.policy, edge.what, edge.why
        );
    }
    if suggestions.left_out > 0 {
        let _ = writeln!(
            text,
            "\n// These are not all: {} more ways are left; use these, and ask again.",
            suggestions.left_out
        );
    }
    text
}

/// What a test shows that no other one does, a comment each.
fn shown(test: &Suggestion) -> String {
    // LIMIT: edges that are named.
    const SHOWN: usize = 6;
    let mut text = String::new();
    for what in test.shows.iter().take(SHOWN) {
        let _ = writeln!(text, "// {what}");
    }
    let more = test.shows.len().saturating_sub(SHOWN);
    if more > 0 {
        let _ = writeln!(text, "// and {more} more");
    }
    text
}

/// One object with the tests, what was left out, and what nobody knows.
pub(super) fn json(suggestions: &Suggestions) -> String {
    let tests = suggestions.tests.iter().map(|test| {
        let shows: Vec<String> = test.shows.iter().map(|what| quote(what)).collect();
        let (text, reason) = match &test.text {
            Ok(text) => (quote(text), "null".to_owned()),
            Err(reason) => ("null".to_owned(), quote(reason)),
        };
        format!(
            "{{\"name\":{},\"policy\":{},\"shows\":[{}],\"request\":{},\"text\":{text},\
             \"reason\":{reason}}}",
            quote(&test.name),
            quote(&test.policy),
            shows.join(","),
            test.request
        )
    });
    let unknown = suggestions.unknown.iter().map(|edge| {
        format!(
            "{{\"policy\":{},\"what\":{},\"exhausted\":{}}}",
            quote(&edge.policy),
            quote(&edge.what),
            quote(&edge.why)
        )
    });
    format!(
        "{{\"tests\":[{}],\"leftOut\":{},\"unknown\":[{}]}}",
        tests.collect::<Vec<_>>().join(","),
        suggestions.left_out,
        unknown.collect::<Vec<_>>().join(",")
    )
}
