//! For GitHub Actions: workflow commands, which become annotations on the lines of a pull request.
//!
//! A command is one line, `::error file=…,line=…::message`. In it `%`, carriage return and line feed
//! are written as percent codes, in properties the colon and the comma too.

use std::fmt::Write as _;

use gatewright_source::SourceMap;

use crate::{Diagnostic, Severity};

/// Write a command for every finding, in the given order.
#[must_use]
pub fn github(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        command(diagnostic, sources, &mut out);
    }
    out
}

fn command(diagnostic: &Diagnostic, sources: &SourceMap, out: &mut String) {
    let name = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "notice",
    };
    let _ = write!(out, "::{name} ");
    let span = diagnostic.span();
    if let Some(source) = sources.get(span.source) {
        let start = source.position(span.start);
        let end = source.position(span.end);
        let file = property(&source.name);
        let _ = write!(out, "file={file},line={},endLine={}", start.line, end.line);
        // Columns are only understood within one line.
        if start.line == end.line {
            let _ = write!(out, ",col={},endColumn={}", start.column, end.column);
        }
        out.push(',');
    }
    let _ = write!(out, "title={}::", property(diagnostic.code.name()));
    let mut message = diagnostic.message.clone();
    for label in &diagnostic.labels {
        if label.text.is_empty() {
            continue;
        }
        if label.is_primary {
            let _ = write!(message, "\n{}", label.text);
        } else if let Some(source) = sources.get(label.span.source) {
            let at = source.position(label.span.start);
            let _ = write!(message, "\n{}:{}:{}: ", source.name, at.line, at.column);
            message.push_str(&label.text);
        }
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    let _ = writeln!(out, "{}", escaped(&message));
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;
    use gatewright_source::Span;

    #[test]
    fn what_has_a_meaning_in_a_command_is_escaped() {
        let mut sources = SourceMap::new();
        let id = sources.add("100%, a:b.gate", "x\ny z");
        let finding = Diagnostic::new(codes::GW0101, Span::new(id, 2, 3), "50% of\r\nit: a, b")
            .label(Span::new(id, 4, 5), "here")
            .help("look");
        let expected = concat!(
            "::error file=100%25%2C a%3Ab.gate,line=2,endLine=2,col=1,endColumn=2,title=GW0101::",
            "50%25 of%0D%0Ait: a, b%0A100%25, a:b.gate:2:3: here%0Ahelp: look\n",
        );
        assert_eq!(github(&[finding], &sources), expected);
    }

    #[test]
    fn a_finding_over_several_lines_has_no_columns() {
        let mut sources = SourceMap::new();
        let id = sources.add("a", "x\ny");
        let finding = Diagnostic::new(codes::GW0101, Span::new(id, 0, 3), "m");
        assert_eq!(
            github(&[finding], &sources),
            "::error file=a,line=1,endLine=2,title=GW0101::m\n"
        );
    }
}
