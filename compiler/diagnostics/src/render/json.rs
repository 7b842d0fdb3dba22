//! For programs: one JSON object a line.
//!
//! The shape is a contract, described in `docs/diagnostics/README.md`: lines and columns start at 1,
//! columns count characters, `offset` counts bytes of the decoded text from 0, ends are exclusive.

use gatewright_source::{SourceMap, Span};
use serde::Serialize;

use crate::{Applicability, Diagnostic, Severity};

/// Write every finding, one object a line, in the given order.
#[must_use]
pub fn json(diagnostics: &[Diagnostic], sources: &SourceMap) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        // Only maps with keys that are no strings and failing writers can fail.
        out.push_str(&serde_json::to_string(&object(diagnostic, sources)).unwrap_or_default());
        out.push('\n');
    }
    out
}

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    severity: &'static str,
    message: &'a str,
    labels: Vec<LabelObject<'a>>,
    help: Option<&'a str>,
    fixes: Vec<FixObject<'a>>,
    url: String,
}

#[derive(Serialize)]
struct LabelObject<'a> {
    #[serde(flatten)]
    range: Range<'a>,
    text: &'a str,
    primary: bool,
}

#[derive(Serialize)]
struct FixObject<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<EditObject<'a>>,
}

#[derive(Serialize)]
struct EditObject<'a> {
    #[serde(flatten)]
    range: Range<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Range<'a> {
    file: &'a str,
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
    offset: u32,
}

fn object<'a>(diagnostic: &'a Diagnostic, sources: &'a SourceMap) -> Object<'a> {
    let label = |label: &'a crate::Label| LabelObject {
        range: range(label.span, sources),
        text: &label.text,
        primary: label.is_primary,
    };
    let edit = |edit: &'a crate::Edit| EditObject {
        range: range(edit.span, sources),
        text: &edit.text,
    };
    let fix = |fix: &'a crate::Fix| FixObject {
        title: &fix.title,
        applicability: match fix.applicability {
            Applicability::Always => "always",
            Applicability::Maybe => "maybe",
        },
        edits: fix.edits.iter().map(edit).collect(),
    };
    Object {
        code: diagnostic.code.name(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        },
        message: &diagnostic.message,
        labels: diagnostic.labels.iter().map(label).collect(),
        help: diagnostic.help.as_deref(),
        fixes: diagnostic.fixes.iter().map(fix).collect(),
        url: diagnostic.code.url(),
    }
}

fn range(span: Span, sources: &SourceMap) -> Range<'_> {
    let place = |offset| {
        let at = sources
            .get(span.source)
            .map(|source| source.position(offset));
        at.map_or(
            Place {
                line: 1,
                column: 1,
                offset,
            },
            |at| Place {
                line: at.line,
                column: at.column,
                offset: at.offset,
            },
        )
    };
    Range {
        file: sources.name(span.source),
        start: place(span.start),
        end: place(span.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn the_shape_is_the_contract() {
        let mut sources = SourceMap::new();
        let id = sources.add("a.gate", "å\n日😀x");
        let span = Span::new(id, 10, 11);
        let finding = Diagnostic::new(codes::GW0101, span, "no `x` here")
            .because("this one")
            .help("remove it")
            .fix("remove `x`", Applicability::Always, span, "");
        let expected = concat!(
            r#"{"code":"GW0101","severity":"error","message":"no `x` here","labels":[{"#,
            r#""file":"a.gate","start":{"line":2,"column":3,"offset":10},"#,
            r#""end":{"line":2,"column":4,"offset":11},"text":"this one","primary":true}],"#,
            r#""help":"remove it","fixes":[{"title":"remove `x`","applicability":"always","#,
            r#""edits":[{"file":"a.gate","start":{"line":2,"column":3,"offset":10},"#,
            r#""end":{"line":2,"column":4,"offset":11},"text":""}]}],"#,
            r#""url":"docs/diagnostics/GW0101.md"}"#,
            "\n",
        );
        assert_eq!(json(&[finding], &sources), expected);
    }
}
