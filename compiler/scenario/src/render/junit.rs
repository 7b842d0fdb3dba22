//! Results in the XML format of JUnit, as build servers read it.
//!
//! Every attribute and element that one of the usual schemas asks for is there, in the order of the
//! strictest of them.

use std::fmt::Write as _;

use gatewright_source::SourceMap;

use super::place;
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
    let (count, failed, seconds) = (run.tests.len(), run.failed(), suite.seconds);
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
        let (file, ..) = place(test.span, sources);
        let class = file
            .strip_suffix(".gate")
            .unwrap_or(&file)
            .replace('/', ".");
        let share = seconds / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
        let head = format!(
            "    <testcase name=\"{}\" classname=\"{}\" time=\"{share:.3}\"",
            escape(&test.name),
            escape(&class)
        );
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
    xml.push_str("    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n");
    xml
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
