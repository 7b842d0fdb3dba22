//! Results in the XML format of JUnit, as build servers read it.
//!
//! Every attribute and element that one of the usual schemas asks for is there, in the order of the
//! strictest of them.

use std::fmt::Write as _;

use gatewright_source::{SourceMap, Span};

use super::place;
use crate::invariants::{Holds, InvariantResult};
use crate::run::Run;

/// What the results do not know themselves.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The name of the project.
    pub name: String,
    /// When the run began, in UTC: `2026-11-22T09:00:00`.
    pub timestamp: String,
    /// How long it took.
    pub seconds: f64,
}

/// The results as XML.
#[must_use]
pub fn junit(run: &Run, suite: &Suite, sources: &SourceMap) -> String {
    let count = run.tests.len() + run.invariants.len();
    let (failed, seconds) = (run.failed(), suite.seconds);
    let share = seconds / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
    let name = escape(&suite.name);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{name}\" package=\"{name}\" id=\"0\" timestamp=\"{}\" \
         hostname=\"localhost\" tests=\"{count}\" failures=\"{failed}\" errors=\"0\" \
         time=\"{seconds:.3}\">\n    <properties/>",
        escape(&suite.timestamp)
    );
    for test in &run.tests {
        let head = head(&test.name, test.span, share, sources);
        // The schemas allow one failure per test: several are told as one.
        let Some(first) = test.failures.first() else {
            let _ = writeln!(xml, "{head}/>");
            continue;
        };
        let message = format!("expected {}, got {}", first.expected, first.got);
        let mut detail = String::new();
        for failure in &test.failures {
            let (file, line, column) = place(failure.span, sources);
            let _ = writeln!(
                detail,
                "{file}:{line}:{column}: step {}: expected {}, got {}",
                failure.step, failure.expected, failure.got
            );
            for reason in &failure.why {
                let _ = writeln!(detail, "  {}", reason.text);
            }
            let _ = writeln!(detail, "  request: {}", failure.request);
        }
        let _ = writeln!(
            xml,
            "{head}>\n      <failure message=\"{}\" type=\"GW0249\">{}</failure>\n    </testcase>",
            escape(&message),
            escape(&detail)
        );
    }
    for invariant in &run.invariants {
        self::invariant(&mut xml, invariant, share, sources);
    }
    xml.push_str("    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n");
    xml
}

/// The beginning of a test case, without its end.
fn head(name: &str, span: Span, seconds: f64, sources: &SourceMap) -> String {
    let (file, ..) = place(span, sources);
    let class = file
        .strip_suffix(".gate")
        .unwrap_or(&file)
        .replace('/', ".");
    format!(
        "    <testcase name=\"{}\" classname=\"{}\" time=\"{seconds:.3}\"",
        escape(name),
        escape(&class)
    )
}

/// An invariant as a test case: one that nobody could decide, or that may fail, is skipped.
fn invariant(xml: &mut String, invariant: &InvariantResult, seconds: f64, sources: &SourceMap) {
    let head = head(&invariant.name, invariant.span, seconds, sources);
    // Writing to a string cannot fail.
    let _ = match &invariant.holds {
        Holds::No { sentence, request } if invariant.has_failed() => {
            let (file, line, column) = place(invariant.span, sources);
            let detail = format!("{file}:{line}:{column}: {sentence}\n  request: {request}\n");
            writeln!(
                xml,
                "{head}>\n      <failure message=\"{}\" type=\"GW0270\">{}</failure>\n    </testcase>",
                escape(&format!("refuted: {sentence}")),
                escape(&detail)
            )
        }
        Holds::Yes => writeln!(xml, "{head}/>"),
        Holds::No { .. } | Holds::Unknown(_) => {
            writeln!(xml, "{head}>\n      <skipped/>\n    </testcase>")
        }
    };
}

/// Text for an attribute or an element; what XML cannot hold becomes the replacement character.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            '\u{0}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_xml() {
        assert_eq!(
            escape("a<b>&\"\n\u{1}"),
            "a&lt;b&gt;&amp;&quot;&#10;\u{FFFD}"
        );
    }
}
